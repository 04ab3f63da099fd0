//! The words of the tests about groups that people manage.

use directory::view::IfMatch;
use std::collections::BTreeMap;
use std::sync::Arc;

use directory::delegation::{Capabilities, Delegation, GrantDelegation, Whom};
use directory::group::{
    CreateSubgroup, CreateTopGroup, FirstOwner, Group, GroupMade, GroupName, MoveGroup, NewGroup, RemoveGroup,
};
use directory::user::User;
use directory::{Actor, Credential, Denial, Error, Id, Principal, Refusal, Role, Scope, Scopes, UserActor};
use testkit::TestApp;

use super::refusal;

/// A person as requests of theirs have it, by a token for that.
pub(crate) async fn person(app: &TestApp, user: Id<User>, scopes: &[Scope], roles: &[Role]) -> Principal {
    let actor = UserActor {
        user,
        client: None,
        scopes: Scopes::of(scopes),
        roles: roles.to_vec(),
        credential: Credential::Own,
    };
    Principal {
        realm: app.realm("default").await,
        actor: Actor::User(Arc::new(actor)),
        request: None,
    }
}

/// A new person of that name who manages groups, with a token that reaches as far.
pub(crate) async fn manager(app: &TestApp, name: &str, roles: &[Role]) -> Principal {
    let user = app.user(name).await;
    person(app, user, &[Scope::AgmSelf, Scope::AgmManage], roles).await
}

pub(crate) fn user_of(principal: &Principal) -> Id<User> {
    principal.user().expect("a person")
}

pub(crate) fn new(name: &str) -> NewGroup {
    NewGroup::named(GroupName::parse(name).expect("a name"))
}

/// A group at the top that nobody owns.
pub(crate) async fn top(app: &TestApp, name: &str) -> Id<Group> {
    make_top(app, &app.operator().await, name).await.expect("made").group.id
}

pub(crate) async fn make_top(app: &TestApp, who: &Principal, name: &str) -> Result<GroupMade, Error> {
    app.directory().execute(who, CreateTopGroup { new: new(name) }).await
}

/// A group below another one that nobody owns by itself.
pub(crate) async fn below(app: &TestApp, parent: Id<Group>, name: &str) -> Id<Group> {
    make_below(app, &app.operator().await, parent, name)
        .await
        .expect("made")
        .group
        .id
}

pub(crate) async fn make_below(
    app: &TestApp,
    who: &Principal,
    parent: Id<Group>,
    name: &str,
) -> Result<GroupMade, Error> {
    let command = CreateSubgroup { parent, new: new(name) };
    app.directory().execute(who, command).await
}

pub(crate) async fn make_owned(app: &TestApp, who: &Principal, name: &str, owner: FirstOwner) -> GroupMade {
    let new = NewGroup {
        owner,
        attributes: BTreeMap::new(),
        ..new(name)
    };
    app.directory()
        .execute(who, CreateTopGroup { new })
        .await
        .expect("made")
}

pub(crate) async fn put(
    app: &TestApp,
    who: &Principal,
    group: Id<Group>,
    parent: Option<Id<Group>>,
) -> Result<Group, Error> {
    app.directory()
        .execute(
            who,
            MoveGroup {
                group,
                parent,
                if_match: IfMatch::Any,
            },
        )
        .await
}

pub(crate) async fn remove(app: &TestApp, who: &Principal, group: Id<Group>) -> Result<Group, Error> {
    app.directory()
        .execute(
            who,
            RemoveGroup {
                group,
                if_match: IfMatch::Any,
            },
        )
        .await
}

/// Lets a person own a group and all below.
pub(crate) async fn own(app: &TestApp, group: Id<Group>, user: Id<User>) -> Delegation {
    let command = GrantDelegation::owner(group, Whom::User(user));
    let granted = app.directory().execute(&app.operator().await, command).await;
    granted.expect("granted")
}

/// Lets a person do some things in a group and all below.
pub(crate) async fn let_do(app: &TestApp, group: Id<Group>, user: Id<User>, what: &str) -> Delegation {
    let command = GrantDelegation {
        capabilities: Capabilities::parse(what).expect("capabilities"),
        ..GrantDelegation::owner(group, Whom::User(user))
    };
    let granted = app.directory().execute(&app.operator().await, command).await;
    granted.expect("granted")
}

pub(crate) fn denial<T: std::fmt::Debug>(result: Result<T, Error>) -> Denial {
    match refusal(result) {
        Refusal::Denied(denial) => denial,
        other => panic!("not of group management: {other:?}"),
    }
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    denial(result).code()
}

/// What is kept about the tree fits the parents of the groups.
pub(crate) async fn tree_is_sound(app: &TestApp) {
    let rows = app.db().query("SELECT id, parent, children FROM groups", &[]).await;
    let mut parents: BTreeMap<Id<Group>, Option<Id<Group>>> = BTreeMap::new();
    let mut children: BTreeMap<Id<Group>, i64> = BTreeMap::new();
    for mut row in rows.expect("read") {
        let id: Id<Group> = row.take(0).expect("an id");
        let parent: Option<uuid::Uuid> = row.take(1).expect("a parent");
        parents.insert(id, parent.map(Id::new));
        children.insert(id, row.take(2).expect("a number"));
    }
    let mut wanted = Vec::new();
    for id in parents.keys() {
        let mut depth = 0;
        let mut here = parents[id];
        while let Some(above) = here {
            depth += 1;
            assert!(depth <= 32, "a cycle, or too deep");
            wanted.push((*id, above, depth));
            here = parents[&above];
        }
        let right_below = parents.values().filter(|parent| **parent == Some(*id)).count();
        assert_eq!(children[id], right_below as i64, "children of {id}");
    }
    let rows = app
        .db()
        .query("SELECT group_id, ancestor, depth FROM group_ancestors", &[])
        .await;
    let mut kept: Vec<(Id<Group>, Id<Group>, i64)> = Vec::new();
    for mut row in rows.expect("read") {
        kept.push((
            row.take(0).expect("an id"),
            row.take(1).expect("an id"),
            row.take(2).expect("a number"),
        ));
    }
    kept.sort();
    wanted.sort();
    assert_eq!(kept, wanted);
    let count = "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM counts WHERE kind = 'subgroups'";
    let mut rows = app.db().query(count, &[]).await.expect("read");
    let counted: i64 = rows[0].take(0).expect("a number");
    assert_eq!(counted, parents.values().flatten().count() as i64);
}
