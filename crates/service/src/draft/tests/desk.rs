//! The desk files for somebody the platform does not know: checked with the registry, on record.

use super::on_both;
use super::world::World;
use axum::http::StatusCode;
use serde_json::json;

on_both!(who_is_not_known_is_checked_with_the_registry_after_signing);

const NUMBER: &str = "410105198805010020";
const NAME: &str = "孔令仪";

/// Somebody in the population registry who has never used the platform.
async fn registered(world: &World) {
    let record = json!({ "citizen_number": NUMBER, "name": NAME, "status": "normal",
        "residence_division": "410105001" });
    let mut ctx = world.env().system("test").await.unwrap();
    let observed = ctx.now;
    data::registry::put(&mut ctx, "population", &record, observed, "410105001").await.unwrap();
    ctx.commit().await.unwrap();
}

async fn who_is_not_known_is_checked_with_the_registry_after_signing(world: World) {
    registered(&world).await;
    let guide: Vec<(String, String)> = world
        .example("married-all")
        .guide
        .into_iter()
        .map(|(id, value)| (format!("g.{id}"), value))
        .collect();
    let file = async |once: &str, number: &str, name: &str, consent: &str| {
        let mut fields: Vec<(&str, &str)> =
            guide.iter().map(|(id, value)| (id.as_str(), value.as_str())).collect();
        fields.extend([("_once", once), ("witness", "李见证"), ("number", number), ("name", name)]);
        if !consent.is_empty() {
            fields.push(("consent", consent));
        }
        world.post("clerk", "/desk/newborn", &fields).await
    };
    let reads = "SELECT COUNT(*) FROM data_receipt";
    let unsigned = file("desk-1", NUMBER, NAME, "").await;
    assert_eq!(unsigned.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.count(reads).await, 0, "nothing is read before he signs");
    // A number the registry has under another name, and one it has not, are told alike.
    let wrong_name = file("desk-2", NUMBER, "别的名", "1").await;
    let wrong_number = file("desk-3", "11010519491231002X", "别的名", "1").await;
    for page in [&wrong_name, &wrong_number] {
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
        assert!(page.text.contains("号码和姓名对不上") && !page.text.contains(NAME));
        assert!(
            page.text.contains("李见证") && page.text.contains("别的名"),
            "what was typed stays"
        );
        let tick = page.text.split("name=\"consent\"").nth(1).unwrap();
        assert!(tick.split('>').next().unwrap().contains("checked"), "the consent stays");
    }
    assert_eq!(world.count(reads).await, 2, "each reading is on record");
    let closed = "SELECT COUNT(*) FROM data_grant WHERE closed_us > 0";
    assert_eq!(world.count(closed).await, 2, "and admits no other");
    let drafts = "SELECT COUNT(*) FROM draft";
    assert_eq!(world.count(drafts).await, 0);
    let begun = file("desk-4", NUMBER, NAME, "1").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let id = begun.location.split(['/', '?']).nth(2).unwrap();
    let own = format!("SELECT COUNT(*) FROM data_receipt WHERE case_id = '{id}'");
    assert!(world.count(&own).await >= 1, "he was read of for the draft he signed for");
    let told = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'desk.looked_up'";
    assert_eq!(world.count(told).await, 3);
    // Once known he is not looked up to be identified again, and the form sent twice is one draft.
    let again = file("desk-4", NUMBER, NAME, "1").await;
    assert_eq!(again.location.split('?').next(), begun.location.split('?').next());
    assert_eq!((world.count(told).await, world.count(drafts).await), (3, 1));
    assert_eq!(world.get("reviewer", "/desk/newborn").await.status, StatusCode::FORBIDDEN);
}
