//! Groups: seen, made, moved, given attributes, and deleted.

use directory::Id;
use http::Method;
use serde_json::{Value, json};
use testkit::{TestClient, both, exchange};

use super::trees::{ADMIN, MANAGE, NOTHING, Trees, placed, refused, shape};

/// Names of the rows of a list with all below them, and how many there are.
fn rows(list: &Value) -> (Vec<String>, u64) {
    let shapes = list["results"].as_array().into_iter().flatten().map(shape).collect();
    (shapes, list["count"].as_u64().unwrap_or_default())
}

both! {
    async fn who_administers_sees_their_trees(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let list = async |who: &TestClient, query: &str| {
            rows(&who.get(&format!("{MANAGE}/groups{query}")).await.expect(200).json())
        };
        let whole_tree = || vec!["[a[b[c]]]".to_owned()];
        assert_eq!(list(&trees.ga, "").await, (whole_tree(), 1));
        assert_eq!(list(&trees.gb, "").await, (vec!["[b[c]]".to_owned()], 1));
        assert_eq!(list(&trees.u1, "").await, (vec![], 0));
        assert_eq!(list(&trees.mg, "").await, (vec!["[a[b[c]]]".to_owned(), "[x]".to_owned()], 2));
        assert_eq!(list(&trees.mg, "?first=1&max=1").await, (vec!["[x]".to_owned()], 2));
        assert_eq!(list(&trees.mg, "?search=C").await, (whole_tree(), 1));
        assert_eq!(list(&trees.mg, "?search=c&toplevel=false&exact=true").await, (vec!["[c]".to_owned()], 1));
        assert_eq!(list(&trees.mg, "?max=0").await, (vec![], 2));
        exchange!(trees.gb.get(&format!("{MANAGE}/groups")), @r#"
        200 OK
        {
          "results": [
            {
              "id": "{id 1}",
              "name": "b",
              "path": "/a/b",
              "parentId": "{id 2}",
              "attributes": {
                "defaultConfiguration": [
                  "{id 3}"
                ]
              },
              "subGroups": [],
              "extraSubGroups": [
                {
                  "id": "{id 4}",
                  "name": "c",
                  "path": "/a/b/c",
                  "parentId": "{id 1}",
                  "attributes": {
                    "defaultConfiguration": [
                      "{id 5}"
                    ]
                  },
                  "subGroups": [],
                  "extraSubGroups": []
                }
              ]
            }
          ],
          "count": 1
        }
        events: none   deliveries: none
        "#);
        // More than a store can count.
        for beyond in ["?first=9223372036854775808", "?first=18446744073709551615&max=18446744073709551615"] {
            assert_eq!(list(&trees.ga, beyond).await.0, Vec::<String>::new());
        }
        for wrong in ["?first=-1", "?max=x"] {
            assert_eq!(refused(&trees.ga.get(&format!("{MANAGE}/groups{wrong}")).await, 400), "paging_invalid");
        }
        for wrong in ["?exact=perhaps", "?toplevel=1"] {
            assert_eq!(refused(&trees.ga.get(&format!("{MANAGE}/groups{wrong}")).await, 400), "invalid");
        }
        let ids = async |who: &TestClient| who.get(&format!("{MANAGE}/groupids/all")).await.expect(200).json();
        let mut all = [&trees.b, &trees.c];
        all.sort();
        assert_eq!(ids(&trees.gb).await, json!(all));
        assert_eq!((ids(&trees.mg).await, ids(&trees.u1).await), (json!([]), json!([])));
        // A token of the same people whose access policy leaves groups out.
        let ga = Id::parse(&trees.id_of("ga").await).expect("an id");
        for (name, seen) in [("a", &trees.a), ("c", &trees.c)] {
            let policy = json!({ "group_filter": format!("displayName eq \"{name}\"") });
            let narrow = app.client_with(name, &["agm:manage"], |program| program.policy(policy).acts_as(ga)).await;
            assert_eq!(ids(&narrow).await, json!([seen]));
        }
    }

    async fn everything_about_a_group_is_told_to_who_administers_it(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let place = format!("{MANAGE}/group/{}/all", trees.b);
        exchange!(trees.gb.get(&place), @r#"
        200 OK
        etag: W/"3"
        {
          "id": "{id 1}",
          "name": "b",
          "path": "/a/b",
          "parentId": "{id 2}",
          "attributes": {
            "defaultConfiguration": [
              "{id 3}"
            ]
          },
          "subGroups": [],
          "extraSubGroups": [
            {
              "id": "{id 4}",
              "name": "c",
              "path": "/a/b/c",
              "parentId": "{id 1}",
              "attributes": {
                "defaultConfiguration": [
                  "{id 5}"
                ]
              },
              "subGroups": [],
              "extraSubGroups": []
            }
          ],
          "parents": [
            {
              "id": "{id 2}",
              "name": "a",
              "subGroups": []
            }
          ],
          "groupRoles": {
            "member": "urn:usher:default:group:a:b:role=member"
          },
          "enrollmentConfigurationList": [
            {
              "id": "{id 3}",
              "group": {
                "id": "{id 1}",
                "name": "b",
                "subGroups": []
              },
              "name": "Join b",
              "active": true,
              "visibleToNotMembers": false,
              "requireApproval": true,
              "requireApprovalForExtension": true,
              "multiselectRole": true,
              "groupRoles": [
                "member"
              ],
              "commentsNeeded": true,
              "commentsLabel": "Comments",
              "commentsDescription": "Why do you want to join this group?"
            }
          ],
          "admins": [
            {
              "user": {
                "id": "{id 6}",
                "username": "gb",
                "email": "gb@example.org",
                "emailVerified": true
              },
              "direct": true
            },
            {
              "user": {
                "id": "{id 7}",
                "username": "ga",
                "email": "ga@example.org",
                "emailVerified": true
              },
              "direct": false
            }
          ]
        }
        events: none   deliveries: none
        "#);
        let deepest = trees.whole(&trees.c).await;
        let above: Vec<&Value> = deepest["parents"].as_array().expect("a list").iter().map(|parent| &parent["name"]).collect();
        assert_eq!(above, ["a", "b"]);
        for who in [&trees.ga, &trees.mg, &trees.root] {
            who.get(&place).await.expect(200);
        }
        let narrow = app.client_with("narrow", &["agm:admin"], |program| program.policy(json!({ "user_filter": "userName eq \"x\"" }))).await;
        assert_eq!(narrow.get(&place).await.expect(200).at("/admins"), json!([]));
    }

    async fn what_is_not_there_comes_before_what_is_not_theirs(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let somebody = trees.id_of("u1").await;
        let below = |group: &str| {
            let (group, json) = (format!("{MANAGE}/group/{group}"), |value: Value| Some(value));
            vec![
                (Method::DELETE, group.clone(), None),
                (Method::GET, format!("{group}/all"), None),
                (Method::POST, format!("{group}/attributes"), json(json!({}))),
                (Method::POST, format!("{group}/children"), json(json!({ "name": "d" }))),
                (Method::POST, format!("{group}/children"), json(json!({ "id": trees.x }))),
                (Method::GET, format!("{group}/roles"), None),
                (Method::POST, format!("{group}/roles?name=chair"), None),
                (Method::DELETE, format!("{group}/role/member"), None),
                (Method::PUT, format!("{group}/role/member?name=chair"), None),
                (Method::POST, format!("{group}/admin?userId={somebody}"), None),
                (Method::DELETE, format!("{group}/admin?username=ga"), None),
                (Method::POST, format!("{group}/admin/{somebody}"), None),
                (Method::DELETE, format!("{group}/admin/{somebody}"), None),
            ]
        };
        let before = trees.shape().await;
        for (who, group, status) in [
            (&trees.gb, trees.a.as_str(), 403),
            (&trees.gb, trees.x.as_str(), 403),
            (&trees.u1, trees.c.as_str(), 403),
            (&trees.u1, NOTHING, 404),
            (&trees.ga, "nothing", 404),
            (&trees.mg, "%FF", 404),
        ] {
            for (method, place, body) in below(group) {
                let request = who.request(method, &place);
                let answer = match body {
                    Some(body) => request.json(&body).await,
                    None => request.await,
                };
                let wanted = if status == 403 { "not_permitted" } else { "not_found" };
                assert_eq!(refused(&answer, status), wanted, "{place}");
            }
        }
        // Who manages all groups may do all of it but delete.
        assert_eq!(refused(&trees.mg.delete(&format!("{MANAGE}/group/{}", trees.c)).await, 403), "not_permitted");
        assert_eq!(trees.shape().await, before);
        // Another realm's token is none here.
        let elsewhere = app.bearer(&app.provider("other").await.token_of("ga", "ga@example.org"));
        elsewhere.get(&format!("{MANAGE}/groups")).await.expect(401);
        elsewhere.post(&format!("{ADMIN}/group"), json!({ "name": "d" })).await.expect(401);
    }

    async fn a_group_at_the_top_is_made_by_who_manages_all(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let place = format!("{MANAGE}/group");
        let new = json!({ "name": "new one", "description": "For new ones", "attributes": { "color": ["red"], "none": null }, "subGroups": [] });
        exchange!(trees.mg.post(&place, new.clone()), @r#"
        201 Created
        location: https://usher.example/realms/default/agm/account/group-admin/group/{id 1}
        etag: W/"3"
        events: group.created, group_role.created, configuration.created, delegation.granted   deliveries: none
        "#);
        exchange!(trees.mg.post(&place, json!({ "name": "NEW one" })), @r#"
        409 Conflict
        {"errorMessage":"another group at the top has this name; choose another name","code":"group_name_taken"}
        events: none   deliveries: none
        "#);
        exchange!(trees.mg.post(&place, json!({ "name": "  " })), @r#"
        400 Bad Request
        {"errorMessage":"the name of the group is empty; give it a name of at least one letter","code":"group_name_blank"}
        events: none   deliveries: none
        "#);
        exchange!(trees.ga.post(&place, json!({ "name": "mine" })), @r#"
        403 Forbidden
        {"error":"this takes `groups.create` on the group; ask one of its administrators","code":"not_permitted"}
        events: none   deliveries: none
        "#);
        for (body, word) in [
            (json!({}), "group_name_blank"),
            (json!({ "name": null }), "group_name_blank"),
            (json!({ "name": "a\nb" }), "invalid"),
            (json!({ "name": "x".repeat(201) }), "invalid"),
            (json!({ "name": ["x"] }), "invalid"),
            (json!({ "nmae": "x" }), "unknown_member"),
            (json!({ "name": "n", "attributes": { "expiration-notification-period": ["soon"] } }), "invalid"),
        ] {
            assert_eq!(refused(&trees.mg.post(&place, body.clone()).await, 400), word, "{body}");
        }
        let made = placed(&trees.mg.post(&place, json!({ "name": "second", "description": "Words" })).await);
        let whole = trees.whole(&made).await;
        assert_eq!(whole["attributes"]["description"], json!(["Words"]));
        assert_eq!(whole["attributes"]["defaultConfiguration"].as_array().map(Vec::len), Some(1));
        assert_eq!((&whole["admins"][0]["user"]["username"], &whole["admins"][0]["direct"]), (&json!("mg"), &json!(true)));
        let extended = trees.with_role("mgx", "manage-groups-extended").await;
        extended.post(&place, json!({ "name": "third" })).await.expect(201);

        // By the administration of the realm it is nobody's.
        let made = trees.root.post(&format!("{ADMIN}/group"), json!({ "name": "fourth" })).await.expect(201);
        assert_eq!(made.events, ["group.created", "group_role.created", "configuration.created"]);
        assert_eq!(trees.whole(&placed(&made)).await["admins"], json!([]));
        let again = trees.root.post(&format!("{ADMIN}/group"), json!({ "name": "fourth" })).await;
        assert_eq!(refused(&again, 409), "group_name_taken");
        assert!(again.at("/errorMessage").is_string());
        for who in [&trees.mg, &trees.ga, &trees.u1] {
            let answer = who.post(&format!("{ADMIN}/group"), json!({ "name": "fifth" })).await;
            assert_eq!((refused(&answer, 403).as_str(), answer.at("/error_description")), ("forbidden", Value::Null));
        }
    }

    async fn a_group_is_made_or_moved_below_another_one(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let children = |group: &str| format!("{MANAGE}/group/{group}/children");
        let made = trees.gb.post(&children(&trees.b), json!({ "name": "d", "attributes": { "description": ["D"] } })).await.expect(204);
        assert_eq!(made.events, ["group.created", "group_role.created", "configuration.created"]);
        let d = placed(&made);
        assert_eq!(trees.whole(&d).await["admins"][0]["user"]["username"], "gb");
        for (body, word) in [(json!({ "name": "C" }), "group_name_taken"), (json!({}), "group_name_blank")] {
            assert_eq!(refused(&trees.gb.post(&children(&trees.b), body).await, 400), word);
        }
        // Moving takes rights where it is, on itself and where it comes.
        let before = trees.shape().await;
        assert_eq!(before, ["[a[b[c][d]]]", "[x]"]);
        assert_eq!(refused(&trees.gb.post(&children(&trees.b), json!({ "id": trees.x })).await, 403), "not_permitted");
        assert_eq!(refused(&trees.ga.post(&children(&trees.x), json!({ "id": d })).await, 403), "not_permitted");
        for unknown in [NOTHING, "x", ""] {
            let answer = trees.gb.post(&children(&trees.b), json!({ "id": unknown })).await;
            assert_eq!((refused(&answer, 404).as_str(), answer.at("/error_description")), ("not_found", Value::Null));
        }
        for (parent, moved) in [(&trees.c, &trees.b), (&trees.c, &trees.a)] {
            assert_eq!(refused(&trees.mg.post(&children(parent), json!({ "id": moved })).await, 400), "group_cycle");
        }
        trees.ga.post(&children(&trees.b), json!({ "id": trees.b })).await.expect(204);
        assert_eq!(trees.shape().await, before);
        // Whole groups are sent back.
        let mut whole = trees.whole(&d).await;
        whole["name"] = "elsewhere".into();
        let moved = trees.ga.post(&children(&trees.a), whole).await.expect(204);
        assert_eq!(moved.events, ["group.moved"]);
        assert_eq!(trees.shape().await, ["[a[b[c]][d]]", "[x]"]);

        let admin = |group: &str| format!("{ADMIN}/group/{group}/children");
        trees.root.post(&admin(&trees.x), json!({ "id": d })).await.expect(204);
        assert_eq!(placed(&trees.root.post(&admin(&trees.x), json!({ "name": "e" })).await.expect(204)).len(), 36);
        assert_eq!(trees.shape().await, ["[a[b[c]]]", "[x[d][e]]"]);
        for body in [json!({ "name": "f" }), json!({ "id": d })] {
            let answer = trees.ga.post(&admin(&trees.a), body).await;
            assert_eq!((refused(&answer, 403).as_str(), answer.at("/error_description")), ("forbidden", Value::Null));
        }
        for group in [NOTHING, "nothing"] {
            assert_eq!(refused(&trees.root.post(&admin(group), json!({ "name": "f" })).await, 404), "not_found");
        }
    }

    async fn attributes_are_replaced_as_a_whole(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let place = format!("{MANAGE}/group/{}/attributes", trees.a);
        let first = trees.whole(&trees.a).await["attributes"]["defaultConfiguration"].clone();
        assert!(first[0].is_string());
        // Which way to join comes first is shown among them, and stays whatever is written.
        let attributes = async || {
            let mut shown = trees.whole(&trees.a).await["attributes"].take();
            let object = shown.as_object_mut().expect("an object");
            assert_eq!(object.remove("defaultConfiguration"), Some(first.clone()));
            shown
        };
        let sent = json!({ "description": ["Words"], "color": ["red", "blue"], "expiration-notification-period": ["14"], "defaultConfiguration": ["x"] });
        exchange!(trees.ga.post(&place, sent), @r#"
        204 No Content
        etag: W/"4"
        events: group.attributes_replaced   deliveries: none
        "#);
        let kept = json!({ "description": ["Words"], "color": ["red", "blue"], "expiration-notification-period": ["14"] });
        assert_eq!(attributes().await, kept);
        // What was shown is sent back: nothing changes.
        assert!(trees.ga.post(&place, kept.clone()).await.expect(204).events.is_empty());
        for wrong in [json!({ "expiration-notification-period": ["0"] }), json!({ "": ["x"] }), json!({ "a": "x" }), json!({ "a": [null] })] {
            assert_eq!(refused(&trees.ga.post(&place, wrong.clone()).await, 400), "invalid", "{wrong}");
        }
        let etag = trees.ga.get(&format!("{MANAGE}/group/{}/all", trees.a)).await.expect(200).header("etag").to_owned();
        let stale = trees.ga.post(&place, json!({ "a": ["b"] })).header("if-match", "W/\"3\"").await;
        assert_eq!(refused(&stale, 409), "changed");
        trees.ga.post(&place, json!({ "a": ["b"] })).header("if-match", &etag).await.expect(204);
        assert_eq!(attributes().await, json!({ "a": ["b"] }));
        for empty in ["", "null", "{}", "{\"a\":null}"] {
            trees.ga.post(&place, json!({ "a": ["b"] })).await.expect(204);
            trees.ga.request(Method::POST, &place).body("application/json", empty).await.expect(204);
            assert_eq!(attributes().await, json!({}), "{empty}");
        }
    }

    async fn a_group_is_deleted_when_nothing_is_below_it(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let scim = app.client("hr", &["scim:read", "scim:write"]).await;
        let member = json!([{ "op": "add", "path": "members", "value": [{ "value": trees.id_of("u1").await }] }]);
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": member });
        scim.patch(&format!("/scim/v2/Groups/{}", trees.c), body).await.expect(200);
        app.deliver_mail().await;
        let place = |group: &str| format!("{MANAGE}/group/{group}");
        exchange!(trees.ga.delete(&place(&trees.b)), @r#"
        400 Bad Request
        {
          "error": "the group has groups below it; delete or move those first",
          "error_description": "the group has groups below it; delete or move those first",
          "code": "group_has_children"
        }
        events: none   deliveries: none
        "#);
        let gone = trees.ga.delete(&place(&trees.c)).await.expect(204);
        assert!(gone.events.contains(&"group.deleted".to_owned()) && gone.events.contains(&"member.removed".to_owned()), "{gone}");
        let told: Vec<String> = app.deliver_mail().await.into_iter().map(|mail| mail.to).collect();
        assert_eq!(told, ["gb@example.org"]);
        trees.ga.get(&format!("{}/all", place(&trees.c))).await.expect(404);
        // The administration of the realm tells nobody.
        let place = |group: &str| format!("{ADMIN}/group/{group}");
        for who in [&trees.ga, &trees.mg] {
            let answer = who.delete(&place(&trees.b)).await;
            assert_eq!((refused(&answer, 403).as_str(), answer.at("/error_description")), ("forbidden", Value::Null));
        }
        assert_eq!(refused(&trees.root.delete(&place(&trees.a)).await, 400), "group_has_children");
        trees.root.delete(&place(&trees.b)).await.expect(204);
        assert!(app.deliver_mail().await.is_empty());
        assert_eq!(refused(&trees.root.delete(&place(&trees.b)).await, 404), "not_found");
        assert_eq!(trees.shape().await, ["[a]", "[x]"]);
    }

    async fn people_are_found_where_one_may_see_them(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let search = |groups: &[&String], search: &str| {
            let groups: Vec<&str> = groups.iter().map(|id| id.as_str()).collect();
            format!("{MANAGE}/groups/members?groups={}&search={search}", groups.join(","))
        };
        let names = |list: Value| -> Vec<Value> {
            list["results"].as_array().into_iter().flatten().map(|user| user["username"].clone()).collect()
        };
        let found = trees.gb.get(&search(&[&trees.b, &trees.x], "")).await.expect(200);
        assert_eq!(found.events, ["people.searched"]);
        assert_eq!(names(found.json()), ["ga", "gb"]);
        assert_eq!(names(trees.gb.get(&search(&[&trees.b], "GA@ex")).await.expect(200).json()), ["ga"]);
        for (who, groups) in [(&trees.u1, &trees.b), (&trees.gb, &trees.x), (&trees.gb, &NOTHING.to_owned()), (&trees.gb, &"x".to_owned())] {
            assert_eq!(refused(&who.get(&search(&[groups], "")).await, 403), "not_permitted");
        }
        assert_eq!(refused(&trees.gb.get(&format!("{MANAGE}/groups/members")).await, 400), "invalid");
        assert_eq!(refused(&trees.mg.get(&format!("{MANAGE}/groups/members?search=ga")).await, 400), "search_too_short");
        exchange!(trees.mg.get(&format!("{MANAGE}/groups/members?search=u1@example&serviceAccountClientLink=false")), @r#"
        200 OK
        {
          "results": [
            {
              "id": "{id 1}",
              "username": "u1",
              "email": "u1@example.org",
              "emailVerified": true
            }
          ],
          "count": 1
        }
        events: people.searched   deliveries: none
        "#);
    }
}
