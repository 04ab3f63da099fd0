//! Whatever an index answers and whatever is looked at row by row: a list holds exactly what the filter matches in memory,
//! in the order asked for, with the right total. Random filters over random rows.

use directory::client::ResourceKind;
use directory::view::{Paging, Sort};
use directory::{Principal, Settings};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use scim::filter::{CompareOp, Filter, Literal};
use scim::path::AttrPath;
use scim::projection::Projection;
use scim::schema::{ResourceSchema, Schema, USHER_USER_URN};
use serde_json::{Map, Value, json};
use testkit::{Program, TestApp, both};

use crate::support::{create, create_group, list_of, objects, patch};

const USERS: usize = 60;
const FILTERS: usize = 160;
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const BADGE: &str = "urn:example:badge:1.0:User";

/// An extension from configuration, one attribute of it indexed.
fn badge() -> Schema {
    let schema = json!({
        "id": BADGE, "name": "Badge", "description": "A badge",
        "attributes": [
            { "name": "code", "type": "string", "multiValued": false, "description": "Its code", "indexed": true },
            { "name": "colour", "type": "string", "multiValued": false, "description": "Its colour" },
            { "name": "level", "type": "integer", "multiValued": false, "description": "Its level" },
        ],
    });
    Schema::from_json(&schema).expect("a schema")
}

fn words() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a",
        "A",
        "ab",
        "Abc",
        "ABD",
        "b",
        "Ä",
        "ä",
        "Straße",
        "STRASSE",
        "é",
        "e\u{301}",
        "ｂ",
        "zz",
        "\u{1F600}",
        "a b",
        "a\"\\",
        "it's",
        "ab%",
        "a_c",
        "",
    ])
    .prop_map(str::to_owned)
}

fn a_user(number: usize) -> impl Strategy<Value = Value> {
    let some = || prop::option::of(words());
    let emails = prop::collection::vec((words(), prop::sample::select(vec!["work", "home", "Work"])), 0..3);
    let flags = prop::option::weighted(0.8, any::<bool>());
    (some(), some(), some(), some(), (some(), some(), some()), emails, flags, 0_u8..4).prop_map(
        move |(display, family, given, kind, (department, code, colour), emails, active, level)| {
            let mut body = Map::new();
            let mut set = |name: &str, value: Value| body.insert(name.into(), value);
            set("userName", format!("{}{number}", display.clone().filter(|word| !word.is_empty()).unwrap_or("u".into())).into());
            set("displayName", display.into());
            set("name", json!({ "familyName": family, "givenName": given }));
            set("userType", kind.clone().into());
            set("title", kind.into());
            set("active", active.into());
            set("externalId", (number % 7).to_string().into());
            let emails: Vec<Value> = emails
                .into_iter()
                .enumerate()
                .map(|(at, (value, kind))| json!({ "value": format!("{value}@x.org"), "type": kind, "primary": at == 1 }))
                .collect();
            set("emails", emails.into());
            set(ENTERPRISE, json!({ "department": department, "employeeNumber": level.to_string(), "manager": { "value": format!("Boss-{level}") } }));
            set(BADGE, json!({ "code": code, "colour": colour, "level": level }));
            Value::Object(body)
        },
    )
}

fn path(text: &str) -> AttrPath {
    text.parse().expect("a path")
}

fn compare(path_text: String, op: CompareOp, value: Literal) -> Filter {
    Filter::Compare {
        path: path(&path_text),
        op,
        value,
    }
}

const TEXT_OPS: [CompareOp; 9] = [
    CompareOp::Eq,
    CompareOp::Eq,
    CompareOp::Sw,
    CompareOp::Co,
    CompareOp::Ew,
    CompareOp::Ne,
    CompareOp::Gt,
    CompareOp::Le,
    CompareOp::Lt,
];

/// One comparison. `ids` are those of users and groups, `times` instants at which something was made or changed.
fn leaf(ids: Vec<String>, groups: Vec<String>, times: Vec<String>) -> impl Strategy<Value = Filter> {
    let texts = prop::sample::select(vec![
        "userName".to_owned(),
        "displayName".into(),
        "name.familyName".into(),
        "name.givenName".into(),
        "userType".into(),
        "title".into(),
        format!("{ENTERPRISE}:department"),
        format!("{BADGE}:code"),
        format!("{BADGE}:colour"),
    ]);
    let text = (texts, prop::sample::select(TEXT_OPS.to_vec()), words())
        .prop_map(|(path, op, word)| compare(path, op, Literal::String(word)));
    let email = (prop::sample::select(TEXT_OPS.to_vec()), words())
        .prop_map(|(op, word)| compare("emails.value".into(), op, Literal::String(format!("{word}@x.org"))));
    let bracket =
        (prop::sample::select(vec!["work", "HOME", "x"]), words(), any::<bool>()).prop_map(|(kind, word, both)| {
            let kind = compare("type".into(), CompareOp::Eq, Literal::String(kind.into()));
            let value = compare("value".into(), CompareOp::Eq, Literal::String(format!("{word}@x.org")));
            let filter = if both { Filter::And(vec![kind, value]) } else { value };
            Filter::Has {
                path: path("emails"),
                filter: Box::new(filter),
            }
        });
    let exact = (
        prop::sample::select(vec!["externalId".to_owned(), format!("{ENTERPRISE}:employeeNumber")]),
        prop::sample::select(TEXT_OPS.to_vec()),
        0_u8..8,
    )
        .prop_map(|(path, op, number)| compare(path, op, Literal::String(number.to_string())));
    let manager = (
        prop::sample::select(vec![CompareOp::Eq, CompareOp::Sw]),
        prop::sample::select(vec!["Boss-1", "boss-1", "Boss"]),
    )
        .prop_map(|(op, value)| compare(format!("{ENTERPRISE}:manager"), op, Literal::String(value.into())));
    let active = (prop::sample::select(vec![CompareOp::Eq, CompareOp::Ne]), any::<bool>())
        .prop_map(|(op, flag)| compare("active".into(), op, Literal::Bool(flag)));
    let id = (
        prop::sample::select(vec![CompareOp::Eq, CompareOp::Ne, CompareOp::Sw]),
        prop::sample::select(ids.clone()),
        any::<bool>(),
    )
        .prop_map(|(op, id, upper)| {
            compare(
                "id".into(),
                op,
                Literal::String(if upper { id.to_uppercase() } else { id }),
            )
        });
    let group =
        prop::sample::select(groups).prop_map(|id| compare("groups.value".into(), CompareOp::Eq, Literal::String(id)));
    let time = (
        prop::sample::select(vec!["meta.created", "meta.lastModified"]),
        prop::sample::select(vec![
            CompareOp::Eq,
            CompareOp::Gt,
            CompareOp::Ge,
            CompareOp::Lt,
            CompareOp::Le,
            CompareOp::Ne,
        ]),
        prop::sample::select(times),
    )
        .prop_map(|(path, op, time)| compare(path.into(), op, Literal::String(time)));
    let kind = prop::sample::select(vec!["User", "user", "Group"])
        .prop_map(|name| compare("meta.resourceType".into(), CompareOp::Eq, Literal::String(name.into())));
    let lifecycle = Just(compare(
        format!("{USHER_USER_URN}:lifecycle"),
        CompareOp::Eq,
        Literal::String("suspended".into()),
    ));
    let level = (prop::sample::select(vec![CompareOp::Eq, CompareOp::Gt]), 0_i64..4)
        .prop_map(|(op, level)| compare(format!("{BADGE}:level"), op, Literal::Number(level.into())));
    let present = prop::sample::select(vec![
        "displayName",
        "name.familyName",
        "userType",
        "active",
        "emails",
        "name",
        "userName",
        "groups",
        "externalId",
    ])
    .prop_map(|name| Filter::Present(path(name)));
    let null = (
        prop::sample::select(vec!["displayName", "active", "userType"]),
        any::<bool>(),
    )
        .prop_map(|(name, equal)| {
            compare(
                name.into(),
                if equal { CompareOp::Eq } else { CompareOp::Ne },
                Literal::Null,
            )
        });
    prop_oneof![
        6 => text, 3 => email, 2 => bracket, 2 => exact, 1 => manager, 2 => active, 1 => id, 2 => group, 2 => time, 1 => kind, 1 => lifecycle, 1 => level,
        2 => present, 1 => null
    ]
}

fn a_filter(ids: Vec<String>, groups: Vec<String>, times: Vec<String>) -> impl Strategy<Value = Filter> {
    leaf(ids, groups, times).prop_recursive(3, 12, 3, |inner| {
        let list = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            3 => list().prop_map(Filter::And),
            3 => list().prop_map(Filter::Or),
            1 => inner.clone().prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

fn next<S: Strategy>(strategy: &S, runner: &mut TestRunner) -> S::Value {
    strategy.new_tree(runner).expect("a value").current()
}

/// All users as values, each as a whole, with what is told only on request.
async fn whole(app: &TestApp, who: &Principal, kind: ResourceKind) -> Vec<Map<String, Value>> {
    let mut request = list_of(kind, None);
    request.projection = Projection::all().with_requested(USHER_USER_URN);
    objects(&app.directory().list(who, &request).await.expect("listed"))
}

fn ids(resources: &[Map<String, Value>]) -> Vec<String> {
    resources
        .iter()
        .map(|resource| crate::support::text(&resource["id"]))
        .collect()
}

/// What a filter and a sort make of the rows, in memory.
fn expected(
    rows: &[Map<String, Value>],
    filter: &Filter,
    sort: Option<&(AttrPath, bool)>,
    schema: &ResourceSchema,
) -> Vec<String> {
    let resolved = filter.resolve(schema).expect("the filter resolves");
    let mut matching: Vec<&Map<String, Value>> = rows.iter().filter(|row| resolved.matches(row)).collect();
    if let Some((by, descending)) = sort {
        let by = schema.resolve(by).expect("an attribute");
        matching.sort_by_key(|row| (by.sort_key(row).is_none(), by.sort_key(row), row["id"].to_string()));
        if *descending {
            matching.reverse();
        }
    }
    matching.iter().map(|row| crate::support::text(&row["id"])).collect()
}

async fn by_cursor(app: &TestApp, who: &Principal, filter: &Filter, sort: Option<Sort>, count: usize) -> Vec<String> {
    let mut request = list_of(ResourceKind::User, None);
    request.filter = Some(filter.clone());
    request.sort = sort;
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        request.paging = Paging::Cursor { cursor, count };
        let page = app.directory().list(who, &request).await.expect("a page");
        assert!(
            page.next.is_none() || page.resources.len() == count,
            "a page before the end is full"
        );
        found.extend(ids(&objects(&page)));
        match page.next {
            Some(next) => cursor = next,
            None => return found,
        }
    }
}

async fn filled(app: TestApp, runner: &mut TestRunner) -> (TestApp, Principal, Vec<String>) {
    let app = app
        .with_settings(|settings: &mut Settings| settings.user_extensions.push(badge().into()))
        .await;
    let hr = app
        .principal("hr", &["scim:read", "scim:write"], Program::default())
        .await;
    let mut users = Vec::new();
    for number in 0..USERS {
        let body = next(&a_user(number), runner);
        users.push(create(&app, &hr, body).await.expect("created").id);
        app.clock().advance(1);
    }
    // Some are changed later, some are kept out, some are in groups, directly or through others.
    for id in users.iter().step_by(5) {
        patch(
            &app,
            &hr,
            *id,
            json!([{ "op": "add", "path": "nickName", "value": "n" }]),
        )
        .await
        .expect("changed");
        app.clock().advance(1);
    }
    let mut groups: Vec<String> = Vec::new();
    for number in 0..6 {
        let mut members: Vec<Value> = users
            .iter()
            .skip(number)
            .step_by(7)
            .map(|id| json!({ "value": id.to_string() }))
            .collect();
        members.extend(groups.iter().step_by(2).map(|id| json!({ "value": id })));
        let body = json!({ "displayName": format!("Group {number}"), "members": members, "externalId": format!("g{}", number % 3) });
        groups.push(create_group(&app, &hr, body).await.expect("made").group.id.to_string());
    }
    groups.push("01900000-0000-7000-8000-000000000000".into());
    (app, hr, groups)
}

both! {
    async fn sql_and_memory_find_the_same_users(app: TestApp) {
        let mut runner = TestRunner::deterministic();
        let (app, hr, groups) = filled(app, &mut runner).await;
        let rows = whole(&app, &hr, ResourceKind::User).await;
        assert_eq!(rows.len(), USERS);
        let times = rows.iter().step_by(11).flat_map(|row| [row["meta"]["created"].clone(), row["meta"]["lastModified"].clone()]);
        let times: Vec<String> = times.map(|time| crate::support::text(&time)).collect();
        let filters = a_filter(ids(&rows), groups, times);
        let sorts = ["userName", "displayName", "name.familyName", "meta.lastModified", "meta.created", "id", "title", "emails", "active"];
        let schema = app.directory().schemas().resource(ResourceKind::User, directory::client::Profile::Generic);
        let mut answered = 0;
        for round in 0..FILTERS {
            let filter = next(&filters, &mut runner);
            let sort = (round % 3 == 0).then(|| (path(sorts[round / 3 % sorts.len()]), round % 2 == 0));
            let wanted = expected(&rows, &filter, sort.as_ref(), schema);
            let sort = sort.map(|(by, descending)| Sort { by, descending });

            let mut request = list_of(ResourceKind::User, None);
            request.filter = Some(filter.clone());
            request.sort.clone_from(&sort);
            let page = app.directory().list(&hr, &request).await.unwrap_or_else(|error| panic!("{filter}: {error:?}"));
            assert_eq!(ids(&objects(&page)), wanted, "{filter} by {sort:?}");
            assert_eq!(page.total, Some(wanted.len()), "total of {filter}");

            request.paging = Paging::Index { start: 4, count: 3 };
            let page = app.directory().list(&hr, &request).await.expect("a page");
            assert_eq!(ids(&objects(&page)), wanted.iter().skip(3).take(3).cloned().collect::<Vec<_>>(), "from the fourth of {filter}");
            assert_eq!(page.total, Some(wanted.len()), "total of {filter}");
            if round % 5 == 0 {
                assert_eq!(by_cursor(&app, &hr, &filter, sort, 7).await, wanted, "pages of {filter}");
            }
            answered += usize::from(!wanted.is_empty() && wanted.len() < USERS);
        }
        assert!(answered > FILTERS / 3, "only {answered} filters told anything apart");
    }

    async fn sql_and_memory_find_the_same_groups(app: TestApp) {
        let mut runner = TestRunner::deterministic();
        let (app, hr, _) = filled(app, &mut runner).await;
        let rows = whole(&app, &hr, ResourceKind::Group).await;
        let schema = app.directory().schemas().resource(ResourceKind::Group, directory::client::Profile::Generic);
        let someone = rows[0]["members"][0]["value"].as_str().expect("an id");
        let nested = rows[0]["id"].as_str().expect("an id");
        let filters = [
            "displayName eq \"group 3\"".to_owned(), "displayName sw \"GROUP\"".into(), "displayName gt \"Group 2\"".into(), "displayName co \"4\"".into(),
            "externalId eq \"g1\"".into(), "externalId pr".into(), format!("members.value eq \"{someone}\""), format!("members eq \"{nested}\""),
            "members.type eq \"Group\"".into(), "members[type eq \"Group\"]".into(), "not (members.type eq \"Group\")".into(), "members pr".into(),
            format!("id eq \"{nested}\" and members eq \"{someone}\""), format!("displayName eq \"group 1\" or members.value eq \"{nested}\""),
            "meta.resourceType eq \"Group\"".into(), "meta.lastModified ge \"2030-01-01T08:00:00Z\"".into(),
        ];
        for text in filters {
            let filter: Filter = text.parse().expect("a filter");
            let page = app.directory().list(&hr, &list_of(ResourceKind::Group, Some(&text))).await.unwrap_or_else(|error| panic!("{text}: {error:?}"));
            assert_eq!(ids(&objects(&page)), expected(&rows, &filter, None, schema), "{text}");
        }
    }
}
