//! Definitions that decide things of law: their own test cases pass, their tables have neither gaps
//! nor overlaps, and a decision names the clauses it rests on.

use super::{decide, object};
use crate::model::{Analysis, AskedKind, Model, Outcome};
use serde_json::json;

const LEAVE: &str = include_str!("models/maternity-leave.dmn");
const PENSION: &str = include_str!("models/pension-contribution.dmn");
const PENALTY: &str = include_str!("models/food-penalty.dmn");

fn deployed(text: &str) -> Model {
    Model::deploy(text.as_bytes()).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

#[test]
fn their_own_test_cases_pass() {
    for (text, count) in [(LEAVE, 3), (PENSION, 2), (PENALTY, 2)] {
        let outcomes = deployed(text).run_tests();
        assert_eq!(outcomes.len(), count);
        for outcome in outcomes {
            assert!(outcome.passed, "{outcome:#?}");
        }
    }
}

#[test]
fn a_test_case_that_expects_something_else_fails_and_says_what_it_got() {
    let text = LEAVE.replace(r#"{"天数": 42,"#, r#"{"天数": 43,"#);
    let outcomes = deployed(&text).run_tests();
    let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.passed).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].name, "满四个月流产");
    assert_eq!(failed[0].actual, json!({"天数": 42, "截止": "2024-02-11"}));
    assert!(failed[0].line > 90);
    // A test case whose inputs are wrong is not passed by a null.
    let text = LEAVE.replace(r#""2024-01-01""#, r#""2024-01-32""#);
    let outcomes = deployed(&text).run_tests();
    let error = outcomes.iter().find_map(|outcome| outcome.error.clone()).unwrap();
    assert!(error.contains("decision.input_type"), "{error}");
}

#[test]
fn their_tables_have_no_gaps_and_no_overlaps() {
    for text in [LEAVE, PENSION] {
        for Analysis { gaps, overlaps, gave_up, more, .. } in deployed(text).analyse() {
            assert_eq!((gaps, overlaps, gave_up, more), (vec![], vec![], None, false));
        }
    }
    let analyses = deployed(PENALTY).analyse();
    assert_eq!(analyses.len(), 2);
    for analysis in analyses {
        assert!(analysis.gaps.is_empty() && analysis.overlaps.is_empty(), "{analysis:#?}");
        assert_eq!(analysis.gave_up, None);
    }
}

#[test]
fn a_decision_names_its_clauses() {
    let model = deployed(LEAVE);
    let inputs = json!({"结局": "生育", "怀孕 月数": 9, "难产": true, "胎儿数": 3, "生育日期": "2024-12-01"});
    let decided = model.decide("产假", &object(inputs)).unwrap();
    assert_eq!(decided.value, json!({"天数": 143, "截止": "2025-04-22"}));
    let [explained] = &decided.explained[..] else { panic!() };
    assert_eq!(
        explained.notes("依据"),
        [
            "《女职工劳动保护特别规定》第七条第一款：生育享受98天产假",
            "《女职工劳动保护特别规定》第七条第一款：难产增加15天",
            "《女职工劳动保护特别规定》第七条第一款：每多生育1个婴儿增加15天",
        ]
    );
    let [basic, extra] = &explained.children[..] else { panic!() };
    assert_eq!((basic.name.as_str(), &basic.result), ("基本天数", &json!(98)));
    assert_eq!(extra.result, json!(45));
    let [hit] = &extra.tables[..] else { panic!() };
    assert_eq!((hit.policy, hit.outcome, hit.line), ("C+", Outcome::Matched, 51));
    let rules: Vec<_> = hit.rules.iter().map(|rule| (rule.rule, rule.output.clone())).collect();
    assert_eq!(rules, [(1, json!(15)), (2, json!(30))]);
    let used: Vec<_> = hit.inputs.iter().map(|used| (used.name.as_str(), &used.value)).collect();
    assert_eq!(used, [("结局", &json!("生育")), ("难产", &json!(true)), ("胎儿数", &json!(3))]);
    let used: Vec<_> = explained.inputs.iter().map(|used| used.name.as_str()).collect();
    assert_eq!(used, ["生育日期", "基本天数", "增加天数"]);
    // It can be kept and shown.
    let kept = serde_json::to_value(&decided).unwrap();
    assert_eq!(kept["explained"][0]["children"][1]["tables"][0]["outcome"], json!("matched"));
}

#[test]
fn the_first_that_matches_is_the_only_one_named() {
    let model = deployed(PENSION);
    let inputs = json!({"本人上年月平均工资": 30000, "全口径月平均工资": 6000});
    let decided = model.decide("base", &object(inputs)).unwrap();
    assert_eq!(decided.value, json!(18000));
    assert_eq!(decided.explained[0].notes("依据"), ["国办发〔2019〕13号三：核定缴费基数上限"]);
}

#[test]
fn a_service_takes_a_decision_as_given_and_gives_several() {
    let model = deployed(PENSION);
    let kinds: Vec<_> = model.questions().map(|(id, _, kind)| (id.to_owned(), kind)).collect();
    assert!(kinds.contains(&("counter".to_owned(), AskedKind::Service)));
    assert!(kinds.contains(&("cents".to_owned(), AskedKind::Knowledge)));
    let names: Vec<String> =
        model.inputs("缴费测算").unwrap().into_iter().map(|input| input.name).collect();
    assert_eq!(names, ["本人上年月平均工资", "全口径月平均工资", "工资占比"]);
    // The ratio is given, so it is not what the wages say.
    let inputs = json!({"本人上年月平均工资": 100, "全口径月平均工资": 6000, "工资占比": 1});
    let value = decide(&model, "缴费测算", inputs);
    assert_eq!(value, json!({"月缴费": {"单位": 16, "个人": 8}, "缴费基数": 100}));
    assert_eq!(
        decide(&model, "到分", json!({"金额": "12345678901234567890.125"})),
        json!("12345678901234567890.13")
    );
}

#[test]
fn the_most_important_output_wins_and_every_rule_that_matched_is_named() {
    let model = deployed(PENALTY);
    let inputs = json!({
        "当事人": {"类型": "自然人", "出生日期": "2011-06-01"}, "货值金额": 20000,
        "违反条款": "第一百二十三条", "行为日期": "2025-05-31", "发现日期": "2025-06-02",
        "危及生命健康且有后果": true,
    });
    let decided = model.decide("罚款", &object(inputs)).unwrap();
    assert_eq!(decided.value, json!({"责任": "不予处罚", "幅度": null}));
    let liable = &decided.explained[0].children[0];
    let rules: Vec<usize> = liable.tables[0].rules.iter().map(|rule| rule.rule).collect();
    assert_eq!(rules, [1, 5]);
    // Two years to the day.
    for (found, expected) in [("2026-02-28", "处罚"), ("2026-03-01", "不予处罚")] {
        let inputs = json!({
            "当事人": {"类型": "法人", "出生日期": null}, "行为日期": "2024-03-01",
            "发现日期": found, "危及生命健康且有后果": false,
        });
        assert_eq!(decide(&model, "责任", inputs), json!(expected), "{found}");
    }
}

#[test]
fn a_null_says_why() {
    let text = PENSION.replace("<text>全口径月平均工资 * 0.6</text>", "<text>\"很少\"</text>");
    let inputs = object(json!({"本人上年月平均工资": 100, "全口径月平均工资": 6000}));
    let decided = deployed(&text).decide("base", &inputs).unwrap();
    assert_eq!(decided.value, json!(null));
    assert_eq!(decided.explained[0].because.as_deref(), Some("the value is not of type number"));
    let inputs = object(json!({"本人上年月平均工资": 100, "全口径月平均工资": 0}));
    let decided = deployed(PENSION).decide("ratio", &inputs).unwrap();
    assert!(decided.explained[0].because.as_deref().unwrap().contains("division by zero"));
}

#[test]
fn a_model_is_asked_by_many_at_once() {
    let model = deployed(LEAVE);
    std::thread::scope(|scope| {
        for babies in 1..9 {
            let model = &model;
            scope.spawn(move || {
                let inputs = object(json!({
                    "结局": "生育", "怀孕 月数": 9, "难产": false, "胎儿数": babies, "生育日期": "2024-12-01",
                }));
                for _ in 0..20 {
                    let decided = model.decide("leave", &inputs).unwrap();
                    assert_eq!(decided.value["天数"], json!(98 + 15 * (babies - 1)));
                    assert_eq!(decided.explained[0].notes("依据").len(), if babies > 1 { 2 } else { 1 });
                }
            });
        }
    });
}
