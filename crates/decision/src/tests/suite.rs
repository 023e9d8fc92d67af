//! Test cases in the schema of the public suite: what they ask, tell and compare.

use super::document;
use crate::model::{Model, Suite, SuiteOutcome};

const MODEL: &str = r##"
<inputData id="i" name="天数"><variable name="天数" typeRef="number"/></inputData>
<inputData id="any" name="话"><variable name="话"/></inputData>
<decision id="base" name="基数"><variable name="基数" typeRef="number"/>
  <informationRequirement><requiredInput href="#i"/></informationRequirement>
  <literalExpression><text>天数 * 2</text></literalExpression></decision>
<decision id="top" name="结果"><variable name="结果"/>
  <informationRequirement><requiredDecision href="#base"/></informationRequirement>
  <literalExpression><text>if 基数 = null then "无" else 基数 + 1</text></literalExpression></decision>
<decision id="echo" name="原样"><variable name="原样"/>
  <informationRequirement><requiredInput href="#any"/></informationRequirement>
  <literalExpression><text>话</text></literalExpression></decision>
<decision id="odd" name="出错"><variable name="出错"/>
  <literalExpression><text>没有声明 + 1</text></literalExpression></decision>
<businessKnowledgeModel id="k" name="加倍"><variable name="加倍"/><encapsulatedLogic>
  <formalParameter name="n" typeRef="number"/>
  <literalExpression><text>n * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
<decisionService id="s" name="两项"><variable name="两项"/>
  <outputDecision href="#base"/><outputDecision href="#top"/><inputData href="#i"/></decisionService>"##;

/// The outcomes of some cases on the model.
fn run(cases: &str) -> Vec<SuiteOutcome> {
    let text = format!(
        r#"<t:testCases xmlns:t="http://www.omg.org/spec/DMN/20160719/testcase"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<t:modelName>m.dmn</t:modelName>{}</t:testCases>"#,
        cases.replace("</", "</t:").replace('<', "<t:").replace("<t:/t:", "</t:")
    );
    let suite = Suite::read(text.as_bytes()).unwrap();
    assert_eq!(suite.model, "m.dmn");
    let (model, _) = Model::draft(document(MODEL).as_bytes(), &[]).unwrap();
    suite.run(&model)
}

/// Whether one result of one case passes.
fn passes(attributes: &str, inputs: &str, asked: &str, expected: &str) -> bool {
    let outcomes = run(&format!(
        r#"<testCase id="1" {attributes}>{inputs}<resultNode name="{asked}"><expected>{expected}</expected></resultNode></testCase>"#
    ));
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    outcomes[0].passed
}

fn number(n: &str) -> String {
    format!(r#"<value xsi:type="xs:decimal">{n}</value>"#)
}

fn input(name: &str, value: &str) -> String {
    format!(r#"<inputNode name="{name}">{value}</inputNode>"#)
}

#[test]
fn a_case_asks_decisions_services_and_knowledge() {
    let days = input("天数", &number("3"));
    assert!(passes("", &days, "结果", &number("7")));
    assert!(passes("", &days, "结果", &number("7.000000001")), "to eight decimals");
    assert!(!passes("", &days, "结果", &number("7.001")));
    let knowledge = r#"type="bkm" invocableName="加倍""#;
    assert!(passes(knowledge, &input("n", &number("4")), "加倍", &number("8")));
    let service = r#"type="decisionService" invocableName="两项""#;
    let both = format!(
        r#"<component name="基数">{}</component><component name="结果">{}</component>"#,
        number("6"),
        number("7")
    );
    assert!(passes(service, &days, "两项", &both));
    assert!(passes(service, &days, "结果", &number("7")), "one of its outputs");
}

#[test]
fn what_is_not_told_is_null_and_what_is_wrong_makes_the_result_null() {
    let null = r#"<value xsi:nil="true"/>"#;
    assert!(passes("", "", "基数", null));
    assert!(passes("", "", "结果", r#"<value xsi:type="xs:string">无</value>"#));
    let wrong = input("天数", r#"<value xsi:type="xs:boolean">true</value>"#);
    assert!(passes("", &wrong, "结果", null));
    assert!(passes("", "", "出错", null), "what cannot be compiled is null");
    assert!(!passes("", "", "没有", null), "what is not there is no result");
    let given = input("基数", &number("10"));
    assert!(passes("", &given, "结果", &number("11")), "a decision that is told is not made");
}

#[test]
fn values_of_every_kind_come_back_as_they_went_in() {
    let value = |kind: &str, text: &str| format!(r#"<value xsi:type="xs:{kind}">{text}</value>"#);
    let item = |value: &str| format!("<item>{value}</item>");
    let cases = [
        value("string", " 两边有空格 "),
        value("boolean", "true"),
        value("date", "2024-02-29"),
        value("time", "23:59:59+08:00"),
        value("dateTime", "2024-02-29T00:00:00Z"),
        value("duration", "P1Y2M"),
        value("duration", "-P1DT2H"),
        r#"<value xsi:nil="true"/>"#.to_owned(),
        format!("<list>{}{}</list>", item(&number("1")), item(&value("date", "2024-01-01"))),
        "<list></list>".to_owned(),
        format!(r#"<component name="a b">{}</component>"#, number("1")),
    ];
    for case in &cases {
        assert!(passes("", &input("话", case), "原样", case), "{case}");
        for other in cases.iter().filter(|other| *other != case) {
            assert!(!passes("", &input("话", case), "原样", other), "{case} {other}");
        }
    }
    let (zone, utc) = (value("time", "08:00:00+08:00"), value("time", "00:00:00Z"));
    assert!(passes("", &input("话", &zone), "原样", &utc), "the same instant");
    let outcomes =
        run(r#"<testCase><inputNode name="话"><value xsi:type="xs:date">二月</value></inputNode>
<resultNode name="原样"><expected><value xsi:nil="true"/></expected></resultNode></testCase>"#);
    assert!(!outcomes[0].passed && outcomes[0].actual.contains("二月"), "{outcomes:?}");
}

#[test]
fn a_file_of_something_else_is_refused() {
    let read = |text: &str| Suite::read(text.as_bytes()).err().unwrap().rule;
    assert_eq!(read(&document(MODEL)), "decision.not_tests");
    assert_eq!(read("<testCases/>"), "decision.not_tests");
    assert_eq!(read("<testCases>"), "decision.xml");
}

#[test]
fn imports_are_found_by_namespace_and_through_one_another() {
    let named = |namespace: &str, imports: &[&str]| {
        let import =
            |of: &&str| format!(r#"<import name="m{of}" namespace="urn:{of}" importType="x"/>"#);
        let imports: String = imports.iter().map(import).collect();
        document(&imports).replace("urn:test", &format!("urn:{namespace}")).into_bytes()
    };
    let (a, b, c, d) =
        (named("a", &["b"]), named("b", &["c", "a"]), named("c", &[]), named("d", &[]));
    let found = Model::imported(&a, &[&d, &c, &b]);
    assert_eq!(found, [&b[..], &c[..]]);
    assert_eq!(Model::imported(b"<", &[&a[..]]), Vec::<&[u8]>::new());
}
