//! The start page, the design page, and what is shown where nothing is.

testkit::both! {
    async fn the_start_page_says_what_this_is_in_the_reader_s_language(app: TestApp) {
        app.set_realm("default", |settings| {
            settings.title = Some("Acme & Sons".into());
            settings.home_url = Some("https://home.example/x".into());
            settings.support = Some("help@acme.example".into());
            settings.privacy_url = Some("https://acme.example/privacy".into());
            settings.logo_url = Some("https://cdn.acme.example/logo.svg".into());
        })
        .await;
        let page = app.anonymous().get("/").await.expect(200);
        for part in ["Welcome to Acme &amp; Sons", "home.example", "mailto:help@acme.example", "https:&#x2f;&#x2f;acme.example&#x2f;privacy", "&#x2f;api&#x2f;docs", "scim&#x2f;v2"] {
            let plain = part.replace("&#x2f;", "/");
            assert!(page.text.contains(part) || page.text.contains(&plain), "{part} is not in\n{}", page.text);
        }
        assert!(page.header("content-security-policy").contains("img-src 'self' https://cdn.acme.example;"));
        assert_eq!(page.header("content-language"), "en");
        let german = app.anonymous().get("/").header("accept-language", "de-DE,de;q=0.9,en;q=0.5").await.expect(200);
        assert!(german.text.contains("Willkommen bei Acme"), "{}", german.text);
        assert_eq!(german.header("content-language"), "de");
        app.set_realm("default", |settings| settings.language = Some("de".into())).await;
        assert!(app.anonymous().get("/").await.expect(200).text.contains("Willkommen"));
    }

    async fn every_realm_has_its_own(app: TestApp) {
        app.realm("acme").await;
        for path in ["/realms/acme/", "/realms/acme"] {
            assert!(app.anonymous().get(path).await.expect(200).text.contains("Welcome to acme"));
        }
        app.set_realm("acme", |settings| settings.hosts = vec!["acme.example".into()]).await;
        let page = app.anonymous().get("/").header("host", "acme.example:8080").await.expect(200);
        assert!(page.text.contains("Welcome to acme"));
        assert!(!app.anonymous().get("/").await.expect(200).text.contains("acme"));
    }

    async fn where_nothing_is_a_kind_page_says_so(app: TestApp) {
        for (path, english, german) in [
            ("/realms/nobody/", "Nobody of that name here", "Unter diesem Namen ist hier niemand"),
            ("/realms/nobody", "Nobody of that name here", "Unter diesem Namen ist hier niemand"),
            ("/nothing", "There is nothing here", "Hier ist nichts"),
            ("/mail", "There is nothing here", "Hier ist nichts"),
            ("/assets/none.css", "There is nothing here", "Hier ist nichts"),
            // What is no text.
            ("/invitation/%FF", "There is nothing here", "Hier ist nichts"),
            ("/confirmation/%FF", "There is nothing here", "Hier ist nichts"),
            ("/assets/%FF", "There is nothing here", "Hier ist nichts"),
        ] {
            let page = app.anonymous().get(path).await.expect(404);
            assert!(page.text.contains(english), "{path}: {}", page.text);
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            let page = app.anonymous().get(path).header("accept-language", "de").await.expect(404);
            assert!(page.text.contains(german), "{path}: {}", page.text);
        }
        let wrong = app.anonymous().delete("/").await.expect(405);
        assert!(wrong.header("allow").contains("GET"));
        assert!(wrong.text.contains("This page cannot do that"));
    }

    async fn head_answers_like_get_without_a_body(app: TestApp) {
        for path in ["/", "/design", "/nothing", "/api/docs"] {
            let (get, head) = (app.anonymous().get(path).await, app.anonymous().head(path).await);
            assert_eq!((get.status, get.header("content-type")), (head.status, head.header("content-type")), "{path}");
            assert!(head.text.is_empty(), "{path}");
        }
    }

    async fn files_are_named_by_their_content_and_kept_for_ever(app: TestApp) {
        let page = app.anonymous().get("/design").await.expect(200);
        let text = page.text.replace("&#x2f;", "/");
        let url = text.split("href=\"").find_map(|part| part.strip_prefix("/assets/usher.")).unwrap();
        let path = format!("/assets/usher.{}", url.split('"').next().unwrap());
        let css = app.anonymous().get(&path).await.expect(200);
        assert_eq!(css.header("content-type"), "text/css; charset=utf-8");
        assert_eq!(css.header("cache-control"), "public, max-age=31536000, immutable");
        // The page shows every component that has a class of its own.
        for class in ["button", "card", "facts", "notice", "badge", "entries", "empty", "field", "check", "swatches", "eyebrow", "lead"] {
            assert!(css.text.contains(&format!(".{class}")) && text.contains(class), "{class}");
        }
    }
}
