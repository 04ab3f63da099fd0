//! How people join groups by themselves.

mod asking;
mod queue;
mod races;
mod reviewing;
mod terms;
mod ways;

use directory::enrollment::configuration::{Configuration, Draft};
use directory::enrollment::request::Request;
use directory::enrollment::terms::{Channel, TermsDraft, TermsGiven};
use directory::enrollment::{AcceptRequest, Configure, Configured, Decided, RejectRequest, SubmitRequest, Unconfigure};
use directory::group::{DefineRole, Group, RoleName};
use directory::{Error, Id, Principal, Scope};
use testkit::TestApp;

use crate::support::groups::{manager, own, person, top, user_of};

/// A way to join that asks for nothing but a role, and somebody decides.
fn draft() -> Draft {
    Draft {
        name: "Join".into(),
        active: true,
        visible: true,
        require_approval: true,
        multiselect_role: true,
        roles: vec!["member".into(), "curator".into()],
        ..Draft::default()
    }
}

/// The same, where nobody decides.
fn free() -> Draft {
    Draft {
        require_approval: false,
        ..draft()
    }
}

fn with_terms(url: &str, draft: Draft) -> Draft {
    Draft {
        terms: Some(TermsDraft::at(url)),
        ..draft
    }
}

fn accepted() -> TermsGiven {
    TermsGiven {
        accepted: true,
        version: None,
        channel: Channel::Agm,
        address: Some("192.0.2.7".into()),
    }
}

async fn configure(app: &TestApp, who: &Principal, group: Id<Group>, draft: Draft) -> Result<Configured, Error> {
    let command = Configure {
        group,
        id: None,
        if_version: None,
        draft,
        force: false,
    };
    app.directory().execute(who, command).await
}

async fn reconfigure(app: &TestApp, who: &Principal, of: &Configuration, draft: Draft) -> Result<Configured, Error> {
    let command = Configure {
        group: of.group,
        id: Some(of.id),
        if_version: None,
        draft,
        force: false,
    };
    app.directory().execute(who, command).await
}

async fn unconfigure(app: &TestApp, who: &Principal, of: &Configuration) -> Result<(), Error> {
    let command = Unconfigure {
        group: of.group,
        id: of.id,
        if_version: None,
    };
    app.directory().execute(who, command).await
}

fn asking(configuration: Id<Configuration>, roles: &[&str]) -> SubmitRequest {
    SubmitRequest {
        configuration,
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        comments: None,
        terms: None,
    }
}

async fn ask(app: &TestApp, who: &Principal, command: SubmitRequest) -> Result<Request, Error> {
    app.directory()
        .execute(who, command)
        .await
        .map(|submitted| submitted.request)
}

async fn accept(app: &TestApp, who: &Principal, id: Id<Request>) -> Result<Decided, Error> {
    let command = AcceptRequest {
        id,
        if_version: None,
        justification: Some("they are known".into()),
    };
    app.directory().execute(who, command).await
}

async fn reject(app: &TestApp, who: &Principal, id: Id<Request>) -> Result<Request, Error> {
    let command = RejectRequest {
        id,
        if_version: None,
        justification: Some("no room".into()),
    };
    app.directory().execute(who, command).await
}

/// A new person with a token for themselves.
async fn somebody(app: &TestApp, name: &str) -> Principal {
    let user = app.user(name).await;
    person(app, user, &[Scope::AgmSelf], &[]).await
}

/// A group with the roles `member` and `curator`, and who owns it.
async fn owned(app: &TestApp, name: &str) -> (Id<Group>, Principal) {
    let group = top(app, name).await;
    let owner = manager(app, &format!("owner-of-{name}"), &[]).await;
    own(app, group, user_of(&owner)).await;
    let command = DefineRole {
        group,
        name: RoleName::parse("curator").expect("a name"),
    };
    app.directory().execute(&owner, command).await.expect("defined");
    // The ways to join are the tests'.
    let present = app.directory().configurations(&owner, group).await.expect("read");
    for way in present {
        unconfigure(app, &owner, &way.configuration).await.expect("removed");
        app.run_jobs().await;
    }
    (group, owner)
}

/// How a person stands in a group: status, first instant after it, roles.
async fn standing(app: &TestApp, group: Id<Group>, who: &Principal) -> Option<(String, Option<i64>, Vec<String>)> {
    let user = user_of(who);
    let sql = "SELECT m.id, m.status, m.expires_at FROM memberships m WHERE m.group_id = ?1 AND m.user_id = ?2";
    let mut rows = app.db().query(sql, &[group.into(), user.into()]).await.expect("read");
    let row = rows.first_mut()?;
    let (id, status, until): (uuid::Uuid, String, Option<i64>) = (
        row.take(0).expect("id"),
        row.take(1).expect("status"),
        row.take(2).expect("end"),
    );
    let sql = "SELECT r.name FROM membership_roles h JOIN group_roles r ON r.realm = h.realm AND r.id = h.role
               WHERE h.membership = ?1 AND r.group_id = ?2 ORDER BY r.name";
    let rows = app.db().query(sql, &[id.into(), group.into()]).await.expect("read");
    let roles = rows.into_iter().map(|mut row| row.take(0).expect("name")).collect();
    Some((status, until, roles))
}

/// The kinds of the facts from a place on.
async fn kinds_after(app: &TestApp, before: usize) -> Vec<String> {
    app.event_kinds().await.split_off(before)
}
