//! Groups, ways to join and roles: D-19 to D-21, D-27, D-29, D-33, D-35, D-39, D-40, D-43.

use directory::Id;
use serde_json::{Value, json};
use testkit::both;

use super::place::{ASK, GROUP, Place, REVIEW, each, last_part, text};

async fn way_of(place: &Place, group: &str) -> Value {
    let all = place
        .get("mg", &format!("{GROUP}/{}/configuration/all", place.group(group)))
        .await
        .expect(200)
        .json();
    all[0].clone()
}

fn changed(way: &Value, name: &str, value: Value) -> Value {
    let mut way = way.clone();
    way[name] = value;
    way
}

both! {
    /// The default way was an attribute: it could be lost, and then nothing could be deleted.
    async fn d_19_the_default_way_is_kept(app: TestApp) {
        let place = Place::new(app).await;
        let (b, way) = (place.group("/a/b"), place.first_way("/a/b").await);
        let attributes = format!("{GROUP}/{b}/attributes");
        for body in [json!({ "colour": ["red"] }), json!({ "defaultConfiguration": ["nonsense"] }), json!({})] {
            place.post("gb", &attributes, body).await.expect(204);
            let whole = place.get("gb", &format!("{GROUP}/{b}/all")).await.expect(200).json();
            assert_eq!(whole["attributes"]["defaultConfiguration"], json!([way]));
        }
        let other = place.way("/a/b", json!({ "name": "second" })).await;
        assert_eq!(place.delete("gb", &format!("{GROUP}/{b}/configuration/{way}")).await.expect(409).at("/code"), "configuration_is_default");
        place.delete("gb", &format!("{GROUP}/{b}/configuration/{other}")).await.expect(204);
    }

    /// A rule had two names, was passed over on some paths, and a number that was none was a fault.
    async fn d_20_a_rule_holds_on_every_path(app: TestApp) {
        let place = Place::new(app).await;
        let rules = "/admin/configuration-rules";
        let rule = |field: &str, more: Value| super::place::merged(json!({ "field": field, "type": "SUBGROUP" }), more);
        place.post("root", rules, rule("membershipExpirationDays", json!({ "max": "many" }))).await.expect(400);
        place.post("root", rules, rule("membershipExpirationDays", json!({ "required": true, "max": "45" }))).await.expect(204);
        place.post("root", rules, rule("aupEntity", json!({ "required": true, "defaultValue": format!("https://terms.example/{}", "x".repeat(60)) }))).await.expect(204);
        assert_eq!(place.post("root", rules, rule("aup", json!({ "required": true }))).await.expect(409).at("/code"), "rule_taken");
        let (b, way) = (place.group("/a/b"), way_of(&place, "/a/b").await);
        let wrong = changed(&way, "membershipExpirationDays", json!(60));
        place.post("gb", &format!("{GROUP}/{b}/configuration"), wrong.clone()).await.expect(400);
        // Also by the administration of the realm, unless it says that it means it.
        place.post("root", &format!("/admin/group/{b}/configuration"), wrong.clone()).await.expect(400);
        place.post("root", &format!("/admin/group/{b}/configuration?force=true"), wrong).await.expect(204);
        let admin = place.app.client("admin", &["admin"]).await;
        let broken = admin.get("/api/v1/insight/violations").await.expect(200).json();
        assert!(broken.to_string().contains(&text(&way["id"])), "{broken}");
        // A switch is always one way or the other: a rule about one is what ways begin with.
        place.post("root", rules, rule("requireApproval", json!({ "required": true, "defaultValue": "true" }))).await.expect(204);
        let fits = json!({ "requireApproval": false, "membershipExpirationDays": 45, "aup": { "type": "URL", "url": "https://terms.example/1" } });
        let fits = place.way("/a/b", fits).await;
        place.ask("u1", &fits, json!({ "aupAccepted": true })).await.expect(204);
    }

    /// Of D-20: a rule held where a way was saved; by one that was there before it people went on joining.
    async fn nobody_comes_in_by_a_way_that_breaks_a_rule(app: TestApp) {
        let place = Place::new(app).await;
        let b = place.group("/a/b");
        let invitation = format!("{GROUP}/{b}/members/invitation");
        for (field, more) in [
            ("membershipExpirationDays", json!({ "required": true })),
            ("membershipExpirationDays", json!({ "required": false, "max": "45" })),
            ("validFrom", json!({ "required": true })),
            ("aup", json!({ "required": true })),
        ] {
            let reviewed = place.way("/a/b", json!({ "name": "reviewed", "membershipExpirationDays": null })).await;
            let open = place.way("/a/b", json!({ "name": "open", "requireApproval": false, "requireApprovalForExtension": false })).await;
            let asked = place.asked("u1", &reviewed).await;
            let invited = |name: &str| json!({ "email": format!("{name}@example.org"), "groupRoles": ["member"], "groupEnrollmentConfiguration": { "id": reviewed } });
            place.post("gb", &invitation, invited("u2")).await.expect(204);
            let link = place.link("u2").await;
            // The rule is newer than all of that.
            let rule = super::place::merged(json!({ "field": field, "type": "SUBGROUP" }), more);
            let rule = place.made("root", "/admin/configuration-rules", rule).await;
            let (accept, take) = (format!("{REVIEW}/{asked}/accept"), format!("/account/user/invitation/{link}/accept"));
            let ask = |way: &str| json!({ "groupEnrollmentConfiguration": { "id": way }, "groupRoles": ["member"], "comments": "please" });
            let mut all = vec![
                ("gb", accept.clone(), Value::Null),
                ("u2", take.clone(), json!({})),
                ("gb", invitation.clone(), invited("mgx")),
                ("u2", ASK.to_owned(), ask(&reviewed)),
                ("u2", ASK.to_owned(), ask(&open)),
            ];
            if field != "validFrom" {
                // Who is added by hand begins on the day that is given.
                all.push(("gb", format!("{GROUP}/{b}/members"), json!({ "user": { "username": "u2" }, "groupRoles": ["member"] })));
            }
            for (who, path, body) in all {
                let refused = place.post(who, &path, body).await;
                assert_eq!((refused.status, refused.at("/code")), (400, json!("rule_violated")), "{field} {path}: {refused}");
                assert!(refused.text.contains(field), "{field} {path}: {refused}");
            }
            assert_eq!((place.status("/a/b", "u1").await, place.status("/a/b", "u2").await), (String::new(), String::new()));
            assert_eq!(place.request("u1").await["status"], "PENDING_APPROVAL");
            assert!(place.mails("mgx").await.is_empty());
            // Without the rule all of it goes on.
            place.delete("root", &format!("/admin/configuration-rules/{rule}")).await.expect(204);
            place.post("gb", &accept, Value::Null).await.expect(204);
            place.post("u2", &take, json!({})).await.expect(204);
            for name in ["u1", "u2"] {
                assert_eq!(place.status("/a/b", name).await, "ENABLED");
                place.delete("gb", &place.member("/a/b", name)).await.expect(204);
            }
        }
    }

    /// What was missing was a fault of the server.
    async fn d_21_what_is_missing_is_named(app: TestApp) {
        let place = Place::new(app).await;
        let (b, x) = (place.group("/a/b"), place.group("/x"));
        place.add("/a/b", "u1", json!({})).await;
        let at = format!("{GROUP}/{b}");
        let member = place.member("/a/b", "u1");
        for (method, path, body, status) in [
            ("POST", format!("{at}/roles"), Value::Null, 400..=409),
            ("POST", format!("{at}/members"), json!({}), 400..=400),
            ("POST", format!("{at}/members/invitation"), json!({}), 400..=400),
            ("POST", format!("{at}/members/invitation"), json!({ "email": "u2@example.org", "groupRoles": ["member"] }), 400..=400),
            ("POST", format!("{at}/members/invitation"), json!({ "email": "u2@example.org", "groupRoles": ["member"], "groupEnrollmentConfiguration": null }), 400..=400),
            ("POST", format!("{at}/members/invitation"), json!({ "email": "u2@example.org", "groupRoles": ["member"], "groupEnrollmentConfiguration": {} }), 400..=400),
            ("POST", format!("{at}/configuration"), json!({}), 400..=409),
            ("POST", format!("{at}/configuration"), json!({ "name": "w", "commentsNeeded": null }), 400..=409),
            ("POST", format!("{at}/children"), json!({}), 400..=400),
            ("POST", format!("{at}/admin"), Value::Null, 400..=404),
            ("POST", format!("{at}/admin/invite"), json!({}), 400..=400),
            ("POST", format!("{at}/default-configuration"), Value::Null, 400..=404),
            ("PUT", member.clone(), json!({}), 400..=400),
            ("POST", format!("{member}/role"), Value::Null, 400..=404),
            ("POST", format!("{member}/activate"), Value::Null, 400..=400),
            ("DELETE", format!("{at}/role/unknown"), Value::Null, 404..=404),
        ] {
            let answer = place.send(&place.token("gb"), method, &path, body).await;
            assert!(status.contains(&answer.status), "{method} {path}: {answer}");
            assert!(answer.at("/code").is_string(), "{method} {path}: {answer}");
        }
        let unsaid = json!({ "email": "u2@example.org", "groupRoles": ["member"], "withoutAcceptance": true });
        let refused = place.post("gb", &format!("{at}/members/invitation"), unsaid).await.expect(400);
        assert_eq!(refused.at("/code"), "configuration_required");
        assert!(place.facts("invitation.created").await.is_empty());
        for path in ["/account/user/groups/configurations", "/account/user/groups/configurations?groupPath=/", "/account/group-admin/groups/members"] {
            let answer = place.get("gb", path).await;
            assert!(matches!(answer.status, 400 | 404), "{path}: {answer}");
        }
        // Suspending who is not in force is a conflict; a switch brings the former answer back.
        let suspend = format!("{member}/suspend");
        place.post("gb", &suspend, Value::Null).await.expect(204);
        place.post("gb", &suspend, Value::Null).await.expect(409);
        place.app.set_realm("default", |settings| settings.compat.suspend_404 = true).await;
        place.post("gb", &suspend, Value::Null).await.expect(404);
        assert!(!x.is_empty());
    }

    /// A role could not be renamed, and deleting one reached into what had been decided.
    async fn d_27_roles_have_names_and_ids_and_leave_what_is_decided(app: TestApp) {
        let place = Place::new(app).await;
        let roles = format!("{GROUP}/{}/roles", place.group("/a/b"));
        let role = format!("{GROUP}/{}/role", place.group("/a/b"));
        for name in ["lead", "chair"] {
            place.post("gb", &format!("{roles}?name={name}"), Value::Null).await.expect(204);
        }
        let listed = place.get("gb", &format!("{roles}?details=true")).await.expect(200).json();
        let lead = listed.as_array().and_then(|list| list.iter().find(|one| one["name"] == "lead")).cloned().expect("lead");
        place.put("gb", &format!("{role}/{}?name=head", text(&lead["id"])), Value::Null).await.expect(204);
        place.put("gb", &format!("{role}/head?name=head%20of"), Value::Null).await.expect(204);
        let way = place.way("/a/b", json!({ "name": "w", "groupRoles": ["member", "chair"] })).await;
        place.ask("u1", &way, json!({ "groupRoles": ["member", "chair"] })).await.expect(204);
        let decided = text(&place.request("u1").await["id"]);
        place.post("gb", &format!("{REVIEW}/{decided}/reject"), Value::Null).await.expect(204);
        place.ask("u2", &way, json!({ "groupRoles": ["chair"] })).await.expect(204);
        place.app.deliver_mail().await;
        place.delete("gb", &format!("{role}/chair")).await.expect(204);
        assert_eq!((&place.request("u1").await["status"], &place.request("u2").await["status"]), (&json!("REJECTED"), &json!("ARCHIVED")));
        assert!(!place.mails("u2").await.is_empty(), "whose request ended so is told");
    }

    /// A name with a slash could not be reached, and names were looked up in all realms.
    async fn d_29_a_path_leads_to_one_group_of_the_realm(app: TestApp) {
        let place = Place::new(app).await;
        let id = place.made("mg", GROUP, json!({ "name": "p/q" })).await;
        let listed = place.get("mg", "/account/group-admin/groups?search=p/q").await.expect(200).json();
        assert_eq!(each(&listed["results"], "/path"), ["/p~/q"]);
        let ways = "/account/user/groups/configurations?groupPath=";
        place.get("u1", &format!("{ways}/p~/q")).await.expect(200);
        place.get("u1", &format!("{ways}/p/q")).await.expect(404);
        let other = Place::of(place.app.clone(), "other").await;
        other.get("u1", &format!("{ways}/p~/q")).await.expect(404);
        for wrong in ["", "/", "//"] {
            let answer = place.get("u1", &format!("{ways}{wrong}")).await;
            assert!(matches!(answer.status, 400 | 404), "{wrong:?}: {answer}");
        }
        assert!(!id.is_empty());
    }

    /// One path was written with a brace too many, and nothing was there.
    async fn d_33_a_way_is_found_by_the_administration_too(app: TestApp) {
        let place = Place::new(app).await;
        let way = place.first_way("/a").await;
        let shown = place.get("root", &format!("/admin/group/{}/configuration/{way}", place.group("/a"))).await.expect(200);
        assert_eq!(shown.at("/name"), "Join a");
        place.get("root", &format!("/admin/group/{}/configuration/{way}", place.group("/x"))).await.expect(404);
        place.get("ga", &format!("/admin/group/{}/configuration/{way}", place.group("/a"))).await.expect(403);
    }

    /// The place of a new membership led nowhere.
    async fn d_35_a_place_that_is_told_is_one(app: TestApp) {
        let place = Place::new(app).await;
        let body = json!({ "user": { "username": "u1" }, "groupRoles": ["member"] });
        let made = place.post("gb", &format!("{GROUP}/{}/members", place.group("/a/b")), body).await.expect(204);
        let below = made.header("location").split("/agm").nth(1).expect("a place of this face").to_owned();
        let shown = place.get("gb", &below).await.expect(200);
        assert_eq!((shown.at("/id"), shown.at("/user/username")), (json!(last_part(&below)), json!("u1")));
        let rule = json!({ "field": "active", "type": "TOP_LEVEL", "required": false, "defaultValue": "true" });
        let made = place.post("root", "/admin/configuration-rules", rule).await.expect(204);
        let below = made.header("location").split("/agm").nth(1).expect("a place of this face").to_owned();
        place.get("root", &below).await.expect(200);
        // A group below another has a place too, which is its own.
        let made = place.post("ga", &format!("{GROUP}/{}/children", place.group("/a")), json!({ "name": "new" })).await.expect(204);
        assert_eq!(last_part(made.header("location")), place.find("/a/new").await);
        let way = json!({ "name": "way", "active": true, "visibleToNotMembers": true, "requireApproval": true,
            "requireApprovalForExtension": true, "multiselectRole": true, "commentsNeeded": false, "groupRoles": ["member"] });
        let made = place.post("root", &format!("/admin/group/{}/configuration", place.group("/x")), way).await.expect(204);
        let below = made.header("location").split("/agm").nth(1).expect("a place of this face").to_owned();
        place.get("root", &below).await.expect(200);
        // Who prefers it has the id in the body too, and nobody else.
        for (prefer, wanted) in [
            ("return=representation", true),
            ("respond-async, Return = \"representation\"; x=1", true),
            ("return=minimal, return=representation", false),
            ("handling=strict", false),
        ] {
            let path = format!("/realms/default/agm{GROUP}/{}/children", place.group("/a"));
            let body = json!({ "name": format!("child {wanted} {}", prefer.len()) });
            let client = place.app.bearer(&place.token("ga")).with_header("prefer", prefer);
            let made = client.post(&path, body).await.expect(if wanted { 201 } else { 204 });
            assert_eq!(!made.header("preference-applied").is_empty(), wanted, "{prefer}");
            if wanted {
                assert_eq!(made.json(), json!({ "id": last_part(made.header("location")) }), "{prefer}");
            }
        }
    }

    /// Two who wrote at once overwrote each other in silence.
    async fn d_39_what_was_changed_meanwhile_is_not_overwritten(app: TestApp) {
        let place = Place::new(app).await;
        let (b, way) = (place.group("/a/b"), place.first_way("/a/b").await);
        let path = format!("{GROUP}/{b}/configuration/{way}");
        let seen = place.get("gb", &path).await.expect(200);
        let tag = seen.header("etag").to_owned();
        assert!(!tag.is_empty());
        let save = |name: &str| {
            let client = place.app.bearer(&place.token("gb")).with_header("if-match", &tag);
            client.post(&format!("/realms/default/agm{GROUP}/{b}/configuration"), changed(&seen.json(), "name", json!(name)))
        };
        save("first").await.expect(204);
        assert_eq!(save("second").await.expect(409).at("/code"), "changed");
        let rule = json!({ "field": "active", "type": "TOP_LEVEL", "required": false, "defaultValue": "true" });
        place.post("root", "/admin/configuration-rules", rule.clone()).await.expect(204);
        let id = each(&place.get("root", "/admin/configuration-rules").await.expect(200).json(), "/id").pop().expect("a rule");
        let stale = place.app.bearer(&place.token("root")).with_header("if-match", "W/\"77\"");
        stale.put(&format!("/realms/default/agm/admin/configuration-rules/{id}"), rule).await.expect(409);
        // Who has not read the answer does not decide as if they had.
        let asked = place.asked("u2", &way).await;
        let tag = place.get("gb", &format!("{REVIEW}/{asked}")).await.expect(200).header("etag").to_owned();
        place.post("ga", &format!("{REVIEW}/{asked}/extra-info?comment=why"), Value::Null).await.expect(204);
        place.post("u2", &format!("{ASK}/{asked}/respond?comment=because"), Value::Null).await.expect(204);
        for act in ["accept", "reject", "extra-info?comment=who"] {
            let stale = place.app.bearer(&place.token("gb")).with_header("if-match", &tag);
            let answer = stale.post(&format!("/realms/default/agm{REVIEW}/{asked}/{act}"), json!({})).await;
            assert_eq!(answer.expect(409).at("/code"), "changed", "{act}");
        }
        let fresh = place.get("gb", &format!("{REVIEW}/{asked}")).await.expect(200).header("etag").to_owned();
        let fresh = place.app.bearer(&place.token("gb")).with_header("if-match", &fresh);
        fresh.post(&format!("/realms/default/agm{REVIEW}/{asked}/accept"), json!({})).await.expect(204);
        // A request is decided once.
        let asked = place.asked("u1", &way).await;
        place.post("gb", &format!("{REVIEW}/{asked}/accept"), Value::Null).await.expect(204);
        place.post("ga", &format!("{REVIEW}/{asked}/accept"), Value::Null).await.expect(400);
    }

    /// Of D-39: with groups, members and administrators whoever came last won, though they had said what they had seen.
    async fn groups_and_members_are_changed_as_they_were_seen(app: TestApp) {
        let place = Place::new(app).await;
        let (b, x) = (place.group("/a/b"), place.group("/x"));
        for role in ["lead", "chair"] {
            place.post("mg", &format!("{GROUP}/{b}/roles?name={role}"), Value::Null).await.expect(204);
        }
        let (at, second) = (format!("{GROUP}/{b}"), place.way("/a/b", json!({ "name": "second" })).await);
        place.add("/a/b", "u1", json!({})).await;
        let member = place.member("/a/b", "u1");
        let sent = async |who: &str, tag: &str, method: &str, path: &str, body: &Value| {
            let client = place.app.bearer(&place.token(who)).with_header("if-match", tag);
            let request = client.request(method.parse().expect("a verb"), &format!("/realms/default/agm{path}"));
            let answer = if body.is_null() { request.await } else { request.json(body).await };
            place.app.run_jobs().await;
            answer
        };
        let none = Value::Null;
        let moved = json!({ "id": x, "name": "x" });
        // Each with where its tag is read.
        let (whole, of_x) = (format!("{at}/all"), format!("{GROUP}/{x}/all"));
        let person = place.id("u2");
        let acts = [
            ("gb", ("POST", format!("{at}/default-configuration?configurationId={second}")), &none, &whole),
            ("gb", ("POST", format!("{at}/admin?userId={person}")), &none, &whole),
            ("gb", ("DELETE", format!("{at}/admin?userId={person}")), &none, &whole),
            ("root", ("POST", format!("/admin/group/{b}/admin/{person}")), &none, &whole),
            ("root", ("DELETE", format!("/admin/group/{b}/admin/{person}")), &none, &whole),
            ("gb", ("POST", format!("{member}/role?name=lead")), &none, &member),
            ("gb", ("DELETE", format!("{member}/role/member")), &none, &member),
            ("gb", ("POST", format!("{member}/suspend")), &none, &member),
            ("gb", ("POST", format!("{member}/activate")), &none, &member),
            ("gb", ("DELETE", member.clone()), &none, &member),
            ("root", ("POST", format!("/admin/group/{b}/children")), &moved, &of_x),
            ("root", ("DELETE", format!("/admin/group/{x}")), &none, &of_x),
        ];
        for (who, (method, path), body, read) in &acts {
            let tag = place.get("mg", read).await.expect(200).header("etag").to_owned();
            assert!(!tag.is_empty(), "{read}");
            for stale in ["W/\"7777\"", "\"nonsense\""] {
                let before = place.app.events().await.len();
                let refused = sent(who, stale, method, path, body).await;
                assert_eq!((refused.status, refused.at("/code")), (409, json!("changed")), "{method} {path}: {refused}");
                assert_eq!(place.app.events().await.len(), before, "{method} {path}");
            }
            sent(who, &tag, method, path, body).await.expect(204);
        }
        // A group that is administered is left as it is likewise, and whatever is there is there.
        let (c, of_c) = (place.group("/a/b/c"), format!("{GROUP}/{}", place.group("/a/b/c")));
        for (method, path, body) in [("DELETE", of_c.clone(), &none), ("POST", format!("{GROUP}/{}/children", place.group("/a")), &json!({ "id": c, "name": "c" }))] {
            let refused = sent("ga", "W/\"7777\"", method, &path, body).await;
            assert_eq!((refused.status, refused.at("/code")), (409, json!("changed")), "{method} {path}: {refused}");
            assert_eq!(place.find("/a/b/c").await, c);
        }
        sent("ga", "*", "DELETE", &of_c, &none).await.expect(204);
    }

    /// In a realm that was made later nobody could be made a member.
    async fn d_40_nothing_has_to_be_set_before(app: TestApp) {
        let place = Place::of(app, "made-later").await;
        place.add("/a/b", "u1", json!({})).await;
        let whole = place.get("gb", &format!("{GROUP}/{}/all", place.group("/a/b"))).await.expect(200);
        assert!(whole.at("/groupRoles/member").is_string(), "{whole}");
        assert_eq!(place.get("root", "/admin/member-user-attribute/configuration").await.expect(200).json(), json!({}));
        assert!(place.scim("u1").await.get("entitlements").is_none());
    }

    /// A membership could end before it began.
    async fn d_43_a_membership_begins_before_it_ends(app: TestApp) {
        let place = Place::new(app).await;
        let body = |from: i64, until: i64| json!({ "user": { "username": "u1" }, "groupRoles": ["member"],
            "validFrom": place.day(from), "membershipExpiresAt": place.day(until) });
        let members = format!("{GROUP}/{}/members", place.group("/a/b"));
        assert_eq!(place.post("gb", &members, body(9, 8)).await.expect(400).at("/code"), "end_before_start");
        assert_eq!(place.status("/a/b", "u1").await, "");
        place.post("gb", &members, body(9, 9)).await.expect(204);
        // And for hours: it ends at the instant, not with the day.
        let (gb, u2) = (Id::parse(&place.id("gb")).expect("an id"), Id::parse(&place.id("u2")).expect("an id"));
        let (admin, own) = (place.app.acting_as(gb, &["agm:manage"]).await, place.app.acting_as(u2, &["agm:self"]).await);
        let may = json!({ "user": place.id("u2"), "roles": ["member"], "hours": 4 });
        admin.post(&format!("/api/v1/groups/{}/eligibilities", place.group("/a/b")), may).await.expect(201);
        let elevate = format!("/api/v1/me/eligibilities/{}/elevate", place.group("/a/b"));
        own.post(&elevate, json!({ "hours": 2, "justification": "why" })).await.expect(200);
        place.app.pass(7_199).await;
        assert_eq!(place.links("u2").await, 1);
        place.app.pass(1).await;
        assert_eq!(place.links("u2").await, 0);
    }
}
