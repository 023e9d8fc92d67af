//! The log: sequencing, proofs, and finding what was changed by hand.

use super::on_both;
use super::world::World;
use crate::audit;
use crate::evidence::{self, Difference};
use kernel::{Actor, Kind, Lang};
use proof::log::Hash;
use serde_json::json;
use store::{Ctx, vals};

on_both!(
    every_entry_is_proven_against_the_checkpoint,
    a_changed_body_is_named,
    a_changed_field_is_named,
    exchanged_entries_are_named,
    a_removed_entry_is_named,
    a_removed_tail_is_named,
    a_changed_row_is_named_by_its_latest_entry,
    a_removed_row_is_named,
    a_row_put_back_to_an_older_state_is_named,
    a_forged_checkpoint_is_found,
    a_changed_tile_above_the_leaves_is_found,
    a_rolled_back_act_leaves_no_entry,
    an_older_log_is_the_beginning_of_the_newer,
    a_snapshot_is_whole_while_others_write,
    an_erased_entry_leaves_every_proof_as_it_was,
    what_was_emptied_without_a_record_is_named,
    what_still_proves_something_is_not_erased,
    a_leaf_tells_nothing_to_who_knows_the_content,
    a_post_given_by_hand_is_named,
    rows_recorded_as_one_show_what_was_added_and_taken,
);

async fn grow(world: &World, count: usize) -> Vec<String> {
    let mut ctx = world.system().await;
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(
            audit::record(&mut ctx, "test.done", &format!("thing:{n}"), json!({"n": n}))
                .await
                .unwrap(),
        );
    }
    while evidence::sequence(&mut ctx).await.unwrap() > 0 {}
    ctx.commit().await.unwrap();
    ids
}

async fn tamper(world: &World, sql: &str) {
    world.env.db.script(sql).await.unwrap();
}

async fn first_bad(world: &World) -> evidence::FirstBad {
    let mut ctx = world.system().await;
    let report = evidence::verify(&mut ctx).await.unwrap();
    assert!(!report.ok);
    report.first_bad.unwrap()
}

async fn assert_whole(world: &World, entries: u64) {
    let mut ctx = world.system().await;
    let report = evidence::verify(&mut ctx).await.unwrap();
    assert!(report.ok, "{report:?}");
    assert_eq!(report.entries, entries);
}

async fn every_entry_is_proven_against_the_checkpoint(world: World) {
    // Past one tile, so that two levels of tiles are read; in steps, so that tiles grow.
    let mut ids = grow(&world, 3).await;
    ids.extend(grow(&world, 254).await);
    ids.extend(grow(&world, 300).await);
    let mut ctx = world.system().await;
    let leaves: Vec<Hash> = {
        let mut leaves = Vec::new();
        for id in &ids {
            let entry = audit::by_id(&mut ctx, id).await.unwrap();
            leaves.push(proof::log::leaf_hash(entry.leaf_data().unwrap().as_bytes()));
        }
        leaves
    };
    let head = evidence::head(&mut ctx).await.unwrap().unwrap();
    assert_eq!(head.size, ids.len() as u64);
    assert_eq!(head.root, proof::log::root(&leaves), "the oracle hashes all leaves");
    for (n, id) in ids.iter().enumerate().step_by(7).chain([(556, &ids[556])]) {
        let found = evidence::prove(&mut ctx, id).await.unwrap();
        assert_eq!(found.position, n as u64);
        proof::log::verify_inclusion(&leaves[n], n as u64, head.size, &found.hashes, &head.root)
            .unwrap();
    }
    drop(ctx);
    assert_whole(&world, 557).await;
}

async fn a_changed_body_is_named(world: World) {
    let ids = grow(&world, 5).await;
    tamper(
        &world,
        &format!("UPDATE evidence_entry SET body = '{{\"n\":9}}' WHERE id = '{}'", ids[2]),
    )
    .await;
    let bad = first_bad(&world).await;
    assert_eq!((bad.entry, bad.position, bad.differs), (ids[2].clone(), Some(2), Difference::Body));
}

async fn a_changed_field_is_named(world: World) {
    let ids = grow(&world, 5).await;
    tamper(
        &world,
        &format!("UPDATE evidence_entry SET actor = 'somebody' WHERE id = '{}'", ids[4]),
    )
    .await;
    let bad = first_bad(&world).await;
    assert_eq!((bad.entry, bad.differs), (ids[4].clone(), Difference::Field));
}

async fn exchanged_entries_are_named(world: World) {
    let ids = grow(&world, 5).await;
    for (position, id) in [(900, &ids[1]), (1, &ids[3]), (3, &ids[1])] {
        tamper(
            &world,
            &format!("UPDATE evidence_entry SET position = {position} WHERE id = '{id}'"),
        )
        .await;
    }
    let bad = first_bad(&world).await;
    assert_eq!(
        (bad.entry, bad.position, bad.differs),
        (ids[3].clone(), Some(1), Difference::Order)
    );
}

async fn a_removed_entry_is_named(world: World) {
    let ids = grow(&world, 5).await;
    tamper(&world, &format!("DELETE FROM evidence_entry WHERE id = '{}'", ids[1])).await;
    let bad = first_bad(&world).await;
    assert_eq!((bad.position, bad.differs), (Some(1), Difference::Missing));
}

async fn a_removed_tail_is_named(world: World) {
    let ids = grow(&world, 5).await;
    tamper(&world, &format!("DELETE FROM evidence_entry WHERE id = '{}'", ids[4])).await;
    let bad = first_bad(&world).await;
    assert_eq!((bad.position, bad.differs), (Some(4), Difference::Missing));
}

async fn with_row(world: &World, values: &[&str]) -> Vec<String> {
    let mut ctx = world.system().await;
    let mut ids = Vec::new();
    for value in values {
        let sql = "INSERT INTO delegation (id, principal, agent, kind, scope, status, evidence,
             reference, asked_us, from_us, until_us, answered_us, ended_us)
             VALUES ('d1', 'p', 'a', 'agent', 'all', $1, '', '', 1, 1, 2, 0, 0)
             ON CONFLICT (id) DO UPDATE SET status = excluded.status";
        ctx.execute(sql, vals![*value]).await.unwrap();
        let id =
            audit::record_row(&mut ctx, "test.row", "delegation:d1", json!({}), "delegation", "d1");
        ids.push(id.await.unwrap());
    }
    evidence::sequence(&mut ctx).await.unwrap();
    ctx.commit().await.unwrap();
    ids
}

async fn a_changed_row_is_named_by_its_latest_entry(world: World) {
    let ids = with_row(&world, &["asked", "granted"]).await;
    assert_whole(&world, 2).await;
    tamper(&world, "UPDATE delegation SET until_us = 3 WHERE id = 'd1'").await;
    let bad = first_bad(&world).await;
    assert_eq!((bad.entry, bad.differs), (ids[1].clone(), Difference::Row));
    assert_eq!(bad.detail, "delegation d1");
    tamper(&world, "UPDATE delegation SET until_us = 2 WHERE id = 'd1'").await;
    assert_whole(&world, 2).await;
}

async fn a_removed_row_is_named(world: World) {
    with_row(&world, &["asked"]).await;
    tamper(&world, "DELETE FROM delegation WHERE id = 'd1'").await;
    assert_eq!(first_bad(&world).await.differs, Difference::RowMissing);
}

async fn a_row_put_back_to_an_older_state_is_named(world: World) {
    let ids = with_row(&world, &["granted", "revoked"]).await;
    let mut ctx = world.system().await;
    let digest: String = ctx
        .scalar("SELECT row_digests FROM evidence_entry WHERE id = $1", vals![&ids[0]])
        .await
        .unwrap()
        .unwrap();
    drop(ctx);
    let digest = serde_json::from_str::<serde_json::Value>(&digest).unwrap()[0]["digest"].clone();
    tamper(&world, "UPDATE delegation SET status = 'granted' WHERE id = 'd1'").await;
    let sql = format!(
        "UPDATE evidence_row SET entry_id = '{}', digest = '{}', seq = 1 WHERE id = 'delegation/d1'",
        ids[0],
        digest.as_str().unwrap()
    );
    tamper(&world, &sql).await;
    let bad = first_bad(&world).await;
    assert_eq!((bad.entry, bad.differs), (ids[1].clone(), Difference::Row));
}

async fn a_forged_checkpoint_is_found(world: World) {
    grow(&world, 5).await;
    tamper(&world, "UPDATE evidence_checkpoint SET note = replace(note, '5', '4')").await;
    assert_eq!(first_bad(&world).await.differs, Difference::Checkpoint);
}

async fn a_changed_tile_above_the_leaves_is_found(world: World) {
    // Past one tile of leaves.
    grow(&world, 300).await;
    assert_whole(&world, 300).await;
    let other = "(SELECT hashes FROM evidence_tile WHERE id = '0/1')";
    tamper(&world, &format!("UPDATE evidence_tile SET hashes = {other} WHERE id = '1/0'")).await;
    assert_eq!(first_bad(&world).await.differs, Difference::Checkpoint);
}

async fn a_rolled_back_act_leaves_no_entry(world: World) {
    let mut ctx = world.system().await;
    audit::record(&mut ctx, "test.done", "thing:1", json!({})).await.unwrap();
    drop(ctx);
    world.drain().await;
    assert_whole(&world, 0).await;
}

async fn an_older_log_is_the_beginning_of_the_newer(world: World) {
    grow(&world, 300).await;
    let mut ctx = world.system().await;
    let old = evidence::head(&mut ctx).await.unwrap().unwrap();
    drop(ctx);
    grow(&world, 400).await;
    let mut ctx = world.system().await;
    let (hashes, new) = evidence::prove_consistency(&mut ctx, old.size).await.unwrap();
    proof::log::verify_consistency(old.size, new.size, &hashes, &old.root, &new.root).unwrap();
    for from in [1, 2, 255, 256, 257, 511, 512, 699, 700] {
        evidence::prove_consistency(&mut ctx, from).await.unwrap();
    }
}

async fn a_snapshot_is_whole_while_others_write(world: World) {
    grow(&world, 20).await;
    let system = Actor::system("test");
    let mut then = Ctx::snapshot(&world.env, system, Lang::Zh).await.unwrap();
    grow(&world, 30).await;
    let report = evidence::verify(&mut then).await.unwrap();
    assert!(report.ok, "{report:?}");
    assert_eq!((report.entries, report.size), (20, 20));
    let refused = then.execute("DELETE FROM evidence_entry", vals![]).await;
    assert_eq!(refused.unwrap_err().kind, Kind::Internal);
    drop(then);
    assert_whole(&world, 50).await;
}

async fn erase(world: &World, id: &str) -> kernel::Result<String> {
    let mut ctx = world.system().await;
    let by = audit::erase(&mut ctx, id, "asked for by the person").await?;
    ctx.commit().await?;
    Ok(by)
}

async fn an_erased_entry_leaves_every_proof_as_it_was(world: World) {
    let ids = grow(&world, 300).await;
    let mut ctx = world.system().await;
    let old = evidence::head(&mut ctx).await.unwrap().unwrap();
    let leaf = audit::by_id(&mut ctx, &ids[100]).await.unwrap().leaf;
    drop(ctx);
    let by = erase(&world, &ids[100]).await.unwrap();
    grow(&world, 5).await;
    let mut ctx = world.system().await;
    let found = evidence::prove(&mut ctx, &ids[100]).await.unwrap();
    let entry = &found.entry;
    let said = [&entry.actor, &entry.kind, &entry.subject, &entry.body, &entry.salt];
    assert!(said.iter().all(|text| text.is_empty()) && entry.body_digest.is_empty());
    assert_eq!((&entry.leaf, &entry.erased_by), (&leaf, &by));
    let held: Hash = hex::decode(&leaf).unwrap().try_into().unwrap();
    let (size, root) = (found.head.size, found.head.root);
    proof::log::verify_inclusion(&held, 100, size, &found.hashes, &root).unwrap();
    let (hashes, new) = evidence::prove_consistency(&mut ctx, old.size).await.unwrap();
    proof::log::verify_consistency(old.size, new.size, &hashes, &old.root, &new.root).unwrap();
    drop(ctx);
    assert_whole(&world, 306).await;
    assert_eq!(erase(&world, &ids[100]).await.unwrap_err().code, "evidence.erased");
    assert_eq!(erase(&world, &by).await.unwrap_err().code, "evidence.erased");
    // Who hides another entry behind the record of this erasure is found.
    let sql =
        format!("UPDATE evidence_entry SET leaf = '{}' WHERE id = '{}'", "0".repeat(64), ids[100]);
    tamper(&world, &sql).await;
    assert_eq!(first_bad(&world).await.differs, Difference::Order);
}

async fn what_was_emptied_without_a_record_is_named(world: World) {
    let ids = grow(&world, 5).await;
    let empty =
        "actor = '', kind = '', subject = '', body = '', row_digests = '[]', body_digest = '',
         salt = ''";
    for by in ["nothing", ids[1].as_str()] {
        let sql = format!(
            "UPDATE evidence_entry SET {empty}, erased_by = '{by}' WHERE id = '{}'",
            ids[3]
        );
        tamper(&world, &sql).await;
        let bad = first_bad(&world).await;
        assert_eq!((bad.entry, bad.differs), (ids[3].clone(), Difference::Erased));
    }
}

async fn what_still_proves_something_is_not_erased(world: World) {
    let ids = with_row(&world, &["asked", "granted"]).await;
    assert_eq!(erase(&world, &ids[1]).await.unwrap_err().code, "evidence.row_stands");
    erase(&world, &ids[0]).await.unwrap();
    let mut ctx = world.system().await;
    let waiting = audit::record(&mut ctx, "test.done", "thing:1", json!({})).await.unwrap();
    assert_eq!(audit::erase(&mut ctx, &waiting, "why").await.unwrap_err().code, "evidence.waiting");
    assert_eq!(audit::erase(&mut ctx, &ids[1], " ").await.unwrap_err().code, "evidence.reason");
    assert_eq!(audit::erase(&mut ctx, "none", "why").await.unwrap_err().code, "not_found");
    // Once the row is gone, and its going recorded, what recorded it may go too.
    ctx.execute("DELETE FROM delegation WHERE id = 'd1'", vals![]).await.unwrap();
    let gone =
        audit::record_row(&mut ctx, "test.row", "delegation:d1", json!({}), "delegation", "d1");
    gone.await.unwrap();
    while evidence::sequence(&mut ctx).await.unwrap() > 0 {}
    audit::erase(&mut ctx, &ids[1], "why").await.unwrap();
    while evidence::sequence(&mut ctx).await.unwrap() > 0 {}
    ctx.commit().await.unwrap();
    assert_whole(&world, 6).await;
}

async fn a_leaf_tells_nothing_to_who_knows_the_content(world: World) {
    let ids = grow(&world, 2).await;
    let mut ctx = world.system().await;
    let entry = audit::by_id(&mut ctx, &ids[0]).await.unwrap();
    assert_eq!(entry.salt.len(), 32, "128 bits");
    assert_eq!(audit::leaf_of(&entry).unwrap(), entry.leaf);
    // The whole content without the salt, and with another entry's, leads to other leaves.
    let other = audit::by_id(&mut ctx, &ids[1]).await.unwrap().salt;
    assert_ne!(other, entry.salt);
    for salt in [String::new(), other] {
        let guessed = audit::Entry { salt, ..entry.clone() };
        assert_ne!(audit::leaf_of(&guessed).unwrap(), entry.leaf);
    }
}

#[tokio::test]
async fn the_job_places_what_was_recorded() {
    let world = World::sqlite().await;
    world.citizen("amy", 10, 1).await;
    world.drain().await;
    let mut ctx = world.system().await;
    assert_eq!(evidence::lag(&mut ctx).await.unwrap(), 0);
    assert!(evidence::head(&mut ctx).await.unwrap().unwrap().size > 0);
}

/// What the check finds when a statement has been carried out and nothing else; it is not kept.
async fn found_after(world: &World, sql: &str) -> Option<evidence::FirstBad> {
    let mut ctx = world.system().await;
    assert!(ctx.execute(sql, vals![]).await.unwrap() > 0, "{sql}");
    evidence::verify(&mut ctx).await.unwrap().first_bad
}

async fn a_post_given_by_hand_is_named(world: World) {
    let clerk = world.officer("wang", &["clerk"]).await.account;
    for change in [
        "roles = '[\"administrator\"]'",
        "agency = 'health-410000'",
        "division = '41'",
        "kind = 'service'",
        "login = 'root'",
        "locked_us = 5",
        "closed_us = 5",
    ] {
        let sql = format!("UPDATE account SET {change} WHERE id = '{clerk}'");
        let bad = found_after(&world, &sql).await.unwrap_or_else(|| panic!("not found: {sql}"));
        assert_eq!(bad.differs, Difference::Row, "{change}");
        assert_eq!(bad.detail, format!("account_post {clerk}"));
    }
    let gone = format!("DELETE FROM account WHERE id = '{clerk}'");
    assert_eq!(found_after(&world, &gone).await.unwrap().differs, Difference::RowMissing);
    // What signing in writes is no change of the post.
    let signed = format!("UPDATE account SET totp_step = 7, password = 'x' WHERE id = '{clerk}'");
    assert_eq!(found_after(&world, &signed).await, None);
}

async fn rows_recorded_as_one_show_what_was_added_and_taken(world: World) {
    const ADD: &str = "INSERT INTO recovery_code (id, account_id, code_index, used_us)
         VALUES ($1, 'a', $1, 0)";
    let mut ctx = world.system().await;
    for code in ["c2", "c1", "c3"] {
        ctx.execute(ADD, vals![code]).await.unwrap();
    }
    let table = "recovery_code.account_id";
    audit::record_row(&mut ctx, "test.row", "account:a", json!({}), table, "a").await.unwrap();
    ctx.commit().await.unwrap();
    assert_whole(&world, 1).await;
    for sql in [
        "UPDATE recovery_code SET used_us = 1 WHERE id = 'c2'",
        "DELETE FROM recovery_code WHERE id = 'c3'",
        "INSERT INTO recovery_code (id, account_id, code_index, used_us) VALUES ('c4', 'a', 'c4', 0)",
        "UPDATE recovery_code SET account_id = 'b' WHERE id = 'c1'",
    ] {
        let bad = found_after(&world, sql).await.unwrap_or_else(|| panic!("not found: {sql}"));
        assert_eq!(
            (bad.differs, bad.detail.as_str()),
            (Difference::Row, "recovery_code.account_id a")
        );
    }
    let all = found_after(&world, "DELETE FROM recovery_code").await.unwrap();
    assert_eq!(all.differs, Difference::RowMissing);
    let other = ADD.replace("'a'", "'b'").replace("$1", "'c9'");
    assert_eq!(found_after(&world, &other).await, None, "of another account");
}
