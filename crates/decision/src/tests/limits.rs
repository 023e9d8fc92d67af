//! Documents that are no documents, or too large.

use super::{decision, document, literal, model, refused};
use crate::limit::{BYTES_MAX, DEPTH_MAX, ELEMENTS_MAX, NODES_MAX, RULES_MAX};
use crate::model::Model;

fn rule(bytes: &[u8]) -> &'static str {
    Model::deploy(bytes).err().map_or("", |findings| findings[0].rule)
}

#[test]
fn documents_that_expand_or_fetch_are_refused() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>
        <definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="&b;"/>"#;
    assert_eq!(rule(bomb.as_bytes()), "decision.xml_doctype");
    let external = r#"<!DOCTYPE d SYSTEM "file:///etc/passwd"><definitions/>"#;
    assert_eq!(rule(external.as_bytes()), "decision.xml_doctype");
    assert_eq!(rule(document("&bomb;").as_bytes()), "decision.xml_entity");
    assert_eq!(rule(document("<decision name=\"&b;\"/>").as_bytes()), "decision.xml_entity");
}

#[test]
fn documents_that_are_none_are_refused() {
    assert_eq!(rule(b""), "decision.xml");
    assert_eq!(rule(b"not xml"), "decision.xml");
    assert_eq!(rule(b"<a><b></a>"), "decision.xml");
    assert_eq!(rule(b"<a/><b/>"), "decision.xml");
    assert_eq!(rule(b"<a/>"), "decision.not_dmn");
    let other = document("").replace("20230324", "20151101");
    assert_eq!(rule(other.as_bytes()), "decision.not_dmn");
    let bpmn = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>"#;
    assert_eq!(rule(bpmn.as_bytes()), "decision.not_dmn");
    assert_eq!(rule(&[0xC3, 0x28]), "decision.xml_encoding");
    assert_eq!(
        rule("<定义/>".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>().as_slice()),
        "decision.xml_encoding"
    );
    let other = document("").replace("UTF-8", "Big5");
    assert_eq!(rule(other.as_bytes()), "decision.xml_encoding");
    assert_eq!(rule(document("\u{1}").as_bytes()), "decision.xml");
    assert_eq!(rule(document("<decision name=\"&#1;\"/>").as_bytes()), "decision.xml");
}

#[test]
fn documents_beyond_the_bounds_are_refused() {
    assert_eq!(rule(&vec![b' '; BYTES_MAX + 1]), "decision.limit_bytes");
    let deep = "<list>".repeat(DEPTH_MAX) + &"</list>".repeat(DEPTH_MAX);
    assert_eq!(rule(document(&deep).as_bytes()), "decision.limit_nesting");
    let many = "<group/>".repeat(ELEMENTS_MAX);
    assert_eq!(rule(document(&many).as_bytes()), "decision.limit_elements");
    let nodes: String =
        (0..=NODES_MAX).map(|i| format!(r#"<inputData id="i{i}" name="i{i}"/>"#)).collect();
    assert_eq!(refused(&nodes), ["decision.limit_nodes"]);
    let attribute = format!(r#"<group a="{}"/>"#, "x".repeat(5_000));
    assert_eq!(refused(&attribute), ["decision.limit_attributes"]);
}

#[test]
fn a_table_of_a_hundred_thousand_rows_is_refused() {
    let rule = "<rule><inputEntry><text>1</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>";
    let table = |rules: usize| {
        let rules = rule.repeat(rules);
        decision(
            &[("n", "number")],
            &format!(
                "<decisionTable><input><inputExpression><text>n</text></inputExpression></input><output/>{rules}</decisionTable>"
            ),
        )
    };
    assert_eq!(refused(&table(100_000)), ["decision.limit_elements"]);
    assert_eq!(refused(&table(RULES_MAX + 1)), ["decision.limit_rules"]);
    let columns = "<input><inputExpression><text>n</text></inputExpression></input>".repeat(100);
    let wide =
        decision(&[("n", "number")], &format!("<decisionTable>{columns}<output/></decisionTable>"));
    assert_eq!(refused(&wide), ["decision.limit_columns"]);
}

#[test]
fn a_long_chain_of_decisions_is_made_on_any_stack() {
    let chain: String = (0..1_500)
        .map(|i: i32| {
            let needs = match i {
                0 => String::new(),
                _ => format!(r##"<informationRequirement><requiredDecision href="#d{}"/></informationRequirement>"##, i - 1),
            };
            let text = if i == 0 { "1".to_owned() } else { format!("d{} + 1", i - 1) };
            format!(r#"<decision id="d{i}" name="d{i}"><variable name="d{i}"/>{needs}{}</decision>"#, literal(&text))
        })
        .collect();
    let model = model(&chain);
    let decided = model.value("d1499", &super::object(serde_json::json!({}))).unwrap();
    assert_eq!(decided, 1_500);
}

#[test]
fn a_net_of_decisions_is_explained_without_unfolding_it() {
    // Each decision reads the two before it: unfolded, the tree would have a trillion nodes.
    let net: String = (0..60)
        .map(|i: i32| {
            let need = |to: i32| format!(r##"<informationRequirement><requiredDecision href="#d{to}"/></informationRequirement>"##);
            let (needs, text) = match i {
                0 | 1 => (String::new(), "1".to_owned()),
                _ => (need(i - 1) + &need(i - 2), format!("d{} + d{}", i - 1, i - 2)),
            };
            format!(r#"<decision id="d{i}" name="d{i}"><variable name="d{i}"/>{needs}{}</decision>"#, literal(&text))
        })
        .collect();
    let model = model(&net);
    let decided = model.decide("d59", &super::object(serde_json::json!({}))).unwrap();
    assert_eq!(decided.value, serde_json::json!(1_548_008_755_920_i64));
    let text = serde_json::to_string(&decided.explained).unwrap();
    assert!(text.len() < 60_000, "{}", text.len());
    assert!(text.contains(r#""repeated":true"#));
}

#[test]
fn a_type_that_holds_the_one_before_it_twice_and_so_on_is_refused() {
    let double = |at: usize| {
        let part = |name| {
            format!(
                r#"<itemComponent name="{name}"><typeRef>t{}</typeRef></itemComponent>"#,
                at + 1
            )
        };
        format!(r#"<itemDefinition name="t{at}">{}{}</itemDefinition>"#, part("a"), part("b"))
    };
    let last = r#"<itemDefinition name="t40"><typeRef>string</typeRef></itemDefinition>"#;
    let types: String = (0..40).map(double).chain([last.to_owned()]).collect();
    assert!(refused(&types).contains(&"decision.limit_type"));
    let few: String = (34..40).map(double).chain([last.to_owned()]).collect();
    assert_eq!(refused(&few), Vec::<&str>::new());
}
