//! Reviews of who is in a group, in German.

use crate::mail::catalog::{Reviews, Say};

pub(super) const REVIEWS: Reviews = Reviews {
    begun: Say {
        subject: "Überprüfung der Mitglieder der Gruppe {group}: {review}",
        intro: "bei {realm} hat die Überprüfung „{review}“ begonnen. Bis zum {day} ist von jedem Mitglied zu sagen, ob die Mitgliedschaft noch richtig ist, auch in der Gruppe {group}, die Sie verwalten.",
        todo: Some("Bitte entscheiden Sie bis dahin über jede: behalten, beenden oder sperren."),
        button: Some("Mitglieder öffnen"),
    },
    reminder: Say {
        subject: "Bis zum {day}: Entscheidungen über Mitglieder der Gruppe {group}",
        intro: "in der Überprüfung „{review}“ bei {realm} warten Mitglieder auf eine Entscheidung, auch in der Gruppe {group}, die Sie verwalten. Sie endet mit dem {day}.",
        todo: Some("Bitte entscheiden Sie bis dahin über jede Mitgliedschaft: behalten, beenden oder sperren."),
        button: Some("Mitglieder öffnen"),
    },
    of: "Überprüft werden die Gruppe {above} und die Gruppen darunter.",
    then: [
        "Worüber niemand entscheidet, das bleibt.",
        "Mitgliedschaften, über die niemand entscheidet, enden dann.",
        "Mitgliedschaften, über die niemand entscheidet, werden dann gesperrt.",
    ],
    held: Say {
        subject: "Die Überprüfung {review} der Gruppe {group} ist noch offen",
        intro: "der letzte Tag der Überprüfung „{review}“ der Gruppe {group} bei {realm} ist vorbei.",
        todo: Some(
            "Noch ist nichts geschehen. Lassen Sie über mehr Mitgliedschaften entscheiden, schließen Sie die Überprüfung trotzdem, oder brechen Sie sie ab. Niemand sonst schließt sie, und nach 90 Tagen wird sie abgebrochen.",
        ),
        button: Some("Mitglieder öffnen"),
    },
    would: [
        "Sie zu schließen, würde {count} von {items} Mitgliedschaften beenden, über die niemand entschieden hat.",
        "Sie zu schließen, würde {count} von {items} Mitgliedschaften sperren, über die niemand entschieden hat.",
    ],
    closed: Say {
        subject: "Die Überprüfung {review} der Gruppe {group} ist abgeschlossen",
        intro: "die Überprüfung „{review}“ der Gruppe {group} bei {realm} ist abgeschlossen, und was entschieden wurde, ist geschehen.",
        todo: None,
        button: Some("Mitglieder öffnen"),
    },
    reason: "Wozu sie dient",
    waiting: "Mitgliedschaften ohne Entscheidung",
    kept: "Unverändert",
    removed: "Beendet",
    suspended: "Gesperrt",
    superseded: "Vorher anders geworden und so gelassen",
    undecided: "Ohne Entscheidung",
};
