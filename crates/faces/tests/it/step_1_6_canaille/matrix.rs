//! Number 3: section 6 row by row, to clients of both kinds.

use http::Method;
use serde_json::{Value, json};

use super::{BOTH, add, add_group, assert_refused, dialects, person};
use crate::scim::{escaped, ids, members, patch};

/// The userNames on a page, in order.
fn names(page: &Value) -> Vec<String> {
    let resources = page["Resources"].as_array().cloned().unwrap_or_default();
    resources
        .iter()
        .filter_map(|resource| resource["userName"].as_str().map(str::to_owned))
        .collect()
}

testkit::both! {
    async fn row_01_a_list_is_a_page_of_100_in_a_stable_order(app: TestApp) {
        let clients = dialects(&app).await;
        for number in 0..105 {
            add(&clients[0].1, &format!("u{number:03}")).await;
        }
        for (name, client) in &clients {
            let page = client.get("/scim/v2/Users").await.expect(200);
            assert_eq!((page.at("/totalResults"), page.at("/itemsPerPage"), page.at("/startIndex")), (json!(105), json!(100), json!(1)), "{name}");
            assert_eq!(names(&page.json())[..3], ["u000", "u001", "u002"], "in the order of making");
            assert_eq!(ids(&client.get("/scim/v2/Users").await.json()), ids(&page.json()));
        }
    }

    async fn row_02_pages_are_cut_as_asked(app: TestApp) {
        for (name, client) in dialects(&app).await {
            for number in 0..4 {
                add(&client, &format!("{name}{number}")).await;
            }
            let total = client.get("/scim/v2/Users").await.expect(200).at("/totalResults");
            let page = client.get("/scim/v2/Users?startIndex=2&count=2").await.expect(200);
            assert_eq!((page.at("/totalResults"), page.at("/startIndex"), page.at("/itemsPerPage"), names(&page.json()).len()), (total.clone(), json!(2), json!(2), 2));
            let all = names(&client.get("/scim/v2/Users").await.json());
            assert_eq!(names(&page.json()), all[1..3]);
            let none = client.get("/scim/v2/Users?count=0").await.expect(200);
            assert_eq!((none.at("/totalResults"), none.at("/itemsPerPage"), none.at("/Resources")), (total.clone(), json!(0), json!([])));
            let most = client.get("/scim/v2/Users?count=999999999").await.expect(200);
            assert_eq!(most.at("/totalResults"), total, "more than the most is the most");
            let past = client.get("/scim/v2/Users?startIndex=5000&count=2").await.expect(200);
            assert_eq!((past.at("/totalResults"), past.at("/Resources")), (total, json!([])));
            // RFC 7644 §3.4.2.4: less than one is one, less than nothing is nothing.
            assert_eq!(client.get("/scim/v2/Users?startIndex=-3&count=1").await.expect(200).at("/startIndex"), 1);
            assert_eq!(client.get("/scim/v2/Users?count=-1").await.expect(200).at("/Resources"), json!([]));
        }
    }

    async fn row_03_what_is_no_number_is_refused(app: TestApp) {
        for (_, client) in dialects(&app).await {
            for query in ["startIndex=abc", "startIndex=1.5", "startIndex=", "count=abc", "count=", "startIndex=1&count=0x10", "count=%F0%9F%92%A9"] {
                let kind = if query.contains("count") { "invalidCount" } else { "invalidValue" };
                assert_refused(&client.get(&format!("/scim/v2/Users?{query}")).await, 400, kind, query);
            }
        }
    }

    async fn row_04_paging_members_are_always_there(app: TestApp) {
        for (name, client) in dialects(&app).await {
            add(&client, name).await;
            for path in ["/scim/v2/Users", "/scim/v2/Groups", "/scim/v2/Users?filter=userName+eq+%22none%22", "/scim/v2"] {
                let page = client.get(path).await.expect(200);
                assert!(page.at("/startIndex").is_u64() && page.at("/itemsPerPage").is_u64() && page.at("/Resources").is_array(), "{path}: {page}");
                assert_eq!(page.at("/itemsPerPage").as_u64(), page.at("/Resources").as_array().map(|list| list.len() as u64));
            }
        }
    }

    async fn row_05_a_filter_is_never_ignored(app: TestApp) {
        for (name, client) in dialects(&app).await {
            add(&client, &format!("{name}-x")).await;
            add(&client, &format!("{name}-y")).await;
            let found = client.get(&format!("/scim/v2/Users?filter={}", escaped(&format!("userName eq \"{name}-x\"")))).await.expect(200);
            assert_eq!((found.at("/totalResults"), names(&found.json())), (json!(1), vec![format!("{name}-x")]));
            for bad in ["userName", "userName eq", "userName eq x", "userName is \"x\"", "nothing eq \"x\"", "userName eq \"x\" and", "(userName eq \"x\"", "", "userName gt 5", "emails[value"] {
                for path in ["/scim/v2/Users", "/scim/v2/Groups", "/scim/v2"] {
                    let answer = client.get(&format!("{path}?filter={}", escaped(bad))).await;
                    if path == "/scim/v2" && bad.starts_with("nothing") {
                        // RFC 7644 §3.4.2.1: over all types an attribute that a type lacks has no value there.
                        assert_eq!(answer.expect(200).at("/totalResults"), 0);
                    } else {
                        assert_refused(&answer, 400, "invalidFilter", bad);
                    }
                }
            }
        }
    }

    async fn row_06_lists_are_sorted(app: TestApp) {
        let clients = dialects(&app).await;
        for name in ["Cid", "ann", "Ben"] {
            add(&clients[0].1, name).await;
        }
        for (_, client) in clients {
            assert_eq!(names(&client.get("/scim/v2/Users?sortBy=userName").await.expect(200).json()), ["ann", "Ben", "Cid"]);
            assert_eq!(names(&client.get("/scim/v2/Users?sortBy=userName&sortOrder=descending").await.expect(200).json()), ["Cid", "Ben", "ann"]);
            assert_eq!(names(&client.get("/scim/v2/Users?sortBy=name.familyName&startIndex=2&count=1").await.expect(200).json()), ["Ben"]);
            assert_eq!(client.get("/scim/v2/Users?sortBy=nothing").await.status, 400);
            assert_eq!(client.get("/scim/v2/Users?sortBy=userName&sortOrder=up").await.status, 400);
        }
    }

    async fn row_07_projections_are_honoured_by_every_verb(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let keys = |resource: &Value| -> Vec<String> { resource.as_object().expect("an object").keys().cloned().collect() };
            let only = |resource: &Value, attribute: &str| {
                let keys = keys(resource);
                assert!(keys.iter().any(|key| key == attribute) && keys.iter().all(|key| ["schemas", "id", attribute].contains(&key.as_str())), "{keys:?}");
            };
            let made = client.post("/scim/v2/Users?attributes=userName", person(name)).await.expect(201);
            only(&made.json(), "userName");
            let path = format!("/scim/v2/Users/{}", made.id());
            only(&client.get(&format!("{path}?attributes=userName")).await.expect(200).json(), "userName");
            only(&client.get(&format!("/scim/v2/Users?attributes=emails.value&filter={}", escaped(&format!("id eq \"{}\"", made.id())))).await.expect(200).at("/Resources/0"), "emails");
            only(&client.put(&format!("{path}?attributes=active"), person(name)).await.expect(200).json(), "active");
            only(&client.patch(&format!("{path}?attributes=title"), patch(json!([{ "op": "add", "path": "title", "value": "T" }]))).await.expect(200).json(), "title");
            let without = client.get(&format!("{path}?excludedAttributes=emails,name,id,schemas")).await.expect(200).json();
            assert!(!keys(&without).iter().any(|key| key == "emails" || key == "name"), "{without}");
            assert!(without.get("id").is_some() && without.get("schemas").is_some() && without.get("userName").is_some(), "{without}");
            let search = json!({ "attributes": ["userName"], "filter": format!("userName eq \"{name}\"") });
            only(&client.post("/scim/v2/Users/.search", search).await.expect(200).at("/Resources/0"), "userName");
            assert_refused(&client.get(&format!("{path}?attributes=userName&excludedAttributes=emails")).await, 400, "invalidValue", "both");
        }
    }

    async fn row_08_search_is_one_list_over_all_types(app: TestApp) {
        let clients = dialects(&app).await;
        for name in ["ann", "ben", "cid"] {
            add(&clients[0].1, name).await;
            add_group(&clients[0].1, &format!("of {name}"), &[]).await;
        }
        for (_, client) in clients {
            let page = client.post("/scim/v2/.search", json!({ "startIndex": 1, "count": 4 })).await.expect(200);
            assert_eq!((page.at("/totalResults"), page.at("/itemsPerPage"), ids(&page.json()).len()), (json!(6), json!(4), 4), "users and groups are cut together");
            let next = client.post("/scim/v2/.search", json!({ "startIndex": 5, "count": 4 })).await.expect(200);
            assert_eq!(ids(&next.json()).len(), 2);
            let mut all = [ids(&page.json()), ids(&next.json())].concat();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 6);
            assert_eq!(client.post("/scim/v2/.search", json!({ "count": 2 })).await.expect(200).at("/itemsPerPage"), 2, "count alone counts");
            let one = client.post("/scim/v2/.search", json!({ "filter": "userName eq \"ben\" or displayName eq \"of ben\"" })).await.expect(200);
            assert_eq!(one.at("/totalResults"), 2);
            assert_eq!(client.post("/scim/v2/Users/.search", json!({ "filter": "userName sw \"a\"" })).await.expect(200).at("/totalResults"), 1);
            assert_eq!(client.post("/scim/v2/Groups/.search", json!({ "count": 0 })).await.expect(200).at("/totalResults"), 3);
            assert_refused(&client.post("/scim/v2/.search", json!({ "filter": "nonsense" })).await, 400, "invalidFilter", "nonsense");
        }
    }

    async fn row_09_what_is_made_has_a_location(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let made = client.post("/scim/v2/Users", person(name)).await.expect(201);
            let location = format!("https://usher.example/scim/v2/Users/{}", made.id());
            assert_eq!((made.header("location"), made.at("/meta/location")), (location.as_str(), json!(location)));
            let group = client.post("/scim/v2/Groups", json!({ "displayName": name })).await.expect(201);
            assert_eq!(group.header("location"), format!("https://usher.example/scim/v2/Groups/{}", group.id()));
            assert_eq!(client.get(location.trim_start_matches("https://usher.example")).await.expect(200).id(), made.id());
        }
    }

    async fn row_10_a_taken_user_name_is_a_conflict(app: TestApp) {
        for (name, client) in dialects(&app).await {
            add(&client, name).await;
            for taken in [name.to_owned(), name.to_uppercase()] {
                assert_refused(&client.post("/scim/v2/Users", person(&taken)).await, 409, "uniqueness", &taken);
            }
        }
        let again = app.client("again", &BOTH).await;
        let other = add(&again, "other").await;
        let rename = patch(json!([{ "op": "replace", "path": "userName", "value": "GENERIC" }]));
        assert_refused(&again.patch(&format!("/scim/v2/Users/{other}"), rename).await, 409, "uniqueness", "a rename to a taken name");
        assert_refused(&again.put(&format!("/scim/v2/Users/{other}"), person("canaille")).await, 409, "uniqueness", "by PUT");
    }

    async fn row_11_malformed_json_is_a_scim_error(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let path = format!("/scim/v2/Users/{}", add(&client, name).await);
            for body in ["", "{", "[]", "\"x\"", "null", "{\"userName\":}", "{\"userName\":\"x\"} y", "<user/>", "userName=x"] {
                for (method, path) in [(Method::POST, "/scim/v2/Users"), (Method::PUT, path.as_str()), (Method::PATCH, path.as_str()), (Method::POST, "/scim/v2/Bulk"), (Method::POST, "/scim/v2/.search")] {
                    let answer = client.request(method, path).body("application/scim+json", body).await;
                    assert_refused(&answer, 400, "invalidSyntax", body);
                }
            }
        }
    }

    async fn row_12_and_13_put_and_patch_rename_by_one_rule(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let path = format!("/scim/v2/Users/{}", add(&client, name).await);
            let put = client.put(&path, person(&format!("{name}-2"))).await;
            let patched = client.patch(&path, patch(json!([{ "op": "replace", "path": "userName", "value": format!("{name}-3") }]))).await;
            if name == "canaille" {
                assert_refused(&put, 400, "mutability", "PUT");
                assert_refused(&patched, 400, "mutability", "PATCH");
            } else {
                assert_eq!((put.expect(200).at("/userName"), patched.expect(200).at("/userName")), (json!("generic-2"), json!("generic-3")));
            }
        }
    }

    async fn row_14_an_unknown_path_is_refused(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let (user, group) = (add(&client, name).await, add_group(&client, name, &[]).await);
            for path in [format!("/scim/v2/Users/{user}"), format!("/scim/v2/Groups/{group}")] {
                for unknown in ["nothing", "name.nothing", "urn:none:User:x", "emails[", "", "members[value eq \"x\"", "..", "a b"] {
                    for op in ["add", "replace"] {
                        let answer = client.patch(&path, patch(json!([{ "op": op, "path": unknown, "value": "x" }]))).await;
                        assert!(answer.status == 400 && ["invalidPath", "invalidFilter", "invalidValue"].contains(&answer.scim_type().as_str()), "{op} {unknown}: {answer}");
                        assert!(answer.events.is_empty());
                    }
                }
                assert_refused(&client.patch(&path, patch(json!([{ "op": "replace", "path": "nothing", "value": "x" }]))).await, 400, "invalidPath", "nothing");
            }
        }
    }

    async fn row_15_a_value_is_chosen_by_a_filter(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let mut body = person(name);
            body["emails"] = json!([{ "value": "old@example.org", "type": "work" }, { "value": "home@example.org", "type": "home" }]);
            let path = format!("/scim/v2/Users/{}", client.post("/scim/v2/Users", body).await.expect(201).id());
            let changed = client.patch(&path, patch(json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@example.org" }]))).await.expect(200);
            assert_eq!((changed.at("/emails/0/value"), changed.at("/emails/1/value")), (json!("new@example.org"), json!("home@example.org")));
            assert_refused(&client.patch(&path, patch(json!([{ "op": "replace", "path": "emails[value sw \"x\"].value", "value": "y" }]))).await, 400, "noTarget", "none of them");
            let same = client.patch(&path, patch(json!([{ "op": "remove", "path": "emails[type eq \"other\"]" }]))).await.expect(200);
            assert!(same.events.is_empty() && same.at("/emails") == changed.at("/emails"), "{same}");
        }
    }

    async fn row_16_a_member_is_taken_out_by_a_filter(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let (one, two) = (add(&client, &format!("{name}-1")).await, add(&client, &format!("{name}-2")).await);
            let group = add_group(&client, name, &[&one, &two]).await;
            let removed = client.patch(&format!("/scim/v2/Groups/{group}"), patch(json!([{ "op": "remove", "path": format!("members[value eq \"{one}\"]") }]))).await.expect(200);
            assert_eq!(removed.events, ["member.removed"]);
            assert_eq!(members(&client, &group).await, [two]);
        }
    }

    async fn row_17_to_19_generous_patches_are_taken(app: TestApp) {
        for (name, client) in dialects(&app).await {
            for (number, body) in [
                patch(json!([{ "op": "replace", "value": { "active": false } }])),
                patch(json!([{ "op": "replace", "path": "active", "value": "False" }])),
                json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] }),
                json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "operations": [{ "op": "Replace", "path": "active", "value": "false" }] }),
            ]
            .into_iter()
            .enumerate()
            {
                let path = format!("/scim/v2/Users/{}", add(&client, &format!("{name}-{number}")).await);
                assert_eq!(client.patch(&path, body.clone()).await.expect(200).at("/active"), false, "{body}");
            }
        }
    }

    async fn row_20_to_22_what_a_patch_cannot_do(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let id = add(&client, name).await;
            let path = format!("/scim/v2/Users/{id}");
            assert_refused(&client.patch(&path, patch(json!([{ "op": "remove" }]))).await, 400, "noTarget", "remove without a path");
            for op in ["add", "replace", "remove"] {
                let answer = client.patch(&path, patch(json!([{ "op": op, "path": "groups", "value": [{ "value": id }] }]))).await;
                assert_refused(&answer, 400, "mutability", &format!("{op} groups"));
            }
            let before = client.get(&path).await.expect(200);
            app.clock().advance(5);
            for nothing in [json!([{ "op": "replace", "path": "active", "value": true }]), json!([{ "op": "remove", "path": "title" }]), json!([{ "op": "add", "path": "emails", "value": [{ "value": format!("{name}@example.org") }] }])] {
                let same = client.patch(&path, patch(nothing)).await.expect(200);
                assert!(same.events.is_empty() && same.text == before.text && same.header("etag") == before.header("etag"), "{same}");
            }
        }
    }

    async fn row_23_and_24_what_is_deleted_is_gone(app: TestApp) {
        for (name, client) in dialects(&app).await {
            for path in [format!("/scim/v2/Users/{}", add(&client, name).await), format!("/scim/v2/Groups/{}", add_group(&client, name, &[]).await)] {
                let gone = client.delete(&path).await.expect(204);
                assert!(gone.text.is_empty());
                assert_refused(&client.delete(&path).await, 404, "", "a second time");
                assert_refused(&client.get(&path).await, 404, "", "afterwards");
            }
            add(&client, name).await;
        }
        let wire = app.client_with("wire", &BOTH, |program| program.profile("wire").never_invites()).await;
        wire.delete("/scim/v2/Users/00000000-0000-0000-0000-000000000000").await.expect(204);
    }

    async fn row_25_no_record_breaks_a_list(app: TestApp) {
        let clients = dialects(&app).await;
        for (number, address) in ["a@host.test", "b@host.invalid", "c@localhost", "d@host.example", "e@xn--host", "no address at all", "\"quoted one\"@host.local"].into_iter().enumerate() {
            let mut body = person(&format!("u{number}"));
            body["emails"] = json!([{ "value": address }]);
            clients[0].1.post("/scim/v2/Users", body).await.expect(201);
        }
        // One that no write would let in today.
        let odd = add(&clients[0].1, "odd").await;
        let id: directory::Id<directory::user::User> = directory::Id::parse(&odd).expect("an id");
        let document = json!({ "userName": "odd", "emails": [{ "value": 5, "primary": "yes" }], "active": "perhaps", "name": { "familyName": [] } }).to_string();
        let written = app.db().write(move |tx| tx.execute("UPDATE users SET document = ?1 WHERE id = ?2", &[document.as_str().into(), id.uuid().into()])).await;
        assert_eq!(written.expect("the row is written"), 1);
        for (_, client) in clients {
            let page = client.get("/scim/v2/Users").await.expect(200);
            assert_eq!((page.at("/totalResults"), ids(&page.json()).len()), (json!(8), 8));
            client.get("/scim/v2/Users?filter=emails.value+co+%22host%22&sortBy=name.familyName").await.expect(200);
            client.post("/scim/v2/.search", json!({ "filter": "emails.value ew \".test\"" })).await.expect(200);
            client.get(&format!("/scim/v2/Users/{odd}")).await.expect(200);
        }
    }

    async fn row_26_a_wrong_verb_is_a_scim_error(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let id = add(&client, name).await;
            for (method, path, allowed) in [
                (Method::PUT, "/scim/v2/Users".to_owned(), "GET"), (Method::PATCH, "/scim/v2/Groups".to_owned(), "POST"), (Method::DELETE, "/scim/v2/Users".to_owned(), "GET"),
                (Method::POST, format!("/scim/v2/Users/{id}"), "PATCH"), (Method::GET, "/scim/v2/.search".to_owned(), "POST"), (Method::GET, "/scim/v2/Bulk".to_owned(), "POST"),
                (Method::TRACE, "/scim/v2/Users".to_owned(), "GET"),
            ] {
                let answer = client.request(method.clone(), &path).json(&json!({})).await;
                assert_refused(&answer, 405, "", &format!("{method} {path}"));
                assert!(answer.header("allow").contains(allowed), "{answer}");
            }
        }
    }

    async fn row_27_head_and_options(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let path = format!("/scim/v2/Users/{}", add(&client, name).await);
            let (head, get) = (client.head(&path).await.expect(200), client.get(&path).await.expect(200));
            assert!(head.text.is_empty() && head.header("etag") == get.header("etag") && head.header("content-type") == get.header("content-type"), "{head}");
            let asked = app.anonymous().request(Method::OPTIONS, &path).header("origin", "https://app.example").header("access-control-request-method", "PATCH").header("access-control-request-headers", "authorization,if-match").await.expect(200);
            assert!(asked.header("access-control-allow-methods").contains("PATCH") && asked.header("access-control-allow-headers").to_lowercase().contains("authorization"));
            assert_eq!(asked.header("access-control-allow-origin"), "https://app.example");
            let read = client.get(&path).header("origin", "https://app.example").await.expect(200);
            assert_eq!((read.header("access-control-allow-origin"), read.header("access-control-allow-credentials")), ("https://app.example", ""));
        }
    }

    async fn row_28_a_slash_at_the_end_is_none(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let id = add(&client, name).await;
            for path in ["/scim/v2/Users".to_owned(), format!("/scim/v2/Users/{id}"), "/scim/v2/Groups".to_owned(), "/scim/v2/ServiceProviderConfig".to_owned(), "/scim/v2/Schemas".to_owned()] {
                assert_eq!(client.get(&format!("{path}/")).await.expect(200).text, client.get(&path).await.expect(200).text, "{path}");
            }
            client.post("/scim/v2/Users/", person(&format!("{name}-2"))).await.expect(201);
            client.patch(&format!("/scim/v2/Users/{id}/"), patch(json!([{ "op": "add", "path": "title", "value": "T" }]))).await.expect(200);
        }
        let canaille = app.client_with("more", &BOTH, |program| program.profile("canaille")).await;
        canaille.get("/scim/v2/Users/generic/").await.expect(200);
    }
}
