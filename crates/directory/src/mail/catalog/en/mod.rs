//! English.

use super::{Catalog, Frame};

mod account;
mod admins;
mod enrollment;
mod membership;
mod offers;
mod reviews;
mod words;

pub(super) static CATALOG: Catalog = Catalog {
    frame: Frame {
        greeting_named: "Hello {name},",
        greeting: "Hello,",
        link_copy: "If the button does not work, copy this address into your browser:",
        link_until: "The link works once, until {until}.",
        sent_to: "This mail was sent to {address}.",
        support: "Questions?",
        privacy: "Privacy notice",
    },
    words: words::WORDS,
    account: account::ACCOUNT,
    enrollment: enrollment::ENROLLMENT,
    offers: offers::OFFERS,
    membership: membership::MEMBERSHIP,
    admins: admins::ADMINS,
    reviews: reviews::REVIEWS,
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    day_ends_with_dot: false,
};
