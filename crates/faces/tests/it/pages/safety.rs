//! What every page carries.

use faces::Face;
use http::Method;

testkit::both! {
    async fn every_page_keeps_others_out(app: TestApp) {
        let app = app.with_faces(|faces| faces.caught_mail = true).await;
        let pages: Vec<String> = faces::routes()
            .into_iter()
            .filter(|route| route.face == Face::Pages && route.method == Method::GET)
            .map(|route| route.path.replace("{realm}", "default").replace("{secret}", "x").replace("{id}", "x").replace("{file}", "x").replace("{*rest}", "x"))
            .chain(["/api/docs".to_owned(), "/nothing".to_owned()])
            .collect();
        assert!(pages.len() > 10);
        for path in pages {
            let page = app.anonymous().get(&path).await;
            // On to where somebody signs in: there is no page to keep.
            if page.status == 303 && page.text.is_empty() {
                assert!(page.header("location").contains("/sign-in?to="), "{path}: {page}");
                continue;
            }
            let policy = page.header("content-security-policy");
            for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
                assert!(policy.contains(part), "{path}: {policy}");
            }
            assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
            // Not `no-referrer`: with it browsers send `Origin: null` with our own forms, and over plain HTTP nothing else.
            assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
            assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
            assert!(page.header("access-control-allow-origin").is_empty(), "{path}");
            if ["invitation", "mail", "enroll", "groups", "sign-in"].iter().any(|word| path.contains(word)) {
                assert_eq!(page.header("cache-control"), "no-store", "{path}");
            }
            for forbidden in ["<script", "<style", " style=", "javascript:", "src=\"http"] {
                assert!(!page.text.contains(forbidden), "{path} has {forbidden}");
            }
            assert!(page.text.len() < 100 * 1024 || path == "/api/docs", "{path} has {} bytes", page.text.len());
        }
    }

    async fn a_setting_that_is_no_address_is_no_link(app: TestApp) {
        app.set_realm("default", |settings| {
            settings.support = Some("javascript:alert(1)".into());
            settings.title = Some("<script>alert(1)</script>".into());
        })
        .await;
        let page = app.anonymous().get("/").await.expect(200);
        assert!(!page.text.contains("javascript:") && !page.text.contains("<script"), "{}", page.text);
    }
}
