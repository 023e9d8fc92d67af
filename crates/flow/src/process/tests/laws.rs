//! Laws of random models: the order in which parallel work is done changes nothing; a document
//! changed anywhere is refused or keeps the invariants; whatever a timer is told, it is set or
//! refused.
//!
//! A failing run has printed its seed.

use super::hostile::{any, everything};
use super::random::artist;
use super::*;
use crate::process::{Document, Element, MESSAGES, XmlNode};
use kernel::Random;

/// What can be told of an instance whatever the order was: tasks open, variables, status.
type Seen = (Vec<String>, Variables, Status);

/// Plays every order; the same tasks done must leave the same behind. Gives how many different
/// points were passed, none when there are more than a test can play.
fn play(driver: &Driver, answers: &Variables) -> Option<usize> {
    let mut seen: BTreeMap<BTreeMap<String, usize>, Seen> = BTreeMap::new();
    let mut rest = vec![(driver.clone(), BTreeMap::new())];
    while let Some((driver, done)) = rest.pop() {
        let mut open: Vec<String> = driver.tasks().into_iter().map(str::to_owned).collect();
        open.sort_unstable();
        let now = (open.clone(), driver.state.variables.clone(), driver.state.status.clone());
        if let Some(before) = seen.get(&done) {
            assert_eq!(*before, now, "another order of {done:?}");
            continue;
        }
        seen.insert(done.clone(), now);
        if seen.len() > 150 {
            return None;
        }
        open.dedup();
        for task in open {
            let (mut next, mut done) = (driver.clone(), done.clone());
            let times = done.entry(task.clone()).or_default();
            *times += 1;
            let mut answer = answers.clone();
            answer.insert(format!("d{}", &task[1..]), json!(*times));
            next.done(&task, json!(answer));
            rest.push((next, done));
        }
    }
    Some(seen.len())
}

#[test]
fn every_order_of_parallel_branches_comes_to_the_same_end() {
    let (mut played, mut points) = (0, 0);
    for seed in 0..80 {
        eprintln!("seed {seed}");
        let (artist, _) = artist(seed, 3);
        if !broken(&artist.drawing()).is_empty() {
            continue;
        }
        let driver = Driver::begin(&artist.drawing(), json!(artist.variables));
        if let Some(more) = play(&driver, &artist.answers) {
            played += 1;
            points += more;
        }
    }
    assert!(played > 40 && points > 400, "{played} models, {points} points");
}

/// Elements of a tree, counted in its order.
fn count(element: &Element) -> usize {
    1 + element.elements().map(count).sum::<usize>()
}

/// The element of that number; the number is used up on the way.
fn nth<'a>(element: &'a mut Element, left: &mut usize) -> Option<&'a mut Element> {
    if *left == 0 {
        return Some(element);
    }
    *left -= 1;
    for child in &mut element.children {
        if let XmlNode::Element(child) = child
            && let Some(found) = nth(child, left)
        {
            return Some(found);
        }
    }
    None
}

const NAMES: &[&str] = &[
    "userTask",
    "task",
    "serviceTask",
    "receiveTask",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "startEvent",
    "endEvent",
    "intermediateThrowEvent",
    "intermediateCatchEvent",
    "boundaryEvent",
    "subProcess",
    "adHocSubProcess",
    "callActivity",
    "terminateEventDefinition",
    "compensateEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "signalEventDefinition",
    "timerEventDefinition",
    "standardLoopCharacteristics",
    "multiInstanceLoopCharacteristics",
    "sequenceFlow",
    "association",
];

const VALUES: &[&str] =
    &["", "true", "false", "0", "1", "2", "甲", "n = 1", "people", "p", "e", "s0"];

/// Changes one thing somewhere.
fn spoil(root: &mut Element, random: &mut Random) {
    let total = count(root);
    let pick = |random: &mut Random| random.below(total as u64) as usize;
    let other = nth(root, &mut pick(random)).cloned();
    let Some(element) = nth(root, &mut pick(random)) else { return };
    match random.below(7) {
        0 => {
            let at = random.below(1 + element.children.len() as u64) as usize;
            if at < element.children.len() {
                element.children.remove(at);
            }
        }
        1 => {
            if let Some(mut copy) = other.filter(|copy| count(copy) < 12) {
                if random.chance(500) {
                    copy.attributes.retain(|attribute| attribute.name != "id");
                }
                element.children.push(XmlNode::Element(copy));
            }
        }
        2 => {
            let prefix = element.name.split_once(':').map(|(prefix, _)| format!("{prefix}:"));
            let name = random.pick(NAMES).unwrap();
            element.name = prefix.unwrap_or_default() + name;
        }
        3 if !element.attributes.is_empty() => {
            let at = random.below(element.attributes.len() as u64) as usize;
            element.attributes.remove(at);
        }
        4 => {
            // A reference to something else of the document.
            let from = other.and_then(|other| other.attributes.first().cloned());
            let count = element.attributes.len() as u64;
            if let (Some(from), true) = (from, count > 1) {
                let at = 1 + random.below(count - 1) as usize;
                element.attributes[at].value = from.value;
            }
        }
        5 if !element.attributes.is_empty() => {
            let at = random.below(element.attributes.len() as u64) as usize;
            (*random.pick(VALUES).unwrap()).clone_into(&mut element.attributes[at].value);
        }
        _ => {
            let at = random.below(1 + element.children.len() as u64) as usize;
            let text = (*random.pick(VALUES).unwrap()).to_owned();
            element.children.insert(at, XmlNode::Text(text));
        }
    }
}

#[test]
fn a_document_changed_anywhere_is_refused_or_keeps_the_invariants() {
    let documents = [
        include_str!("samples/survey.bpmn").to_owned(),
        include_str!("samples/approval.bpmn").to_owned(),
        document(&everything()),
        document(&artist(3, 4).0.drawing()),
    ];
    let (mut refused, mut ran) = (0, 0);
    for seed in 0..400 {
        eprintln!("seed {seed}");
        let mut random = Random::from_number(seed);
        let text = &documents[seed as usize % documents.len()];
        let mut tree = Document::parse(text.as_bytes()).unwrap();
        for _ in 0..1 + random.below(3) {
            spoil(&mut tree.root, &mut random);
        }
        let deployed = match deploy(tree.write().as_bytes(), &Tiny) {
            Ok(deployed) => deployed,
            Err(findings) => {
                let told = |rule| MESSAGES.iter().any(|(code, _, _)| *code == rule);
                assert!(!findings.is_empty());
                assert!(findings.iter().all(|finding| told(finding.rule)), "{findings:#?}");
                refused += 1;
                continue;
            }
        };
        ran += 1;
        let mut driver = Driver::of(deployed.definitions.into_iter().next().unwrap());
        if driver.start(json!({"people": [1, 2], "n": 0, "number": "1"})).is_err() {
            continue;
        }
        for _ in 0..40 {
            if driver.state.status.is_final() {
                break;
            }
            driver.now = driver.now.plus_hours(random.below(3) as i64);
            let command = any(&driver, &mut random);
            let _ = driver.act(&command);
        }
    }
    assert!(refused > 100 && ran > 50, "{refused} refused, {ran} ran");
}

#[test]
fn a_timer_is_set_or_refused_whatever_it_is_told() {
    let drawing = draw(
        &[
            "startEvent s0",
            "<intermediateCatchEvent id=\"t\"><timerEventDefinition><timeDate>when</timeDate></timerEventDefinition></intermediateCatchEvent>",
            "endEvent e",
        ],
        &["s0 t", "t e"],
    );
    let mut set = 0;
    for when in [
        "0000-01-01T00:00:00",
        "-0001-01-01T00:00:00",
        "0001-01-01",
        "9999-12-31T23:59:59",
        "10000-01-01T00:00:00",
        "2026-02-30",
        "2026-01-01T00:00:00[Mars/Base]",
        "2026-01-01T00:00:00@Asia/Atlantis",
        "2026-01-01T00:00:00+99:00",
        "2026-06-30T23:59:60Z",
        "P1000000000000000000D",
        "P99999Y",
        "PT0.0000001S",
        "P",
        "PT",
        "-P1D",
        "R99999999999999999999/PT1H",
        "R/PT0S",
        "R-1/P1D",
        "R3/9999-12-31T00:00:00/P50Y",
        "1234567890123456789012345678901234567890",
        "ï¿½2026å¹´",
        "\u{0}",
        "",
    ] {
        let mut driver = Driver::new(&drawing);
        let before = driver.state.clone();
        match driver.start(json!({ "when": when })) {
            Ok(()) => {
                set += 1;
                // However late it is, the clock moves on and the instance ends.
                driver.wait(90_000_000).unwrap_or_else(|error| panic!("{when}: {error}"));
            }
            Err(error) => {
                assert!(error.code.starts_with("process."), "{when}: {error}");
                assert_eq!(driver.state, before, "{when}");
            }
        }
    }
    assert!(set >= 3, "{set} were set");
    for when in [json!(1e300), json!(-5), json!([1]), json!({"a": {}}), json!(null), json!(true)] {
        let mut driver = Driver::new(&drawing);
        assert!(driver.start(json!({ "when": when })).is_err(), "{when}");
    }
}
