//! In whose queues requests stand.

use directory::delegation::{GrantDelegation, Whom};
use directory::enrollment::QueueAsked;
use directory::enrollment::request::{Request, RequestStatus};
use directory::group::Group;
use directory::{Id, Principal, Refusal, Role};
use serde_json::json;
use testkit::{Program, TestApp, both};

use super::{ask, asking, configure, draft, owned, reject, somebody};
use crate::support::groups::{below, manager, own, put, user_of};
use crate::support::refusal;
use directory::enrollment::configuration::{Configuration, Draft};

async fn queue(app: &TestApp, who: &Principal, asked: QueueAsked) -> (Vec<Id<Request>>, usize) {
    let page = app.directory().review_queue(who, &asked).await.expect("read");
    (page.requests.iter().map(|one| one.request.id).collect(), page.count)
}

fn all() -> QueueAsked {
    QueueAsked {
        max: 10,
        ..QueueAsked::default()
    }
}

fn plain() -> Draft {
    Draft {
        roles: vec!["member".into()],
        ..draft()
    }
}

/// So many requests of people nobody knows any more, in the queues of these groups.
async fn fill(app: &TestApp, way: &Configuration, queues: &[Id<Group>], many: u128) {
    let realm = app.realm("default").await;
    let (group, way, queues) = (way.group, way.id, queues.to_vec());
    let insert = "INSERT INTO enrollment_requests (realm, id, version, modified, group_id, configuration, user_id, status, open, submitted_at, body)
                  VALUES (?1, ?2, 1, 0, ?3, ?4, ?5, 'REJECTED', FALSE, ?6, '{}')";
    let queue = "INSERT INTO request_scopes (realm, group_id, status, submitted_at, request) VALUES (?1, ?2, 'REJECTED', ?3, ?4)";
    let fill = move |tx: &mut db::Tx<'_>| -> Result<(), db::Error> {
        for number in 1..=many {
            let (id, at) = (uuid::Uuid::from_u128(number), number as i64 % 7);
            tx.execute(
                insert,
                &[realm.into(), id.into(), group.into(), way.into(), id.into(), at.into()],
            )?;
            for group in &queues {
                tx.execute(queue, &[realm.into(), group.into(), at.into(), id.into()])?;
            }
        }
        Ok(())
    };
    app.db().write(fill).await.expect("filled");
}

both! {
    async fn requests_stand_in_the_queues_of_their_group_and_of_all_above(app: TestApp) {
        let (acme, owner) = owned(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let (gb, mg, here) = (manager(&app, "gb", &[]).await, manager(&app, "mg", &[Role::ManageGroups]).await, manager(&app, "here", &[]).await);
        own(&app, ops, user_of(&gb)).await;
        let alone = GrantDelegation { inherit: false, ..GrantDelegation::owner(acme, Whom::User(user_of(&here))) };
        app.directory().execute(&app.operator().await, alone).await.expect("granted");
        let plain = || Draft { roles: vec!["member".into()], ..draft() };
        let above = configure(&app, &owner, acme, plain()).await.expect("made").configuration.id;
        let inside = configure(&app, &owner, ops, plain()).await.expect("made").configuration.id;
        let (ann, bob) = (somebody(&app, "ann").await, somebody(&app, "bob").await);
        let first = ask(&app, &ann, asking(above, &["member"])).await.expect("asked").id;
        app.pass(1).await;
        let second = ask(&app, &bob, asking(inside, &["member"])).await.expect("asked").id;
        for (who, seen) in [(&owner, vec![second, first]), (&mg, vec![second, first]), (&gb, vec![second]), (&here, vec![first])] {
            assert_eq!(queue(&app, who, all()).await, (seen.clone(), seen.len()));
        }
        assert_eq!(queue(&app, &owner, QueueAsked { ascending: true, max: 1, ..all() }).await, (vec![first], 2));
        assert_eq!(queue(&app, &owner, QueueAsked { first: 1, ..all() }).await, (vec![first], 2));
        reject(&app, &owner, first).await.expect("rejected");
        let waiting = || QueueAsked { status: Some(RequestStatus::PendingApproval), ..all() };
        for who in [&owner, &mg] {
            assert_eq!(queue(&app, who, waiting()).await, (vec![second], 1));
            let named = QueueAsked { group_name: Some("OP".into()), ..all() };
            assert_eq!(queue(&app, who, named).await, (vec![second], 1));
            let named = QueueAsked { group_name: Some("acme".into()), ..all() };
            assert_eq!(queue(&app, who, named).await.1, 2);
            let nobody = QueueAsked { person: Some("zoe".into()), ..all() };
            assert_eq!(queue(&app, who, nobody).await, (vec![], 0));
        }
        let nothing = queue(&app, &manager(&app, "nobody", &[]).await, all()).await;
        assert_eq!(nothing, (vec![], 0));
    }

    async fn after_a_move_those_see_requests_who_administer_the_group_now(app: TestApp) {
        let (acme, owner) = owned(&app, "acme").await;
        let (other, their_owner) = owned(&app, "other").await;
        let ops = below(&app, acme, "ops").await;
        let night = below(&app, ops, "night").await;
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        let way = configure(&app, &owner, night, plain()).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
        fill(&app, &way, &[night, ops, acme, Id::new(uuid::Uuid::nil())], 450).await;
        let of_people = || QueueAsked { status: Some(RequestStatus::PendingApproval), ..all() };
        assert_eq!(queue(&app, &owner, of_people()).await, (vec![id], 1));
        assert_eq!(queue(&app, &owner, all()).await.1, 451);
        put(&app, &app.operator().await, ops, Some(other)).await.expect("moved");
        // At once nobody sees them who administered the group before.
        for asked in [of_people(), all(), QueueAsked { group_name: Some("night".into()), ..all() }] {
            assert_eq!(queue(&app, &owner, asked).await.0, []);
        }
        app.run_jobs().await;
        assert_eq!(queue(&app, &owner, all()).await, (vec![], 0));
        assert_eq!(queue(&app, &their_owner, of_people()).await, (vec![id], 1));
        for who in [&their_owner, &mg] {
            assert_eq!(queue(&app, who, all()).await.1, 451);
        }
        let jobs = app.db().query("SELECT 1 FROM jobs WHERE kind = 'requeue_requests'", &[]).await.expect("read");
        assert!(jobs.is_empty());
        reject(&app, &their_owner, id).await.expect("rejected");
        assert_eq!(queue(&app, &their_owner, of_people()).await, (vec![], 0));
        // To the top: only those of the realm, and of the group itself.
        put(&app, &app.operator().await, ops, None).await.expect("moved");
        app.run_jobs().await;
        assert_eq!(queue(&app, &their_owner, all()).await, (vec![], 0));
        assert_eq!(queue(&app, &mg, all()).await.1, 451);
    }

    async fn pages_follow_one_another_whatever_was_submitted_at_once(app: TestApp) {
        let (acme, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, acme, plain()).await.expect("made").configuration;
        fill(&app, &way, &[acme, Id::new(uuid::Uuid::nil())], 25).await;
        for ascending in [true, false] {
            let mut seen = Vec::new();
            for first in [0, 10, 20, 30] {
                let (page, count) = queue(&app, &owner, QueueAsked { first, ascending, ..all() }).await;
                assert_eq!(count, 25);
                seen.extend(page);
            }
            assert_eq!(seen.len(), 25);
            let mut keys: Vec<(i64, Id<Request>)> = seen.iter().map(|id| (id.uuid().as_u128() as i64 % 7, *id)).collect();
            if !ascending {
                keys.reverse();
            }
            assert!(keys.is_sorted());
        }
        assert_eq!(queue(&app, &owner, QueueAsked { max: 0, ..all() }).await, (vec![], 25));
    }

    async fn an_access_policy_narrows_the_queue(app: TestApp) {
        let (acme, owner) = owned(&app, "acme").await;
        let (other, their_owner) = owned(&app, "other").await;
        let ann = somebody(&app, "ann").await;
        let mut asked = Vec::new();
        for (group, who) in [(acme, &owner), (other, &their_owner)] {
            let way = configure(&app, who, group, plain()).await.expect("made").configuration;
            asked.push(ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id);
        }
        let program = async |name: &str, policy| app.principal(name, &["agm:admin"], Program::default().policy(policy)).await;
        let narrow = program("narrow", json!({ "group_filter": "displayName eq \"other\"" })).await;
        assert_eq!(queue(&app, &narrow, all()).await, (vec![asked[1]], 1));
        assert!(app.directory().request(&narrow, asked[0]).await.is_err());
        assert!(app.directory().request(&narrow, asked[1]).await.is_ok());
        for policy in [json!({ "user_filter": "userName eq \"ann\"" }), json!({ "resources": ["User"], "operations": ["read"] })] {
            let blind = program(&format!("blind {policy}"), policy).await;
            let refused = app.directory().review_queue(&blind, &all()).await;
            assert!(matches!(refusal(refused), Refusal::Forbidden { .. }));
            assert!(matches!(refusal(app.directory().request(&blind, asked[1]).await), Refusal::Forbidden { .. }));
        }
    }
}
