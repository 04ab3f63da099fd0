//! Signing in at the realm's provider, and what comes of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use directory::Scope;
use directory::realm::JitMode;
use serde_json::json;
use testkit::{TestApp, both};

use super::browser::{Browser, provider};

/// Somebody who is in, with that address; their id.
async fn person(app: &TestApp, name: &str) -> String {
    let admin = app.client(&format!("for {name}"), &["scim:write"]).await;
    let email = format!("{name}@example.org");
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "displayName": "Ann Archer",
                       "emails": [{ "value": email, "primary": true }] });
    admin.post("/scim/v2/Users", body).await.expect(201).id()
}

both! {
    async fn somebody_signs_in_sees_who_they_are_and_signs_out(app: TestApp) {
        let provider = provider(&app).await;
        person(&app, "ann").await;
        let browser = Browser::new(&app);
        let start = browser.get("/").await.expect(200);
        assert!(start.text.contains("href=\"/sign-in\""), "{}", start.text);

        let asked = browser.leaves("/sign-in?to=/sessions").await;
        for (name, value) in [
            ("of", "all"), ("response_type", "code"), ("client_id", "usher"), ("scope", "openid email profile"),
            ("redirect_uri", "https://usher.example/oidc/callback"), ("code_challenge_method", "S256"), ("ui_locales", "en"),
        ] {
            assert_eq!(asked[name], value);
        }
        let said = json!({ "email": "ann@example.org", "email_verified": true });
        let back = browser.comes_back(&provider, &asked, ("s1", &said)).await.expect(303);
        assert_eq!((back.header("location"), back.events.as_slice()), ("/sessions", &["user.linked".to_owned(), "session.started".to_owned()][..]));
        let posted = provider.posted();
        let (authorization, form) = &posted[0];
        assert_eq!(authorization.as_deref(), Some(format!("Basic {}", STANDARD.encode("usher:s3cret")).as_str()));
        for part in ["grant_type=authorization_code", "code=code-of-s1", "redirect_uri=https%3A%2F%2Fusher.example%2Foidc%2Fcallback", "code_verifier="] {
            assert!(form.contains(part), "{form}");
        }
        assert!(!form.contains("s3cret"), "{form}");
        // Nothing of the sign-in is left in the browser but the session.
        assert_eq!(browser.cookies().keys().collect::<Vec<_>>(), ["__Host-usher-session-default"]);

        let sessions = browser.get("/sessions").await.expect(200);
        for part in ["Ann Archer", "@ann", "This browser"] {
            assert!(sessions.text.contains(part), "{part}: {}", sessions.text);
        }
        assert_eq!(sessions.header("cache-control"), "no-store");

        let token = browser.form_token().await;
        let out = browser.post("/sign-out", &[("form_token", &token)]).await.expect(200);
        assert_eq!(out.events, ["session.ended"]);
        assert!(out.text.contains("https://id.example/default/end?client_id=usher&amp;post_logout_redirect_uri=https%3A%2F%2Fusher.example%2Fsigned-out&amp;id_token_hint="), "{}", out.text);
        assert!(browser.cookies().is_empty());
        let away = browser.get("/sessions").await.expect(303);
        assert_eq!(away.header("location"), "/sign-in?to=%2Fsessions");
    }

    async fn a_second_sign_in_has_another_secret_and_ends_the_first(app: TestApp) {
        let provider = provider(&app).await;
        person(&app, "ann").await;
        let browser = Browser::new(&app);
        browser.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        let before = browser.cookies()["__Host-usher-session-default"].clone();
        let asked = browser.leaves("/sign-in?other").await;
        assert_eq!(asked["prompt"], "login");
        let said = json!({ "email": "ann@example.org", "email_verified": true });
        let again = browser.comes_back(&provider, &asked, ("s1", &said)).await.expect(303);
        assert_eq!(again.events, ["session.ended", "session.started"]);
        let stolen = Browser::new(&app);
        stolen.has("__Host-usher-session-default", &before);
        stolen.get("/sessions").await.expect(303);
        browser.get("/sessions").await.expect(200);
    }

    async fn only_the_browser_that_left_comes_back_and_once(app: TestApp) {
        let provider = provider(&app).await;
        person(&app, "ann").await;
        let (browser, other) = (Browser::new(&app), Browser::new(&app));
        let asked = browser.leaves("/sign-in").await;
        let said = json!({ "email": "ann@example.org", "email_verified": true });
        // Whoever is made to open somebody's answer is not signed in by it.
        let theirs = other.comes_back(&provider, &asked, ("s1", &said)).await.expect(400);
        assert!(theirs.events.is_empty() && theirs.text.contains("This sign-in is over"), "{}", theirs.text);
        browser.comes_back(&provider, &asked, ("s1", &said)).await.expect(303);
        browser.returns(&provider, &asked, "code-of-s1").await.expect(400);
    }

    async fn an_answer_that_does_not_fit_signs_nobody_in(app: TestApp) {
        let provider = provider(&app).await;
        person(&app, "ann").await;
        let ann = json!({ "email": "ann@example.org", "email_verified": true });
        let with = |more: serde_json::Value| {
            let mut said = ann.clone();
            for (name, value) in more.as_object().into_iter().flatten() {
                said[name] = value.clone();
            }
            said
        };
        for wrong in [
            with(json!({ "nonce": "another" })),
            with(json!({ "aud": "another" })),
            with(json!({ "iss": "https://id.example/other" })),
            with(json!({ "exp": 1 })),
            with(json!({ "azp": "another" })),
            with(json!({ "at_hash": "AAAA" })),
            with(json!({ "sub": "" })),
        ] {
            let browser = Browser::new(&app);
            let asked = browser.leaves("/sign-in").await;
            let refused = browser.comes_back(&provider, &asked, ("s1", &wrong)).await.expect(503);
            assert!(refused.events.is_empty() && browser.cookies().is_empty(), "{wrong}: {refused}");
        }
        for (query, status) in [
            ("", 400), ("state=x", 400), ("code=c", 400),
            ("state={state}&iss=https://id.example/default&error=access_denied", 403),
            ("state={state}&iss=https://evil.example&code=c", 400),
            ("state={state}&code=c", 400),
            ("state={state}&iss=https://id.example/default", 400),
            ("state={state}&iss=https://id.example/default&code=unknown", 503),
        ] {
            let browser = Browser::new(&app);
            let asked = browser.leaves("/sign-in").await;
            let query = query.replace("{state}", &asked["state"]);
            let refused = browser.get(&format!("/oidc/callback?{query}")).await.expect(status);
            assert!(refused.events.is_empty(), "{query}: {refused}");
            browser.get("/sessions").await.expect(303);
        }
    }

    async fn more_is_asked_of_the_provider_and_only_what_is_of_the_same_person_counts(app: TestApp) {
        let provider = provider(&app).await;
        person(&app, "ann").await;
        provider.says(json!({ "sub": "s2", "email": "ann@example.org", "email_verified": true }));
        let browser = Browser::new(&app);
        let asked = browser.leaves("/sign-in").await;
        let refused = browser.comes_back(&provider, &asked, ("s1", &json!({}))).await.expect(403);
        assert!(refused.text.contains("nobody has confirmed your mail address"), "{}", refused.text);
        provider.says(json!({ "sub": "s1", "email": "ann@example.org", "email_verified": true }));
        let asked = browser.leaves("/sign-in").await;
        browser.comes_back(&provider, &asked, ("s1", &json!({}))).await.expect(303);
    }

    async fn who_is_nobody_here_is_told_why_and_can_be_somebody_else(app: TestApp) {
        let provider = provider(&app).await;
        let browser = Browser::new(&app);
        let refused = browser.signs_in(&provider, "s1", "ann@example.org").await.expect(403);
        assert!(refused.events.is_empty());
        for part in ["ann@example.org", "nobody at default has that address", "href=\"/sign-in?other\""] {
            assert!(refused.text.contains(part), "{part}: {}", refused.text);
        }
        app.set_realm("default", |settings| settings.oidc.jit = Some(JitMode::On)).await;
        let made = browser.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        assert_eq!(made.events, ["user.created", "user.linked", "session.started"]);
    }

    async fn who_is_suspended_is_told_so_and_nothing_else(app: TestApp) {
        let provider = provider(&app).await;
        let ann = person(&app, "ann").await;
        let browser = Browser::new(&app);
        browser.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        let admin = app.client("suspending", &["scim:write"]).await;
        let suspend = |active: bool| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{ "op": "replace", "path": "active", "value": active }] });
        let suspended = admin.patch(&format!("/scim/v2/Users/{ann}"), suspend(false)).await.expect(200);
        assert!(suspended.events.contains(&"session.ended".to_owned()), "{suspended}");
        browser.get("/sessions").await.expect(303);
        let told = browser.signs_in(&provider, "s1", "ann@example.org").await.expect(403);
        assert!(told.events.is_empty() && told.text.contains("Your account is suspended") && !told.text.contains("Archer"), "{}", told.text);
        admin.patch(&format!("/scim/v2/Users/{ann}"), suspend(true)).await.expect(200);
        browser.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        admin.delete(&format!("/scim/v2/Users/{ann}")).await.expect(204);
        browser.get("/sessions").await.expect(303);
    }

    async fn whose_name_there_was_taken_back_or_whose_provider_is_another_is_signed_in_no_more(app: TestApp) {
        let provider = provider(&app).await;
        let ann = person(&app, "ann").await;
        let browser = Browser::new(&app);
        browser.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        let admin = app.client("unlinking", &["admin"]).await;
        let unlinked = admin.delete(&format!("/api/v1/users/{ann}/identities")).await.expect(204);
        assert_eq!(unlinked.events, ["user.unlinked", "session.ended"]);
        browser.get("/sessions").await.expect(303);
        browser.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        app.set_realm("default", |settings| settings.oidc.issuer = Some("https://id.example/other".to_owned())).await;
        browser.get("/sessions").await.expect(303);
        app.set_realm("default", |settings| settings.oidc.issuer = Some("https://id.example/default".to_owned())).await;
        browser.get("/sessions").await.expect(200);
    }

    async fn a_provider_that_is_away_loses_nothing(app: TestApp) {
        let provider = provider(&app).await;
        provider.goes_away();
        let away = Browser::new(&app).get("/sign-in").await.expect(503);
        assert!(away.text.contains("The sign-in does not answer") && !away.header("retry-after").is_empty());
    }

    async fn without_a_provider_and_mail_nobody_signs_in(app: TestApp) {
        app.set_realm("default", |settings| settings.sign_in_by_mail = Some(false)).await;
        let browser = Browser::new(&app);
        for path in ["/sign-in", "/sessions"] {
            let off = browser.get(path).await.expect(404);
            assert!(off.text.contains("Signing in is not set up"), "{path}");
        }
        assert!(!browser.get("/").await.expect(200).text.contains("/sign-in"));
        browser.get("/oidc/callback?code=x&state=y").await.expect(400);
    }

    async fn a_session_ends_after_the_realms_hours(app: TestApp) {
        let provider = provider(&app).await;
        app.set_realm("default", |settings| settings.session_hours = Some(2)).await;
        person(&app, "ann").await;
        let browser = Browser::new(&app);
        browser.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        app.clock().advance(7_199);
        browser.get("/sessions").await.expect(200);
        app.clock().advance(1);
        browser.get("/sessions").await.expect(303);
    }

    async fn forms_of_other_sites_and_old_forms_do_nothing(app: TestApp) {
        let provider = provider(&app).await;
        person(&app, "ann").await;
        let browser = Browser::new(&app);
        browser.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        let token = browser.form_token().await;
        for (site, fields) in [
            ("cross-site", vec![("form_token", token.as_str())]),
            ("same-site", vec![("form_token", token.as_str())]),
            ("same-origin", vec![]),
            ("same-origin", vec![("form_token", "")]),
            ("same-origin", vec![("form_token", "0000")]),
        ] {
            for path in ["/sign-out", "/sessions"] {
                let refused = browser.post_from(site, path, &fields).await.expect(403);
                assert!(refused.events.is_empty(), "{site} {path}: {refused}");
            }
        }
        browser.get("/sessions").await.expect(200);
    }

    async fn one_ends_where_else_one_is_signed_in(app: TestApp) {
        let provider = provider(&app).await;
        person(&app, "ann").await;
        let browsers = [Browser::new(&app), Browser::new(&app), Browser::new(&app)];
        for browser in &browsers {
            browser.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        }
        let page = browsers[0].get("/sessions").await.expect(200);
        let ids: Vec<&str> = page.text.split("name=\"session\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(ids.len(), 2);
        let token = browsers[0].form_token().await;
        let ended = browsers[0].post("/sessions", &[("form_token", &token), ("session", ids[0])]).await.expect(303);
        assert_eq!(ended.events, ["session.ended"]);
        browsers[2].get("/sessions").await.expect(303);
        browsers[1].get("/sessions").await.expect(200);
        browsers[0].post("/sessions", &[("form_token", &token), ("session", "nonsense")]).await.expect(400);
        browsers[0].post("/sessions", &[("form_token", &token)]).await.expect(303);
        browsers[1].get("/sessions").await.expect(303);
        browsers[0].get("/sessions").await.expect(200);
    }

    async fn a_sign_out_at_the_provider_ends_what_came_of_it(app: TestApp) {
        let provider = provider(&app).await;
        person(&app, "ann").await;
        person(&app, "ben").await;
        let (ann, elsewhere, ben) = (Browser::new(&app), Browser::new(&app), Browser::new(&app));
        let unnamed = Browser::new(&app);
        unnamed.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        for (browser, subject, email, session) in [(&ann, "s1", "ann@example.org", "one"), (&elsewhere, "s1", "ann@example.org", "two"), (&ben, "s2", "ben@example.org", "three")] {
            let asked = browser.leaves("/sign-in").await;
            let said = json!({ "email": email, "email_verified": true, "sid": session });
            browser.comes_back(&provider, &asked, (subject, &said)).await.expect(303);
        }
        let told = |claims: serde_json::Value| {
            let mut token = provider.claims("s1");
            token["aud"] = "usher".into();
            token["events"] = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
            for (name, value) in claims.as_object().into_iter().flatten() {
                token[name] = value.clone();
            }
            let token = provider.signed(&token);
            let app = app.clone();
            async move { app.anonymous().post_form("/oidc/backchannel-logout", &[("logout_token", &token)]).await }
        };
        for wrong in [json!({ "aud": "another" }), json!({ "events": {} }), json!({ "nonce": "n" }), json!({ "exp": 1 })] {
            let refused = told(wrong.clone()).await.expect(400);
            assert_eq!((refused.at("/error"), refused.events.len()), (json!("invalid_request"), 0), "{wrong}");
        }
        // What the provider never named ends too: nobody could tell that it is another one.
        let heard = told(json!({ "sid": "one" })).await.expect(200);
        assert_eq!((heard.events.as_slice(), heard.header("cache-control")), (&["session.ended".to_owned(), "session.ended".to_owned()][..], "no-store"));
        for browser in [&ann, &unnamed] {
            browser.get("/sessions").await.expect(303);
        }
        elsewhere.get("/sessions").await.expect(200);
        assert!(told(json!({ "sid": "one" })).await.expect(200).events.is_empty());
        assert_eq!(told(json!({})).await.expect(200).events, ["session.ended"]);
        elsewhere.get("/sessions").await.expect(303);
        ben.get("/sessions").await.expect(200);
        app.anonymous().post_form("/oidc/backchannel-logout", &[]).await.expect(400);
    }

    async fn a_sign_in_leads_to_no_other_site(app: TestApp) {
        let provider = provider(&app).await;
        person(&app, "ann").await;
        for elsewhere in ["//evil.example", "https://evil.example/", "/%5Cevil.example", "javascript:alert(1)"] {
            let browser = Browser::new(&app);
            let asked = browser.leaves(&format!("/sign-in?to={elsewhere}")).await;
            let said = json!({ "email": "ann@example.org", "email_verified": true });
            let back = browser.comes_back(&provider, &asked, ("s1", &said)).await.expect(303);
            assert_eq!(back.header("location"), "/realms/default/home", "{elsewhere}");
        }
    }

    async fn a_sign_in_begins_where_it_ends(app: TestApp) {
        let _provider = provider(&app).await;
        let away = app.anonymous().get("/sign-in?to=/sessions").header("host", "127.0.0.1:8080").await.expect(303);
        assert_eq!(away.header("location"), "https://usher.example/sign-in?provider&here&to=%2Fsessions");
        assert!(away.header("set-cookie").is_empty());
        let other = app.anonymous().get("/sign-in?other").header("host", "127.0.0.1:8080").await.expect(303);
        assert_eq!(other.header("location"), "https://usher.example/sign-in?provider&here&other");
        // A proxy that names itself leads nobody around in circles.
        let there = app.anonymous().get("/sign-in?here&to=/sessions").header("host", "127.0.0.1:8080").await.expect(303);
        assert!(there.header("location").starts_with("https://id.example/default/authorize"), "{there}");
    }

    async fn roles_that_the_provider_carries_count_for_the_session_and_no_longer_than_they_may(app: TestApp) {
        let provider = provider(&app).await;
        app.set_realm("default", |settings| settings.oidc.role_token_hours = Some(1)).await;
        person(&app, "ann").await;
        let browser = Browser::new(&app);
        let asked = browser.leaves("/sign-in").await;
        let said = json!({ "email": "ann@example.org", "email_verified": true, "usher_roles": ["realm-admin"] });
        browser.comes_back(&provider, &asked, ("s1", &said)).await.expect(303);
        let secret = browser.cookies()["__Host-usher-session-default"].clone();
        let realm = app.directory().realm("default").await.expect("a realm");
        let visitor = || async { app.directory().visitor(&realm, &secret).await.expect("it answers").expect("somebody") };
        let may = directory::Permission::Scope(Scope::Admin);
        assert!(visitor().await.principal.check(may).is_ok());
        app.clock().advance(3_600);
        assert!(visitor().await.principal.check(may).is_err());
    }
}
