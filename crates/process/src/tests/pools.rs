//! Two pools that write to each other along message flows: whom a message begins, and whom the answer
//! finds.

use super::world::{World, document, draw};
use serde_json::{Value as Json, json};

/// A citizen writes to an office and waits for its answer; a third process would begin with the same
/// message, were it not addressed.
fn drawn() -> String {
    let writes = [
        "startEvent s0",
        "sendTask ask messageRef=m",
        "receiveTask wait messageRef=reply",
        "endEvent e0",
    ];
    let begins = |id: &str| {
        format!("<startEvent id=\"{id}\"><messageEventDefinition messageRef=\"m\"/></startEvent>")
    };
    let (office, other) = (begins("begin"), begins("begin_other"));
    let answers = [
        office.as_str(),
        "userTask a y:candidates=clerk",
        "sendTask answer messageRef=reply",
        "endEvent e1",
    ];
    let xml = document(&[
        ("applicant", &draw(&writes, &["s0 ask", "ask wait", "wait e0"])),
        ("office", &draw(&answers, &["begin a", "a answer", "answer e1"])),
        ("another", &draw(&[&other, "userTask b", "endEvent e2"], &["begin_other b", "b e2"])),
    ]);
    let pools = "<message id=\"reply\" name=\"复函\" y:correlation=\"number\"/>\
        <collaboration id=\"c\"><participant id=\"p1\" processRef=\"applicant\"/>\
        <participant id=\"p2\" processRef=\"office\"/><participant id=\"p3\" processRef=\"another\"/>\
        <messageFlow id=\"mf1\" sourceRef=\"ask\" targetRef=\"begin\"/>\
        <messageFlow id=\"mf2\" sourceRef=\"answer\" targetRef=\"wait\"/></collaboration><message ";
    xml.replacen("<message ", pools, 1)
}

/// The one of these instances that was told the number.
async fn of_number(world: &World, instances: &[String], number: &str) -> String {
    for id in instances {
        let shown = crate::instance::show(&mut world.read("clerk"), id).await.unwrap();
        if shown.variables["number"] == json!(number) {
            return id.clone();
        }
    }
    panic!("nobody was told {number}")
}

#[tokio::test]
async fn pools_write_to_each_other_and_the_answer_finds_who_asked() {
    let world = World::new().await;
    world.deploy(&drawn()).await;
    let mut asked = Vec::new();
    for number in ["N-1", "N-2"] {
        asked
            .push(world.start("clerk", "applicant", json!({ "number": number })).await.unwrap().id);
        world.drain().await;
    }
    let of = |process: &str| {
        format!("SELECT id FROM process_instance WHERE process = '{process}' ORDER BY id")
    };
    let offices = world.texts(&of("office")).await;
    assert_eq!((offices.len(), world.texts(&of("another")).await.len()), (2, 0));
    // The second is answered first: each answer finds its own question.
    for at in [1, 0] {
        let office = of_number(&world, &offices, &format!("N-{}", at + 1)).await;
        let answer: Json = json!({ "view": format!("同意{at}") });
        world.done("clerk", &office, "a", answer).await.unwrap();
        world.drain().await;
        assert_eq!(world.phase(&asked[at]).await, "completed");
        let shown = crate::instance::show(&mut world.read("clerk"), &asked[at]).await.unwrap();
        assert_eq!(shown.variables["view"], json!(format!("同意{at}")));
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM process_message").await, 0);
    world.whole().await;
}
