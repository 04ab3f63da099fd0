//! `usher completions`: for the shell.

use anyhow::Result;
use clap::Args;
use clap_complete::Shell;

use super::help;
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut help::command(), "usher", &mut script);
        output::write(&String::from_utf8_lossy(&script))?;
        Ok(())
    }
}
