//! The one place where the platform reads time.
//!
//! Production runs on the operating system's clock. A demonstration may be advanced by days or
//! hours, so that deadlines are seen to work; a test starts at an instant of its own.

use kernel::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where "now" comes from.
#[derive(Debug)]
pub struct Clock {
    /// Microseconds added to the operating system's clock, or the whole instant when `frozen`.
    offset_us: AtomicI64,
    frozen: bool,
}

impl Clock {
    /// The operating system's clock, moved by an offset (0 in production).
    pub fn system(offset_us: i64) -> Clock {
        Clock { offset_us: AtomicI64::new(offset_us), frozen: false }
    }

    /// A clock that stands still until it is advanced: for tests and simulations.
    pub fn frozen(at: Timestamp) -> Clock {
        Clock { offset_us: AtomicI64::new(at.0), frozen: true }
    }

    /// The present instant of the province.
    pub fn now(&self) -> Timestamp {
        let offset = self.offset_us.load(Ordering::Relaxed);
        if self.frozen { Timestamp(offset) } else { self.platform().plus_us(offset) }
    }

    /// Puts a stored offset in place, at start.
    pub fn set_offset_us(&self, offset_us: i64) {
        self.offset_us.store(offset_us, Ordering::Relaxed);
    }

    /// Moves the clock so that it now shows the instant, back too: for a load of past months.
    pub fn set(&self, at: Timestamp) {
        let from = if self.frozen { Timestamp(0) } else { self.platform() };
        self.set_offset_us(at.since(from));
    }

    /// The operating system's own instant, whatever the demonstration's offset: for what must not
    /// end when the clock is advanced (sessions, tokens, one-time passwords). A frozen clock has
    /// no other instant than its own.
    #[allow(clippy::disallowed_methods)] // the one lawful reading of ambient time
    pub fn platform(&self) -> Timestamp {
        if self.frozen {
            return Timestamp(self.offset_us.load(Ordering::Relaxed));
        }
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }

    /// Moves the clock forward; returns the new offset. Moving back is not possible.
    pub fn advance_us(&self, us: i64) -> i64 {
        self.offset_us.fetch_add(us.max(0), Ordering::Relaxed) + us.max(0)
    }
}
