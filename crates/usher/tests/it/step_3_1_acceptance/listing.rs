//! Shapes and listing: 1 to 8.

use serde_json::{Value, json};

use super::stage::section;
use super::world::{World, each, text};

section! { 1: t01, 2: t02, 3: t03, 4: t04, 5: t05, 6: t06, 7: t07, 8: t08 }

/// Paged lists answer `{results, count}`; others are bare lists.
fn t01(world: &World<'_>) {
    let (ga, b) = (world.by("ga"), world.group("/a/b"));
    for path in [
        "/account/user/groups".to_owned(),
        "/account/user/enroll-requests".to_owned(),
        "/account/group-admin/groups".to_owned(),
        format!("/account/group-admin/groups/members?groups={b}"),
        "/account/group-admin/enroll-requests".to_owned(),
        format!("/account/group-admin/group/{b}/members"),
    ] {
        let list = ga.get(&path).expect(200).json();
        assert!(list["results"].is_array() && list["count"].is_u64(), "{path}: {list}");
        assert_eq!(list.as_object().map(serde_json::Map::len), Some(2), "{path}: {list}");
    }
    for path in [
        "/account/group-admin/groupids/all".to_owned(),
        "/account/group-admin/configuration-rules".to_owned(),
        format!("/account/group-admin/group/{b}/configuration/all"),
        format!("/account/group-admin/group/{b}/roles"),
        "/account/user/groups/configurations?groupPath=/a/b".to_owned(),
        format!("/account/user/group/{b}/configurations"),
    ] {
        let list = ga.get(&path).expect(200).json();
        assert!(list.is_array(), "{path}: {list}");
    }
    let rules = world.by("root").get("/admin/configuration-rules").expect(200).json();
    assert!(rules.is_array());
}

/// Days are `yyyy-MM-dd`, instants `yyyy-MM-dd HH:mm:ss`; what is null is absent.
fn t02(world: &World<'_>) {
    world.add_member("/a/b", "u1", &json!({ "membershipExpiresAt": world.day(40) }));
    let shown = world.membership("/a/b", "u1").expect(200).json();
    assert_eq!(
        (&shown["validFrom"], &shown["membershipExpiresAt"]),
        (&json!(world.day(0)), &json!(world.day(40)))
    );
    let way = world.way("/a/b");
    let request =
        json!({ "groupEnrollmentConfiguration": { "id": way }, "groupRoles": ["member"], "comments": "please" });
    world
        .by("u2")
        .post("/account/user/enroll-request", &request)
        .expect(204);
    let list = world.by("u2").get("/account/user/enroll-requests").expect(200).json();
    let request = &list["results"][0];
    let (day, time) = text(&request["submittedDate"])
        .split_once(' ')
        .map(|(day, time)| (day.to_owned(), time.to_owned()))
        .expect("a blank");
    assert_eq!((day, time.len()), (world.day(0), 8));
    for absent in ["approvedDate", "checkAdmin", "adminJustification", "reviewComments"] {
        assert!(request.get(absent).is_none(), "{absent} in {request}");
    }
    assert!(no_nulls(&list) && no_nulls(&shown), "{list} {shown}");
}

fn no_nulls(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(list) => list.iter().all(no_nulls),
        Value::Object(members) => members.values().all(no_nulls),
        _ => true,
    }
}

/// The list of one's groups has those in force; a single one is shown also while it waits or is suspended.
fn t03(world: &World<'_>) {
    world.add_member("/a", "u1", &json!({}));
    world.add_member("/x", "u1", &json!({ "validFrom": world.day(3) }));
    world.add_member("/a/b", "u1", &json!({}));
    let b = world.group("/a/b");
    let suspend = format!("/account/group-admin/group/{b}/member/user/{}/suspend", world.id("u1"));
    world.by("gb").post(&suspend, &Value::Null).expect(204);
    let u1 = world.by("u1");
    let mine = u1.get("/account/user/groups").expect(200).json();
    assert_eq!(
        (each(&mine["results"], "/group/path"), &mine["count"]),
        (vec!["/a".to_owned()], &json!(1))
    );
    for (group, status) in [("/a", "ENABLED"), ("/x", "PENDING"), ("/a/b", "SUSPENDED")] {
        let shown = u1.get(&format!("/account/user/group/{}/member", world.group(group)));
        assert_eq!(shown.expect(200).json()["status"], status, "{group}");
    }
    u1.get(&format!("/account/user/group/{}/member", world.group("/a/b/c")))
        .expect(404);
}

/// `direct=false` lists those below too, each with its own path; who is in two of them appears twice.
fn t04(world: &World<'_>) {
    for group in ["/a", "/a/b", "/a/b/c"] {
        world.add_member(group, "u1", &json!({}));
    }
    world.add_member("/a/b/c", "u2", &json!({}));
    let members = format!("/account/group-admin/group/{}/members", world.group("/a"));
    let ga = world.by("ga");
    let own = ga.get(&members).expect(200).json();
    assert_eq!(
        (each(&own["results"], "/group/path"), each(&own["results"], "/direct")),
        (vec!["/a".into()], vec!["true".into()])
    );
    let all = ga.get(&format!("{members}?direct=false")).expect(200).json();
    let mut seen: Vec<(String, String, String)> = all["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|one| {
            (
                text(&one["user"]["username"]),
                text(&one["group"]["path"]),
                one["direct"].to_string(),
            )
        })
        .collect();
    seen.sort();
    let expected = [
        ("u1", "/a", "true"),
        ("u1", "/a/b", "false"),
        ("u1", "/a/b/c", "false"),
        ("u2", "/a/b/c", "false"),
    ]
    .map(|(user, path, direct)| (user.to_owned(), path.to_owned(), direct.to_owned()));
    assert_eq!((seen.as_slice(), &all["count"]), (expected.as_slice(), &json!(4)));
}

/// Filters and orders of members.
fn t05(world: &World<'_>) {
    let b = world.group("/a/b");
    let gb = world.by("gb");
    gb.post(&format!("/account/group-admin/group/{b}/roles?name=lead"), &Value::Null)
        .expect(204);
    // Their ends run against their names, so that one order is not taken for the other.
    world.add_member(
        "/a/b",
        "u1",
        &json!({ "groupRoles": ["member", "lead"], "membershipExpiresAt": world.day(20) }),
    );
    world.add_member("/a/b", "u2", &json!({ "membershipExpiresAt": world.day(10) }));
    world.add_member("/a/b", "mgx", &json!({ "validFrom": world.day(5) }));
    let names = |query: &str| {
        let list = gb
            .get(&format!("/account/group-admin/group/{b}/members?{query}"))
            .expect(200)
            .json();
        (each(&list["results"], "/user/username"), list["count"].as_u64())
    };
    let found = |names: &[&str]| {
        (
            names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(),
            Some(names.len() as u64),
        )
    };
    assert_eq!(names("status=PENDING"), found(&["mgx"]));
    assert_eq!(names("status=ENABLED"), found(&["u1", "u2"]));
    assert_eq!(names("role=lea"), found(&["u1"]));
    assert_eq!(names("search=U2"), found(&["u2"]));
    assert_eq!(names("search=family"), found(&["mgx", "u1", "u2"]));
    assert_eq!(names("search=%25"), found(&[]));
    let by_end = "order=f.effectiveMembershipExpiresAt&status=ENABLED";
    assert_eq!(names(by_end), found(&["u2", "u1"]));
    assert_eq!(names(&format!("{by_end}&asc=false")), found(&["u1", "u2"]));
    for wrong in [
        "order=f.user.password",
        "order=1;drop",
        "status=NONE",
        "first=-1",
        "max=-1",
        "direct=perhaps",
    ] {
        gb.get(&format!("/account/group-admin/group/{b}/members?{wrong}"))
            .expect(400);
    }
}

/// The tree: whoever administers a group sees it with all below, whoever manages groups all roots; a search shows roots.
fn t06(world: &World<'_>) {
    let listed = |who: &str, query: &str| {
        world
            .by(who)
            .get(&format!("/account/group-admin/groups{query}"))
            .expect(200)
            .json()
    };
    let of_ga = listed("ga", "");
    assert_eq!(
        (each(&of_ga["results"], "/path"), &of_ga["count"]),
        (vec!["/a".to_owned()], &json!(1))
    );
    let below = &of_ga["results"][0]["extraSubGroups"];
    assert_eq!(each(below, "/path"), ["/a/b"]);
    assert_eq!(each(&below[0]["extraSubGroups"], "/path"), ["/a/b/c"]);
    assert_eq!(of_ga["results"][0]["subGroups"], json!([]));
    let of_mg = listed("mg", "");
    assert_eq!(
        (each(&of_mg["results"], "/path"), &of_mg["count"]),
        (vec!["/a".to_owned(), "/x".to_owned()], &json!(2))
    );
    let searched = listed("mg", "?search=c&toplevel=true");
    assert_eq!(
        (each(&searched["results"], "/path"), &searched["count"]),
        (vec!["/a".to_owned()], &json!(1))
    );
    let matches = listed("mg", "?search=c&toplevel=false");
    assert_eq!(
        (each(&matches["results"], "/path"), &matches["count"]),
        (vec!["/a/b/c".to_owned()], &json!(1))
    );
}

/// A whole group: what is above, root first; who administers it, here or from above; its roles with their values.
fn t07(world: &World<'_>) {
    world.with_entitlements();
    let whole = |group: &str| {
        let path = format!("/account/group-admin/group/{}/all", world.group(group));
        world.by("ga").get(&path).expect(200).json()
    };
    let leaf = whole("/a/b/c");
    assert_eq!(each(&leaf["parents"], "/name"), ["a", "b"]);
    let b = whole("/a/b");
    let admin = |name: &str| {
        let admins = b["admins"].as_array().expect("admins");
        let found = admins.iter().find(|admin| admin["user"]["username"] == name);
        found.map(|admin| admin["direct"].clone())
    };
    assert_eq!(
        (admin("gb"), admin("ga"), admin("u1")),
        (Some(json!(true)), Some(json!(false)), None)
    );
    assert_eq!(
        b["groupRoles"],
        json!({ "member": "urn:mace:example.org:group:a:b:role=member#aai.example.org" })
    );
    assert_eq!(each(&b["enrollmentConfigurationList"], "/name"), ["Join b"]);
    assert_eq!(b["attributes"]["defaultConfiguration"], json!([world.way("/a/b")]));
}

/// A membership says how many days before its end its owner is told: the realm's number, or the group's own.
fn t08(world: &World<'_>) {
    world.add_member("/a", "u1", &json!({}));
    let notice = || {
        let mine = world.by("u1").get("/account/user/groups").expect(200).json();
        mine["results"][0]["group"]["attributes"]["expiration-notification-period"].clone()
    };
    assert_eq!(notice(), json!(["21"]));
    let attributes = format!("/account/group-admin/group/{}/attributes", world.group("/a"));
    world
        .by("ga")
        .post(&attributes, &json!({ "expiration-notification-period": ["9"] }))
        .expect(204);
    assert_eq!(notice(), json!(["9"]));
}
