//! `cargo xtask deny`: licences, banned crates and sources, by cargo-deny.

use anyhow::Result;

use crate::{Refused, shell};

pub(crate) fn main() -> Result<()> {
    if !shell::succeeds(&mut shell::cargo(&["deny", "--version"])) {
        let why = "cargo-deny is missing; run: cargo install cargo-deny --locked".to_owned();
        return Err(Refused { code: 2, why }.into());
    }
    // Advisories need the network; whoever has it runs `cargo deny check advisories`.
    shell::run(&mut shell::cargo(&[
        "deny",
        "--offline",
        "check",
        "licenses",
        "bans",
        "sources",
    ]))
}
