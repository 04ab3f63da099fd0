//! A walk over all routes of the router with everything that is no right: a token of another realm, an expired one, a revoked
//! one, one of a client that is switched off, one without the scope, one whose policy excludes the resource, one of a person
//! without a role, nonsense, and none. Never data, never a change. The same requests with the right then show or change
//! something, so that none of them was refused for another reason.
//!
//! - `things`: a realm with one of everything, with a marker in all that people wrote
//! - `visits`: each route with its parameters filled in; a route that is not there fails the walk
//! - `intruders`: who tries
//! - `right`: the same with the right
//! - `step_3_4_provider`: the walk with tokens of the realm's OpenID provider
//! - `step_3_4_tokens`: the walk with Usher's own tokens that act as a person

mod intruders;
mod right;
mod step_3_4_provider;
mod step_3_4_tokens;
mod things;
mod visits;

use faces::{Face, RouteInfo};
use http::Method;
use testkit::{Answer, Program, Request, TestApp, TestClient};

use crate::store::Dump;
use intruders::{Intruder, Intruders, Kind};
use right::{Supply, as_rightful, is_good, sparingly};
use things::Things;
use visits::{Access, Good, Visit, visits};

/// In every name, address and description of the realm, and in no request.
const MARK: &str = "zqmarkzq";
const DEFAULT: &str = "default";
const OTHER: &str = "other";
const OTHER_HOST: &str = "other.example";

/// Two realms; limits that many refused requests do not reach.
async fn prepared(app: TestApp) -> TestApp {
    let app = app
        .with_faces(|faces| {
            (faces.anonymous_burst, faces.refused_burst) = (1_000_000, 1_000_000);
            faces.person_per_minute = 1_000_000;
        })
        .await;
    app.realm(OTHER).await;
    app.set_realm(OTHER, |settings| {
        settings.hosts = vec![OTHER_HOST.to_owned()];
        // Else whoever opens a link there is offered to sign in and come back to it.
        settings.sign_in_by_mail = Some(false);
    })
    .await;
    // Each round makes one more.
    app.set_realm(DEFAULT, |settings| settings.max_scim_tokens = Some(0))
        .await;
    app
}

/// The same store as in a trial set-up, where mails are kept and shown.
async fn trial(app: &TestApp) -> TestApp {
    let trial = app
        .another()
        .await
        .with_settings(|settings| settings.keep_mail = true)
        .await;
    trial.with_faces(|faces| faces.caught_mail = true).await
}

/// What is wrong, all of it, so that one run tells every route.
#[derive(Debug, Default)]
struct Problems(Vec<String>);

impl Problems {
    fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(what());
        }
    }

    #[track_caller]
    fn none(self) {
        assert!(self.0.is_empty(), "{} problems\n{}", self.0.len(), self.0.join("\n\n"));
    }
}

/// Whether the answer has nothing of what people wrote in the realm, and no secret.
fn has_no_data(answer: &Answer, things: &Things) -> bool {
    let headers = format!("{:?}", answer.headers);
    answer.status < 500
        && things
            .secrets()
            .iter()
            .all(|secret| !answer.text.contains(secret) && !headers.contains(secret))
}

/// Whether an intruder is answered as the route asks for.
fn is_kept_out(answer: &Answer, visit: &Visit, kind: Kind) -> bool {
    let status = answer.status;
    match (&visit.access, kind) {
        (Access::Public(_), _) => true,
        (Access::Link | Access::Trial, _) => status == 404,
        // A list, and Bulk, have nothing for whom the policy lets reach nothing; what is refused to everybody stays so.
        (Access::Token(_) | Access::Manages(_) | Access::Group(_) | Access::Person(_), Kind::Policy) => {
            matches!(status, 403 | 404)
                || is_empty(answer)
                || matches!(visit.good, Good::Refused(to_all, _) if to_all == status)
        }
        (Access::Manages(_), Kind::Role) => is_empty(answer),
        (
            Access::Token(_) | Access::Manages(_) | Access::Group(_) | Access::Person(_),
            Kind::Scope | Kind::Role | Kind::Nobody,
        ) => status == 403,
        // A bearer token that is valid may ask, and is told nothing of others.
        (Access::Client, Kind::Scope | Kind::Role | Kind::Policy | Kind::Nobody) => {
            status == 401 || answer.text == r#"{"active":false}"#
        }
        (
            Access::Token(_) | Access::Manages(_) | Access::Group(_) | Access::Person(_) | Access::Client,
            Kind::Refused,
        ) => status == 401,
    }
}

/// Whether somebody whose credentials do not count is told so as the face tells it.
fn is_in_form(answer: &Answer, face: Face) -> bool {
    let Ok(body) = serde_json::from_str::<serde_json::Value>(&answer.text) else {
        return false;
    };
    let kind = answer.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    let is = |wanted: &str| kind.is_some_and(|kind| kind.starts_with(wanted));
    match face {
        Face::Scim => {
            is("application/scim+json")
                && body["schemas"][0] == "urn:ietf:params:scim:api:messages:2.0:Error"
                && body["status"] == "401"
        }
        Face::ScimTokens => is("application/json") && body["code"] == 401 && body["label"].is_string(),
        Face::Oauth => {
            is("application/json") && matches!(body["error"].as_str(), Some("invalid_token" | "invalid_client"))
        }
        Face::Api => is("application/problem+json") && body["status"] == 401 && body["code"] == "unauthorized",
        Face::Agm => is("application/json") && body["error"].is_string() && body["code"] == "unauthorized",
        Face::Pages => false,
    }
}

/// A list of nothing, or a Bulk in which nothing was done.
fn is_empty(answer: &Answer) -> bool {
    if answer.status != 200 {
        return false;
    }
    let Ok(body) = serde_json::from_str::<serde_json::Value>(&answer.text) else {
        return answer.text.is_empty();
    };
    let none = |name: &str| body[name].as_array().is_some_and(Vec::is_empty);
    let refused = |operation: &serde_json::Value| {
        operation["status"]
            .as_str()
            .is_some_and(|status| status.starts_with('4'))
    };
    (none("Resources") && body["totalResults"] == 0)
        || (none("results") && body["count"] == 0)
        || none("items")
        || body.as_array().is_some_and(Vec::is_empty)
        || body["Operations"]
            .as_array()
            .is_some_and(|list| list.iter().all(refused))
}

/// Whether the path names something of the realm.
fn names_one(route: &RouteInfo) -> bool {
    ["{id}", "{secret}", "{group}", "{groupId}"]
        .iter()
        .any(|name| route.path.contains(name))
}

fn named(route: &RouteInfo, who: &str) -> String {
    format!("{} {} by {who}", route.method, route.path)
}

/// The request, and for a GET also the HEAD that it answers; whether it is that.
fn requests(visit: &Visit, client: &TestClient) -> Vec<(bool, Request)> {
    let mut requests = vec![(false, visit.request(client))];
    if visit.method == Method::GET {
        requests.push((true, client.head(&visit.path)));
    }
    requests
}

/// So many routes are walked between two looks at all that is stored.
const ROUTES_BETWEEN_LOOKS: usize = 40;

/// Walks routes on which nothing may be changed. Where something was, they are walked once more with a look at what each
/// request causes and one after each route, which tells who did it. `visit_all` sends so many requests to a route, closely
/// watched or not.
async fn walk(
    look: impl AsyncFn() -> Dump,
    routes: &[RouteInfo],
    problems: &mut Problems,
    visit_all: impl AsyncFn(&RouteInfo, bool, &mut Problems) -> usize,
) -> usize {
    let mut sent = 0;
    let mut last = look().await;
    for some in routes.chunks(ROUTES_BETWEEN_LOOKS) {
        for route in some {
            sent += visit_all(route, false, problems).await;
        }
        let now = look().await;
        if now == last {
            continue;
        }
        let names: Vec<String> = some.iter().map(|route| named(route, "somebody")).collect();
        let names = names.join(", ");
        problems.check(false, || {
            format!("something was changed:\n{}\nby one of {names}", last.difference(&now))
        });
        last = now;
        for route in some {
            visit_all(route, true, problems).await;
            let now = look().await;
            problems.check(now == last, || {
                format!(
                    "{}:\n{}",
                    named(route, "somebody, changes something"),
                    last.difference(&now)
                )
            });
            last = now;
        }
    }
    sent
}

fn watched(client: &TestClient, closely: bool) -> TestClient {
    if closely {
        client.clone()
    } else {
        client.clone().unwatched()
    }
}

/// Asks as everybody who has no right to it; so many requests were sent.
async fn knock(
    route: &RouteInfo,
    visit: &Visit,
    intruders: &[Intruder],
    things: &Things,
    closely: bool,
    problems: &mut Problems,
) -> usize {
    let mut sent = 0;
    for Intruder {
        kind,
        who,
        client,
        basic,
    } in intruders
    {
        let client = watched(client, closely);
        for (is_head, mut request) in requests(&visit.of_an_intruder(), &client) {
            if let Some((user, password)) = basic {
                request = request.basic(user, password);
            }
            let answer = request.await;
            sent += 1;
            let silent = answer.events.is_empty() && answer.deliveries.is_empty();
            // Without its body a list does not tell whether it is empty.
            let untold = is_head && matches!(kind, Kind::Policy | Kind::Role) && answer.text.is_empty();
            let in_form = is_head || *kind != Kind::Refused || answer.status != 401 || is_in_form(&answer, route.face);
            let holds =
                silent && in_form && (untold || is_kept_out(&answer, visit, *kind)) && has_no_data(&answer, things);
            problems.check(holds, || format!("{}: {answer}", named(route, who)));
        }
    }
    sent
}

testkit::both! {
    async fn nobody_without_the_right_sees_or_changes_anything(app: TestApp) {
        let app = prepared(app).await;
        let trial = trial(&app).await;
        let admin = app.client("walker", &["admin"]).await;
        let things = Things::make(&app, &admin, 0).await;
        let intruders = Intruders::make(&app, &things).await;
        let (routes, mut problems) = (faces::routes(), Problems::default());
        let mut requests_sent = walk(async || Dump::of(&app).await, &routes, &mut problems, async |route, closely, problems| {
            let mut sent = 0;
            for visit in visits(route, &things, 0, DEFAULT) {
                sent += knock(route, &visit, &intruders.at(&visit), &things, closely, problems).await;
            }
            sent
        })
        .await;

        let mut supply = Supply::of(things.clone(), async |round| Things::make(&app, &admin, round).await);
        for route in &sparingly(routes.clone()) {
            for number in 0..visits(route, &things, 0, DEFAULT).len() {
                let (visit, answer) = supply
                    .ask(route, number, async |things, visit| {
                        if visit.path.ends_with("/calculation") {
                            // What an earlier request has begun is over: one runs at a time.
                            app.run_jobs().await;
                        }
                        as_rightful(&app, &trial, &admin, things, visit).await
                    })
                    .await;
                problems.check(is_good(&answer, &visit), || format!("{}: not {:?} but {answer}", named(route, "whoever has the right"), visit.good));
            }
        }
        requests_sent += supply.sent;
        problems.none();
        report(&app, routes.len(), requests_sent);
        testkit::figure!("things made anew {} times", supply.round);
    }

    async fn what_is_in_one_realm_is_unknown_in_every_other(app: TestApp) {
        let app = prepared(app).await;
        let trial = trial(&app).await;
        let things = Things::make(&app, &app.client("walker", &["admin"]).await, 0).await;
        let set = |program: Program| program.realm(OTHER);
        let admin = trial.client_with("foreigner", &["scim:read", "scim:write", "invite", "events:read", "admin"], set).await.in_realm(OTHER);
        let made = trial.register("foreign", &["scim:read", "admin"], &set(Program::default())).await;
        let basic = (made.client.id.to_string(), made.secret.expect("a secret").reveal().to_owned());
        let person = trial.user_with(OTHER, serde_json::json!({ "userName": "foreign" })).await;
        let me = trial.client_with("foreign person", &["scim:me", "agm:self"], |program| program.realm(OTHER).acts_as(person)).await;
        let (realm, default) = (app.realm(OTHER).await, app.realm(DEFAULT).await);
        assert_ne!(realm, default);

        let mut problems = Problems::default();
        let look = async || Dump::of_realm(&app, default).await;
        let requests_sent = walk(look, &faces::routes(), &mut problems, async |route, closely, problems| {
            let all = visits(route, &things, 0, OTHER);
            for visit in &all {
                let client = match visit.access {
                    Access::Client => trial.anonymous(),
                    Access::Person(_) => me.clone(),
                    Access::Public(_) | Access::Token(_) | Access::Manages(_) | Access::Group(_) | Access::Link | Access::Trial => admin.clone(),
                };
                let request = visit.request(&watched(&client, closely)).header("host", OTHER_HOST);
                let request = if visit.access == Access::Client { request.basic(&basic.0, &basic.1) } else { request };
                let answer = request.await;
                let what = named(route, "the administrator of another realm, there");
                let no_error = route.method == Method::DELETE && route.path.contains("auth-tokens");
                let exempt = !names_one(route) || matches!(visit.access, Access::Public(_)) || (no_error && answer.status == 204);
                problems.check(has_no_data(&answer, &things) && (exempt || answer.status == 404), || format!("{what}: {answer}"));
            }
            all.len()
        })
        .await;
        problems.none();
        report(&app, faces::routes().len(), requests_sent);
    }

    async fn a_clients_own_secret_opens_nothing_of_another_client(app: TestApp) {
        let app = prepared(app).await;
        let things = Things::make(&app, &app.client("walker", &["admin"]).await, 0).await;
        let made = app.register("second", &["scim:read"], &Program::default()).await;
        let (id, secret) = (made.client.id.to_string(), made.secret.expect("a secret").reveal().to_owned());
        let before = Dump::of(&app).await;
        for base in ["/oauth", "/oauth2", "/realms/default/oauth2"] {
            let told = app.anonymous().post_form(&format!("{base}/introspect"), &[("token", &things.client_token)]).basic(&id, &secret).await.expect(200);
            assert_eq!(told.text, r#"{"active":false}"#);
            app.anonymous().post_form(&format!("{base}/revoke"), &[("token", &things.client_token)]).basic(&id, &secret).await.expect(200);
        }
        let after = Dump::of(&app).await;
        assert!(after == before, "{}", before.difference(&after));
        app.bearer(&things.client_token).get("/scim/v2/Users").await.expect(200);
    }
}

#[expect(clippy::print_stdout, reason = "the figure of this promise")]
fn report(app: &TestApp, routes: usize, requests: usize) {
    println!(
        "figure: {routes} routes walked, {requests} requests, on {:?}",
        app.engine()
    );
}
