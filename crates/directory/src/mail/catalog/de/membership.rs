//! A membership from its beginning to its end, in German.

use crate::mail::catalog::{Membership, Say};

pub(super) const MEMBERSHIP: Membership = Membership {
    created: Say {
        subject: "Sie sind Mitglied der Gruppe {group}",
        intro: "{actor} hat Sie in die Gruppe {group} bei {realm} aufgenommen.",
        todo: Some("Wenn Sie nicht Mitglied sein möchten, können Sie die Gruppe auf ihrer Seite verlassen."),
        button: Some("Gruppe öffnen"),
    },
    created_later: Say {
        subject: "Sie sind ab dem {day} Mitglied der Gruppe {group}",
        intro: "{actor} hat Sie in die Gruppe {group} bei {realm} aufgenommen. Ihre Mitgliedschaft beginnt am {day}.",
        todo: Some("Wenn Sie nicht Mitglied sein möchten, können Sie die Gruppe auf ihrer Seite verlassen."),
        button: Some("Gruppe öffnen"),
    },
    created_admin: Say {
        subject: "{person} ist Mitglied der Gruppe {group}",
        intro: "{actor} hat {person} in die Gruppe {group} aufgenommen.",
        todo: None,
        button: Some("Mitglieder öffnen"),
    },
    created_admin_later: Say {
        subject: "{person} ist ab dem {day} Mitglied der Gruppe {group}",
        intro: "{actor} hat {person} in die Gruppe {group} aufgenommen. Die Mitgliedschaft beginnt am {day}.",
        todo: None,
        button: Some("Mitglieder öffnen"),
    },
    updated: Say {
        subject: "Ihre Mitgliedschaft in der Gruppe {group} wurde geändert",
        intro: "{actor} hat Ihre Mitgliedschaft in der Gruppe {group} bei {realm} geändert. So sieht sie jetzt aus:",
        todo: Some("Wenn das nicht stimmt, wenden Sie sich an die Personen, die die Gruppe verwalten."),
        button: Some("Gruppe öffnen"),
    },
    updated_admin: Say {
        subject: "Die Mitgliedschaft von {person} in der Gruppe {group} wurde geändert",
        intro: "{actor} hat die Mitgliedschaft von {person} in der Gruppe {group} geändert. So sieht sie jetzt aus:",
        todo: None,
        button: Some("Mitglieder öffnen"),
    },
    activated: Say {
        subject: "Ihre Mitgliedschaft in der Gruppe {group} gilt ab dem {day}",
        intro: "Ihre Mitgliedschaft in der Gruppe {group} bei {realm} gilt ab dem {day}.",
        todo: None,
        button: Some("Gruppe öffnen"),
    },
    activated_some_day: Say {
        subject: "Ihre Mitgliedschaft in der Gruppe {group} hat begonnen",
        intro: "Ihre Mitgliedschaft in der Gruppe {group} bei {realm} hat begonnen.",
        todo: None,
        button: Some("Gruppe öffnen"),
    },
    role_added: Say {
        subject: "Sie haben eine weitere Rolle in der Gruppe {group}",
        intro: "{actor} hat Ihnen in der Gruppe {group} bei {realm} die Rolle „{role}“ gegeben. Das sind jetzt Ihre Rollen:",
        todo: None,
        button: Some("Gruppe öffnen"),
    },
    role_removed: Say {
        subject: "Sie haben eine Rolle weniger in der Gruppe {group}",
        intro: "{actor} hat Ihnen in der Gruppe {group} bei {realm} die Rolle „{role}“ genommen. Das sind jetzt Ihre Rollen:",
        todo: Some("Wenn das nicht stimmt, wenden Sie sich an die Personen, die die Gruppe verwalten."),
        button: Some("Gruppe öffnen"),
    },
    role_added_admin: Say {
        subject: "{person} hat eine weitere Rolle in der Gruppe {group}",
        intro: "{actor} hat {person} in der Gruppe {group} die Rolle „{role}“ gegeben. Das sind jetzt die Rollen:",
        todo: None,
        button: Some("Mitglieder öffnen"),
    },
    role_removed_admin: Say {
        subject: "{person} hat eine Rolle weniger in der Gruppe {group}",
        intro: "{actor} hat {person} in der Gruppe {group} die Rolle „{role}“ genommen. Das sind jetzt die Rollen:",
        todo: None,
        button: Some("Mitglieder öffnen"),
    },
    suspended: Say {
        subject: "Ihre Mitgliedschaft in der Gruppe {group} ist gesperrt",
        intro: "{actor} hat Ihre Mitgliedschaft in der Gruppe {group} bei {realm} gesperrt. Was sie Ihnen gibt, ruht, bis jemand die Sperre aufhebt; ein neuer Beitritt hebt sie nicht auf.",
        todo: Some("Wenn das nicht stimmt, wenden Sie sich an die Personen, die die Gruppe verwalten."),
        button: Some("Gruppe öffnen"),
    },
    suspended_admin: Say {
        subject: "{person} ist in der Gruppe {group} gesperrt",
        intro: "{actor} hat {person} in der Gruppe {group} gesperrt.",
        todo: Some("Die Sperre bleibt, bis jemand sie aufhebt, auch wenn die Person geht und noch einmal anfragt."),
        button: Some("Mitglieder öffnen"),
    },
    resumed: Say {
        subject: "Ihre Sperre in der Gruppe {group} ist aufgehoben",
        intro: "{actor} hat die Sperre Ihrer Mitgliedschaft in der Gruppe {group} bei {realm} aufgehoben.",
        todo: None,
        button: Some("Gruppe öffnen"),
    },
    resumed_admin: Say {
        subject: "Die Sperre von {person} in der Gruppe {group} ist aufgehoben",
        intro: "{actor} hat die Sperre von {person} in der Gruppe {group} aufgehoben.",
        todo: None,
        button: Some("Mitglieder öffnen"),
    },
    removed: Say {
        subject: "Sie sind nicht mehr Mitglied der Gruppe {group}",
        intro: "{actor} hat Ihre Mitgliedschaft in der Gruppe {group} bei {realm} beendet.",
        todo: Some("Wenn das nicht stimmt, wenden Sie sich an die Personen, die die Gruppe verwalten."),
        button: Some("Meine Gruppen öffnen"),
    },
    removed_admin: Say {
        subject: "{person} ist nicht mehr Mitglied der Gruppe {group}",
        intro: "{actor} hat die Mitgliedschaft von {person} in der Gruppe {group} beendet.",
        todo: None,
        button: Some("Mitglieder öffnen"),
    },
    left_admin: Say {
        subject: "{person} hat die Gruppe {group} verlassen",
        intro: "{person} hat die Gruppe {group} verlassen.",
        todo: Some("Für Sie ist nichts zu tun."),
        button: Some("Mitglieder öffnen"),
    },
    expired: Say {
        subject: "Ihre Mitgliedschaft in der Gruppe {group} ist beendet",
        intro: "Ihre Mitgliedschaft in der Gruppe {group} bei {realm} ist beendet, weil ihre Zeit abgelaufen ist.",
        todo: Some("Wenn Sie sie noch brauchen, bitten Sie noch einmal um Aufnahme."),
        button: Some("Aufnahme anfragen"),
    },
    expired_admin: Say {
        subject: "Die Mitgliedschaft von {person} in der Gruppe {group} ist beendet",
        intro: "die Mitgliedschaft von {person} in der Gruppe {group} ist beendet, weil ihre Zeit abgelaufen ist.",
        todo: Some("Für Sie ist nichts zu tun. Die Person kann noch einmal um Aufnahme bitten."),
        button: Some("Mitglieder öffnen"),
    },
    ending: Say {
        subject: "Ihre Mitgliedschaft in der Gruppe {group} endet am {day}",
        intro: "Ihre Mitgliedschaft in der Gruppe {group} bei {realm} endet am {day}. Das ist ihr letzter Tag.",
        todo: Some(
            "Wenn Sie sie noch brauchen, verlängern Sie sie bis dahin. Wenn nicht, ist nichts zu tun; auf derselben Seite können Sie sagen, dass Sie sie enden lassen, und werden nicht mehr erinnert.",
        ),
        button: Some("Mitgliedschaft verlängern"),
    },
    eligible: Say {
        subject: "Sie können sich in die Gruppe {group} aufnehmen",
        intro: "{actor} lässt Sie sich in die Gruppe {group} bei {realm} aufnehmen, wenn Sie es brauchen: jedes Mal für höchstens {hours} h.",
        todo: Some(
            "Bis Sie es brauchen, ist nichts zu tun. Wer die Gruppe verwaltet, erfährt es jedes Mal, und es endet von selbst.",
        ),
        button: Some("Meine Gruppen öffnen"),
    },
    elevated_admin: Say {
        subject: "{person} ist für einige Stunden Mitglied der Gruppe {group}",
        intro: "{person} hat sich in die Gruppe {group} aufgenommen, wie es der Person erlaubt ist. Es endet von selbst: {until}.",
        todo: Some("Für Sie ist nichts zu tun. Sie können es früher beenden und das Recht dazu nehmen."),
        button: Some("Mitglieder öffnen"),
    },
    imposed: "Sie endet dann, weil Ihre Mitgliedschaft in der Gruppe {above} dann endet: Verlängern Sie zuerst diese.",
    group_deleted: Say {
        subject: "Die Gruppe {group} gibt es nicht mehr",
        intro: "{actor} hat die Gruppe {group} bei {realm} gelöscht. Damit ist Ihre Mitgliedschaft beendet.",
        todo: Some("Für Sie ist nichts mehr zu tun."),
        button: None,
    },
};
