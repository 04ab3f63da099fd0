//! Accounts, addresses and tokens, in German.

use crate::mail::catalog::Account;

pub(super) const ACCOUNT: Account = Account {
    invitation_subject: "Ihre Einladung zu {realm}",
    invitation_intro: "bei {realm} ist ein Konto für Sie vorbereitet. Nehmen Sie die Einladung an, um es zu nutzen.",
    invitation_button: "Einladung öffnen",
    invitation_decline: "Auf der Seite, die sich öffnet, können Sie auch ablehnen.",
    invitation_unexpected: "Wenn Sie damit nichts anfangen können, beachten Sie diese E-Mail nicht: Ohne Ihre Zustimmung geschieht nichts.",
    confirmation_subject: "Bestätigen Sie Ihre Adresse für {realm}",
    confirmation_intro: "{address} wurde bei {realm} als Ihre Adresse eingetragen. Bestätigen Sie, dass es Ihre ist.",
    confirmation_button: "Adresse bestätigen",
    confirmation_meaning: "Erst dann gilt sie; eine frühere Adresse bleibt bis dahin in Gebrauch.",
    confirmation_unexpected: "Wenn Sie damit nichts anfangen können, beachten Sie diese E-Mail nicht: Ohne Ihren Klick wird die Adresse nicht verwendet.",
    sign_in_subject: "Ihr Link zum Anmelden bei {realm}",
    sign_in_intro: "mit diesem Link melden Sie sich bei {realm} an.",
    sign_in_button: "Anmelden",
    sign_in_unexpected: "Haben Sie ihn nicht angefordert, so ignorieren Sie diese Mail: ohne sie wird niemand angemeldet. Geben Sie den Link niemandem weiter: wer ihn hat, gilt dort als Sie.",
    token_expiry_subject: "Das Token von {client} läuft am {date} ab",
    token_expiry_intro: "das Token „{token}“ des Programms {client} läuft am {until}, ab. Von da an weist {realm} ab, was das Programm damit anfragt.",
    token_expiry_todo: "Damit das Programm ohne Unterbrechung weiterarbeitet:",
    token_expiry_create: "Ein zweites Token anlegen:",
    token_expiry_replace: "Es dem Programm geben und prüfen, dass das Programm damit arbeitet.",
    token_expiry_revoke: "Das alte Token widerrufen:",
    token_expiry_whom: "Die Befehle sind für die Person, die den Server betreibt. Wird das Programm nicht mehr gebraucht, ist nichts zu tun.",
    test_subject: "Test-E-Mail von {realm}",
    test_intro: "dies ist die angeforderte Test-E-Mail.",
    test_meaning: "Sie ist angekommen: E-Mails von {realm} werden versandt.",
};
