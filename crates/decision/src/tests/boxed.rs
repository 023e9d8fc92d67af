//! Boxed expressions, knowledge models, services, and names in Chinese.

use super::{decide, decision, literal, model};
use serde_json::{Value as Json, json};

fn of(logic: &str, inputs: Json) -> Json {
    let typed: Vec<(&str, &str)> =
        inputs.as_object().unwrap().keys().map(|name| (name.as_str(), "Any")).collect();
    decide(&model(&decision(&typed, logic)), "decision", inputs)
}

fn entry(name: &str, logic: &str) -> String {
    let variable = match name {
        "" => String::new(),
        name => format!(r#"<variable name="{name}"/>"#),
    };
    format!("<contextEntry>{variable}{logic}</contextEntry>")
}

#[test]
fn contexts_lists_and_relations() {
    let context = format!(
        "<context>{}{}</context>",
        entry("基 数", &literal("n * 2")),
        entry("加", &literal("基 数 + 1"))
    );
    assert_eq!(of(&context, json!({"n": 4})), json!({"基 数": 8, "加": 9}));
    let result =
        context.replace("</context>", &format!("{}</context>", entry("", &literal("加 + 基 数"))));
    assert_eq!(of(&result, json!({"n": 4})), json!(17));
    let list = format!("<list>{}{}{}</list>", literal("n"), literal("n + 1"), context);
    assert_eq!(of(&list, json!({"n": 1})), json!([1, 2, {"基 数": 2, "加": 3}]));
    let relation = format!(
        r#"<relation><column name="项"/><column name="天 数"/>
           <row>{}{}</row><row>{}{}</row></relation>"#,
        literal(r#""受理""#),
        literal("n"),
        literal(r#""决定""#),
        literal("n * 2"),
    );
    let rows = json!([{"项": "受理", "天 数": 5}, {"项": "决定", "天 数": 10}]);
    assert_eq!(of(&relation, json!({"n": 5})), rows);
}

#[test]
fn conditionals_filters_and_loops() {
    let part = |name: &str, text: &str| format!("<{name}>{}</{name}>", literal(text));
    let conditional = format!(
        "<conditional>{}{}{}</conditional>",
        part("if", "n > 3"),
        part("then", r#""多""#),
        part("else", r#""少""#)
    );
    assert_eq!(of(&conditional, json!({"n": 4})), json!("多"));
    assert_eq!(of(&conditional, json!({"n": 3})), json!("少"));
    assert_eq!(of(&conditional, json!({"n": "x"})), json!(null));
    let filter = format!(
        "<filter>{}{}</filter>",
        part("in", "件"),
        part("match", "天数 > 3 and item.级 别 = 1")
    );
    let items = json!([{"天数": 5, "级 别": 1}, {"天数": 2, "级 别": 1}, {"天数": 9, "级 别": 2}]);
    assert_eq!(of(&filter, json!({"件": items})), json!([{"天数": 5, "级 别": 1}]));
    let each = format!(
        r#"<for iteratorVariable="天">{}{}</for>"#,
        part("in", "[1..n]"),
        part("return", "天 * 天 + count(partial)")
    );
    assert_eq!(of(&each, json!({"n": 4})), json!([1, 5, 11, 19]));
    for (tag, expected) in [("every", false), ("some", true)] {
        let quantified = format!(
            r#"<{tag} iteratorVariable="x">{}{}</{tag}>"#,
            part("in", "l"),
            part("satisfies", "x > 2")
        );
        assert_eq!(of(&quantified, json!({"l": [1, 2, 3]})), json!(expected));
    }
}

#[test]
fn functions_close_over_what_they_read_and_call_themselves() {
    let function = |parameter: &str, body: &str| {
        format!(
            r#"<functionDefinition><formalParameter name="{parameter}"/>{}</functionDefinition>"#,
            literal(body)
        )
    };
    let context = format!(
        "<context>{}{}{}{}</context>",
        entry("率", &literal("0.5")),
        entry("减半", &function("金 额", "金 额 * 率")),
        entry("阶乘", &function("k", "if k <= 1 then 1 else k * 阶乘(k - 1)")),
        entry("", &literal("减半(n) + 阶乘(4)")),
    );
    assert_eq!(of(&context, json!({"n": 7})), json!(27.5));
    let invocation = format!(
        r#"<invocation>{}<binding><parameter name="金 额"/>{}</binding></invocation>"#,
        literal("减半"),
        literal("n + 1"),
    );
    let context = format!(
        "<context>{}{}{}</context>",
        entry("率", &literal("0.5")),
        entry("减半", &function("金 额", "金 额 * 率")),
        entry("", &invocation),
    );
    assert_eq!(of(&context, json!({"n": 7})), json!(4));
    // A missing argument is null, not a guess.
    let wrong = context
        .replace(r#"<binding><parameter name="金 额"/>"#, r#"<binding><parameter name="别的"/>"#);
    assert_eq!(of(&wrong, json!({"n": 7})), json!(null));
}

#[test]
fn a_function_outlives_the_expression_that_made_it() {
    let elements = r##"
      <inputData id="i" name="n"><variable name="n" typeRef="number"/></inputData>
      <decision id="make" name="make"><variable name="make"/>
        <informationRequirement><requiredInput href="#i"/></informationRequirement>
        <literalExpression><text>{base: n * 10, add: function(x) for y in [x, x + 1] return y + base}.add</text></literalExpression>
      </decision>
      <decision id="use" name="use"><variable name="use"/>
        <informationRequirement><requiredDecision href="#make"/></informationRequirement>
        <literalExpression><text>[for z in make(1) return z, sum(make(5)[item > 25])]</text></literalExpression>
      </decision>"##;
    assert_eq!(decide(&model(elements), "use", json!({"n": 2})), json!([[21, 22], 26]));
}

#[test]
fn knowledge_models_require_each_other_and_may_recurse() {
    let elements = r##"
      <inputData id="i" name="n"><variable name="n" typeRef="number"/></inputData>
      <businessKnowledgeModel id="sq" name="平方"><variable name="平方"/>
        <encapsulatedLogic><formalParameter name="x" typeRef="number"/>
          <literalExpression><text>x * x</text></literalExpression></encapsulatedLogic>
      </businessKnowledgeModel>
      <businessKnowledgeModel id="sum" name="平方 和"><variable name="平方 和"/>
        <encapsulatedLogic><formalParameter name="k" typeRef="number"/>
          <literalExpression><text>if k = 0 then 0 else 平方(k) + 平方 和(k - 1)</text></literalExpression></encapsulatedLogic>
        <knowledgeRequirement><requiredKnowledge href="#sq"/></knowledgeRequirement>
      </businessKnowledgeModel>
      <decision id="d" name="d"><variable name="d"/>
        <informationRequirement><requiredInput href="#i"/></informationRequirement>
        <knowledgeRequirement><requiredKnowledge href="#sum"/></knowledgeRequirement>
        <literalExpression><text>平方 和(n)</text></literalExpression>
      </decision>"##;
    let model = model(elements);
    assert_eq!(decide(&model, "d", json!({"n": 10})), json!(385));
    let error = model.decide("d", &super::object(json!({"n": 0.5}))).unwrap_err();
    assert_eq!(error.code, "feel.limit_calls");
    assert_eq!(decide(&model, "d", json!({"n": 3})), json!(14));
    assert_eq!(decide(&model, "平方 和", json!({"k": 3})), json!(14));
}

#[test]
fn a_service_called_as_a_function_sees_only_its_parameters() {
    let elements = r##"
      <inputData id="a" name="a"><variable name="a" typeRef="number"/></inputData>
      <decision id="inner" name="inner"><variable name="inner"/>
        <informationRequirement><requiredInput href="#a"/></informationRequirement>
        <literalExpression><text>a + 1</text></literalExpression></decision>
      <decision id="out" name="out"><variable name="out"/>
        <informationRequirement><requiredDecision href="#inner"/></informationRequirement>
        <informationRequirement><requiredInput href="#a"/></informationRequirement>
        <literalExpression><text>inner * 100 + a</text></literalExpression></decision>
      <decisionService id="s" name="s"><variable name="s"/>
        <outputDecision href="#out"/><encapsulatedDecision href="#inner"/><inputData href="#a"/></decisionService>
      <decisionService id="t" name="t"><variable name="t"/>
        <outputDecision href="#out"/><inputDecision href="#inner"/><inputData href="#a"/></decisionService>
      <decision id="d" name="d"><variable name="d"/>
        <informationRequirement><requiredInput href="#a"/></informationRequirement>
        <knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>
        <knowledgeRequirement><requiredKnowledge href="#t"/></knowledgeRequirement>
        <literalExpression><text>[s(a), s(a: 7), t(a, 3), t(inner: 5, a: 1), s(1, 2)]</text></literalExpression></decision>"##;
    assert_eq!(decide(&model(elements), "d", json!({"a": 2})), json!([302, 807, 302, 501, null]));
}

#[test]
fn imported_models_are_read_by_the_name_of_the_import() {
    let library = r##"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:lib" name="lib">
      <itemDefinition name="t人"><itemComponent name="年 龄"><typeRef>number</typeRef></itemComponent></itemDefinition>
      <inputData id="p" name="人"><variable name="人" typeRef="t人"/></inputData>
      <decision id="adult" name="成年"><variable name="成年" typeRef="boolean"/>
        <informationRequirement><requiredInput href="#p"/></informationRequirement>
        <literalExpression><text>人.年 龄 >= 18</text></literalExpression></decision>
      <businessKnowledgeModel id="f" name="加倍"><variable name="加倍"/><encapsulatedLogic>
        <formalParameter name="x"/><literalExpression><text>x * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
    </definitions>"##;
    let main = super::document(
        r##"<import name="库" namespace="urn:lib" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
        <inputData id="q" name="户主"><variable name="户主" typeRef="库.t人"/></inputData>
        <decision id="d" name="d"><variable name="d"/>
          <informationRequirement><requiredInput href="#q"/></informationRequirement>
          <informationRequirement><requiredDecision href="urn:lib#adult"/></informationRequirement>
          <knowledgeRequirement><requiredKnowledge href="urn:lib#f"/></knowledgeRequirement>
          <literalExpression><text>if 库.成年 then 库.加倍(户主.年 龄) else 0</text></literalExpression></decision>"##,
    );
    let model = crate::model::Model::deploy_with(main.as_bytes(), &[library.as_bytes()])
        .unwrap_or_else(|findings| panic!("{findings:#?}"));
    let inputs: Vec<_> = model.inputs("d").unwrap().into_iter().map(|i| (i.name, i.kind)).collect();
    assert_eq!(inputs, [("户主".to_owned(), "t人".to_owned()), ("库.人".into(), "t人".into())]);
    let inputs = json!({"库": {"人": {"年 龄": 20}}, "户主": {"年 龄": 44}});
    assert_eq!(decide(&model, "d", inputs), json!(88));
    let findings = crate::model::Model::deploy(main.as_bytes()).err().unwrap();
    assert!(findings.iter().any(|finding| finding.rule == "decision.import_missing"));
}

#[test]
fn what_is_imported_without_a_name_is_known_as_the_models_own() {
    let of = |namespace: &str, inner: &str| {
        super::document(inner).replace("urn:test", &format!("urn:{namespace}"))
    };
    let import = |of: &str| format!(r#"<import name="" namespace="urn:{of}" importType="x"/>"#);
    let far = of(
        "far",
        r#"<itemDefinition name="t级"><typeRef>string</typeRef><allowedValues><text>"甲"</text></allowedValues></itemDefinition>
        <inputData id="i" name="级"><variable name="级" typeRef="t级"/></inputData>"#,
    );
    let near = of(
        "near",
        &(import("far")
            + r#"<businessKnowledgeModel id="k" name="原样"><variable name="原样"/><encapsulatedLogic>
            <formalParameter name="x"/><literalExpression><text>x</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"#),
    );
    let main = of(
        "test",
        &(import("near")
            + r##"<decision id="d" name="d"><variable name="d" typeRef="t级"/>
            <informationRequirement><requiredInput href="#i"/></informationRequirement>
            <knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>
            <literalExpression><text>原样(级)</text></literalExpression></decision>"##),
    );
    let model =
        crate::model::Model::deploy_with(main.as_bytes(), &[near.as_bytes(), far.as_bytes()])
            .unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert_eq!(decide(&model, "d", json!({"级": "甲"})), json!("甲"));
    let wrong = model.decide("d", &super::object(json!({"级": "乙"}))).err().unwrap();
    assert_eq!(wrong.fields[0].code, "decision.input_value");
}

#[test]
fn a_model_imported_by_two_ways_is_told_twice() {
    let of = |namespace: &str, inner: &str| {
        super::document(inner).replace("urn:test", &format!("urn:{namespace}"))
    };
    let import = |name: &str, of: &str| {
        format!(r#"<import name="{name}" namespace="urn:{of}" importType="x"/>"#)
    };
    let need = |kind: &str, href: &str| {
        format!(r#"<informationRequirement><{kind} href="{href}"/></informationRequirement>"#)
    };
    let far = of(
        "far",
        &(r#"<inputData id="i" name="人"><variable name="人"/></inputData>
        <decision id="d" name="好"><variable name="好"/>"#
            .to_owned()
            + &need("requiredInput", "#i")
            + r#"<literalExpression><text>"好" + 人</text></literalExpression></decision>"#),
    );
    let near = of(
        "near",
        &(import("f", "far")
            + r#"<decision id="d" name="中"><variable name="中"/>"#
            + &need("requiredDecision", "urn:far#d")
            + r#"<literalExpression><text>f.好</text></literalExpression></decision>"#),
    );
    let main = of(
        "test",
        &(import("n", "near")
            + &import("f", "far")
            + r#"<decision id="d" name="d"><variable name="d"/>"#
            + &need("requiredDecision", "urn:near#d")
            + &need("requiredDecision", "urn:far#d")
            + r#"<literalExpression><text>n.中 + f.好</text></literalExpression></decision>"#),
    );
    let model =
        crate::model::Model::deploy_with(main.as_bytes(), &[far.as_bytes(), near.as_bytes()])
            .unwrap_or_else(|findings| panic!("{findings:#?}"));
    let inputs: Vec<_> = model.inputs("d").unwrap().into_iter().map(|input| input.name).collect();
    assert_eq!(inputs, ["f.人", "n.f.人"]);
    let told = json!({"n": {"f": {"人": "甲"}}, "f": {"人": "乙"}});
    assert_eq!(decide(&model, "d", told), json!("好甲好乙"));
    assert_eq!(decide(&model, "d", json!({"人": "丙"})), json!("好丙好丙"), "told once for both");
    let turn = of("near", &import("back", "main"));
    let turned = crate::model::Model::deploy_with(
        of("main", &import("n", "near")).as_bytes(),
        &[turn.as_bytes()],
    );
    assert!(turned.is_ok(), "models that import each other");
}

#[test]
fn of_one_name_in_models_imported_without_one_the_importers_is_meant() {
    let of = |namespace: &str, inner: &str| {
        super::document(inner).replace("urn:test", &format!("urn:{namespace}"))
    };
    let made = |id: &str, name: &str, needs: &str, text: &str| {
        let need = |id: &str| {
            format!(
                r#"<informationRequirement><requiredDecision href="{id}"/></informationRequirement>"#
            )
        };
        let needs: String = needs.split_whitespace().map(need).collect();
        format!(
            r#"<decision id="{id}" name="{name}"><variable name="{name}"/>{needs}
            <literalExpression><text>{text}</text></literalExpression></decision>"#
        )
    };
    let import = r#"<import name="" namespace="urn:near" importType="x"/>"#;
    let near = of(
        "near",
        &(made("n1", "同名", "", r#""近""#) + &made("n2", "近的", "urn:near#n1", "同名")),
    );
    let main = of(
        "main",
        &(import.to_owned()
            + &made("m1", "同名", "", r#""本""#)
            + &made("m2", "甲", "#n1", "同名")
            + &made("m3", "乙", "urn:near#n2", "近的")),
    );
    let model = crate::model::Model::deploy_with(main.as_bytes(), &[near.as_bytes()])
        .unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert_eq!(decide(&model, "甲", json!({})), json!("本"));
    assert_eq!(decide(&model, "乙", json!({})), json!("本"));
}
