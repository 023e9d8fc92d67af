//! Nodes on one database, killed at any wait, or cut off from it while they work: every instance ends
//! as it does without faults, and what the database shows is what the histories say.

use super::world::{World, document, draw};
use crate::task;
use flow::process::Variables;
use kernel::time::SECOND_US;
use kernel::{Actor, Lang, Random, Result};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::job::Worker;
use store::{Ctx, Engine, Env, vals};
use testkit::kill_after;

/// Instances that run at once.
const INSTANCES: usize = 6;
/// Rounds after which they must have ended.
const ROUNDS: usize = 120;
/// Kills after which enough was tried. How often an act waits, and so can be killed, is the
/// machine's affair: a quick disk has a transaction committed before anybody looks.
const KILLS: usize = 30;
/// Times connections were cut while something ran, after which enough was tried, on a server: SQLite
/// has no connection that could be cut.
const CUTS: usize = 10;
/// Seeds after which that many must have been reached.
const SEEDS: std::ops::Range<u64> = 11..41;

/// Timer, service, call and task at once, then a task.
fn drawing() -> String {
    let timer = "<intermediateCatchEvent id=\"w\"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>";
    let boundary = "<boundaryEvent id=\"t\" attachedToRef=\"b\" cancelActivity=\"false\"><timerEventDefinition><timeDuration>PT100H</timeDuration></timerEventDefinition></boundaryEvent>";
    let inner = draw(
        &[
            "startEvent s0",
            "userTask a y:candidates=clerk",
            "parallelGateway f",
            timer,
            "serviceTask j y:topic=test.outside",
            "callActivity k calledElement=child",
            "userTask b y:candidates=clerk",
            boundary,
            "endEvent e2",
            "parallelGateway g",
            "serviceTask l y:topic=test.flaky",
            "userTask c y:candidates=clerk",
            "endEvent e",
        ],
        &[
            "s0 a", "a f", "f w", "f j", "f k", "f b", "w g", "j g", "k g", "b g", "t e2", "g l",
            "l c", "c e",
        ],
    );
    let child = draw(
        &[
            "startEvent cs",
            "serviceTask cj y:topic=test.flaky",
            "userTask ca y:candidates=clerk",
            "endEvent ce",
        ],
        &["cs cj", "cj ca", "ca ce"],
    );
    document(&[("p", &inner), ("child", &child)])
}

/// How an instance ended, as far as it may not depend on what was killed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct End {
    process: String,
    phase: String,
    variables: String,
    acts: BTreeMap<String, usize>,
}

async fn ends(world: &World) -> Vec<End> {
    let mut ctx = world.system().await;
    let mut ends = Vec::new();
    for row in crate::instance::store::after(&mut ctx, "", 1_000).await.unwrap() {
        let standing = row.standing(&ctx).unwrap();
        let mut variables = standing.state.variables;
        variables.remove("key");
        let sql = "SELECT kind FROM process_event WHERE instance_id = $1";
        let mut acts = BTreeMap::new();
        for kind in ctx.column::<String>(sql, vals![&row.id]).await.unwrap() {
            *acts.entry(kind).or_default() += 1;
        }
        let variables = serde_json::to_string(&variables).unwrap();
        ends.push(End { process: row.process, phase: row.phase, variables, acts });
    }
    ends.sort();
    ends
}

/// One node: its worker, and an officer at work through it.
#[derive(Clone)]
struct Node {
    env: Arc<Env>,
    worker: Worker,
    officer: Actor,
}

impl Node {
    /// Completes one open task, whichever; a task somebody else completed is no fault.
    async fn officer(&self, choice: u64) -> Result<()> {
        let mut ctx = Ctx::write(&self.env, self.officer.clone(), Lang::Zh).await?;
        let sql = "SELECT id FROM process_task WHERE open = 1 ORDER BY id LIMIT 20";
        let open: Vec<String> = ctx.column(sql, vals![]).await?;
        let Some(id) = open.get((choice as usize) % open.len().max(1)) else { return Ok(()) };
        let variables: Variables = [("by".to_owned(), json!("clerk"))].into();
        match task::complete(&mut ctx, id, None, "", variables).await {
            Ok(_) => ctx.commit().await,
            Err(error) if error.code == "process.task_gone" => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A few acts, each killed at some wait, cut off at some wait, or left alone; how many were.
    async fn act(self, seed: u64) -> (usize, usize) {
        let mut random = Random::from_number(seed);
        let (mut kills, mut cuts) = (0, 0);
        for _ in 0..3 {
            let (most, kinds) = match self.env.db.engine {
                Engine::Sqlite => (4, 3),
                Engine::Postgres => (90, 5),
            };
            let (waits, choice) = (random.below(most), random.number());
            match random.below(kinds) {
                0 => kills += usize::from(kill_after(waits, self.worker.drain()).await.is_none()),
                1 => kills += usize::from(kill_after(waits, self.worker.run_one()).await.is_none()),
                2 => kills += usize::from(kill_after(waits, self.officer(choice)).await.is_none()),
                3 => cuts += usize::from(self.cut_after(waits, self.worker.drain()).await),
                _ => cuts += usize::from(self.cut_after(waits, self.officer(choice)).await),
            }
        }
        (kills, cuts)
    }

    /// Runs something, and after so many waits ends every connection to the database but one's own;
    /// it goes on, and comes to whatever it then comes to. True when it had not ended before.
    async fn cut_after<T>(&self, waits: u64, work: impl Future<Output = Result<T>>) -> bool {
        let mut work = std::pin::pin!(work);
        if kill_after(waits, work.as_mut()).await.is_some() {
            return false;
        }
        // The other node may cut off this one meanwhile.
        let cut = self.cut().await.is_ok_and(|ended| ended > 0);
        let _ = work.await;
        cut
    }

    async fn cut(&self) -> Result<i64> {
        let mut ctx = self.env.system("cut").await?;
        let sql = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()";
        ctx.count(sql, vals![]).await
    }
}

/// Lets the world's own pool find out which of its connections were cut: whoever comes first with one
/// that has not rested is told so, and it is gone.
async fn recovered(world: &World) {
    for _ in 0..40 {
        if let Ok(mut ctx) = world.env.system("test").await {
            let _ = ctx.count("SELECT 1", vals![]).await;
        }
    }
}

async fn begin(world: &World) {
    world.deploy(&drawing()).await;
    for n in 0..INSTANCES {
        world.start("clerk", "p", json!({ "n": n })).await.unwrap();
    }
}

async fn active(world: &World) -> i64 {
    world.count("SELECT COUNT(*) FROM process_instance WHERE ended_us = 0").await
}

/// The same without faults, on one node.
async fn undisturbed() -> Vec<End> {
    let world = World::new().await;
    begin(&world).await;
    let officer = world.actor("clerk");
    let node = Node { env: world.env.clone(), worker: world.worker.clone(), officer };
    for round in 0..ROUNDS {
        if active(&world).await == 0 {
            return ends(&world).await;
        }
        node.officer(round as u64).await.unwrap();
        world.drain().await;
        world.env.clock.advance_us(600 * SECOND_US);
    }
    panic!("without faults the instances do not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_killed_or_cut_off_at_any_wait_bring_every_instance_to_the_same_end() {
    let expected = undisturbed().await;
    assert_eq!(expected.len(), 2 * INSTANCES);
    let (mut kills, mut cuts, mut enough) = (0, 0, false);
    for seed in SEEDS {
        if enough {
            break;
        }
        let world = World::new().await;
        begin(&world).await;
        let mut nodes = Vec::new();
        for n in 0..2 {
            let (env, worker) = world.node(seed * 100 + n).await;
            nodes.push(Node { env, worker, officer: world.actor("clerk") });
        }
        for round in 0..ROUNDS as u64 {
            if active(&world).await == 0 {
                break;
            }
            let mut work = Vec::new();
            for (n, node) in (0..).zip(&nodes) {
                work.push(tokio::spawn(node.clone().act(seed * 10_000 + round * 10 + n)));
            }
            let before = cuts;
            for one in work {
                let (killed, cut) = one.await.unwrap();
                (kills, cuts) = (kills + killed, cuts + cut);
            }
            if cuts > before {
                recovered(&world).await;
            }
            // Leases of the dead run out, timers become due.
            for env in nodes.iter().map(|node| &node.env).chain([&world.env]) {
                env.clock.advance_us(600 * SECOND_US);
            }
            if round % 10 == 0 {
                world.whole().await;
            }
        }
        // What is left at the end is done without faults.
        world.settled().await;
        let last = Node { env: world.env.clone(), ..nodes[0].clone() };
        for round in 0..ROUNDS {
            if active(&world).await == 0 {
                break;
            }
            world.worker.drain().await.unwrap();
            last.officer(round as u64).await.unwrap();
            world.env.clock.advance_us(600 * SECOND_US);
        }
        world.worker.drain().await.unwrap();
        world.whole().await;
        assert_eq!(ends(&world).await, expected, "seed {seed}");
        for node in nodes {
            node.env.db.clone().close().await;
        }
        enough = kills > KILLS && (cuts > CUTS || world.env.db.engine == Engine::Sqlite);
    }
    assert!(enough, "{kills} kills, {cuts} cuts");
}

#[tokio::test]
async fn the_check_finds_jobs_that_are_missing_and_jobs_too_many() {
    let world = World::new().await;
    world.deploy(&drawing()).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
    let faults = async || {
        let mut ctx = world.system().await;
        let report = crate::fsck::check(&mut ctx).await.unwrap();
        report.faults.into_iter().map(|fault| (fault.what, fault.instance)).collect::<Vec<_>>()
    };
    assert!(faults().await.is_empty());
    world.execute("UPDATE job SET name = 'elsewhere' WHERE name = 'process.timer'").await;
    assert_eq!(faults().await, vec![("queue", begun.id.clone()); 2]);
    world.execute("UPDATE job SET name = 'process.timer' WHERE name = 'elsewhere'").await;
    world.execute("UPDATE job SET job_key = 'nowhere:1' WHERE name = 'process.work'").await;
    let expected = [("queue", begun.id.clone()), ("queue", "nowhere".to_owned())];
    assert_eq!(faults().await, expected);
}
