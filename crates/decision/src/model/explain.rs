//! Why a decision is what it is: the inputs it used, the rules that matched with what their
//! authors noted of them (the clause they rest on), and the decisions beneath.
//!
//! Invariants
//! - An explanation is written while the decision is made, by the same run; there is no second
//!   evaluation that could say something else.
//! - A decision that is used twice is explained once and named the second time.
//!
//! Must not know: documents, the language.

use crate::limit::HITS_MAX;
use serde::Serialize;
use serde_json::Value as Json;
use std::cell::RefCell;

/// A value a decision used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Used {
    /// Name of the input or decision, or the expression of a column.
    pub name: String,
    /// Its value.
    pub value: Json,
}

/// What an author noted of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Name of the annotation column.
    pub column: String,
    /// The note.
    pub text: String,
}

/// A rule that matched.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Matched {
    /// Number of the rule, from 1.
    pub rule: usize,
    /// What it gives; null when its table does not ask for it.
    pub output: Json,
    /// What is noted of it.
    pub notes: Vec<Note>,
}

/// How a table came to its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// By the rules that matched.
    Matched,
    /// No rule matched: the default, or null.
    None,
    /// Several rules matched where one may: null.
    Conflict,
    /// No rule matched, and an input is not one of its allowed values: null, or the default.
    NotAllowed,
}

/// A decision table that was consulted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// The decision or knowledge model whose table it is.
    pub table: String,
    /// Line of the document.
    pub line: u32,
    /// Hit policy, as its letter: U, A, P, F, R, O, C, C+, C<, C>, C#.
    pub policy: &'static str,
    /// Columns with their values.
    pub inputs: Vec<Used>,
    /// Rules that matched, in their order; of a first-hit table, the first.
    pub rules: Vec<Matched>,
    /// Matched rules that are not shown.
    pub more: usize,
    /// How the value came about.
    pub outcome: Outcome,
}

/// A decision with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// Id of the element.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Inputs and decisions it read, with their values.
    pub inputs: Vec<Used>,
    /// Its value.
    pub result: Json,
    /// When the value is null, what the evaluator says of it, for who mends the definition.
    pub because: Option<String>,
    /// Tables consulted on the way, its own or those of functions it called.
    pub tables: Vec<Hit>,
    /// Tables that are not shown.
    pub more: usize,
    /// Decisions beneath.
    pub children: Vec<Explained>,
    /// True when it is explained in full elsewhere in the tree.
    pub repeated: bool,
}

impl Explained {
    /// Notes in columns of that name, of all rules that matched, in order and once each: the
    /// clauses a decision rests on.
    pub fn notes(&self, column: &str) -> Vec<&str> {
        let mut found = Vec::new();
        let mut rest = vec![self];
        while let Some(explained) = rest.pop() {
            let rules = explained.tables.iter().flat_map(|hit| &hit.rules);
            for note in rules.flat_map(|rule| &rule.notes) {
                if note.column == column && !found.contains(&note.text.as_str()) {
                    found.push(&note.text);
                }
            }
            rest.extend(explained.children.iter().rev());
        }
        found
    }
}

/// Tables of the decision being made, and how many were too many.
type Hits = (Vec<Hit>, usize);

thread_local! {
    /// None when nobody asks why.
    static HITS: RefCell<Option<Hits>> = const { RefCell::new(None) };
}

/// Gathers the tables that are consulted while a decision is made.
pub struct Gathering {
    outer: Option<Hits>,
}

impl Gathering {
    /// Begins.
    pub fn begin() -> Gathering {
        Gathering { outer: HITS.replace(Some(Hits::default())) }
    }

    /// The tables so far, and how many were too many.
    pub fn end(self) -> Hits {
        HITS.take().unwrap_or_default()
    }
}

impl Drop for Gathering {
    fn drop(&mut self) {
        HITS.set(self.outer.take());
    }
}

/// True when somebody asks why and there is room for one more table.
pub fn is_gathering() -> bool {
    HITS.with_borrow_mut(|hits| match hits {
        Some((hits, more)) => {
            let full = hits.len() >= HITS_MAX;
            *more += usize::from(full);
            !full
        }
        None => false,
    })
}

/// Adds a table that was consulted.
pub fn consulted(hit: Hit) {
    HITS.with_borrow_mut(|hits| {
        if let Some((hits, _)) = hits {
            hits.push(hit);
        }
    });
}
