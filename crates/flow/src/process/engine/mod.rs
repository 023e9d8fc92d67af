//! Running a definition: a command moves tokens until everything waits.
//!
//! Invariants
//! - Every change goes through an event, so the state is the fold of the events.
//! - A refusal has changed a copy only.
//! - Every move spends of a budget, so a step ends.
//! - The given state is checked against the definition first; nothing is indexed by hearsay.

mod activity;
mod cancel;
mod catch;
mod commands;
mod flow;
mod migrate;
mod relocate;
mod reopen;
mod repeat;
mod throw;
mod turns;
mod values;

pub use migrate::{Mapping, Migration};

use super::command::{Command, Effect, Env};
use super::evaluate::Variables;
use super::event::{Event, change};
use super::model::{Container, Definition, FlowIx, Kind, Node, NodeIx};
use super::state::{Done, Id, Owner, STATE_VERSION, Scope, State, Status, Token, Wait};
use kernel::{Error, Result};
use std::collections::VecDeque;

/// Moves of one command: a hundred times what the longest drawn chain without a wait takes.
pub const MOVES_MAX: u32 = 10_000;
/// Tokens of one instance: more parallel work is modelled as child cases.
pub const TOKENS_MAX: usize = 1_000;
/// Bytes of all variables of an instance as JSON: files and forms live elsewhere.
pub const VARIABLES_MAX: usize = 256 << 10;
/// Depth of a variable's value.
pub const VALUE_DEPTH_MAX: usize = 32;
/// Bytes of an instance's id, a variable's name, a code.
pub const NAME_MAX: usize = 200;

/// Carries out a command. Total and deterministic. Errors: `Conflict` when the state forbids it,
/// `Invalid` when the command or the model is at fault, `Limited` beyond a limit; with a code of
/// [`MESSAGES`](super::MESSAGES).
pub fn step(
    definition: &Definition,
    state: &State,
    command: &Command,
    env: &Env,
) -> Result<(State, Vec<Event>, Vec<Effect>)> {
    acceptable(definition, state, env)?;
    match (&state.status, command) {
        (Status::Active, Command::Reopen { .. }) => {
            return Err(Error::conflict("process.not_ended"));
        }
        (Status::New, Command::Start { .. }) | (Status::Active, _) => {}
        (Status::New, _) => return Err(Error::conflict("process.not_started")),
        (_, Command::Reopen { .. }) => {}
        _ => return Err(Error::conflict("process.ended")),
    }
    let mut run = Run::new(definition, state, env);
    run.command(command)?;
    run.settle()?;
    Ok((run.state, run.events, run.effects))
}

/// Refuses a state that is not of the definition, and an instant before its last. Errors: those of
/// [`fits`]; `process.clock_set_back`.
fn acceptable(definition: &Definition, state: &State, env: &Env) -> Result<()> {
    fits(definition, state)?;
    if state.at.is_some_and(|at| env.now < at) {
        return Err(Error::conflict("process.clock_set_back"));
    }
    Ok(())
}

/// What is left to do for a token within the command.
#[derive(Clone, Copy)]
enum Work {
    Enter(Id),
    Leave(Id),
}

struct Run<'a> {
    definition: &'a Definition,
    env: &'a Env<'a>,
    state: State,
    events: Vec<Event>,
    effects: Vec<Effect>,
    work: VecDeque<Work>,
    moves: u32,
    /// Variables have changed since conditions were last asked.
    changed: bool,
}

impl<'a> Run<'a> {
    fn new(definition: &'a Definition, state: &State, env: &'a Env<'a>) -> Run<'a> {
        Run {
            definition,
            env,
            state: state.clone(),
            events: Vec::with_capacity(8),
            effects: Vec::new(),
            work: VecDeque::new(),
            moves: 0,
            changed: false,
        }
    }

    fn emit(&mut self, event: Event) {
        change(&mut self.state, &event);
        self.events.push(event);
    }

    fn spend(&mut self) -> Result<()> {
        self.moves += 1;
        if self.moves > MOVES_MAX {
            return Err(Error::limited("process.endless").arg("max", MOVES_MAX));
        }
        Ok(())
    }

    fn next_id(&self) -> Result<Id> {
        self.state.sequence.checked_add(1).ok_or_else(broken)
    }

    fn node(&self, ix: NodeIx) -> Result<&'a Node> {
        self.definition.node(ix).ok_or_else(broken)
    }

    fn container(&self, at: usize) -> Result<&'a Container> {
        self.definition.containers.get(at).ok_or_else(broken)
    }

    fn token(&self, id: Id) -> Result<&Token> {
        self.state.token(id).ok_or_else(broken)
    }

    fn scope(&self, id: Id) -> Result<&Scope> {
        self.state.scope(id).ok_or_else(broken)
    }

    fn make(&mut self, scope: Id, node: NodeIx, flow: Option<FlowIx>) -> Result<Id> {
        let id = self.next_id()?;
        let (wait, locals) = (Wait::None, Variables::new());
        self.put(Token { id, scope, node, flow, wait, locals, turn: None, asker: None })
    }

    /// Moves a token; it goes on under a new number.
    fn relocate(&mut self, token: Id, node: NodeIx, flow: Option<FlowIx>) -> Result<Id> {
        let id = self.next_id()?;
        self.emit(Event::TokenMoved { token, id, node, flow });
        Ok(id)
    }

    fn put(&mut self, token: Token) -> Result<Id> {
        self.spend()?;
        if self.state.tokens.len() >= TOKENS_MAX {
            return Err(Error::limited("process.limit_tokens").arg("max", TOKENS_MAX));
        }
        let id = token.id;
        self.emit(Event::TokenMade(token));
        Ok(id)
    }

    /// Works until everything waits or the instance has ended.
    fn settle(&mut self) -> Result<()> {
        loop {
            while let Some(work) = self.work.pop_front() {
                self.spend()?;
                match work {
                    Work::Enter(token) => self.enter(token)?,
                    Work::Leave(token) => self.leave(token)?,
                }
            }
            if self.state.status.is_final() {
                return Ok(());
            }
            if !self.conditions()? && !self.joins()? {
                return Ok(());
            }
        }
    }

    /// Opens a scope and listens for what starts its event sub-processes.
    fn open(&mut self, container: usize, token: Option<Id>) -> Result<Id> {
        self.spend()?;
        let id = self.next_id()?;
        self.emit(Event::ScopeOpened(Scope {
            id,
            token,
            container,
            turns: None,
            done: Vec::new(),
        }));
        for handler in &self.container(container)?.handlers {
            let Kind::Sub(inner) = self.node(*handler)?.kind else {
                continue;
            };
            for start in &self.container(inner)?.starts {
                if let Kind::Start { trigger, .. } = &self.node(*start)?.kind {
                    self.subscribe(Owner::Scope(id), *start, trigger)?;
                }
            }
        }
        Ok(id)
    }

    /// Takes a token away, and ends its scope when it was the last.
    fn gone(&mut self, token: Id) -> Result<()> {
        let scope = self.token(token)?.scope;
        self.emit(Event::TokenGone(token));
        self.check_scope(scope)
    }

    fn check_scope(&mut self, id: Id) -> Result<()> {
        if self.state.tokens.iter().any(|token| token.scope == id) {
            return Ok(());
        }
        let Some(scope) = self.state.scope(id) else {
            return Ok(());
        };
        let (container, asker) = (scope.container, scope.token);
        if let (Some(ad_hoc), Some(token)) = (&self.container(container)?.ad_hoc, asker)
            && (ad_hoc.until.is_empty() || !self.holds(&ad_hoc.until, token)?)
        {
            return Ok(());
        }
        self.close(id)
    }

    /// Ends a scope in which nothing runs.
    fn close(&mut self, id: Id) -> Result<()> {
        let Some(token) = self.scope(id)?.token else {
            return self.finish(Status::Completed);
        };
        self.unsubscribe(Owner::Scope(id));
        self.keep_done(id, token)?;
        self.emit(Event::ScopeClosed(id));
        let node = self.node(self.token(token)?.node)?;
        match node.kind {
            Kind::Sub(inner) if self.container(inner)?.by_event => self.gone(token),
            _ => self.complete(token),
        }
    }
}

fn broken() -> Error {
    Error::conflict("process.state_broken")
}

/// Whether numbers follow one another, up to the last one given.
fn ascending(mut ids: impl Iterator<Item = Id>, most: Id) -> bool {
    let mut last = 0;
    ids.all(|id| id > std::mem::replace(&mut last, id) && id <= most)
}

/// Refuses a state that this definition cannot have made, as far as totality needs it.
fn fits(definition: &Definition, state: &State) -> Result<()> {
    if state.version != STATE_VERSION {
        return Err(broken());
    }
    if state.status == Status::New {
        return if *state == State::default() { Ok(()) } else { Err(broken()) };
    }
    if state.process != definition.id {
        return Err(Error::conflict("process.other_definition"));
    }
    let node = |ix: NodeIx| definition.node(ix).is_some();
    // What is within is younger than what is around, so that no chain of scopes is a circle.
    let token = |token: &Token| {
        node(token.node)
            && token.flow.is_none_or(|flow| definition.flow(flow).is_some())
            && token.scope < token.id
            && state.scope(token.scope).is_some()
    };
    let scope = |scope: &Scope| {
        scope.container < definition.containers.len()
            && scope.done.iter().flat_map(Done::all).all(|done| node(done.node()))
            && scope.token.is_none_or(|token| token < scope.id && state.token(token).is_some())
    };
    let fit = ascending(state.tokens.iter().map(|token| token.id), state.sequence)
        && ascending(state.scopes.iter().map(|scope| scope.id), state.sequence)
        && ascending(state.subscriptions.iter().map(|one| one.id), state.sequence)
        && state.tokens.iter().all(token)
        && state.scopes.iter().all(scope)
        && state.subscriptions.iter().all(|one| node(one.node));
    if fit { Ok(()) } else { Err(broken()) }
}
