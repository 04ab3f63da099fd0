//! The page behind an invitation's link.

use directory::user::Lifecycle;
use serde_json::json;
use testkit::{TestApp, exchange};

/// Invites a person by a client that invites; the path of the link.
async fn invited(app: &TestApp) -> (String, String) {
    let admin = app.client("admin", &["admin"]).await;
    let new = json!({ "new_user": { "userName": "ann", "displayName": "Ann <Archer>", "emails": [{ "value": "ann@example.org" }] } });
    let id = admin.post("/api/v1/invitations", new).await.expect(201).id();
    (id, app.deliver_mail().await.remove(0).invitation_path())
}

async fn lifecycle(app: &TestApp) -> String {
    let looker = app.client("looker", &["admin"]).await;
    let page = looker.get("/api/v1/users").await.expect(200);
    page.at("/items/0/urn:usher:scim:schemas:1.0:User/lifecycle")
        .as_str()
        .unwrap()
        .to_owned()
}

testkit::both! {
    async fn accepting_makes_the_person_active_and_leads_home(app: TestApp) {
        app.set_realm("default", |settings| {
            settings.title = Some("Acme".into());
            settings.home_url = Some("https://home.example/start".into());
            settings.support = Some("https://help.example/".into());
        })
        .await;
        let (_, path) = invited(&app).await;
        let shown = app.anonymous().get(&path).await.expect(200);
        assert_eq!(shown.events, ["invitation.opened"]);
        for part in ["You are invited to Acme", "a***@example.org", "Ann &lt;Archer&gt;", "Tuesday, 22 January 2030, 08:00 UTC", "help.example"] {
            assert!(shown.text.contains(part), "{part} is not in\n{}", shown.text);
        }
        assert!(!shown.text.contains("ann@example.org"));
        assert!(app.anonymous().get(&path).await.expect(200).events.is_empty());

        let accepted = exchange!(app.anonymous().post_form(&path, &[("answer", "accept")]), @r#"
            303 See Other
            location: /realms/default/welcome
            events: invitation.accepted, user.lifecycle_changed   deliveries: none
            "#);
        let end = app.anonymous().get(accepted.header("location")).await.expect(200);
        assert!(end.text.contains("You are in") && end.text.contains("home.example"), "{}", end.text);
        assert_eq!(lifecycle(&app).await, Lifecycle::Active.name());

        let again = app.anonymous().post_form(&path, &[("answer", "accept")]).await.expect(410);
        assert!(again.events.is_empty() && again.text.contains("This invitation has been accepted"));
        let late = app.anonymous().post_form(&path, &[("answer", "decline")]).await.expect(410);
        assert!(late.events.is_empty());
        assert!(app.anonymous().get(&path).await.expect(410).text.contains("has been accepted"));
    }

    async fn a_link_stays_in_its_realm_on_the_host_of_another(app: TestApp) {
        app.realm("acme").await;
        app.set_realm("acme", |settings| settings.hosts = vec!["acme.example".into()]).await;
        let (_, path) = invited(&app).await;
        let host = "acme.example";
        let shown = app.anonymous().get(&path).header("host", host).await.expect(200);
        let text = shown.text.replace("&#x2f;", "/");
        let action = text.split("<form").nth(1).and_then(|form| form.split("action=\"").nth(1)).and_then(|rest| rest.split('"').next());
        assert_eq!(action, Some(path.as_str()));
        let accepted = app.anonymous().post_form(&path, &[("answer", "accept")]).header("host", host).await.expect(303);
        assert_eq!((accepted.events.len(), accepted.header("location")), (2, "/realms/default/welcome"));
        let end = app.anonymous().get("/realms/default/welcome").header("host", host).await.expect(200);
        assert!(end.text.contains("You are in"));
    }

    async fn declining_spends_the_link(app: TestApp) {
        let (_, path) = invited(&app).await;
        let declined = app.anonymous().post_form(&path, &[("answer", "decline")]).await.expect(303);
        assert_eq!(declined.events, ["invitation.rejected"]);
        assert!(app.anonymous().get(declined.header("location")).await.expect(200).text.contains("You have declined"));
        app.anonymous().post_form(&path, &[("answer", "accept")]).await.expect(410);
        assert!(app.anonymous().get(&path).await.expect(410).text.contains("was declined"));
        assert_eq!(lifecycle(&app).await, Lifecycle::Invited.name());
    }

    async fn each_end_of_a_link_has_its_own_words(app: TestApp) {
        let (id, first) = invited(&app).await;
        let admin = app.client("second", &["admin"]).await;
        admin.post(&format!("/api/v1/invitations/{id}/resend"), json!({})).await.expect(200);
        let second = app.deliver_mail().await.remove(0).invitation_path();
        assert!(app.anonymous().get(&first).await.expect(410).text.contains("There is a newer invitation"));
        app.anonymous().post_form(&first, &[("answer", "accept")]).await.expect(410);
        admin.post(&format!("/api/v1/invitations/{id}/revoke"), json!({})).await.expect(200);
        assert!(app.anonymous().get(&second).await.expect(410).text.contains("was taken back"));
        app.anonymous().post_form(&second, &[("answer", "accept")]).await.expect(410);
        let unknown = app.anonymous().get("/realms/default/invitation/nothing").await.expect(404);
        assert!(unknown.text.contains("This link does not work"));
        let unknown = app.anonymous().post_form("/realms/default/invitation/nothing", &[("answer", "accept")]).await.expect(404);
        assert!(unknown.events.is_empty());
        // Nothing tells a stranger about the person.
        for path in [&first, &second] {
            let page = app.anonymous().get(path).await;
            assert!(!page.text.contains("Ann") && !page.text.contains("example.org"), "{}", page.text);
        }
    }

    async fn an_invitation_on_hold_says_so_and_comes_back(app: TestApp) {
        let hr = app.client_with("hr", &["scim:read", "scim:write"], testkit::Program::invites).await;
        let user = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann", "emails": [{ "value": "ann@example.org" }] });
        let id = hr.post("/scim/v2/Users", user).await.expect(201).id();
        let path = app.deliver_mail().await.remove(0).invitation_path();
        let active = |active: bool| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{ "op": "replace", "path": "active", "value": active }] });
        hr.patch(&format!("/scim/v2/Users/{id}"), active(false)).await.expect(200);
        assert!(app.anonymous().get(&path).await.expect(409).text.contains("This invitation is on hold"));
        let held = app.anonymous().post_form(&path, &[("answer", "accept")]).await.expect(409);
        assert!(held.events.is_empty());
        hr.patch(&format!("/scim/v2/Users/{id}"), active(true)).await.expect(200);
        app.anonymous().post_form(&path, &[("answer", "accept")]).await.expect(303);
    }

    async fn an_expired_link_asks_for_a_new_one(app: TestApp) {
        let (_, path) = invited(&app).await;
        app.pass(22 * 86_400).await;
        let page = app.anonymous().get(&path).header("accept-language", "de").await.expect(410);
        assert!(page.text.contains("Diese Einladung ist abgelaufen"), "{}", page.text);
        assert!(page.text.contains("Neuen Link schicken") && !page.text.contains("example.org"), "{}", page.text);
        let late = app.anonymous().post_form(&path, &[("answer", "accept")]).await.expect(410);
        assert!(late.events.is_empty());

        // It goes where the old one went, once, and the old one is dead.
        let anew = [("answer", "anew")];
        let asked = exchange!(app.anonymous().post_form(&path, &anew), @r#"
            303 See Other
            location: /realms/default/link-sent
            events: invitation.resent   deliveries: mail invitation.resent
            "#);
        let said = app.anonymous().get(asked.header("location")).await.expect(200);
        assert!(said.text.contains("A new link is on its way") && !said.text.contains("example.org"), "{}", said.text);
        let mails = app.deliver_mail().await;
        assert_eq!((mails.len(), mails[0].to.contains("ann@example.org")), (1, true));
        let replaced = app.anonymous().post_form(&path, &anew).await.expect(410);
        assert!(replaced.events.is_empty() && replaced.text.contains("There is a newer invitation"), "{}", replaced.text);
        app.anonymous().post_form(&mails[0].invitation_path(), &[("answer", "accept")]).await.expect(303);
        assert_eq!(lifecycle(&app).await, Lifecycle::Active.name());
    }

    async fn a_new_link_goes_to_nobody_whose_address_it_is_no_more(app: TestApp) {
        let hr = app.client_with("hr", &["scim:read", "scim:write"], testkit::Program::invites).await;
        let user = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann", "emails": [{ "value": "wrong@example.org" }] });
        let id = hr.post("/scim/v2/Users", user).await.expect(201).id();
        let path = app.deliver_mail().await.remove(0).invitation_path();
        app.pass(22 * 86_400).await;
        let mended = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "emails", "value": [{ "value": "ann@example.org" }] }] });
        hr.patch(&format!("/scim/v2/Users/{id}"), mended).await.expect(200);
        let refused = app.anonymous().post_form(&path, &[("answer", "anew")]).await.expect(410);
        assert!(refused.events.is_empty() && app.deliver_mail().await.is_empty());
        // What cannot be done is not offered once more.
        assert!(refused.text.contains("Ask the person who invited you") && !refused.text.contains("Send a new link"), "{}", refused.text);
    }

    async fn a_new_link_is_not_sent_where_invitations_may_not_go(app: TestApp) {
        let (_, path) = invited(&app).await;
        app.pass(22 * 86_400).await;
        app.set_realm("default", |settings| settings.blocked_domains = vec!["example.org".into()]).await;
        let refused = app.anonymous().post_form(&path, &[("answer", "anew")]).await.expect(410);
        assert!(refused.events.is_empty() && refused.text.contains("Ask the person who invited you"), "{}", refused.text);
    }

    async fn a_link_that_expired_long_ago_or_was_taken_back_asks_for_nothing(app: TestApp) {
        let (id, path) = invited(&app).await;
        let anew = [("answer", "anew")];
        // One that can be accepted needs no other.
        assert!(app.anonymous().post_form(&path, &anew).await.events.is_empty());
        app.pass(52 * 86_400).await;
        let refused = async |path: &str| {
            let page = app.anonymous().get(path).await.expect(410);
            assert!(!page.text.contains("Send a new link"), "{}", page.text);
            let refused = app.anonymous().post_form(path, &anew).await.expect(410);
            assert!(refused.events.is_empty());
        };
        refused(&path).await;
        let admin = app.client("second", &["admin"]).await;
        let user = admin.get(&format!("/api/v1/invitations/{id}")).await.expect(200).at("/user").clone();
        admin.post("/api/v1/invitations", json!({ "user": user })).await.expect(201);
        let second = app.deliver_mail().await.remove(0).invitation_path();
        app.pass(22 * 86_400).await;
        app.set_realm("default", |settings| settings.ask_anew_days = Some(0)).await;
        refused(&second).await;
        app.set_realm("default", |settings| settings.ask_anew_days = None).await;
        // Whoever was invited otherwise since has the newer mail.
        admin.post("/api/v1/invitations", json!({ "user": user })).await.expect(201);
        let third = app.deliver_mail().await.remove(0).invitation_path();
        assert!(app.anonymous().post_form(&second, &anew).await.events.is_empty());
        app.anonymous().get(&third).await.expect(200);
    }

    async fn a_link_of_another_realm_is_unknown(app: TestApp) {
        let (_, path) = invited(&app).await;
        app.realm("acme").await;
        let elsewhere = path.replace("/realms/default/", "/realms/acme/");
        app.anonymous().get(&elsewhere).await.expect(404);
        app.anonymous().post_form(&elsewhere, &[("answer", "accept")]).await.expect(404);
        assert_eq!(lifecycle(&app).await, Lifecycle::Invited.name());
    }

    async fn only_a_form_with_an_answer_decides(app: TestApp) {
        let (_, path) = invited(&app).await;
        for request in [
            app.anonymous().post_form(&path, &[("answer", "maybe")]),
            app.anonymous().post_form(&path, &[]),
            app.anonymous().post(&path, json!({ "answer": "accept" })),
        ] {
            let answer = request.await.expect(400);
            assert!(answer.events.is_empty() && answer.text.contains("Nothing was chosen"), "{answer}");
        }
        let head = app.anonymous().head(&path).await.expect(200);
        assert!(head.events.is_empty());
    }

    async fn a_form_of_another_site_is_refused(app: TestApp) {
        let (_, path) = invited(&app).await;
        for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example"), ("origin", "null")] {
            let forged = app.anonymous().post_form(&path, &[("answer", "accept")]).header(name, value).await.expect(403);
            assert!(forged.events.is_empty() && forged.text.contains("That did not come from this page"));
        }
        app.anonymous().post_form(&path, &[("answer", "accept")]).header("sec-fetch-site", "same-origin").header("origin", "https://usher.example").await.expect(303);
    }
}

testkit::both! {
    async fn of_many_who_accept_at_once_one_succeeds(app: TestApp) {
        let (_, path) = invited(&app).await;
        let answers = (0..16).map(|_| {
            let request = app.anonymous().post_form(&path, &[("answer", "accept")]);
            async move { request.await.status }
        });
        let statuses = futures_util::future::join_all(answers).await;
        assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 303 | 410)), "{statuses:?}");
    }
}
