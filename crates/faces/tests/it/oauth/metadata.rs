//! Metadata of the authorization server.

use serde_json::json;
use testkit::exchange;

testkit::both! {
    async fn metadata_names_the_endpoints_of_its_realm(app: TestApp) {
        exchange!(app.anonymous().get("/.well-known/oauth-authorization-server"), "metadata").expect(200);
        app.realm("acme").await;
        for path in ["/.well-known/oauth-authorization-server/realms/acme", "/realms/acme/.well-known/oauth-authorization-server"] {
            let document = app.anonymous().get(path).await.expect(200);
            assert_eq!(document.at("/issuer"), "https://usher.example/realms/acme");
            assert_eq!(document.at("/token_endpoint"), "https://usher.example/realms/acme/oauth2/token");
        }
        let missing = app.anonymous().get("/.well-known/oauth-authorization-server/realms/none").await.expect(404);
        assert_eq!(missing.at("/error"), json!("invalid_request"));
    }
}
