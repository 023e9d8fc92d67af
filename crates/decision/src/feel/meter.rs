//! The meter under which everything is evaluated: work, calls and depth are counted, and an
//! evaluation that spends more than its share is unwound to where it began.
//!
//! The evaluator underneath is a tree of closures that offers no way to stop it, so stopping is an
//! unwinding that carries a [`Stop`] and is caught by [`metered`], which also catches a panic of
//! the evaluator: no input ends the process.
//!
//! Invariants
//! - Work is counted in units of what is read and made, never in time: the same evaluation stops
//!   at the same point on every machine.
//! - Evaluations inside each other share one meter; the outermost owns it.
//!
//! Must not know: the language.

use crate::limit::{CALLS_MAX, TEXT_UNIT, VALUE_DEPTH_MAX, VALUE_MAX, WORK_MAX};
use dsntk_feel::values::Value;
use kernel::Error;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Why an evaluation was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// Too much work.
    Work,
    /// Calls inside each other.
    Calls,
    /// A value nested too deeply.
    Depth,
    /// A result too large.
    Size,
}

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
    static WORK: Cell<u64> = const { Cell::new(0) };
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// Puts the meter back when the outermost evaluation is over, however it ended.
struct Off;

impl Drop for Off {
    fn drop(&mut self) {
        ON.set(false);
        WORK.set(0);
        CALLS.set(0);
    }
}

/// Runs an evaluation. Errors: it was stopped, or the evaluator broke down.
pub fn metered<T>(run: impl FnOnce() -> T) -> Result<T, Error> {
    if ON.get() {
        return Ok(run());
    }
    ON.set(true);
    WORK.set(WORK_MAX);
    let off = Off;
    let caught = catch_unwind(AssertUnwindSafe(run));
    drop(off);
    caught.map_err(|payload| match payload.downcast_ref::<Stop>() {
        Some(Stop::Work) => Error::limited("feel.limit_work").arg("detail", WORK_MAX),
        Some(Stop::Calls) => Error::limited("feel.limit_calls").arg("detail", CALLS_MAX),
        Some(Stop::Depth) => Error::limited("feel.limit_value").arg("detail", VALUE_DEPTH_MAX),
        Some(Stop::Size) => Error::limited("feel.limit_size").arg("detail", VALUE_MAX),
        None => Error::invalid("feel.broken").detail(said(&payload)),
    })
}

/// What a panic said.
fn said(payload: &Box<dyn std::any::Any + Send>) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("panic").to_owned()
}

fn stop(why: Stop) -> ! {
    resume_unwind(Box::new(why))
}

/// Counts work.
pub fn charge(units: u64) {
    match WORK.get().checked_sub(units) {
        Some(rest) => WORK.set(rest),
        None => stop(Stop::Work),
    }
}

/// Runs the body of a function, one call deeper, on a stack that is large enough.
pub fn call<T>(body: impl FnOnce() -> T) -> T {
    let calls = CALLS.get() + 1;
    if calls > CALLS_MAX {
        stop(Stop::Calls);
    }
    CALLS.set(calls);
    let result = on_stack(body);
    CALLS.set(calls - 1);
    result
}

/// Runs on a stack with room for one expression of the largest allowed depth of brackets.
pub fn on_stack<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(512 << 10, 4 << 20, run)
}

/// Runs on a stack with room for one expression of any allowed depth.
pub fn on_deep_stack<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(24 << 20, 32 << 20, run)
}

/// Units of a value: one for each value in it, and one for every [`TEXT_UNIT`] bytes of text.
pub fn size(value: &Value) -> u64 {
    nested(value, 0)
}

fn nested(value: &Value, depth: usize) -> u64 {
    if depth > VALUE_DEPTH_MAX {
        stop(Stop::Depth);
    }
    let all = |values: &[Value]| values.iter().map(|value| nested(value, depth + 1)).sum::<u64>();
    1 + match value {
        Value::String(text) => text.len() as u64 / TEXT_UNIT,
        Value::Null(Some(text)) => text.len() as u64 / TEXT_UNIT,
        Value::List(items) | Value::ExpressionList(items) | Value::NegatedCommaList(items) => {
            all(items)
        }
        Value::Context(context) => {
            context.iter().map(|(_, value)| 1 + nested(value, depth + 1)).sum()
        }
        Value::Range(start, _, end, _) => nested(start, depth + 1) + nested(end, depth + 1),
        Value::FunctionDefinition(_, _, _, _, context, _) => {
            context.iter().map(|(_, value)| 1 + nested(value, depth + 1)).sum()
        }
        Value::UnaryEqual(value)
        | Value::UnaryNotEqual(value)
        | Value::UnaryLess(value)
        | Value::UnaryLessOrEqual(value)
        | Value::UnaryGreater(value)
        | Value::UnaryGreaterOrEqual(value)
        | Value::Transparent(value)
        | Value::IntervalStart(value, _)
        | Value::IntervalEnd(value, _)
        | Value::ContextEntry(_, value) => nested(value, depth + 1),
        _ => 0,
    }
}

/// Counts a value that was made, twice: it will be read.
pub fn made(value: &Value) {
    charge(2 * size(value));
}

/// Checks a value that leaves.
pub fn result(value: &Value) {
    let size = size(value);
    charge(size);
    if size > VALUE_MAX {
        stop(Stop::Size);
    }
}
