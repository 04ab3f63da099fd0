//! The words the tests share.

pub(crate) mod groups;

use directory::client::ResourceKind;
use directory::group::{CreateGroup, DeleteGroup, Group, GroupWritten, PatchGroup, ReplaceGroup};
use directory::user::{CreateUser, DeleteUser, PatchUser, ReplaceUser, User, UserIntake, Written};
use directory::view::{IfMatch, ListRequest, Page, Paging, Shape};
use directory::{Error, Id, Principal, Refusal, Scope};
use scim::filter::Filter;
use scim::patch::{self, Operation};
use scim::projection::Projection;
use serde_json::{Map, Value};
use testkit::TestApp;

pub(crate) const BASE: &str = "https://usher.example/scim/v2";

/// Adds a person by SCIM.
pub(crate) async fn create(app: &TestApp, who: &Principal, body: Value) -> Result<User, Error> {
    let command = CreateUser {
        intake: UserIntake { body },
        needs: Scope::ScimWrite,
    };
    app.directory().execute(who, command).await.map(|created| created.user)
}

pub(crate) fn operations(list: &Value) -> Vec<Operation> {
    patch::parse_list(list.as_array().expect("a list of operations")).expect("operations")
}

pub(crate) async fn patch(app: &TestApp, who: &Principal, id: Id<User>, list: Value) -> Result<Written, Error> {
    patch_if(app, who, id, list, IfMatch::Any).await
}

pub(crate) async fn patch_if(
    app: &TestApp,
    who: &Principal,
    id: Id<User>,
    list: Value,
    if_match: IfMatch,
) -> Result<Written, Error> {
    let command = PatchUser {
        id,
        operations: operations(&list),
        if_match,
        needs: Scope::ScimWrite,
    };
    app.directory().execute(who, command).await
}

pub(crate) async fn put(app: &TestApp, who: &Principal, id: Id<User>, body: Value) -> Result<Written, Error> {
    let command = ReplaceUser {
        id,
        body,
        if_match: IfMatch::Any,
        needs: Scope::ScimWrite,
    };
    app.directory().execute(who, command).await
}

pub(crate) async fn delete(app: &TestApp, who: &Principal, id: Id<User>) -> Result<(), Error> {
    let command = DeleteUser {
        id,
        if_match: IfMatch::Any,
        needs: Scope::ScimWrite,
    };
    app.directory().execute(who, command).await
}

pub(crate) async fn create_group(app: &TestApp, who: &Principal, body: Value) -> Result<GroupWritten, Error> {
    let command = CreateGroup {
        body,
        needs: Scope::ScimWrite,
    };
    app.directory().execute(who, command).await
}

pub(crate) async fn patch_group(
    app: &TestApp,
    who: &Principal,
    id: Id<Group>,
    list: Value,
) -> Result<GroupWritten, Error> {
    patch_group_if(app, who, id, list, IfMatch::Any).await
}

pub(crate) async fn patch_group_if(
    app: &TestApp,
    who: &Principal,
    id: Id<Group>,
    list: Value,
    if_match: IfMatch,
) -> Result<GroupWritten, Error> {
    let command = PatchGroup {
        id,
        operations: operations(&list),
        if_match,
        needs: Scope::ScimWrite,
    };
    app.directory().execute(who, command).await
}

pub(crate) async fn put_group(
    app: &TestApp,
    who: &Principal,
    id: Id<Group>,
    body: Value,
) -> Result<GroupWritten, Error> {
    let command = ReplaceGroup {
        id,
        body,
        if_match: IfMatch::Any,
        needs: Scope::ScimWrite,
    };
    app.directory().execute(who, command).await
}

pub(crate) async fn delete_group(app: &TestApp, who: &Principal, id: Id<Group>) -> Result<(), Error> {
    let command = DeleteGroup {
        id,
        if_match: IfMatch::Any,
        needs: Scope::ScimWrite,
    };
    app.directory().execute(who, command).await
}

/// Every group knows how many people are in it.
pub(crate) async fn groups_know_their_number(app: &TestApp) {
    let wrong = "SELECT g.display_name, g.enabled_members FROM groups g WHERE g.enabled_members <>
                   (SELECT COUNT(*) FROM memberships m WHERE m.realm = g.realm AND m.group_id = g.id AND m.status = 'enabled')";
    let rows = app.db().query(wrong, &[]).await.expect("compared").into_iter();
    let wrong: Vec<(String, i64)> = rows
        .map(|mut row| (row.take(0).expect("a name"), row.take(1).expect("a number")))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// What a refusal says no with.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    match result.expect_err("it is refused") {
        Error::Refused(refusal) => refusal,
        other => panic!("not a refusal: {other:?}"),
    }
}

pub(crate) fn not_found<T: std::fmt::Debug>(result: Result<T, Error>) -> bool {
    matches!(refusal(result), Refusal::NotFound { .. })
}

pub(crate) fn shape() -> Shape {
    Shape {
        projection: Projection::all(),
        base: BASE.into(),
    }
}

/// A user as that caller sees them.
pub(crate) async fn view(app: &TestApp, who: &Principal, id: Id<User>) -> Result<Value, Error> {
    let shown = app.directory().user_view(who, id, &shape(), Scope::ScimRead).await?;
    Ok(serde_json::from_str(&shown.body).expect("JSON"))
}

/// A group as that caller sees it.
pub(crate) async fn group_view(app: &TestApp, who: &Principal, id: Id<Group>) -> Result<Value, Error> {
    let shown = app.directory().group_view(who, id, &shape(), Scope::ScimRead).await?;
    Ok(serde_json::from_str(&shown.body).expect("JSON"))
}

/// The ids of a group's members as that caller sees them, in order.
pub(crate) async fn members(app: &TestApp, who: &Principal, id: Id<Group>) -> Vec<String> {
    let group = group_view(app, who, id).await.expect("the group is shown");
    let members = group["members"].as_array().cloned().unwrap_or_default();
    members.iter().map(|member| text(&member["value"])).collect()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// A list of one type, page by index.
pub(crate) fn list_of(kind: ResourceKind, filter: Option<&str>) -> ListRequest {
    ListRequest {
        kinds: vec![kind],
        filter: filter.map(|text| text.parse::<Filter>().expect("a filter")),
        sort: None,
        paging: Paging::Index { start: 1, count: 1000 },
        projection: Projection::all(),
        base: BASE.into(),
        needs: Scope::ScimRead,
    }
}

pub(crate) async fn list(app: &TestApp, who: &Principal, kind: ResourceKind, filter: &str) -> Result<Page, Error> {
    app.directory().list(who, &list_of(kind, Some(filter))).await
}

/// The userNames or displayNames of the users or groups that match, in order.
pub(crate) async fn names(app: &TestApp, who: &Principal, kind: ResourceKind, filter: &str) -> Vec<String> {
    let page = list(app, who, kind, filter).await.expect("the list is answered");
    assert_eq!(page.total, Some(page.resources.len()), "total of {filter}");
    let attribute = match kind {
        ResourceKind::User => "userName",
        ResourceKind::Group => "displayName",
    };
    objects(&page)
        .iter()
        .map(|resource| text(&resource[attribute]))
        .collect()
}

/// The resources of a page as values.
pub(crate) fn objects(page: &Page) -> Vec<Map<String, Value>> {
    let read = |text: &String| serde_json::from_str(text).expect("a resource");
    page.resources.iter().map(read).collect()
}
