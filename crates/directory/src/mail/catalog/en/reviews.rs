//! Reviews of who is in a group, in English.

use crate::mail::catalog::{Reviews, Say};

pub(super) const REVIEWS: Reviews = Reviews {
    begun: Say {
        subject: "Review of the members of {group}: {review}",
        intro: "the review “{review}” has begun at {realm}. Until {day} it is to be said of each member whether the membership is still right, also in {group}, which you administer.",
        todo: Some("Please decide about each of them by then: keep, end or suspend."),
        button: Some("Open the members"),
    },
    reminder: Say {
        subject: "Until {day}: members of {group} to decide about",
        intro: "in the review “{review}” at {realm} members wait to be decided about, also in {group}, which you administer. It ends with {day}.",
        todo: Some("Please decide about each of them by then: keep, end or suspend."),
        button: Some("Open the members"),
    },
    of: "It is a review of {above} and of the groups below.",
    then: [
        "Whoever nobody decides about stays.",
        "The membership of whoever nobody decides about ends then.",
        "Whoever nobody decides about is suspended then.",
    ],
    held: Say {
        subject: "The review {review} of {group} waits to be closed",
        intro: "the last day of the review “{review}” of {group} at {realm} is over.",
        todo: Some(
            "Nothing has been done yet. Have more of them decided about, close the review nevertheless, or cancel it. Nobody closes it for you, and after 90 days it is cancelled.",
        ),
        button: Some("Open the members"),
    },
    would: [
        "Closing it would end {count} of {items} memberships about which nobody has decided.",
        "Closing it would suspend {count} of {items} memberships about which nobody has decided.",
    ],
    closed: Say {
        subject: "The review {review} of {group} is closed",
        intro: "the review “{review}” of {group} at {realm} is closed, and what was decided is done.",
        todo: None,
        button: Some("Open the members"),
    },
    reason: "What it is for",
    waiting: "Memberships to decide about",
    kept: "Left as they are",
    removed: "Ended",
    suspended: "Suspended",
    superseded: "Changed before it was closed, and left alone",
    undecided: "Nobody decided about",
};
