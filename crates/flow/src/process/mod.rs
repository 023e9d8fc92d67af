//! Procedures as departments draw them: a closed subset of BPMN 2.0, read, proved and run.
//!
//! Nouns: [`Document`] the XML with its diagram; [`Definition`] an executable process of it;
//! [`Finding`] why one is not deployed; [`State`] an instance; [`Command`] what is asked of it;
//! [`Event`] what happened; [`Effect`] what it asks of the world.
//!
//! Invariants
//! - `step(definition, state, command, env)` gives (state, events, effects) or a refusal; a
//!   refusal changes nothing. It is total and deterministic: time comes from [`Env`], numbers from
//!   a sequence, values from [`Evaluate`].
//! - The state is the fold of its events; [`apply`] needs neither definition nor evaluator.
//! - Only [`deploy`] makes definitions: what it does not run it refuses, by rule, element and
//!   place; deadlocks, lacks of synchronisation and ways without end with a counter-example.
//! - While an instance is active something is pending; an ended one has nothing open.
//!
//! Must not know: databases, who may act, clocks of the law, the grammar of FEEL.

mod alone;
mod check;
mod command;
mod engine;
mod evaluate;
mod event;
mod finding;
mod message;
mod model;
mod read;
mod replay;
mod sound;
mod state;
mod time;
mod xml;

pub use alone::{COMMANDS_MAX, run_alone};
pub use command::{Command, Effect, Env, TurnAt, Work};
pub use engine::{MOVES_MAX, Mapping, Migration, TOKENS_MAX, VARIABLES_MAX, step};
pub use evaluate::{Context, Evaluate, Variables};
pub use event::{Event, apply, fold};
pub use finding::{Finding, Place, refusal};
pub use message::MESSAGES;
pub use model::{
    AdHoc, Container, Definition, Each, Flow, FlowIx, Gateway, Kind, Message, Node, NodeIx, Repeat,
    Task, Throw, Trigger,
};
pub use replay::{Decide, Deed, Replayed, job_values, replay};
pub use state::{
    Id, On, Owner, STATE_VERSION, Scope, State, Status, Subscription, Token, Turns, Wait,
};
pub use time::{Cycle, Due, Duration, WorkingDays, again, due, working_days};
pub use xml::{Attribute, Document, Element, Node as XmlNode, Space};

use std::collections::BTreeMap;

/// Definitions of a document that may run.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployed {
    /// The document, diagram and all.
    pub document: Document,
    /// Its processes in order.
    pub definitions: Vec<Definition>,
}

/// Reads a document and proves its processes. Errors: everything found wrong, in order;
/// [`refusal`] makes one error of it.
pub fn deploy(bytes: &[u8], evaluate: &dyn Evaluate) -> Result<Deployed, Vec<Finding>> {
    let document = Document::parse(bytes).map_err(|finding| vec![finding])?;
    let (mut definitions, mut findings) = read::read(&document, evaluate);
    if findings.is_empty() {
        for definition in &mut definitions {
            findings.append(&mut check::check(definition));
        }
    }
    if findings.is_empty() {
        findings.extend(call_cycle(&definitions));
        findings.extend(definitions.iter().flat_map(sound::check));
    }
    if findings.is_empty() { Ok(Deployed { document, definitions }) } else { Err(findings) }
}

/// A process that calls itself, directly or through others of the document.
fn call_cycle(definitions: &[Definition]) -> Option<Finding> {
    let by_id: BTreeMap<&str, &Definition> =
        definitions.iter().map(|definition| (definition.id(), definition)).collect();
    for definition in definitions {
        for node in definition.nodes() {
            let mut seen = Vec::new();
            let mut rest = vec![node];
            while let Some(Node { kind: Kind::Call(called), .. }) = rest.pop() {
                if called == definition.id() {
                    let finding = Finding::new("process.call_cycle", node.id.clone(), node.place);
                    return Some(finding.detail(called));
                }
                if !seen.contains(called) {
                    seen.push(called.clone());
                    let next = by_id.get(called.as_str());
                    let calls = |node: &&Node| matches!(node.kind, Kind::Call(_));
                    rest.extend(next.into_iter().flat_map(|next| next.nodes()).filter(calls));
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
