//! What keeps one caller from taking everything: requests at once, requests without credentials or with refused ones per
//! client address, and requests of a program that has a limit, or of a person who came without one. The limits count in this process, by the machine's time.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode};
use directory::client::Client;
use directory::user::User;
use directory::{Id, Principal, RealmId};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::app::FacesConfig;
use crate::face::Problem;
use crate::proxies::Proxies;

/// After so many checks the addresses that are quiet are forgotten.
const FORGET_AFTER: u32 = 10_000;

/// So many mails to whatever address may be asked for from one address of the network: a class that signs in at once, and no list of
/// members.
const MAILS_PER_SECOND: u32 = 1;
const MAILS_BURST: u32 = 100;

/// The limits of one process.
#[derive(Debug)]
pub(crate) struct Limits {
    slots: Semaphore,
    anonymous: Rate,
    refused: Rate,
    /// Those who ask for a mail to whatever address.
    mails: Rate,
    clients: Minutes<(RealmId, Id<Client>)>,
    /// Those who signed in at a provider: no program of theirs has a limit.
    people: Minutes<(RealmId, Id<User>)>,
    person_per_minute: NonZeroU32,
    proxies: Proxies,
}

impl Limits {
    pub(crate) fn new(config: &FacesConfig) -> Self {
        Self {
            slots: Semaphore::new(config.max_concurrent),
            anonymous: Rate::new(config.anonymous_per_second, config.anonymous_burst),
            refused: Rate::new(config.refused_per_second, config.refused_burst),
            mails: Rate::new(MAILS_PER_SECOND, MAILS_BURST),
            clients: Minutes::default(),
            people: Minutes::default(),
            person_per_minute: NonZeroU32::new(config.person_per_minute).unwrap_or(NonZeroU32::MIN),
            proxies: Proxies::new(config.trusted_proxies.clone()),
        }
    }

    /// A place among the requests that are worked on.
    pub(crate) fn enter(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.slots.try_acquire().map_err(|_| Problem {
            limit: Some("concurrent"),
            ..Problem::busy("too many requests are being worked on")
        })
    }

    /// Counts a request without credentials.
    pub(crate) fn anonymous(&self, address: IpAddr) -> Result<(), Problem> {
        let detail = "too many requests without credentials from this address";
        self.anonymous.check(address, "anonymous", detail)
    }

    /// Counts a request whose credentials were refused.
    pub(crate) fn refused(&self, address: IpAddr) -> Result<(), Problem> {
        let detail = "too many requests with refused credentials from this address";
        self.refused.check(address, "refused", detail)
    }

    /// Counts a request that may send a mail to whatever address it names.
    pub(crate) fn mails(&self, address: IpAddr) -> Result<(), Problem> {
        self.mails
            .check(address, "mails", "too many mails were asked for from this address")
    }

    /// Counts a request of a program that has a limit, or of a person without a program.
    pub(crate) fn caller(&self, principal: &Principal) -> Result<(), Problem> {
        let (realm, now) = (principal.realm, Instant::now());
        match (principal.client(), principal.user()) {
            (Some(client), _) => match client.settings.rate_limit {
                Some(limit) => self
                    .clients
                    .check((realm, client.id), limit, now)
                    .map_err(|wait| too_many_a_minute(wait, "client", limit)),
                None => Ok(()),
            },
            (None, Some(user)) => {
                let limit = self.person_per_minute;
                let counted = self.people.check((realm, user), limit, now);
                counted.map_err(|wait| too_many_a_minute(wait, "person", limit))
            }
            (None, None) => Ok(()),
        }
    }

    /// The address a request came from, whose connection that peer has.
    pub(crate) fn address_of(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        self.proxies.address_of(headers, peer)
    }
}

/// So many per second and address, with a burst.
#[derive(Debug)]
struct Rate {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
    checks: AtomicU32,
}

impl Rate {
    fn new(per_second: u32, burst: u32) -> Self {
        let at_least_one = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(per_second)).allow_burst(at_least_one(burst));
        Self {
            limiter: DefaultKeyedRateLimiter::keyed(quota),
            clock: DefaultClock::default(),
            checks: AtomicU32::new(0),
        }
    }

    fn check(&self, address: IpAddr, limit: &'static str, detail: &str) -> Result<(), Problem> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % FORGET_AFTER == FORGET_AFTER - 1 {
            self.limiter.retain_recent();
        }
        self.limiter
            .check_key(&network(address))
            .map_err(|until| too_many(until.wait_time_from(self.clock.now()), limit, detail.to_owned()))
    }
}

fn too_many(wait: Duration, limit: &'static str, detail: String) -> Problem {
    Problem {
        // Seconds are what the header has: one more than is over.
        retry_after: Some(wait.as_secs() + 1),
        limit: Some(limit),
        ..Problem::new(StatusCode::TOO_MANY_REQUESTS, detail)
    }
}

fn too_many_a_minute(wait: Duration, whose: &'static str, limit: NonZeroU32) -> Problem {
    let detail = format!("more than {limit} requests a minute: this {whose} may send no more");
    too_many(wait, whose, detail)
}

/// So many requests a minute of each caller that has a limit, and as many at once after a quiet minute: the generic cell rate
/// algorithm, with a limit of its own for each.
#[derive(Debug)]
struct Minutes<K>(Mutex<HashMap<K, Instant>>);

impl<K> Default for Minutes<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// With more callers than this, those that were quiet for a minute are forgotten.
const REMEMBERED: usize = 1_000;

const MINUTE: Duration = Duration::from_mins(1);

impl<K: Eq + Hash> Minutes<K> {
    /// Counts a request at that instant; too early, it says for how long to wait.
    fn check(&self, caller: K, limit: NonZeroU32, now: Instant) -> Result<(), Duration> {
        let mut used_until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used_until.len() >= REMEMBERED && !used_until.contains_key(&caller) {
            used_until.retain(|_, until| *until > now);
        }
        let each = MINUTE / limit.get();
        // Up to when the requests so far use up what is allowed: at most a minute ahead.
        let until = used_until.entry(caller).or_insert(now);
        let next = (*until).max(now) + each;
        let over = (next - now).saturating_sub(MINUTE);
        if !over.is_zero() {
            return Err(over);
        }
        *until = next;
        Ok(())
    }
}

/// What counts as one client: an IPv4 address, or the /64 that an IPv6 one is in.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(burst: u32) -> Limits {
        let config = FacesConfig {
            anonymous_per_second: 1,
            anonymous_burst: burst,
            ..FacesConfig::default()
        };
        Limits::new(&config)
    }

    #[test]
    fn past_the_burst_an_address_is_told_when_to_come_back() {
        let limits = limits(3);
        let address = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..3 {
            limits.anonymous(address).expect("a value");
        }
        let problem = limits.anonymous(address).expect_err("a refusal");
        assert_eq!(problem.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(problem.retry_after.expect("a value") >= 1);
        assert_eq!(problem.limit, Some("anonymous"));
        limits.anonymous(IpAddr::from([192, 0, 2, 2])).expect("a value");
    }

    #[test]
    fn a_program_has_its_requests_of_each_minute() {
        let rates = Minutes::default();
        let client = |number: u32| {
            let id = Id::<Client>::parse(&format!("00000000-0000-7000-8000-{number:012x}"));
            (RealmId::INSTALLATION, id.expect("an id"))
        };
        let (limit, start) = (NonZeroU32::new(6).expect("a limit"), Instant::now());
        for _ in 0..6 {
            assert_eq!(rates.check(client(1), limit, start), Ok(()));
        }
        assert_eq!(rates.check(client(1), limit, start), Err(Duration::from_secs(10)));
        assert_eq!(rates.check(client(2), limit, start), Ok(()));
        let later = start + Duration::from_secs(10);
        assert_eq!(rates.check(client(1), limit, later), Ok(()));
        assert!(rates.check(client(1), limit, later).is_err());
        // After a quiet minute all of them are there again.
        let rested = later + MINUTE;
        let counted = (0..10)
            .filter(|_| rates.check(client(1), limit, rested).is_ok())
            .count();
        assert_eq!(counted, 6);
        // Those that are quiet are forgotten when there are many.
        for number in 0..5_000 {
            let _counted = rates.check(client(number), limit, rested + MINUTE * number);
        }
        assert!(rates.0.lock().expect("the lock").len() <= REMEMBERED);
    }
}
