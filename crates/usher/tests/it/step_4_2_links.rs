//! Every link of every mail leads to a page that names what the mail is about: all templates there are, in all their forms, in both
//! languages, each opened in a browser by whoever gets such a mail.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::step_4_1_journeys::Stage;
use crate::support::{Person, Use, until};

/// What stands in the links of the samples by which the templates are shown.
const SAMPLE_GROUP: &str = "00000000-0000-0000-0000-00000000002a";
const SAMPLE_REQUEST: &str = "00000000-0000-0000-0000-00000000007e";
const SAMPLE_SECRET: &str = "s3cret";

const LANGUAGES: [(&str, &str); 2] = [("en", "en-GB"), ("de", "de-DE")];

/// A page that mails lead to: the part of its address by which it is known, who comes there, and what it has to name in either
/// language. The first that fits counts.
struct Goal {
    part: &'static str,
    who: Who,
    names: [&'static str; 2],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Somebody who has just got the mail, and is not signed in.
    Stranger,
    SignedIn(&'static str),
}

const fn goal(part: &'static str, who: Who, names: [&'static str; 2]) -> Goal {
    Goal { part, who, names }
}

const GOALS: [Goal; 10] = [
    goal("/invitation/", Who::Stranger, ["You are invited", "eingeladen"]),
    goal(
        "/confirmation/",
        Who::Stranger,
        ["n***@acme.example", "n***@acme.example"],
    ),
    goal("/sign-in/", Who::Stranger, ["Sign in?", "Anmelden?"]),
    goal("/groups/groupenrollments?id=", Who::SignedIn("ben"), ["carla", "carla"]),
    goal(
        "/groups/mygroupenrollments?id=",
        Who::SignedIn("carla"),
        ["acme", "acme"],
    ),
    goal("/groups/admingroups/", Who::SignedIn("ben"), ["ops", "ops"]),
    goal("/groups/admingroups", Who::SignedIn("ben"), ["ops", "ops"]),
    goal("/groups/showgroups/", Who::SignedIn("ann"), ["ops", "ops"]),
    goal("/groups/showgroups", Who::SignedIn("ann"), ["ops", "ops"]),
    goal("/enroll?groupPath=", Who::SignedIn("dora"), ["ops", "ops"]),
];

/// What the samples of the mails name, as it is on this stage.
struct Things {
    group: String,
    request: String,
    /// The secrets of links by the template that carries them.
    secrets: BTreeMap<&'static str, String>,
}

impl Things {
    /// People, the group `/acme/ops` that all samples are about, a request to join it, and what is offered.
    fn make(stage: &Stage) -> Self {
        let run = |words: &[&str]| stage.place.run(words);
        for name in ["ann", "carla", "dora"] {
            stage.knows(name);
        }
        run(&["group", "create", "acme", "--managed", "--owner", "ben"]);
        run(&["group", "create", "ops", "--parent", "/acme"]);
        run(&[
            "way",
            "set",
            "/acme/ops",
            "Join ops",
            "--days",
            "365",
            "--visible",
            "true",
        ]);
        run(&["group", "members", "add", "/acme/ops", "ann", "--role", "member"]);
        let carla = stage.signed_in(Use::Plain, "carla");
        carla.opens(&stage.url("/realms/default/enroll?groupPath=/acme/ops"));
        carla.types("Comments", "For the night shift");
        carla.presses("Send request");
        let asked = stage.link_for("ben", "groupenrollments?id=");

        run(&["user", "create", "guest", "--email", "guest@acme.example", "--invite"]);
        run(&["group", "members", "invite", "/acme/ops", "newcomer@acme.example"]);
        let group = stage.place.json(&["group", "show", "/acme/ops"])["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let mut manager = stage
            .usher
            .http()
            .bearer(&stage.place.token("manager", "agm:manage,agm:admin", &[]));
        let offers = format!("/realms/default/agm/account/group-admin/group/{group}/admin/invite");
        manager
            .post(&offers, &json!({ "email": "keeper@acme.example" }))
            .expect(204);
        // Whoever the provider's program makes is asked whether the address is theirs.
        run(&["realm", "set", "default", "oidc.validate_emails=true"]);
        let words = ["--profile", "wire", "--idp"];
        let mut program = stage
            .usher
            .http()
            .bearer(&stage.place.token("program", "scim:read,scim:write", &words));
        let mut number = 0;
        until("the server asks whether an address is theirs", || {
            number += 1;
            let name = format!("nils{number}");
            let made = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": name,
                "displayName": name, "emails": [{ "value": format!("{name}@acme.example") }], "active": true });
            let made = program.post("/scim/v2/Users", &made).expect(201).json();
            let id = made["id"].as_str().expect("an id");
            let path = format!("/scim/v2/Users/{id}?attributes=urn:usher:scim:schemas:1.0:User");
            program.get(&path).expect(200).text.contains("pendingEmail")
        });
        run(&["realm", "set", "default", "sign_in_by_mail=true"]);
        let mut anybody = stage.usher.http();
        until("the server signs in by mail", || {
            anybody.post_form("/sign-in", "address=dora@acme.example").status == 303
        });
        let secret = |name: &str, part: &str| {
            let link = stage.link_for(name, part);
            link.rsplit('/').next().unwrap_or_default().to_owned()
        };
        let secrets = [
            ("invitation", secret("guest", "/invitation/")),
            ("user_group_invitation", secret("newcomer", "/invitation/")),
            ("invite_group_admin", secret("keeper", "/invitation/")),
            ("sign_in", secret("dora", "/sign-in/")),
            ("confirmation", secret(&format!("nils{number}"), "/confirmation/")),
        ];
        Self {
            group,
            request: asked.rsplit("id=").next().unwrap_or_default().to_owned(),
            secrets: secrets.into(),
        }
    }

    /// The link of a sample with what there is.
    fn real(&self, template: &str, link: &str) -> String {
        let secret = self.secrets.get(template).map_or(SAMPLE_SECRET, String::as_str);
        link.replace(SAMPLE_GROUP, &self.group)
            .replace(SAMPLE_REQUEST, &self.request)
            .replace(SAMPLE_SECRET, secret)
    }
}

/// The links to this server in a mail.
fn links(form: &Value, base: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in ["text", "html"] {
        let text = form[part]
            .as_str()
            .expect("a text")
            .replace("&#x2f;", "/")
            .replace("&amp;", "&");
        let end = |letter: char| letter.is_whitespace() || "\"'<>".contains(letter);
        let words = text.split(end).filter(|word| word.starts_with(base));
        found.extend(words.map(str::to_owned));
    }
    found
}

#[test]
fn every_link_of_every_mail_opens_a_page_that_names_what_it_is_about() {
    let stage = Stage::set(&[]);
    let things = Things::make(&stage);
    let token = stage.place.token("reader", "admin", &[]);
    let mut http = stage.usher.http().bearer(&token);
    let mut get = |path: &str| {
        http.get(&format!("/api/v1/realms/default/mails/templates{path}"))
            .expect(200)
            .json()
    };
    let listed = get("");
    let names: Vec<&str> = listed["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["name"].as_str().expect("a name"))
        .collect();
    let (mut mails, mut opened, mut without) = (0, BTreeMap::new(), Vec::new());
    for name in &names {
        for (at, (language, locale)) in LANGUAGES.into_iter().enumerate() {
            let forms = get(&format!("/{name}?language={language}"))["forms"]
                .as_array()
                .expect("forms")
                .clone();
            assert!(!forms.is_empty(), "{name} has no form");
            let mut any = false;
            for form in &forms {
                mails += 1;
                for link in links(form, &stage.url("/")) {
                    any = true;
                    let goal = GOALS.iter().find(|goal| link.contains(goal.part));
                    let goal = goal.unwrap_or_else(|| panic!("{name} leads to a page that is not known here: {link}"));
                    opened
                        .entry((things.real(name, &link), locale))
                        .or_insert((goal, at, *name));
                }
            }
            if !any {
                without.push((*name, language));
            }
        }
    }
    for (_, locale) in LANGUAGES {
        for who in [
            Who::Stranger,
            Who::SignedIn("ben"),
            Who::SignedIn("carla"),
            Who::SignedIn("ann"),
            Who::SignedIn("dora"),
        ] {
            let person = somebody(&stage, who, locale);
            for ((link, of), (goal, at, name)) in &opened {
                if *of == locale && goal.who == who {
                    assert_eq!(person.opens(link), 200, "{link} of {name}");
                    person.sees(&[goal.names[*at]]);
                }
            }
            person.is_content();
        }
    }
    testkit::figure!(
        "goal every link of every template opens a page, figure {} links of {mails} mails of {} templates in {} languages; without a link: {without:?}",
        opened.len(),
        names.len(),
        LANGUAGES.len()
    );
    stage.usher.stop();
}

fn somebody(stage: &Stage, who: Who, locale: &str) -> Person {
    let person = stage.chromium.person(Use::Plain, locale);
    if let Who::SignedIn(name) = who {
        person.opens(&stage.url("/sign-in?provider"));
        person.signs_in(name);
    }
    person
}
