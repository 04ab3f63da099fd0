//! Addresses that take effect when the person has confirmed them (A5.1, A8.2).

use directory::Id;
use directory::user::User;
use serde_json::json;
use testkit::{TestApp, exchange};

use super::*;

/// The realm wants addresses confirmed.
async fn validating(app: &TestApp, on: bool) {
    app.set_realm("default", |settings| settings.oidc.validate_emails = on)
        .await;
}

/// The address that counts.
async fn effective(app: &TestApp, path: &str) -> Option<String> {
    let id: Id<User> = Id::parse(id_in(path)).unwrap();
    let realm = app.directory().realm("default").await.unwrap();
    let user = app.directory().user(&app.operator().await, id).await.unwrap();
    app.directory().effective_email(&realm, &user).await.unwrap()
}

/// The path of the page that asks, of the one mail that is due now, which went to that address.
async fn asked(app: &TestApp, address: &str) -> String {
    let mut mails = app.deliver_mail().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let mail = mails.remove(0);
    assert_eq!(mail.to, address, "{mail:?}");
    mail.path_to("confirmation")
}

fn addressed(address: &str) -> Value {
    json!({ "op": "replace", "path": "emails", "value": [{ "value": address }] })
}

testkit::both! {
    async fn w_042_an_address_of_the_providers_people_counts_when_it_is_confirmed(app: TestApp) {
        let bound = bound(&app).await;
        // Off: what SCIM says is effective at once.
        let before = made(&bound, "eve").await;
        assert_eq!(effective(&app, &before).await.as_deref(), Some("eve@x.example"));
        assert!(app.deliver_mail().await.is_empty());

        validating(&app, true).await;
        let made = bound.post(USERS, person("ann")).await.expect(201);
        assert_eq!((made.at("/emails/0/value"), made.at("/active")), (json!("ann@x.example"), json!(true)));
        assert_eq!(made.events, ["user.created", "confirmation.requested"], "{made}");
        let path = format!("{USERS}/{}", made.id());
        assert_eq!(effective(&app, &path).await, None);
        assert_eq!(usher(&bound, &path).await["pendingEmail"], "ann@x.example");

        let page = asked(&app, "ann@x.example").await;
        let shown = app.anonymous().get(&page).await.expect(200);
        assert!(shown.events.is_empty() && shown.text.contains("Is this your address?") && shown.text.contains("a***@x.example"), "{}", shown.text);
        assert!(!shown.text.contains("ann@x.example"));
        assert_eq!(effective(&app, &path).await, None);

        let confirmed = exchange!(app.anonymous().post_form(&page, &[]), @r#"
            303 See Other
            location: /realms/default/confirmed
            events: confirmation.confirmed   deliveries: none
            "#);
        assert!(app.anonymous().get(confirmed.header("location")).await.expect(200).text.contains("Your address is confirmed"));
        assert_eq!(effective(&app, &path).await.as_deref(), Some("ann@x.example"));
        assert_eq!(usher(&bound, &path).await.get("pendingEmail"), None);
        let again = app.anonymous().post_form(&page, &[]).await.expect(410);
        assert!(again.events.is_empty() && again.text.contains("has been confirmed"));
        // Who was there when the setting came is left alone, as is everybody without an address.
        assert_eq!(effective(&app, &before).await.as_deref(), Some("eve@x.example"));
        let none = bound.post(USERS, json!({ "userName": "no-mail", "externalId": "no-mail" })).await.expect(201);
        assert!(none.deliveries.is_empty(), "{none}");
    }

    async fn w_042_whoever_accepts_an_invitation_has_proved_the_address(app: TestApp) {
        validating(&app, true).await;
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let page = mailed(&app).await;
        accept(&app, &page).await.expect(303);
        assert!(app.deliver_mail().await.is_empty());
        assert_eq!(effective(&app, &path).await.as_deref(), Some("ann@x.example"));
    }

    async fn w_042_who_is_bound_to_no_provider_and_not_invited_is_not_asked(app: TestApp) {
        validating(&app, true).await;
        let generic = generic(&app).await;
        let made = generic.post(USERS, person("ann")).await.expect(201);
        assert_eq!(made.events, ["user.created"], "{made}");
    }

    async fn w_095_a_new_address_of_somebody_who_is_in_waits_for_their_click(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        // Off: at once.
        let off = apply(&bound, &path, addressed("first@x.example")).await.expect(200);
        assert_eq!((off.events, off.deliveries.len()), (vec!["user.changed".to_owned()], 0));
        assert_eq!(effective(&app, &path).await.as_deref(), Some("first@x.example"));

        validating(&app, true).await;
        let moved = apply(&bound, &path, addressed("second@x.example")).await.expect(200);
        assert_eq!(moved.events, ["user.changed", "confirmation.requested"], "{moved}");
        // SCIM shows the new one at once; the real one is still the old one.
        assert_eq!(moved.at("/emails/0/value"), "second@x.example");
        assert_eq!(moved.json().get(USHER), None);
        assert_eq!(usher(&bound, &path).await["pendingEmail"], "second@x.example");
        assert_eq!(effective(&app, &path).await.as_deref(), Some("first@x.example"));
        let second = asked(&app, "second@x.example").await;

        // A third in its place: the link to the second is dead, the first still counts.
        let mut put = person("ann");
        put["emails"] = json!([{ "value": "third@x.example" }]);
        let put = bound.put(&path, put).await.expect(200);
        assert_eq!(put.events, ["user.changed", "confirmation.superseded", "confirmation.requested"], "{put}");
        let dead = app.anonymous().post_form(&second, &[]).await.expect(410);
        assert!(dead.events.is_empty() && dead.text.contains("no longer needed"), "{}", dead.text);
        assert_eq!(effective(&app, &path).await.as_deref(), Some("first@x.example"));
        let third = asked(&app, "third@x.example").await;
        app.anonymous().post_form(&third, &[]).await.expect(303);
        assert_eq!(effective(&app, &path).await.as_deref(), Some("third@x.example"));
        assert_eq!(usher(&bound, &path).await.get("pendingEmail"), None);
    }

    async fn w_095_the_old_address_again_ends_the_asking(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        validating(&app, true).await;
        apply(&bound, &path, addressed("new@x.example")).await.expect(200);
        let back = apply(&bound, &path, addressed("ANN@x.example")).await.expect(200);
        assert_eq!(back.events, ["user.changed", "confirmation.superseded"], "{back}");
        // The mail that had not gone yet never goes.
        assert!(app.deliver_mail().await.is_empty());
        assert_eq!(effective(&app, &path).await.as_deref(), Some("ANN@x.example"));
        assert_eq!(usher(&bound, &path).await.get("pendingEmail"), None);
    }

    async fn w_095_the_mail_is_sent_again_and_only_the_newest_link_works(app: TestApp) {
        let bound = bound(&app).await;
        let admin = app.client("admin", &["admin"]).await;
        validating(&app, true).await;
        let path = made(&bound, "ann").await;
        let first = asked(&app, "ann@x.example").await;
        let resend = format!("/api/v1/users/{}/resend-confirmation", id_in(&path));
        let sent = admin.post(&resend, json!({})).await.expect(200);
        assert_eq!(sent.events, ["confirmation.superseded", "confirmation.requested"]);
        assert_eq!(sent.json()[USHER]["pendingEmail"], "ann@x.example", "{sent}");
        let second = asked(&app, "ann@x.example").await;
        app.anonymous().post_form(&first, &[]).await.expect(410);
        app.pass(22 * 86_400).await;
        assert!(app.anonymous().get(&second).await.expect(410).text.contains("has expired"));
        let late = app.anonymous().post_form(&second, &[]).await.expect(410);
        assert!(late.events.is_empty());
        assert_eq!(usher(&bound, &path).await["pendingEmail"], "ann@x.example");
        admin.post(&resend, json!({})).await.expect(200);
        let third = asked(&app, "ann@x.example").await;
        app.anonymous().post_form(&third, &[]).await.expect(303);
        let nothing = admin.post(&resend, json!({})).await.expect(409);
        assert!(nothing.events.is_empty());
        let narrow = app.client("narrow", &["scim:read"]).await;
        narrow.post(&resend, json!({})).await.expect(403);
    }

    async fn w_095_who_leaves_leaves_nothing_to_confirm(app: TestApp) {
        let bound = bound(&app).await;
        validating(&app, true).await;
        let path = made(&bound, "ann").await;
        let page = asked(&app, "ann@x.example").await;
        let left = bound.delete(&path).await.expect(204);
        assert_eq!(left.events, ["confirmation.superseded", "user.deprovisioned"], "{left}");
        app.anonymous().post_form(&page, &[]).await.expect(410);
        app.pass(31 * 86_400).await;
        app.run_jobs().await;
        app.anonymous().get(&page).await.expect(404);
        let mails = app.client("admin", &["admin"]).await.get("/api/v1/mails").await.expect(200);
        assert!(!mails.text.contains("ann@x.example"), "{mails}");
    }

    async fn w_095_links_of_other_realms_sites_and_strangers_confirm_nothing(app: TestApp) {
        let bound = bound(&app).await;
        validating(&app, true).await;
        let path = made(&bound, "ann").await;
        let page = asked(&app, "ann@x.example").await;
        app.realm("acme").await;
        let elsewhere = page.replace("/realms/default/", "/realms/acme/");
        app.anonymous().post_form(&elsewhere, &[]).await.expect(404);
        app.anonymous().post_form("/realms/default/confirmation/nothing", &[]).await.expect(404);
        let forged = app.anonymous().post_form(&page, &[]).header("sec-fetch-site", "cross-site").await.expect(403);
        assert!(forged.events.is_empty());
        assert_eq!(effective(&app, &path).await, None);
        let answers = (0..8).map(|_| {
            let request = app.anonymous().post_form(&page, &[]);
            async move { request.await.status }
        });
        let answers = futures_util::future::join_all(answers).await;
        assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    }

    async fn w_042_an_external_id_that_is_the_address_is_asked_about_like_one_in_emails(app: TestApp) {
        validating(&app, true).await;
        let bound = bound(&app).await;
        let made = bound.post(USERS, json!({ "userName": "row1", "externalId": "row1@x.example" })).await.expect(201);
        assert_eq!(made.events, ["user.created", "confirmation.requested"], "{made}");
        let path = format!("{USERS}/{}", made.id());
        let page = asked(&app, "row1@x.example").await;
        app.anonymous().post_form(&page, &[]).await.expect(303);
        let moved = bound.put(&path, json!({ "userName": "row1", "externalId": "row2@x.example" })).await.expect(200);
        assert_eq!(moved.events, ["user.changed", "confirmation.requested"], "{moved}");
        assert_eq!(effective(&app, &path).await.as_deref(), Some("row1@x.example"));
        asked(&app, "row2@x.example").await;

        // An address that was proved by accepting is not asked about when it moves into `emails` (W-40).
        let wire = wire(&app).await;
        let old_style = wire.post(USERS, json!({ "userName": "st2", "externalId": "st2@x.example" })).await.expect(201);
        let page = mailed(&app).await;
        accept(&app, &page).await.expect(303);
        let path = format!("{USERS}/{}", old_style.id());
        let new_style = json!({ "userName": "st2", "externalId": "4713", "emails": [{ "value": "st2@x.example" }] });
        let moved = wire.put(&path, new_style).await.expect(200);
        assert_eq!(moved.events, ["user.changed"], "{moved}");
        assert_eq!(effective(&app, &path).await.as_deref(), Some("st2@x.example"));
    }

    async fn w_095_other_mail_goes_to_the_address_that_counts(app: TestApp) {
        validating(&app, true).await;
        let boss = app.user("boss").await;
        let generic = generic(&app).await;
        let path = format!("{USERS}/{boss}");
        apply(&generic, &path, addressed("elsewhere@x.example")).await.expect(200);
        asked(&app, "elsewhere@x.example").await;
        let admin = app.client("admin", &["admin"]).await;
        let soon = app.now().plus_seconds(10 * 86_400).to_string();
        let client = admin.post("/api/v1/clients", json!({ "name": "robot", "scopes": ["scim:me"] })).await.expect(201).id();
        let token = json!({ "client": client, "user": boss.to_string(), "expires_at": soon });
        admin.post("/api/v1/tokens", token).await.expect(201);
        app.pass(4 * 86_400).await;
        app.run_jobs().await;
        let mails = app.deliver_mail().await;
        let to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
        assert_eq!(to, ["boss@example.org"], "{mails:?}");
    }

    async fn w_095_an_address_that_counts_is_nobody_elses(app: TestApp) {
        validating(&app, false).await;
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        validating(&app, true).await;
        apply(&bound, &path, addressed("new@x.example")).await.expect(200);
        let mut other = person("ben");
        other["emails"] = json!([{ "value": "ANN@x.example" }]);
        refused(&bound.post(USERS, other.clone()).await, 409, "uniqueness");
        apply(&bound, &path, addressed("ann@x.example")).await.expect(200);
        apply(&bound, &path, addressed("new@x.example")).await.expect(200);
        let page = asked(&app, "new@x.example").await;
        app.anonymous().post_form(&page, &[]).await.expect(303);
        bound.post(USERS, other).await.expect(201);
    }

    async fn w_056_an_address_that_is_an_external_id_alone_is_nobody_elses(app: TestApp) {
        let (wire, bound) = (wire(&app).await, bound(&app).await);
        for validates in [false, true] {
            validating(&app, validates).await;
            let (bnd, cid) = (format!("bnd-{validates}"), format!("cid-{validates}"));
            bound.post(USERS, json!({ "userName": bnd, "externalId": format!("{bnd}@x.example") })).await.expect(201);
            wire.post(USERS, json!({ "userName": cid, "externalId": format!("Cid-{validates}@x.example") })).await.expect(201);
            for (name, address) in [("thief-1", format!("{bnd}@x.example")), ("thief-2", format!("{cid}@x.example"))] {
                let thief = json!({ "userName": name, "externalId": name, "emails": [{ "value": address }] });
                refused(&wire.post(USERS, thief.clone()).await, 409, "uniqueness");
                refused(&bound.post(USERS, thief).await, 409, "uniqueness");
            }
        }
        // Whoever has another address has that one.
        let moved = json!({ "userName": "bnd-true", "externalId": "bnd-true@x.example", "emails": [{ "value": "other@x.example" }] });
        let id = found(&bound, "userName eq \"bnd-true\"").await.at("/Resources/0/id");
        bound.put(&format!("{USERS}/{}", id.as_str().unwrap()), moved).await.expect(200);
        let now_free = json!({ "userName": "free", "externalId": "free", "emails": [{ "value": "bnd-true@x.example" }] });
        let still_counts = bound.post(USERS, now_free).await.status;
        assert_eq!(still_counts, 201, "it was never confirmed");
    }
}
