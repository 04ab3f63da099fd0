//! Filters, sorts, pages, projections.

use serde_json::{Value, json};
use testkit::exchange;

use super::{escaped, group, hr, ids, user};

testkit::both! {
    async fn a_filter_finds_what_matches_and_nothing_else(app: TestApp) {
        let hr = hr(&app).await;
        for (name, department, active) in [("ann", "Sales", true), ("ben", "Ops", false), ("cid", "Sales", true)] {
            let body = json!({
                "userName": name, "externalId": format!("x-{name}"), "active": active,
                "emails": [{ "value": format!("{name}@x.example"), "type": "work" }],
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": department },
            });
            hr.post("/scim/v2/Users", body).await.expect(201);
        }
        for (filter, count) in [
            ("userName eq \"ANN\"", 1),
            ("USERNAME EQ \"ann\"", 1),
            ("externalId eq \"x-ben\"", 1),
            ("externalId eq \"X-BEN\"", 0),
            ("emails[type eq \"work\"].value eq \"cid@x.example\"", 1),
            ("emails eq \"cid@x.example\"", 1),
            ("active eq true", 2),
            ("active eq \"False\"", 1),
            ("department eq \"sales\"", 2),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"Ops\"", 1),
            ("userName sw \"a\" or userName ew \"d\"", 2),
            ("not (userName pr)", 0),
            ("meta.resourceType eq \"User\"", 3),
            ("title pr", 0),
            ("title ne \"x\"", 3),
        ] {
            let answer = hr.get(&format!("/scim/v2/Users?filter={}", escaped(filter))).await.expect(200);
            assert_eq!((answer.at("/totalResults"), answer.at("/itemsPerPage")), (json!(count), json!(count)), "{filter}");
        }
        exchange!(hr.get("/scim/v2/Users?filter=userName+eq+%22nobody%22"), "an_empty_list").expect(200);
    }

    async fn a_bad_filter_is_refused_and_never_ignored(app: TestApp) {
        let hr = hr(&app).await;
        user(&hr, "ann").await;
        let deep = format!("{}userName pr{}", "(".repeat(5000), ")".repeat(5000));
        for filter in ["", "userName", "userName eq", "userName eq 'ann'", "userName eq \"ann", "userName xx \"a\"", "userName eq true",
            "unknown eq \"x\"", "userName eq \"a\" and", "not userName pr", "emails[]", "userName eq \"a\") or (id pr", deep.as_str()]
        {
            let answer = hr.get(&format!("/scim/v2/Users?filter={}", escaped(filter))).await;
            assert_eq!((answer.status, answer.scim_type().as_str()), (400, "invalidFilter"), "{}", &filter[..filter.len().min(60)]);
        }
        assert_eq!(hr.get("/scim/v2/Users?filter=%zz").await.status, 400);
        assert_eq!(hr.get("/scim/v2/Users?filter=%ff").await.status, 400);
        assert_eq!(hr.get("/scim/v2/Users?aadOptscim062020&unknown=1").await.status, 200);
    }

    async fn passwords_are_neither_found_nor_sorted_by(app: TestApp) {
        let hr = hr(&app).await;
        user(&hr, "ann").await;
        for query in ["filter=password+pr", "filter=password+eq+%22x%22", "sortBy=password", "sortBy=PassWord&sortOrder=descending",
            "sortBy=urn:ietf:params:scim:schemas:core:2.0:User:password", "sortBy=password&cursor="]
        {
            for path in ["/scim/v2/Users", "/scim/v2"] {
                let answer = hr.get(&format!("{path}?{query}")).await;
                assert_eq!((answer.status, answer.scim_type().as_str()), (403, "sensitive"), "{path}?{query}");
            }
        }
    }

    async fn a_resource_is_found_by_its_location_and_version(app: TestApp) {
        let hr = hr(&app).await;
        let (ann, ben) = (user(&hr, "ann").await, user(&hr, "ben").await);
        let ops = group(&hr, "ops", &[]).await;
        hr.patch(&format!("/scim/v2/Users/{ben}"), super::patch(json!([{ "op": "add", "path": "title", "value": "x" }]))).await.expect(200);
        let found = async |path: &str, filter: &str| ids(&hr.get(&format!("{path}?filter={}", escaped(filter))).await.expect(200).json());
        let location = hr.get(&format!("/scim/v2/Users/{ann}")).await.at("/meta/location");
        let users = "/scim/v2/Users";
        assert_eq!(found(users, &format!("meta.location eq {location}")).await, [ann.as_str()]);
        assert_eq!(found(users, &format!("meta.location ne {location}")).await, [ben.as_str()]);
        assert_eq!(found(users, "meta.location pr").await, [ann.as_str(), &ben]);
        assert_eq!(found(users, &format!("meta.location ew \"/Users/{ben}\" and userName pr")).await, [ben.as_str()]);
        assert!(found(users, &format!("meta.location eq \"https://elsewhere.example/scim/v2/Users/{ann}\"")).await.is_empty());
        assert_eq!(found("/scim/v2/Groups", &format!("meta.location ew \"/Groups/{ops}\"")).await, [ops.as_str()]);
        assert_eq!(found("/scim/v2", &format!("meta.location ew \"/{ops}\" or meta.location eq {location}")).await, [ann.as_str(), &ops]);
        let sorted = hr.get("/scim/v2/Users?sortBy=meta.location&sortOrder=descending").await.expect(200).json();
        assert_eq!(ids(&sorted), [ben.as_str(), &ann]);
        assert_eq!(found(users, r#"meta.version eq "W/\"1\"""#).await, [ann.as_str()]);
        assert_eq!(found(users, r#"meta.version eq "W/\"2\"""#).await, [ben.as_str()]);
        assert_eq!(found(users, "meta.version pr").await.len(), 2);
        assert_eq!(found("/scim/v2/Groups", r#"meta.version eq "W/\"1\"""#).await, [ops.as_str()]);
    }

    async fn pages_by_index_are_stable_and_forgiving(app: TestApp) {
        let hr = hr(&app).await;
        let mut made = Vec::new();
        for number in 0..5 {
            made.push(user(&hr, &format!("u{number}")).await);
        }
        let page = async |query: &str| hr.get(&format!("/scim/v2/Users?{query}")).await.expect(200).json();
        let second = page("startIndex=3&count=2").await;
        assert_eq!(ids(&second), made[2..4]);
        assert_eq!((&second["startIndex"], &second["itemsPerPage"], &second["totalResults"]), (&json!(3), &json!(2), &json!(5)));
        assert_eq!(ids(&page("startIndex=-3&count=2").await), made[..2]);
        assert_eq!(page("startIndex=0").await["startIndex"], 1);
        for query in ["count=0", "count=-1", "startIndex=99", "startIndex=99999999999999999999"] {
            let empty = page(query).await;
            assert_eq!((&empty["totalResults"], &empty["Resources"]), (&json!(5), &json!([])), "{query}");
        }
        assert_eq!(ids(&page("count=99999999999999999999").await).len(), 5);
        for query in ["startIndex=abc", "count=abc", "count=1.5", "sortOrder=up"] {
            assert_eq!(hr.get(&format!("/scim/v2/Users?{query}")).await.status, 400, "{query}");
        }
    }

    async fn sorts_put_what_is_missing_last(app: TestApp) {
        let hr = hr(&app).await;
        for (name, title) in [("b", Some("x")), ("c", None), ("A", Some("y"))] {
            hr.post("/scim/v2/Users", json!({ "userName": name, "displayName": name, "title": title })).await.expect(201);
        }
        let names = async |query: &str| {
            let page = hr.get(&format!("/scim/v2/Users?{query}")).await.expect(200).json();
            let resources = page["Resources"].as_array().cloned().unwrap_or_default();
            resources.iter().map(|user| user["userName"].as_str().unwrap_or_default().to_owned()).collect::<String>()
        };
        assert_eq!(names("sortBy=userName").await, "Abc");
        assert_eq!(names("sortBy=userName&sortOrder=descending").await, "cbA");
        assert_eq!(names("sortBy=displayName").await, "Abc");
        assert_eq!(names("sortBy=title").await, "bAc");
        assert_eq!(names("sortBy=title&sortOrder=Descending").await, "cAb");
        assert_eq!(hr.get("/scim/v2/Users?sortBy=..").await.status, 400);
    }

    async fn cursors_lead_through_all_pages_once(app: TestApp) {
        let hr = hr(&app).await;
        let mut made = Vec::new();
        for number in 0..5 {
            made.push(user(&hr, &format!("u{number}")).await);
        }
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = hr.get(&format!("/scim/v2/Users?count=2&cursor={cursor}")).await.expect(200).json();
            assert_eq!(page.get("startIndex"), None);
            seen.extend(ids(&page));
            match page["nextCursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        assert_eq!(seen, made);
        let other = app.client("other", &["scim:read"]).await;
        for (client, query, kind) in [
            (&hr, format!("count=3&cursor={cursor}"), "invalidCount"),
            (&hr, format!("count=2&filter=active+eq+true&cursor={cursor}"), "invalidCursor"),
            (&hr, "count=2&cursor=forged".to_owned(), "invalidCursor"),
            (&other, format!("count=2&cursor={cursor}"), "invalidCursor"),
        ] {
            let answer = client.get(&format!("/scim/v2/Users?{query}")).await.expect(400);
            assert_eq!(answer.scim_type(), kind, "{query}");
        }
        app.clock().advance(3700);
        let answer = hr.get(&format!("/scim/v2/Users?count=2&cursor={cursor}")).await.expect(400);
        assert_eq!(answer.scim_type(), "expiredCursor");
    }

    async fn projections_shape_every_answer(app: TestApp) {
        let hr = hr(&app).await;
        let body = json!({ "userName": "ann", "title": "Lead", "name": { "familyName": "A", "givenName": "B" } });
        let made = hr.post("/scim/v2/Users?attributes=username", body).await.expect(201);
        let keys = |value: &Value| { let mut keys: Vec<String> = value.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect(); keys.sort(); keys };
        assert_eq!(keys(&made.json()), ["id", "schemas", "userName"]);
        let path = format!("/scim/v2/Users/{}", made.id());
        let one = hr.get(&format!("{path}?attributes=name.familyName,%20unknown")).await.expect(200).json();
        assert_eq!((keys(&one), &one["name"]), (vec!["id".into(), "name".into(), "schemas".into()], &json!({ "familyName": "A" })));
        let without = hr.get(&format!("{path}?excludedAttributes=title,id,name.givenName")).await.expect(200).json();
        assert_eq!((&without["title"], &without["name"], without["id"].is_string()), (&Value::Null, &json!({ "familyName": "A" }), true));
        assert_eq!(hr.get(&format!("{path}?attributes=title&excludedAttributes=name")).await.status, 400);
        let listed = hr.get("/scim/v2/Users?attributes=title").await.expect(200).at("/Resources/0");
        assert_eq!(keys(&listed), ["id", "schemas", "title"]);
        let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "attributes": ["title"], "filter": "userName eq \"ann\"" });
        let found = hr.post("/scim/v2/Users/.search", search).await.expect(200).at("/Resources/0");
        assert_eq!(keys(&found), ["id", "schemas", "title"]);
        assert_eq!(hr.get(&format!("{path}?attributes=")).await.expect(200).at("/title"), "Lead", "nothing named, nothing cut");
        assert_eq!(hr.get(&format!("{path}?attributes=password,meta.version")).await.expect(200).at("/meta").as_object().map(serde_json::Map::len), Some(1));
        let usher = hr.get(&format!("{path}?attributes=urn:usher:scim:schemas:1.0:User")).await.expect(200);
        assert_eq!(usher.json()["urn:usher:scim:schemas:1.0:User"]["lifecycle"], "active");
        assert_eq!(hr.get(&path).await.json().get("urn:usher:scim:schemas:1.0:User"), None, "returned on request only");
    }

    async fn a_search_over_all_types_mixes_them(app: TestApp) {
        let hr = hr(&app).await;
        let ann = user(&hr, "ann").await;
        let all = group(&hr, "all", &[&ann]).await;
        let root = hr.get("/scim/v2").await.expect(200);
        assert_eq!((root.at("/totalResults"), ids(&root.json())), (json!(2), vec![ann.clone(), all.clone()]));
        let second = hr.post("/scim/v2/.search", json!({ "startIndex": 2, "count": 1 })).await.expect(200);
        assert_eq!((second.at("/totalResults"), ids(&second.json())), (json!(2), vec![all.clone()]));
        let groups = hr.post("/scim/v2/.search", json!({ "filter": "meta.resourceType eq \"Group\"" })).await.expect(200);
        assert_eq!(ids(&groups.json()), std::slice::from_ref(&all));
        let by_name = hr.post("/scim/v2/.search", json!({ "filter": "userName eq \"ann\"" })).await.expect(200);
        assert_eq!(ids(&by_name.json()), std::slice::from_ref(&ann));
        let of_member = hr.post("/scim/v2/Groups/.search", json!({ "filter": format!("members eq \"{ann}\"") })).await.expect(200);
        assert_eq!(ids(&of_member.json()), [all]);
        assert_eq!(hr.get("/scim/v2/.search").await.status, 405);
        assert_eq!(hr.get("/scim/v2/Users/.search").await.status, 405);
        assert_eq!(hr.post("/scim/v2/.search", json!({ "filter": "userName eq" })).await.scim_type(), "invalidFilter");
        assert_eq!(hr.post("/scim/v2/.search", json!({ "count": "many" })).await.status, 400);
    }
}
