//! The walk with Usher's own tokens that act as a person.
//!
//! A token opens nothing once the person is out, whatever they are and administer: each face says so in its own form. A token
//! that carries one scope of group management reaches what that scope is for, however strong the person is, and nothing
//! beyond: a token of the same person with every scope does, so it is the scope that kept it out.

use directory::Id;
use directory::delegation::{GrantDelegation, Whom};
use directory::user::User;
use http::Method;
use serde_json::json;
use testkit::{Program, TestApp, TestClient};

use super::intruders::{ALL, Intruder, Kind};
use super::right::is_good;
use super::step_3_4_provider::groups;
use super::things::Things;
use super::visits::{Access, Visit, visits};
use super::{DEFAULT, Problems, knock, named, prepared, report, walk, watched};
use crate::store::Dump;

const MINE: &str = "/realms/default/agm/account/user/groups";

testkit::both! {
    async fn a_token_opens_nothing_beyond_its_scope_and_nothing_once_its_person_is_out(app: TestApp) {
        let app = prepared(app).await;
        let program = app.client("walker", &["admin"]).await;
        let things = Things::make(&app, &program, 0).await;
        let out = out(&app, &program, &things).await;
        let narrow = narrow(&app, &program, &things).await;
        let whole = by_token(&app, "somebody strong", Some(me(&things).await), &ALL).await;
        let (routes, mut problems) = (faces::routes(), Problems::default());

        let look = async || Dump::of(&app).await;
        let refused = walk(look, &routes, &mut problems, async |route, closely, problems| {
            let mut sent = 0;
            for visit in visits(route, &things, 0, DEFAULT) {
                sent += knock(route, &visit, &out, &things, closely, problems).await;
            }
            sent
        })
        .await;
        let beyond = walk(look, &routes, &mut problems, async |route, closely, problems| {
            let mut sent = 0;
            for visit in visits(route, &things, 0, DEFAULT) {
                let short = narrow.iter().filter(|one| !one.reaches(&visit) && one.is_somebody_at(&visit));
                let short: Vec<Intruder> = short.map(|one| one.intruder.clone()).collect();
                sent += knock(route, &visit, &short, &things, closely, problems).await;
            }
            sent
        })
        .await;

        // What the scope is for is shown, and all of it by a token with every scope, so none was kept out for another reason.
        let mut within = 0;
        for route in routes.iter().filter(|route| route.method == Method::GET) {
            for visit in visits(route, &things, 0, DEFAULT).iter().filter(|visit| !matches!(visit.access, Access::Public(_))) {
                let able = narrow.iter().filter(|one| one.has_the_things && one.reaches(visit)).map(|one| &one.intruder);
                let takes_a_token = !matches!(visit.access, Access::Link | Access::Trial | Access::Client);
                for Intruder { who, client, .. } in able.chain(takes_a_token.then_some(&whole)) {
                    let answer = visit.request(&watched(client, false)).await;
                    within += 1;
                    problems.check(is_good(&answer, visit), || format!("{}: not {:?} but {answer}", named(route, who), visit.good));
                }
            }
        }
        problems.none();
        // Each of them at each route, and most routes take another scope.
        assert!(refused >= out.len() * routes.len(), "{refused} attempts of those who are out");
        assert!(beyond >= narrow.len() * routes.len() / 2, "{beyond} attempts beyond a scope");
        assert!(within >= 100, "{within} requests within a scope");
        report(&app, routes.len(), refused + beyond + within);
        testkit::figure!("{refused} attempts of {} people who are out, {beyond} beyond the scope of {} tokens, {within} within it", out.len(), narrow.len());
    }
}

/// People with every role and right, and a token with every scope, who are out in each of the ways there are.
async fn out(app: &TestApp, program: &TestClient, things: &Things) -> Vec<Intruder> {
    let postponed = json!({ "suspend_before_delete_days": 7 });
    let postponing = app
        .client_with("postponing", &["scim:write"], |program| program.settings(&postponed))
        .await;
    let mut all = Vec::new();
    for how in ["suspended", "made inactive", "waiting to be deleted", "gone"] {
        let name = how.replace(' ', "-");
        let user = app.user(&name).await;
        strengthen(app, program, things, user).await;
        let client = app
            .client_with(&format!("for somebody {how}"), &ALL, |program| program.acts_as(user))
            .await;
        client.get(MINE).await.expect(200);
        let shown = format!("/scim/v2/Users/{user}");
        match how {
            "suspended" => {
                let path = format!("/api/v1/users/{user}/suspend");
                program.post(&path, json!({})).await.expect(200)
            }
            "made inactive" => {
                let inactive = json!({ "op": "replace", "path": "active", "value": false });
                program
                    .patch(&shown, json!({ "Operations": [inactive] }))
                    .await
                    .expect(200)
            }
            "waiting to be deleted" => postponing.delete(&shown).await.expect(204),
            _ => program.delete(&shown).await.expect(204),
        };
        all.push(Intruder {
            kind: Kind::Refused,
            who: format!("the token of somebody {how}"),
            client,
            basic: None,
        });
    }
    app.directory().forget_cached();
    all
}

/// What is for whoever manages all groups, which `agm:manage` reaches: groups at the top, and what is to be seen of all.
const OF_ALL_GROUPS: [(&str, &str); 6] = [
    ("POST", "/agm/account/group-admin/group"),
    ("POST", "/tree"),
    ("POST", "/move"),
    ("GET", "/insight/counts"),
    ("GET", "/insight/expiring"),
    ("GET", "/insight/orphans"),
];

fn is_of_all_groups(visit: &Visit) -> bool {
    let is_it = |(verb, end): &(&str, &str)| visit.method.as_str() == *verb && visit.path.ends_with(end);
    OF_ALL_GROUPS.iter().any(is_it)
}

/// Somebody with a token that carries one scope.
struct Narrow {
    intruder: Intruder,
    scope: &'static str,
    is_person: bool,
    /// Whether they manage all groups of the realm: by a role, or as a program.
    manages_all: bool,
    /// Whether what the walk names as somebody's own is theirs, or all groups are theirs to manage.
    has_the_things: bool,
}

impl Narrow {
    /// A program has no resource of its own: there is nothing at `/Me`, whatever its scopes (RFC 7644 §3.11).
    fn is_somebody_at(&self, visit: &Visit) -> bool {
        self.is_person || visit.access != Access::Person("scim:me")
    }

    /// Whether the scope is for what the visit asks.
    fn reaches(&self, visit: &Visit) -> bool {
        let manages = self.scope == "agm:manage";
        match visit.access {
            Access::Public(_) => true,
            Access::Person(needed) => self.is_person && self.scope == needed,
            Access::Group(_) | Access::Manages(_) => manages,
            Access::Token(_) => manages && (visit.open.is_some() || (self.manages_all && is_of_all_groups(visit))),
            Access::Link | Access::Trial | Access::Client => false,
        }
    }
}

/// Tokens with one scope: of whoever has the things and every role, of whoever only administers the groups, and of a program.
async fn narrow(app: &TestApp, program: &TestClient, things: &Things) -> Vec<Narrow> {
    let me = me(things).await;
    strengthen(app, program, things, me).await;
    let owner = app.user("owner-of-all").await;
    administers_all(app, things, owner).await;
    let mut all = Vec::new();
    for scope in ["agm:self", "agm:manage"] {
        for (who, user) in [
            ("somebody strong", Some(me)),
            ("an owner", Some(owner)),
            ("a program", None),
        ] {
            all.push(Narrow {
                intruder: by_token(app, who, user, &[scope]).await,
                scope,
                is_person: user.is_some(),
                manages_all: user != Some(owner),
                has_the_things: user == Some(me) || (user == Some(owner) && scope == "agm:manage"),
            });
        }
    }
    all
}

async fn me(things: &Things) -> Id<User> {
    let shown = things.me.get("/scim/v2/Me").await.expect(200);
    Id::parse(&shown.id()).expect("an id")
}

/// Somebody, or a program, by a token with these scopes.
async fn by_token(app: &TestApp, who: &str, user: Option<Id<User>>, scopes: &[&str]) -> Intruder {
    let who = format!("{who} by a token with {}", scopes.join(" "));
    let set = |program: Program| match user {
        Some(user) => program.acts_as(user),
        None => program,
    };
    Intruder {
        kind: Kind::Scope,
        client: app.client_with(&who, scopes, set).await,
        who,
        basic: None,
    }
}

/// Gives somebody every role, and makes them an owner of all groups.
async fn strengthen(app: &TestApp, program: &TestClient, things: &Things, user: Id<User>) {
    for role in [
        "realm-admin",
        "manage-groups",
        "manage-groups-extended",
        "inviter",
        "auditor",
    ] {
        let path = format!("/api/v1/users/{user}/roles/{role}");
        program.request(Method::PUT, &path).await.expect(204);
    }
    administers_all(app, things, user).await;
}

pub(super) async fn administers_all(app: &TestApp, things: &Things, user: Id<User>) {
    for group in groups(things) {
        let group = Id::parse(group).expect("an id");
        let grant = GrantDelegation::owner(group, Whom::User(user));
        let granted = app.directory().execute(&app.operator().await, grant).await;
        granted.expect("they administer it");
    }
}
