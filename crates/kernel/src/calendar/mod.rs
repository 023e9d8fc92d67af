//! Statutory time: the State Council's working calendar, legal limits and stoppable clocks.
//!
//! Invariants: a day is counted only from published notices, never guessed, so a count that would
//! need an absent notice is refused and names the year; the same notices give the same answer for
//! ever, and [`Calendar::version`] names them. Days are civil days of China Standard Time.
//! Must not know: where notices are stored, what a clock is for, what time it is now.

mod clock;
mod limit;
mod notice;
mod working;

pub use clock::{Clock, Extension, Lamp, Pause, Remaining};
pub use limit::{AMOUNT_MAX, Limit, Unit};
pub use notice::{DayKind, Notice};
pub use working::{Calendar, YEAR_MISSING};
