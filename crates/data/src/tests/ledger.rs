//! Ledgers: both sides, chained, and any change found.

use super::on_both;
use super::world::{HEALTH, MOTHER, POLICE, World, lookup, officer};
use crate::ledger::{Report, Role, Side, verify};
use crate::lookup::fetch;
use serde_json::Value as Json;
use store::vals;

async fn report(world: &World, agency: &str, role: Role) -> Report {
    let mut ctx = world.system().await;
    verify(&mut ctx, &Side { agency: agency.into(), role }).await.unwrap()
}

/// Three reads of the mother's record by the health agency, chained.
async fn three_reads(world: &World) {
    world.seed().await;
    let reviewer = officer(HEALTH, "reviewer");
    world.grant(&reviewer, "case").await;
    for _ in 0..3 {
        let mut ctx = world.write(&reviewer).await;
        fetch(&mut ctx, &lookup("open"), MOTHER, "case", HEALTH).await.unwrap().unwrap();
        ctx.commit().await.unwrap();
    }
    assert_eq!(report(world, HEALTH, Role::Consumer).await.waiting, 3);
    world.work().await;
}

async fn both_sides_keep_the_same_receipts_and_prove_them(world: World) {
    three_reads(&world).await;
    for (agency, role) in [(HEALTH, Role::Consumer), (POLICE, Role::Source)] {
        let report = report(&world, agency, role).await;
        assert_eq!((report.entries, report.waiting, report.first_bad), (3, 0, None));
    }
    assert_eq!(report(&world, HEALTH, Role::Source).await.entries, 0);
    let mut ctx = world.system().await;
    let sql = "SELECT content FROM data_ledger ORDER BY receipt_id, side";
    let contents: Vec<String> = ctx.column(sql, vals![]).await.unwrap();
    assert_eq!(contents.len(), 6);
    for pair in contents.chunks(2) {
        let sides: Vec<Json> =
            pair.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        assert_eq!(sides[0]["read"], sides[1]["read"]);
        assert_ne!(sides[0]["side"], sides[1]["side"]);
        assert!(!pair[0].contains(MOTHER), "a ledger holds no value");
    }
}

async fn a_change_by_hand_is_found(world: World) {
    three_reads(&world).await;
    let side = format!("{POLICE}/source");
    let mut ctx = world.system().await;
    let sql = "UPDATE data_ledger SET content = REPLACE(content, 'name', 'nane') WHERE side = $1 AND position = 2";
    assert_eq!(ctx.execute(sql, vals![&side]).await.unwrap(), 1);
    ctx.commit().await.unwrap();
    assert_eq!(report(&world, POLICE, Role::Source).await.first_bad, Some(2));
    assert_eq!(report(&world, HEALTH, Role::Consumer).await.first_bad, None);
}

async fn a_missing_entry_is_found(world: World) {
    three_reads(&world).await;
    let mut ctx = world.system().await;
    let sql = "DELETE FROM data_ledger WHERE side = $1 AND position = $2";
    assert_eq!(ctx.execute(sql, vals![format!("{POLICE}/source"), 3]).await.unwrap(), 1);
    assert_eq!(ctx.execute(sql, vals![format!("{HEALTH}/consumer"), 1]).await.unwrap(), 1);
    ctx.commit().await.unwrap();
    assert_eq!(report(&world, POLICE, Role::Source).await.first_bad, Some(3));
    assert_eq!(report(&world, HEALTH, Role::Consumer).await.first_bad, Some(1));
}

on_both!(
    both_sides_keep_the_same_receipts_and_prove_them,
    a_change_by_hand_is_found,
    a_missing_entry_is_found,
);
