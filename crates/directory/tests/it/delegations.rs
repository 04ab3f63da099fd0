//! Who administers groups: what each may do where, who names them, and who stays.

use directory::view::IfMatch;
use std::sync::Arc;

use directory::delegation::{
    Already, Because, Capabilities, Capability, ChangeDelegation, Delegation, Extent, GrantDelegation, Preset, Reach,
    RevokeDelegation, Whom,
};
use directory::group::{Group, PeopleAsked};
use directory::user::{Search, User};
use directory::{
    Actor, Credential, DenialClass, Error, Id, Principal, ProviderToken, RealmRight, Refusal, Role, Scope, Scopes,
    UserActor,
};
use futures_util::future::join_all;
use serde_json::json;
use testkit::{Program, TestApp, both};

use crate::support::groups::{
    below, code, denial, let_do, make_below, manager, own, person, put, remove, top, user_of,
};
use crate::support::{create_group, delete, delete_group, not_found, patch_group, refusal};

const DAY: i64 = 86_400;

async fn reach(app: &TestApp, who: &Principal, group: Id<Group>) -> Reach {
    match app.directory().administered(who, group).await {
        Ok((_, reach)) => reach,
        Err(Error::Refused(Refusal::Denied(_))) => Reach::default(),
        Err(other) => panic!("{other:?}"),
    }
}

async fn can(app: &TestApp, who: &Principal, group: Id<Group>) -> String {
    reach(app, who, group).await.capabilities.to_string()
}

async fn grant(app: &TestApp, who: &Principal, command: GrantDelegation) -> Result<Delegation, Error> {
    app.directory().execute(who, command).await
}

/// As far as anything goes.
fn for_good(capabilities: Capabilities) -> Extent {
    Extent {
        capabilities,
        inherit: true,
        until: None,
    }
}

fn owner(group: Id<Group>, user: Id<User>) -> GrantDelegation {
    GrantDelegation::owner(group, Whom::User(user))
}

async fn revoke(app: &TestApp, who: &Principal, group: Id<Group>, user: Id<User>) -> Result<Delegation, Error> {
    let command = RevokeDelegation {
        group,
        whom: Whom::User(user),
        force: false,
        if_match: IfMatch::Any,
    };
    app.directory().execute(who, command).await
}

async fn force_out(app: &TestApp, who: &Principal, group: Id<Group>, user: Id<User>) -> Result<Delegation, Error> {
    let command = RevokeDelegation {
        group,
        whom: Whom::User(user),
        force: true,
        if_match: IfMatch::Any,
    };
    app.directory().execute(who, command).await
}

async fn owners(app: &TestApp, group: Id<Group>) -> Vec<Id<User>> {
    let admins = app
        .directory()
        .group_admins(&app.operator().await, group)
        .await
        .expect("read");
    let owners = admins.iter().filter(|admin| admin.delegation.capabilities.is_owner());
    owners.map(|admin| Id::new(admin.delegation.subject.uuid())).collect()
}

both! {
    async fn what_is_delegated_counts_there_and_below_where_it_is_inherited(app: TestApp) {
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let deep = below(&app, ops, "deep").await;
        let other = top(&app, "other").await;
        let (ga, gb, gc) = (manager(&app, "ga", &[]).await, manager(&app, "gb", &[]).await, manager(&app, "gc", &[]).await);
        own(&app, acme, user_of(&ga)).await;
        let_do(&app, ops, user_of(&gb), "reviewer attributes.write").await;
        let here_alone = GrantDelegation {
            inherit: false,
            capabilities: Preset::Manager.capabilities(),
            ..owner(ops, user_of(&gc))
        };
        grant(&app, &ga, here_alone).await.expect("granted");
        let mut table = Vec::new();
        for group in [acme, ops, deep, other] {
            table.push([can(&app, &ga, group).await, can(&app, &gb, group).await, can(&app, &gc, group).await]);
        }
        let several = "members.read requests.review attributes.write";
        assert_eq!(table, [
            ["owner", "", ""],
            ["owner", several, "manager"],
            ["owner", several, ""],
            ["", "", ""],
        ]);
        let because = reach(&app, &ga, deep).await.because;
        assert!(matches!(because.as_slice(), [Because::Delegation { group, .. }] if *group == acme));
        // A group that is not there comes before one that is not theirs.
        let unknown = Id::new(uuid::Uuid::from_u128(7));
        assert!(not_found(app.directory().administered(&gb, unknown).await));
        assert!(not_found(make_below(&app, &gb, unknown, "x").await));
        assert!(not_found(grant(&app, &gb, owner(unknown, user_of(&gb))).await));
        let refused = denial(make_below(&app, &gb, other, "x").await);
        assert_eq!((refused.code(), refused.class()), ("not_permitted", DenialClass::Forbidden));
        assert!(refused.to_string().contains("`subgroups.create`"), "{refused}");
        let refused = app.directory().administered_with(&gb, ops, Capability::AuditRead).await;
        assert!(denial(refused).to_string().contains("`audit.read`"));
    }

    async fn roles_and_programs_reach_every_group(app: TestApp) {
        let acme = top(&app, "acme").await;
        let managing = Capabilities::all().without(Capabilities::parse("group.delete invite.member roles.assign requests.review").expect("four"));
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        let seen = reach(&app, &mg, acme).await;
        assert_eq!(seen.capabilities, managing);
        assert!(seen.hands_on == [for_good(Capabilities::all())] && seen.force && !seen.relaxed && seen.sees_requests());
        let mgx = manager(&app, "mgx", &[Role::ManageGroupsExtended]).await;
        let seen = reach(&app, &mgx, acme).await;
        assert!(seen.capabilities == managing && seen.relaxed);
        let auditor = manager(&app, "auditor", &[Role::Auditor]).await;
        assert_eq!(can(&app, &auditor, acme).await, "viewer");
        let admin = manager(&app, "root", &[Role::RealmAdmin]).await;
        let seen = reach(&app, &admin, acme).await;
        assert!(seen.capabilities.is_owner() && !seen.force);
        let admin = person(&app, user_of(&admin), &[Scope::AgmAdmin], &[Role::RealmAdmin]).await;
        assert!(reach(&app, &admin, acme).await.force);
        let program = app.principal("sync", &["agm:manage"], Program::default()).await;
        let seen = reach(&app, &program, acme).await;
        assert!(seen.capabilities == managing && !seen.force);
        let program = app.principal("console", &["agm:admin"], Program::default()).await;
        assert!(reach(&app, &program, acme).await.capabilities.is_owner());
        let policy = json!({ "group_filter": "displayName eq \"other\"" });
        let narrow = app.principal("narrow", &["agm:admin"], Program::default().policy(policy)).await;
        assert!(not_found(app.directory().administered(&narrow, acme).await));
        assert!(not_found(remove(&app, &narrow, acme).await));
        // A token that does not reach group management reaches nothing, whoever has it.
        let own_only = person(&app, user_of(&mg), &[Scope::AgmSelf], &[Role::ManageGroups]).await;
        let refused = refusal(app.directory().administered(&own_only, acme).await);
        assert_eq!(refused, Refusal::MissingScope(Scope::AgmManage));
        // What the claims of a provider's token allow in the realm.
        let token = ProviderToken { rights: vec![RealmRight::Groups], ..ProviderToken::default() };
        let actor = UserActor {
            user: app.user("claims").await,
            client: None,
            scopes: Scopes::of(&[]),
            roles: Vec::new(),
            credential: Credential::Provider(token),
        };
        let claims = Principal { realm: mg.realm, actor: Actor::User(Arc::new(actor)), request: None };
        let seen = reach(&app, &claims, acme).await;
        assert!(seen.has(Capability::AdminsWrite) && seen.has(Capability::GroupDelete) && !seen.has(Capability::MembersWrite));
    }

    async fn a_delegation_has_its_time(app: TestApp) {
        let acme = top(&app, "acme").await;
        let ga = manager(&app, "ga", &[]).await;
        let (from, until) = (app.now().plus_seconds(DAY), app.now().plus_seconds(3 * DAY));
        let operator = app.operator().await;
        let timed = |from, until| GrantDelegation { valid_from: from, valid_until: until, ..owner(acme, user_of(&ga)) };
        assert_eq!(code(grant(&app, &operator, timed(None, Some(app.now()))).await), "end_in_past");
        assert_eq!(code(grant(&app, &operator, timed(Some(until), Some(from))).await), "end_before_start");
        grant(&app, &operator, timed(Some(from), Some(until))).await.expect("granted");
        for (wait, counts) in [(DAY - 1, false), (1, true), (2 * DAY - 1, true), (1, false)] {
            app.clock().advance(wait);
            assert_eq!(reach(&app, &ga, acme).await.is_any(), counts, "after {wait}");
        }
    }

    async fn everybody_in_a_group_may_administer_another(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let ann = manager(&app, "ann", &[]).await;
        let staff = create_group(&app, &hr, json!({ "displayName": "staff" })).await.expect("made").group.id;
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let command = GrantDelegation { whom: Whom::Group(staff), ..owner(acme, user_of(&ann)) };
        grant(&app, &app.operator().await, command).await.expect("granted");
        assert_eq!(can(&app, &ann, ops).await, "");
        let value = json!([{ "value": user_of(&ann).to_string() }]);
        patch_group(&app, &hr, staff, json!([{ "op": "add", "path": "members", "value": value }])).await.expect("added");
        assert_eq!((can(&app, &ann, acme).await.as_str(), can(&app, &ann, ops).await.as_str()), ("owner", "owner"));
        assert_eq!(app.directory().administered_ids(&ann).await.expect("read"), [acme, ops]);
        delete_group(&app, &hr, staff).await.expect("gone");
        assert_eq!(can(&app, &ann, ops).await, "");
        let last = app.events().await.into_iter().rfind(|event| event.kind == "delegation.revoked").expect("an event");
        assert_eq!((last.subject, &last.body["group"]), (acme.uuid(), &json!(staff.to_string())));
    }

    async fn naming_an_administrator_is_refused_with_a_word(app: TestApp) {
        let operator = app.operator().await;
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let (ga, bob) = (manager(&app, "ga", &[]).await, app.user("bob").await);
        let before = app.events().await.len();
        own(&app, acme, user_of(&ga)).await;
        let event = app.events().await.remove(before);
        assert_eq!((event.kind.as_str(), event.subject), ("delegation.granted", acme.uuid()));
        assert_eq!(event.body["capabilities"], "owner");
        assert_eq!((&event.body["before"], &event.body["after"]), (&json!(null), &json!({ "capabilities": "owner", "inherit": true })));
        assert_eq!(event.body["user"], user_of(&ga).to_string());

        assert_eq!(code(grant(&app, &operator, owner(acme, user_of(&ga))).await), "already_admin");
        let also_above = GrantDelegation { already: Already::HereOrAbove, ..owner(ops, user_of(&ga)) };
        assert_eq!(code(grant(&app, &operator, also_above).await), "already_admin");
        grant(&app, &operator, owner(ops, user_of(&ga))).await.expect("by itself too");
        let unknown = denial(grant(&app, &ga, owner(acme, Id::new(uuid::Uuid::from_u128(7)))).await);
        assert_eq!((unknown.code(), unknown.class()), ("user_unknown", DenialClass::NotFound));
        for name in ["nobody", "a\0"] {
            let command = GrantDelegation { whom: Whom::UserName(name.into()), ..owner(acme, bob) };
            assert_eq!(code(grant(&app, &ga, command).await), "user_unknown");
        }
        let nothing = GrantDelegation { capabilities: Capabilities::NONE, ..owner(acme, bob) };
        assert!(matches!(refusal(grant(&app, &ga, nothing).await), Refusal::Invalid { .. }));
        assert_eq!(code(revoke(&app, &ga, acme, bob).await), "not_admin");

        // Nobody hands on, or takes away, what they do not have.
        let gb = manager(&app, "gb", &[]).await;
        let_do(&app, acme, user_of(&gb), "admins.write members.read").await;
        assert_eq!(code(grant(&app, &gb, owner(acme, bob)).await), "not_permitted");
        let reading = |user| GrantDelegation { capabilities: Capabilities::of(&[Capability::MembersRead]), ..owner(acme, user) };
        grant(&app, &gb, reading(bob)).await.expect("granted");
        assert_eq!(code(revoke(&app, &gb, acme, user_of(&ga)).await), "not_permitted");
        let change = |user: Id<User>, what: &str| ChangeDelegation {
            group: acme,
            subject: user.uuid(),
            capabilities: Capabilities::parse(what).expect("capabilities"),
            inherit: true,
            valid_from: None,
            valid_until: None,
            force: false,
        };
        assert_eq!(code(app.directory().execute(&gb, change(user_of(&gb), "owner")).await), "not_permitted");
        assert_eq!(code(app.directory().execute(&gb, change(user_of(&ga), "members.read")).await), "not_permitted");
        let changed = app.directory().execute(&ga, change(bob, "viewer")).await.expect("changed");
        assert_eq!((changed.version, changed.capabilities), (2, Preset::Viewer.capabilities()));
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("delegation.changed"));
        assert_eq!(code(grant(&app, &person(&app, bob, &[Scope::AgmManage], &[]).await, reading(user_of(&gb))).await), "not_permitted");
        // One's own goes whenever one wants.
        revoke(&app, &person(&app, bob, &[Scope::AgmManage], &[]).await, acme, bob).await.expect("gone");
        let last = app.event_kinds().await.into_iter().rfind(|kind| kind.starts_with("delegation."));
        assert_eq!(last.as_deref(), Some("delegation.revoked"));
    }

    async fn a_group_that_is_owned_stays_owned(app: TestApp) {
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let (ga, gb) = (manager(&app, "ga", &[]).await, manager(&app, "gb", &[]).await);
        own(&app, acme, user_of(&ga)).await;
        own(&app, ops, user_of(&gb)).await;
        // The one below is owned from above too.
        revoke(&app, &gb, ops, user_of(&gb)).await.expect("gone");
        assert_eq!(code(revoke(&app, &ga, acme, user_of(&ga)).await), "last_admin");
        // An owner of the group alone, one whose time has not come, and a group of nobody do not take over.
        let operator = app.operator().await;
        let alone = GrantDelegation { inherit: false, ..owner(acme, user_of(&gb)) };
        grant(&app, &operator, alone).await.expect("granted");
        let later = GrantDelegation { valid_from: Some(app.now().plus_seconds(DAY)), ..owner(acme, app.user("later").await) };
        grant(&app, &operator, later).await.expect("granted");
        let empty = GrantDelegation { whom: Whom::Group(ops), ..owner(acme, user_of(&gb)) };
        grant(&app, &operator, empty).await.expect("granted");
        let refused = denial(revoke(&app, &operator, acme, user_of(&ga)).await);
        assert_eq!((refused.code(), refused.class()), ("last_admin", DenialClass::Conflict));
        let weaker = ChangeDelegation {
            group: acme,
            subject: user_of(&ga).uuid(),
            capabilities: Preset::Manager.capabilities(),
            inherit: true,
            valid_from: None,
            valid_until: None,
            force: false,
        };
        assert_eq!(code(app.directory().execute(&ga, weaker.clone()).await), "last_admin");
        // Who owns it cannot put that aside; who manages all groups can.
        assert_eq!(code(force_out(&app, &ga, acme, user_of(&ga)).await), "last_admin");
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        app.directory().execute(&mg, ChangeDelegation { force: true, ..weaker }).await.expect("changed");
        force_out(&app, &mg, acme, user_of(&gb)).await.expect("gone");
    }

    async fn who_administers_is_told_and_so_are_the_others(app: TestApp) {
        let acme = top(&app, "acme").await;
        let (ga, bob) = (manager(&app, "ga", &[]).await, app.user("bob").await);
        own(&app, acme, user_of(&ga)).await;
        app.deliver_mail().await;
        grant(&app, &ga, owner(acme, bob)).await.expect("granted");
        revoke(&app, &ga, acme, bob).await.expect("gone");
        let mails = app.deliver_mail().await;
        let to_bob: Vec<&str> =
            mails.iter().filter(|mail| mail.to == "bob@example.org").map(|mail| mail.subject.as_str()).collect();
        assert_eq!(to_bob.len(), 2, "{mails:?}");
        assert!(mails.iter().any(|mail| mail.text.contains("/acme")));
    }

    async fn who_has_left_administers_nothing(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let acme = top(&app, "acme").await;
        let ann = app.user("ann").await;
        own(&app, acme, ann).await;
        delete(&app, &hr, ann).await.expect("gone");
        assert!(owners(&app, acme).await.is_empty());
        let last = app.events().await.into_iter().rfind(|event| event.kind == "delegation.revoked").expect("an event");
        assert_eq!((last.subject, &last.body["user"]), (acme.uuid(), &json!(ann.to_string())));
    }

    async fn of_two_owners_who_leave_at_once_one_stays(app: TestApp) {
        for round in 0..6 {
            let acme = top(&app, &format!("acme{round}")).await;
            let ops = below(&app, acme, "ops").await;
            let mut all = Vec::new();
            for number in 0..2 {
                let who = manager(&app, &format!("g{round}-{number}"), &[]).await;
                own(&app, acme, user_of(&who)).await;
                all.push(who);
            }
            let above = own(&app, ops, user_of(&all[0])).await;
            assert_eq!(above.group, ops);
            let results = join_all(all.iter().map(|who| revoke(&app, who, acme, user_of(who)))).await;
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
            assert_eq!(owners(&app, acme).await.len(), 1);
            for refused in results.into_iter().filter(Result::is_err) {
                assert_eq!(code(refused), "last_admin");
            }
        }
    }

    async fn of_many_who_name_one_person_one_does(app: TestApp) {
        let acme = top(&app, "acme").await;
        let (operator, bob) = (app.operator().await, app.user("bob").await);
        let results = join_all((0..8).map(|_| grant(&app, &operator, owner(acme, bob)))).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        assert!(results.into_iter().filter(Result::is_err).all(|refused| code(refused) == "already_admin"));
    }

    async fn people_are_found_by_who_may_see_members_and_only_there(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let mut ids = Vec::new();
        for (name, given, family) in [("anna", "Änna", "Berg"), ("bob", "Bob", "Baum"), ("carl", "Carl", "Bergmann")] {
            let email = format!("{name}@mail.example");
            let body = json!({ "userName": name, "name": { "givenName": given, "familyName": family }, "emails": [{ "value": email }] });
            ids.push(app.user_with("default", body).await);
        }
        let members = |user: Id<User>| json!([{ "value": user.to_string() }]);
        let mut groups = Vec::new();
        for (name, user) in [("acme", ids[0]), ("other", ids[2])] {
            let body = json!({ "displayName": name, "members": members(user) });
            groups.push(create_group(&app, &hr, body).await.expect("made").group.id);
        }
        let ga = manager(&app, "ga", &[]).await;
        own(&app, groups[0], user_of(&ga)).await;
        let look = async |who: &Principal, search: &str| {
            let asked = PeopleAsked { search: Search::Part(search.to_owned()), groups: Some(groups.clone()), first: 0, max: 10 };
            let found = app.directory().look_for_people(who, &asked).await?;
            assert_eq!(found.count, found.people.len());
            Ok::<_, Error>(found.people.iter().map(User::user_name).collect::<Vec<_>>())
        };
        // Of the other group nobody, not even by name; of one's own the administrators too.
        assert_eq!(look(&ga, "berg").await.expect("found"), ["anna"]);
        assert_eq!(look(&ga, "").await.expect("found"), ["anna", "ga"]);
        assert_eq!(look(&ga, "MAIL.example").await.expect("found"), ["anna"]);
        let said = app.events().await.into_iter().rfind(|event| event.kind == "people.searched").expect("an event");
        assert_eq!((said.actor.as_str(), &said.body["found"]), (format!("user:{}", user_of(&ga)).as_str(), &json!(1)));
        assert_eq!(code(look(&ga, "be").await), "search_too_short");
        let nobody = manager(&app, "u1", &[]).await;
        assert_eq!(code(look(&nobody, "").await), "not_permitted");
        let all_over = PeopleAsked { search: Search::Part(String::new()), groups: None, first: 0, max: 10 };
        assert!(matches!(refusal(app.directory().look_for_people(&ga, &all_over).await), Refusal::Invalid { .. }));
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        assert_eq!(look(&mg, "BERG").await.expect("found"), ["anna", "carl"]);
        assert_eq!(look(&mg, "mail.example").await.expect("found"), ["anna", "bob", "carl"]);
        assert_eq!(look(&mg, "").await.expect("found").len(), 6);
        // Whoever is no person leaves as much.
        look(&app.operator().await, "berg").await.expect("found");
        let said = app.events().await.into_iter().rfind(|event| event.kind == "people.searched").expect("an event");
        assert_eq!((said.actor.as_str(), &said.body["found"]), ("operator", &json!(2)));
    }

    async fn people_are_found_by_the_beginning_of_a_name_from_the_index(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let mut ids = Vec::new();
        for (name, given, family) in [("anna7", "Änna", "Berg"), ("bob", "Bob Berg", "Baum"), ("carl", "Carl", "van der Berg"), ("dora", "Dora", "Bergmann")] {
            let email = format!("{name}@mail.example");
            let body = json!({ "userName": name, "name": { "givenName": given, "familyName": family }, "emails": [{ "value": email }] });
            ids.push(app.user_with("default", body).await);
        }
        let members: Vec<_> = ids[..3].iter().map(|user| json!({ "value": user.to_string() })).collect();
        let acme = create_group(&app, &hr, json!({ "displayName": "acme", "members": members })).await.expect("made").group.id;
        let ga = manager(&app, "berga", &[]).await;
        own(&app, acme, user_of(&ga)).await;
        let look = async |who: &Principal, typed: &str| {
            let asked = PeopleAsked { search: Search::Beginning(typed.to_owned()), groups: Some(vec![acme]), first: 0, max: 10 };
            let found = app.directory().look_for_people(who, &asked).await?;
            assert_eq!(found.count, found.people.len());
            Ok::<_, Error>(found.people.iter().map(User::user_name).collect::<Vec<_>>())
        };
        assert_eq!(look(&ga, "BERG").await.expect("found"), ["anna7", "berga"]);
        assert_eq!(look(&ga, "berg änn").await.expect("found"), ["anna7"]);
        assert_eq!(look(&ga, "carl van der").await.expect("found"), ["carl"]);
        assert_eq!(look(&ga, "carl@mail.example").await.expect("found"), ["carl"]);
        assert_eq!(look(&ga, "mail.example").await.expect("found"), [""; 0]);
        assert_eq!(code(look(&ga, "be").await), "search_too_short");
        let nobody = manager(&app, "u1", &[]).await;
        assert_eq!(code(look(&nobody, "berg").await), "not_permitted");
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        assert_eq!(look(&mg, "berg").await.expect("found"), ["anna7", "berga", "dora"]);
        assert_eq!(look(&mg, "bob berg b").await.expect("found"), ["bob"]);
        assert_eq!(look(&mg, "nobody%").await.expect("found"), [""; 0]);
    }

    async fn in_a_large_group_people_are_found_without_reading_all_about_them(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let ann = app.user("ann").await;
        let body = json!({ "displayName": "acme", "members": [{ "value": ann.to_string() }] });
        let acme = create_group(&app, &hr, body).await.expect("made").group.id;
        let fill = move |tx: &mut db::Tx<'_>| -> Result<(), db::Error> {
            for number in 1..=1_001_u32 {
                let id: db::Value = uuid::Uuid::from_u128(number.into()).into();
                let person = "INSERT INTO users (realm, id, version, modified, kind, lifecycle, hidden, user_name_key, display_name_key, family_name_key,
                                given_name_key, document)
                              SELECT realm, ?2, 1, 0, kind, lifecycle, hidden, ?3, ?3, ?3, ?3, 'unreadable' FROM users WHERE id = ?1";
                tx.execute(person, &[ann.into(), id.clone(), format!("person {number}").into()])?;
                let member = "INSERT INTO memberships (realm, group_id, user_id, id, version, status, source, granted_at)
                              SELECT realm, group_id, ?2, ?2, 1, status, source, granted_at FROM memberships WHERE user_id = ?1";
                tx.execute(member, &[ann.into(), id])?;
            }
            Ok(())
        };
        app.db().write(fill).await.expect("filled");
        let ga = manager(&app, "ga", &[]).await;
        own(&app, acme, user_of(&ga)).await;
        let asked = |search: &str, max: usize| PeopleAsked { search: Search::Part(search.to_owned()), groups: Some(vec![acme]), first: 0, max };
        let found = app.directory().look_for_people(&ga, &asked("ann@ex", 10)).await.expect("found");
        assert_eq!((found.people.len(), found.people[0].id), (1, ann));
        let found = app.directory().look_for_people(&ga, &asked("person", 0)).await.expect("counted");
        assert_eq!((found.people.len(), found.count), (0, 1_001));
    }

    async fn a_group_of_scim_is_managed_once_somebody_administers_it(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let ann = manager(&app, "ann", &[]).await;
        let staff = create_group(&app, &hr, json!({ "displayName": "staff" })).await.expect("made").group;
        assert!(!staff.managed);
        let before = app.events().await.len();
        own(&app, staff.id, user_of(&ann)).await;
        let events = app.events().await.split_off(before);
        let of_group = events.iter().filter(|event| event.subject == staff.id.uuid());
        let said: Vec<(&str, i64)> = of_group.map(|event| (event.kind.as_str(), event.subject_version)).collect();
        assert_eq!(said, [("group.managed", 2), ("group_role.created", 3), ("delegation.granted", 4)]);
        let whole = app.directory().whole_group(&ann, staff.id).await.expect("read");
        assert!(whole.node.group.managed && whole.roles.len() == 1);
        let ways = app.directory().configurations(&ann, staff.id).await.expect("read");
        assert_eq!(whole.node.group.default_configuration, Some(ways[0].configuration.id));
        // So is one that comes below a managed one.
        let other = create_group(&app, &hr, json!({ "displayName": "other" })).await.expect("made").group.id;
        let moved = put(&app, &app.operator().await, other, Some(staff.id)).await.expect("moved");
        assert!(moved.managed);
        assert_eq!(can(&app, &ann, other).await, "owner");
    }
}
