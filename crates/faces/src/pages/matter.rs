//! Pages that say what a link of a mail about groups is about. They show nothing of a group to whoever is not signed in: of an
//! offer what its mail says too, of other links no more than stands in their address.

use axum::extract::RawQuery;
use axum::response::Response;
use directory::invitation::{OfferKind, OfferShown};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::link;
use super::visit::Visit;
use crate::design::{Brand, Language, Page};

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
pub(super) fn offer(visit: &Visit, language: Language, offer: &OfferShown, until: i64, address: &str) -> Response {
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
    let brand = Brand::of(&visit.realm);
    let action = link::home(&brand);
    Page::new("matter.html", language, brand).secret().render(context! {
        eyebrow => "invitation.eyebrow",
        key,
        lead => "offer.lead",
        facts => Serde(facts),
        expires_at => until,
        how => "offer.how",
        action,
    })
}

/// Where somebody asks to join a group, or to stay.
pub(super) async fn enroll(visit: Visit, RawQuery(query): RawQuery) -> Response {
    matter(&visit, "matter.enroll", named(query.as_deref(), "groupPath"))
}

/// Groups, for those who are in them or administer them, and what waits for a decision.
pub(super) async fn groups(visit: Visit, uri: axum::http::Uri) -> Response {
    let rest = uri.path().split_once("/groups/").map_or("", |(_, rest)| rest);
    let key = match rest.split('/').next().unwrap_or_default() {
        "groupenrollments" => "matter.request",
        "admingroups" => "matter.administered",
        _ => "matter.mine",
    };
    matter(&visit, key, None)
}

fn matter(visit: &Visit, key: &'static str, named: Option<String>) -> Response {
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
