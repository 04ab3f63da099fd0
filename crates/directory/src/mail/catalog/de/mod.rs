//! German.

use super::{Catalog, Frame};

mod account;

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
    account: account::ACCOUNT,
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
