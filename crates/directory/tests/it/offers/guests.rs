//! Whoever is offered something and has no account.

use directory::user::Kind;
use serde_json::json;
use testkit::both;

use super::{accept, membership, offer, owned, secret};
use crate::support::groups::user_of;

both! {
    async fn who_has_no_account_gets_one_by_the_offer(app: TestApp) {
        let provider = app.provider("default").await;
        let (group, owner, join) = owned(&app, "acme").await;
        let realm = app.realm("default").await;
        let stranger = provider.token_of("s1", "new@example.org");
        app.directory().authenticate(realm, &stranger).await.expect_err("nobody here");
        offer(&app, &owner, membership(group, join.id, "new@example.org")).await.expect("offered");
        app.directory().forget_cached();
        let unverified = provider.token("s2", &json!({ "email": "new@example.org", "email_verified": false }));
        app.directory().authenticate(realm, &unverified).await.expect_err("not proved");
        let guest = app.directory().authenticate(realm, &stranger).await.expect("let in");
        let user = app.directory().user(&app.operator().await, user_of(&guest)).await.expect("there");
        assert_eq!(user.kind, Kind::Guest);
        let link = secret(&app.deliver_mail().await, "new@example.org");
        accept(&app, &guest, &link).await.expect("accepted");
        app.directory().forget_cached();
        let other = provider.token_of("s3", "other@example.org");
        app.directory().authenticate(realm, &other).await.expect_err("nobody offered them anything");
    }
}
