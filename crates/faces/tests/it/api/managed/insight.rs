//! What there is to see over many groups.

use directory::Id;
use directory::user::User;
use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

use super::{NOBODY, admin, ask, below, each, let_do, person, refused, top, way, with_role};

/// Lets so many new people in, each for so many days.
async fn let_in(app: &TestApp, admin: &TestClient, group: &str, days: &[i64]) -> Vec<Id<User>> {
    let mut people = Vec::new();
    for (number, days) in days.iter().enumerate() {
        let free =
            json!({ "name": format!("{days} days"), "require_approval": false, "membership_expiration_days": days });
        let join = way(admin, group, free).await;
        let (user, _) = person(app, &format!("in-{group}-{number}")).await;
        ask(app, user, &join, None).await;
        people.push(user);
    }
    people
}

/// Puts the membership of a person where only time or administrators would put it.
async fn stand(app: &TestApp, user: Id<User>, status: &'static str) {
    let sql = "UPDATE memberships SET status = ?2, listed_key = 'x' WHERE user_id = ?1";
    let changed = app
        .db()
        .write(move |tx| tx.execute(sql, &[user.into(), status.into()]))
        .await;
    assert_eq!(changed.expect("written"), 1);
}

testkit::both! {
    async fn memberships_are_counted_by_where_they_stand(app: TestApp) {
        let admin = admin(&app).await;
        let (acme, zoo) = (top(&admin, "acme").await, top(&admin, "zoo").await);
        let people = let_in(&app, &admin, &acme, &[10, 20, 30]).await;
        let_in(&app, &admin, &zoo, &[10]).await;
        let counts = |group: &str| admin.get(&format!("/api/v1/insight/counts{group}"));
        let of_acme = format!("?group={acme}");
        assert_eq!(counts(&of_acme).await.expect(200).json(), json!({ "enabled": 3, "pending": 0, "suspended": 0, "expired": 0 }));
        assert_eq!(counts("").await.expect(200).json(), json!({ "enabled": 4, "pending": 0, "suspended": 0, "expired": 0 }));
        for (user, status) in people.iter().zip(["pending", "suspended", "expired"]) {
            stand(&app, *user, status).await;
        }
        let waiting = json!({ "enabled": 3, "pending": 1, "suspended": 1, "expired": 1 });
        assert_eq!(counts(&of_acme).await.expect(200).json(), waiting);
        assert_eq!(counts("").await.expect(200).at("/expired"), 1);
        stand(&app, people[0], "barred").await;
        assert_eq!((counts(&of_acme).await.expect(200).at("/pending"), counts("").await.expect(200).at("/pending")), (json!(0), json!(0)));
        refused(counts(&format!("?group={NOBODY}")).await, 404, "not_found");
        refused(counts("?group=x").await, 400, "invalid");
    }

    async fn what_ends_soon_is_listed_in_pages(app: TestApp) {
        let admin = admin(&app).await;
        let (acme, zoo) = (top(&admin, "acme").await, top(&admin, "zoo").await);
        let people = let_in(&app, &admin, &acme, &[20, 5, 90, 5]).await;
        let others = let_in(&app, &admin, &zoo, &[7]).await;
        let path = "/api/v1/insight/expiring";
        let of_acme = admin.get(&format!("{path}?group={acme}")).await.expect(200);
        let mut soonest = [people[1].to_string(), people[3].to_string()];
        soonest.sort();
        let [first, second] = soonest;
        assert_eq!(each(&of_acme, "user"), [first, second, people[0].to_string()]);
        assert_eq!((of_acme.at("/items/2/ends_at"), of_acme.at("/items/2/status")), (json!("2030-01-22T00:00:00.000Z"), json!("enabled")));
        assert_eq!(each(&admin.get(&format!("{path}?group={acme}&days=6")).await.expect(200), "user").len(), 2);
        assert_eq!(each(&admin.get(&format!("{path}?group={acme}&days=100")).await.expect(200), "user").len(), 4);
        // Of the realm group by group; page by page it is the same.
        let whole = each(&admin.get(path).await.expect(200), "user");
        assert_eq!(whole.len(), 4);
        assert_eq!(whole[3], others[0].to_string());
        for within in [String::new(), format!("&group={acme}")] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = admin.get(&format!("{path}?limit=1{within}{cursor}")).await.expect(200);
                seen.extend(each(&page, "user"));
                match page.at("/next") {
                    Value::String(next) => cursor = format!("&cursor={next}"),
                    _ => break,
                }
            }
            assert_eq!(seen, if within.is_empty() { whole.clone() } else { whole[..3].to_vec() });
        }
        // What is over does not end any more.
        stand(&app, people[1], "expired").await;
        assert_eq!(each(&admin.get(&format!("{path}?group={acme}&days=6")).await.expect(200), "user"), [people[3].to_string()]);
        refused(admin.get(&format!("{path}?days=0")).await, 400, "invalid");
        refused(admin.get(&format!("{path}?days=3651")).await, 400, "invalid");
        refused(admin.get(&format!("{path}?cursor=x")).await, 400, "invalid_cursor");
    }

    async fn groups_that_nobody_administers_are_found(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        let zoo = top(&admin, "zoo").await;
        // What nobody manages needs nobody.
        admin.post("/api/v1/groups", json!({ "displayName": "made by SCIM" })).await.expect(201);
        let orphans = || async {
            let mut names = each(&admin.get("/api/v1/insight/orphans").await.expect(200), "name");
            names.sort();
            names
        };
        assert_eq!(orphans().await, ["acme", "ops", "zoo"]);
        let first = admin.get("/api/v1/insight/orphans?limit=2").await.expect(200);
        let next = first.at("/next").as_str().unwrap().to_owned();
        let second = admin.get(&format!("/api/v1/insight/orphans?limit=2&cursor={next}")).await.expect(200);
        assert_eq!((each(&first, "id").len(), each(&second, "id").len(), second.at("/next")), (2, 1, Value::Null));

        let (ada, _) = person(&app, "ada").await;
        let admins = format!("/api/v1/groups/{acme}/admins");
        let_do(&admin, &acme, ada, json!({ "preset": "owner", "inherit": false })).await;
        assert_eq!(orphans().await, ["ops", "zoo"]);
        admin.put(&format!("{admins}/{ada}"), json!({ "preset": "owner", "until": "2030-01-02T00:00:00Z", "force": true })).await.expect(200);
        assert_eq!(orphans().await, ["zoo"]);
        app.clock().advance(86_400);
        assert_eq!(orphans().await, ["acme", "ops", "zoo"]);
        // Everybody in an empty group is nobody, and so is who is suspended.
        admin.post(&format!("/api/v1/groups/{zoo}/admins"), json!({ "members_of": ops, "preset": "owner" })).await.expect(201);
        assert_eq!(orphans().await, ["acme", "ops", "zoo"]);
        let (ben, _) = person(&app, "ben").await;
        admin.put(&format!("/api/v1/groups/{ops}/members/{ben}"), json!({})).await.expect(204);
        assert_eq!(orphans().await, ["acme", "ops"]);
        let_do(&admin, &acme, ben, json!({ "preset": "owner" })).await;
        assert_eq!(orphans().await, Vec::<String>::new());
        admin.delete(&format!("/api/v1/groups/{zoo}/admins/{ops}?force=true")).await.expect(204);
        admin.post(&format!("/api/v1/users/{ben}/suspend"), json!({})).await.expect(200);
        assert_eq!(orphans().await, ["acme", "ops", "zoo"]);
    }

    async fn who_may_look_sees_what_is_theirs(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (ada, theirs) = person(&app, "ada").await;
        let paths = ["counts", "expiring", "orphans"].map(|what| format!("/api/v1/insight/{what}"));
        for path in &paths {
            refused(theirs.get(path).await, 403, "not_permitted");
        }
        for path in &paths[..2] {
            refused(theirs.get(&format!("{path}?group={acme}")).await, 403, "not_permitted");
        }
        refused(theirs.get(&format!("/api/v1/insight/violations?group={acme}")).await, 403, "not_permitted");
        let_do(&admin, &acme, ada, json!({ "preset": "viewer" })).await;
        for path in &paths[..2] {
            theirs.get(&format!("{path}?group={acme}")).await.expect(200);
            refused(theirs.get(path).await, 403, "not_permitted");
        }
        let all = with_role(&app, &admin, "max", "manage-groups", &["agm:manage"]).await;
        let policy = json!({ "user_filter": "userName eq \"nobody\"" });
        let narrow = app.client_with("narrow", &["agm:admin"], |program| program.policy(policy)).await;
        for path in &paths {
            all.get(path).await.expect(200);
            refused(narrow.get(path).await, 403, "forbidden");
        }
        refused(narrow.get(&format!("{}?group={acme}", paths[1])).await, 403, "forbidden");
        let reader = app.client("reader", &["scim:read"]).await;
        refused(reader.get(&paths[0]).await, 403, "missing_scope");
    }

    async fn another_namespace_is_tried_before_it_is_set(app: TestApp) {
        let admin = admin(&app).await;
        let ann = app.user("ann").await;
        let settings = json!({ "settings": { "entitlements": { "namespace": "urn:mace:example.org" } } });
        admin.patch("/api/v1/realms/default", settings).await.expect(200);
        let body = json!({ "displayName": "night", "members": [{ "value": ann.to_string() }] });
        admin.post("/api/v1/groups", body).await.expect(201);
        let asked = json!({ "namespace": "urn:other:x", "authority": "aai" });
        let told = admin.post("/api/v1/entitlements/preview", asked).await.expect(200);
        assert_eq!((told.at("/present"), told.at("/samples/0/user")), (json!(1), json!(ann.to_string())));
        assert_eq!((told.at("/samples/0/before"), told.at("/samples/0/after")), (json!(["urn:mace:example.org:group:night"]), json!(["urn:other:x:group:night#aai"])));
        assert!(told.events.is_empty());
        refused(admin.post("/api/v1/entitlements/preview", json!({ "namespace": "x" })).await, 400, "invalid");
        let (_, bystander) = person(&app, "bob").await;
        assert!(bystander.post("/api/v1/entitlements/preview", json!({ "namespace": "urn:other:x" })).await.status == 403);
    }

    async fn an_entitlement_is_taken_apart(app: TestApp) {
        let admin = admin(&app).await;
        let settings = json!({ "settings": { "entitlements": { "namespace": "urn:mace:example.org", "authority": "aai" } } });
        admin.patch("/api/v1/realms/default", settings).await.expect(200);
        let lab = top(&admin, "data team").await;
        let read = async |value: &str| admin.post("/api/v1/entitlements/read", json!({ "value": value })).await;
        // However it is written, it says the same.
        let normal = "urn:mace:example.org:group:data%20team:role=lead%2Fdev#aai";
        for value in [normal, "URN:Mace:example.org:group:d%61ta%20team:role=lead%2fdev#aai"] {
            let told = read(value).await.expect(200);
            assert_eq!(told.json(), json!({ "namespace": "urn:mace:example.org", "path": ["data team"], "role": "lead/dev",
                "authority": "aai", "value": normal, "ours": true, "group": lab }));
            assert!(told.events.is_empty());
        }
        let unknown = read("urn:mace:example.org:group:data:x#aai").await.expect(200);
        assert_eq!((unknown.at("/ours"), unknown.at("/path"), unknown.at("/group"), unknown.at("/role")), (json!(true), json!(["data", "x"]), json!(null), json!(null)));
        let others = read("urn:mace:example.org:group:data%20team#other").await.expect(200);
        assert_eq!((others.at("/ours"), others.at("/group")), (json!(false), json!(null)));
        for bad in ["", "urn:mace:example.org", "urn:mace:example.org:group:", "urn:x:group:a%ff", ":group:a", &format!("urn:x:group:{}", "a".repeat(9_000))] {
            refused(read(bad).await, 400, "invalid");
        }
        let (_, bystander) = person(&app, "bob").await;
        assert!(bystander.post("/api/v1/entitlements/read", json!({ "value": normal })).await.status == 403);
    }
}
