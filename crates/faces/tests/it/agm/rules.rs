//! What the realm allows groups to configure.

use serde_json::{Value, json};
use testkit::{both, exchange};

use super::world::{ADMIN, REALM, World, code, last_of_place, make_way, way};

const RULES: &str = "/realms/default/agm/admin/configuration-rules";

both! {
    async fn rules_are_made_shown_changed_and_removed(app: TestApp) {
        let world = World::new(&app).await;
        let (root, mg, ga, u1) = (world.who(&app, "root"), world.who(&app, "mg"), world.who(&app, "ga"), world.who(&app, "u1"));
        let days = json!({ "field": "membershipExpirationDays", "type": "TOP_LEVEL", "required": true, "defaultValue": "30", "max": "45" });
        exchange!(root.post(RULES, days.clone()), @r#"
        204 No Content
        location: https://usher.example/realms/default/agm/admin/configuration-rules/{id 1}
        events: rule.created   deliveries: none
        "#);
        exchange!(root.post(RULES, days.clone()), @r#"
        409 Conflict
        {
          "error": "conflict",
          "error_description": "there is a rule for this field and kind of group; change that one",
          "code": "rule_taken"
        }
        events: none   deliveries: none
        "#);
        exchange!(root.get(RULES), @r#"
        200 OK
        [
          {
            "id": "{id 1}",
            "field": "membershipExpirationDays",
            "type": "TOP_LEVEL",
            "required": true,
            "defaultValue": "30",
            "max": "45"
          }
        ]
        events: none   deliveries: none
        "#);
        let terms = root.post(RULES, json!({ "field": "aupEntity", "type": "SUBGROUP", "required": true })).await.expect(204);
        let id = last_of_place(&terms);
        let one = format!("{RULES}/{id}");
        exchange!(root.get(&one), @r#"
        200 OK
        etag: W/"1"
        {"id":"{id 2}","field":"aupEntity","type":"SUBGROUP","required":true}
        events: none   deliveries: none
        "#);
        // Three spellings are one field.
        assert_eq!(code(&root.post(RULES, json!({ "field": "aup", "type": "SUBGROUP", "required": true })).await.expect(409)), json!("rule_taken"));
        let changed = json!({ "id": id, "field": "aup", "type": "SUBGROUP", "required": false, "defaultValue": "https://example.org/terms" });
        exchange!(root.put(&one, changed.clone()).header("if-match", "W/\"1\""), @r#"
        204 No Content
        events: rule.changed   deliveries: none
        "#);
        assert_eq!(code(&root.put(&one, changed.clone()).header("if-match", "W/\"1\"").await.expect(409)), json!("changed"));
        assert_eq!(code(&root.put(&one, days.clone()).await.expect(409)), json!("rule_taken"));
        // For the forms of those who administer any group.
        for who in [&ga, &mg] {
            assert_eq!(who.get(&format!("{ADMIN}/configuration-rules")).await.expect(200).at("/0/max"), json!("45"));
            assert_eq!(who.get(&format!("{ADMIN}/configuration-rules?type=SUBGROUP")).await.expect(200).at("/0/field"), json!("aup"));
            assert_eq!(code(&who.get(&format!("{ADMIN}/configuration-rules?type=ROOT")).await.expect(400)), json!("invalid"));
        }
        assert_eq!(code(&u1.get(&format!("{ADMIN}/configuration-rules")).await.expect(403)), json!("not_permitted"));
        root.delete(&one).await.expect(204);
        for gone in [root.get(&one), root.put(&one, changed.clone()), root.delete(&one), root.get(&format!("{RULES}/nonsense"))] {
            assert_eq!(code(&gone.await.expect(404)), json!("not_found"));
        }
        assert_eq!(root.get(RULES).await.expect(200).json().as_array().map(Vec::len), Some(1));
    }

    async fn who_does_not_administer_the_realm_changes_no_rule(app: TestApp) {
        let world = World::new(&app).await;
        let root = world.who(&app, "root");
        let body = json!({ "field": "aup", "type": "TOP_LEVEL", "required": true });
        let id = last_of_place(&root.post(RULES, body.clone()).await.expect(204));
        let one = format!("{RULES}/{id}");
        let viewer = world.with_right(&app, "u2", "view-realm");
        viewer.get(RULES).await.expect(200);
        viewer.get(&one).await.expect(200);
        let (mg, ga) = (world.who(&app, "mg"), world.who(&app, "ga"));
        for request in [
            viewer.post(RULES, json!({})), viewer.put(&one, json!({})), viewer.delete(&one),
            mg.get(RULES), mg.post(RULES, body.clone()), ga.get(&one), ga.delete(&one),
        ] {
            let refused = request.await.expect(403);
            assert_eq!((refused.at("/error_description"), refused.events.is_empty()), (Value::Null, true));
        }
    }

    async fn a_rule_says_only_what_its_field_can_be(app: TestApp) {
        let world = World::new(&app).await;
        let root = world.who(&app, "root");
        for (body, word) in [
            (json!({}), "invalid"),
            (json!({ "field": "aup", "required": true }), "invalid"),
            (json!({ "field": "aup", "type": "TOP_LEVEL" }), "invalid"),
            (json!({ "type": "TOP_LEVEL", "required": true }), "invalid"),
            (json!({ "field": "aup", "type": "ROOT", "required": true }), "invalid"),
            (json!({ "field": "nonsense", "type": "TOP_LEVEL", "required": true }), "invalid"),
            (json!({ "field": "membershipExpirationDays", "type": "TOP_LEVEL", "required": true, "max": "many" }), "invalid"),
            (json!({ "field": "aup", "type": "TOP_LEVEL", "required": true, "extra": 1 }), "unknown_member"),
        ] {
            assert_eq!(code(&root.post(RULES, body.clone()).await.expect(400)), json!(word), "{body}");
        }
        assert_eq!(root.get(RULES).await.expect(200).json(), json!([]));
    }

    async fn rules_hold_for_their_kind_of_group(app: TestApp) {
        let world = World::new(&app).await;
        let (root, ga) = (world.who(&app, "root"), world.who(&app, "ga"));
        for body in [
            json!({ "field": "membershipExpirationDays", "type": "TOP_LEVEL", "required": true, "defaultValue": "30", "max": "45" }),
            json!({ "field": "aup.url", "type": "SUBGROUP", "required": true }),
        ] {
            root.post(RULES, body).await.expect(204);
        }
        let top = format!("{ADMIN}/group/{}/configuration", world.a);
        for (days, status) in [(json!(60), 400), (Value::Null, 400), (json!(45), 204)] {
            let answer = ga.post(&top, way(json!({ "membershipExpirationDays": days }))).await.expect(status);
            assert!(status == 204 || code(&answer) == json!("rule_violated"));
        }
        let below = format!("{ADMIN}/group/{}/configuration", world.b);
        for none in [json!({}), json!({ "aup": null }), json!({ "aup": { "type": "URL" } }), json!({ "aup": { "type": "URL", "url": "" } })] {
            assert_eq!(code(&ga.post(&below, way(none)).await.expect(400)), json!("rule_violated"));
        }
        make_way(&ga, world.b, way(json!({ "aup": { "type": "URL", "url": "https://example.org/terms" } }))).await;
        // The realm too keeps its rules, unless it says otherwise.
        let realm = format!("{REALM}/group/{}/configuration", world.b);
        assert_eq!(code(&root.post(&realm, way(json!({}))).await.expect(400)), json!("rule_violated"));
    }
}
