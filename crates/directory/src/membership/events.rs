//! Facts about memberships: which kind a change is, and what it says. Ids, dates and words only, never what people typed.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::portfolio::{Cause, Reason};
use super::table::Touched;
use super::{Membership, Status};
use crate::clock::Timestamp;
use crate::event::{Event, EventKind};
use crate::group::Group;
use crate::id::Id;

/// The fact that a membership was given, or is otherwise than before.
pub(super) fn of(before: Option<&Membership>, after: &Membership, touched: &Touched, reason: &Reason<'_>) -> Event {
    let Reason { cause, root } = *reason;
    let body = json!({
        "group": after.group.to_string(),
        "user": after.user.to_string(),
        "cause": reason.word(),
    });
    let mut event = Event::new(kind(before, after, cause), touched.id.uuid(), touched.version, body);
    if let Some(root) = root {
        event = event.with("root", root.id.to_string().into());
    }
    event.turned(&before.map(shown).unwrap_or_default(), &shown(after))
}

/// The same of one that came or went, of which only this is known.
pub(super) fn in_short(
    kind: EventKind,
    touched: &Touched,
    (group, user): (Id<Group>, Uuid),
    cause: &str,
    (before, after): (Option<Status>, Status),
) -> Event {
    let body = json!({ "group": group.to_string(), "user": user.to_string(), "cause": cause });
    Event::new(kind, touched.id.uuid(), touched.version, body).turned(&standing(before), &standing(Some(after)))
}

/// The fact that somebody became a member on whom nothing else bears.
pub(super) fn added(touched: &Touched, whose: (Id<Group>, Uuid)) -> Event {
    let turn = (None, Status::Enabled);
    in_short(EventKind::MemberAdded, touched, whose, Cause::Given.name(), turn)
}

/// The fact that such a membership, which counted, was taken away.
pub(super) fn removed(touched: &Touched, whose: (Id<Group>, Uuid)) -> Event {
    let turn = (Some(Status::Enabled), Status::Ended);
    in_short(EventKind::MemberRemoved, touched, whose, Cause::Removed.name(), turn)
}

fn standing(status: Option<Status>) -> Map<String, Value> {
    let status = status.map(|status| ("status".to_owned(), status.name().into()));
    status.into_iter().collect()
}

pub(super) fn kind(before: Option<&Membership>, after: &Membership, cause: Cause) -> EventKind {
    use Status::{Barred, Enabled, Ended, Expired, Pending, Suspended};
    let Some(before) = before else {
        return if after.status == Enabled {
            EventKind::MemberAdded
        } else {
            EventKind::MemberPending
        };
    };
    match (before.status, after.status) {
        (Expired, Ended | Barred) if cause.is_of_time() => EventKind::MemberPurged,
        (Enabled | Pending | Suspended, Expired) => EventKind::MemberExpired,
        (Enabled | Pending | Suspended, Ended | Barred) if cause.is_of_time() => EventKind::MemberExpired,
        (Enabled | Pending | Suspended | Expired, Ended | Barred) => EventKind::MemberRemoved,
        (Pending, Enabled) => EventKind::MemberActivated,
        (Expired | Ended | Barred, Enabled | Pending) => EventKind::MemberRestored,
        (Enabled | Pending | Expired | Ended | Barred, Suspended) => EventKind::MemberSuspended,
        (Suspended, Enabled | Pending) | (Barred, Ended) => EventKind::MemberResumed,
        (Enabled, Enabled | Pending)
        | (Pending, Pending)
        | (Suspended, Suspended)
        | (Expired | Ended | Barred, Expired)
        | (Ended, Ended | Barred)
        | (Barred, Barred) => same_place(before, after, cause),
    }
}

/// What changed of one that stands where it stood.
fn same_place(before: &Membership, after: &Membership, cause: Cause) -> EventKind {
    let (was, is) = (&before.details, &after.details);
    let terms = |kind: fn(&super::TermsStanding) -> bool| is.terms.as_ref().is_some_and(kind);
    if was.lapses != is.lapses {
        EventKind::MemberLapseChosen
    } else if was.terms != is.terms && terms(|terms| terms.lapsed) {
        EventKind::MemberTermsLapsed
    } else if was.terms != is.terms && cause.is_of_time() {
        EventKind::MemberTermsDue
    } else if was.reminded != is.reminded && cause.is_of_time() {
        EventKind::MemberReminded
    } else if cause == Cause::Renewed {
        EventKind::MemberRenewed
    } else {
        EventKind::MemberChanged
    }
}

/// What a fact may say of a membership, beside its roles.
pub(super) fn shown(membership: &Membership) -> Map<String, Value> {
    let instant = |at: Option<Timestamp>| at.map(|at| Value::from(at.to_string()));
    let effective = membership.effective;
    let members = [
        ("status", Some(membership.status.name().into())),
        ("valid_from", instant(membership.valid_from)),
        ("expires_at", instant(membership.expires_at)),
        ("effective_at", instant(effective.at)),
        ("effective_group", effective.group.map(|group| group.to_string().into())),
        (
            "configuration",
            membership.configuration.map(|id: Id<_>| id.to_string().into()),
        ),
        ("reminded", instant(membership.details.reminded)),
        ("lapses", Some(membership.details.lapses.into())),
        ("withheld", Some(membership.details.withheld.into())),
        (
            "eligibility",
            membership.details.elevation.map(|id| id.to_string().into()),
        ),
    ];
    let said = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    said.collect()
}
