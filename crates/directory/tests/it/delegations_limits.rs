//! How far administrators reach: no further than they may themselves, never without an owner, and not into privileged groups from
//! above.

use directory::delegation::{
    Capabilities, ChangeDelegation, Delegation, GrantDelegation, Preset, RevokeDelegation, Whom,
};
use directory::enrollment::configuration::Draft;
use directory::enrollment::{AcceptRequest, Configure, SubmitRequest};
use directory::group::{CreateSubgroup, FirstOwner, Group, NewGroup, Privileged, SetPrivileged, privileged};
use directory::user::User;
use directory::view::IfMatch;
use directory::{DenialClass, Error, Id, Principal, Refusal, Role, Scope, Timestamp};
use serde_json::json;
use testkit::{Program, TestApp, both};

use crate::support::groups::{below, code, let_do, manager, new, own, person, put, remove, top, user_of};
use crate::support::{create_group, delete, patch, patch_group, refusal};

const DAY: i64 = 86_400;

async fn grant(app: &TestApp, who: &Principal, command: GrantDelegation) -> Result<Delegation, Error> {
    app.directory().execute(who, command).await
}

fn owner(group: Id<Group>, user: Id<User>) -> GrantDelegation {
    GrantDelegation::owner(group, Whom::User(user))
}

async fn revoke(app: &TestApp, who: &Principal, group: Id<Group>, user: Id<User>) -> Result<Delegation, Error> {
    let whom = Whom::User(user);
    app.directory()
        .execute(
            who,
            RevokeDelegation {
                group,
                whom,
                force: false,
                if_match: IfMatch::Any,
            },
        )
        .await
}

/// The same delegation, to be changed.
fn again(one: &Delegation) -> ChangeDelegation {
    ChangeDelegation {
        group: one.group,
        subject: one.subject.uuid(),
        capabilities: one.capabilities,
        inherit: one.inherit,
        valid_from: one.valid_from,
        valid_until: one.valid_until,
        force: false,
    }
}

async fn change(app: &TestApp, who: &Principal, command: ChangeDelegation) -> Result<Delegation, Error> {
    app.directory().execute(who, command).await
}

async fn suspend(app: &TestApp, hr: &Principal, user: Id<User>) {
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    patch(app, hr, user, off).await.expect("suspended");
}

/// A realm administrator, who decides which groups are privileged.
async fn root(app: &TestApp) -> Principal {
    let root = app.user("root").await;
    person(app, root, &[Scope::AgmAdmin], &[Role::RealmAdmin]).await
}

fn privileged_by(group: Id<Group>, roles: &[&str]) -> SetPrivileged {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    SetPrivileged {
        group,
        privileged: Some(Privileged { roles }),
    }
}

both! {
    async fn nobody_lets_others_reach_deeper_or_longer_than_they_do(app: TestApp) {
        let acme = top(&app, "acme").await;
        let (operator, ga, bob) = (app.operator().await, manager(&app, "ga", &[]).await, app.user("bob").await);
        let friday = app.now().plus_seconds(4 * DAY);
        let own_one = GrantDelegation { inherit: false, valid_until: Some(friday), ..owner(acme, user_of(&ga)) };
        let own_one = grant(&app, &operator, own_one).await.expect("granted");
        own(&app, acme, app.user("boss").await).await;

        let mine = |inherit: bool, valid_until: Option<Timestamp>| GrantDelegation { inherit, valid_until, ..owner(acme, bob) };
        for (inherit, until) in [(true, Some(friday)), (false, None), (false, Some(friday.plus_seconds(1)))] {
            let before = app.events().await.len();
            assert_eq!(code(grant(&app, &ga, mine(inherit, until)).await), "more_than_own", "{inherit} {until:?}");
            assert_eq!(app.events().await.len(), before);
        }
        let to_bob = grant(&app, &ga, mine(false, Some(friday))).await.expect("as far as they reach themselves");
        for wider in [
            ChangeDelegation { inherit: true, ..again(&own_one) },
            ChangeDelegation { valid_until: None, ..again(&own_one) },
            ChangeDelegation { valid_until: Some(friday.plus_seconds(1)), ..again(&to_bob) },
        ] {
            assert_eq!(code(change(&app, &ga, wider).await), "more_than_own");
        }
        let shorter = ChangeDelegation { valid_until: Some(friday.plus_seconds(-DAY)), ..again(&to_bob) };
        let shorter = change(&app, &ga, shorter).await.expect("less");
        change(&app, &ga, again(&to_bob)).await.expect("as long as before, which is as long as their own");
        assert_eq!(shorter.version, 2);
        // What reaches deeper than one's own is not taken away either: it is about groups one has no right in.
        let deeper = own(&app, acme, app.user("deep").await).await;
        assert_eq!(code(revoke(&app, &ga, acme, Id::new(deeper.subject.uuid())).await), "more_than_own");
        change(&app, &operator, ChangeDelegation { inherit: true, valid_until: None, ..again(&own_one) }).await.expect("theirs");
        change(&app, &ga, ChangeDelegation { inherit: true, valid_until: None, ..again(&to_bob) }).await.expect("theirs too");
    }

    async fn what_comes_by_a_group_lasts_as_long_as_being_in_it(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let (ann, bob) = (manager(&app, "ann", &[]).await, app.user("bob").await);
        let members = json!([{ "value": user_of(&ann).to_string() }]);
        let staff = create_group(&app, &hr, json!({ "displayName": "staff", "members": members })).await.expect("made").group.id;
        let acme = top(&app, "acme").await;
        grant(&app, &app.operator().await, GrantDelegation { whom: Whom::Group(staff), ..owner(acme, bob) }).await.expect("granted");
        grant(&app, &ann, owner(acme, bob)).await.expect("for good, as she is in for good");
        revoke(&app, &ann, acme, bob).await.expect("gone");
        let until = app.now().plus_seconds(DAY);
        let ends = move |tx: &mut db::Tx<'_>| tx.execute("UPDATE memberships SET effective_at = ?1", &[until.millis().into()]).map(drop);
        app.db().write(ends).await.expect("set");
        assert_eq!(code(grant(&app, &ann, owner(acme, bob)).await), "more_than_own");
        grant(&app, &ann, GrantDelegation { valid_until: Some(until), ..owner(acme, bob) }).await.expect("until then");
    }

    async fn making_a_group_below_makes_nobody_more_than_they_are(app: TestApp) {
        let acme = top(&app, "acme").await;
        let ga = manager(&app, "ga", &[]).await;
        let_do(&app, acme, user_of(&ga), "subgroups.create members.read").await;
        let make = async |name: &str, owner: FirstOwner| {
            let new = NewGroup { owner, ..new(name) };
            app.directory().execute(&ga, CreateSubgroup { parent: acme, new }).await
        };
        let ops = make("ops", FirstOwner::Maker).await.expect("made").group.id;
        let (_, reach) = app.directory().administered(&ga, ops).await.expect("theirs");
        assert_eq!(reach.capabilities, Capabilities::parse("subgroups.create members.read").expect("two"));
        let theirs = FirstOwner::Other(Whom::User(user_of(&ga)));
        assert_eq!(code(make("dev", theirs).await), "not_permitted");
    }

    async fn the_last_owner_does_not_leave_by_a_short_end(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let acme = top(&app, "acme").await;
        let (ga, gb) = (manager(&app, "ga", &[]).await, manager(&app, "gb", &[]).await);
        let mine = own(&app, acme, user_of(&ga)).await;
        let soon = Some(app.now().plus_seconds(1));
        assert_eq!(code(change(&app, &ga, ChangeDelegation { valid_until: soon, ..again(&mine) }).await), "last_admin");
        // One who goes soon does not take over for good.
        grant(&app, &ga, GrantDelegation { valid_until: soon, ..owner(acme, user_of(&gb)) }).await.expect("granted");
        assert_eq!(code(revoke(&app, &ga, acme, user_of(&ga)).await), "last_admin");
        revoke(&app, &ga, acme, user_of(&gb)).await.expect("gone");
        let theirs = own(&app, acme, user_of(&gb)).await;
        // Nor does one whose account is suspended, alone or as the only one of a group.
        suspend(&app, &hr, user_of(&gb)).await;
        assert_eq!(code(revoke(&app, &ga, acme, user_of(&ga)).await), "last_admin");
        let members = json!([{ "value": user_of(&gb).to_string() }]);
        let staff = create_group(&app, &hr, json!({ "displayName": "staff", "members": members })).await.expect("made").group.id;
        grant(&app, &ga, GrantDelegation { whom: Whom::Group(staff), ..owner(acme, user_of(&gb)) }).await.expect("granted");
        assert_eq!(code(revoke(&app, &ga, acme, user_of(&ga)).await), "last_admin");
        let value = json!([{ "value": app.user("carl").await.to_string() }]);
        patch_group(&app, &hr, staff, json!([{ "op": "add", "path": "members", "value": value }])).await.expect("added");
        revoke(&app, &ga, acme, user_of(&ga)).await.expect("carl owns it by the group");
        assert_eq!(code(app.directory().execute(&app.operator().await, RevokeDelegation { group: acme, whom: Whom::Group(staff), force: false, if_match: IfMatch::Any }).await), "last_admin");
        // Whoever is no owner any more leaves none behind.
        revoke(&app, &app.operator().await, acme, Id::new(theirs.subject.uuid())).await.expect("gone");
    }

    async fn whoever_leaves_is_not_named_at_that_moment(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let operator = app.operator().await;
        for round in 0..8 {
            let acme = top(&app, &format!("acme{round}")).await;
            let ann = app.user(&format!("ann{round}")).await;
            let (granted, gone) = tokio::join!(grant(&app, &operator, owner(acme, ann)), delete(&app, &hr, ann));
            gone.expect("gone");
            if let Err(refused) = granted {
                assert_eq!(code::<()>(Err(refused)), "user_unknown");
            }
        }
        let mut rows = app.db().query("SELECT COUNT(*) FROM delegations", &[]).await.expect("read");
        assert_eq!(rows[0].take::<i64>(0).expect("a number"), 0);
    }

    async fn a_privileged_group_takes_more_than_its_administrators(app: TestApp) {
        let acme = top(&app, "acme").await;
        let (ga, bob) = (manager(&app, "ga", &[]).await, app.user("bob").await);
        own(&app, acme, user_of(&ga)).await;
        let set = |roles: &[&str]| SetPrivileged {
            group: acme,
            privileged: Some(Privileged { roles: roles.iter().map(|role| (*role).to_owned()).collect() }),
        };
        assert_eq!(code(app.directory().execute(&ga, set(&[])).await), "privileged");
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        assert_eq!(code(app.directory().execute(&mg, set(&[])).await), "privileged");
        let root = app.user("root").await;
        let root = person(&app, root, &[Scope::AgmAdmin], &[Role::RealmAdmin]).await;
        assert!(matches!(refusal(app.directory().execute(&root, set(&["boss"])).await), Refusal::Invalid { .. }));
        let group = app.directory().execute(&root, set(&["inviter", "auditor"])).await.expect("set");
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("group.privileged_changed"));

        for who in [&ga, &mg] {
            assert_eq!(code(grant(&app, who, owner(acme, bob)).await), "privileged");
            let refused = privileged::check_admission(who, &group, bob).expect_err("refused");
            assert_eq!((refused.code(), refused.class()), ("privileged", DenialClass::Forbidden));
        }
        let some = manager(&app, "some", &[Role::Inviter]).await;
        assert!(privileged::check_admission(&some, &group, bob).is_err());
        let both = manager(&app, "both", &[Role::Inviter, Role::Auditor]).await;
        assert!(privileged::check_admission(&both, &group, bob).is_ok());
        let refused = privileged::check_admission(&both, &group, user_of(&both)).expect_err("refused");
        assert_eq!(refused.code(), "not_yourself");
        assert_eq!(code(grant(&app, &root, owner(acme, user_of(&root))).await), "not_yourself");
        grant(&app, &root, owner(acme, bob)).await.expect("granted");
        let open = app.directory().execute(&root, SetPrivileged { group: acme, privileged: None }).await.expect("set");
        assert!(privileged::check_admission(&ga, &open, bob).is_ok());
    }


    async fn in_a_privileged_group_those_decide_whom_somebody_entitled_has_named(app: TestApp) {
        let root = root(&app).await;
        let acme = top(&app, "acme").await;
        let vault = below(&app, acme, "vault").await;
        let ga = manager(&app, "ga", &[]).await;
        own(&app, acme, user_of(&ga)).await;
        app.directory().execute(&root, privileged_by(vault, &[])).await.expect("set");
        let draft = Draft {
            name: "Join".into(), active: true, visible: true, require_approval: true, roles: vec!["member".into()], ..Draft::default()
        };
        let way = Configure { group: vault, id: None, if_version: None, draft, force: false };
        let way = app.directory().execute(&root, way).await.expect("made").configuration;
        let eve = person(&app, app.user("eve").await, &[Scope::AgmSelf], &[]).await;
        let ask = SubmitRequest { configuration: way.id, roles: vec!["member".into()], comments: None, terms: None };
        let request = app.directory().execute(&eve, ask).await.expect("asked").request;
        let accept = async |who: &Principal| {
            let command = AcceptRequest { id: request.id, if_version: None, justification: None };
            app.directory().execute(who, command).await.map(|decided| decided.decided)
        };

        // Two whom an administrator above has chosen, and who could decide about any other group there.
        let mut chosen = Vec::new();
        for name in ["friend", "other"] {
            let friend = manager(&app, name, &[]).await;
            grant(&app, &ga, owner(acme, user_of(&friend))).await.expect("granted");
            chosen.push(friend);
        }
        for friend in &chosen {
            assert_eq!(code(accept(friend).await), "not_permitted");
            assert_eq!(code(grant(&app, friend, owner(vault, user_of(&ga))).await), "privileged");
        }
        // The first one was named by somebody entitled, and then by no more than a change of theirs.
        assert!(!accept(&ga).await.expect("the first of two"));
        let narrower = ChangeDelegation { capabilities: Preset::Reviewer.capabilities(), ..again(&own_of(&app, acme, &chosen[0]).await) };
        let narrower = change(&app, &root, narrower).await.expect("less");
        assert_eq!(code(accept(&chosen[0]).await), "not_permitted");
        change(&app, &root, ChangeDelegation { capabilities: Preset::Manager.capabilities(), ..again(&narrower) }).await.expect("more");
        // An administrator who lets them do yet more takes that back.
        let more = ChangeDelegation { capabilities: Preset::Owner.capabilities(), ..again(&narrower) };
        change(&app, &ga, more).await.expect("more");
        assert_eq!(code(accept(&chosen[0]).await), "not_permitted");
        own(&app, vault, user_of(&chosen[1])).await;
        assert!(accept(&chosen[1]).await.expect("the second of two"));
    }

    async fn a_privileged_group_is_not_moved_to_where_others_administer_it(app: TestApp) {
        let root = root(&app).await;
        let (acme, other) = (top(&app, "acme").await, top(&app, "other").await);
        let team = below(&app, acme, "team").await;
        let vault = below(&app, team, "vault").await;
        let ga = manager(&app, "ga", &[]).await;
        for group in [acme, other] {
            own(&app, group, user_of(&ga)).await;
        }
        app.directory().execute(&root, privileged_by(vault, &["auditor"])).await.expect("set");
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        for who in [&ga, &mg] {
            assert_eq!(code(put(&app, who, team, Some(other)).await), "privileged");
            assert_eq!(code(put(&app, who, vault, Some(other)).await), "privileged");
        }
        put(&app, &mg, team, Some(acme)).await.expect("it stays where it is");
        put(&app, &root, team, Some(other)).await.expect("moved");
        app.directory().execute(&root, SetPrivileged { group: vault, privileged: None }).await.expect("set");
        put(&app, &ga, team, Some(acme)).await.expect("moved back");
    }

    async fn what_there_was_about_a_deleted_group_is_in_its_last_fact(app: TestApp) {
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let bob = app.user("bob").await;
        let_do(&app, ops, bob, "reviewer").await;
        remove(&app, &app.operator().await, ops).await.expect("gone");
        let gone = app.events().await.into_iter().rfind(|event| event.kind == "group.deleted").expect("an event");
        assert_eq!(gone.body["before"]["displayName"], "ops");
        assert_eq!((&gone.body["parent"], &gone.body["roles"]), (&json!(acme.to_string()), &json!(["member"])));
        let admins = &gone.body["administrators"];
        assert_eq!((&admins[0]["user"], &admins[0]["capabilities"]), (&json!(bob.to_string()), &json!("reviewer")));
        assert_eq!((&gone.body["attributes"], &gone.body["settings"]["contact"]), (&json!({}), &json!(false)));
    }

    async fn nobody_is_let_administer_ever_more_groups_one_by_one(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let (acme, bob, realm) = (top(&app, "acme").await, app.user("bob").await, app.realm("default").await);
        let row = "INSERT INTO delegations (realm, group_id, subject, id, of_group, capabilities, inherit, granted_by, granted_at, version)
                   VALUES (?1, ?2, ?3, ?2, FALSE, 'viewer', TRUE, 'operator', 0, 1)";
        let fill = move |tx: &mut db::Tx<'_>| -> Result<(), db::Error> {
            for number in 1..=1_000 {
                tx.execute(row, &[realm.into(), uuid::Uuid::from_u128(number).into(), bob.into()])?;
            }
            Ok(())
        };
        app.db().write(fill).await.expect("filled");
        let refused = grant(&app, &app.operator().await, owner(acme, bob)).await;
        assert!(matches!(refusal(refused), Refusal::LimitReached { limit: 1_000, .. }));
        delete(&app, &hr, bob).await.expect("gone");
        let mut rows = app.db().query("SELECT COUNT(*) FROM delegations", &[]).await.expect("read");
        assert_eq!(rows[0].take::<i64>(0).expect("a number"), 0);
    }
}

/// The delegation somebody has on a group itself.
async fn own_of(app: &TestApp, group: Id<Group>, who: &Principal) -> Delegation {
    let admins = app
        .directory()
        .group_admins(&app.operator().await, group)
        .await
        .expect("read");
    let mut theirs = admins
        .into_iter()
        .filter(|admin| admin.direct && admin.delegation.subject.uuid() == user_of(who).uuid());
    theirs.next().expect("one").delegation
}
