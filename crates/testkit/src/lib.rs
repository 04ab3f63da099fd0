//! For tests only: a whole Usher in this process, on either engine, with a clock that stands and ids that repeat.
//!
//! ```text
//! testkit::both! {
//!     async fn a_taken_user_name_is_refused(app: TestApp) {
//!         app.user("ann").await;
//!         let hr = app.client("hr", &["scim:write"]).await;
//!         exchange!(hr.post("/scim/v2/Users", json!({ "userName": "ann" })), @r#"
//!         409 Conflict
//!         {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"uniqueness", …}
//!         events: none   deliveries: none
//!         "#);
//!     }
//! }
//! ```
//!
//! - [`TestApp`]: a directory on a database of its own, with the realm `default`; makes realms, people, programs and tokens,
//!   and shows events, deliveries and mails
//! - `TestClient`: sends requests through the router, without a network; `Answer` is what came back and what it caused
//!   (feature `http`)
//! - [`both!`]: one test on SQLite and on PostgreSQL; [`exchange!`]: one request and the snapshot of its answer
//! - [`figure!`]: a line that `cargo xtask test --step` shows
//! - [`TestProvider`]: an OpenID provider that signs tokens, rotates its keys and may be away
//! - [`random`]: a realm made at random, in which much happens by itself
//! - [`TestClock`], [`TestIds`]: time that stands until it is moved, ids and secrets in a fixed order
//! - [`Dice`], [`seeds`]: chance that repeats
//! - [`postgres`]: databases on the server of `USHER_TEST_POSTGRES`, or on a throwaway one

mod app;
mod chance;
mod clock;
mod ids;
mod mail;
mod names;
mod program;
mod provider;
pub mod random;
mod store;
mod watch;

#[cfg(feature = "http")]
mod http;
pub mod postgres;

pub use app::TestApp;
pub use chance::{Dice, seeds, told_number};
pub use clock::TestClock;
#[cfg(feature = "http")]
pub use http::{Answer, Request, TestClient};
pub use ids::TestIds;
pub use mail::TestMail;
pub use program::Program;
pub use provider::TestProvider;
pub use watch::{TestDelivery, TestEvent};

#[doc(hidden)]
pub use insta;

use std::future::Future;

use db::Engine;

/// Makes `mod name` with two tests, `sqlite` and `postgres`, of each `async fn name(app: TestApp) { … }`.
#[macro_export]
macro_rules! both {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: TestApp) $body:block)*) => {$(
        $(#[$attribute])*
        async fn $name($app: $crate::TestApp) $body

        mod $name {
            #[test]
            fn sqlite() {
                $crate::on_sqlite(super::$name);
            }

            #[test]
            fn postgres() {
                $crate::on_postgres(super::$name);
            }
        }
    )*};
}

/// Sends a request, compares the answer and what it caused with a snapshot, and gives the answer back. The same snapshot
/// holds on both engines.
#[macro_export]
macro_rules! exchange {
    ($request:expr, @$snapshot:literal) => {{
        let answer = ::std::future::IntoFuture::into_future($request).await;
        $crate::insta::allow_duplicates! {
            $crate::insta::assert_snapshot!(answer.to_string(), @$snapshot);
        }
        answer
    }};
    ($request:expr, $name:expr) => {{
        let answer = ::std::future::IntoFuture::into_future($request).await;
        $crate::insta::allow_duplicates! {
            $crate::insta::assert_snapshot!($name, answer.to_string());
        }
        answer
    }};
}

/// A line `figure: …` of a test: `cargo xtask test --step` shows it.
#[macro_export]
macro_rules! figure {
    ($($text:tt)*) => {
        $crate::say(::std::format_args!("figure: {}", ::std::format_args!($($text)*)))
    };
}

/// A line in a test's output.
#[expect(
    clippy::print_stdout,
    reason = "what a test prints is its report, and nothing else is"
)]
pub fn say(text: std::fmt::Arguments<'_>) {
    println!("{text}");
}

/// Runs a test on SQLite.
pub fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(TestApp) -> F) {
    run(Engine::Sqlite, test);
}

/// Runs a test on PostgreSQL.
pub fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(TestApp) -> F) {
    run(Engine::Postgres, test);
}

fn run<F: Future<Output = ()>>(engine: Engine, test: impl FnOnce(TestApp) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let app = TestApp::on(engine).await;
        test(app).await;
    });
}
