//! A source corrects a value that a draft under way holds.

use crate::draft::{Change, DraftShown, Start, amend, open, shown, start, submit};
use crate::tests::world::{Office, staff};
use data::objection::{Answer, Filing};
use serde_json::{Value as Json, json};
use store::Ctx;

/// A draft of the mother with everything answered and confirmed.
async fn complete(office: &Office) -> String {
    let pack = office.env().pack.clone();
    let examples = pack.examples("newborn").unwrap();
    let example = examples.examples.iter().find(|one| one.id == "married-all").unwrap().clone();
    let new = Start {
        one_thing: "newborn".to_owned(),
        guide: example.guide.clone(),
        consent: true,
        ..Start::default()
    };
    let id = office.run("mother", async |ctx| start(ctx, new).await).await.unwrap();
    let mut answers = example.answers.clone();
    answers.insert("mobile".to_owned(), Json::from("15400000001"));
    let pages = &pack.form("newborn").unwrap().pages;
    let confirm = pages.iter().map(|page| (page.id.clone(), true)).collect();
    let whole = Change { answers, confirm, ..Change::default() };
    office.run("mother", async |ctx| amend(ctx, &id, None, whole).await).await.unwrap();
    assert_eq!(seen(office, &id).await.missing, Vec::<String>::new());
    id
}

async fn seen(office: &Office, id: &str) -> DraftShown {
    let pack = office.env().pack.clone();
    let opened = office.run("mother", async |ctx| open(ctx, id).await).await.unwrap();
    shown(&pack, &opened).unwrap()
}

/// The mother objects to the child's weight as the draft read it, and the source corrects it.
async fn correct(office: &Office, id: &str, weight: &str) {
    let mut ctx = office.env().system("test").await.unwrap();
    let page = data::lookup::of_case(&mut ctx, id, "").await.unwrap();
    drop(ctx);
    let receipt = page.receipts.into_iter().find(|one| one.lookup == "birth").unwrap();
    let filing = Filing {
        case_id: id.to_owned(),
        registry: receipt.registry,
        record_id: receipt.record,
        lookup: "birth".to_owned(),
        field: "weight_g".to_owned(),
        shown: String::new(),
        claimed: weight.to_owned(),
        note: String::new(),
        receipt: receipt.id,
    };
    let opened = async |ctx: &mut Ctx| data::objection::open(ctx, &filing).await;
    let objection = office.run("mother", opened).await.unwrap().id;
    let source = office.texts("SELECT source FROM data_objection").await.remove(0);
    office.admit("source", staff(&source, "data_officer", "数据专员"));
    let answer = Answer::Accept { value: weight.to_owned(), text: String::new() };
    let answered = async |ctx: &mut Ctx| data::objection::answer(ctx, &objection, 1, &answer).await;
    office.run("source", answered).await.unwrap();
    office.drain().await;
}

#[tokio::test]
async fn a_draft_takes_the_corrected_value_and_asks_to_confirm_it() {
    let office = Office::new().await;
    office.register().await;
    let id = complete(&office).await;
    let before = seen(&office, &id).await;
    let receipts = office.count("SELECT COUNT(*) FROM data_receipt").await;
    correct(&office, &id, "3380").await;

    let after = seen(&office, &id).await;
    assert_eq!(after.revision, before.revision + 1, "an open page of the form is stale");
    let page = after.pages.iter().find(|page| page.fields.iter().any(|f| f.id == "weight_g"));
    let page = page.unwrap();
    let field = page.fields.iter().find(|field| field.id == "weight_g").unwrap();
    assert_eq!((&field.value, &field.corrected_from), (&Some(json!(3380)), &Some(json!(3280))));
    assert_eq!((page.confirmed, page.done), (Some(false), false));
    assert_eq!(after.missing, vec![page.id.clone()], "nothing else is asked again");
    assert!(office.count("SELECT COUNT(*) FROM data_receipt").await > receipts, "a recorded read");
    let html = office.page("mother", &format!("/drafts/{id}/pages/{}", page.id)).await;
    assert!(html.contains("来源已更正") && html.contains("3280") && html.contains("3380"));
    let early = office.run("mother", async |ctx| submit(ctx, &id, None, true).await).await;
    assert_eq!(early.unwrap_err().fields[0].code, "draft.incomplete");

    let confirm = Change { confirm: [(page.id.clone(), true)].into(), ..Change::default() };
    office.run("mother", async |ctx| amend(ctx, &id, None, confirm).await).await.unwrap();
    let field = seen(&office, &id).await;
    let field = field.pages.iter().flat_map(|page| &page.fields).find(|one| one.id == "weight_g");
    assert_eq!(field.unwrap().corrected_from, None);
    office.run("mother", async |ctx| submit(ctx, &id, None, true).await).await.unwrap();
}

#[tokio::test]
async fn a_draft_handed_in_is_left_as_it_is() {
    let office = Office::new().await;
    office.register().await;
    let id = complete(&office).await;
    office.run("mother", async |ctx| submit(ctx, &id, None, true).await).await.unwrap();
    let drafts = "SELECT revision FROM draft";
    let before = office.count(drafts).await;
    let mut ctx = office.env().system("test").await.unwrap();
    let news = json!({ "objection": "x", "registry": "birth", "record": "y", "field": "weight_g",
        "cases": [id, "gone"] });
    ctx.emit("data.corrected", &news).await.unwrap();
    ctx.commit().await.unwrap();
    office.drain().await;
    assert_eq!(office.count(drafts).await, before);
    assert_eq!(office.count("SELECT COUNT(*) FROM job WHERE attempts > 0").await, 0);
}
