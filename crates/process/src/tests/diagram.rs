//! The drawing made on the server: every sign of the notation is there, and no text of a document
//! gets out of its place in the markup.

use crate::diagram::{self, Meta, Tint};
use flow::process::Document;
use std::collections::BTreeMap;

/// A document of loose elements, each with a shape; `more` are further parts of the drawing.
fn document(elements: &[&str], more: &str) -> Document {
    let mut shapes = String::new();
    for (at, element) in elements.iter().enumerate() {
        let id = element.split(" id=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let flow = element.starts_with("<sequenceFlow") || element.starts_with("<messageFlow");
        shapes += &if flow {
            format!(
                "<di:BPMNEdge bpmnElement=\"{id}\"><w:waypoint x=\"0\" y=\"0\"/><w:waypoint x=\"100\" y=\"50\"/></di:BPMNEdge>"
            )
        } else {
            let x = at * 150;
            format!(
                "<di:BPMNShape bpmnElement=\"{id}\"><dc:Bounds x=\"{x}\" y=\"80\" width=\"100\" height=\"80\"/></di:BPMNShape>"
            )
        };
    }
    let xml = format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:di=\"http://www.omg.org/spec/BPMN/20100524/DI\" xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" xmlns:w=\"http://www.omg.org/spec/DD/20100524/DI\" id=\"d\" targetNamespace=\"urn:t\"><process id=\"p\">{}</process><di:BPMNDiagram id=\"dd\"><di:BPMNPlane id=\"pp\" bpmnElement=\"p\">{shapes}{more}</di:BPMNPlane></di:BPMNDiagram></definitions>",
        elements.concat()
    );
    Document::parse(xml.as_bytes()).unwrap_or_else(|finding| panic!("{finding:?} {xml}"))
}

const META: Meta<'_> = Meta { id: "x", title: "t", text: "s" };

fn svg(document: &Document) -> String {
    diagram::svg(document, META, &BTreeMap::new()).unwrap()
}

fn one(element: &str) -> String {
    svg(&document(&[element], ""))
}

#[test]
fn every_sign_of_the_notation_is_drawn() {
    let activities = [
        ("<multiInstanceLoopCharacteristics/>", "parallel"),
        ("<multiInstanceLoopCharacteristics isSequential=\"true\"/>", "sequential"),
        ("<standardLoopCharacteristics/>", "loop"),
    ];
    let all = ["parallel", "sequential", "loop", "undo", "adhoc", "collapsed"];
    let only = |drawn: &str, wanted: &str, about: &str| {
        for class in all {
            let there = drawn.contains(&format!("\"m-{class}\""));
            assert_eq!(there, class == wanted, "{about}: {class}: {drawn}");
        }
    };
    for (part, class) in activities {
        for kind in ["userTask", "callActivity", "subProcess"] {
            let element = format!("<{kind} id=\"a\">{part}</{kind}>");
            only(&one(&element), class, &element);
        }
    }
    only(&one("<task id=\"a\" isForCompensation=\"true\"/>"), "undo", "undo");
    only(&one("<adHocSubProcess id=\"a\"/>"), "adhoc", "ad-hoc");
    only(&one("<task id=\"a\"/>"), "", "plain");
    assert!(one("<callActivity id=\"a\"/>").contains("stroke-width=\"4\""));
    for (kind, class) in [
        ("userTask", "user"),
        ("manualTask", "manual"),
        ("serviceTask", "service"),
        ("businessRuleTask", "rule"),
        ("scriptTask", "script"),
        ("sendTask", "send"),
        ("receiveTask", "receive"),
    ] {
        assert!(one(&format!("<{kind} id=\"a\"/>")).contains(&format!("\"m-{class}\"")), "{kind}");
    }
    for (kind, class) in [
        ("exclusive", "exclusive"),
        ("parallel", "plus"),
        ("inclusive", "inclusive"),
        ("complex", "complex"),
        ("eventBased", "event-based"),
    ] {
        let drawn = one(&format!("<{kind}Gateway id=\"a\"/>"));
        assert!(drawn.contains(&format!("\"m-{class}\"")), "{kind}");
    }
    let folded = "<di:BPMNShape bpmnElement=\"f\" isExpanded=\"false\"><dc:Bounds x=\"0\" y=\"300\" width=\"100\" height=\"80\"/></di:BPMNShape>";
    let both = document(&["<subProcess id=\"open\"/>", "<subProcess id=\"f\"/>"], folded);
    assert_eq!(svg(&both).matches("\"m-collapsed\"").count(), 1);
}

#[test]
fn events_show_what_they_wait_for_and_whether_they_interrupt() {
    for (kind, class) in [
        ("message", "message"),
        ("timer", "timer"),
        ("signal", "signal"),
        ("error", "error"),
        ("escalation", "escalation"),
        ("conditional", "conditional"),
        ("compensate", "compensation"),
        ("link", "link"),
        ("terminate", "terminate"),
        ("cancel", "cancel"),
    ] {
        let event = |local: &str, more: &str| {
            one(&format!("<{local} id=\"a\"{more}><{kind}EventDefinition/></{local}>"))
        };
        let class = format!("\"m-{class}\"");
        for local in ["startEvent", "intermediateCatchEvent", "boundaryEvent", "endEvent"] {
            assert!(event(local, "").contains(&class), "{local} {kind}");
            assert!(!event(local, "").contains("m-goes-on"), "{local} {kind}");
        }
        assert!(event("boundaryEvent", " cancelActivity=\"false\"").contains("m-goes-on"));
        assert!(event("startEvent", " isInterrupting=\"false\"").contains("m-goes-on"));
        let filled = |drawn: &str| {
            let at = drawn.split(&class).nth(1).unwrap();
            at.split("/>").next().unwrap().contains("fill=\"currentColor\"")
        };
        if !["timer", "conditional"].contains(&kind) {
            assert!(filled(&event("endEvent", "")), "{kind}");
            let waits = event("intermediateCatchEvent", "");
            assert_eq!(filled(&waits), kind == "terminate", "{kind}");
        }
    }
    let rings = |local: &str| one(&format!("<{local} id=\"a\"/>")).matches("<circle cx=").count();
    assert_eq!((rings("startEvent"), rings("intermediateThrowEvent")), (1, 2));
    let two = "<startEvent id=\"a\"><timerEventDefinition/><signalEventDefinition/></startEvent>";
    assert!(one(two).contains("\"m-multiple\""));
}

#[test]
fn arrows_say_what_is_the_default_and_what_has_a_condition() {
    let flow = "<sequenceFlow id=\"f\" sourceRef=\"a\" targetRef=\"b\"/>";
    let asked = "<sequenceFlow id=\"f\" sourceRef=\"a\" targetRef=\"b\"><conditionExpression>x</conditionExpression></sequenceFlow>";
    let drawn = |source: &str, flow: &str| svg(&document(&[source, flow], ""));
    assert!(drawn("<task id=\"a\" default=\"f\"/>", flow).contains("\"m-default\""));
    assert!(!drawn("<task id=\"a\" default=\"g\"/>", flow).contains("\"m-default\""));
    assert!(drawn("<exclusiveGateway id=\"a\" default=\"f\"/>", flow).contains("\"m-default\""));
    assert!(drawn("<task id=\"a\"/>", asked).contains("m-condition"));
    assert!(!drawn("<exclusiveGateway id=\"a\"/>", asked).contains("m-condition"));
    let between =
        drawn("<task id=\"a\"/>", "<messageFlow id=\"f\" sourceRef=\"a\" targetRef=\"b\"/>");
    assert!(between.contains("url(#x-c)") && between.contains("url(#x-o)"));
    let join = "<di:BPMNEdge bpmnElement=\"j\"><w:waypoint x=\"0\" y=\"0\"/><w:waypoint x=\"9\" y=\"9\"/></di:BPMNEdge>";
    for (way, ends) in [("None", 0), ("One", 1), ("Both", 2)] {
        let element = format!("<association id=\"j\" associationDirection=\"{way}\"/>");
        let task = format!("<task id=\"a\"/>{element}");
        let drawn = svg(&document(&[&task], join));
        assert_eq!(drawn.matches("url(#x-v)").count(), ends, "{way}: {drawn}");
    }
    let data = "<dataObjectReference id=\"o\" name=\"卷宗\"/>";
    let store = "<dataStoreReference id=\"s\" name=\"人口库\"/>";
    let drawn = svg(&document(&[data, store], ""));
    assert!(drawn.contains("m-dataObjectReference") && drawn.contains("m-dataStoreReference"));
    assert!(drawn.contains(">卷宗<") && drawn.contains(">人口库<"));
}

#[test]
fn pools_and_lanes_bear_their_names_upright() {
    let upright = "<di:BPMNShape bpmnElement=\"v\" isHorizontal=\"false\"><dc:Bounds x=\"0\" y=\"300\" width=\"200\" height=\"400\"/></di:BPMNShape>";
    let document = document(
        &[
            "<participant id=\"w\" name=\"窗口\" processRef=\"p\"/>",
            "<lane id=\"l\" name=\"审查\"/>",
            "<participant id=\"black\" name=\"申请人\"/>",
            "<userTask id=\"t\"/><participant id=\"v\" name=\"竖排\" processRef=\"p\"/>",
        ],
        upright,
    );
    let drawn = svg(&document);
    let turned: Vec<&str> = drawn.split("rotate(-90").skip(1).collect();
    assert_eq!(turned.len(), 2, "{drawn}");
    assert!(turned[0].contains("窗口") && turned[1].contains("审查"));
    assert!(drawn.contains(">申请人<") && drawn.contains(">竖排<"));
}

#[test]
fn an_event_at_the_edge_lies_over_its_activity_whatever_the_order() {
    let drawn = svg(&document(
        &[
            "<boundaryEvent id=\"b\" name=\"超时\" attachedToRef=\"a\"/>",
            "<userTask id=\"a\" name=\"办理\"/>",
        ],
        "",
    ));
    assert!(drawn.find("<title>办理").unwrap() < drawn.find("<title>超时").unwrap());
}

#[test]
fn no_text_of_a_document_gets_out_of_its_place() {
    let kinds = [
        "userTask",
        "subProcess",
        "adHocSubProcess",
        "callActivity",
        "startEvent",
        "endEvent",
        "exclusiveGateway",
        "participant",
        "lane",
        "group",
        "dataObjectReference",
        "sequenceFlow",
    ];
    let escaped = "&quot;&gt;&lt;/text&gt;&lt;script&gt;&amp;lt;&apos;]]&gt;";
    let tags = |drawn: &str| -> Vec<String> {
        let tags = drawn.split('<').skip(1);
        tags.map(|tag| tag.split(['>', ' ']).next().unwrap().to_owned()).collect()
    };
    for kind in kinds {
        let drawn = |name: &str| {
            let element = format!("<{kind} id=\"a\" name=\"{name}\"/>");
            let document = document(
                &[&element, "<textAnnotation id=\"n\"><text>n</text></textAnnotation>"],
                "",
            );
            let badge = "\"><script>".to_owned();
            let tints = BTreeMap::from([("a".to_owned(), Tint { kind: "heat", shade: 1, badge })]);
            let meta = Meta { id: "x", title: "\"<script>", text: "</desc><script>" };
            diagram::tinted(&document, meta, &tints).unwrap()
        };
        let (plain, nasty) = (drawn("aaaaaaaaaaaaaaaaaaaaaaaaaa"), drawn(escaped));
        assert!(!nasty.contains("<script"), "{kind}: {nasty}");
        let (plain, mut nasty) = (tags(&plain), tags(&nasty));
        // A name may break into more or fewer lines, and nothing else differs.
        let texts = |tags: &[String]| tags.iter().filter(|tag| tag.ends_with("text")).count();
        assert_eq!(texts(&nasty) % 2, 0, "{kind}");
        nasty.retain(|tag| !tag.ends_with("text"));
        let plain: Vec<String> = plain.into_iter().filter(|tag| !tag.ends_with("text")).collect();
        assert_eq!(nasty, plain, "{kind}");
    }
}
