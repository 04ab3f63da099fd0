//! Where the acceptance tests play: one installation with a mail server and an OpenID provider, its clock standing.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use db::Engine;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::world::World;
use crate::support::{Http, Issuer, Place, Provider, Sink, Usher};

/// When everything begins: a Monday in winter.
pub(super) const START: &str = "2030-01-07T08:00:00Z";

/// For whom tokens of these tests are.
pub(super) const AUDIENCE: &str = "urn:usher:acceptance";

/// One test: its number and what it does in a realm of its own.
pub(super) type Numbered = (u8, fn(&World<'_>));

/// One installation.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) engine: Engine,
    pub(super) place: Place,
    pub(super) sink: Sink,
    /// None while it is down.
    usher: RefCell<Option<Usher>>,
    /// A token of the installation's administration.
    pub(super) admin: String,
}

/// Who they are at the provider: their names, and what their tokens say of what they may.
static PEOPLE: LazyLock<()> = LazyLock::new(|| {
    let provider = Provider::shared();
    for name in ["ga", "gb", "u1", "u2"] {
        provider.say(name, &json!({ "email": address(name), "email_verified": true }));
    }
    for (name, role) in [("mg", "manage-groups"), ("mgx", "manage-groups-extended")] {
        let roles = json!({ "account": { "roles": [role] } });
        provider.say(
            name,
            &json!({ "email": address(name), "email_verified": true, "resource_access": roles }),
        );
    }
    let roles = json!({ "realm-management": { "roles": ["realm-admin"] } });
    provider.say(
        "root",
        &json!({ "email": address("root"), "email_verified": true, "resource_access": roles }),
    );
});

/// The address of somebody of the tests.
pub(super) fn address(name: &str) -> String {
    format!("{name}@people.example")
}

impl Stage {
    fn on(engine: Engine) -> Self {
        LazyLock::force(&PEOPLE);
        let sink = Sink::start();
        let place = Place::on(engine)
            .with_mail(&sink)
            .set("USHER_SERVER__PROVIDER_NETWORKS", "127.0.0.1");
        let usher = place.serve_with(&["--clock", START]);
        let usher = RefCell::new(Some(usher));
        let admin = place.token("acceptance", "admin", &[]);
        Self {
            engine,
            place,
            sink,
            usher,
            admin,
        }
    }

    /// A token of somebody, as that issuer gives it.
    pub(super) fn token(issuer: Issuer, name: &str, audience: &str) -> String {
        Provider::shared().sign_in(issuer, audience, name).access_token
    }

    /// A client of the server.
    pub(super) fn http(&self) -> Http {
        let usher = self.usher.borrow();
        usher.as_ref().expect("the server is up").http()
    }

    /// Stops the server.
    pub(super) fn stop(&self) {
        let usher = self.usher.take();
        usher.expect("the server is up").stop();
    }

    /// Starts the server when it is that time, or later where the clock stands there already: what has become due since it was
    /// stopped has been done by nobody.
    pub(super) fn start_at(&self, clock: &str) {
        let usher = self.place.serve_with(&["--clock", clock]);
        assert!(self.usher.replace(Some(usher)).is_none(), "the server was up");
    }

    /// The instant so many hours from now.
    pub(super) fn in_hours(&self, hours: i64) -> Timestamp {
        let shown = self.place.json(&["clock", "show"]);
        let now: Timestamp = shown["now"]
            .as_str()
            .and_then(|now| now.parse().ok())
            .expect("an instant");
        now + SignedDuration::from_hours(hours)
    }

    /// Plays these tests one after the other, each in a realm of its own, and tells how each ended. All are played before the
    /// first that failed fails the section.
    pub(super) fn play(engine: Engine, tests: &[Numbered]) {
        let stage = Self::on(engine);
        let mut failed = Vec::new();
        for (number, test) in tests {
            // One that failed may have left it down.
            if stage.usher.borrow().is_none() {
                stage.start_at(START);
            }
            let held = catch_unwind(AssertUnwindSafe(|| test(&World::new(&stage, *number))));
            let word = if held.is_ok() { "holds" } else { "DOES NOT HOLD" };
            testkit::figure!("T{number:02} {word} ({engine:?})");
            if held.is_err() {
                failed.push(*number);
            }
        }
        assert!(failed.is_empty(), "on {engine:?}: {failed:?}");
        stage.stop();
    }
}

/// The tests of one part of the list, on both engines.
macro_rules! section {
    ($($number:literal: $test:ident),+ $(,)?) => {
        pub(super) const NUMBERS: &[u8] = &[$($number),+];
        const TESTS: &[$crate::step_3_1_acceptance::stage::Numbered] = &[$(($number, $test)),+];

        #[test]
        fn sqlite() {
            $crate::step_3_1_acceptance::stage::Stage::play(db::Engine::Sqlite, TESTS);
        }

        #[test]
        fn postgres() {
            $crate::step_3_1_acceptance::stage::Stage::play(db::Engine::Postgres, TESTS);
        }
    };
}
pub(super) use section;
