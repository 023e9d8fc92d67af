//! What a pack checker says of a rule or an expression before it may load.
//!
//! Invariant: a rule without findings can grant for some facts, as far as its constants tell.

use crate::compare::{holds, order};
use crate::{CONDITIONS_MAX, Condition, DEPTH_MAX, Op, Operand, PATH_MAX, Rule, VALUES_MAX, When};
use kernel::Text;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// A fault of a definition, told to its author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code, `rule.reason`.
    pub code: &'static str,
    /// Where: the condition's id, or the rule's.
    pub place: String,
    /// What is wrong, in both languages.
    pub text: Text,
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, code: &'static str, place: &str, zh: String, en: String) {
        self.0.push(Finding { code, place: place.to_owned(), text: Text::new(zh, en) });
    }
}

/// Every fault of the rule, given the fact paths its item declares. Empty means sound.
pub fn check(rule: &Rule, known: &BTreeSet<String>) -> Vec<Finding> {
    let mut out = Findings(Vec::new());
    let place = rule.id.as_str();
    if blank(&rule.id) || rule.id.len() > PATH_MAX {
        out.add(
            "rule.no_id",
            place,
            "规则缺少编号或编号过长".into(),
            "the rule has no id, or one too long".into(),
        );
    }
    if rule.version == 0 {
        out.add("rule.no_version", place, "版本号从 1 起".into(), "versions start at 1".into());
    }
    if blank(&rule.basis) {
        out.add("rule.no_basis", place, "缺少法律依据".into(), "no legal basis is named".into());
    }
    if rule.conditions.is_empty() {
        out.add(
            "rule.empty",
            place,
            "规则没有条件，永远转人工".into(),
            "a rule without conditions always refers".into(),
        );
    }
    if rule.conditions.len() > CONDITIONS_MAX {
        out.add(
            "rule.too_many",
            place,
            format!("条件超过 {CONDITIONS_MAX} 个"),
            format!("more than {CONDITIONS_MAX} conditions"),
        );
    }
    let mut seen = BTreeSet::new();
    for condition in rule.conditions.iter().take(CONDITIONS_MAX) {
        if !seen.insert(condition.id.as_str()) {
            out.add(
                "rule.duplicate_id",
                &condition.id,
                format!("条件编号 {} 重复", condition.id),
                format!("condition id {} is used twice", condition.id),
            );
        }
        check_condition(condition, known, &mut out);
        if let Some(when) = &condition.when {
            out.0.extend(check_when(when, known, &condition.id));
        }
    }
    check_contradictions(&rule.conditions, &mut out);
    out.0
}

/// Every fault of an expression, given the answers there are. `place` names it for its author.
pub fn check_when(when: &When, known: &BTreeSet<String>, place: &str) -> Vec<Finding> {
    let mut out = Findings(Vec::new());
    if when.depth() > DEPTH_MAX {
        out.add(
            "rule.too_deep",
            place,
            format!("嵌套超过 {DEPTH_MAX} 层"),
            format!("nested deeper than {DEPTH_MAX}"),
        );
    }
    for path in when.paths() {
        check_path(path, place, known, &mut out);
    }
    out.0
}

fn check_condition(condition: &Condition, known: &BTreeSet<String>, out: &mut Findings) {
    let place = condition.id.as_str();
    if blank(&condition.id) || condition.id.len() > PATH_MAX {
        out.add(
            "rule.no_condition_id",
            place,
            "条件缺少编号或编号过长".into(),
            "a condition has no id, or one too long".into(),
        );
    }
    if condition.text.is_incomplete() {
        out.add(
            "rule.no_text",
            place,
            "说明须有中英文".into(),
            "the text is needed in both languages".into(),
        );
    }
    if blank(&condition.article) {
        out.add("rule.no_article", place, "缺少条款依据".into(), "no article is named".into());
    }
    check_path(&condition.left, place, known, out);
    if !condition.op.takes(&condition.right) {
        out.add(
            "rule.operand",
            place,
            "运算符与操作数不符".into(),
            "the operator cannot take this operand".into(),
        );
    }
    check_operand(condition, known, out);
}

fn check_operand(condition: &Condition, known: &BTreeSet<String>, out: &mut Findings) {
    let place = condition.id.as_str();
    match &condition.right {
        Operand::Fact(path) => {
            check_path(path, place, known, out);
            if *path == condition.left {
                out.add(
                    "rule.self_comparison",
                    place,
                    "事实与自身比较".into(),
                    "a fact is compared with itself".into(),
                );
            }
        }
        Operand::List(values) if values.is_empty() || values.len() > VALUES_MAX => out.add(
            "rule.list_size",
            place,
            format!("列表应有 1 至 {VALUES_MAX} 个值"),
            format!("a list needs 1 to {VALUES_MAX} values"),
        ),
        Operand::Value(value) if value.is_null() => {
            out.add(
                "rule.null",
                place,
                "空值请用 absent".into(),
                "for no value write absent".into(),
            );
        }
        Operand::Value(value) if is_order(condition.op) && order(value, value).is_none() => out
            .add(
                "rule.unordered",
                place,
                "大小比较只用于数字和日期".into(),
                "only numbers and dates have an order".into(),
            ),
        _ => {}
    }
}

fn check_path(path: &str, place: &str, known: &BTreeSet<String>, out: &mut Findings) {
    if blank(path) || path.len() > PATH_MAX || !known.contains(path) {
        out.add(
            "rule.unknown_fact",
            place,
            format!("未声明的事实 {path}"),
            format!("fact {path} is not declared"),
        );
    }
}

/// Conditions on one fact that no value can meet together.
fn check_contradictions(conditions: &[Condition], out: &mut Findings) {
    let mut by_fact: BTreeMap<&str, Vec<&Condition>> = BTreeMap::new();
    // What is required only sometimes need not fit with what is required at other times.
    let always = |condition: &&Condition| condition.when.is_none();
    for condition in conditions.iter().take(CONDITIONS_MAX).filter(always) {
        by_fact.entry(&condition.left).or_default().push(condition);
    }
    for (path, group) in by_fact {
        let absent = group.iter().any(|one| one.op == Op::Absent);
        let wants_value = group.iter().any(|one| one.op != Op::Absent);
        if (absent && wants_value) || !satisfiable(&group) {
            out.add(
                "rule.contradiction",
                group.last().map_or(path, |one| one.id.as_str()),
                format!("对 {path} 的条件互相矛盾，永远不能全部满足"),
                format!("the conditions on {path} contradict each other"),
            );
        }
    }
}

/// False when the constants of the group surely leave no value; true when one may exist.
fn satisfiable(group: &[&Condition]) -> bool {
    let constants: Vec<(Op, Value)> = group
        .iter()
        .filter(|one| !matches!(one.op, Op::WithinDays))
        .filter_map(|one| match &one.right {
            Operand::Value(value) => Some((one.op, value.clone())),
            Operand::List(values) => Some((one.op, Value::Array(values.clone()))),
            Operand::Fact(_) | Operand::None => None,
        })
        .collect();
    let candidates = constants.iter().find_map(|(op, value)| match (op, value) {
        (Op::Eq, value) => Some(vec![value.clone()]),
        (Op::In, Value::Array(values)) if !values.is_empty() => Some(values.clone()),
        _ => None,
    });
    if let Some(candidates) = candidates {
        return candidates.iter().any(|candidate| {
            constants.iter().all(|(op, value)| holds(*op, candidate, value, None) == Some(true))
        });
    }
    let bounds = |wanted: [Op; 2]| {
        constants.iter().filter(move |(op, _)| wanted.contains(op)).collect::<Vec<_>>()
    };
    let lower = bounds([Op::Gt, Op::Ge]);
    let upper = bounds([Op::Lt, Op::Le]);
    lower.iter().all(|(low_op, low)| {
        upper.iter().all(|(high_op, high)| match order(low, high) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => *low_op == Op::Ge && *high_op == Op::Le,
            Some(Ordering::Greater) | None => false,
        })
    })
}

fn is_order(op: Op) -> bool {
    matches!(op, Op::Lt | Op::Le | Op::Gt | Op::Ge)
}

fn blank(text: &str) -> bool {
    text.trim().is_empty()
}
