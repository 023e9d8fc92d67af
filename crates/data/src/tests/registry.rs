//! Registries: what is taken, versions, searches, bulk loads.

use super::on_both;
use super::world::{COUNTY, HEALTH, MOTHER, POLICE, World, officer, person};
use crate::registry::{self, NewRecord, checked, get_raw, load, put};
use jiff::civil::date;
use kernel::identifier::CitizenNumber;
use serde_json::{Value as Json, json};
use store::vals;

async fn a_record_is_found_by_each_of_its_keys(world: World) {
    let id = world.seed().await;
    let mut ctx = world.system().await;
    for (key, value) in [
        ("citizen_number", MOTHER),
        ("citizen_number", "41010519900307078x"),
        ("household_number", " h1 "),
    ] {
        let found = get_raw(&mut ctx, "people", key, value).await.unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.fields["name"].as_str()), (id.as_str(), Some("李梅")));
    }
    assert!(get_raw(&mut ctx, "people", "household_number", "H2").await.unwrap().is_none());
    let error = get_raw(&mut ctx, "people", "name", "李梅").await.unwrap_err();
    assert_eq!(error.code, "registry.key");
}

async fn a_change_makes_a_version_and_keeps_the_former_one(world: World) {
    let id = world.seed().await;
    world.advance_days(1);
    let mut ctx = world.system().await;
    let now = ctx.now;
    let mut moved = person();
    moved["household_number"] = json!("H9");
    assert_eq!(put(&mut ctx, "people", &moved, now, COUNTY).await.unwrap(), id);
    let found = get_raw(&mut ctx, "people", "household_number", "H9").await.unwrap().unwrap();
    assert_eq!((found.version, found.valid_from), (2, now));
    assert!(get_raw(&mut ctx, "people", "household_number", "H1").await.unwrap().is_none());
    let was = registry::field_at(&mut ctx, &id, 1, "household_number").await.unwrap();
    assert_eq!(was, Some(json!("H1")));
    let sql = "SELECT valid_to_us FROM registry_version WHERE record_id = $1";
    assert_eq!(ctx.column::<i64>(sql, vals![&id]).await.unwrap(), vec![now.0]);
    assert_eq!(registry::records(&mut ctx, "people").await.unwrap(), 1);
}

async fn the_same_content_again_is_only_observed_again(world: World) {
    world.seed().await;
    world.advance_days(2);
    let mut ctx = world.system().await;
    let now = ctx.now;
    put(&mut ctx, "people", &person(), now, COUNTY).await.unwrap();
    let found = get_raw(&mut ctx, "people", "citizen_number", MOTHER).await.unwrap().unwrap();
    assert_eq!((found.version, found.observed), (1, now));
    ctx.commit().await.unwrap();
    let log = party::evidence::verify(&mut world.system().await).await.unwrap();
    assert_eq!(log.first_bad, None);
}

async fn what_is_entered_changes_its_fields_and_no_others(world: World) {
    world.seed().await;
    world.advance_days(1);
    let mut ctx = world.system().await;
    let now = ctx.now;
    let before = get_raw(&mut ctx, "people", "citizen_number", MOTHER).await.unwrap().unwrap();
    let values = |json: Json| json.as_object().cloned().unwrap();
    let entered = values(json!({ "citizen_number": MOTHER, "name": "顾晓宁宁" }));
    let id = registry::enter(&mut ctx, "people", &entered, now, COUNTY).await.unwrap();
    assert_eq!(id, before.id);
    let after = get_raw(&mut ctx, "people", "citizen_number", MOTHER).await.unwrap().unwrap();
    let mut expected = before.fields.clone();
    expected.insert("name".to_owned(), "顾晓宁宁".into());
    assert_eq!((after.version, &after.fields), (before.version + 1, &expected));
    let emptied = values(json!({ "name": null }));
    registry::change(&mut ctx, &id, &emptied, now).await.unwrap();
    let after = get_raw(&mut ctx, "people", "citizen_number", MOTHER).await.unwrap().unwrap();
    assert!(!after.fields.contains_key("name") && after.fields.len() == expected.len() - 1);
    let nameless = values(json!({ "name": "无号" }));
    let refused = registry::enter(&mut ctx, "people", &nameless, now, COUNTY).await.unwrap_err();
    assert_eq!(refused.code, "registry.record");
    let unknown = registry::change(&mut ctx, "none", &emptied, now).await.unwrap_err();
    assert_eq!(unknown.kind, kernel::Kind::NotFound);
}

async fn an_older_observation_is_refused(world: World) {
    world.seed().await;
    let mut ctx = world.system().await;
    let before = ctx.now.plus_days(-1);
    let error = put(&mut ctx, "people", &person(), before, COUNTY).await.unwrap_err();
    assert_eq!(error.code, "registry.older");
}

async fn values_are_sealed_at_rest(world: World) {
    world.seed().await;
    let mut ctx = world.system().await;
    let rows = "SELECT payload_sealed FROM registry_record";
    let sealed: Vec<Vec<u8>> = ctx.column(rows, Vec::new()).await.unwrap();
    let holds =
        |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(
        !sealed.is_empty()
            && !sealed.iter().any(|bytes| holds(bytes, MOTHER) || holds(bytes, "李梅"))
    );
    let indexes: Vec<String> =
        ctx.column("SELECT value_index FROM registry_key", Vec::new()).await.unwrap();
    assert!(!indexes.is_empty() && indexes.iter().all(|index| index != "H1" && index.len() == 32));
}

async fn a_source_reads_its_own_registry_and_nobody_else_does(world: World) {
    world.seed().await;
    let own = officer(POLICE, "data_officer");
    let other = officer(HEALTH, "reviewer");
    assert!(
        get_raw(&mut world.read(&own), "people", "citizen_number", MOTHER).await.unwrap().is_some()
    );
    for actor in [other, world.mother().await] {
        let error =
            get_raw(&mut world.read(&actor), "people", "citizen_number", MOTHER).await.unwrap_err();
        assert_eq!(error.code, "registry.not_source");
    }
}

async fn an_unknown_registry_or_division_is_refused(world: World) {
    let mut ctx = world.system().await;
    let now = ctx.now;
    let error = put(&mut ctx, "ghosts", &person(), now, COUNTY).await.unwrap_err();
    assert_eq!(error.code, "registry.unknown");
    let error = put(&mut ctx, "people", &person(), now, "999999").await.unwrap_err();
    assert_eq!(error.code, "registry.division");
}

fn numbers(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|n| {
        let birth =
            date(1950 + (n / 12_000) as i16, 1 + (n / 1_000 % 12) as i8, 1 + (n % 28) as i8);
        CitizenNumber::make(COUNTY, birth, (n % 1_000) as u16).unwrap().as_str().to_owned()
    })
}

async fn a_load_takes_records_held_and_doubled_as_put_does(world: World) {
    world.seed().await;
    let mut ctx = world.system().await;
    let observed = ctx.now.plus_us(1);
    let mut records: Vec<NewRecord> = numbers(1_200)
        .map(|number| NewRecord {
            record: json!({"citizen_number": number, "name": "王芳", "household_number": "H7"}),
            observed,
            division: COUNTY.into(),
        })
        .collect();
    let mut doubled = records[0].clone();
    doubled.record["name"] = json!("王丽");
    records.insert(10, doubled);
    let mut held = records[1].clone();
    held.record = person();
    held.record["name"] = json!("李丽");
    records.push(held);
    let loaded = load(&mut ctx, "people", &mut records.into_iter()).await.unwrap();
    assert_eq!(loaded, 1_202);
    assert_eq!(registry::records(&mut ctx, "people").await.unwrap(), 1_201);
    let first = numbers(1).next().unwrap();
    let found = get_raw(&mut ctx, "people", "citizen_number", &first).await.unwrap().unwrap();
    assert_eq!((found.version, found.fields["name"].as_str()), (2, Some("王丽")));
    let mother = get_raw(&mut ctx, "people", "citizen_number", MOTHER).await.unwrap().unwrap();
    assert_eq!((mother.version, mother.fields["name"].as_str()), (2, Some("李丽")));
}

async fn a_load_with_a_faulty_record_names_its_row(world: World) {
    let mut ctx = world.system().await;
    let observed = ctx.now;
    let record = |record| NewRecord { record, observed, division: COUNTY.into() };
    let mut records = vec![record(person()), record(json!({"name": "无号"}))].into_iter();
    let error = load(&mut ctx, "people", &mut records).await.unwrap_err();
    assert_eq!(error.code, "registry.record");
    assert!(error.args.contains(&("row", "2".to_owned())));
}

on_both!(
    a_record_is_found_by_each_of_its_keys,
    a_change_makes_a_version_and_keeps_the_former_one,
    the_same_content_again_is_only_observed_again,
    what_is_entered_changes_its_fields_and_no_others,
    an_older_observation_is_refused,
    values_are_sealed_at_rest,
    a_source_reads_its_own_registry_and_nobody_else_does,
    an_unknown_registry_or_division_is_refused,
    a_load_takes_records_held_and_doubled_as_put_does,
    a_load_with_a_faulty_record_names_its_row,
);

/// A search reads the same few rows among a hundred thousand records as among one: the plan is an
/// index search on every step.
#[tokio::test]
async fn a_search_never_scans() {
    let world = World::at(testkit::Place::sqlite()).await;
    let mut ctx = world.system().await;
    for sql in [
        "SELECT r.id FROM registry_record r WHERE r.registry = $1 AND r.identifier_index = $2",
        "SELECT r.id FROM registry_key k JOIN registry_record r ON r.id = k.record_id
         WHERE k.registry = $1 AND k.key_name = $2 AND k.value_index = $2",
        "SELECT r.id FROM data_receipt_subject s JOIN data_receipt r ON r.id = s.receipt_id
         JOIN data_grant g ON g.id = r.grant_id
         WHERE s.subject_index = $1 AND s.receipt_id < $2 ORDER BY s.receipt_id DESC LIMIT 51",
        "SELECT id FROM data_objection WHERE source = $1 AND status = $2 AND due_us > 5 ORDER BY due_us, id LIMIT 51",
    ] {
        #[derive(sea_orm::FromQueryResult)]
        struct Step {
            detail: String,
        }
        let plan: Vec<Step> =
            ctx.all(&format!("EXPLAIN QUERY PLAN {sql}"), vals!["a", "b"]).await.unwrap();
        assert!(!plan.is_empty());
        for step in plan {
            assert!(step.detail.starts_with("SEARCH"), "{} in {sql}", step.detail);
        }
    }
}

#[test]
fn a_record_that_does_not_fit_names_every_field_at_fault() {
    let province = super::world::definitions();
    let people = province.registry("people").unwrap();
    let wrong = json!({"citizen_number": "410105199003070781", "name": 5, "shoe_size": 40, "status": "lost",
        "registered_on": "2001-02-30", "seen_at": "soon", "members": "three", "address": "x".repeat(2_001)});
    let error = checked(people, &wrong).unwrap_err();
    let faults: Vec<(&str, &str)> =
        error.fields.iter().map(|f| (f.field.as_str(), f.code.as_str())).collect();
    for expected in [
        ("name", "registry.field_kind"),
        ("shoe_size", "registry.field_unknown"),
        ("status", "registry.field_kind"),
        ("registered_on", "registry.field_kind"),
        ("seen_at", "registry.field_kind"),
        ("members", "registry.field_kind"),
        ("address", "registry.field_size"),
        ("citizen_number", "registry.identifier_missing"),
    ] {
        assert!(faults.contains(&expected), "{expected:?} not in {faults:?}");
    }
    assert!(
        faults
            .iter()
            .any(|(field, code)| *field == "citizen_number" && code.starts_with("identifier."))
    );
    assert_eq!(checked(people, &json!([])).unwrap_err().code, "registry.record");
    let fits =
        checked(people, &json!({"citizen_number": " 41010519900307078x ", "name": null})).unwrap();
    assert_eq!(fits.len(), 1);
    assert_eq!(fits["citizen_number"], json!(MOTHER));
}
