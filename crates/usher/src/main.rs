//! The program `usher`: its command line, its configuration, and how the parts are put together.

mod cli;
mod config;
mod output;
mod wiring;
mod workers;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

/// How long threads that are still reading may take when everything else is done.
const LAST_MOMENT: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    // Every library that speaks TLS asks for the process's one provider.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("error: a second TLS provider is built in");
        return ExitCode::FAILURE;
    }
    let cli = cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime");
    let outcome = runtime.and_then(|runtime| {
        let outcome = runtime.block_on(cli::run(cli));
        runtime.shutdown_timeout(LAST_MOMENT);
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::report(&error),
    }
}
