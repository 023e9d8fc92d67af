//! Whole procedures as a department draws them.

use super::*;
use crate::process::{Document, run_alone};

const APPROVAL: &str = include_str!("samples/approval.bpmn");
const SURVEY: &str = include_str!("samples/survey.bpmn");

fn sample(text: &str) -> Driver {
    match deploy(text.as_bytes(), &Tiny) {
        Ok(mut deployed) => Driver::of(deployed.definitions.remove(0)),
        Err(findings) => panic!("{findings:#?}"),
    }
}

#[test]
fn six_steps_of_an_approval() {
    for (granted, last) in [(true, "issue"), (false, "notice")] {
        for reviews in [["plan", "fire"], ["fire", "plan"]] {
            let mut driver = sample(APPROVAL);
            driver.start(json!({})).unwrap();
            for task in ["apply", "accept", reviews[0], reviews[1]] {
                driver.done(task, json!({}));
            }
            let head = driver.effects.iter().find_map(|effect| match effect {
                Effect::OfferTask { candidates, .. } => Some(candidates.clone()),
                _ => None,
            });
            assert_eq!(head.unwrap(), ["分管领导"]);
            driver.done("decide", json!({ "granted": granted }));
            let kept = serde_json::to_string(&driver.state).unwrap();
            assert!(kept.len() < 500, "{kept}");
            driver.done(last, json!({}));
            assert!(driver.ended());
        }
    }
}

#[test]
fn an_approval_alone_ends_as_it_does_step_by_step() {
    let mut driver = sample(APPROVAL);
    driver.start(json!({})).unwrap();
    for task in ["apply", "accept", "plan", "fire"] {
        driver.done(task, json!({}));
    }
    driver.done("decide", json!({ "granted": true }));
    driver.done("issue", json!({}));
    let env = Env { now: driver.now, evaluate: &Tiny, working: &Weekdays };
    let answers = |step: &str| match step {
        "decide" => Variables::from([("granted".to_owned(), json!(true))]),
        _ => Variables::new(),
    };
    let alone = run_alone(&driver.definition, &driver.state.instance, &env, &answers).unwrap();
    assert_eq!(alone, driver.state);
}

#[test]
fn what_waits_for_the_world_stands_still_alone() {
    let driver = sample(SURVEY);
    let env = Env { now: driver.now, evaluate: &Tiny, working: &Weekdays };
    let incomplete = |_: &str| vars(json!({"number": "豫1", "complete": false}));
    let refused = run_alone(&driver.definition, "survey", &env, &incomplete).unwrap_err();
    assert_eq!(refused.kind, kernel::Kind::Internal);
}

#[test]
fn a_survey_with_correction_lookup_reminder_and_experts() {
    let mut driver = sample(SURVEY);
    driver.start(json!({"number": "豫1", "experts": ["甲", "乙"]})).unwrap();
    driver.done("check", json!({"complete": false}));
    let mut lapsed = driver.clone();
    lapsed.wait(15 * 24).unwrap();
    assert!(lapsed.ended());
    driver.message("补正材料", "豫1").unwrap();
    driver.done("check", json!({"complete": true}));
    let job = driver.at("lookup");
    driver.act(&Command::FailJob { job, code: "NO_DATA".to_owned() }).unwrap();
    driver.done("manual", json!({}));
    driver.wait(3 * 24).unwrap();
    assert_eq!(driver.tasks(), ["survey", "urge"]);
    driver.done("survey", json!({}));
    driver.done("experts", json!({"opinion": "可", "repeat": true}));
    driver.done("experts", json!({"opinion": "否"}));
    assert_eq!(driver.state.variables["opinions"], json!(["可", "否"]));
    driver.done("survey", json!({}));
    driver.done("urge", json!({}));
    driver.done("experts", json!({"repeat": false}));
    driver.done("experts", json!({}));
    assert!(driver.ended());
}

#[test]
fn a_diagram_survives_reading_and_writing() {
    for text in [APPROVAL, SURVEY] {
        let first = deploy(text.as_bytes(), &Tiny).unwrap();
        let written = first.document.write();
        let second = deploy(written.as_bytes(), &Tiny).unwrap();
        assert_eq!(second.document.write(), written);
        let ids = |all: &[Definition]| all.iter().map(|one| format!("{:?}", one.flows())).count();
        assert_eq!(ids(&first.definitions), ids(&second.definitions));
        for kept in ["BPMNShape", "di:waypoint", "dc:Bounds"] {
            assert_eq!(text.matches(kept).count(), written.matches(kept).count(), "{kept}");
        }
        assert_eq!(
            text.contains("color:background-color"),
            written.contains("color:background-color")
        );
        assert!(Document::parse(written.as_bytes()).is_ok());
    }
}

#[test]
fn pools_know_whom_they_write_to() {
    let text = format!(
        r#"<definitions xmlns="{}" id="d"><message id="m" name="申请"/>
<collaboration id="c"><participant id="p1" processRef="citizen"/><participant id="p2" processRef="office"/>
<messageFlow id="f" sourceRef="send" targetRef="begin"/></collaboration>
<process id="citizen">{}</process><process id="office">{}</process></definitions>"#,
        crate::process::xml::BPMN,
        draw(
            &["startEvent s1", "sendTask send messageRef=m", "endEvent e1"],
            &["s1 send", "send e1"]
        ),
        draw(
            &[
                "<startEvent id=\"begin\"><messageEventDefinition messageRef=\"m\"/></startEvent>",
                "userTask a"
            ],
            &["begin a"],
        ),
    );
    let mut deployed = deploy(text.as_bytes(), &Tiny).unwrap();
    let mut driver = Driver::of(deployed.definitions.remove(0));
    driver.start(json!({})).unwrap();
    let Effect::SendMessage { receiver, .. } = &driver.effects[0] else {
        panic!("{:?}", driver.effects);
    };
    assert_eq!(receiver.as_ref().unwrap(), &("office".to_owned(), "begin".to_owned()));
}
