//! What becomes of people: whom a row means, whose word counts, and what is not brought back.

use directory::plan::{Missing, PlanOptions, PlanState};
use directory::user::{DeleteUser, Lifecycle, SetLifecycle};
use directory::view::IfMatch;
use directory::{Id, Scope};
use serde_json::json;
use testkit::{Program, TestApp, both};

use super::{apply, import, items, person, plan_of, told};
use crate::support::{create, patch};

async fn shown(app: &TestApp, name: &str) -> serde_json::Map<String, serde_json::Value> {
    let operator = app.operator().await;
    app.directory()
        .user_named(&operator, name)
        .await
        .expect("is there")
        .attributes()
        .clone()
}

async fn is_there(app: &TestApp, name: &str) -> bool {
    let operator = app.operator().await;
    app.directory().user_named(&operator, name).await.is_ok()
}

async fn delete(app: &TestApp, name: &str) {
    let operator = app.operator().await;
    let id = app.directory().user_named(&operator, name).await.expect("is there").id;
    let command = DeleteUser {
        id,
        if_match: IfMatch::Any,
        needs: Scope::Admin,
    };
    app.directory().execute(&operator, command).await.expect("deleted");
}

fn missing(missing: Missing) -> PlanOptions {
    PlanOptions {
        missing,
        ..PlanOptions::default()
    }
}

both! {
    async fn rows_become_people_and_a_second_run_changes_nothing(app: TestApp) {
        let rows = || vec![
            person(2, &[("userName", "ann"), ("emails[type eq \"home\"].value", "a@home.example"), ("emails[type eq \"work\"].value", "ann@example.org"), ("department", "Sales")]),
            person(3, &[("userName", "bob"), ("active", "false")]),
        ];
        let plan = plan_of(&app, "hr", PlanOptions::default(), rows()).await;
        assert_eq!((plan.state, plan.items), (PlanState::Ready, 2));
        assert_eq!(told(&app, plan.id).await, ["create ann", "create bob"]);
        assert!(!is_there(&app, "ann").await, "nothing happens before it is applied");
        let (plan, applied) = apply(&app, plan.id).await;
        assert_eq!((plan.state, applied.done, applied.refused), (PlanState::Applied, 2, 0));
        let ann = shown(&app, "ann").await;
        assert_eq!(ann["emails"][1], json!({ "value": "ann@example.org", "type": "work", "primary": true }));
        assert_eq!(ann["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["department"], "Sales");
        let operator = app.operator().await;
        let bob = app.directory().user_named(&operator, "bob").await.expect("is there");
        assert_eq!(bob.lifecycle, Lifecycle::Suspended);
        assert_eq!(bob.provenance.writer().map(String::from).as_deref(), Some("source:hr"));
        assert!(app.deliveries().await.is_empty(), "nobody is sent anything");

        let again = import(&app, "hr", PlanOptions::default(), rows()).await;
        assert_eq!(told(&app, again.id).await, ["nothing ann", "nothing bob"]);
        let events = app.events().await;
        let made: Vec<_> = events.iter().filter(|event| event.kind == "user.created").collect();
        assert_eq!(made.len(), 2);
        assert_eq!(made[0].body["plan"], plan.id.to_string());
        assert_eq!(made[0].body["source"], "hr");
    }

    async fn a_user_name_in_other_letters_is_the_same(app: TestApp) {
        app.user("ann").await;
        let plan = import(&app, "hr", PlanOptions::default(), vec![person(2, &[("userName", "ANN")])]).await;
        assert_eq!(told(&app, plan.id).await, ["nothing ANN"]);
        assert_eq!(shown(&app, "ann").await["userName"], "ann");
    }

    async fn bad_rows_are_refused_and_the_good_ones_go_on(app: TestApp) {
        let mut unread = person(5, &[]);
        unread.problem = Some("is not UTF-8".to_owned());
        let rows = vec![
            person(2, &[("userName", "ann"), ("active", "perhaps")]),
            person(3, &[("userName", "bob")]),
            person(4, &[("userName", "BOB")]),
            unread,
            person(6, &[("userName", "cid"), ("externalId", "1")]),
            person(7, &[("userName", "dan"), ("externalId", "1")]),
        ];
        let plan = plan_of(&app, "hr", PlanOptions::default(), rows).await;
        assert_eq!(told(&app, plan.id).await, [
            "refused ann: active: is true or false, not this text",
            "create bob",
            "refused BOB: the same person as line 3",
            "refused : is not UTF-8",
            "create cid",
            "refused dan: the same person as line 6",
        ]);
        let (_, applied) = apply(&app, plan.id).await;
        assert_eq!((applied.done, applied.refused), (2, 0));
    }

    async fn what_others_have_written_stays_unless_it_is_overwritten(app: TestApp) {
        let hr = app.principal("hr", &["scim:write"], Program::default()).await;
        create(&app, &hr, json!({ "userName": "ann", "title": "Dr" })).await.expect("made");
        let row = || vec![person(2, &[("userName", "ann"), ("title", "Prof"), ("nickName", "A")])];
        let plan = import(&app, "file", PlanOptions::default(), row()).await;
        let items = items(&app, plan.id).await;
        assert!(items[0].reason.as_deref().is_some_and(|why| why.starts_with("kept, since others have written it: title (client:")));
        assert_eq!(json!(items[0].after), json!({ "nickName": "A" }));
        assert_eq!((&shown(&app, "ann").await["title"], &shown(&app, "ann").await["nickName"]), (&json!("Dr"), &json!("A")));
        let overwrite = PlanOptions { overwrite: true, ..PlanOptions::default() };
        import(&app, "file", overwrite, row()).await;
        assert_eq!(shown(&app, "ann").await["title"], "Prof");
        // What it wrote it may also remove, and nothing else.
        let row = vec![person(2, &[("userName", "ann"), ("title", ""), ("nickName", ""), ("displayName", "")])];
        import(&app, "file", PlanOptions::default(), row).await;
        assert!(!shown(&app, "ann").await.contains_key("title"));
        assert!(!shown(&app, "ann").await.contains_key("nickName"));
    }

    async fn a_source_takes_away_only_whom_it_gave(app: TestApp) {
        app.user("own").await;
        let two = || vec![person(2, &[("userName", "ann")]), person(3, &[("userName", "bob")])];
        let mut with_own = two();
        with_own.push(person(4, &[("userName", "own")]));
        import(&app, "hr", PlanOptions::default(), with_own).await;
        import(&app, "other", PlanOptions::default(), vec![person(2, &[("userName", "cid")])]).await;
        let one = || vec![person(2, &[("userName", "ann")])];
        let plan = import(&app, "hr", missing(Missing::Deactivate), one()).await;
        assert_eq!(told(&app, plan.id).await, ["nothing ann", "deactivate bob: the source no longer names them"]);
        assert_eq!(shown(&app, "bob").await["active"], false);
        assert_eq!(shown(&app, "own").await["active"], true);
        // Whoever is named again is back, whoever was deactivated by somebody else is not.
        import(&app, "hr", PlanOptions::default(), two()).await;
        assert_eq!(shown(&app, "bob").await["active"], true);
        let operator = app.operator().await;
        let bob = app.directory().user_named(&operator, "bob").await.expect("is there").id;
        app.directory().execute(&operator, SetLifecycle { id: bob, lifecycle: Lifecycle::Suspended }).await.expect("suspended");
        let plan = import(&app, "hr", PlanOptions::default(), vec![person(2, &[("userName", "ann")]), person(3, &[("userName", "bob"), ("active", "true")])]).await;
        assert_eq!(told(&app, plan.id).await[1], "nothing bob: kept, since others have written it: active (operator)");
        assert_eq!(shown(&app, "bob").await["active"], false);
        // Removed by the source itself they may come again, and are new.
        import(&app, "hr", missing(Missing::Remove), one()).await;
        assert!(!is_there(&app, "bob").await);
        import(&app, "hr", PlanOptions::default(), two()).await;
        assert!(is_there(&app, "bob").await);
        assert!(is_there(&app, "cid").await);
    }

    async fn whoever_has_left_here_is_not_brought_back(app: TestApp) {
        let rows = || vec![person(2, &[("userName", "ann")]), person(3, &[("userName", "bob")])];
        import(&app, "hr", PlanOptions::default(), rows()).await;
        delete(&app, "bob").await;
        let plan = import(&app, "hr", PlanOptions::default(), rows()).await;
        let gone = "nothing bob: has left here, and a source does not bring anybody back";
        assert_eq!(told(&app, plan.id).await, ["nothing ann", gone]);
        // Not when their data are erased, either.
        app.pass(40 * 86_400).await;
        let plan = import(&app, "hr", missing(Missing::Remove), rows()).await;
        assert_eq!(told(&app, plan.id).await, ["nothing ann", gone]);
        assert!(!is_there(&app, "bob").await);
        let operator = app.operator().await;
        let erased = app.directory().plan_items(&operator, plan.id, &directory::plan::ItemQuery::default()).await.expect("read");
        assert_eq!(erased.len(), 2);
    }

    async fn a_person_is_found_again_who_was_renamed(app: TestApp) {
        import(&app, "hr", PlanOptions::default(), vec![person(2, &[("userName", "ann"), ("externalId", "17")])]).await;
        let operator = app.operator().await;
        let id: Id<_> = app.directory().user_named(&operator, "ann").await.expect("is there").id;
        let plan = import(&app, "hr", missing(Missing::Remove), vec![person(2, &[("userName", "ann.bee"), ("externalId", "17")])]).await;
        assert_eq!(told(&app, plan.id).await, ["change ann.bee"]);
        assert_eq!(app.directory().user_named(&operator, "ann.bee").await.expect("is there").id, id);
    }

    async fn a_name_that_somebody_else_has_by_now_means_them(app: TestApp) {
        let row = |title: &str| vec![person(2, &[("userName", "ann"), ("title", title)])];
        import(&app, "hr", PlanOptions::default(), row("Dr")).await;
        delete(&app, "ann").await;
        app.user("ann").await;
        let plan = import(&app, "hr", PlanOptions::default(), row("")).await;
        assert_eq!(told(&app, plan.id).await, ["nothing ann"]);
        let plan = import(&app, "hr", missing(Missing::Remove), row("Dr")).await;
        assert_eq!(told(&app, plan.id).await, ["change ann"]);
        let plan = import(&app, "hr", missing(Missing::Remove), vec![person(2, &[("userName", "bob")])]).await;
        assert_eq!(told(&app, plan.id).await, ["create bob"], "whom it did not give it does not take away");
        // The source's own identifier and the userName have to mean the same person.
        import(&app, "hr", PlanOptions::default(), vec![person(2, &[("userName", "cid"), ("externalId", "3")])]).await;
        let plan = import(&app, "hr", PlanOptions::default(), vec![person(2, &[("userName", "bob"), ("externalId", "3")])]).await;
        assert_eq!(told(&app, plan.id).await, ["refused bob: the userName is another person's than the one whom the source has called so before"]);
    }

    async fn new_people_are_invited_where_that_is_asked_for(app: TestApp) {
        let invite = PlanOptions { invite: true, ..PlanOptions::default() };
        let rows = vec![
            person(2, &[("userName", "ann"), ("emails[type eq \"work\"].value", "ann@example.org")]),
            person(3, &[("userName", "bob")]),
        ];
        let plan = import(&app, "hr", invite, rows).await;
        let told = told(&app, plan.id).await;
        assert_eq!(told[0], "create ann: is invited at ann@example.org");
        assert!(told[1].starts_with("refused bob: emails: "), "{}", told[1]);
        assert_eq!(app.deliver_mail().await.len(), 1);
    }

    async fn an_address_without_a_type_counts_as_any(app: TestApp) {
        app.user("ann").await;
        let row = vec![person(2, &[("userName", "ann"), ("emails[type eq \"work\"].value", "ann@example.org"), ("emails[type eq \"home\"].value", "")])];
        let plan = import(&app, "hr", PlanOptions { overwrite: true, ..PlanOptions::default() }, row).await;
        assert_eq!(told(&app, plan.id).await, ["nothing ann"]);
        let operator = app.operator().await;
        let ann = app.directory().user_named(&operator, "ann").await.expect("is there");
        patch(&app, &operator, ann.id, json!([{ "op": "replace", "path": "title", "value": "Dr" }])).await.expect("changed");
    }

    async fn a_user_name_of_somebody_whom_the_source_calls_otherwise_is_refused(app: TestApp) {
        import(&app, "hr", PlanOptions::default(), vec![person(2, &[("userName", "ann"), ("externalId", "1001")])]).await;
        let why = "refused ann: the userName belongs to somebody whom the source calls 1001";
        let new = |line| person(line, &[("userName", "ann"), ("externalId", "2001")]);
        let old = |line| person(line, &[("userName", "ann.old"), ("externalId", "1001")]);
        for (rows, said) in [
            (vec![new(2)], vec![why]),
            (vec![new(2), old(3)], vec![why, "change ann.old"]),
            (vec![old(2), new(3)], vec!["change ann.old", why]),
        ] {
            let plan = plan_of(&app, "hr", PlanOptions::default(), rows).await;
            assert_eq!(told(&app, plan.id).await, said);
        }
        // Unless somebody here says that it is the same person.
        let operator = app.operator().await;
        let ann = app.directory().user_named(&operator, "ann").await.expect("is there").id;
        let called = |id: &str| json!([{ "op": "replace", "path": "externalId", "value": id }]);
        patch(&app, &operator, ann, called("2001")).await.expect("changed");
        let plan = plan_of(&app, "hr", PlanOptions::default(), vec![new(2)]).await;
        assert_eq!(told(&app, plan.id).await, ["nothing ann"]);
        patch(&app, &operator, ann, called("1001")).await.expect("changed");
        // Once the name is free it is a new person's.
        import(&app, "hr", PlanOptions::default(), vec![old(2)]).await;
        let plan = import(&app, "hr", PlanOptions::default(), vec![old(2), new(3)]).await;
        assert_eq!(told(&app, plan.id).await, ["nothing ann.old", "create ann"]);
        // Whom the source has not called anything yet, or only by the userName, is found by it.
        app.user("own").await;
        import(&app, "hr", PlanOptions::default(), vec![person(2, &[("userName", "bob")])]).await;
        let rows = vec![person(2, &[("userName", "own"), ("externalId", "3")]), person(3, &[("userName", "bob"), ("externalId", "4")])];
        let plan = plan_of(&app, "hr", PlanOptions::default(), rows).await;
        assert_eq!(told(&app, plan.id).await, ["change own", "change bob"]);
    }

    async fn a_second_new_person_of_one_user_name_is_refused(app: TestApp) {
        let mut rows = vec![person(2, &[("userName", "cid"), ("externalId", "1")]), person(3, &[("userName", "CID"), ("externalId", "2")])];
        rows.extend((4..140).map(|line| person(line, &[("userName", &format!("p{line}"))])));
        rows.push(person(140, &[("userName", "Cid"), ("externalId", "3")]));
        let plan = plan_of(&app, "hr", PlanOptions::default(), rows).await;
        let said = told(&app, plan.id).await;
        assert_eq!(said[..2], ["create cid", "refused CID: the same userName as line 2"]);
        assert_eq!(said.last().map(String::as_str), Some("refused Cid: the same userName as line 2"));
    }

    async fn only_whom_the_source_missed_it_lets_in_again(app: TestApp) {
        let two = |active: Option<&str>| {
            let mut bob = vec![("userName", "bob"), ("title", "Dr")];
            bob.extend(active.map(|active| ("active", active)));
            vec![person(2, &[("userName", "ann")]), person(3, &bob)]
        };
        import(&app, "hr", PlanOptions::default(), two(Some("false"))).await;
        import(&app, "hr", PlanOptions::default(), two(None)).await;
        assert_eq!(shown(&app, "bob").await["active"], false, "what has no column stays as it is");
        import(&app, "hr", PlanOptions::default(), two(Some("true"))).await;
        import(&app, "hr", missing(Missing::Deactivate), two(None)[..1].to_vec()).await;
        assert_eq!(shown(&app, "bob").await["active"], false);
        // The file says it itself now.
        import(&app, "hr", PlanOptions::default(), two(Some("false"))).await;
        import(&app, "hr", PlanOptions::default(), two(None)).await;
        assert_eq!(shown(&app, "bob").await["active"], false);
        import(&app, "hr", PlanOptions::default(), two(Some("true"))).await;
        import(&app, "hr", missing(Missing::Deactivate), two(None)[..1].to_vec()).await;
        import(&app, "hr", PlanOptions::default(), two(None)).await;
        assert_eq!(shown(&app, "bob").await["active"], true);
    }

    async fn a_nul_character_refuses_its_row_and_no_other(app: TestApp) {
        let rows = vec![
            person(2, &[("userName", "a\0nn")]),
            person(3, &[("userName", "bob"), ("title", "D\0r")]),
            person(4, &[("userName", "cid"), ("externalId", "1\0")]),
            person(5, &[("userName", "dan")]),
        ];
        let plan = import(&app, "hr", PlanOptions::default(), rows).await;
        assert_eq!(told(&app, plan.id).await, [
            "refused ann: holds a NUL character",
            "refused bob: holds a NUL character",
            "refused cid: holds a NUL character",
            "create dan",
        ]);
    }
}
