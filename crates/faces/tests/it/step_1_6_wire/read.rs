//! A8.1: GET, W-80 to W-86.

use serde_json::{Value, json};

use super::dump::dump;
use super::{BOTH, USER_URN, USERS, apply, found, generic, made, made_with, person, person_with, refused, usher, wire};

fn empty() -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": [], "startIndex": 1, "itemsPerPage": 0 })
}

testkit::both! {
    async fn w_080_a_list_without_a_filter_is_paged(app: TestApp) {
        let wire = wire(&app).await;
        for name in ["ann", "ben", "cid"] {
            made(&wire, name).await;
        }
        let page = wire.get(&format!("{USERS}?startIndex=2&count=1")).await.expect(200);
        assert_eq!((page.at("/totalResults"), page.at("/startIndex"), page.at("/itemsPerPage"), page.at("/Resources/0/userName")), (json!(3), json!(2), json!(1), json!("ben")));
    }

    async fn w_081_the_whole_grammar_is_understood(app: TestApp) {
        let wire = wire(&app).await;
        made_with(&wire, "ann", json!({ "title": "Dr", "name": { "familyName": "Zed" } })).await;
        made(&wire, "ben").await;
        for (filter, hits) in [
            ("userName eq \"ANN\"", 1), ("USERNAME EQ \"ann\"", 1), ("externalId eq \"ext-ann\"", 1), ("externalid Eq \"ext-ben\"", 1),
            ("userName sw \"a\" or userName ew \"n\"", 2), ("title pr", 1), ("not (title pr)", 1), ("emails[value co \"ann\"]", 1),
            ("name.familyName gt \"Y\" and active eq false", 1), (&format!("{USER_URN}:userName eq \"ann\""), 1), ("meta.created ge \"2029-01-01T00:00:00Z\"", 2),
        ] {
            assert_eq!(found(&wire, filter).await.expect(200).at("/totalResults"), hits, "{filter}");
        }
        for bad in ["randomField eq \"x\"", "userName zz \"x\"", "userName eq", "urn:other:userName eq \"x\"", "(userName pr"] {
            refused(&found(&wire, bad).await, 400, "invalidFilter");
        }
    }

    async fn w_082_a_nonsense_value_finds_nothing(app: TestApp) {
        let wire = wire(&app).await;
        made(&wire, "ann").await;
        for filter in ["userName eq \"f7ce2b82-6cd1-4c3a-a0c0-d0e1ab07cd2f\"", "externalId eq \"nonsense \\u0001\"", "userName eq \"a b/c@d\"", "id eq \"no id\"", "emails.value eq \"\""] {
            assert_eq!(found(&wire, filter).await.expect(200).json(), empty(), "{filter}");
        }
    }

    async fn w_083_an_empty_list_has_all_five_members(app: TestApp) {
        let wire = wire(&app).await;
        let answer = found(&wire, "userName eq \"nobody\"").await.expect(200);
        assert_eq!(answer.json(), empty());
        assert_eq!(wire.get(USERS).await.expect(200).json(), empty());
        made(&wire, "ann").await;
        assert_eq!(found(&wire, "userName eq \"ann\"").await.at("/Resources").as_array().map(Vec::len), Some(1));
    }

    async fn w_084_pages_sorts_and_projections(app: TestApp) {
        let wire = wire(&app).await;
        for name in ["cid", "ann", "ben"] {
            made(&wire, name).await;
        }
        let sorted = wire.get(&format!("{USERS}?sortBy=userName&sortOrder=descending&count=2&attributes=userName")).await.expect(200);
        let names: Vec<Value> = sorted.at("/Resources").as_array().unwrap().iter().map(|user| user["userName"].clone()).collect();
        assert_eq!(names, ["cid", "ben"]);
        assert_eq!(sorted.at("/Resources/0/emails"), Value::Null);
        let without = wire.get(&format!("{USERS}?excludedAttributes=emails")).await.expect(200);
        assert_eq!((without.at("/Resources/0/emails"), without.at("/Resources/0/userName")), (Value::Null, json!("cid")));
    }

    async fn w_085_get_is_pure_and_adoption_is_an_act(app: TestApp) {
        let wire = wire(&app).await;
        app.user("ann").await;
        app.user("ben").await;
        let id = found(&wire, "userName eq \"ann\"").await.at("/Resources/0/id").as_str().unwrap().to_owned();
        let path = format!("{USERS}/{id}");
        let before = dump(&app).await;
        for filter in ["userName eq \"ann\"", "externalId eq \"ann@example.org\"", "emails eq \"ann@example.org\""] {
            found(&wire, filter).await.expect(200);
        }
        assert_eq!(usher(&wire, &path).await["managedBy"], "local");
        assert_eq!(wire.get(&path).await.at("/externalId"), Value::Null);
        assert!(dump(&app).await == before, "a GET takes nobody over");
        // By an act.
        refused(&wire.post(&format!("{path}/.adopt"), json!({})).await, 400, "invalidValue");
        let adopted = wire.post(&format!("{path}/.adopt"), json!({ "externalId": "e1" })).await.expect(200);
        assert_eq!((adopted.at("/externalId"), adopted.at("/active"), adopted.events.clone()), (json!("e1"), json!(true), vec!["user.changed".to_owned()]));
        assert_eq!(usher(&wire, &path).await["managedBy"], "scim");
        refused(&wire.post(&format!("{path}/.adopt"), json!({ "externalId": "e2" })).await, 409, "");
        refused(&wire.post(&format!("{USERS}/none/.adopt"), json!({ "externalId": "e2" })).await, 404, "");
        // By POST, where the realm's policy says so: never by default.
        let by_mail = person_with("benny", json!({ "emails": [{ "value": "BEN@example.org" }] }));
        refused(&wire.post(USERS, by_mail.clone()).await, 409, "uniqueness");
        let set = async |policy: &str| {
            let policy = serde_json::from_value(json!(policy)).unwrap();
            app.set_realm("default", |settings| settings.adopt_on_post = Some(policy)).await;
        };
        set("match_username").await;
        refused(&wire.post(USERS, by_mail.clone()).await, 409, "uniqueness");
        set("match_email").await;
        let ben = wire.post(USERS, by_mail).await.expect(201);
        assert_eq!((ben.at("/userName"), ben.at("/externalId"), ben.at("/active"), ben.events.clone()), (json!("benny"), json!("ext-benny"), json!(true), vec!["user.changed".to_owned()]));
        assert!(app.deliver_mail().await.is_empty(), "who is in is not invited");
        set("match_username").await;
        app.user("cid").await;
        assert_eq!(wire.post(USERS, person("cid")).await.expect(201).events, ["user.changed"]);
        // Nobody whom a program of this kind manages is taken over.
        refused(&wire.post(USERS, person_with("cid", json!({ "externalId": "other" }))).await, 409, "uniqueness");
    }

    async fn w_086_foreign_and_deleted_people_are_not_there(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let other = app.client_with("other", &BOTH, |program| program.realm("acme").profile("wire")).await;
        let foreign = other.post("/realms/acme/scim/v2/Users", person("ben")).await.expect(201);
        refused(&wire.get(&format!("{USERS}/{}", foreign.id())).await, 404, "");
        refused(&wire.get(&format!("/realms/acme/scim/v2/Users/{}", foreign.id())).await, 401, "");
        for filter in ["userName eq \"ben\"", "externalId eq \"ext-ben\"", &format!("id eq \"{}\"", foreign.id())] {
            assert_eq!(found(&wire, filter).await.json(), empty(), "{filter}");
        }
        wire.delete(&path).await.expect(204);
        refused(&wire.get(&path).await, 404, "");
        assert_eq!(found(&wire, "userName eq \"ann\"").await.json(), empty());
        refused(&apply(&wire, &path, json!({ "op": "add", "path": "title", "value": "x" })).await, 404, "");
        refused(&generic(&app).await.get(&path).await, 404, "");
    }
}
