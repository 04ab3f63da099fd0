//! What people do on the pages, in a real browser: with scripts, without, and by keyboard alone. Whoever signs in does so at a real
//! provider, and mails go through a real mail server. Every page that is come to with scripts is looked at: by axe, in light and dark,
//! in a narrow window and with large letters.

mod guest;
mod joining;
mod looking_after;
mod renewing;

use std::time::Duration;

use db::Engine;
use serde_json::json;

use crate::support::{Chromium, Person, Place, Provider, Sink, Taken, Use, Usher};

/// How a journey is made, and by whom.
const WALKERS: [(Use, &str); 3] = [(Use::Scripts, "ann"), (Use::Plain, "amy"), (Use::Keyboard, "abe")];

/// How many steps each journey takes, as the guide says.
pub(crate) const STEPS: [(&str, usize); 4] = [
    ("accept an invitation", 2),
    ("stay longer", 2),
    ("decide about a request", 2),
    ("invite somebody", 3),
];

/// As many steps were taken as the guide says.
fn took(what: &str, steps: usize) {
    let known = STEPS.iter().find(|(known, _)| *known == what);
    assert_eq!(known.map(|(_, steps)| *steps), Some(steps), "steps to {what}");
}

/// What somebody is called.
fn called(name: &str) -> String {
    let mut called = name.to_owned();
    called[..1].make_ascii_uppercase();
    called
}

/// Everything that a journey takes.
pub(crate) struct Stage {
    pub(crate) place: Place,
    pub(crate) usher: Usher,
    provider: Provider,
    mails: Sink,
    pub(crate) chromium: Chromium,
}

impl Stage {
    /// A realm at whose provider people sign in, and the group `/ops` that Ben looks after.
    pub(crate) fn set(words: &[&str]) -> Self {
        let chromium = Chromium::start();
        let (provider, mails) = (Provider::start(), Sink::start());
        let place = Place::on(Engine::Sqlite)
            .set("USHER_SERVER__PROVIDER_NETWORKS", "127.0.0.1")
            .with_mail(&mails);
        let usher = place.serve_with(words);
        provider.register(&place, &usher.url);
        place.run(&["realm", "set", "default", "title=Acme Research"]);
        let stage = Self {
            place,
            usher,
            provider,
            mails,
            chromium,
        };
        stage.knows("ben");
        let described = ["--description", "Keeps the machines running"];
        let made = ["group", "create", "ops", "--managed", "--owner", "ben"];
        stage.place.run(&[&made[..], &described].concat());
        stage
    }

    /// Somebody with an account and an address that the provider has verified.
    pub(crate) fn knows(&self, name: &str) {
        let email = format!("{name}@acme.example");
        self.place.run(&[
            "user",
            "create",
            name,
            "--email",
            &email,
            "--display-name",
            &called(name),
        ]);
        self.vouches(name, &email);
    }

    /// The provider has verified that address of somebody.
    fn vouches(&self, name: &str, email: &str) {
        let said = json!({ "email": email, "email_verified": true });
        self.provider.say(name, &said);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.usher.url)
    }

    /// Somebody in front of a browser.
    fn person(&self, how: Use) -> Person {
        self.chromium.person(how, "en-GB")
    }

    /// The same, signed in.
    pub(crate) fn signed_in(&self, how: Use, name: &str) -> Person {
        let person = self.person(how);
        person.opens(&self.url("/sign-in?provider"));
        person.signs_in(name);
        person.sees(&["Hello, "]);
        person
    }

    /// Waits for a mail to somebody with such a link; the link of the last one.
    pub(crate) fn link_for(&self, name: &str, part: &str) -> String {
        self.other_link_for(name, part, "")
    }

    /// The same, where the last one is not that one.
    fn other_link_for(&self, name: &str, part: &str, known: &str) -> String {
        let address = format!("{name}@acme.example");
        loop {
            let mails = self.mails.taken().into_iter().rev();
            let mut theirs = mails.filter(|mail| mail.recipient == address);
            if let Some(found) = theirs.find_map(|mail| link(&mail, part)).filter(|link| link != known) {
                return found;
            }
            let came = self.mails.takes_another(Duration::from_mins(1));
            assert!(came, "no mail to {address} with a link to {part}");
        }
    }
}

/// The first link of a mail that has this in it.
fn link(mail: &Taken, part: &str) -> Option<String> {
    let end = |letter: char| letter.is_whitespace() || "\"'<>".contains(letter);
    let mut links = mail.text.split(end).filter(|word| word.starts_with("http"));
    links
        .find(|link| link.contains(part))
        .map(|link| link.replace("&amp;", "&"))
}
