//! The program `usher`.

use std::process::ExitCode;

fn main() -> ExitCode {
    usher::main()
}
