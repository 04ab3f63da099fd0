//! Offers of a membership, and of the administration of a group.

use directory::Id;
use directory::delegation::{GrantDelegation, Whom};
use directory::enrollment::Configure;
use directory::enrollment::configuration::{Configuration, Draft};
use directory::enrollment::terms::TermsDraft;
use directory::group::{CreateTopGroup, Group, GroupName, NewGroup};
use serde_json::{Value, json};
use testkit::{TestApp, TestClient, TestMail, both, exchange};

const BASE: &str = "/realms/default/agm/account";

/// A group with a way to join and one who owns it, who signs in at the provider as everybody here.
struct World {
    group: Id<Group>,
    way: Id<Configuration>,
    ga: TestClient,
    u1: TestClient,
    u2: TestClient,
}

async fn signed_in(app: &TestApp, name: &str) -> TestClient {
    let provider = app.provider("default").await;
    let client = app.bearer(&provider.token_of(name, &format!("{name}@example.org")));
    // The first sign-in links them.
    client.get(&format!("{BASE}/user/groups")).await.expect(200);
    client
}

async fn group(app: &TestApp, name: &str) -> Id<Group> {
    let new = NewGroup::named(GroupName::parse(name).expect("a name"));
    let operator = app.operator().await;
    let made = app.directory().execute(&operator, CreateTopGroup { new }).await;
    made.expect("a group").group.id
}

async fn way(app: &TestApp, group: Id<Group>, draft: Draft) -> Id<Configuration> {
    let draft = Draft {
        roles: vec!["member".into()],
        require_approval: true,
        ..draft
    };
    let configure = Configure {
        group,
        id: None,
        if_version: None,
        draft,
        force: false,
    };
    let made = app.directory().execute(&app.operator().await, configure).await;
    made.expect("a way").configuration.id
}

fn named(name: &str, active: bool) -> Draft {
    Draft {
        name: name.into(),
        active,
        membership_expiration_days: Some(30),
        ..Draft::default()
    }
}

impl World {
    async fn make(app: &TestApp) -> Self {
        let ga = app.user("ga").await;
        for name in ["u1", "u2"] {
            app.user(name).await;
        }
        let group = group(app, "a").await;
        let owner = GrantDelegation::owner(group, Whom::User(ga));
        app.directory()
            .execute(&app.operator().await, owner)
            .await
            .expect("granted");
        let way = way(app, group, named("Join", true)).await;
        app.deliver_mail().await;
        Self {
            group,
            way,
            ga: signed_in(app, "ga").await,
            u1: signed_in(app, "u1").await,
            u2: signed_in(app, "u2").await,
        }
    }

    fn members(&self) -> String {
        format!("{BASE}/group-admin/group/{}/members/invitation", self.group)
    }

    fn admins(&self) -> String {
        format!("{BASE}/group-admin/group/{}/admin/invite", self.group)
    }

    fn body(&self, email: &str) -> Value {
        json!({ "email": email, "groupEnrollmentConfiguration": { "id": self.way.to_string() }, "groupRoles": ["member"] })
    }

    /// Invites somebody as a member; the secret of the link.
    async fn invite(&self, app: &TestApp, email: &str) -> String {
        self.ga.post(&self.members(), self.body(email)).await.expect(204);
        secret(&app.deliver_mail().await, email)
    }
}

fn secret(mails: &[TestMail], email: &str) -> String {
    let mail = mails.iter().find(|mail| mail.to == email).expect("the mail");
    mail.path_to("invitation")
        .rsplit('/')
        .next()
        .expect("a secret")
        .to_owned()
}

fn link(secret: &str, act: &str) -> String {
    format!("{BASE}/user/invitation/{secret}{act}")
}

fn code(value: &Value) -> &str {
    value["code"].as_str().unwrap_or_default()
}

both! {
    // Acceptance 47.
    async fn an_invitation_is_mailed_shown_and_accepted_once(app: TestApp) {
        let world = World::make(&app).await;
        let gb = app.user("gb").await;
        let second = GrantDelegation::owner(world.group, Whom::User(gb));
        app.directory().execute(&app.operator().await, second).await.expect("granted");
        app.deliver_mail().await;
        exchange!(world.ga.post(&world.members(), world.body("u1@example.org")), @r#"
        204 No Content
        events: invitation.created, mail.queued   deliveries: mail invitation.created, mail mail.queued
        "#);
        let mails = app.deliver_mail().await;
        let mail = mails.iter().find(|mail| mail.to == "u1@example.org").expect("the mail");
        assert!(mail.text.contains("The link works once, until 4 January 2030, 08:00 UTC."), "{}", mail.text);
        assert!(mails.iter().any(|mail| mail.to == "gb@example.org" && mail.subject == "u1@example.org was invited to /a"));
        let secret = secret(&mails, "u1@example.org");
        let shown = world.u1.get(&link(&secret, "")).await.expect(200);
        let body = shown.json();
        assert_eq!(body["id"], json!(secret));
        assert_eq!((&body["forMember"], &body["groupRoles"], body.get("group")), (&json!(true), &json!(["member"]), None));
        assert_eq!(body["creationDate"], json!("2030-01-01 08:00:00"));
        let configuration = &body["groupEnrollmentConfiguration"];
        assert_eq!((&configuration["id"], &configuration["name"], &configuration["group"]["path"]), (&json!(world.way.to_string()), &json!("Join"), &json!("/a")));
        // All that whoever may see the way is shown of it.
        let way = world.ga.get(&format!("{BASE}/group-admin/group/{}/configuration/{}", world.group, world.way)).await.expect(200).json();
        let (mut seen, mut way) = (configuration.clone(), way);
        for one in [&mut seen, &mut way] {
            one["group"] = Value::Null;
        }
        assert_eq!(seen, way);
        // Looking spends nothing, and a body is not asked for.
        world.u1.get(&link(&secret, "")).await.expect(200);
        let accepted = world.u1.request(http::Method::POST, &link(&secret, "/accept")).await.expect(204);
        assert_eq!(accepted.text, "");
        for kind in ["invitation.accepted", "member.added"] {
            assert!(accepted.events.iter().any(|one| one == kind), "{accepted}");
        }
        let mine = world.u1.get(&format!("{BASE}/user/groups")).await.expect(200);
        assert_eq!((mine.at("/results/0/status"), mine.at("/results/0/membershipExpiresAt")), (json!("ENABLED"), json!("2030-01-31")));
        let mails = app.deliver_mail().await;
        let mut told: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
        told.sort_unstable();
        assert_eq!(told, ["ga@example.org", "gb@example.org"]);
        for (method, act) in [("GET", ""), ("POST", "/accept"), ("POST", "/reject")] {
            let again = world.u1.request(method.parse().expect("a method"), &link(&secret, act)).await.expect(404);
            assert_eq!(code(&again.json()), "invitation_unknown", "{act}");
        }
    }

    // Acceptance 48.
    async fn who_has_it_already_is_refused_and_who_declines_is_told_of(app: TestApp) {
        let world = World::make(&app).await;
        let first = world.invite(&app, "u1@example.org").await;
        world.u1.post(&link(&first, "/accept"), json!({})).await.expect(204);
        let again = world.invite(&app, "u1@example.org").await;
        let refused = world.u1.post(&link(&again, "/accept"), json!({})).await.expect(400);
        assert_eq!(code(&refused.json()), "already_member");
        world.ga.post(&world.admins(), json!({ "email": "ga@example.org" })).await.expect(204);
        let own = secret(&app.deliver_mail().await, "ga@example.org");
        let shown = world.ga.get(&link(&own, "")).await.expect(200).json();
        assert_eq!((&shown["forMember"], &shown["group"]["path"], shown.get("groupEnrollmentConfiguration")), (&json!(false), &json!("/a"), None));
        let refused = world.ga.post(&link(&own, "/accept"), json!({})).await.expect(400);
        assert_eq!(code(&refused.json()), "already_admin");
        exchange!(world.u1.post(&link(&again, "/reject"), json!({})), @r#"
        204 No Content
        events: invitation.rejected, mail.queued   deliveries: mail mail.queued
        "#);
        let mails = app.deliver_mail().await;
        assert_eq!(mails.iter().map(|mail| (mail.to.as_str(), mail.subject.as_str())).collect::<Vec<_>>(),
            [("ga@example.org", "@u1 has declined the invitation to /a")]);
        world.u1.post(&link(&again, "/reject"), json!({})).await.expect(404);
    }

    // Acceptance 49.
    async fn after_its_hours_a_link_is_dead_whatever_jobs_have_done(app: TestApp) {
        let mut world = World::make(&app).await;
        let late = world.invite(&app, "u1@example.org").await;
        app.clock().advance(72 * 3_600 - 1);
        // Tokens of the provider do not last as long.
        (world.ga, world.u1) = (signed_in(&app, "ga").await, signed_in(&app, "u1").await);
        world.u1.get(&link(&late, "")).await.expect(200);
        app.clock().advance(1);
        let restarted = app.another().await;
        for node in [&app, &restarted] {
            let u1 = node.bearer(world.u1.token());
            for (method, act) in [("GET", ""), ("POST", "/accept"), ("POST", "/reject")] {
                let dead = u1.request(method.parse().expect("a method"), &link(&late, act)).await.expect(404);
                assert_eq!(code(&dead.json()), "invitation_expired", "{act}");
            }
        }
        restarted.run_jobs().await;
        assert_eq!(code(&world.u1.get(&link(&late, "")).await.expect(404).json()), "invitation_expired");
        // The realm says how long they are open.
        app.client("root", &["agm:admin"]).await
            .put("/realms/default/agm/admin/configuration", json!({ "invitation-expiration-period": "1" })).await.expect(204);
        let short = world.invite(&app, "u1@example.org").await;
        app.clock().advance(3_600);
        world.u1 = signed_in(&app, "u1").await;
        world.u1.post(&link(&short, "/accept"), json!({})).await.expect(404);
    }

    // Acceptance 50.
    async fn an_invitation_is_for_its_address_unless_the_realm_says_otherwise(app: TestApp) {
        let world = World::make(&app).await;
        let secret = world.invite(&app, "u1@example.org").await;
        exchange!(world.u2.post(&link(&secret, "/accept"), json!({})), @r#"
        403 Forbidden
        {
          "error": "the invitation went to another address than yours; sign in with the account of that address, or ask for another one",
          "error_description": "the invitation went to another address than yours; sign in with the account of that address, or ask for another one",
          "code": "invitation_other_address"
        }
        events: none   deliveries: none
        "#);
        world.u2.post(&link(&secret, "/reject"), json!({})).await.expect(403);
        app.set_realm("default", |settings| settings.compat.invitation.any_account = true).await;
        world.u2.post(&link(&secret, "/accept"), json!({})).await.expect(204);
    }

    // Acceptance 51.
    async fn invitations_are_listed_sent_again_and_taken_back(app: TestApp) {
        let world = World::make(&app).await;
        let old = world.invite(&app, "u1@example.org").await;
        let list = world.ga.get(&format!("/api/v1/invitations?group={}", world.group)).await.expect(200);
        let item = list.at("/items/0");
        assert_eq!((&item["offers"], &item["state"], &item["address"], &item["roles"]),
            (&json!("membership"), &json!("pending"), &json!("u1@example.org"), &json!(["member"])));
        assert_eq!((item.get("user"), &item["group"], &item["configuration"]), (None, &json!(world.group.to_string()), &json!(world.way.to_string())));
        let id = item["id"].as_str().expect("an id");
        world.u1.get(&format!("/api/v1/invitations?group={}", world.group)).await.expect(403);
        world.u1.post(&format!("/api/v1/invitations/{id}/resend"), json!({})).await.expect(403);
        let again = world.ga.post(&format!("/api/v1/invitations/{id}/resend"), json!({})).await.expect(200);
        assert_eq!(again.events, ["invitation.resent"]);
        let new = secret(&app.deliver_mail().await, "u1@example.org");
        world.u1.get(&link(&old, "")).await.expect(404);
        world.u1.get(&link(&new, "")).await.expect(200);
        world.ga.post(&format!("/api/v1/invitations/{id}/revoke"), json!({})).await.expect(200);
        let dead = world.u1.post(&link(&new, "/accept"), json!({})).await.expect(404);
        assert_eq!(code(&dead.json()), "invitation_unknown");
        assert_eq!(world.ga.get(&format!("/api/v1/invitations/{id}")).await.expect(200).at("/state"), json!("revoked"));
    }

    // Acceptance 52.
    async fn what_cannot_be_offered_is_refused_with_a_word(app: TestApp) {
        let world = World::make(&app).await;
        let other = group(&app, "x").await;
        let foreign = way(&app, other, named("Foreign", true)).await;
        let closed = way(&app, world.group, named("Closed", false)).await;
        let with = |name: &str, value: Value| {
            let mut body = world.body("u1@example.org");
            body[name] = value;
            body
        };
        let configured = |id: Value| with("groupEnrollmentConfiguration", json!({ "id": id }));
        for (body, word) in [
            (json!({}), "email_required"),
            (with("email", json!(null)), "email_required"),
            (with("email", json!("no address")), "email_invalid"),
            (with("groupEnrollmentConfiguration", json!(null)), "configuration_required"),
            (configured(json!(null)), "configuration_required"),
            (configured(json!("nothing")), "configuration_unknown"),
            (configured(json!("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")), "configuration_unknown"),
            (configured(json!(foreign.to_string())), "configuration_unknown"),
            (configured(json!(closed.to_string())), "configuration_inactive"),
            (with("groupRoles", json!(["boss"])), "role_unknown"),
            (with("groupRoles", json!([])), "roles_required"),
            (with("groupRoles", json!(null)), "roles_required"),
            (with("groupRoles", json!("member")), "invalid"),
            (with("email", json!(7)), "invalid"),
            (with("unheardOf", json!(1)), "unknown_member"),
        ] {
            let refused = world.ga.post(&world.members(), body.clone()).await.expect(400);
            assert_eq!(code(&refused.json()), word, "{body}");
            assert!(refused.events.is_empty(), "{body}");
        }
        let refused = world.ga.post(&world.admins(), json!({ "firstName": "A" })).await.expect(400);
        assert_eq!(code(&refused.json()), "email_required");
        // What clients send beside it is passed over; an open one is not made twice.
        let account = json!({ "email": "new@example.org", "firstName": "New", "attributes": { "locale": ["de"] }, "enabled": true });
        world.ga.post(&world.admins(), account.clone()).await.expect(204);
        let refused = world.ga.post(&world.admins(), account).await.expect(409);
        assert_eq!(code(&refused.json()), "invitation_open");
    }

    async fn who_does_not_run_the_group_invites_nobody(app: TestApp) {
        let world = World::make(&app).await;
        let body = world.body("u2@example.org");
        for path in [world.members(), world.admins()] {
            let refused = world.u1.post(&path, body.clone()).await.expect(403);
            assert_eq!(code(&refused.json()), "not_permitted");
            app.anonymous().post(&path, body.clone()).await.expect(401);
            let elsewhere = path.replace(&world.group.to_string(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
            assert_eq!(code(&world.u1.post(&elsewhere, body.clone()).await.expect(404).json()), "not_found");
            world.ga.post(&path.replace(&world.group.to_string(), "x"), body.clone()).await.expect(404);
        }
        // Whoever manages all groups invites administrators, not members.
        let mg = app.user("mg").await;
        let grant = directory::user::GrantRole { id: mg, role: directory::Role::ManageGroups };
        app.directory().execute(&app.operator().await, grant).await.expect("granted");
        let mg = app.acting_as(mg, &["agm:manage"]).await;
        assert_eq!(code(&mg.post(&world.members(), body).await.expect(403).json()), "not_permitted");
        mg.post(&world.admins(), json!({ "email": "u2@example.org" })).await.expect(204);
        // A program answers for nobody.
        let secret = world.invite(&app, "u1@example.org").await;
        let program = app.client("groups", &["agm:self", "agm:admin"]).await;
        for (method, act) in [("GET", ""), ("POST", "/accept"), ("POST", "/reject")] {
            let refused = program.request(method.parse().expect("a method"), &link(&secret, act)).await.expect(403);
            assert_eq!(code(&refused.json()), "person_required");
        }
        world.u1.get(&link("nothing", "")).await.expect(404);
    }

    async fn terms_are_accepted_with_the_invitation(app: TestApp) {
        let world = World::make(&app).await;
        let terms = Draft { terms: Some(TermsDraft::at("https://example.org/terms")), ..named("Terms", true) };
        let terms = way(&app, world.group, terms).await;
        let mut body = world.body("u1@example.org");
        body["groupEnrollmentConfiguration"] = json!({ "id": terms.to_string() });
        world.ga.post(&world.members(), body).await.expect(204);
        let secret = secret(&app.deliver_mail().await, "u1@example.org");
        let aup = world.u1.get(&link(&secret, "")).await.expect(200).at("/groupEnrollmentConfiguration/aup");
        assert_eq!((&aup["type"], &aup["url"]), (&json!("URL"), &json!("https://example.org/terms")));
        for refused in [json!({}), json!({ "aupAccepted": false }), json!({ "aupAccepted": true, "aupVersion": 2 })] {
            let refused = world.u1.post(&link(&secret, "/accept"), refused).await.expect(400);
            assert_eq!(code(&refused.json()), "terms_not_accepted");
        }
        let wrong = world.u1.post(&link(&secret, "/accept"), json!({ "aupAccepted": "yes" })).await.expect(400);
        assert_eq!(code(&wrong.json()), "invalid");
        // What else a client sends has never had an effect.
        for nothing in [json!({ "aup": true }), json!([true]), json!("yes")] {
            let said = world.u1.post(&link(&secret, "/accept"), nothing).await.expect(400);
            assert_eq!(code(&said.json()), "terms_not_accepted");
        }
        let accepted = world.u1.post(&link(&secret, "/accept"), json!({ "aupAccepted": true, "aupVersion": 1 })).await.expect(204);
        assert!(accepted.events.iter().any(|kind| kind == "terms.accepted"), "{accepted}");
    }
}
