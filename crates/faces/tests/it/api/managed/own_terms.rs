//! Accepting terms again, and being asked to.

use directory::Id;
use directory::enrollment::terms::{Channel, TermsGiven};
use directory::user::User;
use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

use super::{NOBODY, admin, ask, each, happened, person, refused, token_of, top, way};

const DAY: i64 = 86_400;

/// A group `acme` whose way to join has such terms, and who is in it by that way.
struct Place {
    admin: TestClient,
    acme: String,
    join: String,
    ann: Id<User>,
    me: TestClient,
}

impl Place {
    async fn new(app: &TestApp, terms: Value) -> Self {
        let admin = admin(app).await;
        let settings = json!({ "settings": { "entitlements": { "namespace": "urn:mace:example.org" } } });
        admin.patch("/api/v1/realms/default", settings).await.expect(200);
        let acme = top(&admin, "acme").await;
        let join = way(&admin, &acme, json!({ "require_approval": false, "terms": terms })).await;
        let (ann, me) = person(app, "ann").await;
        ask(app, ann, &join, Some(accepted())).await;
        app.run_jobs().await;
        app.deliver_mail().await;
        Self {
            admin,
            acme,
            join,
            ann,
            me,
        }
    }

    fn accept(&self) -> String {
        format!("/api/v1/me/terms/{}/accept", self.acme)
    }

    async fn publish(&self, terms: Value) {
        let path = format!("/api/v1/groups/{}/configurations/{}/terms", self.acme, self.join);
        self.admin.post(&path, terms).await.expect(201);
    }

    async fn mine(&self) -> Value {
        self.me.get("/api/v1/me/terms").await.expect(200).at("/items/0")
    }

    async fn status(&self) -> Value {
        let path = format!("/api/v1/groups/{}/memberships/{}", self.acme, self.ann);
        self.admin.get(&path).await.expect(200).at("/status")
    }

    /// What the person is entitled to.
    async fn entitled(&self) -> usize {
        let user = self
            .admin
            .get(&format!("/scim/v2/Users/{}", self.ann))
            .await
            .expect(200);
        user.at("/entitlements").as_array().map_or(0, Vec::len)
    }
}

fn accepted() -> TermsGiven {
    TermsGiven {
        accepted: true,
        version: None,
        channel: Channel::Api,
        address: None,
    }
}

async fn subjects(app: &TestApp) -> Vec<String> {
    let mails = app.deliver_mail().await;
    mails.into_iter().map(|mail| mail.subject).collect()
}

const ASKED: &str = "Please accept the terms of /acme again";
const LAPSED: &str = "Your acceptance of the terms of /acme is over";

testkit::both! {
    async fn who_lost_what_a_group_gives_has_it_back_by_accepting(app: TestApp) {
        let place = Place::new(&app, json!({ "url": "https://example.org/1", "digest": "sha256:00", "valid_days": 30, "on_lapse": "withhold" })).await;
        let mine = place.mine().await;
        assert_eq!(mine, json!({
            "group": place.acme, "path": "/acme", "accepted": 1, "accepted_at": "2030-01-01T08:00:00.000Z", "until": "2030-02-01T00:00:00.000Z",
            "terms": { "id": mine["terms"]["id"], "number": 1, "url": "https://example.org/1", "digest": "sha256:00" },
            "on_lapse": "withhold", "due": false, "withheld": false,
        }));
        assert_eq!(place.entitled().await, 1);
        app.pass(15 * DAY).await;
        assert_eq!(place.mine().await["due"], true);
        app.pass(20 * DAY).await;
        assert_eq!(place.entitled().await, 0);
        let mine = place.mine().await;
        assert_eq!((&mine["due"], &mine["withheld"]), (&json!(true), &json!(true)));

        let accepted = place.me.post(&place.accept(), json!({ "version": 1 })).await.expect(200);
        happened(&accepted, "terms.accepted");
        assert_eq!(accepted.json(), json!({ "id": mine["terms"]["id"], "number": 1, "accepted_at": "2030-02-05T08:00:00.000Z", "until": "2030-03-08T00:00:00.000Z" }));
        app.run_jobs().await;
        assert_eq!(place.entitled().await, 1);
        let mine = place.mine().await;
        assert_eq!((&mine["due"], &mine["withheld"], &mine["until"]), (&json!(false), &json!(false), &accepted.at("/until")));
        // Whoever has left keeps the list of what they accepted.
        place.me.delete(&format!("/realms/default/agm/account/user/group/{}/member", place.acme)).await.expect(204);
        assert!(each(&place.me.get("/api/v1/me/terms").await.expect(200), "group").is_empty());
        let page = place.me.get("/api/v1/me/acceptances?limit=1").await.expect(200);
        assert_eq!(page.at("/items/0"), json!({
            "id": mine["terms"]["id"], "terms": mine["terms"], "group": place.acme, "accepted_at": "2030-01-01T08:00:00.000Z", "channel": "api",
        }));
        let next = page.at("/next").as_str().expect("another page").to_owned();
        let rest = place.me.get(&format!("/api/v1/me/acceptances?cursor={next}")).await.expect(200);
        assert_eq!((each(&rest, "accepted_at"), rest.at("/next")), (vec!["2030-02-05T08:00:00.000Z".to_owned()], Value::Null));
        refused(place.me.get("/api/v1/me/acceptances?cursor=soon").await, 400, "invalid_cursor");
        refused(place.me.get("/api/v1/me/terms?cursor=soon").await, 400, "invalid_cursor");
    }

    async fn what_is_not_ones_own_to_accept_is_refused(app: TestApp) {
        let place = Place::new(&app, json!({ "url": "https://example.org/1" })).await;
        let (admin, accept, one) = (&place.admin, place.accept(), json!({ "version": 1 }));
        for (sent, code) in [
            (json!({}), "invalid"), (json!({ "version": "1" }), "invalid"), (json!({ "version": -1 }), "invalid"), (json!({ "version": 1.5 }), "invalid"),
            (json!({ "version": 99_999_999_999_u64 }), "invalid"), (json!({ "version": 1, "accepted": false }), "unknown_member"),
        ] {
            refused(place.me.post(&accept, sent).await, 400, code);
        }
        // Another version than the one in force, be it an earlier one.
        refused(place.me.post(&accept, json!({ "version": 2 })).await, 409, "terms_changed");
        place.publish(json!({ "url": "https://example.org/2" })).await;
        let told = refused(place.me.post(&accept, one.clone()).await, 409, "terms_changed");
        assert!(told.to_string().contains("version 2"), "{told}");
        // Where one is no member there is nothing to accept, whether or not there is a group.
        let zoo = top(admin, "zoo").await;
        let (ben, other) = person(&app, "ben").await;
        for group in [zoo.as_str(), NOBODY, "x"] {
            refused(place.me.post(&format!("/api/v1/me/terms/{group}/accept"), one.clone()).await, 404, "not_a_member");
        }
        refused(other.post(&accept, one.clone()).await, 404, "not_a_member");
        assert!(each(&other.get("/api/v1/me/terms").await.expect(200), "group").is_empty());
        assert!(each(&other.get("/api/v1/me/acceptances").await.expect(200), "id").is_empty());
        let member = json!({ "user": ben.to_string(), "roles": ["member"] });
        admin.post(&format!("/api/v1/groups/{zoo}/memberships"), member).await.expect(201);
        refused(other.post(&format!("/api/v1/me/terms/{zoo}/accept"), one.clone()).await, 404, "no_terms");
        let only_manages = token_of(&app, place.ann, &["agm:manage"]).await;
        for path in ["/api/v1/me/terms", "/api/v1/me/acceptances"] {
            refused(admin.get(path).await, 403, "person_required");
            refused(only_manages.get(path).await, 403, "missing_scope");
        }
        refused(admin.post(&accept, one.clone()).await, 403, "person_required");
        refused(only_manages.post(&accept, one).await, 403, "missing_scope");
        assert_eq!(place.mine().await["accepted"], 1);
    }

    async fn a_suspended_member_may_accept_and_stays_out(app: TestApp) {
        let place = Place::new(&app, json!({ "url": "https://example.org/1", "valid_days": 30, "on_lapse": "withhold" })).await;
        let one = format!("/api/v1/groups/{}/memberships/{}", place.acme, place.ann);
        place.admin.post(&format!("{one}/suspend"), json!({})).await.expect(200);
        app.pass(DAY).await;
        place.me.post(&place.accept(), json!({ "version": 1 })).await.expect(200);
        app.run_jobs().await;
        assert_eq!((place.status().await, place.entitled().await), (json!("suspended"), 0));
        // Whoever is out of the realm does nothing at all.
        place.admin.post(&format!("/api/v1/users/{}/suspend", place.ann), json!({})).await.expect(200);
        let out = place.me.post(&place.accept(), json!({ "version": 1 })).await;
        assert!(matches!(out.status, 401 | 403) && out.events.is_empty(), "{out}");
    }

    async fn members_are_asked_for_a_new_version_and_lose_what_it_says(app: TestApp) {
        let place = Place::new(&app, json!({ "url": "https://example.org/1" })).await;
        let (ben, other) = person(&app, "ben").await;
        ask(&app, ben, &place.join, Some(accepted())).await;
        let (cleo, _) = person(&app, "cleo").await;
        let member = json!({ "user": cleo.to_string(), "roles": ["member"] });
        place.admin.post(&format!("/api/v1/groups/{}/memberships", place.acme), member).await.expect(201);
        app.run_jobs().await;
        app.deliver_mail().await;
        // A slip of the pen is mended: nobody is asked.
        place.publish(json!({ "url": "https://example.org/1b", "on_lapse": "withhold" })).await;
        app.pass(60).await;
        assert_eq!((subjects(&app).await, &place.mine().await["due"]), (vec![], &json!(false)));
        place.publish(json!({ "url": "https://example.org/2", "on_lapse": "withhold", "ask_again": true })).await;
        app.pass(60).await;
        // Not who never accepted any.
        assert_eq!(subjects(&app).await, [ASKED, ASKED]);
        let mine = place.mine().await;
        assert_eq!((&mine["accepted"], &mine["terms"]["number"], &mine["until"], &mine["due"], &mine["on_lapse"]), (&json!(1), &json!(3), &json!("2030-01-23T00:00:00.000Z"), &json!(true), &json!("withhold")));
        other.post(&place.accept(), json!({ "version": 3 })).await.expect(200);
        app.pass(22 * DAY).await;
        assert!(subjects(&app).await.contains(&LAPSED.to_owned()));
        assert_eq!(place.entitled().await, 0);
        let theirs = other.get("/api/v1/me/terms").await.expect(200);
        assert_eq!((theirs.at("/items/0/withheld"), theirs.at("/items/0/accepted"), theirs.at("/items/0/until")), (json!(false), json!(3), Value::Null));
        place.me.post(&place.accept(), json!({ "version": 3 })).await.expect(200);
        app.run_jobs().await;
        assert_eq!(place.entitled().await, 1);
    }

    async fn who_is_asked_has_no_more_time_than_before(app: TestApp) {
        let place = Place::new(&app, json!({ "url": "https://example.org/1", "valid_days": 10 })).await;
        place.publish(json!({ "url": "https://example.org/2", "on_lapse": "end", "ask_again": true })).await;
        app.pass(60).await;
        assert_eq!(subjects(&app).await, [ASKED]);
        assert_eq!(place.mine().await["until"], "2030-01-12T00:00:00.000Z");
        // Asked for yet another one they have no more either; and by the page that changes the way as well.
        app.pass(2 * DAY).await;
        app.deliver_mail().await;
        let path = format!("/api/v1/groups/{}/configurations/{}", place.acme, place.join);
        let terms = json!({ "terms": { "url": "https://example.org/3", "on_lapse": "end", "ask_again": true } });
        place.admin.patch(&path, terms).await.expect(200);
        app.pass(60).await;
        assert_eq!(subjects(&app).await, [ASKED]);
        assert_eq!((&place.mine().await["until"], &place.mine().await["terms"]["number"]), (&json!("2030-01-12T00:00:00.000Z"), &json!(3)));
        app.pass(9 * DAY).await;
        assert_eq!(place.status().await, "expired");
        refused(place.me.post(&place.accept(), json!({ "version": 3 })).await, 404, "not_a_member");
    }

    async fn who_had_let_them_lapse_is_asked_anew_and_who_comes_late_too(app: TestApp) {
        let place = Place::new(&app, json!({ "url": "https://example.org/1", "valid_days": 10 })).await;
        let slow = way(&place.admin, &place.acme, json!({ "name": "Slow", "terms": { "url": "https://example.org/slow" } })).await;
        let (ben, other) = person(&app, "ben").await;
        let asked = ask(&app, ben, &slow, Some(accepted())).await;
        app.pass(20 * DAY).await;
        app.deliver_mail().await;
        place.publish(json!({ "url": "https://example.org/2", "on_lapse": "withhold", "ask_again": true })).await;
        let path = format!("/api/v1/groups/{}/configurations/{slow}/terms", place.acme);
        place.admin.post(&path, json!({ "url": "https://example.org/slow/2", "ask_again": true })).await.expect(201);
        app.pass(60).await;
        assert!(subjects(&app).await.contains(&ASKED.to_owned()));
        let mine = place.mine().await;
        assert_eq!((&mine["until"], &mine["withheld"]), (&json!("2030-02-12T00:00:00.000Z"), &json!(false)));
        // The request goes on with the terms it was sent with, and then those in force are asked for.
        place.admin.post(&format!("/api/v1/requests/{asked}/accept"), json!({})).await.expect(200);
        app.pass(60).await;
        let theirs = other.get("/api/v1/me/terms").await.expect(200);
        assert_eq!((theirs.at("/items/0/accepted"), theirs.at("/items/0/until"), theirs.at("/items/0/due")), (json!(1), json!("2030-02-12T00:00:00.000Z"), json!(true)));
        app.pass(22 * DAY).await;
        assert_eq!((&place.mine().await["withheld"], place.entitled().await), (&json!(true), 0));
    }

    async fn all_members_of_a_large_group_are_asked(app: TestApp) {
        let place = Place::new(&app, json!({ "url": "https://example.org/1" })).await;
        for number in 0..60 {
            ask(&app, app.user(&format!("user-{number}")).await, &place.join, Some(accepted())).await;
        }
        app.run_jobs().await;
        app.deliver_mail().await;
        place.publish(json!({ "url": "https://example.org/2", "ask_again": true })).await;
        app.pass(60).await;
        assert_eq!(subjects(&app).await, vec![ASKED; 61]);
        app.pass(60).await;
        assert!(subjects(&app).await.is_empty());
    }
}
