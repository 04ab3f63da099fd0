//! Who is in which group as a list: sent, read as a plan, applied, and written again.

use serde_json::{Value, json};
use testkit::{Answer, Request, TestApp, TestClient};

use super::{admin, below, person, refused, top};

const IMPORT: &str = "/api/v1/members/import";
const EXPORT: &str = "/api/v1/members/export";

fn sheet(client: &TestClient, query: &str, text: impl Into<String>) -> Request {
    let path = format!("{IMPORT}?source=lab{query}");
    client.post(&path, Value::Null).body("text/csv", text.into())
}

/// Reads, approves and applies a plan.
async fn apply(app: &TestApp, admin: &TestClient, made: &Answer) {
    let plan = made.header("location").to_owned();
    admin.post(&format!("{plan}/approve"), json!({})).await.expect(200);
    admin.post(&format!("{plan}/apply"), json!({})).await.expect(200);
    app.run_jobs().await;
    let applied = admin.get(&plan).await.expect(200);
    assert_eq!(
        (applied.at("/state"), applied.at("/progress/refused")),
        (json!("applied"), json!(0))
    );
}

testkit::both! {
    async fn a_list_becomes_a_plan_and_what_is_there_is_written_as_one(app: TestApp) {
        let admin = admin(&app).await;
        let lab = top(&admin, "lab").await;
        let desk = below(&admin, &lab, "desk").await;
        admin.post(&format!("/api/v1/groups/{lab}/roles"), json!({ "name": "guide" })).await.expect(201);
        for name in ["ann", "bob", "=cleo"] {
            person(&app, name).await;
        }
        let text = "group;member;roles;until\n/lab;ann;\"guide;member\";2030-03-31\n/lab;'=cleo;member;\n/lab/desk;bob;member;\n/lab;nobody;;\n";
        let made = sheet(&admin, "&title=guests.csv&from=2030-02-01", text).await.expect(201);
        assert_eq!(
            (made.at("/kind"), made.at("/source"), made.at("/title"), made.at("/state")),
            (json!("groups"), json!("lab"), json!("guests.csv"), json!("ready"))
        );
        assert_eq!(made.at("/counts"), json!({ "add_member": 3, "refused": 1 }));
        let plan = made.header("location").to_owned();
        let items = admin.get(&format!("{plan}/items?state=refused")).await.expect(200);
        assert_eq!(items.at("/items/0/place"), "line 5");
        // Nothing has changed yet.
        assert_eq!(admin.get(EXPORT).await.expect(200).json(), json!([{ "group": "/lab" }, { "group": "/lab/desk" }]));

        admin.post(&format!("{plan}/approve"), json!({})).await.expect(200);
        admin.post(&format!("{plan}/apply"), json!({})).await.expect(200);
        app.run_jobs().await;
        let begins = "2030-02-01T00:00:00.000Z";
        let member = |group: &str, who: &str, roles: &[&str], until: Value| {
            json!({ "group": group, "member": who, "roles": roles, "valid_from": begins, "expires_at": until })
        };
        let all = admin.get(EXPORT).await.expect(200);
        assert_eq!(all.header("content-type"), "application/json");
        let there = json!([
            member("/lab", "ann", &["guide", "member"], json!("2030-04-01T00:00:00.000Z")),
            member("/lab", "=cleo", &["member"], Value::Null),
            member("/lab/desk", "bob", &["member"], Value::Null),
        ]);
        assert_eq!(all.json(), there);
        let written = admin.get(&format!("{EXPORT}?format=csv&filter=displayName%20eq%20%22lab%22")).await.expect(200);
        assert!(written.header("content-type").starts_with("text/csv"));
        assert_eq!(
            written.text.lines().collect::<Vec<_>>(),
            ["group,member,roles,from,until", "/lab,ann,guide; member,2030-02-01,2030-03-31", "/lab,'=cleo,member,2030-02-01,"]
        );

        // What was written is read back: it changes nothing.
        for again in [
            admin.post(&format!("{IMPORT}?source=lab"), there).await.expect(201),
            sheet(&admin, "", written.text.clone()).await.expect(201),
        ] {
            let counts = again.at("/counts");
            assert_eq!(counts.as_object().expect("counts").keys().collect::<Vec<_>>(), ["nothing"], "{counts}");
        }
        // None of them has begun: what the source takes back does not begin either.
        let gone = sheet(&admin, "&missing=remove&brake=100", "group,member\n/lab,ann\n").await.expect(201);
        apply(&app, &admin, &gone).await;
        let left = admin.get(&format!("{EXPORT}?filter=displayName%20eq%20%22desk%22")).await.expect(200);
        assert_eq!(left.json(), json!([{ "group": "/lab/desk" }]));
        assert_eq!(admin.get(&format!("/api/v1/groups/{desk}/memberships")).await.expect(200).at("/items"), json!([]));
    }

    /// Whoever approves it has read what goes beyond a rule.
    async fn a_plan_says_what_goes_beyond_a_rule_of_the_realm(app: TestApp) {
        let admin = admin(&app).await;
        let lab = top(&admin, "lab").await;
        below(&admin, &lab, "desk").await;
        for name in ["ann", "bob", "cleo"] {
            person(&app, name).await;
        }
        admin.post("/api/v1/rules", json!({ "level": "top_level", "field": "membership_expiration_days", "max": 30 })).await.expect(201);
        let text = "group;member;until\n/lab;ann;2030-01-20\n/lab;bob;2030-06-30\n/lab;cleo;\n/lab/desk;bob;\n";
        let made = sheet(&admin, "", text).await.expect(201);
        assert_eq!(made.at("/counts"), json!({ "add_member": 4 }));
        let reasons = async |plan: &str| {
            let items = admin.get(&format!("{plan}/items")).await.expect(200).json();
            let items = items["items"].as_array().expect("items").clone();
            items.iter().map(|item| item["reason"].clone()).collect::<Vec<_>>()
        };
        let beyond = json!("goes beyond a rule of the realm, which allows a last day until 2030-01-31");
        assert_eq!(reasons(made.header("location")).await, [Value::Null, beyond.clone(), beyond.clone(), Value::Null]);
        apply(&app, &admin, &made).await;
        let later = sheet(&admin, "", "group;member;until\n/lab;ann;2030-03-01\n/lab;bob;2030-01-10\n").await.expect(201);
        assert_eq!(later.at("/counts"), json!({ "change_member": 2 }));
        assert_eq!(reasons(later.header("location")).await, [beyond, Value::Null]);
    }

    async fn a_list_that_cannot_be_meant_is_refused_and_makes_no_plan(app: TestApp) {
        let admin = admin(&app).await;
        top(&admin, "lab").await;
        let row = "group,member\n/lab,ann\n";
        for (query, text, code, said) in [
            ("", "", "malformed", "is empty"),
            ("", "group,member\n", "malformed", "no row"),
            ("", "who,where\nann,/lab\n", "malformed", "the columns are `group`"),
            ("", "group,member\n\"/lab,ann\n", "malformed", "never closed"),
            ("&missing=deactivate", row, "invalid", "keep, remove"),
            ("&brake=101", row, "invalid", "0 to 100"),
            ("&brake=few", row, "invalid", "whole number"),
            ("&until=31.3.2031", row, "invalid", "2031-03-31"),
            ("&roels=x", row, "unknown_member", "did you mean `roles`"),
        ] {
            let answer = sheet(&admin, query, text).await.expect(400);
            assert_eq!(answer.at("/code"), code, "{query} {text}");
            let detail = answer.at("/detail");
            assert!(detail.as_str().is_some_and(|detail| detail.contains(said)), "{query} {text}: {detail}");
        }
        refused(admin.post(IMPORT, json!([])).await, 400, "invalid");
        refused(admin.post(&format!("{IMPORT}?source=a%20b"), json!([])).await, 400, "invalid");
        for body in [json!([]), json!("ann"), json!(5)] {
            refused(admin.post(&format!("{IMPORT}?source=lab"), body).await, 400, "malformed");
        }
        // One entry that is of no use does not keep the others from being read: the plan says why.
        let some = json!([{ "group": "/lab", "members": 5 }, {}, 5, { "group": "/lab", "mebmer": "ann" }]);
        let made = admin.post(&format!("{IMPORT}?source=lab"), some).await.expect(201);
        assert_eq!(made.at("/counts"), json!({ "refused": 4 }));
        let long = format!("group,member\n{}", "/lab,ann\n".repeat(5001));
        let long = sheet(&admin, "", long).await.expect(413);
        assert!(long.at("/detail").as_str().is_some_and(|detail| detail.contains("usher group import")), "{long}");
        let plain = admin.post(&format!("{IMPORT}?source=lab"), Value::Null).body("text/plain", row).await;
        refused(plain, 415, "unsupported_media_type");
        refused(admin.get(&format!("{EXPORT}?format=xml")).await, 400, "invalid");
        refused(admin.get(&format!("{EXPORT}?filter=members")).await, 400, "invalid_filter");
        assert_eq!(admin.get("/api/v1/plans").await.expect(200).at("/items/1"), Value::Null, "one was made");

        let (_, person) = person(&app, "gail").await;
        let reader = app.client("reader", &["scim:read", "agm:admin"]).await;
        for nobody in [&person, &reader] {
            refused(sheet(nobody, "", row).await, 403, "missing_scope");
            refused(nobody.get(EXPORT).await, 403, "missing_scope");
        }
    }
}
