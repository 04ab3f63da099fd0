//! Many at once for what only one may get.

use std::sync::Barrier;

use db::Engine;
use serde_json::json;

use crate::support::pages::{Form, path_of};
use crate::support::{Http, Place, Sink, Usher, until};

const ACCEPTANCES: usize = 200;
const POSTS: usize = 64;

#[test]
fn one_of_200_acceptances_succeeds_on_sqlite() {
    one_acceptance_succeeds(Engine::Sqlite);
}

#[test]
fn one_of_200_acceptances_succeeds_on_postgres() {
    one_acceptance_succeeds(Engine::Postgres);
}

#[test]
fn one_of_64_posts_of_a_name_succeeds_on_sqlite() {
    one_post_succeeds(Engine::Sqlite);
}

#[test]
fn one_of_64_posts_of_a_name_succeeds_on_postgres() {
    one_post_succeeds(Engine::Postgres);
}

fn one_acceptance_succeeds(engine: Engine) {
    let sink = Sink::start();
    let place = Place::on(engine).with_mail(&sink);
    let usher = place.serve();
    let token = place.token("hr", "scim:read,scim:write", &["--invite", "unlinked"]);
    let user = json!({ "userName": "ann", "emails": [{ "value": "ann@example.org" }] });
    let id = usher
        .http()
        .bearer(&token)
        .post("/scim/v2/Users", &user)
        .expect(201)
        .json()["id"]
        .clone();
    let link = sink.mail_for("ann@example.org").invitation().expect("a link");
    let path = path_of(&link);
    let page = usher.http().get(&path).expect(200);
    let (action, body) = Form::pressed(&page.text, &path, &["accept"]);

    let statuses = at_once(&usher, ACCEPTANCES, |http| http.post_form(&action, &body).status);
    let successes = statuses.iter().filter(|status| **status < 400).count();
    let faults = statuses.iter().filter(|status| **status >= 500).count();
    testkit::figure!("{ACCEPTANCES} acceptances of one link on {engine:?}: {successes} succeeded, {faults} faults");
    assert_eq!((successes, faults), (1, 0), "{statuses:?}");

    let user = place.json(&["user", "show", id.as_str().expect("an id")]);
    assert_eq!(user["lifecycle"], "active", "{user}");
    assert_eq!(kinds(&place, "invitation.accepted"), 1);
    usher.stop();
}

fn one_post_succeeds(engine: Engine) {
    let place = Place::on(engine);
    let usher = place.serve();
    let token = place.token("hr", "scim:read,scim:write", &[]);
    let body = json!({ "userName": "ann", "emails": [{ "value": "ann@example.org" }] });
    let statuses = at_once(&usher, POSTS, |http| {
        let mut http = std::mem::replace(http, Http::new(&usher.url)).bearer(&token);
        http.post("/scim/v2/Users", &body).status
    });
    let (made, taken) = (count(&statuses, 201), count(&statuses, 409));
    testkit::figure!("{POSTS} POSTs of one userName on {engine:?}: {made} made, {taken} taken");
    assert_eq!((made, taken), (1, POSTS - 1), "{statuses:?}");
    assert_eq!(kinds(&place, "user.created"), 1);
    usher.stop();
}

fn count(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}

/// How many events of that kind there are, once all have their place in the log: that of a group made after them has its own.
fn kinds(place: &Place, kind: &str) -> usize {
    let count = |kind: &str| {
        let events = place.json(&["event", "list", "--all"]);
        let events = events.as_array().expect("a list");
        events.iter().filter(|event| event["kind"] == kind).count()
    };
    place.run(&["group", "create", "last"]);
    until("the last event has its place", || count("group.created") == 1);
    count(kind)
}

/// Sends as many requests at the same moment, each on a connection of its own.
fn at_once(usher: &Usher, requests: usize, send: impl Fn(&mut Http) -> u16 + Sync) -> Vec<u16> {
    let barrier = Barrier::new(requests);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..requests)
            .map(|_| {
                scope.spawn(|| {
                    let mut http = usher.http();
                    http.connect().expect("a connection");
                    barrier.wait();
                    send(&mut http)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("an answer"))
            .collect()
    })
}
