//! How a node comes by the keys of providers when requests go away, when many wait, and when there are many realms.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use directory::token::AuthError;
use futures_util::future::join_all;
use testkit::both;

use crate::provider::who;

/// Goes on with a request until it waits for somebody else: it is asked so often that whatever is ready has come.
async fn until_it_waits<F: Future>(mut request: Pin<&mut F>) -> Poll<F::Output> {
    for _ in 0..500 {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = request.as_mut().poll(&mut context) {
            return Poll::Ready(output);
        }
        tokio::task::yield_now().await;
    }
    Poll::Pending
}

both! {
    async fn a_request_that_goes_away_stops_nobody_from_getting_the_keys(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        let realm = app.realm("default").await;
        let token = provider.token_of("s1", "ann@example.org");
        provider.holds_answers();
        for _ in 0..20 {
            let mut request = Box::pin(app.directory().authenticate(realm, &token));
            assert!(until_it_waits(request.as_mut()).await.is_pending());
        }
        let mut last = Box::pin(app.directory().authenticate(realm, &token));
        assert!(until_it_waits(last.as_mut()).await.is_pending());
        provider.answers();
        last.await.expect("it counts");
        assert_eq!(provider.asked_for_keys(), 1);
    }

    async fn so_many_wait_for_a_provider_and_the_others_come_back_later(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        let realm = app.realm("default").await;
        let token = provider.token_of("s1", "ann@example.org");
        provider.holds_answers();
        let mut waiting: Vec<_> = (0..70).map(|_| Box::pin(app.directory().authenticate(realm, &token))).collect();
        let since = Instant::now();
        while waiting.len() > 64 && since.elapsed() < Duration::from_secs(20) {
            let mut still = Vec::new();
            for mut request in waiting.drain(..) {
                match until_it_waits(request.as_mut()).await {
                    Poll::Ready(Err(AuthError::ProviderAway)) => {}
                    Poll::Ready(other) => panic!("{other:?}"),
                    Poll::Pending => still.push(request),
                }
            }
            waiting = still;
        }
        assert_eq!(waiting.len(), 64);
        // Whoever goes away leaves a place.
        waiting.truncate(10);
        let mut another = Box::pin(app.directory().authenticate(realm, &token));
        assert!(until_it_waits(another.as_mut()).await.is_pending());
        waiting.push(another);
        provider.answers();
        assert!(join_all(waiting).await.iter().all(Result::is_ok));
    }

    async fn the_pause_after_a_failure_begins_with_its_end(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        let realm = app.realm("default").await;
        let token = provider.token_of("s1", "ann@example.org");
        provider.goes_away();
        provider.holds_answers();
        let mut request = Box::pin(app.directory().authenticate(realm, &token));
        assert!(until_it_waits(request.as_mut()).await.is_pending());
        app.clock().advance(9);
        provider.answers();
        assert!(matches!(request.await, Err(AuthError::ProviderAway)));
        provider.comes_back();
        app.clock().advance(9);
        assert!(matches!(app.directory().authenticate(realm, &token).await, Err(AuthError::ProviderAway)));
        app.clock().advance(1);
        who(&app, &token).await;
    }

    async fn the_keys_of_one_realm_push_out_nobody_elses(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        who(&app, &provider.token_of("s1", "ann@example.org")).await;
        assert_eq!(provider.asked_for_keys(), 1);
        // Another realm whose provider is a new one each time.
        let realm = app.realm("other").await;
        for number in 0..20 {
            let issuer = format!("https://other.example/{number}");
            let other = app.unknown_provider(&issuer).for_audience("urn:usher:other");
            app.set_realm("other", |settings| {
                settings.oidc.issuer = Some(issuer);
                settings.oidc.audience = Some("urn:usher:other".into());
            }).await;
            let asked = app.directory().authenticate(realm, &other.token_of("s1", "nobody@example.org")).await;
            assert!(asked.is_ok() || matches!(asked, Err(AuthError::NotAdmitted(_))), "{asked:?}");
        }
        who(&app, &provider.token_of("s1", "ann@example.org")).await;
        assert_eq!(provider.asked_for_keys(), 0);
    }
}
