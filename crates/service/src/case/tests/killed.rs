//! Processes killed at any wait, from the submission to the archive: the application comes to the same
//! end as without faults, and what was acknowledged stands.

use super::world::{HEALTH, World, approver};
use crate::case::{self, Decision};
use kernel::{Actor, Lang, Random, Result};
use std::collections::BTreeMap;
use store::{Ctx, Engine};
use testkit::{Place, kill_after};

/// Kills after which enough was tried. How often an act waits, and so can be killed, is the
/// machine's affair: a quick disk has a transaction committed before anybody looks.
const KILLS: usize = 40;
/// Seeds after which that many must have been reached.
const SEEDS: std::ops::Range<u64> = 3..23;
/// Acts after which an application must have ended.
const ACTS: usize = 2_000;

/// Everything that may not depend on what was killed: how often each thing happened.
const HAPPENED: [&str; 6] = [
    "SELECT 'case ' || item || ' ' || phase FROM cases",
    "SELECT 'event ' || c.item || ' ' || e.kind FROM case_event e JOIN cases c ON c.id = e.case_id",
    "SELECT 'document ' || kind FROM case_document WHERE digest <> ''",
    "SELECT 'licence ' || type_id || ' ' || state FROM licence",
    "SELECT 'message ' || template FROM message",
    "SELECT 'job ' || name || ' ' || failure FROM job WHERE failure <> '' OR leased_until_us > 0",
];

async fn happened(world: &World) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for sql in HAPPENED {
        for one in world.texts(sql).await {
            *all.entry(one).or_default() += 1;
        }
    }
    all
}

async fn world() -> World {
    let areas = [party::modules(), data::modules(), licence::modules(), process::modules()];
    World::at(&Place::any().await, [areas.concat(), crate::modules()].concat()).await
}

/// An officer accepts and grants what the rule referred to him, each in a transaction of its own.
/// What was done before is refused and no fault.
async fn officer(world: &World, id: &str) -> Result<()> {
    let approver = approver(HEALTH);
    let tolerant = |done: Result<case::Done>| match done {
        Ok(_) => Ok(()),
        Err(error) if error.kind == kernel::Kind::Conflict => Ok(()),
        Err(error) => Err(error),
    };
    let accept =
        world.run(&approver, async |ctx| case::accept(ctx, id, None, Default::default()).await);
    tolerant(accept.await)?;
    let decision = Decision {
        granted: true,
        opinion: "核对无误".to_owned(),
        article: "母婴保健法第二十三条".to_owned(),
        ..Decision::default()
    };
    let decide = world.run(&approver, async |ctx| case::decide(ctx, id, None, decision).await);
    tolerant(decide.await)
}

/// The application of which one item goes to an officer, submitted; its id and that item's.
async fn submitted(world: &World) -> (String, String) {
    let (actor, mut new) = world.application("draft-1").await;
    new.answers.insert("child_sex".to_owned(), serde_json::Value::from("male"));
    let done = world.submit(&actor, new).await;
    let item = done.items.iter().find(|item| item.item == "birth-certificate").unwrap();
    (done.id.clone(), item.id.clone())
}

/// The end without faults.
async fn undisturbed() -> BTreeMap<String, usize> {
    let world = world().await;
    let (whole, id) = submitted(&world).await;
    world.drain().await;
    officer(&world, &id).await.unwrap();
    world.drain().await;
    assert_eq!(world.phase(&whole).await, "completed");
    happened(&world).await
}

/// What the database shows at one instant is what the histories and the log say.
async fn whole(world: &World) {
    let mut ctx = Ctx::snapshot(&world.env, Actor::system("test"), Lang::Zh).await.unwrap();
    assert_eq!(case::disagreements(&mut ctx).await.unwrap(), Vec::new());
    assert_eq!(case::verify_histories(&mut ctx).await.unwrap(), None);
    assert_eq!(party::evidence::verify(&mut ctx).await.unwrap().first_bad, None);
}

/// One application under kills; how many there were.
async fn disturbed(seed: u64, expected: &BTreeMap<String, usize>) -> usize {
    let world = world().await;
    let (root, id) = submitted(&world).await;
    let mut random = Random::from_number(seed);
    let mut kills = 0;
    let most = match world.env.db.engine {
        Engine::Sqlite => 4,
        Engine::Postgres => 120,
    };
    for _ in 0..ACTS {
        let waits = random.below(most);
        let killed = match random.below(4) {
            0 => kill_after(waits, officer(&world, &id)).await.is_none(),
            1 => kill_after(waits, world.worker.drain()).await.is_none(),
            _ => kill_after(waits, world.worker.run_one()).await.is_none(),
        };
        kills += usize::from(killed);
        // Leases of the dead run out.
        world.env.clock.advance_us(kernel::time::SECOND_US);
        if world.phase(&root).await == "completed" {
            break;
        }
    }
    // What is left is done without faults, after the last lease.
    world.settled().await;
    world.advance_hours(1);
    officer(&world, &id).await.unwrap();
    world.worker.drain().await.unwrap();
    assert_eq!(world.phase(&root).await, "completed", "seed {seed}");
    assert_eq!(&happened(&world).await, expected, "seed {seed}");
    whole(&world).await;
    kills
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_whose_processes_are_killed_comes_to_the_same_end() {
    let expected = undisturbed().await;
    assert_eq!(expected.keys().filter(|one| one.starts_with("licence ")).count(), 6);
    let mut kills = 0;
    for seed in SEEDS {
        kills += disturbed(seed, &expected).await;
        if kills > KILLS {
            return;
        }
    }
    panic!("{kills} kills");
}
