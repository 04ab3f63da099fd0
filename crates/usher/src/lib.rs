//! The program `usher`: its command line, its configuration, and how the parts are put together. A library so that
//! `crates/oracles` can look at how the configuration is read; it is used for nothing else.

mod cli;
mod config;
mod outbound;
mod output;
mod telemetry;
mod wiring;
mod workers;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

pub use config::holds as configuration_holds;

/// How long threads that are still reading may take when everything else is done.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// The program.
pub fn main() -> ExitCode {
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
