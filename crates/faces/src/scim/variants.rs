//! Clients that were set up with another spelling of the base (W-3): told in the log, once per token and spelling.

use std::collections::HashSet;
use std::sync::Mutex;

use directory::{Actor, Principal};

/// How many are remembered; past that they are told again.
const REMEMBERED: usize = 1000;

/// What was already told.
#[derive(Debug, Default)]
pub(crate) struct Variants {
    told: Mutex<HashSet<(String, &'static str)>>,
}

impl Variants {
    /// Tells of a client that uses a spelling, unless that was told before.
    pub(crate) fn note(&self, principal: &Principal, variant: &'static str) {
        let caller = match &principal.actor {
            Actor::Client(actor) => format!("{} with the token {}", principal.label(), actor.token),
            _ => principal.label(),
        };
        let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if told.len() >= REMEMBERED {
            told.clear();
        }
        if told.insert((caller.clone(), variant)) {
            tracing::info!(
                caller,
                "{caller} uses the suffix variant {variant} of the SCIM base; /scim/v2 is the usual one"
            );
        }
    }
}
