//! Conditions over answers.

use crate::{DEPTH_MAX, When, check_when, eval};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn when(yaml: &str) -> When {
    serde_norway::from_str(yaml).unwrap()
}

fn answers(path: &str) -> Option<Value> {
    match path {
        "married" => Some(json!("yes")),
        "children" => Some(json!(2)),
        "limit" => Some(json!(3)),
        "open" => Some(json!("")),
        _ => None,
    }
}

#[test]
fn expressions_hold_as_the_answers_say() {
    let rows = [
        ("{left: married, op: eq, value: 'yes'}", true),
        ("{left: married, op: in, values: ['yes', 'no']}", true),
        ("{left: children, op: lt, fact: limit}", true),
        ("{left: children, op: gt, fact: limit}", false),
        ("{not: {left: married, op: eq, value: 'no'}}", true),
        ("{all: [{left: married, op: present}, {left: children, op: ge, value: 2}]}", true),
        (
            "{any: [{left: married, op: eq, value: 'no'}, {left: children, op: ge, value: 3}]}",
            false,
        ),
        ("{all: []}", true),
        ("{any: []}", false),
        ("{left: open, op: absent}", true),
        ("{left: unknown, op: eq, value: 1}", false),
        ("{left: unknown, op: ne, value: 1}", false),
        ("{left: married, op: gt, value: 1}", false),
    ];
    for (yaml, expected) in rows {
        assert_eq!(eval(&when(yaml), &answers), expected, "{yaml}");
    }
}

#[test]
fn an_expression_of_two_shapes_or_none_is_not_read() {
    let rows = [
        "{}",
        "{all: [], any: []}",
        "{all: [], value: 1}",
        "{left: a}",
        "{left: a, op: eq}",
        "{left: a, op: within_days, value: 3}",
        "{left: a, op: eq, value: 1, extra: 1}",
    ];
    for yaml in rows {
        assert!(serde_norway::from_str::<When>(yaml).is_err(), "{yaml}");
    }
}

#[test]
fn an_expression_nested_too_deep_is_not_read_and_not_true() {
    let nested = |levels: usize| {
        let mut text = "{\"all\":[]}".to_owned();
        for _ in 1..levels {
            text = format!("{{\"all\":[{text}]}}");
        }
        text
    };
    let most: When = serde_json::from_str(&nested(DEPTH_MAX)).unwrap();
    assert!(eval(&most, &answers));
    assert!(serde_json::from_str::<When>(&nested(DEPTH_MAX + 1)).is_err());
    let deeper = When::All(vec![most]);
    assert!(!eval(&deeper, &answers));
    assert_eq!(check_when(&deeper, &BTreeSet::new(), "q")[0].code, "rule.too_deep");
}

#[test]
fn an_expression_over_an_undeclared_answer_is_found() {
    let one = when("{any: [{left: a, op: eq, fact: b}, {not: {left: c, op: present}}]}");
    assert_eq!(one.paths(), ["a", "b", "c"]);
    let known = BTreeSet::from(["a".to_owned(), "c".to_owned()]);
    let found = check_when(&one, &known, "question-2");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].code, found[0].place.as_str()), ("rule.unknown_fact", "question-2"));
}

fn any_when() -> impl Strategy<Value = When> {
    let leaf = (0usize..4, -2i64..5).prop_map(|(path, value)| {
        let path = ["children", "limit", "married", "unknown"][path];
        when(&format!("{{left: {path}, op: lt, value: {value}}}"))
    });
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(When::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(When::Any),
            inner.prop_map(|one| When::Not(Box::new(one))),
        ]
    })
}

proptest! {
    #[test]
    fn an_expression_survives_writing_and_reading(one in any_when()) {
        let text = serde_json::to_string(&one).unwrap();
        prop_assert_eq!(serde_json::from_str::<When>(&text).unwrap(), one);
    }

    #[test]
    fn de_morgan_holds(parts in prop::collection::vec(any_when(), 0..4)) {
        let not = |one: When| When::Not(Box::new(one));
        let left = not(When::All(parts.clone()));
        let right = When::Any(parts.into_iter().map(not).collect());
        prop_assert_eq!(eval(&left, &answers), eval(&right, &answers));
    }
}
