//! What is late across procedures: who sees what of it, how it adds up, and the tasks beneath.

use super::world::{HEALTH, POLICE, World, document, draw, two_steps};
use crate::late::{self, Filter, Group, Overview};
use axum::http::StatusCode;
use kernel::{Kind, Result};
use serde_json::json;

async fn overview(world: &World, login: &str, filter: Filter) -> Result<Overview> {
    late::overview(&mut world.read(login), &filter).await
}

fn counted(groups: &[Group]) -> Vec<(&str, i64)> {
    groups.iter().map(|one| (one.id.as_str(), one.late)).collect()
}

/// Three late of one procedure and one of another at one agency, one at a second; none of what is
/// within its limit or done.
async fn some_late() -> World {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=PT4H", "")).await;
    let nodes = ["startEvent s0", "userTask a y:limit=PT1H", "endEvent e"];
    world.deploy(&document(&[("q", &draw(&nodes, &["s0 a", "a e"]))])).await;
    for (login, process) in
        [("clerk", "p"), ("clerk", "p"), ("clerk", "q"), ("police", "q"), ("clerk", "p")]
    {
        world.start(login, process, json!({})).await.unwrap();
        world.advance_hours(1);
    }
    let done = world.start("clerk", "q", json!({})).await.unwrap();
    world.done("clerk", &done.id, "a", json!({})).await.unwrap();
    world.advance_hours(5);
    world.start("clerk", "p", json!({})).await.unwrap();
    world
}

#[tokio::test]
async fn it_adds_up_by_agency_procedure_and_division_within_reach() {
    let world = some_late().await;
    let told = overview(&world, "watch", Filter::default()).await.unwrap();
    assert_eq!((told.late, told.more), (5, false));
    assert_eq!(counted(&told.agencies), [(HEALTH, 4), (POLICE, 1)]);
    assert_eq!(counted(&told.processes), [("p", 3), ("q", 2)]);
    assert_eq!(counted(&told.divisions), [("410105", 5)]);
    assert!(told.agencies[0].oldest < told.agencies[1].oldest && told.agencies[0].oldest.is_some());
    assert_ne!(told.divisions[0].name, "410105", "divisions have names");

    let narrowed = Filter { process: "q".to_owned(), ..Filter::default() };
    let told = overview(&world, "watch", narrowed).await.unwrap();
    assert_eq!(counted(&told.agencies), [(HEALTH, 1), (POLICE, 1)]);
    for (division, late) in [("410105", 5), ("410102", 0)] {
        let filter = Filter { division: division.to_owned(), ..Filter::default() };
        assert_eq!(overview(&world, "watch", filter).await.unwrap().late, late, "{division}");
    }
    let own = overview(&world, "zhao", Filter::default()).await.unwrap();
    assert_eq!(counted(&own.agencies), [(HEALTH, 4)]);
    let others = Filter { agency: POLICE.to_owned(), ..Filter::default() };
    assert_eq!(overview(&world, "zhao", others).await.unwrap_err().kind, Kind::NotFound);
    let unknown = Filter { division: "999999".to_owned(), ..Filter::default() };
    assert_eq!(overview(&world, "watch", unknown).await.unwrap_err().kind, Kind::NotFound);
    let clerk = overview(&world, "clerk", Filter::default()).await;
    assert_eq!(clerk.unwrap_err().kind, Kind::Denied);
}

#[tokio::test]
async fn a_figure_leads_to_its_tasks_the_oldest_first() {
    let world = some_late().await;
    let own = late::tasks(&mut world.read("zhao"), HEALTH, "", "").await.unwrap();
    assert_eq!((own.tasks.len(), own.next), (4, None));
    assert!(own.tasks.is_sorted_by_key(|one| one.due));
    assert!(own.tasks.iter().all(|one| one.title.is_some()));
    let first = &own.tasks[0];
    let after = format!("{}.{}", first.due.unwrap().0.0, first.id);
    let rest = late::tasks(&mut world.read("zhao"), HEALTH, "", &after).await.unwrap();
    assert_eq!(rest.tasks, own.tasks[1..]);
    let one = late::tasks(&mut world.read("watch"), HEALTH, "q", "").await.unwrap();
    assert_eq!((one.tasks.len(), &one.tasks[0].title), (1, &None), "others' titles are not told");
    let others = late::tasks(&mut world.read("zhao"), POLICE, "", "").await;
    assert_eq!(others.unwrap_err().kind, Kind::NotFound);
    let clerk = late::tasks(&mut world.read("clerk"), HEALTH, "", "").await;
    assert_eq!(clerk.unwrap_err().kind, Kind::Denied);
}

#[tokio::test]
async fn the_pages_and_the_table_say_the_same() {
    let world = some_late().await;
    let page = world.get("watch", "/tasks/late").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains(&format!("/tasks/late/{HEALTH}")), "{}", page.text);
    let tasks = world.get("watch", &format!("/tasks/late/{HEALTH}?process=p")).await;
    assert_eq!(tasks.text.matches("data-lamp=\"red\"").count(), 3, "{}", tasks.text);
    assert!(!tasks.text.contains("href=\"/instances/"), "instances of others are not theirs");
    let own = world.get("zhao", &format!("/tasks/late/{HEALTH}?process=p")).await;
    assert_eq!(own.text.matches("href=\"/instances/").count(), 3);
    let table = world.get("watch", "/tasks/late.csv?process=p").await;
    let lines: Vec<&str> = table.text.lines().collect();
    assert_eq!(lines[0], "\u{feff}by,id,name,late,oldest");
    assert!(lines.iter().any(|line| line.starts_with("process,p,") && line.contains(",3,")));
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(world.get("clerk", "/tasks/late").await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.get("zhao", &format!("/tasks/late/{POLICE}")).await.status, 404);
}
