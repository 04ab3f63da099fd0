//! A membership from its beginning to its end, in English.

use crate::mail::catalog::{Membership, Say};

pub(super) const MEMBERSHIP: Membership = Membership {
    created: Say {
        subject: "You are a member of {group}",
        intro: "{actor} has made you a member of {group} at {realm}.",
        todo: Some("If you do not want to be one, you can leave the group on its page."),
        button: Some("Open the group"),
    },
    created_later: Say {
        subject: "You will be a member of {group} from {day} on",
        intro: "{actor} has made you a member of {group} at {realm}. Your membership begins on {day}.",
        todo: Some("If you do not want to be one, you can leave the group on its page."),
        button: Some("Open the group"),
    },
    created_admin: Say {
        subject: "{person} is a member of {group}",
        intro: "{actor} has made {person} a member of {group}.",
        todo: None,
        button: Some("Open the members"),
    },
    created_admin_later: Say {
        subject: "{person} will be a member of {group} from {day} on",
        intro: "{actor} has made {person} a member of {group}. The membership begins on {day}.",
        todo: None,
        button: Some("Open the members"),
    },
    updated: Say {
        subject: "Your membership in {group} was changed",
        intro: "{actor} has changed your membership in {group} at {realm}. This is how it stands now:",
        todo: Some("If you think this is wrong, ask whoever administers the group."),
        button: Some("Open the group"),
    },
    updated_admin: Say {
        subject: "The membership of {person} in {group} was changed",
        intro: "{actor} has changed the membership of {person} in {group}. This is how it stands now:",
        todo: None,
        button: Some("Open the members"),
    },
    activated: Say {
        subject: "Your membership in {group} counts from {day} on",
        intro: "your membership in {group} at {realm} counts from {day} on.",
        todo: None,
        button: Some("Open the group"),
    },
    activated_some_day: Say {
        subject: "Your membership in {group} has begun",
        intro: "your membership in {group} at {realm} has begun.",
        todo: None,
        button: Some("Open the group"),
    },
    role_added: Say {
        subject: "You have another role in {group}",
        intro: "{actor} has given you the role “{role}” in {group} at {realm}. These are your roles now:",
        todo: None,
        button: Some("Open the group"),
    },
    role_removed: Say {
        subject: "You have one role less in {group}",
        intro: "{actor} has taken the role “{role}” in {group} at {realm} from you. These are your roles now:",
        todo: Some("If you think this is wrong, ask whoever administers the group."),
        button: Some("Open the group"),
    },
    role_added_admin: Say {
        subject: "{person} has another role in {group}",
        intro: "{actor} has given {person} the role “{role}” in {group}. These are their roles now:",
        todo: None,
        button: Some("Open the members"),
    },
    role_removed_admin: Say {
        subject: "{person} has one role less in {group}",
        intro: "{actor} has taken the role “{role}” in {group} from {person}. These are their roles now:",
        todo: None,
        button: Some("Open the members"),
    },
    suspended: Say {
        subject: "Your membership in {group} is suspended",
        intro: "{actor} has suspended your membership in {group} at {realm}. What it gives you is withheld until somebody lifts the suspension; joining again does not lift it.",
        todo: Some("If you think this is wrong, ask whoever administers the group."),
        button: Some("Open the group"),
    },
    suspended_admin: Say {
        subject: "{person} is suspended in {group}",
        intro: "{actor} has suspended {person} in {group}.",
        todo: Some("The suspension stays until somebody lifts it, even if they leave and ask to join again."),
        button: Some("Open the members"),
    },
    resumed: Say {
        subject: "Your suspension in {group} was lifted",
        intro: "{actor} has lifted the suspension of your membership in {group} at {realm}.",
        todo: None,
        button: Some("Open the group"),
    },
    resumed_admin: Say {
        subject: "The suspension of {person} in {group} was lifted",
        intro: "{actor} has lifted the suspension of {person} in {group}.",
        todo: None,
        button: Some("Open the members"),
    },
    removed: Say {
        subject: "You are no longer a member of {group}",
        intro: "{actor} has ended your membership in {group} at {realm}.",
        todo: Some("If you think this is wrong, ask whoever administers the group."),
        button: Some("Open my groups"),
    },
    removed_admin: Say {
        subject: "{person} is no longer a member of {group}",
        intro: "{actor} has ended the membership of {person} in {group}.",
        todo: None,
        button: Some("Open the members"),
    },
    left_admin: Say {
        subject: "{person} has left {group}",
        intro: "{person} has left {group}.",
        todo: Some("There is nothing to do."),
        button: Some("Open the members"),
    },
    expired: Say {
        subject: "Your membership in {group} has ended",
        intro: "your membership in {group} at {realm} has ended, because its time was over.",
        todo: Some("If you still need it, ask to join again."),
        button: Some("Ask to join"),
    },
    expired_admin: Say {
        subject: "The membership of {person} in {group} has ended",
        intro: "the membership of {person} in {group} has ended, because its time was over.",
        todo: Some("There is nothing to do. If they still need it, they can ask to join again."),
        button: Some("Open the members"),
    },
    ending: Say {
        subject: "Your membership in {group} ends on {day}",
        intro: "your membership in {group} at {realm} ends on {day}. That is the last day of it.",
        todo: Some(
            "If you still need it, renew it by then. If not, there is nothing to do; on the same page you can say that you let it end, and are not reminded again.",
        ),
        button: Some("Renew the membership"),
    },
    eligible: Say {
        subject: "You may make yourself a member of {group}",
        intro: "{actor} lets you make yourself a member of {group} at {realm} when you need to be one: for {hours} h at most each time.",
        todo: Some(
            "There is nothing to do until you need it. Those who administer the group are told each time, and it ends by itself.",
        ),
        button: Some("Open my groups"),
    },
    elevated_admin: Say {
        subject: "{person} is a member of {group} for some hours",
        intro: "{person} has made themselves a member of {group}, as they may. It ends by itself: {until}.",
        todo: Some("There is nothing to do. You can end it earlier, and take the right to it away."),
        button: Some("Open the members"),
    },
    imposed: "It ends then because your membership in {above} ends then: renew that one first.",
    group_deleted: Say {
        subject: "The group {group} is gone",
        intro: "{actor} has deleted the group {group} at {realm}. Your membership has ended with it.",
        todo: Some("There is nothing left to do."),
        button: None,
    },
};
