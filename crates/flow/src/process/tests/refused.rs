//! Models that are not deployed, each by its rule and place.

use super::*;
use crate::process::{MESSAGES, refusal};

/// The drawing breaks the rule, at the element.
fn breaks(inner: &str, rule: &str, element: &str) {
    let findings = broken(inner);
    let found = findings.iter().find(|finding| finding.rule == rule);
    let found = found.unwrap_or_else(|| panic!("{rule}: {findings:#?}"));
    assert_eq!(found.element, element, "{rule}");
    for finding in &findings {
        assert!(MESSAGES.iter().any(|(code, _, _)| *code == finding.rule), "{}", finding.rule);
        assert!(finding.place.line > 0, "{} has no line", finding.rule);
    }
    let error = refusal(&findings);
    assert_eq!((error.code, error.fields.len()), ("process.model", findings.len()));
}

#[test]
fn what_lies_outside_the_subset() {
    let one = |node: &str| draw(&["startEvent s0", node, "endEvent e"], &["s0 x", "x e"]);
    let event = |inner: &str| {
        one(&format!("<intermediateCatchEvent id=\"x\">{inner}</intermediateCatchEvent>"))
    };
    let timer = |name: &str, text: &str| {
        event(&format!("<timerEventDefinition><{name}>{text}</{name}></timerEventDefinition>"))
    };
    let cases = [
        (one("complexGateway x"), "process.complex_gateway"),
        (one("transaction x"), "process.transaction"),
        (one("choreographyTask x"), "process.choreography"),
        (one("conversation x"), "process.element_unsupported"),
        (one("userTask x startQuantity=2"), "process.quantity"),
        (one("userTask x completionQuantity=0"), "process.quantity"),
        (
            one("<scriptTask id=\"x\" scriptFormat=\"javascript\"><script>1</script></scriptTask>"),
            "process.language",
        ),
        (one("<scriptTask id=\"x\"/>"), "process.expression_missing"),
        (one("<scriptTask id=\"x\"><script>)(</script></scriptTask>"), "process.expression_wrong"),
        (one("callActivity x"), "process.call_missing"),
        (one("callActivity x calledElement=p"), "process.call_cycle"),
        (one("receiveTask x messageRef=none"), "process.reference"),
        (one("intermediateCatchEvent x"), "process.event_kind"),
        (event("<errorEventDefinition errorRef=\"err\"/>"), "process.event_kind"),
        (event("<timerEventDefinition/>"), "process.timer_missing"),
        (
            event("<timerEventDefinition><timeCycle>P1D</timeCycle></timerEventDefinition>"),
            "process.timer_missing",
        ),
        (timer("timeDuration", "-PT1H"), "process.timer_missing"),
        (timer("timeDuration", "P9000Y"), "process.timer_missing"),
        (timer("timeDuration", "PT1H30"), "process.timer_missing"),
        (timer("timeDate", "2026-02-30T00:00:00+08:00"), "process.timer_missing"),
        (timer("timeCycle", "R0/PT1H"), "process.timer_missing"),
        (timer("timeCycle", "R/PT0S"), "process.timer_missing"),
        (
            event(
                "<signalEventDefinition signalRef=\"s\"/><messageEventDefinition messageRef=\"m\"/>",
            ),
            "process.event_multiple",
        ),
        (one("eventBasedGateway x"), "process.event_gateway"),
        (one("<userTask id=\"x\"><multiInstanceLoopCharacteristics/></userTask>"), "process.loop"),
        (one("<userTask id=\"x\"><standardLoopCharacteristics/></userTask>"), "process.loop"),
        (one("subProcess x"), "process.start_sub"),
        (one("subProcess x triggeredByEvent=true"), "process.start_event_sub"),
        (one("boundaryEvent x attachedToRef=nothing"), "process.boundary_dangling"),
        (one("exclusiveGateway x default=none"), "process.default_dangling"),
    ];
    for (drawing, rule) in cases {
        breaks(&drawing, rule, "x");
    }
    let multiple = event("<signalEventDefinition signalRef=\"s\"/>")
        .replace("<intermediateCatchEvent ", "<intermediateCatchEvent parallelMultiple=\"true\" ");
    breaks(&multiple, "process.event_multiple", "x");
}

#[test]
fn what_is_drawn_wrongly() {
    breaks(&draw(&["userTask a"], &[]), "process.start_missing", "p");
    breaks(
        &draw(&["startEvent s0", "startEvent s1", "userTask a"], &["s0 a"]),
        "process.start_many",
        "s1",
    );
    breaks(
        &draw(&["startEvent s0", "userTask a"], &["s0 a", "a gone"]),
        "process.flow_dangling",
        "a_gone",
    );
    breaks(
        &draw(&["startEvent s0", "userTask a", "userTask a"], &["s0 a"]),
        "process.id_duplicate",
        "a",
    );
    breaks(&draw(&["startEvent s0", "<userTask/>"], &[]), "process.id_missing", "userTask");
    breaks(
        &draw(&["startEvent s0", "userTask a", "userTask b"], &["s0 a"]),
        "process.unreachable",
        "b",
    );
    breaks(&draw(&["startEvent s0", "userTask a"], &["s0 a", "a s0"]), "process.flow_wrong", "s0");
    breaks(
        &draw(
            &["startEvent s0", "exclusiveGateway x", "userTask a", "userTask b"],
            &["s0 x", "x a n = 1", "x b"],
        ),
        "process.condition_missing",
        "x",
    );
    breaks(
        &draw(&["startEvent s0", "parallelGateway x", "userTask a"], &["s0 x", "x a n = 1"]),
        "process.condition_here",
        "x",
    );
    for trigger in [
        "<signalEventDefinition signalRef=\"s\"/>",
        "<conditionalEventDefinition><condition>n = 9</condition></conditionalEventDefinition>",
        "<errorEventDefinition errorRef=\"err\"/>",
    ] {
        let start = format!("<startEvent id=\"x\">{trigger}</startEvent>");
        let drawing = draw(&[&start, "userTask a", "endEvent e"], &["x a", "a e"]);
        breaks(&drawing, "process.start_event", "x");
    }
    let sub = format!(
        "<subProcess id=\"sub\">{}</subProcess>",
        draw(&["startEvent s1", "userTask a"], &["s1 a"])
    );
    breaks(
        &draw(&["startEvent s0", &sub, "userTask b"], &["s0 sub", "b a"]),
        "process.flow_crosses",
        "b_a",
    );
    let finding =
        &broken(&draw(&["startEvent s0", "\n  <complexGateway id=\"x\"/>"], &["s0 x"]))[0];
    assert!(finding.place.line > 6 || finding.place.column > 1, "{finding:?}");
}

#[test]
fn models_that_get_stuck_or_meet_unjoined_are_shown_the_way() {
    let fork = ["startEvent s0", "parallelGateway f", "userTask a", "userTask b", "userTask z"];
    // Two branches meet without a join.
    let drawing = draw(&fork, &["s0 f", "f a", "f b", "a z", "b z"]);
    let finding = &broken(&drawing)[0];
    assert_eq!((finding.rule, finding.element.as_str()), ("process.sound_sync", "z"));
    assert_eq!(finding.path.first().map(String::as_str), Some("s0"));
    assert!(finding.path.contains(&"f".to_owned()));
    // One branch joined with another that was not taken.
    let drawing = draw(
        &[
            "startEvent s0",
            "exclusiveGateway x default=x_b",
            "userTask a",
            "userTask b",
            "parallelGateway j",
            "endEvent e",
        ],
        &["s0 x", "x a n = 1", "x b", "a j", "b j", "j e"],
    );
    breaks(&drawing, "process.sound_deadlock", "j");
    // No way leads to an end.
    let drawing = draw(
        &["startEvent s0", "exclusiveGateway x", "userTask a", "userTask b"],
        &["s0 x", "x a", "a b", "b x"],
    );
    breaks(&drawing, "process.sound_no_end", "x");
    // A side exit of a parallel block.
    let drawing = draw(
        &[
            "startEvent s0",
            "parallelGateway f",
            "userTask a",
            "exclusiveGateway x default=x_j",
            "parallelGateway j",
            "endEvent e",
            "endEvent e2",
        ],
        &["s0 f", "f a", "f x", "x e2 n = 1", "x j", "a j", "j e"],
    );
    breaks(&drawing, "process.sound_deadlock", "j");
    // An inclusive join without its split.
    let drawing = draw(
        &[
            "startEvent s0",
            "exclusiveGateway x default=x_b",
            "userTask a",
            "userTask b",
            "inclusiveGateway j",
            "endEvent e",
        ],
        &["s0 x", "x a n = 1", "x b", "a j", "b j", "j e"],
    );
    breaks(&drawing, "process.inclusive_block", "j");
}

#[test]
fn large_models_are_refused_or_proved_in_time() {
    let chain = |length: usize| {
        let nodes: String = (0..length).map(|nth| format!("<userTask id=\"t{nth}\"/>")).collect();
        let flow = |nth: usize| {
            format!("<sequenceFlow id=\"f{nth}\" sourceRef=\"t{}\" targetRef=\"t{nth}\"/>", nth - 1)
        };
        let flows: String = (1..length).map(flow).collect();
        format!(
            "<startEvent id=\"s0\"/><sequenceFlow id=\"f0\" sourceRef=\"s0\" targetRef=\"t0\"/>{nodes}{flows}"
        )
    };
    assert!(broken(&chain(900)).is_empty());
    breaks(&chain(2_100), "process.limit_nodes", "t1999");
    assert!(broken(&chain(100_000))[0].rule.starts_with("process.limit_"));
    // Thirty choices side by side are proved without trying all their combinations.
    let branch = |nth: usize| {
        draw(
            &[
                &format!("exclusiveGateway x{nth} default=x{nth}_b{nth}"),
                &format!("userTask a{nth}"),
                &format!("userTask b{nth}"),
                &format!("endEvent e{nth}"),
            ],
            &[
                &format!("f x{nth}"),
                &format!("x{nth} a{nth} n = 1"),
                &format!("x{nth} b{nth}"),
                &format!("a{nth} e{nth}"),
                &format!("b{nth} e{nth}"),
            ],
        )
    };
    let many: String = (0..30).map(branch).collect();
    let drawing = draw(&["startEvent s0", "parallelGateway f"], &["s0 f"]) + &many;
    assert!(broken(&drawing).is_empty());
}

#[test]
fn every_code_has_one_sentence_in_each_language() {
    for pair in MESSAGES.windows(2) {
        assert!(pair[0].0 < pair[1].0, "{} is out of order", pair[1].0);
    }
    for (code, zh, en) in MESSAGES {
        assert!(code.starts_with("process.") && !zh.is_empty() && !en.is_empty());
    }
}

#[test]
fn every_code_used_has_a_sentence_and_none_is_unused() {
    let sources = [
        include_str!("../check.rs"),
        include_str!("../finding.rs"),
        include_str!("../mod.rs"),
        include_str!("../read.rs"),
        include_str!("../read/detail.rs"),
        include_str!("../sound.rs"),
        include_str!("../xml.rs"),
        include_str!("../engine/mod.rs"),
        include_str!("../engine/commands.rs"),
        include_str!("../engine/flow.rs"),
        include_str!("../engine/migrate.rs"),
        include_str!("../engine/migrate/places.rs"),
        include_str!("../engine/relocate.rs"),
        include_str!("../engine/reopen.rs"),
        include_str!("../engine/repeat.rs"),
        include_str!("../engine/turns.rs"),
        include_str!("../engine/values.rs"),
    ];
    let mut used: Vec<&str> = Vec::new();
    for source in sources {
        let parts = source.split('"').filter(|part| part.starts_with("process."));
        used.extend(
            parts.filter(|part| part.chars().all(|c| c.is_ascii_lowercase() || "._".contains(c))),
        );
    }
    used.sort_unstable();
    used.dedup();
    let told: Vec<&str> = MESSAGES.iter().map(|(code, _, _)| *code).collect();
    assert_eq!(used, told);
}
