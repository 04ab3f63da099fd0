//! Pages by index and by cursor.

use directory::client::ResourceKind;
use directory::view::{CURSOR_SECONDS, ListRequest, Page, Paging, Sort};
use directory::{Principal, Refusal, Scope};
use scim::ScimType;
use scim::projection::Projection;
use serde_json::{Map, Value, json};
use testkit::{Program, TestApp, both};

use crate::support::{BASE, create, create_group, delete, list_of, objects, refusal, text};

async fn hr(app: &TestApp) -> Principal {
    app.principal("hr", &["scim:read", "scim:write"], Program::default())
        .await
}

fn everything(count: usize, cursor: &str) -> ListRequest {
    ListRequest {
        kinds: vec![ResourceKind::User, ResourceKind::Group],
        filter: None,
        sort: None,
        paging: Paging::Cursor {
            cursor: cursor.to_owned(),
            count,
        },
        projection: Projection::all(),
        base: BASE.into(),
        needs: Scope::ScimRead,
    }
}

/// userName of users, displayName of groups.
fn names(page: &Page) -> Vec<String> {
    let name = |resource: &Map<String, Value>| {
        let name = resource.get("userName").or_else(|| resource.get("displayName"));
        text(name.expect("a name"))
    };
    objects(page).iter().map(name).collect()
}

async fn fill(app: &TestApp, who: &Principal, users: usize, groups: usize) {
    for number in 0..users {
        let body = json!({ "userName": format!("u{number}"), "title": format!("t{}", number % 3) });
        create(app, who, body).await.expect("created");
    }
    for number in 0..groups {
        create_group(app, who, json!({ "displayName": format!("g{number}") }))
            .await
            .expect("made");
    }
}

/// All pages of a list by cursor: none but the last may be short, and none empty.
async fn walk(app: &TestApp, who: &Principal, count: usize) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app
            .directory()
            .list(who, &everything(count, &cursor))
            .await
            .expect("a page");
        pages.push(names(&page));
        match page.next {
            Some(next) => cursor = next,
            None => return pages,
        }
    }
}

both! {
    async fn pages_over_both_types_are_full_until_the_last_and_never_empty(app: TestApp) {
        let hr = hr(&app).await;
        for (users, groups) in [(0, 0), (4, 0), (0, 4), (4, 3)] {
            let app = app.another().await;
            let realm = format!("r{users}{groups}");
            let who = app.principal("hr", &["scim:read", "scim:write"], Program::default().realm(&realm)).await;
            fill(&app, &who, users, groups).await;
            let all: Vec<String> = (0..users).map(|n| format!("u{n}")).chain((0..groups).map(|n| format!("g{n}"))).collect();
            for count in 1..9 {
                let pages = walk(&app, &who, count).await;
                assert_eq!(pages.concat(), all, "{users} users and {groups} groups by {count}");
                let (last, before) = pages.split_last().expect("at least one page");
                assert!(before.iter().all(|page| page.len() == count), "{users} users and {groups} groups by {count}: {pages:?}");
                assert!(!last.is_empty() || all.is_empty(), "{users} users and {groups} groups by {count}: {pages:?}");
            }
            let mut request = everything(10, "");
            for start in 1..9 {
                request.paging = Paging::Index { start, count: 3 };
                let page = app.directory().list(&who, &request).await.expect("a page");
                assert_eq!(names(&page), all.iter().skip(start - 1).take(3).cloned().collect::<Vec<_>>());
                assert_eq!((page.total, page.start), (Some(all.len()), Some(start)));
            }
        }
        drop(hr);
    }

    async fn what_comes_and_goes_between_pages_shifts_nothing(app: TestApp) {
        let hr = hr(&app).await;
        fill(&app, &hr, 9, 0).await;
        for by in [None, Some("userName"), Some("title")] {
            let mut request = list_of(ResourceKind::User, None);
            request.sort = by.map(|by| Sort { by: by.parse().expect("a path"), descending: false });
            request.paging = Paging::Cursor { cursor: String::new(), count: 3 };
            let first = app.directory().list(&hr, &request).await.expect("a page");
            let seen = names(&first);
            // Before the place one goes and one comes; the last row itself stays.
            let gone = objects(&first)[0]["id"].as_str().and_then(directory::Id::parse).expect("an id");
            delete(&app, &hr, gone).await.expect("deleted");
            create(&app, &hr, json!({ "userName": seen[0], "title": "t0" })).await.expect("created");
            let mut rest = Vec::new();
            let mut next = first.next;
            while let Some(cursor) = next {
                request.paging = Paging::Cursor { cursor, count: 3 };
                let page = app.directory().list(&hr, &request).await.expect("a page");
                rest.extend(names(&page));
                next = page.next;
            }
            let mut all: Vec<String> = rest.iter().chain(&seen).cloned().collect();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 9, "by {by:?}: {seen:?} then {rest:?}");
            assert!(!rest.iter().any(|name| seen[1..].contains(name)), "by {by:?}: {seen:?} then {rest:?}");
        }
    }

    async fn a_cursor_is_of_one_list_of_one_caller_for_a_time(app: TestApp) {
        let hr = hr(&app).await;
        let crm = app.principal("crm", &["scim:read"], Program::default()).await;
        let far = app.principal("hr", &["scim:read"], Program::default().realm("far")).await;
        fill(&app, &hr, 4, 0).await;
        let cursor = app.directory().list(&hr, &everything(2, "")).await.expect("a page").next.expect("a next page");
        assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{cursor}");
        let scim_type = |result: Result<Page, directory::Error>| match refusal(result) {
            Refusal::Scim(error) => error.scim_type,
            other => panic!("{other:?}"),
        };
        for who in [&crm, &far] {
            assert_eq!(scim_type(app.directory().list(who, &everything(2, &cursor)).await), Some(ScimType::InvalidCursor));
        }
        let mut other = list_of(ResourceKind::User, Some("userName pr"));
        other.paging = Paging::Cursor { cursor: cursor.clone(), count: 2 };
        assert_eq!(scim_type(app.directory().list(&hr, &other).await), Some(ScimType::InvalidCursor));
        assert_eq!(scim_type(app.directory().list(&hr, &everything(3, &cursor)).await), Some(ScimType::InvalidCount));
        app.clock().advance(CURSOR_SECONDS + 1);
        assert_eq!(scim_type(app.directory().list(&hr, &everything(2, &cursor)).await), Some(ScimType::ExpiredCursor));
    }

    async fn a_count_of_nothing_tells_the_total_alone(app: TestApp) {
        let hr = hr(&app).await;
        fill(&app, &hr, 5, 2).await;
        for paging in [Paging::Index { start: 1, count: 0 }, Paging::Cursor { cursor: String::new(), count: 0 }] {
            for (filter, total) in [(None, 5), (Some("title eq \"t0\""), 2), (Some("userName sw \"u\""), 5), (Some("userName eq \"none\""), 0)] {
                let mut request = list_of(ResourceKind::User, filter);
                request.paging = paging.clone();
                let page = app.directory().list(&hr, &request).await.expect("a page");
                assert_eq!((page.total, page.resources.len(), page.next), (Some(total), 0, None), "{filter:?}");
            }
        }
    }

    async fn a_start_below_one_is_one_and_beyond_the_end_is_nothing(app: TestApp) {
        let hr = hr(&app).await;
        fill(&app, &hr, 3, 0).await;
        let mut request = list_of(ResourceKind::User, None);
        request.paging = Paging::Index { start: 0, count: 2 };
        let page = app.directory().list(&hr, &request).await.expect("a page");
        assert_eq!((names(&page), page.start), (vec!["u0".into(), "u1".into()], Some(1)));
        request.paging = Paging::Index { start: 10, count: 2 };
        let page = app.directory().list(&hr, &request).await.expect("a page");
        assert_eq!((names(&page), page.total, page.start), (vec![], Some(3), Some(10)));
    }
}

/// Many members, put there past the product: the same people in four groups.
async fn crowd(app: &TestApp, groups: &[directory::Id<directory::group::Group>], people: u32) {
    let (groups, realm) = (groups.to_vec(), app.realm("default").await);
    let user = "INSERT INTO users (realm, id, version, modified, kind, lifecycle, hidden, user_name_key, display_name_key, family_name_key, given_name_key, document)
                VALUES (?1, ?2, 1, 0, 'member', 'active', FALSE, ?3, ?3, ?3, ?3, '{}')";
    let membership = "INSERT INTO memberships (realm, group_id, user_id, id, version, status, source, granted_at) VALUES (?1, ?2, ?3, ?3, 1, 'enabled', 'system', 0)";
    let filled = app.db().write(move |tx| -> Result<(), db::Error> {
        for number in 0..people {
            let id = uuid::Uuid::from_u128(u128::from(number) + 1);
            tx.later(user, vec![realm.into(), id.into(), number.to_string().into()])?;
            for group in &groups {
                tx.later(membership, vec![realm.into(), group.into(), id.into()])?;
            }
        }
        Ok(())
    });
    filled.await.expect("filled");
}

#[test]
fn a_page_ends_when_too_many_members_are_in_it() {
    testkit::on_sqlite(|app| async move {
        let hr = hr(&app).await;
        let mut groups = Vec::new();
        for number in 0..4 {
            let made = create_group(&app, &hr, json!({ "displayName": format!("g{number}") }))
                .await
                .expect("made");
            groups.push(made.group.id);
        }
        crowd(&app, &groups, 8_000).await;
        let mut request = list_of(ResourceKind::Group, None);
        request.paging = Paging::Cursor {
            cursor: String::new(),
            count: 10,
        };
        let first = app.directory().list(&hr, &request).await.expect("a page");
        assert_eq!(names(&first), ["g0", "g1", "g2"]);
        request.paging = Paging::Cursor {
            cursor: first.next.expect("a next page"),
            count: 10,
        };
        let second = app.directory().list(&hr, &request).await.expect("a page");
        assert_eq!((names(&second), second.next), (vec!["g3".to_owned()], None));
        for (start, page) in [(1, vec!["g0", "g1", "g2"]), (4, vec!["g3"])] {
            request.paging = Paging::Index { start, count: 10 };
            let found = app.directory().list(&hr, &request).await.expect("a page");
            assert_eq!(
                (names(&found), found.total),
                (page.iter().map(ToString::to_string).collect(), Some(4))
            );
        }
        // Who does not want members gets all groups at once.
        request.projection = Projection::from_lists(&[], &["members".to_owned()], &[]).expect("a projection");
        request.paging = Paging::Index { start: 1, count: 10 };
        assert_eq!(
            app.directory()
                .list(&hr, &request)
                .await
                .expect("a page")
                .resources
                .len(),
            4
        );
    });
}
