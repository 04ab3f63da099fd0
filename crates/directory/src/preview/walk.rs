//! From one due instant to the next. Pure.

use std::collections::BTreeSet;

use super::Foreseen;
use crate::clock::Timestamp;
use crate::enrollment::request::Request;
use crate::enrollment::request::rules::{Duty, Patience, next_duty};
use crate::event::EventKind;
use crate::group::Group;
use crate::id::Id;
use crate::invitation::Invitation;
use crate::mail::Template;
use crate::membership::Status;
use crate::membership::portfolio::{Cause, Figures, Portfolio, outcomes, rules, with_ends, worth_telling};

/// What time will do to what a person has. `first` is when somebody looks for the first time.
pub(super) fn portfolio(
    mut portfolio: Portfolio,
    figures: &Figures,
    managed: &BTreeSet<Id<Group>>,
    first: Timestamp,
    until: Timestamp,
    foreseen: &mut impl FnMut(Foreseen),
) {
    let mut at = first;
    while at <= until {
        let moves = rules::due(&portfolio, figures, at);
        let mut after = portfolio.clone();
        for step in &moves {
            rules::apply(&mut after, step, at);
        }
        with_ends(&mut after);
        let told = worth_telling((&portfolio, figures, managed), &after, &moves, Cause::Time);
        for outcome in outcomes(&portfolio, &after, &moves, Cause::Time) {
            let live = &after.live[outcome.index];
            let told = told.iter().filter(|told| told.index() == outcome.index);
            foreseen(Foreseen {
                at,
                kind: outcome.kind,
                subject: live.id.uuid(),
                user: Some(live.user),
                group: Some(live.group),
                cause: Some(outcome.cause),
                mails: told.map(|told| told.template()).collect(),
            });
        }
        after.live.retain(|live| live.status != Status::Ended);
        portfolio = after;
        // Everything that was due is done, so that the next is later.
        match rules::next_due(&portfolio, figures, at) {
            Some(next) if next > at => at = next,
            Some(_) | None => return,
        }
    }
}

/// What will become of a request that nobody answers.
pub(super) fn request(
    request: &Request,
    patience: Patience,
    first: Timestamp,
    until: Timestamp,
    foreseen: &mut impl FnMut(Foreseen),
) {
    if !request.status.is_open() {
        return;
    }
    let since = request.waits_since();
    let mut settled = request.said.reminded.map_or(since, |reminded| reminded.max(since));
    let mut at = first;
    while at <= until {
        let (due, duty) = next_duty(since, settled, patience);
        if due > at {
            at = due;
            continue;
        }
        // What nobody was up for comes to one: its end has come, or the latest reminder.
        let next = next_duty(since, at, patience).0;
        let closes = duty == Duty::Close || next <= at;
        foreseen(Foreseen {
            at,
            kind: if closes {
                EventKind::RequestClosed
            } else {
                EventKind::RequestReminded
            },
            subject: request.id.uuid(),
            user: Some(request.user),
            group: Some(request.group),
            cause: closes.then_some("closed"),
            mails: vec![if closes {
                Template::RequestClosed
            } else {
                Template::RequestReminder
            }],
        });
        if closes {
            return;
        }
        settled = at;
        at = next;
    }
}

/// What will become of an invitation that nobody answers.
pub(super) fn invitation(
    invitation: &Invitation,
    first: Timestamp,
    until: Timestamp,
    foreseen: &mut impl FnMut(Foreseen),
) {
    let at = first.max(invitation.expires_at);
    if invitation.is_open() && at <= until {
        foreseen(Foreseen {
            at,
            kind: EventKind::InvitationExpired,
            subject: invitation.id.uuid(),
            user: invitation.user,
            group: None,
            cause: None,
            mails: Vec::new(),
        });
    }
}
