//! Examples of a draft over REST: kept with it, walked when it is checked and before it is deployed.

use super::world::World;
use serde_json::{Value as Json, json};

async fn call(world: &World, method: &str, path: &str, body: Json) -> (u16, Json) {
    let (status, told) = world.api("admin", method, &format!("/api/v1/{path}"), body).await;
    (status.as_u16(), told)
}

fn example(end: &str) -> Json {
    json!([{ "id": "low", "name": { "zh": "低档", "en": "low" }, "start": { "company": "甲公司" },
        "steps": [{ "task": "apply", "set": { "amount": 10 } }], "ends": [end] }])
}

#[tokio::test]
async fn a_draft_holds_its_examples_and_is_deployed_only_when_they_hold() {
    let world = World::new().await;
    let files = super::bundle::files();
    let deploy = async |ctx: &mut store::Ctx| crate::definition::deploy_files(ctx, &files).await;
    world.run("admin", deploy).await.unwrap();
    let xml = super::bundle::drawing();
    let checked =
        |end: &str| json!({ "xml": xml, "base": "grant", "version": 1, "examples": example(end) });
    let right = call(&world, "POST", "process-check", checked("paid")).await.1;
    assert_eq!((&right["sound"], &right["faults"]), (&json!(true), &json!([])));
    let wrong = call(&world, "POST", "process-check", checked("approved")).await.1;
    assert_eq!(wrong["faults"][0]["rule"], "process.example_ends", "{wrong}");
    let mut draft = checked("approved");
    draft["name"] = json!("附例");
    let (status, kept) = call(&world, "POST", "process-drafts", draft).await;
    assert_eq!(status, 201, "{kept}");
    let path = format!("process-drafts/{}", kept["id"].as_str().unwrap());
    let shown = call(&world, "GET", &path, Json::Null).await.1;
    assert_eq!(shown["examples"][0]["ends"], json!(["approved"]), "kept as they came");
    let (status, refused) = call(&world, "POST", &format!("{path}/deployment"), json!({})).await;
    assert_eq!((status, &refused["code"]), (422, &json!("process.model")), "{refused}");
    let saved = json!({ "name": "附例", "xml": xml, "examples": example("paid") });
    let (status, _) = call(&world, "POST", &path, saved).await;
    assert_eq!(status, 200);
    // What a save does not name stays.
    let renamed = json!({ "name": "改名", "xml": xml });
    call(&world, "POST", &path, renamed).await;
    let shown = call(&world, "GET", &path, Json::Null).await.1;
    assert_eq!(shown["examples"][0]["ends"], json!(["paid"]));
    let (status, done) = call(&world, "POST", &format!("{path}/deployment"), json!({})).await;
    assert_eq!((status, &done["versions"][0]["version"]), (201, &json!(2)), "{done}");
    // A draft of that version has its examples, and a drawing that breaks them is refused.
    let renamed = xml.replace("paid", "settled");
    let based = json!({ "xml": renamed, "base": "grant", "version": 2 });
    let broken = call(&world, "POST", "process-check", based).await.1;
    assert_eq!(broken["faults"][0]["rule"], "process.example_ends", "{broken}");
    let none = json!({ "xml": renamed, "base": "grant", "version": 2, "examples": [] });
    assert_eq!(call(&world, "POST", "process-check", none).await.1["sound"], true);
}

#[tokio::test]
async fn examples_that_cannot_be_read_or_are_too_many_are_refused() {
    let world = World::new().await;
    let one = example("paid")[0].clone();
    let many = json!({ "xml": super::bundle::drawing(), "examples": vec![one; 61],
        "decisions": { "subsidy.dmn": super::bundle::subsidy(100, "low") }, "forms": super::bundle::forms() });
    let told = call(&world, "POST", "process-check", many).await.1;
    assert_eq!(told["faults"][0]["rule"], "process.examples_file", "{told}");
    let files = super::bundle::files().with("examples.json", b"{");
    let deploy = async |ctx: &mut store::Ctx| crate::definition::deploy_files(ctx, &files).await;
    let refused = world.run("admin", deploy).await.unwrap_err();
    assert_eq!(refused.code, "process.model");
}
