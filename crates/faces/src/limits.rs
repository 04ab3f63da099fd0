//! What keeps one caller from taking everything: requests at once, and requests without credentials or with refused ones per
//! client address. The limits count in this process, by the machine's time.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::Request;
use axum::http::StatusCode;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::app::FacesConfig;
use crate::face::Problem;
use crate::proxies::Proxies;

/// After so many checks the addresses that are quiet are forgotten.
const FORGET_AFTER: u32 = 10_000;

/// The limits of one process.
#[derive(Debug)]
pub(crate) struct Limits {
    slots: Semaphore,
    anonymous: Rate,
    refused: Rate,
    proxies: Proxies,
}

impl Limits {
    pub(crate) fn new(config: &FacesConfig) -> Self {
        Self {
            slots: Semaphore::new(config.max_concurrent),
            anonymous: Rate::new(config.anonymous_per_second, config.anonymous_burst),
            refused: Rate::new(config.refused_per_second, config.refused_burst),
            proxies: Proxies::new(config.trusted_proxies.clone()),
        }
    }

    /// A place among the requests that are worked on.
    pub(crate) fn enter(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.slots
            .try_acquire()
            .map_err(|_| Problem::busy("too many requests are being worked on"))
    }

    /// Counts a request without credentials.
    pub(crate) fn anonymous(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        self.anonymous
            .check(address, "too many requests without credentials from this address")
    }

    /// Counts a request whose credentials were refused.
    pub(crate) fn refused(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        self.refused
            .check(address, "too many requests with refused credentials from this address")
    }

    /// The address a request came from.
    pub(crate) fn address_of(&self, request: &Request) -> Option<IpAddr> {
        self.proxies.address_of(request)
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

    fn check(&self, address: Option<IpAddr>, detail: &str) -> Result<(), Problem> {
        let Some(address) = address else { return Ok(()) };
        if self.checks.fetch_add(1, Ordering::Relaxed) % FORGET_AFTER == FORGET_AFTER - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&network(address)).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now()).as_secs() + 1;
            Problem {
                retry_after: Some(wait),
                ..Problem::new(StatusCode::TOO_MANY_REQUESTS, detail)
            }
        })
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
        let address = Some(IpAddr::from([192, 0, 2, 1]));
        for _ in 0..3 {
            limits.anonymous(address).expect("a value");
        }
        let problem = limits.anonymous(address).expect_err("a refusal");
        assert_eq!(problem.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(problem.retry_after.expect("a value") >= 1);
        limits.anonymous(Some(IpAddr::from([192, 0, 2, 2]))).expect("a value");
    }
}
