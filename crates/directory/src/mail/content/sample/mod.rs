//! One of each content, as mails usually are, as somebody hostile would have them, and with nothing that can be left out.

mod review;

use jiff::civil::{Date, date};
use uuid::Uuid;

use self::review::{THEN, review_due, review_held, review_over};
use super::{
    AdminChange, AdminChanged, Affected, Archived, Asked, Cause, Closed, Content, Decided, DecidedBy, Decision, Digest,
    DigestGroup, DigestItem, DigestKind, Elevated, Eligible, Ended, Ending, ExpiringToken, GroupDeleted, GroupRef,
    Link, Membership, Nothing, Offer, OfferAnswered, OfferKind, OfferMade, OnLapse, PersonRef, Preset, RoleChange,
    RolesChanged, Template, Terms, Timestamp, TokenNotice, UndecidedThen, Waiting, WaitsFor, Who, Word,
};

/// Which kind of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Usual,
    #[cfg_attr(not(test), expect(dead_code, reason = "what hostile values come to is for tests"))]
    Hostile,
    Empty,
}

impl Kind {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 3] = [Self::Usual, Self::Hostile, Self::Empty];

    /// The first as it usually is, the second as somebody hostile has it.
    fn text(self, usual: &str, hostile: &str) -> String {
        match self {
            Self::Usual | Self::Empty => usual.to_owned(),
            Self::Hostile => hostile.to_owned(),
        }
    }

    fn optional<T>(self, value: T) -> Option<T> {
        (self != Self::Empty).then_some(value)
    }

    pub(crate) fn greeted(self) -> Option<String> {
        self.optional(self.text("Ada Lovelace", "<b>Bob</b>\r\nX: y {{ secret }} \u{202e}"))
    }

    fn group(self) -> GroupRef {
        GroupRef {
            id: Uuid::from_u128(0x2a),
            path: self.text(
                "/acme/ops",
                &format!("/acme/\"R&D\" <img src=x>\r\nBcc: eve@x.example/{}", "long ".repeat(20)),
            ),
        }
    }

    fn person(self) -> PersonRef {
        PersonRef {
            name: self.optional(self.text("Grace Hopper", "Click http://evil.example now")),
            user_name: self.text("grace", "<script>alert(1)</script>\u{202e}"),
        }
    }

    fn actor(self) -> Who {
        match self {
            Self::Usual => Who::Person(PersonRef {
                name: Some("Ann Bee".into()),
                user_name: "ann@example.org".into(),
            }),
            Self::Hostile => Who::Program("HR </p><a href=\"http://evil.example\">\n{{ 7*7 }}".into()),
            Self::Empty => Who::Administration,
        }
    }

    fn roles(self) -> Vec<String> {
        match self {
            Self::Usual => vec!["member".into(), "lead dev".into()],
            Self::Hostile => vec!["=cmd|'/C calc'!A0".into(), "<i>x</i>".into(), "y".repeat(200)],
            Self::Empty => Vec::new(),
        }
    }

    fn typed(self) -> Option<String> {
        let hostile = format!(
            "\n\n<script>alert(1)</script>\r\nBcc: eve@x.example\n> quoted \u{202e}gpj.exe {{{{ 7*7 }}}} http://evil.example/a\n\n{}",
            "z".repeat(90)
        );
        self.optional(self.text("I work on the night shift.\nMy lead is Ann.", &hostile))
    }

    fn below(self) -> Vec<String> {
        match self {
            Self::Usual => vec!["/acme/ops/day".into(), "/acme/ops/night".into()],
            Self::Hostile => (0..3).map(|count| format!("/acme/ops/{count}<b>\n")).collect(),
            Self::Empty => Vec::new(),
        }
    }

    fn day(self, day: Date) -> Option<Date> {
        self.optional(day)
    }
}

fn asked(kind: Kind) -> Asked {
    Asked {
        group: kind.group(),
        request: Uuid::from_u128(0x7e),
        requester: kind.person(),
        roles: kind.roles(),
        comment: kind.typed(),
    }
}

fn decided(kind: Kind, decision: Decision) -> Decided {
    Decided {
        group: kind.group(),
        decision,
        justification: kind.typed(),
        roles: kind.roles(),
        first_day: kind.day(date(2030, 2, 1)),
        last_day: kind.day(date(2030, 12, 31)),
    }
}

fn decided_by(kind: Kind, decision: Decision) -> DecidedBy {
    DecidedBy {
        group: kind.group(),
        requester: kind.person(),
        actor: kind.actor(),
        decision,
        justification: kind.typed(),
    }
}

fn word(kind: Kind, author: Who) -> Word {
    Word {
        group: kind.group(),
        request: Uuid::from_u128(0x7e),
        author,
        text: kind.typed().unwrap_or_default(),
    }
}

fn waiting(kind: Kind, waits_for: WaitsFor) -> Waiting {
    Waiting {
        group: kind.group(),
        request: Uuid::from_u128(0x7e),
        requester: kind.person(),
        waits_for,
        since: date(2030, 1, 8),
        closes: kind.day(date(2030, 3, 9)),
    }
}

fn closed(kind: Kind) -> Closed {
    Closed {
        group: kind.group(),
        requester: kind.person(),
        waits_for: WaitsFor::Reviewer,
        since: date(2030, 1, 8),
    }
}

fn offer(kind: Kind, roles: Vec<String>) -> Offer {
    Offer {
        group: kind.group(),
        description: kind.typed(),
        inviter: kind.actor(),
        roles,
        secret: "s3cret".into(),
        expires_at: Timestamp::parse("2030-01-25T08:00:00Z").expect("valid"),
    }
}

fn offer_made(kind: Kind, of: OfferKind) -> OfferMade {
    OfferMade {
        group: kind.group(),
        kind: of,
        address: "new@example.org".into(),
        inviter: kind.actor(),
        roles: kind.roles(),
    }
}

fn offer_answered(kind: Kind, of: OfferKind) -> OfferAnswered {
    OfferAnswered {
        group: kind.group(),
        kind: of,
        person: kind.optional(kind.person()),
        address: "new@example.org".into(),
        roles: kind.roles(),
        first_day: kind.day(date(2030, 2, 1)).filter(|_| of == OfferKind::Membership),
    }
}

/// One that begins later, and one that counts already.
fn memberships(kind: Kind, content: fn(Membership) -> Content) -> Vec<Content> {
    let now = Membership {
        first_day: None,
        ..membership(kind)
    };
    [membership(kind), now].map(content).into()
}

fn membership(kind: Kind) -> Membership {
    Membership {
        group: kind.group(),
        member: kind.person(),
        actor: kind.actor(),
        first_day: kind.day(date(2030, 2, 1)),
        last_day: kind.day(date(2030, 12, 31)),
        roles: kind.roles(),
    }
}

fn roles_changed(kind: Kind, change: fn(String) -> RoleChange) -> RolesChanged {
    RolesChanged {
        group: kind.group(),
        member: kind.person(),
        actor: kind.actor(),
        change: change(kind.text("lead dev", "<i>x</i>\"{person}")),
        roles: kind.roles(),
    }
}

fn affected(kind: Kind) -> Affected {
    Affected {
        group: kind.group(),
        member: kind.person(),
        actor: kind.actor(),
        below: kind.below(),
        justification: kind.typed(),
    }
}

fn ended(kind: Kind) -> Ended {
    Ended {
        group: kind.group(),
        member: kind.person(),
        below: kind.below(),
        last_day: kind.day(date(2030, 1, 7)),
        kept_until: kind.day(date(2030, 2, 6)),
        kept_out: false,
    }
}

fn eligible(kind: Kind) -> Eligible {
    Eligible {
        group: kind.group(),
        actor: kind.actor(),
        roles: kind.roles(),
        hours: 8,
        last_day: kind.day(date(2030, 12, 31)),
    }
}

fn elevated(kind: Kind) -> Elevated {
    Elevated {
        group: kind.group(),
        member: kind.person(),
        until: Timestamp::parse("2030-01-07T16:00:00Z").expect("valid"),
        roles: kind.roles(),
        justification: kind.typed(),
    }
}

fn terms(kind: Kind, then: OnLapse) -> Terms {
    Terms {
        group: kind.group(),
        last_day: date(2030, 1, 31),
        then,
        below: Vec::new(),
        kept_until: None,
    }
}

fn lapsed(kind: Kind, then: OnLapse) -> Terms {
    match then {
        OnLapse::Remind | OnLapse::Withhold => terms(kind, then),
        OnLapse::End => Terms {
            below: kind.below(),
            kept_until: kind.day(date(2030, 3, 2)),
            ..terms(kind, then)
        },
    }
}

fn admin_changed(kind: Kind, change: AdminChange, preset: Preset) -> AdminChanged {
    AdminChanged {
        group: kind.group(),
        admin: kind.person(),
        actor: kind.actor(),
        change,
        preset,
    }
}

fn group_deleted(kind: Kind) -> GroupDeleted {
    GroupDeleted {
        group: kind.group(),
        actor: kind.actor(),
    }
}

const DIGESTED: [DigestKind; 16] = [
    DigestKind::Asked,
    DigestKind::Answered,
    DigestKind::Decided,
    DigestKind::Closed,
    DigestKind::Invited,
    DigestKind::OfferAccepted,
    DigestKind::OfferRejected,
    DigestKind::Joined,
    DigestKind::Changed,
    DigestKind::Suspended,
    DigestKind::Resumed,
    DigestKind::Left,
    DigestKind::Removed,
    DigestKind::Expired,
    DigestKind::Elevated,
    DigestKind::AdminsChanged,
];

fn digest(kind: Kind) -> Digest {
    let items = DIGESTED.map(|what| DigestItem {
        kind: what,
        person: kind.optional(kind.person()),
    });
    let count = |usual| if kind == Kind::Empty { 0 } else { usual };
    let quiet = DigestGroup {
        group: GroupRef {
            id: Uuid::from_u128(0x2b),
            path: "/acme/lab".into(),
        },
        items: Vec::new(),
        ending: count(3),
        waiting: 0,
    };
    let busy = DigestGroup {
        group: kind.group(),
        items: items.to_vec(),
        ending: count(1),
        waiting: count(2),
    };
    Digest {
        day: date(2030, 1, 7),
        groups: vec![busy, quiet],
        more: count(17),
    }
}

fn link() -> Link {
    Link {
        secret: "s3cret".into(),
        expires_at: Timestamp::parse("2030-01-22T08:00:00Z").expect("valid"),
    }
}

fn expiring(kind: Kind) -> ExpiringToken {
    ExpiringToken {
        expires_at: Timestamp::parse("2030-01-22T08:00:00Z").expect("valid"),
        token: TokenNotice {
            id: "017f22e2-79b0".into(),
            name: kind.text("nightly", "<b>\n"),
            client: kind.text("HR & Söhne", "$(reboot)'; <x>"),
            scopes: kind.optional("scim:read scim:write".into()),
            user: None,
        },
    }
}

/// Every form that a template has with such values.
pub(crate) fn of(template: Template, kind: Kind) -> Vec<Content> {
    use {AdminChange as Change, Content as C, OfferKind as Of, Template as T};
    match template {
        T::Invitation => vec![C::Invitation(link())],
        T::Confirmation => vec![C::Confirmation(link())],
        T::SignIn => vec![C::SignIn(link())],
        T::TokenExpiry => vec![C::TokenExpiry(expiring(kind))],
        T::Test => vec![C::Test(Nothing {})],
        T::RequestCreated => vec![C::RequestCreated(asked(kind))],
        T::RequestDecided => [Decision::Accepted, Decision::Rejected]
            .map(|how| C::RequestDecided(decided(kind, how)))
            .into(),
        T::RequestDecidedAdmin => [Decision::Accepted, Decision::Rejected]
            .map(|how| C::RequestDecidedAdmin(decided_by(kind, how)))
            .into(),
        T::RequestQuestion => vec![C::RequestQuestion(word(kind, kind.actor()))],
        T::RequestAnswer => vec![C::RequestAnswer(word(kind, Who::Person(kind.person())))],
        T::RequestReminder => [WaitsFor::Reviewer, WaitsFor::Requester]
            .map(|whom| C::RequestReminder(waiting(kind, whom)))
            .into(),
        T::RequestClosed => vec![C::RequestClosed(closed(kind))],
        T::RequestClosedAdmin => vec![C::RequestClosedAdmin(closed(kind))],
        T::RequestArchived => [
            Cause::WayChanged,
            Cause::WayRemoved,
            Cause::RolesRemoved,
            Cause::MemberAdded,
            Cause::GroupDeleted,
        ]
        .map(|cause| {
            let group = kind.group();
            C::RequestArchived(Archived { group, cause })
        })
        .into(),
        T::SelfApproval => memberships(kind, C::SelfApproval),
        T::SelfApprovalAdmin => memberships(kind, C::SelfApprovalAdmin),
        T::MemberInvitation => vec![C::MemberInvitation(offer(kind, kind.roles()))],
        T::AdminInvitation => vec![C::AdminInvitation(offer(kind, Vec::new()))],
        T::InvitationMade => [Of::Membership, Of::Administration]
            .map(|of| C::InvitationMade(offer_made(kind, of)))
            .into(),
        T::InvitationAccepted => [Of::Membership, Of::Administration]
            .map(|of| C::InvitationAccepted(offer_answered(kind, of)))
            .into(),
        T::InvitationRejected => [Of::Membership, Of::Administration]
            .map(|of| C::InvitationRejected(offer_answered(kind, of)))
            .into(),
        T::InvitationExpired => [Of::Membership, Of::Administration]
            .map(|of| C::InvitationExpired(offer_made(kind, of)))
            .into(),
        T::MemberCreated => memberships(kind, C::MemberCreated),
        T::MemberCreatedAdmin => memberships(kind, C::MemberCreatedAdmin),
        T::MemberUpdated => vec![C::MemberUpdated(membership(kind))],
        T::MemberUpdatedAdmin => vec![C::MemberUpdatedAdmin(membership(kind))],
        T::MembershipActivated => memberships(kind, C::MembershipActivated),
        T::MemberRolesChanged => [RoleChange::Added as fn(_) -> _, RoleChange::Removed]
            .map(|change| C::MemberRolesChanged(roles_changed(kind, change)))
            .into(),
        T::MemberRolesChangedAdmin => [RoleChange::Added as fn(_) -> _, RoleChange::Removed]
            .map(|change| C::MemberRolesChangedAdmin(roles_changed(kind, change)))
            .into(),
        T::MemberSuspended => vec![C::MemberSuspended(affected(kind))],
        T::MemberSuspendedAdmin => vec![C::MemberSuspendedAdmin(affected(kind))],
        T::MemberResumed => vec![C::MemberResumed(affected(kind))],
        T::MemberResumedAdmin => vec![C::MemberResumedAdmin(affected(kind))],
        T::MemberRemoved => vec![C::MemberRemoved(affected(kind))],
        T::MemberRemovedAdmin => vec![C::MemberRemovedAdmin(affected(kind))],
        T::MemberLeft => vec![C::MemberLeft(Ended {
            last_day: None,
            kept_until: None,
            kept_out: false,
            ..ended(kind)
        })],
        T::MembershipExpired => vec![C::MembershipExpired(ended(kind))],
        T::MembershipExpiredAdmin => vec![C::MembershipExpiredAdmin(ended(kind))],
        T::MembershipEnding => vec![C::MembershipEnding(Ending {
            group: kind.group(),
            last_day: date(2030, 1, 28),
            imposed_by: kind.optional(kind.text("/acme", "/a<b>\n\u{202e}c")),
        })],
        T::MadeEligible => vec![C::MadeEligible(eligible(kind))],
        T::ElevatedAdmin => vec![C::ElevatedAdmin(elevated(kind))],
        T::GroupDeletedMember => vec![C::GroupDeletedMember(group_deleted(kind))],
        T::TermsReminder => [OnLapse::Remind, OnLapse::Withhold, OnLapse::End]
            .map(|then| C::TermsReminder(terms(kind, then)))
            .into(),
        T::TermsLapsed => [OnLapse::Remind, OnLapse::Withhold, OnLapse::End]
            .map(|then| C::TermsLapsed(lapsed(kind, then)))
            .into(),
        T::AdminChanged => [
            (Change::Added, Preset::Owner),
            (Change::Added, Preset::Manager),
            (Change::Removed, Preset::Custom),
        ]
        .map(|(change, preset)| C::AdminChanged(admin_changed(kind, change, preset)))
        .into(),
        T::AdminChangedAdmin => [
            (Change::Added, Preset::Reviewer),
            (Change::Added, Preset::Viewer),
            (Change::Added, Preset::Custom),
            (Change::Removed, Preset::Owner),
        ]
        .map(|(change, preset)| C::AdminChangedAdmin(admin_changed(kind, change, preset)))
        .into(),
        T::GroupDeletedAdmin => vec![C::GroupDeletedAdmin(group_deleted(kind))],
        T::ReviewBegun => THEN.map(|then| C::ReviewBegun(review_due(kind, then))).into(),
        T::ReviewReminder => THEN.map(|then| C::ReviewReminder(review_due(kind, then))).into(),
        T::ReviewHeld => [UndecidedThen::Remove, UndecidedThen::Suspend]
            .map(|then| C::ReviewHeld(review_held(kind, then)))
            .into(),
        T::ReviewClosed => vec![C::ReviewClosed(review_over(kind))],
        T::AdminDigest => vec![C::AdminDigest(digest(kind))],
    }
}
