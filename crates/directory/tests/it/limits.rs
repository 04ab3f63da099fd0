//! Limits on what a resource may hold and a page may carry.

use std::collections::BTreeSet;

use directory::client::ResourceKind;
use directory::view::{ListRequest, Page, Paging, Sort};
use directory::{Principal, Refusal};
use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Program, TestApp, both};

use crate::support::{
    create, create_group, list_of, names, objects, patch, patch_group, put, put_group, refusal, text,
};

const MOST_TEXT: usize = 128 * 1024;
const PAGE_BYTES: usize = 8 * 1024 * 1024;

async fn hr(app: &TestApp) -> Principal {
    app.principal("hr", &["scim:read", "scim:write"], Program::default())
        .await
}

fn too_large<T: std::fmt::Debug>(result: Result<T, directory::Error>) {
    let refused = refusal(result);
    assert!(
        matches!(refused, Refusal::TooLarge { limit: MOST_TEXT, .. }),
        "{refused:?}"
    );
}

async fn page(app: &TestApp, who: &Principal, request: &ListRequest) -> Page {
    app.directory().list(who, request).await.expect("a page")
}

fn user_names(page: &Page) -> Vec<String> {
    let user_name = |user: &serde_json::Map<String, Value>| text(&user["userName"]);
    objects(page).iter().map(user_name).collect()
}

both! {
    async fn a_resource_with_more_text_is_refused_and_nothing_is_written(app: TestApp) {
        let hr = hr(&app).await;
        let ann = create(&app, &hr, json!({ "userName": "ann", "title": "x".repeat(MOST_TEXT - 1000) })).await.expect("created");
        let ops = create_group(&app, &hr, json!({ "displayName": "ops" })).await.expect("made").group.id;
        let events = app.event_kinds().await.len();
        let much = "x".repeat(MOST_TEXT);
        too_large(create(&app, &hr, json!({ "userName": "ben", "title": much })).await);
        // Bytes count, not characters; and all of the text, not one value.
        too_large(create(&app, &hr, json!({ "userName": "ben", "title": "\u{20ac}".repeat(MOST_TEXT / 3) })).await);
        let roles: Vec<Value> = (0..200).map(|n| json!({ "value": format!("{n}{}", "x".repeat(MOST_TEXT / 200)) })).collect();
        too_large(create(&app, &hr, json!({ "userName": "ben", "roles": roles })).await);
        too_large(put(&app, &hr, ann.id, json!({ "userName": "ann", "title": much })).await);
        too_large(patch(&app, &hr, ann.id, json!([{ "op": "add", "path": "nickName", "value": "x".repeat(1000) }])).await);
        too_large(create_group(&app, &hr, json!({ "displayName": much })).await);
        too_large(put_group(&app, &hr, ops, json!({ "displayName": much })).await);
        too_large(patch_group(&app, &hr, ops, json!([{ "op": "replace", "path": "displayName", "value": much }])).await);
        assert_eq!(app.event_kinds().await.len(), events);
        assert_eq!(names(&app, &hr, ResourceKind::User, "nickName pr or userName pr").await, ["ann"]);
        assert_eq!(names(&app, &hr, ResourceKind::Group, "displayName pr").await, ["ops"]);
    }

    async fn a_page_of_large_users_ends_early_and_the_rest_follows(app: TestApp) {
        let hr = hr(&app).await;
        let title = "x".repeat(MOST_TEXT - 1000);
        let fitting = PAGE_BYTES / title.len() + 1;
        let mut all = Vec::new();
        for number in 0..fitting * 2 + 5 {
            let name = format!("u{number:03}");
            create(&app, &hr, json!({ "userName": name, "title": title })).await.expect("created");
            all.push(name);
        }
        // By an index, by another index, by looking at rows.
        for by in [None, Some("userName"), Some("title")] {
            let sort = by.map(|by| Sort { by: by.parse().expect("a path"), descending: false });
            let mut request = ListRequest { sort, ..list_of(ResourceKind::User, None) };
            let (mut seen, mut pages) = (Vec::new(), 0);
            loop {
                request.paging = Paging::Index { start: seen.len() + 1, count: 1000 };
                let page = page(&app, &hr, &request).await;
                assert_eq!((page.total, page.start), (Some(all.len()), Some(seen.len() + 1)), "by {by:?}");
                assert!(!page.resources.is_empty() && page.resources.len() <= fitting, "by {by:?}: {}", page.resources.len());
                seen.extend(user_names(&page));
                pages += 1;
                if seen.len() >= all.len() {
                    break;
                }
            }
            assert_eq!((&seen, pages), (&all, 3), "by {by:?}");
            let (mut seen, mut pages) = (Vec::new(), 0);
            let mut next = Some(String::new());
            while let Some(cursor) = next {
                request.paging = Paging::Cursor { cursor, count: 1000 };
                let page = page(&app, &hr, &request).await;
                assert!(!page.resources.is_empty() && page.resources.len() <= fitting, "by {by:?}: {}", page.resources.len());
                seen.extend(user_names(&page));
                pages += 1;
                next = page.next;
            }
            assert_eq!((&seen, pages), (&all, 3), "by {by:?}");
        }
    }

    async fn of_many_invitations_at_once_none_goes_past_the_limit(app: TestApp) {
        app.set_realm("default", |settings| settings.max_open_invitations = Some(3)).await;
        let wire = app.principal("wire", &["scim:read", "scim:write"], Program::default().invites()).await;
        let results = join_all((0..24).map(|number| {
            let address = format!("p{number}@x.example");
            create(&app, &wire, json!({ "userName": format!("p{number}"), "emails": [{ "value": address }] }))
        })).await;
        let (invited, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!(invited.len(), 3);
        for result in refused {
            assert_eq!(refusal(result), Refusal::LimitReached { what: "open invitations", limit: 3 });
        }
        let left: BTreeSet<String> = names(&app, &wire, ResourceKind::User, "userName pr").await.into_iter().collect();
        let made: BTreeSet<String> = invited.into_iter().filter_map(Result::ok).map(|user| user.user_name()).collect();
        assert_eq!(left, made);
        let kinds = app.event_kinds().await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "invitation.created").count(), 3);
    }
}
