//! Tasks of one step completed together, each by itself.

use super::world::{World, two_steps};
use crate::task::batch::{self, BATCH_MAX, Batch};
use crate::task::{self, ListKind};
use kernel::{Error, Kind, Lang};
use party::batch::Outcomes;
use serde_json::json;

/// Instances at their first step; the ids of its tasks.
async fn begun(world: &World, n: usize) -> Vec<String> {
    world.deploy(&two_steps("", "")).await;
    let mut tasks = Vec::new();
    for _ in 0..n {
        let begun = world.start("clerk", "p", json!({})).await.unwrap();
        tasks.push(world.task(&begun.id, "a").await);
    }
    tasks
}

async fn run(world: &World, login: &str, batch: &Batch) -> Result<Outcomes, Error> {
    let sentence = |error: &Error| error.code.to_owned();
    let actor = world.actor(login);
    let done = batch::complete(&world.env, &actor, Lang::Zh, batch, &sentence).await;
    world.whole().await;
    done
}

fn batch(command: &str, tasks: &[String]) -> Batch {
    let words = "材料齐全，同意受理".to_owned();
    Batch { command: command.to_owned(), tasks: tasks.to_vec(), words, ..Batch::default() }
}

#[tokio::test]
async fn each_is_its_own_and_one_refused_stops_no_other() {
    let world = World::new().await;
    let tasks = begun(&world, 3).await;
    // One is in another clerk's hands: the approver took it away.
    let second = tasks[1].clone();
    let to = "zhao";
    world
        .run("zhao", async |ctx| task::hand_over(ctx, &second, None, to, "我来").await)
        .await
        .unwrap();
    let done = run(&world, "clerk", &batch("k1", &tasks)).await.unwrap();
    assert_eq!(done.done, 2);
    let codes: Vec<(&str, bool)> =
        done.each.iter().map(|line| (line.code.as_str(), line.done)).collect();
    assert_eq!(codes, [("", true), ("process.not_yours", false), ("", true)]);
    assert_eq!(world.list("clerk", ListKind::Done).await.len(), 2);
    let confirmed = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'process.batch'";
    assert_eq!(world.count(confirmed).await, 1);
    let entries = "SELECT COUNT(*) FROM process_event WHERE kind = 'completed'";
    assert_eq!(world.count(entries).await, 2);
    // Sent again, what was done is done and nothing more.
    let again = run(&world, "clerk", &batch("k1", &tasks)).await.unwrap();
    assert_eq!((again.done, world.count(entries).await), (2, 2));
}

#[tokio::test]
async fn tasks_are_of_one_step_and_not_too_many() {
    let world = World::new().await;
    let mut tasks = begun(&world, 2).await;
    let instance = tasks[0].rsplit_once(':').unwrap().0.to_owned();
    world.done("clerk", &instance, "a", json!({})).await.unwrap();
    tasks[0] = world.task(&instance, "b").await;
    let refused = run(&world, "clerk", &batch("k", &tasks)).await.unwrap_err();
    assert_eq!(refused.code, "process.batch_mixed");
    let many = vec![tasks[1].clone(); BATCH_MAX + 1];
    for tasks in [&many[..], &[]] {
        let refused = run(&world, "clerk", &batch("k", tasks)).await.unwrap_err();
        assert_eq!(refused.code, "process.batch_size");
    }
    let denied = run(&world, "admin", &batch("k", &tasks[1..])).await.unwrap_err();
    assert_eq!(denied.kind, Kind::Denied);
    let strange = run(&world, "police", &batch("k", &tasks[1..])).await.unwrap();
    assert_eq!((strange.done, strange.each[0].code.as_str()), (0, "not_found"));
    let long = Batch { words: "长".repeat(2_001), ..batch("k", &tasks[1..]) };
    assert_eq!(run(&world, "clerk", &long).await.unwrap_err().code, "process.words");
}

#[tokio::test]
async fn the_page_chooses_confirms_and_tells_and_wants_a_second_factor() {
    let world = World::new().await;
    let tasks = begun(&world, 2).await;
    let list = world.get("clerk", "/tasks").await;
    list.is_whole("list");
    assert_eq!(list.text.matches("type=\"checkbox\" name=\"task\"").count(), 2);
    let encoded: Vec<String> =
        tasks.iter().map(|id| format!("task={}", webkit::form::encode(id))).collect();
    let path = format!("/task-batch?{}", encoded.join("&"));
    for lang in ["zh-CN", "en"] {
        let path = format!("{path}&lang={lang}");
        world.get("clerk", &path).await.is_whole(&path);
    }
    assert_eq!(world.get("clerk", "/task-batch").await.status.as_u16(), 422);
    let mut fields = vec![("_once", "a"), ("words", "同意")];
    fields.extend(tasks.iter().map(|id| ("task", id.as_str())));
    let mut wrong = fields.clone();
    wrong.push(("variables", "没有等号"));
    let again = world.post("clerk", "/task-batch", &wrong).await;
    assert_eq!(again.status.as_u16(), 422);
    assert!(again.text.contains("没有等号"), "{}", again.text);
    let done = world.post("clerk", "/task-batch", &fields).await;
    assert_eq!(done.status.as_u16(), 200, "{}", done.text);
    assert!(done.text.contains("共 2 件，办结 2 件"), "{}", done.text);
    let weak = world.weak("clerk", "POST", "/api/v1/task-batches", json!({})).await;
    assert_eq!(weak.as_u16(), 401, "one confirmation for all is one by two factors");
    let body = json!({ "tasks": tasks, "words": "再来" });
    let (status, answer) = world.api("clerk", "POST", "/api/v1/task-batches", body).await;
    assert_eq!((status.as_u16(), &answer["done"]), (200, &json!(0)));
    assert_eq!(answer["each"][0]["code"], "process.task_gone");
    world.whole().await;
}
