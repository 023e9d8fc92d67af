//! Tests of rules: what each operator accepts, that evaluation fails closed, what the checker finds.

mod check;
mod evaluate;
mod expression;

use crate::{Fact, Rule};
use kernel::{Text, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

/// 2026-09-15 10:00 in China.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_civil("2026-09-15T10:00:00".parse().unwrap())
}

/// A fact of the birth registry, `hours` old.
pub(crate) fn fact(value: Value, hours: i64) -> Fact {
    Fact {
        value: Some(value),
        source: Text::new("出生登记库", "Birth registry"),
        at: now().plus_hours(-hours),
    }
}

pub(crate) fn rule(yaml: &str) -> Rule {
    serde_norway::from_str(yaml).unwrap()
}

/// A rule of the newborn's household registration, and facts that meet it.
pub(crate) fn sound() -> (Rule, BTreeMap<String, Fact>) {
    let rule = rule(
        r#"
id: household-registration
version: 3
basis: 户口登记条例 7
conditions:
  - {id: mother, text: {zh: 母亲身份一致, en: Same mother}, left: birth.mother.id, op: eq, fact: form.mother.id, article: 条例 7, max_age_hours: 24}
  - {id: recent, text: {zh: 出生一年内, en: Born within a year}, left: birth.date, op: within_days, value: 365, article: 条例 7}
  - {id: alive, text: {zh: 无死亡登记, en: No death on record}, left: death.record, op: absent, article: 条例 8}
  - {id: place, text: {zh: 在本省, en: In the province}, left: mother.division, op: in, values: ["41", "42"], article: 条例 7}
  - {id: weight, text: {zh: 体重, en: Weight}, left: birth.weight_g, op: ge, value: 300, article: 条例 7}
"#,
    );
    let facts = BTreeMap::from([
        ("birth.mother.id".to_owned(), fact("A1".into(), 1)),
        ("form.mother.id".to_owned(), fact("A1".into(), 0)),
        ("birth.date".to_owned(), fact("2026-09-01".into(), 500)),
        ("death.record".to_owned(), Fact { value: None, ..fact(Value::Null, 0) }),
        ("mother.division".to_owned(), fact("41".into(), 0)),
        ("birth.weight_g".to_owned(), fact(3_200.into(), 0)),
    ]);
    (rule, facts)
}
