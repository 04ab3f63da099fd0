//! The groups and people that the descriptions of this face tell of: `/a`, `/a/b` and `/x`, with those who administer them.

use directory::delegation::{GrantDelegation, Whom};
use directory::enrollment::Configure;
use directory::enrollment::configuration::default_draft;
use directory::enrollment::rule::Rules;
use directory::group::{CreateSubgroup, CreateTopGroup, DefineRole, Group, GroupName, NewGroup, RoleName};
use directory::{Command, Id};
use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestClient, TestProvider};

pub(super) const USER: &str = "/realms/default/agm/account/user";
pub(super) const ADMIN: &str = "/realms/default/agm/account/group-admin";
pub(super) const REALM: &str = "/realms/default/agm/admin";

/// People by their names: `root` administers the realm, `mg` manages all groups, `ga` administers `/a` and all below, `gb`
/// administers `/a/b`; `u1` and `u2` nothing.
#[derive(Debug)]
pub(super) struct World {
    provider: TestProvider,
    pub(super) a: Id<Group>,
    pub(super) b: Id<Group>,
    pub(super) x: Id<Group>,
}

const PEOPLE: [&str; 6] = ["root", "mg", "ga", "gb", "u1", "u2"];

impl World {
    pub(super) async fn new(app: &TestApp) -> Self {
        let provider = app.provider("default").await;
        let a = top(app, "a").await;
        let below = CreateSubgroup {
            parent: a,
            new: named("b"),
        };
        let b = run(app, below).await.group.id;
        let x = top(app, "x").await;
        let world = Self { provider, a, b, x };
        for name in PEOPLE {
            let user = app.user(name).await;
            match name {
                "ga" => drop(run(app, GrantDelegation::owner(a, Whom::User(user))).await),
                "gb" => drop(run(app, GrantDelegation::owner(b, Whom::User(user))).await),
                _ => {}
            }
            // Signing in for the first time is a fact of its own.
            world.who(app, name).get(&format!("{USER}/groups")).await.expect(200);
        }
        for group in [a, b] {
            let name = RoleName::parse("curator").expect("a name");
            run(app, DefineRole { group, name }).await;
        }
        for group in [a, b, x] {
            make_first_way(app, group).await;
        }
        app.deliver_mail().await;
        world
    }

    /// Somebody, by a token that has just been made.
    pub(super) fn who(&self, app: &TestApp, name: &str) -> TestClient {
        let mut claims = json!({ "email": format!("{name}@example.org"), "email_verified": true });
        match name {
            "root" => claims["resource_access"] = json!({ "realm-management": { "roles": ["manage-realm"] } }),
            "mg" => claims["resource_access"] = json!({ "account": { "roles": ["manage-groups"] } }),
            _ => {}
        }
        app.bearer(&self.provider.token(name, &claims))
    }

    /// Somebody with a role in the administration of the realm.
    pub(super) fn with_right(&self, app: &TestApp, name: &str, right: &str) -> TestClient {
        let claims = json!({
            "email": format!("{name}@example.org"), "email_verified": true,
            "resource_access": { "realm-management": { "roles": [right] } },
        });
        app.bearer(&self.provider.token(name, &claims))
    }
}

/// The way to join that every group begins with, which nobody sees who is no member.
async fn make_first_way(app: &TestApp, group: Id<Group>) {
    let operator = app.operator().await;
    let present = app.directory().configurations(&operator, group).await.expect("read");
    if present.is_empty() {
        let roles = vec!["member".to_owned()];
        let draft = default_draft("it", &roles, &Rules::default());
        let command = Configure {
            group,
            id: None,
            if_version: None,
            draft,
            force: false,
        };
        run(app, command).await;
    }
}

pub(super) fn named(name: &str) -> NewGroup {
    NewGroup::named(GroupName::parse(name).expect("a name"))
}

pub(super) async fn top(app: &TestApp, name: &str) -> Id<Group> {
    run(app, CreateTopGroup { new: named(name) }).await.group.id
}

pub(super) async fn run<C: Command>(app: &TestApp, command: C) -> C::Output {
    let done = app.directory().execute(&app.operator().await, command).await;
    done.unwrap_or_else(|error| panic!("{error:?}"))
}

/// A way to join in which somebody decides, with what is otherwise.
pub(super) fn way(more: Value) -> Value {
    let mut body = json!({
        "name": "Join", "active": true, "visibleToNotMembers": true, "requireApproval": true,
        "requireApprovalForExtension": true, "multiselectRole": true, "commentsNeeded": false,
        "groupRoles": ["member", "curator"],
    });
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}

/// Gives a group a way to join; its id.
pub(super) async fn make_way(client: &TestClient, group: Id<Group>, body: Value) -> String {
    let made = client.post(&format!("{ADMIN}/group/{group}/configuration"), body).await;
    last_of_place(&made.expect(204))
}

/// The id with which the place ends that an answer names.
pub(super) fn last_of_place(answer: &Answer) -> String {
    let place = answer.header("location");
    place.rsplit('/').next().unwrap_or_default().to_owned()
}

pub(super) fn code(answer: &Answer) -> Value {
    answer.at("/code")
}
