//! Offers of a membership, and of the administration of a group, to an address.

mod answering;
mod ending;
mod guests;
mod making;

use directory::enrollment::Configure;
use directory::enrollment::configuration::{Configuration, Draft};
use directory::group::{DefineRole, Group, RoleName};
use directory::invitation::{
    AcceptOffer, Invitation, Invitee, OfferAdministration, OfferMembership, OfferedWay, RejectOffer,
};
use directory::{Error, Id, Principal, Scope};
use testkit::{TestApp, TestMail};

use crate::support::groups::{manager, own, person, top, user_of};

fn to(email: &str) -> Invitee {
    Invitee {
        email: Some(email.to_owned()),
        ..Invitee::default()
    }
}

fn membership(group: Id<Group>, way: Id<Configuration>, email: &str) -> OfferMembership {
    OfferMembership {
        group,
        invitee: to(email),
        way: OfferedWay::Named(way),
        roles: vec!["member".into()],
    }
}

async fn offer(app: &TestApp, who: &Principal, command: OfferMembership) -> Result<Invitation, Error> {
    app.directory().execute(who, command).await
}

async fn offer_admin(app: &TestApp, who: &Principal, group: Id<Group>, email: &str) -> Result<Invitation, Error> {
    let command = OfferAdministration::of_owner(group, to(email));
    app.directory().execute(who, command).await
}

async fn accept(app: &TestApp, who: &Principal, secret: &str) -> Result<Invitation, Error> {
    let command = AcceptOffer {
        secret: secret.to_owned(),
        terms: None,
    };
    app.directory().execute(who, command).await
}

async fn reject(app: &TestApp, who: &Principal, secret: &str) -> Result<Invitation, Error> {
    let secret = secret.to_owned();
    app.directory().execute(who, RejectOffer { secret }).await
}

/// A way to join with these roles that takes a decision, which an invitation is.
fn draft() -> Draft {
    Draft {
        name: "Join".into(),
        active: true,
        require_approval: true,
        multiselect_role: true,
        roles: vec!["member".into()],
        ..Draft::default()
    }
}

async fn way(app: &TestApp, who: &Principal, group: Id<Group>, draft: Draft) -> Configuration {
    let command = Configure {
        group,
        id: None,
        if_version: None,
        draft,
        force: false,
    };
    let made = app.directory().execute(who, command).await;
    made.expect("made").configuration
}

/// A group with the roles `member` and `curator`, who owns it, and a way to join.
async fn owned(app: &TestApp, name: &str) -> (Id<Group>, Principal, Configuration) {
    let group = top(app, name).await;
    let owner = manager(app, &format!("owner-of-{name}"), &[]).await;
    own(app, group, user_of(&owner)).await;
    let command = DefineRole {
        group,
        name: RoleName::parse("curator").expect("a name"),
    };
    app.directory().execute(&owner, command).await.expect("defined");
    let way = way(app, &owner, group, draft()).await;
    app.deliver_mail().await;
    (group, owner, way)
}

/// A new person with a token for themselves.
async fn somebody(app: &TestApp, name: &str) -> Principal {
    let user = app.user(name).await;
    person(app, user, &[Scope::AgmSelf], &[]).await
}

/// The mails that have come to an address since the last look.
fn mails_to(mails: &[TestMail], address: &str) -> Vec<String> {
    let to_them = mails.iter().filter(|mail| mail.to == address);
    to_them.map(|mail| mail.subject.clone()).collect()
}

/// The secret of the link that came to an address.
fn secret(mails: &[TestMail], address: &str) -> String {
    let has_link = |mail: &TestMail| mail.links().iter().any(|link| link.contains("/invitation/"));
    let mail = mails
        .iter()
        .rev()
        .find(|mail| mail.to == address && has_link(mail))
        .expect("a mail");
    let path = mail.path_to("invitation");
    path.rsplit('/').next().expect("a secret").to_owned()
}

/// How a person stands in a group, and with which roles.
async fn standing(app: &TestApp, group: Id<Group>, who: &Principal) -> Option<(String, Vec<String>)> {
    let user = user_of(who);
    let sql = "SELECT m.id, m.status FROM memberships m WHERE m.group_id = ?1 AND m.user_id = ?2";
    let mut rows = app.db().query(sql, &[group.into(), user.into()]).await.expect("read");
    let row = rows.first_mut()?;
    let (id, status): (uuid::Uuid, String) = (row.take(0).expect("id"), row.take(1).expect("status"));
    let sql = "SELECT r.name FROM membership_roles h JOIN group_roles r ON r.realm = h.realm AND r.id = h.role
               WHERE h.membership = ?1 AND r.group_id = ?2 ORDER BY r.name";
    let rows = app.db().query(sql, &[id.into(), group.into()]).await.expect("read");
    let roles = rows.into_iter().map(|mut row| row.take(0).expect("name")).collect();
    Some((status, roles))
}

async fn kinds_after(app: &TestApp, before: usize) -> Vec<String> {
    app.event_kinds().await.split_off(before)
}
