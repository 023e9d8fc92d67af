//! Running instances taken to another version: what stays, what begins, what is refused.

use super::*;
use crate::process::{Mapping, Migration};

impl Driver {
    /// Goes over to another drawing.
    pub(super) fn migrate(&mut self, inner: &str, mapping: Value) -> Result<(), Error> {
        let new = definition(inner);
        let mapping: Mapping = serde_json::from_value(mapping).unwrap();
        let before = self.state.clone();
        let env = Env { now: self.now, evaluate: &Tiny, working: &Weekdays };
        let outcome = Migration::new(&self.definition, &new, &mapping)
            .and_then(|migration| migration.step(&self.state, &env));
        let (state, events, effects) = match outcome {
            Ok(done) => done,
            Err(error) => {
                let told = super::super::MESSAGES.iter().any(|(code, _, _)| *code == error.code);
                assert!(told && before == self.state, "{error}");
                return Err(error);
            }
        };
        self.events.extend(events);
        assert_eq!(fold(&self.events), state, "not the fold of its events");
        self.state = state;
        self.definition = new;
        self.effects = effects;
        self.hear();
        // Where a task lies is told by its token now.
        let names: Vec<(Id, String)> = self
            .state
            .tokens
            .iter()
            .filter_map(|one| Some((one.id, self.definition.node(one.node)?.id.clone())))
            .collect();
        for (id, name) in names {
            if let Some((_, own)) = self.open.get_mut(&id) {
                *own = name;
            }
        }
        self.holds();
        Ok(())
    }

    fn refuses(&mut self, inner: &str, mapping: Value) -> (&'static str, String) {
        let error = self.migrate(inner, mapping).unwrap_err();
        let node = error.args.iter().find(|(name, _)| *name == "node");
        (error.code, node.map(|(_, value)| value.clone()).unwrap_or_default())
    }

    fn dues(&self) -> Vec<Timestamp> {
        let due = |one: &crate::process::Subscription| match one.on {
            On::Timer { due, .. } => Some(due),
            _ => None,
        };
        self.state.subscriptions.iter().filter_map(due).collect()
    }
}

fn line(nodes: &[&str]) -> String {
    let ids: Vec<&str> = nodes.iter().filter_map(|node| node.split(' ').nth(1)).collect();
    let mut way = vec!["s0"];
    way.extend(&ids);
    way.push("e");
    let flows: Vec<String> =
        way.windows(2).map(|pair| format!("{} {}", pair[0], pair[1])).collect();
    let mut all = vec!["startEvent s0"];
    all.extend(nodes);
    all.push("endEvent e");
    draw(&all, &flows.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_waiting_task_keeps_its_number_and_goes_on_by_the_new_drawing() {
    let mut driver = Driver::begin(&line(&["userTask a", "userTask b"]), json!({"x": 1}));
    let task = driver.at("a");
    driver.migrate(&line(&["userTask z", "userTask a", "userTask c"]), json!({})).unwrap();
    assert_eq!((driver.at("a"), driver.tasks()), (task, vec!["a"]));
    driver.done("a", json!({}));
    assert_eq!(driver.tasks(), ["c"]);
    driver.done("c", json!({}));
    assert!(driver.ended() && driver.state.variables["x"] == 1);
}

#[test]
fn a_step_that_is_gone_strands_unless_it_is_mapped() {
    let mut driver = Driver::begin(&line(&["userTask a"]), json!({}));
    let new = line(&["userTask b"]);
    assert_eq!(driver.refuses(&new, json!({})), ("process.migrate_missing", "a".to_owned()));
    let wrong = json!({"nodes": {"a": "nowhere"}});
    assert_eq!(driver.refuses(&new, wrong), ("process.migrate_mapping", "nowhere".to_owned()));
    let wrong = json!({"nodes": {"q": "b"}});
    assert_eq!(driver.refuses(&new, wrong), ("process.migrate_mapping", "q".to_owned()));
    driver.migrate(&new, json!({"nodes": {"a": "b"}})).unwrap();
    driver.done("b", json!({}));
    assert!(driver.ended());
}

#[test]
fn what_is_waited_for_stays_the_same() {
    let service = |topic: &str| line(&[&format!("serviceTask a y:topic={topic}")]);
    let mut driver = Driver::begin(&service("t1"), json!({}));
    for new in [service("t2"), line(&["userTask a"]), line(&["receiveTask a messageRef=m"])] {
        assert_eq!(driver.refuses(&new, json!({})), ("process.migrate_kind", "a".to_owned()));
    }
    let new = line(&["serviceTask a y:topic=t1", "userTask b"]);
    driver.migrate(&new, json!({})).unwrap();
    let job = driver.at("a");
    driver.act(&Command::CompleteJob { job, variables: vars(json!({})) }).unwrap();
    assert_eq!(driver.tasks(), ["b"]);
}

fn fork(kind: &str, join: &str) -> String {
    let (split, join) = (format!("{kind} f"), format!("{join} j"));
    let condition = |way: &str, x: u32| match kind.starts_with("exclusive") {
        true => format!("f {way} x = {x}"),
        false => format!("f {way}"),
    };
    let (one, two) = (condition("a", 1), condition("b", 2));
    draw(
        &["startEvent s0", &split, "userTask a", "userTask b", &join, "userTask d", "endEvent e"],
        &["s0 f", &one, &two, "a j", "b j", "j d", "d e"],
    )
}

#[test]
fn branches_that_could_not_run_together_are_refused() {
    let both = fork("parallelGateway", "parallelGateway");
    let either = fork("exclusiveGateway", "exclusiveGateway");
    let mut driver = Driver::begin(&both, json!({}));
    assert_eq!(driver.refuses(&either, json!({})).0, "process.migrate_unsound");
    driver.done("a", json!({}));
    // One waits at the join, which is no join any more.
    assert_eq!(driver.refuses(&either, json!({})).0, "process.migrate_kind");
    let mut driver = Driver::begin(&either, json!({"x": 2}));
    assert_eq!(driver.refuses(&both, json!({})).0, "process.migrate_unsound");
    driver.migrate(&either.replace("x = 2", "x = 3"), json!({})).unwrap();
    driver.done("b", json!({}));
    driver.done("d", json!({}));
    assert!(driver.ended());
}

#[test]
fn a_join_that_wants_fewer_goes_on_at_once() {
    let three = draw(
        &[
            "startEvent s0",
            "parallelGateway f",
            "userTask a",
            "userTask b",
            "userTask c",
            "parallelGateway j",
            "userTask d",
            "endEvent e",
        ],
        &["s0 f", "f a", "f b", "f c", "a j", "b j", "c j", "j d", "d e"],
    );
    let mut driver = Driver::begin(&three, json!({}));
    driver.done("a", json!({}));
    let two = fork("parallelGateway", "parallelGateway");
    assert_eq!(driver.refuses(&two, json!({})), ("process.migrate_missing", "c".to_owned()));
    driver.done("c", json!({}));
    // What came from c has no way into the new join.
    assert_eq!(driver.refuses(&two, json!({})), ("process.migrate_flow", "j".to_owned()));
    let mut driver = Driver::begin(&three, json!({}));
    driver.done("a", json!({}));
    driver.done("b", json!({}));
    let mapped = json!({"nodes": {"c": "d"}});
    assert_eq!(driver.refuses(&two, mapped).0, "process.migrate_unsound");
    // Four branches of which one was never begun: the three that run cannot fill the join.
    let four = three.replace(
        "<sequenceFlow id=\"f_c\"",
        "<userTask id=\"g\"/><sequenceFlow id=\"f_g\" sourceRef=\"f\" targetRef=\"g\"/>\
         <sequenceFlow id=\"g_j\" sourceRef=\"g\" targetRef=\"j\"/><sequenceFlow id=\"f_c\"",
    );
    assert_eq!(driver.refuses(&four, json!({})).0, "process.migrate_unsound");
}

fn timed(hours: u32, more: &str) -> String {
    let boundary = format!(
        "<boundaryEvent id=\"t\" attachedToRef=\"a\" cancelActivity=\"false\"><timerEventDefinition><timeDuration>PT{hours}H</timeDuration></timerEventDefinition></boundaryEvent>"
    );
    let mut nodes = vec!["startEvent s0", "userTask a", "userTask r", "endEvent e", "endEvent e2"];
    nodes.push(&boundary);
    if !more.is_empty() {
        nodes.push(more);
    }
    let mut flows = vec!["s0 a", "a e", "t r", "r e2"];
    if !more.is_empty() {
        flows.push("m1 r");
    }
    draw(&nodes, &flows)
}

#[test]
fn a_timer_keeps_its_instant_unless_it_starts_again() {
    let mut driver = Driver::begin(&timed(10, ""), json!({}));
    let due = driver.dues();
    driver.now = driver.now.plus_us(4 * HOUR_US);
    let (timer, other) = (driver.state.subscriptions[0].id, timed(99, ""));
    driver.migrate(&other, json!({})).unwrap();
    assert_eq!((driver.dues(), driver.state.subscriptions[0].id), (due.clone(), timer));
    driver.migrate(&timed(20, ""), json!({"restart": ["t"]})).unwrap();
    assert_eq!(driver.dues(), [driver.now.plus_us(20 * HOUR_US)]);
    driver.wait(20).unwrap();
    assert_eq!(driver.tasks(), ["a", "r"]);
    // It has fired; taking the instance over does not set it anew.
    driver.migrate(&timed(30, ""), json!({})).unwrap();
    assert_eq!(driver.dues(), Vec::<Timestamp>::new());
}

#[test]
fn what_the_new_version_listens_for_is_listened_for_and_the_rest_is_not() {
    let more = "<boundaryEvent id=\"m1\" attachedToRef=\"a\" cancelActivity=\"false\"><messageEventDefinition messageRef=\"m\"/></boundaryEvent>";
    let mut driver = Driver::begin(&timed(10, ""), json!({}));
    driver.migrate(&timed(10, more), json!({})).unwrap();
    driver.message("来函", "").unwrap();
    assert_eq!(driver.tasks(), ["a", "r"]);
    let mut driver = Driver::begin(&timed(10, more), json!({}));
    driver.migrate(&timed(10, ""), json!({})).unwrap();
    assert_eq!(driver.message("来函", "").unwrap_err().code, "process.message_unexpected");
    let plain = line(&["userTask a"]);
    driver.migrate(&plain, json!({})).unwrap();
    assert!(driver.state.subscriptions.is_empty());
}

#[test]
fn an_event_that_changes_its_message_listens_for_the_new_one() {
    let drawn = |message: &str| {
        let catch = format!(
            "<intermediateCatchEvent id=\"c\"><messageEventDefinition messageRef=\"{message}\"/></intermediateCatchEvent>"
        );
        draw(&["startEvent s0", &catch, "endEvent e"], &["s0 c", "c e"])
    };
    let mut driver = Driver::begin(&drawn("m"), json!({"number": 7}));
    driver.migrate(&drawn("m2"), json!({})).unwrap();
    assert!(driver.message("来函", "").is_err());
    driver.message("回函", "7").unwrap();
    assert!(driver.ended());
}

fn repeated(sequential: bool, number: u32) -> String {
    let task = format!(
        "<userTask id=\"a\"><multiInstanceLoopCharacteristics isSequential=\"{sequential}\"><loopCardinality>{number}</loopCardinality></multiInstanceLoopCharacteristics></userTask>"
    );
    draw(&["startEvent s0", &task, "userTask b", "endEvent e"], &["s0 a", "a b", "b e"])
}

#[test]
fn turns_are_carried_or_refused() {
    let mut driver = Driver::begin(&repeated(false, 3), json!({}));
    driver.done("a", json!({}));
    let other = repeated(true, 3);
    assert_eq!(driver.refuses(&other, json!({})), ("process.migrate_repeat", "a".to_owned()));
    let single = line(&["userTask a", "userTask b"]);
    assert_eq!(driver.refuses(&single, json!({})).0, "process.migrate_repeat");
    // How many there are was settled when they began.
    driver.migrate(&repeated(false, 9), json!({})).unwrap();
    driver.done("a", json!({}));
    driver.done("a", json!({}));
    assert_eq!(driver.tasks(), ["b"]);
    let mut driver = Driver::begin(&single, json!({}));
    assert_eq!(driver.refuses(&repeated(false, 3), json!({})).0, "process.migrate_repeat");
}

fn nested(inner: &str) -> String {
    let sub = format!("<subProcess id=\"u\">{inner}</subProcess>");
    draw(&["startEvent s0", &sub, "userTask z", "endEvent e"], &["s0 u", "u z", "z e"])
}

#[test]
fn a_sub_process_goes_over_with_what_is_in_it() {
    let inner = |nodes: &[&str], flows: &[&str]| nested(&draw(nodes, flows));
    let old = inner(&["startEvent i0", "userTask a", "endEvent i9"], &["i0 a", "a i9"]);
    let mut driver = Driver::begin(&old, json!({}));
    let longer = inner(
        &["startEvent i0", "userTask a", "userTask b", "endEvent i9"],
        &["i0 a", "a b", "b i9"],
    );
    let flat = line(&["userTask a", "userTask z"]);
    assert_eq!(driver.refuses(&flat, json!({})), ("process.migrate_missing", "u".to_owned()));
    driver.migrate(&longer, json!({})).unwrap();
    driver.done("a", json!({}));
    driver.done("b", json!({}));
    assert_eq!(driver.tasks(), ["z"]);
    let mut driver = Driver::begin(&flat, json!({}));
    assert_eq!(driver.refuses(&old, json!({})), ("process.migrate_place", "a".to_owned()));
}

#[test]
fn what_can_be_undone_can_still_be_undone_or_the_instance_stays() {
    let drawn = |handler: bool| {
        let mut text = draw(
            &[
                "startEvent s0",
                "userTask a",
                "userTask b",
                "<endEvent id=\"e\"><compensateEventDefinition/></endEvent>",
            ],
            &["s0 a", "a b", "b e"],
        );
        if handler {
            text += "<boundaryEvent id=\"k\" attachedToRef=\"a\"><compensateEventDefinition/></boundaryEvent>\
                <userTask id=\"h\" isForCompensation=\"true\"/><association id=\"as\" sourceRef=\"k\" targetRef=\"h\"/>";
        }
        text
    };
    let mut driver = Driver::begin(&drawn(true), json!({}));
    driver.done("a", json!({}));
    assert_eq!(driver.refuses(&drawn(false), json!({})), ("process.migrate_undo", "a".to_owned()));
    let renamed = drawn(true).replace("id=\"h\"", "id=\"h2\"").replace("=\"h\"", "=\"h2\"");
    driver.migrate(&renamed, json!({})).unwrap();
    driver.done("b", json!({}));
    // In the middle of undoing.
    driver.migrate(&drawn(true), json!({"nodes": {"h2": "h"}})).unwrap();
    driver.done("h", json!({}));
    assert!(driver.ended());
}

#[test]
fn ended_and_foreign_instances_are_not_taken_over() {
    let drawn = line(&["userTask a"]);
    let mut driver = Driver::new(&drawn);
    assert_eq!(driver.refuses(&drawn, json!({})).0, "process.not_started");
    driver.start(json!({})).unwrap();
    driver.now = driver.now.plus_us(-1);
    assert_eq!(driver.refuses(&drawn, json!({})).0, "process.clock_set_back");
    driver.now = driver.now.plus_us(1);
    driver.done("a", json!({}));
    assert_eq!(driver.refuses(&drawn, json!({})).0, "process.ended");
    let other = deploy(document(&drawn).replace("\"p\"", "\"q\"").as_bytes(), &Tiny).unwrap();
    let refused = Migration::new(&driver.definition, &other.definitions[0], &Mapping::default());
    assert_eq!(refused.err().unwrap().code, "process.other_definition");
}
