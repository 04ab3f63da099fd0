//! How many files and connections the process may have open.

use anyhow::{Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What everything but clients' connections takes: the database, the log, mail.
const OWN: u64 = 64;

/// With less a server is of no use.
const LEAST: u64 = 128;

/// How many connections of clients fit into so many open files.
pub(crate) fn fit(allowed: u64) -> usize {
    usize::try_from(allowed.saturating_sub(OWN)).unwrap_or(usize::MAX)
}

/// Takes what the system allows, and says how many connections of clients fit into it, at most `wanted`.
pub(super) fn connections(wanted: usize) -> Result<usize> {
    let limit = getrlimit(Resource::Nofile);
    // Whether it could be raised shows in what is allowed then.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    );
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if allowed < LEAST {
        bail!(
            "only {allowed} files may be open, and a server takes {LEAST} at least: raise the limit, with `ulimit -n` or LimitNOFILE= in the unit"
        );
    }
    let fit = fit(allowed);
    if fit < wanted {
        tracing::warn!(
            "only {allowed} files may be open, so at most {fit} connections are taken instead of {wanted} (server.connections): raise the limit, with `ulimit -n` or LimitNOFILE= in the unit"
        );
    }
    Ok(fit.min(wanted))
}
