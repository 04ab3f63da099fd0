//! Properties over HTTP: values that proptest makes and shrinks, and requests that wait for answers.

use std::future::Future;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestRunner};

/// Runs the check on that many values; what fails is shrunk and shown.
pub(crate) fn for_all<S: Strategy, F: Future<Output = ()>>(cases: u32, values: &S, check: impl Fn(S::Value) -> F) {
    let config = Config {
        cases,
        max_shrink_iters: 500,
        failure_persistence: None,
        ..Config::default()
    };
    let runtime = tokio::runtime::Handle::current();
    let outcome = TestRunner::new(config).run(values, |value| {
        tokio::task::block_in_place(|| runtime.block_on(check(value)));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
