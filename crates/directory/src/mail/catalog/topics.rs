//! Which sentences every language has about groups.

/// What a mail about a group says. `{group}`, `{person}`, `{actor}`, `{day}`, `{since}`, `{role}` and `{address}` are filled in.
pub(in crate::mail) struct Say {
    pub(in crate::mail) subject: &'static str,
    /// What happened.
    pub(in crate::mail) intro: &'static str,
    /// What to do about it.
    pub(in crate::mail) todo: Option<&'static str>,
    /// Where it is done.
    pub(in crate::mail) button: Option<&'static str>,
}

/// Words beside the sentences: labels, names of things, and who did it where no name can be shown.
pub(in crate::mail) struct Words {
    pub(in crate::mail) group: &'static str,
    pub(in crate::mail) address: &'static str,
    pub(in crate::mail) roles: &'static str,
    pub(in crate::mail) first_day: &'static str,
    pub(in crate::mail) last_day: &'static str,
    /// In the place of a last day.
    pub(in crate::mail) no_last_day: &'static str,
    pub(in crate::mail) kept_until: &'static str,
    pub(in crate::mail) rights: &'static str,
    pub(in crate::mail) below: &'static str,
    pub(in crate::mail) description: &'static str,
    pub(in crate::mail) comment: &'static str,
    pub(in crate::mail) justification: &'static str,
    pub(in crate::mail) question: &'static str,
    pub(in crate::mail) answer: &'static str,
    pub(in crate::mail) waiting: &'static str,
    pub(in crate::mail) ending: &'static str,
    /// Somebody whose name cannot be shown.
    pub(in crate::mail) somebody: &'static str,
    /// A program, by its name: `{program}`.
    pub(in crate::mail) program: &'static str,
    /// Whoever runs the realm.
    pub(in crate::mail) administration: &'static str,
    /// More than is listed: `{count}`.
    pub(in crate::mail) more: &'static str,
    /// The same behind a list of names: `{count}`.
    pub(in crate::mail) and_more: &'static str,
    /// Who signs where nothing is set.
    pub(in crate::mail) signature: &'static str,
    pub(in crate::mail) owner: &'static str,
    pub(in crate::mail) manager: &'static str,
    pub(in crate::mail) reviewer: &'static str,
    pub(in crate::mail) viewer: &'static str,
    pub(in crate::mail) custom: &'static str,
}

/// Asking to join, and the terms of a group.
pub(in crate::mail) struct Enrollment {
    pub(in crate::mail) created: Say,
    pub(in crate::mail) accepted: Say,
    /// The same, where the first day is still to come: `{day}`.
    pub(in crate::mail) accepted_later: Say,
    pub(in crate::mail) rejected: Say,
    pub(in crate::mail) accepted_admin: Say,
    pub(in crate::mail) rejected_admin: Say,
    pub(in crate::mail) question: Say,
    pub(in crate::mail) answer: Say,
    pub(in crate::mail) reminder: Say,
    pub(in crate::mail) reminder_requester: Say,
    /// When it is closed, behind a reminder: `{day}`.
    pub(in crate::mail) closes: &'static str,
    pub(in crate::mail) closed: Say,
    pub(in crate::mail) closed_admin: Say,
    pub(in crate::mail) archived: Say,
    pub(in crate::mail) way_changed: &'static str,
    pub(in crate::mail) way_removed: &'static str,
    pub(in crate::mail) roles_removed: &'static str,
    pub(in crate::mail) member_added: Say,
    pub(in crate::mail) group_deleted: Say,
    pub(in crate::mail) self_approval: Say,
    pub(in crate::mail) self_approval_later: Say,
    pub(in crate::mail) self_approval_admin: Say,
    pub(in crate::mail) self_approval_admin_later: Say,
    pub(in crate::mail) terms_reminder: Say,
    pub(in crate::mail) terms_lapsed: Say,
    /// What happens when they lapse, before: nothing, withheld, ended.
    pub(in crate::mail) will: [&'static str; 3],
    /// The same, after.
    pub(in crate::mail) did: [&'static str; 3],
}

/// Invitations to a group.
pub(in crate::mail) struct Offers {
    pub(in crate::mail) member: Say,
    pub(in crate::mail) admin: Say,
    pub(in crate::mail) unexpected: &'static str,
    pub(in crate::mail) member_made: Say,
    pub(in crate::mail) admin_made: Say,
    pub(in crate::mail) member_accepted: Say,
    pub(in crate::mail) member_accepted_later: Say,
    pub(in crate::mail) admin_accepted: Say,
    pub(in crate::mail) member_rejected: Say,
    pub(in crate::mail) admin_rejected: Say,
    pub(in crate::mail) member_expired: Say,
    pub(in crate::mail) admin_expired: Say,
}

/// A membership from its beginning to its end.
pub(in crate::mail) struct Membership {
    pub(in crate::mail) created: Say,
    pub(in crate::mail) created_later: Say,
    pub(in crate::mail) created_admin: Say,
    pub(in crate::mail) created_admin_later: Say,
    pub(in crate::mail) updated: Say,
    pub(in crate::mail) updated_admin: Say,
    /// With the day since when: `{day}`.
    pub(in crate::mail) activated: Say,
    pub(in crate::mail) activated_some_day: Say,
    pub(in crate::mail) role_added: Say,
    pub(in crate::mail) role_removed: Say,
    pub(in crate::mail) role_added_admin: Say,
    pub(in crate::mail) role_removed_admin: Say,
    pub(in crate::mail) suspended: Say,
    pub(in crate::mail) suspended_admin: Say,
    pub(in crate::mail) resumed: Say,
    pub(in crate::mail) resumed_admin: Say,
    pub(in crate::mail) removed: Say,
    pub(in crate::mail) removed_admin: Say,
    pub(in crate::mail) left_admin: Say,
    pub(in crate::mail) expired: Say,
    pub(in crate::mail) expired_admin: Say,
    pub(in crate::mail) ending: Say,
    /// For how many `{hours}` at most.
    pub(in crate::mail) eligible: Say,
    /// Until when: `{until}`.
    pub(in crate::mail) elevated_admin: Say,
    /// Which group above ends it: `{above}`.
    pub(in crate::mail) imposed: &'static str,
    pub(in crate::mail) group_deleted: Say,
}

/// Reviews of who is in a group. `{review}` is filled in beside the others.
pub(in crate::mail) struct Reviews {
    pub(in crate::mail) begun: Say,
    pub(in crate::mail) reminder: Say,
    /// Which group is reviewed, where it is one above: `{above}`.
    pub(in crate::mail) of: &'static str,
    /// What becomes of what nobody decides about: it stays, ends, is suspended.
    pub(in crate::mail) then: [&'static str; 3],
    pub(in crate::mail) held: Say,
    /// What closing it would do, with `{count}` of `{items}`: end, suspend.
    pub(in crate::mail) would: [&'static str; 2],
    pub(in crate::mail) closed: Say,
    pub(in crate::mail) reason: &'static str,
    pub(in crate::mail) waiting: &'static str,
    pub(in crate::mail) kept: &'static str,
    pub(in crate::mail) removed: &'static str,
    pub(in crate::mail) suspended: &'static str,
    pub(in crate::mail) superseded: &'static str,
    pub(in crate::mail) undecided: &'static str,
}

/// Who administers a group, and what they are told of it.
pub(in crate::mail) struct Admins {
    pub(in crate::mail) added: Say,
    pub(in crate::mail) removed: Say,
    pub(in crate::mail) added_admin: Say,
    pub(in crate::mail) removed_admin: Say,
    pub(in crate::mail) group_deleted: Say,
    pub(in crate::mail) digest: Say,
    /// Lines of a digest, with `{person}`.
    pub(in crate::mail) lines: Lines,
}

/// What happened, each in a line with `{person}`.
pub(in crate::mail) struct Lines {
    pub(in crate::mail) asked: &'static str,
    pub(in crate::mail) answered: &'static str,
    pub(in crate::mail) decided: &'static str,
    pub(in crate::mail) closed: &'static str,
    pub(in crate::mail) invited: &'static str,
    pub(in crate::mail) offer_accepted: &'static str,
    pub(in crate::mail) offer_rejected: &'static str,
    pub(in crate::mail) joined: &'static str,
    pub(in crate::mail) changed: &'static str,
    pub(in crate::mail) suspended: &'static str,
    pub(in crate::mail) resumed: &'static str,
    pub(in crate::mail) left: &'static str,
    pub(in crate::mail) removed: &'static str,
    pub(in crate::mail) expired: &'static str,
    pub(in crate::mail) elevated: &'static str,
    pub(in crate::mail) admins_changed: &'static str,
}
