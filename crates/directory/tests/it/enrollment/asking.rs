//! Asking to join, and what is refused.

use directory::enrollment::configuration::{Draft, ExtendFrom};
use directory::enrollment::request::{ArchiveCause, Request, RequestStatus};
use directory::enrollment::{OrderOfRequests, OwnRequests, SubmitRequest, Withdraw};
use directory::group::{Group, Privileged, SetPrivileged};
use directory::user::User;
use directory::zone::Day;
use directory::{Id, Scope, Timestamp};
use serde_json::json;
use testkit::{TestApp, both};

use super::{
    accept, accepted, ask, asking, configure, draft, free, kinds_after, owned, reconfigure, reject, somebody, standing,
    unconfigure, with_terms,
};
use crate::support::groups::{below, code, person, remove, user_of};
use crate::support::{delete, not_found};

fn instant(text: &str) -> i64 {
    Timestamp::parse(text).expect("an instant").millis()
}

async fn block(app: &TestApp, group: uuid::Uuid, user: Id<User>) {
    let sql =
        "INSERT INTO membership_blocks (realm, user_id, group_id, set_by, set_at) VALUES (?1, ?2, ?3, 'operator', 0)";
    let realm = app.realm("default").await;
    let params = [realm.into(), user.into(), group.into()];
    let set = move |tx: &mut db::Tx<'_>| -> Result<(), db::Error> { tx.execute(sql, &params).map(drop) };
    app.db().write(set).await.expect("blocked");
}

/// So many requests before one, by the same person and for another group, all put aside but the first, which was rejected.
async fn asked_before(app: &TestApp, request: Id<Request>, group: Id<Group>, many: i64) {
    let id = match app.engine() {
        db::Engine::Sqlite => "randomblob(16)",
        db::Engine::Postgres => "gen_random_uuid()",
    };
    let sql = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})
         INSERT INTO enrollment_requests (realm, id, version, modified, group_id, configuration, user_id, status, open, submitted_at, decided_at, terms, body)
         SELECT r.realm, {id}, 1, r.modified, ?2, r.configuration, r.user_id, CASE WHEN n.i = {many} THEN 'REJECTED' ELSE 'ARCHIVED' END,
                FALSE, r.submitted_at - n.i / 2, r.submitted_at, r.terms, r.body
         FROM enrollment_requests r JOIN n ON n.i > 0 WHERE r.id = ?1"
    );
    let written = app
        .db()
        .write(move |tx| -> Result<u64, db::Error> { tx.execute(&sql, &[request.into(), group.into()]) });
    assert_eq!(written.await.expect("written"), many as u64);
}

both! {
    async fn where_nobody_decides_the_person_is_in_at_once(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let dated = Draft { membership_expiration_days: Some(30), ..with_terms("https://example.org/terms", free()) };
        let way = configure(&app, &owner, group, dated).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let before = app.events().await.len();
        let command = SubmitRequest { terms: Some(accepted()), ..asking(way.id, &["member"]) };
        let request = ask(&app, &ann, command.clone()).await.expect("joined");
        assert_eq!(request.status, RequestStatus::SelfApproved);
        assert!(request.decided_at.is_some() && !request.said.renewal);
        assert_eq!(request.said.identity.email.as_deref(), Some("ann@example.org"));
        assert_eq!(request.said.identity.identifier.as_deref(), Some("ann"));
        let kinds = kinds_after(&app, before).await;
        for kind in ["terms.accepted", "request.self_approved", "member.added"] {
            assert!(kinds.iter().any(|one| one == kind), "{kind}: {kinds:?}");
        }
        // The clock stands on the first of January 2030.
        let until = Some(instant("2030-02-01T00:00:00Z"));
        assert_eq!(standing(&app, group, &ann).await, Some(("enabled".into(), until, vec!["member".into()])));
        // To stay, ten days later, with other roles: they are replaced, and the end moves on from today.
        app.pass(10 * 86_400).await;
        let again = SubmitRequest { roles: vec!["curator".into()], ..command };
        let renewal = ask(&app, &ann, again).await.expect("renewed");
        assert!(renewal.said.renewal);
        let until = Some(instant("2030-02-11T00:00:00Z"));
        assert_eq!(standing(&app, group, &ann).await, Some(("enabled".into(), until, vec!["curator".into()])));
        assert!(app.event_kinds().await.iter().any(|kind| kind == "member.renewed"));
    }

    async fn a_membership_may_begin_later_and_go_on_from_its_end(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let (ann, bob) = (somebody(&app, "ann").await, somebody(&app, "bob").await);
        let later = Draft {
            valid_from: Day::parse("2030-03-01").ok(),
            membership_expiration_days: Some(1),
            ..free()
        };
        let later = configure(&app, &owner, group, later).await.expect("made").configuration;
        ask(&app, &ann, asking(later.id, &["member"])).await.expect("joined");
        assert_eq!(
            standing(&app, group, &ann).await,
            Some(("pending".into(), Some(instant("2030-03-03T00:00:00Z")), vec!["member".into()]))
        );
        assert_eq!(code(ask(&app, &ann, asking(later.id, &["member"])).await), "membership_pending");
        let going_on = Draft {
            membership_expiration_days: Some(30),
            extend_from: ExtendFrom::CurrentEnd,
            ..free()
        };
        let going_on = configure(&app, &owner, group, going_on).await.expect("made").configuration;
        for until in ["2030-02-01T00:00:00Z", "2030-03-03T00:00:00Z"] {
            ask(&app, &bob, asking(going_on.id, &["member"])).await.expect("joined");
            assert_eq!(standing(&app, group, &bob).await.and_then(|(_, until, _)| until), Some(instant(until)));
            app.pass(1).await;
        }
    }

    async fn what_is_not_in_order_is_refused_by_its_word(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let ann = somebody(&app, "ann").await;
        let make = async |draft| configure(&app, &owner, group, draft).await.expect("made").configuration.id;
        let closed = make(Draft { active: false, ..draft() }).await;
        let one = make(Draft { multiselect_role: false, ..free() }).await;
        let talkative = make(Draft { comments_needed: true, ..draft() }).await;
        let narrow = make(Draft { roles: vec!["member".into()], ..draft() }).await;
        let terms = make(with_terms("https://example.org/terms", draft())).await;
        let before = app.events().await.len();
        let table = [
            ("configuration_inactive", asking(closed, &["member"])),
            ("one_role_only", asking(one, &["member", "curator"])),
            ("comment_required", asking(talkative, &["member"])),
            ("comment_required", SubmitRequest { comments: Some(" \n".into()), ..asking(talkative, &["member"]) }),
            ("role_unknown", asking(narrow, &["curator"])),
            ("roles_required", asking(narrow, &[])),
            ("terms_not_accepted", asking(terms, &["member"])),
            ("configuration_unknown", asking(Id::new(uuid::Uuid::from_u128(7)), &["member"])),
        ];
        for (word, command) in table {
            assert_eq!(code(ask(&app, &ann, command).await), word);
        }
        assert_eq!(app.events().await.len(), before);
        assert_eq!(standing(&app, group, &ann).await, None);
        // Programs and operators ask for nobody.
        assert_eq!(code(ask(&app, &app.operator().await, asking(narrow, &["member"])).await), "person_required");
        let without = person(&app, user_of(&ann), &[Scope::ScimMe], &[]).await;
        assert!(ask(&app, &without, asking(narrow, &["member"])).await.is_err());
        // Clients of the earlier system expect the first of several roles.
        app.set_realm("default", |settings| settings.compat.single_role = true).await;
        let cut = ask(&app, &ann, asking(one, &["curator", "member"])).await.expect("cut");
        assert_eq!(cut.said.roles.len(), 1);
        assert_eq!(standing(&app, group, &ann).await.map(|(_, _, roles)| roles), Some(vec!["curator".into()]));
    }

    async fn one_request_at_a_time_until_it_is_answered_or_taken_back(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let other = configure(&app, &owner, group, free()).await.expect("made").configuration;
        let (ann, bob) = (somebody(&app, "ann").await, somebody(&app, "bob").await);
        let first = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked");
        assert_eq!(first.status, RequestStatus::PendingApproval);
        for other in [way.id, other.id] {
            assert_eq!(code(ask(&app, &ann, asking(other, &["member"])).await), "request_open");
        }
        let withdraw = |id| Withdraw { id };
        assert_eq!(code(app.directory().execute(&bob, withdraw(first.id)).await), "request_not_yours");
        assert!(not_found(app.directory().execute(&bob, withdraw(Id::new(uuid::Uuid::from_u128(7)))).await));
        let withdrawn = app.directory().execute(&ann, withdraw(first.id)).await.expect("withdrawn");
        assert_eq!((withdrawn.status, withdrawn.said.cause), (RequestStatus::Archived, Some(ArchiveCause::Withdrawn)));
        assert_eq!(code(app.directory().execute(&ann, withdraw(first.id)).await), "request_not_pending");
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("request.withdrawn"));
        let second = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked");
        reject(&app, &owner, second.id).await.expect("rejected");
        ask(&app, &ann, asking(other.id, &["member"])).await.expect("joined");
        let all = app.directory().my_requests(&ann, &OwnRequests { max: 10, ..OwnRequests::default() }).await.expect("read");
        let statuses: Vec<_> = all.requests.iter().map(|one| one.request.status).collect();
        assert_eq!(statuses.len(), 3);
        assert_eq!(all.count, 3);
        assert!(statuses.contains(&RequestStatus::SelfApproved) && statuses.contains(&RequestStatus::Rejected));
        assert!(app.directory().my_request(&ann, second.id).await.is_ok());
        assert_eq!(code(app.directory().my_request(&bob, second.id).await), "request_not_yours");
    }

    async fn all_that_somebody_ever_asked_is_counted_and_found(app: TestApp) {
        let (acme, owner) = owned(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let way = configure(&app, &owner, acme, draft()).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let newest = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked");
        asked_before(&app, newest.id, ops, 2_100).await;
        let own = async |asked: OwnRequests| app.directory().my_requests(&ann, &asked).await.expect("read");
        let ten = || OwnRequests { max: 10, ..OwnRequests::default() };
        assert_eq!(own(ten()).await.count, 2_101);
        let last = own(OwnRequests { first: 2_100, ..ten() }).await.requests;
        assert_eq!(last.iter().map(|one| one.request.status).collect::<Vec<_>>(), [RequestStatus::Rejected]);
        let first = own(OwnRequests { ascending: true, ..ten() }).await.requests;
        assert_eq!((first.len(), first[0].request.id), (10, last[0].request.id));
        let rejected = own(OwnRequests { status: Some(RequestStatus::Rejected), ..ten() }).await;
        assert_eq!((rejected.count, rejected.requests[0].request.id), (1, last[0].request.id));
        for (asked, count) in [
            (OwnRequests { group: Some(ops), ..ten() }, 2_100),
            (OwnRequests { group_name: Some("ACM".into()), ..ten() }, 1),
            (OwnRequests { order: OrderOfRequests::GroupName, first: 2_095, ..ten() }, 2_101),
        ] {
            assert_eq!(own(asked.clone()).await.count, count, "{asked:?}");
        }
    }

    async fn who_is_kept_out_here_or_above_does_not_get_in_by_asking(app: TestApp) {
        let (acme, owner) = owned(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let plain = |draft: Draft| Draft { roles: vec!["member".into()], ..draft };
        let free_way = configure(&app, &owner, ops, plain(free())).await.expect("made").configuration;
        let reviewed = configure(&app, &owner, ops, plain(draft())).await.expect("made").configuration;
        let (ann, bob) = (somebody(&app, "ann").await, somebody(&app, "bob").await);
        let waiting = ask(&app, &bob, asking(reviewed.id, &["member"])).await.expect("asked");
        block(&app, acme.uuid(), user_of(&ann)).await;
        block(&app, ops.uuid(), user_of(&bob)).await;
        for way in [free_way.id, reviewed.id] {
            assert_eq!(code(ask(&app, &ann, asking(way, &["member"])).await), "suspended");
        }
        assert_eq!(code(accept(&app, &owner, waiting.id).await), "suspended");
        assert_eq!(standing(&app, ops, &bob).await, None);
        assert_eq!(app.directory().my_request(&bob, waiting.id).await.expect("read").request.status, RequestStatus::PendingApproval);
    }

    async fn a_privileged_group_lets_nobody_in_by_themselves(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, free()).await.expect("made").configuration;
        let command = SetPrivileged { group, privileged: Some(Privileged { roles: vec!["inviter".into()] }) };
        app.directory().execute(&app.operator().await, command).await.expect("set");
        let ann = somebody(&app, "ann").await;
        assert_eq!(code(ask(&app, &ann, asking(way.id, &["member"])).await), "privileged");
    }

    async fn changing_a_way_to_join_puts_aside_what_waits_for_it(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let (ann, bob, eve) = (somebody(&app, "ann").await, somebody(&app, "bob").await, somebody(&app, "eve").await);
        let first = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked");
        let second = ask(&app, &bob, asking(way.id, &["member"])).await.expect("asked");
        let decided = ask(&app, &eve, asking(way.id, &["member"])).await.expect("asked");
        accept(&app, &owner, decided.id).await.expect("accepted");
        reconfigure(&app, &owner, &way, Draft { name: "Join us".into(), ..draft() }).await.expect("changed");
        // Nobody decides by what was agreed before, and whoever asks again may do so at once.
        assert_eq!(code(accept(&app, &owner, first.id).await), "request_not_pending");
        let anew = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked again");
        app.run_jobs().await;
        let status = async |who, id| app.directory().my_request(who, id).await.expect("read").request;
        for (who, id) in [(&ann, first.id), (&bob, second.id)] {
            let request = status(who, id).await;
            assert_eq!(request.status, RequestStatus::Archived);
            assert_eq!(request.said.cause, Some(ArchiveCause::ConfigurationChanged));
        }
        assert_eq!(status(&ann, anew.id).await.status, RequestStatus::PendingApproval);
        assert_eq!(status(&eve, decided.id).await.status, RequestStatus::Accepted);
        accept(&app, &owner, anew.id).await.expect("accepted");
    }

    async fn removing_a_way_to_join_forgets_its_requests_in_slices(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        configure(&app, &owner, group, draft()).await.expect("made");
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let request = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked");
        // A thousand that were decided long ago.
        let realm = app.realm("default").await;
        let (sql, way_id) = (
            "INSERT INTO enrollment_requests (realm, id, version, modified, group_id, configuration, user_id, status, open, submitted_at, body)
             VALUES (?1, ?2, 1, 0, ?3, ?4, ?5, 'REJECTED', FALSE, 0, '{}')",
            way.id,
        );
        let fill = move |tx: &mut db::Tx<'_>| -> Result<(), db::Error> {
            for number in 1..=1000_u128 {
                let (id, nobody) = (uuid::Uuid::from_u128(number), uuid::Uuid::from_u128(9));
                tx.execute(sql, &[realm.into(), id.into(), group.into(), way_id.into(), nobody.into()])?;
            }
            Ok(())
        };
        app.db().write(fill).await.expect("filled");
        let before = app.events().await.len();
        unconfigure(&app, &owner, &way).await.expect("removed");
        assert_eq!(code(accept(&app, &owner, request.id).await), "request_not_pending");
        app.run_jobs().await;
        let kinds = kinds_after(&app, before).await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "request.archived").count(), 1);
        for table in ["enrollment_requests", "request_scopes"] {
            let rows = app.db().query(&format!("SELECT 1 FROM {table}"), &[]).await.expect("read");
            assert!(rows.is_empty(), "{table}");
        }
        let rows = app.db().query("SELECT 1 FROM enrollment_configurations", &[]).await.expect("read");
        // The other one.
        assert_eq!(rows.len(), 1);
    }

    async fn who_waits_for_a_group_that_is_deleted_is_told(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let request = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked");
        app.deliver_mail().await;
        remove(&app, &owner, group).await.expect("deleted");
        assert_eq!(code(app.directory().way(&ann, way.id).await), "configuration_unknown");
        assert_eq!(code(ask(&app, &ann, asking(way.id, &["member"])).await), "configuration_unknown");
        app.run_jobs().await;
        let events = app.events().await;
        let archived = events.iter().find(|event| event.kind == "request.archived").expect("it is there");
        assert_eq!(archived.body["cause"], "group_deleted");
        let mails = app.deliver_mail().await;
        let told = mails.iter().filter(|mail| mail.to.contains("ann@example.org") && mail.text.contains("/acme"));
        assert_eq!(told.count(), 1);
        assert!(not_found(app.directory().my_request(&ann, request.id).await));
        for table in ["enrollment_configurations", "enrollment_requests", "request_scopes"] {
            let rows = app.db().query(&format!("SELECT 1 FROM {table}"), &[]).await.expect("read");
            assert!(rows.is_empty(), "{table}");
        }
    }

    async fn who_asks_is_kept_as_they_were_then(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        app.set_realm("default", |settings| {
            settings.agm.identifier_attribute = Some("employeeNumber".into());
            settings.agm.assurance_attribute = Some("roles".into());
        })
        .await;
        let body = json!({
            "userName": "ada",
            "name": { "givenName": "Ada", "familyName": "Lovelace" },
            "emails": [{ "value": "ada@example.org" }],
            "roles": [{ "value": "checked" }],
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "employeeNumber": "701984" },
        });
        let user = app.user_with("default", body).await;
        let ada = person(&app, user, &[Scope::AgmSelf], &[]).await;
        let request = ask(&app, &ada, asking(way.id, &["member"])).await.expect("asked");
        let identity = request.said.identity;
        assert_eq!(identity.first_name.as_deref(), Some("Ada"));
        assert_eq!(identity.identifier.as_deref(), Some("701984"));
        assert_eq!(identity.assurance, ["checked"]);
        // No fact tells what people wrote, or who they are beside their ids.
        let told = app.events().await.iter().filter(|event| event.kind.starts_with("request.")).map(|event| event.body.to_string()).collect::<String>();
        assert!(!told.contains("Lovelace") && !told.contains("ada@example.org"), "{told}");
    }

    async fn who_leaves_waits_for_nothing_and_is_forgotten(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, with_terms("https://example.org/terms", draft())).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let command = SubmitRequest { terms: Some(accepted()), ..asking(way.id, &["member"]) };
        let request = ask(&app, &ann, command).await.expect("asked");
        let admin = app.principal("hr", &["scim:write"], testkit::Program::default()).await;
        delete(&app, &admin, user_of(&ann)).await.expect("deleted");
        let left = app.directory().request(&owner, request.id).await.expect("read");
        assert_eq!(left.request.said.cause, Some(ArchiveCause::PersonGone));
        assert!(left.requester.is_none());
        assert_eq!(code(accept(&app, &owner, request.id).await), "request_not_pending");
        app.pass(31 * 86_400).await;
        for table in ["enrollment_requests", "request_scopes", "request_messages", "term_acceptances"] {
            let rows = app.db().query(&format!("SELECT 1 FROM {table}"), &[]).await.expect("read");
            assert!(rows.is_empty(), "{table}");
        }
    }
}
