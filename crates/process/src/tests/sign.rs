//! Countersigning: in order, at once, one for all, by weighted vote; signers added and taken out.

use super::world::{World, act, document, draw};
use crate::instance::timeline;
use crate::task::{self, ListKind, NewSigner, Tally};
use flow::process::TurnAt;
use kernel::Error;
use serde_json::{Value as Json, json};

fn code<T: std::fmt::Debug>(refused: Result<T, Error>) -> &'static str {
    refused.unwrap_err().code
}

/// A step done once for each of `signers`, after one of a clerk and before one of an approver.
fn signing(sequential: bool, own: &str, until: &str) -> String {
    let until = match until {
        "" => String::new(),
        text => format!("<completionCondition>{}</completionCondition>", text.replace('>', "&gt;")),
    };
    let each = format!(
        "<userTask id=\"sign\" name=\"会签\" y:candidates=\"$signer\" {own}>\
         <multiInstanceLoopCharacteristics isSequential=\"{sequential}\" y:collection=\"signers\" \
         y:item=\"signer\" y:output=\"votes\" y:outputItem=\"vote\">{until}\
         </multiInstanceLoopCharacteristics></userTask>"
    );
    let drawing = draw(
        &[
            "startEvent s0",
            "userTask a y:candidates=clerk",
            &each,
            "userTask c y:candidates=approver",
            "endEvent e",
        ],
        &["s0 a", "a sign", "sign c", "c e"],
    );
    document(&[("p", &drawing)])
}

/// An instance at its countersigning.
async fn at_signing(world: &World, xml: &str, signers: Json) -> String {
    world.deploy(xml).await;
    let begun = world.start("clerk", "p", json!({ "signers": signers })).await.unwrap();
    world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
    begun.id
}

async fn mine(world: &World, login: &str) -> String {
    world.list(login, ListKind::InHand).await.pop().unwrap_or_default()
}

async fn vote(world: &World, login: &str, vote: &str) -> Result<(), Error> {
    let id = mine(world, login).await;
    let variables = [("vote".to_owned(), json!(vote))].into();
    act!(world, login, task::complete, &id, None, vote, variables).map(|_| ())
}

fn account(world: &World, login: &str) -> String {
    world.actor(login).account
}

const MAJORITY: &str = "result.weight_for * 2 > result.weight_total or result.weight_against * 2 >= result.weight_total";

#[tokio::test]
async fn a_weighted_vote_ends_when_the_weights_say_so() {
    let world = World::new().await;
    let xml = signing(false, "y:vote=\"result\"", MAJORITY);
    let signers = json!([
        { "account": account(&world, "wang"), "weight": 1 },
        { "account": account(&world, "lijing"), "weight": 3 },
        { "account": account(&world, "zhao"), "weight": 3 },
    ]);
    let instance = at_signing(&world, &xml, signers).await;
    assert_eq!(code(vote(&world, "wang", "也许").await), "process.vote");
    assert_eq!(code(vote(&world, "wang", "").await), "process.vote");
    vote(&world, "wang", "for").await.unwrap();
    let open = mine(&world, "zhao").await;
    let shown = task::show(&mut world.read("zhao"), &open).await.unwrap();
    let tally = Tally {
        signers: 3,
        signed: 1,
        votes_for: 1,
        weight_for: 1,
        weight_total: 7,
        ..Tally::default()
    };
    assert_eq!(shown.tally, Some(tally));
    let told: Vec<(&str, &str, &str, u64)> = shown
        .signers
        .iter()
        .map(|one| (one.name.as_str(), one.state, one.vote.as_str(), one.weight))
        .collect();
    let expected = [("王芳", "signed", "for", 1), ("李静", "open", "", 3), ("赵磊", "open", "", 3)];
    assert_eq!(told, expected);
    vote(&world, "lijing", "for").await.unwrap();
    assert_eq!(world.open(&instance).await, ["c"], "4 of 7 are enough");
    let shown = crate::instance::show(&mut world.read("zhao"), &instance).await.unwrap();
    assert_eq!(shown.variables["result"]["weight_for"], 4);
    assert_eq!(shown.variables["votes"][1]["vote"], "for");
    assert_eq!(shown.variables["votes"][1]["weight"], 3);
    assert_eq!(shown.variables["votes"][2], json!(null), "his task was withdrawn");
}

#[tokio::test]
async fn a_vote_is_lost_by_weight_though_more_are_for_it() {
    let world = World::new().await;
    let xml = signing(false, "y:vote=\"result\"", MAJORITY);
    let signers = json!([
        { "account": account(&world, "wang") },
        { "account": account(&world, "lijing") },
        { "account": account(&world, "zhao"), "weight": 2 },
    ]);
    let instance = at_signing(&world, &xml, signers).await;
    vote(&world, "wang", "for").await.unwrap();
    vote(&world, "lijing", "abstain").await.unwrap();
    vote(&world, "zhao", "against").await.unwrap();
    let shown = crate::instance::show(&mut world.read("zhao"), &instance).await.unwrap();
    let result = &shown.variables["result"];
    assert_eq!(
        [&result["weight_for"], &result["weight_against"], &result["weight_abstained"]],
        [&json!(1), &json!(2), &json!(1)]
    );
}

#[tokio::test]
async fn one_of_all_is_enough_where_it_is_drawn_so() {
    let world = World::new().await;
    let xml = signing(false, "", "numberOfCompletedInstances >= 1");
    let signers = json!([account(&world, "wang"), account(&world, "lijing")]);
    let instance = at_signing(&world, &xml, signers).await;
    let other = mine(&world, "wang").await;
    vote(&world, "lijing", "同意").await.unwrap();
    assert_eq!(world.open(&instance).await, ["c"]);
    let late = act!(world, "wang", task::complete, &other, None, "", Default::default());
    assert_eq!(code(late), "process.task_gone");
}

#[tokio::test]
async fn impossible_weights_are_refused_before_anybody_is_asked() {
    let world = World::new().await;
    world.deploy(&signing(true, "y:vote=\"result\"", "")).await;
    for weight in [json!(-1), json!("3"), json!(1.5), json!(1_000_001)] {
        let signers = json!([
            { "account": account(&world, "wang") },
            { "account": account(&world, "lijing"), "weight": weight },
        ]);
        let begun = world.start("clerk", "p", json!({ "signers": signers })).await.unwrap();
        let refused = world.done("clerk", &begun.id, "a", json!({})).await;
        assert_eq!(code(refused), "process.weight", "{weight}");
    }
}

#[tokio::test]
async fn nobody_votes_twice_and_nobody_is_asked_who_is_not_there() {
    let world = World::new().await;
    let xml = signing(false, "y:vote=\"result\"", "");
    world.deploy(&xml).await;
    let begun = async |signers: Json| {
        let begun = world.start("clerk", "p", json!({ "signers": signers })).await.unwrap();
        (world.done("clerk", &begun.id, "a", json!({})).await, begun.id)
    };
    // A login and an account are one person.
    let (refused, _) = begun(json!(["wang", "lijing", account(&world, "wang")])).await;
    assert_eq!(code(refused), "process.signer_twice");
    let (refused, _) = begun(json!(["wang", "nobody.there"])).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, "process.nobody");
    assert!(refused.args.contains(&("named", "nobody.there".to_owned())), "{refused:?}");
    let (done, instance) = begun(json!(["wang", "lijing", "zhao"])).await;
    done.unwrap();
    vote(&world, "wang", "for").await.unwrap();
    let of_zhao = mine(&world, "zhao").await;
    let asked = world.task(&instance, "sign").await;
    for again in ["wang", "lijing", &account(&world, "zhao")] {
        let new = NewSigner { signer: again, at: TurnAt::Last, weight: None };
        let refused = act!(world, "zhao", task::add_signer, &of_zhao, None, new, "再请");
        assert_eq!(code(refused), "process.signer_twice", "{again}");
    }
    // One listed by login is found by account, and the other way.
    let li = account(&world, "lijing");
    act!(world, "clerk", task::remove_signer, &asked, None, &li, "出差").unwrap();
    let new = NewSigner { signer: "lijing", at: TurnAt::Last, weight: None };
    act!(world, "zhao", task::add_signer, &of_zhao, None, new, "回来了").unwrap();
    act!(world, "clerk", task::remove_signer, &of_zhao, None, "lijing", "出差").unwrap();
    vote(&world, "zhao", "for").await.unwrap();
    assert_eq!(world.open(&instance).await, ["c"]);
}

#[tokio::test]
async fn a_vote_is_drawn_on_a_repeated_task_of_persons_alone() {
    let world = World::new().await;
    let drawing = draw(
        &["startEvent s0", "userTask a y:candidates=clerk y:vote=r", "endEvent e"],
        &["s0 a", "a e"],
    );
    let xml = document(&[("p", &drawing)]);
    let refused =
        world.run("admin", async |ctx| crate::definition::deploy(ctx, xml.as_bytes()).await).await;
    assert_eq!(refused.unwrap_err().fields[0].code, "process.vote_shape");
}

#[tokio::test]
async fn in_order_a_signer_is_added_before_who_signs_now() {
    let world = World::new().await;
    let xml = signing(true, "y:vote=\"result\"", "");
    let signers = json!([
        { "account": account(&world, "wang"), "weight": 2 },
        { "account": account(&world, "lijing"), "weight": 2 },
    ]);
    let instance = at_signing(&world, &xml, signers).await;
    let first = mine(&world, "wang").await;
    let new = NewSigner { signer: "zhao", at: TurnAt::Before, weight: Some(5) };
    assert_eq!(
        code(act!(world, "lijing", task::add_signer, &first, None, new.clone(), "涉财务")),
        "process.not_yours"
    );
    let heavy = NewSigner { weight: Some(1_000_001), ..new.clone() };
    assert_eq!(
        code(act!(world, "wang", task::add_signer, &first, None, heavy, "涉财务")),
        "process.weight"
    );
    act!(world, "wang", task::add_signer, &first, None, new, "涉财务").unwrap();
    assert!(world.list("wang", ListKind::InHand).await.is_empty(), "he waits");
    let open = mine(&world, "zhao").await;
    let shown = task::show(&mut world.read("zhao"), &open).await.unwrap();
    let told: Vec<(&str, &str)> =
        shown.signers.iter().map(|one| (one.name.as_str(), one.state)).collect();
    assert_eq!(told, [("赵磊", "open"), ("王芳", "to_come"), ("李静", "to_come")]);
    for login in ["zhao", "wang", "lijing"] {
        vote(&world, login, "for").await.unwrap();
    }
    let shown = crate::instance::show(&mut world.read("zhao"), &instance).await.unwrap();
    assert_eq!(shown.variables["result"]["weight_total"], 9);
}

#[tokio::test]
async fn who_signed_before_removes_nobody_after_him() {
    let world = World::new().await;
    let signers =
        json!([account(&world, "wang"), account(&world, "lijing"), account(&world, "zhao")]);
    at_signing(&world, &signing(true, "", ""), signers).await;
    vote(&world, "wang", "同意").await.unwrap();
    let of_li = mine(&world, "lijing").await;
    let (li, zhao) = (account(&world, "lijing"), account(&world, "zhao"));
    let own = act!(world, "wang", task::remove_signer, &of_li, None, &li, "换人");
    assert_eq!(code(own), "process.not_yours_to_remove");
    let shown = task::show(&mut world.read("wang"), &of_li).await.unwrap();
    assert!(!shown.acts.contains(&"remove_signer"));
    act!(world, "zhao", task::remove_signer, &of_li, None, &li, "出差").unwrap();
    let of_zhao = mine(&world, "zhao").await;
    let last = act!(world, "zhao", task::remove_signer, &of_zhao, None, &zhao, "出差");
    assert_eq!(code(last), "process.turn_last");
}

#[tokio::test]
async fn who_lets_the_limit_pass_abstains() {
    let world = World::new().await;
    let own = "y:vote=\"result\" y:limit=\"P1D\" y:overdue=\"pass\" y:basis=\"某办法第三条\"";
    let signers = json!([
        { "account": account(&world, "wang"), "weight": 2 },
        { "account": account(&world, "lijing"), "weight": 5 },
    ]);
    let instance = at_signing(&world, &signing(false, own, ""), signers).await;
    vote(&world, "wang", "for").await.unwrap();
    world.advance_hours(25);
    world.drain().await;
    assert_eq!(world.open(&instance).await, ["c"]);
    let shown = crate::instance::show(&mut world.read("zhao"), &instance).await.unwrap();
    let result = &shown.variables["result"];
    assert_eq!(
        [&result["weight_for"], &result["weight_abstained"], &result["weight_total"]],
        [&json!(2), &json!(5), &json!(7)]
    );
}

#[tokio::test]
async fn at_once_nobody_comes_before() {
    let world = World::new().await;
    let signers = json!([account(&world, "wang"), account(&world, "lijing")]);
    at_signing(&world, &signing(false, "", ""), signers).await;
    let id = mine(&world, "wang").await;
    let new = NewSigner { signer: "zhao", at: TurnAt::Before, weight: None };
    let refused = act!(world, "wang", task::add_signer, &id, None, new, "涉财务");
    assert_eq!(code(refused), "process.turns_at_once");
}

#[tokio::test]
async fn a_signer_who_has_not_signed_is_taken_out_by_who_sent_it() {
    let world = World::new().await;
    let signers =
        json!([account(&world, "wang"), account(&world, "lijing"), account(&world, "zhao")]);
    let instance = at_signing(&world, &signing(false, "", ""), signers).await;
    let of_wang = mine(&world, "wang").await;
    let of_li = mine(&world, "lijing").await;
    let (li, zhao) = (account(&world, "lijing"), account(&world, "zhao"));
    let own = act!(world, "wang", task::remove_signer, &of_wang, None, &li, "出差");
    assert_eq!(code(own), "process.not_yours_to_remove", "a signer removes no fellow");
    let silent = act!(world, "clerk", task::remove_signer, &of_wang, None, &li, " ");
    assert_eq!(code(silent), "process.words");
    let nobody = act!(world, "clerk", task::remove_signer, &of_wang, None, "nobody", "出差");
    assert_eq!(code(nobody), "process.no_signer");
    let shown = task::show(&mut world.read("clerk"), &of_wang).await.unwrap();
    assert!(shown.acts.contains(&"remove_signer") && shown.removable.len() == 3);
    act!(world, "clerk", task::remove_signer, &of_wang, None, &li, "出差").unwrap();
    assert!(world.list("lijing", ListKind::InHand).await.is_empty());
    let late = act!(world, "lijing", task::complete, &of_li, None, "", Default::default());
    assert_eq!(code(late), "process.task_gone");
    vote(&world, "wang", "同意").await.unwrap();
    let of_zhao = mine(&world, "zhao").await;
    let wang = account(&world, "wang");
    let signed = act!(world, "zhao", task::remove_signer, &of_zhao, None, &wang, "重复");
    assert_eq!(code(signed), "process.no_signer", "who has signed stays");
    let last = act!(world, "zhao", task::remove_signer, &of_zhao, None, &zhao, "出差");
    assert_eq!(code(last), "process.turn_last");
    vote(&world, "zhao", "同意").await.unwrap();
    let shown = crate::instance::show(&mut world.read("zhao"), &instance).await.unwrap();
    assert_eq!(shown.variables["votes"], json!(["同意", "同意"]));
    let lines = timeline(&mut world.read("zhao"), &instance).await.unwrap();
    let removed = lines.iter().find(|line| line.kind == "signer_removed").unwrap();
    assert_eq!((removed.to.as_str(), removed.words.as_str()), ("李静", "出差"));
    let c = world.task(&instance, "c").await;
    let alone = act!(world, "zhao", task::remove_signer, &c, None, &zhao, "出差");
    assert_eq!(code(alone), "process.not_repeated");
}

#[tokio::test]
async fn the_page_shows_who_signed_how_and_takes_a_vote() {
    let world = World::new().await;
    let xml = signing(false, "y:vote=\"result\"", "");
    let signers = json!([
        { "account": account(&world, "wang"), "weight": 2 },
        { "account": account(&world, "lijing"), "weight": 1 },
    ]);
    at_signing(&world, &xml, signers).await;
    let (of_wang, of_li) = (mine(&world, "wang").await, mine(&world, "lijing").await);
    let path = format!("/tasks/{of_wang}");
    for lang in ["zh-CN", "en"] {
        let path = format!("{path}?lang={lang}");
        world.get("wang", &path).await.is_whole(&path);
    }
    let none = world.post("wang", &format!("{path}/complete"), &[("_once", "a")]).await;
    assert_eq!(none.status.as_u16(), 422, "{}", none.text);
    assert!(none.text.contains("请选择同意、不同意或弃权"));
    let fields = [("_once", "b"), ("vote", "against"), ("words", "资金不落实")];
    let done = world.post("wang", &format!("{path}/complete"), &fields).await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.text);
    let page = world.get("lijing", &format!("/tasks/{of_li}")).await;
    page.is_whole("signers");
    for text in
        ["资金不落实", "不同意", "已签 1 人，共 2 人", "票权：同意 0，不同意 2，弃权 0，总计 3"]
    {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    let add = [("_once", "c"), ("to", "zhao"), ("place", "nowhere"), ("words", "涉财务")];
    let add_path = format!("/tasks/{of_li}/add_signer");
    assert_eq!(world.post("lijing", &add_path, &add).await.status.as_u16(), 422);
    let add = [("_once", "d"), ("to", "zhao"), ("weight", "4"), ("words", "涉财务")];
    assert_eq!(world.post("lijing", &add_path, &add).await.status.as_u16(), 303);
    let body = json!({ "to": account(&world, "zhao"), "words": "撤回" });
    let path = format!("/api/v1/tasks/{of_li}/remove_signer");
    let (status, _) = world.api("lijing", "POST", &path, body.clone()).await;
    assert_eq!(status.as_u16(), 403);
    let (status, answer) = world.api("clerk", "POST", &path, body).await;
    assert_eq!(status.as_u16(), 200, "{answer}");
    world.whole().await;
}
