//! One realm of the acceptance tests: groups `/a`, `/a/b`, `/a/b/c` and `/x`, and who is there.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::stage::{AUDIENCE, Stage, address};
use crate::support::{Http, Issuer, Provider, Response, Taken, until};

/// A realm with its people and groups: `root` administers the realm, `mg` and `mgx` manage groups, `ga` administers `/a`, `gb`
/// administers `/a/b`.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) stage: &'a Stage,
    /// Whose tokens it takes.
    issuer: Issuer,
    /// For whom they are.
    audience: String,
    /// The realm's name.
    pub(super) realm: String,
    /// A token of the realm's administration.
    pub(super) admin: String,
    groups: BTreeMap<&'static str, String>,
    people: BTreeMap<&'static str, String>,
    /// One connection for each token.
    connections: RefCell<BTreeMap<String, Http>>,
    /// How many mails had been taken before.
    taken_before: usize,
}

const PEOPLE: [&str; 7] = ["root", "mg", "mgx", "ga", "gb", "u1", "u2"];

/// Somebody who asks for something.
pub(super) struct As<'a> {
    world: &'a World<'a>,
    token: String,
}

impl<'a> World<'a> {
    pub(super) fn new(stage: &'a Stage, number: u8) -> Self {
        Self::with(stage, &format!("t{number:02}"), Issuer::A, AUDIENCE)
    }

    /// A realm of that name, which takes tokens of that issuer for that audience.
    pub(super) fn with(stage: &'a Stage, realm: &str, whose: Issuer, for_whom: &str) -> Self {
        let new = json!({ "name": realm, "admin_client": "admin" });
        let mut http = stage.http().bearer(&stage.admin);
        let made = http.post("/api/v1/realms", &new).expect(201).json();
        // Whom a realm trusts is for whoever runs the installation to say.
        let issuer = format!("oidc.issuer={}", Provider::shared().issuer(whose));
        let audience = format!("oidc.audience={for_whom}");
        stage
            .place
            .run(&["realm", "set", realm, &issuer, &audience, "oidc.jit=on"]);
        let mut world = Self {
            stage,
            issuer: whose,
            audience: for_whom.to_owned(),
            realm: realm.to_owned(),
            admin: text(&made["admin_token"]),
            groups: BTreeMap::new(),
            people: BTreeMap::new(),
            connections: RefCell::default(),
            taken_before: stage.sink.taken().len(),
        };
        for name in PEOPLE {
            let id = world.add_person(name);
            world.people.insert(name, id);
        }
        // Whoever has signed in has proved their address.
        for name in PEOPLE {
            world.signs_in(name);
        }
        world.build();
        world
    }

    /// Somebody of the realm's own, who has not signed in yet.
    pub(super) fn add_person(&self, name: &str) -> String {
        let person = json!({
            "userName": name, "emails": [{ "value": address(name), "primary": true }],
            "name": { "givenName": format!("Given {name}"), "familyName": format!("Family {name}") },
        });
        let made = self.admin("POST", "/api/v1/realms/{realm}/users", Some(&person));
        text(&made.expect(201).json()["id"])
    }

    /// Signs in at the realm for the first time, which links the account.
    pub(super) fn signs_in(&self, name: &str) {
        self.by(name).get("/account/user/groups?max=0").expect(200);
    }

    fn build(&mut self) {
        let root = self.by("root");
        let made = |answer: Response| {
            let at = answer.expect(201).header("location").to_owned();
            at.rsplit('/').next().expect("an id").to_owned()
        };
        let a = made(root.post("/admin/group", &json!({ "name": "a" })));
        let x = made(root.post("/admin/group", &json!({ "name": "x" })));
        root.post(&format!("/admin/group/{a}/children"), &json!({ "name": "b" }))
            .expect(204);
        let b = self.find("/a/b");
        root.post(&format!("/admin/group/{b}/children"), &json!({ "name": "c" }))
            .expect(204);
        let c = self.find("/a/b/c");
        for (group, name) in [(&a, "ga"), (&b, "gb")] {
            root.post(&format!("/admin/group/{group}/admin/{}", self.id(name)), &Value::Null)
                .expect(204);
        }
        self.groups = [("/a", a), ("/a/b", b), ("/a/b/c", c), ("/x", x)].into();
    }

    /// The id of a group by its path, looked up by who manages groups.
    pub(super) fn find(&self, path: &str) -> String {
        let found = self.by("mg").get("/account/group-admin/groups?max=500").expect(200);
        let listed = found.json();
        let roots = listed["results"].as_array().expect("results").clone();
        within(&roots, path).unwrap_or_else(|| panic!("there is no {path} in {}", found.text))
    }

    /// The id of one of the four groups.
    pub(super) fn group(&self, path: &str) -> &str {
        self.groups
            .get(path)
            .unwrap_or_else(|| panic!("{path} is none of the four"))
    }

    /// The id of one of the seven.
    pub(super) fn id(&self, name: &str) -> &str {
        self.people
            .get(name)
            .unwrap_or_else(|| panic!("{name} is none of the seven"))
    }

    /// Somebody of the realm, signed in at its provider.
    pub(super) fn by(&self, name: &str) -> As<'_> {
        As {
            world: self,
            token: self.token(name),
        }
    }

    /// A token that the realm takes, of somebody.
    pub(super) fn token(&self, name: &str) -> String {
        Stage::token(self.issuer, name, &self.audience)
    }

    /// Somebody of the realm on a connection of their own, for whoever asks at the same time as others.
    pub(super) fn client(&self, name: &str) -> Http {
        self.stage.http().bearer(&self.token(name))
    }

    /// Stops the server.
    pub(super) fn stop(&self) {
        self.connections.borrow_mut().clear();
        self.stage.stop();
    }

    /// Starts it again so many hours after it was stopped.
    pub(super) fn start_after(&self, hours: i64) {
        self.stage.start_at(&self.stage.in_hours(hours).to_string());
    }

    /// Whoever holds that token.
    pub(super) fn bearer(&self, token: &str) -> As<'_> {
        As {
            world: self,
            token: token.to_owned(),
        }
    }

    /// A request to the native API or to SCIM by the realm's administration; `{realm}` is filled in.
    pub(super) fn admin(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        self.send(
            &self.admin,
            method,
            &path.replace("{realm}", &self.realm),
            body,
            "application/json",
        )
    }

    fn send(&self, token: &str, method: &str, path: &str, body: Option<&Value>, kind: &str) -> Response {
        let mut connections = self.connections.borrow_mut();
        let http = connections
            .entry(token.to_owned())
            .or_insert_with(|| self.stage.http().bearer(token));
        let sent = match body {
            Some(body) => http.try_send(method, path, kind, &body.to_string()),
            None => http.try_send(method, path, "", ""),
        };
        let answer = sent.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        assert!(
            answer.status < 500,
            "{method} {path}: {} {}",
            answer.status,
            answer.text
        );
        answer
    }

    /// Changes settings of the realm.
    pub(super) fn set(&self, settings: &Value) {
        let change = json!({ "settings": settings });
        self.admin("PATCH", "/api/v1/realms/{realm}", Some(&change)).expect(200);
    }

    /// Today, or that many days from it: `2030-01-07`.
    pub(super) fn day(&self, days: i64) -> String {
        let shown = self.stage.place.json(&["clock", "show"]);
        let now = text(&shown["now"]);
        let today: Date = now[..10].parse().expect("a day");
        today.saturating_add(days.days()).to_string()
    }

    /// Moves the clock on; what becomes due has happened then, and mails have gone.
    pub(super) fn advance(&self, by: &str) {
        self.stage.place.run(&["clock", "advance", by]);
    }

    /// The mails of this realm that were queued, oldest first: template and local part of the recipient.
    pub(super) fn mails(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.admin(
                "GET",
                &format!("/api/v1/realms/{{realm}}/mails?limit=500{cursor}"),
                None,
            );
            let page = page.expect(200).json();
            for mail in page["items"].as_array().expect("items") {
                let recipient = text(&mail["recipient"]);
                let local = recipient.split('@').next().unwrap_or_default().to_owned();
                all.push((text(&mail["template"]), local));
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// How many mails of that template have been queued for whom, in the order of their names.
    pub(super) fn mails_of(&self, template: &str) -> Vec<String> {
        let mut to: Vec<String> = self
            .mails()
            .into_iter()
            .filter(|(known, _)| known == template)
            .map(|(_, to)| to)
            .collect();
        to.sort();
        to
    }

    /// Waits for the latest mail of this realm to somebody that contains this text.
    pub(super) fn mail(&self, to: &str, containing: &str) -> Taken {
        let address = address(to);
        let find = || {
            let all = self.stage.sink.taken();
            let mut ours = all
                .into_iter()
                .skip(self.taken_before)
                .filter(|mail| mail.recipient == address);
            ours.rfind(|mail| mail.text.contains(containing))
        };
        until(&format!("a mail to {to} with {containing:?}"), || find().is_some());
        find().expect("it was there")
    }

    /// What happened in the realm that is called so, oldest first; waits until there are so many.
    pub(super) fn events(&self, kind: &str, at_least: usize) -> Vec<Value> {
        let filter = format!("kind%20eq%20%22{kind}%22");
        let read = || {
            let path = format!("/api/v1/realms/{{realm}}/events?limit=500&filter={filter}");
            let page = self.admin("GET", &path, None).expect(200).json();
            page["items"].as_array().expect("items").clone()
        };
        until(&format!("{at_least} events {kind}"), || read().len() >= at_least);
        read()
    }

    /// A person as SCIM shows them.
    pub(super) fn scim_user(&self, id: &str) -> Value {
        let path = format!("/realms/{{realm}}/scim/v2/Users/{id}");
        self.admin("GET", &path, None).expect(200).json()
    }

    /// The groups somebody is in, as SCIM shows them, by path where it is one of the four.
    pub(super) fn links(&self, name: &str) -> Vec<String> {
        let user = self.scim_user(self.id(name));
        let mut links: Vec<String> = user["groups"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|group| group["type"] != "indirect")
            .map(|group| self.path_of(&text(&group["value"])))
            .collect();
        links.sort();
        links
    }

    fn path_of(&self, id: &str) -> String {
        let known = self.groups.iter().find(|(_, known)| *known == id);
        known.map_or_else(|| id.to_owned(), |(path, _)| (*path).to_owned())
    }

    /// What somebody is entitled to, as SCIM shows it, in order.
    pub(super) fn entitlements(&self, name: &str) -> Vec<String> {
        let user = self.scim_user(self.id(name));
        let mut values: Vec<String> = user["entitlements"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| text(&one["value"]))
            .collect();
        values.sort();
        values
    }

    /// Tells people of what they are entitled to from now on.
    pub(super) fn with_entitlements(&self) -> &Self {
        let path = "/admin/member-user-attribute/configuration";
        let body = json!({ "userAttribute": "entitlements", "urnNamespace": "urn:mace:example.org", "authority": "aai.example.org" });
        self.by("root").post(path, &body).expect(204);
        self
    }

    /// The way to join of that group that it began with.
    pub(super) fn way(&self, group: &str) -> String {
        let path = format!("/account/group-admin/group/{}/configuration/all", self.group(group));
        let all = self.by("mg").get(&path).expect(200).json();
        text(&all[0]["id"])
    }

    /// Changes that way: these members take the place of what it says.
    pub(super) fn change_way(&self, group: &str, id: &str, change: &Value) {
        let path = format!("/account/group-admin/group/{}/configuration", self.group(group));
        let mut whole = self.by("mg").get(&format!("{path}/{id}")).expect(200).json();
        merge(&mut whole, change);
        self.by("mg").post(&path, &whole).expect(204);
    }

    /// Makes another way to join; its id.
    pub(super) fn add_way(&self, group: &str, change: &Value) -> String {
        let mut whole = json!({
            "name": "another", "active": true, "visibleToNotMembers": true, "requireApproval": true,
            "requireApprovalForExtension": true, "multiselectRole": true, "commentsNeeded": false, "groupRoles": ["member"],
        });
        merge(&mut whole, change);
        let path = format!("/account/group-admin/group/{}/configuration", self.group(group));
        let made = self.by("mg").post(&path, &whole).expect(204);
        last_part(made.header("location"))
    }

    /// Makes somebody a member by hand, with the role `member`; the id of the membership.
    pub(super) fn add_member(&self, group: &str, name: &str, more: &Value) -> String {
        let mut body = json!({ "user": { "username": name }, "groupRoles": ["member"] });
        merge(&mut body, more);
        let path = format!("/account/group-admin/group/{}/members", self.group(group));
        let made = self.by("mg").post(&path, &body).expect(204);
        last_part(made.header("location"))
    }

    /// The membership of somebody, as whoever manages groups sees it.
    pub(super) fn membership(&self, group: &str, name: &str) -> Response {
        let path = format!(
            "/account/group-admin/group/{}/member/user/{}",
            self.group(group),
            self.id(name)
        );
        self.by("mg").get(&path)
    }

    /// How somebody stands in a group; empty where they do not.
    pub(super) fn status(&self, group: &str, name: &str) -> String {
        let answer = self.membership(group, name);
        if answer.status == 404 {
            return String::new();
        }
        text(&answer.expect(200).json()["status"])
    }
}

impl As<'_> {
    pub(super) fn get(&self, path: &str) -> Response {
        self.send("GET", path, None)
    }

    /// With a body, or without one where it is null.
    pub(super) fn post(&self, path: &str, body: &Value) -> Response {
        self.send("POST", path, Some(body).filter(|body| !body.is_null()))
    }

    pub(super) fn put(&self, path: &str, body: &Value) -> Response {
        self.send("PUT", path, Some(body).filter(|body| !body.is_null()))
    }

    pub(super) fn delete(&self, path: &str) -> Response {
        self.send("DELETE", path, None)
    }

    /// A request to group management.
    pub(super) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let path = format!("/realms/{}/agm{path}", self.world.realm);
        self.world.send(&self.token, method, &path, body, "application/json")
    }
}

/// A text.
#[track_caller]
pub(super) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

/// The last part of a place.
#[track_caller]
pub(super) fn last_part(place: &str) -> String {
    let last = place.rsplit('/').next().filter(|last| !last.is_empty());
    last.unwrap_or_else(|| panic!("{place:?} is no place")).to_owned()
}

/// The values of one member of each in a list.
pub(super) fn each(list: &Value, pointer: &str) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("{list} is no list"));
    let value = |one: &Value| one.pointer(pointer).map_or_else(String::new, plain);
    list.iter().map(value).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn merge(target: &mut Value, change: &Value) {
    for (name, value) in change.as_object().into_iter().flatten() {
        target[name.as_str()] = value.clone();
    }
}

fn within(groups: &[Value], path: &str) -> Option<String> {
    groups.iter().find_map(|group| {
        if group["path"] == path {
            return Some(text(&group["id"]));
        }
        within(group["extraSubGroups"].as_array().map_or(&[], Vec::as_slice), path)
    })
}
