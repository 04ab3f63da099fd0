//! Asking to join, and the terms of a group, in German.

use crate::mail::catalog::{Enrollment, Say};

pub(super) const ENROLLMENT: Enrollment = Enrollment {
    created: Say {
        subject: "{person} möchte in die Gruppe {group}",
        intro: "{person} bittet um Aufnahme in die Gruppe {group} bei {realm}.",
        todo: Some(
            "Nehmen Sie die Anfrage an, lehnen Sie sie ab oder fragen Sie zurück. Alle, die die Gruppe verwalten, können das; die erste Antwort gilt.",
        ),
        button: Some("Anfrage öffnen"),
    },
    accepted: Say {
        subject: "Sie sind Mitglied der Gruppe {group}",
        intro: "Ihre Anfrage an die Gruppe {group} bei {realm} wurde angenommen.",
        todo: None,
        button: Some("Gruppe öffnen"),
    },
    accepted_later: Say {
        subject: "Sie sind ab dem {day} Mitglied der Gruppe {group}",
        intro: "Ihre Anfrage an die Gruppe {group} bei {realm} wurde angenommen. Ihre Mitgliedschaft beginnt am {day}.",
        todo: None,
        button: Some("Gruppe öffnen"),
    },
    rejected: Say {
        subject: "Ihre Anfrage an die Gruppe {group} wurde abgelehnt",
        intro: "Ihre Anfrage an die Gruppe {group} bei {realm} wurde abgelehnt. Sonst hat sich nichts geändert.",
        todo: Some("Falls etwas gefehlt hat, können Sie noch einmal anfragen."),
        button: Some("Aufnahme anfragen"),
    },
    accepted_admin: Say {
        subject: "{person} darf in die Gruppe {group}",
        intro: "{actor} hat die Anfrage von {person} an die Gruppe {group} angenommen.",
        todo: Some("Für Sie ist nichts mehr zu tun."),
        button: Some("Mitglieder öffnen"),
    },
    rejected_admin: Say {
        subject: "{person} darf nicht in die Gruppe {group}",
        intro: "{actor} hat die Anfrage von {person} an die Gruppe {group} abgelehnt.",
        todo: Some("Für Sie ist nichts mehr zu tun."),
        button: Some("Mitglieder öffnen"),
    },
    question: Say {
        subject: "Eine Frage zu Ihrer Anfrage an die Gruppe {group}",
        intro: "{actor} hat eine Frage zu Ihrer Anfrage an die Gruppe {group} bei {realm}.",
        todo: Some("Die Anfrage wartet auf Ihre Antwort."),
        button: Some("Antworten"),
    },
    answer: Say {
        subject: "{actor} hat zur Gruppe {group} geantwortet",
        intro: "{actor} hat die Frage zur Anfrage an die Gruppe {group} beantwortet.",
        todo: Some("Die Anfrage wartet wieder auf eine Entscheidung: annehmen, ablehnen oder zurückfragen."),
        button: Some("Anfrage öffnen"),
    },
    reminder: Say {
        subject: "{person} wartet noch auf Antwort zur Gruppe {group}",
        intro: "{person} hat um Aufnahme in die Gruppe {group} bei {realm} gebeten. Die Anfrage wartet seit dem {since}.",
        todo: Some("Nehmen Sie sie an, lehnen Sie sie ab oder fragen Sie zurück."),
        button: Some("Anfrage öffnen"),
    },
    reminder_requester: Say {
        subject: "Ihre Anfrage an die Gruppe {group} wartet auf Ihre Antwort",
        intro: "seit dem {since} wartet eine Frage zu Ihrer Anfrage an die Gruppe {group} bei {realm} auf Ihre Antwort.",
        todo: Some("Wenn Sie nicht mehr in die Gruppe möchten, ziehen Sie die Anfrage an derselben Stelle zurück."),
        button: Some("Antworten"),
    },
    closes: "Ohne Antwort wird die Anfrage am {day} geschlossen.",
    closed: Say {
        subject: "Ihre Anfrage an die Gruppe {group} wurde geschlossen",
        intro: "Ihre Anfrage an die Gruppe {group} bei {realm} wurde geschlossen, weil sich seit dem {since} niemand dazu geäußert hat. Sie wurde weder angenommen noch abgelehnt.",
        todo: Some("Wenn Sie noch in die Gruppe möchten, fragen Sie noch einmal an."),
        button: Some("Aufnahme anfragen"),
    },
    closed_admin: Say {
        subject: "Die Anfrage von {person} an die Gruppe {group} wurde geschlossen",
        intro: "die Anfrage von {person} an die Gruppe {group} wurde geschlossen, weil sich seit dem {since} niemand dazu geäußert hat. Die Person kann noch einmal anfragen.",
        todo: None,
        button: Some("Mitglieder öffnen"),
    },
    archived: Say {
        subject: "Ihre Anfrage an die Gruppe {group} gilt nicht mehr",
        intro: "Ihre Anfrage an die Gruppe {group} bei {realm} gilt nicht mehr:",
        todo: Some(
            "Sie wurde weder angenommen noch abgelehnt. Wenn Sie noch in die Gruppe möchten, fragen Sie noch einmal an.",
        ),
        button: Some("Aufnahme anfragen"),
    },
    way_changed: "was neue Mitglieder angeben müssen, hat sich seitdem geändert.",
    way_removed: "der Weg, auf dem Sie angefragt haben, wird nicht mehr angeboten.",
    roles_removed: "die Rollen, um die Sie gebeten haben, gibt es in der Gruppe nicht mehr.",
    member_added: Say {
        subject: "Sie sind Mitglied der Gruppe {group}",
        intro: "Sie wurden in die Gruppe {group} bei {realm} aufgenommen; Ihre Anfrage ist damit erledigt.",
        todo: None,
        button: Some("Gruppe öffnen"),
    },
    group_deleted: Say {
        subject: "Die Gruppe {group} gibt es nicht mehr",
        intro: "die Gruppe {group} bei {realm} wurde gelöscht und mit ihr Ihre Anfrage.",
        todo: Some("Für Sie ist nichts mehr zu tun."),
        button: None,
    },
    self_approval: Say {
        subject: "Sie sind Mitglied der Gruppe {group}",
        intro: "Sie sind der Gruppe {group} bei {realm} beigetreten. Eine Zustimmung war nicht nötig.",
        todo: Some("Falls Sie das nicht waren, sagen Sie es uns, und verlassen Sie die Gruppe auf ihrer Seite."),
        button: Some("Gruppe öffnen"),
    },
    self_approval_later: Say {
        subject: "Sie sind ab dem {day} Mitglied der Gruppe {group}",
        intro: "Sie sind der Gruppe {group} bei {realm} beigetreten. Eine Zustimmung war nicht nötig. Ihre Mitgliedschaft beginnt am {day}.",
        todo: Some("Falls Sie das nicht waren, sagen Sie es uns, und verlassen Sie die Gruppe auf ihrer Seite."),
        button: Some("Gruppe öffnen"),
    },
    self_approval_admin: Say {
        subject: "{person} ist der Gruppe {group} beigetreten",
        intro: "{person} ist der Gruppe {group} auf einem Weg beigetreten, der keine Zustimmung braucht.",
        todo: Some(
            "Es ist nichts zu tun. Soll es nicht so sein, beenden Sie die Mitgliedschaft, oder ändern Sie den Weg.",
        ),
        button: Some("Mitglieder öffnen"),
    },
    self_approval_admin_later: Say {
        subject: "{person} ist ab dem {day} Mitglied der Gruppe {group}",
        intro: "{person} ist der Gruppe {group} auf einem Weg beigetreten, der keine Zustimmung braucht. Die Mitgliedschaft beginnt am {day}.",
        todo: Some(
            "Es ist nichts zu tun. Soll es nicht so sein, beenden Sie die Mitgliedschaft, oder ändern Sie den Weg.",
        ),
        button: Some("Mitglieder öffnen"),
    },
    terms_reminder: Say {
        subject: "Bitte nehmen Sie die Bedingungen der Gruppe {group} erneut an",
        intro: "Sie haben die Bedingungen der Gruppe {group} bei {realm} angenommen; das gilt bis zum {day}.",
        todo: Some("Lesen Sie sie, und nehmen Sie sie bis dahin erneut an."),
        button: Some("Gruppe öffnen"),
    },
    terms_lapsed: Say {
        subject: "Ihre Zustimmung zu den Bedingungen der Gruppe {group} ist abgelaufen",
        intro: "Sie haben die Bedingungen der Gruppe {group} bei {realm} nicht erneut angenommen; die frühere Zustimmung galt bis zum {day}.",
        todo: None,
        button: Some("Gruppe öffnen"),
    },
    will: [
        "Sonst bleiben Sie Mitglied und werden wieder erinnert.",
        "Sonst bleiben Sie Mitglied, aber was Ihnen die Mitgliedschaft anderswo gibt, ruht, bis Sie sie annehmen.",
        "Sonst endet Ihre Mitgliedschaft an diesem Tag.",
    ],
    did: [
        "Sie sind weiterhin Mitglied. Bitte nehmen Sie sie auf der Seite der Gruppe an.",
        "Sie sind weiterhin Mitglied, aber was Ihnen die Mitgliedschaft anderswo gibt, ruht. Nehmen Sie sie auf der Seite der Gruppe an, und Sie haben es wieder.",
        "Damit ist Ihre Mitgliedschaft beendet. Wenn Sie sie noch brauchen, bitten Sie noch einmal um Aufnahme.",
    ],
};
