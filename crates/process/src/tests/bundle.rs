//! Bundles without a database: what is refused, what comes back, and examples walked on the engine.

use super::world::{document, draw};
use crate::bundle::{Bundle, Files, form, prove};
use crate::walk;
use flow::process::{Finding, Variables};
use pack::Province;
use pack::procedure::{TaskForm, Walk};
use serde_json::{Value as Json, json};

/// A decision on the amount asked for, with the clause each rule rests on and a test.
pub(crate) fn subsidy(limit: u32, expected: &str) -> String {
    let share = if expected == "low" { 0.5 } else { 0.25 };
    format!(
        r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" xmlns:yipan="urn:yipan:decision:1" namespace="urn:test:subsidy" name="subsidy" id="subsidy-model">
<inputData id="i1" name="amount"><variable name="amount" typeRef="number"/></inputData>
<inputData id="i2" name="today"><variable name="today" typeRef="date"/></inputData>
<decision id="subsidy" name="补贴档次"><extensionElements>
<yipan:test name="small"><yipan:input name="amount">10</yipan:input><yipan:input name="today">"2026-01-01"</yipan:input><yipan:expect>{{"tier":"{expected}","share":{share}}}</yipan:expect></yipan:test>
</extensionElements><variable name="subsidy"/>
<informationRequirement><requiredInput href="#i1"/></informationRequirement>
<informationRequirement><requiredInput href="#i2"/></informationRequirement>
<decisionTable hitPolicy="UNIQUE">
<input id="c1"><inputExpression typeRef="number"><text>amount</text></inputExpression></input>
<input id="c2"><inputExpression typeRef="boolean"><text>today &gt;= date("2026-01-01")</text></inputExpression></input>
<output id="o1" name="tier" typeRef="string"/><output id="o2" name="share" typeRef="number"/>
<annotation name="依据"/>
<rule id="r1"><inputEntry><text>&lt; {limit}</text></inputEntry><inputEntry><text>true</text></inputEntry><outputEntry><text>"low"</text></outputEntry><outputEntry><text>0.5</text></outputEntry><annotationEntry><text>办法第八条</text></annotationEntry></rule>
<rule id="r2"><inputEntry><text>&gt;= {limit}</text></inputEntry><inputEntry><text>true</text></inputEntry><outputEntry><text>"high"</text></outputEntry><outputEntry><text>0.25</text></outputEntry><annotationEntry><text>办法第九条</text></annotationEntry></rule>
</decisionTable></decision></definitions>"##
    )
}

/// Apply, decide the tier by table, have the high ones approved.
pub(crate) fn drawing() -> String {
    let nodes = [
        "startEvent s0",
        "userTask apply y:form=application y:candidates=clerk",
        "businessRuleTask rate y:decision=subsidy y:result=rated",
        "exclusiveGateway g",
        "userTask approve y:form=opinion y:candidates=approver",
        "endEvent paid",
        "endEvent approved",
    ];
    let flows = [
        "s0 apply",
        "apply rate",
        "rate g",
        "g paid rated.tier = \"low\"",
        "g approve rated.tier = \"high\"",
        "approve approved",
    ];
    document(&[("grant", &draw(&nodes, &flows))])
}

pub(crate) fn forms() -> Vec<TaskForm> {
    let text = |text: &str| json!({ "zh": text, "en": text });
    let form = |id: &str, fields: Json| json!({ "id": id, "title": text(id), "fields": fields });
    serde_json::from_value(json!([
        form("start", json!([
            { "id": "company", "label": text("企业名称"), "kind": "text", "required": true, "length_max": 20 },
            { "id": "urgent", "label": text("加急"), "kind": "boolean" },
        ])),
        form("application", json!([
            { "id": "company", "label": text("企业名称"), "kind": "text", "read_only": true },
            { "id": "amount", "label": text("金额"), "kind": "integer", "required": true, "min": 1, "max": 1000 },
            { "id": "rate", "label": text("比例"), "kind": "decimal" },
            { "id": "from", "label": text("起始日"), "kind": "date" },
            { "id": "sort", "label": text("类型"), "kind": "choice",
              "choices": [{ "value": "a", "label": text("甲类") }, { "value": "b", "label": text("乙类") }] },
            { "id": "papers", "label": text("材料"), "kind": "choices",
              "choices": [{ "value": "plan", "label": text("方案") }, { "value": "bill", "label": text("发票") }] },
            { "id": "experts", "label": text("专家"), "kind": "officers" },
            { "id": "remark", "label": text("说明"), "kind": "words" },
        ])),
        form("opinion", json!([
            { "id": "agree", "label": text("同意"), "kind": "boolean", "required": true },
        ])),
    ]))
    .unwrap()
}

pub(crate) fn files() -> Files {
    let files =
        Files::new(drawing().as_bytes()).with("subsidy.dmn", subsidy(100, "low").as_bytes());
    files.with_forms(&forms()).unwrap()
}

fn proved(files: &Files) -> Result<Bundle, Vec<Finding>> {
    prove(files, &Province::embedded().unwrap(), &|_| false)
}

fn rules(files: &Files) -> Vec<(&'static str, String)> {
    let findings = proved(files).err().unwrap_or_default();
    findings.into_iter().map(|finding| (finding.rule, finding.element)).collect()
}

#[test]
fn files_come_back_byte_for_byte_and_a_diagram_alone_is_its_own_bytes() {
    let odd = [b"\xff\xfe\n 3\n".as_slice(), b"", b"\n", b"procedure.bpmn 5\nabc"];
    for bytes in odd {
        let files = Files::new(bytes).with("a.dmn", bytes).with("forms.yaml", bytes);
        assert_eq!(Files::from_bytes(&files.to_bytes()).unwrap(), files);
        assert_eq!(Files::new(bytes).to_bytes(), bytes);
    }
    let whole = files().to_bytes();
    for cut in 16..whole.len() {
        let read = Files::from_bytes(&whole[..cut]);
        assert!(read.is_err() || read.unwrap() != files(), "{cut}");
    }
    let bundle = proved(&files()).unwrap();
    assert_eq!(bundle.digest, proof::digest::sm3_hex(&whole));
    assert_eq!((bundle.forms.len(), bundle.decisions.models().count()), (3, 1));
}

#[test]
fn what_does_not_fit_together_is_refused_by_rule() {
    let dmn = subsidy(100, "low");
    let lone = Files::new(drawing().as_bytes());
    let missing = rules(&lone);
    let expected = [
        ("process.form_unknown", "apply".to_owned()),
        ("process.decision_unknown", "rate".to_owned()),
        ("process.form_unknown", "approve".to_owned()),
    ];
    assert_eq!(missing, expected);
    let one = |files: &Files| rules(files).first().cloned().unwrap_or(("", String::new()));
    let twice = files().with("other.dmn", dmn.as_bytes());
    assert_eq!(one(&twice), ("process.decision_ambiguous", "rate".to_owned()));
    let wrong = files().with("subsidy.dmn", subsidy(100, "high").as_bytes());
    assert_eq!(one(&wrong), ("process.decision_test", "subsidy.dmn#subsidy".to_owned()));
    let now = dmn.replace("today &gt;= date", "today() &gt;= date");
    let (rule, element) = one(&files().with("subsidy.dmn", now.as_bytes()));
    assert!(element.starts_with("subsidy.dmn#"), "{rule} {element}");
    assert_eq!(one(&files().with("subsidy.dmn", b"<x/>")).0, "decision.not_dmn");
    assert_eq!(one(&files().with("../a.dmn", dmn.as_bytes())).0, "process.file_name");
    assert_eq!(one(&files().with("forms.yaml", b"[]")).0, "process.file_name");
    let many = (0..21).fold(files(), |files, n| files.with(&format!("d{n}.dmn"), dmn.as_bytes()));
    assert_eq!(one(&many).0, "process.files_many");
    let large = files().with("forms.json", &vec![b' '; (256 << 10) + 1]);
    assert_eq!(one(&large).0, "process.file_size");
    assert_eq!(one(&files().with("forms.json", b"[{}]")).0, "process.forms_file");
    let bomb = "a: &a [x,x]\nb: &b [*a,*a]\n".repeat(2);
    let files = Files::new(drawing().as_bytes()).with("forms.yaml", bomb.as_bytes());
    assert!(rules(&files).iter().any(|(rule, _)| *rule == "process.forms_file"));
}

#[test]
fn what_an_event_asks_is_a_form_that_names_no_officers() {
    let asking = |form: &str| {
        let task = format!("receiveTask w messageRef=go y:form={form}");
        let nodes = ["startEvent s0", task.as_str(), "endEvent e"];
        let drawing = document(&[("p", &draw(&nodes, &["s0 w", "w e"]))]);
        rules(&Files::new(drawing.as_bytes()).with_forms(&forms()).unwrap())
    };
    assert_eq!(asking("opinion"), []);
    assert_eq!(asking("nothing"), [("process.form_unknown", "w".to_owned())]);
    assert_eq!(asking("application"), [("process.form_officers", "w".to_owned())]);
}

#[test]
fn a_wrong_form_is_refused_by_rule() {
    let change = |change: &dyn Fn(&mut Vec<TaskForm>)| {
        let mut all = forms();
        change(&mut all);
        let found = form::faults(&all).into_iter().map(|one| (one.rule, one.element));
        found.collect::<Vec<_>>()
    };
    assert_eq!(change(&|_| {}), []);
    type Spoil<'a> = &'a dyn Fn(&mut Vec<TaskForm>);
    let cases: [(Spoil, &str, &str); 6] = [
        (&|all| all[0].id = "opinion".into(), "process.form_duplicate", "opinion"),
        (
            &|all| all[1].fields[1].id = "company".into(),
            "process.form_field",
            "application.company",
        ),
        (&|all| all[1].fields[1].id = "金额".into(), "process.form_field", "application.金额"),
        (&|all| all[1].fields[1].min = Some(2_000), "process.form_setting", "application.amount"),
        (&|all| all[1].fields[4].choices.clear(), "process.form_setting", "application.sort"),
        (&|all| all[2].fields[0].length_max = Some(3), "process.form_setting", "opinion.agree"),
    ];
    for (at, rule, element) in cases {
        assert_eq!(change(at), [(rule, element.to_owned())]);
    }
}

/// The faults of an answer to the second form: field and code.
fn faults(answers: Json) -> Vec<(String, String)> {
    let answers: Variables = serde_json::from_value(answers).unwrap();
    match form::accept(&forms()[1], &answers) {
        Ok(_) => Vec::new(),
        Err(error) => {
            assert_eq!(error.code, "process.answers");
            error.fields.into_iter().map(|one| (one.field, one.code)).collect()
        }
    }
}

/// A number of that many digits.
fn digits(count: usize) -> Json {
    serde_json::from_str(&"1234567890".repeat(count / 10)).unwrap()
}

#[test]
fn answers_at_the_edges_are_taken_as_they_are() {
    let edge = json!({ "amount": 1000, "rate": 1e39, "from": "9999-12-31", "remark": "ï¿½2026å¹´\u{fffd}" });
    assert_eq!(faults(edge.clone()), []);
    let accepted =
        form::accept(&forms()[1], &serde_json::from_value(edge.clone()).unwrap()).unwrap();
    assert_eq!(json!(accepted), edge);
}

#[test]
fn answers_are_what_the_form_asks_or_the_field_is_named() {
    let good = json!({ "amount": 12, "rate": 0.35, "from": "2026-09-15", "sort": "a",
        "papers": ["plan", "bill", "plan"], "experts": ["wang", " zhao "], "remark": "两行\n文字" });
    assert_eq!(faults(good.clone()), []);
    let accepted = form::accept(&forms()[1], &serde_json::from_value(good).unwrap()).unwrap();
    assert_eq!(accepted["papers"], json!(["plan", "bill"]));
    assert_eq!(accepted["experts"], json!(["wang", "zhao"]));
    let back = json!({ "amount": 1, "from": null, "papers": [], "remark": "" });
    let accepted = form::accept(&forms()[1], &serde_json::from_value(back).unwrap()).unwrap();
    assert_eq!(json!(accepted), json!({ "amount": 1, "from": null, "papers": [], "remark": "" }));
    for (field, answer, code) in [
        ("amount", json!(null), "missing"),
        ("amount", json!("  "), "missing"),
        ("amount", json!("12"), "integer"),
        ("amount", json!(1.5), "integer"),
        ("amount", json!(0), "range"),
        ("amount", json!(1001), "range"),
        ("amount", json!(u64::MAX), "integer"),
        ("rate", json!(0.123_456_789_012_345_68_f64), "decimal"),
        ("rate", json!("x"), "decimal"),
        ("from", json!("2026-02-30"), "date"),
        ("from", json!("15.9.2026"), "date"),
        ("from", json!("0000-01-01"), "date"),
        ("from", json!("10000-01-01"), "date"),
        ("from", json!("2026-01-01T00:00:00@Mars/Base"), "date"),
        ("amount", digits(40), "integer"),
        ("rate", digits(40), "decimal"),
        ("rate", json!(digits(40).to_string()), "decimal"),
        ("sort", json!("ï¿½ç"), "choice"),
        ("sort", json!("c"), "choice"),
        ("sort", json!(["a"]), "choice"),
        ("papers", json!(["plan", "c"]), "choice"),
        ("experts", json!("wang"), "officers"),
        ("experts", json!(vec!["a"; 51]), "officers"),
        ("remark", json!("字".repeat(4_001)), "length"),
        ("remark", json!({ "a": 1 }), "text"),
        ("company", json!("换一家"), "unasked"),
        ("secret", json!(true), "unasked"),
    ] {
        let mut answers = json!({ "amount": 5 });
        answers[field] = answer;
        let expected = (field.to_owned(), format!("process.answer_{code}"));
        assert_eq!(faults(answers.clone()), [expected], "{answers}");
    }
}

fn example(json: Json) -> Walk {
    let mut example = json!({ "id": "x", "name": { "zh": "例", "en": "example" } });
    example.as_object_mut().unwrap().extend(json.as_object().unwrap().clone());
    serde_json::from_value(example).unwrap()
}

#[test]
fn examples_are_walked_with_real_decisions_and_forms() {
    let bundle = proved(&files()).unwrap();
    let low = json!({ "start": { "company": "甲" }, "steps": [{ "task": "apply", "set": { "amount": 99 } }],
        "ends": ["paid"], "leaves": { "rated": { "tier": "low", "share": 0.50 }, "amount": 99 } });
    let state =
        walk::run(&bundle, &[], &Province::embedded().unwrap(), "grant", &example(low.clone()))
            .unwrap();
    assert_eq!(state.variables["rated"]["tier"], "low");
    let high = json!({ "start": { "company": "甲" }, "steps": [
        { "task": "apply", "set": { "amount": 100 } }, { "task": "approve", "set": { "agree": true } }],
        "ends": ["approved"] });
    walk::run(&bundle, &[], &Province::embedded().unwrap(), "grant", &example(high.clone()))
        .unwrap();
    let broken = |base: &Json, path: &str, value: Json| {
        let mut json = base.clone();
        *json.pointer_mut(path).unwrap() = value;
        walk::run(&bundle, &[], &Province::embedded().unwrap(), "grant", &example(json))
            .unwrap_err()
            .rule
    };
    assert_eq!(broken(&low, "/ends", json!(["approved"])), "process.example_ends");
    assert_eq!(broken(&low, "/leaves/amount", json!(98)), "process.example_leaves");
    assert_eq!(broken(&low, "/start", json!({})), "process.example_step");
    assert_eq!(broken(&low, "/steps/0/set/amount", json!(0)), "process.example_step");
    assert_eq!(broken(&low, "/steps/0/task", json!("approve")), "process.example_step");
    assert_eq!(broken(&low, "/steps/0", json!({})), "process.example_step");
    let open = json!({ "start": { "company": "甲" }, "ends": [],
        "steps": [{ "task": "apply", "set": { "amount": 100 } }] });
    let found = walk::run(&bundle, &[], &Province::embedded().unwrap(), "grant", &example(open))
        .unwrap_err();
    assert_eq!((found.rule, found.detail.as_str()), ("process.example_open", "approve"));
    assert_eq!(found.path, ["s0", "apply", "rate", "g", "approve"]);
}

#[test]
fn an_example_waits_calls_throws_and_repeats_as_the_engine_does() {
    let nodes = [
        "<startEvent id=\"s0\"><messageEventDefinition messageRef=\"go\"/></startEvent>",
        "<userTask id=\"sign\" y:candidates=\"clerk\"><multiInstanceLoopCharacteristics y:collection=\"who\" y:item=\"one\"/></userTask>",
        "<boundaryEvent id=\"late\" attachedToRef=\"sign\" cancelActivity=\"false\"><timerEventDefinition><timeDuration>P3D</timeDuration></timerEventDefinition></boundaryEvent>",
        "endEvent urged",
        "callActivity ask calledElement=asked",
        "serviceTask note y:topic=evidence.note y:result=noted",
        "<intermediateCatchEvent id=\"reply\"><messageEventDefinition messageRef=\"m\"/></intermediateCatchEvent>",
        "<adHocSubProcess id=\"free\"><userTask id=\"visit\"/><userTask id=\"call\"/></adHocSubProcess>",
        "<intermediateCatchEvent id=\"water\"><signalEventDefinition signalRef=\"flood\"/></intermediateCatchEvent>",
        "endEvent e",
    ];
    let flows = [
        "s0 sign",
        "late urged",
        "sign ask",
        "ask note",
        "note reply",
        "reply free",
        "free water",
        "water e",
    ];
    let main = draw(&nodes, &flows);
    let child = draw(
        &[
            "startEvent c0",
            "userTask answer",
            "<endEvent id=\"told\"><messageEventDefinition messageRef=\"m\"/></endEvent>",
        ],
        &["c0 answer", "answer told"],
    );
    let bundle =
        proved(&Files::new(document(&[("main", &main), ("asked", &child)]).as_bytes())).unwrap();
    let good = json!({ "start": { "who": ["a", "b"], "number": 7 }, "steps": [
        { "message": "启动", "set": { "from": "市府" } },
        { "task": "sign" }, { "timer": "late" }, { "task": "sign" },
        { "task": "answer", "set": { "said": "同意" } },
        { "job": "note", "set": { "digest": "x" } },
        { "activity": "visit" }, { "task": "visit" }, { "finish": "free" }, { "signal": "汛情" }],
        "ends": ["urged", "e"], "leaves": { "said": "同意", "from": "市府", "noted": { "digest": "x" } } });
    let state =
        walk::run(&bundle, &[], &Province::embedded().unwrap(), "main", &example(good.clone()))
            .unwrap();
    assert!(state.tokens.is_empty());
    for at in 0..9 {
        let mut less = good.clone();
        less["steps"].as_array_mut().unwrap().remove(at);
        let found = walk::run(&bundle, &[], &Province::embedded().unwrap(), "main", &example(less));
        assert!(found.unwrap_err().rule.starts_with("process.example_"), "without {at}");
    }
}

#[test]
fn procedures_of_the_packs_walk_their_examples() {
    let wrong = walk::check(&Province::embedded().unwrap());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
