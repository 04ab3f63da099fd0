//! Memberships that have a time, and what a person has as a whole.

mod by_admin;
mod gone;
mod history;
mod leaving;
mod listed;
mod notices;
mod races;
mod recalculation;
mod roles;
mod scim;
mod scim_notices;
pub(crate) mod suspension;
mod time;
mod world;

use db::Value;
use directory::group::Group;
use directory::user::User;
use directory::{Id, Principal};
use serde_json::{Value as Json, json};
use testkit::{Program, TestApp};

/// Puts rows where no command puts them yet.
pub(crate) async fn sql(app: &TestApp, text: &'static str, params: Vec<Value>) {
    let done = app
        .db()
        .write(move |tx| -> Result<(), db::Error> { tx.execute(text, &params).map(drop) })
        .await;
    done.expect("it is done");
}

async fn hr(app: &TestApp) -> Principal {
    app.principal("hr", &["scim:read", "scim:write"], Program::default())
        .await
}

fn add(people: &[Id<User>]) -> Json {
    let members: Vec<Json> = people.iter().map(|id| json!({ "value": id.to_string() })).collect();
    json!([{ "op": "add", "path": "members", "value": members }])
}

fn take(person: Id<User>) -> Json {
    json!([{ "op": "remove", "path": format!("members[value eq \"{person}\"]") }])
}

/// Keeps a person out of a group, as whoever suspends them does.
async fn block(app: &TestApp, group: Id<Group>, user: Id<User>) {
    let insert = "INSERT INTO membership_blocks (realm, user_id, group_id, set_by, set_at) SELECT realm, id, ?2, 'operator', 0 FROM users WHERE id = ?1";
    sql(app, insert, vec![user.into(), group.into()]).await;
}

/// How a membership stands: its status, and when and by which group it ends; none when there never was one.
async fn stands(app: &TestApp, group: Id<Group>, user: Id<User>) -> Option<(String, Option<i64>, Option<Id<Group>>)> {
    let read = "SELECT status, effective_at, effective_group FROM memberships WHERE group_id = ?1 AND user_id = ?2";
    let mut rows = app.db().query(read, &[group.into(), user.into()]).await.expect("read");
    let row = rows.first_mut()?;
    let above: Option<uuid::Uuid> = row.take(2).expect("an id");
    Some((
        row.take(0).expect("a word"),
        row.take(1).expect("an end"),
        above.map(Id::new),
    ))
}

async fn status(app: &TestApp, group: Id<Group>, user: Id<User>) -> String {
    stands(app, group, user)
        .await
        .map_or_else(|| "never".to_owned(), |(status, ..)| status)
}

/// Puts a membership into a state, with its end.
async fn set(app: &TestApp, group: Id<Group>, user: Id<User>, status: &str, end: Option<directory::Timestamp>) {
    let was = stands(app, group, user)
        .await
        .is_some_and(|(status, ..)| status == "enabled");
    let text =
        "UPDATE memberships SET status = ?3, expires_at = ?4, effective_at = ?4 WHERE group_id = ?1 AND user_id = ?2";
    let end = end.map(directory::Timestamp::millis);
    sql(app, text, vec![group.into(), user.into(), status.into(), end.into()]).await;
    let more = i64::from(status == "enabled") - i64::from(was);
    let text = "UPDATE groups SET enabled_members = enabled_members + ?2 WHERE id = ?1";
    sql(app, text, vec![group.into(), more.into()]).await;
}
