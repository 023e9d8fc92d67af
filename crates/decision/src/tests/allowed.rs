//! Values made within a model are of the types it declares, tests included, or null.

use super::{decide, model};
use serde_json::{Value as Json, json};

const TYPES: &str = r#"
<itemDefinition name="tLevel"><typeRef>string</typeRef><allowedValues><text>"轻", "重"</text></allowedValues></itemDefinition>
<itemDefinition name="tLevels" isCollection="true"><typeRef>tLevel</typeRef></itemDefinition>
<itemDefinition name="tCase"><itemComponent name="level"><typeRef>tLevel</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tCases" isCollection="true"><itemComponent name="level"><typeRef>tLevel</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tGives"><functionItem outputTypeRef="tLevel"><parameters name="a"/></functionItem></itemDefinition>
<itemDefinition name="tTakes"><functionItem><parameters name="x" typeRef="tLevel"/></functionItem></itemDefinition>
<inputData id="x" name="x"><variable name="x"/></inputData>"#;

const NEED: &str =
    r##"<informationRequirement><requiredInput href="#x"/></informationRequirement>"##;

/// What a decision over `x` is when `x` is allowed, and when it is not.
fn both(kind: &str, more: &str, logic: &str) -> (Json, Json) {
    let kind = if kind.is_empty() { String::new() } else { format!(r#" typeRef="{kind}""#) };
    let model = model(&format!(
        r#"{TYPES}{more}<decision id="d" name="d"><variable name="d"{kind}/>{NEED}{logic}</decision>"#
    ));
    (decide(&model, "d", json!({"x": "轻"})), decide(&model, "d", json!({"x": "中"})))
}

fn text(kind: &str, text: &str) -> String {
    let kind = if kind.is_empty() { String::new() } else { format!(r#" typeRef="{kind}""#) };
    format!("<literalExpression{kind}><text>{text}</text></literalExpression>")
}

#[test]
fn a_decision_an_expression_and_their_parts() {
    assert_eq!(both("tLevel", "", &text("", "x")), (json!("轻"), json!(null)));
    assert_eq!(both("", "", &text("tLevel", "x")), (json!("轻"), json!(null)));
    assert_eq!(both("tLevels", "", &text("", r#"["重", x]"#)), (json!(["重", "轻"]), json!(null)));
    assert_eq!(both("tCase", "", &text("", "{level: x}")), (json!({"level": "轻"}), json!(null)));
    assert_eq!(
        both("tCases", "", &text("", "[{level: x}]")),
        (json!([{"level": "轻"}]), json!(null))
    );
    assert_eq!(both("tLevel", "", &text("", "null")), (json!(null), json!(null)));
}

#[test]
fn boxed_expressions() {
    let entry = r#"<variable name="level" typeRef="tLevel"/>"#;
    let context =
        format!("<context><contextEntry>{entry}{}</contextEntry></context>", text("", "x"));
    assert_eq!(both("", "", &context), (json!({"level": "轻"}), json!({"level": null})));
    let list = format!("<list>{}</list>", text("tLevel", "x"));
    assert_eq!(both("", "", &list), (json!(["轻"]), json!([null])));
    let relation = format!(
        r#"<relation><column name="level" typeRef="tLevel"/><row>{}</row></relation>"#,
        text("", "x")
    );
    assert_eq!(both("", "", &relation), (json!([{"level": "轻"}]), json!([{"level": null}])));
    let bound = |inner: &str, outer: &str| {
        format!(
            r#"<invocation{outer}>{}<binding><parameter name="a"{inner}/>{}</binding></invocation>"#,
            text("", "function(a) a"),
            text("", "x")
        )
    };
    let typed = r#" typeRef="tLevel""#;
    assert_eq!(both("", "", &bound(typed, "")), (json!("轻"), json!(null)));
    assert_eq!(both("", "", &bound("", typed)), (json!("轻"), json!(null)));
}

#[test]
fn functions() {
    let level = r#" typeRef="tLevel""#;
    let knowledge = |variable: &str, logic: &str, parameter: &str| {
        format!(
            r#"<businessKnowledgeModel id="k" name="k"><variable name="k"{variable}/><encapsulatedLogic{logic}>
<formalParameter name="a"{parameter}/>{}</encapsulatedLogic></businessKnowledgeModel>"#,
            text("", "a")
        )
    };
    let call = format!(
        r##"<knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>{}"##,
        text("", "k(x)")
    );
    let gives = r#" typeRef="tGives""#;
    for more in [
        knowledge("", "", level),
        knowledge(level, "", ""),
        knowledge(gives, "", ""),
        knowledge("", gives, ""),
    ] {
        assert_eq!(both("", &more, &call), (json!("轻"), json!(null)), "{more}");
    }
    let lambda = text("", "(function(a: tLevel) [a])(x)");
    assert_eq!(both("", "", &lambda), (json!(["轻"]), json!(null)));
    let kept = |definition: &str| {
        format!(r##"<decision id="f" name="f"><variable name="f"/>{definition}</decision>"##,)
    };
    let call = format!(
        r##"<informationRequirement><requiredDecision href="#f"/></informationRequirement>{}"##,
        text("", "f(x)")
    );
    let define = |of: &str, parameter: &str| {
        kept(&format!(
            r#"<functionDefinition{of}><formalParameter name="a"{parameter}/>{}</functionDefinition>"#,
            text("", "a")
        ))
    };
    for more in [define("", level), define(gives, ""), kept(&text("tGives", "function(a) a"))] {
        assert_eq!(both("", &more, &call), (json!("轻"), json!(null)), "{more}");
    }
    let service = |kind: &str| {
        format!(
            r##"<decision id="inner" name="inner"><variable name="inner"/>{NEED}{}</decision>
<decisionService id="k" name="k"><variable name="k" typeRef="{kind}"/><outputDecision href="#inner"/><inputData href="#x"/></decisionService>"##,
            text("", "[x]")
        )
    };
    let call = format!(
        r##"<knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>{}"##,
        text("", "k(x)")
    );
    assert_eq!(both("", &service("tTakes"), &call), (json!(["轻"]), json!(null)));
    assert_eq!(both("", &service("tGives"), &call), (json!("轻"), json!(null)));
}

#[test]
fn decision_tables() {
    let table = |of: &str, first: &str, entry: &str| {
        format!(
            r#"<decisionTable{of}><output name="a"{first}/><output name="b"/><rule>
<outputEntry{entry}><text>x</text></outputEntry><outputEntry><text>x</text></outputEntry></rule></decisionTable>"#
        )
    };
    let level = r#" typeRef="tLevel""#;
    let good = json!({"a": "轻", "b": "轻"});
    let part = json!({"a": null, "b": "中"});
    assert_eq!(both("", "", &table("", level, "")), (good.clone(), part.clone()));
    assert_eq!(both("", "", &table("", "", level)), (good, part));
    let rule = |cell: &str, out: &str| {
        format!(
            "<rule><inputEntry><text>{cell}</text></inputEntry><outputEntry><text>{out}</text></outputEntry></rule>"
        )
    };
    let limited = format!(
        r#"<decisionTable><input><inputExpression><text>x</text></inputExpression>
<inputValues><text>"轻", "重"</text></inputValues></input><output/>{}{}</decisionTable>"#,
        rule(r#""轻", "中""#, "1"),
        rule("null", "2")
    );
    assert_eq!(
        both("", "", &limited),
        (json!(1), json!(2)),
        "what is not allowed is tested as null"
    );
}
