//! The keys of the providers that this node knows: got when first asked for, again when they are old or a token names another,
//! and kept for a day while the provider is away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::discovery;
use super::fetch::{Fetch, MOST_BYTES};
use super::keys::KeySet;
use crate::clock::Timestamp;

const SECOND: i64 = 1000;

/// How long it counts where a provider's keys are.
const PLACE_MILLIS: i64 = 3600 * SECOND;

/// How long keys count before they are got again.
const FRESH_MILLIS: i64 = 600 * SECOND;

/// How long keys count while the provider does not answer.
const USABLE_MILLIS: i64 = 24 * 3600 * SECOND;

/// How long nobody asks a provider again for a key that it did not have, or that did not come.
const PAUSE_MILLIS: i64 = 10 * SECOND;

/// The same, while older keys do.
const LONG_PAUSE_MILLIS: i64 = 60 * SECOND;

/// How long nobody asks it again after somebody who went away meanwhile.
const SHORT_PAUSE_MILLIS: i64 = SECOND;

/// The most providers. Only those that a realm names are asked.
const MOST: usize = 1000;

/// A provider whose keys cannot be had; the cause is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Away;

/// The keys of providers, by issuer.
#[derive(Debug)]
pub(crate) struct KnownKeys {
    fetch: Arc<dyn Fetch>,
    known: Mutex<HashMap<String, Arc<Known>>>,
}

/// One provider.
#[derive(Debug, Default)]
struct Known {
    state: Mutex<State>,
    /// Whoever holds it asks the provider; others wait for what comes.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug, Default)]
struct State {
    /// Where its keys are, and since when that is known.
    place: Option<(Timestamp, String)>,
    /// Its keys, and when they were got.
    keys: Option<(Timestamp, Arc<KeySet>)>,
    /// When it last answered, or failed to.
    asked: Option<Timestamp>,
    /// When somebody began to ask it who has not come to an end: whose request that was may have gone away.
    began: Option<Timestamp>,
}

/// Whether an instant is less than so long ago. What is in the future was noted by a clock that was wrong.
fn within(since: Timestamp, millis: i64, now: Timestamp) -> bool {
    (0..millis).contains(&now.millis().saturating_sub(since.millis()))
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
    fn look(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl KnownKeys {
    pub(crate) fn new(fetch: Arc<dyn Fetch>) -> Self {
        Self {
            fetch,
            known: Mutex::default(),
        }
    }

    /// The keys of an issuer among which one of that name should be; it may be missing all the same.
    pub(super) async fn of(&self, issuer: &str, id: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, Away> {
        let known = self.known(issuer, now);
        let before = known.look();
        if let Some(keys) = answer(&before, id, now) {
            return keys;
        }
        // Who comes while somebody asks already goes on with the old keys, if the key is among them.
        let old = before.keys_within(USABLE_MILLIS, now).filter(|keys| keys.has(id));
        let _turn = match (known.asking.try_lock(), old) {
            (Ok(turn), _) => turn,
            (Err(_), Some(keys)) => return Ok(Arc::clone(keys)),
            (Err(_), None) => known.asking.lock().await,
        };
        let state = known.look();
        if let Some(keys) = answer(&state, id, now) {
            return keys;
        }
        let abandoned = state.began.is_some_and(|began| within(began, SHORT_PAUSE_MILLIS, now));
        if !abandoned {
            known.change(|state| state.began = Some(now));
            if let Err(why) = self.ask(issuer, &known, now).await {
                tracing::warn!(issuer, why, "the keys of the OpenID provider cannot be had");
            }
            known.change(|state| (state.asked, state.began) = (Some(now), None));
        }
        let keys = known.look().keys_within(USABLE_MILLIS, now).cloned();
        keys.ok_or(Away)
    }

    fn known(&self, issuer: &str, now: Timestamp) -> Arc<Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(issuer) {
            return Arc::clone(found);
        }
        if known.len() >= MOST {
            known.retain(|_, provider| provider.look().keys_within(FRESH_MILLIS, now).is_some());
        }
        let new = Arc::new(Known::default());
        // With so many at once the others are asked each time.
        if known.len() < MOST {
            known.insert(issuer.to_owned(), Arc::clone(&new));
        }
        new
    }

    /// Gets the keys, and where they are if that is not known.
    async fn ask(&self, issuer: &str, known: &Known, now: Timestamp) -> Result<(), String> {
        let place = known
            .look()
            .place
            .filter(|(since, _)| within(*since, PLACE_MILLIS, now));
        let place = if let Some((_, place)) = place {
            place
        } else {
            let description = self.get(&discovery::address(issuer)).await?;
            let place = discovery::keys_at(issuer, &description)?;
            known.change(|state| state.place = Some((now, place.clone())));
            place
        };
        match self.get(&place).await.and_then(|body| KeySet::parse(&body)) {
            Ok(keys) => known.change(|state| state.keys = Some((now, Arc::new(keys)))),
            Err(why) => {
                // They may have moved.
                known.change(|state| state.place = None);
                return Err(why);
            }
        }
        Ok(())
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        match self.fetch.get(url).await {
            Ok(body) if body.len() > MOST_BYTES => Err(format!("{url} answers with more than {MOST_BYTES} bytes")),
            Ok(body) => Ok(body),
            Err(why) => Err(format!("{url}: {why}")),
        }
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
