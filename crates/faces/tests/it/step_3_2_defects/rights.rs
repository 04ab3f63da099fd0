//! Who may: D-01 to D-07, D-09, D-11, D-31, D-34, D-42.

use directory::Id;
use directory::group::{Privileged, SetPrivileged};
use serde_json::{Value, json};
use testkit::both;

use super::place::{ASK, GROUP, Place, REVIEW, each, text};

const TREES: [&str; 3] = [
    "/account/user/groups",
    "/account/group-admin/groups",
    "/admin/configuration-rules",
];

both! {
    /// A token of realm B acted in realm A with the rights it had in B.
    async fn d_01_a_token_of_another_realm_acts_nowhere_else(app: TestApp) {
        let here = Place::new(app.clone()).await;
        let there = Place::of(app, "other").await;
        let way = here.way("/a/b", json!({ "name": "open", "requireApproval": false })).await;
        for name in ["root", "mg", "ga", "u1"] {
            let foreign = there.token(name);
            for path in TREES {
                here.send(&foreign, "GET", path, Value::Null).await.expect(401);
            }
            here.send(&foreign, "POST", "/admin/group", json!({ "name": "taken" })).await.expect(401);
            let ask = json!({ "groupEnrollmentConfiguration": { "id": way }, "groupRoles": ["member"] });
            here.send(&foreign, "POST", ASK, ask).await.expect(401);
        }
        assert_eq!(here.status("/a/b", "u1").await, "");
    }

    /// Anybody who was signed in could start recalculations, of all realms.
    async fn d_02_recalculations_are_for_the_administration_and_one_at_a_time(app: TestApp) {
        let place = Place::new(app).await;
        for path in ["/admin/memberUserAttribute/calculation", "/admin/effective-expiration-date/calculation"] {
            for name in ["u1", "ga", "mg"] {
                place.post(name, path, Value::Null).await.expect(403);
            }
            let client = place.app.bearer(&place.token("root"));
            let path = format!("/realms/default/agm{path}");
            client.post(&path, json!({})).await.expect(204);
            let second = client.post(&path, json!({})).await.expect(409);
            assert_eq!(second.at("/code"), "job_running");
            place.app.run_jobs().await;
            client.post(&path, json!({})).await.expect(204);
            place.app.run_jobs().await;
        }
    }

    /// Ids in a path were looked up without the group in it.
    async fn d_03_what_is_of_another_group_is_not_found(app: TestApp) {
        let place = Place::new(app).await;
        let (way, member) = (place.first_way("/x").await, place.add("/x", "u1", json!({})).await);
        let at = format!("{GROUP}/{}", place.group("/a/b"));
        for (method, below) in [
            ("GET", format!("/configuration/{way}")),
            ("DELETE", format!("/configuration/{way}")),
            ("POST", format!("/default-configuration?configurationId={way}")),
            ("GET", format!("/member/{member}")),
            ("DELETE", format!("/member/{member}")),
            ("POST", format!("/member/{member}/suspend")),
            ("DELETE", format!("/member/{member}/role/member")),
        ] {
            place.send(&place.token("gb"), method, &format!("{at}{below}"), Value::Null).await.expect(404);
        }
        let other = Place::of(place.app.clone(), "other").await;
        place.get("u1", &format!("/account/user/configuration/{}", other.first_way("/x").await)).await.expect(404);
        assert_eq!(place.status("/x", "u1").await, "ENABLED");
    }

    /// Any token of the realm was taken, for whomever it was made.
    async fn d_04_a_token_for_another_audience_is_refused(app: TestApp) {
        let place = Place::new(app).await;
        let other = place.provider.clone().for_audience("some-other-program");
        let token = other.token_of("u1", "u1@example.org");
        for path in TREES {
            place.send(&token, "GET", path, Value::Null).await.expect(401);
        }
        // One of ours takes the scope.
        let me = Id::parse(&place.id("u1")).expect("an id");
        let narrow = place.app.client_with("narrow", &["scim:me"], |program| program.acts_as(me)).await;
        narrow.get("/realms/default/agm/account/user/groups").await.expect(403);
        let wide = place.app.client_with("wide", &["agm:self"], |program| program.acts_as(me)).await;
        wide.get("/realms/default/agm/account/user/groups").await.expect(200);
    }

    /// Whoever administered a group could take any other below it.
    async fn d_05_nobody_takes_a_group_that_is_not_theirs(app: TestApp) {
        let place = Place::new(app).await;
        let children = format!("{GROUP}/{}/children", place.group("/a/b"));
        let taken = json!({ "id": place.group("/x"), "name": "x" });
        place.post("gb", &children, taken.clone()).await.expect(403);
        assert_eq!(place.find("/x").await, place.group("/x"));
        // Nor out of one that is not: who administers a group alone leaves it where it is.
        let own = format!("{GROUP}/{}/admin?username=u2", place.group("/a/b/c"));
        place.post("ga", &own, Value::Null).await.expect(204);
        place.post("root", &format!("/admin/group/{}/admin/{}", place.group("/x"), place.id("u2")), Value::Null).await.expect(204);
        let out = json!({ "id": place.group("/a/b/c"), "name": "c" });
        place.post("u2", &format!("{GROUP}/{}/children", place.group("/x")), out).await.expect(403);
        assert_eq!(place.find("/a/b/c").await, place.group("/a/b/c"));
        let cycle = json!({ "id": place.group("/a"), "name": "a" });
        place.post("mg", &children, cycle).await.expect(400);
        place.post("mg", &children, taken).await.expect(204);
        assert_eq!(place.find("/a/b/x").await, place.group("/x"));
    }

    /// Anybody could read the people of any group, with all that is known of them.
    async fn d_06_people_are_looked_up_in_ones_own_groups_only(app: TestApp) {
        let place = Place::new(app).await;
        place.add("/x", "u2", json!({})).await;
        place.add("/a/b", "u1", json!({})).await;
        let (b, x) = (place.group("/a/b"), place.group("/x"));
        let path = format!("/account/group-admin/groups/members?groups={b},{x}");
        let found = place.get("gb", &path).await.expect(200).json();
        let names = each(&found["results"], "/username");
        assert!(names.contains(&"u1".to_owned()) && !names.contains(&"u2".to_owned()), "{found}");
        assert!(!found.to_string().contains("Title of"), "{found}");
        place.get("gb", &format!("{path}&search=u1")).await.expect(400);
        let nobody = place.get("u1", &path).await;
        assert!(nobody.status == 403 || nobody.at("/count") == 0, "{nobody}");
        assert!(!place.facts("people.searched").await.is_empty());
    }

    /// The order of a list went into the statement as it came.
    async fn d_07_orders_are_words_of_a_list(app: TestApp) {
        let place = Place::new(app).await;
        let members = format!("{GROUP}/{}/members", place.group("/a/b"));
        for path in ["/account/user/groups", "/account/user/enroll-requests", "/account/group-admin/enroll-requests", &members] {
            for order in ["user.password", "submittedDate;%20DROP%20TABLE%20users", "1", "f.user.attributes"] {
                let refused = place.get("gb", &format!("{path}?order={order}")).await.expect(400);
                assert_eq!(refused.at("/code"), "unknown_order", "{path}");
            }
        }
    }

    /// Whoever was suspended let themselves in again, by enrolling, by leaving first, or by an invitation.
    async fn d_09_nobody_lifts_their_own_suspension(app: TestApp) {
        let place = Place::new(app).await;
        place.invite("u1").await.expect(204);
        let link = place.link("u1").await;
        place.add("/a/b", "u1", json!({})).await;
        let open = place.way("/a/b", json!({ "name": "open", "requireApproval": false, "requireApprovalForExtension": false })).await;
        let approved = place.first_way("/a/b").await;
        let request = place.asked("u1", &approved).await;
        place.post("gb", &format!("{}/suspend", place.member("/a/b", "u1")), Value::Null).await.expect(204);
        // Nor does whoever accepts what they had asked for.
        let accepted = place.post("gb", &format!("{REVIEW}/{request}/accept"), Value::Null).await;
        assert!(matches!(accepted.status, 400..=409), "{accepted}");
        assert_eq!((place.status("/a/b", "u1").await.as_str(), place.links("u1").await), ("SUSPENDED", 0));
        place.post("gb", &format!("{REVIEW}/{request}/reject"), Value::Null).await.expect(204);
        for way in [&open, &approved] {
            assert_eq!(place.ask("u1", way, json!({})).await.expect(403).at("/code"), "suspended");
        }
        place.delete("u1", &format!("/account/user/group/{}/member", place.group("/a/b"))).await.expect(204);
        for way in [&open, &approved] {
            assert_eq!(place.ask("u1", way, json!({})).await.expect(403).at("/code"), "suspended");
        }
        place.post("u1", &format!("/account/user/invitation/{link}/accept"), json!({})).await.expect(403);
        assert_eq!((place.status("/a/b", "u1").await.as_str(), place.links("u1").await), ("", 0));
        // Whoever administers the group lifts it, also now; then they may ask, and are asked nothing else.
        let activate = format!("{}/activate", place.member("/a/b", "u1"));
        place.post("u1", &activate, Value::Null).await.expect(403);
        place.post("gb", &activate, Value::Null).await.expect(204);
        assert_eq!((place.status("/a/b", "u1").await.as_str(), place.links("u1").await), ("", 0));
        place.post("gb", &activate, Value::Null).await.expect(404);
        place.ask("u1", &open, json!({})).await.expect(204);
        assert_eq!((place.status("/a/b", "u1").await.as_str(), place.links("u1").await), ("ENABLED", 1));
    }

    /// An invitation was its row's id in a link, for whoever had it, without end and without a list.
    async fn d_11_an_invitation_is_bound_listed_and_taken_back(app: TestApp) {
        let place = Place::new(app).await;
        place.invite("u1").await.expect(204);
        assert_eq!(place.invite("u1").await.expect(409).at("/code"), "invitation_open");
        let link = place.link("u1").await;
        let admin = place.app.client("admin", &["admin"]).await;
        let listed = admin.get("/api/v1/invitations").await.expect(200).json();
        let id = each(&listed["items"], "/id").pop().expect("it is listed");
        assert!(!listed.to_string().contains(&link), "the link is nowhere but in the mail");
        for wrong in [&id, "nonsense"] {
            place.get("u1", &format!("/account/user/invitation/{wrong}")).await.expect(404);
        }
        place.post("u2", &format!("/account/user/invitation/{link}/accept"), json!({})).await.expect(403);
        admin.post(&format!("/api/v1/invitations/{id}/resend"), json!({})).await.expect(200);
        let again = place.link("u1").await;
        place.get("u1", &format!("/account/user/invitation/{link}")).await.expect(404);
        place.get("u1", &format!("/account/user/invitation/{again}")).await.expect(200);
        // No job has run: the time is looked at when somebody comes.
        place.app.clock().advance(73 * 3600);
        place.app.directory().forget_cached();
        let client = place.app.bearer(&place.token("u1"));
        client.post(&format!("/realms/default/agm/account/user/invitation/{again}/accept"), json!({})).await.expect(404);
        place.app.run_jobs().await;
        place.invite("u1").await.expect(204);
        let link = place.link("u1").await;
        let listed = admin.get("/api/v1/invitations?filter=state%20eq%20%22pending%22").await.expect(200).json();
        let id = each(&listed["items"], "/id").pop().expect("it is listed");
        admin.post(&format!("/api/v1/invitations/{id}/revoke"), json!({})).await.expect(200);
        place.post("u1", &format!("/account/user/invitation/{link}/accept"), json!({})).await.expect(404);
    }

    /// One request deleted a whole realm; people and groups that went elsewhere left rows that blocked everything.
    async fn d_31_no_realm_is_deleted_and_what_is_gone_ends_memberships(app: TestApp) {
        let place = Place::new(app).await;
        let refused = place.delete("root", "/admin").await.expect(405);
        assert_eq!(refused.at("/code"), "not_offered");
        place.add("/x", "u1", json!({})).await;
        place.add("/x", "u2", json!({})).await;
        place.add("/a/b", "u1", json!({})).await;
        place.post("gb", &format!("{}/suspend", place.member("/a/b", "u1")), Value::Null).await.expect(204);
        let scim = place.app.client("hr", &["scim:read", "scim:write"]).await;
        scim.delete(&format!("/scim/v2/Users/{}", place.id("u1"))).await.expect(204);
        place.app.run_jobs().await;
        assert_eq!(place.status("/x", "u1").await, "");
        scim.delete(&format!("/scim/v2/Groups/{}", place.group("/x"))).await.expect(204);
        place.app.run_jobs().await;
        assert_eq!(place.links("u2").await, 0);
        // Each end says why, and what ended, in the history of the group and in that of the person.
        place.app.place_events().await;
        let auditor = place.app.client("auditor", &["events:read"]).await;
        let over = json!({ "status": "ended" });
        for (group, who, cause, was) in [
            ("/x", "u1", "user_deleted", "enabled"),
            ("/a/b", "u1", "user_deleted", "suspended"),
            ("/x", "u2", "group_deleted", "enabled"),
        ] {
            let path = format!("/api/v1/events?limit=500&kind=member.removed&within={}", place.group(group));
            let facts = auditor.get(&path).await.expect(200).json();
            let found = facts["items"].as_array().into_iter().flatten().find(|fact| fact["body"]["user"] == place.id(who));
            let fact = found.unwrap_or_else(|| panic!("{group} {who}: {facts}"));
            let body = &fact["body"];
            assert!(fact["actor"].as_str().is_some_and(|actor| actor.starts_with("client:")), "{fact}");
            assert_eq!((&body["cause"], &body["before"], &body["after"]), (&json!(cause), &json!({ "status": was }), &over), "{fact}");
            let path = format!("/api/v1/events?limit=500&kind=GROUP_MEMBERSHIP_DELETE&subject={}", place.id(who));
            let told = auditor.get(&path).await.expect(200).json();
            let told = told["items"].as_array().into_iter().flatten().map(|fact| &fact["body"]).find(|body| body["group"] == group);
            let told = told.unwrap_or_else(|| panic!("{group} of {who} is not told"));
            assert_eq!((&told["cause"], &told["username"], &told["roles"]), (&json!(cause), &json!(who), &json!("member")), "{told}");
            assert_eq!((&told["before"], &told["after"]), (&json!({ "status": was, "roles": ["member"] }), &over), "{told}");
            assert_eq!(told["membership expiration"], json!(place.day(0)), "{told}");
        }
        let entries = place.facts("GROUP_MEMBERSHIP_DELETE").await.len();
        // Where nobody manages the group, the fact is the same, and in nobody's history.
        let night = json!({ "displayName": "night", "members": [{ "value": place.id("u2") }] });
        let night = text(&scim.post("/scim/v2/Groups", night).await.expect(201).at("/id"));
        scim.delete(&format!("/scim/v2/Users/{}", place.id("u2"))).await.expect(204);
        place.app.run_jobs().await;
        let fact = place.facts("member.removed").await.pop().expect("a fact");
        assert_eq!((&fact["group"], &fact["cause"]), (&json!(night), &json!("user_deleted")), "{fact}");
        assert_eq!((&fact["before"], &fact["after"]), (&json!({ "status": "enabled" }), &over), "{fact}");
        assert_eq!(place.facts("GROUP_MEMBERSHIP_DELETE").await.len(), entries);
        // What names a person goes with them.
        place.pass(31).await;
        assert!(place.facts("GROUP_MEMBERSHIP_DELETE").await.iter().all(|body| body["username"].is_null()));
        place.get("mg", &format!("{GROUP}/{}/all", place.group("/x"))).await.expect(404);
    }

    /// Who makes a group did not administer it, the last administrator could go, and people decided over themselves.
    async fn d_34_groups_keep_an_administrator_and_nobody_decides_for_themselves(app: TestApp) {
        let place = Place::new(app).await;
        let made = place.made("mg", GROUP, json!({ "name": "new" })).await;
        let whole = place.get("mg", &format!("{GROUP}/{made}/all")).await.expect(200).json();
        assert_eq!(each(&whole["admins"], "/user/username"), ["mg"]);
        let admin = format!("{GROUP}/{made}/admin?username=mg");
        let owner = json!({});
        place.post("mg", &format!("{GROUP}/{made}/admin?username=u1"), owner).await.expect(204);
        place.delete("u1", &admin).await.expect(204);
        let last = format!("{GROUP}/{made}/admin?username=u1");
        assert_eq!(place.delete("u1", &last).await.expect(409).at("/code"), "last_admin");
        place.delete("mg", &format!("{last}&force=true")).await.expect(204);
        // Who manages groups sees requests; who administers one does not accept their own.
        let way = place.first_way("/a/b").await;
        let id = place.asked("gb", &way).await;
        place.get("mg", &format!("{REVIEW}/{id}")).await.expect(200);
        assert_eq!(place.post("gb", &format!("{REVIEW}/{id}/accept"), Value::Null).await.expect(403).at("/code"), "not_yourself");
        place.post("ga", &format!("{REVIEW}/{id}/accept"), Value::Null).await.expect(204);
    }

    /// A group that confers rights elsewhere was open to whoever administered it.
    async fn d_42_a_privileged_group_takes_who_is_entitled_or_two(app: TestApp) {
        let place = Place::new(app).await;
        let group = Id::parse(place.group("/a")).expect("an id");
        let privileged = Some(Privileged { roles: vec!["realm-admin".to_owned()] });
        let operator = place.app.operator().await;
        place.app.directory().execute(&operator, SetPrivileged { group, privileged }).await.expect("set");
        let members = format!("{GROUP}/{}/members", place.group("/a"));
        for name in ["u1", "ga"] {
            let body = json!({ "user": { "username": name }, "groupRoles": ["member"] });
            assert_eq!(place.post("ga", &members, body).await.expect(403).at("/code"), "privileged");
        }
        place.post("ga", &format!("{GROUP}/{}/admin?username=u2", place.group("/a")), Value::Null).await.expect(403);
        // Nor by the doors that programs use: without the right, or for oneself.
        let patch = |whom: String| {
            let operation = json!({ "op": "add", "path": "members", "value": [{ "value": whom }] });
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] })
        };
        let at = format!("/realms/default/scim/v2/Groups/{}", place.group("/a"));
        let hr = place.app.client("feed", &["scim:write"]).await;
        hr.patch(&at, patch(place.id("u1"))).await.expect(403);
        place.app.bearer(&place.token("root")).patch(&at, patch(place.id("root"))).await.expect(403);
        // Nor by another group in its place.
        for group in ["/a/b/c", "/a/b"] {
            let privileged = Some(Privileged::default());
            let group = Id::parse(place.group(group)).expect("an id");
            place.app.directory().execute(&operator, SetPrivileged { group, privileged }).await.expect("set");
        }
        let c = place.group("/a/b/c");
        assert_eq!(place.delete("ga", &format!("{GROUP}/{c}")).await.expect(403).at("/code"), "privileged");
        // A second administrator is named by who is entitled.
        let second = format!("/admin/group/{}/admin/{}", place.group("/a"), place.id("gb"));
        place.post("root", &second, Value::Null).await.expect(204);
        let way = place.first_way("/a").await;
        let id = place.asked("u1", &way).await;
        let accept = format!("{REVIEW}/{id}/accept");
        // The first of two leaves it open, and is not the second.
        place.post("ga", &accept, Value::Null).await.expect(204);
        assert_eq!((place.status("/a", "u1").await.as_str(), &place.request("u1").await["status"]), ("", &json!("PENDING_APPROVAL")));
        assert_eq!(place.post("ga", &accept, Value::Null).await.expect(403).at("/code"), "not_yourself");
        assert_eq!((place.status("/a", "u1").await.as_str(), place.links("u1").await), ("", 0));
        place.post("gb", &accept, Value::Null).await.expect(204);
        let request = place.request("u1").await;
        assert_eq!((&request["status"], &request["checkAdmin"]["username"]), (&json!("ACCEPTED"), &json!("gb")));
        assert_eq!((place.status("/a", "u1").await.as_str(), place.links("u1").await), ("ENABLED", 1));
        assert_eq!((place.facts("request.approved_once").await.len(), place.facts("request.accepted").await.len()), (1, 1));
        // Nor is one's own request finished by oneself as the second.
        let own = place.asked("gb", &way).await;
        let accept = format!("{REVIEW}/{own}/accept");
        place.post("ga", &accept, Value::Null).await.expect(204);
        assert_eq!(place.post("gb", &accept, Value::Null).await.expect(403).at("/code"), "not_yourself");
        assert_eq!(place.status("/a", "gb").await, "");
        let body = json!({ "user": { "username": "u2" }, "groupRoles": ["member"] });
        place.post("root", &members, body).await.expect(204);
        assert_eq!(text(&place.membership("/a", "u2").await["status"]), "ENABLED");
        // Every other door: invitations to be a member or to administer, a role, more time, and back in after a suspension.
        place.post("root", &format!("{GROUP}/{}/roles?name=chair", place.group("/a")), Value::Null).await.expect(204);
        place.post("ga", &format!("{}/suspend", place.member("/a", "u1")), Value::Null).await.expect(204);
        let way = json!({ "email": "u2@people.example", "groupRoles": ["member"], "groupEnrollmentConfiguration": { "id": way } });
        let roles = json!({ "groupRoles": ["member", "chair"] });
        let (a, u1, u2) = (place.group("/a"), place.member("/a", "u1"), place.member("/a", "u2"));
        for (method, path, body) in [
            ("POST", format!("{GROUP}/{a}/members/invitation"), way),
            ("POST", format!("{GROUP}/{a}/admin/invite"), json!({ "email": "new@people.example" })),
            ("POST", format!("{u2}/role?name=chair"), Value::Null),
            ("PUT", u2, roles),
            ("POST", format!("{u1}/activate"), Value::Null),
        ] {
            let answer = place.send(&place.token("ga"), method, &path, body).await.expect(403);
            assert_eq!(answer.at("/code"), "privileged", "{method} {path}");
        }
        assert_eq!(place.status("/a", "u1").await, "SUSPENDED");
        place.post("root", &format!("{}/activate", place.member("/a", "u1")), Value::Null).await.expect(204);
    }
}
