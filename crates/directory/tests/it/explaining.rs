//! Why somebody is in a group or not, from what is stored.

use directory::enrollment::configuration::default_draft;
use directory::enrollment::rule::Rules;
use directory::enrollment::{AcceptRequest, Configure, SubmitRequest};
use directory::group::Group;
use directory::mail::Language;
use directory::user::User;
use directory::zone::Zone;
use directory::{Id, Principal, Scope};
use serde_json::json;
use testkit::{Program, TestApp, both};

use crate::memberships::sql;
use crate::support::groups::{below, code, let_do, own, person, top, user_of};
use crate::support::{not_found, patch_group};

async fn said(app: &TestApp, user: Id<User>, group: Id<Group>) -> String {
    app.place_events().await;
    let explanation = app.directory().explain(&app.operator().await, user, group).await;
    let sentences = explanation
        .expect("explained")
        .sentences(Language::En, &Zone::default());
    sentences.join(" ")
}

async fn somebody(app: &TestApp, name: &str) -> Principal {
    let user = app.user(name).await;
    person(app, user, &[Scope::AgmSelf, Scope::AgmManage], &[]).await
}

/// Lets somebody in by a request that somebody accepts.
async fn joins(app: &TestApp, who: &Principal, reviewer: &Principal, group: Id<Group>) {
    let mut draft = default_draft("ops", &["member".into()], &Rules::default());
    draft.name = "Join ops".into();
    draft.comments_needed = false;
    draft.membership_expiration_days = Some(30);
    let configure = Configure {
        group,
        id: None,
        if_version: None,
        draft,
        force: false,
    };
    let way = app
        .directory()
        .execute(reviewer, configure)
        .await
        .expect("made")
        .configuration;
    let ask = SubmitRequest {
        configuration: way.id,
        roles: vec!["member".into()],
        comments: None,
        terms: None,
    };
    let request = app.directory().execute(who, ask).await.expect("asked").request;
    let waits = said(app, user_of(who), group).await;
    assert!(
        waits.ends_with("asked to join on 1 January 2030; that waits for an answer."),
        "{waits}"
    );
    app.pass(86_400).await;
    let accept = AcceptRequest {
        id: request.id,
        if_version: None,
        justification: None,
    };
    app.directory().execute(reviewer, accept).await.expect("accepted");
}

async fn members(app: &TestApp, group: Id<Group>, op: &str, user: Id<User>) {
    let operator = app.operator().await;
    let operation = match op {
        "add" => json!({ "op": "add", "path": "members", "value": [{ "value": user.to_string() }] }),
        _ => json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") }),
    };
    patch_group(app, &operator, group, json!([operation]))
        .await
        .expect("patched");
}

both! {
    async fn a_member_is_told_who_accepted_until_when_and_what_ends_along(app: TestApp) {
        let (grace, ada) = (somebody(&app, "grace").await, somebody(&app, "ada").await);
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let night = below(&app, ops, "night").await;
        own(&app, acme, user_of(&grace)).await;
        joins(&app, &ada, &grace, ops).await;
        members(&app, night, "add", user_of(&ada)).await;
        let ada = user_of(&ada);
        assert_eq!(
            said(&app, ada, ops).await,
            "ada has been a member of /acme/ops since 2 January 2030, with the role member. grace approved the request of \
             1 January 2030 by the way “Join ops”. It lasts until 1 February 2030. Removing it also ends /acme/ops/night."
        );
        let membership = app.directory().explain(&app.operator().await, ada, ops).await.expect("told").membership.expect("one");
        let entitle = "INSERT INTO entitlements (realm, user_id, membership, role, value) SELECT realm, user_id, id, ?2, 'urn:x:ops' FROM memberships WHERE id = ?1";
        sql(&app, entitle, vec![membership.id.into(), uuid::Uuid::nil().into()]).await;
        let block = "INSERT INTO membership_blocks (realm, user_id, group_id, why, set_by, set_at)
                     SELECT realm, user_id, ?2, 'lost the badge', ?3, 1893628800000 FROM memberships WHERE id = ?1";
        let by = format!("user:{}", user_of(&grace));
        sql(&app, block, vec![membership.id.into(), acme.into(), by.into()]).await;
        let suspend = "UPDATE memberships SET status = 'suspended' WHERE id = ?1";
        sql(&app, suspend, vec![membership.id.into()]).await;
        assert_eq!(
            said(&app, ada, ops).await,
            "ada has a membership of /acme/ops since 2 January 2030, with the role member, which is suspended. grace approved the \
             request of 1 January 2030 by the way “Join ops”. It lasts until 1 February 2030. grace has kept ada out of /acme since \
             3 January 2030: “lost the badge”. Removing it also ends /acme/ops/night and takes 1 entitlement."
        );
    }

    async fn who_is_no_member_is_told_why_not(app: TestApp) {
        let acme = top(&app, "acme").await;
        let [bob, eve] = [app.user("bob").await, app.user("eve").await];
        assert_eq!(said(&app, bob, acme).await, "bob was never a member of /acme.");
        members(&app, acme, "add", bob).await;
        members(&app, acme, "remove", bob).await;
        assert_eq!(said(&app, bob, acme).await, "bob is no member of /acme: the operator ended the membership on 1 January 2030.");
        let hr = app.principal("hr", &["scim:write"], Program::default()).await;
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": eve.to_string() }] }]);
        patch_group(&app, &hr, acme, add).await.expect("added");
        assert!(said(&app, eve, acme).await.contains("The program hr gave it."));
        let end = "UPDATE memberships SET expires_at = ?2 WHERE user_id = ?1";
        sql(&app, end, vec![eve.into(), app.now().plus_seconds(86_400).millis().into()]).await;
        let begin = "INSERT INTO jobs (realm, id, kind, subject, payload, due_at, attempts, parked)
                     SELECT realm, id, 'person_duties', id, '{}', ?2, 0, FALSE FROM users WHERE id = ?1";
        sql(&app, begin, vec![eve.into(), app.now().millis().into()]).await;
        app.run_jobs().await;
        app.pass(2 * 86_400).await;
        let expired = said(&app, eve, acme).await;
        assert!(expired.starts_with("eve is no member of /acme any more: the membership expired after "), "{expired}");
    }

    async fn only_who_may_see_members_is_told_and_of_strangers_nobody_but_the_realm(app: TestApp) {
        let acme = top(&app, "acme").await;
        let [bob, eve] = [app.user("bob").await, app.user("eve").await];
        members(&app, acme, "add", bob).await;
        let viewer = somebody(&app, "viewer").await;
        let tell = async |who: &Principal, user: Id<User>, group: Id<Group>| app.directory().explain(who, user, group).await;
        assert_eq!(code(tell(&viewer, bob, acme).await), "not_permitted");
        let_do(&app, acme, user_of(&viewer), "members.read").await;
        assert!(tell(&viewer, bob, acme).await.is_ok());
        assert!(not_found(tell(&viewer, eve, acme).await));
        assert!(not_found(tell(&viewer, bob, Id::new(uuid::Uuid::from_u128(7))).await));
        let operator = app.operator().await;
        assert!(tell(&operator, eve, acme).await.is_ok());
        assert!(not_found(tell(&operator, Id::new(uuid::Uuid::from_u128(7)), acme).await));
        let policy = json!({ "user_filter": "userName eq \"bob\"" });
        let narrow = app.principal("narrow", &["agm:manage"], Program::default().policy(policy)).await;
        assert!(matches!(crate::support::refusal(tell(&narrow, bob, acme).await), directory::Refusal::Forbidden { .. }));
        let self_only = person(&app, user_of(&viewer), &[Scope::AgmSelf], &[]).await;
        assert!(tell(&self_only, bob, acme).await.is_err());
    }
}
