//! What is foreseen for a year is what happens in it: over a random realm, on both engines.
//!
//! `USHER_TEST_PEOPLE` says of how many people (40 by default, and 15 groups for a hundred of them), `USHER_TEST_SEED` which realm.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use db::{Row, Value as Cell};
use directory::mail::Template;
use directory::membership::{AddMembership, NewMember, Status};
use directory::preview::{Foreseen, PreviewQuery};
use directory::review::{BeginReview, Decision};
use directory::zone::Day;
use directory::{Error, Id, Timestamp};
use serde_json::Value;
use testkit::random::{Random, UNTOLD};
use testkit::{TestApp, both, figure, told_number};
use uuid::Uuid;

use crate::support::groups_know_their_number;

const DAY: i64 = 86_400;

/// One thing that happens, and every word of it that is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    at: i64,
    kind: String,
    /// Of a mail, its template.
    subject: String,
    user: String,
    /// To whom a mail goes that is nobody's we know of.
    address: String,
    group: String,
    cause: String,
    /// Where a membership then stands.
    status: String,
}

/// How often.
type Lines = BTreeMap<Line, usize>;

fn line(one: &Foreseen) -> Line {
    let named = |template: Template| template.name().to_owned();
    Line {
        at: one.at.millis(),
        kind: one.kind.name().to_owned(),
        subject: one.mail.map_or_else(|| one.subject.to_string(), named),
        user: one.user.map(|user| user.to_string()).unwrap_or_default(),
        address: one.address.clone().unwrap_or_default(),
        group: one.group.map(|group| group.to_string()).unwrap_or_default(),
        cause: one.cause.clone().unwrap_or_default(),
        status: one.status.map(Status::name).unwrap_or_default().to_owned(),
    }
}

fn foreseen(all: &[Foreseen]) -> Lines {
    let mut lines = Lines::new();
    for one in all {
        *lines.entry(line(one)).or_default() += 1;
    }
    lines
}

async fn read(app: &TestApp, text: &str, params: &[Cell]) -> Vec<Row> {
    app.db().scan(text, params).await.expect("read")
}

/// The same of what has happened after a fact, while it is still written; the last one.
async fn happened(app: &TestApp, after: Uuid, lines: &mut Lines) -> Uuid {
    let text =
        "SELECT id, kind, subject_type, subject, body, within FROM events WHERE realm = ?1 AND id > ?2 ORDER BY id";
    let mut last = after;
    for mut row in read(app, text, &[app.realm("default").await.into(), after.into()]).await {
        last = row.take(0).expect("an id");
        let (about, id): (String, Uuid) = (row.take(2).expect("a word"), row.take(3).expect("an id"));
        let body: Option<String> = row.take(4).expect("a text");
        let body: Value = serde_json::from_str(&body.unwrap_or_default()).unwrap_or_default();
        let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let within: Option<Uuid> = row.take(5).expect("an id");
        let mut line = Line {
            at: Id::<()>::new(last).made_at().millis(),
            kind: row.take(1).expect("a kind"),
            subject: id.to_string(),
            user: word("user"),
            address: String::new(),
            group: word("group"),
            cause: if word("cause").is_empty() {
                word("why")
            } else {
                word("cause")
            },
            status: String::new(),
        };
        // What people read of themselves names the group by its path.
        if line.group.is_empty() || line.group.starts_with('/') {
            line.group = within.map(|group| group.to_string()).unwrap_or_default();
        }
        match about.as_str() {
            "membership" => {
                line.status = String::from(body["after"]["status"].as_str().unwrap_or_default());
                if line.status.is_empty() && line.kind == "member.removed" {
                    line.status = first(app, "SELECT status FROM memberships WHERE id = ?1", id).await;
                }
            }
            "user" => line.user = id.to_string(),
            "group" => line.group = id.to_string(),
            "mail" => {
                line.subject = word("template");
                line.address = word("address");
                let said: Value =
                    serde_json::from_str(&first(app, "SELECT variables FROM mails WHERE id = ?1", id).await)
                        .expect("JSON");
                line.group = String::from(said["group"]["id"].as_str().unwrap_or_default());
            }
            "invitation" => {
                // Of one that is forgotten nobody knows any more whose it was.
                let found = app.directory().invitation(&app.operator().await, Id::new(id)).await;
                if let Ok(found) = found {
                    let (to, within) = (found.user, found.offer().map(|offer| offer.group));
                    if let (true, Some(to)) = (line.user.is_empty(), to) {
                        line.user = to.to_string();
                    }
                    if let (true, Some(within)) = (line.group.is_empty(), within) {
                        line.group = within.to_string();
                    }
                }
            }
            _ => {}
        }
        *lines.entry(line).or_default() += 1;
    }
    last
}

/// The word of what has this id.
async fn first(app: &TestApp, text: &str, id: Uuid) -> String {
    let row = read(app, text, &[id.into()]).await.into_iter().next();
    row.expect("it is there").take(0).expect("a word")
}

/// Everything that becomes due until then is done when it is due.
async fn pass_until(app: &TestApp, until: Timestamp, mut seen: Uuid) -> Lines {
    let mut lines = Lines::new();
    loop {
        app.run_jobs().await;
        seen = happened(app, seen, &mut lines).await;
        app.directory().forget_cached();
        match app.directory().next_due_at().await.expect("read") {
            Some(next) if next <= until => app.clock().advance_to(next),
            Some(_) | None => return lines,
        }
    }
}

async fn newest(app: &TestApp) -> Uuid {
    let mut rows = read(app, "SELECT id FROM events ORDER BY id DESC LIMIT 1", &[]).await;
    rows[0].take(0).expect("an id")
}

/// Hears everything.
fn keep(all: &mut Vec<Foreseen>) -> impl FnMut(Foreseen) -> ControlFlow<()> {
    |one| {
        all.push(one);
        ControlFlow::Continue(())
    }
}

/// Where each membership stands, and which roles are held by it.
async fn standing(app: &TestApp) -> BTreeMap<String, String> {
    let rows = read(app, "SELECT id, status FROM memberships", &[]).await;
    let one = |mut row: Row| {
        (
            row.take::<Uuid>(0).expect("an id").to_string(),
            row.take(1).expect("a word"),
        )
    };
    rows.into_iter().map(one).collect()
}

/// The memberships that give nothing until their terms are accepted.
async fn withheld(app: &TestApp) -> BTreeSet<String> {
    let rows = read(
        app,
        "SELECT id, details FROM memberships WHERE details IS NOT NULL",
        &[],
    )
    .await;
    let mut withheld = BTreeSet::new();
    for mut row in rows {
        let details: Value = serde_json::from_str(&row.take::<String>(1).expect("a text")).expect("JSON");
        if details["withheld"] == true {
            withheld.insert(row.take::<Uuid>(0).expect("an id").to_string());
        }
    }
    withheld
}

async fn holders(app: &TestApp, table: &str) -> BTreeSet<String> {
    let rows = read(app, &format!("SELECT DISTINCT membership FROM {table}"), &[]).await;
    rows.into_iter()
        .map(|mut row| row.take::<Uuid>(0).expect("an id").to_string())
        .collect()
}

both! {
    async fn what_is_foreseen_for_a_year_is_what_happens(app: TestApp) {
        let seed = told_number("USHER_TEST_SEED", 0x5eed_2032);
        let how_many = told_number("USHER_TEST_PEOPLE", 40);
        let realm = Random::make(&app, seed, how_many).await;
        let (people, groups) = (&realm.people, &realm.groups);
        let before = newest(&app).await;
        let until = app.now().plus_seconds(365 * DAY);
        let query = PreviewQuery { until, user: None, group: None };
        let (operator, folder) = (app.operator().await, tempfile::tempdir().expect("a folder"));
        let mut all = Vec::new();
        app.directory().preview(&operator, &query, folder.path(), keep(&mut all)).await.expect("read");
        let told = foreseen(&all);
        assert!(all.is_sorted_by_key(|one| one.at));
        // To look ahead changes nothing, and leaves nothing behind.
        assert_eq!(newest(&app).await, before);
        assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 0);

        // One person, and one group, are the same seen alone.
        let (soon, is_offer) = (app.now().plus_seconds(60 * DAY), |one: &&Foreseen| one.mail == Some(Template::InvitationExpired));
        let user = all.iter().find_map(|one| one.user.filter(|user| people.contains(user)));
        let group = all.iter().find(is_offer).expect("an offer").group;
        for (user, group) in [(user, None), (None, group)] {
            let query = PreviewQuery { until: soon, user, group };
            let mut some = Vec::new();
            app.directory().preview(&operator, &query, folder.path(), keep(&mut some)).await.expect("read");
            let mut wanted = all.clone();
            wanted.retain(|one| one.at <= soon && (user.is_none() || one.user == user) && (group.is_none() || one.group == group));
            assert!(!wanted.is_empty() && wanted.len() < all.len());
            assert_eq!(foreseen(&some), foreseen(&wanted));
        }

        let mut stands = standing(&app).await;
        let (roles, entitled) = (holders(&app, "membership_roles").await, holders(&app, "entitlements").await);
        let came = pass_until(&app, until, before).await;
        let missed: Vec<_> = came.iter().filter(|(line, times)| told.get(*line) != Some(*times)).take(4).collect();
        let untrue: Vec<_> = told.iter().filter(|(line, times)| came.get(*line) != Some(*times)).take(4).collect();
        assert!(missed.is_empty() && untrue.is_empty(), "seed {seed}: not foreseen: {missed:#?}\nnot so: {untrue:#?}");

        // Where they then stand follows from what was foreseen, and so does what hangs on it.
        for one in &all {
            if let Some(status) = one.status {
                stands.insert(one.subject.to_string(), status.name().to_owned());
            }
        }
        let now = standing(&app).await;
        for (id, status) in &stands {
            match now.get(id) {
                Some(is) => assert_eq!(is, status, "membership {id}"),
                None => assert!(["ended", "barred"].contains(&status.as_str()), "membership {id} is gone: {status}"),
            }
        }
        assert!(now.keys().all(|id| stands.contains_key(id)));
        let stand_in = |id: &String, some: &[&str]| stands.get(id).is_some_and(|status| some.contains(&status.as_str()));
        let kept: BTreeSet<String> = roles.iter().filter(|id| !stand_in(id, &["ended", "barred"])).cloned().collect();
        assert_eq!(holders(&app, "membership_roles").await, kept);
        assert!(!kept.is_empty() && kept.len() < roles.len());
        // Whoever holds a role in a managed group is entitled for as long as the membership counts.
        let withheld = withheld(&app).await;
        let counts = |id: &&String| stand_in(id, &["enabled"]) && !withheld.contains(*id);
        let counting: BTreeSet<String> = kept.iter().filter(counts).cloned().collect();
        let is_entitled = holders(&app, "entitlements").await;
        assert!(!entitled.is_empty() && counting.is_subset(&is_entitled));
        assert!(is_entitled.iter().all(|id| counts(&id)));

        realm.assert_full(all.iter().map(|one| (one.mail.map_or(one.kind.name(), Template::name), one.subject)));
        assert!(!all.iter().any(|one| one.mail == Some(UNTOLD)));
        groups_know_their_number(&app).await;
        let mails = all.iter().filter(|one| one.mail.is_some()).count();
        figure!("{:?}: of {how_many} people and {} groups in {} {} facts and {mails} mails of a year are foreseen, and no other happens", app.engine(), groups.len(), realm.zone, all.len() - mails);
    }

    async fn what_begins_when_a_review_ends_is_by_time_whichever_is_done_first(app: TestApp) {
        let operator = app.operator().await;
        let (acme, ops) = (crate::support::groups::top(&app, "acme").await, crate::support::groups::top(&app, "ops").await);
        let ann = app.user("ann").await;
        let member = |user, group, valid_from| AddMembership { group, whom: NewMember::Id(user), roles: vec!["member".to_owned()], valid_from, last_day: None, configuration: None };
        app.directory().execute(&operator, member(ann, acme, None)).await.expect("given");
        let review = BeginReview {
            group: acme,
            below: false,
            name: "spring".to_owned(),
            reason: None,
            last_day: Day::parse("2030-01-19").expect("a day"),
            undecided: Decision::Remove,
        };
        app.directory().execute(&operator, review).await.expect("begun");
        // So many begin at that instant that it is at its items before all of them have begun.
        let begins = Day::parse("2030-01-20").expect("a day");
        for number in 0..70 {
            let user = app.user(&format!("u{number}")).await;
            app.directory().execute(&operator, member(user, ops, Some(begins))).await.expect("given");
        }
        app.directory().execute(&operator, member(ann, ops, Some(begins))).await.expect("given");
        app.run_jobs().await;
        app.deliver_mail().await;
        let before = newest(&app).await;
        let came = pass_until(&app, app.now().plus_seconds(30 * DAY), before).await;
        let mut of_ann: Vec<_> = came.keys().filter(|line| line.user == ann.to_string()).collect();
        of_ann.retain(|line| line.kind == "mail.queued" || line.kind.starts_with("member."));
        let of_ann: Vec<_> = of_ann.into_iter().map(|line| (line.cause.as_str(), if line.cause.is_empty() { &line.subject } else { &line.kind }.as_str())).collect();
        let begun = Template::MembershipActivated.name();
        assert_eq!(of_ann, [("", begun), ("", Template::MemberRemoved.name()), ("time", "member.activated"), ("review", "member.removed")]);
    }

    async fn where_a_job_cannot_be_run_nothing_is_foreseen_instead(app: TestApp) {
        let operator = app.operator().await;
        let group = crate::support::groups::top(&app, "acme").await;
        let ends = AddMembership {
            group,
            whom: NewMember::Id(app.user("ann").await),
            roles: vec!["member".to_owned()],
            valid_from: None,
            last_day: Some(Day::parse("2030-01-20").expect("a day")),
            configuration: None,
        };
        app.directory().execute(&operator, ends).await.expect("given");
        let (folder, query) = (tempfile::tempdir().expect("a folder"), PreviewQuery { until: app.now().plus_seconds(30 * DAY), user: None, group: None });
        let mut all = Vec::new();
        app.directory().preview(&operator, &query, folder.path(), keep(&mut all)).await.expect("read");
        assert!(all.iter().any(|one| one.kind.name() == "member.expired"), "{all:?}");
        crate::memberships::sql(&app, "UPDATE memberships SET details = '{'", Vec::new()).await;
        let refused = app.directory().preview(&operator, &query, folder.path(), keep(&mut all)).await;
        assert!(matches!(refused, Err(Error::Db(_))), "{refused:?}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 0);
    }
}
