//! An application begun and handed in by somebody else in the applicant's place, by her
//! authorisation alone.

use super::on_both;
use super::world::{MOTHER, World};
use crate::draft::{AGENT_MAX, Change, Start, amend, list, open, remove, shown, start, submit};
use axum::http::StatusCode;
use kernel::Error;
use kernel::time::DAY_US;
use party::delegation::{self, Asked};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

on_both!(
    an_agent_applies_in_her_place_and_both_are_named,
    who_may_apply_for_others_says_for_whom,
    without_her_authorisation_to_apply_nothing_is_begun,
    an_agent_fills_neither_her_drafts_nor_her_messages,
    an_older_authorisation_counts_beside_many_newer_ones,
    what_has_ended_is_neither_seen_nor_handed_in,
);

/// Days of the authorisations.
const DAYS: i64 = 9;

/// The mother authorises somebody for a scope; the delegation's id.
async fn authorised(world: &World, agent: &str, scope: &str, may_apply: bool) -> String {
    let asked = Asked { number: MOTHER, name: "顾晓宁", scope, days: DAYS, may_apply };
    let id = world.run(agent, async |ctx| delegation::ask(ctx, &asked).await).await.unwrap();
    let answer = async |ctx: &mut store::Ctx| delegation::answer(ctx, &id, true).await;
    world.run("mother", answer).await.unwrap();
    id
}

async fn begun(world: &World, who: &str, delegation: &str) -> Result<String, Error> {
    let new = Start {
        one_thing: "newborn".to_owned(),
        guide: world.example("married-all").guide,
        consent: true,
        delegation: delegation.to_owned(),
        ..Start::default()
    };
    world.run(who, async |ctx| start(ctx, new).await).await
}

async fn told(world: &World, who: &str, id: &str) -> String {
    let opened = world.run(who, async |ctx| open(ctx, id).await).await.unwrap();
    serde_json::to_string(&shown(&world.env().pack, &opened).unwrap()).unwrap()
}

async fn messages(world: &World, template: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM message WHERE template = '{template}'");
    world.count(&sql).await
}

async fn an_agent_applies_in_her_place_and_both_are_named(world: World) {
    let given = authorised(&world, "stranger", "newborn", true).await;
    let id = begun(&world, "stranger", &given).await.unwrap();
    assert_eq!(messages(&world, "draft.begun_for_you").await, 1);

    // Filled with what is hers, her own matters too; her account whole to herself alone.
    let text = told(&world, "stranger", &id).await;
    assert!(text.contains("顾晓宁") && text.contains("\"value\":3280"), "{text}");
    let account = "6200000000000000018";
    assert!(!text.contains(account), "{text}");
    assert!(told(&world, "mother", &id).await.contains(account), "she sees and may mend it");
    let page = world.get("stranger", &format!("/drafts/{id}/pages/maternity")).await;
    assert!(!page.text.contains(account) && !page.text.contains("name=\"payee_account\""));
    let page = world.get("stranger", &format!("/drafts/{id}")).await;
    assert!(page.text.contains("您在代 顾** 办理"), "{}", page.text);
    assert!(!page.text.contains("h-other"), "the applicant herself asks the other parent");
    let asks = world.post("stranger", &format!("/drafts/{id}/authorisation"), &[]).await;
    assert_eq!(asks.status, StatusCode::CONFLICT);
    let page = world.get("mother", &format!("/drafts/{id}")).await;
    assert!(page.text.contains("周** 在代您办理"), "{}", page.text);
    let rows = world.run("stranger", async |ctx| list(ctx).await).await.unwrap();
    assert_eq!((rows.len(), rows[0].other.as_str(), rows[0].by_agent), (1, "顾**", true));

    let change = world.whole();
    world.run("stranger", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
    let done = world.run("stranger", async |ctx| submit(ctx, &id, None, true).await).await;
    let done = done.unwrap();
    let hers =
        format!("SELECT COUNT(*) FROM cases WHERE applicant = '{}'", world.actor("mother").party);
    assert_eq!(world.count(&hers).await, 7, "the whole and six items");
    assert_eq!(messages(&world, "case.submitted_for_you").await, 1);
    assert_eq!(messages(&world, "case.submitted").await, 0);
    for who in ["stranger", "mother"] {
        let (status, case) =
            world.api(who, "GET", &format!("/api/v1/cases/{}", done.id), &Json::Null).await;
        assert_eq!(status, StatusCode::OK, "{case}");
        assert_eq!(case["applicant"]["name"], "顾晓宁");
        assert_eq!(case["agent"]["name"], "周明远");
        let receipt = world.get(who, &format!("/cases/{}/receipt", done.id)).await;
        assert!(
            receipt.text.contains("代办人") && receipt.text.contains("周明远"),
            "{}",
            receipt.text
        );
        let page = world.get(who, &format!("/cases/{}", done.id)).await;
        assert!(page.text.contains("申请人 顾晓宁，由 周明远 代办"), "{}", page.text);
    }
    let paper = "SELECT COUNT(*) FROM case_document WHERE kind = 'receipt'";
    assert_eq!(world.count(paper).await, 1);
}

async fn who_may_apply_for_others_says_for_whom(world: World) {
    let guide: String = world
        .example("married-all")
        .guide
        .iter()
        .map(|(question, answer)| format!("&g.{question}={answer}"))
        .collect();
    let path = format!("/drafts/new?one_thing=newborn{guide}");
    assert!(!world.get("stranger", &path).await.text.contains("为谁办理"));
    let given = authorised(&world, "stranger", "all", true).await;
    let page = world.get("stranger", &path).await;
    assert!(page.text.contains("代 顾** 办理"), "{}", page.text);
    let guide: Vec<(String, String)> = world
        .example("married-all")
        .guide
        .into_iter()
        .map(|(question, answer)| (format!("g.{question}"), answer))
        .collect();
    let send = async |whom: &str| {
        let mut form =
            vec![("one_thing", "newborn"), ("consent", "1"), ("for", whom), ("_once", whom)];
        form.extend(guide.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        world.post("stranger", "/drafts", &form).await
    };
    let unsaid = send("").await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsaid.text.contains("请选择为谁办理"), "{}", unsaid.text);
    let other = send("01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.text.contains("没有代对方申请这件事的授权"), "{}", other.text);
    let hers = send(&given).await;
    assert_eq!(hers.status, StatusCode::SEE_OTHER, "{}", hers.text);
    let drafts = "SELECT COUNT(*) FROM draft WHERE agent IS NOT NULL";
    assert_eq!(world.count(drafts).await, 1);
    let body = json!({ "one_thing": "newborn", "guide": world.example("married-all").guide,
        "consent": true, "delegation": given });
    let (status, draft) = world.api("stranger", "POST", "/api/v1/drafts", &body).await;
    assert_eq!((status, &draft["by_agent"]), (StatusCode::CREATED, &json!(true)), "{draft}");
    let (_, refused) = world.api("father", "POST", "/api/v1/drafts", &body).await;
    assert_eq!(refused["errors"][0]["code"], "draft.not_authorised", "{refused}");
}

async fn without_her_authorisation_to_apply_nothing_is_begun(world: World) {
    let refused = async |who: &str, id: &str, why: &str| {
        let error = begun(&world, who, id).await.unwrap_err();
        let at = (error.fields[0].field.as_str(), error.fields[0].code.as_str());
        assert_eq!(at, ("for", "draft.not_authorised"), "{why}");
    };
    let asked =
        Asked { number: MOTHER, name: "顾晓宁", scope: "newborn", days: DAYS, may_apply: true };
    let waits =
        world.run("stranger", async |ctx| delegation::ask(ctx, &asked).await).await.unwrap();
    refused("stranger", &waits, "she has not answered").await;
    let answer = async |ctx: &mut store::Ctx| delegation::answer(ctx, &waits, false).await;
    world.run("mother", answer).await.unwrap();
    refused("stranger", &waits, "she declined").await;
    // To him it waits still: he takes it back, and asks anew.
    let back = async |ctx: &mut store::Ctx| delegation::revoke(ctx, &waits).await;
    world.run("stranger", back).await.unwrap();
    let follow = authorised(&world, "stranger", "all", false).await;
    refused("stranger", &follow, "to follow is not to apply").await;
    let other = authorised(&world, "stranger", "drug-retail", true).await;
    refused("stranger", &other, "for something else").await;
    let good = authorised(&world, "stranger", "newborn", true).await;
    refused("father", &good, "it is another's").await;
    refused("mother", &good, "nor the principal's to act under").await;
}

async fn an_agent_fills_neither_her_drafts_nor_her_messages(world: World) {
    let given = authorised(&world, "stranger", "newborn", true).await;
    for _ in 0..AGENT_MAX {
        begun(&world, "stranger", &given).await.unwrap();
    }
    let refused = begun(&world, "stranger", &given).await.unwrap_err();
    assert_eq!(refused.code, "draft.too_many_for");
    assert_eq!(messages(&world, "draft.begun_for_you").await, 1, "told once a day");
    // Her own do not count with his, nor his with hers.
    let own = begun(&world, "mother", "").await.unwrap();
    world.run("mother", async |ctx| remove(ctx, &own).await).await.unwrap();
    world.env().clock.advance_us(DAY_US + 1);
    let rows = world.run("stranger", async |ctx| list(ctx).await).await.unwrap();
    world.run("stranger", async |ctx| remove(ctx, &rows[0].id).await).await.unwrap();
    begun(&world, "stranger", &given).await.unwrap();
    assert_eq!(messages(&world, "draft.begun_for_you").await, 2, "and again the next day");
}

async fn an_older_authorisation_counts_beside_many_newer_ones(world: World) {
    let given = authorised(&world, "stranger", "newborn", true).await;
    let newer = "INSERT INTO delegation (id, principal, agent, kind, scope, status, evidence,
         reference, asked_us, from_us, until_us, answered_us, ended_us, may_apply, named, pair_index)
         SELECT $1, $1, agent, kind, 'all', status, evidence, reference, asked_us, from_us, until_us,
         answered_us, ended_us, may_apply, named, '' FROM delegation WHERE id = $2";
    let copies = async |ctx: &mut store::Ctx| {
        for n in 0..60 {
            let id = format!("7ZZZZZZZZZZZZZZZZZZZZZZZ{n:02}");
            ctx.execute(newer, store::vals![&id, &given]).await?;
        }
        Ok(())
    };
    world.run("stranger", copies).await.unwrap();
    begun(&world, "stranger", &given).await.unwrap();
}

async fn what_has_ended_is_neither_seen_nor_handed_in(world: World) {
    let gone = async |id: &str, why: &str| {
        let opened = world.run("stranger", async |ctx| open(ctx, id).await.map(drop)).await;
        assert_eq!(opened.unwrap_err().code, "not_found", "{why}");
        let change = Change {
            answers: BTreeMap::from([("child_name".to_owned(), Json::from("沈安禾"))]),
            ..Change::default()
        };
        let saved = world.run("stranger", async |ctx| amend(ctx, id, None, change).await).await;
        assert_eq!(saved.unwrap_err().code, "not_found", "{why}");
        let sent = world.run("stranger", async |ctx| submit(ctx, id, None, true).await).await;
        assert_eq!(sent.unwrap_err().code, "not_found", "{why}");
        let page = world.get("stranger", &format!("/drafts/{id}/check")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{why}");
        let rows = world.run("stranger", async |ctx| list(ctx).await).await.unwrap();
        assert!(rows.is_empty(), "{why}");
        world.run("mother", async |ctx| open(ctx, id).await.map(drop)).await.unwrap();
    };
    let given = authorised(&world, "stranger", "newborn", true).await;
    let id = begun(&world, "stranger", &given).await.unwrap();
    let change = world.whole();
    world.run("stranger", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
    let revoke = async |ctx: &mut store::Ctx| delegation::revoke(ctx, &given).await;
    world.run("mother", revoke).await.unwrap();
    gone(&id, "she withdrew it").await;
    let again = authorised(&world, "stranger", "newborn", true).await;
    assert_ne!(again, given);
    world.run("stranger", async |ctx| open(ctx, &id).await.map(drop)).await.unwrap();
    world.env().clock.advance_us(DAYS * DAY_US);
    gone(&id, "its days are over").await;
    // What he began remains hers to hand in, as her own.
    let done = world.run("mother", async |ctx| submit(ctx, &id, None, true).await).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM case_agent").await, 0);
    let (_, case) =
        world.api("mother", "GET", &format!("/api/v1/cases/{}", done.id), &Json::Null).await;
    assert_eq!(case["agent"], Json::Null);
}
