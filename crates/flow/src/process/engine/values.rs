//! Variables: what an expression sees, where a value goes, how much fits.

use super::{NAME_MAX, Run, VALUE_DEPTH_MAX, VARIABLES_MAX, broken};
use crate::process::evaluate::{Context, Variables};
use crate::process::event::Event;
use crate::process::state::{Done, Id, Owner};
use kernel::{Error, Result};
use serde_json::Value;

impl Run<'_> {
    /// Tokens from this one outwards.
    fn chain(&self, token: Option<Id>) -> Vec<Id> {
        let mut chain = Vec::new();
        let mut next = token;
        while let Some(token) = next.and_then(|id| self.state.token(id)) {
            chain.push(token.id);
            next = self.state.scope(token.scope).and_then(|scope| scope.token);
        }
        chain
    }

    fn context(&self, token: Option<Id>) -> Context<'_> {
        let chain = self.chain(token);
        let locals = chain.into_iter().filter_map(|id| self.state.token(id));
        let mut layers: Vec<&Variables> =
            locals.map(|token| &token.locals).filter(|locals| !locals.is_empty()).collect();
        layers.push(&self.state.variables);
        Context { layers }
    }

    /// Everything the token sees.
    pub(super) fn visible(&self, token: Id) -> Variables {
        self.context(Some(token)).merged()
    }

    /// The token in whose sight an owner's expressions are evaluated.
    pub(super) fn sight(&self, owner: Owner) -> Option<Id> {
        match owner {
            Owner::Token(token) => Some(token),
            Owner::Scope(scope) => self.state.scope(scope).and_then(|scope| scope.token),
        }
    }

    /// Evaluates in sight of a token, with a layer of further variables before all others.
    pub(super) fn value_with(
        &self,
        text: &str,
        token: Option<Id>,
        further: Option<&Variables>,
    ) -> Result<Value> {
        let mut context = self.context(token);
        if let Some(further) = further {
            context.layers.insert(0, further);
        }
        self.env.evaluate.evaluate(text, &context).map_err(|reason| {
            let shown: String = text.chars().take(NAME_MAX).collect();
            Error::invalid("process.expression_failed").arg("expression", shown).detail(reason)
        })
    }

    pub(super) fn value(&self, text: &str, token: Option<Id>) -> Result<Value> {
        self.value_with(text, token, None)
    }

    /// Whether a condition holds; null, an unknown, does not.
    pub(super) fn holds(&self, text: &str, token: Id) -> Result<bool> {
        truth(text, &self.value(text, Some(token))?)
    }

    /// The text of a correlation; empty for no expression.
    pub(super) fn correlation(&self, text: &str, token: Option<Id>) -> Result<String> {
        if text.is_empty() {
            return Ok(String::new());
        }
        match self.value(text, token)? {
            Value::String(text) if text.len() <= NAME_MAX => Ok(text),
            Value::Number(number) => Ok(number.to_string()),
            _ => Err(mistyped(text)),
        }
    }

    pub(super) fn local(&self, token: Id, name: &str) -> Option<Value> {
        self.context(Some(token)).get(name).cloned()
    }

    /// Sets each variable where it is: at the nearest token that has it, else at the process.
    pub(super) fn set(&mut self, token: Option<Id>, values: Variables) -> Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        let chain = self.chain(token);
        let mut rest = Variables::new();
        for (name, value) in values {
            if name.is_empty() || name.len() > NAME_MAX || !shallow(&value, VALUE_DEPTH_MAX) {
                return Err(Error::invalid("process.variable").arg("name", short(&name)));
            }
            let mut holders = chain.iter().copied();
            let holder = holders.find(|id| {
                self.state.token(*id).is_some_and(|token| token.locals.contains_key(&name))
            });
            match holder {
                Some(holder) => self.emit(Event::LocalSet(holder, name, value)),
                None => {
                    rest.insert(name, value);
                }
            }
        }
        if !rest.is_empty() {
            self.emit(Event::VariablesSet(rest));
        }
        self.changed = true;
        self.measure()
    }

    /// Refuses more variables than fit.
    pub(super) fn measure(&self) -> Result<()> {
        let tokens = self.state.tokens.iter().map(|token| &token.locals);
        let turns = self.state.scopes.iter().filter_map(|scope| scope.turns.as_ref());
        let turns = turns.flat_map(|turns| turns.items.iter().chain(&turns.results));
        let done = self.state.scopes.iter().flat_map(|scope| &scope.done).flat_map(Done::all);
        let done = done.filter_map(|done| match done {
            Done::Within { locals, .. } => Some(locals),
            Done::Activity(_) => None,
        });
        let size = tokens
            .chain(done)
            .chain(std::iter::once(&self.state.variables))
            .flatten()
            .map(|(name, value)| name.len() + 4 + size(value))
            .chain(turns.map(size))
            .sum::<usize>();
        if size > VARIABLES_MAX {
            return Err(Error::limited("process.limit_variables").arg("max", VARIABLES_MAX));
        }
        Ok(())
    }

    /// Results of a job or script: under one name, or each under its own.
    pub(super) fn take_results(
        &mut self,
        token: Id,
        name: &str,
        mut values: Variables,
    ) -> Result<()> {
        if name.is_empty() {
            return self.set(Some(token), values);
        }
        let single = values.len() == 1;
        let value = match values.remove("result") {
            Some(value) if single => value,
            Some(value) => {
                values.insert("result".to_owned(), value);
                Value::Object(values.into_iter().collect())
            }
            None => Value::Object(values.into_iter().collect()),
        };
        self.set(Some(token), Variables::from([(name.to_owned(), value)]))
    }

    pub(super) fn run_script(&mut self, token: Id, text: &str, name: &str) -> Result<()> {
        let value = self.value(text, Some(token))?;
        if !name.is_empty() {
            return self.set(Some(token), Variables::from([(name.to_owned(), value)]));
        }
        match value {
            Value::Object(values) => self.set(Some(token), values.into_iter().collect()),
            _ => Err(mistyped(text)),
        }
    }

    /// The token waiting at an open scope, for commands that name it.
    pub(super) fn scope_of(&self, token: Id) -> Result<Id> {
        let mut scopes = self.state.scopes.iter();
        scopes.find(|scope| scope.token == Some(token)).map(|scope| scope.id).ok_or_else(broken)
    }
}

pub(super) fn mistyped(text: &str) -> Error {
    Error::invalid("process.expression_type").arg("expression", short(text))
}

pub(super) fn truth(text: &str, value: &Value) -> Result<bool> {
    match value {
        Value::Bool(value) => Ok(*value),
        Value::Null => Ok(false),
        _ => Err(mistyped(text)),
    }
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

pub(super) fn shallow(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(values) => depth > 0 && values.iter().all(|one| shallow(one, depth - 1)),
        Value::Object(values) => depth > 0 && values.values().all(|one| shallow(one, depth - 1)),
        _ => true,
    }
}

/// About the bytes of the value as JSON.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 12,
        Value::String(text) => text.len() + 2,
        Value::Array(values) => 2 + values.iter().map(|one| size(one) + 1).sum::<usize>(),
        Value::Object(values) => {
            2 + values.iter().map(|(name, one)| name.len() + 4 + size(one)).sum::<usize>()
        }
    }
}
