//! A tree of groups with somebody who owns it, for the exchanges about members.

use directory::delegation::{GrantDelegation, Whom};
use directory::group::{CreateSubgroup, CreateTopGroup, DefineRole, Group, GroupName, NewGroup, RoleName};
use directory::user::User;
use directory::{Command, Id};
use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestClient, TestProvider};

/// What people do for themselves.
pub(super) const MINE: &str = "/realms/default/agm/account/user";
/// What those do who administer groups.
pub(super) const THEIRS: &str = "/realms/default/agm/account/group-admin";

/// `/a`, `/a/b`, `/a/b/c` and `/x`, each with the roles `member` and `curator`. It is the first of January 2030.
pub(super) struct World {
    pub(super) provider: TestProvider,
    pub(super) a: Id<Group>,
    pub(super) b: Id<Group>,
    pub(super) c: Id<Group>,
    pub(super) x: Id<Group>,
    /// Owns `/a` and all below.
    pub(super) ga: TestClient,
    /// Owns `/a/b`.
    pub(super) gb: TestClient,
    pub(super) u1: Id<User>,
}

pub(super) async fn run<C: Command>(app: &TestApp, command: C) -> C::Output {
    let done = app.directory().execute(&app.operator().await, command).await;
    done.expect("it is done")
}

fn named(name: &str) -> NewGroup {
    NewGroup::named(GroupName::parse(name).expect("a name"))
}

async fn child(app: &TestApp, parent: Id<Group>, name: &str) -> Id<Group> {
    let new = named(name);
    run(app, CreateSubgroup { parent, new }).await.group.id
}

impl World {
    pub(super) async fn make(app: &TestApp) -> Self {
        let provider = app.provider("default").await;
        let a = run(app, CreateTopGroup { new: named("a") }).await.group.id;
        let x = run(app, CreateTopGroup { new: named("x") }).await.group.id;
        let b = child(app, a, "b").await;
        let c = child(app, b, "c").await;
        for group in [a, b, c, x] {
            let name = RoleName::parse("curator").expect("a name");
            run(app, DefineRole { group, name }).await;
        }
        for (name, group) in [("ga", a), ("gb", b)] {
            let user = app.user(name).await;
            run(app, GrantDelegation::owner(group, Whom::User(user))).await;
        }
        app.run_jobs().await;
        let signed_in = |name: &str| app.bearer(&provider.token_of(name, &format!("{name}@example.org")));
        Self {
            ga: signed_in("ga"),
            gb: signed_in("gb"),
            u1: app.user("u1").await,
            provider,
            a,
            b,
            c,
            x,
        }
    }

    /// A person of that name, who signed in and has no rights.
    pub(super) fn person(&self, app: &TestApp, name: &str) -> TestClient {
        let token = self.provider.token_of(name, &format!("{name}@example.org"));
        app.bearer(&token)
    }

    /// A person whom the provider gives a role of group management.
    pub(super) async fn with_role(&self, app: &TestApp, name: &str, role: &str) -> TestClient {
        app.user(name).await;
        let claims = json!({
            "email": format!("{name}@example.org"), "email_verified": true,
            "resource_access": { "account": { "roles": [role] } },
        });
        app.bearer(&self.provider.token(name, &claims))
    }

    /// Makes u1 a member of a group; with the place of the membership below the host.
    pub(super) async fn add(&self, group: Id<Group>, more: Value) -> String {
        let mut body = json!({ "user": { "username": "u1" }, "groupRoles": ["member"] });
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let added = self.ga.post(&members(group), body).await.expect(204);
        let place = added.header("location").to_owned();
        let at = place.find("/realms/").expect("a place of the face");
        place[at..].to_owned()
    }
}

pub(super) fn members(group: Id<Group>) -> String {
    format!("{THEIRS}/group/{group}/members")
}

/// The membership of a person.
pub(super) fn of_user(group: Id<Group>, user: Id<User>) -> String {
    format!("{THEIRS}/group/{group}/member/user/{user}")
}

/// The word for what is refused.
pub(super) fn code(answer: &Answer) -> Value {
    answer.at("/code")
}
