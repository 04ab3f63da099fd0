//! Requests that name something of one group below another one.
//!
//! Two sets of the same things are there: the sibling administers the groups of one, and none of the other. Each request that
//! names several things, in its path, its query or its body, is sent with some of them from the one and some from the other,
//! in every combination: what is theirs opens nothing of what is not. Requests `by_hand` are sent once more with what belongs
//! together, which comes to what they are for.

use faces::{Face, RouteInfo};
use http::Method;
use serde_json::Value;
use testkit::{Answer, TestApp, TestClient};

use super::super::things::Things;
use super::super::visits::{Access, Body, Visit, visits};
use super::super::{DEFAULT, Problems, has_no_data, is_empty, named, walk, watched};
use super::by_hand::{self, AGM, More};
use crate::store::Dump;

/// What each request that is not mixed by a route is told by in a report.
const BY_HAND: &str = "by hand";

/// Sends all of them as whoever administers the one set of groups and none of the other; so many were sent.
pub(super) async fn mix(
    app: &TestApp,
    program: &TestClient,
    sibling: &TestClient,
    (own, foreign): (&Things, &Things),
    routes: &[RouteInfo],
    problems: &mut Problems,
) -> usize {
    let more = More::make(program, own, foreign).await;
    let by_hand = by_hand::all(own, foreign, &more);
    // What is served below a realm and at the root is the same.
    let mut routes: Vec<RouteInfo> = routes
        .iter()
        .filter(|route| route.path.contains("{realm}"))
        .cloned()
        .collect();
    routes.push(RouteInfo {
        method: Method::GET,
        path: BY_HAND.to_owned(),
        face: Face::Api,
    });
    let look = async || Dump::of(app).await;
    let sent = walk(look, &routes, problems, async |route, closely, problems| {
        let all = if route.path == BY_HAND {
            by_hand.iter().map(|one| one.mixed.clone()).collect()
        } else {
            by_route(route, own, foreign)
        };
        for one in &all {
            let answer = one.visit.request(&watched(sibling, closely)).await;
            let (method, path) = (&one.visit.method, &one.visit.path);
            let silent = answer.events.is_empty() && answer.deliveries.is_empty();
            let holds = silent && is_of_mixed(&answer, one, foreign);
            problems.check(holds, || {
                format!(
                    "{}: {method} {path} {:?}: {answer}",
                    named(route, "whoever mixes groups"),
                    one.visit.body
                )
            });
        }
        all.len()
    })
    .await;

    // That somebody looked for people is recorded.
    let around = format!(
        "{AGM}/groups/members?groups={},{}",
        own.members.group, foreign.members.group
    );
    let found = sibling.get(&around).await.expect(200);
    assert!(found.text.contains(&own.members.person), "{found}");
    problems.check(!found.text.contains(&foreign.members.person), || {
        format!("people of both groups: {found}")
    });
    // Last, since it changes what is there.
    for one in &by_hand {
        let answer = one.fitting.request(sibling).await;
        problems.check(is_done(&answer, &one.fitting), || {
            let Visit { method, path, body, .. } = &one.fitting;
            format!("by hand, with what belongs together: {method} {path} {body:?}: {answer}")
        });
    }
    sent + 1 + by_hand.len()
}

/// Whether a request came to what it is for, so that the same one with other ids was refused for these.
fn is_done(answer: &Answer, visit: &Visit) -> bool {
    let done = (200..300).contains(&answer.status);
    if visit.method == Method::GET {
        // Nobody breaks a rule; whoever asks for the groups of others is refused there, and shown no list.
        return done && (!is_empty(answer) || visit.path.contains("/violations"));
    }
    done && (answer.text.is_empty() || !is_all_refused(answer))
}

/// Whether a mixed request is answered with nothing of the groups that are not theirs, and as the route refuses what is not
/// there.
fn is_of_mixed(answer: &Answer, mixed: &Mixed, foreign: &Things) -> bool {
    let is_move = mixed.visit.path.ends_with("/move");
    let as_refused = match answer.status {
        404 => true,
        403 => !mixed.begins_with_own || is_move,
        // What the body or the query names does not fit the group.
        400 => mixed.begins_with_own,
        200 => is_empty(answer) || is_all_refused(answer),
        _ => false,
    };
    as_refused && has_no_data(answer, foreign)
}

/// Whether of many things that were asked for at once none was done.
fn is_all_refused(answer: &Answer) -> bool {
    let body = answer.json();
    let each = body["results"].as_array().filter(|each| !each.is_empty());
    body["done"] == 0 && each.is_some_and(|each| each.iter().all(|one| one["code"].is_string()))
}

fn by_route(route: &RouteInfo, own: &Things, foreign: &Things) -> Vec<Mixed> {
    let both = visits(route, own, 0, DEFAULT)
        .into_iter()
        .zip(visits(route, foreign, 0, DEFAULT));
    let of_groups = both.filter(|(own, _)| matches!(own.access, Access::Group(_)));
    of_groups
        .flat_map(|(own, foreign)| mixed(&route.path, &own, &foreign))
        .collect()
}

/// Where whoever administers the group may name anybody, so that a person from elsewhere is none of another group's.
const ANYBODY: [(&str, &str); 6] = [
    ("POST", "/agm/account/group-admin/group/{groupId}/members"),
    ("POST", "/agm/account/group-admin/group/{groupId}/admin"),
    ("POST", "/agm/account/group-admin/group/{groupId}/admin/{userId}"),
    ("POST", "/groups/{id}/admins"),
    ("POST", "/groups/{id}/eligibilities"),
    ("POST", "/groups/{id}/memberships"),
];

/// Whether a route takes any person into the group that it names.
fn takes_anybody(method: &Method, route: &str) -> bool {
    let is_it = |(verb, end): &(&str, &str)| method.as_str() == *verb && route.ends_with(end);
    ANYBODY.iter().any(is_it)
}

/// A request with some things of the sibling's groups, and some of others'.
#[derive(Clone, Debug)]
pub(super) struct Mixed {
    pub(super) visit: Visit,
    /// Whether what comes first, which is the group where one is named, is the sibling's.
    pub(super) begins_with_own: bool,
}

/// The same request to a route for what is the sibling's and for what is not, mixed in every way.
fn mixed(route: &str, own: &Visit, foreign: &Visit) -> Vec<Mixed> {
    let (parts, others) = (parts(&own.path), parts(&foreign.path));
    assert_eq!(
        parts.len(),
        others.len(),
        "{} and {} differ in form",
        own.path,
        foreign.path
    );
    let mut body = Vec::new();
    if let (Some(Body::Json(one)), Some(Body::Json(other))) = (&own.body, &foreign.body) {
        differences(one, other, &mut String::new(), &mut body);
    }
    let in_path: Vec<usize> = (0..parts.len()).filter(|at| parts[*at] != others[*at]).collect();
    let places = in_path.len() + body.len();
    if places < 2 {
        return Vec::new();
    }
    let mut all = Vec::new();
    for foreign_places in 1..(1_usize << places) - 1 {
        let is_foreign = |place: usize| foreign_places & (1 << place) != 0;
        if !is_foreign(0) && takes_anybody(&own.method, route) {
            continue;
        }
        let mut visit = own.clone();
        let mut path = parts.clone();
        for (_, at) in in_path.iter().enumerate().filter(|(place, _)| is_foreign(*place)) {
            path[*at] = others[*at];
        }
        visit.path = path.concat();
        if let Some(Body::Json(sent)) = &mut visit.body {
            for (number, (pointer, value)) in body.iter().enumerate() {
                if is_foreign(in_path.len() + number) {
                    *sent.pointer_mut(pointer).expect("a place of the body") = value.clone();
                }
            }
        }
        all.push(Mixed {
            visit,
            begins_with_own: !is_foreign(0),
        });
    }
    all
}

/// The parts of a path and its query, each with what ends it.
fn parts(path: &str) -> Vec<&str> {
    path.split_inclusive(['/', '?', '&', '=', ',']).collect()
}

/// Where two bodies of the same form differ, and what the other one has there.
fn differences(one: &Value, other: &Value, pointer: &mut String, found: &mut Vec<(String, Value)>) {
    let within = |name: &str, one: &Value, other: &Value, pointer: &mut String, found: &mut Vec<(String, Value)>| {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(name);
        differences(one, other, pointer, found);
        pointer.truncate(length);
    };
    match (one, other) {
        (Value::Object(members), Value::Object(others)) => {
            for (name, value) in members {
                within(name, value, &others[name], pointer, found);
            }
        }
        (Value::Array(items), Value::Array(others)) => {
            for (number, (item, other)) in items.iter().zip(others).enumerate() {
                within(&number.to_string(), item, other, pointer, found);
            }
        }
        _ if one != other => found.push((pointer.clone(), other.clone())),
        _ => {}
    }
}
