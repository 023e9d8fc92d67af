//! The `yipan` command: reads the command line and calls the library.

use std::process::ExitCode;

/// Gives memory back after a peak, where the system's allocator keeps what the first load of a
/// province once needed.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    yipan::command::main()
}
