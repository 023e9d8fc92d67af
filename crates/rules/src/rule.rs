//! A rule as a pack writes it. The shape is closed: an unknown key, or an operand that the
//! operator cannot take, is an error when the pack is read.

use crate::{When, eval};
use kernel::Text;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// A complete rule for an automatic decision: granted when every condition is met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable id, unique in the pack.
    pub id: String,
    /// Version, from 1; a case pins the one in force when it was accepted.
    pub version: u32,
    /// The article of law that lets a machine decide on these conditions.
    pub basis: String,
    /// All of them must be met.
    pub conditions: Vec<Condition>,
}

/// One condition over facts. In YAML: `{id, text, left, op, value|fact|values, article}`, and `when`
/// it is required, if not always.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Condition {
    /// Id, unique in the rule.
    pub id: String,
    /// What is required, as the explanation tells it.
    pub text: Text,
    /// Path of the fact looked at, e.g. `birth.mother.id`.
    pub left: String,
    /// How it is compared.
    pub op: Op,
    /// With what.
    pub right: Operand,
    /// Article that sets the requirement.
    pub article: String,
    /// Facts older than this many hours are stale; `None` when age does not matter.
    pub max_age_hours: Option<u32>,
    /// Required only when this holds over the facts; `None` when always.
    pub when: Option<When>,
}

impl Condition {
    /// True when the facts call for it. What is not known does: only known facts dispense with it.
    pub fn applies(&self, fact: &dyn Fn(&str) -> Option<Value>) -> bool {
        let unknown = |path: &str| fact(path).is_none_or(|value| value.is_null());
        self.when
            .as_ref()
            .is_none_or(|when| eval(when, fact) || when.paths().into_iter().any(unknown))
    }

    /// Paths of the facts it compares.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let right = match &self.right {
            Operand::Fact(path) => Some(path.as_str()),
            _ => None,
        };
        std::iter::once(self.left.as_str()).chain(right)
    }
}

/// How a fact is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Equal, same type.
    Eq,
    /// Not equal, same type.
    Ne,
    /// Less; numbers or dates.
    Lt,
    /// Less or equal; numbers or dates.
    Le,
    /// Greater; numbers or dates.
    Gt,
    /// Greater or equal; numbers or dates.
    Ge,
    /// One of a list.
    In,
    /// None of a list.
    NotIn,
    /// The source holds a value.
    Present,
    /// The source was asked and holds no value.
    Absent,
    /// A list has the element, or a text the part.
    Contains,
    /// A date that is today or at most N days past.
    WithinDays,
    /// The same text after folding width, case and white space: names typed against names held.
    #[serde(alias = "matches_fact")]
    Matches,
    /// Two names of persons begin with the same surname, compound ones whole (民法典第一千零一十五条).
    SameSurname,
}

/// The right side of a comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Operand {
    /// Nothing: `present` and `absent`.
    #[default]
    None,
    /// A constant.
    Value(Value),
    /// Another fact, by path.
    Fact(String),
    /// Constants to search.
    List(Vec<Value>),
}

impl Op {
    /// True when the operator can take an operand of this shape.
    pub fn takes(self, right: &Operand) -> bool {
        match self {
            Op::Present | Op::Absent => matches!(right, Operand::None),
            Op::In | Op::NotIn => matches!(right, Operand::List(_) | Operand::Fact(_)),
            Op::WithinDays => matches!(right, Operand::Value(value) if value.is_u64()),
            Op::Matches | Op::SameSurname => match right {
                Operand::Value(value) => value.is_string(),
                Operand::Fact(_) => true,
                Operand::None | Operand::List(_) => false,
            },
            _ => matches!(right, Operand::Value(_) | Operand::Fact(_)),
        }
    }
}

impl Operand {
    /// From the three keys of which at most one is written. Error: a sentence for the pack author.
    pub(crate) fn from_keys(
        value: Option<Value>,
        fact: Option<String>,
        values: Option<Vec<Value>>,
    ) -> Result<Operand, String> {
        match (value, fact, values) {
            (None, None, None) => Ok(Operand::None),
            (Some(value), None, None) => Ok(Operand::Value(value)),
            (None, Some(fact), None) => Ok(Operand::Fact(fact)),
            (None, None, Some(values)) => Ok(Operand::List(values)),
            _ => {
                Err("write only one of value, fact, values / value、fact、values 只能写一个"
                    .to_owned())
            }
        }
    }

    /// The three keys again: value, fact, values.
    pub(crate) fn into_keys(self) -> (Option<Value>, Option<String>, Option<Vec<Value>>) {
        match self {
            Operand::None => (None, None, None),
            Operand::Value(value) => (Some(value), None, None),
            Operand::Fact(fact) => (None, Some(fact), None),
            Operand::List(values) => (None, None, Some(values)),
        }
    }
}

/// A condition as it is written: the operand spread over three keys.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Id, unique in the rule.
    id: String,
    /// What is required.
    text: Text,
    /// Path of the fact looked at.
    left: String,
    /// How it is compared.
    op: Op,
    /// A constant to compare with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// Path of a fact to compare with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fact: Option<String>,
    /// Constants to search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    values: Option<Vec<Value>>,
    /// Article that sets the requirement.
    article: String,
    /// Greatest age of the facts used, in hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age_hours: Option<u32>,
    /// Required only when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<When>,
}

impl TryFrom<Written> for Condition {
    type Error = String;

    fn try_from(written: Written) -> Result<Condition, String> {
        let right = Operand::from_keys(written.value, written.fact, written.values)
            .map_err(|why| format!("condition {}: {why}", written.id))?;
        if !written.op.takes(&right) {
            let (id, op) = (&written.id, written.op);
            return Err(format!(
                "condition {id}: {op:?} cannot take this operand / 运算符与操作数不符"
            ));
        }
        Ok(Condition {
            id: written.id,
            text: written.text,
            left: written.left,
            op: written.op,
            right,
            article: written.article,
            max_age_hours: written.max_age_hours,
            when: written.when,
        })
    }
}

impl From<Condition> for Written {
    fn from(condition: Condition) -> Written {
        let (value, fact, values) = condition.right.into_keys();
        Written {
            id: condition.id,
            text: condition.text,
            left: condition.left,
            op: condition.op,
            value,
            fact,
            values,
            article: condition.article,
            max_age_hours: condition.max_age_hours,
            when: condition.when,
        }
    }
}

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Written::json_schema(generator)
    }
}
