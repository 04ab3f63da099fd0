//! Who administers a group, in English.

use crate::mail::catalog::{Admins, Lines, Say};

pub(super) const ADMINS: Admins = Admins {
    added: Say {
        subject: "You administer {group}",
        intro: "{actor} has made you an administrator of {group} at {realm}.",
        todo: Some("If you do not want to be one, you can give it up on the page that opens."),
        button: Some("Open the administrators"),
    },
    removed: Say {
        subject: "You no longer administer {group}",
        intro: "{actor} has removed you as an administrator of {group} at {realm}.",
        todo: Some("If you think this is wrong, ask those who still administer the group."),
        button: None,
    },
    added_admin: Say {
        subject: "{person} administers {group}",
        intro: "{actor} has made {person} an administrator of {group}.",
        todo: None,
        button: Some("Open the administrators"),
    },
    removed_admin: Say {
        subject: "{person} no longer administers {group}",
        intro: "{actor} has removed {person} as an administrator of {group}.",
        todo: None,
        button: Some("Open the administrators"),
    },
    group_deleted: Say {
        subject: "The group {group} is gone",
        intro: "{actor} has deleted the group {group} at {realm}, which you administered. The memberships in it have ended.",
        todo: Some("There is nothing left to do."),
        button: None,
    },
    digest: Say {
        subject: "Your groups at {realm} since {day}",
        intro: "this is what has happened since {day} in the groups you administer at {realm}.",
        todo: None,
        button: Some("Open my groups"),
    },
    lines: Lines {
        asked: "{person} asks to join",
        answered: "{person} has answered a question",
        decided: "the request of {person} was decided",
        closed: "the request of {person} was closed without a decision",
        invited: "{person} was invited",
        offer_accepted: "{person} has accepted an invitation",
        offer_rejected: "{person} has declined an invitation",
        joined: "{person} joins",
        changed: "the membership of {person} was changed",
        suspended: "{person} was suspended",
        resumed: "{person} is no longer suspended",
        left: "{person} has left",
        removed: "the membership of {person} was ended",
        expired: "the membership of {person} has expired",
        elevated: "{person} became a member for some hours",
        admins_changed: "what {person} may administer was changed",
    },
};
