//! Pages as a browser sees them, and the sentences as a whole.

use super::world::{JINSHUI, World, staff};
use axum::http::StatusCode;
use webkit::view::Views;

#[tokio::test]
async fn every_page_is_shown_in_both_languages_empty_and_full() {
    let world = World::new().await;
    let leader = staff("data-410000", "leader");
    let pack = world.env.pack.clone();
    let mut paths: Vec<String> = [
        "/cockpit",
        "/cockpit?range=year&division=410100",
        "/indicators",
        "/cockpit?item=birth-certificate&range=month",
        "/cockpit/cases?beneath=submitted",
        "/cockpit/cases?beneath=overdue&division=410105",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.extend(pack.targets().iter().map(|target| format!("/indicators/{}", target.id)));
    for full in [false, true] {
        if full {
            let id = world.submit("birth-certificate", JINSHUI, "online").await;
            world.accept(&id, "health-410105").await;
            world.advance_days(30);
        }
        for path in &paths {
            for lang in ["zh-CN", "en"] {
                let glue = if path.contains('?') { '&' } else { '?' };
                world.get(&leader, &format!("{path}{glue}lang={lang}")).await.is_whole(path);
            }
        }
    }
    let deck = world.get(&leader, "/cockpit").await.text;
    assert!(deck.contains("数字可能不是最新的"), "jobs of thirty days wait");
    assert!(deck.contains("示意图"));
    world.drain().await;
    assert!(!world.get(&leader, "/cockpit").await.text.contains("数字可能不是最新的"));
}

#[tokio::test]
async fn the_rest_interface_answers_as_the_pages_do() {
    let world = World::new().await;
    let leader = staff("data-410000", "leader");
    world.submit("birth-certificate", JINSHUI, "online").await;
    let read = async |path: &str| {
        let reply = world.get(&leader, path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
        serde_json::from_str::<serde_json::Value>(&reply.text).unwrap()
    };
    assert_eq!(read("/api/v1/cockpit").await["total"]["submitted"], 1);
    assert_eq!(
        read("/api/v1/cockpit/cases?beneath=submitted").await["rows"].as_array().unwrap().len(),
        1
    );
    assert_eq!(read("/api/v1/indicators").await.as_array().unwrap().len(), 10);
    assert_eq!(read("/api/v1/indicators/one-things").await["value"], 1);
    for path in [
        "/api/v1/cockpit",
        "/api/v1/indicators",
        "/cockpit",
        "/indicators",
        "/cockpit/cases?beneath=submitted",
    ] {
        let refused = world.get(&staff("health-410105", "approver"), path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[test]
fn every_sentence_is_there_in_both_languages() {
    let views = Views::new(vec![webkit::view::own(), crate::views()]).unwrap();
    let faults: Vec<String> = views
        .check(&["insight.", "error.insight."])
        .into_iter()
        .map(|finding| format!("{finding}"))
        .filter(|finding| finding.contains("insight"))
        .collect();
    assert_eq!(faults, Vec::<String>::new());
}
