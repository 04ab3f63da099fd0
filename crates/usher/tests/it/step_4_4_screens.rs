//! Every page with believable data and with none, on a telephone and on a desktop, in light and dark, in both languages: pictures to look
//! at, and nothing wrong that axe knows or that a narrow window and large letters show. `cargo xtask screenshots` makes all of them;
//! else each page is shown in one of the kinds.

use std::collections::BTreeSet;
use std::path::PathBuf;

use faces::Face;
use hyper::http::Method;

use crate::step_4_1_journeys::Stage;
use crate::support::{Person, Use, variable};

/// A telephone and a desktop.
const SIZES: [(&str, (u32, u32)); 2] = [("phone", (390, 844)), ("desktop", (1280, 900))];
const SCHEMES: [&str; 2] = ["light", "dark"];
const LANGUAGES: [&str; 2] = ["en-GB", "de-DE"];

/// Pages that are none, or that have others' contents.
const NO_PAGES: [(&str, &str); 9] = [
    ("/profile/data.json", "a file"),
    ("/sign-in/{secret}", "shown by its own link, by every link of a mail"),
    ("/oidc/callback", "leads on from the provider"),
    ("/groups/admingroups/{group}/members.csv", "a file"),
    ("/assets/{file}", "a file"),
    ("/mail", "caught mail, in a trial set-up only"),
    ("/mail/{id}", "caught mail, in a trial set-up only"),
    ("/mail/{id}/body", "the mail itself"),
    (
        "/confirmation/{secret}",
        "shown by its own link, which a person without a provider gets",
    ),
];

/// Where the pictures go, and which kinds of them.
struct Album {
    folder: PathBuf,
    is_whole: bool,
    taken: usize,
    seen: BTreeSet<String>,
}

impl Album {
    /// All kinds; for a sample one of them, another one for the next page.
    fn take(&mut self, person: &Person, language: &str, name: &str) {
        self.seen.insert(person.at());
        let kind = if self.taken.is_multiple_of(2) {
            ("phone", "light")
        } else {
            ("desktop", "dark")
        };
        for (size, window) in SIZES {
            for scheme in SCHEMES {
                if self.is_whole || (size, scheme) == kind {
                    let file = format!("{name}-{size}-{scheme}-{}.png", &language[..2]);
                    person.shot(&self.folder.join(file), window, scheme);
                    self.taken += 1;
                }
            }
        }
    }
}

/// People, groups and all that waits for somebody.
fn fill(stage: &Stage) {
    for name in ["ann", "carla", "nina"] {
        stage.knows(name);
    }
    let run = |words: &[&str]| stage.place.run(words);
    run(&["user", "grant", "ben", "manage-groups"]);
    run(&["way", "set", "/ops", "Join ops", "--days", "365", "--visible", "true"]);
    run(&["group", "roles", "define", "/ops", "shift lead"]);
    run(&[
        "group",
        "members",
        "add",
        "/ops",
        "ann",
        "--role",
        "member",
        "--until",
        "2030-01-20",
    ]);
    run(&["group", "members", "add", "/ops", "carla", "--role", "shift lead"]);
    run(&[
        "group",
        "members",
        "suspend",
        "/ops",
        "carla",
        "--reason",
        "Abroad until May",
    ]);
    run(&["group", "create", "night", "--parent", "/ops"]);
    run(&[
        "terms",
        "publish",
        "/ops",
        "Join ops",
        "https://acme.example/rules-of-operations",
    ]);
    let described = "Books, journals, and what is lent to whom";
    run(&[
        "group",
        "create",
        "library",
        "--managed",
        "--owner",
        "ben",
        "--description",
        described,
    ]);
    run(&[
        "way",
        "set",
        "/library",
        "Join library",
        "--days",
        "90",
        "--visible",
        "true",
    ]);
    run(&[
        "way",
        "set",
        "/library",
        "Join library",
        "--comments-label",
        "Which shelf?",
    ]);
    run(&["realm", "set", "default", "sign_in_by_mail=true"]);
    run(&["group", "members", "invite", "/ops", "guest@partner.example"]);
    run(&["group", "members", "invite", "/library", "ann@acme.example"]);
}

/// A request of Ann's that Ben has asked about, and one that waits.
fn ask(stage: &Stage) {
    for (name, reason) in [
        ("carla", "I write about lighthouses"),
        ("ann", "The old maps, for my thesis"),
    ] {
        let person = stage.signed_in(Use::Plain, name);
        person.opens(&stage.url("/realms/default/enroll?groupPath=/library"));
        person.types("Which shelf?", reason);
        person.presses("Send request");
        if name == "ann" {
            let ben = stage.signed_in(Use::Plain, "ben");
            ben.opens(&stage.link_for("ben", "groupenrollments"));
            ben.unfolds("Ask a question first");
            ben.types("Your question", "Do you need the originals, or are copies enough?");
            ben.presses("Send question");
        }
    }
}

/// For whoever runs the test alone.
#[expect(clippy::print_stdout, reason = "a figure is printed")]
fn say(figure: &str) {
    println!("{figure}");
}

fn id(words: &[&str], stage: &Stage) -> String {
    let all = [words, &["--quiet"]].concat();
    stage
        .place
        .run(&all)
        .lines()
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[test]
fn every_page_is_shown_as_people_see_it() {
    let stage = Stage::set(&["--clock", "2030-01-07T08:00:00Z"]);
    fill(&stage);
    let offered = stage.link_for("ann", "/invitation/");
    ask(&stage);
    let dora = stage.place.run(&[
        "user",
        "create",
        "dora",
        "--email",
        "dora@acme.example",
        "--invite",
        "--quiet",
    ]);
    assert!(!dora.is_empty());
    let account = stage.link_for("dora", "/invitation/");
    let (ops, library) = (
        id(&["group", "show", "/ops"], &stage),
        id(&["group", "show", "/library"], &stage),
    );
    let request = id(&["request", "list"], &stage);
    let asked = stage.link_for("ann", "mygroupenrollments?id=");
    let way = id(&["way", "show", "/ops", "Join ops"], &stage);
    let named = variable("USHER_TEST_SHOTS").map(PathBuf::from);
    let temporary = tempfile::tempdir().expect("a folder");
    let mut album = Album {
        is_whole: named.is_some(),
        folder: named.unwrap_or_else(|| temporary.path().to_owned()),
        taken: 0,
        seen: BTreeSet::new(),
    };
    std::fs::create_dir_all(&album.folder).expect("a folder");

    let room = "/realms/default";
    let group = format!("{room}/groups/admingroups/{ops}");
    let mut wrong = Vec::new();
    let languages = if album.is_whole {
        &LANGUAGES[..]
    } else {
        &LANGUAGES[..1]
    };
    for language in languages {
        let person = |name: Option<&str>| {
            let person = stage.chromium.person(Use::Scripts, language);
            if let Some(name) = name {
                person.opens(&stage.url("/sign-in?provider"));
                person.signs_in(name);
            }
            person
        };
        let (stranger, ann, ben, nina) = (
            person(None),
            person(Some("ann")),
            person(Some("ben")),
            person(Some("nina")),
        );
        ben.opens(&stage.url(&format!("{group}?tab=members")));
        ben.presses("Ann");
        let member = ben.at();
        let chosen = member.rsplit('/').next().unwrap_or_default().to_owned();
        let at = |path: &str| stage.url(&format!("{room}{path}"));
        let of = |more: &str| stage.url(&format!("{group}{more}"));
        let pages: Vec<(&Person, &str, String)> = vec![
            (&stranger, "start", stage.url("/")),
            (&stranger, "design", stage.url("/design")),
            (&stranger, "welcome", stage.url("/welcome")),
            (&stranger, "declined", stage.url("/declined")),
            (&stranger, "link-sent", stage.url("/link-sent")),
            (&stranger, "confirmed", stage.url("/confirmed")),
            (&stranger, "sign-in", stage.url("/sign-in")),
            (&stranger, "sign-in-sent", stage.url("/sign-in/sent")),
            (&stranger, "signed-out", stage.url("/signed-out")),
            (&stranger, "invitation", account.clone()),
            (&stranger, "offer-stranger", offered.clone()),
            (&stranger, "link-unknown", at("/invitation/x")),
            (&stranger, "missing", at("/nothing")),
            (&ann, "home", at("/home")),
            (&ann, "groups", at("/groups/showgroups")),
            (&ann, "group", at(&format!("/groups/showgroups/{ops}"))),
            (&ann, "leave", at(&format!("/groups/showgroups/{ops}?leave"))),
            (&ann, "find", at("/enroll")),
            (&ann, "find-none", at("/enroll?groupPath=/nowhere")),
            (&ann, "renew", at("/enroll?groupPath=/ops")),
            (&ann, "requests", at("/groups/mygroupenrollments")),
            (&ann, "request", asked.clone()),
            (&ann, "profile", at("/profile")),
            (&ann, "sessions", at("/sessions")),
            (&ann, "offer", offered.clone()),
            (&nina, "home-none", at("/home")),
            (&nina, "groups-none", at("/groups/showgroups")),
            (&nina, "requests-none", at("/groups/mygroupenrollments")),
            (&nina, "managed-none", at("/groups/admingroups")),
            (&nina, "forbidden", of("")),
            (&nina, "join", at("/enroll?groupPath=/library")),
            (&ben, "managed", at("/groups/admingroups")),
            (&ben, "members", of("?tab=members")),
            (
                &ben,
                "members-extend",
                of(&format!("?tab=members&extend=look&until=2031-12-31&member={chosen}")),
            ),
            (&ben, "members-none-found", of("?tab=members&search=zzz")),
            (&ben, "member", member.clone()),
            (&ben, "remove", format!("{member}?remove")),
            (&ben, "add", of("/add")),
            (&ben, "add-found", of("/add?who=acme")),
            (&ben, "let-in", of("/add?user=nina")),
            (&ben, "invite", of("/add?who=new@partner.example")),
            (&ben, "invitations", of("?tab=invitations")),
            (&ben, "admins", of("?tab=admins")),
            (&ben, "ways", of("?tab=enrollments")),
            (&ben, "way-new", of("/way")),
            (&ben, "way", of(&format!("/way?id={way}"))),
            (&ben, "roles", of("?tab=roles")),
            (&ben, "details", of("?tab=details")),
            (&ben, "delete", of("?tab=details&delete")),
            (&ben, "subgroups", of("?tab=subgroups")),
            (&ben, "history", of("?tab=history")),
            (
                &ben,
                "members-none",
                at(&format!("/groups/admingroups/{library}?tab=members")),
            ),
            (&ben, "queue", at("/groups/groupenrollments")),
            (&ben, "queue-none", at("/groups/groupenrollments?status=REJECTED")),
            (&ben, "review", at(&format!("/groups/groupenrollments?id={request}"))),
        ];
        for (person, name, url) in &pages {
            person.opens(url);
            album.take(person, language, name);
        }
        for person in [&stranger, &ann, &ben, &nina] {
            wrong.extend(person.complaints());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // A page that is added is shown here too.
    let seen: Vec<String> = album.seen.iter().map(|at| at.replace(&stage.usher.url, "")).collect();
    let pages = faces::routes().into_iter();
    let pages = pages.filter(|route| route.face == Face::Pages && route.method == Method::GET);
    for route in pages {
        let path = route.path.trim_start_matches("/realms/{realm}");
        if NO_PAGES.iter().any(|(none, _)| *none == path) {
            continue;
        }
        let is_shown = seen
            .iter()
            .any(|seen| is_of(path, seen.trim_start_matches("/realms/default")));
        assert!(is_shown, "{path} is in no picture; {seen:?}");
    }
    say(&format!(
        "figure: {} pictures of {} addresses in {}",
        album.taken,
        album.seen.len(),
        album.folder.display()
    ));
    stage.usher.stop();
}

/// Whether an address is one of a route.
fn is_of(route: &str, address: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let path = path.split('?').next().unwrap_or_default();
        path.split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (route, address) = (parts(route), parts(address));
    route.len() == address.len()
        && route
            .iter()
            .zip(&address)
            .all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}
