//! Who is let in by a first sign-in, who is not, and how that is taken back.

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use db::Engine;
use directory::provider::{Misfit, Unadmitted, UnlinkIdentity};
use directory::realm::JitMode;
use directory::token::AuthError;
use directory::user::{GrantRole, Lifecycle};
use directory::{Refusal, Role, Scope};
use serde_json::{Value, json};
use testkit::{Program, TestApp, both};
use tokio::sync::oneshot;

use crate::invitations::hr;
use crate::provider::{by, how_often, is_nobody, jit, misfit, who, with};
use crate::support::{create, delete, not_found, put, refusal};

async fn unadmitted(app: &TestApp, token: &str) -> Unadmitted {
    match by(app, token).await {
        Err(AuthError::NotAdmitted(why)) => why,
        other => panic!("{other:?}"),
    }
}

async fn claim_is_name_id(app: &TestApp) {
    app.set_realm("default", |settings| {
        settings.oidc.name_id_claim = Some("name_id".to_owned());
    })
    .await;
}

/// Does something while nobody can write about the names s0 to s4 at that provider; on SQLite nobody can write at all.
async fn while_writers_wait(app: &TestApp, issuer: &str, act: impl Future<Output = ()>) {
    let realm = app.realm("default").await.number();
    let names: Vec<String> = (0..5)
        .map(|number| format!("identity {realm} {issuer} s{number}"))
        .collect();
    let (begin, begun) = oneshot::channel();
    let (end, ended) = mpsc::channel::<()>();
    let (mut begin, ended) = (Some(begin), Mutex::new(ended));
    let is_postgres = app.engine() == Engine::Postgres;
    let held = app.db().write(move |tx| -> Result<(), db::Error> {
        for name in names.iter().filter(|_| is_postgres) {
            let lock = "SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended(CAST(?1 AS TEXT), 0))) AS held";
            tx.query(lock, &[name.as_str().into()])?;
        }
        begin.take().expect("it runs once").send(()).expect("somebody waits");
        assert!(
            ended.lock().expect("the lock").recv().is_err(),
            "it ends with the sender"
        );
        Ok(())
    });
    let acting = async move {
        begun.await.expect("it has begun");
        tokio::time::timeout(Duration::from_secs(20), act)
            .await
            .expect("nobody waits for a writer");
        drop(end);
    };
    let (held, ()) = tokio::join!(held, acting);
    held.expect("it is let go");
}

both! {
    async fn a_wire_person_without_emails_is_found_by_the_address_they_are_called_by(app: TestApp) {
        let provider = app.provider("default").await;
        let wire = app.principal("wire", &["scim:write"], Program::default().profile("wire").never_invites()).await;
        let made = create(&app, &wire, json!({ "userName": "ann", "externalId": "Ann@Example.org" })).await.expect("created");
        assert_eq!(made.lifecycle, Lifecycle::Active);
        assert_eq!(who(&app, &provider.token_of("s1", "ann@example.org")).await, made.id);
    }

    async fn who_is_invited_elsewhere_than_at_their_own_address_is_found_by_that(app: TestApp) {
        let provider = app.provider("default").await;
        let hr = hr(&app).await;
        let (ann, _) = crate::invitations::invited(&app, &hr).await;
        let text = "UPDATE invitations SET address = 'ann@private.example', address_key = 'ann@private.example'";
        crate::jobs::sql(&app, text).await;
        assert_eq!(who(&app, &provider.token_of("s1", "ann@private.example")).await, ann.id);
        assert_eq!(how_often(&app, "invitation.accepted").await, 1);
    }

    async fn a_name_id_is_looked_for_in_all_spaces_and_whoever_else_has_the_address_makes_it_unclear(app: TestApp) {
        let provider = app.provider("default").await;
        claim_is_name_id(&app).await;
        let mut known = Vec::new();
        for name in ["one", "two"] {
            let client = app.principal(name, &["scim:write"], Program::default()).await;
            let body = json!({ "userName": name, "externalId": format!("id-{name}"), "emails": [{ "value": format!("{name}@example.org") }] });
            known.push(create(&app, &client, body).await.expect("created").id);
        }
        let token = |subject: &str, name_id: &str, email: &str| {
            provider.token(subject, &json!({ "name_id": name_id, "email": email, "email_verified": true }))
        };
        assert_eq!(unadmitted(&app, &token("s1", "id-one", "two@example.org")).await, Unadmitted::Unclear);
        assert_eq!(who(&app, &token("s1", "id-one", "one@example.org")).await, known[0]);
        assert_eq!(who(&app, &token("s2", "id-two", "elsewhere@example.org")).await, known[1]);
        // Whose address it is has another name there.
        assert_eq!(unadmitted(&app, &provider.token_of("s3", "two@example.org")).await, Unadmitted::Another);
    }

    async fn who_is_nobody_costs_no_transaction(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        app.token("hr", &["scim:write"], &Program::default()).await;
        jit(&app, JitMode::Auto).await;
        by(&app, &provider.token_of("other", "nobody@example.org")).await.expect_err("nobody");
        let asking = Box::pin(async {
            for number in 0..5 {
                let token = provider.token_of(&format!("s{number}"), "nobody@example.org");
                assert_eq!(unadmitted(&app, &token).await, Unadmitted::Unknown);
            }
        });
        while_writers_wait(&app, provider.issuer(), asking).await;
    }

    async fn who_has_left_is_not_made_anew_by_signing_in_until_they_are_erased(app: TestApp) {
        let provider = app.provider("default").await;
        jit(&app, JitMode::On).await;
        let ann = app.user("ann").await;
        let scim = app.principal("scim", &["scim:write"], Program::default()).await;
        let bob = create(&app, &scim, json!({ "userName": "bob", "externalId": "Bob-1" })).await.expect("created").id;
        let operator = app.operator().await;
        delete(&app, &operator, ann).await.expect("deleted");
        delete(&app, &operator, bob).await.expect("deleted");
        claim_is_name_id(&app).await;
        let tokens = || [
            provider.token_of("s1", "Ann@example.org"),
            provider.token("s2", &json!({ "name_id": "Bob-1" })),
            provider.token("s3", &json!({ "preferred_username": "BOB" })),
        ];
        for token in tokens() {
            assert_eq!(unadmitted(&app, &token).await, Unadmitted::Departed);
        }
        assert_eq!(how_often(&app, "user.created").await, 2);
        app.pass(31 * 86_400).await;
        for token in tokens() {
            who(&app, &token).await;
        }
        assert_eq!(how_often(&app, "user.created").await, 5);
    }

    async fn an_id_token_without_any_mark_is_refused_where_the_program_is_the_audience(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        app.set_realm("default", |settings| settings.oidc.client_id = Some("urn:usher:default".into())).await;
        let claims = json!({ "email": "ann@example.org", "email_verified": true });
        assert_eq!(misfit(&app, &provider.token("s1", &claims)).await, Misfit::Purpose);
        for (name, value) in [("scope", json!("openid email")), ("typ", json!("Bearer")), ("aud", json!(["urn:usher:default", "account"]))] {
            who(&app, &provider.token("s1", &with(claims.clone(), name, value))).await;
        }
        let header = with(provider.header(), "typ", json!("at+jwt"));
        let whole = with(with(provider.claims("s1"), "email", json!("ann@example.org")), "email_verified", json!(true));
        who(&app, &provider.signed_as(&header, &whole)).await;
    }

    async fn a_token_that_carries_roles_counts_for_a_day_or_as_long_as_the_realm_says(app: TestApp) {
        let provider = app.provider("default").await;
        let ann = app.user("ann").await;
        let operator = app.operator().await;
        app.directory().execute(&operator, GrantRole { id: ann, role: Role::Inviter }).await.expect("granted");
        who(&app, &provider.token_of("s1", "ann@example.org")).await;
        let now = app.now().millis() / 1000;
        let token = |age: i64, more: Value| {
            let claims = with(with(provider.claims("s1"), "iat", json!(now - age)), "exp", json!(now + 1_000_000));
            provider.signed(&with(claims, "usher_roles", more))
        };
        who(&app, &token(86_399, json!(["auditor"]))).await;
        assert_eq!(misfit(&app, &token(86_400, json!(["auditor"]))).await, Misfit::OldRoles);
        // The roles that are granted here are read anew each time.
        who(&app, &token(900_000, json!([]))).await;
        let undated = with(with(provider.claims("s1"), "iat", Value::Null), "usher_roles", json!(["auditor"]));
        who(&app, &provider.signed(&undated)).await;
        let undated = provider.signed(&with(undated, "exp", json!(now + 86_500)));
        assert_eq!(misfit(&app, &undated).await, Misfit::OldRoles);
        app.set_realm("default", |settings| settings.oidc.role_token_hours = Some(1)).await;
        assert_eq!(misfit(&app, &token(3_600, json!(["auditor"]))).await, Misfit::OldRoles);
    }

    async fn a_name_that_is_taken_over_names_who_had_it(app: TestApp) {
        let provider = app.provider("default").await;
        let ann = app.user("ann").await;
        let token = provider.token_of("s1", "ann@example.org");
        who(&app, &token).await;
        let operator = app.operator().await;
        delete(&app, &operator, ann).await.expect("deleted");
        let anew = app.user("ann").await;
        assert_eq!(who(&app, &token).await, anew);
        let linked: Vec<Value> = app.events().await.into_iter().filter(|event| event.kind == "user.linked").map(|event| event.body).collect();
        assert_eq!(linked[0], json!({ "issuer": provider.issuer(), "subject": "s1", "by": "email" }));
        assert_eq!(linked[1], json!({ "issuer": provider.issuer(), "subject": "s1", "by": "email", "former": ann.to_string() }));
    }

    async fn what_links_a_person_is_seen_and_taken_back(app: TestApp) {
        let provider = app.provider("default").await;
        let ann = app.user("ann").await;
        let token = provider.token_of("s1", "ann@example.org");
        who(&app, &token).await;
        let operator = app.operator().await;
        let identities = app.directory().identities(&operator, ann).await.expect("read");
        assert_eq!(identities.len(), 1);
        assert_eq!((identities[0].issuer.as_str(), identities[0].subject.as_str()), (provider.issuer(), "s1"));
        assert_eq!(identities[0].verified_email.as_deref(), Some("ann@example.org"));
        let unlink = |issuer: Option<&str>| UnlinkIdentity { user: ann, issuer: issuer.map(str::to_owned) };
        let elsewhere = app.directory().execute(&operator, unlink(Some("https://other.example"))).await;
        assert_eq!(elsewhere.expect("nothing to do"), 0);
        assert_eq!(app.directory().execute(&operator, unlink(Some(provider.issuer()))).await.expect("unlinked"), 1);
        assert_eq!(app.directory().execute(&operator, unlink(None)).await.expect("nothing is left"), 0);
        assert_eq!(how_often(&app, "user.unlinked").await, 1);
        assert!(app.directory().identities(&operator, ann).await.expect("read").is_empty());
        // Another name may be theirs now.
        put(&app, &operator, ann, json!({ "userName": "ann", "emails": [{ "value": "a@example.org" }] })).await.expect("written");
        assert!(is_nobody(&app, &token).await);
        assert_eq!(who(&app, &provider.token_of("s2", "a@example.org")).await, ann);
    }

    async fn identities_are_for_whoever_administers_and_in_the_own_realm(app: TestApp) {
        let ann = app.user("ann").await;
        let other = app.operator_of("other").await;
        assert!(not_found(app.directory().identities(&other, ann).await));
        let unlink = || UnlinkIdentity { user: ann, issuer: None };
        assert!(not_found(app.directory().execute(&other, unlink()).await));
        let client = app.principal("hr", &["scim:write"], Program::default()).await;
        assert_eq!(refusal(app.directory().identities(&client, ann).await), Refusal::MissingScope(Scope::Admin));
        assert_eq!(refusal(app.directory().execute(&client, unlink()).await), Refusal::MissingScope(Scope::Admin));
    }
}
