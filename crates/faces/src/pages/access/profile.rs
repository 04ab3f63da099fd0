//! One's profile: who one is here, where one signs in, by which mails one is told, and all that is kept of one as a file.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use directory::notice::{ADMINISTRATION, NoticeChoices, SetNoticeChoices, choosable};
use directory::session::Visitor;
use directory::{Error, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::link::see_other;
use crate::pages::sent::Sent;
use crate::pages::visit::{SignedIn, Visit};

/// A mail that one is told by, or not.
#[derive(Debug, Serialize)]
struct Told {
    name: &'static str,
    key: String,
    on: bool,
}

/// How one is told of groups one looks after.
#[derive(Debug, Serialize)]
struct Choice {
    name: &'static str,
    key: &'static str,
    chosen: bool,
}

/// Where one signs in.
#[derive(Debug, Serialize)]
struct Known {
    issuer: String,
    email: Option<String>,
    since: i64,
}

/// Mails that only come to who looks after groups.
const OF_ADMINISTRATION: [&str; 7] = [
    "admin_digest",
    "delete_group_admin_inform",
    "invitation_expired",
    "review_begun",
    "review_reminder",
    "review_held",
    "review_closed",
];

/// The mails that can be switched one by one: all that come in no digest.
fn switched(manages: bool) -> impl Iterator<Item = &'static str> {
    let names = choosable().filter(|(_, listed)| !listed).map(|(name, _)| name);
    names.filter(move |name| manages || !OF_ADMINISTRATION.contains(name))
}

/// The page.
pub(in crate::pages) fn profile_page(visit: &Visit) -> String {
    format!("{}/profile", visit.room())
}

pub(in crate::pages) async fn show(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = Fields::of_query(query.as_deref());
    match page(&app, &visit, &visitor, asked.text("done").is_some()).await {
        Ok(response) => response,
        Err(error) => error::answered(&visit, &error),
    }
}

async fn page(app: &App, visit: &Visit, visitor: &Visitor, saved: bool) -> Result<Response, Error> {
    let (directory, principal) = (&app.directory, &visitor.principal);
    let person = directory.myself(principal).await?;
    let chosen: BTreeMap<String, &str> = directory
        .notice_choices(principal)
        .await?
        .iter()
        .map(|(name, choice)| (name.to_owned(), choice.name()))
        .collect();
    let known: Vec<Known> = directory
        .own_identities(principal)
        .await?
        .into_iter()
        .map(|identity| Known {
            issuer: identity.issuer,
            email: identity.verified_email,
            since: identity.linked_at.millis(),
        })
        .collect();
    let told: Vec<Told> = switched(visitor.manages)
        .map(|name| Told {
            name,
            key: format!("told.{name}"),
            on: chosen.get(name) != Some(&"off"),
        })
        .collect();
    let administration = chosen.get(ADMINISTRATION).copied().unwrap_or_default();
    let choices = [
        ("", "told.as_usual"),
        ("each", "told.each"),
        ("digest", "told.digest"),
        ("off", "told.off"),
    ];
    let choices = choices.map(|(name, key)| Choice {
        name,
        key,
        chosen: name == administration,
    });
    let values = context! {
        here => "profile", saved, name => person.called(), user_name => person.user_name(), email => person.address(),
        known => Serde(known), told => Serde(told), manages => visitor.manages, choices => Serde(choices),
        action => profile_page(visit), data => format!("{}/data.json", profile_page(visit)),
        sessions => format!("{}/sessions", visit.base()),
    };
    Ok(visit.page("profile.html").secret().render(values))
}

/// Says by which mails one is told. What is not on the page stays as it was chosen.
pub(in crate::pages) async fn choose(State(app): State<App>, sent: Sent) -> Response {
    match chosen(&app, &sent).await {
        Ok(()) => see_other(&format!("{}?done", profile_page(&sent.visit))),
        Err(error) => error::answered(&sent.visit, &error),
    }
}

async fn chosen(app: &App, sent: &Sent) -> Result<(), Error> {
    let principal = &sent.visitor.principal;
    if sent.form.text("act") != Some("notices") {
        return Err(Refusal::invalid("act", "notices").into());
    }
    let before = app.directory.notice_choices(principal).await?;
    let mut choices: BTreeMap<String, String> = before
        .iter()
        .map(|(name, choice)| (name.to_owned(), choice.name().to_owned()))
        .collect();
    let on = sent.form.all("told");
    for name in switched(sent.visitor.manages) {
        if on.contains(&name) {
            choices.remove(name);
        } else {
            choices.insert(name.to_owned(), "off".to_owned());
        }
    }
    if sent.visitor.manages {
        match sent.form.said("administration") {
            Some(word) => choices.insert(ADMINISTRATION.to_owned(), word.to_owned()),
            None => choices.remove(ADMINISTRATION),
        };
    }
    let choices = NoticeChoices::parse(&choices)?;
    app.directory.execute(principal, SetNoticeChoices { choices }).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{OF_ADMINISTRATION, switched};
    use crate::design::Language;

    #[test]
    fn every_mail_that_can_be_switched_has_words() {
        for name in switched(true) {
            assert!(Language::first().text(&format!("told.{name}")).is_some(), "{name}");
        }
        assert!(
            OF_ADMINISTRATION
                .iter()
                .all(|name| switched(true).any(|one| one == *name))
        );
        assert!(switched(false).count() + OF_ADMINISTRATION.len() == switched(true).count());
    }
}
