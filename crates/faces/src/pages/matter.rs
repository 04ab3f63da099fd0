//! Pages that say what a link of a mail about groups is about. They show nothing of a group to whoever is not signed in: of an
//! offer what its mail says too, of other links no more than stands in their address.

use axum::http::Uri;
use axum::response::Response;
use directory::invitation::{OfferKind, OfferShown};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::link;
use super::visit::Visit;
use crate::design::{Brand, Language};

/// Longest text of an address that is repeated, in characters.
const MAX_NAMED: usize = 200;
/// So many roles are shown.
const MAX_ROLES: usize = 20;

#[derive(Debug, Serialize)]
struct Fact {
    key: &'static str,
    value: String,
}

/// What is offered in a group to whoever has the link. It is answered by whoever is signed in.
pub(super) fn offer(
    visit: &Visit,
    language: Language,
    (offer, until, address): (&OfferShown, i64, &str),
    sign_in: Option<String>,
) -> Response {
    let fact = |key, value: &str| Fact {
        key,
        value: value.to_owned(),
    };
    let mut facts = vec![fact("offer.group", &offer.group)];
    facts.extend(offer.inviter.as_deref().map(|inviter| fact("offer.by", inviter)));
    if !offer.roles.is_empty() {
        let mut roles = offer
            .roles
            .iter()
            .take(MAX_ROLES)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        if offer.roles.len() > MAX_ROLES {
            roles.push_str(", …");
        }
        facts.push(fact("offer.roles", &roles));
    }
    if !address.is_empty() {
        facts.push(fact("invitation.to", address));
    }
    let key = match offer.kind {
        OfferKind::Membership => "offer.membership",
        OfferKind::Administration => "offer.administration",
    };
    let (how, action) = match sign_in {
        Some(href) => (
            "offer.sign_in",
            Some(context! { href, key => "viewer.sign_in", host => "" }),
        ),
        None => ("offer.how", link::home(&Brand::of(&visit.realm))),
    };
    visit.page_in("matter.html", language).secret().render(context! {
        eyebrow => "invitation.eyebrow",
        key,
        lead => "offer.lead",
        facts => Serde(facts),
        expires_at => until,
        how,
        action,
    })
}

/// What a link is about, for whoever cannot sign in here: where somebody asks to join a group or to stay, or groups for those
/// who are in them or administer them.
pub(super) fn of_link(visit: &Visit, uri: &Uri) -> Response {
    let below = uri.path().strip_prefix(visit.room().as_str()).unwrap_or(uri.path());
    let mut parts = below.split('/').skip(1);
    let key = match (parts.next(), parts.next()) {
        (Some("enroll"), _) => "matter.enroll",
        (_, Some("groupenrollments")) => "matter.request",
        (_, Some("admingroups")) => "matter.administered",
        _ => "matter.mine",
    };
    let named = Some(key)
        .filter(|key| *key == "matter.enroll")
        .and(named(uri.query(), "groupPath"));
    let facts: Vec<Fact> = named
        .into_iter()
        .map(|value| Fact {
            key: "matter.named",
            value,
        })
        .collect();
    let action = link::home(&Brand::of(&visit.realm));
    visit.page("matter.html").secret().render(context! {
        eyebrow => "matter.eyebrow",
        key,
        lead => format!("{key}.text"),
        facts => Serde(facts),
        how => "matter.how",
        action,
    })
}

/// What a query says under a name: one line of what can be seen, and not too much of it.
fn named(query: Option<&str>, name: &str) -> Option<String> {
    let parameters = url::form_urlencoded::parse(query?.as_bytes());
    let (_, value) = parameters.into_iter().find(|(known, _)| known == name)?;
    let plain: String = value
        .chars()
        .filter(|letter| !is_invisible(*letter))
        .take(MAX_NAMED)
        .collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

/// Marks that nobody sees, and those that turn text around.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn of_an_address_one_line_is_repeated() {
        let path = |query: &str| named(Some(query), "groupPath");
        assert_eq!(path("groupPath=/acme/ops").as_deref(), Some("/acme/ops"));
        assert_eq!(
            path("a=1&groupPath=%2Fa%0D%0A%E2%80%AEb&groupPath=c").as_deref(),
            Some("/ab")
        );
        assert_eq!(path("groupPath=%20"), None);
        assert_eq!(path("other=1"), None);
        assert_eq!(named(None, "groupPath"), None);
        assert_eq!(
            path(&format!("groupPath={}", "x".repeat(900))).map(|text| text.len()),
            Some(200)
        );
    }
}
