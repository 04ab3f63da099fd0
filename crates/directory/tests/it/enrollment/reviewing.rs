//! Deciding about those who ask.

use directory::delegation::{RevokeDelegation, Whom};
use directory::enrollment::request::{ArchiveCause, RequestStatus};
use directory::enrollment::{AskRequester, AssignRequest, Respond};
use directory::group::{DeleteRole, GroupSettings, Privileged, RoleNamed, SetGroupSettings, SetPrivileged};
use directory::view::IfMatch;
use directory::{Error, Id, Principal, Refusal, Role};
use serde_json::{Value, json};
use testkit::{TestApp, both};

use super::{accept, ask, asking, configure, draft, kinds_after, owned, reconfigure, reject, somebody, standing};
use crate::support::groups::{code, let_do, manager, own, user_of};
use crate::support::{not_found, patch, refusal};
use directory::enrollment::configuration::Draft;
use directory::enrollment::request::Request;

async fn ask_back(app: &TestApp, who: &Principal, id: Id<Request>, text: &str) -> Result<Request, Error> {
    let command = AskRequester {
        id,
        if_version: None,
        text: text.into(),
    };
    app.directory().execute(who, command).await
}

async fn respond(app: &TestApp, who: &Principal, id: Id<Request>, text: &str) -> Result<Request, Error> {
    app.directory().execute(who, Respond { id, text: text.into() }).await
}

both! {
    async fn a_request_goes_to_and_fro_until_it_is_decided(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, Draft { membership_expiration_days: Some(30), ..draft() }).await.expect("made").configuration;
        let (ann, bob) = (somebody(&app, "ann").await, somebody(&app, "bob").await);
        let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
        let before = app.events().await.len();
        assert_eq!(code(respond(&app, &ann, id, "hello").await), "request_not_waiting");
        assert_eq!(code(ask_back(&app, &owner, id, " ").await), "comment_required");
        ask_back(&app, &owner, id, "Who sent you?").await.expect("asked back");
        for refused in [code(accept(&app, &owner, id).await), code(reject(&app, &owner, id).await), code(ask_back(&app, &owner, id, "?").await)] {
            assert_eq!(refused, "request_not_pending");
        }
        assert_eq!(code(respond(&app, &bob, id, "me").await), "request_not_yours");
        assert_eq!(code(respond(&app, &ann, id, "").await), "comment_required");
        respond(&app, &ann, id, "Grace did").await.expect("answered");
        let decided = accept(&app, &owner, id).await.expect("accepted");
        assert!(decided.decided);
        assert_eq!(decided.request.said.reviewer, Some(owner.label()));
        assert_eq!(code(accept(&app, &owner, id).await), "request_not_pending");
        let kinds = kinds_after(&app, before).await;
        let of_request: Vec<&String> = kinds.iter().filter(|kind| kind.starts_with("request.")).collect();
        assert_eq!(of_request, ["request.asked", "request.answered", "request.accepted"]);
        let shown = app.directory().request(&owner, id).await.expect("read");
        let thread: Vec<(bool, &str)> = shown.thread.iter().map(|one| (one.by_reviewer, one.text.as_str())).collect();
        assert_eq!(thread, [(true, "Who sent you?"), (false, "Grace did")]);
        assert_eq!(shown.reviewer.map(|user| user.id), Some(user_of(&owner)));
        let (status, until, roles) = standing(&app, group, &ann).await.expect("a member");
        assert_eq!((status.as_str(), roles), ("enabled", vec!["member".to_owned()]));
        assert!(until.is_some());
    }

    async fn who_decides_is_who_may_and_never_about_themselves(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let (mg, viewer) = (manager(&app, "mg", &[Role::ManageGroups]).await, manager(&app, "viewer", &[]).await);
        let_do(&app, group, user_of(&viewer), "viewer").await;
        let ann = somebody(&app, "ann").await;
        let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
        for (who, sees) in [(&mg, true), (&viewer, false)] {
            assert_eq!(code(accept(&app, who, id).await), "not_permitted");
            assert_eq!(code(reject(&app, who, id).await), "not_permitted");
            assert_eq!(code(ask_back(&app, who, id, "?").await), "not_permitted");
            assert_eq!(app.directory().request(who, id).await.is_ok(), sees);
        }
        assert!(not_found(accept(&app, &owner, Id::new(uuid::Uuid::from_u128(7))).await));
        let rejected = reject(&app, &owner, id).await.expect("rejected");
        assert_eq!((rejected.status, rejected.said.justification.as_deref()), (RequestStatus::Rejected, Some("no room")));
        assert_eq!(standing(&app, group, &ann).await, None);
        // An administrator who wants to join is let in by another one, unless the group does not mind.
        let own_request = ask(&app, &owner, asking(way.id, &["member"])).await.expect("asked").id;
        assert_eq!(code(accept(&app, &owner, own_request).await), "not_yourself");
        let settings = GroupSettings { self_approval: true, ..GroupSettings::default() };
        let command = SetGroupSettings { group, settings, if_match: IfMatch::Any };
        app.directory().execute(&app.operator().await, command).await.expect("set");
        accept(&app, &owner, own_request).await.expect("accepted");
    }

    async fn two_decide_about_a_privileged_group_or_one_who_is_entitled(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let second = manager(&app, "second", &[]).await;
        own(&app, group, user_of(&second)).await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let command = SetPrivileged { group, privileged: Some(Privileged { roles: vec!["inviter".into()] }) };
        app.directory().execute(&app.operator().await, command).await.expect("set");
        let (ann, bob) = (somebody(&app, "ann").await, somebody(&app, "bob").await);
        let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
        let first = accept(&app, &owner, id).await.expect("the first");
        assert!(!first.decided);
        assert_eq!(first.request.status, RequestStatus::PendingApproval);
        assert_eq!(standing(&app, group, &ann).await, None);
        assert_eq!(code(accept(&app, &owner, id).await), "not_yourself");
        assert!(accept(&app, &second, id).await.expect("the second").decided);
        assert_eq!(standing(&app, group, &ann).await.map(|(status, _, _)| status).as_deref(), Some("enabled"));
        let id = ask(&app, &bob, asking(way.id, &["member"])).await.expect("asked").id;
        assert!(accept(&app, &app.operator().await, id).await.expect("alone").decided);
    }

    async fn a_yes_of_somebody_who_no_longer_reviews_does_not_count(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let [second, third] = [manager(&app, "second", &[]).await, manager(&app, "third", &[]).await];
        for reviewer in [&second, &third] {
            own(&app, group, user_of(reviewer)).await;
        }
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let command = SetPrivileged { group, privileged: Some(Privileged { roles: vec!["inviter".into()] }) };
        let operator = app.operator().await;
        app.directory().execute(&operator, command).await.expect("set");
        let ann = somebody(&app, "ann").await;
        let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
        assert!(!accept(&app, &second, id).await.expect("the first").decided);
        let gone = RevokeDelegation { group, whom: Whom::User(user_of(&second)), force: false, if_match: IfMatch::Any };
        app.directory().execute(&operator, gone).await.expect("revoked");
        assert!(!accept(&app, &owner, id).await.expect("the first that counts").decided);
        assert_eq!(standing(&app, group, &ann).await, None);
        // Nor of somebody whose account is suspended.
        let active = |active: bool| json!([{ "op": "replace", "path": "active", "value": active }]);
        patch(&app, &operator, user_of(&owner), active(false)).await.expect("suspended");
        assert!(!accept(&app, &third, id).await.expect("the first again").decided);
        patch(&app, &operator, user_of(&owner), active(true)).await.expect("back");
        assert!(accept(&app, &owner, id).await.expect("the second").decided);
    }

    async fn a_yes_from_before_a_question_does_not_count_after_it(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let second = manager(&app, "second", &[]).await;
        own(&app, group, user_of(&second)).await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let command = SetPrivileged { group, privileged: Some(Privileged { roles: vec!["inviter".into()] }) };
        app.directory().execute(&app.operator().await, command).await.expect("set");
        let ann = somebody(&app, "ann").await;
        let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
        assert!(!accept(&app, &owner, id).await.expect("the first").decided);
        ask_back(&app, &second, id, "Who sent you?").await.expect("asked back");
        respond(&app, &ann, id, "nobody").await.expect("answered");
        assert!(!accept(&app, &second, id).await.expect("the first again").decided);
        assert!(accept(&app, &owner, id).await.expect("the second").decided);
    }

    async fn what_is_no_longer_offered_is_put_aside_by_its_cause_when_it_would_be_reminded_of(app: TestApp) {
        app.set_realm("default", |settings| settings.agm.request_reminder_days = Some(7)).await;
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
        reconfigure(&app, &owner, &way, Draft { name: "Join us".into(), ..draft() }).await.expect("changed");
        // As if the job that follows had not come to it.
        let forget = |tx: &mut db::Tx<'_>| tx.execute("DELETE FROM jobs WHERE kind = 'settle_configuration'", &[]).map(drop);
        app.db().write(forget).await.expect("forgotten");
        app.pass(7 * 86_400).await;
        let request = app.directory().my_request(&ann, id).await.expect("read").request;
        assert_eq!((request.status, request.said.cause), (RequestStatus::Archived, Some(ArchiveCause::ConfigurationChanged)));
    }

    async fn a_role_that_is_gone_is_given_to_nobody(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let (ann, bob) = (somebody(&app, "ann").await, somebody(&app, "bob").await);
        let gone = ask(&app, &ann, asking(way.id, &["curator", "member"])).await.expect("asked").id;
        let stays = ask(&app, &bob, asking(way.id, &["member"])).await.expect("asked").id;
        let command = DeleteRole { group, role: RoleNamed::Name("curator".into()), replace_with: None, force: false, if_version: None };
        app.directory().execute(&owner, command).await.expect("deleted");
        assert_eq!(code(accept(&app, &owner, gone).await), "role_unknown");
        app.run_jobs().await;
        let status = async |id| app.directory().request(&owner, id).await.expect("read").request.status;
        assert_eq!((status(gone).await, status(stays).await), (RequestStatus::Archived, RequestStatus::PendingApproval));
        let way = app.directory().configuration(&owner, group, way.id).await.expect("read");
        assert_eq!(way.roles, ["member"]);
        let events = app.events().await;
        let event = events.iter().rfind(|event| event.kind == "configuration.changed").expect("it is there");
        assert_eq!(event.body["before"]["roles"], json!(["curator", "member"]));
        assert_eq!(event.body["after"]["roles"], json!(["member"]));
        accept(&app, &owner, stays).await.expect("accepted");
    }

    async fn a_request_is_given_to_one_who_may_decide_it(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let other = manager(&app, "other", &[]).await;
        own(&app, group, user_of(&other)).await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
        let assign = |reviewer| AssignRequest { id, if_version: None, reviewer };
        assert_eq!(code(app.directory().execute(&owner, assign(Some(user_of(&ann)))).await), "user_unknown");
        let given = app.directory().execute(&owner, assign(Some(user_of(&other)))).await.expect("given");
        assert_eq!(given.said.assigned_to, Some(user_of(&other).uuid()));
        let events = app.events().await;
        let event = events.iter().rfind(|event| event.kind == "request.assigned").expect("it is there");
        assert_eq!((&event.body["before"], &event.body["after"]), (&Value::Null, &json!(user_of(&other).to_string())));
        let stale = AssignRequest { if_version: Some(1), ..assign(None) };
        assert!(matches!(refusal(app.directory().execute(&owner, stale).await), Refusal::Changed));
    }

    async fn what_nobody_answers_is_reminded_of_and_closed(app: TestApp) {
        app.set_realm("default", |settings| {
            settings.agm.request_reminder_days = Some(7);
            settings.agm.request_close_days = Some(20);
            settings.agm.request_retention_days = Some(30);
        })
        .await;
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
        let count = async |kind: &str| app.event_kinds().await.iter().filter(|one| *one == kind).count();
        app.pass(6 * 86_400).await;
        assert_eq!(count("request.reminded").await, 0);
        app.pass(86_400).await;
        assert_eq!(count("request.reminded").await, 1);
        // A word begins it anew.
        ask_back(&app, &owner, id, "Who sent you?").await.expect("asked back");
        app.pass(7 * 86_400).await;
        app.pass(7 * 86_400).await;
        assert_eq!(count("request.reminded").await, 3);
        app.pass(6 * 86_400).await;
        assert_eq!(count("request.closed").await, 1);
        assert_eq!(code(respond(&app, &ann, id, "too late").await), "request_not_waiting");
        let rows = app.db().query("SELECT 1 FROM jobs WHERE kind = 'request_duties'", &[]).await.expect("read");
        assert!(rows.is_empty());
    }

    async fn what_was_decided_long_ago_is_forgotten(app: TestApp) {
        app.set_realm("default", |settings| settings.agm.request_retention_days = Some(30)).await;
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let (ann, bob) = (somebody(&app, "ann").await, somebody(&app, "bob").await);
        let decided = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
        let open = ask(&app, &bob, asking(way.id, &["member"])).await.expect("asked").id;
        reject(&app, &owner, decided).await.expect("rejected");
        for _ in 0..33 {
            app.pass(86_400).await;
        }
        assert!(not_found(app.directory().request(&owner, decided).await));
        assert!(app.directory().request(&owner, open).await.is_ok());
    }

    async fn the_person_is_told_of_the_question_and_of_the_decision(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
        app.deliver_mail().await;
        let told = async |what: &str| {
            let mails = app.deliver_mail().await;
            let to_ann = mails.iter().filter(|mail| mail.to.contains("ann@example.org"));
            let texts: Vec<&String> = to_ann.map(|mail| &mail.text).collect();
            assert!(texts.len() == 1 && texts[0].contains(what), "{what}: {texts:?}");
            assert!(texts[0].contains("/acme"), "{texts:?}");
        };
        ask_back(&app, &owner, id, "Who sent you?").await.expect("asked back");
        told("Who sent you?").await;
        respond(&app, &ann, id, "Grace did").await.expect("answered");
        accept(&app, &owner, id).await.expect("accepted");
        told("they are known").await;
    }
}
