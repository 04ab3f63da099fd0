//! What is written when terms are published, and when somebody accepts them.

use serde_json::json;

use super::{Acceptance, Terms, TermsDraft, TermsGiven, ask, table};
use crate::change::Change;
use crate::enrollment::configuration::Configuration;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::user::User;

/// Adds a version of the terms of a way to join whose row nobody else changes now. The fact is [`published`].
pub(crate) fn publish(change: &mut Change<'_>, of: Id<Configuration>, draft: &TermsDraft) -> Result<Terms, Error> {
    let number = table::newest(change, of)?.map_or(1, |newest| newest.number + 1);
    let terms = Terms {
        id: change.new_id(),
        configuration: of,
        number,
        url: draft.url.clone(),
        digest: draft.digest.clone(),
        valid_days: draft.valid_days,
        on_lapse: draft.on_lapse,
        ask_again: draft.ask_again,
        made_at: change.now(),
        made_by: change.principal().label(),
    };
    table::insert(change, &terms)?;
    if terms.ask_again && number > 1 {
        ask::ask_later(change, &terms)?;
    }
    Ok(terms)
}

/// The fact that a way to join has a new version of its terms, in place of those that were in force.
pub(crate) fn published(configuration: &Configuration, before: Option<&Terms>, terms: &Terms) -> Event {
    let described = |terms: &Terms| {
        json!({
            "terms": terms.id.to_string(),
            "number": terms.number,
            "url": terms.url,
            "digest": terms.digest,
            "valid_days": terms.valid_days,
            "on_lapse": terms.on_lapse.name(),
            "ask_again": terms.ask_again,
        })
    };
    let body = json!({
        "group": configuration.group.to_string(),
        "before": before.map(described),
        "after": described(terms),
    });
    let version = configuration.version;
    Event::new(EventKind::TermsPublished, configuration.id.uuid(), version, body).within(configuration.group)
}

/// Notes that a person accepts a version, which is not asked here.
pub(crate) fn accept(
    change: &mut Change<'_>,
    user: &User,
    terms: &Terms,
    given: &TermsGiven,
    within: &Configuration,
) -> Result<Acceptance, Error> {
    let before = table::last_accepted(change, user.id, terms.id)?;
    let acceptance = Acceptance {
        user: user.id,
        terms: terms.id,
        accepted_at: change.now(),
        channel: given.channel,
        address: given.address.clone(),
    };
    table::accept(change, &acceptance)?;
    let body = json!({
        "terms": terms.id.to_string(),
        "number": terms.number,
        "configuration": within.id.to_string(),
        "group": within.group.to_string(),
        "channel": given.channel.name(),
        "before": before.map(|at| json!({ "accepted_at": at.to_string() })),
        "after": { "accepted_at": acceptance.accepted_at.to_string(), "url": terms.url },
    });
    let event = Event::new(EventKind::TermsAccepted, user.id.uuid(), user.version, body);
    change.record(event.within(within.group))?;
    Ok(acceptance)
}
