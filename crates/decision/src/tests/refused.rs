//! Definitions that are refused, by rule, element and place; and drafts, of which the rest runs.

use super::{decision, document, literal, model, object, refused};
use crate::model::Model;
use serde_json::json;

fn findings(elements: &str) -> Vec<(&'static str, String, u32, String)> {
    let findings = Model::deploy(document(elements).as_bytes()).err().unwrap();
    findings.into_iter().map(|f| (f.rule, f.element, f.place.line, f.detail)).collect()
}

#[test]
fn every_fault_is_told_at_its_place() {
    let elements = r##"<inputData id="i" name="n"><variable name="n" typeRef="number"/></inputData>
<decision id="one" name="one"><variable name="one"/>
  <informationRequirement><requiredInput href="#i"/></informationRequirement>
  <literalExpression id="text">
    <text>n + unknown + 1</text>
  </literalExpression></decision>
<decision id="two" name="two"><variable name="two" typeRef="tNone"/>
  <literalExpression><text>1 +</text></literalExpression></decision>
<decision id="three" name="three"><variable name="three"/>
  <context><contextEntry><variable name="a"/><literalExpression><text>today()</text></literalExpression></contextEntry></context></decision>"##;
    assert_eq!(
        findings(elements),
        [
            ("feel.name_unknown", "one".to_owned(), 8, "unknown".to_owned()),
            ("decision.type_unknown", "two".to_owned(), 10, "tNone".to_owned()),
            ("feel.syntax", "two".to_owned(), 11, "1 +".to_owned()),
            ("feel.clock", "three".to_owned(), 13, "today".to_owned()),
        ]
    );
}

#[test]
fn what_is_refused() {
    let of = |logic: &str| refused(&decision(&[("n", "number")], logic));
    let java = r#"<functionDefinition kind="Java"><context/></functionDefinition>"#;
    assert_eq!(of(java), ["decision.external"]);
    let java = r#"function(a) external {java: {class: "a", method signature: "b()"}}"#;
    assert_eq!(of(&literal(java)), ["feel.external"]);
    assert_eq!(of(&literal("now()")), ["feel.clock"]);
    assert_eq!(of(&literal("for i in 1..3 return today()")), ["feel.clock"]);
    assert_eq!(of(&literal("n[now() > 1]")), ["feel.clock"]);
    assert_eq!(of(&literal("other")), ["feel.name_unknown"]);
    assert_eq!(of(&literal("nosuch(n)")), ["feel.name_unknown"]);
    assert_eq!(of(&literal(&"1234567890".repeat(4))), ["feel.number_digits"]);
    assert_eq!(of(&literal("x instance of tNone")), ["feel.name_unknown"]);
    assert_eq!(of(&literal("n instance of tNone")), ["decision.type_unknown"]);
    assert_eq!(of("<literalExpression/>"), ["decision.logic_missing"]);
    let groovy =
        r#"<literalExpression expressionLanguage="groovy"><text>1</text></literalExpression>"#;
    assert_eq!(of(groovy), ["decision.language"]);
    let table = |policy: &str, inside: &str| {
        of(&format!(
            "<decisionTable {policy}><input><inputExpression><text>n</text></inputExpression></input>\
             <output/>{inside}</decisionTable>"
        ))
    };
    let rule = |cell: &str, output: &str| {
        format!(
            "<rule><inputEntry><text>{cell}</text></inputEntry><outputEntry><text>{output}</text></outputEntry></rule>"
        )
    };
    assert_eq!(table(r#"hitPolicy="BEST""#, ""), ["decision.hit_policy"]);
    assert_eq!(table(r#"hitPolicy="COLLECT" aggregation="AVG""#, ""), ["decision.hit_policy"]);
    assert_eq!(
        table("", "<rule><outputEntry><text>1</text></outputEntry></rule>"),
        ["decision.table_shape"]
    );
    assert_eq!(table("", &rule("&gt; &gt;", "1")), ["feel.syntax"]);
    assert_eq!(table("", &rule("&gt; today()", "1")), ["feel.clock"]);
    assert_eq!(table("", &rule("&gt; 1", "m")), ["feel.name_unknown"]);
    assert_eq!(table("", &rule("＞ 1", "1")), ["feel.syntax_wide"]);
    assert_eq!(table("", "<output/>"), ["decision.table_outputs"]);
    let relation = r#"<relation><column name="a"/><row/></relation>"#;
    assert_eq!(of(relation), ["decision.relation_shape"]);
}

#[test]
fn elements_that_do_not_hang_together() {
    let decision = |id: &str, needs: &str| {
        format!(
            r##"<decision id="{id}" name="{id}"><variable name="{id}"/>{needs}
            <literalExpression><text>1</text></literalExpression></decision>"##
        )
    };
    let needs = |id: &str| {
        format!(
            r##"<informationRequirement><requiredDecision href="#{id}"/></informationRequirement>"##
        )
    };
    assert_eq!(refused(&decision("a", &needs("none"))), ["decision.reference"]);
    assert_eq!(refused(&decision("a", &needs("a"))), ["decision.cycle"]);
    let circle =
        decision("a", &needs("b")) + &decision("b", &needs("c")) + &decision("c", &needs("a"));
    let [(rule, _, _, path)] = &findings(&circle)[..] else { panic!() };
    assert_eq!((*rule, path.as_str()), ("decision.cycle", "a → b → c → a"));
    let twice = decision("a", "") + &decision("a", "");
    assert_eq!(refused(&twice), ["decision.id_duplicate", "decision.name_duplicate"]);
    assert_eq!(refused(&decision("a(b)", "")), ["decision.name_wrong"]);
    assert_eq!(refused("<decisionService id=\"s\" name=\"s\"/>"), ["decision.service_empty"]);
    assert_eq!(refused("<bogus/>"), ["decision.element_unsupported"]);
    assert_eq!(refused(r#"<import name="x" namespace="urn:none"/>"#), ["decision.import_missing"]);
    let cyclic = r#"<itemDefinition name="t"><itemComponent name="c"><typeRef>t</typeRef></itemComponent></itemDefinition>"#;
    assert_eq!(refused(cyclic), ["decision.type_cycle"]);
    let mutual = |a: &str, b: &str| {
        format!(
            r##"<businessKnowledgeModel id="{a}" name="{a}"><variable name="{a}"/><encapsulatedLogic>
            <literalExpression><text>1</text></literalExpression></encapsulatedLogic>
            <knowledgeRequirement><requiredKnowledge href="#{b}"/></knowledgeRequirement></businessKnowledgeModel>"##
        )
    };
    assert_eq!(refused(&(mutual("f", "g") + &mutual("g", "f"))), ["decision.cycle"]);
    let test = r#"<extensionElements><yipan:test name="t"><yipan:input name="no">1</yipan:input><yipan:expect>1</yipan:expect></yipan:test>
        <yipan:test name="u"><yipan:expect>{</yipan:expect></yipan:test></extensionElements>"#;
    assert_eq!(refused(&decision("a", test)), ["decision.test_wrong", "decision.test_wrong"]);
}

#[test]
fn a_draft_runs_but_for_what_is_wrong() {
    let elements = decision(&[("n", "number")], &literal("n + 1"))
        + r##"<decision id="broken" name="broken"><variable name="broken"/><literalExpression><text>nosuch(1)</text></literalExpression></decision>
          <decision id="both" name="both"><variable name="both"/>
            <informationRequirement><requiredDecision href="#d"/></informationRequirement>
            <informationRequirement><requiredDecision href="#broken"/></informationRequirement>
            <literalExpression><text>[decision, broken]</text></literalExpression></decision>"##;
    assert_eq!(refused(&elements), ["feel.name_unknown"]);
    let (draft, findings) = Model::draft(document(&elements).as_bytes(), &[]).unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!(super::decide(&draft, "both", json!({"n": 1})), json!([2, null]));
}

#[test]
fn inputs_that_are_missing_or_wrong_are_named_each() {
    let types = r#"<itemDefinition name="t等级"><typeRef>string</typeRef><allowedValues><text>"一", "二"</text></allowedValues></itemDefinition>
      <itemDefinition name="t人"><itemComponent name="姓名"><typeRef>string</typeRef></itemComponent>
        <itemComponent name="生日"><typeRef>date</typeRef></itemComponent>
        <itemComponent name="子女" isCollection="true"><typeRef>t等级</typeRef></itemComponent></itemDefinition>"#;
    let inputs = [
        ("人", "t人"),
        ("等级", "t等级"),
        ("额", "number"),
        ("期", "days and time duration"),
        ("间", "time"),
    ];
    let model = model(
        &(types.to_owned()
            + &decision(&inputs, &literal("[人.生日.year, 额, string(期), 间.hour]"))),
    );
    let told: Vec<_> = model
        .inputs("decision")
        .unwrap()
        .into_iter()
        .map(|i| (i.name, i.kind, i.allowed))
        .collect();
    assert_eq!(told[1], ("等级".to_owned(), "t等级".to_owned(), Some(r#""一", "二""#.to_owned())));
    let faults = |inputs: serde_json::Value| {
        let error = model.decide("decision", &object(inputs)).unwrap_err();
        assert_eq!(error.code, "decision.inputs");
        error.fields.into_iter().map(|f| (f.field, f.code, f.args[0].1.clone())).collect::<Vec<_>>()
    };
    let of = |field: &str, code: &str, detail: &str| {
        (field.to_owned(), format!("decision.input_{code}"), detail.to_owned())
    };
    assert_eq!(faults(json!({}))[0], of("人", "missing", "t人"));
    assert_eq!(faults(json!({})).len(), 5);
    let wrong = json!({
        "人": {"姓名": 5, "子女": ["一", "三", 2]}, "等级": "零", "额": "十二", "期": "P200000DT1H", "间": "25:00:00",
    });
    assert_eq!(
        faults(wrong),
        [
            of("人.姓名", "type", "string"),
            of("人.生日", "missing", "date"),
            of("人.子女[2]", "value", r#""一", "二""#),
            of("人.子女[3]", "type", "t等级"),
            of("等级", "value", r#""一", "二""#),
            of("额", "type", "number"),
            of("期", "type", "days and time duration"),
            of("间", "type", "time"),
        ]
    );
    let right = json!({
        "人": {"姓名": "甲", "生日": "2000-02-29", "子女": []}, "等级": "一", "额": "0.10",
        "期": "P1DT12H", "间": "08:30:00+08:00", "多余": 1,
    });
    assert_eq!(super::decide(&model, "decision", right), json!([2000, 0.1, "P1DT12H", 8]));
    let nulls = json!({"人": null, "等级": null, "额": null, "期": null, "间": null});
    assert_eq!(super::decide(&model, "decision", nulls), json!([null, null, null, null]));
    assert_eq!(model.decide("nobody", &object(json!({}))).unwrap_err().code, "decision.unknown");
}

#[test]
fn a_decision_without_logic_is_made_by_people() {
    let elements = r##"<decision id="people" name="裁决"><variable name="裁决"/></decision>
        <decision id="after" name="其后"><variable name="其后"/>
          <informationRequirement><requiredDecision href="#people"/></informationRequirement>
          <literalExpression><text>if 裁决 = null then "未决" else 裁决</text></literalExpression></decision>"##;
    let model = model(elements);
    assert_eq!(super::decide(&model, "其后", json!({})), json!("未决"));
    assert_eq!(model.questions().map(|(id, _, _)| id).collect::<Vec<_>>(), ["after"]);
    assert_eq!(model.decide("people", &object(json!({}))).unwrap_err().code, "decision.unknown");
}

#[test]
fn a_list_of_one_is_its_item_where_no_list_is_meant() {
    let types = r#"<itemDefinition name="t列" isCollection="true"><typeRef>number</typeRef></itemDefinition>"#;
    let logic = literal("[名, count(列), 列[1]]");
    let model = model(&(types.to_owned() + &decision(&[("名", "string"), ("列", "t列")], &logic)));
    let of = |inputs| model.decide("decision", &object(inputs)).map(|decided| decided.value);
    assert_eq!(of(json!({"名": ["甲"], "列": 7})).unwrap(), json!(["甲", 1, 7]));
    assert_eq!(of(json!({"名": "甲", "列": [7, 8]})).unwrap(), json!(["甲", 2, 7]));
    let wrong = of(json!({"名": ["甲", "乙"], "列": "七"})).unwrap_err();
    let fields: Vec<_> =
        wrong.fields.iter().map(|one| (one.field.as_str(), one.code.as_ref())).collect();
    assert_eq!(fields, [("名", "decision.input_type"), ("列[1]", "decision.input_type")]);
}
