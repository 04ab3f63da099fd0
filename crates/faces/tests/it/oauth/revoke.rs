//! Revocation and introspection.

use serde_json::json;
use testkit::Program;

testkit::both! {
    async fn a_client_ends_and_looks_into_its_own_tokens(app: TestApp) {
        let secret = app.register("hr", &["scim:read"], &Program::default()).await.secret.expect("a secret").reveal().to_owned();
        let other = app.register("other", &["scim:read"], &Program::default()).await.secret.expect("a secret").reveal().to_owned();
        let nobody = app.anonymous();
        let answer = nobody.post_form("/oauth/token", &[("grant_type", "client_credentials")]).basic("hr", &secret).await.expect(200);
        let token = answer.at("/access_token").as_str().unwrap_or_default().to_owned();
        let holder = app.bearer(&token);
        holder.get("/scim/v2/Users").await.expect(200);

        let looked = nobody.post_form("/oauth/introspect", &[("token", &token)]).basic("hr", &secret).await.expect(200);
        assert_eq!((looked.at("/active"), looked.at("/scope"), looked.at("/token_type")), (json!(true), json!("scim:read"), json!("Bearer")));
        let by_other = nobody.post_form("/oauth/introspect", &[("token", &token)]).basic("other", &other).await.expect(200);
        assert_eq!(by_other.json(), json!({ "active": false }));
        nobody.post_form("/oauth/introspect", &[("token", &token)]).await.expect(401);
        let admin = app.client("admin", &["admin"]).await;
        assert_eq!(admin.post_form("/oauth/introspect", &[("token", &token)]).await.expect(200).at("/active"), true);

        nobody.post_form("/oauth/revoke", &[("token", &token)]).basic("other", &other).await.expect(200);
        holder.get("/scim/v2/Users").await.expect(200);
        nobody.post_form("/oauth/revoke", &[("token", &token)]).basic("hr", "wrong").await.expect(401);
        nobody.post_form("/oauth/revoke", &[]).basic("hr", &secret).await.expect(400);
        let revoked = nobody.post_form("/oauth/revoke", &[("token", &token), ("token_type_hint", "access_token")]).basic("hr", &secret).await.expect(200);
        assert_eq!(revoked.events, ["token.revoked"]);
        let refused = holder.get("/scim/v2/Users").await.expect(401);
        assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""));
        nobody.post_form("/oauth/revoke", &[("token", &token)]).basic("hr", &secret).await.expect(200);
        nobody.post_form("/oauth/revoke", &[("token", "nonsense")]).basic("hr", &secret).await.expect(200);
        assert_eq!(nobody.post_form("/oauth/introspect", &[("token", &token)]).basic("hr", &secret).await.json(), json!({ "active": false }));
    }
}
