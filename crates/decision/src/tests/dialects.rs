//! Documents as the editors of others write them, of every version that is read; and what a value
//! becomes where its type is declared.

use super::{decide, decision, literal, model};
use crate::model::Model;
use serde_json::{Value as Json, json};

const DIALECTS: &[(&str, &str)] = &[
    ("1.3", include_str!("dialects/editor-1.3.dmn")),
    ("1.4", include_str!("dialects/prefixed-1.4.dmn")),
    ("1.5", include_str!("dialects/semantic-1.5.dmn")),
];

fn deployed(name: &str, bytes: &[u8]) -> Model {
    Model::deploy(bytes).unwrap_or_else(|findings| panic!("{name}: {findings:#?}"))
}

fn fees(model: &Model) -> Vec<Json> {
    let fee = |size: u32, kind: &str| decide(model, "费用", json!({"面积": size, "类别": kind}));
    vec![fee(80, "住宅"), fee(100, "住宅"), fee(80, "商铺")]
}

#[test]
fn one_decision_in_every_dialect_decides_alike() {
    for (name, text) in DIALECTS {
        let model = deployed(name, text.as_bytes());
        assert_eq!(fees(&model), [json!(160), json!(300), json!(240)], "{name}");
    }
}

#[test]
fn encodings_change_nothing() {
    for (name, text) in DIALECTS {
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let wide = text.replace("encoding=\"UTF-8\"", "encoding=\"utf-16\"");
        let wide: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain(wide.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        for bytes in [marked, wide, text.replace('\n', "\r\n").into_bytes()] {
            assert_eq!(fees(&deployed(name, &bytes))[0], json!(160), "{name}");
        }
    }
}

#[test]
fn older_versions_are_refused_by_name() {
    let text = DIALECTS[0].1;
    let older = "http://www.omg.org/spec/DMN/20151101/dmn.xsd";
    let text = text.replace("https://www.omg.org/spec/DMN/20191111/MODEL/", older);
    let findings = Model::deploy(text.as_bytes()).err().unwrap();
    assert_eq!((findings[0].rule, findings[0].detail.as_str()), ("decision.not_dmn", older));
    assert_eq!(findings[0].place.line, 4);
}

#[test]
fn a_model_of_1_2_is_read_as_one_of_1_3() {
    let text = DIALECTS[0].1;
    let text = text
        .replace("https://www.omg.org/spec/DMN/20191111/", "http://www.omg.org/spec/DMN/20180521/");
    assert_eq!(fees(&deployed("1.2", text.as_bytes())), [json!(160), json!(300), json!(240)]);
}

/// The value of an expression whose result has a type, beside types of the model.
fn typed(types: &str, kind: &str, text: &str) -> Json {
    let elements = decision(&[], &literal(text)).replace(
        "<variable name=\"decision\"/>",
        &format!("<variable name=\"decision\" typeRef=\"{kind}\"/>"),
    );
    decide(&model(&(types.to_owned() + &elements)), "decision", json!({}))
}

#[test]
fn a_value_becomes_the_type_it_is_declared_to_have_or_null() {
    let types = r#"<itemDefinition name="ns" isCollection="true"><typeRef>number</typeRef></itemDefinition>
        <itemDefinition name="t"><itemComponent name="a"><typeRef>number</typeRef></itemComponent>
        <itemComponent name="b"><typeRef>string</typeRef></itemComponent></itemDefinition>"#;
    for (kind, text, expected) in [
        ("number", "1", json!(1)),
        ("number", "\"1\"", json!(null)),
        ("number", "[1]", json!(1)),
        ("number", "[1, 2]", json!(null)),
        ("string", "[\"a\"]", json!("a")),
        ("ns", "1", json!([1])),
        ("ns", "[1, 2]", json!([1, 2])),
        ("ns", "[1, \"a\"]", json!(null)),
        ("ns", "\"a\"", json!(null)),
        ("ns", "[]", json!([])),
        ("ns", "null", json!(null)),
        ("t", "{a: 1, b: \"x\"}", json!({"a": 1, "b": "x"})),
        ("t", "{a: 1}", json!(null)),
        ("t", "{a: \"x\", b: \"x\"}", json!(null)),
        ("t", "[{a: 1, b: \"x\"}]", json!({"a": 1, "b": "x"})),
        ("t", "1", json!(null)),
        ("date and time", "date(\"2020-01-01\")", json!("2020-01-01T00:00:00Z")),
        ("date", "date(\"2020-01-01\")", json!("2020-01-01")),
        ("boolean", "1", json!(null)),
        ("Any", "[1]", json!([1])),
    ] {
        assert_eq!(typed(types, kind, text), expected, "{text} as {kind}");
    }
}
