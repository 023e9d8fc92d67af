//! When a question, section or material applies, written over the answers given so far.
//!
//! In YAML: `{all: [...]}`, `{any: [...]}`, `{not: ...}` or `{left, op, value|fact|values}`.
//!
//! Invariants: two-valued and total; a comparison over a missing or mistyped answer is false, so
//! that nothing is shown on a guess. `within_days` is refused, since visibility must not change
//! with the day.

use crate::compare::holds;
use crate::{DEPTH_MAX, Op, Operand};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// A condition over answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum When {
    /// All hold; true when empty.
    All(Vec<When>),
    /// At least one holds; false when empty.
    Any(Vec<When>),
    /// It does not hold.
    Not(Box<When>),
    /// One comparison.
    Is {
        /// Path of the answer looked at.
        left: String,
        /// How it is compared.
        op: Op,
        /// With what; a fact is another answer.
        right: Operand,
    },
}

/// True when the expression holds over the answers. Beyond the depth limit it is false.
pub fn eval(when: &When, answer: &dyn Fn(&str) -> Option<Value>) -> bool {
    when.depth() <= DEPTH_MAX && eval_inner(when, answer)
}

fn eval_inner(when: &When, answer: &dyn Fn(&str) -> Option<Value>) -> bool {
    match when {
        When::All(parts) => parts.iter().all(|part| eval_inner(part, answer)),
        When::Any(parts) => parts.iter().any(|part| eval_inner(part, answer)),
        When::Not(part) => !eval_inner(part, answer),
        When::Is { left, op, right } => {
            let held = answer(left).filter(given);
            match op {
                Op::Present => return held.is_some(),
                Op::Absent => return held.is_none(),
                _ => {}
            }
            let other = match right {
                Operand::None => None,
                Operand::Value(value) => Some(value.clone()),
                Operand::List(values) => Some(Value::Array(values.clone())),
                Operand::Fact(path) => answer(path).filter(given),
            };
            match (held, other) {
                (Some(held), Some(other)) => holds(*op, &held, &other, None) == Some(true),
                _ => false,
            }
        }
    }
}

/// A form sends an empty text for a question left open.
fn given(value: &Value) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

impl When {
    /// Levels of nesting; 1 for a single comparison. Stops counting one past [`DEPTH_MAX`].
    pub fn depth(&self) -> usize {
        self.depth_below(DEPTH_MAX + 1)
    }

    fn depth_below(&self, fuel: usize) -> usize {
        if fuel <= 1 {
            return 1;
        }
        1 + match self {
            When::All(parts) | When::Any(parts) => {
                parts.iter().map(|part| part.depth_below(fuel - 1)).max().unwrap_or(0)
            }
            When::Not(part) => part.depth_below(fuel - 1),
            When::Is { .. } => 0,
        }
    }

    /// Every answer the expression reads, in the order written, with repetitions.
    pub fn paths(&self) -> Vec<&str> {
        let mut out = Vec::new();
        self.collect(&mut out, DEPTH_MAX + 1);
        out
    }

    fn collect<'a>(&'a self, out: &mut Vec<&'a str>, fuel: usize) {
        if fuel == 0 {
            return;
        }
        match self {
            When::All(parts) | When::Any(parts) => {
                for part in parts {
                    part.collect(out, fuel - 1);
                }
            }
            When::Not(part) => part.collect(out, fuel - 1),
            When::Is { left, right, .. } => {
                out.push(left);
                if let Operand::Fact(path) = right {
                    out.push(path);
                }
            }
        }
    }
}

/// An expression as it is written: exactly one of four shapes.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Written {
    /// All of these hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    all: Option<Vec<When>>,
    /// At least one of these holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    any: Option<Vec<When>>,
    /// This does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not: Option<Box<When>>,
    /// Path of the answer looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left: Option<String>,
    /// How it is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    op: Option<Op>,
    /// A constant to compare with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// Path of another answer to compare with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fact: Option<String>,
    /// Constants to search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    values: Option<Vec<Value>>,
}

impl TryFrom<Written> for When {
    type Error = String;

    fn try_from(written: Written) -> Result<When, String> {
        let right = Operand::from_keys(written.value, written.fact, written.values)?;
        let when = match (written.all, written.any, written.not, written.left, written.op) {
            (Some(parts), None, None, None, None) if right == Operand::None => When::All(parts),
            (None, Some(parts), None, None, None) if right == Operand::None => When::Any(parts),
            (None, None, Some(part), None, None) if right == Operand::None => When::Not(part),
            (None, None, None, Some(left), Some(op)) => {
                if op == Op::WithinDays || !op.takes(&right) {
                    return Err(format!(
                        "{left}: {op:?} cannot be used so here / 此处不能这样使用该运算符"
                    ));
                }
                When::Is { left, op, right }
            }
            _ => {
                return Err("write one of all, any, not, or left with op / \
                            只能写 all、any、not 之一，或 left 加 op"
                    .to_owned());
            }
        };
        if when.depth() > DEPTH_MAX {
            return Err(format!("nested deeper than {DEPTH_MAX} / 嵌套超过 {DEPTH_MAX} 层"));
        }
        Ok(when)
    }
}

impl From<When> for Written {
    fn from(when: When) -> Written {
        match when {
            When::All(parts) => Written { all: Some(parts), ..Written::default() },
            When::Any(parts) => Written { any: Some(parts), ..Written::default() },
            When::Not(part) => Written { not: Some(part), ..Written::default() },
            When::Is { left, op, right } => {
                let (value, fact, values) = right.into_keys();
                Written {
                    left: Some(left),
                    op: Some(op),
                    value,
                    fact,
                    values,
                    ..Written::default()
                }
            }
        }
    }
}

impl JsonSchema for When {
    fn schema_name() -> Cow<'static, str> {
        "When".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Written::json_schema(generator)
    }
}
