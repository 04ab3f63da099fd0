//! The store compared with the ledger and with itself, read past the product.

use std::collections::{BTreeSet, HashMap};

use db::{Db, Options, Row};
use serde_json::Value;
use uuid::Uuid;

use super::ledger::Ledger;
use crate::support::{Place, location};

/// Half changes: each statement counts what must not be. None looks at all rows of one table for each of another: they run
/// after every round, over all that the rounds before have left.
const HALVES: [(&str, &str); 14] = [
    (
        "people without the event of their making",
        "SELECT COUNT(*) FROM users u WHERE NOT EXISTS
           (SELECT 1 FROM events e WHERE e.realm = u.realm AND e.subject = u.id AND e.kind = 'user.created')",
    ),
    (
        "people in a version without its event",
        "SELECT COUNT(*) FROM users u WHERE NOT EXISTS
           (SELECT 1 FROM events e WHERE e.realm = u.realm AND e.subject = u.id AND e.subject_version = u.version)",
    ),
    (
        "events of people who are not there",
        "SELECT COUNT(*) FROM events e WHERE e.kind = 'user.created'
           AND NOT EXISTS (SELECT 1 FROM users u WHERE u.realm = e.realm AND u.id = e.subject)
           AND NOT EXISTS (SELECT 1 FROM departed_users d WHERE d.realm = e.realm AND d.id = e.subject)",
    ),
    (
        "people in an older version than their events",
        "SELECT COUNT(*) FROM users u WHERE EXISTS
           (SELECT 1 FROM events e WHERE e.realm = u.realm AND e.subject = u.id AND e.subject_version > u.version)",
    ),
    (
        "people without the row of their address",
        "SELECT COUNT(*) FROM (SELECT realm, id FROM users EXCEPT SELECT realm, user_id FROM user_emails) AS without",
    ),
    (
        "people whose externalId has no row",
        "SELECT COUNT(*) FROM (SELECT realm, id FROM users WHERE external_ids IS NOT NULL
           EXCEPT SELECT realm, resource FROM external_ids) AS without",
    ),
    (
        "memberships in a version without its event",
        "SELECT COUNT(*) FROM memberships m WHERE NOT EXISTS
           (SELECT 1 FROM events e WHERE e.realm = m.realm AND e.subject = m.id AND e.subject_version = m.version)",
    ),
    (
        "events of memberships that are not there",
        "SELECT COUNT(*) FROM (SELECT realm, subject FROM events WHERE kind IN ('member.added', 'member.removed')
           EXCEPT SELECT realm, id FROM memberships) AS without",
    ),
    (
        "memberships in an older version than their events",
        "SELECT COUNT(*) FROM memberships m WHERE EXISTS
           (SELECT 1 FROM events e WHERE e.realm = m.realm AND e.subject = m.id AND e.subject_version > m.version)",
    ),
    (
        "invited people without an invitation",
        "SELECT COUNT(*) FROM users u WHERE u.lifecycle = 'invited' AND NOT EXISTS
           (SELECT 1 FROM invitations i WHERE i.realm = u.realm AND i.user_id = u.id)",
    ),
    (
        "invitations without their event",
        "SELECT COUNT(*) FROM invitations i WHERE NOT EXISTS
           (SELECT 1 FROM events e WHERE e.realm = i.realm AND e.subject = i.id AND e.kind = 'invitation.created')",
    ),
    (
        "invitations without a mail",
        "SELECT COUNT(*) FROM invitations i WHERE NOT EXISTS
           (SELECT 1 FROM mails m WHERE m.realm = i.realm AND m.invitation = i.id)",
    ),
    (
        "groups that do not know how many people are in them",
        "SELECT COUNT(*) FROM groups g LEFT JOIN (
           SELECT realm, group_id, COUNT(*) AS n FROM memberships WHERE status = 'enabled' GROUP BY realm, group_id) m
           ON m.realm = g.realm AND m.group_id = g.id WHERE g.enabled_members <> COALESCE(m.n, 0)",
    ),
    (
        "people who are not counted, or counted and not there",
        "SELECT ABS((SELECT COUNT(*) FROM users) - (SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM counts WHERE kind = 'users'))",
    ),
];

const PEOPLE: &str = "SELECT id, lifecycle, document FROM users";
const MEMBERS: &str = "SELECT group_id, user_id FROM memberships WHERE status = 'enabled'";
const GROUPS: &str = "SELECT id, version, display_name FROM groups";
const MEMBER_EVENTS: &str = "SELECT body FROM events WHERE kind IN ('member.added', 'member.removed')";

/// What is not as it should be.
pub(crate) fn problems(place: &Place, ledger: &Ledger, hot: &[String]) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        // Open only now: a connection that outlives the server would keep alive what the server has to recover.
        let db = Db::open(&location(place), &Options::default())
            .await
            .expect("the store opens beside the server");
        let mut problems = halves(&db).await;
        problems.extend(people(&db, ledger).await);
        problems.extend(groups(&db, ledger, hot).await);
        db.close().await;
        problems
    })
}

/// Runs one statement past the product.
pub(crate) fn meddle(place: &Place, sql: &'static str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let db = Db::open(&location(place), &Options::default())
            .await
            .expect("the store opens");
        let done: Result<u64, db::Error> = db.write(move |tx| tx.execute(sql, &[])).await;
        assert!(done.expect("the statement runs") > 0, "{sql} changes something");
        db.close().await;
    });
}

async fn rows(db: &Db, sql: &str) -> Vec<Row> {
    db.scan(sql, &[])
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"))
}

async fn halves(db: &Db) -> Vec<String> {
    let mut problems = Vec::new();
    for (what, sql) in HALVES {
        let count: i64 = rows(db, sql).await[0].take(0).expect("a count");
        if count != 0 {
            problems.push(format!("{count} {what}"));
        }
    }
    problems
}

async fn people(db: &Db, ledger: &Ledger) -> Vec<String> {
    let mut there = HashMap::new();
    let mut names = BTreeSet::new();
    for mut row in rows(db, PEOPLE).await {
        let id: Uuid = row.take(0).expect("an id");
        let lifecycle: String = row.take(1).expect("a word");
        let document: String = row.take(2).expect("a document");
        let document: Value = serde_json::from_str(&document).expect("JSON");
        let text = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
        if !names.insert(text("userName")) {
            return vec![format!("two people are called {}", text("userName"))];
        }
        there.insert(id.to_string(), (text("userName"), text("displayName"), lifecycle));
    }
    let mut problems = Vec::new();
    for (id, person) in &ledger.people {
        let found = there.get(id);
        if !person.there.may_be(&found.is_some()) {
            problems.push(format!(
                "{} ({id}) is {}",
                person.name,
                if found.is_some() { "still there" } else { "lost" }
            ));
        }
        let Some((name, display, lifecycle)) = found else {
            continue;
        };
        if *name != person.name || !person.display.may_be(display) {
            problems.push(format!("{id} is {name}, {display} and should be {person:?}"));
        }
        if !["invited", "active"]
            .iter()
            .any(|word| word == lifecycle && person.lifecycle.may_be(word))
        {
            problems.push(format!("{id} is {lifecycle} and should be {:?}", person.lifecycle));
        }
    }
    let known: BTreeSet<&str> = ledger.people.values().map(|person| person.name.as_str()).collect();
    for name in names {
        if !known.contains(name.as_str()) && !ledger.unanswered.contains(&name) {
            problems.push(format!("{name} was made by nobody"));
        }
    }
    problems
}

async fn groups(db: &Db, ledger: &Ledger, hot: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut members = BTreeSet::new();
    for mut row in rows(db, MEMBERS).await {
        let (group, user): (Uuid, Uuid) = (row.take(0).expect("an id"), row.take(1).expect("an id"));
        members.insert((group.to_string(), user.to_string()));
    }
    for (key, is) in &ledger.members {
        if !is.may_be(&members.contains(key)) {
            problems.push(format!(
                "{} is {}a member of {}",
                key.1,
                if members.contains(key) { "" } else { "not " },
                key.0
            ));
        }
    }
    for key in &members {
        if !ledger.members.contains_key(key) {
            problems.push(format!("nobody made {} a member of {}", key.1, key.0));
        }
    }
    let mut changes: HashMap<String, i64> = HashMap::new();
    for mut row in rows(db, MEMBER_EVENTS).await {
        let body: Option<String> = row.take(0).expect("a body");
        let body: Value = serde_json::from_str(&body.unwrap_or_default()).unwrap_or_default();
        *changes
            .entry(body["group"].as_str().unwrap_or_default().to_owned())
            .or_default() += 1;
    }
    let mut there = HashMap::new();
    for mut row in rows(db, GROUPS).await {
        let (id, version): (Uuid, i64) = (row.take(0).expect("an id"), row.take(1).expect("a version"));
        let name: String = row.take(2).expect("a name");
        let id = id.to_string();
        // Each request changed one member and with it the group's version, both or neither.
        let expected = 1 + changes.get(&id).copied().unwrap_or_default();
        if version != expected {
            problems.push(format!(
                "group {name} is in version {version} after {} member events",
                expected - 1
            ));
        }
        there.insert(id, name);
    }
    for id in hot {
        if !there.contains_key(id) {
            problems.push(format!("group {id} is lost"));
        }
    }
    for (id, name) in &ledger.groups {
        if there.get(id) != Some(name) {
            problems.push(format!("group {name} ({id}) is {:?}", there.get(id)));
        }
    }
    problems
}
