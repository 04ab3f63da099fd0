//! Labels and names of things, in German.

use crate::mail::catalog::Words;

pub(super) const WORDS: Words = Words {
    group: "Gruppe",
    address: "Adresse",
    roles: "Rollen",
    first_day: "Erster Tag",
    last_day: "Letzter Tag",
    no_last_day: "keiner festgelegt",
    kept_until: "Rollen aufgehoben bis",
    rights: "Rechte",
    below: "Dasselbe gilt in diesen Gruppen darunter",
    description: "Wofür die Gruppe da ist",
    comment: "Was dazu geschrieben wurde",
    justification: "Die Begründung",
    question: "Die Frage",
    answer: "Die Antwort",
    waiting: "Offene Anfragen",
    ending: "Mitgliedschaften, die in den nächsten 30 Tagen enden",
    somebody: "jemand",
    program: "das Programm {program}",
    administration: "die Administration von {realm}",
    more: "{count} weitere sind nicht aufgeführt.",
    and_more: " und {count} weitere",
    signature: "Ihr Support-Team",
    owner: "Eigentum (alles in der Gruppe)",
    manager: "Verwaltung (Mitglieder, Rollen, Anfragen und Einladungen)",
    reviewer: "Prüfung (Mitglieder sehen, über Anfragen entscheiden)",
    viewer: "Einsicht (Mitglieder und Verlauf sehen)",
    custom: "ausgewählte Rechte, zu sehen auf der Seite der Gruppe",
};
