//! Requests, from the first word to the decision.

use serde_json::{Value, json};
use testkit::exchange;

use super::{NOBODY, admin, ask, below, each, happened, let_do, person, refused, token_of, top, way, with_role};

const REQUESTS: &str = "/api/v1/requests";

testkit::both! {
    async fn a_request_is_talked_about_and_accepted(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let join = way(&admin, &acme, json!({})).await;
        let (ada, reviewer) = person(&app, "ada").await;
        let_do(&admin, &acme, ada, json!({ "preset": "reviewer" })).await;
        let (ben, asker) = person(&app, "ben").await;
        let id = ask(&app, ben, &join, None).await;
        let one = format!("{REQUESTS}/{id}");
        let shown = exchange!(reviewer.get(&one), @r#"
        200 OK
        etag: W/"1"
        {
          "id": "{id 1}",
          "group": "{id 2}",
          "path": "/acme",
          "configuration": "{id 3}",
          "user": "{id 4}",
          "identity": {
            "email": "ben@example.org",
            "identifier": "ben",
            "assurance": [],
            "authorities": []
          },
          "status": "PENDING_APPROVAL",
          "roles": [
            "member"
          ],
          "comment": "they asked me to",
          "renewal": false,
          "submitted_at": "2030-01-01T08:00:00.000Z",
          "waits_since": "2030-01-01T08:00:00.000Z",
          "version": 1
        }
        events: none   deliveries: none
        "#);
        assert_eq!(asker.get(&one).await.expect(200).json(), shown.json());
        assert_eq!(reviewer.get(REQUESTS).await.expect(200).json(), json!({ "items": [shown.json()], "count": 1 }));

        let messages = format!("{one}/messages");
        refused(asker.post(&messages, json!({ "text": "and?" })).await, 400, "request_not_waiting");
        let asked = reviewer.post(&messages, json!({ "text": "Who are you?" })).await.expect(200);
        assert_eq!(asked.at("/status"), "WAITING_FOR_REPLY");
        happened(&asked, "request.asked");
        refused(reviewer.post(&messages, json!({ "text": "Well?" })).await, 400, "request_not_pending");
        let answered = asker.post(&messages, json!({ "text": "Ben" })).await.expect(200);
        assert_eq!(answered.at("/status"), "PENDING_APPROVAL");
        happened(&answered, "request.answered");
        for who in [&reviewer, &asker] {
            let thread = who.get(&messages).await.expect(200);
            assert_eq!((each(&thread, "text"), each(&thread, "by_reviewer")), (vec!["Who are you?".to_owned(), "Ben".to_owned()], vec!["true".to_owned(), "false".to_owned()]));
            assert_eq!(thread.at("/items/0/author"), format!("user:{ada}"));
        }

        let assigned = reviewer.post(&format!("{one}/assign"), json!({ "reviewer": ada.to_string() })).await.expect(200);
        assert_eq!(assigned.at("/assigned_to"), ada.to_string());
        happened(&assigned, "request.assigned");
        let nobody = reviewer.post(&format!("{one}/assign"), json!({ "reviewer": null })).await.expect(200);
        assert_eq!(nobody.at("/assigned_to"), Value::Null);
        refused(reviewer.post(&format!("{one}/accept"), json!({})).header("if-match", "W/\"1\"").await, 412, "changed");
        let accepted = reviewer.post(&format!("{one}/accept"), json!({ "justification": "known" })).await.expect(200);
        assert_eq!((accepted.at("/status"), accepted.at("/reviewer"), accepted.at("/justification")), (json!("ACCEPTED"), json!(format!("user:{ada}")), json!("known")));
        assert_eq!(accepted.at("/waits_since"), Value::Null);
        happened(&accepted, "member.added");
        refused(reviewer.post(&format!("{one}/accept"), json!({})).await, 400, "request_not_pending");
        refused(asker.post(&format!("{one}/withdraw"), json!({})).await, 400, "request_not_pending");
    }

    async fn a_request_is_rejected_or_taken_back(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let join = way(&admin, &acme, json!({})).await;
        let (ben, asker) = person(&app, "ben").await;
        let id = ask(&app, ben, &join, None).await;
        let rejected = admin.post(&format!("{REQUESTS}/{id}/reject"), json!({ "justification": "no room" })).await.expect(200);
        assert_eq!(rejected.at("/status"), "REJECTED");
        happened(&rejected, "request.rejected");
        let id = ask(&app, ben, &join, None).await;
        let one = format!("{REQUESTS}/{id}");
        refused(admin.post(&format!("{one}/withdraw"), json!({})).await, 403, "person_required");
        let (_, other) = person(&app, "cleo").await;
        refused(other.post(&format!("{one}/withdraw"), json!({})).await, 403, "request_not_yours");
        let withdrawn = asker.post(&format!("{one}/withdraw"), json!({})).await.expect(200);
        assert_eq!((withdrawn.at("/status"), withdrawn.at("/cause")), (json!("ARCHIVED"), json!("withdrawn")));
        happened(&withdrawn, "request.withdrawn");
        refused(other.post(&format!("{REQUESTS}/{NOBODY}/withdraw"), json!({})).await, 404, "not_found");
    }

    /// However it comes about.
    async fn whoever_is_in_by_now_asks_no_longer(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let join = way(&admin, &acme, json!({})).await;
        let hr = app.client("hr", &["scim:write", "scim:read"]).await;
        for (name, list) in [("ben", None), ("cleo", Some("group;member\n/acme;cleo\n")), ("dora", Some("group;member;roles\n/acme;dora;member\n"))] {
            let (id, asker) = person(&app, name).await;
            let request = ask(&app, id, &join, None).await;
            app.deliver_mail().await;
            match list {
                None => {
                    let add = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                        "Operations": [{ "op": "add", "path": "members", "value": [{ "value": id.to_string() }] }] });
                    hr.patch(&format!("/scim/v2/Groups/{acme}"), add).await.expect(200);
                }
                Some(list) => {
                    let made = admin.post("/api/v1/members/import?source=list", Value::Null).body("text/csv", list).await.expect(201);
                    let plan = made.header("location").to_owned();
                    admin.post(&format!("{plan}/approve"), json!({})).await.expect(200);
                    admin.post(&format!("{plan}/apply"), json!({})).await.expect(200);
                    app.run_jobs().await;
                }
            }
            let one = format!("{REQUESTS}/{request}");
            let aside = admin.get(&one).await.expect(200);
            assert_eq!((aside.at("/status"), aside.at("/cause")), (json!("ARCHIVED"), json!("member_added")), "{name}");
            refused(admin.post(&format!("{one}/accept"), json!({})).await, 400, "request_not_pending");
            let told: Vec<_> = app.deliver_mail().await.into_iter().filter(|mail| mail.to == format!("{name}@example.org")).collect();
            assert!(!told.is_empty(), "{name} is told");
            assert_eq!(asker.get(&one).await.expect(200).at("/status"), "ARCHIVED");
        }
    }

    async fn the_queue_is_narrowed_sorted_and_paged(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        let zoo = top(&admin, "zoo").await;
        let mut asked = Vec::new();
        for (number, group) in [&acme, &ops, &zoo].into_iter().enumerate() {
            let join = way(&admin, group, json!({})).await;
            let (user, _) = person(&app, &format!("asker{number}")).await;
            asked.push(ask(&app, user, &join, None).await);
            app.clock().advance(60);
        }
        let ids = |query: &str| {
            let request = admin.get(&format!("{REQUESTS}?{query}"));
            async move { each(&request.await.expect(200), "id") }
        };
        assert_eq!(ids("").await, [asked[2].clone(), asked[1].clone(), asked[0].clone()]);
        assert_eq!(ids("ascending=true").await, asked);
        assert_eq!(ids("order=group&ascending=true").await, asked);
        assert_eq!(ids("group=acme&ascending=true").await, asked[..2]);
        assert_eq!(ids("status=ACCEPTED").await, Vec::<String>::new());
        assert_eq!(ids("status=PENDING_APPROVAL").await.len(), 3);
        assert_eq!(ids("person=nobody").await, Vec::<String>::new());
        let first = admin.get(&format!("{REQUESTS}?limit=2&ascending=true")).await.expect(200);
        assert_eq!((first.at("/count"), first.at("/next")), (json!(3), json!("2")));
        let second = admin.get(&format!("{REQUESTS}?limit=2&ascending=true&cursor=2")).await.expect(200);
        assert_eq!((each(&second, "id"), second.at("/next")), (vec![asked[2].clone()], Value::Null));
        for query in ["status=OPEN", "order=size", "cursor=x", "cursor=-1", "limit=501", "ascending=perhaps"] {
            refused(admin.get(&format!("{REQUESTS}?{query}")).await, 400, if query.starts_with("cursor") { "invalid_cursor" } else { "invalid" });
        }
        let (ada, reviewer) = person(&app, "ada").await;
        let_do(&admin, &acme, ada, json!({ "preset": "reviewer" })).await;
        assert_eq!(each(&reviewer.get(REQUESTS).await.expect(200), "id"), [asked[1].clone(), asked[0].clone()]);
        let (_, bystander) = person(&app, "ben").await;
        assert_eq!(bystander.get(REQUESTS).await.expect(200).json(), json!({ "items": [], "count": 0 }));
    }

    async fn who_does_not_review_decides_nothing(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let join = way(&admin, &acme, json!({})).await;
        let (ben, asker) = person(&app, "ben").await;
        let one = format!("{REQUESTS}/{}", ask(&app, ben, &join, None).await);
        // Who manages all groups sees those who ask without deciding about them.
        let all = with_role(&app, &admin, "max", "manage-groups", &["agm:manage"]).await;
        let (_, bystander) = person(&app, "cleo").await;
        all.get(&one).await.expect(200);
        all.get(&format!("{one}/messages")).await.expect(200);
        refused(bystander.get(&one).await, 403, "not_permitted");
        refused(bystander.get(&format!("{one}/messages")).await, 403, "not_permitted");
        for who in [&all, &bystander, &asker] {
            refused(who.post(&format!("{one}/accept"), json!({})).await, 403, "not_permitted");
            refused(who.post(&format!("{one}/reject"), json!({})).await, 403, "not_permitted");
            refused(who.post(&format!("{one}/assign"), json!({ "reviewer": null })).await, 403, "not_permitted");
        }
        refused(all.post(&format!("{one}/messages"), json!({ "text": "Why?" })).await, 403, "not_permitted");
        refused(bystander.post(&format!("{one}/messages"), json!({ "text": "Why?" })).await, 403, "not_permitted");
        refused(admin.post(&format!("{one}/messages"), json!({ "text": " " })).await, 400, "comment_required");
        let long = refused(admin.post(&format!("{one}/messages"), json!({ "text": "x".repeat(2001) })).await, 400, "invalid");
        assert_eq!(long.at("/field"), "text");
        let long = refused(admin.post(&format!("{one}/accept"), json!({ "justification": "x".repeat(2001) })).await, 400, "invalid");
        assert_eq!(long.at("/field"), "justification");
        refused(admin.post(&format!("{one}/assign"), json!({ "reviewer": ben.to_string() })).await, 400, "user_unknown");
        refused(admin.post(&format!("{one}/assign"), json!({})).await, 400, "invalid");
        for path in [format!("{REQUESTS}/{NOBODY}"), format!("{REQUESTS}/nothing")] {
            refused(admin.get(&path).await, 404, "not_found");
            refused(admin.post(&format!("{path}/accept"), json!({})).await, 404, "not_found");
        }
        let for_themselves = token_of(&app, ben, &["agm:self"]).await;
        for_themselves.get(&one).await.expect(200);
        refused(for_themselves.get(REQUESTS).await, 403, "missing_scope");
    }

    async fn a_privileged_group_takes_two(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let join = way(&admin, &acme, json!({})).await;
        let (ada, first) = person(&app, "ada").await;
        let (ben, second) = person(&app, "ben").await;
        for user in [ada, ben] {
            let_do(&admin, &acme, user, json!({ "preset": "reviewer" })).await;
        }
        admin.put(&format!("/api/v1/groups/{acme}/settings"), json!({ "privileged": {} })).await.expect(200);
        let (cleo, _) = person(&app, "cleo").await;
        let one = format!("{REQUESTS}/{}", ask(&app, cleo, &join, None).await);
        let half = first.post(&format!("{one}/accept"), json!({})).await.expect(200);
        assert_eq!((half.at("/status"), half.at("/first_approval")), (json!("PENDING_APPROVAL"), json!(format!("user:{ada}"))));
        refused(first.post(&format!("{one}/accept"), json!({})).await, 403, "not_yourself");
        assert_eq!(second.post(&format!("{one}/accept"), json!({})).await.expect(200).at("/status"), "ACCEPTED");
    }
}
