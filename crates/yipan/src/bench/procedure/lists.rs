//! The lists of an officer among many tasks, and the claim of a due timer among many that wait.
//!
//! The instances are copies of fifty, each with a task that is open and a timer that waits. Of these
//! the reader may take one, has one in hand, began one, did the first step of one and was sent a copy
//! of one; the others lie at other agencies.

use super::DIAGRAM;
use super::bulk::{Bulk, Extent};
use super::durable::{AGENCY, begin, complete, deploy, officer, open_task};
use crate::bench::measure::{Figures, Samples, rounded};
use crate::bench::{Options, pages};
use crate::modules;
use ::process::task::{self, ListKind};
use ::process::{instance, late};
use kernel::{Actor, Error, Lang, Result};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Ctx, Env};

/// Pages of each list; they are read in turn, again and again.
const PAGES: usize = 200;
/// Reads timed at most.
const READ_MAX: usize = 5_000;
/// Timers claimed at each size, and before it, untimed.
const CLAIMS: usize = 500;
const CLAIMS_FIRST: usize = 50;

/// Instances that are copied.
const TEMPLATES: usize = 50;
/// The agencies at which those lie that are not the reader's.
const OTHERS: [&str; 3] = ["police-410105", "health-410100", "city-management-410105"];
/// Id of the process: the approval with a limit to each step and a reminder by the clock.
const PROCESS: &str = "approval_timed";
const REMINDER: &str = "<subProcess id=\"late\" triggeredByEvent=\"true\">
    <startEvent id=\"month\" isInterrupting=\"false\"><timerEventDefinition>
    <timeDuration>P30D</timeDuration></timerEventDefinition></startEvent>
    <userTask id=\"remind\" name=\"提醒\" yipan:candidates=\"clerk\"/><endEvent id=\"reminded\"/>
    <sequenceFlow id=\"month_remind\" sourceRef=\"month\" targetRef=\"remind\"/>
    <sequenceFlow id=\"remind_reminded\" sourceRef=\"remind\" targetRef=\"reminded\"/>
    </subProcess></process>";

/// Measures at growing sizes.
pub(super) async fn run(env: &Arc<Env>, options: &Options, figures: &mut Figures) -> Result<()> {
    let reader = officer(env, "bench-reader", AGENCY, "clerk").await?;
    let mut sizes = pages::sizes_within(options.cases);
    if options.cases >= 10_000_000 {
        sizes.push(10_000_000);
    }
    let watcher = officer(env, "bench-watcher", "data-administration-410000", "supervisor").await?;
    let (mut made, mut told) = (0, Vec::new());
    let bulk = Bulk::of(env, &templates(env, &reader).await?, Extent::Listed).await?;
    for size in sizes {
        bulk.fill(env, made, size).await?;
        made = size;
        told.push(Json::Object(measured(env, (&reader, &watcher), options, size).await?));
    }
    figures.insert("lists".to_owned(), json!(told));
    Ok(())
}

/// Pages of every list, the counts beside them, what is late in the province, and claims, at one size.
async fn measured(
    env: &Arc<Env>,
    (reader, watcher): (&Actor, &Actor),
    options: &Options,
    size: u64,
) -> Result<Map<String, Json>> {
    let mut told = Map::from_iter([("tasks".to_owned(), json!(size))]);
    let mut put = |name: &str, samples: &Samples| -> Result<()> {
        told.insert(format!("{name}_p50_ms"), rounded(samples.percentile(50)?));
        told.insert(format!("{name}_p99_ms"), rounded(samples.percentile(99)?));
        Ok(())
    };
    for (name, list) in [
        ("page", List::Tasks(ListKind::ToDo)),
        ("in_hand", List::Tasks(ListKind::InHand)),
        ("done", List::Tasks(ListKind::Done)),
        ("started", List::Started),
        ("copied", List::Copied),
        ("counts", List::Counts),
    ] {
        let (first, again) = read(env, reader, options.time(), list).await?;
        put(&format!("{name}_first"), &first)?;
        put(name, &again)?;
    }
    let (samples, late) = overdue(env, watcher, options.time()).await?;
    put("late", &samples)?;
    put("timer_claim", &claim(env).await?)?;
    told.insert("late_tasks".to_owned(), json!(late));
    Ok(told)
}

/// The instances that are copied, by the verbs; their ids.
async fn templates(env: &Arc<Env>, reader: &Actor) -> Result<Vec<String>> {
    let administrator = officer(env, "bench-drawer", AGENCY, "administrator").await?;
    let diagram = DIAGRAM
        .replace("process id=\"approval\"", &format!("process id=\"{PROCESS}\""))
        .replace(
            "yipan:candidates=\"clerk\"/>",
            "yipan:candidates=\"clerk\" yipan:limit=\"P10D\"/>",
        )
        .replace("</process>", REMINDER);
    deploy(env, &administrator, &diagram).await?;
    let colleague = officer(env, "bench-colleague", AGENCY, "clerk").await?;
    let offered = begin(env, &colleague, PROCESS).await?;
    let in_hand = begin(env, &colleague, PROCESS).await?;
    let task = open_task(env, reader, &in_hand, "apply").await?;
    let mut ctx = Ctx::write(env, reader.clone(), Lang::Zh).await?;
    task::claim(&mut ctx, &format!("{in_hand}:{task}"), None).await?;
    ctx.commit().await?;
    let started = begin(env, reader, PROCESS).await?;
    let done = begin(env, &colleague, PROCESS).await?;
    let task = open_task(env, reader, &done, "apply").await?;
    complete(env, reader, &format!("{done}:{task}"), "apply").await?;
    let copied = begin(env, &colleague, PROCESS).await?;
    let mut ctx = Ctx::write(env, colleague.clone(), Lang::Zh).await?;
    task::copy(&mut ctx, &copied, std::slice::from_ref(&reader.account), "").await?;
    ctx.commit().await?;
    let mut templates = vec![offered, in_hand, started, done, copied];
    let mut others = Vec::new();
    for (n, agency) in OTHERS.into_iter().enumerate() {
        others.push(officer(env, &format!("bench-other-{n}"), agency, "clerk").await?);
    }
    for other in others.iter().cycle().take(TEMPLATES - templates.len()) {
        templates.push(begin(env, other, PROCESS).await?);
    }
    Ok(templates)
}

/// What is read again and again.
#[derive(Clone, Copy)]
enum List {
    Tasks(ListKind),
    Started,
    Copied,
    Counts,
}

/// Pages of a list of the reader's, one after another along the list: the first time that each is
/// read, which waits for the disk where its rows lie far apart, and again.
async fn read(
    env: &Arc<Env>,
    reader: &Actor,
    time: Duration,
    list: List,
) -> Result<(Samples, Samples)> {
    let (mut first, mut again) = (Samples::default(), Samples::default());
    let mut after = vec![String::new()];
    for at in 0..PAGES {
        let Some(cursor) = after.get(at).cloned() else { break };
        let begun = Instant::now();
        after.extend(page(env, reader, list, &cursor).await?);
        first.add(begun.elapsed());
    }
    after.truncate(PAGES);
    let begun = Instant::now();
    for cursor in after.iter().cycle() {
        if again.len() >= PAGES && (begun.elapsed() >= time || again.len() >= READ_MAX) {
            break;
        }
        let at = Instant::now();
        page(env, reader, list, cursor).await?;
        again.add(at.elapsed());
    }
    Ok((first, again))
}

/// Reads a page; the cursor of the next.
async fn page(env: &Arc<Env>, reader: &Actor, list: List, after: &str) -> Result<Option<String>> {
    let mut ctx = Ctx::read(env, reader.clone(), Lang::Zh);
    let (rows, next) = match list {
        List::Tasks(kind) => {
            let page = task::list(&mut ctx, kind, after).await?;
            (page.tasks.len(), page.next)
        }
        List::Started => {
            let page = instance::started(&mut ctx, after).await?;
            (page.instances.len(), page.next)
        }
        List::Copied => {
            let page = task::copies(&mut ctx, true, after).await?;
            (page.copies.len(), page.next)
        }
        List::Counts => (usize::from(task::counts(&mut ctx).await?.to_do > 0), None),
    };
    if rows == 0 {
        return Err(Error::internal("a list is empty"));
    }
    Ok(next)
}

/// The overview of what is late, again and again, and how much it is.
async fn overdue(env: &Arc<Env>, watcher: &Actor, time: Duration) -> Result<(Samples, i64)> {
    let (begun, mut samples) = (Instant::now(), Samples::default());
    loop {
        let at = Instant::now();
        let mut ctx = Ctx::read(env, watcher.clone(), Lang::Zh);
        let told = late::overview(&mut ctx, &late::Filter::default()).await?;
        samples.add(at.elapsed());
        if samples.len() > 1 && (begun.elapsed() >= time || samples.len() >= READ_MAX) {
            return Ok((samples, told.late));
        }
    }
}

/// Timers that are due among those that wait: claimed and done with.
async fn claim(env: &Arc<Env>) -> Result<Samples> {
    let worker = modules::worker(env);
    // Whatever else is due goes first, untimed.
    worker.drain().await?;
    let mut samples = Samples::default();
    for n in 0..CLAIMS_FIRST + CLAIMS {
        let mut ctx = env.system("bench").await?;
        let now = ctx.now;
        let payload = json!({ "instance": "nowhere", "number": 1 });
        ctx.schedule("process.timer", &format!("due-{n}"), now, &payload).await?;
        ctx.commit().await?;
        let at = Instant::now();
        if !worker.run_one().await? {
            return Err(Error::internal("the timer was not claimed"));
        }
        if n >= CLAIMS_FIRST {
            samples.add(at.elapsed());
        }
    }
    Ok(samples)
}
