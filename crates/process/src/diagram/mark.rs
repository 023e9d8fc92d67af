//! Signs within shapes: what an event waits for or tells, what kind of task it is, how an activity
//! is repeated. Drawn as paths, so that no font decides what they look like.
//!
//! Must not know: where a shape stands but for its middle and its size.

use flow::process::{Element, Space};
use std::fmt::Write as _;

/// Room one marker takes at the foot of an activity.
const MARKER: f64 = 16.0;

/// A path in a square from -10 to 10 about the middle, and whether it is filled.
struct Sign {
    path: &'static str,
    filled: bool,
}

const fn line(path: &'static str) -> Sign {
    Sign { path, filled: false }
}

const fn solid(path: &'static str) -> Sign {
    Sign { path, filled: true }
}

/// Writes a sign of a class about a point; `half` is half its size.
fn write(out: &mut String, class: &str, sign: &Sign, (x, y): (f64, f64), half: f64) {
    let scale = half / 10.0;
    let fill = if sign.filled { " fill=\"currentColor\"" } else { "" };
    let _ = write!(
        out,
        "<path class=\"m-{class}\" transform=\"translate({x:.1} {y:.1}) scale({scale:.2})\" d=\"{}\" stroke-width=\"{:.1}\" stroke-linejoin=\"round\"{fill}/>",
        sign.path,
        1.2 / scale.max(0.1)
    );
}

/// What an event waits for or tells: its kind and the sign, filled for one that tells.
pub(super) fn event(out: &mut String, element: &Element, at: (f64, f64), radius: f64) {
    let mut kinds = element
        .elements()
        .filter(|child| child.space == Space::Bpmn && child.local().ends_with("EventDefinition"));
    let (Some(kind), rest) = (kinds.next(), kinds.next()) else { return };
    let tells = matches!(element.local(), "endEvent" | "intermediateThrowEvent");
    let (class, path) = match (rest.is_some(), kind.local()) {
        (true, _) => ("multiple", "M0 -9L8.6 -2.8L5.3 7.3H-5.3L-8.6 -2.8Z"),
        (_, "messageEventDefinition") => ("message", "M-9 -6H9V6H-9ZM-9 -6L0 1L9 -6"),
        (_, "timerEventDefinition") => {
            ("timer", "M9 0A9 9 0 1 1 -9 0A9 9 0 1 1 9 0M0 -6V0L4 3M0 -9V-7M0 9V7M9 0H7M-9 0H-7")
        }
        (_, "signalEventDefinition") => ("signal", "M0 -8L9 7H-9Z"),
        (_, "errorEventDefinition") => ("error", "M-8 8L-3 -6L3 2L8 -8L3 7L-3 0Z"),
        (_, "escalationEventDefinition") => ("escalation", "M0 -9L7 8L0 1L-7 8Z"),
        (_, "conditionalEventDefinition") => {
            ("conditional", "M-7 -9H7V9H-7ZM-4 -5H4M-4 -1.7H4M-4 1.7H4M-4 5H4")
        }
        (_, "compensateEventDefinition") => ("compensation", "M-9 0L0 -6V6ZM0 0L9 -6V6Z"),
        (_, "linkEventDefinition") => ("link", "M-9 -3H2V-8L9 0L2 8V3H-9Z"),
        (_, "terminateEventDefinition") => {
            ("terminate", "M9.5 0A9.5 9.5 0 1 1 -9.5 0A9.5 9.5 0 1 1 9.5 0Z")
        }
        (_, "cancelEventDefinition") => {
            ("cancel", "M-8 -5L-5 -8L0 -3L5 -8L8 -5L3 0L8 5L5 8L0 3L-5 8L-8 5L-3 0Z")
        }
        _ => return,
    };
    // The lines within an envelope, a clock or a page would be lost in a filled one.
    let open = matches!(class, "timer" | "conditional") || (class == "message" && !tells);
    let sign = if (tells || class == "terminate") && !open { solid(path) } else { line(path) };
    write(out, class, &sign, at, radius * 0.55);
    if class == "message" && sign.filled {
        let (x, y) = at;
        let _ = write!(
            out,
            "<path class=\"c-tint--flap\" transform=\"translate({x:.1} {y:.1}) scale({:.2})\" d=\"M-9 -6L0 1L9 -6\" stroke-width=\"2\"/>",
            radius * 0.055
        );
    }
}

/// The kind of a task, in its upper left corner.
pub(super) fn task(out: &mut String, local: &str, at: (f64, f64)) {
    let (class, sign) = match local {
        "userTask" => {
            ("user", line("M4 -5A4 4 0 1 1 -4 -5A4 4 0 1 1 4 -5ZM-8 9V5Q-8 0 -3 0H3Q8 0 8 5V9Z"))
        }
        "manualTask" => (
            "manual",
            line(
                "M-9 2Q-9 -7 -4 -7H5Q7 -7 7 -5Q7 -3.5 5 -3.5H0M0 -3.5H8Q9.5 -3.5 9.5 -1.8Q9.5 0 8 0H0M0 0H7Q8.5 0 8.5 1.7Q8.5 3.3 7 3.3H0M0 3.3H5.5Q7 3.3 7 5Q7 7 5.5 7H-3Q-9 7 -9 2",
            ),
        ),
        "serviceTask" => (
            "service",
            line(
                "M-2 -9H2V-6L4.5 -5L7 -7L9 -4.5L7 -2.3L8 0L9.5 1V4L6 4.5L5 6L6 9L3 9.5L1 7H-1L-3 9.5L-6 9L-5 6L-6 4.5L-9.5 4V1L-8 0L-7 -2.3L-9 -4.5L-7 -7L-4.5 -5L-2 -6ZM3 1A3 3 0 1 1 -3 1A3 3 0 1 1 3 1Z",
            ),
        ),
        "businessRuleTask" => {
            ("rule", line("M-9 -7H9V7H-9ZM-9 -3H9M-9 2H9M-3 -3V7M-9 -5.4H9M-9 -4.2H9"))
        }
        "scriptTask" => (
            "script",
            line(
                "M-4 -9H8Q4 -4 6 0Q8 5 4 9H-8Q-4 5 -6 0Q-8 -5 -4 -9ZM-3 -5H3M-3 -1.5H3M-2 2H4M-3 5.5H3",
            ),
        ),
        "sendTask" => ("send", solid("M-9 -6H9L0 0ZM-9 -4.2L0 1.8L9 -4.2V7H-9Z")),
        "receiveTask" => ("receive", line("M-9 -6H9V7H-9ZM-9 -6L0 1L9 -6")),
        _ => return,
    };
    write(out, class, &sign, at, 7.0);
}

/// How an activity is repeated, undone or held together: in a row about a point at its foot.
/// `collapsed` is a sub-process drawn without what it holds.
pub(super) fn activity(out: &mut String, element: &Element, (x, y): (f64, f64), collapsed: bool) {
    let mut signs: Vec<(&str, Sign)> = Vec::new();
    for part in element.elements().filter(|part| part.space == Space::Bpmn) {
        match part.local() {
            "standardLoopCharacteristics" => {
                signs.push(("loop", line("M-3 8A8 8 0 1 1 5 6M-8 8H-3V3")));
            }
            "multiInstanceLoopCharacteristics" if part.get("isSequential") == Some("true") => {
                signs.push(("sequential", line("M-8 -6H8M-8 0H8M-8 6H8")));
            }
            "multiInstanceLoopCharacteristics" => {
                signs.push(("parallel", line("M-6 -8V8M0 -8V8M6 -8V8")));
            }
            _ => {}
        }
    }
    if element.get("isForCompensation") == Some("true") {
        signs.push(("undo", line("M-9 0L0 -7V7ZM0 0L9 -7V7Z")));
    }
    if collapsed {
        signs.push(("collapsed", line("M-9 -9H9V9H-9ZM0 -6V6M-6 0H6")));
    }
    if element.local() == "adHocSubProcess" {
        signs.push(("adhoc", line("M-9 3Q-5 -6 0 0Q5 6 9 -3")));
    }
    let left = x - MARKER * (signs.len() as f64 - 1.0) / 2.0;
    for (at, (class, sign)) in signs.iter().enumerate() {
        write(out, class, sign, (left + MARKER * at as f64, y), 6.0);
    }
}

/// The sign in a gateway.
pub(super) fn gateway(out: &mut String, element: &Element, at: (f64, f64), half: f64) {
    let circle = "M9 0A9 9 0 1 1 -9 0A9 9 0 1 1 9 0";
    let (class, path, width) = match element.local() {
        "exclusiveGateway" => ("exclusive", "M-6 -7.5L6 7.5M6 -7.5L-6 7.5", 3.0),
        "parallelGateway" => ("plus", "M-9 0H9M0 -9V9", 3.0),
        "inclusiveGateway" => ("inclusive", circle, 2.5),
        "complexGateway" => ("complex", "M-9 0H9M0 -9V9M-6.5 -6.5L6.5 6.5M6.5 -6.5L-6.5 6.5", 2.5),
        _ => ("event-based", "M0 -5L4.8 -1.5L2.9 4H-2.9L-4.8 -1.5Z", 1.2),
    };
    let (x, y) = at;
    let scale = half * 0.48 / 10.0;
    let _ = write!(
        out,
        "<path class=\"m-{class}\" transform=\"translate({x:.1} {y:.1}) scale({scale:.2})\" d=\"{path}\" stroke-width=\"{:.1}\"/>",
        width / scale.max(0.1)
    );
    if element.local() == "eventBasedGateway" {
        let once = element.get("instantiate") == Some("true");
        let radii: &[f64] = if once { &[0.5] } else { &[0.5, 0.4] };
        for radius in radii {
            let r = half * radius;
            let _ = write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\"/>");
        }
    }
}
