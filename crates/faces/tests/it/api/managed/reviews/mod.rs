//! Access reviews.

mod closing;
mod rights;
mod time;

use directory::user::User;
use directory::{Id, Timestamp};
use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestClient};

use super::{NOBODY, admin, below, each, happened, let_do, person, refused, top, with_role};

const REVIEWS: &str = "/api/v1/reviews";

/// A new member of a group: the person and the membership.
async fn member(app: &TestApp, admin: &TestClient, group: &str, name: &str) -> (Id<User>, String) {
    let user = app.user(name).await;
    (user, join(admin, group, user).await)
}

/// Makes somebody a member; the membership.
async fn join(admin: &TestClient, group: &str, user: Id<User>) -> String {
    let new = json!({ "user": user.to_string(), "roles": ["member"] });
    let path = format!("/api/v1/groups/{group}/memberships");
    admin.post(&path, new).await.expect(201).id()
}

/// A review until 31 January 2030, whose items are written down; its path.
async fn begun(app: &TestApp, who: &TestClient, group: &str, what: Value) -> String {
    let mut new = json!({ "group": group, "name": "spring", "last_day": "2030-01-31" });
    for (name, value) in what.as_object().unwrap() {
        new[name] = value.clone();
    }
    let id = who.post(REVIEWS, new).await.expect(201).id();
    app.run_jobs().await;
    format!("{REVIEWS}/{id}")
}

/// Decides about memberships.
async fn decide(who: &TestClient, review: &str, what: &[(&str, &str)]) -> Answer {
    let each = what
        .iter()
        .map(|(membership, decision)| json!({ "membership": membership, "decision": decision }));
    let decisions: Vec<Value> = each.collect();
    let path = format!("{review}/decisions");
    who.post(&path, json!({ "decisions": decisions })).await.expect(200)
}

/// The words for what came of each; null = done.
fn codes(told: &Answer) -> Vec<Value> {
    let results = told.at("/results");
    results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["code"].clone())
        .collect()
}

/// Moves the clock to an instant, running at each what is due then.
async fn until(app: &TestApp, instant: &str) {
    let instant = Timestamp::parse(instant).unwrap();
    loop {
        app.run_jobs().await;
        match app.directory().next_due_at().await.unwrap() {
            Some(next) if next <= instant => app.clock().advance_to(next),
            Some(_) | None => break,
        }
        app.directory().forget_cached();
    }
    app.clock().advance_to(instant);
    app.directory().forget_cached();
    app.run_jobs().await;
}

/// To whom mails went, and what they are about, in order; only those whose subject has that in it.
async fn mailed(app: &TestApp, part: &str) -> Vec<(String, String)> {
    let mails = app.deliver_mail().await.into_iter();
    let mut told: Vec<(String, String)> = mails
        .filter(|mail| mail.subject.contains(part))
        .map(|mail| (mail.to, mail.subject))
        .collect();
    told.sort();
    told
}

/// How somebody stands in a group; none = not at all.
async fn status(admin: &TestClient, group: &str, user: Id<User>) -> Option<String> {
    let answer = admin.get(&format!("/api/v1/groups/{group}/memberships/{user}")).await;
    (answer.status == 200).then(|| answer.at("/status").as_str().unwrap().to_owned())
}

testkit::both! {
    async fn what_is_decided_is_done_when_a_review_closes(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        let (gail, owner) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "preset": "manager" })).await;
        let (hal, _) = person(&app, "hal").await;
        let_do(&admin, &ops, hal, json!({ "preset": "manager" })).await;
        let (ann, in_acme) = member(&app, &admin, &acme, "ann").await;
        let (bob, in_ops) = member(&app, &admin, &ops, "bob").await;
        let (cleo, also) = member(&app, &admin, &ops, "cleo").await;
        app.run_jobs().await;
        app.deliver_mail().await;

        let new = json!({ "group": acme, "below": true, "name": "spring", "reason": "as every year", "last_day": "2030-01-31" });
        let begun = owner.post(REVIEWS, new.clone()).header("idempotency-key", "k").await.expect(201);
        assert_eq!((begun.at("/state"), begun.at("/path"), begun.at("/begun_by")), (json!("starting"), json!("/acme"), json!(format!("user:{gail}"))));
        happened(&begun, "review.begun");
        let again = owner.post(REVIEWS, new).header("idempotency-key", "k").await.expect(201);
        assert_eq!((again.id(), again.events.len()), (begun.id(), 0));
        let review = format!("{REVIEWS}/{}", begun.id());
        assert_eq!(begun.header("location"), review);
        assert_eq!(codes(&decide(&owner, &review, &[(&in_acme, "keep")]).await), [json!("not_found")]);
        app.run_jobs().await;

        let shown = owner.get(&review).await.expect(200);
        assert_eq!((shown.at("/state"), shown.at("/undecided"), shown.at("/last_day")), (json!("open"), json!("keep"), json!("2030-01-31")));
        assert_eq!((shown.at("/counts/items"), shown.at("/counts/undecided")), (json!(3), json!(3)));
        assert_eq!(owner.get(REVIEWS).await.expect(200).at("/items/0"), shown.json());
        // Whoever begins it knows of it.
        let mails = app.deliver_mail().await;
        let told: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
        assert_eq!(told, ["hal@example.org"]);
        assert_eq!(mails[0].subject, "Review of the members of /acme/ops: spring");
        assert!(mails[0].text.contains("31 January 2030") && mails[0].text.contains("as every year"), "{}", mails[0].text);
        assert!(mails[0].links().iter().any(|link| link.ends_with(&format!("/groups/admingroups/{ops}?tab=members"))), "{}", mails[0].text);

        let items = owner.get(&format!("{review}/items")).await.expect(200);
        assert_eq!(each(&items, "membership")[0], in_acme);
        let mut names = each(&items, "user_name");
        names.sort();
        assert_eq!(names, ["ann", "bob", "cleo"]);
        assert_eq!((items.at("/items/0/path"), items.at("/items/0/roles"), items.at("/items/0/since"), items.at("/items/0/decision")), (json!("/acme"), json!(["member"]), json!("2030-01-01"), json!("undecided")));
        assert_eq!(items.at("/items/1/path"), "/acme/ops");

        let told = decide(&owner, &review, &[(&in_acme, "keep"), (&in_ops, "keep"), (NOBODY, "keep")]).await;
        assert_eq!(codes(&told), [Value::Null, Value::Null, json!("not_found")]);
        happened(&told, "review.decided");
        let why = json!({ "decisions": [{ "membership": in_ops, "decision": "remove", "comment": "left the project" }, { "membership": also, "decision": "suspend", "comment": "abroad" }] });
        assert_eq!(codes(&owner.post(&format!("{review}/decisions"), why.clone()).await.expect(200)), [Value::Null, Value::Null]);
        // The same once more is no news.
        assert!(owner.post(&format!("{review}/decisions"), why).await.expect(200).events.is_empty());
        let counts = owner.get(&review).await.expect(200).at("/counts");
        assert_eq!(counts, json!({ "items": 3, "undecided": 0, "keep": 1, "remove": 1, "suspend": 1, "removed": 0, "suspended": 0, "superseded": 0 }));
        let removed = owner.get(&format!("{review}/items?decision=remove")).await.expect(200);
        assert_eq!((each(&removed, "membership"), removed.at("/items/0/comment"), removed.at("/items/0/decided_by")), (vec![in_ops.clone()], json!("left the project"), json!(format!("user:{gail}"))));
        assert!(each(&owner.get(&format!("{review}/items?decision=undecided")).await.expect(200), "user").is_empty());

        let outcome = owner.get(&format!("{review}/outcome")).await.expect(200);
        let mut does = each(&outcome, "does");
        does.sort();
        assert_eq!((does, each(&outcome, "done")), (vec!["remove".to_owned(), "suspend".into()], vec!["false".to_owned(), "false".into()]));
        assert_eq!(status(&admin, &ops, bob).await.as_deref(), Some("enabled"));

        let stale = owner.post(&format!("{review}/close"), json!({})).header("if-match", "W/\"1\"").await;
        refused(stale, 412, "changed");
        let closing = owner.post(&format!("{review}/close"), json!({})).await.expect(200);
        assert_eq!(closing.at("/state"), "closing");
        refused(owner.post(&format!("{review}/close"), json!({})).await, 409, "review_not_open");
        refused(owner.post(&format!("{review}/cancel"), json!({})).await, 409, "review_not_open");
        assert_eq!(codes(&decide(&owner, &review, &[(&in_acme, "remove")]).await), [json!("review_not_open")]);
        app.run_jobs().await;

        let closed = owner.get(&review).await.expect(200);
        assert_eq!((closed.at("/state"), closed.at("/ended_at")), (json!("closed"), json!("2030-01-01T08:00:00.000Z")));
        assert_eq!((closed.at("/counts/removed"), closed.at("/counts/suspended"), closed.at("/counts/superseded")), (json!(1), json!(1), json!(0)));
        assert_eq!(status(&admin, &acme, ann).await.as_deref(), Some("enabled"));
        assert_eq!(status(&admin, &ops, bob).await, None);
        let kept_out = admin.get(&format!("/api/v1/groups/{ops}/memberships/{cleo}")).await.expect(200);
        assert_eq!((kept_out.at("/status"), kept_out.at("/reason")), (json!("suspended"), json!("access review “spring”: abroad")));
        let outcome = owner.get(&format!("{review}/outcome")).await.expect(200);
        assert_eq!(each(&outcome, "done"), ["true", "true"]);

        let mails = app.deliver_mail().await;
        let to = |address: &str| mails.iter().find(|mail| mail.to == address).unwrap_or_else(|| panic!("no mail to {address}: {mails:?}"));
        assert!(to("bob@example.org").text.contains("access review “spring”: left the project"));
        assert!(to("cleo@example.org").text.contains("access review “spring”: abroad"));
        let over = to("gail@example.org");
        assert_eq!(over.subject, "The review spring of /acme is closed");
        assert!(over.text.contains("Ended: 1") && over.text.contains("Suspended: 1"), "{}", over.text);
        // Those who decided know of it.
        assert_eq!(mails.len(), 3, "{mails:?}");

        app.place_events().await;
        let explained = async |user: Id<User>| {
            let answer = admin.get(&format!("/api/v1/groups/{ops}/members/{user}/explanation")).await.expect(200);
            answer.at("/sentences").as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        let why = explained(bob).await;
        assert!(why.contains("the access review “spring” ended the membership on 1 January 2030: “left the project”"), "{why}");
        let why = explained(cleo).await;
        assert!(why.contains("access review “spring”: abroad"), "{why}");
        let facts = app.events().await;
        let fact = facts.iter().find(|fact| fact.kind == "member.removed").expect("a fact");
        assert_eq!((&fact.body["cause"], &fact.body["review"]), (&json!("review"), &json!(begun.id())));
    }

    async fn lists_are_paged_and_narrowed_and_what_does_not_fit_is_refused(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let zoo = top(&admin, "zoo").await;
        let mut people = Vec::new();
        for name in ["ann", "bob", "cleo"] {
            people.push(member(&app, &admin, &acme, name).await.1);
        }
        let first = begun(&app, &admin, &acme, json!({ "name": "first" })).await;
        app.clock().advance(1);
        let second = begun(&app, &admin, &zoo, json!({ "name": "second" })).await;
        let list = async |query: &str| admin.get(&format!("{REVIEWS}?{query}")).await.expect(200);
        assert_eq!(each(&list("").await, "name"), ["second", "first"]);
        let page = list("limit=1").await;
        let next = page.at("/next");
        assert_eq!(each(&page, "name"), ["second"]);
        let page = list(&format!("limit=1&cursor={}", next.as_str().unwrap())).await;
        assert_eq!((each(&page, "name"), page.at("/next")), (vec!["first".to_owned()], Value::Null));
        assert_eq!(each(&list(&format!("group={acme}")).await, "name"), ["first"]);
        admin.post(&format!("{second}/cancel"), json!({})).await.expect(200);
        assert_eq!(each(&list("state=open").await, "name"), ["first"]);
        assert_eq!(each(&list("state=cancelled").await, "cause"), ["cancelled"]);

        let page = admin.get(&format!("{first}/items?limit=2")).await.expect(200);
        assert_eq!((each(&page, "user").len(), page.at("/next")), (2, json!("2")));
        assert_eq!(each(&admin.get(&format!("{first}/items?limit=2&cursor=2")).await.expect(200), "user").len(), 1);
        decide(&admin, &first, &[(&people[0], "remove"), (&people[1], "remove")]).await;
        let page = admin.get(&format!("{first}/outcome?limit=1")).await.expect(200);
        let next = page.at("/next");
        assert_eq!(each(&page, "does"), ["remove"]);
        let rest = admin.get(&format!("{first}/outcome?limit=1&cursor={}", next.as_str().unwrap())).await.expect(200);
        assert_eq!(each(&rest, "does"), ["remove"]);
        assert_ne!(each(&rest, "user"), each(&page, "user"));

        for (query, code) in [("state=over", "invalid"), ("group=x", "invalid"), ("cursor=x", "invalid_cursor"), ("limit=0", "invalid"), ("colour=red", "unknown_member")] {
            refused(admin.get(&format!("{REVIEWS}?{query}")).await, 400, code);
        }
        for (query, code) in [("decision=perhaps", "invalid"), ("cursor=x", "invalid_cursor"), ("cursor=-1", "invalid_cursor"), ("limit=501", "invalid")] {
            refused(admin.get(&format!("{first}/items?{query}")).await, 400, code);
        }
        refused(admin.get(&format!("{REVIEWS}?group={NOBODY}")).await, 404, "not_found");
        for (field, value) in [
            ("last_day", json!("2030-01-01")),
            ("last_day", json!("2029-12-31")),
            ("last_day", json!("2031-01-03")),
            ("last_day", json!("soon")),
            ("undecided", json!("perhaps")),
            ("name", json!(" ")),
            ("name", json!("x".repeat(256))),
            ("reason", json!("x".repeat(2001))),
            ("group", json!("acme")),
        ] {
            let mut new = json!({ "group": acme, "name": "spring", "last_day": "2030-01-31" });
            new[field] = value.clone();
            let answer = refused(admin.post(REVIEWS, new).await, 400, "invalid");
            assert_eq!(answer.at("/field"), field, "{value}");
        }
        refused(admin.post(REVIEWS, json!({ "group": NOBODY, "name": "spring", "last_day": "2030-01-31" })).await, 404, "not_found");
        refused(admin.post(REVIEWS, json!({ "group": acme, "name": "spring" })).await, 400, "invalid");
        let decisions = format!("{first}/decisions");
        for wrong in [
            json!([]),
            json!(vec![json!({ "membership": NOBODY, "decision": "keep" }); 501]),
            json!([{ "membership": "x", "decision": "keep" }]),
            json!([{ "membership": NOBODY, "decision": "perhaps" }]),
        ] {
            refused(admin.post(&decisions, json!({ "decisions": wrong })).await, 400, "invalid");
        }
        let long = json!({ "decisions": [{ "membership": people[2], "decision": "keep", "comment": "x".repeat(2001) }] });
        assert_eq!(codes(&admin.post(&decisions, long).await.expect(200)), [json!("invalid")]);
        for path in [format!("{REVIEWS}/{NOBODY}"), format!("{REVIEWS}/nothing")] {
            refused(admin.get(&path).await, 404, "not_found");
            refused(admin.get(&format!("{path}/items")).await, 404, "not_found");
            refused(admin.get(&format!("{path}/outcome")).await, 404, "not_found");
            refused(admin.post(&format!("{path}/close"), json!({})).await, 404, "not_found");
            refused(admin.post(&format!("{path}/decisions"), json!({ "decisions": [{ "membership": NOBODY, "decision": "keep" }] })).await, 404, "not_found");
        }
        for number in 0..9 {
            begun(&app, &admin, &acme, json!({ "name": format!("more {number}") })).await;
        }
        refused(admin.post(REVIEWS, json!({ "group": acme, "name": "spring", "last_day": "2030-01-31" })).await, 409, "limit_reached");
    }
}
