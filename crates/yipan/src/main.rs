//! The `yipan` command: reads the command line and calls the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    yipan::command::main()
}
