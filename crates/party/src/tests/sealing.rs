//! Seals of rows: what was changed by hand is named; tables are sealed once each, whoever else
//! writes or seals meanwhile and wherever the process ends.

use super::on_both;
use super::world::{World, setup};
use crate::evidence;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use store::{Sealed, vals};
use testkit::{Place, kill_after};

on_both!(
    a_sealed_row_changed_added_or_taken_by_hand_is_named,
    every_table_is_sealed_once_wherever_the_process_ends,
);

/// Table, key and kind of the first row that is not as it was sealed.
async fn broken(world: &World) -> Option<(&'static str, String, &'static str)> {
    let found = evidence::broken_seal(&mut world.system().await).await.unwrap();
    found.map(|one| (one.table, one.key, one.how))
}

/// What the entries say was sealed, in the order of their names.
async fn sealed(world: &World) -> Vec<String> {
    let sql = "SELECT body FROM evidence_entry WHERE kind = 'log.rows_sealed'";
    let mut bodies = world.texts(sql).await;
    bodies.sort();
    bodies
}

/// Rows of a sealed table, with their seals.
async fn preferences(world: &World, count: usize) {
    let mut ctx = world.system().await;
    for n in 0..count {
        let sql = "INSERT INTO message_preference (id, person_id, template, mail)
             VALUES ($1, 'p', 'case.granted', 0)";
        ctx.execute(sql, vals![n.to_string()]).await.unwrap();
    }
    ctx.commit().await.unwrap();
}

async fn every_table_is_sealed_once_wherever_the_process_ends(world: World) {
    preferences(&world, 3).await;
    let tables = crate::SEALED.len();
    assert_eq!(evidence::unsealed(&mut world.system().await).await.unwrap().len(), tables);
    // Each time it gets a little further, so that it is killed within every table.
    let (mut waits, mut kills) = (0, 0);
    while kill_after(waits, evidence::seal_tables(&world.env)).await.is_none() {
        world.settled().await;
        assert_eq!(broken(&world).await, None, "after {waits} waits");
        (waits, kills) = (waits + 1, kills + 1);
    }
    assert!(kills > 2, "killed {kills} times");
    let bodies = sealed(&world).await;
    assert_eq!(bodies.len(), tables, "{bodies:?}");
    assert!(bodies.contains(&r#"{"rows":{"message_preference/1":3}}"#.to_owned()), "{bodies:?}");
    assert_eq!(evidence::verify(&mut world.system().await).await.unwrap().unsealed, [""; 0]);
    evidence::seal_tables(&world.env).await.unwrap();
    assert_eq!(sealed(&world).await, bodies, "what is sealed is not sealed again");
}

/// Two processes on one server: what one writes while the other seals has the seal it was written
/// with, and both sealing at once seal each table once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_sealed_beside_a_process_that_writes_and_one_that_seals() {
    let Some(place) = Place::postgres().await else { return };
    let one = World::at(place.clone()).await;
    let other = World::over(testkit::Setup { seed: 2, ..setup() }, &place).await;
    preferences(&one, 600).await;
    let (over, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writing = {
        let (env, over, written) = (other.env.clone(), over.clone(), written.clone());
        tokio::spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let count = written.fetch_add(1, Ordering::Relaxed);
                let mut ctx = env.system("test").await.unwrap();
                let sql = "UPDATE message_preference SET mail = mail + 1 WHERE id = $1";
                let id = (count * 37 % 600).to_string();
                assert_eq!(ctx.execute(sql, vals![id]).await.unwrap(), 1);
                ctx.commit().await.unwrap();
            }
        })
    };
    for _ in 0..20 {
        let mut ctx = one.system().await;
        let table = Sealed::by_id("message_preference");
        ctx.hold_table(table).await.unwrap();
        assert_eq!(ctx.seal_table(table).await.unwrap(), 600);
        ctx.commit().await.unwrap();
    }
    let (first, second) =
        tokio::join!(evidence::seal_tables(&one.env), evidence::seal_tables(&other.env));
    first.unwrap();
    second.unwrap();
    over.store(true, Ordering::Relaxed);
    writing.await.unwrap();
    assert!(written.load(Ordering::Relaxed) > 20, "nobody wrote meanwhile");
    assert_eq!(sealed(&one).await.len(), crate::SEALED.len());
    assert_eq!(broken(&one).await, None);
}

async fn a_sealed_row_changed_added_or_taken_by_hand_is_named(world: World) {
    evidence::seal_tables(&world.env).await.unwrap();
    let mut ctx = world.system().await;
    for id in ["a", "b"] {
        let sql = "INSERT INTO message_preference (id, person_id, template, mail)
             VALUES ($1, 'p', 'case.granted', 1)";
        ctx.execute(sql, vals![id]).await.unwrap();
    }
    // Of several changes in one transaction the last is sealed.
    ctx.execute("UPDATE message_preference SET mail = 0", vals![]).await.unwrap();
    ctx.update_rows("message_preference", &["mail"], vec![vals!["b", 1]]).await.unwrap();
    let sql = "INSERT INTO message_preference (id, person_id, template, mail)
         VALUES ('a', 'p', 'case.granted', 7) ON CONFLICT (id) DO UPDATE SET mail = excluded.mail";
    ctx.execute(sql, vals![]).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(broken(&world).await, None);
    let by_hand = [
        ("UPDATE message_preference SET mail = 9 WHERE id = 'b'", "b", "changed"),
        ("UPDATE message_preference SET mail = 1 WHERE id = 'b'", "", ""),
        ("DELETE FROM message_preference WHERE id = 'a'", "a", "gone"),
        ("INSERT INTO message_preference VALUES ('a', 'p', 'case.granted', 7)", "", ""),
        ("INSERT INTO message_preference VALUES ('c', 'p', 'case.granted', 1)", "c", "added"),
    ];
    for (sql, key, how) in by_hand {
        world.env.db.script(sql).await.unwrap();
        let expected = (!key.is_empty()).then(|| ("message_preference", key.to_owned(), how));
        assert_eq!(broken(&world).await, expected, "{sql}");
    }
    // Starting anew does not seal what was changed meanwhile.
    evidence::seal_tables(&world.env).await.unwrap();
    assert!(broken(&world).await.is_some());
    let mut ctx = world.system().await;
    ctx.execute("DELETE FROM message_preference", vals![]).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(broken(&world).await, None);
}
