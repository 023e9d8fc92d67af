//! A tiny evaluator for tests: names, paths, numbers, strings, lists, contexts, comparison,
//! `and`, `or`, `not`, plus and minus. Not FEEL, but shaped like it.

use crate::process::{Context, Evaluate};
use serde_json::{Map, Value};

pub struct Tiny;

impl Evaluate for Tiny {
    fn check(&self, text: &str) -> Result<(), String> {
        let empty = Default::default();
        Parser::new(text)?.whole(&Context::new(&empty)).map(|_| ())
    }

    fn evaluate(&self, text: &str, context: &Context) -> Result<Value, String> {
        Parser::new(text)?.whole(context)
    }
}

struct Parser {
    words: Vec<String>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn new(text: &str) -> Result<Parser, String> {
        let mut words = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let end = if first == '"' {
                1 + rest[1..].find('"').ok_or("open string")? + 1
            } else if first.is_alphanumeric() || first == '_' {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')
                    .unwrap_or(rest.len())
            } else if ["!=", "<=", ">="].iter().any(|two| rest.starts_with(two)) {
                2
            } else if "=<>+-()[]{},:".contains(first) {
                1
            } else {
                return Err(format!("unexpected {first}"));
            };
            words.push(rest[..end].to_owned());
            rest = rest[end..].trim_start();
        }
        Ok(Parser { words, at: 0, depth: 0 })
    }

    fn whole(&mut self, context: &Context) -> Result<Value, String> {
        let value = self.or(context)?;
        if self.at < self.words.len() { Err("too much".to_owned()) } else { Ok(value) }
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at).is_some_and(|next| next == word);
        self.at += usize::from(found);
        found
    }

    fn or(&mut self, context: &Context) -> Result<Value, String> {
        let mut left = self.and(context)?;
        while self.take("or") {
            let right = self.and(context)?;
            left = Value::Bool(left == true || right == true);
        }
        Ok(left)
    }

    fn and(&mut self, context: &Context) -> Result<Value, String> {
        let mut left = self.compare(context)?;
        while self.take("and") {
            let right = self.compare(context)?;
            left = Value::Bool(left == true && right == true);
        }
        Ok(left)
    }

    fn compare(&mut self, context: &Context) -> Result<Value, String> {
        let left = self.sum(context)?;
        for op in ["!=", "<=", ">=", "=", "<", ">"] {
            if !self.take(op) {
                continue;
            }
            let right = self.sum(context)?;
            let (a, b) = (left.as_i64(), right.as_i64());
            return Ok(match (op, a, b) {
                ("=", ..) => Value::Bool(left == right),
                ("!=", ..) => Value::Bool(left != right),
                ("<", Some(a), Some(b)) => Value::Bool(a < b),
                ("<=", Some(a), Some(b)) => Value::Bool(a <= b),
                (">", Some(a), Some(b)) => Value::Bool(a > b),
                (">=", Some(a), Some(b)) => Value::Bool(a >= b),
                _ => Value::Null,
            });
        }
        Ok(left)
    }

    fn sum(&mut self, context: &Context) -> Result<Value, String> {
        let mut left = self.one(context)?;
        loop {
            let sign = if self.take("+") {
                1
            } else if self.take("-") {
                -1
            } else {
                return Ok(left);
            };
            let right = self.one(context)?;
            left = match (left.as_i64(), right.as_i64()) {
                (Some(a), Some(b)) => a.wrapping_add(sign * b).into(),
                _ => Value::Null,
            };
        }
    }

    fn one(&mut self, context: &Context) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > 200 {
            return Err("too deep".to_owned());
        }
        let word = self.words.get(self.at).cloned().ok_or("nothing")?;
        self.at += 1;
        match word.as_str() {
            "(" => {
                let value = self.or(context)?;
                if self.take(")") { Ok(value) } else { Err("no )".to_owned()) }
            }
            "not" => Ok(match self.one(context)? {
                Value::Bool(value) => Value::Bool(!value),
                _ => Value::Null,
            }),
            "[" => {
                let mut items = Vec::new();
                while !self.take("]") {
                    items.push(self.or(context)?);
                    self.take(",");
                }
                Ok(items.into())
            }
            "{" => {
                let mut map = Map::new();
                while !self.take("}") {
                    let name = self.words.get(self.at).cloned().ok_or("nothing")?;
                    self.at += 1;
                    if !self.take(":") {
                        return Err("no :".to_owned());
                    }
                    map.insert(name, self.or(context)?);
                    self.take(",");
                }
                Ok(map.into())
            }
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            "null" => Ok(Value::Null),
            text if text.starts_with('"') => Ok(text.trim_matches('"').into()),
            text if text.starts_with(|c: char| c.is_ascii_digit()) => {
                text.parse::<i64>().map(Value::from).map_err(|error| error.to_string())
            }
            path if path.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                let mut names = path.split('.');
                let first = context.get(names.next().unwrap_or_default());
                let first = first.cloned().unwrap_or_default();
                let found = names.try_fold(first, |value, name| value.get(name).cloned());
                Ok(found.unwrap_or(Value::Null))
            }
            _ => Err(format!("unexpected {word}")),
        }
    }
}
