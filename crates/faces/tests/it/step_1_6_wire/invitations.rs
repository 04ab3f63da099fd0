//! A7: the life of an invitation, W-60 to W-72, and A7.6, how pending is shown.

use serde_json::json;
use testkit::TestApp;

use super::{
    BOTH, MAP, USERS, accept, apply, escaped, found, generic, id_in, made, made_with, mailed, person, person_with,
    refused, usher, wire,
};

const DAY: i64 = 86_400;

async fn answers(app: &TestApp, page: &str) -> u16 {
    app.anonymous().get(page).await.status
}

testkit::both! {
    async fn w_060_the_id_is_final(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        assert_eq!(usher(&wire, &path).await["lifecycle"], "invited");
        accept(&app, &mailed(&app).await).await.expect(303);
        let read = wire.get(&path).await.expect(200);
        assert_eq!((read.id().as_str(), read.at("/active")), (id_in(&path), json!(true)));
    }

    async fn w_061_the_mail_speaks_the_persons_language_in_the_realms_name(app: TestApp) {
        app.set_realm("default", |settings| {
            settings.title = Some("Acme".into());
            settings.support = Some("help@acme.example".into());
        }).await;
        let wire = wire(&app).await;
        for (name, language, word) in [("ann", "de-AT", "Einladung"), ("ben", "en", "nvit"), ("cid", "fr", "nvit")] {
            made_with(&wire, name, json!({ "preferredLanguage": language })).await;
            let mails = app.deliver_mail().await;
            assert_eq!((mails.len(), mails[0].to.clone()), (1, format!("{name}@x.example")));
            for part in [word, "Acme", "help@acme.example"] {
                assert!(format!("{}{}", mails[0].subject, mails[0].text).contains(part), "{part}: {:?}", mails[0]);
            }
        }
    }

    async fn w_062_until_acceptance_active_is_false(app: TestApp) {
        let wire = wire(&app).await;
        let made = wire.post(USERS, person_with("ann", json!({ "active": true }))).await.expect(201);
        let path = format!("{USERS}/{}", made.id());
        for shown in [made.at("/active"), wire.get(&path).await.at("/active"), found(&wire, "userName eq \"ann\"").await.at("/Resources/0/active")] {
            assert_eq!(shown, false);
        }
        let page = mailed(&app).await;
        assert_eq!(answers(&app, &page).await, 200);
        assert_eq!(wire.get(&path).await.at("/active"), false, "looking is not accepting");
        accept(&app, &page).await.expect(303);
        assert_eq!(wire.get(&path).await.at("/active"), true);
    }

    async fn w_063_what_post_gave_is_there_after_acceptance_and_no_password_is_set(app: TestApp) {
        let wire = wire(&app).await;
        let path = made_with(&wire, "ann", json!({ MAP: { "Team": "Blue" }, "displayName": "Ann" })).await;
        let page = mailed(&app).await;
        let shown = app.anonymous().get(&page).await.expect(200);
        assert!(!shown.text.contains("type=\"password\""), "{}", shown.text);
        accept(&app, &page).await.expect(303);
        let read = wire.get(&path).await.expect(200);
        assert_eq!((read.at("/userName"), read.at("/displayName"), read.json()[MAP].clone()), (json!("ann"), json!("Ann"), json!({ "Team": "Blue" })));
    }

    async fn w_064_it_is_valid_for_21_days_or_as_set(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        assert_eq!(usher(&wire, &path).await["invitation"]["expiresAt"], "2030-01-22T08:00:00.000Z");
        let page = mailed(&app).await;
        app.pass(21 * DAY - 1).await;
        assert_eq!(answers(&app, &page).await, 200);
        app.pass(1).await;
        assert_eq!(answers(&app, &page).await, 410);
        accept(&app, &page).await.expect(410);
        app.set_realm("default", |settings| settings.invitation_days = Some(2)).await;
        let path = made(&wire, "ben").await;
        assert_eq!(usher(&wire, &path).await["invitation"]["expiresAt"], "2030-01-24T08:00:00.000Z");
        // The secret: 256 bits at least, URL-safe.
        let secret = page.rsplit('/').next().unwrap();
        assert!(secret.len() >= 32 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')), "{secret}");
    }

    async fn w_065_who_has_expired_is_hidden_from_wire_alone(app: TestApp) {
        let (wire, generic) = (wire(&app).await, generic(&app).await);
        let path = made(&wire, "ann").await;
        wire.post("/scim/v2/Groups", json!({ "displayName": "ops", "members": [{ "value": id_in(&path) }] })).await.expect(201);
        let theirs = escaped(&format!("members.value eq \"{}\"", id_in(&path)));
        let groups = async |client: &testkit::TestClient| client.get(&format!("/scim/v2/Groups?filter={theirs}")).await.expect(200).at("/totalResults");
        assert_eq!(groups(&wire).await, 1);
        app.pass(22 * DAY).await;
        refused(&wire.get(&path).await, 404, "");
        assert_eq!((groups(&wire).await, groups(&generic).await), (json!(0), json!(1)));
        for filter in ["userName eq \"ann\"", "externalId eq \"ext-ann\"", "emails eq \"ann@x.example\""] {
            assert_eq!(found(&wire, filter).await.expect(200).at("/totalResults"), 0, "{filter}");
        }
        assert_eq!(wire.get(USERS).await.at("/totalResults"), 0);
        assert_eq!(usher(&generic, &path).await["invitation"]["status"], "expired");
        assert_eq!(found(&generic, "userName eq \"ann\"").await.at("/totalResults"), 1);
    }

    async fn w_066_expiry_comes_at_its_time_and_not_at_random(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        app.pass(21 * DAY - 1).await;
        wire.get(&path).await.expect(200);
        assert!(!app.event_kinds().await.contains(&"invitation.expired".to_owned()));
        app.pass(1).await;
        refused(&wire.get(&path).await, 404, "");
        assert_eq!(app.event_kinds().await.pop().unwrap(), "invitation.expired");
        app.pass(365 * DAY).await;
        assert_eq!(app.event_kinds().await.pop().unwrap(), "invitation.expired", "nothing more happens by itself");
    }

    async fn w_066_by_a_setting_who_has_expired_leaves_on_their_day(app: TestApp) {
        app.set_realm("default", |settings| settings.expired_invitation_days = Some(10)).await;
        let (wire, generic) = (wire(&app).await, generic(&app).await);
        let path = made(&wire, "ann").await;
        app.pass(21 * DAY).await;
        app.pass(10 * DAY - 1).await;
        generic.get(&path).await.expect(200);
        app.pass(1).await;
        refused(&generic.get(&path).await, 404, "");
        let event = app.events().await.pop().unwrap();
        assert_eq!((event.kind.as_str(), &event.body["why"]), ("user.deprovisioned", &json!("nobody accepted the invitation")));
        assert_ne!(wire.post(USERS, person("ann")).await.expect(201).id(), id_in(&path));
    }

    async fn w_066_who_was_invited_anew_or_accepted_stays(app: TestApp) {
        app.set_realm("default", |settings| settings.expired_invitation_days = Some(10)).await;
        let (wire, generic) = (wire(&app).await, generic(&app).await);
        let (ann, ben, cid) = (made(&wire, "ann").await, made(&wire, "ben").await, made(&wire, "cid").await);
        app.deliver_mail().await;
        app.pass(21 * DAY).await;
        wire.post(USERS, person("ann")).await.expect(201);
        accept(&app, &mailed(&app).await).await.expect(303);
        wire.post(USERS, person("ben")).await.expect(201);
        // Their new invitation is still open, then has expired for less than ten days.
        app.pass(10 * DAY).await;
        refused(&generic.get(&cid).await, 404, "");
        for path in [&ann, &ben] {
            generic.get(path).await.expect(200);
        }
        app.pass(21 * DAY - 1).await;
        generic.get(&ben).await.expect(200);
        // A setting that grew counts, and one that is gone ends it.
        app.set_realm("default", |settings| settings.expired_invitation_days = Some(20)).await;
        app.pass(2).await;
        generic.get(&ben).await.expect(200);
        app.set_realm("default", |settings| settings.expired_invitation_days = None).await;
        app.pass(100 * DAY).await;
        generic.get(&ben).await.expect(200);
        wire.get(&ann).await.expect(200);
    }

    async fn w_067_a_post_after_expiry_keeps_the_id(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let old = mailed(&app).await;
        app.pass(21 * DAY).await;
        let again = wire.post(USERS, person("ann")).await.expect(201);
        assert_eq!(again.id(), id_in(&path));
        assert_eq!((again.at("/active"), again.deliveries.clone()), (json!(false), vec!["mail invitation.created".to_owned()]));
        let new = mailed(&app).await;
        assert_ne!(old, new);
        accept(&app, &old).await.expect(410);
        wire.get(&path).await.expect(200);
        accept(&app, &new).await.expect(303);
        assert_eq!(wire.get(&path).await.at("/active"), true);
        // By the externalId as well, under another name.
        let path = made(&wire, "ben").await;
        app.pass(30 * DAY).await;
        let again = wire.post(USERS, person_with("benny", json!({ "externalId": "ext-ben", "emails": [{ "value": "ben@x.example" }] }))).await.expect(201);
        assert_eq!((again.id().as_str(), again.at("/userName")), (id_in(&path), json!("benny")));
    }

    async fn w_068_a_post_while_pending_is_a_conflict_and_resending_has_its_own_way(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let first = mailed(&app).await;
        refused(&wire.post(USERS, person("ann")).await, 409, "uniqueness");
        let act = format!("{path}/.invitation");
        wire.post(&act, json!({ "action": "resend" })).await.expect(200);
        let second = mailed(&app).await;
        assert_eq!((answers(&app, &first).await, answers(&app, &second).await), (410, 200));
        let revoked = wire.post(&act, json!({ "action": "revoke" })).await.expect(200);
        assert_eq!(revoked.events, ["invitation.revoked"]);
        assert_eq!(answers(&app, &second).await, 410);
        refused(&wire.post(&act, json!({ "action": "other" })).await, 400, "invalidValue");
        refused(&wire.post(&act, json!({ "action": "revoke" })).await, 409, "");
    }

    async fn w_069_deleting_who_is_pending_kills_the_link(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let page = mailed(&app).await;
        wire.delete(&path).await.expect(204);
        assert_eq!(answers(&app, &page).await, 410);
        accept(&app, &page).await.expect(410);
        refused(&wire.get(&path).await, 404, "");
    }

    async fn w_070_another_address_kills_the_link_to_the_old_one(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let old = mailed(&app).await;
        let moved = wire.put(&path, person_with("ann", json!({ "emails": [{ "value": "new@x.example" }] }))).await.expect(200);
        assert_eq!(moved.at("/emails/0/value"), "new@x.example");
        assert_eq!(answers(&app, &old).await, 410);
        accept(&app, &old).await.expect(410);
        let mails = app.deliver_mail().await;
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, "new@x.example"));
        accept(&app, &mails[0].invitation_path()).await.expect(303);
        // A mail that was still on its way is not sent to the old one.
        let path = made(&wire, "ben").await;
        wire.put(&path, person_with("ben", json!({ "emails": [{ "value": "new-ben@x.example" }] }))).await.expect(200);
        let to: Vec<String> = app.deliver_mail().await.into_iter().map(|mail| mail.to).collect();
        assert_eq!(to, ["new-ben@x.example"]);
    }

    async fn w_071_the_invitation_is_seen_by_scim(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let invitation = usher(&wire, &path).await["invitation"].clone();
        assert_eq!(invitation, json!({ "status": "queued", "expiresAt": "2030-01-22T08:00:00.000Z", "sendCount": 0, "address": "a***@x.example" }));
        let page = mailed(&app).await;
        let sent = usher(&wire, &path).await["invitation"].clone();
        assert_eq!((&sent["status"], &sent["sentAt"], &sent["sendCount"]), (&json!("sent"), &json!("2030-01-01T08:00:00.000Z"), &json!(1)));
        accept(&app, &page).await.expect(303);
        assert_eq!(usher(&wire, &path).await["invitation"]["status"], "accepted");
        // Strict clients are not disturbed: only who asks is told.
        assert_eq!(wire.get(&path).await.json().get(super::USHER), None);
        // It is readOnly throughout.
        let ignored = wire.put(&path, person_with("ann", json!({ super::USHER: { "lifecycle": "suspended" } }))).await.expect(200);
        assert_eq!(ignored.at("/active"), true);
        refused(&apply(&wire, &path, json!({ "op": "replace", "path": format!("{}:lifecycle", super::USHER), "value": "suspended" })).await, 400, "mutability");
    }

    async fn w_072_inviting_the_same_address_otherwise_is_a_conflict(app: TestApp) {
        let wire = wire(&app).await;
        made(&wire, "ann").await;
        let admin = app.client("admin", &["admin"]).await;
        let invite = async |name: &str| admin.post("/api/v1/invitations", json!({ "new_user": { "userName": name, "emails": [{ "value": "Ann@x.example" }] } })).await;
        let answer = invite("other").await.expect(409);
        assert!(answer.events.is_empty() && answer.deliveries.is_empty());
        let staged = app.user_with("default", json!({ "userName": "staged", "active": false })).await;
        admin.post("/api/v1/invitations", json!({ "user": staged.to_string(), "address": "ann@x.example" })).await.expect(409);
        // Once it is answered the address is nobody's any more.
        accept(&app, &mailed(&app).await).await.expect(303);
        invite("other").await.expect(201);
    }

    async fn a_7_6_false_is_wires(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let page = mailed(&app).await;
        let write = async |active: bool| {
            let answer = apply(&wire, &path, json!({ "op": "replace", "path": "active", "value": active })).await.expect(200);
            assert_eq!(answer.at("/active"), false);
            answer
        };
        assert_eq!(write(true).await.events, Vec::<String>::new());
        write(false).await;
        assert_eq!(answers(&app, &page).await, 200, "the link stays good");
        accept(&app, &page).await.expect(303);
        assert_eq!(usher(&wire, &path).await["lifecycle"], "suspended", "as was remembered");
        assert_eq!(apply(&wire, &path, json!({ "op": "replace", "path": "active", "value": true })).await.at("/active"), true);
        // And taken back before acceptance.
        let path = made(&wire, "ben").await;
        let page = mailed(&app).await;
        for active in [false, true] {
            apply(&wire, &path, json!({ "op": "replace", "path": "active", "value": active })).await.expect(200);
        }
        accept(&app, &page).await.expect(303);
        assert_eq!(wire.get(&path).await.at("/active"), true);
    }

    async fn a_7_6_a_put_that_says_false_means_it_and_one_without_does_not(app: TestApp) {
        let wire = wire(&app).await;
        // A directory in which the person is disabled sends the same as one that repeats what it was shown.
        let path = made(&wire, "ann").await;
        let page = mailed(&app).await;
        let shown = wire.get(&path).await.json();
        assert_eq!(shown["active"], false);
        wire.put(&path, shown.clone()).await.expect(200);
        accept(&app, &page).await.expect(303);
        assert_eq!(usher(&wire, &path).await["lifecycle"], "suspended");
        assert_eq!(wire.put(&path, person_with("ann", json!({ "active": true }))).await.at("/active"), true);
        // Whoever does not mean it leaves it out, or says true.
        for (name, more) in [("ben", json!({})), ("cid", json!({ "active": true }))] {
            let path = made(&wire, name).await;
            let page = mailed(&app).await;
            wire.put(&path, person_with(name, more)).await.expect(200);
            accept(&app, &page).await.expect(303);
            assert_eq!(usher(&wire, &path).await["lifecycle"], "active");
        }
        // Clients that write back what they read are shown true.
        let echo = app.client_with("echo", &BOTH, |program| program.profile("wire").pending_active(true)).await;
        let path = made(&echo, "dan").await;
        let page = mailed(&app).await;
        let shown = echo.get(&path).await.json();
        assert!(echo.put(&path, shown).await.expect(200).events.is_empty());
        accept(&app, &page).await.expect(303);
        assert_eq!(usher(&echo, &path).await["lifecycle"], "active");
    }

    async fn a_7_6_true_is_for_clients_that_loop(app: TestApp) {
        let okta = app.client_with("okta", &BOTH, |program| program.profile("wire").pending_active(true)).await;
        let made = okta.post(USERS, person("ann")).await.expect(201);
        assert_eq!(made.at("/active"), true);
        let path = format!("{USERS}/{}", made.id());
        let page = mailed(&app).await;
        let write = async |active: bool| apply(&okta, &path, json!({ "op": "replace", "value": { "active": active } })).await.expect(200);
        assert_eq!((write(true).await.at("/active"), write(true).await.events), (json!(true), Vec::new()));
        assert_eq!(write(false).await.at("/active"), false);
        let closed = app.anonymous().get(&page).await;
        assert!(closed.status != 200 || closed.text.contains("not available"), "{closed}");
        accept(&app, &page).await.expect(409);
        assert_eq!(write(true).await.at("/active"), true);
        accept(&app, &page).await.expect(303);
        assert_eq!(usher(&okta, &path).await["lifecycle"], "active");
    }
}
