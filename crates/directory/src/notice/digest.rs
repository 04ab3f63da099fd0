//! What comes together for a day of somebody's groups, and the mail that tells of it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::rules::Concern;
use super::{Notice, recipient, table};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::mail::Template;
use crate::mail::content::{Content, Digest, DigestGroup, DigestItem, DigestKind, GroupRef, PersonRef, WaitsFor, Who};
use crate::user::User;
use crate::zone::Zone;

/// The hour of the day at which digests are sent.
const HOUR: i8 = 7;
/// Most lines of one; what is beyond is counted.
const MOST: usize = 200;
/// More than that is not counted.
const COUNTED: usize = 10_000;
/// Of so many groups in one it is told what waits and what ends.
const MOST_COUNTED: usize = 50;
/// So many days ahead memberships count that will end.
const AHEAD: i64 = 30;

/// The mails that can come in a digest: what those are told who administer groups.
pub(super) const LISTED: &[Template] = &[
    Template::RequestCreated,
    Template::RequestAnswer,
    Template::RequestReminder,
    Template::RequestDecidedAdmin,
    Template::RequestClosedAdmin,
    Template::SelfApprovalAdmin,
    Template::InvitationMade,
    Template::InvitationAccepted,
    Template::InvitationRejected,
    Template::MemberCreatedAdmin,
    Template::MemberUpdatedAdmin,
    Template::MemberRolesChangedAdmin,
    Template::MemberSuspendedAdmin,
    Template::MemberResumedAdmin,
    Template::MemberRemovedAdmin,
    Template::MemberLeft,
    Template::MembershipExpiredAdmin,
    Template::ElevatedAdmin,
    Template::AdminChangedAdmin,
];

/// One thing that waits for the digest of a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) group: GroupRef,
    pub(super) kind: DigestKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) person: Option<PersonRef>,
    /// Whom it is kept for asked for it by a role that a token carries: nothing tells later whether they have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    by_role: bool,
}

fn entry_of(group: &GroupRef, kind: DigestKind, person: Option<&PersonRef>) -> Entry {
    Entry {
        group: group.clone(),
        kind,
        person: person.cloned(),
        by_role: false,
    }
}

/// What those are told of it for who administer the group.
fn concern(kind: DigestKind) -> Concern {
    use DigestKind as Kind;
    match kind {
        Kind::Asked | Kind::Answered | Kind::Decided | Kind::Closed => Concern::Requests,
        Kind::Invited
        | Kind::OfferAccepted
        | Kind::OfferRejected
        | Kind::Joined
        | Kind::Changed
        | Kind::Suspended
        | Kind::Resumed
        | Kind::Left
        | Kind::Removed
        | Kind::Expired
        | Kind::Elevated
        | Kind::AdminsChanged => Concern::Members,
    }
}

/// An address, where no person is known.
fn somebody_at(address: &str) -> PersonRef {
    PersonRef {
        name: None,
        user_name: address.to_owned(),
    }
}

/// What a mail tells, in a line; none for one that comes in no digest.
pub(super) fn entry(content: &Content) -> Option<Entry> {
    use DigestKind as Kind;
    Some(match content {
        Content::RequestCreated(about) => entry_of(&about.group, Kind::Asked, Some(&about.requester)),
        Content::RequestReminder(about) if about.waits_for == WaitsFor::Reviewer => {
            entry_of(&about.group, Kind::Asked, Some(&about.requester))
        }
        Content::RequestAnswer(about) => {
            let author = match &about.author {
                Who::Person(person) => Some(person),
                Who::Program(_) | Who::Administration => None,
            };
            entry_of(&about.group, Kind::Answered, author)
        }
        Content::RequestDecidedAdmin(about) => entry_of(&about.group, Kind::Decided, Some(&about.requester)),
        Content::RequestClosedAdmin(about) => entry_of(&about.group, Kind::Closed, Some(&about.requester)),
        Content::SelfApprovalAdmin(about) | Content::MemberCreatedAdmin(about) => {
            entry_of(&about.group, Kind::Joined, Some(&about.member))
        }
        Content::MemberUpdatedAdmin(about) => entry_of(&about.group, Kind::Changed, Some(&about.member)),
        Content::MemberRolesChangedAdmin(about) => entry_of(&about.group, Kind::Changed, Some(&about.member)),
        Content::InvitationMade(about) => entry_of(&about.group, Kind::Invited, Some(&somebody_at(&about.address))),
        Content::InvitationAccepted(about) | Content::InvitationRejected(about) => {
            let kind = if matches!(content, Content::InvitationAccepted(_)) {
                Kind::OfferAccepted
            } else {
                Kind::OfferRejected
            };
            let invited = somebody_at(&about.address);
            entry_of(&about.group, kind, Some(about.person.as_ref().unwrap_or(&invited)))
        }
        Content::MemberSuspendedAdmin(about) => entry_of(&about.group, Kind::Suspended, Some(&about.member)),
        Content::MemberResumedAdmin(about) => entry_of(&about.group, Kind::Resumed, Some(&about.member)),
        Content::MemberRemovedAdmin(about) => entry_of(&about.group, Kind::Removed, Some(&about.member)),
        Content::MemberLeft(about) => entry_of(&about.group, Kind::Left, Some(&about.member)),
        Content::MembershipExpiredAdmin(about) => entry_of(&about.group, Kind::Expired, Some(&about.member)),
        Content::ElevatedAdmin(about) => entry_of(&about.group, Kind::Elevated, Some(&about.member)),
        Content::AdminChangedAdmin(about) => entry_of(&about.group, Kind::AdminsChanged, Some(&about.admin)),
        _ => return None,
    })
}

/// The next time at which digests are sent.
fn next_morning(zone: &Zone, now: Timestamp) -> Timestamp {
    let today = zone.day(now);
    let morning = zone.at(today, HOUR);
    if now < morning {
        morning
    } else {
        zone.at(today.plus_days(1), HOUR)
    }
}

/// Keeps a thing for the person's digest. Scheduling it each time takes the job from a node that is at it at this moment, so
/// that nothing is left behind by it.
pub(super) fn keep(change: &mut Change<'_>, user: Id<User>, mut entry: Entry) -> Result<(), Error> {
    // An answer goes to whoever asked, by whatever right they did.
    if entry.kind == DigestKind::Answered {
        entry.by_role = !recipient::is_told(change, user, Id::new(entry.group.id), Concern::Requests)?;
    }
    table::keep(change, user, &entry)?;
    let due = next_morning(&Zone::of(change.realm()), change.now());
    job::schedule_quietly(change, JobKind::SendDigest, user.uuid(), &json!({}), due)
}

/// What somebody may know of groups by now, each group looked up once.
struct Sight {
    of: Id<User>,
    known: HashMap<(Uuid, Concern), bool>,
}

impl Sight {
    fn reaches(&mut self, change: &mut Change<'_>, group: Uuid, concern: Concern) -> Result<bool, Error> {
        if let Some(known) = self.known.get(&(group, concern)) {
            return Ok(*known);
        }
        let is_told = recipient::is_told(change, self.of, Id::new(group), concern)?;
        self.known.insert((group, concern), is_told);
        Ok(is_told)
    }

    fn shows(&mut self, change: &mut Change<'_>, entry: &Entry) -> Result<bool, Error> {
        Ok(entry.by_role || self.reaches(change, entry.group.id, concern(entry.kind))?)
    }
}

/// What has come together for a person and still concerns them, and how many more things there are.
fn gather(change: &mut Change<'_>, user: Id<User>, sight: &mut Sight) -> Result<(Vec<(Uuid, Entry)>, usize), Error> {
    let mut lines = Vec::new();
    let (mut after, mut seen) = (Uuid::nil(), 0);
    loop {
        let kept = table::kept(change, user, after, MOST)?;
        let is_last = kept.len() < MOST;
        seen += kept.len();
        for (id, entry) in kept {
            after = id;
            // What a newer program has kept is told by its number alone.
            if let Some(entry) = entry
                && sight.shows(change, &entry)?
            {
                lines.push((id, entry));
            }
        }
        if is_last || seen >= COUNTED {
            break;
        }
        if lines.len() >= MOST {
            let beyond = lines.len() - MOST;
            lines.truncate(MOST);
            // Nobody is named by a number: it is not asked what of these still concerns them.
            return Ok((lines, beyond + table::count_kept(change, user, after, COUNTED)?));
        }
    }
    let beyond = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    Ok((lines, beyond))
}

/// Sends what has come together for a person, as far as it concerns them still: who administers a group no more hears nothing
/// of it.
pub(super) fn send(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let mut sight = Sight {
        of: user,
        known: HashMap::new(),
    };
    let (lines, more) = gather(change, user, &mut sight)?;
    table::forget(change, user)?;
    let Some((first, _)) = lines.first() else {
        return Ok(());
    };
    let zone = Zone::of(change.realm());
    let day = zone.day(Id::<()>::new(*first).made_at());
    let mut groups: Vec<DigestGroup> = Vec::new();
    for (
        _,
        Entry {
            group, kind, person, ..
        },
    ) in lines
    {
        let item = DigestItem { kind, person };
        match groups.iter_mut().find(|known| known.group.id == group.id) {
            Some(known) => known.items.push(item),
            None => groups.push(DigestGroup {
                group,
                items: vec![item],
                ending: 0,
                waiting: 0,
            }),
        }
    }
    groups.sort_by(|one, other| one.group.path.cmp(&other.group.path));
    let until = change.now().plus_seconds(AHEAD * 86_400);
    for group in groups.iter_mut().take(MOST_COUNTED) {
        let id = group.group.id;
        if sight.reaches(change, id, Concern::Members)? {
            group.ending = table::count_ending(change, Id::new(id), until)?;
        }
        if sight.reaches(change, id, Concern::Requests)? {
            group.waiting = table::count_waiting(change, Id::new(id))?;
        }
    }
    let about = Digest {
        day: day.to_string().parse().unwrap_or_default(),
        groups,
        more: u32::try_from(more).unwrap_or_default(),
    };
    Notice::Digest { admin: user, about }.tell(change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::content::sample::{self, Kind};

    #[test]
    fn what_administrators_are_told_comes_in_digests_and_nothing_else_does() {
        for template in Template::ALL.iter().copied() {
            let listed = LISTED.contains(&template);
            let some = sample::of(template, Kind::Usual)
                .iter()
                .any(|content| entry(content).is_some());
            assert_eq!(some, listed, "{}", template.name());
        }
    }

    #[test]
    fn digests_are_sent_in_the_morning_of_the_realm() {
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let at = |text| Timestamp::parse(text).expect("an instant");
        assert_eq!(
            next_morning(&zone, at("2030-01-07T05:59:00Z")),
            at("2030-01-07T06:00:00Z")
        );
        assert_eq!(
            next_morning(&zone, at("2030-01-07T06:00:00Z")),
            at("2030-01-08T06:00:00Z")
        );
        assert_eq!(
            next_morning(&zone, at("2030-03-30T12:00:00Z")),
            at("2030-03-31T05:00:00Z")
        );
    }
}
