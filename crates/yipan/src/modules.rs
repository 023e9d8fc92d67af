//! The closed list of what runs: every module of every area, and the web service over them.

use include_dir::Dir;
use kernel::Result;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use store::job::Worker;
use store::{Env, Sealed};
use webkit::view::{ViewSet, Views};
use webkit::{Module, Rail, Route, Web};

/// Every module, by area; a demonstration has a page that advances its clock.
pub fn all(demo: bool) -> Vec<Module> {
    let mut modules = Vec::new();
    modules.extend(crate::capability::modules());
    modules.extend(crate::site::modules());
    modules.push(webkit::errors::module(statuses()));
    modules.extend(data::modules());
    modules.extend(insight::modules());
    modules.extend(licence::modules());
    modules.extend(party::modules());
    if demo {
        modules.extend(party::demo_modules());
    }
    modules.extend(process::modules());
    modules.extend(service::modules());
    modules.extend(supervise::modules());
    modules
}

/// The tables whose rows are sealed, of every area and of the store.
pub fn sealed() -> Vec<Sealed> {
    [
        data::SEALED,
        licence::SEALED,
        party::SEALED,
        process::SEALED,
        service::SEALED,
        store::SEALED,
        supervise::SEALED,
    ]
    .concat()
}

/// The HTTP status of every documented error code, as the reference that a test keeps true has it.
pub fn statuses() -> BTreeMap<String, u16> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let code = cells.next()?.strip_suffix('`')?;
        Some((code.to_owned(), cells.next()?.parse().ok()?))
    };
    include_str!("../../../docs/reference/errors.md").lines().filter_map(row).collect()
}

/// What the engines refuse, whose sentences are their own: an engine has no language files.
static ENGINES: LazyLock<String> = LazyLock::new(|| {
    let line = |(code, zh, en): &(&str, &str, &str)| {
        format!("error.{code}: {}\n", serde_json::json!({ "zh": zh, "en": en }))
    };
    flow::process::MESSAGES.iter().chain(decision::MESSAGES).map(line).collect()
});

static NO_PAGES: Dir<'static> = Dir::new("", &[]);

/// Templates and sentences of every area, put together.
pub fn views() -> Result<Views> {
    Views::new(view_sets())
}

/// Templates and sentences of every area.
pub fn view_sets() -> Vec<ViewSet> {
    vec![
        webkit::view::own(),
        crate::site::views(),
        ViewSet { name: "engines", pages: &NO_PAGES, lang: &ENGINES },
        data::views(),
        insight::views(),
        licence::views(),
        party::views(),
        process::views(),
        service::views(),
        supervise::views(),
    ]
}

/// Groups of the staff rail that come before all others, in order: what somebody does all day, then
/// what he watches over.
const RAIL_FIRST: [&str; 6] = [
    "service.rail.work",
    "service.rail.window",
    "insight.rail",
    "supervise.rail",
    "party.rail.administration",
    "party.rail.audit",
];

/// The staff rail of these modules. Its first link that an officer may open is his first page.
pub fn rail(modules: &[Module]) -> Vec<Rail> {
    let mut rail: Vec<Rail> = modules.iter().flat_map(|module| module.rail.clone()).collect();
    let rank = |group: &str| RAIL_FIRST.iter().position(|first| *first == group);
    rail.sort_by_key(|entry| rank(entry.group).unwrap_or(RAIL_FIRST.len()));
    rail
}

/// The web service of an installation.
pub fn web(env: &Arc<Env>) -> Result<Web> {
    let modules = all(env.settings.demo);
    let routes: Vec<Route> = modules.iter().flat_map(|module| module.routes.clone()).collect();
    let rail = rail(&modules);
    Ok(Web {
        env: env.clone(),
        views: Arc::new(views()?.with_site(crate::site::shell(&env.pack, env.settings.demo))),
        authenticate: Arc::new(party::Gate::new()),
        routes: Arc::new(routes),
        rail: Arc::new(rail),
    })
}

/// The web service of a node that witnesses the logs of others and does nothing else.
pub fn witness(env: &Arc<Env>) -> Result<Web> {
    let witness = party::modules().into_iter().filter(|module| module.name == "party.witness");
    Ok(Web {
        env: env.clone(),
        views: Arc::new(Views::new(vec![webkit::view::own()])?),
        authenticate: Arc::new(party::Gate::new()),
        routes: Arc::new(witness.flat_map(|module| module.routes).collect()),
        rail: Arc::default(),
    })
}

/// The worker that runs every module's jobs.
pub fn worker(env: &Arc<Env>) -> Worker {
    let jobs: Vec<_> = all(env.settings.demo).into_iter().flat_map(|module| module.jobs).collect();
    Worker::new(env.clone(), &jobs)
}
