//! Loaded records are proven one by one, and one changed by hand is named.

use super::on_both;
use super::world::{COUNTY, POLICE, World, officer};
use crate::registry::{BadRecord, NewRecord, amend, get_raw, load, prove, put, verify_loads};
use kernel::Kind;
use kernel::identifier::CitizenNumber;
use proof::log::{Hash, verify_inclusion};
use serde_json::{Value as Json, json};
use store::vals;

fn number(n: u16) -> String {
    CitizenNumber::make("410105", jiff::civil::date(1980, 1, 1), n).unwrap().as_str().to_owned()
}

fn record(n: u16) -> Json {
    json!({"citizen_number": number(n), "name": "王芳", "household_number": "H7"})
}

/// 130 records by a load, more than two batches.
async fn loaded(world: &World) {
    let mut ctx = world.system().await;
    let observed = ctx.now;
    let new = |n| NewRecord { record: record(n), observed, division: COUNTY.into() };
    let records: Vec<NewRecord> = (1..=130).map(new).collect();
    load(&mut ctx, "people", &mut records.into_iter()).await.unwrap();
    ctx.commit().await.unwrap();
}

async fn id(world: &World, n: u16) -> String {
    let mut ctx = world.system().await;
    get_raw(&mut ctx, "people", "citizen_number", &number(n)).await.unwrap().unwrap().id
}

async fn bad(world: &World) -> Option<BadRecord> {
    let mut ctx = world.system().await;
    let log = party::evidence::verify(&mut ctx).await.unwrap();
    assert_eq!(log.first_bad, None, "the log alone does not see it");
    verify_loads(&mut ctx).await.unwrap()
}

fn hash(text: &str) -> Hash {
    hex::decode(text).unwrap().try_into().unwrap()
}

async fn each_loaded_record_is_proven_against_the_recorded_root(world: World) {
    loaded(&world).await;
    assert_eq!(bad(&world).await, None);
    let auditor = officer(POLICE, "auditor");
    let root: String = {
        let mut ctx = world.system().await;
        ctx.scalar("SELECT root FROM registry_load", vals![]).await.unwrap().unwrap()
    };
    for n in [1, 50, 51, 100, 130] {
        let id = id(&world, n).await;
        let proof = prove(&mut world.read(&auditor), &id).await.unwrap();
        assert_eq!((proof.size, proof.index, &proof.root), (130, u64::from(n) - 1, &root));
        let path: Vec<Hash> = proof.path.iter().map(|one| hash(one)).collect();
        let (leaf, root) = (hash(&proof.leaf), hash(&root));
        verify_inclusion(&leaf, proof.index, proof.size, &path, &root).unwrap();
        assert!(verify_inclusion(&leaf, proof.index ^ 1, proof.size, &path, &root).is_err());
    }
    let own = officer(POLICE, "data_officer");
    let first = id(&world, 1).await;
    assert_eq!(prove(&mut world.read(&own), &first).await.unwrap_err().kind, Kind::Denied);
    let none = prove(&mut world.read(&auditor), "01H").await.unwrap_err();
    assert_eq!(none.kind, Kind::NotFound);
}

async fn what_is_put_again_is_the_logs_to_prove(world: World) {
    loaded(&world).await;
    let (amended, observed) = (id(&world, 3).await, id(&world, 60).await);
    world.advance_days(1);
    let mut ctx = world.system().await;
    let now = ctx.now;
    let mut other = record(3);
    other["name"] = json!("王丽");
    amend(&mut ctx, &amended, &other, now).await.unwrap();
    put(&mut ctx, "people", &record(60), now, COUNTY).await.unwrap();
    put(&mut ctx, "people", &record(500), now, COUNTY).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(bad(&world).await, None);
    let auditor = officer(POLICE, "auditor");
    for id in [&amended, &observed] {
        let moved = prove(&mut world.read(&auditor), id).await.unwrap_err();
        assert_eq!(moved.kind, Kind::NotFound);
    }
    assert_eq!(prove(&mut world.read(&auditor), &id(&world, 4).await).await.unwrap().index, 3);
}

async fn a_record_changed_by_hand_is_named(world: World) {
    loaded(&world).await;
    let (one, other) = (id(&world, 51).await, id(&world, 7).await);
    for (spoil, mend) in [
        ("observed_us = observed_us + 1", "observed_us = observed_us - 1"),
        ("division = '410104'", "division = '410105'"),
        (
            "identifier_index = identifier_index || 'x'",
            "identifier_index = REPLACE(identifier_index, 'x', '')",
        ),
        ("registry = 'houses'", "registry = 'people'"),
    ] {
        let change = async |set: &str| {
            let mut ctx = world.system().await;
            let sql = format!("UPDATE registry_record SET {set} WHERE id = $1");
            assert_eq!(ctx.execute(&sql, vals![&one]).await.unwrap(), 1);
            ctx.commit().await.unwrap();
        };
        change(spoil).await;
        let found = bad(&world).await.unwrap();
        assert_eq!((found.registry.as_str(), &found.record), ("people", &one), "{spoil}");
        change(mend).await;
        assert_eq!(bad(&world).await, None, "{mend}");
    }
    let mut ctx = world.system().await;
    let swap = "UPDATE registry_record SET payload_sealed =
         (SELECT s.payload_sealed FROM registry_record s WHERE s.id = $2) WHERE id = $1";
    ctx.execute(swap, vals![&other, &one]).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(bad(&world).await.unwrap().record, other, "the first in the order of the load");
    let mut ctx = world.system().await;
    ctx.execute("DELETE FROM registry_record WHERE id = $1", vals![&other]).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(bad(&world).await.unwrap().record, other, "gone");
}

async fn leaves_changed_by_hand_do_not_lead_to_the_root(world: World) {
    loaded(&world).await;
    let mut ctx = world.system().await;
    ctx.execute("DELETE FROM registry_load_part WHERE part = 2", vals![]).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(bad(&world).await.unwrap().record, "");
    let mut ctx = world.system().await;
    ctx.execute("UPDATE registry_load SET leaves = 100", vals![]).await.unwrap();
    ctx.commit().await.unwrap();
    let log = party::evidence::verify(&mut world.system().await).await.unwrap();
    assert!(!log.ok, "the row of the load is the log's");
}

on_both!(
    each_loaded_record_is_proven_against_the_recorded_root,
    what_is_put_again_is_the_logs_to_prove,
    a_record_changed_by_hand_is_named,
    leaves_changed_by_hand_do_not_lead_to_the_root,
);
