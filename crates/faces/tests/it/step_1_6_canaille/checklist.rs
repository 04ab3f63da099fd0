//! Numbers 1, 5, 6, 8, 9, 10 and 14.

use directory::client::Profile;
use directory::user::Lifecycle;
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestClient};

use super::{BOTH, ENTERPRISE, add, add_group, assert_refused, dialects, person};
use crate::scim::{members, patch};
use crate::store::Dump;

fn detail(answer: &Answer) -> String {
    answer.at("/detail").as_str().unwrap_or_default().to_owned()
}

/// A token that acts as that person, of a client of each kind.
async fn as_oneself(app: &TestApp, profile: &str, user: directory::Id<directory::user::User>) -> TestClient {
    assert!(Profile::parse(profile).is_ok());
    let name = format!("{profile} of {user}");
    app.client_with(&name, &["scim:me"], |program| program.profile(profile).acts_as(user))
        .await
}

/// The path of the page behind a new invitation of that name.
async fn invited(app: &TestApp, name: &str) -> String {
    let admin = app.client(&format!("inviter of {name}"), &["admin"]).await;
    admin
        .post("/api/v1/invitations", json!({ "new_user": person(name) }))
        .await
        .expect(201);
    app.deliver_mail().await.remove(0).invitation_path()
}

testkit::both! {
    async fn c_01_discovery_says_what_is_served(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let config = client.get("/scim/v2/ServiceProviderConfig").await.expect(200);
            for feature in ["patch", "bulk", "filter", "sort", "etag"] {
                assert_eq!(config.at(&format!("/{feature}/supported")), true, "{name} {feature}");
            }
            assert_eq!(config.at("/changePassword/supported"), false, "passwords are discarded");
            assert!(config.at("/filter/maxResults").as_u64().is_some_and(|most| most >= 100), "{config}");
            assert!(config.at("/bulk/maxOperations").as_u64().is_some_and(|most| most > 0), "{config}");
            assert_eq!(config.at("/authenticationSchemes/0/type"), "oauthbearertoken");
            let types = client.get("/scim/v2/ResourceTypes").await.expect(200);
            assert_eq!(types.at("/totalResults"), 2);
            for kind in types.at("/Resources").as_array().expect("a list") {
                let id = kind["id"].as_str().expect("an id");
                assert_eq!(client.get(&format!("/scim/v2/ResourceTypes/{id}")).await.expect(200).json(), *kind);
                let extensions = kind["schemaExtensions"].as_array().cloned().unwrap_or_default();
                for urn in extensions.iter().map(|extension| &extension["schema"]).chain([&kind["schema"]]) {
                    let schema = client.get(&format!("/scim/v2/Schemas/{}", urn.as_str().expect("a URN"))).await.expect(200);
                    assert_eq!(schema.at("/id"), *urn);
                    assert!(schema.at("/meta/location").is_string(), "{schema}");
                }
            }
            for path in ["ServiceProviderConfig", "ResourceTypes", "ResourceTypes/User", "Schemas", "Schemas/urn:ietf:params:scim:schemas:core:2.0:User"] {
                for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                    let answer = client.request(method.clone(), &format!("/scim/v2/{path}")).json(&json!({})).await;
                    assert_refused(&answer, 405, "", &format!("{method} {path}"));
                }
            }
            for unknown in ["ResourceTypes/1b7d", "Schemas/1b7d", "Robots", "Robots/1"] {
                assert_refused(&client.get(&format!("/scim/v2/{unknown}")).await, 404, "", unknown);
            }
        }
    }

    async fn c_05_a_token_without_a_scim_scope_reaches_nothing(app: TestApp) {
        let owner = app.client("owner", &BOTH).await;
        let ann = add(&owner, "ann").await;
        let staff = add_group(&owner, "staff", &[&ann]).await;
        let before = Dump::of(&app).await;
        let set = |program: testkit::Program| program.profile("canaille");
        let openid = app.client_with("openid", &["graph:read", "graph:write", "agm:self", "events:read"], set).await;
        let registered = Dump::of(&app).await;
        assert_ne!(before, registered);
        let bulk = json!({ "Operations": [{ "method": "DELETE", "path": format!("/Users/{ann}") }] });
        let rename = patch(json!([{ "op": "replace", "path": "title", "value": "x" }]));
        for answer in [
            openid.get("/scim/v2/Users").await, openid.get("/scim/v2/Groups").await, openid.get("/scim/v2").await, openid.get(&format!("/scim/v2/Users/{ann}")).await,
            openid.get(&format!("/scim/v2/Groups/{staff}")).await, openid.get("/scim/v2/Users/ann").await, openid.post("/scim/v2/Users", person("ben")).await,
            openid.put(&format!("/scim/v2/Users/{ann}"), person("ann")).await, openid.patch(&format!("/scim/v2/Users/{ann}"), rename.clone()).await, openid.delete(&format!("/scim/v2/Users/{ann}")).await,
            openid.post("/scim/v2/Groups", json!({ "displayName": "x" })).await, openid.put(&format!("/scim/v2/Groups/{staff}"), json!({ "displayName": "x" })).await,
            openid.patch(&format!("/scim/v2/Groups/{staff}"), patch(json!([{ "op": "remove", "path": "members" }]))).await, openid.delete(&format!("/scim/v2/Groups/{staff}")).await,
            openid.post("/scim/v2/.search", json!({})).await, openid.post("/scim/v2/Users/.search", json!({})).await, openid.post("/scim/v2/Groups/.search", json!({})).await,
            openid.post("/scim/v2/Bulk", bulk).await, openid.post(&format!("/scim/v2/Users/{ann}/.invitation"), json!({ "action": "resend" })).await,
        ] {
            assert_refused(&answer, 403, "", "without a scope");
            assert!(answer.header("www-authenticate").contains("insufficient_scope"), "{answer}");
        }
        // Not even whether a name is there: what is unknown is refused alike.
        for path in ["Users/nobody", "Users/00000000-0000-0000-0000-000000000000", "Groups/nothing"] {
            assert_refused(&openid.get(&format!("/scim/v2/{path}")).await, 403, "", path);
            assert_refused(&openid.delete(&format!("/scim/v2/{path}")).await, 403, "", path);
            assert_refused(&openid.patch(&format!("/scim/v2/{path}"), rename.clone()).await, 403, "", path);
        }
        let after = Dump::of(&app).await;
        assert_eq!(after, registered, "{}", registered.difference(&after));
    }

    async fn c_06_the_token_of_a_locked_person_is_refused(app: TestApp) {
        let hr = app.client("hr", &BOTH).await;
        for (name, profile) in [("ann", "generic"), ("ben", "canaille")] {
            let id = app.user(name).await;
            let me = as_oneself(&app, profile, id).await;
            me.get("/scim/v2/Me").await.expect(200);
            let path = format!("/scim/v2/Users/{id}");
            hr.patch(&path, patch(json!([{ "op": "replace", "path": "active", "value": false }]))).await.expect(200);
            for answer in [me.get("/scim/v2/Me").await, me.patch("/scim/v2/Me", patch(json!([{ "op": "replace", "path": "title", "value": "x" }]))).await] {
                assert_refused(&answer, 401, "", name);
                assert!(detail(&answer).starts_with("invalid_token: "), "{answer}");
            }
            hr.patch(&path, patch(json!([{ "op": "replace", "path": "active", "value": true }]))).await.expect(200);
            assert_refused(&me.get("/scim/v2/Me").await, 401, "", "locking revokes for good");
            let again = as_oneself(&app, "okta", id).await;
            again.get("/scim/v2/Me").await.expect(200);
            hr.delete(&path).await.expect(204);
            assert_refused(&again.get("/scim/v2/Me").await, 401, "", "one who has left");
        }
    }

    async fn c_08_two_writes_in_one_instant_have_two_etags(app: TestApp) {
        let title = |text: &str| patch(json!([{ "op": "replace", "path": "title", "value": text }]));
        for (name, client) in dialects(&app).await {
            let path = format!("/scim/v2/Users/{}", add(&client, name).await);
            let first = client.patch(&path, title("1")).await.expect(200);
            let second = client.patch(&path, title("2")).await.expect(200);
            assert_ne!(first.header("etag"), second.header("etag"));
            assert_eq!(first.at("/meta/lastModified"), second.at("/meta/lastModified"), "the clock stands");
            assert_eq!(second.header("etag"), second.at("/meta/version").as_str().unwrap_or_default());
            let group = format!("/scim/v2/Groups/{}", add_group(&client, "one", &[]).await);
            let tag = client.get(&group).await.expect(200).header("etag").to_owned();
            let add = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": first.id() }] }]));
            client.patch(&group, add.clone()).header("if-match", &tag).await.expect(200);
            assert_refused(&client.patch(&group, add).header("if-match", &tag).await, 412, "", "a stale tag");
            for stale in [first.header("etag"), "W/\"0\"", "\"x\""] {
                for answer in [
                    client.patch(&path, title("3")).header("if-match", stale).await, client.put(&path, person(name)).header("if-match", stale).await, client.delete(&path).header("if-match", stale).await,
                ] {
                    assert_refused(&answer, 412, "", stale);
                }
            }
            let list = format!("{}, {}", first.header("etag"), second.header("etag"));
            client.patch(&path, title("4")).header("if-match", &list).await.expect(200);
            client.patch(&path, title("5")).header("if-match", "*").await.expect(200);
            let now = client.get(&path).await.expect(200);
            client.get(&path).header("if-none-match", now.header("etag")).await.expect(304);
            client.get(&path).header("if-none-match", first.header("etag")).await.expect(200);
        }
    }

    async fn c_08_me_checks_if_match(app: TestApp) {
        let ann = app.user_with("default", person("ann")).await;
        for profile in ["generic", "canaille"] {
            let me = as_oneself(&app, profile, ann).await;
            let nick = |text: &str| patch(json!([{ "op": "replace", "path": "nickName", "value": text }]));
            let first = me.patch("/scim/v2/Me", nick("1")).await.expect(200).header("etag").to_owned();
            let second = me.patch("/scim/v2/Me", nick("2")).header("if-match", &first).await.expect(200).header("etag").to_owned();
            assert_ne!(first, second);
            let mut body = person("ann");
            body["nickName"] = "3".into();
            assert_refused(&me.patch("/scim/v2/Me", nick("3")).header("if-match", &first).await, 412, "", "PATCH");
            assert_refused(&me.put("/scim/v2/Me", body.clone()).header("if-match", &first).await, 412, "", "PUT");
            assert_eq!(me.get("/scim/v2/Me").await.expect(200).at("/nickName"), "2");
            me.get("/scim/v2/Me").header("if-none-match", &second).await.expect(304);
            me.patch("/scim/v2/Me", nick("4")).header("if-match", "*").await.expect(200);
        }
    }

    async fn c_09_groups_may_be_empty_and_unknown_members_are_told(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let ann = add(&client, &format!("ann-{name}")).await;
            let empty = client.post("/scim/v2/Groups", json!({ "displayName": format!("empty-{name}") })).await.expect(201);
            let path = format!("/scim/v2/Groups/{}", empty.id());
            let add = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": ann }] }]));
            let once = client.patch(&path, add.clone()).await.expect(200);
            assert_eq!(once.events, ["member.added"]);
            let twice = client.patch(&path, add).await.expect(200);
            assert!(twice.events.is_empty() && twice.header("etag") == once.header("etag"), "a second time changes nothing: {twice}");
            assert_eq!(members(&client, &empty.id()).await, [ann.as_str()]);
            // The last one may go.
            client.patch(&path, patch(json!([{ "op": "remove", "path": format!("members[value eq \"{ann}\"]") }]))).await.expect(200);
            assert!(members(&client, &empty.id()).await.is_empty());
            for unknown in ["00000000-0000-0000-0000-000000000000", "nobody"] {
                let both = json!([{ "value": unknown }, { "value": ann }]);
                let body = json!({ "displayName": format!("{unknown}-{name}"), "members": both });
                let operations = patch(json!([{ "op": "add", "path": "members", "value": both }]));
                let (made, changed) = (client.post("/scim/v2/Groups", body).await, client.patch(&path, operations).await);
                if name == "canaille" {
                    for answer in [made, changed] {
                        assert_refused(&answer, 400, "invalidValue", unknown);
                        assert!(detail(&answer).contains(unknown), "{answer}");
                    }
                    assert!(members(&client, &empty.id()).await.is_empty(), "all or nothing");
                } else {
                    assert_eq!(members(&client, &made.expect(201).id()).await, [ann.as_str()], "the rest is applied");
                    let told = changed.expect(200);
                    assert!(told.events.iter().any(|kind| kind == "group.members_left_out"), "{told}");
                }
            }
        }
    }

    async fn c_10_people_change_of_themselves_only_what_they_may(app: TestApp) {
        let hr = app.client("hr", &BOTH).await;
        let mut body = person("ann");
        body[ENTERPRISE] = json!({ "employeeNumber": "7", "department": "Sales" });
        body["roles"] = json!([{ "value": "clerk" }]);
        let id = hr.post("/scim/v2/Users", body).await.expect(201).id();
        let user = directory::Id::parse(&id).expect("an id");
        for profile in ["generic", "canaille", "entra"] {
            let me = as_oneself(&app, profile, user).await;
            let before = Dump::of(&app).await;
            let mut tried = 0;
            for (path, value) in [
                ("userName", json!("root")), ("active", json!(false)), ("active", json!("False")), ("emails", json!([{ "value": "other@example.org" }])), ("emails[value sw \"ann\"].value", json!("o@example.org")),
                ("roles", json!([{ "value": "admin" }])), ("name.familyName", json!("Other")), ("userType", json!("Boss")), ("entitlements", json!([{ "value": "all" }])), ("addresses", json!([{ "locality": "X" }])),
                ("x509Certificates", json!([{ "value": "AAAA" }])), (&format!("{ENTERPRISE}:department"), json!("Board")), (&format!("{ENTERPRISE}:employeeNumber"), json!("1")), ("department", json!("Board")),
                (&format!("{ENTERPRISE}:manager"), json!(id)), ("urn:ietf:params:scim:schemas:core:2.0:User:userName", json!("root")), ("USERNAME", json!("root")),
            ] {
                let answer = me.patch("/scim/v2/Me", patch(json!([{ "op": "replace", "path": "nickName", "value": "N" }, { "op": "replace", "path": path, "value": value }]))).await;
                let refused = if profile == "canaille" && path.to_ascii_lowercase().ends_with("username") { (400, "mutability") } else { (403, "") };
                assert_refused(&answer, refused.0, refused.1, &format!("{profile} {path} {value}"));
                if refused.0 == 403 {
                    let told = detail(&answer);
                    assert!(told.contains("may not change") && told.contains("displayName"), "it says what may be changed: {told}");
                }
                tried += 1;
            }
            assert_eq!(tried, 17);
            for operation in [
                json!({ "op": "add", "value": { "active": false } }), json!({ "op": "replace", "value": { ENTERPRISE: { "department": "Board" } } }),
                json!({ "op": "remove", "path": "emails" }), json!({ "op": "remove", "path": ENTERPRISE }), json!({ "op": "remove", "path": "roles" }),
            ] {
                assert_refused(&me.patch("/scim/v2/Me", patch(json!([operation]))).await, 403, "", &operation.to_string());
            }
            let (mut promoted, mut bare) = (person("ann"), person("ann"));
            promoted[ENTERPRISE] = json!({ "employeeNumber": "7", "department": "Board" });
            bare["emails"] = json!([]);
            for body in [promoted, bare] {
                assert_refused(&me.put("/scim/v2/Me", body.clone()).await, 403, "", &body.to_string());
            }
            assert_refused(&me.patch("/scim/v2/Me", patch(json!([{ "op": "add", "path": "groups", "value": [{ "value": id }] }]))).await, 400, "mutability", "groups");
            assert_refused(&me.delete("/scim/v2/Me").await, 403, "", "DELETE");
            // The program's word for the person is not theirs: it stays.
            let external = me.patch("/scim/v2/Me", patch(json!([{ "op": "add", "path": "externalId", "value": "mine" }]))).await;
            assert!(external.status < 500 && external.events.is_empty(), "{external}");
            let after = Dump::of(&app).await;
            assert_eq!(after, before, "{}", before.difference(&after));
        }
    }

    async fn c_14_an_invitation_link_is_used_once(app: TestApp) {
        for (name, first, second) in [("ann", "accept", "accept"), ("ben", "accept", "decline"), ("cid", "decline", "accept"), ("dan", "decline", "decline")] {
            let path = invited(&app, name).await;
            app.anonymous().get(&path).await.expect(200);
            let done = app.anonymous().post_form(&path, &[("answer", first)]).await.expect(303);
            assert_eq!(done.events.last().map(String::as_str), Some(if first == "accept" { "user.lifecycle_changed" } else { "invitation.rejected" }), "{done}");
            let before = Dump::of(&app).await;
            // Another name in the form is not another person.
            for fields in [vec![("answer", second)], vec![("answer", second), ("userName", "other"), ("user_name", "other"), ("email", "other@example.org")]] {
                let again = app.anonymous().post_form(&path, &fields).await.expect(410);
                assert!(again.events.is_empty() && !again.text.contains("example.org"), "{again}");
            }
            app.anonymous().get(&path).await.expect(410);
            let after = Dump::of(&app).await;
            assert_eq!(after, before, "{}", before.difference(&after));
        }
    }

    async fn c_14_what_else_is_in_the_form_changes_nothing(app: TestApp) {
        let path = invited(&app, "ann").await;
        let fields = [("answer", "accept"), ("userName", "root"), ("user_name", "root"), ("email", "other@example.org"), ("groups", "admins")];
        app.anonymous().post_form(&path, &fields).await.expect(303);
        let reader = app.client("reader", &["scim:read"]).await;
        let shown = reader.get("/scim/v2/Users?attributes=urn:usher:scim:schemas:1.0:User,userName,emails,groups").await.expect(200);
        assert_eq!((shown.at("/totalResults"), shown.at("/Resources/0/userName"), shown.at("/Resources/0/emails/0/value")), (json!(1), json!("ann"), json!("ann@example.org")));
        assert_eq!((shown.at("/Resources/0/groups"), shown.at("/Resources/0")["urn:usher:scim:schemas:1.0:User"]["lifecycle"].clone()), (Value::Null, json!(Lifecycle::Active.name())));
    }

    async fn c_14_of_many_at_once_one_uses_it(app: TestApp) {
        let path = invited(&app, "ann").await;
        let requests = (0..12).map(|number| {
            let request = app.anonymous().post_form(&path, &[("answer", if number % 3 == 2 { "decline" } else { "accept" })]);
            async move { request.await.status }
        });
        let statuses = futures_util::future::join_all(requests).await;
        assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 303 | 410)), "{statuses:?}");
    }
}
