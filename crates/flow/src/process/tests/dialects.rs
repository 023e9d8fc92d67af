//! Documents as the editors of others write them: one procedure in their prefixes, encodings,
//! extensions and order, which comes to the same definition and loses nothing on the way.

use super::*;
use crate::process::{Document, Element, Place, XmlNode};

const CAMUNDA: &str = include_str!("dialects/camunda.bpmn");
const SEMANTIC: &str = include_str!("dialects/semantic.bpmn");
const DIALECTS: &[(&str, &str)] = &[
    ("camunda", CAMUNDA),
    ("flowable", include_str!("dialects/flowable.bpmn")),
    ("bpmn2", include_str!("dialects/bpmn2.bpmn")),
    ("semantic", SEMANTIC),
    ("signavio", include_str!("dialects/signavio.bpmn")),
];

fn deployed(name: &str, bytes: &[u8]) -> Definition {
    let mut deployed = deploy(bytes, &Tiny).unwrap_or_else(|found| panic!("{name}: {found:#?}"));
    assert_eq!(deployed.definitions.len(), 1, "{name}");
    deployed.definitions.remove(0)
}

/// What a procedure does, whatever the order of its elements: nodes and flows by id.
fn meaning(definition: &Definition) -> Vec<String> {
    let id = |ix: &crate::process::NodeIx| definition.node(*ix).unwrap().id.clone();
    let node = |node: &crate::process::Node| format!("{} {} {:?}", node.id, node.name, node.kind);
    let flow = |flow: &crate::process::Flow| {
        let default = definition.nodes().iter().any(|node| {
            node.default.is_some_and(|ix| definition.flows()[ix.0 as usize].id == flow.id)
        });
        let (from, to) = (id(&flow.from), id(&flow.to));
        format!("{} {from} {to} {:?} {default}", flow.id, flow.condition)
    };
    let nodes = definition.nodes().iter().map(node);
    let mut all: Vec<String> = nodes.chain(definition.flows().iter().map(flow)).collect();
    all.sort_unstable();
    all
}

/// Everything of a tree in its order: names, attributes, texts, comments.
fn everything(document: &Document) -> Vec<String> {
    fn list(node: &XmlNode, out: &mut Vec<String>) {
        match node {
            XmlNode::Element(element) => {
                out.push(format!("<{}", element.name));
                out.extend(
                    element.attributes.iter().map(|one| format!("{}={}", one.name, one.value)),
                );
                element.children.iter().for_each(|child| list(child, out));
                out.push(">".to_owned());
            }
            other => out.push(format!("{other:?}")),
        }
    }
    let mut out = Vec::new();
    document.before.iter().for_each(|node| list(node, &mut out));
    list(&XmlNode::Element(document.root.clone()), &mut out);
    document.after.iter().for_each(|node| list(node, &mut out));
    out
}

#[test]
fn one_procedure_in_every_dialect_is_one_definition() {
    let first = meaning(&deployed("camunda", CAMUNDA.as_bytes()));
    for (name, text) in DIALECTS {
        let definition = deployed(name, text.as_bytes());
        assert_eq!(meaning(&definition), first, "{name}");
        let mut driver = Driver::of(definition);
        driver.start(json!({})).unwrap();
        driver.done("a", json!({"granted": false}));
        driver.done("b", json!({}));
        assert!(driver.ended(), "{name}");
    }
}

#[test]
fn lanes_and_owners_of_dialects_are_candidates() {
    for (name, text) in DIALECTS {
        let definition = deployed(name, text.as_bytes());
        let task = definition.find("a").and_then(|ix| definition.node(ix)).unwrap();
        let expected: &[&str] =
            if ["bpmn2", "semantic", "signavio"].contains(name) { &["窗口"] } else { &[] };
        assert_eq!(task.candidates, expected, "{name}");
    }
}

#[test]
fn nothing_of_a_dialect_is_lost_on_the_way() {
    for (name, text) in DIALECTS {
        let first = Document::parse(text.as_bytes()).unwrap();
        let written = first.write();
        let again = Document::parse(written.as_bytes()).unwrap();
        assert_eq!(everything(&again), everything(&first), "{name}");
        assert_eq!(
            meaning(&deployed(name, written.as_bytes())),
            meaning(&deployed(name, text.as_bytes()))
        );
    }
}

#[test]
fn encodings_and_what_stands_around_change_nothing() {
    let first = meaning(&deployed("camunda", CAMUNDA.as_bytes()));
    let marked = [b"\xef\xbb\xbf", CAMUNDA.as_bytes()].concat();
    let wide = CAMUNDA.replace("encoding=\"UTF-8\"", "encoding=\"UTF-16\"");
    let units = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| {
        mark.into_iter().chain(wide.encode_utf16().flat_map(unit)).collect::<Vec<u8>>()
    };
    let bare = CAMUNDA.split_once("?>").unwrap().1.trim_start().to_owned();
    let around =
        CAMUNDA.replace("<bpmn:process ", "<?a b?><!-- 丙 --><bpmn:process ") + "<!-- 丁 -->";
    let lines = CAMUNDA.replace('\n', "\r\n");
    for (name, bytes) in [
        ("mark", marked),
        ("little", units([0xFF, 0xFE], u16::to_le_bytes)),
        ("big", units([0xFE, 0xFF], u16::to_be_bytes)),
        ("bare", bare.into_bytes()),
        ("around", around.into_bytes()),
        ("lines", lines.into_bytes()),
    ] {
        assert_eq!(meaning(&deployed(name, &bytes)), first, "{name}");
    }
}

#[test]
fn ids_within_extensions_are_nobodys() {
    // Two forms have a field `f` each; ids of the model itself stay unique.
    assert!(CAMUNDA.matches("formField id=\"f\"").count() == 2);
    deployed("camunda", CAMUNDA.as_bytes());
    let twice = CAMUNDA.replace("bpmn:textAnnotation id=\"note\"", "bpmn:textAnnotation id=\"b\"");
    let findings = deploy(twice.as_bytes(), &Tiny).unwrap_err();
    assert!(findings.iter().any(|one| one.rule == "process.id_duplicate" && one.element == "b"));
}

/// The semantic dialect with something added to its process.
fn with(inner: &str) -> Vec<Finding> {
    let text = SEMANTIC.replace(
        "<semantic:correlationSubscription",
        &format!("\n{inner}\n<semantic:correlationSubscription"),
    );
    deploy(text.as_bytes(), &Tiny).err().unwrap_or_default()
}

#[test]
fn what_does_not_run_is_refused_by_rule_element_and_line() {
    let line = 1 + SEMANTIC
        .split("<semantic:correlationSubscription")
        .next()
        .unwrap()
        .matches('\n')
        .count() as u32;
    let place = |finding: &Finding| finding.place;
    let event = |inner: &str| {
        format!(
            "<semantic:intermediateThrowEvent id=\"q\">{inner}</semantic:intermediateThrowEvent>"
        )
    };
    let cases = [
        ("<semantic:complexGateway id=\"q\"/>".to_owned(), "process.complex_gateway"),
        ("<semantic:transaction id=\"q\"/>".to_owned(), "process.transaction"),
        ("<semantic:subChoreography id=\"q\"/>".to_owned(), "process.choreography"),
        ("<semantic:callChoreography id=\"q\"/>".to_owned(), "process.choreography"),
        (event("<semantic:cancelEventDefinition id=\"q1\"/>"), "process.transaction"),
        (
            event("<semantic:signalEventDefinition/><semantic:linkEventDefinition name=\"l\"/>"),
            "process.event_multiple",
        ),
        ("<semantic:task id=\"q\" completionQuantity=\"3\"/>".to_owned(), "process.quantity"),
        (
            "<semantic:scriptTask id=\"q\" scriptFormat=\"application/x-groovy\"><semantic:script>1</semantic:script></semantic:scriptTask>".to_owned(),
            "process.language",
        ),
        ("<semantic:implicitThrowEvent id=\"q\"/>".to_owned(), "process.element_unsupported"),
    ];
    for (inner, rule) in cases {
        let findings = with(&inner);
        let found = findings.iter().find(|one| one.rule == rule);
        let found = found.unwrap_or_else(|| panic!("{rule}: {findings:#?}"));
        assert!(found.element.starts_with('q'), "{found:?}");
        assert_eq!(place(found).line, line + 1, "{found:?}");
    }
    let choreography = SEMANTIC.replace(
        "<semantic:collaboration id=\"_C\">",
        "<semantic:choreography id=\"_ch\"/><semantic:collaboration id=\"_C\">",
    );
    let findings = deploy(choreography.as_bytes(), &Tiny).unwrap_err();
    assert!(findings.iter().any(|one| one.rule == "process.choreography" && one.element == "_ch"));
}

#[test]
fn event_definitions_of_the_document_are_shared_by_reference() {
    let shared = |definition: &str, reference: &str| {
        document(&draw(
            &[
                "startEvent s0",
                &format!("<intermediateCatchEvent id=\"t\"><eventDefinitionRef>{reference}</eventDefinitionRef></intermediateCatchEvent>"),
                "endEvent e",
            ],
            &["s0 t", "t e"],
        ))
        .replace("<process ", &format!("{definition}<process "))
    };
    let timer =
        "<timerEventDefinition id=\"tick\"><timeDuration>P1D</timeDuration></timerEventDefinition>";
    let mut driver = Driver::of(deployed("shared", shared(timer, "tick").as_bytes()));
    driver.start(json!({})).unwrap();
    driver.wait(24).unwrap();
    assert!(driver.ended());
    let findings = deploy(shared(timer, "gone").as_bytes(), &Tiny).unwrap_err();
    assert!(findings.iter().any(|one| one.rule == "process.reference" && one.element == "t"));
    // What nothing refers to does not run, and is not in the way.
    let unused = "<cancelEventDefinition id=\"never\"/>".to_owned() + timer;
    deployed("unused", shared(&unused, "tick").as_bytes());
    let cancel = shared(&unused, "never");
    let findings = deploy(cancel.as_bytes(), &Tiny).unwrap_err();
    assert!(findings.iter().any(|one| one.rule == "process.transaction"), "{findings:#?}");
}

#[test]
fn an_extension_that_must_be_understood_is_refused() {
    let text = include_str!("dialects/bpmn2.bpmn");
    let text = text.replace("mustUnderstand=\"false\"", "mustUnderstand=\"true\"");
    let findings = deploy(text.as_bytes(), &Tiny).unwrap_err();
    assert_eq!(findings[0].rule, "process.element_unsupported");
    assert_eq!(findings[0].place.line, 11);
}

/// Places of a tree are where its tags begin, through marks and wide characters.
#[test]
fn places_are_counted_in_characters() {
    let text = "\u{feff}<a xmlns='urn:x'>\r\n甲𠮷<b/></a>";
    let document = Document::parse(text.as_bytes()).unwrap();
    let inner: Vec<&Element> = document.root.elements().collect();
    assert_eq!(inner[0].place, Place { line: 2, column: 3 });
}

/// Two pools with a message flow from a task of one to an event of the other, neither of which
/// names a message.
fn pools(flows: &str) -> String {
    format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><message id=\"_m\" name=\"通知\"/>
        <collaboration id=\"c\"><participant id=\"_a\" processRef=\"a\"/><participant id=\"_b\" processRef=\"b\"/>
        {flows}</collaboration>
        <process id=\"a\"><startEvent id=\"s\"/><sendTask id=\"t\"/><endEvent id=\"e\"/>
          <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/><sequenceFlow id=\"g\" sourceRef=\"t\" targetRef=\"e\"/></process>
        <process id=\"b\"><startEvent id=\"s2\"/>
          <intermediateCatchEvent id=\"w\"><messageEventDefinition/></intermediateCatchEvent><endEvent id=\"e2\"/>
          <sequenceFlow id=\"f2\" sourceRef=\"s2\" targetRef=\"w\"/><sequenceFlow id=\"g2\" sourceRef=\"w\" targetRef=\"e2\"/></process>
        </definitions>"
    )
}

#[test]
fn a_message_flow_says_what_its_ends_do_not() {
    let flow = "messageFlow id=\"x\" sourceRef=\"t\" targetRef=\"w\"";
    for (flows, name) in [
        (format!("<{flow}/>"), "x"),
        (format!("<{flow} name=\" 受理通知 \"/>"), "受理通知"),
        (format!("<{flow} name=\"甲\" messageRef=\"_m\"/>"), "通知"),
    ] {
        let deployed = deploy(pools(&flows).as_bytes(), &Tiny).unwrap();
        let [sends, waits] = &deployed.definitions[..] else { panic!() };
        let mut driver = Driver::of(sends.clone());
        driver.start(json!({})).unwrap();
        assert_eq!((driver.sent.as_slice(), driver.ended()), (&[name.to_owned()][..], true));
        let mut driver = Driver::of(waits.clone());
        driver.start(json!({})).unwrap();
        driver.message(name, "").unwrap();
        assert!(driver.ended(), "{name}");
    }
}

#[test]
fn what_names_no_message_is_told_apart_from_what_names_none_there_is() {
    let found = |flows: &str| {
        let findings = deploy(pools(flows).as_bytes(), &Tiny).unwrap_err();
        let told = |one: Finding| (one.rule, one.element, one.detail);
        findings.into_iter().map(told).collect::<Vec<_>>()
    };
    let missing = |id: &str| ("process.reference_missing", id.to_owned(), "messageRef".to_owned());
    assert_eq!(found(""), [missing("t"), missing("w")]);
    // Two flows of different messages at one event do not say which it waits for.
    let two = "<messageFlow id=\"x\" sourceRef=\"t\" targetRef=\"w\"/>\
        <messageFlow id=\"y\" sourceRef=\"_a\" targetRef=\"w\"/>";
    assert_eq!(found(two), [missing("w")]);
    let lost = pools("").replace("<sendTask id=\"t\"/>", "<sendTask id=\"t\" messageRef=\"no\"/>");
    let findings = deploy(lost.as_bytes(), &Tiny).unwrap_err();
    assert_eq!((findings[0].rule, findings[0].detail.as_str()), ("process.reference", "no"));
}

#[test]
fn what_a_tool_left_empty_counts_as_not_there() {
    let of = |inner: &str| {
        let text = document(inner).replace(
            "<definitions ",
            "<definitions expressionLanguage=\"http://www.w3.org/1999/XPath\" ",
        );
        assert!(text.contains("XPath"));
        let findings = deploy(text.as_bytes(), &Tiny).err().unwrap_or_default();
        findings.into_iter().map(|one| (one.rule, one.element)).collect::<Vec<_>>()
    };
    let choice = draw(
        &["startEvent s0", "exclusiveGateway g", "endEvent a", "endEvent b"],
        &["s0 g", "g a  ", "g b"],
    );
    let rule = "process.condition_missing";
    assert_eq!(of(&choice), [(rule, "g".to_owned())]);
    let timer = "<intermediateCatchEvent id=\"t\"><timerEventDefinition><timeDate/><timeDuration>P1D</timeDuration></timerEventDefinition></intermediateCatchEvent>";
    let nodes = ["startEvent s0", timer, "endEvent e"];
    assert_eq!(of(&draw(&nodes, &["s0 t", "t e"])), []);
    let condition = "<intermediateCatchEvent id=\"t\"><conditionalEventDefinition><condition/></conditionalEventDefinition></intermediateCatchEvent>";
    let nodes = ["startEvent s0", condition, "endEvent e"];
    let missing = ("process.expression_missing", "t".to_owned());
    assert_eq!(of(&draw(&nodes, &["s0 t", "t e"])), [missing]);
    let error = "<endEvent id=\"t\"><errorEventDefinition errorRef=\"\"/></endEvent>";
    let missing = ("process.reference_missing", "t".to_owned());
    assert_eq!(of(&draw(&["startEvent s0", error], &["s0 t"])), [missing]);
}
