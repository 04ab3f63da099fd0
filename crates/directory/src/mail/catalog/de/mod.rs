//! German.

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
        greeting_named: "Guten Tag {name},",
        greeting: "Guten Tag,",
        link_copy: "Falls sich nichts öffnet, kopieren Sie diese Adresse in Ihren Browser:",
        link_until: "Der Link gilt einmal, bis {until}.",
        sent_to: "Diese E-Mail ging an {address}.",
        support: "Fragen?",
        privacy: "Datenschutzhinweise",
    },
    words: words::WORDS,
    account: account::ACCOUNT,
    enrollment: enrollment::ENROLLMENT,
    offers: offers::OFFERS,
    membership: membership::MEMBERSHIP,
    admins: admins::ADMINS,
    reviews: reviews::REVIEWS,
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    day_ends_with_dot: true,
};
