//! Ways to join.

use serde_json::{Value, json};
use testkit::exchange;

use super::{NOBODY, admin, ask, each, let_do, person, refused, top, way};

testkit::both! {
    async fn a_way_is_made_changed_and_taken_away(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let path = format!("/api/v1/groups/{acme}/configurations");
        let (ada, theirs) = person(&app, "ada").await;
        let_do(&admin, &acme, ada, json!({ "capabilities": ["config.write"] })).await;
        way(&admin, &acme, json!({ "name": "First" })).await;
        let before = each(&admin.get(&path).await.expect(200), "id").len();
        let new = json!({ "name": "Join", "roles": ["member"], "valid_from": "2030-03-01", "membership_expiration_days": 90, "extend_from": "current_end",
            "comments_needed": true, "comments_label": "Why", "terms": { "url": "https://example.org/terms", "valid_days": 365, "on_lapse": "withhold" } });
        let made = exchange!(theirs.post(&path, new), @r#"
        201 Created
        location: /api/v1/groups/{id 1}/configurations/{id 2}
        etag: W/"1"
        {
          "id": "{id 2}",
          "group": "{id 1}",
          "name": "Join",
          "active": true,
          "visible": false,
          "require_approval": true,
          "require_approval_for_extension": true,
          "valid_from": "2030-03-01",
          "membership_expiration_days": 90,
          "extend_from": "current_end",
          "multiselect_role": false,
          "roles": [
            "member"
          ],
          "comments_needed": true,
          "comments_label": "Why",
          "terms": {
            "url": "https://example.org/terms",
            "valid_days": 365,
            "on_lapse": "withhold",
            "ask_again": false
          },
          "terms_in_force": {
            "id": "{id 3}",
            "number": 1,
            "url": "https://example.org/terms",
            "valid_days": 365,
            "on_lapse": "withhold",
            "ask_again": false,
            "made_at": "2030-01-01T08:00:00.000Z",
            "made_by": "user:{id 4}"
          },
          "modified": "2030-01-01T08:00:00.000Z",
          "version": 1
        }
        events: configuration.created, terms.published   deliveries: none
        "#);
        let one = made.header("location").to_owned();
        assert_eq!(theirs.get(&one).await.expect(200).json(), made.json());
        assert_eq!(each(&theirs.get(&path).await.expect(200), "id").len(), before + 1);

        // What is sent is merged; terms that stay are no new version.
        let changed = theirs.patch(&one, json!({ "active": false, "membership_expiration_days": null, "comments_label": null })).await.expect(200);
        assert_eq!((changed.at("/active"), changed.at("/membership_expiration_days"), changed.at("/valid_from")), (json!(false), Value::Null, json!("2030-03-01")));
        assert_eq!((changed.at("/terms_in_force/number"), changed.events.clone()), (json!(1), vec!["configuration.changed".to_owned()]));
        let same = theirs.patch(&one, json!({ "active": false })).await.expect(200);
        assert!(same.events.is_empty(), "{same}");
        let other_terms = theirs.patch(&one, json!({ "terms": { "url": "https://example.org/more" } })).await.expect(200);
        assert_eq!((other_terms.at("/terms_in_force/number"), other_terms.at("/terms/on_lapse")), (json!(2), json!("remind")));
        assert_eq!(theirs.patch(&one, json!({ "terms": null })).await.expect(200).at("/terms"), Value::Null);
        refused(theirs.patch(&one, json!({ "active": true })).header("if-match", "W/\"1\"").await, 412, "changed");
        refused(theirs.delete(&one).header("if-match", "W/\"1\"").await, 412, "changed");

        let other = way(&admin, &acme, json!({ "name": "Another" })).await;
        let default = format!("/api/v1/groups/{acme}/default-configuration");
        let first = theirs.put(&default, json!({ "configuration": other })).await.expect(200);
        assert_eq!((first.id(), first.events.clone()), (other.clone(), vec!["group.default_configuration_changed".to_owned()]));
        refused(theirs.delete(&format!("{path}/{other}")).await, 409, "configuration_is_default");
        assert_eq!(theirs.delete(&one).await.expect(204).events, ["configuration.deleted"]);
        refused(theirs.get(&one).await, 404, "configuration_unknown");
        refused(theirs.put(&default, json!({ "configuration": NOBODY })).await, 404, "configuration_unknown");
    }

    async fn a_change_puts_aside_what_waits(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let join = way(&admin, &acme, json!({})).await;
        let (ada, _) = person(&app, "ada").await;
        let request = ask(&app, ada, &join, None).await;
        admin.patch(&format!("/api/v1/groups/{acme}/configurations/{join}"), json!({ "visible": false })).await.expect(200);
        app.run_jobs().await;
        let shown = admin.get(&format!("/api/v1/requests/{request}")).await.expect(200);
        assert_eq!((shown.at("/status"), shown.at("/cause")), (json!("ARCHIVED"), json!("configuration_changed")));
    }

    async fn what_does_not_fit_is_named_as_it_is_called_here(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let path = format!("/api/v1/groups/{acme}/configurations");
        let with = |name: &str, value: Value| {
            let mut new = json!({ "name": "Join", "roles": ["member"] });
            new[name] = value;
            admin.post(&path, new)
        };
        for (name, value) in [
            ("membership_expiration_days", json!(0)),
            ("membership_expiration_days", json!(-3)),
            ("membership_expiration_days", json!(1_000_000_000_000_i64)),
            ("terms", json!({ "url": "ftp://example.org" })),
            ("name", json!(" ")),
            ("name", json!("a\u{0}b")),
            ("valid_from", json!("soon")),
            ("extend_from", json!("yesterday")),
            ("active", json!("yes")),
            ("enrollment_introduction", json!("x".repeat(4001))),
            ("roles", json!((0..201).map(|number| format!("role {number}")).collect::<Vec<_>>())),
        ] {
            let answer = refused(with(name, value).await, 400, "invalid");
            assert_eq!(answer.at("/field"), name, "{answer}");
            let detail = answer.at("/detail");
            assert!(detail.as_str().is_some_and(|detail| detail.starts_with(name)), "{detail}");
        }
        refused(with("roles", json!(["king"])).await, 400, "role_unknown");
        refused(with("terms", json!({ "url": "https://example.org", "on_lapse": "sing" })).await, 400, "invalid");
        refused(with("visibel", json!(true)).await, 400, "unknown_member");
        let one = format!("{path}/{}", way(&admin, &acme, json!({})).await);
        refused(admin.patch(&one, json!({ "visibel": true })).await, 400, "unknown_member");
        refused(admin.patch(&one, json!({ "visibel": null })).await, 400, "unknown_member");
        refused(admin.patch(&one, json!({ "name": null })).await, 400, "invalid");
        refused(admin.patch(&one, json!({ "membership_expiration_days": 0 })).await, 400, "invalid");
        refused(admin.post(&format!("/api/v1/groups/{NOBODY}/configurations"), json!({ "name": "x" })).await, 404, "not_found");
        let zoo = top(&admin, "zoo").await;
        let elsewhere = one.replace(&acme, &zoo);
        refused(admin.get(&elsewhere).await, 404, "configuration_unknown");
        refused(admin.patch(&elsewhere, json!({})).await, 404, "configuration_unknown");
        refused(admin.delete(&elsewhere).await, 404, "configuration_unknown");

        let (ada, theirs) = person(&app, "ada").await;
        refused(theirs.get(&path).await, 403, "not_permitted");
        let_do(&admin, &acme, ada, json!({ "preset": "manager" })).await;
        theirs.get(&one).await.expect(200);
        refused(theirs.post(&path, json!({ "name": "x" })).await, 403, "not_permitted");
        refused(theirs.patch(&one, json!({ "active": false })).await, 403, "not_permitted");
        refused(theirs.delete(&one).await, 403, "not_permitted");
        let default = format!("/api/v1/groups/{acme}/default-configuration");
        let id = one.rsplit('/').next().unwrap();
        refused(theirs.put(&default, json!({ "configuration": id })).await, 403, "not_permitted");
    }
}
