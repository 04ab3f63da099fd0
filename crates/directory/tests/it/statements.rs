//! Every statement that has a name is one that both engines take.

use db::Value;
use testkit::{TestApp, both};

both! {
    async fn every_statement_is_taken_by_the_engine(app: TestApp) {
        let statements = directory::statements();
        assert!(statements.len() > 100, "only {} statements are listed", statements.len());
        for (module, name, text) in statements {
            if let Err(error) = app.db().prepare(text).await {
                panic!("{module}::{name}: {error:?}");
            }
        }
    }
}

/// Statements that are meant to walk: over few rows, or in the order of an index up to a limit.
const MAY_WALK: &[&str] = &[
    "backup::OTHER_EVENT",
    "bookkeeping::FREE_LEASES",
    "bookkeeping::SWEEP_LEASES",
    "client::WRITERS",
    "client_log::PURGE",
    "client_log::TRIM",
    "delivery::ABANDONED",
    "delivery::COUNT_RUNNING",
    "delivery::RECLAIM",
    "delivery::RUNNING",
    "entitlement::COUNT",
    "event::COUNT_UNPLACED",
    "event::UNPLACED",
    "event::UNPLACED_REALMS",
    "event::UNPLACED_SINCE",
    "insight::PEOPLE_OF_REALM",
    "insight::WAITING_OF_REALM",
    "invitation::COUNT_OPEN",
    "job::COUNT_PARKED",
    "job::KINDS",
    "mail::NEWEST",
    // One row is enough.
    "membership::ENDS",
    "membership::UNLISTED_BY_ID",
    "provider::CALLED",
    "token::ADMINISTRATORS",
    "token::BOUND",
    "token::VALID_WIRE",
    "view::HIDDEN",
    "view::LEAVING",
];

/// Tables whose rows are one for each realm, or few.
const SMALL: &[&str] = &[
    "up",
    "down",
    "counted",
    "few",
    "unplaced",
    "some_open",
    "r",
    "realms",
    "realm_hosts",
    "event_heads",
    "configuration_rules",
    "group_templates",
];

/// SQLite's plan of a statement.
async fn plan(app: &TestApp, sql: &str) -> Vec<String> {
    let places = (1..30)
        .rev()
        .find(|place| sql.contains(&format!("?{place}")))
        .unwrap_or(0);
    let rows = app
        .db()
        .query(&format!("EXPLAIN QUERY PLAN {sql}"), &vec![Value::Null; places])
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    rows.into_iter()
        .map(|mut row| row.take::<String>(3).expect("a step"))
        .collect()
}

#[test]
fn no_statement_walks_through_a_realm() {
    testkit::on_sqlite(|app| async move {
        let mut walks = Vec::new();
        for (module, name, text) in directory::statements() {
            let mut walked = plan(&app, text).await;
            walked.retain(|step| {
                let table = step.split(' ').nth(1).unwrap_or_default();
                let whole = step.starts_with("SCAN ") && !step.starts_with("SCAN CONSTANT");
                (whole || step.contains("(realm=?)")) && !SMALL.contains(&table)
            });
            let full_name = format!("{module}::{name}");
            if !walked.is_empty() && !MAY_WALK.contains(&full_name.as_str()) {
                walks.push(format!("{full_name}: {}", walked.join("; ")));
            }
        }
        assert!(walks.is_empty(), "{walks:#?}");
    });
}

#[test]
fn deliveries_in_a_state_are_found_by_it() {
    testkit::on_sqlite(|app| async move {
        let statements = directory::statements();
        let found = statements.iter().find(|(_, name, _)| *name == "LIST_IN_STATE");
        let (_, _, text) = found.expect("it is listed");
        let steps = plan(&app, text).await;
        assert!(
            steps.iter().all(|step| step.contains("(realm=? AND state=? AND id>?)")),
            "{steps:?}"
        );
    });
}

#[test]
fn those_who_leave_are_left_out_by_their_index() {
    testkit::on_sqlite(|app| async move {
        let statements = directory::statements();
        let found = statements.iter().find(|(_, name, _)| *name == "STAYING_USERS_AFTER");
        let (_, _, text) = found.expect("it is listed");
        let steps = plan(&app, text).await;
        let wanted = "SEARCH l USING INDEX users_leaving (realm=? AND id=?)";
        assert!(steps.iter().any(|step| step == wanted), "{steps:?}");
    });
}

#[test]
fn sqlite_is_told_about_every_index() {
    testkit::on_sqlite(|app| async move {
        let untold = "SELECT m.tbl_name || '.' || m.name FROM sqlite_master m WHERE m.type = 'index' AND NOT EXISTS (
                        SELECT 1 FROM sqlite_stat1 s WHERE s.tbl = m.tbl_name AND (s.idx = m.name OR (s.idx = m.tbl_name AND m.name LIKE 'sqlite_autoindex_%')))
                      AND m.tbl_name <> 'schema_migrations'";
        let rows = app.db().query(untold, &[]).await.expect("read");
        let names: Vec<String> = rows.into_iter().map(|mut row| row.take(0).expect("a name")).collect();
        assert!(names.is_empty(), "add to the statistics: {names:?}");
    });
}
