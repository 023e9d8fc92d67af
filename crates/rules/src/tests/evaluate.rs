//! Decisions fail closed and explain themselves.

use super::{fact, now, rule, sound};
use crate::{Fact, Op, Outcome, Verdict, check, evaluate};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[test]
fn a_rule_whose_every_condition_is_met_grants_and_explains_itself() {
    let (rule, facts) = sound();
    let decision = evaluate(&rule, &facts, now());
    assert_eq!(decision.outcome, Outcome::Grant);
    assert_eq!(decision.explanation.len(), rule.conditions.len());
    let first = &decision.explanation[0];
    assert_eq!((first.condition.as_str(), first.article.as_str()), ("mother", "条例 7"));
    assert_eq!(first.left.value, Some(json!("A1")));
    assert_eq!(first.left.at, Some(now().plus_hours(-1)));
    assert_eq!(first.right.as_ref().unwrap().path, "form.mother.id");
}

#[test]
fn a_decision_is_the_same_after_a_round_trip_through_its_record() {
    let (rule, facts) = sound();
    let decision = evaluate(&rule, &facts, now());
    let kept = serde_json::to_string(&decision).unwrap();
    let read: crate::Decision = serde_json::from_str(&kept).unwrap();
    assert_eq!(read, decision);
    let again: crate::Rule = serde_json::from_str(&serde_json::to_string(&rule).unwrap()).unwrap();
    assert_eq!(serde_json::to_string(&evaluate(&again, &facts, now())).unwrap(), kept);
}

/// Result of one condition `left: a`, with the given tail, over facts `a` and `b`.
fn verdict(tail: &str, a: Option<Value>, b: Option<Value>) -> Verdict {
    let rule = rule(&format!(
        "{{id: r, version: 1, basis: x, conditions: [{{id: c, text: {{zh: 甲, en: A}}, article: x, left: a, {tail}}}]}}"
    ));
    let mut facts = BTreeMap::new();
    for (path, value) in [("a", a), ("b", b)] {
        if let Some(value) = value {
            facts.insert(path.to_owned(), fact(value, 0));
        }
    }
    let decision = evaluate(&rule, &facts, now());
    let result = decision.explanation[0].result;
    assert_eq!(decision.outcome == Outcome::Grant, result == Verdict::Met, "{tail}");
    result
}

#[test]
fn each_operator_answers_as_its_table_says() {
    use Verdict::{Met, Mistyped, NotMet};
    let rows = [
        ("op: eq, value: 1", json!(1), Met),
        ("op: eq, value: 1", json!("1"), Mistyped),
        ("op: eq, value: 9007199254740993", json!(9_007_199_254_740_992_i64), NotMet),
        ("op: ne, value: x", json!("y"), Met),
        ("op: ne, value: x", json!(true), Mistyped),
        ("op: lt, value: 10", json!(-3), Met),
        ("op: lt, value: 10", json!(10), NotMet),
        ("op: le, value: 2.5", json!(2), Met),
        ("op: gt, value: b", json!("a"), Mistyped),
        ("op: gt, value: '2026-01-31'", json!("2026-02-01"), Met),
        ("op: ge, value: '2026-02-01'", json!("2026-01-31T23:30:00Z"), Met),
        ("op: ge, value: '2026-02-30'", json!("2026-03-01"), Mistyped),
        ("op: in, values: [a, b]", json!("b"), Met),
        ("op: in, values: [a, b]", json!("c"), NotMet),
        ("op: in, values: [a, b]", json!(1), Mistyped),
        ("op: not_in, values: [a, b]", json!("c"), Met),
        ("op: not_in, values: [a, b]", json!("a"), NotMet),
        ("op: not_in, values: [a, b]", json!(1), Mistyped),
        ("op: contains, value: 2", json!([1, 2]), Met),
        ("op: contains, value: 3", json!([1, 2]), NotMet),
        ("op: contains, value: 郑州", json!("河南省郑州市"), Met),
        ("op: contains, value: ''", json!("河南省"), Mistyped),
        ("op: contains, value: 1", json!(1), Mistyped),
        ("op: within_days, value: 14", json!("2026-09-01"), Met),
        ("op: within_days, value: 13", json!("2026-09-01"), NotMet),
        ("op: within_days, value: 0", json!("2026-09-15"), Met),
        ("op: within_days, value: 365", json!("2026-09-16"), NotMet),
        ("op: within_days, value: 365", json!("yesterday"), Mistyped),
        ("op: within_days, value: 365", json!(20260901), Mistyped),
        ("op: matches, value: 'LI HUA'", json!("ｌｉ　ｈｕａ"), Met),
        ("op: matches, value: 阿依古丽·买买提", json!("阿依古丽•买买提 "), Met),
        ("op: matches, value: 李华", json!("李花"), NotMet),
        ("op: matches_fact, value: 李华", json!(1), Mistyped),
        ("op: present", json!(false), Met),
        ("op: absent", json!(""), NotMet),
    ];
    for (tail, value, expected) in rows {
        assert_eq!(verdict(tail, Some(value.clone()), None), expected, "{value} {tail}");
    }
}

#[test]
fn a_condition_is_required_only_when_it_applies() {
    let written = r#"
id: enrolment
version: 1
basis: 条例 6
conditions:
  - {id: start, text: {zh: 已选择, en: Chosen}, left: form.start, op: present, article: 条例 6}
  - {id: early, text: {zh: 九十天内, en: Within ninety days}, left: birth.date, op: within_days, value: 90, article: 条例 6,
     when: {left: form.start, op: eq, value: birth}}
"#;
    let rule = super::rule(written);
    let known = ["form.start", "birth.date"].map(str::to_owned).into();
    assert_eq!(check(&rule, &known), Vec::new());
    let again: crate::Rule = serde_json::from_str(&serde_json::to_string(&rule).unwrap()).unwrap();
    assert_eq!(again, rule);
    for (start, born, outcome, explained) in [
        ("birth", "2026-09-01", Outcome::Grant, 2),
        ("birth", "2026-05-01", Outcome::Refer, 2),
        ("next_year", "2026-05-01", Outcome::Grant, 1),
    ] {
        let facts = BTreeMap::from([
            ("form.start".to_owned(), super::fact(start.into(), 0)),
            ("birth.date".to_owned(), super::fact(born.into(), 0)),
        ]);
        let decision = evaluate(&rule, &facts, super::now());
        assert_eq!((decision.outcome, decision.explanation.len()), (outcome, explained), "{born}");
    }
    let unknown = ["birth.date"].map(str::to_owned).into();
    assert!(!check(&rule, &unknown).is_empty(), "its own answers are checked as well");
}

#[test]
fn a_fact_is_compared_with_another_fact() {
    assert_eq!(verdict("op: le, fact: b", Some(json!(1)), Some(json!(2))), Verdict::Met);
    assert_eq!(verdict("op: in, fact: b", Some(json!(1)), Some(json!([1]))), Verdict::Met);
    assert_eq!(verdict("op: in, fact: b", Some(json!(1)), Some(json!(1))), Verdict::Mistyped);
    assert_eq!(verdict("op: eq, fact: b", Some(json!(1)), None), Verdict::Missing);
    assert_eq!(verdict("op: eq, fact: b", Some(json!(1)), Some(Value::Null)), Verdict::Missing);
}

#[test]
fn absent_needs_a_source_that_was_asked() {
    assert_eq!(verdict("op: absent", Some(Value::Null), None), Verdict::Met);
    assert_eq!(verdict("op: absent", None, None), Verdict::Missing);
    assert_eq!(verdict("op: present", Some(Value::Null), None), Verdict::Missing);
}

#[test]
fn a_fact_is_fresh_up_to_its_last_microsecond_and_stale_after() {
    let (rule, mut facts) = sound();
    let age = |facts: &mut BTreeMap<String, Fact>, us: i64| {
        facts.get_mut("birth.mother.id").unwrap().at = now().plus_us(-us);
        evaluate(&rule, facts, now()).explanation[0].result
    };
    let day = kernel::time::DAY_US;
    assert_eq!(age(&mut facts, day), Verdict::Met);
    assert_eq!(age(&mut facts, day + 1), Verdict::Stale);
    assert_eq!(age(&mut facts, -1), Verdict::Stale, "a time to come is not to be trusted");
}

#[test]
fn a_rule_without_conditions_refers() {
    let (mut rule, facts) = sound();
    rule.conditions.clear();
    assert_eq!(evaluate(&rule, &facts, now()).outcome, Outcome::Refer);
}

#[test]
fn a_rule_beyond_the_limit_refers() {
    let (mut rule, facts) = sound();
    let one = rule.conditions[4].clone();
    rule.conditions = vec![one; crate::CONDITIONS_MAX];
    assert_eq!(evaluate(&rule, &facts, now()).outcome, Outcome::Grant);
    rule.conditions.push(rule.conditions[0].clone());
    assert_eq!(evaluate(&rule, &facts, now()).outcome, Outcome::Refer);
}

#[test]
fn a_condition_of_unknown_keys_or_wrong_operand_is_not_read() {
    let tails = [
        "op: eq",
        "op: eq, value: 1, fact: b",
        "op: present, value: 1",
        "op: in, value: 1",
        "op: within_days, value: -1",
        "op: within_days, value: soon",
        "op: matches, value: 3",
        "op: like, value: 1",
        "op: eq, value: 1, hint: x",
    ];
    for tail in tails {
        let yaml = format!("{{id: c, text: {{zh: 甲, en: A}}, article: x, left: a, {tail}}}");
        assert!(serde_norway::from_str::<crate::Condition>(&yaml).is_err(), "{tail}");
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9A-Za-z王李·ａ -]{0,12}".prop_map(Value::from),
        "20[0-9]{2}-[01][0-9]-[0-3][0-9]".prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => scalar(),
        1 => prop::collection::vec(scalar(), 0..4).prop_map(Value::from),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop::sample::select(vec![
        Op::Eq,
        Op::Ne,
        Op::Lt,
        Op::Le,
        Op::Gt,
        Op::Ge,
        Op::In,
        Op::NotIn,
        Op::Contains,
        Op::WithinDays,
        Op::Matches,
    ])
}

#[test]
fn a_surname_is_that_of_a_name_in_ideographs() {
    let same = |child: &str, parent: &str| {
        crate::compare::holds(Op::SameSurname, &child.into(), &parent.into(), None)
    };
    assert_eq!(same("史安", "史国强"), Some(true));
    assert_eq!(same("欧阳安", "欧国强"), Some(false));
    for child in ["史 安", "史a b", "史·安", "Anna Li", "史", "史安1"] {
        assert_eq!(same(child, "史国强"), None, "{child}: for a person");
    }
}

proptest! {
    #[test]
    fn losing_any_one_fact_refers(lost in 0usize..6) {
        let (rule, mut facts) = sound();
        let path = facts.keys().nth(lost).unwrap().clone();
        facts.remove(&path);
        prop_assert_eq!(evaluate(&rule, &facts, now()).outcome, Outcome::Refer);
    }

    #[test]
    fn the_order_of_conditions_does_not_change_the_outcome(
        order in Just((0..5).collect::<Vec<usize>>()).prop_shuffle(),
        weight in 0u32..600,
    ) {
        let (mut rule, mut facts) = sound();
        facts.insert("birth.weight_g".to_owned(), fact(weight.into(), 0));
        let before = evaluate(&rule, &facts, now()).outcome;
        prop_assert_eq!(before == Outcome::Grant, weight >= 300);
        rule.conditions = order.iter().map(|&at| rule.conditions[at].clone()).collect();
        prop_assert_eq!(evaluate(&rule, &facts, now()).outcome, before);
    }

    #[test]
    fn integers_are_ordered_exactly(a in any::<i64>(), b in any::<u64>()) {
        let held = crate::compare::holds(Op::Lt, &a.into(), &b.into(), None);
        prop_assert_eq!(held, Some(i128::from(a) < i128::from(b)));
    }

    #[test]
    fn an_operator_and_its_negation_never_agree(a in value(), b in value()) {
        let holds = |op| crate::compare::holds(op, &a, &b, Some(now()));
        for (op, negation) in [(Op::Eq, Op::Ne), (Op::Lt, Op::Ge), (Op::Gt, Op::Le), (Op::In, Op::NotIn)] {
            prop_assert_eq!(holds(op), holds(negation).map(|held| !held));
        }
    }

    #[test]
    fn comparison_never_panics(op in op(), a in value(), b in value()) {
        let _ = crate::compare::holds(op, &a, &b, Some(now()));
        let _ = crate::compare::holds(op, &a, &b, None);
    }
}
