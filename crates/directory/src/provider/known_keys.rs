//! The keys of the providers that this node knows: got when first asked for, again when they are old or a token names another,
//! and kept for a day while the provider is away.
//!
//! Each realm has its own, so that none can push out another's. They are asked for in a task of its own: a request that goes away
//! stops nothing, and those that wait for the answer are so many at most.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use tokio::sync::Notify;

use super::discovery::{self, Description};
use super::fetch::{Ask, Fetch, MOST_BYTES, NotFetched};
use super::keys::KeySet;
use crate::clock::{Clock, Timestamp};
use crate::realm::RealmId;

const SECOND: i64 = 1000;

/// How long it counts what a provider says of itself.
const DESCRIBED_MILLIS: i64 = 3600 * SECOND;

/// How long keys count before they are got again.
const FRESH_MILLIS: i64 = 600 * SECOND;

/// How long keys count while the provider does not answer.
const USABLE_MILLIS: i64 = 24 * 3600 * SECOND;

/// How long nobody asks a provider again for a key that it did not have, or that did not come; from its answer on.
const PAUSE_MILLIS: i64 = 10 * SECOND;

/// The same, while older keys do.
const LONG_PAUSE_MILLIS: i64 = 60 * SECOND;

/// How far in the future an instant may be that was noted a moment ago: by another thread, or before the clock was set right.
const TOLERANCE_MILLIS: i64 = 60 * SECOND;

/// How many requests of one realm wait for its provider at once.
const MOST_WAITING: usize = 64;

/// A provider whose keys cannot be had at the moment: it is away, which is in the log, or too many wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Away;

/// The keys of the realms' providers. There is one for each realm, so there are no more than realms.
#[derive(Debug)]
pub(crate) struct KnownKeys {
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<RealmId, Arc<Known>>>,
}

/// One realm's provider.
#[derive(Debug)]
struct Known {
    issuer: String,
    state: Mutex<State>,
    /// Wakes those who wait for its answer.
    answered: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// What it says of itself, and since when that is known.
    described: Option<(Timestamp, Arc<Description>)>,
    /// Its keys, and when they were got.
    keys: Option<(Timestamp, Arc<KeySet>)>,
    /// When it last answered, or failed to.
    asked: Option<Timestamp>,
    /// Whether it is being asked.
    is_asked: bool,
    /// How many wait for its answer.
    waiting: usize,
}

/// Whether an instant is less than so long ago.
fn within(since: Timestamp, millis: i64, now: Timestamp) -> bool {
    (-TOLERANCE_MILLIS..millis).contains(&now.millis().saturating_sub(since.millis()))
}

impl State {
    fn keys_within(&self, millis: i64, now: Timestamp) -> Option<&Arc<KeySet>> {
        let (since, keys) = self.keys.as_ref()?;
        within(*since, millis, now).then_some(keys)
    }

    /// Whether the provider may be asked again after so long a pause.
    fn may_ask(&self, pause: i64, now: Timestamp) -> bool {
        self.asked.is_none_or(|asked| !within(asked, pause, now))
    }
}

impl Known {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for an answer, until they have it or go away.
struct Waiting<'a>(&'a Known);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

/// A provider that is being asked. However that ends, whoever waits is told.
struct Asking {
    known: Arc<Known>,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
}

impl Drop for Asking {
    fn drop(&mut self) {
        let mut state = self.known.state();
        state.is_asked = false;
        state.asked = Some(self.clock.now());
        drop(state);
        self.known.answered.notify_waiters();
    }
}

impl KnownKeys {
    pub(crate) fn new(fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self {
            fetch,
            clock,
            known: Mutex::default(),
        }
    }

    /// The keys of a realm's provider, among them the one of that name if it has it.
    pub(super) async fn of(&self, realm: RealmId, issuer: &str, id: Option<&str>) -> Result<Arc<KeySet>, Away> {
        let known = self.known(realm, issuer);
        let (answered, _waiting) = {
            let mut state = known.state();
            let now = self.clock.now();
            if let Some(keys) = answer(&state, id, now) {
                return keys;
            }
            if state.is_asked {
                // Old keys do meanwhile.
                let old = state.keys_within(USABLE_MILLIS, now).filter(|keys| keys.has(id));
                if let Some(keys) = old {
                    return Ok(Arc::clone(keys));
                }
            }
            if state.waiting >= MOST_WAITING {
                return Err(Away);
            }
            state.waiting += 1;
            let answered = known.answered.notified();
            if !state.is_asked {
                state.is_asked = true;
                self.ask(Arc::clone(&known));
            }
            (answered, Waiting(&known))
        };
        answered.await;
        let keys = known.state().keys_within(USABLE_MILLIS, self.clock.now()).cloned();
        keys.ok_or(Away)
    }

    /// What a realm's provider says of itself. It is got with its keys.
    pub(super) async fn description(&self, realm: RealmId, issuer: &str) -> Result<Arc<Description>, Away> {
        self.of(realm, issuer, None).await?;
        let known = self.known(realm, issuer);
        let described = known.state().described.clone();
        described.map(|(_, described)| described).ok_or(Away)
    }

    /// Asks a provider something else, for whoever waits for the answer.
    pub(super) async fn exchange(&self, ask: Ask<'_>) -> Result<Vec<u8>, String> {
        let url = ask.url;
        bounded(url, self.fetch.ask(ask).await)
    }

    /// What is known of the realm's provider. Another issuer begins anew.
    fn known(&self, realm: RealmId, issuer: &str) -> Arc<Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(&realm) {
            Some(found) if found.issuer == issuer => Arc::clone(found),
            _ => {
                let new = Arc::new(Known {
                    issuer: issuer.to_owned(),
                    state: Mutex::default(),
                    answered: Notify::new(),
                });
                known.insert(realm, Arc::clone(&new));
                new
            }
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a panic of it is caught and logged here, and whoever waits is told by the end of `Asking`"
    )]
    fn ask(&self, known: Arc<Known>) {
        let asking = Asking {
            known,
            fetch: Arc::clone(&self.fetch),
            clock: Arc::clone(&self.clock),
        };
        tokio::spawn(async move {
            let issuer = asking.known.issuer.as_str();
            match AssertUnwindSafe(asking.run()).catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(why)) => tracing::warn!(issuer, why, "the keys of the OpenID provider cannot be had"),
                Err(_) => tracing::error!(issuer, "asking the OpenID provider for its keys panicked"),
            }
        });
    }
}

impl Asking {
    /// Gets the keys, and where they are if that is not known.
    async fn run(&self) -> Result<(), String> {
        let now = self.clock.now();
        let described = self.known.state().described.clone();
        let known = described.filter(|(since, _)| within(*since, DESCRIBED_MILLIS, now));
        let described = if let Some((_, described)) = known {
            described
        } else {
            let description = self.get(&discovery::address(&self.known.issuer)).await?;
            let described = Arc::new(Description::parse(&self.known.issuer, &description)?);
            self.known.state().described = Some((now, Arc::clone(&described)));
            described
        };
        match self.get(&described.keys).await.and_then(|body| KeySet::parse(&body)) {
            Ok(keys) => self.known.state().keys = Some((self.clock.now(), Arc::new(keys))),
            Err(why) => {
                // They may have moved.
                self.known.state().described = None;
                return Err(why);
            }
        }
        Ok(())
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        bounded(url, self.fetch.get(url).await)
    }
}

/// What came back, if it is not too much.
fn bounded(url: &str, fetched: Result<Vec<u8>, NotFetched>) -> Result<Vec<u8>, String> {
    match fetched {
        Ok(body) if body.len() > MOST_BYTES => Err(format!("{url} answers with more than {MOST_BYTES} bytes")),
        Ok(body) => Ok(body),
        Err(why) => Err(format!("{url}: {why}")),
    }
}

/// What can be said without asking the provider: the keys, or that it is away; none where it is to be asked.
fn answer(state: &State, id: Option<&str>, now: Timestamp) -> Option<Result<Arc<KeySet>, Away>> {
    let fresh = state.keys_within(FRESH_MILLIS, now);
    let usable = state.keys_within(USABLE_MILLIS, now);
    if let Some(keys) = fresh.filter(|keys| keys.has(id)) {
        return Some(Ok(Arc::clone(keys)));
    }
    match usable {
        // Old keys do until the provider answers again.
        Some(keys) if keys.has(id) && !state.may_ask(LONG_PAUSE_MILLIS, now) => Some(Ok(Arc::clone(keys))),
        Some(keys) if !keys.has(id) && !state.may_ask(PAUSE_MILLIS, now) => Some(Ok(Arc::clone(keys))),
        None if !state.may_ask(PAUSE_MILLIS, now) => Some(Err(Away)),
        _ => None,
    }
}
