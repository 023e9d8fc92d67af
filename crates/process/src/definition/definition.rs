//! The verbs of definitions: permit, check, keep, tell.
//!
//! Must not know: HTTP, SQL, pages.

use super::model::{Bundle, Deployed, Line, Shown, Version, VersionPage, Way, walk};
use super::store;
use super::{check, load};
use crate::bundle::{self, Files, form};
use crate::{DEPLOY, READ, instance};
use ::store::Ctx;
use flow::process::{Definition, Document, Finding, Gateway, Kind, Node, Task, refusal};
use kernel::{Error, Result};
use party::{audit, authority};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Processes looked at when a circle of calls is sought.
const CALLS_MAX: usize = 500;
/// Whose rows are recorded.
const TABLE: &str = "process_definition";

/// Deploys a document alone. Errors: as [`deploy_files`].
pub async fn deploy(ctx: &mut Ctx, bytes: &[u8]) -> Result<Deployed> {
    deploy_files(ctx, &Files::new(bytes)).await
}

/// Deploys a bundle: checks it, proves its processes, and makes of each a new version; a process
/// whose newest version has the same bytes keeps it.
///
/// Errors: `denied`; `process.model` with every finding as a field; `process.owned` when another
/// agency's process has the id.
pub async fn deploy_files(ctx: &mut Ctx, files: &Files) -> Result<Deployed> {
    authority::demand(ctx, DEPLOY)?;
    let bundle = inspect(ctx, files).await?.map_err(|findings| refusal(&findings))?;
    let digest = bundle.digest.clone();
    store::keep_bytes(ctx, &digest, &files.to_bytes()).await?;
    let mut versions = Vec::new();
    for definition in &bundle.definitions {
        versions.push(version_of(ctx, &bundle, definition).await?);
    }
    load::remember(bundle);
    Ok(Deployed { bundle: digest, versions })
}

/// Reads a bundle and proves it for this installation. The inner error is what is wrong with it.
pub(crate) async fn inspect(
    ctx: &mut Ctx,
    files: &Files,
) -> Result<std::result::Result<Bundle, Vec<Finding>>> {
    let mut known = BTreeSet::new();
    for called in called(files) {
        if store::newest(ctx, &called).await?.is_some() {
            known.insert(called);
        }
    }
    let pack = ctx.env.pack.clone();
    let bundle = match bundle::prove(files, &pack, &|process| known.contains(process)) {
        Ok(bundle) => bundle,
        Err(findings) => return Ok(Err(findings)),
    };
    if let Some(finding) = circle(ctx, &bundle).await? {
        return Ok(Err(vec![finding]));
    }
    let failing = super::examples::failing(ctx, files, &bundle).await?;
    Ok(if failing.is_empty() { Ok(bundle) } else { Err(failing) })
}

/// Ids of the processes that a document which can be read calls.
pub(super) fn called(files: &Files) -> Vec<String> {
    let Ok(document) = Document::parse(files.diagram()) else { return Vec::new() };
    let mut found = Vec::new();
    walk(&document.root, &mut |element| {
        let called = element.get("calledElement").filter(|_| element.is("callActivity"));
        let local = called.map(|called| called.rsplit(':').next().unwrap_or_default().trim());
        found.extend(local.map(str::to_owned));
    });
    found.truncate(CALLS_MAX);
    found
}

/// The version this deployment gives a process.
async fn version_of(ctx: &mut Ctx, bundle: &Bundle, definition: &Definition) -> Result<Version> {
    let process = definition.id();
    let agency = ctx.actor.agency.clone();
    let newest = store::newest(ctx, process).await?;
    let number = match newest {
        Some(row) if row.bundle == bundle.digest => return Ok(row.shown()),
        Some(row) if row.agency != agency && ctx.actor.kind != kernel::ActorKind::System => {
            return Err(Error::denied("process.owned").arg("process", process));
        }
        Some(row) => row.version + 1,
        None => 1,
    };
    let digest = &bundle.digest;
    let (id, before) =
        store::insert(ctx, process, number, definition.name(), digest, &agency).await?;
    store::put_starts(ctx, process, bundle).await?;
    instance::plan_starts(ctx, process).await?;
    let subject = format!("process:{process}");
    let body = json!({ "version": number, "bundle": digest });
    // The one before is no longer the newest: its row has changed too.
    let rows: Vec<_> =
        [Some(&id), before.as_ref()].into_iter().flatten().map(|id| (TABLE, id.as_str())).collect();
    audit::record_rows(ctx, "process.deployed", &subject, body, &rows).await?;
    Ok(store::version(ctx, process, number).await?.shown())
}

/// Ids of the processes a process calls.
pub(super) fn calls(definition: &Definition) -> impl Iterator<Item = &str> {
    definition.nodes().iter().filter_map(|node| match &node.kind {
        Kind::Call(called) => Some(called.as_str()),
        _ => None,
    })
}

/// A call that leads back into the bundle through processes deployed before.
async fn circle(ctx: &mut Ctx, bundle: &Bundle) -> Result<Option<Finding>> {
    for definition in &bundle.definitions {
        for node in definition.nodes() {
            let Kind::Call(called) = &node.kind else { continue };
            let mut seen = BTreeSet::new();
            let mut rest = vec![called.clone()];
            while let Some(next) = rest.pop() {
                if bundle.definition(&next).is_some() || !seen.insert(next.clone()) {
                    continue;
                }
                if seen.len() > CALLS_MAX {
                    return Err(Error::limited("process.calls").arg("max", CALLS_MAX));
                }
                let Some(row) = store::newest(ctx, &next).await? else { continue };
                let other = load::bundle(ctx, &row.bundle).await?;
                let further: Vec<String> = match other.definition(&next) {
                    Some(other) => calls(other).map(str::to_owned).collect(),
                    None => Vec::new(),
                };
                if let Some(back) = further.iter().find(|id| bundle.definition(id).is_some()) {
                    let found = Finding::new("process.call_cycle", node.id.clone(), node.place);
                    return Ok(Some(found.detail(back)));
                }
                rest.extend(further);
            }
        }
    }
    Ok(None)
}

/// Newest versions of all processes, by id. Errors: `denied`.
pub async fn list(ctx: &mut Ctx, after: &str) -> Result<VersionPage> {
    authority::demand(ctx, READ)?;
    let rows = store::list(ctx, after).await?;
    Ok(page(rows.into_iter().map(store::Row::shown).collect(), |last| last.process.clone()))
}

/// Versions of a process, newest first. Errors: `denied`, `not_found`.
pub async fn versions(ctx: &mut Ctx, process: &str, before: Option<i64>) -> Result<VersionPage> {
    authority::demand(ctx, READ)?;
    let rows = store::versions(ctx, process, before.unwrap_or(i64::MAX)).await?;
    if rows.is_empty() {
        return Err(Error::not_found());
    }
    Ok(page(rows.into_iter().map(store::Row::shown).collect(), |last| last.version.to_string()))
}

fn page(mut versions: Vec<Version>, cursor: impl Fn(&Version) -> String) -> VersionPage {
    let more = versions.len() > store::PAGE;
    versions.truncate(store::PAGE);
    let next = versions.last().filter(|_| more).map(cursor);
    VersionPage { versions, next }
}

/// The newest version of a process. Errors: `denied`, `process.unknown`.
pub async fn newest(ctx: &mut Ctx, process: &str) -> Result<Version> {
    authority::demand(ctx, READ)?;
    let row = store::newest(ctx, process).await?;
    row.map(store::Row::shown)
        .ok_or_else(|| Error::invalid("process.unknown").arg("process", process))
}

/// A version with its elements. Errors: `denied`, `not_found`.
pub async fn show(ctx: &mut Ctx, process: &str, version: i64) -> Result<(Shown, Arc<Bundle>)> {
    authority::demand(ctx, READ)?;
    let version = store::version(ctx, process, version).await?.shown();
    let bundle = load::bundle(ctx, &version.bundle).await?;
    let definition = bundle.definition(process).ok_or_else(Error::not_found)?;
    let elements = definition.nodes().iter().map(|node| line(definition, node)).collect();
    let bytes = store::bytes(ctx, &version.bundle).await?.ok_or_else(Error::not_found)?;
    let files = Files::from_bytes(&bytes)?.names().map(str::to_owned).collect();
    let (about, start) = (bundle.about.clone(), bundle.form(form::START).cloned());
    Ok((Shown { version, elements, files, about, start }, bundle.clone()))
}

/// A version of a bundle at hand with its elements, whoever asks: for who sees an instance of it.
/// Errors: `not_found`.
pub(crate) async fn told(
    ctx: &mut Ctx,
    process: &str,
    version: i64,
    bundle: &Bundle,
) -> Result<(Version, Vec<Line>)> {
    let version = store::version(ctx, process, version).await?.shown();
    let definition = bundle.definition(process).ok_or_else(Error::not_found)?;
    Ok((version, definition.nodes().iter().map(|node| line(definition, node)).collect()))
}

/// The document of a version as it was deployed, byte for byte. Errors: `denied`, `not_found`.
pub async fn export(ctx: &mut Ctx, process: &str, version: i64) -> Result<Vec<u8>> {
    Ok(files(ctx, process, version).await?.diagram().to_vec())
}

/// The files of a version as they were deployed. Errors: `denied`, `not_found`.
pub async fn files(ctx: &mut Ctx, process: &str, version: i64) -> Result<Files> {
    authority::demand(ctx, READ)?;
    files_told(ctx, process, version).await
}

/// As [`files`], whoever asks: for who sees an instance of it. Errors: `not_found`.
pub(crate) async fn files_told(ctx: &mut Ctx, process: &str, version: i64) -> Result<Files> {
    let row = store::version(ctx, process, version).await?;
    let bytes = store::bytes(ctx, &row.bundle).await?.ok_or_else(Error::not_found)?;
    Files::from_bytes(&bytes)
}

fn line(definition: &Definition, node: &Node) -> Line {
    let next = node.outgoing.iter().filter_map(|ix| {
        let flow = definition.flows().get(ix.0 as usize)?;
        let to = definition.node(flow.to)?;
        let condition = flow.condition.clone().unwrap_or_default();
        Some(Way { to: to.id.clone(), name: to.name.clone(), condition })
    });
    Line {
        id: node.id.clone(),
        name: node.name.clone(),
        kind: kind(definition, node),
        candidates: if check::is_work(definition, node) {
            node.candidates.clone()
        } else {
            Vec::new()
        },
        next: next.collect(),
        line: node.place.line,
    }
}

/// The word for the kind of an element.
pub(crate) fn kind(definition: &Definition, node: &Node) -> &'static str {
    match &node.kind {
        Kind::Start { .. } => "start",
        Kind::End(_) => "end",
        Kind::Catch(_) => "catch",
        Kind::Throw(_) => "throw",
        Kind::Boundary { .. } => "boundary",
        Kind::Gateway(Gateway::Exclusive) => "exclusive",
        Kind::Gateway(Gateway::Parallel) => "parallel",
        Kind::Gateway(Gateway::Inclusive) => "inclusive",
        Kind::Gateway(Gateway::Event) => "event_gateway",
        Kind::Task(Task::None) => "task",
        Kind::Task(Task::User { .. }) => "user",
        Kind::Task(Task::Manual) => "manual",
        Kind::Task(Task::Service { .. }) => "service",
        Kind::Task(Task::Decision { .. }) => "decision",
        Kind::Task(Task::Send(_)) => "send",
        Kind::Task(Task::Receive(_)) => "receive",
        Kind::Task(Task::Script { .. }) => "script",
        Kind::Sub(_) if check::is_work(definition, node) => "ad_hoc",
        Kind::Sub(_) => "sub",
        Kind::Call(_) => "call",
    }
}

/// The agency whose instances the actor may take from a version or to it: empty, for all, for who
/// deploys for the agency it belongs to; his own for a version of the platform, which belongs to
/// none. Errors: `denied`, `not_found`; `process.owned`.
pub(crate) async fn changed_for(ctx: &mut Ctx, process: &str, version: i64) -> Result<String> {
    authority::demand(ctx, DEPLOY)?;
    let owner = store::version(ctx, process, version).await?.agency;
    let own = ctx.actor.agency.clone();
    if ctx.actor.kind == kernel::ActorKind::System || authority::same_agency(ctx, &owner) {
        return Ok(String::new());
    }
    match owner.is_empty() && !own.is_empty() {
        true => Ok(own),
        false => Err(Error::denied("process.owned").arg("process", process)),
    }
}
