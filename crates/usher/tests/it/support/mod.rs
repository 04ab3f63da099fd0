//! What these tests share.
//!
//! - `place`: a folder or database of its own with the commands that work on it, and a running server
//! - `http`: requests over a connection
//! - `pages`: forms as a browser sends them; `browser`: one that keeps cookies and goes where it is sent
//! - `chromium`: a real browser
//! - `scim2`: the checker and command line of others
//! - `provider`: an OpenID provider, and tokens as people get them
//! - `sink`: a mail server that keeps what it takes
//! - `store`: the store of a place, past the product
//! - `child`: other programs, ended with their handle
//! - `disk`: a disk that gets full or read-only
//! - `strace`: what a running server asks the system for, and what the system refuses it

mod browser;
mod child;
mod chromium;
mod disk;
mod http;
pub(crate) mod pages;
mod place;
mod provider;
mod scim2;
mod sink;
mod store;
mod strace;

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use self::browser::Browser;
pub(crate) use self::child::{Child, ended, output_of};
pub(crate) use self::chromium::{Chromium, Person, Use};
pub(crate) use self::disk::{Disk, DiskKind};
pub(crate) use self::http::{Http, Response};
pub(crate) use self::place::{Place, Usher};
pub(crate) use self::provider::{Issuer, Provider, claims};
pub(crate) use self::scim2::Scim2;
pub(crate) use self::sink::{Sink, Taken};
pub(crate) use self::store::{lapse, location, run};
pub(crate) use self::strace::Strace;

/// The binary under test.
pub(crate) fn binary() -> PathBuf {
    variable("USHER_TEST_BINARY").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_usher")), PathBuf::from)
}

/// The command without what the settings of whoever runs the tests say.
pub(crate) fn unset(command: &mut Command) -> &mut Command {
    let ours = std::env::vars_os().map(|(name, _)| name);
    let counts = |name: &str| {
        ["USHER_", "OTEL_", "INVITATIONS_"]
            .iter()
            .any(|first| name.starts_with(first))
    };
    for name in ours.filter(|name| counts(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}

/// A program of the Python that `cargo xtask test` makes.
fn python_program(variable_name: &str, program: &str) -> PathBuf {
    program_of("test-python", variable_name, program)
}

/// The Python with the packages that Canaille pins.
pub(crate) fn old_python() -> PathBuf {
    program_of("test-python-old", "USHER_TEST_PYTHON_OLD", "python")
}

fn program_of(environment: &str, variable_name: &str, program: &str) -> PathBuf {
    if let Some(named) = variable(variable_name) {
        return named.into();
    }
    let made = workspace().join("target").join(environment).join("bin").join(program);
    assert!(
        made.exists(),
        "{program} is missing; `cargo xtask test` makes it, or name one in {variable_name}"
    );
    made
}

/// The folder of scim2-cli.
pub(crate) fn scim2_folder() -> PathBuf {
    let program = python_program("USHER_TEST_SCIM2", "scim2");
    program.parent().map(PathBuf::from).unwrap_or_default()
}

/// Held by whoever may listen on 127.0.0.1:8080, as the guides and quickstart do.
pub(crate) fn port_8080() -> MutexGuard<'static, ()> {
    static HELD: Mutex<()> = Mutex::new(());
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until something holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(30), "still not: {what}");
        std::thread::yield_now();
    }
}

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told of programs and rounds in their environment"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
