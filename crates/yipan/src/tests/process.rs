//! `yipan process check` on folders and files: what is whole, and what is named when it is not.

use crate::command::process::look;
use std::fs;
use std::path::Path;

const DRAWING: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:yipan="urn:yipan:process:1" id="d" targetNamespace="urn:test">
<process id="leave" name="请假" isExecutable="true">
<startEvent id="s"/><businessRuleTask id="rate" yipan:decision="days" yipan:result="level"/>
<exclusiveGateway id="g"/><userTask id="approve" yipan:candidates="approver" yipan:form="opinion"/>
<endEvent id="granted"/><endEvent id="approved"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="rate"/><sequenceFlow id="f2" sourceRef="rate" targetRef="g"/>
<sequenceFlow id="f3" sourceRef="g" targetRef="granted"><conditionExpression>level = "short"</conditionExpression></sequenceFlow>
<sequenceFlow id="f4" sourceRef="g" targetRef="approve"><conditionExpression>level = "long"</conditionExpression></sequenceFlow>
<sequenceFlow id="f5" sourceRef="approve" targetRef="approved"/>
</process></definitions>"##;

const DECISION: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" xmlns:yipan="urn:yipan:decision:1" namespace="urn:test:days" name="days" id="days-model">
<inputData id="i1" name="count"><variable name="count" typeRef="number"/></inputData>
<decision id="days" name="档次"><extensionElements><yipan:test name="one"><yipan:input name="count">1</yipan:input><yipan:expect>"short"</yipan:expect></yipan:test></extensionElements>
<variable name="days"/><informationRequirement><requiredInput href="#i1"/></informationRequirement>
<literalExpression><text>if count &lt; 3 then "short" else "long"</text></literalExpression></decision></definitions>"##;

const ABOUT: &str = "id: leave
version: 1
effective_from: 2024-01-01
basis: [{ law: { zh: 公务员法, en: Civil Servants Law }, article: 第八十二条 }]
name: { zh: 请假, en: Leave }
summary: { zh: 工作人员请假, en: Leave of officers }
forms:
  - { id: opinion, title: { zh: 意见, en: Opinion }, fields: [{ id: agree, label: { zh: 同意, en: Agree }, kind: boolean, required: true }] }
examples:
  - { id: short, name: { zh: 一天, en: One day }, start: { count: 1 }, steps: [], ends: [granted], leaves: { level: short } }
  - { id: long, name: { zh: 十天, en: Ten days }, start: { count: 10 }, steps: [{ task: approve, set: { agree: true } }], ends: [approved] }
";

/// Rules found in a folder of that content.
fn rules(diagram: &str, decision: &str, about: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("leave");
    fs::create_dir(&own).unwrap();
    for (name, text) in
        [("procedure.bpmn", diagram), ("days.dmn", decision), ("procedure.yaml", about)]
    {
        fs::write(own.join(name), text).unwrap();
    }
    let told = look(&own).unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    let told = told.into_iter().next().unwrap();
    let found = told.findings.into_iter().map(|finding| finding.rule.to_owned());
    found.chain(told.pack.into_iter().map(|finding| finding.code.to_owned())).collect()
}

#[test]
fn a_folder_of_a_procedure_is_proved_with_its_decisions_forms_and_examples() {
    let none: [String; 0] = [];
    assert_eq!(rules(DRAWING, DECISION, ABOUT), none);
    let spoilt = DECISION.replace("count &lt; 3", "count &lt; 0");
    assert_eq!(rules(DRAWING, &spoilt, ABOUT), ["process.decision_test"]);
    let unknown = DRAWING.replace("form=\"opinion\"", "form=\"other\"");
    assert_eq!(rules(&unknown, DECISION, ABOUT), ["process.form_unknown"]);
    let elsewhere = ABOUT.replace("ends: [approved]", "ends: [granted]");
    assert_eq!(rules(DRAWING, DECISION, &elsewhere), ["process.example_ends"]);
    let unanswered = ABOUT.replace("agree: true", "agree: null");
    assert_eq!(rules(DRAWING, DECISION, &unanswered), ["process.example_step"]);
    let without = ABOUT.replace("id: opinion, ", "");
    let found = rules(DRAWING, DECISION, &without);
    assert!(!found.is_empty() && !found[0].starts_with("process."), "{found:?}");
}

#[test]
fn files_are_proved_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let told = look(&path).unwrap();
        told[0].findings.iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(check("leave.bpmn", DRAWING), [""; 0]);
    for wrong in ["${level==1}", "level ==", "level === 1"] {
        let spoilt = DRAWING.replace("level = \"short\"", wrong);
        assert_eq!(check("leave.bpmn", &spoilt), ["process.expression_wrong"], "{wrong}");
    }
    assert_eq!(check("days.dmn", DECISION), [""; 0]);
    let spoilt = DECISION.replace("count &lt; 3", "count &lt; 0");
    assert_eq!(check("days.dmn", &spoilt), ["process.decision_test"]);
    assert_eq!(check("x.dmn", "<x/>"), ["decision.not_dmn"]);
    assert_eq!(check("x.bpmn", "<x/>"), ["process.not_bpmn"]);
    assert_eq!(look(Path::new("/no/such/file")).unwrap_err().code, "file");
}
