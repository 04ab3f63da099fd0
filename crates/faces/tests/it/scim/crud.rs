//! Create, read, replace, delete.

use serde_json::{Value, json};
use testkit::exchange;

use super::{group, hr, members, patch, user};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

testkit::both! {
    async fn a_person_is_made_read_replaced_and_deleted(app: TestApp) {
        let hr = hr(&app).await;
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
            "userName": "Ada@corp.example",
            "externalId": "4711",
            "NAME": { "familyName": "Lovelace", "givenName": "Ada" },
            "emails": [{ "value": "ada@corp.example", "type": "work", "primary": true }],
            ENTERPRISE: { "department": "Engines", "manager": "m-1" },
        });
        let made = exchange!(hr.post("/scim/v2/Users", body), "a_person_is_made");
        let id = made.expect(201).id();
        let path = format!("/scim/v2/Users/{id}");
        exchange!(hr.get(&path), "a_person_is_read").expect(200);
        let replaced = hr.put(&path, json!({ "userName": "ada@CORP.example", "displayName": "Ada" })).await.expect(200);
        assert_eq!(replaced.at("/displayName"), "Ada");
        assert_eq!(replaced.at("/name"), Value::Null);
        assert_eq!(replaced.at("/externalId"), Value::Null);
        assert_eq!(replaced.at("/schemas"), json!(["urn:ietf:params:scim:schemas:core:2.0:User"]));
        assert_eq!(replaced.events, ["user.changed"]);
        exchange!(hr.delete(&path), "a_person_is_deleted").expect(204);
        for answer in [hr.get(&path).await, hr.delete(&path).await, hr.put(&path, json!({ "userName": "x" })).await] {
            assert_eq!((answer.status, answer.at("/status")), (404, json!("404")), "{answer}");
        }
        let again = hr.post("/scim/v2/Users", json!({ "userName": "ada@corp.example" })).await.expect(201);
        assert_ne!(again.id(), id, "a new person has a new id");
    }

    async fn location_and_tag_are_those_of_meta(app: TestApp) {
        let hr = hr(&app).await;
        let made = hr.post("/scim/v2/Users", json!({ "userName": "ann" })).await.expect(201);
        assert_eq!(made.header("location"), made.at("/meta/location"));
        assert_eq!(made.header("location"), format!("https://usher.example/scim/v2/Users/{}", made.id()));
        assert_eq!(made.header("etag"), made.at("/meta/version"));
        assert!(made.header("content-type").starts_with("application/scim+json"));
        assert!(!made.header("x-request-id").is_empty());
    }

    async fn a_taken_user_name_is_a_conflict(app: TestApp) {
        let hr = hr(&app).await;
        let ann = user(&hr, "ann").await;
        let ben = user(&hr, "ben").await;
        exchange!(hr.post("/scim/v2/Users", json!({ "userName": "ANN" })), "a_taken_user_name").expect(409);
        let put = hr.put(&format!("/scim/v2/Users/{ben}"), json!({ "userName": "ann" })).await.expect(409);
        assert_eq!(put.scim_type(), "uniqueness");
        let operations = json!([{ "op": "replace", "path": "userName", "value": "Ann" }]);
        let patched = hr.patch(&format!("/scim/v2/Users/{ben}"), patch(operations.clone())).await.expect(409);
        assert_eq!(patched.scim_type(), "uniqueness");
        // Nobody is in the way of themselves.
        hr.patch(&format!("/scim/v2/Users/{ann}"), patch(operations)).await.expect(200);
    }

    async fn values_may_come_as_their_texts(app: TestApp) {
        for profile in ["generic", "entra", "okta"] {
            let client = app.client_with(profile, &["scim:read", "scim:write"], |program| program.profile(profile)).await;
            let entra = "{\"id\":\"1\",\"value\":\"admin\"}";
            for (number, (roles, stored)) in [(json!(["admin", entra]), json!([{ "value": "admin" }, { "value": entra }])), (json!("admin"), json!([{ "value": "admin" }]))].into_iter().enumerate() {
                let body = json!({ "userName": format!("{profile}{number}"), "roles": roles, "emails": [format!("{profile}{number}@x.example")] });
                let made = client.post("/scim/v2/Users", body).await.expect(201);
                assert_eq!((made.at("/roles"), made.at("/emails/0/value")), (stored, json!(format!("{profile}{number}@x.example"))), "{profile}");
            }
        }
    }

    async fn all_problems_of_a_body_are_told_at_once(app: TestApp) {
        let hr = hr(&app).await;
        let answer = exchange!(hr.post("/scim/v2/Users", json!({ "active": "maybe", "emails": 5 })), "all_problems");
        let detail = answer.at("/detail").to_string();
        for attribute in ["userName", "active"] {
            assert!(detail.contains(attribute), "{detail}");
        }
        assert_eq!(answer.scim_type(), "invalidValue");
        assert_eq!(hr.get("/scim/v2/Users").await.at("/totalResults"), 0);
    }

    async fn what_is_read_only_or_unknown_is_left_out(app: TestApp) {
        let hr = hr(&app).await;
        let body = json!({
            "id": "mine", "meta": { "version": "x", "resourceType": "User" }, "groups": [{ "value": "g" }],
            "userName": "ann", "password": "secret", "favouriteColour": "red", "__proto__": { "x": 1 },
            "manager": null, "department": null,
        });
        let made = hr.post("/scim/v2/Users", body).await.expect(201);
        assert_ne!(made.id(), "mine");
        for name in ["/password", "/favouriteColour", "/groups", "/__proto__", "/manager"] {
            assert_eq!(made.at(name), Value::Null, "{name}");
        }
        let body = app.events().await.into_iter().map(|event| event.body.to_string()).collect::<String>();
        assert!(!body.contains("secret"));
    }

    async fn a_group_has_members_with_type_and_ref(app: TestApp) {
        let hr = hr(&app).await;
        let ann = hr.post("/scim/v2/Users", json!({ "userName": "ann", "displayName": "Ann A." })).await.expect(201).id();
        let inner = group(&hr, "inner", &[&ann]).await;
        let body = json!({ "displayName": "outer", "externalId": "g-1", "members": [{ "value": ann }, { "value": inner }, { "value": ann }] });
        let made = exchange!(hr.post("/scim/v2/Groups", body), "a_group_is_made").expect(201);
        let path = format!("/scim/v2/Groups/{}", made.id());
        assert_eq!(made.at("/members").as_array().map(Vec::len), Some(2), "a member is there once");
        let groups = hr.get(&format!("/scim/v2/Users/{ann}")).await.expect(200).at("/groups");
        assert_eq!(groups.as_array().map(Vec::len), Some(2));
        // A PUT of the person does not touch memberships.
        hr.put(&format!("/scim/v2/Users/{ann}"), json!({ "userName": "ann" })).await.expect(200);
        assert_eq!(members(&hr, &inner).await, std::slice::from_ref(&ann));
        // A PUT of a group without members empties it.
        let emptied = hr.put(&path, json!({ "displayName": "outer", "members": null })).await.expect(200);
        assert_eq!(emptied.at("/members"), Value::Null);
        hr.delete(&format!("/scim/v2/Users/{ann}")).await.expect(204);
        assert_eq!(members(&hr, &inner).await, Vec::<String>::new());
        hr.delete(&path).await.expect(204);
        hr.delete(&path).await.expect(404);
    }

    async fn writing_does_not_imply_reading(app: TestApp) {
        let hr = hr(&app).await;
        let ann = hr.post("/scim/v2/Users", json!({ "userName": "ann", "title": "Countess" })).await.expect(201).id();
        let writer = app.client("writer", &["scim:write"]).await;
        writer.get(&format!("/scim/v2/Users/{ann}")).await.expect(403);
        writer.get("/scim/v2/Users").await.expect(403);
        let operations = json!([{ "op": "replace", "path": "nickName", "value": "A" }]);
        let patched = writer.patch(&format!("/scim/v2/Users/{ann}"), patch(operations)).await.expect(200);
        assert_eq!((patched.at("/title"), patched.id()), (Value::Null, ann.clone()));
        let reader = app.client("reader", &["scim:read"]).await;
        let refused = exchange!(reader.delete(&format!("/scim/v2/Users/{ann}")), "a_missing_scope");
        assert!(refused.header("www-authenticate").contains("insufficient_scope"));
        hr.get(&format!("/scim/v2/Users/{ann}")).await.expect(200);
    }

    async fn a_large_group_answers_a_patch_without_its_members(app: TestApp) {
        let app = app.with_faces(|faces| faces.large_group = 2).await;
        let hr = hr(&app).await;
        let mut people = Vec::new();
        for name in ["a", "b", "c"] {
            people.push(user(&hr, name).await);
        }
        let id = group(&hr, "all", &[&people[0]]).await;
        let path = format!("/scim/v2/Groups/{id}");
        let add = |id: &str| patch(json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]));
        hr.patch(&path, add(&people[1])).await.expect(200);
        let large = hr.patch(&path, add(&people[2])).await.expect(204);
        assert_eq!(large.text, "");
        assert_eq!(large.header("etag"), hr.get(&path).await.header("etag"));
        let projected = hr.patch(&format!("{path}?attributes=displayName"), add(&people[0])).await.expect(200);
        assert_eq!(projected.at("/displayName"), "all");
        assert_eq!(members(&hr, &id).await.len(), 3);
    }

    async fn a_manager_who_is_a_user_is_shown_with_name_and_url(app: TestApp) {
        let hr = hr(&app).await;
        let boss = hr.post("/scim/v2/Users", json!({ "userName": "boss", "displayName": "The Boss" })).await.expect(201);
        let (boss, location) = (boss.id(), boss.at("/meta/location"));
        let nameless = user(&hr, "nameless").await;
        let base = location.as_str().unwrap_or_default().trim_end_matches(&boss).to_owned();
        let sent = json!({ "value": boss, "$ref": "https://elsewhere.example/Users/1", "displayName": "somebody else" });
        let made = hr.post("/scim/v2/Users", json!({ "userName": "ann", ENTERPRISE: { "department": "x", "manager": sent } })).await.expect(201);
        let ann = format!("/scim/v2/Users/{}", made.id());
        let whole = json!({ "value": boss, "$ref": location, "displayName": "The Boss" });
        let get = async |path: &str| hr.get(path).await.expect(200).json();
        let manager = |user: &Value| user[ENTERPRISE]["manager"].clone();
        assert_eq!(manager(&made.json()), whole);
        assert_eq!(manager(&get(&ann).await), whole);
        assert_eq!(get(&ann).await[ENTERPRISE]["department"], "x");
        assert_eq!(get(&format!("{ann}?attributes={ENTERPRISE}:manager.displayName")).await[ENTERPRISE]["manager"], json!({ "displayName": "The Boss" }));
        assert_eq!(get(&format!("{ann}?attributes=userName")).await.get(ENTERPRISE), None);
        // What is shown may be sent back: whatever is kept of it, the same is shown, and once kept it is no change.
        let again = hr.put(&ann, get(&ann).await).await.expect(200);
        assert_eq!(manager(&again.json()), whole);
        let once_more = hr.put(&ann, again.json()).await.expect(200);
        assert_eq!(once_more.header("etag"), again.header("etag"));
        // What is no user's id comes back as it was sent.
        for (name, manager) in [
            ("m1", json!({ "value": "m-1" })),
            ("m2", json!({ "value": "00000000-0000-7000-8000-000000000000", "$ref": "https://elsewhere.example/Users/2" })),
            ("m3", json!({ "value": boss.to_uppercase() })),
            ("m4", json!({ "$ref": location })),
        ] {
            let made = hr.post("/scim/v2/Users", json!({ "userName": name, ENTERPRISE: { "manager": manager } })).await.expect(201);
            assert_eq!(made.json()[ENTERPRISE]["manager"], manager, "{name}");
        }
        let to_nameless = json!({ "userName": "ben", ENTERPRISE: { "manager": { "value": nameless } } });
        hr.post("/scim/v2/Users", to_nameless).await.expect(201);
        let filter = super::escaped("userName eq \"ann\" or userName eq \"ben\" or userName eq \"m1\"");
        let listed = hr.get(&format!("/scim/v2/Users?sortBy=userName&filter={filter}")).await.expect(200);
        let shown: Vec<Value> = (0..3).map(|n| manager(&listed.at(&format!("/Resources/{n}")))).collect();
        assert_eq!(shown, [whole, json!({ "value": nameless, "$ref": format!("{base}{nameless}") }), json!({ "value": "m-1" })]);
        // Who is out of reach stays unnamed, and so does who has gone.
        let desk = app.client_with("desk", &["scim:read"], |program| program.policy(json!({ "user_filter": "userName eq \"ann\"" }))).await;
        assert_eq!(manager(&desk.get(&ann).await.expect(200).json()).get("displayName"), None);
        hr.delete(&format!("/scim/v2/Users/{boss}")).await.expect(204);
        assert_eq!(manager(&get(&ann).await)["value"], boss);
        assert_eq!(manager(&get(&ann).await).get("displayName"), None);
    }

    async fn ids_that_are_none_are_not_found(app: TestApp) {
        let hr = hr(&app).await;
        let long = "x".repeat(3000);
        for id in ["1", "..%2f..", "%00", "%ff%fe", "00000000-0000-0000-0000-000000000000", "{id}", "%F0%9F%98%80", long.as_str()] {
            for path in [format!("/scim/v2/Users/{}", id.replace('{', "%7B").replace('}', "%7D")), format!("/scim/v2/Groups/{}", id.replace(['{', '}'], ""))] {
                assert_eq!(hr.get(&path).await.status, 404, "{path}");
                assert_eq!(hr.delete(&path).await.status, 404, "{path}");
                assert_eq!(hr.patch(&path, patch(json!([{ "op": "remove", "path": "title" }]))).await.status, 404, "{path}");
            }
        }
    }
}
