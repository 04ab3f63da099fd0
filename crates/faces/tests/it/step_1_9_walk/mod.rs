//! A walk over all routes of the router with everything that is no right: a token of another realm, an expired one, a revoked
//! one, one of a client that is switched off, one without the scope, one whose policy excludes the resource, one of a person
//! without a role, nonsense, and none. Never data, never a change. The same requests with the right then show or change
//! something, so that none of them was refused for another reason.
//!
//! - `things`: a realm with one of everything, with a marker in all that people wrote
//! - `visits`: each route with its parameters filled in; a route that is not there fails the walk
//! - `intruders`: who tries

mod intruders;
mod things;
mod visits;

use faces::RouteInfo;
use http::Method;
use testkit::{Answer, Program, Request, TestApp, TestClient};

use crate::store::Dump;
use intruders::{Intruder, Intruders, Kind};
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
        .with_faces(|faces| (faces.anonymous_burst, faces.refused_burst) = (1_000_000, 1_000_000))
        .await;
    app.realm(OTHER).await;
    app.set_realm(OTHER, |settings| settings.hosts = vec![OTHER_HOST.to_owned()]).await;
    // Each round makes one more.
    app.set_realm(DEFAULT, |settings| settings.max_scim_tokens = Some(0)).await;
    app
}

/// The same store as in a trial set-up, where mails are kept and shown.
async fn trial(app: &TestApp) -> TestApp {
    let trial = app.another().await.with_settings(|settings| settings.keep_mail = true).await;
    trial.with_faces(|faces| faces.caught_mail = true).await
}

/// The answer has nothing of what people wrote in the realm.
fn assert_no_data(answer: &Answer, things: &Things, what: &str) {
    assert!(answer.status < 500, "{what}: {answer}");
    let headers = format!("{:?}", answer.headers);
    for secret in things.secrets() {
        assert!(!answer.text.contains(secret) && !headers.contains(secret), "{what}: {answer}");
    }
}

/// What an intruder may be answered, by what the route asks for.
fn assert_kept_out(answer: &Answer, visit: &Visit, kind: Kind, what: &str) {
    let allowed: &[u16] = match (&visit.access, kind) {
        (Access::Public(_), _) => return,
        (Access::Link | Access::Trial, _) => &[404],
        // An endpoint that lists, or answers one by one, has nothing for whom the policy lets reach nothing.
        (Access::Token(_) | Access::Person, Kind::Policy) if is_empty(answer) => &[200],
        (Access::Token(_) | Access::Person, Kind::Policy) => &[403, 404],
        (Access::Token(_) | Access::Person, Kind::Scope | Kind::Role) => &[403],
        (Access::Token(_) | Access::Person, _) => &[401],
        (Access::Client, Kind::Scope | Kind::Role | Kind::Policy) if answer.status == 200 => {
            assert_eq!(answer.text, r#"{"active":false}"#, "{what}: {answer}");
            return;
        }
        (Access::Client, _) => &[401],
    };
    assert!(allowed.contains(&answer.status), "{what}: one of {allowed:?}, not {answer}");
}

/// A list of nothing, or a Bulk in which nothing was done.
fn is_empty(answer: &Answer) -> bool {
    if answer.status != 200 {
        return false;
    }
    let Ok(body) = serde_json::from_str::<serde_json::Value>(&answer.text) else { return answer.text.is_empty() };
    let none = |name: &str| body[name].as_array().is_some_and(Vec::is_empty);
    let refused = |operation: &serde_json::Value| operation["status"].as_str().is_some_and(|status| status.starts_with('4'));
    (none("Resources") && body["totalResults"] == 0) || none("items") || body["Operations"].as_array().is_some_and(|list| list.iter().all(refused))
}

/// The right one for a route.
async fn good(app: &TestApp, trial: &TestApp, admin: &TestClient, things: &Things, visit: &Visit) -> Answer {
    let request = match visit.access {
        Access::Public(_) | Access::Link => visit.request(&app.anonymous()),
        Access::Trial => visit.request(&trial.anonymous()),
        Access::Token(_) => visit.request(admin),
        Access::Person => visit.request(&things.me),
        Access::Client => visit.request(&app.anonymous()).basic(&things.client, &things.client_secret),
    };
    request.await
}

fn assert_good(answer: &Answer, visit: &Visit, what: &str) {
    match visit.good {
        Good::Refused(status, _) => assert_eq!(answer.status, status, "{what}: {answer}"),
        Good::Shows => assert!(answer.status == 200 && answer.text.contains(MARK), "{what} shows nothing: {answer}"),
        Good::Tells => assert!(matches!(answer.status, 200 | 204), "{what}: {answer}"),
        Good::Changes => assert!(matches!(answer.status, 200..=204 | 303) && !answer.events.is_empty(), "{what} changes nothing: {answer}"),
    }
}

fn named(route: &RouteInfo, who: &str) -> String {
    format!("{} {} by {who}", route.method, route.path)
}

/// The request, and for a GET also the HEAD that it answers.
fn requests(visit: &Visit, client: &TestClient) -> Vec<Request> {
    let mut requests = vec![visit.request(client)];
    if visit.method == Method::GET {
        requests.push(client.head(&visit.path));
    }
    requests
}

testkit::both! {
    async fn nobody_without_the_right_sees_or_changes_anything(app: TestApp) {
        let app = prepared(app).await;
        let trial = trial(&app).await;
        let admin = app.client("walker", &["admin"]).await;
        let mut things = Things::make(&app, &admin, 0).await;
        let intruders = Intruders::make(&app, &things).await;
        let mut requests_sent = 0;

        let mut last = Dump::of(&app).await;
        for route in faces::routes() {
            for visit in visits(&route, &things, 0, DEFAULT) {
                for Intruder { kind, who, client, basic } in intruders.at(&visit) {
                    let what = named(&route, &who);
                    for mut request in requests(&visit.of_an_intruder(), &client) {
                        if let Some((user, password)) = &basic {
                            request = request.basic(user, password);
                        }
                        let answer = request.await;
                        requests_sent += 1;
                        assert_no_data(&answer, &things, &what);
                        if visit.method != Method::GET || !answer.text.is_empty() {
                            assert_kept_out(&answer, &visit, kind, &what);
                        }
                        assert!(answer.events.is_empty() && answer.deliveries.is_empty(), "{what}: {answer}");
                    }
                }
            }
            let now = Dump::of(&app).await;
            assert!(now == last, "somebody without the right changed by {} {}:\n{}", route.method, route.path, last.difference(&now));
            last = now;
        }

        let mut round = 0;
        let routes = faces::routes();
        for route in &routes {
            for number in 0..visits(route, &things, round, DEFAULT).len() {
                let visit = visits(route, &things, round, DEFAULT).remove(number);
                let answer = good(&app, &trial, &admin, &things, &visit).await;
                requests_sent += 1;
                assert_good(&answer, &visit, &named(route, "whoever has the right"));
                if !answer.events.is_empty() {
                    round += 1;
                    things = Things::make(&app, &admin, round).await;
                }
            }
        }
        report(&app, routes.len(), requests_sent);
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
        let me = trial.client_with("foreign person", &["scim:me"], |program| program.realm(OTHER).acts_as(person)).await;
        let (realm, default) = (app.realm(OTHER).await, app.realm(DEFAULT).await);
        assert_ne!(realm, default);

        let before = Dump::of_realm(&app, default).await;
        let mut requests_sent = 0;
        for route in faces::routes() {
            for visit in visits(&route, &things, 0, OTHER) {
                let request = match visit.access {
                    Access::Client => visit.request(&trial.anonymous()).basic(&basic.0, &basic.1),
                    Access::Person => visit.request(&me),
                    Access::Public(_) | Access::Token(_) | Access::Link | Access::Trial => visit.request(&admin),
                };
                let answer = request.header("host", OTHER_HOST).await;
                requests_sent += 1;
                let what = named(&route, "the administrator of another realm, there");
                assert_no_data(&answer, &things, &what);
                let names_one = ["{id}", "{secret}"].iter().any(|name| route.path.contains(name));
                let no_error = route.method == Method::DELETE && route.path.contains("auth-tokens");
                if names_one && !matches!(visit.access, Access::Public(_)) && !(no_error && answer.status == 204) {
                    assert!(answer.status == 404, "{what}: {answer}");
                }
            }
            let now = Dump::of_realm(&app, default).await;
            assert!(now == before, "from another realm was changed by {} {}:\n{}", route.method, route.path, before.difference(&now));
        }
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
    println!("figure: {routes} routes walked, {requests} requests, on {:?}", app.engine());
}
