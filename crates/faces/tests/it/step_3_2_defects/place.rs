//! The realm in which a defect would show: groups `/a`, `/a/b`, `/a/b/c` and `/x`, and their people.

use std::collections::BTreeMap;

use directory::Id;
use directory::user::User;
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestClient, TestMail, TestProvider};

/// A realm with its provider.
pub(super) struct Place {
    pub(super) app: TestApp,
    pub(super) provider: TestProvider,
    pub(super) realm: &'static str,
    /// Reads what SCIM shows.
    reader: TestClient,
    people: BTreeMap<&'static str, Id<User>>,
    groups: BTreeMap<&'static str, String>,
}

const PEOPLE: [&str; 7] = ["root", "mg", "mgx", "ga", "gb", "u1", "u2"];
pub(super) const GROUP: &str = "/account/group-admin/group";
pub(super) const ASK: &str = "/account/user/enroll-request";
pub(super) const REVIEW: &str = "/account/group-admin/enroll-request";

impl Place {
    pub(super) async fn new(app: TestApp) -> Self {
        Self::of(app, "default").await
    }

    /// The same people and groups in that realm.
    pub(super) async fn of(app: TestApp, realm: &'static str) -> Self {
        app.realm(realm).await;
        let provider = app.provider(realm).await;
        let reader = app
            .client_with("reader", &["scim:read"], |program| program.realm(realm))
            .await
            .in_realm(realm);
        let mut place = Self {
            reader,
            app,
            provider,
            realm,
            people: BTreeMap::new(),
            groups: BTreeMap::new(),
        };
        for name in PEOPLE {
            let body = json!({ "userName": name, "name": { "givenName": format!("Given {name}"), "familyName": format!("Family {name}") },
                "title": format!("Title of {name}"), "emails": [{ "value": format!("{name}@example.org"), "primary": true }] });
            let id = place.app.user_with(realm, body).await;
            place.people.insert(name, id);
            place.get(name, "/account/user/groups?max=0").await.expect(200);
        }
        let a = place.made("root", "/admin/group", json!({ "name": "a" })).await;
        let x = place.made("root", "/admin/group", json!({ "name": "x" })).await;
        place
            .post("root", &format!("/admin/group/{a}/children"), json!({ "name": "b" }))
            .await
            .expect(204);
        let b = place.find("/a/b").await;
        place
            .post("root", &format!("/admin/group/{b}/children"), json!({ "name": "c" }))
            .await
            .expect(204);
        let c = place.find("/a/b/c").await;
        for (group, name) in [(&a, "ga"), (&b, "gb")] {
            let path = format!("/admin/group/{group}/admin/{}", place.id(name));
            place.post("root", &path, Value::Null).await.expect(204);
        }
        place.groups = [("/a", a), ("/a/b", b), ("/a/b/c", c), ("/x", x)].into();
        place
    }

    pub(super) fn id(&self, name: &str) -> String {
        self.people[name].to_string()
    }

    pub(super) fn group(&self, path: &str) -> &str {
        &self.groups[path]
    }

    /// The path of somebody's membership in one of the four groups.
    pub(super) fn member(&self, group: &str, name: &str) -> String {
        format!("{GROUP}/{}/member/user/{}", self.group(group), self.id(name))
    }

    /// A fresh token of one of the seven.
    pub(super) fn token(&self, name: &str) -> String {
        let mut claims = json!({ "email": format!("{name}@example.org"), "email_verified": true });
        claims["resource_access"] = match name {
            "root" => json!({ "realm-management": { "roles": ["realm-admin"] } }),
            "mg" => json!({ "account": { "roles": ["manage-groups"] } }),
            "mgx" => json!({ "account": { "roles": ["manage-groups-extended"] } }),
            _ => json!({}),
        };
        self.provider.token(name, &claims)
    }

    /// A request to group management with that token.
    pub(super) async fn send(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let method: Method = method.parse().expect("a verb");
        let client = self.app.bearer(token).in_realm(self.realm);
        let request = client.request(method, &format!("/realms/{}/agm{path}", self.realm));
        let answer = if body.is_null() {
            request.await
        } else {
            request.json(&body).await
        };
        assert!(answer.status < 500, "{path}: {answer}");
        // What was put off is done: what follows stands on it.
        self.app.run_jobs().await;
        answer
    }

    pub(super) async fn get(&self, name: &str, path: &str) -> Answer {
        self.send(&self.token(name), "GET", path, Value::Null).await
    }

    pub(super) async fn post(&self, name: &str, path: &str, body: Value) -> Answer {
        self.send(&self.token(name), "POST", path, body).await
    }

    pub(super) async fn put(&self, name: &str, path: &str, body: Value) -> Answer {
        self.send(&self.token(name), "PUT", path, body).await
    }

    pub(super) async fn delete(&self, name: &str, path: &str) -> Answer {
        self.send(&self.token(name), "DELETE", path, Value::Null).await
    }

    /// Makes something; its id is the last part of its place.
    pub(super) async fn made(&self, name: &str, path: &str, body: Value) -> String {
        let answer = self.post(name, path, body).await;
        assert!(matches!(answer.status, 201 | 204), "{path}: {answer}");
        last_part(answer.header("location"))
    }

    /// The id of a group by its path.
    pub(super) async fn find(&self, path: &str) -> String {
        let listed = self
            .get("mg", "/account/group-admin/groups?max=500")
            .await
            .expect(200)
            .json();
        within(&listed["results"], path).unwrap_or_else(|| panic!("there is no {path}"))
    }

    /// Makes somebody a member by hand, with the role `member`.
    pub(super) async fn add(&self, group: &str, name: &str, more: Value) -> String {
        let body = merged(json!({ "user": { "username": name }, "groupRoles": ["member"] }), more);
        self.made("mg", &format!("{GROUP}/{}/members", self.group(group)), body)
            .await
    }

    /// Makes a way to join.
    pub(super) async fn way(&self, group: &str, more: Value) -> String {
        let way = json!({ "name": "another", "active": true, "visibleToNotMembers": true, "requireApproval": true,
            "requireApprovalForExtension": true, "multiselectRole": true, "commentsNeeded": false, "groupRoles": ["member"] });
        self.made(
            "mg",
            &format!("{GROUP}/{}/configuration", self.group(group)),
            merged(way, more),
        )
        .await
    }

    /// Asks to join; what came back.
    pub(super) async fn ask(&self, name: &str, way: &str, more: Value) -> Answer {
        let body =
            json!({ "groupEnrollmentConfiguration": { "id": way }, "groupRoles": ["member"], "comments": "please" });
        self.post(name, ASK, merged(body, more)).await
    }

    /// The latest request of somebody.
    pub(super) async fn request(&self, name: &str) -> Value {
        let list = self.get(name, "/account/user/enroll-requests").await.expect(200).json();
        list["results"][0].clone()
    }

    /// Asks, and gives the id of the request.
    pub(super) async fn asked(&self, name: &str, way: &str) -> String {
        self.ask(name, way, json!({})).await.expect(204);
        text(&self.request(name).await["id"])
    }

    /// The membership of somebody; null where there is none.
    pub(super) async fn membership(&self, group: &str, name: &str) -> Value {
        let answer = self.get("mg", &self.member(group, name)).await;
        if answer.status == 404 {
            Value::Null
        } else {
            answer.expect(200).json()
        }
    }

    pub(super) async fn status(&self, group: &str, name: &str) -> String {
        self.membership(group, name).await["status"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// A day that many days from today, where days begin in UTC.
    pub(super) fn day(&self, days: i64) -> String {
        let at = directory::Timestamp::from_millis(self.app.now().millis() + days * 86_400_000);
        at.to_string()[..10].to_owned()
    }

    /// Moves the clock on by days, one by one, as jobs run.
    pub(super) async fn pass(&self, days: i64) {
        for _ in 0..days * 4 {
            self.app.pass(21_600).await;
        }
    }

    /// The bodies of what happened of that kind, oldest first.
    pub(super) async fn facts(&self, kind: &str) -> Vec<Value> {
        let events = self.app.events_of(self.realm).await;
        events
            .into_iter()
            .filter(|event| event.kind == kind)
            .map(|event| event.body)
            .collect()
    }

    /// The mails to somebody that were sent since the last look.
    pub(super) async fn mails(&self, name: &str) -> Vec<TestMail> {
        let address = format!("{name}@example.org");
        let mails = self.app.deliver_mail().await;
        mails.into_iter().filter(|mail| mail.to.contains(&address)).collect()
    }

    /// What follows `invitation/` in the latest mail to somebody.
    pub(super) async fn link(&self, name: &str) -> String {
        let mails = self.mails(name).await;
        let mail = mails.iter().rfind(|mail| mail.text.contains("/invitation/"));
        last_part(&mail.expect("a mail with a link").path_to("invitation"))
    }

    /// Invites somebody to be a member of `/a/b`.
    pub(super) async fn invite(&self, name: &str) -> Answer {
        let way = self.first_way("/a/b").await;
        let body = json!({ "email": format!("{name}@example.org"), "groupRoles": ["member"], "groupEnrollmentConfiguration": { "id": way } });
        self.post(
            "gb",
            &format!("{GROUP}/{}/members/invitation", self.group("/a/b")),
            body,
        )
        .await
    }

    /// The way to join that a group began with.
    pub(super) async fn first_way(&self, group: &str) -> String {
        let all = self
            .get("mg", &format!("{GROUP}/{}/configuration/all", self.group(group)))
            .await
            .expect(200)
            .json();
        text(&all[0]["id"])
    }

    /// What SCIM shows of somebody.
    pub(super) async fn scim(&self, name: &str) -> Value {
        let path = format!("/realms/{}/scim/v2/Users/{}", self.realm, self.id(name));
        self.reader.get(&path).await.expect(200).json()
    }

    /// How many groups SCIM shows somebody in.
    pub(super) async fn links(&self, name: &str) -> usize {
        self.scim(name).await["groups"].as_array().map_or(0, Vec::len)
    }
}

#[track_caller]
pub(super) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

pub(super) fn last_part(place: &str) -> String {
    place.rsplit('/').next().unwrap_or_default().to_owned()
}

pub(super) fn merged(mut body: Value, more: Value) -> Value {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

/// The values of one member of each in a list.
pub(super) fn each(list: &Value, pointer: &str) -> Vec<String> {
    let value = |one: &Value| {
        one.pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    list.as_array().into_iter().flatten().map(value).collect()
}

fn within(groups: &Value, path: &str) -> Option<String> {
    groups.as_array()?.iter().find_map(|group| {
        if group["path"] == path {
            return Some(text(&group["id"]));
        }
        within(&group["extraSubGroups"], path)
    })
}
