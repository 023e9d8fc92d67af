//! Everything at once, in any order; spoilt bytes; spoilt states.

use super::*;
use kernel::Random;

const SURVEY: &str = include_str!("samples/survey.bpmn");

/// A drawing with every construct that waits, repeated, nested and handled.
pub fn everything() -> String {
    let undo = "<boundaryEvent id=\"xa\" attachedToRef=\"a\"><compensateEventDefinition/></boundaryEvent><userTask id=\"ua\" isForCompensation=\"true\"/><association id=\"asa\" sourceRef=\"xa\" targetRef=\"ua\"/>";
    let timer = "<timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition>";
    let tail = "<subProcess id=\"in\"><multiInstanceLoopCharacteristics y:collection=\"people\" y:item=\"one\"/>";
    let inner = draw(
        &[
            "startEvent s2",
            "userTask q",
            "serviceTask j",
            "exclusiveGateway g default=g_t2",
            "<endEvent id=\"t1\"><errorEventDefinition errorRef=\"err\"/></endEvent>",
            "<endEvent id=\"t2\"><escalationEventDefinition escalationRef=\"esc\"/></endEvent>",
        ],
        &["s2 q", "s2 j", "q g", "g t1 n = 1", "g t2"],
    );
    let inner = format!("{tail}{inner}</subProcess>");
    let outer = draw(
        &[
            "startEvent s1", "userTask a", undo, &inner,
            "<boundaryEvent id=\"be\" cancelActivity=\"false\" attachedToRef=\"in\"><escalationEventDefinition/></boundaryEvent>",
            "userTask told",
            "<boundaryEvent id=\"bt\" cancelActivity=\"false\" attachedToRef=\"in\">TIMER</boundaryEvent>",
            "userTask urged",
            "<intermediateThrowEvent id=\"back\"><compensateEventDefinition/></intermediateThrowEvent>",
            "<subProcess id=\"h\" triggeredByEvent=\"true\"><startEvent id=\"hs\" isInterrupting=\"false\"><signalEventDefinition signalRef=\"s\"/></startEvent><userTask id=\"hw\"/><sequenceFlow id=\"hf\" sourceRef=\"hs\" targetRef=\"hw\"/></subProcess>",
        ],
        &["s1 a", "a in", "in back", "be told", "bt urged"],
    )
    .replace("TIMER", timer);
    let ad_hoc = format!(
        "<adHocSubProcess id=\"ad\">{}</adHocSubProcess>",
        draw(&["userTask d1", "callActivity d2 calledElement=other"], &[])
    );
    draw(
        &[
            "startEvent s0",
            &format!("<subProcess id=\"o\">{outer}</subProcess>"),
            "<boundaryEvent id=\"bo\" attachedToRef=\"o\"><errorEventDefinition/></boundaryEvent>",
            "<boundaryEvent id=\"bm\" attachedToRef=\"o\"><messageEventDefinition messageRef=\"m\"/></boundaryEvent>",
            &ad_hoc,
            "userTask mended",
            "userTask z",
            "endEvent e",
            "<subProcess id=\"k\" triggeredByEvent=\"true\"><startEvent id=\"ks\"><conditionalEventDefinition><condition>n = 9</condition></conditionalEventDefinition></startEvent><userTask id=\"kw\"/><sequenceFlow id=\"kf\" sourceRef=\"ks\" targetRef=\"kw\"/></subProcess>",
        ],
        &["s0 o", "s0 ad", "o z", "bo mended", "bm mended", "z e"],
    )
}

pub fn any(driver: &Driver, random: &mut Random) -> Command {
    let variables = vars(json!({"n": random.below(10)}));
    let open: Vec<(Id, &str)> = driver.open.iter().map(|(id, (kind, _))| (*id, *kind)).collect();
    let ad_hoc = driver
        .state
        .tokens
        .iter()
        .find(|token| driver.definition.nodes()[token.node.0 as usize].id == "ad");
    let ad_hoc = ad_hoc.map_or(0, |token| token.id);
    if random.chance(150) {
        let activity = (*random.pick(&["d1", "d2", "z"]).unwrap_or(&"d1")).to_owned();
        return match random.below(3) {
            0 => Command::FinishAdHoc { ad_hoc },
            _ => Command::StartActivity { ad_hoc, activity },
        };
    }
    let (id, kind) = random.pick(&open).copied().unwrap_or((random.below(20), "task"));
    let code = (*random.pick(&["E1", "E9"]).unwrap_or(&"E1")).to_owned();
    match kind {
        "job" if random.chance(300) => Command::FailJob { job: id, code },
        "job" => Command::CompleteJob { job: id, variables },
        "child" if random.chance(300) => {
            Command::EndChild { child: id, status: Status::Failed(code), variables }
        }
        "child" => Command::EndChild { child: id, status: Status::Completed, variables },
        "timer" => Command::FireTimer { timer: id },
        "message" => {
            let name = "来函".to_owned();
            Command::DeliverMessage { name, correlation: String::new(), variables }
        }
        "signal" => Command::BroadcastSignal { name: "汛情".to_owned(), variables },
        _ => Command::CompleteTask { task: id, variables },
    }
}

#[test]
fn every_construct_together_keeps_the_invariants_in_any_order() {
    let definition = definition(&everything());
    let mut random = Random::from_number(3);
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..150 {
        let mut driver = Driver::of(definition.clone());
        driver.start(json!({"people": [1, 2, 3], "n": 0})).unwrap();
        for _ in 0..80 {
            if driver.state.status.is_final() {
                break;
            }
            driver.now = driver.now.plus_hours(random.below(3) as i64);
            let command = any(&driver, &mut random);
            let _ = driver.act(&command);
        }
        *ends.entry(format!("{:?}", driver.state.status)).or_default() += 1;
    }
    assert!(ends.contains_key("Completed"), "{ends:?}");
}

#[test]
fn spoilt_bytes_never_panic() {
    let mut random = Random::from_number(5);
    for _ in 0..150 {
        let mut bytes = SURVEY.as_bytes().to_vec();
        for _ in 0..1 + random.below(4) {
            let at = random.below(bytes.len() as u64) as usize;
            match random.below(3) {
                0 => bytes[at] = random.below(256) as u8,
                1 => drop(bytes.drain(at..(at + 20).min(bytes.len()))),
                _ => {
                    let copied = bytes[at..(at + 60).min(bytes.len())].to_vec();
                    bytes.splice(at..at, copied);
                }
            }
        }
        if let Err(findings) = deploy(&bytes, &Tiny) {
            let told = |rule| super::super::MESSAGES.iter().any(|(code, _, _)| *code == rule);
            assert!(findings.iter().all(|finding| told(finding.rule)));
        }
    }
}

#[test]
fn spoilt_states_never_panic() {
    let definition = definition(&everything());
    let mut random = Random::from_number(9);
    for _ in 0..150 {
        let mut driver = Driver::of(definition.clone());
        driver.start(json!({"people": [1, 2], "n": 0})).unwrap();
        for _ in 0..random.below(8) {
            let command = any(&driver, &mut random);
            let _ = driver.act(&command);
        }
        let mut text = serde_json::to_string(&driver.state).unwrap().into_bytes();
        for _ in 0..1 + random.below(3) {
            let digits: Vec<usize> =
                (0..text.len()).filter(|at| text[*at].is_ascii_digit()).collect();
            let at = *random.pick(&digits).unwrap();
            text[at] = b'0' + random.below(10) as u8;
        }
        let Ok(state) = serde_json::from_slice::<State>(&text) else {
            continue;
        };
        let env = Env { now: MONDAY.plus_days(900), evaluate: &Tiny, working: &Weekdays };
        for id in 0..state.sequence.min(40) {
            let variables = vars(json!({"n": 9}));
            for command in [
                Command::CompleteTask { task: id, variables: variables.clone() },
                Command::FireTimer { timer: id },
                Command::FailJob { job: id, code: "E1".to_owned() },
                Command::CompleteJob { job: id, variables },
                Command::FinishAdHoc { ad_hoc: id },
                Command::Cancel,
            ] {
                let _ = step(&definition, &state, &command, &env);
            }
        }
    }
}
