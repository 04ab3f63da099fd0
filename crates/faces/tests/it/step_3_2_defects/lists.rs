//! Lists and what they show: D-17, D-18, D-28, D-44, D-45.

use serde_json::{Value, json};
use testkit::both;

use super::place::{ASK, GROUP, Place, REVIEW, each, text};

both! {
    /// Lists showed administrators all that is known of people.
    async fn d_17_lists_show_what_the_realm_allows(app: TestApp) {
        let place = Place::new(app).await;
        place.add("/a/b", "u1", json!({})).await;
        let members = format!("{GROUP}/{}/members", place.group("/a/b"));
        // The first sign-in links them.
        place.get("u1", "/account/user/groups").await.expect(200);
        let shown = place.get("gb", &members).await.expect(200);
        let user = shown.at("/results/0/user");
        let known: Vec<&String> = user.as_object().expect("an object").keys().collect();
        assert_eq!(known, ["id", "username", "firstName", "lastName", "email", "emailVerified"]);
        place.app.set_realm("default", |settings| settings.agm.user_attributes = vec!["title".to_owned()]).await;
        let shown = place.get("gb", &members).await.expect(200);
        assert_eq!(shown.at("/results/0/user/attributes"), json!({ "title": ["Title of u1"] }));
        assert_eq!(shown.at("/results/0/user/federatedIdentities"), Value::Null);
        place.app.set_realm("default", |settings| settings.agm.show_identities = true).await;
        let issuer = place.app.provider("default").await.issuer().to_owned();
        for path in [members.clone(), place.member("/a/b", "u1")] {
            let shown = place.get("gb", &path).await.expect(200).json();
            let user = shown.pointer("/results/0/user").unwrap_or(&shown["user"]);
            assert_eq!(user["federatedIdentities"], json!([{ "identityProvider": issuer }]), "{path}");
        }
    }

    /// Writing what somebody is entitled to lost what others had written there.
    async fn d_18_what_others_have_written_stays(app: TestApp) {
        let place = Place::new(app).await;
        let settings = json!({ "userAttribute": "entitlements", "urnNamespace": "urn:mace:example.org" });
        place.post("root", "/admin/member-user-attribute/configuration", settings).await.expect(204);
        let scim = place.app.client("hr", &["scim:write", "scim:read"]).await;
        let patch = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "add", "path": "entitlements", "value": [{ "value": "urn:other:1" }] }] });
        scim.patch(&format!("/scim/v2/Users/{}", place.id("u1")), patch).await.expect(200);
        let values = async || {
            let mut values = each(&place.scim("u1").await["entitlements"], "/value");
            values.sort();
            values
        };
        place.add("/a/b", "u1", json!({})).await;
        assert_eq!(values().await, ["urn:mace:example.org:group:a:b:role=member", "urn:other:1"]);
        place.delete("gb", &place.member("/a/b", "u1")).await.expect(204);
        assert_eq!(values().await, ["urn:other:1"]);
    }

    /// Searches looked at letters and wildcards each in their own way, and counts were of something else.
    async fn d_28_searches_mean_the_same_everywhere(app: TestApp) {
        let place = Place::new(app).await;
        for role in ["lead", "leader"] {
            place.post("gb", &format!("{GROUP}/{}/roles?name={role}", place.group("/a/b")), Value::Null).await.expect(204);
        }
        place.add("/a/b", "u1", json!({ "groupRoles": ["lead", "leader"] })).await;
        place.add("/a/b", "u2", json!({})).await;
        let members = format!("{GROUP}/{}/members", place.group("/a/b"));
        for (query, count) in [("role=LEA", 1), ("search=FAMILY", 2), ("search=%25", 0), ("search=_", 0), ("search=given%20u1", 1), ("status=PENDING", 0)] {
            let found = place.get("gb", &format!("{members}?{query}")).await.expect(200);
            let rows = found.at("/results").as_array().map_or(0, Vec::len);
            assert_eq!((found.at("/count"), rows), (json!(count), count), "{query}");
        }
        let way = place.first_way("/a/b").await;
        place.asked("mgx", &way).await;
        let asked = place.first_way("/x").await;
        place.asked("mgx", &asked).await;
        let mine = |name: &str| format!("/account/user/enroll-requests?groupName={name}");
        assert_eq!(place.get("mgx", &mine("X")).await.expect(200).at("/count"), 1);
        assert_eq!(place.get("mgx", &mine("%25")).await.expect(200).at("/count"), 0);
    }

    /// A list was as long as whoever asked for it wished.
    async fn d_44_lists_end(app: TestApp) {
        let place = Place::new(app).await;
        let scim = place.app.client("hr", &["scim:write"]).await;
        let people: Vec<Value> = {
            let mut ids = Vec::new();
            for number in 0..501 {
                ids.push(json!({ "value": place.app.user(&format!("p{number}")).await.to_string() }));
            }
            ids
        };
        let patch = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "add", "path": "members", "value": people }] });
        let patched = scim.patch(&format!("/scim/v2/Groups/{}", place.group("/x")), patch).await;
        assert!(matches!(patched.status, 200 | 204), "{patched}");
        let list = place.get("mg", &format!("{GROUP}/{}/members?max=1000000", place.group("/x"))).await.expect(200).json();
        assert_eq!((list["results"].as_array().map(Vec::len), &list["count"]), (Some(500), &json!(501)));
        let rest = place.get("mg", &format!("{GROUP}/{}/members?first=500&max=500", place.group("/x"))).await.expect(200).json();
        assert_eq!(rest["results"].as_array().map(Vec::len), Some(1));
    }

    /// It took a provider that was patched: with kinds of events and notes in sessions that no other has, and rights and memberships
    /// that were its own.
    async fn d_45_an_ordinary_provider_is_enough(app: TestApp) {
        let place = Place::new(app).await;
        let settings = json!({ "userAttribute": "entitlements", "urnNamespace": "urn:mace:example.org" });
        place.post("root", "/admin/member-user-attribute/configuration", settings).await.expect(204);
        let way = place.first_way("/a/b").await;
        // It was asked for what every provider tells everybody, and is asked for nothing from now on.
        let public = ["/.well-known/openid-configuration", "/jwks"];
        let asked = place.provider.asked_for();
        assert!(!asked.is_empty() && asked.iter().all(|path| public.contains(&path.as_str())), "{asked:?}");
        place.provider.goes_away();
        // Tokens that say nothing but what every provider says: no address, no roles, no session.
        let says: Vec<String> = place.provider.claims("u1").as_object().expect("claims").keys().cloned().collect();
        assert_eq!(says, ["iss", "aud", "sub", "iat", "exp"]);
        let [u1, gb] = ["u1", "gb"].map(|name| place.provider.token(name, &json!({})));
        let ask = json!({ "groupEnrollmentConfiguration": { "id": way }, "groupRoles": ["member"], "comments": "please" });
        place.send(&u1, "POST", ASK, ask).await.expect(204);
        let queue = place.send(&gb, "GET", "/account/group-admin/enroll-requests", Value::Null).await.expect(200);
        let request = queue.at("/results/0");
        assert_eq!((&request["userFirstName"], &request["userEmail"]), (&json!("Given u1"), &json!("u1@example.org")));
        assert!(request.get("userAuthnAuthorities").is_none(), "{request}");
        let accept = format!("{REVIEW}/{}/accept", text(&request["id"]));
        place.send(&gb, "POST", &accept, Value::Null).await.expect(204);
        // What happened is in the log of here, in the kinds that the patch had brought.
        let member = place.member("/a/b", "u1");
        place.send(&gb, "POST", &format!("{member}/suspend"), Value::Null).await.expect(204);
        place.send(&gb, "POST", &format!("{member}/activate"), Value::Null).await.expect(204);
        let kept = [place.facts("GROUP_MEMBERSHIP_CREATE").await, place.facts("GROUP_MEMBERSHIP_SUSPEND").await];
        assert_eq!(kept.each_ref().map(Vec::len), [2, 1], "{kept:?}");
        // What it comes to is to be read by SCIM, by the provider too: the group, and what it entitles to.
        let shown = place.scim("u1").await;
        assert_eq!(each(&shown["groups"], "/value"), [place.group("/a/b")]);
        assert_eq!(each(&shown["entitlements"], "/value"), ["urn:mace:example.org:group:a:b:role=member"]);
        assert_eq!(place.provider.asked_for(), Vec::<String>::new());
    }
}
