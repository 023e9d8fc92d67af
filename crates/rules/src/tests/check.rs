//! What the checker finds in a rule.

use super::{rule, sound};
use crate::{Rule, check};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn known() -> BTreeSet<String> {
    sound().1.into_keys().chain(["a".to_owned(), "b".to_owned()]).collect()
}

fn codes(rule: &Rule) -> Vec<&'static str> {
    check(rule, &known()).into_iter().map(|finding| finding.code).collect()
}

#[test]
fn a_sound_rule_has_no_findings() {
    assert_eq!(check(&sound().0, &known()), []);
}

#[test]
fn each_fault_of_a_rule_has_its_finding() {
    let with = |change: fn(&mut Rule)| {
        let mut rule = sound().0;
        change(&mut rule);
        codes(&rule)
    };
    assert_eq!(with(|rule| rule.id.clear()), ["rule.no_id"]);
    assert_eq!(with(|rule| rule.version = 0), ["rule.no_version"]);
    assert_eq!(with(|rule| rule.basis = " ".into()), ["rule.no_basis"]);
    assert_eq!(with(|rule| rule.conditions.clear()), ["rule.empty"]);
    assert_eq!(with(|rule| rule.conditions[1].id = "mother".into()), ["rule.duplicate_id"]);
    assert_eq!(with(|rule| rule.conditions[1].article.clear()), ["rule.no_article"]);
    assert_eq!(with(|rule| rule.conditions[1].text.en.clear()), ["rule.no_text"]);
    assert_eq!(with(|rule| rule.conditions[1].left = "birth.day".into()), ["rule.unknown_fact"]);
    assert_eq!(
        with(|rule| rule.conditions[0].left = "form.mother.id".into()),
        ["rule.self_comparison"]
    );
    assert_eq!(
        with(|rule| rule.conditions[3].right = crate::Operand::List(vec![])),
        ["rule.list_size"]
    );
    assert_eq!(with(|rule| rule.conditions[4].right = crate::Operand::None), ["rule.operand"]);
    assert_eq!(
        with(|rule| rule.conditions[4].right = crate::Operand::Value("heavy".into())),
        ["rule.unordered"]
    );
    let many = with(|rule| rule.conditions = vec![rule.conditions[0].clone(); 101]);
    assert!(many.contains(&"rule.too_many"));
}

#[test]
fn findings_speak_both_languages_and_name_the_place() {
    let mut rule = sound().0;
    rule.conditions[2].left = "nowhere".into();
    let found = check(&rule, &known());
    assert_eq!(found[0].place, "alive");
    assert!(found[0].text.zh.contains("nowhere") && found[0].text.en.contains("nowhere"));
}

fn group(tails: &[&str]) -> Rule {
    let conditions: Vec<String> = tails
        .iter()
        .enumerate()
        .map(|(at, tail)| {
            format!("{{id: c{at}, text: {{zh: 甲, en: A}}, article: x, left: a, {tail}}}")
        })
        .collect();
    rule(&format!("{{id: r, version: 1, basis: x, conditions: [{}]}}", conditions.join(", ")))
}

#[test]
fn conditions_that_no_value_can_meet_are_found() {
    let contradictory: [&[&str]; 9] = [
        &["op: eq, value: 1", "op: eq, value: 2"],
        &["op: eq, value: 1", "op: ne, value: 1"],
        &["op: eq, value: c", "op: in, values: [a, b]"],
        &["op: in, values: [1, 2]", "op: gt, value: 2"],
        &["op: in, values: [a]", "op: not_in, values: [a]"],
        &["op: ge, value: 5", "op: lt, value: 5"],
        &["op: gt, value: '2026-02-01'", "op: le, value: '2026-01-01'"],
        &["op: absent", "op: eq, value: 1"],
        &["op: gt, value: 5", "op: lt, value: '2026-01-01'"],
    ];
    for tails in contradictory {
        assert_eq!(codes(&group(tails)), ["rule.contradiction"], "{tails:?}");
    }
    let sound: [&[&str]; 5] = [
        &["op: ge, value: 5", "op: le, value: 5"],
        &["op: in, values: [1, 2]", "op: gt, value: 1"],
        &["op: present", "op: ne, value: 1"],
        &["op: eq, fact: b", "op: eq, value: 1"],
        &["op: within_days, value: 30", "op: ge, value: '2026-01-01'"],
    ];
    for tails in sound {
        assert_eq!(codes(&group(tails)), [""; 0], "{tails:?}");
    }
}

proptest! {
    /// The oracle tries every integer the constants could admit.
    #[test]
    fn a_contradiction_is_found_exactly_when_no_integer_will_do(
        parts in prop::collection::vec((0usize..4, 0i64..6), 1..5),
    ) {
        let ops = ["eq", "ne", "ge", "le"];
        let tails: Vec<String> =
            parts.iter().map(|(op, value)| format!("op: {}, value: {value}", ops[*op])).collect();
        let tails: Vec<&str> = tails.iter().map(String::as_str).collect();
        let admits = |n: i64| parts.iter().all(|(op, value)| match op {
            0 => n == *value,
            1 => n != *value,
            2 => n >= *value,
            _ => n <= *value,
        });
        let possible = (-1..8).any(admits);
        let found = !codes(&group(&tails)).is_empty();
        // Excluding every integer of a range one by one is beyond the checker: it speaks of
        // numbers, and between two integers there are others.
        if found { prop_assert!(!possible); }
        let pinned = parts.iter().any(|(op, _)| *op == 0);
        if pinned { prop_assert_eq!(found, !possible); }
    }
}
