//! A tree of groups with somebody who owns it, and the words of the tests about memberships that people change.

use directory::group::{DefineRole, Group, RoleName};
use directory::membership::{AddMembership, Given, Membership, NewMember, RemoveMembership, UpdateMembership, Which};
use directory::user::User;
use directory::view::IfMatch;
use directory::zone::Day;
use directory::{Command, Error, Id, Principal, Scope};
use testkit::TestApp;

use crate::support::groups::{below, manager, own, person, top, user_of};
use crate::support::groups_know_their_number;

/// `/a`, `/a/b` and `/a/b/c`, each with the roles `member` and `curator`. The clock stands on the first of January 2030.
pub(super) struct World {
    pub(super) a: Id<Group>,
    pub(super) b: Id<Group>,
    pub(super) c: Id<Group>,
    /// Owns all of them.
    pub(super) ga: Principal,
}

pub(super) async fn tree(app: &TestApp) -> World {
    let a = top(app, "a").await;
    let b = below(app, a, "b").await;
    let c = below(app, b, "c").await;
    let ga = manager(app, "ga", &[]).await;
    own(app, a, user_of(&ga)).await;
    for group in [a, b, c] {
        let name = RoleName::parse("curator").expect("a name");
        run(app, &ga, DefineRole { group, name }).await.expect("defined");
    }
    app.run_jobs().await;
    World { a, b, c, ga }
}

pub(super) async fn run<C: Command>(app: &TestApp, who: &Principal, command: C) -> Result<C::Output, Error> {
    app.directory().execute(who, command).await
}

pub(super) fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn days(text: Option<&str>) -> Option<Day> {
    text.map(day)
}

/// A membership with the role `member`, from today and for good.
pub(super) fn adding(group: Id<Group>, user: Id<User>) -> AddMembership {
    AddMembership {
        group,
        whom: NewMember::Id(user),
        roles: vec!["member".into()],
        valid_from: None,
        last_day: None,
        configuration: None,
    }
}

pub(super) async fn give(
    app: &TestApp,
    who: &Principal,
    (group, user): (Id<Group>, Id<User>),
    from: Option<&str>,
    until: Option<&str>,
) -> Id<Membership> {
    let command = AddMembership {
        valid_from: days(from),
        last_day: days(until),
        ..adding(group, user)
    };
    let Given { id, .. } = run(app, who, command).await.expect("given");
    id
}

/// A change of a person's membership that leaves them the role `member`.
pub(super) fn updating(group: Id<Group>, user: Id<User>, from: Option<&str>, until: Option<&str>) -> UpdateMembership {
    UpdateMembership {
        group,
        which: Which::User(user),
        if_match: IfMatch::Any,
        roles: vec!["member".into()],
        valid_from: days(from),
        last_day: days(until),
    }
}

pub(super) fn removing(group: Id<Group>, user: Id<User>) -> RemoveMembership {
    RemoveMembership {
        group,
        which: Which::User(user),
        if_match: IfMatch::Any,
    }
}

/// A person with a token for themselves.
pub(super) async fn themselves(app: &TestApp, user: Id<User>) -> Principal {
    person(app, user, &[Scope::AgmSelf], &[]).await
}

/// How a person stands in a group: the status and the roles, `-` where there never was anything. Whoever asks sees at once
/// that every group knows how many people are in it.
pub(super) async fn stands(app: &TestApp, group: Id<Group>, user: Id<User>) -> String {
    groups_know_their_number(app).await;
    let sql = "SELECT m.id, m.status FROM memberships m WHERE m.group_id = ?1 AND m.user_id = ?2";
    let mut rows = app.db().query(sql, &[group.into(), user.into()]).await.expect("read");
    let Some(row) = rows.first_mut() else {
        return "-".into();
    };
    let (id, status): (uuid::Uuid, String) = (row.take(0).expect("an id"), row.take(1).expect("a word"));
    let sql = "SELECT r.name FROM membership_roles h JOIN group_roles r ON r.realm = h.realm AND r.id = h.role
               WHERE h.membership = ?1 ORDER BY r.name";
    let rows = app.db().query(sql, &[id.into()]).await.expect("read");
    let roles: Vec<String> = rows.into_iter().map(|mut row| row.take(0).expect("a name")).collect();
    format!("{status} {}", roles.join(",")).trim_end().to_owned()
}

/// The last day that counts for a person in a group, and the group above that imposes it.
pub(super) async fn ends(app: &TestApp, group: Id<Group>, user: Id<User>) -> (Option<String>, Option<Id<Group>>) {
    let sql = "SELECT m.effective_at, m.effective_group FROM memberships m WHERE m.group_id = ?1 AND m.user_id = ?2";
    let mut rows = app.db().query(sql, &[group.into(), user.into()]).await.expect("read");
    let row = rows.first_mut().expect("a membership");
    let at: Option<i64> = row.take(0).expect("an instant");
    let by: Option<uuid::Uuid> = row.take(1).expect("an id");
    let last = at.map(|at| directory::Timestamp::from_millis(at - 1).to_string()[..10].to_owned());
    (last, by.map(Id::new))
}

/// What became of memberships and requests since so many events: kind and cause, each on a line.
pub(super) async fn facts(app: &TestApp, before: usize) -> Vec<String> {
    let events = app.events().await.split_off(before);
    let about = |kind: &str| kind.starts_with("member.") || kind.starts_with("request.");
    let line = |event: testkit::TestEvent| match event.body["cause"].as_str() {
        Some(cause) => format!("{} {cause}", event.kind),
        None => event.kind,
    };
    events
        .into_iter()
        .filter(|event| about(&event.kind))
        .map(line)
        .collect()
}

/// The templates of the mails to a person since so many events.
pub(super) async fn told(app: &TestApp, before: usize, user: Id<User>) -> Vec<String> {
    let events = app.events().await.split_off(before).into_iter();
    let theirs = events.filter(|event| event.kind == "mail.queued" && event.body["user"] == user.to_string());
    theirs
        .map(|event| event.body["template"].as_str().unwrap_or_default().to_owned())
        .collect()
}

pub(super) async fn so_far(app: &TestApp) -> usize {
    app.events().await.len()
}
