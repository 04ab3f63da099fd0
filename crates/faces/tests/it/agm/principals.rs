//! Who asks: tokens of the realm's provider, tokens of ours, and none.

use directory::realm::JitMode;
use serde_json::{Value, json};
use testkit::{TestApp, both, exchange};

const MINE: &str = "/realms/default/agm/account/user/groups";

async fn face_off(app: &TestApp) {
    app.set_realm("default", |settings| settings.faces_off = vec!["agm".to_owned()])
        .await;
}

both! {
    async fn somebody_of_the_provider_who_is_in_no_group_sees_none(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        let ann = app.bearer(&provider.token_of("s1", "ann@example.org"));
        exchange!(ann.get(MINE), @r#"
        200 OK
        {"results":[],"count":0}
        events: user.linked   deliveries: none
        "#);
        exchange!(ann.get(MINE), @r#"
        200 OK
        {"results":[],"count":0}
        events: none   deliveries: none
        "#);
    }

    async fn who_is_in_a_group_sees_it(app: TestApp) {
        let provider = app.provider("default").await;
        let ann = app.user("ann").await;
        let scim = app.client("hr", &["scim:write"]).await;
        for name in ["night", "Day"] {
            let group = json!({ "displayName": name, "members": [{ "value": ann.to_string() }] });
            scim.post("/scim/v2/Groups", group).await.expect(201);
        }
        let me = app.bearer(&provider.token_of("s1", "ann@example.org"));
        let all = me.get(MINE).await.expect(200);
        assert_eq!((all.at("/results/0/group/name"), all.at("/results/1/group/path")), (json!("Day"), json!("/night")));
        assert_eq!(all.at("/results/0/user/emailVerified"), json!(true));
        exchange!(me.get(&format!("{MINE}?search=NIG&max=5")), @r#"
        200 OK
        {
          "results": [
            {
              "id": "{id 1}",
              "group": {
                "id": "{id 2}",
                "name": "night",
                "path": "/night",
                "attributes": {
                  "expiration-notification-period": [
                    "21"
                  ]
                },
                "subGroups": []
              },
              "user": {
                "id": "{id 3}",
                "username": "ann",
                "email": "ann@example.org",
                "emailVerified": true
              },
              "status": "ENABLED",
              "validFrom": "2030-01-01",
              "groupRoles": [],
              "direct": false
            }
          ],
          "count": 1
        }
        events: none   deliveries: none
        "#);
        let names = |order: &str| {
            let request = me.get(&format!("{MINE}?{order}"));
            async move {
                let answer = request.await.expect(200);
                let list = answer.at("/results");
                list.as_array().into_iter().flatten().map(|one| one["group"]["name"].clone()).collect::<Vec<Value>>()
            }
        };
        assert_eq!(names("asc=false").await, [json!("night"), json!("Day")]);
        assert_eq!(names("first=1").await, [json!("night")]);
        assert_eq!(names("status=PENDING").await, Vec::<Value>::new());
        exchange!(me.get(&format!("{MINE}?max=0")), @r#"
        200 OK
        {"results":[],"count":2}
        events: none   deliveries: none
        "#);
    }

    async fn without_a_token_that_counts_there_is_nothing(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        exchange!(app.anonymous().get(MINE), @r#"
        401 Unauthorized
        www-authenticate: Bearer realm="usher"
        {"error":"this takes a token of the realm, sent as `Authorization: Bearer TOKEN`","code":"unauthorized"}
        events: none   deliveries: none
        "#);
        exchange!(app.bearer("nonsense").get(MINE), @r#"
        401 Unauthorized
        www-authenticate: Bearer realm="usher", error="invalid_token", error_description="the token is invalid"
        {"error":"the token is not valid in this realm","code":"unauthorized"}
        events: none   deliveries: none
        "#);
        let without_issuer = provider.token("s1", &json!({ "iss": Value::Null }));
        exchange!(app.bearer(&without_issuer).get(MINE), @r#"
        401 Unauthorized
        www-authenticate: Bearer realm="usher", error="invalid_token", error_description="the token is invalid"
        {"error":"the token is not valid in this realm","code":"unauthorized"}
        events: none   deliveries: none
        "#);
        let of_another = app.provider("other").await.token_of("s1", "ann@example.org");
        app.bearer(&of_another).get(MINE).await.expect(401);
    }

    async fn who_is_nobody_here_is_told_so_in_each_faces_form(app: TestApp) {
        let provider = app.provider("default").await;
        let stranger = app.bearer(&provider.token_of("s1", "eve@example.org"));
        exchange!(stranger.get(MINE), @r#"
        403 Forbidden
        {
          "error": "nobody here has the account that signed in, and the realm makes none by itself (`oidc.jit`); ask its administrators for an invitation",
          "code": "not_admitted"
        }
        events: none   deliveries: none
        "#);
        exchange!(stranger.get("/scim/v2/Me"), @r#"
        403 Forbidden
        {
          "schemas": [
            "urn:ietf:params:scim:api:messages:2.0:Error"
          ],
          "status": "403",
          "detail": "nobody here has the account that signed in, and the realm makes none by itself (`oidc.jit`); ask its administrators for an invitation"
        }
        events: none   deliveries: none
        "#);
        exchange!(stranger.get("/api/v1/users"), @r#"
        403 Forbidden
        {
          "type": "urn:usher:problem:not_admitted",
          "title": "Forbidden",
          "status": 403,
          "detail": "nobody here has the account that signed in, and the realm makes none by itself (`oidc.jit`); ask its administrators for an invitation",
          "code": "not_admitted"
        }
        events: none   deliveries: none
        "#);
        app.set_realm("default", |settings| settings.oidc.jit = Some(JitMode::On)).await;
        exchange!(stranger.get(MINE), @r#"
        200 OK
        {"results":[],"count":0}
        events: user.created, user.linked   deliveries: none
        "#);
    }

    async fn while_the_provider_is_away_callers_are_told_to_come_back(app: TestApp) {
        let provider = app.provider("default").await;
        provider.goes_away();
        exchange!(app.bearer(&provider.token_of("s1", "eve@example.org")).get(MINE), @r#"
        503 Service Unavailable
        retry-after: 1
        {"error":"the realm's OpenID provider does not answer at the moment; send the request again later","code":"unavailable"}
        events: none   deliveries: none
        "#);
    }

    async fn a_token_of_ours_needs_the_scope_and_a_person(app: TestApp) {
        let ann = app.user("ann").await;
        exchange!(app.acting_as(ann, &["agm:self"]).await.get(MINE), @r#"
        200 OK
        {"results":[],"count":0}
        events: none   deliveries: none
        "#);
        exchange!(app.client_with("me", &["scim:me"], |program| program.acts_as(ann)).await.get(MINE), @r#"
        403 Forbidden
        {"error":"this takes the scope agm:self","error_description":"this takes the scope agm:self","code":"missing_scope"}
        events: none   deliveries: none
        "#);
        exchange!(app.client("program", &["agm:self", "agm:admin"]).await.get(MINE), @r#"
        403 Forbidden
        {
          "error": "a person does this for themselves; send a token that acts as a person",
          "error_description": "a person does this for themselves; send a token that acts as a person",
          "code": "person_required"
        }
        events: none   deliveries: none
        "#);
    }

    async fn what_is_not_served_is_told_in_this_faces_form(app: TestApp) {
        let ann = app.user("ann").await;
        let ann = app.acting_as(ann, &["agm:self"]).await;
        exchange!(ann.get("/realms/default/agm/account/user/nothing"), @r#"
        404 Not Found
        {"error":"nothing is served at this path","code":"not_found"}
        events: none   deliveries: none
        "#);
        exchange!(ann.get("/realms/nowhere/agm/account/user/groups"), @r#"
        404 Not Found
        {"error":"nothing is served at this path","code":"not_found"}
        events: none   deliveries: none
        "#);
        exchange!(ann.put(MINE, json!({})), @r#"
        405 Method Not Allowed
        allow: GET,HEAD
        {"error":"PUT is not possible here; the header Allow says what is","code":"method_not_allowed"}
        events: none   deliveries: none
        "#);
        exchange!(ann.get(&format!("{MINE}?first=-1")), @r#"
        400 Bad Request
        {
          "error": "`first` or `max` is no number, or below 0; give whole numbers from 0",
          "error_description": "`first` or `max` is no number, or below 0; give whole numbers from 0",
          "code": "paging_invalid"
        }
        events: none   deliveries: none
        "#);
        exchange!(ann.get(&format!("{MINE}?order=1;drop")), @r#"
        400 Bad Request
        {
          "error": "the list has no such order; order it by one of group.name, effectiveMembershipExpiresAt",
          "error_description": "the list has no such order; order it by one of group.name, effectiveMembershipExpiresAt",
          "code": "unknown_order"
        }
        events: none   deliveries: none
        "#);
        exchange!(ann.get(&format!("{MINE}?asc=perhaps")), @r#"
        400 Bad Request
        {"error":"`asc` is true or false","code":"invalid"}
        events: none   deliveries: none
        "#);
        exchange!(ann.get(&format!("{MINE}?status=ENDED")), @r#"
        400 Bad Request
        {"error":"`status` is ENABLED, PENDING, SUSPENDED or EXPIRED","code":"invalid"}
        events: none   deliveries: none
        "#);
        // At the root there is no such face: a page says that nothing is there.
        let root = ann.get("/agm/account/user/groups").await.expect(404);
        assert!(root.header("content-type").starts_with("text/html"), "{root}");
        face_off(&app).await;
        exchange!(ann.get(MINE), @r#"
        404 Not Found
        {"error":"nothing is served at this path","code":"not_found"}
        events: none   deliveries: none
        "#);
    }
}
