//! What offices do with tasks, and who may.

use super::world::{World, act, document, draw};
use crate::instance::{self, timeline};
use crate::task::{self, ListKind};
use flow::process::TurnAt;
use kernel::{Error, Kind};
use serde_json::json;

fn approval() -> String {
    let drawing = draw(
        &[
            "startEvent s0",
            "userTask a name=受理 y:candidates=clerk",
            "userTask b name=审查 y:candidates=reviewer y:limit=P3D",
            "userTask c name=决定 y:candidates=approver",
            "endEvent e",
        ],
        &["s0 a", "a b", "b c", "c e"],
    );
    document(&[("p", &drawing)])
}

/// An instance whose review is open.
async fn at_review(world: &World) -> (String, String) {
    world.deploy(&approval()).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
    let task = world.task(&begun.id, "b").await;
    (begun.id, task)
}

fn code<T: std::fmt::Debug>(refused: Result<T, Error>) -> &'static str {
    refused.unwrap_err().code
}

#[tokio::test]
async fn a_task_is_claimed_by_one_released_and_completed() {
    let world = World::new().await;
    let (instance, id) = at_review(&world).await;
    for login in ["wang", "lijing"] {
        assert_eq!(world.list(login, ListKind::ToDo).await, [id.as_str()]);
    }
    assert!(world.list("zhao", ListKind::ToDo).await.is_empty());
    act!(world, "wang", task::claim, &id, None).unwrap();
    assert!(world.list("lijing", ListKind::ToDo).await.is_empty());
    assert_eq!(world.list("wang", ListKind::InHand).await, [id.as_str()]);
    assert_eq!(code(act!(world, "lijing", task::claim, &id, None)), "process.task_taken");
    let refused = act!(world, "lijing", task::complete, &id, None, "", Default::default());
    assert_eq!(code(refused), "process.not_yours");
    assert_eq!(code(act!(world, "lijing", task::release, &id, None)), "process.not_yours");
    act!(world, "wang", task::release, &id, None).unwrap();
    assert_eq!(world.list("lijing", ListKind::ToDo).await, [id.as_str()]);
    act!(world, "lijing", task::complete, &id, None, "属实", Default::default()).unwrap();
    assert!(world.list("wang", ListKind::ToDo).await.is_empty());
    let again = act!(world, "lijing", task::complete, &id, None, "", Default::default());
    assert_eq!(code(again), "process.task_gone");
    let lines = timeline(&mut world.read("zhao"), &instance).await.unwrap();
    let kinds: Vec<&str> = lines.iter().map(|line| line.kind).collect();
    assert_eq!(kinds, ["started", "completed", "claimed", "released", "completed"]);
    let last = lines.last().unwrap();
    assert_eq!(
        (last.by.as_str(), last.step.as_str(), last.words.as_str()),
        ("李静", "审查", "属实")
    );
}

#[tokio::test]
async fn a_task_of_another_office_is_not_found() {
    let world = World::new().await;
    let (instance, id) = at_review(&world).await;
    for kind in [
        act!(world, "police", task::claim, &id, None).unwrap_err().kind,
        act!(world, "police", task::hand_over, &id, None, "police", "要").unwrap_err().kind,
        act!(world, "police", task::jump, &id, None, "a", "要").unwrap_err().kind,
        act!(world, "police", task::comment, &instance, "看").unwrap_err().kind,
        task::show(&mut world.read("police"), &id).await.unwrap_err().kind,
        instance::show(&mut world.read("police"), &instance).await.unwrap_err().kind,
        timeline(&mut world.read("police"), &instance).await.unwrap_err().kind,
        act!(world, "wang", task::claim, "nowhere:1", None).unwrap_err().kind,
        act!(world, "wang", task::claim, "nonsense", None).unwrap_err().kind,
    ] {
        assert_eq!(kind, Kind::NotFound);
    }
    assert_eq!(act!(world, "admin", task::claim, &id, None).unwrap_err().kind, Kind::Denied);
    assert_eq!(code(act!(world, "clerk", task::claim, &id, None)), "process.not_offered");
    assert_eq!(
        act!(world, "clerk", task::jump, &id, None, "a", "要").unwrap_err().kind,
        Kind::Denied
    );
}

#[tokio::test]
async fn a_task_is_handed_over_by_its_holder_or_the_manager() {
    let world = World::new().await;
    let (_, id) = at_review(&world).await;
    act!(world, "wang", task::claim, &id, None).unwrap();
    let silent = act!(world, "wang", task::hand_over, &id, None, "lijing", " ").unwrap_err();
    assert_eq!((silent.code, silent.fields[0].field.as_ref()), ("process.words", "words"));
    for nobody in ["police", "admin", "nobody"] {
        let refused = act!(world, "wang", task::hand_over, &id, None, nobody, "出差");
        assert_eq!(code(refused), "process.colleague");
    }
    assert_eq!(
        code(act!(world, "lijing", task::hand_over, &id, None, "lijing", "我来")),
        "process.not_yours"
    );
    act!(world, "wang", task::hand_over, &id, None, "lijing", "出差").unwrap();
    assert_eq!(world.list("lijing", ListKind::InHand).await, [id.as_str()]);
    act!(world, "zhao", task::hand_over, &id, None, "wang", "调整").unwrap();
    assert_eq!(world.list("wang", ListKind::InHand).await, [id.as_str()]);
    let from = world.actor("wang").account;
    let denied = act!(world, "lijing", task::hand_over_all, &from, "lijing", "离任");
    assert_eq!(denied.unwrap_err().kind, Kind::Denied);
    assert_eq!(act!(world, "zhao", task::hand_over_all, &from, "lijing", "离任").unwrap(), 1);
    assert_eq!(world.list("lijing", ListKind::InHand).await, [id.as_str()]);
}

#[tokio::test]
async fn a_delegated_task_comes_back_with_an_opinion() {
    let world = World::new().await;
    let (_, id) = at_review(&world).await;
    assert_eq!(
        code(act!(world, "wang", task::delegate, &id, None, "lijing", "请核")),
        "process.not_claimed"
    );
    act!(world, "wang", task::claim, &id, None).unwrap();
    assert_eq!(
        code(act!(world, "wang", task::delegate, &id, None, "wang", "请核")),
        "process.colleague"
    );
    assert_eq!(
        code(act!(world, "wang", task::give_back, &id, None, "好")),
        "process.not_delegated"
    );
    act!(world, "wang", task::delegate, &id, None, "lijing", "请核").unwrap();
    assert_eq!(world.list("wang", ListKind::Delegated).await, [id.as_str()]);
    let early = act!(world, "lijing", task::complete, &id, None, "", Default::default());
    assert_eq!(code(early), "process.delegated");
    assert_eq!(
        code(act!(world, "lijing", task::delegate, &id, None, "zhao", "再核")),
        "process.delegated"
    );
    assert_eq!(code(act!(world, "lijing", task::release, &id, None)), "process.delegated");
    act!(world, "lijing", task::give_back, &id, None, "属实").unwrap();
    assert_eq!(world.list("wang", ListKind::InHand).await, [id.as_str()]);
    act!(world, "wang", task::complete, &id, None, "", Default::default()).unwrap();
}

#[tokio::test]
async fn a_step_is_sent_back_to_who_did_it_and_returns_to_who_asked() {
    let world = World::new().await;
    let (instance, id) = at_review(&world).await;
    let early = act!(world, "wang", task::send_back, &id, None, None, "缺章", true);
    assert_eq!(code(early), "process.not_claimed");
    world.done("wang", &instance, "b", json!({})).await.unwrap();
    let decide = world.task(&instance, "c").await;
    act!(world, "zhao", task::claim, &decide, None).unwrap();
    let nowhere = act!(world, "zhao", task::send_back, &decide, None, Some("c"), "缺章", false);
    assert_eq!(code(nowhere), "process.step_not_done");
    act!(world, "zhao", task::send_back, &decide, None, Some("a"), "缺章", true).unwrap();
    let mend = world.task(&instance, "a").await;
    assert_eq!(world.list("clerk", ListKind::InHand).await, [mend.as_str()]);
    act!(world, "clerk", task::complete, &mend, None, "已补", Default::default()).unwrap();
    assert_eq!(world.open(&instance).await, ["c"], "straight back, not through the review");
    let decide = world.task(&instance, "c").await;
    assert_eq!(world.list("zhao", ListKind::InHand).await, [decide.as_str()], "to who asked");
    let shown = task::show(&mut world.read("zhao"), &decide).await.unwrap();
    assert_eq!(shown.after.unwrap().0, "受理");
    act!(world, "zhao", task::send_back, &decide, None, Some("b"), "再审", false).unwrap();
    world.done("wang", &instance, "b", json!({})).await.unwrap();
    world.done("zhao", &instance, "c", json!({})).await.unwrap();
    assert_eq!(world.phase(&instance).await, "completed");
}

#[tokio::test]
async fn ones_own_step_is_recalled_until_somebody_takes_up_the_next() {
    let world = World::new().await;
    let (instance, id) = at_review(&world).await;
    let other = act!(world, "wang", task::recall, &id, None, "点错");
    assert_eq!(other.unwrap_err().kind, Kind::NotFound);
    act!(world, "clerk", task::recall, &id, None, "点错").unwrap();
    assert_eq!(world.open(&instance).await, ["a"]);
    // One's own task names the step as well as what followed it.
    let own = world.task(&instance, "a").await;
    world.done("clerk", &instance, "a", json!({})).await.unwrap();
    act!(world, "clerk", task::recall, &own, None, "点错").unwrap();
    let again = act!(world, "clerk", task::recall, &own, None, "又点");
    assert_eq!(code(again), "process.recall_late", "it is taken back already");
    let own = world.task(&instance, "a").await;
    world.done("clerk", &instance, "a", json!({})).await.unwrap();
    let id = world.task(&instance, "b").await;
    act!(world, "wang", task::claim, &id, None).unwrap();
    for id in [&id, &own] {
        let late = act!(world, "clerk", task::recall, id, None, "点错");
        assert_eq!(code(late), "process.recall_late");
    }
}

#[tokio::test]
async fn the_manager_jumps_and_the_engine_keeps_branches_whole() {
    let world = World::new().await;
    let drawing = draw(
        &[
            "startEvent s0",
            "userTask a y:candidates=clerk",
            "parallelGateway f",
            "userTask b y:candidates=reviewer",
            "userTask c y:candidates=reviewer",
            "parallelGateway j",
            "userTask d y:candidates=approver",
            "endEvent e",
        ],
        &["s0 a", "a f", "f b", "f c", "b j", "c j", "j d", "d e"],
    );
    world.deploy(&document(&[("p", &drawing)])).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    let id = world.task(&begun.id, "a").await;
    let into = act!(world, "zhao", task::jump, &id, None, "b", "快办");
    assert_eq!(code(into), "process.move_unsound");
    world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
    let id = world.task(&begun.id, "b").await;
    act!(world, "zhao", task::jump, &id, None, "d", "紧急").unwrap();
    assert_eq!(world.open(&begun.id).await, ["d"]);
    world.done("zhao", &begun.id, "d", json!({})).await.unwrap();
    assert_eq!(world.phase(&begun.id).await, "completed");
    // The first of two parallel reviews is done: sent back from the other, both are withdrawn.
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
    world.done("wang", &begun.id, "b", json!({})).await.unwrap();
    let id = world.task(&begun.id, "c").await;
    act!(world, "lijing", task::claim, &id, None).unwrap();
    act!(world, "lijing", task::send_back, &id, None, Some("a"), "材料有误", false).unwrap();
    assert_eq!(world.open(&begun.id).await, ["a"]);
}

#[tokio::test]
async fn urging_copying_and_commenting_leave_their_trace() {
    let world = World::new().await;
    let (instance, id) = at_review(&world).await;
    act!(world, "wang", task::claim, &id, None).unwrap();
    assert_eq!(
        code(act!(world, "lijing", task::urge, &id, None, "快")),
        "process.not_yours_to_urge"
    );
    act!(world, "clerk", task::urge, &id, None, "群众等着").unwrap();
    act!(world, "zhao", task::urge, &id, None, "今天办结").unwrap();
    let page = task::list(&mut world.read("wang"), ListKind::InHand, "").await.unwrap();
    assert_eq!((page.tasks[0].urged, page.tasks[0].lamp), (2, "green"));
    let urged = "SELECT COUNT(*) FROM message WHERE template = 'process.urged'";
    assert_eq!(world.count(urged).await, 2);
    let to = ["lijing".to_owned()];
    act!(world, "wang", task::copy, &instance, &to, "请阅").unwrap();
    let none = act!(world, "wang", task::copy, &instance, &["police".to_owned()], "请阅");
    assert_eq!(code(none), "process.colleague");
    assert_eq!(task::counts(&mut world.read("lijing")).await.unwrap().unread, 1);
    let unread = task::copies(&mut world.read("lijing"), true, "").await.unwrap();
    assert_eq!(unread.copies[0].instance, instance);
    act!(world, "lijing", task::read, &instance).unwrap();
    assert!(task::copies(&mut world.read("lijing"), true, "").await.unwrap().copies.is_empty());
    assert_eq!(task::copies(&mut world.read("lijing"), false, "").await.unwrap().copies.len(), 1);
    act!(world, "lijing", task::comment, &instance, "建议补充<b>现场照片</b>").unwrap();
    let lines = timeline(&mut world.read("wang"), &instance).await.unwrap();
    assert_eq!(lines.last().unwrap().words, "建议补充<b>现场照片</b>");
}

fn last(signer: &str) -> task::NewSigner<'_> {
    task::NewSigner { signer, ..task::NewSigner::default() }
}

fn next(signer: &str) -> task::NewSigner<'_> {
    task::NewSigner { at: TurnAt::Next, ..last(signer) }
}

fn signing(sequential: bool) -> String {
    let each = format!(
        "<userTask id=\"sign\" y:candidates=\"$signer\"><multiInstanceLoopCharacteristics isSequential=\"{sequential}\" y:collection=\"signers\" y:item=\"signer\" y:output=\"votes\" y:outputItem=\"vote\"/></userTask>"
    );
    let drawing = draw(
        &["startEvent s0", &each, "userTask c y:candidates=approver", "endEvent e"],
        &["s0 sign", "sign c", "c e"],
    );
    document(&[("p", &drawing)])
}

#[tokio::test]
async fn countersigners_sign_at_once_or_in_order_and_one_may_be_added() {
    let world = World::new().await;
    let (wang, li) = (world.actor("wang").account, world.actor("lijing").account);
    world.deploy(&signing(false)).await;
    let begun = world.start("clerk", "p", json!({"signers": [wang, li]})).await.unwrap();
    let (of_wang, of_li) =
        (world.list("wang", ListKind::InHand).await, world.list("lijing", ListKind::InHand).await);
    assert_eq!((of_wang.len(), of_li.len()), (1, 1), "each has his own at once");
    assert_eq!(code(act!(world, "wang", task::release, &of_wang[0], None)), "process.named");
    let taken = act!(world, "lijing", task::complete, &of_wang[0], None, "", Default::default());
    assert_eq!(code(taken), "process.not_yours");
    act!(world, "wang", task::add_signer, &of_wang[0], None, last("zhao"), "涉财务").unwrap();
    let of_zhao = world.list("zhao", ListKind::InHand).await;
    for (login, id, vote) in [
        ("lijing", &of_li[0], "同意"),
        ("zhao", &of_zhao[0], "不同意"),
        ("wang", &of_wang[0], "同意"),
    ] {
        let variables = [("vote".to_owned(), json!(vote))].into();
        act!(world, login, task::complete, id, None, vote, variables).unwrap();
    }
    assert_eq!(world.open(&begun.id).await, ["c"]);
    let shown = instance::show(&mut world.read("zhao"), &begun.id).await.unwrap();
    assert_eq!(shown.variables["votes"], json!(["同意", "同意", "不同意"]));

    world.deploy(&signing(true)).await;
    let signers = json!({"signers": [world.actor("wang").account, world.actor("lijing").account]});
    let begun = world.start("clerk", "p", signers).await.unwrap();
    assert!(world.list("lijing", ListKind::InHand).await.is_empty(), "his turn comes after");
    let first = world.task(&begun.id, "sign").await;
    act!(world, "wang", task::add_signer, &first, None, next("zhao"), "先会财务").unwrap();
    for login in ["wang", "zhao", "lijing"] {
        let id = world.list(login, ListKind::InHand).await.pop().unwrap();
        act!(world, login, task::complete, &id, None, "", Default::default()).unwrap();
    }
    assert_eq!(world.open(&begun.id).await, ["c"]);
    let id = world.task(&begun.id, "c").await;
    let alone = act!(world, "zhao", task::add_signer, &id, None, last("lijing"), "会签");
    assert_eq!(code(alone), "process.not_repeated");
}

#[tokio::test]
async fn activities_at_discretion_are_offered_started_and_finished() {
    let world = World::new().await;
    let inner = draw(
        &[
            "userTask x name=勘查 y:candidates=reviewer",
            "userTask y name=听证 y:candidates=reviewer",
        ],
        &[],
    );
    let inner = format!(
        "<adHocSubProcess id=\"h\" name=\"调查\" y:candidates=\"reviewer\">{inner}</adHocSubProcess>"
    );
    let drawing = draw(&["startEvent s0", &inner, "endEvent e"], &["s0 h", "h e"]);
    world.deploy(&document(&[("p", &drawing)])).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    let choice = world.task(&begun.id, "h").await;
    let shown = task::show(&mut world.read("wang"), &choice).await.unwrap();
    let names: Vec<&str> = shown.activities.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["勘查", "听证"]);
    assert_eq!(
        code(act!(world, "clerk", task::start_activity, &choice, None, "x")),
        "process.not_offered"
    );
    act!(world, "wang", task::start_activity, &choice, None, "x").unwrap();
    assert_eq!(
        code(act!(world, "wang", task::start_activity, &choice, None, "e")),
        "process.activity_unknown"
    );
    assert_eq!(
        code(act!(world, "wang", task::finish_activities, &choice, None)),
        "process.ad_hoc_busy"
    );
    world.done("lijing", &begun.id, "x", json!({})).await.unwrap();
    act!(world, "wang", task::finish_activities, &choice, None).unwrap();
    assert_eq!(world.phase(&begun.id).await, "completed");
}

#[tokio::test]
async fn lists_are_pages_in_the_order_of_deadlines() {
    let world = World::new().await;
    world.deploy(&approval()).await;
    for _ in 0..(2 * 50 + 7) {
        let mut ctx =
            store::Ctx::write(&world.env, world.actor("clerk"), kernel::Lang::Zh).await.unwrap();
        let new = instance::New { process: "p".to_owned(), ..instance::New::default() };
        instance::start(&mut ctx, new).await.unwrap();
        ctx.commit().await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = task::list(&mut world.read("clerk"), ListKind::ToDo, &after).await.unwrap();
        seen.extend(page.tasks.into_iter().map(|task| task.id));
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), sorted.len()), (107, 107));
    assert_eq!(task::counts(&mut world.read("clerk")).await.unwrap().to_do, 107);
    world.whole().await;
}
