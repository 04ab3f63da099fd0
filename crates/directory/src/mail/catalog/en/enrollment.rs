//! Asking to join, and the terms of a group, in English.

use crate::mail::catalog::{Enrollment, Say};

pub(super) const ENROLLMENT: Enrollment = Enrollment {
    created: Say {
        subject: "{person} asks to join {group}",
        intro: "{person} asks to become a member of {group} at {realm}.",
        todo: Some("Accept, reject or ask back. Whoever administers the group can do it; the first answer counts."),
        button: Some("Open the request"),
    },
    accepted: Say {
        subject: "You are a member of {group}",
        intro: "your request to join {group} at {realm} was accepted.",
        todo: None,
        button: Some("Open the group"),
    },
    accepted_later: Say {
        subject: "You will be a member of {group} from {day} on",
        intro: "your request to join {group} at {realm} was accepted. Your membership begins on {day}.",
        todo: None,
        button: Some("Open the group"),
    },
    rejected: Say {
        subject: "Your request to join {group} was rejected",
        intro: "your request to join {group} at {realm} was rejected. Nothing else has changed.",
        todo: Some("If something was missing, you can ask again."),
        button: Some("Ask to join"),
    },
    accepted_admin: Say {
        subject: "{person} may join {group}",
        intro: "{actor} has accepted the request of {person} to join {group}.",
        todo: Some("There is nothing left to do."),
        button: Some("Open the members"),
    },
    rejected_admin: Say {
        subject: "{person} may not join {group}",
        intro: "{actor} has rejected the request of {person} to join {group}.",
        todo: Some("There is nothing left to do."),
        button: Some("Open the members"),
    },
    question: Say {
        subject: "A question about your request to join {group}",
        intro: "{actor} has a question about your request to join {group} at {realm}.",
        todo: Some("The request waits for your answer."),
        button: Some("Answer"),
    },
    answer: Say {
        subject: "{actor} has answered about {group}",
        intro: "{actor} has answered the question about the request to join {group}.",
        todo: Some("The request waits for a decision again: accept, reject or ask back."),
        button: Some("Open the request"),
    },
    reminder: Say {
        subject: "{person} still waits for an answer about {group}",
        intro: "{person} has asked to become a member of {group} at {realm}. The request has waited since {since}.",
        todo: Some("Accept, reject or ask back."),
        button: Some("Open the request"),
    },
    reminder_requester: Say {
        subject: "Your request to join {group} waits for your answer",
        intro: "since {since} a question about your request to join {group} at {realm} waits for your answer.",
        todo: Some("If you no longer want to join, withdraw the request in the same place."),
        button: Some("Answer"),
    },
    closes: "Without an answer the request is closed on {day}.",
    closed: Say {
        subject: "Your request to join {group} was closed",
        intro: "your request to join {group} at {realm} was closed, because nobody has said anything since {since}. It was neither accepted nor rejected.",
        todo: Some("If you still want to join, ask again."),
        button: Some("Ask to join"),
    },
    closed_admin: Say {
        subject: "The request of {person} to join {group} was closed",
        intro: "the request of {person} to join {group} was closed, because nobody has said anything since {since}. They can ask again.",
        todo: None,
        button: Some("Open the members"),
    },
    archived: Say {
        subject: "Your request to join {group} no longer counts",
        intro: "your request to join {group} at {realm} no longer counts:",
        todo: Some("It was neither accepted nor rejected. If you still want to join, ask again."),
        button: Some("Ask to join"),
    },
    way_changed: "what is asked of new members has changed since.",
    way_removed: "the way by which you asked is no longer offered.",
    roles_removed: "the group no longer has the roles you asked for.",
    member_added: Say {
        subject: "You are a member of {group}",
        intro: "somebody has made you a member of {group} at {realm}, so your request to join is settled.",
        todo: None,
        button: Some("Open the group"),
    },
    group_deleted: Say {
        subject: "The group {group} is gone",
        intro: "the group {group} at {realm} was deleted, and your request to join with it.",
        todo: Some("There is nothing left to do."),
        button: None,
    },
    self_approval: Say {
        subject: "You are a member of {group}",
        intro: "you have joined {group} at {realm}. Nobody had to agree.",
        todo: Some("If that was not you, tell us, and leave the group on its page."),
        button: Some("Open the group"),
    },
    self_approval_later: Say {
        subject: "You will be a member of {group} from {day} on",
        intro: "you have joined {group} at {realm}. Nobody had to agree. Your membership begins on {day}.",
        todo: Some("If that was not you, tell us, and leave the group on its page."),
        button: Some("Open the group"),
    },
    self_approval_admin: Say {
        subject: "{person} has joined {group}",
        intro: "{person} has joined {group} in a way that takes nobody's approval.",
        todo: Some("There is nothing to do. If it should not be so, end the membership, or change the way to join."),
        button: Some("Open the members"),
    },
    self_approval_admin_later: Say {
        subject: "{person} will be a member of {group} from {day} on",
        intro: "{person} has joined {group} in a way that takes nobody's approval. The membership begins on {day}.",
        todo: Some("There is nothing to do. If it should not be so, end the membership, or change the way to join."),
        button: Some("Open the members"),
    },
    terms_reminder: Say {
        subject: "Please accept the terms of {group} again",
        intro: "you have accepted the terms of {group} at {realm}, and that counts until {day}.",
        todo: Some("Read them and accept them again by then."),
        button: Some("Open the group"),
    },
    terms_lapsed: Say {
        subject: "Your acceptance of the terms of {group} is over",
        intro: "you have not accepted the terms of {group} at {realm} again; the earlier acceptance counted until {day}.",
        todo: None,
        button: Some("Open the group"),
    },
    will: [
        "You stay a member otherwise, and are reminded again.",
        "Otherwise you stay a member, but what the membership gives you elsewhere is withheld until you accept.",
        "Otherwise your membership ends on that day.",
    ],
    did: [
        "You are still a member. Please accept them on the page of the group.",
        "You are still a member, but what the membership gives you elsewhere is withheld. Accept them on the page of the group, and you have it again.",
        "Your membership has ended with it. If you still need it, ask to join again.",
    ],
};
