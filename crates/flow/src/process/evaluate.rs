//! The seam to the expression language: conditions and scripts are FEEL, evaluated by another
//! crate.
//!
//! Invariant: an evaluator is a function of text and context; the engine hands in time as any
//! other value.

use serde_json::Value;
use std::collections::BTreeMap;

/// Variables by name.
pub type Variables = BTreeMap<String, Value>;

/// What an expression can see: variables, innermost first.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    pub(super) layers: Vec<&'a Variables>,
}

impl<'a> Context<'a> {
    /// A context of one layer.
    pub fn new(variables: &'a Variables) -> Context<'a> {
        Context { layers: vec![variables] }
    }

    /// The variable of that name, nearest first.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.layers.iter().find_map(|layer| layer.get(name))
    }

    /// All that is visible, as one map.
    pub fn merged(&self) -> Variables {
        let mut all = Variables::new();
        for layer in self.layers.iter().rev() {
            all.extend(layer.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        all
    }
}

/// An evaluator of FEEL.
pub trait Evaluate {
    /// Checks that the text is an expression. Errors: what is wrong, for who draws the model.
    fn check(&self, text: &str) -> Result<(), String>;

    /// The value of the expression. Errors: why there is none, for the log.
    fn evaluate(&self, text: &str, context: &Context) -> Result<Value, String>;
}
