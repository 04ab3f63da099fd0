//! Plans: read, approved, applied by a job, put aside.

use directory::plan::{BeginPlan, Missing, PersonRow, PlanKind, PlanOptions, Setting};
use directory::source::SourceName;
use serde_json::{Value, json};
use testkit::TestApp;

/// A plan of these people, and its id.
async fn plan(app: &TestApp, options: PlanOptions, names: &[&str]) -> String {
    let (directory, operator) = (app.directory(), app.operator().await);
    let begin = BeginPlan {
        kind: PlanKind::Users,
        source: SourceName::parse("hr").expect("a name"),
        title: "people.csv".to_owned(),
        options,
    };
    let begun = directory.execute(&operator, begin).await.expect("begun");
    let row = |(index, name): (usize, &&str)| PersonRow {
        place: format!("line {}", index + 2),
        user_name: (*name).to_owned(),
        external_id: None,
        settings: vec![Setting {
            path: "userName".to_owned(),
            value: Some(Value::from(*name)),
        }],
        problem: None,
    };
    let rows = names.iter().enumerate().map(row).collect();
    let has = directory
        .plan_people(&operator, &begun, 0, rows)
        .await
        .expect("planned");
    directory
        .finish_plan(&operator, &begun, has)
        .await
        .expect("made")
        .id
        .to_string()
}

testkit::both! {
    async fn a_plan_is_read_approved_and_applied(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let id = plan(&app, PlanOptions::default(), &["ann", "bob"]).await;
        let path = format!("/api/v1/plans/{id}");
        let listed = admin.get("/api/v1/plans?state=ready&source=hr").await.expect(200);
        assert_eq!((listed.at("/items/0/id"), listed.at("/items/0/counts")), (json!(id), json!({ "create": 2 })));
        let shown = admin.get(&path).await.expect(200);
        assert_eq!(shown.at("/progress"), json!({ "pending": 2, "done": 0, "refused": 0 }));
        let first = admin.get(&format!("{path}/items?limit=1&action=create")).await.expect(200);
        assert_eq!((first.at("/items/0/place"), first.at("/items/0/after/userName")), (json!("line 2"), json!("ann")));
        let next = first.at("/next");
        let second = admin.get(&format!("{path}/items?cursor={}", next.as_str().expect("a cursor"))).await.expect(200);
        assert_eq!((second.at("/items/0/name"), second.at("/next")), (json!("bob"), Value::Null));
        let filtered = admin.get(&format!("{path}/items?filter=name%20eq%20%22bob%22")).await.expect(200);
        assert_eq!(filtered.at("/items/0/position"), 2);

        let early = admin.post(&format!("{path}/apply"), json!({})).await.expect(409);
        assert!(early.at("/detail").as_str().is_some_and(|why| why.contains("has to be approved first")), "{early}");
        admin.post(&format!("{path}/approve"), json!({ "surely": true })).await.expect(400);
        let approved = admin.post(&format!("{path}/approve"), json!({})).await.expect(200);
        assert_eq!(approved.at("/state"), "approved");
        let begun = admin.post(&format!("{path}/apply"), json!({})).await.expect(200);
        assert_eq!(begun.at("/state"), "applying");
        app.run_jobs().await;
        let done = admin.get(&path).await.expect(200);
        assert_eq!((done.at("/state"), done.at("/progress/done")), (json!("applied"), json!(2)));
        assert!(app.deliveries().await.is_empty());
        admin.post(&format!("{path}/discard"), json!({})).await.expect(409);
        admin.get("/api/v1/plans/nothing").await.expect(404);
        admin.get("/api/v1/plans?state=perhaps").await.expect(400);
    }

    async fn what_is_held_back_or_has_moved_says_so(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let names: Vec<String> = (0..8).map(|index| format!("p{index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let all = plan(&app, PlanOptions::default(), &names).await;
        admin.post(&format!("/api/v1/plans/{all}/approve"), json!({})).await.expect(200);
        admin.post(&format!("/api/v1/plans/{all}/apply"), json!({})).await.expect(200);
        app.run_jobs().await;

        let options = PlanOptions { missing: Missing::Deactivate, ..PlanOptions::default() };
        let id = plan(&app, options, &["p0", "new"]).await;
        let path = format!("/api/v1/plans/{id}");
        let held = admin.post(&format!("{path}/approve"), json!({})).await.expect(409);
        assert!(held.at("/detail").as_str().is_some_and(|why| why.contains("7 of the 8")), "{held}");
        assert!(held.events.is_empty());
        admin.post(&format!("{path}/approve"), json!({ "release": true })).await.expect(200);
        app.user("new").await;
        let moved = admin.post(&format!("{path}/apply"), json!({})).await.expect(409);
        assert!(moved.at("/detail").as_str().is_some_and(|why| why.contains("new (item 2): the name is taken by now")), "{moved}");
        admin.post(&format!("{path}/apply"), json!({ "rest": true })).await.expect(200);
        app.run_jobs().await;
        let done = admin.get(&path).await.expect(200);
        assert_eq!(done.at("/progress"), json!({ "pending": 0, "done": 8, "refused": 1 }));
    }
}
