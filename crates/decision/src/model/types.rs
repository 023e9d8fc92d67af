//! Types of a model: what an input must look like, what it becomes for FEEL, and what becomes of a
//! value that is declared to have one.
//!
//! Invariants
//! - Every fault of a value that comes in is named with its path; nothing is guessed.
//! - A value made within is null where it is not of its type, or is not allowed by it.
//! - A number may come as a string of its digits, a date or duration comes as a string; nothing
//!   else is converted.
//!
//! Must not know: documents, decisions.

use crate::feel::{Program, charge, coerced, decimal, duration_fits, size};
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{Evaluator, FeelScope, FeelType, FunctionBody, Name};
use dsntk_feel_parser::AstNode;
use dsntk_feel_temporal::{
    FeelDate, FeelDateTime, FeelDaysAndTimeDuration, FeelTime, FeelYearsAndMonthsDuration,
};
use std::str::FromStr;
use std::sync::Arc;

/// What a value is made of.
#[derive(Clone)]
pub enum Shape {
    /// Anything.
    Any,
    /// A scalar.
    Simple(FeelType),
    /// A context with these entries.
    Fields(Vec<(Name, Arc<ItemType>)>),
    /// A list of these.
    List(Arc<ItemType>),
    /// A function of these parameters, and its result. It cannot come in.
    Function(Vec<(Name, Arc<ItemType>)>, Arc<ItemType>),
}

/// A test that values must pass.
pub struct Constraint {
    /// As written.
    pub text: String,
    /// As parsed.
    pub node: AstNode,
    /// True of a value that passes; the value is `?`.
    pub program: Program,
}

/// A type.
pub struct ItemType {
    /// Its name in the model, or that of FEEL.
    pub name: String,
    /// What values are made of.
    pub shape: Shape,
    /// The type as FEEL has it.
    pub feel: FeelType,
    /// Tests of every value, or of every item of a list.
    pub allowed: Option<Arc<Constraint>>,
    /// Tests of a list as a whole.
    pub constraint: Option<Arc<Constraint>>,
    /// Types it is written out of: itself and its parts.
    pub parts: usize,
}

/// What is wrong with a value that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Path from the input.
    pub path: String,
    /// Code of its sentence.
    pub code: &'static str,
    /// What was expected.
    pub expected: String,
}

impl Constraint {
    /// True when the value passes. Runs under the meter.
    pub fn allows(&self, value: &Value) -> bool {
        charge(size(value));
        let mut context = FeelContext::default();
        context.set_entry(&"?".into(), value.clone());
        self.program.run(&FeelScope::from(context)).is_true()
    }
}

/// The type of FEEL of that name.
pub fn simple(name: &str) -> Option<FeelType> {
    Some(match name {
        "Any" | "context" | "list" | "function" => FeelType::Any,
        "Null" => FeelType::Null,
        "boolean" => FeelType::Boolean,
        // The latter three are what some editors write for columns of tables.
        "number" | "integer" | "long" | "double" => FeelType::Number,
        "string" => FeelType::String,
        "date" => FeelType::Date,
        "time" => FeelType::Time,
        "date and time" | "dateTime" => FeelType::DateTime,
        "days and time duration" | "dayTimeDuration" => FeelType::DaysAndTimeDuration,
        "years and months duration" | "yearMonthDuration" => FeelType::YearsAndMonthsDuration,
        _ => return None,
    })
}

impl ItemType {
    /// A type of FEEL.
    pub fn simple(feel: FeelType) -> ItemType {
        let shape = match feel {
            FeelType::Any => Shape::Any,
            _ => Shape::Simple(feel.clone()),
        };
        let (name, allowed, constraint) = (feel.to_string(), None, None);
        ItemType { name, shape, feel, allowed, constraint, parts: 1 }
    }

    /// The type of what a function of this type gives; of another type, that type itself.
    pub fn result(self: &Arc<ItemType>) -> Arc<ItemType> {
        match &self.shape {
            Shape::Function(_, result) => result.clone(),
            _ => self.clone(),
        }
    }

    /// The value as this type has it; null when it is not of the type, or not allowed. A function
    /// gives results of the type's result. Runs under the meter.
    pub fn coerced(&self, value: Value) -> Value {
        let value = match &self.feel {
            FeelType::Any => value,
            feel => coerced(value, feel),
        };
        match (&self.shape, value) {
            (
                Shape::Function(_, of),
                Value::FunctionDefinition(names, body, false, ends, own, _),
            ) if of.is_constrained() => {
                let (feel, of) = (of.feel.clone(), of.clone());
                let run: Evaluator = Box::new(move |scope| of.coerced(body.evaluate(scope)));
                let body = FunctionBody::LiteralExpression(Arc::new(run));
                Value::FunctionDefinition(names, body, false, ends, own, feel)
            }
            (_, value) if self.allows(&value) => value,
            _ => Value::Null(Some(format!("the value is not allowed by {}", self.name))),
        }
    }

    /// The value as an argument of this type; none when it is not one, which null always is.
    pub fn argument(&self, value: Value) -> Option<Value> {
        let absent = value.is_null();
        Some(self.coerced(value)).filter(|value| absent || !value.is_null())
    }

    /// False of a value, or a part of one, that a test of its type does not pass. Runs under the
    /// meter.
    pub fn allows(&self, value: &Value) -> bool {
        let parts = match (&self.shape, value) {
            (_, Value::Null(_)) => return true,
            (Shape::Fields(fields), Value::Context(context)) => fields
                .iter()
                .all(|(name, kind)| context.get_entry(name).is_none_or(|value| kind.allows(value))),
            (Shape::List(item), Value::List(items)) => {
                !item.is_constrained() || items.iter().all(|value| item.allows(value))
            }
            _ => true,
        };
        let mut own = [&self.allowed, &self.constraint].into_iter().flatten();
        parts && own.all(|constraint| constraint.allows(value))
    }

    /// True when the type, or one of its parts, has tests.
    pub fn is_constrained(&self) -> bool {
        let inner = match &self.shape {
            Shape::Fields(fields) => fields.iter().any(|(_, kind)| kind.is_constrained()),
            Shape::List(item) => item.is_constrained(),
            Shape::Any | Shape::Simple(_) | Shape::Function(..) => false,
        };
        inner || self.allowed.is_some() || self.constraint.is_some()
    }

    /// The value as this type has it; what is wrong is added to the faults. Runs under the meter.
    pub fn accept(&self, value: Value, path: &str, faults: &mut Vec<Fault>) -> Value {
        if value.is_null() {
            return Value::Null(None);
        }
        let mut wrong = |code| {
            let expected = self.expected(code);
            faults.push(Fault { path: path.to_owned(), code, expected });
            Value::Null(None)
        };
        // DMN 1.5 §10.3.2.9.4: a list of one is its item where no list is meant, and the other way.
        let value = match (&self.shape, value) {
            (Shape::Simple(FeelType::List(_)), value) => value,
            (Shape::Simple(_) | Shape::Fields(_), Value::List(mut items)) if items.len() == 1 => {
                items.pop().unwrap_or(Value::Null(None))
            }
            (Shape::List(_), value) if !matches!(value, Value::List(_)) => Value::List(vec![value]),
            (_, value) => value,
        };
        let value = match (&self.shape, value) {
            (Shape::Any, value) => value,
            (Shape::Simple(kind), value) => match scalar(kind, value) {
                Some(value) => value,
                None => return wrong("decision.input_type"),
            },
            (Shape::Fields(fields), Value::Context(context)) => {
                accept_fields(fields, context, path, faults)
            }
            (Shape::List(item), Value::List(items)) => {
                let accept = |(at, value): (usize, Value)| {
                    item.accept(value, &format!("{path}[{}]", at + 1), faults)
                };
                Value::List(items.into_iter().enumerate().map(accept).collect())
            }
            _ => return wrong("decision.input_type"),
        };
        for constraint in [&self.allowed, &self.constraint].into_iter().flatten() {
            if !constraint.allows(&value) {
                let (path, code) = (path.to_owned(), "decision.input_value");
                faults.push(Fault { path, code, expected: constraint.text.clone() });
            }
        }
        value
    }

    fn expected(&self, code: &str) -> String {
        match &self.allowed {
            Some(allowed) if code == "decision.input_value" => allowed.text.clone(),
            _ => self.name.clone(),
        }
    }
}

fn accept_fields(
    fields: &[(Name, Arc<ItemType>)],
    mut context: FeelContext,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Value {
    let mut accepted = FeelContext::default();
    for (name, kind) in fields {
        let inner = format!("{path}.{name}");
        match context.remove_entry(name) {
            Some(value) => accepted.set_entry(name, kind.accept(value, &inner, faults)),
            None => {
                let (code, expected) = ("decision.input_missing", kind.name.clone());
                faults.push(Fault { path: inner, code, expected });
            }
        }
    }
    Value::Context(accepted)
}

/// A scalar of the type; none when the value is not one.
fn scalar(kind: &FeelType, value: Value) -> Option<Value> {
    let text = match (&value, kind) {
        (_, FeelType::Any) => return Some(value),
        (Value::String(_), FeelType::String) => return Some(value),
        (Value::String(text), _) => text.as_str(),
        _ => return (&value.type_of() == kind).then_some(value),
    };
    Some(match kind {
        FeelType::Number => Value::Number(decimal(text).ok()?),
        FeelType::Date => Value::Date(FeelDate::from_str(text).ok()?),
        FeelType::Time => Value::Time(FeelTime::from_str(text).ok()?),
        FeelType::DateTime => Value::DateTime(FeelDateTime::try_from(text).ok()?),
        FeelType::DaysAndTimeDuration | FeelType::YearsAndMonthsDuration
            if !duration_fits(text) =>
        {
            return None;
        }
        FeelType::DaysAndTimeDuration => {
            Value::DaysAndTimeDuration(FeelDaysAndTimeDuration::try_from(text).ok()?)
        }
        FeelType::YearsAndMonthsDuration => {
            Value::YearsAndMonthsDuration(FeelYearsAndMonthsDuration::try_from(text).ok()?)
        }
        _ => return None,
    })
}
