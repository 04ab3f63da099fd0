//! Who administers a group, in German.

use crate::mail::catalog::{Admins, Lines, Say};

pub(super) const ADMINS: Admins = Admins {
    added: Say {
        subject: "Sie verwalten die Gruppe {group}",
        intro: "{actor} hat Ihnen die Verwaltung der Gruppe {group} bei {realm} gegeben.",
        todo: Some("Wenn Sie das nicht möchten, können Sie es auf der Seite abgeben, die sich öffnet."),
        button: Some("Verwaltung öffnen"),
    },
    removed: Say {
        subject: "Sie verwalten die Gruppe {group} nicht mehr",
        intro: "{actor} hat Ihnen die Verwaltung der Gruppe {group} bei {realm} entzogen.",
        todo: Some("Wenn das nicht stimmt, wenden Sie sich an die Personen, die die Gruppe weiter verwalten."),
        button: None,
    },
    added_admin: Say {
        subject: "{person} verwaltet die Gruppe {group}",
        intro: "{actor} hat {person} die Verwaltung der Gruppe {group} gegeben.",
        todo: None,
        button: Some("Verwaltung öffnen"),
    },
    removed_admin: Say {
        subject: "{person} verwaltet die Gruppe {group} nicht mehr",
        intro: "{actor} hat {person} die Verwaltung der Gruppe {group} entzogen.",
        todo: None,
        button: Some("Verwaltung öffnen"),
    },
    group_deleted: Say {
        subject: "Die Gruppe {group} gibt es nicht mehr",
        intro: "{actor} hat die Gruppe {group} bei {realm} gelöscht, die Sie verwaltet haben. Die Mitgliedschaften darin sind beendet.",
        todo: Some("Für Sie ist nichts mehr zu tun."),
        button: None,
    },
    digest: Say {
        subject: "Ihre Gruppen bei {realm} seit dem {day}",
        intro: "das ist seit dem {day} in den Gruppen geschehen, die Sie bei {realm} verwalten.",
        todo: None,
        button: Some("Meine Gruppen öffnen"),
    },
    lines: Lines {
        asked: "{person} bittet um Aufnahme",
        answered: "{person} hat eine Frage beantwortet",
        decided: "über die Anfrage von {person} wurde entschieden",
        closed: "die Anfrage von {person} wurde ohne Entscheidung geschlossen",
        invited: "{person} wurde eingeladen",
        offer_accepted: "{person} hat eine Einladung angenommen",
        offer_rejected: "{person} hat eine Einladung abgelehnt",
        joined: "{person} kommt hinzu",
        changed: "die Mitgliedschaft von {person} wurde geändert",
        suspended: "{person} wurde gesperrt",
        resumed: "{person} ist nicht mehr gesperrt",
        left: "{person} hat die Gruppe verlassen",
        removed: "die Mitgliedschaft von {person} wurde beendet",
        expired: "die Mitgliedschaft von {person} ist abgelaufen",
        elevated: "{person} ist für einige Stunden Mitglied",
        admins_changed: "was {person} verwalten darf, wurde geändert",
    },
};
