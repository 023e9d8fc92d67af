//! The lifecycle of one item's case under the Administrative Licensing Law (行政许可法).
//!
//! Nouns: [`Profile`] what the law and the promise say of the item; [`State`] where the case is;
//! [`Command`] what somebody wants; [`Event`] what happened; [`Timer`] what must happen by when.
//!
//! Invariants
//! - `apply` is `decide` then `evolve`; `evolve` alone makes states, so `fold(events)` is the state.
//! - A phase is reached only along [`TRANSITIONS`]; the printed table is
//!   `docs/reference/case-transitions.txt`.
//! - What was refused, withdrawn or lapsed, or ended by the head, can be opened again within a limit,
//!   by the head alone; its first end is kept, and its clocks start anew. What ended with an item it
//!   depended on follows that item.
//! - A case goes to the agency that has the power (移送) without losing a day: no law stops a clock
//!   for it, so none stops; who does not answer in time has it, and its examination begins anew.
//! - Correction is asked at most once (许可法 32); a refusal always carries reasons, article and
//!   remedies (38); a machine never refuses; clocks stand still in a special procedure (45).
//! - While a procedure examines the case nobody decides it; what the procedure proposes binds nobody.
//! - What was granted on a promise is checked later, by a matter with its own clock, which the end of
//!   the case does not stop; a breach leads to a revocation by a person, never by itself.
//! - Events carry the limits they started, so that a later profile cannot move an old deadline.
//!
//! Must not know: who holds which role (the caller has checked it), how documents are sealed.

mod command;
mod decide;
mod event;
mod evolve;
mod message;
mod profile;
mod state;
mod table;
mod timer;

pub use command::{Command, CommandName};
pub use event::{Change, DocumentKind, EVENT_VERSION, Event};
pub use evolve::{evolve, fold};
pub use message::MESSAGES;
pub use profile::{Finding, Profile, SpecialProcedure, Tolerance};
pub use state::{
    BasisLost, Check, Checked, Clocks, Correction, Decided, Extension, Opinion, Phase, Procedure,
    Proposal, Reopening, STATE_VERSION, State, Suspension, Tolerated, Transfer,
};
pub use table::{TRANSITIONS, Transition, allowed, print_transitions};
pub use timer::{Timer, TimerName, timers};

use kernel::calendar::Calendar;
use kernel::{Result, Timestamp};

/// Repeatable commands (claim, hand over, suspend …) one case may take; others always pass.
pub const STEPS_MAX: u64 = 500;
/// Bytes of one text of a command.
pub const TEXT_MAX: usize = 12_000;
/// Elements of one list of a command or a profile.
pub const LIST_MAX: usize = 100;

/// What surrounds a command.
#[derive(Clone, Copy, Debug)]
pub struct Env<'a> {
    /// The instant of the act.
    pub now: Timestamp,
    /// The calendar of the version the case has pinned, or one that adds later years to it.
    pub calendar: &'a Calendar,
    /// Account of who acts.
    pub actor: &'a str,
    /// The actor heads the agency, or decides in its head's name: extension needs it (许可法 42).
    pub approver: bool,
}

/// Opens the case of an item: it waits for the items it depends on, if any, until `Release`. The
/// case pins the version of the calendar, and pins anew when it is accepted.
pub fn open(env: &Env) -> (State, Vec<Event>) {
    let calendar_version = env.calendar.version().to_owned();
    let event = Event::new(env, Change::Opened { calendar_version });
    (evolve(State::default(), &event), vec![event])
}

/// Carries out a command. Total and deterministic. Errors: `Invalid` when the command lacks
/// something, `Conflict` when the state forbids it, with a code of [`MESSAGES`]; and the
/// calendar's error when it does not know a year the deadlines need.
pub fn apply(
    profile: &Profile,
    state: &State,
    command: &Command,
    env: &Env,
) -> Result<(State, Vec<Event>)> {
    let events: Vec<Event> = decide::decide(profile, state, command, env)?
        .into_iter()
        .map(|change| Event::new(env, change))
        .collect();
    let next = events.iter().fold(state.clone(), evolve);
    // Every deadline of the new state must be computable now, not when its timer is due.
    timer::check(&next, env.calendar)?;
    Ok((next, events))
}
