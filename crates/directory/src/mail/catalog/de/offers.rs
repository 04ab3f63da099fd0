//! Invitations to a group, in German.

use crate::mail::catalog::{Offers, Say};

pub(super) const OFFERS: Offers = Offers {
    member: Say {
        subject: "Ihre Einladung in die Gruppe {group}",
        intro: "{actor} lädt Sie in die Gruppe {group} bei {realm} ein. Nehmen Sie die Einladung an, wenn Sie Mitglied werden möchten.",
        todo: Some("Auf der Seite, die sich öffnet, können Sie auch ablehnen."),
        button: Some("Einladung öffnen"),
    },
    admin: Say {
        subject: "Ihre Einladung, die Gruppe {group} zu verwalten",
        intro: "{actor} lädt Sie ein, die Gruppe {group} bei {realm} zu verwalten. Nehmen Sie die Einladung an, wenn Sie das tun möchten.",
        todo: Some("Auf der Seite, die sich öffnet, können Sie auch ablehnen."),
        button: Some("Einladung öffnen"),
    },
    unexpected: "Wenn Sie damit nichts anfangen können, beachten Sie diese E-Mail nicht: Ohne Ihre Zustimmung geschieht nichts.",
    member_made: Say {
        subject: "{address} wurde in die Gruppe {group} eingeladen",
        intro: "{actor} hat {address} in die Gruppe {group} eingeladen.",
        todo: Some("Es ist nichts zu tun. Bis zur Antwort kann die Einladung zurückgenommen werden."),
        button: Some("Mitglieder öffnen"),
    },
    admin_made: Say {
        subject: "{address} wurde eingeladen, die Gruppe {group} zu verwalten",
        intro: "{actor} hat {address} eingeladen, die Gruppe {group} zu verwalten.",
        todo: Some("Es ist nichts zu tun. Bis zur Antwort kann die Einladung zurückgenommen werden."),
        button: Some("Verwaltung öffnen"),
    },
    member_accepted: Say {
        subject: "{person} hat die Einladung in die Gruppe {group} angenommen",
        intro: "{person} hat die Einladung angenommen und ist Mitglied der Gruppe {group}.",
        todo: None,
        button: Some("Mitglieder öffnen"),
    },
    member_accepted_later: Say {
        subject: "{person} hat die Einladung in die Gruppe {group} angenommen",
        intro: "{person} hat die Einladung angenommen und ist ab dem {day} Mitglied der Gruppe {group}.",
        todo: None,
        button: Some("Mitglieder öffnen"),
    },
    admin_accepted: Say {
        subject: "{person} verwaltet die Gruppe {group}",
        intro: "{person} hat die Einladung angenommen und verwaltet von jetzt an die Gruppe {group}.",
        todo: None,
        button: Some("Verwaltung öffnen"),
    },
    member_rejected: Say {
        subject: "{person} hat die Einladung in die Gruppe {group} abgelehnt",
        intro: "{person} hat die Einladung in die Gruppe {group} abgelehnt.",
        todo: Some("Es ist nichts zu tun. War es ein Versehen, laden Sie noch einmal ein."),
        button: Some("Mitglieder öffnen"),
    },
    admin_rejected: Say {
        subject: "{person} möchte die Gruppe {group} nicht verwalten",
        intro: "{person} hat die Einladung abgelehnt, die Gruppe {group} zu verwalten.",
        todo: Some("Es ist nichts zu tun. War es ein Versehen, laden Sie noch einmal ein."),
        button: Some("Verwaltung öffnen"),
    },
    member_expired: Say {
        subject: "Die Einladung von {address} in die Gruppe {group} ist abgelaufen",
        intro: "die Einladung von {address} in die Gruppe {group} hat niemand rechtzeitig beantwortet. Ihr Link gilt nicht mehr.",
        todo: Some("Wenn sie für Sie noch gilt, senden Sie sie noch einmal."),
        button: Some("Mitglieder öffnen"),
    },
    admin_expired: Say {
        subject: "Die Einladung von {address}, die Gruppe {group} zu verwalten, ist abgelaufen",
        intro: "die Einladung von {address}, die Gruppe {group} zu verwalten, hat niemand rechtzeitig beantwortet. Ihr Link gilt nicht mehr.",
        todo: Some("Wenn sie für Sie noch gilt, senden Sie sie noch einmal."),
        button: Some("Verwaltung öffnen"),
    },
};
