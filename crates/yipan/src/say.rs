//! Lines on standard output.
//!
//! Invariant: whoever reads may stop reading (`yipan register | head`); the program goes on, and
//! its exit code still tells what it found. Must not know: what is told.

use std::io::Write;

/// Prints a line, as `println!`, which would end the program when nobody reads.
macro_rules! say {
    ($($told:tt)*) => {
        $crate::say::line(format_args!($($told)*))
    };
}

/// Prints a line.
pub(crate) fn line(told: std::fmt::Arguments<'_>) {
    // What cannot be told to anybody is not a fault of what is told.
    let _unread = writeln!(std::io::stdout().lock(), "{told}");
}
