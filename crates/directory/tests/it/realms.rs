//! Realms, their host names, programs and tokens.

use directory::client::{ClientChanges, DeleteClient, RotateSecret, UpdateClient};
use directory::membership::{AddMembership, NewMember};
use directory::realm::{RealmSettings, ScimConflict, SetRealm};
use directory::token::{CreateToken, GrantClientToken, Origin, RevokeToken};
use directory::user::GrantRole;
use directory::zone::Day;
use directory::{Refusal, Role, Scopes};
use serde_json::json;
use testkit::{Program, both};

use crate::support::refusal;

#[test]
fn a_setting_that_does_not_fit_is_named() {
    let said = |value: serde_json::Value| match RealmSettings::from_value(value) {
        Err(Refusal::Invalid { attribute, .. }) => attribute,
        other => panic!("{other:?}"),
    };
    assert_eq!(said(json!({ "title": "A", "scim_conflict": "bogus" })), "scim_conflict");
    assert_eq!(said(json!({ "oidc": { "jit": "sometimes" } })), "oidc.jit");
    assert_eq!(said(json!({ "retention_days": "x" })), "retention_days");
    assert_eq!(said(json!({ "titel": "A" })), "settings");
    assert_eq!(said(json!({ "oidc": { "isuer": "https://id.example" } })), "oidc");
    assert_eq!(said(json!({ "oidc": 1 })), "oidc");
    assert_eq!(said(json!({ "oidc": [] })), "oidc");
    assert_eq!(said(json!([])), "settings");
}

both! {
    async fn a_host_name_leads_to_one_realm(app: TestApp) {
        app.realm("acme").await;
        app.set_realm("acme", |settings| settings.hosts = vec!["ID.acme.example".into()]).await;
        let realm = app.directory().realm_for_host("id.acme.example:8443").await.expect("answered").expect("a realm");
        assert_eq!(realm.name, "acme");
        assert!(app.directory().realm_for_host("other.example").await.expect("answered").is_none());
        assert!(app.directory().realm_for_host("a/b\u{0}").await.expect("answered").is_none());
        let settings = RealmSettings { hosts: vec!["id.acme.example".into()], ..RealmSettings::default() };
        let taken = app.directory().execute(&app.operator().await, SetRealm { settings, if_version: None, force: false }).await;
        assert_eq!(refusal(taken), Refusal::Taken { attribute: "hosts" });
        app.set_realm("acme", |settings| settings.hosts.clear()).await;
        assert!(app.directory().realm_for_host("id.acme.example").await.expect("answered").is_none());
    }

    async fn settings_are_set_by_their_keys_and_a_wrong_key_names_the_nearest(app: TestApp) {
        let settings = RealmSettings::default().with("oidc.issuer", "https://idp.example").expect("set");
        assert_eq!(settings.oidc.issuer.as_deref(), Some("https://idp.example"));
        assert_eq!(settings.with("oidc.issuer", "").expect("unset"), RealmSettings::default());
        let reports = RealmSettings::default().with("scim_conflict", "report").expect("set");
        assert_eq!(reports.scim_conflict, Some(ScimConflict::Report));
        let wrong = RealmSettings::default().with("home_ur", "x").expect_err("refused");
        assert!(wrong.to_string().contains("did you mean `home_url`?"), "{wrong}");
        let far = RealmSettings::default().with("zz", "x").expect_err("refused").to_string();
        assert!(!far.contains("did you mean") && far.contains("title, ") && far.contains("invitation_days"), "{far}");
        for (key, value) in [("home_url", "javascript:x"), ("retention_days", "many"), ("language", "fr"), ("hosts", "a b"), ("oidc.jit", "maybe"), ("oidc.issuer", "http://idp.example"), ("oidc.issuer", "https://idp.example/?x=y"), ("oidc.issuer", "https://u@idp.example"), ("scim_conflict", "client_wins"), ("title", "a\u{0}"), ("invitation_days", "0"), ("expired_invitation_days", "0"), ("expired_invitation_days", "3651"), ("invitation_days", "4000000000"), ("retention_days", "4000000000")] {
            assert!(RealmSettings::default().with(key, value).is_err(), "{key}");
        }
        let operator = app.operator().await;
        let stale = SetRealm { settings: settings.clone(), if_version: Some(7), force: false };
        assert_eq!(refusal(app.directory().execute(&operator, stale).await), Refusal::Changed);
        let set = app.directory().execute(&operator, SetRealm { settings, if_version: Some(1), force: false }).await.expect("set");
        assert_eq!(set.version, 2);
        assert_eq!(app.event_kinds().await, ["realm.changed"]);
    }

    async fn whoever_administers_a_realm_does_not_choose_its_provider(app: TestApp) {
        let settings = |issuer: &str| RealmSettings::default().with("oidc.issuer", issuer).expect("set");
        let set = |settings: RealmSettings| SetRealm { settings, if_version: None, force: true };
        app.set_realm("acme", |all| *all = settings("https://id.example")).await;
        let inside = app.directory().execute(&app.operator_of("acme").await, set(settings("https://10.0.0.1"))).await;
        inside.expect("the operator may");
        let admin = app.principal("admin", &["admin"], Program::default().realm("acme")).await;
        for issuer in ["https://10.0.0.2", ""] {
            let refused = app.directory().execute(&admin, set(settings(issuer))).await;
            assert!(matches!(refusal(refused), Refusal::Forbidden { .. }), "{issuer}");
        }
        let other = settings("https://10.0.0.1").with("title", "Acme").expect("set");
        app.directory().execute(&admin, set(other)).await.expect("the rest is theirs");
        // Who administers the realm `default` administers the installation.
        let admin = app.principal("admin", &["admin"], Program::default()).await;
        app.directory().execute(&admin, set(settings("https://10.0.0.1"))).await.expect("set");
    }

    async fn a_time_zone_changes_while_nothing_ends_in_it(app: TestApp) {
        let group = crate::support::groups::top(&app, "acme").await;
        let (operator, ann) = (app.operator().await, app.user("ann").await);
        let set = async |zone: &str, force: bool| {
            let settings = RealmSettings::default().with("time_zone", zone).expect("a zone");
            app.directory().execute(&operator, SetRealm { settings, if_version: None, force }).await
        };
        set("Europe/Berlin", false).await.expect("nothing ends yet");
        let until_march = AddMembership {
            group,
            whom: NewMember::Id(ann),
            roles: vec!["member".to_owned()],
            valid_from: None,
            last_day: Some(Day::parse("2030-03-31").expect("a day")),
            configuration: None,
        };
        app.directory().execute(&operator, until_march).await.expect("given");
        let refused = refusal(set("America/New_York", false).await).to_string();
        assert!(refused.contains("`force`"), "{refused}");
        set("America/New_York", true).await.expect("insisted on");
    }

    async fn what_a_newer_version_has_set_is_no_fault_and_stays(app: TestApp) {
        let text = r#"UPDATE realms SET settings = '{"title":"House","mood":"calm","oidc":{"jit":"off","prompt":"login"}}' WHERE name = 'default'"#;
        crate::jobs::sql(&app, text).await;
        app.directory().forget_cached();
        let realm = app.directory().realm("default").await.expect("it reads");
        assert_eq!(realm.settings.title.as_deref(), Some("House"));
        app.set_realm("default", |settings| settings.title = None).await;
        let rows = app.db().query("SELECT settings FROM realms WHERE name = 'default'", &[]).await.expect("read");
        let kept: String = rows.into_iter().next().expect("a row").take(0).expect("a text");
        let kept: serde_json::Value = serde_json::from_str(&kept).expect("json");
        assert_eq!(kept, json!({ "mood": "calm", "oidc": { "jit": "off", "prompt": "login" } }));
    }

    async fn settings_of_every_depth_are_kept(app: TestApp) {
        let pairs = [
            ("time_zone", "Europe/Berlin"),
            ("oidc.roles.realm-admin", "groups=ops, resource_access.usher.roles=admin"),
            ("expiration-notification-period", "30"),
            ("agm.reminder_days", "30,14,1"),
            ("entitlements.namespace", "urn%3Amace%3Aexample.org"),
            ("compat.invitation.any_account", "true"),
        ];
        let settings = pairs.iter().fold(RealmSettings::default(), |settings, (key, value)| settings.with(key, value).expect(key));
        let operator = app.operator().await;
        let set = SetRealm { settings: settings.clone(), if_version: None, force: false };
        app.directory().execute(&operator, set).await.expect("set");
        let kept = app.directory().realm("default").await.expect("there").settings.clone();
        assert_eq!(kept, settings);
        assert_eq!(kept.oidc.roles.realm_admin, ["groups=ops", "resource_access.usher.roles=admin"]);
        assert_eq!(kept.agm.reminder_days(None), [30, 14, 1]);
        assert_eq!(kept.entitlements.namespace.as_deref(), Some("urn:mace:example.org"));
        assert!(kept.compat.invitation.any_account);
    }

    async fn a_token_ends_with_its_revocation_its_time_its_client_and_its_person(app: TestApp) {
        let operator = app.operator().await;
        let realm = app.realm("default").await;
        let person = app.user("ann").await;
        let valid = async |token: &str| app.directory().authenticate(realm, token).await.is_ok();
        let end = app.now().plus_seconds(60);
        let revoked = app.token("a", &["scim:read"], &Program::default()).await;
        let timed = app.token("b", &["scim:read"], &Program::default().expires_at(end)).await;
        let orphan = app.token("c", &["scim:read"], &Program::default()).await;
        let disabled = app.token("d", &["scim:read"], &Program::default()).await;
        let personal = app.token("e", &["scim:me"], &Program::default().acts_as(person)).await;
        for token in [&revoked, &timed, &orphan, &disabled, &personal] {
            assert!(valid(token.plain.reveal()).await);
            assert!(!format!("{token:?}").contains(token.plain.reveal()));
        }
        app.directory().execute(&operator, RevokeToken { id: revoked.token.id }).await.expect("revoked");
        assert!(!valid(revoked.plain.reveal()).await);
        app.clock().advance(60);
        assert!(!valid(timed.plain.reveal()).await);
        app.directory().execute(&operator, DeleteClient { id: orphan.token.client, if_version: None }).await.expect("deleted");
        assert!(!valid(orphan.plain.reveal()).await);
        let off = UpdateClient { id: disabled.token.client, if_version: None, changes: ClientChanges { disabled: Some(true), ..ClientChanges::default() } };
        app.directory().execute(&operator, off).await.expect("changed");
        assert!(!valid(disabled.plain.reveal()).await);
        let suspend = directory::user::SetLifecycle { id: person, lifecycle: directory::user::Lifecycle::Suspended };
        app.directory().execute(&operator, suspend).await.expect("suspended");
        assert!(!valid(personal.plain.reveal()).await);
        let far = app.realm("far").await;
        let other = app.token("f", &["scim:read"], &Program::default()).await;
        assert!(app.directory().authenticate(far, other.plain.reveal()).await.is_err());
        for wrong in ["", "ush_", "ush_x", "Bearer", &other.plain.reveal()[..52]] {
            assert!(!valid(wrong).await, "{wrong}");
        }
    }

    async fn a_client_gets_tokens_for_its_secret_and_both_secrets_hold_while_they_overlap(app: TestApp) {
        let operator = app.operator().await;
        let realm = app.realm("default").await;
        let made = app.register("hr", &["scim:read", "scim:write"], &Program::default()).await;
        let (id, old) = (made.client.id, made.secret.expect("a secret"));
        let login = async |secret: &str| app.directory().authenticate_client(realm, &id.to_string(), secret).await;
        let client = login(old.reveal()).await.expect("the secret is right");
        assert!(login("wrong").await.is_err());
        let granted = app.directory().execute(&client, GrantClientToken { scopes: Scopes::parse("scim:read").expect("scopes") }).await.expect("granted");
        assert!(app.directory().authenticate(realm, granted.plain.reveal()).await.is_ok());
        let more = app.directory().execute(&client, GrantClientToken { scopes: Scopes::parse("admin").expect("scopes") }).await;
        assert!(matches!(refusal(more), Refusal::Invalid { .. }));
        let new = app.directory().execute(&operator, RotateSecret { id, overlap_seconds: 60 }).await.expect("rotated").secret.expect("a secret");
        assert!(login(old.reveal()).await.is_ok() && login(new.reveal()).await.is_ok());
        app.clock().advance(60);
        assert!(login(old.reveal()).await.is_err() && login(new.reveal()).await.is_ok());
        assert!(app.directory().introspect(&client, granted.plain.reveal()).await.expect("answered").is_some());
        app.clock().advance(3600);
        assert!(app.directory().introspect(&client, granted.plain.reveal()).await.expect("answered").is_none());
    }

    async fn the_first_and_the_last_who_may_provision_flip_the_switch(app: TestApp) {
        let operator = app.operator().await;
        let realm = app.directory().realm("default").await.expect("there");
        let effective = async || app.directory().jit_effective(&operator, &realm).await.expect("answered");
        let flips = async || app.event_kinds().await.iter().filter(|kind| *kind == "jit.changed").count();
        // Without a secret, a client alone may not provision yet.
        let client = directory::client::CreateClient {
            name: "wire".into(), profile: directory::client::Profile::Wire, scopes: Scopes::parse("scim:read scim:write").expect("scopes"),
            invite: None, idp: false, pending_active: None, policy: None, settings: directory::client::ClientSettings::default(), with_secret: false,
        };
        let client = app.directory().execute(&operator, client).await.expect("made").client;
        assert!(effective().await);
        let token = |scopes: &str| CreateToken {
            client: client.id, user: None, name: None, description: "d".into(), scopes: Some(Scopes::parse(scopes).expect("scopes")), expires_at: None, origin: Origin::Wire,
        };
        app.directory().execute(&operator, token("scim:read")).await.expect("made");
        assert!(effective().await);
        let first = app.directory().execute(&operator, token("scim:write")).await.expect("made");
        assert!(!effective().await);
        let second = app.directory().execute(&operator, token("scim:write")).await.expect("made");
        app.directory().execute(&operator, RevokeToken { id: first.token.id }).await.expect("revoked");
        assert!(!effective().await);
        app.directory().execute(&operator, RevokeToken { id: second.token.id }).await.expect("revoked");
        assert!(effective().await);
        assert_eq!(flips().await, 2);
        app.set_realm("default", |settings| settings.oidc.jit = Some(directory::realm::JitMode::Off)).await;
        assert_eq!(flips().await, 3);
    }

    async fn wire_tokens_are_limited_also_when_they_are_asked_for_at_once(app: TestApp) {
        app.set_realm("default", |settings| settings.max_scim_tokens = Some(3)).await;
        let operator = app.operator().await;
        let client = app.register("wire", &["scim:read", "scim:write"], &Program::default().profile("wire")).await.client;
        let token = || CreateToken { client: client.id, user: None, name: None, description: String::new(), scopes: None, expires_at: None, origin: Origin::Wire };
        let made = futures_util::future::join_all((0..8).map(|_| app.directory().execute(&operator, token()))).await;
        assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 3);
        for made in made.into_iter().filter(Result::is_err) {
            assert_eq!(refusal(made), Refusal::LimitReached { what: "tokens", limit: 3 });
        }
    }

    async fn a_role_holds_from_the_next_request_on(app: TestApp) {
        let id = app.user("ann").await;
        let realm = app.realm("default").await;
        let token = app.token("portal", &["scim:me", "scim:read"], &Program::default().acts_as(id)).await;
        let other = app.user("bob").await;
        let sees = async || {
            let ann = app.directory().authenticate(realm, token.plain.reveal()).await.expect("valid");
            crate::support::view(&app, &ann, other).await.is_ok()
        };
        assert!(!sees().await);
        let operator = app.operator().await;
        app.directory().execute(&operator, GrantRole { id, role: Role::Auditor }).await.expect("granted");
        assert!(sees().await);
        assert_eq!(app.directory().roles(&operator, id).await.expect("read"), [Role::Auditor]);
        app.directory().execute(&operator, directory::user::RevokeRole { id, role: Role::Auditor }).await.expect("revoked");
        assert!(!sees().await);
    }
}
