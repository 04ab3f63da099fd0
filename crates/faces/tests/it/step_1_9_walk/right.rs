//! Whoever has the right: what others are refused shows or changes something then, so that none of them was refused for
//! another reason.

use faces::RouteInfo;
use http::Method;
use testkit::{Answer, TestApp, TestClient};

use super::things::Things;
use super::visits::{Access, Good, Visit, visits};
use super::{DEFAULT, MARK, watched};

/// Things at hand. What is asked for with the right changes them, so they are made anew when they are spent.
#[derive(Debug)]
pub(super) struct Supply<M> {
    make: M,
    things: Things,
    /// How often they were made anew.
    pub(super) round: usize,
    /// Whether something was changed since.
    touched: bool,
    /// How many requests were sent with the right.
    pub(super) sent: usize,
}

impl<M: AsyncFn(usize) -> Things> Supply<M> {
    /// The things that are there already are those of round 0.
    pub(super) fn of(things: Things, make: M) -> Self {
        Self {
            make,
            things,
            round: 0,
            touched: false,
            sent: 0,
        }
    }

    /// Sends one of the visits of a route with the right. Where that comes to nothing and something was changed since the
    /// things were made, it is sent once more for new ones: then that counts.
    pub(super) async fn ask(
        &mut self,
        route: &RouteInfo,
        number: usize,
        send: impl AsyncFn(&Things, &Visit) -> Answer,
    ) -> (Visit, Answer) {
        loop {
            // A name that no earlier request has used.
            let visit = visits(route, &self.things, self.sent, DEFAULT).remove(number);
            let answer = send(&self.things, &visit).await;
            self.sent += 1;
            if is_good(&answer, &visit) || !self.touched {
                self.touched |= !answer.events.is_empty();
                return (visit, answer);
            }
            self.round += 1;
            self.things = (self.make)(self.round).await;
            self.touched = false;
        }
    }
}

/// The same routes in an order in which few of them spend what another one needs: what removes things comes last, and what is
/// served at two places is asked for at one of them after the other.
pub(super) fn sparingly(mut routes: Vec<RouteInfo>) -> Vec<RouteInfo> {
    routes.sort_by_key(|route| {
        let spends = match route.method {
            Method::GET => 0,
            Method::DELETE => 2,
            _ => 1,
        };
        (route.path.contains("{realm}"), spends)
    });
    routes
}

/// Asks as whoever has the right.
pub(super) async fn as_rightful(
    app: &TestApp,
    trial: &TestApp,
    admin: &TestClient,
    things: &Things,
    visit: &Visit,
) -> Answer {
    let client = match visit.access {
        Access::Public(_) | Access::Link | Access::Client => app.anonymous(),
        Access::Trial => trial.anonymous(),
        Access::Token(_) | Access::Manages(_) | Access::Group(_) => admin.clone(),
        Access::Person(_) => things.me.clone(),
    };
    // A GET spends nothing.
    let request = visit.request(&watched(&client, visit.method != Method::GET));
    match visit.access {
        Access::Client => request.basic(&things.client, &things.client_secret).await,
        _ => request.await,
    }
}

/// Whether it came to what it is for.
pub(super) fn is_good(answer: &Answer, visit: &Visit) -> bool {
    match visit.good {
        Good::Refused(status, _) => answer.status == status,
        Good::Shows => answer.status == 200 && answer.text.contains(MARK),
        Good::Tells => matches!(answer.status, 200 | 204),
        Good::Changes => matches!(answer.status, 200..=204 | 303) && !answer.events.is_empty(),
    }
}
