//! The evaluator that procedures use, with the expressions it has compiled.
//!
//! Invariants
//! - The cache is bounded: expressions nobody asked for lately are forgotten.
//! - What is cached depends on the text alone.
//!
//! Must not know: what an expression is for.

use super::Expression;
use crate::limit::CACHE_MAX;
use crate::message::english;
use flow::process::{Context, Evaluate};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// An evaluator of FEEL over the variables of a procedure.
///
/// A variable is named by its words, one or more; a name with operators in it (`a-b`) reads as an
/// operation, since nobody has declared it.
#[derive(Default)]
pub struct Feel {
    cache: Mutex<Cache>,
}

/// Two generations: what is used moves to the young one; when that is full, the old one goes.
#[derive(Default)]
struct Cache {
    young: HashMap<String, Arc<Expression>>,
    old: HashMap<String, Arc<Expression>>,
}

impl Feel {
    /// An evaluator that has compiled nothing yet.
    pub fn new() -> Feel {
        Feel::default()
    }

    fn compiled(&self, text: &str) -> Result<Arc<Expression>, kernel::Error> {
        if let Some(found) = self.find(text) {
            return Ok(found);
        }
        let compiled = Arc::new(Expression::open(text)?);
        self.keep(text, compiled.clone());
        Ok(compiled)
    }

    fn find(&self, text: &str) -> Option<Arc<Expression>> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = cache.young.get(text) {
            return Some(found.clone());
        }
        let found = cache.old.remove(text)?;
        cache.keep(text, found.clone());
        Some(found)
    }

    fn keep(&self, text: &str, expression: Arc<Expression>) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.keep(text, expression);
    }

    /// Expressions kept.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> usize {
        let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.young.len() + cache.old.len()
    }
}

impl Cache {
    fn keep(&mut self, text: &str, expression: Arc<Expression>) {
        if self.young.len() >= CACHE_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(text.to_owned(), expression);
    }
}

impl Evaluate for Feel {
    fn check(&self, text: &str) -> Result<(), String> {
        self.compiled(text).map(|_| ()).map_err(|error| english(&error))
    }

    fn evaluate(&self, text: &str, context: &Context) -> Result<Json, String> {
        let run = || self.compiled(text)?.variable(&|name| context.get(name));
        run().map_err(|error: kernel::Error| english(&error))
    }
}
