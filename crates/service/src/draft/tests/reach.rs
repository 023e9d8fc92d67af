//! Of whom a draft tells anything: not of whoever's number is typed, but of whoever authorised it.

use super::on_both;
use super::world::{FATHER, MOTHER, World};
use crate::draft::{Change, Start, amend, ask_authorisation, open, shown, start, submit};
use axum::http::StatusCode;
use kernel::Error;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

on_both!(
    a_number_that_is_typed_opens_nobodys_data,
    what_the_other_parent_authorises_is_filled_told_and_carried_into_the_case,
    who_applies_is_whom_the_number_can_be,
    an_account_that_is_not_proven_begins_and_opens_nothing,
);

fn guide(applicant: &str, married: &str) -> BTreeMap<String, String> {
    let answers = [
        ("applicant", applicant),
        ("born", "here"),
        ("married", married),
        ("household", "mother"),
        ("maternity", "self_paid"),
        ("insurance", "yes"),
    ];
    answers.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

async fn begun(world: &World, who: &str, guide: BTreeMap<String, String>) -> Result<String, Error> {
    let new = Start { one_thing: "newborn".to_owned(), guide, consent: true, ..Start::default() };
    world.run(who, async |ctx| start(ctx, new).await).await
}

async fn typed(world: &World, who: &str, id: &str, field: &str, value: &str) -> Result<i64, Error> {
    let answers = BTreeMap::from([(field.to_owned(), Json::from(value))]);
    let change = Change { answers, ..Change::default() };
    world.run(who, async |ctx| amend(ctx, id, None, change).await).await
}

/// Everything the draft shows over REST, as text.
async fn told(world: &World, who: &str, id: &str) -> String {
    let opened = world.run(who, async |ctx| open(ctx, id).await).await.unwrap();
    serde_json::to_string(&shown(&world.env().pack, &opened).unwrap()).unwrap()
}

/// Runs the job that hears an answer about the draft.
async fn hear(world: &World, id: &str) {
    let mut ctx = world.env().system("test").await.unwrap();
    let news = json!({ "delegation": "x", "reference": format!("draft:{id}") });
    crate::draft::authorised::run(&mut ctx, &news).await.unwrap();
    ctx.commit().await.unwrap();
}

/// The child's weight as REST shows it.
const WEIGHT: &str = "\"value\":3280";

/// What the registries hold of the mother and her child.
const HERS: [&str; 6] = [
    "顾晓宁",
    "河南省郑州市金水区示范街",
    "410105000120",
    WEIGHT,
    "0000000018",
    "郑州市示范妇幼保健院",
];

async fn a_number_that_is_typed_opens_nobodys_data(world: World) {
    for who in ["stranger", "father"] {
        let id = begun(&world, who, guide("father", "no")).await.unwrap();
        let before = world.count("SELECT COUNT(*) FROM data_receipt").await;
        typed(&world, who, &id, "mother_number", MOTHER).await.unwrap();
        let text = told(&world, who, &id).await;
        for word in HERS {
            assert!(!text.contains(word), "{who}: {word} in {text}");
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM data_receipt").await, before);
        let page = world.get(who, &format!("/drafts/{id}/pages/birth")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("只凭号码不能查询他人的信息"), "{}", page.text);
        assert!(page.text.contains("name=\"weight_g\""), "it is asked instead");
    }
    let id = begun(&world, "stranger", guide("father", "yes")).await.unwrap();
    typed(&world, "stranger", &id, "mother_number", MOTHER).await.unwrap();
    let text = told(&world, "stranger", &id).await;
    assert!(!text.contains(WEIGHT), "no marriage of his names her: {text}");
    let id = begun(&world, "father", guide("father", "yes")).await.unwrap();
    let text = told(&world, "father", &id).await;
    assert!(text.contains(WEIGHT) && text.contains("顾晓宁"), "his marriage does: {text}");
    assert!(!text.contains("6200000000000000018"), "her account is masked: {text}");
    let page = world.get("father", &format!("/drafts/{id}/pages/maternity")).await;
    assert!(!page.text.contains("6200000000000000018"));
    assert!(page.text.contains("name=\"payee_account\""), "what is hers alone is asked for");
    let hers = "SELECT COUNT(*) FROM data_receipt WHERE registry IN ('social-card', 'insurance')";
    assert_eq!(world.count(hers).await, 0);
}

async fn what_the_other_parent_authorises_is_filled_told_and_carried_into_the_case(world: World) {
    let id = begun(&world, "father", guide("father", "no")).await.unwrap();
    typed(&world, "father", &id, "mother_number", MOTHER).await.unwrap();
    let asked = world.run("father", async |ctx| ask_authorisation(ctx, &id).await).await.unwrap();
    assert!(!told(&world, "father", &id).await.contains(WEIGHT), "asking gives nothing");
    let hers = async |id: &str| {
        let refused = world.run("father", async |ctx| submit(ctx, id, None, true).await).await;
        let fields = refused.unwrap_err().fields;
        fields
            .iter()
            .any(|one| one.field == "maternity-reimbursement" && one.code == "draft.own_matter")
    };
    assert!(hers(&id).await, "her benefit is hers to apply for");
    let page = world.get("father", &format!("/drafts/{id}")).await;
    assert!(page.text.contains("是对方本人的事"), "{}", page.text);
    let without = begun(&world, "father", guide("father", "no")).await.unwrap();
    typed(&world, "father", &without, "mother_number", MOTHER).await.unwrap();
    let path = format!("/drafts/{without}/items");
    let left = |item: &str| format!("{path}/{item}/removal");
    let needed = world.post("father", &left("birth-certificate"), &[]).await;
    assert_eq!(needed.status, StatusCode::CONFLICT);
    let stranger = world.post("stranger", &left("maternity-reimbursement"), &[]).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    let gone = world.post("father", &left("maternity-reimbursement"), &[]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert!(!hers(&without).await, "the rest goes on without it");
    let answer = async |ctx: &mut store::Ctx| party::delegation::answer(ctx, &asked, true).await;
    world.run("mother", answer).await.unwrap();
    hear(&world, &id).await;
    assert!(!hers(&id).await, "she has authorised it");
    let text = told(&world, "father", &id).await;
    assert!(text.contains(WEIGHT) && text.contains("顾晓宁"), "filled at once: {text}");
    assert!(!text.contains("6200000000000000018"), "her account stays masked");
    let page = world.get("father", &format!("/drafts/{id}/pages/birth")).await;
    assert!(!page.text.contains("只凭号码不能查询他人的信息"));
    let page = world.get("father", &format!("/drafts/{id}/pages/maternity")).await;
    assert!(!page.text.contains("name=\"payee_account\""), "she authorised it");

    let mut change = world.whole();
    change.answers.remove("mother_number");
    world.run("father", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
    let done = world.run("father", async |ctx| submit(ctx, &id, None, true).await).await.unwrap();
    let path = format!("/api/v1/cases/{}", done.id);
    let (status, case) = world.api("father", "GET", &path, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{case}");
    let events = case["timeline"].as_array().unwrap();
    let given = events.iter().find(|one| one["kind"] == "authorised").unwrap();
    assert_ne!(given["text"], "", "{given}");
    let page = world.get("father", &format!("/cases/{}", done.id)).await;
    assert!(page.text.contains("另一方家长已授权"), "{}", page.text);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM evidence_entry WHERE kind = 'case.authorised'").await,
        1
    );

    let again = begun(&world, "father", guide("father", "no")).await.unwrap();
    typed(&world, "father", &again, "mother_number", MOTHER).await.unwrap();
    assert!(told(&world, "father", &again).await.contains(WEIGHT), "it holds for the one-thing");
    let revoke = async |ctx: &mut store::Ctx| party::delegation::revoke(ctx, &asked).await;
    world.run("mother", revoke).await.unwrap();
    typed(&world, "father", &again, "child_name", "沈安禾").await.unwrap();
    let text = told(&world, "father", &again).await;
    assert!(!text.contains(WEIGHT) && !text.contains("410105000120"), "forgotten: {text}");
}

async fn who_applies_is_whom_the_number_can_be(world: World) {
    let refused = begun(&world, "father", guide("mother", "no")).await.unwrap_err();
    let at = (refused.fields[0].field.as_str(), refused.fields[0].code.as_str());
    assert_eq!(at, ("mother_number", "draft.sex_female"));
    let refused = begun(&world, "mother", guide("father", "yes")).await.unwrap_err();
    assert_eq!(refused.fields[0].code, "draft.sex_male");
    let id = begun(&world, "father", guide("father", "no")).await.unwrap();
    let refused = typed(&world, "father", &id, "mother_number", FATHER).await.unwrap_err();
    let at = (refused.fields[0].field.as_str(), refused.fields[0].code.as_str());
    assert_eq!(at, ("mother_number", "draft.sex_female"), "the father is not the mother");
}

async fn an_account_that_is_not_proven_begins_and_opens_nothing(world: World) {
    let form = party::account::Registration {
        name: "顾晓宁".to_owned(),
        number: MOTHER.to_owned(),
        mobile: "15400000009".to_owned(),
        password: "a long enough password".to_owned(),
        again: "a long enough password".to_owned(),
    };
    let mut ctx = world.env().system("test").await.unwrap();
    let id = party::account::register(&mut ctx, &form).await.unwrap();
    let actor = party::account::actor_of(&mut ctx, &id, 2).await.unwrap();
    ctx.commit().await.unwrap();
    world.admit("unproven", actor);
    let refused = begun(&world, "unproven", guide("mother", "yes")).await.unwrap_err();
    assert_eq!(refused.code, "account.unproven");
    let body = json!({ "one_thing": "newborn", "guide": guide("mother", "yes"), "consent": true });
    let (status, problem) = world.api("unproven", "POST", "/api/v1/drafts", &body).await;
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("account.unproven")));
    let page = world.get("unproven", "/drafts/new?one_thing=newborn").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let page = world.get("unproven", "/my").await;
    assert!(page.text.contains("身份还没有核验"), "{}", page.text);
    let file = world.run("unproven", async |ctx| data::file::open(ctx).await).await;
    assert_eq!(file.unwrap_err().code, "account.unproven");
    let wallet = world.run("unproven", async |ctx| licence::wallet::all(ctx).await).await;
    assert_eq!(wallet.unwrap_err().code, "account.unproven");
}
