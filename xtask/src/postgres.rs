//! A throwaway PostgreSQL server, installed first where that may be done.

use anyhow::{Context, Result};
use throwaway::Address;
pub(crate) use throwaway::{Durability, Server};

use crate::{components, usage};

/// Starts a server on a free port.
pub(crate) fn start(durability: Durability) -> Result<Server> {
    components::require_postgres()?;
    Server::start(durability, Address::Port).context("starting a throwaway PostgreSQL")
}

/// `cargo xtask postgres [--durable]`: a server until Ctrl-C.
pub(crate) fn main(args: &[&str]) -> Result<()> {
    let durability = match args {
        [] => Durability::None,
        ["--durable"] => Durability::Full,
        _ => return Err(usage("postgres takes --durable or nothing")),
    };
    let server = start(durability)?;
    println!("{}", server.url());
    eprintln!("Ctrl-C ends it; to use it: export USHER_TEST_POSTGRES={}", server.url());
    loop {
        std::thread::park();
    }
}
