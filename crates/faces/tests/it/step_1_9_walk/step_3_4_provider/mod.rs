//! The walk with tokens of the realm's OpenID provider.
//!
//! Whoever sends one that does not count here, or is nobody here, gets nothing and changes nothing, whatever role the token
//! claims; the same token as it should be shows all of it. Whoever administers a sibling group gets what everybody who signed in
//! gets, which visits name (`open`, and [`Access::Person`] for what is their own), and changes themselves only; as soon as
//! they administer the groups that the requests name, the same requests come to what they are for. Where a request names
//! several things, those of their own groups open none of the others (`mixed`).

mod by_hand;
mod mixed;
mod people;

use directory::Id;
use directory::user::User;
use faces::{Face, RouteInfo};
use http::Method;
use testkit::{Answer, TestApp};

use super::intruders::Kind;
use super::right::{Supply, is_good, sparingly};
use super::things::Things;
use super::visits::{Access, Good, Visit, visits};
use super::{DEFAULT, Problems, has_no_data, is_kept_out, knock, named, names_one, prepared, report, walk, watched};
use crate::store::Dump;
use mixed::mix;
pub(super) use people::groups;
use people::{OWN, People, SIBLING};

/// A round that no other things are of.
const ROUND_OF_OWN: usize = 1000;

testkit::both! {
    async fn a_token_of_the_provider_opens_no_more_than_it_says(app: TestApp) {
        let app = prepared(app).await;
        let program = app.client("walker", &["admin"]).await;
        let things = Things::make(&app, &program, 0).await;
        let people = People::make(&app, &things).await;
        let things = people.adopt(&program, things).await;
        let known = as_known_to_the_sibling(&things);
        let (routes, mut problems) = (faces::routes(), Problems::default());

        // Lists of ids have nothing that people wrote.
        let ids = [&groups(&things)[..], &[things.person.as_str(), &things.members.membership, &things.api_groups.request]].concat();
        let look = async || Dump::of(&app).await;
        let mut sent = walk(look, &routes, &mut problems, async |route, closely, problems| {
            let mut sent = 0;
            for visit in visits(route, &things, 0, DEFAULT) {
                sent += knock(route, &visit, &people.wrong, &things, closely, problems).await;
            }
            for visit in visits(route, &known, 0, DEFAULT).iter().filter(|visit| !changes_oneself(route, visit)) {
                let answer = visit.request(&watched(&people.sibling, closely)).await;
                sent += 1;
                let silent = answer.events.is_empty() && answer.deliveries.is_empty();
                let told = visit.open.is_some() || (has_no_data(&answer, &things) && ids.iter().all(|id| !answer.text.contains(*id)));
                let holds = silent && told && is_of_a_sibling(&answer, route, visit);
                problems.check(holds, || format!("{}: {answer}", named(route, "whoever administers a sibling group")));
            }
            sent
        })
        .await;

        sent += changes_of_themselves(&app, &people, &things, &routes, &mut problems).await;
        let own = people.sibling.get("/realms/default/agm/account/group-admin/groups").await.expect(200);
        assert!(own.text.contains(OWN), "{own}");

        // As it should be, the token shows everything.
        for route in routes.iter().filter(|route| route.method == Method::GET) {
            for visit in visits(route, &things, 0, DEFAULT) {
                if matches!(visit.access, Access::Token(_) | Access::Manages(_) | Access::Group(_) | Access::Person(_)) {
                    let answer = visit.request(&watched(&people.admin, false)).await;
                    sent += 1;
                    problems.check(is_good(&answer, &visit), || format!("{}: not {:?} but {answer}", named(route, "whoever has all roles"), visit.good));
                }
            }
        }

        let own = people.adopt(&program, Things::make(&app, &program, ROUND_OF_OWN).await).await;
        people.hand_over(&app, &own).await;
        let mixed = mix(&app, &program, &people.sibling, (&own, &things), &routes, &mut problems).await;
        assert!(mixed >= 100, "{mixed} requests that mix groups");
        sent += mixed;

        people.hand_over(&app, &things).await;
        let mut supply = Supply::of(things.clone(), async |round| {
            let things = Things::make(&app, &program, round).await;
            let things = people.adopt(&program, things).await;
            people.hand_over(&app, &things).await;
            things
        });
        // Each face once: what is served below a realm and at the root is the same.
        for route in sparingly(routes.clone()).iter().filter(|route| route.face == Face::Agm || route.path.contains("{realm}")) {
            for (number, visit) in visits(route, &things, 0, DEFAULT).iter().enumerate() {
                if matches!(visit.access, Access::Group(_) | Access::Manages(_)) {
                    let (visit, answer) = supply.ask(route, number, async |_, visit| visit.request(&people.sibling).await).await;
                    problems.check(is_good(&answer, &visit), || format!("{}: not {:?} but {answer}", named(route, "whoever administers it"), visit.good));
                }
            }
        }
        sent += supply.sent;
        problems.none();
        report(&app, routes.len(), sent);
        testkit::figure!("{mixed} of them mix what is theirs and what is not; things made anew {} times", supply.round);
    }
}

/// As the sibling knows it: none of the mails came to them, and their name is another one.
fn as_known_to_the_sibling(things: &Things) -> Things {
    let mut known = things.clone();
    for secret in [
        &mut known.link,
        &mut known.sign_in,
        &mut known.proof,
        &mut known.offers.first,
        &mut known.offers.second,
    ] {
        *secret = "A".repeat(secret.len());
    }
    SIBLING.clone_into(&mut known.my_name);
    known
}

/// Whether whoever signed in may do that, since it is about themselves.
fn changes_oneself(route: &RouteInfo, visit: &Visit) -> bool {
    matches!(visit.access, Access::Person(_)) && visit.good == Good::Changes && !names_one(route)
}

/// Whether whoever administers a sibling group is answered as the route asks for.
fn is_of_a_sibling(answer: &Answer, route: &RouteInfo, visit: &Visit) -> bool {
    let status = answer.status;
    if visit.open.is_some() {
        return is_good(answer, visit);
    }
    match (&visit.access, visit.good) {
        (Access::Public(_) | Access::Link | Access::Trial | Access::Client | Access::Token(_), _) => {
            is_kept_out(answer, visit, Kind::Role)
        }
        (Access::Group(_), _) => matches!(status, 403 | 404),
        // What they administer themselves.
        (Access::Manages(_), _) => status == 200,
        (Access::Person(_), _) if names_one(route) => matches!(status, 403 | 404),
        (Access::Person(_), Good::Refused(to_all, _)) => status == to_all,
        (Access::Person(_), _) => matches!(status, 200 | 204),
    }
}

/// Tables in which a row gives somebody a right, or is somebody or something of its own.
const RIGHTS: [&str; 9] = [
    "clients",
    "delegations",
    "eligibilities",
    "groups",
    "membership_blocks",
    "memberships",
    "role_grants",
    "tokens",
    "users",
];

/// The sibling changes what is their own: of what was there before nothing else is changed, and nobody else gets anything.
async fn changes_of_themselves(
    app: &TestApp,
    people: &People,
    things: &Things,
    routes: &[RouteInfo],
    problems: &mut Problems,
) -> usize {
    let known = as_known_to_the_sibling(things);
    let mut sent = 0;
    for (number, route) in routes.iter().enumerate() {
        let all = visits(route, &known, number, DEFAULT);
        for visit in all.iter().filter(|visit| changes_oneself(route, visit)) {
            let before = Dump::of(app).await;
            let answer = visit.request(&people.sibling).await;
            sent += 1;
            let who = named(route, "whoever administers a sibling group, of themselves");
            let done = matches!(answer.status, 200..=204) && has_no_data(&answer, things);
            problems.check(done, || format!("{who}: {answer}"));
            let changed = before.difference(&Dump::of(app).await);
            let gives = |line: &str| RIGHTS.iter().any(|table| line.starts_with(&format!("+ {table}: ")));
            let others = changed
                .lines()
                .filter(|line| (line.starts_with('-') || gives(line)) && !names(line, people.sibling_id));
            let others: Vec<&str> = others.collect();
            problems.check(others.is_empty(), || {
                format!("{who}, changed also:\n{}", others.join("\n"))
            });
        }
    }
    assert!(sent > 0, "nobody can change anything of their own");
    sent
}

/// Whether a row of the store names somebody, as text or as either engine keeps ids.
fn names(row: &str, user: Id<User>) -> bool {
    row.contains(&user.to_string()) || row.contains(&format!("{:?}", user.uuid().as_bytes()))
}
