//! Lists of members, and single ones.

use directory::delegation::{Capabilities, GrantDelegation, Whom};
use directory::group::{Group, RenameRole, RoleName, RoleNamed};
use directory::membership::{
    AddMembership, Depth, Members, MembersAsked, MembersOrder, Page, Part, Status, SuspendMember, Which,
};
use directory::user::{Search, User};
use directory::view::IfMatch;
use directory::{Error, Id, Principal, Role, Scope};
use serde_json::json;
use testkit::{Program, TestApp, both};

use super::sql;
use super::world::{World, adding, give, run, themselves, tree};
use crate::support::groups::{code, let_do, manager, user_of};
use crate::support::{create_group, groups_know_their_number, not_found, patch, patch_group, refusal};

fn all_of(group: Id<Group>) -> MembersAsked {
    MembersAsked {
        group,
        depth: Depth::Group,
        search: None,
        role: None,
        status: None,
        order: MembersOrder::Name,
        ascending: true,
        page: Page { first: 0, max: 100 },
    }
}

async fn members(app: &TestApp, who: &Principal, asked: &MembersAsked) -> Result<Members, Error> {
    app.directory().members(who, asked).await
}

/// The userNames of a page, and how many there are in all.
async fn names(app: &TestApp, who: &Principal, asked: &MembersAsked) -> (Vec<String>, usize) {
    let found = members(app, who, asked).await.expect("listed");
    let names = found.members.iter().map(|member| member.person.user_name()).collect();
    (names, found.count)
}

async fn named(app: &TestApp, user_name: &str, given: &str, family: &str) -> Id<User> {
    let address = format!("{user_name}@example.org");
    let name = json!({ "givenName": given, "familyName": family });
    app.user_with(
        "default",
        json!({ "userName": user_name, "name": name, "emails": [{ "value": address }] }),
    )
    .await
}

/// So many more members of a group: `crowd n7 person`, given and family name.
async fn crowd(app: &TestApp, group: Id<Group>, number: u32) {
    let fill = move |tx: &mut db::Tx<'_>| -> Result<(), db::Error> {
        for number in 1..=number {
            let id: db::Value = uuid::Uuid::from_u128(number.into()).into();
            let (given, family, name) = (format!("n{number} person"), "crowd", format!("c{number}"));
            let person = "INSERT INTO users (realm, id, version, modified, kind, lifecycle, hidden, user_name_key, display_name_key, family_name_key,
                            given_name_key, document)
                          SELECT realm, ?1, 1, 0, kind, lifecycle, hidden, ?2, ?2, ?3, ?4, document FROM users WHERE user_name_key = 'u1'";
            tx.execute(
                person,
                &[id.clone(), name.as_str().into(), family.into(), given.as_str().into()],
            )?;
            let member = "INSERT INTO memberships (realm, group_id, user_id, id, version, status, source, granted_at, listed_key)
                          SELECT m.realm, m.group_id, ?2, ?2, 1, m.status, m.source, m.granted_at, ?3 FROM memberships m, users u
                          WHERE m.group_id = ?1 AND u.id = m.user_id AND u.user_name_key = 'u1'";
            let key = format!("{family}\u{1F}{given}\u{1F}\u{10FFFF}\u{1F}{name}");
            tx.execute(member, &[group.into(), id, key.into()])?;
        }
        tx.execute(
            "UPDATE groups SET enabled_members = enabled_members + ?2 WHERE id = ?1",
            &[group.into(), i64::from(number).into()],
        )?;
        Ok(())
    };
    app.db().write(fill).await.expect("filled");
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

both! {
    async fn members_are_listed_by_name_page_by_page(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let people = [
            named(&app, "u1", "Zoë", "Ärzte").await,
            named(&app, "u2", "Ann", "Arzt").await,
            named(&app, "u3", "Bob", "Zimmer").await,
            app.user("nameless").await,
            named(&app, "u5", "Al", "arzt").await,
        ];
        for (index, user) in people.into_iter().enumerate() {
            let from = (index == 2).then_some("2030-02-01");
            give(&app, &ga, (a, user), from, None).await;
        }
        let suspend = SuspendMember { group: a, which: Which::User(people[1]), justification: None, if_match: IfMatch::Any };
        run(&app, &ga, suspend).await.expect("suspended");
        let in_order = texts(&["u5", "u2", "u1", "u3", "nameless"]);
        assert_eq!(names(&app, &ga, &all_of(a)).await, (in_order.clone(), 5));
        let page = |first, max| MembersAsked { page: Page { first, max }, ..all_of(a) };
        for first in 0..6 {
            let wanted: Vec<String> = in_order.iter().skip(first).take(2).cloned().collect();
            assert_eq!(names(&app, &ga, &page(first, 2)).await, (wanted, 5));
        }
        assert_eq!(names(&app, &ga, &page(0, 0)).await, (Vec::new(), 5));
        assert_eq!(code(members(&app, &ga, &page(100_000, 1)).await), "too_many");
        let mut backwards = in_order.clone();
        backwards.reverse();
        assert_eq!(names(&app, &ga, &MembersAsked { ascending: false, ..all_of(a) }).await, (backwards, 5));
        let of = |status| MembersAsked { status: Some(status), ..all_of(a) };
        assert_eq!(names(&app, &ga, &of(Status::Suspended)).await, (texts(&["u2"]), 1));
        assert_eq!(names(&app, &ga, &of(Status::Pending)).await, (texts(&["u3"]), 1));
        assert_eq!(names(&app, &ga, &of(Status::Enabled)).await.1, 3);
        let by = |parts: &[Part]| MembersAsked { order: MembersOrder::Parts(parts.to_vec()), ..all_of(a) };
        assert_eq!(names(&app, &ga, &by(&[Part::GivenName])).await.0, texts(&["u5", "u2", "u3", "u1", "nameless"]));
        assert_eq!(names(&app, &ga, &by(&[Part::UserName])).await.0, texts(&["nameless", "u1", "u2", "u3", "u5"]));
    }

    async fn members_are_found_by_parts_of_names_and_by_roles(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let (ann, bob) = (named(&app, "u1", "José", "Muñoz").await, named(&app, "u2", "Bob", "Jones").await);
        give(&app, &ga, (a, bob), None, None).await;
        let both = AddMembership { roles: texts(&["member", "curator"]), ..adding(a, ann) };
        run(&app, &ga, both).await.expect("given");
        let search = |text: &str| MembersAsked { search: Some(Search::Part(text.into())), ..all_of(a) };
        for (text, wanted) in [("munoz", vec!["u1"]), ("JOSE", vec!["u1"]), ("U2@exam", vec!["u2"]), ("o", vec!["u2", "u1"]), ("%", vec![]), ("", vec!["u2", "u1"])] {
            let count = wanted.len();
            assert_eq!(names(&app, &ga, &search(text)).await, (texts(&wanted), count), "{text}");
        }
        let role = |text: &str| MembersAsked { role: Some(text.into()), ..all_of(a) };
        assert_eq!(names(&app, &ga, &role("CURA")).await, (texts(&["u1"]), 1));
        // Whoever has two roles that fit is listed once.
        assert_eq!(names(&app, &ga, &role("r")).await, (texts(&["u2", "u1"]), 2));
        let found = members(&app, &ga, &role("curator")).await.expect("listed");
        assert_eq!(found.members[0].listed.roles, texts(&["curator", "member"]));
        let rename = RenameRole { group: a, role: RoleNamed::Name("curator".into()), name: RoleName::parse("keeper").expect("a name"), if_version: None };
        run(&app, &ga, rename).await.expect("renamed");
        assert_eq!(names(&app, &ga, &role("curator")).await.1, 0);
    }

    async fn members_are_found_by_the_beginning_of_a_name_however_many_there_are(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let people = [
            named(&app, "u1", "José", "Muñoz").await,
            named(&app, "u2", "Bob", "Jones").await,
            named(&app, "u3", "Ann Mary", "van Moor").await,
            named(&app, "mo4", "Zoë", "Zimmer").await,
            named(&app, "u5", "Mo", "Stone").await,
        ];
        for (index, user) in people.into_iter().enumerate() {
            let from = (index == 4).then_some("2030-02-01");
            give(&app, &ga, (if index == 3 { b } else { a }, user), from, None).await;
        }
        let both = AddMembership { roles: texts(&["member", "curator"]), ..adding(a, app.user("moore").await) };
        run(&app, &ga, both).await.expect("given");
        let begins = |typed: &str| MembersAsked { search: Some(Search::Beginning(typed.into())), ..all_of(a) };
        let below = |typed: &str| MembersAsked { depth: Depth::Subtree, ..begins(typed) };
        let curators = |typed: &str| MembersAsked { role: Some("cur".into()), ..begins(typed) };
        let pending = |typed: &str| MembersAsked { status: Some(Status::Pending), ..begins(typed) };
        let of_all = async || {
            let mut found = Vec::new();
            for asked in [
                begins("mun"), begins("MUÑOZ J"), begins("bob jo"), begins("ann mary van m"), begins("oz"), begins("u2@exam"),
                begins("mo"), below("mo"), below("zoë"), curators("mo"), curators("mun"), pending("mo"),
            ] {
                let listed = members(&app, &ga, &asked).await.expect("listed");
                assert!(listed.whole);
                assert_eq!(listed.count, listed.members.len());
                let names = listed.members.iter().map(|member| member.person.user_name());
                found.push(names.collect::<Vec<_>>().join(" "));
            }
            found
        };
        let few = of_all().await;
        assert_eq!(few, ["u1", "u1", "u2", "u3", "", "u2", "u5 moore", "u5 mo4 moore", "mo4", "moore", "", "u5"]);
        assert_eq!(names(&app, &ga, &begins(" ")).await.1, 5);
        // Where there are too many to look at each, the indexes say the same.
        crowd(&app, a, 600).await;
        let many = of_all().await;
        assert_eq!(many, few);
        let crowded = members(&app, &ga, &begins("crowd")).await.expect("listed");
        assert!(!crowded.whole);
        assert_eq!((crowded.members.len(), crowded.count >= 500), (100, true));
        let one = members(&app, &ga, &begins("crowd n7 p")).await.expect("listed");
        assert_eq!((one.count, one.whole), (1, false));
    }

    async fn groups_below_are_looked_at_too_where_that_is_asked(app: TestApp) {
        let World { a, b, c, ga } = tree(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        for (group, user) in [(a, bob), (b, ann), (c, ann)] {
            give(&app, &ga, (group, user), None, None).await;
        }
        let below = MembersAsked { depth: Depth::Subtree, ..all_of(a) };
        let found = members(&app, &ga, &below).await.expect("listed");
        let lines: Vec<(String, String, bool, Vec<String>)> = found.members.into_iter()
            .map(|member| (member.person.user_name(), member.listed.group.name, member.direct, member.listed.above)).collect();
        assert_eq!(found.count, 3);
        assert_eq!(lines[2], ("bob".into(), "a".into(), true, vec![]));
        let mut below_a: Vec<_> = lines[..2].iter().map(|line| (line.1.as_str(), line.2, line.3.clone())).collect();
        below_a.sort();
        assert_eq!(below_a, [("b", false, texts(&["a"])), ("c", false, texts(&["a", "b"]))]);
        let curators = MembersAsked { role: Some("memb".into()), search: Some(Search::Part("ann".into())), ..below };
        assert_eq!(names(&app, &ga, &curators).await.1, 2);
        assert_eq!(names(&app, &ga, &all_of(a)).await, (texts(&["bob"]), 1));
    }

    async fn members_are_listed_by_their_end_and_who_has_none_comes_last(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        for (name, until) in [("u1", Some("2030-03-01")), ("u2", None), ("u3", Some("2030-02-01"))] {
            let user = app.user(name).await;
            give(&app, &ga, (a, user), None, until).await;
        }
        let by_end = MembersAsked { order: MembersOrder::EffectiveEnd, ..all_of(a) };
        assert_eq!(names(&app, &ga, &by_end).await, (texts(&["u3", "u1", "u2"]), 3));
        let last_first = MembersAsked { ascending: false, page: Page { first: 0, max: 2 }, ..by_end };
        assert_eq!(names(&app, &ga, &last_first).await, (texts(&["u2", "u1"]), 3));
        app.pass(32 * 86_400).await;
        assert_eq!(names(&app, &ga, &all_of(a)).await.1, 2);
        let expired = MembersAsked { status: Some(Status::Expired), ..all_of(a) };
        assert_eq!(names(&app, &ga, &expired).await, (texts(&["u3"]), 1));
    }

    async fn a_person_is_listed_by_what_they_are_called_now(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let (ann, bob) = (named(&app, "u1", "Ann", "Ames").await, named(&app, "u2", "Bob", "Brown").await);
        for user in [ann, bob] {
            give(&app, &ga, (a, user), None, None).await;
        }
        assert_eq!(names(&app, &ga, &all_of(a)).await.0, texts(&["u1", "u2"]));
        let married = json!([{ "op": "replace", "path": "name.familyName", "value": "Çelik" }]);
        patch(&app, &hr, ann, married).await.expect("changed");
        assert_eq!(names(&app, &ga, &all_of(a)).await.0, texts(&["u2", "u1"]));
        assert_eq!(names(&app, &ga, &MembersAsked { search: Some(Search::Part("celik".into())), ..all_of(a) }).await.0, texts(&["u1"]));
    }

    async fn a_group_that_nobody_managed_is_listed_all_the_same(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        let (ann, bob) = (named(&app, "u1", "Ann", "Zulu").await, named(&app, "u2", "Bob", "Brown").await);
        let body = json!({ "displayName": "ops", "members": [{ "value": ann.to_string() }, { "value": bob.to_string() }] });
        let ops = create_group(&app, &hr, body).await.expect("made").group.id;
        let listed = || async { names(&app, &mg, &all_of(ops)).await };
        assert_eq!(listed().await, (texts(&["u2", "u1"]), 2));
        assert_eq!(names(&app, &mg, &MembersAsked { search: Some(Search::Part("zul".into())), ..all_of(ops) }).await, (texts(&["u1"]), 1));
        let found = members(&app, &mg, &all_of(ops)).await.expect("listed");
        let id = found.members[0].listed.membership.id;
        let one = app.directory().membership(&mg, ops, Which::Membership(id)).await.expect("found");
        assert_eq!(one.person.user_name(), "u2");
        // Once somebody administers it, its members get keys by a job; the list is the same before and after.
        let ga = manager(&app, "ga", &[]).await;
        let_do(&app, ops, user_of(&ga), "members.read").await;
        assert_eq!(listed().await, (texts(&["u2", "u1"]), 2));
        app.run_jobs().await;
        assert_eq!(listed().await, (texts(&["u2", "u1"]), 2));
        let unlisted = app.db().query("SELECT 1 FROM memberships WHERE listed_key IS NULL", &[]).await.expect("read");
        assert!(unlisted.is_empty());
        app.directory().membership(&ga, ops, Which::Membership(id)).await.expect("found");
    }

    async fn many_members_get_their_keys_in_slices_and_the_group_its_number(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let mut people = Vec::new();
        for number in 0..501 {
            people.push(json!({ "value": app.user(&format!("u{number:03}")).await.to_string() }));
        }
        let body = json!({ "displayName": "ops", "members": people });
        let ops = create_group(&app, &hr, body).await.expect("made").group.id;
        app.run_jobs().await;
        // As an older version beside this one leaves it.
        sql(&app, "UPDATE groups SET enabled_members = 7 WHERE id = ?1", vec![ops.into()]).await;
        let ga = manager(&app, "ga", &[]).await;
        let_do(&app, ops, user_of(&ga), "members.read").await;
        assert_eq!(app.run_jobs().await, 3);
        groups_know_their_number(&app).await;
        let (names, count) = names(&app, &ga, &MembersAsked { page: Page { first: 499, max: 10 }, ..all_of(ops) }).await;
        assert_eq!((names, count), (texts(&["u499", "u500"]), 501));
        let unlisted = app.db().query("SELECT 1 FROM memberships WHERE listed_key IS NULL", &[]).await.expect("read");
        assert!(unlisted.is_empty());
    }

    async fn who_may_not_see_members_sees_none(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        let id = give(&app, &ga, (b, ann), None, None).await;
        let stranger = manager(&app, "stranger", &[]).await;
        assert_eq!(code(members(&app, &stranger, &all_of(a)).await), "not_permitted");
        let reviewer = manager(&app, "gb", &[]).await;
        let_do(&app, b, user_of(&reviewer), "config.write").await;
        assert_eq!(code(members(&app, &reviewer, &all_of(b)).await), "not_permitted");
        let one = |who: Principal, group, which| {
            let app = &app;
            async move { app.directory().membership(&who, group, which).await }
        };
        assert_eq!(code(one(reviewer.clone(), b, Which::User(ann)).await), "not_permitted");
        let nowhere = Id::new(uuid::Uuid::from_u128(7));
        assert!(not_found(members(&app, &ga, &all_of(nowhere)).await));
        let policy = json!({ "user_filter": "userName eq \"bob\"" });
        let narrowed = app.principal("narrow", &["agm:manage"], Program::default().policy(policy)).await;
        refusal(members(&app, &narrowed, &all_of(b)).await);
        refusal(one(narrowed, b, Which::User(ann)).await);
        // By its id it is seen from above; by whose it is in the group alone.
        let seen = one(ga.clone(), a, Which::Membership(id)).await.expect("seen");
        assert!(!seen.direct && seen.listed.group.id == b);
        assert!(not_found(one(ga.clone(), a, Which::User(ann)).await));
        assert!(one(ga, b, Which::User(ann)).await.expect("seen").direct);
    }

    async fn who_sees_members_of_one_group_alone_sees_none_below(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        for group in [a, b] {
            give(&app, &ga, (group, ann), None, None).await;
        }
        let below = MembersAsked { depth: Depth::Subtree, ..all_of(a) };
        let reader = manager(&app, "reader", &[]).await;
        let grant = GrantDelegation {
            capabilities: Capabilities::parse("members.read").expect("a capability"),
            inherit: false,
            ..GrantDelegation::owner(a, Whom::User(user_of(&reader)))
        };
        run(&app, &app.operator().await, grant).await.expect("granted");
        assert_eq!(names(&app, &reader, &below).await.1, 1);
        assert_eq!(names(&app, &ga, &below).await.1, 2);
        let policy = json!({ "group_filter": "displayName eq \"a\"" });
        let narrowed = app.principal("narrow", &["agm:manage"], Program::default().policy(policy)).await;
        assert_eq!(names(&app, &narrowed, &below).await.1, 1);
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        assert_eq!(names(&app, &mg, &below).await.1, 2);
    }

    async fn whom_a_program_added_is_listed_at_once(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let (ann, bob) = (named(&app, "u1", "Ann", "Zulu").await, named(&app, "u2", "Bob", "Brown").await);
        give(&app, &ga, (a, ann), None, None).await;
        app.run_jobs().await;
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": bob.to_string() }] }]);
        patch_group(&app, &hr, a, add).await.expect("added");
        // Whatever the number of those who were there.
        let jobs = app.db().query("SELECT 1 FROM jobs WHERE kind = 'keep_listed'", &[]).await.expect("read");
        assert!(jobs.is_empty());
        assert_eq!(names(&app, &ga, &all_of(a)).await, (texts(&["u2", "u1"]), 2));
        assert_eq!(names(&app, &ga, &MembersAsked { search: Some(Search::Part("brown".into())), ..all_of(a) }).await, (texts(&["u2"]), 1));
        let found = members(&app, &ga, &all_of(a)).await.expect("listed");
        let id = found.members[0].listed.membership.id;
        app.directory().membership(&ga, a, Which::Membership(id)).await.expect("found");
    }

    async fn people_see_their_own_membership_wherever_it_stands(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        let me = themselves(&app, ann).await;
        let mine = |group| { let (app, me) = (&app, &me); async move { app.directory().my_membership(me, group).await } };
        assert!(not_found(mine(a).await));
        give(&app, &ga, (a, ann), Some("2030-02-01"), Some("2030-02-03")).await;
        give(&app, &ga, (b, ann), None, None).await;
        assert_eq!(mine(a).await.expect("seen").listed.membership.status, Status::Pending);
        let suspend = SuspendMember { group: b, which: Which::User(ann), justification: Some("why".into()), if_match: IfMatch::Any };
        run(&app, &ga, suspend).await.expect("suspended");
        let seen = mine(b).await.expect("seen").listed;
        assert_eq!((seen.membership.status, seen.membership.details.justification.as_deref()), (Status::Suspended, Some("why")));
        assert_eq!((seen.above, seen.roles), (texts(&["a"]), texts(&["member"])));
        app.pass(40 * 86_400).await;
        assert!(not_found(mine(a).await));
        // Those who administer the group still see what has expired.
        let kept = app.directory().membership(&ga, a, Which::User(ann)).await.expect("seen");
        assert_eq!(kept.listed.membership.status, Status::Expired);
        let manages = crate::support::groups::person(&app, ann, &[Scope::AgmManage], &[]).await;
        assert!(app.directory().my_membership(&manages, b).await.is_err());
    }
}
