//! A realm with so many groups, members and requests, looked at by Ben, who administers all of them.

use std::fmt::Write as _;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use db::Engine;
use serde_json::{Value, json};

use super::Shown;
use crate::support::{Browser, Http, Place, Provider, Usher};

/// How many make things at a time.
const HANDS: usize = 8;

/// What there is in a realm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) groups: usize,
    pub(super) members: usize,
    pub(super) requests: usize,
}

pub(super) struct Realm {
    usher: Usher,
    browser: Browser,
    /// The id of the group they are all in, and below which the others stand.
    pub(super) ops: String,
    /// The id of one membership of it.
    pub(super) member: String,
    _place: Place,
    _provider: Provider,
}

impl Realm {
    pub(super) fn make(engine: Engine, size: Size) -> Self {
        let provider = Provider::start();
        let place = Place::on(engine)
            .set("USHER_SERVER__PROVIDER_NETWORKS", "127.0.0.1")
            .set("USHER_LIMITS__PERSON_PER_MINUTE", "1000000");
        let usher = place.serve();
        provider.register(&place, &usher.url);
        let ben = "ben@people.example";
        place.run(&["user", "create", "ben", "--email", ben, "--display-name", "Ben"]);
        provider.say("ben", &json!({ "email": ben, "email_verified": true }));
        people(&place, size);
        place.run(&["realm", "set", "default", "agm.notices_off=member_create_user_inform"]);
        place.run(&["group", "create", "ops", "--managed", "--owner", "ben"]);
        place.run(&["group", "members", "add", "/ops", "ben", "--role", "member"]);
        let way = ["way", "set", "/ops", "Join ops", "--days", "365", "--visible", "true"];
        place.run(&way);

        let token = place.token("filler", "agm:admin,admin", &[]);
        let filler = Filler { usher: &usher, token };
        let ops = filler.fill(size);
        let member = filler.membership(&ops, "person000077");
        let mut browser = Browser::default();
        let page = browser.open(&format!("{}/sign-in", usher.url));
        browser.signs_in(page, "ben").expect(200);
        Self {
            usher,
            browser,
            ops,
            member,
            _place: place,
            _provider: provider,
        }
    }

    /// How long a page takes, which says what it must.
    pub(super) fn shows(&mut self, shown: &Shown) -> Duration {
        let url = format!("{}{}", self.usher.url, shown.path);
        let began = Instant::now();
        let page = self.browser.open(&url).expect(200);
        let took = began.elapsed();
        assert!(
            page.text.contains(shown.says),
            "{} says no {:?}: {}",
            shown.what,
            shown.says,
            page.text
        );
        took
    }

    pub(super) fn stop(self) {
        self.usher.stop();
    }
}

/// People who are members, and people who ask.
fn people(place: &Place, size: Size) {
    let mut csv = "userName,email,name.givenName,name.familyName\n".to_owned();
    let mut add = |name: &str, number: usize, count: usize| {
        for number in (number..count).map(|number| format!("{name}{number:06}")) {
            let _ = writeln!(csv, "{number},{number}@people.example,Given {number},Family {number}");
        }
    };
    add("person", 0, size.members);
    add("asks", 0, size.requests);
    let file = place.folder().join("people.csv");
    fs::write(&file, csv).expect("it is written");
    place.run(&["user", "import", file.to_str().expect("a plain path"), "--yes"]);
}

struct Filler<'a> {
    usher: &'a Usher,
    token: String,
}

impl Filler<'_> {
    fn http(&self) -> Http {
        self.usher.http().bearer(&self.token)
    }

    /// Groups below `/ops`, its members, and who asks to become one; the id of the group.
    fn fill(&self, size: Size) -> String {
        let admin = "/realms/default/agm/account/group-admin";
        let found = self
            .http()
            .get(&format!("{admin}/groups?search=ops"))
            .expect(200)
            .json();
        let ops = text(&found["results"][0]["id"]);
        let ways = self
            .http()
            .get(&format!("{admin}/group/{ops}/configuration/all"))
            .expect(200)
            .json();
        let way = text(&ways[0]["id"]);
        self.each(size.groups, |http, number| {
            let body = json!({ "name": format!("team {number:05}") });
            http.post(&format!("{admin}/group/{ops}/children"), &body).expect(204);
        });
        self.each(size.members, |http, number| {
            let body = json!({ "user": { "username": format!("person{number:06}") }, "groupRoles": ["member"] });
            http.post(&format!("{admin}/group/{ops}/members"), &body).expect(204);
        });
        self.each(size.requests, |http, number| {
            let user = user(http, &format!("asks{number:06}"));
            let token = json!({ "client": "filler", "user": user, "scopes": ["agm:self"] });
            let token = text(&http.post("/api/v1/tokens", &token).expect(201).json()["token"]);
            let asks = json!({ "groupEnrollmentConfiguration": { "id": way }, "groupRoles": ["member"], "comments": "Please" });
            let path = "/realms/default/agm/account/user/enroll-request";
            self.usher.http().bearer(&token).post(path, &asks).expect(204);
        });
        ops
    }

    /// Does something so often, several at a time.
    fn each(&self, count: usize, act: impl Fn(&mut Http, usize) + Sync) {
        thread::scope(|scope| {
            for hand in 0..HANDS {
                let (mut http, act) = (self.http(), &act);
                scope.spawn(move || {
                    for number in (hand..count).step_by(HANDS) {
                        act(&mut http, number);
                    }
                });
            }
        });
    }

    fn membership(&self, ops: &str, user_name: &str) -> String {
        let user = user(&mut self.http(), user_name);
        let path = format!("/api/v1/groups/{ops}/memberships/{user}");
        text(&self.http().get(&path).expect(200).json()["id"])
    }
}

/// The id of a person.
fn user(http: &mut Http, user_name: &str) -> String {
    let path = format!("/scim/v2/Users?filter=userName+eq+%22{user_name}%22");
    text(&http.get(&path).expect(200).json()["Resources"][0]["id"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
