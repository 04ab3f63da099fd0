//! Asking to join: D-08, D-10, D-12, D-13, D-23, D-38, D-41.

use serde_json::{Value, json};
use testkit::both;

use super::place::{ASK, GROUP, Place, REVIEW, text};

const OPEN: fn() -> Value =
    || json!({ "name": "open", "requireApproval": false, "requireApprovalForExtension": false });

fn with(name: &str, value: Value) -> Value {
    let mut way = OPEN();
    way[name] = value;
    way
}

both! {
    /// A crafted request got any role of a group, also by a way that was switched off.
    async fn d_08_a_request_gets_what_its_way_offers(app: TestApp) {
        let place = Place::new(app).await;
        place.post("gb", &format!("{GROUP}/{}/roles?name=chair", place.group("/a/b")), Value::Null).await.expect(204);
        let off = place.way("/a/b", with("active", json!(false))).await;
        let open = place.way("/a/b", with("commentsNeeded", json!(true))).await;
        place.ask("u1", &off, json!({})).await.expect(400);
        for wrong in [json!({ "groupRoles": ["chair"] }), json!({ "groupRoles": [] }), json!({ "groupRoles": null }), json!({ "comments": " " })] {
            place.ask("u1", &open, wrong).await.expect(400);
        }
        assert_eq!(place.status("/a/b", "u1").await, "");
        place.add("/a/b", "u1", json!({ "validFrom": place.day(4) })).await;
        place.ask("u1", &open, json!({})).await.expect(409);
    }

    /// That somebody accepted the terms was a tick in a browser.
    async fn d_10_terms_are_accepted_before_joining_and_again_on_change_and_that_is_kept(app: TestApp) {
        let place = Place::new(app).await;
        let terms = json!({ "type": "URL", "url": "https://terms.example/1" });
        let way = place.way("/a/b", with("aup", terms)).await;
        for missing in [json!({}), json!({ "aupAccepted": false })] {
            assert_eq!(place.ask("u1", &way, missing).await.expect(400).at("/code"), "terms_not_accepted");
        }
        place.ask("u1", &way, json!({ "aupAccepted": true })).await.expect(204);
        let kept = place.facts("terms.accepted").await;
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert!(kept[0].to_string().contains("agm"), "by which door: {kept:?}");
        // With an invitation too.
        let body = json!({ "email": "u2@example.org", "groupRoles": ["member"], "groupEnrollmentConfiguration": { "id": way } });
        place.post("gb", &format!("{GROUP}/{}/members/invitation", place.group("/a/b")), body).await.expect(204);
        let link = place.link("u2").await;
        place.post("u2", &format!("/account/user/invitation/{link}/accept"), json!({})).await.expect(400);
        place.post("u2", &format!("/account/user/invitation/{link}/accept"), json!({ "aupAccepted": true })).await.expect(204);
        assert_eq!(place.facts("terms.accepted").await.len(), 2);
        // A typo is mended: nobody is asked. Another text is to be accepted again, and who does not has less.
        place.mails("u1").await;
        let admin = place.app.client("publisher", &["admin"]).await;
        let terms = format!("/api/v1/groups/{}/configurations/{way}/terms", place.group("/a/b"));
        let publish = async |body: Value| {
            admin.post(&terms, body).await.expect(201);
            place.app.pass(60).await;
        };
        publish(json!({ "url": "https://terms.example/1a", "on_lapse": "withhold" })).await;
        let mut asked = place.mails("u1").await;
        assert!(asked.is_empty(), "{asked:?}");
        publish(json!({ "url": "https://terms.example/2", "on_lapse": "withhold", "ask_again": true })).await;
        asked = place.app.deliver_mail().await;
        asked.retain(|mail| mail.subject.contains("Please accept the terms of /a/b again"));
        assert_eq!(asked.len(), 2, "{asked:?}");
        let again = |name: &str| {
            let me = place.app.bearer(&place.token(name));
            let path = format!("/api/v1/me/terms/{}/accept", place.group("/a/b"));
            async move { me.post(&path, json!({ "version": 3 })).await }
        };
        again("u1").await.expect(200);
        place.pass(30).await;
        let lapsed = place.facts("member.terms_lapsed").await;
        assert_eq!((lapsed.len(), text(&lapsed[0]["user"])), (1, place.id("u2")), "{lapsed:?}");
        again("u2").await.expect(200);
        assert_eq!(place.facts("terms.accepted").await.len(), 4);
    }

    /// Of D-10: by this face the address of terms alone is said, and whatever else had been set of them was lost.
    async fn another_address_of_terms_is_asked_of_members_and_keeps_what_was_set(app: TestApp) {
        let place = Place::new(app).await;
        let b = place.group("/a/b");
        let way = place.way("/a/b", with("aup", json!({ "type": "URL", "url": "https://terms.example/1" }))).await;
        let admin = place.app.client("publisher", &["admin"]).await;
        let native = format!("/api/v1/groups/{b}/configurations/{way}");
        let set = json!({ "url": "https://terms.example/1", "valid_days": 90, "on_lapse": "withhold", "digest": "sha256:00" });
        admin.post(&format!("{native}/terms"), set).await.expect(201);
        place.ask("u1", &way, json!({ "aupAccepted": true })).await.expect(204);
        let in_force = async || admin.get(&native).await.expect(200).at("/terms_in_force");
        let before = in_force().await;
        assert_eq!((&before["number"], &before["valid_days"]), (&json!(2), &json!(90)));
        let save = async |who: &str, url: &str| {
            let mut whole = place.get("root", &format!("/admin/group/{b}/configuration/{way}")).await.expect(200).json();
            whole["aup"] = json!({ "type": "URL", "url": url });
            let path = if who == "root" { format!("/admin/group/{b}/configuration") } else { format!("{GROUP}/{b}/configuration") };
            place.post(who, &path, whole).await.expect(204);
        };
        let asked = async || {
            place.app.pass(60).await;
            let mails = place.mails("u1").await;
            mails.iter().filter(|mail| mail.subject.contains("Please accept the terms of /a/b again")).count()
        };
        place.mails("u1").await;
        // What is said again changes nothing.
        for who in ["gb", "root"] {
            save(who, "https://terms.example/1").await;
            save(who, " https://terms.example/1 ").await;
        }
        assert_eq!((in_force().await, asked().await), (before, 0));
        for (who, url, number) in [("gb", "https://terms.example/2", 3), ("root", "https://terms.example/3", 4)] {
            save(who, url).await;
            let after = in_force().await;
            assert_eq!((&after["number"], &after["url"]), (&json!(number), &json!(url)));
            assert_eq!((&after["valid_days"], &after["on_lapse"], &after["ask_again"]), (&json!(90), &json!("withhold"), &json!(true)));
            assert_eq!(after.get("digest"), None, "it was of another text");
            assert_eq!(asked().await, 1, "{url}");
            save(who, url).await;
            assert_eq!((in_force().await, asked().await), (after, 0));
            let me = place.app.bearer(&place.token("u1"));
            me.post(&format!("/api/v1/me/terms/{b}/accept"), json!({ "version": number })).await.expect(200);
        }
        // Where the conditions are said, they are what is said: also to take them away.
        let bare = json!({ "terms": { "url": "https://terms.example/3", "on_lapse": "remind" } });
        let changed = admin.patch(&native, bare.clone()).await.expect(200);
        assert_eq!((changed.at("/terms_in_force/number"), changed.at("/terms_in_force/on_lapse")), (json!(5), json!("remind")));
        assert_eq!(changed.at("/terms_in_force/valid_days"), Value::Null);
        assert_eq!(admin.patch(&native, bare).await.expect(200).at("/terms_in_force/number"), 5);
        assert_eq!(asked().await, 0);
    }

    /// Whether a renewal takes an approval was stored and never looked at.
    async fn d_12_a_renewal_is_decided_by_what_the_way_says_of_renewals(app: TestApp) {
        let place = Place::new(app).await;
        let way = place.way("/a/b", json!({ "name": "w", "requireApproval": false, "requireApprovalForExtension": true })).await;
        place.ask("u1", &way, json!({})).await.expect(204);
        assert_eq!(place.request("u1").await["status"], "SELF_APPROVED");
        place.app.clock().advance(60);
        place.ask("u1", &way, json!({})).await.expect(204);
        assert_eq!(place.request("u1").await["status"], "PENDING_APPROVAL");
    }

    /// A renewal counted from the first day, so that it could end in the past.
    async fn d_13_a_renewal_counts_from_today(app: TestApp) {
        let place = Place::new(app).await;
        let way = place.way("/a/b", with("membershipExpirationDays", json!(10))).await;
        place.ask("u1", &way, json!({})).await.expect(204);
        place.pass(7).await;
        place.ask("u1", &way, json!({})).await.expect(204);
        assert_eq!(place.membership("/a/b", "u1").await["membershipExpiresAt"], json!(place.day(10)));
        place.pass(9).await;
        assert_eq!(place.status("/a/b", "u1").await, "ENABLED");
    }

    /// Questions were mailed to nobody, requests could not be withdrawn and never ended.
    async fn d_23_a_request_is_a_conversation_that_ends(app: TestApp) {
        let place = Place::new(app).await;
        let way = place.first_way("/a/b").await;
        let id = place.asked("u1", &way).await;
        place.app.deliver_mail().await;
        place.post("gb", &format!("{REVIEW}/{id}/extra-info?comment=who%20are%20you"), Value::Null).await.expect(204);
        assert!(place.mails("u1").await.iter().any(|mail| mail.text.contains("who are you")));
        place.post("u1", &format!("{ASK}/{id}/respond?comment=a%20colleague"), Value::Null).await.expect(204);
        assert!(place.mails("gb").await.iter().any(|mail| mail.text.contains("a colleague")));
        place.delete("u2", &format!("{ASK}/{id}")).await.expect(403);
        place.delete("u1", &format!("{ASK}/{id}")).await.expect(204);
        assert_eq!(place.request("u1").await["status"], "ARCHIVED");
        place.app.clock().advance(60);
        place.asked("u1", &way).await;
        place.pass(8).await;
        assert!(place.facts("request.reminded").await.len() == 1);
        place.pass(60).await;
        assert_eq!(place.request("u1").await["status"], "ARCHIVED");
        let open = place.way("/a/b", OPEN()).await;
        place.app.deliver_mail().await;
        place.ask("u2", &open, json!({})).await.expect(204);
        assert!(!place.mails("gb").await.is_empty(), "who joined by themselves is told to whom it concerns");
    }

    /// Roles that were not known were dropped in silence, and somebody could be left without one.
    async fn d_38_an_unknown_role_is_refused_and_the_last_one_stays(app: TestApp) {
        let place = Place::new(app).await;
        let way = place.first_way("/a/b").await;
        let unknown = json!({ "groupRoles": ["member", "unknown"] });
        assert!(place.ask("u1", &way, unknown.clone()).await.expect(400).text.contains("unknown"));
        place.add("/a/b", "u1", json!({})).await;
        let member = place.member("/a/b", "u1");
        assert_eq!(place.put("gb", &member, unknown).await.expect(400).at("/code"), "role_unknown");
        assert_eq!(place.delete("gb", &format!("{member}/role/member")).await.expect(400).at("/code"), "last_role");
        let save = format!("{GROUP}/{}/configuration", place.group("/a/b"));
        let mut whole = place.get("gb", &format!("{save}/{way}")).await.expect(200).json();
        whole["groupRoles"] = json!(["unknown"]);
        place.post("gb", &save, whole).await.expect(400);
        let invite = json!({ "email": "u2@example.org", "groupRoles": ["unknown"], "groupEnrollmentConfiguration": { "id": way } });
        place.post("gb", &format!("{GROUP}/{}/members/invitation", place.group("/a/b")), invite).await.expect(400);
    }

    /// What people wrote became part of mails to administrators as markup.
    async fn d_41_what_people_write_is_text_in_mails(app: TestApp) {
        let place = Place::new(app).await;
        let hostile = "<a href=\"https://evil.example/login\">sign in</a><script>1</script>";
        let way = place.first_way("/a/b").await;
        place.app.deliver_mail().await;
        place.ask("u1", &way, json!({ "comments": hostile })).await.expect(204);
        let mail = place.mails("gb").await.pop().expect("a mail");
        assert!(!mail.html.contains("<a href=\"https://evil") && !mail.html.contains("<script>"), "{}", mail.html);
        assert!(mail.html.contains("&lt;a"), "{}", mail.html);
        assert!(mail.text.contains("sign in"));
        // Nor does a mail program make a link of it.
        assert!(!mail.text.contains("https://evil.example"), "{}", mail.text);
        let long = "x".repeat(5_000);
        place.ask("u2", &way, json!({ "comments": long })).await.expect(400);
        assert_eq!(text(&place.request("u1").await["comments"]), hostile);
    }
}
