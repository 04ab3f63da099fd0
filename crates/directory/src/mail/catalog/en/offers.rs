//! Invitations to a group, in English.

use crate::mail::catalog::{Offers, Say};

pub(super) const OFFERS: Offers = Offers {
    member: Say {
        subject: "Your invitation to {group}",
        intro: "{actor} invites you to become a member of {group} at {realm}. Accept the invitation if you want to join.",
        todo: Some("You can also decline on the page that opens."),
        button: Some("Open the invitation"),
    },
    admin: Say {
        subject: "Your invitation to administer {group}",
        intro: "{actor} invites you to administer {group} at {realm}. Accept the invitation if you want to do that.",
        todo: Some("You can also decline on the page that opens."),
        button: Some("Open the invitation"),
    },
    unexpected: "If you do not know what this is about, ignore this mail: without your consent nothing happens.",
    member_made: Say {
        subject: "{address} was invited to {group}",
        intro: "{actor} has invited {address} to become a member of {group}.",
        todo: Some("There is nothing to do. Until it is answered the invitation can be taken back."),
        button: Some("Open the members"),
    },
    admin_made: Say {
        subject: "{address} was invited to administer {group}",
        intro: "{actor} has invited {address} to administer {group}.",
        todo: Some("There is nothing to do. Until it is answered the invitation can be taken back."),
        button: Some("Open the administrators"),
    },
    member_accepted: Say {
        subject: "{person} has accepted the invitation to {group}",
        intro: "{person} has accepted the invitation and is a member of {group}.",
        todo: None,
        button: Some("Open the members"),
    },
    member_accepted_later: Say {
        subject: "{person} has accepted the invitation to {group}",
        intro: "{person} has accepted the invitation and is a member of {group} from {day} on.",
        todo: None,
        button: Some("Open the members"),
    },
    admin_accepted: Say {
        subject: "{person} has accepted to administer {group}",
        intro: "{person} has accepted the invitation and administers {group} from now on.",
        todo: None,
        button: Some("Open the administrators"),
    },
    member_rejected: Say {
        subject: "{person} has declined the invitation to {group}",
        intro: "{person} has declined the invitation to become a member of {group}.",
        todo: Some("There is nothing to do. If it was a mistake, send another invitation."),
        button: Some("Open the members"),
    },
    admin_rejected: Say {
        subject: "{person} has declined to administer {group}",
        intro: "{person} has declined the invitation to administer {group}.",
        todo: Some("There is nothing to do. If it was a mistake, send another invitation."),
        button: Some("Open the administrators"),
    },
    member_expired: Say {
        subject: "The invitation of {address} to {group} has expired",
        intro: "nobody has answered the invitation of {address} to {group} in time. Its link no longer works.",
        todo: Some("If it still counts for you, send it again."),
        button: Some("Open the members"),
    },
    admin_expired: Say {
        subject: "The invitation of {address} to administer {group} has expired",
        intro: "nobody has answered the invitation of {address} to administer {group} in time. Its link no longer works.",
        todo: Some("If it still counts for you, send it again."),
        button: Some("Open the administrators"),
    },
};
