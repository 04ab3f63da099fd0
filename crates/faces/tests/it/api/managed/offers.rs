//! Many people are invited to a group at once.

use serde_json::{Value, json};

use super::{NOBODY, admin, let_do, person, refused, top, way};

testkit::both! {
    async fn each_is_invited_by_itself(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let join = way(&admin, &acme, json!({ "name": "By invitation" })).await;
        let (gail, inviter) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "capabilities": ["members.read", "invite.member"] })).await;
        let path = format!("/api/v1/groups/{acme}/invitations");
        let invitees = json!([{ "address": "ada@example.org", "first_name": "Ada" }, { "address": "no address" }, { "address": "ben@example.org" }]);
        let told = inviter.post(&path, json!({ "invitees": invitees, "roles": ["member"], "configuration": join, "language": "de" })).await.expect(200);
        assert_eq!((told.at("/done"), told.at("/refused"), told.at("/results/1/code")), (json!(2), json!(1), json!("email_invalid")));
        let made = told.at("/results/0/invitation");
        let shown = admin.get(&format!("/api/v1/invitations/{}", made.as_str().expect("an id"))).await.expect(200);
        assert_eq!((shown.at("/group"), shown.at("/address"), shown.at("/roles")), (json!(acme), json!("ada@example.org"), json!(["member"])));
        assert_eq!((shown.at("/configuration"), shown.at("/language")), (json!(join), json!("de")));
        app.deliver_mail().await;
        let mut to: Vec<String> = app.mails().into_iter().filter(|mail| mail.text.contains("invitation/")).map(|mail| mail.to).collect();
        to.sort();
        assert_eq!(to, ["ada@example.org", "ben@example.org"]);
    }

    async fn what_does_not_fit_or_is_not_theirs_is_refused(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let path = format!("/api/v1/groups/{acme}/invitations");
        let ada = json!([{ "address": "ada@example.org" }]);
        let (_, bystander) = person(&app, "ann").await;
        refused(bystander.post(&path, json!({ "invitees": ada, "roles": ["member"] })).await, 403, "not_permitted");
        refused(admin.post(&format!("/api/v1/groups/{NOBODY}/invitations"), json!({ "invitees": ada, "roles": ["member"] })).await, 404, "not_found");
        for (wrong, code) in [
            (json!({ "invitees": [] }), "invalid"),
            (json!({ "invitees": vec![json!({ "address": "ada@example.org" }); 501] }), "invalid"),
            (json!({ "invitees": ada, "language": "tlh" }), "invalid"),
            (json!({ "invitees": ada, "configuration": "first" }), "invalid"),
            (json!({ "invitees": [{ "email": "ada@example.org" }] }), "unknown_member"),
        ] {
            refused(admin.post(&path, wrong).await, 400, code);
        }
        let told = admin.post(&path, json!({ "invitees": ada, "roles": ["boss"] })).await.expect(200);
        assert_eq!((told.at("/results/0/code"), told.at("/results/0/invitation")), (json!("role_unknown"), Value::Null));
    }
}
