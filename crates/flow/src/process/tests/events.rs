//! Events: awaited, on the edge, thrown, starting sub-processes and instances.

use super::*;
use kernel::time::DAY_US;

fn catch(id: &str, inner: &str) -> String {
    format!("<intermediateCatchEvent id=\"{id}\">{inner}</intermediateCatchEvent>")
}

fn throw(id: &str, inner: &str) -> String {
    format!("<intermediateThrowEvent id=\"{id}\">{inner}</intermediateThrowEvent>")
}

fn end(id: &str, inner: &str) -> String {
    format!("<endEvent id=\"{id}\">{inner}</endEvent>")
}

fn edge(id: &str, on: &str, inner: &str) -> String {
    format!("<boundaryEvent id=\"{id}\" attachedToRef=\"{on}\">{inner}</boundaryEvent>")
}

fn beside(id: &str, on: &str, inner: &str) -> String {
    edge(id, on, inner).replace("<boundaryEvent ", "<boundaryEvent cancelActivity=\"false\" ")
}

fn timer(text: &str) -> String {
    let kind = if text.starts_with('R') {
        "timeCycle"
    } else if text.starts_with(|c: char| c.is_ascii_digit()) {
        "timeDate"
    } else {
        "timeDuration"
    };
    format!("<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>")
}

const MESSAGE: &str = "<messageEventDefinition messageRef=\"m\"/>";
const REPLY: &str = "<messageEventDefinition messageRef=\"m2\"/>";
const SIGNAL: &str = "<signalEventDefinition signalRef=\"s\"/>";
const ERROR: &str = "<errorEventDefinition errorRef=\"err\"/>";
const ANY_ERROR: &str = "<errorEventDefinition/>";
const ESCALATION: &str = "<escalationEventDefinition escalationRef=\"esc\"/>";
const WET: &str =
    "<conditionalEventDefinition><condition>water &gt; 3</condition></conditionalEventDefinition>";

fn signal(driver: &mut Driver) -> Result<(), Error> {
    driver.act(&Command::BroadcastSignal { name: "汛情".to_owned(), variables: vars(json!({})) })
}

#[test]
fn a_timer_is_due_after_its_duration_and_not_before() {
    for (text, hours) in [
        ("PT2H", 2),
        ("P1DT1H", 25),
        ("2026-09-15T08:00:00", 24),
        ("2026-09-15T00:00:00Z", 24),
        ("limit", 3),
        ("P1M", 30 * 24),
    ] {
        let drawing =
            draw(&["startEvent s0", &catch("c", &timer(text)), "endEvent e"], &["s0 c", "c e"]);
        let mut driver = Driver::begin(&drawing, json!({"limit": "PT3H"}));
        let due = MONDAY.plus_hours(hours);
        assert!(
            matches!(driver.effects[0], Effect::SetTimer { due: at, .. } if at == due),
            "{text}"
        );
        assert_eq!(driver.wait(hours - 1).unwrap_err().code, "process.timer_early");
        driver.wait(1).unwrap();
        assert!(driver.ended());
    }
}

#[test]
fn messages_find_their_conversation() {
    let drawing = draw(&["startEvent s0", &catch("c", REPLY), "endEvent e"], &["s0 c", "c e"]);
    let mut driver = Driver::begin(&drawing, json!({"number": "豫1"}));
    assert_eq!(driver.message("回函", "豫2").unwrap_err().code, "process.message_unexpected");
    assert_eq!(driver.message("来函", "豫1").unwrap_err().code, "process.message_unexpected");
    driver.message("回函", "豫1").unwrap();
    assert!(driver.ended());
    assert_eq!(driver.message("回函", "豫1").unwrap_err().code, "process.ended");
}

#[test]
fn signals_reach_every_one_that_waits_within_and_without() {
    let drawing = draw(
        &[
            "startEvent s0",
            &catch("c1", SIGNAL),
            &catch("c2", SIGNAL),
            "userTask t",
            &end("e", SIGNAL),
        ],
        &["s0 c1", "s0 c2", "s0 t", "t e"],
    );
    let mut driver = Driver::begin(&drawing, json!({}));
    signal(&mut driver).unwrap();
    assert_eq!(driver.state.tokens.len(), 1);
    assert_eq!(signal(&mut driver).unwrap_err().code, "process.signal_unexpected");
    let mut driver = Driver::begin(&drawing, json!({}));
    driver.done("t", json!({}));
    assert_eq!(driver.sent, ["汛情"]);
    assert!(driver.ended());
}

#[test]
fn the_first_event_after_an_event_gateway_wins() {
    let drawing = draw(
        &[
            "startEvent s0",
            "eventBasedGateway g",
            &catch("c1", MESSAGE),
            &catch("c2", &timer("P5D")),
            "receiveTask c3 messageRef=m2",
            "userTask a",
            "userTask b",
            "userTask c",
            "endEvent e",
        ],
        &["s0 g", "g c1", "g c2", "g c3", "c1 a", "c2 b", "c3 c", "a e", "b e", "c e"],
    );
    let begin = || Driver::begin(&drawing, json!({"number": "1"}));
    let mut driver = begin();
    driver.message("来函", "").unwrap();
    assert_eq!(driver.tasks(), ["a"]);
    assert_eq!(driver.open.len(), 1);
    let mut driver = begin();
    driver.wait(5 * 24).unwrap();
    assert_eq!(driver.tasks(), ["b"]);
    let mut driver = begin();
    driver.message("回函", "1").unwrap();
    assert_eq!(driver.tasks(), ["c"]);
}

#[test]
fn conditions_fire_when_they_become_true() {
    let drawing = draw(
        &[
            "startEvent s0",
            "userTask t",
            &beside("b", "t", WET),
            "userTask w",
            "userTask u",
            &catch("c", WET),
            "endEvent e",
        ],
        &["s0 t", "b w", "t u", "s0 c", "c e", "u e", "w e"],
    );
    let mut driver = Driver::begin(&drawing, json!({"water": 1}));
    assert_eq!(driver.tasks(), ["t"]);
    driver.done("t", json!({"water": 5}));
    assert_eq!(driver.tasks(), ["u"]);
    // Met on arrival passes; met already on the edge does not fire.
    let driver = Driver::begin(&drawing, json!({"water": 9}));
    assert_eq!(driver.tasks(), ["t"]);
    assert_eq!(driver.state.tokens.len(), 1);
}

#[test]
fn an_event_on_the_edge_ends_the_activity_or_runs_beside_it() {
    let sub = format!(
        "<subProcess id=\"t\">{}</subProcess>",
        draw(&["startEvent s1", "userTask a"], &["s1 a"])
    );
    for (definition, is_timer) in [(timer("P2D"), true), (MESSAGE.to_owned(), false)] {
        for ends in [true, false] {
            let event =
                if ends { edge("b", "t", &definition) } else { beside("b", "t", &definition) };
            let drawing = draw(
                &["startEvent s0", &sub, &event, "userTask late", "endEvent e"],
                &["s0 t", "b late", "t e"],
            );
            let mut driver = Driver::begin(&drawing, json!({}));
            match is_timer {
                true => driver.wait(48).unwrap(),
                false => driver.message("来函", "").unwrap(),
            }
            let expected: &[&str] = if ends { &["late"] } else { &["a", "late"] };
            assert_eq!(driver.tasks(), expected);
            if !ends {
                driver.done("a", json!({}));
            }
            driver.done("late", json!({}));
            assert!(driver.ended());
        }
    }
}

#[test]
fn a_repeated_timer_reminds_as_often_as_said_and_makes_up_for_nothing() {
    let drawing = draw(
        &[
            "startEvent s0",
            "userTask t",
            &beside("b", "t", &timer("R2/P1D")),
            "sendTask q messageRef=m",
        ],
        &["s0 t", "b q"],
    );
    let mut driver = Driver::begin(&drawing, json!({}));
    // The platform stood still for ten days.
    driver.wait(240).unwrap();
    let next = driver.now.plus_us(DAY_US);
    assert!(
        driver
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::SetTimer { due, .. } if *due == next))
    );
    driver.wait(24).unwrap();
    assert_eq!(driver.sent.len(), 2);
    assert_eq!(driver.wait(24).unwrap_err().code, "process.timer_gone");
    driver.done("t", json!({}));
    assert!(driver.ended());
}

#[test]
fn errors_go_to_the_nearest_who_names_them() {
    let inner = draw(&["startEvent s1", "serviceTask j", &end("x", ERROR)], &["s1 j", "j x"]);
    let sub = format!("<subProcess id=\"sub\">{inner}</subProcess>");
    let drawing = draw(
        &[
            "startEvent s0",
            &sub,
            &edge("b1", "sub", ANY_ERROR),
            &edge("b2", "sub", ERROR),
            "userTask any",
            "userTask e1",
            "endEvent e",
        ],
        &["s0 sub", "b1 any", "b2 e1", "sub e"],
    );
    let mut driver = Driver::begin(&drawing, json!({}));
    let job = driver.at("j");
    let mut other = driver.clone();
    driver.act(&Command::CompleteJob { job, variables: vars(json!({})) }).unwrap();
    assert_eq!(driver.tasks(), ["e1"]);
    other.act(&Command::FailJob { job, code: "E9".to_owned() }).unwrap();
    assert_eq!(other.tasks(), ["any"]);
    // Nobody handles it.
    let drawing = draw(&["startEvent s0", "serviceTask j", "userTask t"], &["s0 j", "s0 t"]);
    let mut driver = Driver::begin(&drawing, json!({}));
    let job = driver.at("j");
    driver.act(&Command::FailJob { job, code: "E9".to_owned() }).unwrap();
    assert_eq!(driver.state.status, Status::Failed("E9".to_owned()));
}

#[test]
fn an_escalation_may_leave_the_work_running() {
    let inner = draw(&["startEvent s1", &throw("x", ESCALATION), "userTask a"], &["s1 x", "x a"]);
    let sub = format!("<subProcess id=\"sub\">{inner}</subProcess>");
    for (ends, tasks) in [(false, vec!["head", "a"]), (true, vec!["head"])] {
        let event =
            if ends { edge("b", "sub", ESCALATION) } else { beside("b", "sub", ESCALATION) };
        let drawing =
            draw(&["startEvent s0", &sub, &event, "userTask head"], &["s0 sub", "b head"]);
        let mut found = Driver::begin(&drawing, json!({})).tasks().join(" ");
        if found == "a head" {
            found = "head a".to_owned();
        }
        assert_eq!(found, tasks.join(" "));
    }
    // Unhandled it is nothing.
    let drawing = draw(&["startEvent s0", &throw("x", ESCALATION), "userTask a"], &["s0 x", "x a"]);
    assert_eq!(Driver::begin(&drawing, json!({})).tasks(), ["a"]);
}

#[test]
fn links_lead_on() {
    let link = "<linkEventDefinition name=\"续\"/>";
    let drawing = draw(
        &["startEvent s0", &throw("x", link), &catch("y", link), "userTask a"],
        &["s0 x", "y a"],
    );
    // A catching link is reached by its throwing one alone.
    assert_eq!(Driver::begin(&drawing, json!({})).tasks(), ["a"]);
}

fn handler(id: &str, start: &str, task: &str, interrupting: bool) -> String {
    let start =
        format!("<startEvent id=\"{id}s\" isInterrupting=\"{interrupting}\">{start}</startEvent>");
    let task = format!("userTask {task}");
    let inner = draw(&[&start, &task], &[&format!("{id}s {}", &task[9..])]);
    format!("<subProcess id=\"{id}\" triggeredByEvent=\"true\">{inner}</subProcess>")
}

#[test]
fn event_sub_processes_handle_what_comes_in_their_scope() {
    let mut triggers = vec![(MESSAGE, "message"), (SIGNAL, "signal"), (WET, "condition")];
    let due = timer("P1D");
    triggers.push((&due, "timer"));
    for (trigger, kind) in triggers {
        for interrupting in [true, false] {
            let drawing = draw(
                &[
                    "startEvent s0",
                    "userTask a",
                    "userTask b",
                    &handler("h", trigger, "help", interrupting),
                ],
                &["s0 a", "s0 b"],
            );
            let mut driver = Driver::begin(&drawing, json!({"water": 0}));
            match kind {
                "message" => driver.message("来函", "").unwrap(),
                "signal" => signal(&mut driver).unwrap(),
                "timer" => driver.wait(24).unwrap(),
                _ => driver.done("b", json!({"water": 4})),
            }
            let mut left = driver.tasks().join(" ");
            if kind == "condition" && !interrupting {
                left = left.replace("a help", "a b help");
            }
            assert_eq!(left, if interrupting { "help" } else { "a b help" }, "{kind}");
            while let Some(task) = driver.tasks().first().map(|task| (*task).to_owned()) {
                driver.done(&task, json!({}));
            }
            assert!(driver.ended());
        }
    }
}

#[test]
fn an_event_sub_process_handles_errors_but_not_its_own() {
    let drawing = draw(
        &[
            "startEvent s0",
            "serviceTask j",
            "userTask t",
            &handler("h", ANY_ERROR, "mend", true).replace("userTask", "serviceTask"),
        ],
        &["s0 j", "s0 t"],
    );
    let mut driver = Driver::begin(&drawing, json!({}));
    let job = driver.at("j");
    driver.act(&Command::FailJob { job, code: "E1".to_owned() }).unwrap();
    let job = driver.at("mend");
    driver.act(&Command::FailJob { job, code: "E2".to_owned() }).unwrap();
    assert_eq!(driver.state.status, Status::Failed("E2".to_owned()));
}

#[test]
fn a_process_starts_by_message_or_timer() {
    let start = format!("<startEvent id=\"sm\">{MESSAGE}</startEvent>");
    let clock = format!("<startEvent id=\"st\">{}</startEvent>", timer("R/P1D"));
    let drawing = draw(&[&start, &clock, "userTask a", "userTask b"], &["sm a", "st b"]);
    assert_eq!(Driver::new(&drawing).start(json!({})).unwrap_err().code, "process.start_unknown");
    for (id, task) in [("sm", "a"), ("st", "b")] {
        let mut driver = Driver::new(&drawing);
        assert_eq!(driver.definition.starts().count(), 2);
        let (instance, start) = ("案".to_owned(), Some(id.to_owned()));
        driver.act(&Command::Start { instance, start, variables: vars(json!({})) }).unwrap();
        assert_eq!(driver.tasks(), [task]);
    }
}

#[test]
fn times_are_read_as_iso_8601_writes_them() {
    use crate::process::due;
    let at = |text: &str| due(text, MONDAY).map(|due| due.at.rfc3339());
    assert_eq!(at("P1Y2M").unwrap(), "2027-11-14T08:00:00+08:00");
    assert_eq!(at("P1W").unwrap(), "2026-09-21T08:00:00+08:00");
    assert_eq!(at("PT90M").unwrap(), "2026-09-14T09:30:00+08:00");
    assert_eq!(at("PT1.5H").unwrap(), "2026-09-14T09:30:00+08:00");
    assert_eq!(at("2026-10-01").unwrap(), "2026-10-01T00:00:00+08:00");
    assert_eq!(at("R3/2026-10-01T09:00:00/P1D").unwrap(), "2026-10-01T09:00:00+08:00");
    for wrong in [
        "",
        "P",
        "PT",
        "P1H",
        "PT1D",
        "P-1D",
        "1D",
        "P1DT",
        "P999999999999D",
        "P1000Y",
        "R/PT0S",
        "R0/P1D",
        "R/P",
        "R3/P1D/P1D/P1D",
        "2026-13-01",
        "2026-10-01T09:00:00[Mars/Olympus]",
        "99999999999999999999",
        "P1D2D",
        "P.5D",
        "R4294967296/P1D",
        "\u{0}",
    ] {
        assert!(at(wrong).is_none(), "{wrong}");
    }
}
