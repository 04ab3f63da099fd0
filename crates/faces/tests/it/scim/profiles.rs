//! Where clients contradict each other, the profile decides (SCIM spec, section 24).

use serde_json::{Value, json};
use testkit::exchange;

use super::{patch, user};

const BOTH: [&str; 2] = ["scim:read", "scim:write"];

testkit::both! {
    async fn deleting_what_is_not_there_is_a_success_to_wire_alone(app: TestApp) {
        for (profile, status) in [("generic", 404), ("entra", 404), ("okta", 404), ("wire", 204), ("canaille", 404)] {
            let client = app.client_with(profile, &BOTH, |program| program.profile(profile)).await;
            for path in ["/scim/v2/Users/00000000-0000-0000-0000-000000000000", "/scim/v2/Users/x", "/scim/v2/Groups/x"] {
                assert_eq!(client.delete(path).await.status, status, "{profile} {path}");
            }
        }
    }

    async fn unknown_members_fail_the_write_of_wire_and_canaille(app: TestApp) {
        for (profile, status) in [("generic", 201), ("wire", 400), ("canaille", 400)] {
            let client = app.client_with(profile, &BOTH, |program| program.profile(profile)).await;
            let body = json!({ "displayName": "all", "members": [{ "value": "00000000-0000-0000-0000-000000000000" }] });
            let answer = client.post("/scim/v2/Groups", body).await;
            assert_eq!(answer.status, status, "{profile}: {answer}");
            if status == 400 {
                assert!(answer.text.contains("00000000-0000-0000-0000-000000000000"), "{answer}");
            }
        }
    }

    async fn external_ids_are_the_clients_own(app: TestApp) {
        let (one, two) = (app.client("one", &BOTH).await, app.client("two", &BOTH).await);
        let made = one.post("/scim/v2/Users", json!({ "userName": "ann", "externalId": "x" })).await.expect(201);
        one.post("/scim/v2/Users", json!({ "userName": "ben", "externalId": "x" })).await.expect(201);
        let path = format!("/scim/v2/Users/{}", made.id());
        assert_eq!(two.get(&path).await.at("/externalId"), Value::Null);
        assert_eq!(two.get("/scim/v2/Users?filter=externalId+eq+%22x%22").await.at("/totalResults"), 0);
        two.patch(&path, patch(json!([{ "op": "add", "path": "externalId", "value": "y" }]))).await.expect(200);
        assert_eq!(one.get(&path).await.at("/externalId"), "x");
        assert_eq!(two.get("/scim/v2/Users?filter=externalId+eq+%22y%22").await.at("/totalResults"), 1);
        let wire = app.client_with("wire", &BOTH, |program| program.profile("wire").never_invites()).await;
        wire.post("/scim/v2/Users", json!({ "userName": "cid", "externalId": "z", "emails": [{ "value": "c@x.example" }] })).await.expect(201);
        let again = wire.post("/scim/v2/Users", json!({ "userName": "dan", "externalId": "z", "emails": [{ "value": "d@x.example" }] })).await.expect(409);
        assert_eq!(again.scim_type(), "uniqueness");
        let canaille = app.client_with("canaille", &BOTH, |program| program.profile("canaille")).await;
        let body = json!({ "userName": "eve", "externalId": "q", "name": { "formatted": "Eve E.", "familyName": "E." }, "active": true });
        assert_eq!(canaille.post("/scim/v2/Users", body).await.expect(201).at("/externalId"), Value::Null);
    }

    async fn wires_errors_carry_a_word_of_our_own(app: TestApp) {
        let wire = app.client_with("wire", &BOTH, |program| program.profile("wire").never_invites()).await;
        let body = json!({ "userName": "ann", "externalId": "1", "emails": [{ "value": "a@x.example" }] });
        wire.post("/scim/v2/Users", body.clone()).await.expect(201);
        let answer = exchange!(wire.post("/scim/v2/Users", body), "an_error_to_wire").expect(409);
        assert_eq!(answer.json()["urn:usher:error"]["label"], "taken");
        let generic = app.client("generic", &BOTH).await;
        let answer = generic.post("/scim/v2/Users", json!({ "userName": "ann" })).await.expect(409);
        assert_eq!(answer.json().get("urn:usher:error"), None, "strict clients know no such member");
    }

    async fn canailles_paths_may_name_people_by_their_names(app: TestApp) {
        let canaille = app.client_with("canaille", &BOTH, |program| program.profile("canaille")).await;
        let generic = app.client("generic", &BOTH).await;
        let id = user(&generic, "bjensen@x.example").await;
        assert_eq!(canaille.get("/scim/v2/Users/bjensen").await.expect(200).id(), id);
        assert_eq!(canaille.get("/scim/v2/Users/bjensen%40x.example").await.expect(200).id(), id);
        generic.get("/scim/v2/Users/bjensen").await.expect(404);
    }

    async fn an_invitation_is_sent_again_or_taken_back_by_scim(app: TestApp) {
        let wire = app.client_with("wire", &BOTH, |program| program.profile("wire")).await;
        let body = json!({ "userName": "ann", "externalId": "ann@x.example" });
        let made = wire.post("/scim/v2/Users", body).await.expect(201);
        assert_eq!(made.at("/active"), false);
        let path = format!("/scim/v2/Users/{}/.invitation", made.id());
        let again = wire.post(&path, json!({ "action": "resend" })).await.expect(200);
        assert_eq!(again.json()["urn:usher:scim:schemas:1.0:User"]["lifecycle"], "invited");
        let revoked = wire.post(&path, json!({ "action": "revoke" })).await.expect(200);
        assert_eq!(revoked.json()["urn:usher:scim:schemas:1.0:User"]["invitation"]["status"], "revoked");
        wire.post(&path, json!({ "action": "dance" })).await.expect(400);
        wire.post("/scim/v2/Users/none/.invitation", json!({ "action": "resend" })).await.expect(404);
        let reader = app.client("reader", &["scim:read"]).await;
        reader.post(&path, json!({ "action": "resend" })).await.expect(403);
    }
}
