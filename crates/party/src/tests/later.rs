//! Statements that run later, in one message with others: on both engines they leave what the same
//! statements leave one by one.

use super::on_both;
use super::world::World;
use crate::{audit, evidence};
use serde_json::json;
use store::{Ctx, vals};

const INSERT: &str = "INSERT INTO setting (name, value) VALUES ($1, $2)";

async fn later(ctx: &mut Ctx, from: usize, to: usize) {
    for n in from..to {
        let values = vals![format!("later-{n}"), "it's $1"];
        ctx.execute_later(INSERT, values).await.unwrap();
    }
}

async fn kept(ctx: &mut Ctx) -> i64 {
    let sql = "SELECT COUNT(*) FROM setting WHERE name LIKE 'later-%' AND value = $1";
    ctx.count(sql, vals!["it's $1"]).await.unwrap()
}

async fn what_follows_sees_what_was_to_run_later(world: World) {
    let mut ctx = world.system().await;
    later(&mut ctx, 0, 3).await;
    assert_eq!(kept(&mut ctx).await, 3);
    later(&mut ctx, 3, 5).await;
    let sql = "UPDATE setting SET value = value || $2 WHERE name = $1 RETURNING *";
    let row = ctx.changed_row(sql, vals!["later-0", "!"]).await.unwrap().unwrap();
    assert_eq!(json!(row), json!({"name": "later-0", "value": "it's $1!"}));
    let none = ctx.changed_row(sql, vals!["nowhere", "!"]).await.unwrap();
    assert!(none.is_none());
    // More than one message holds.
    later(&mut ctx, 5, 45).await;
    let changed = ctx.execute("DELETE FROM setting WHERE name = $1", vals!["later-44"]).await;
    assert_eq!(changed.unwrap(), 1);
    ctx.commit().await.unwrap();
    assert_eq!(kept(&mut world.system().await).await, 43);
}

async fn what_was_to_run_later_is_dropped_with_its_transaction(world: World) {
    let mut ctx = world.system().await;
    later(&mut ctx, 0, 20).await;
    drop(ctx);
    assert_eq!(kept(&mut world.system().await).await, 0);
    let mut read = Ctx::read(&world.env, kernel::Actor::system("test"), kernel::Lang::Zh);
    let refused = read.execute_later(INSERT, vals!["later-0", ""]).await.unwrap_err();
    assert_eq!(refused.kind, kernel::Kind::Internal);
}

async fn what_fails_later_fails_the_transaction(world: World) {
    let mut ctx = world.system().await;
    later(&mut ctx, 0, 2).await;
    let twice = async move {
        ctx.execute_later(INSERT, vals!["later-1", "again"]).await?;
        ctx.commit().await
    };
    assert_eq!(twice.await.unwrap_err().code, "store.unique");
    assert_eq!(kept(&mut world.system().await).await, 0);
}

async fn a_row_given_back_has_the_digest_of_the_row_read_again(world: World) {
    let mut ctx = world.system().await;
    let sql = "INSERT INTO command (id, account, verb, answer, at_us) VALUES ($1, $2, '', '答', $3)
         RETURNING *";
    let row = ctx.changed_row(sql, vals!["c1", "a", 5]).await.unwrap().unwrap();
    let entry =
        audit::record_changed(&mut ctx, "test.changed", "test:c1", json!({}), "command", row);
    let entry = entry.await.unwrap();
    let read = audit::row_digest(&mut ctx, "command", "c1").await.unwrap();
    let pointer = "SELECT digest FROM evidence_row WHERE entry_id = $1";
    let recorded: Option<String> = ctx.scalar(pointer, vals![&entry]).await.unwrap();
    assert_eq!(recorded, Some(read));
    assert_eq!(audit::by_id(&mut ctx, &entry).await.unwrap().kind, "test.changed");
    assert_eq!(evidence::verify(&mut ctx).await.unwrap().first_bad, None);
}

on_both!(
    what_follows_sees_what_was_to_run_later,
    what_was_to_run_later_is_dropped_with_its_transaction,
    what_fails_later_fails_the_transaction,
    a_row_given_back_has_the_digest_of_the_row_read_again,
    a_refused_job_is_asked_for_in_vain,
);

async fn a_refused_job_is_asked_for_in_vain(world: World) {
    let waiting = async || {
        let mut ctx = world.system().await;
        for name in ["test.paper", "test.other"] {
            ctx.enqueue(name, &json!({})).await.unwrap();
            ctx.schedule(name, "key", ctx.now, &json!({})).await.unwrap();
            ctx.enqueue_unless_waiting(&format!("{name}.once"), &json!({})).await.unwrap();
        }
        let sql = "SELECT name FROM job WHERE name LIKE 'test.%' ORDER BY name";
        ctx.column::<String>(sql, vals![]).await.unwrap()
    };
    world.env.refuse_jobs(&["test.paper", "test.paper.once"]);
    assert_eq!(waiting().await, ["test.other", "test.other", "test.other.once"]);
    world.env.refuse_jobs(&[]);
    assert_eq!(waiting().await.len(), 6);
}
