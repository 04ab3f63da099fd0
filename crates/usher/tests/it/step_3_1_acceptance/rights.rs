//! Who may do what: 9 to 16.

use serde_json::{Value, json};

use super::stage::{AUDIENCE, Stage, section};
use super::world::{World, each, last_part, text};
use crate::support::Issuer;

section! { 9: t09, 10: t10, 11: t11, 12: t12, 13: t13, 14: t14, 15: t15, 16: t16 }

/// What can be asked of one group by who administers it: the row, the verb, the path behind the group and a body.
fn of_a_group(world: &World<'_>) -> Vec<(&'static str, &'static str, String, Value)> {
    let u2 = world.id("u2");
    let way = "00000000-0000-7000-8000-000000000000";
    vec![
        ("A12", "GET", "/all".to_owned(), Value::Null),
        (
            "A13",
            "POST",
            "/attributes".to_owned(),
            json!({ "description": ["text"] }),
        ),
        ("A14", "POST", "/children".to_owned(), json!({ "name": "new" })),
        ("A15", "GET", "/configuration/all".to_owned(), Value::Null),
        ("A16", "GET", format!("/configuration/{way}"), Value::Null),
        (
            "A17",
            "POST",
            "/configuration".to_owned(),
            json!({ "name": "way", "active": true }),
        ),
        ("A18", "DELETE", format!("/configuration/{way}"), Value::Null),
        (
            "A19",
            "POST",
            format!("/default-configuration?configurationId={way}"),
            Value::Null,
        ),
        ("A20", "GET", "/roles".to_owned(), Value::Null),
        ("A21", "POST", "/roles?name=chair".to_owned(), Value::Null),
        ("A22", "DELETE", "/role/nobody".to_owned(), Value::Null),
        ("A23", "PUT", "/role/nobody?name=somebody".to_owned(), Value::Null),
        ("A24", "GET", "/members".to_owned(), Value::Null),
        (
            "A25",
            "POST",
            "/members".to_owned(),
            json!({ "user": { "username": "u2" }, "groupRoles": ["member"] }),
        ),
        (
            "A27",
            "PUT",
            format!("/member/user/{u2}"),
            json!({ "groupRoles": ["member"] }),
        ),
        ("A31", "POST", format!("/member/user/{u2}/suspend"), Value::Null),
        ("A32", "POST", format!("/member/user/{u2}/activate"), Value::Null),
        ("A28", "DELETE", format!("/member/user/{u2}"), Value::Null),
        ("A34", "POST", "/admin?username=u2".to_owned(), Value::Null),
        ("A35", "DELETE", "/admin?username=u2".to_owned(), Value::Null),
        (
            "A36",
            "POST",
            "/admin/invite".to_owned(),
            json!({ "email": "new@people.example" }),
        ),
    ]
}

/// What takes somebody who administers the group, not only manages groups.
fn of_its_administrators(world: &World<'_>) -> Vec<(&'static str, &'static str, String, Value)> {
    let u2 = world.id("u2");
    let invitation = json!({ "email": "guest@people.example", "groupRoles": ["member"], "groupEnrollmentConfiguration": { "id": "none" } });
    vec![
        ("A26", "POST", "/members/invitation".to_owned(), invitation),
        (
            "A29",
            "POST",
            format!("/member/user/{u2}/role?name=member"),
            Value::Null,
        ),
        ("A30", "DELETE", format!("/member/user/{u2}/role/member"), Value::Null),
        ("A11", "DELETE", String::new(), Value::Null),
    ]
}

fn ask(world: &World<'_>, who: &str, group: &str, asked: &(&'static str, &'static str, String, Value)) -> u16 {
    let (_, method, below, body) = asked;
    let path = format!("/account/group-admin/group/{group}{below}");
    let body = Some(body).filter(|body| !body.is_null());
    world.by(who).send(method, &path, body).status
}

fn at_group(id: &str) -> String {
    format!("/account/group-admin/group/{id}")
}

/// Who administers `/a/b` may nothing in `/a` and `/x`; who administers `/a` may in `/a/b`; others nothing, but see empty lists.
fn t09(world: &World<'_>) {
    let mut all = of_a_group(world);
    all.extend(of_its_administrators(world));
    for asked in &all {
        for (who, group) in [("gb", "/a"), ("gb", "/x"), ("u1", "/a"), ("u1", "/a/b"), ("u1", "/x")] {
            assert_eq!(
                ask(world, who, world.group(group), asked),
                403,
                "{} by {who} on {group}",
                asked.0
            );
        }
    }
    let b = world.group("/a/b");
    let ga = world.by("ga");
    for (method, below, body) in [
        ("POST", "/roles?name=chair".to_owned(), Value::Null),
        (
            "POST",
            "/members".to_owned(),
            json!({ "user": { "username": "u2" }, "groupRoles": ["member"] }),
        ),
        ("POST", "/admin?username=u2".to_owned(), Value::Null),
        ("POST", "/children".to_owned(), json!({ "name": "new" })),
        (
            "POST",
            format!("/member/user/{}/role?name=chair", world.id("u2")),
            Value::Null,
        ),
    ] {
        let path = format!("/account/group-admin/group/{b}{below}");
        ga.send(method, &path, Some(&body).filter(|body| !body.is_null()))
            .expect(204);
    }
    manages(world, "ga");
    let invited = json!({ "email": "guest@people.example", "groupRoles": ["member"],
        "groupEnrollmentConfiguration": { "id": world.way("/a/b") } });
    ga.post(&format!("{}/members/invitation", at_group(b)), &invited)
        .expect(204);
    ga.delete(&format!("{}/member/user/{}/role/chair", at_group(b), world.id("u2")))
        .expect(204);
    let u1 = world.by("u1");
    for path in ["/account/group-admin/groups", "/account/group-admin/enroll-requests"] {
        assert_eq!(
            u1.get(path).expect(200).json(),
            json!({ "results": [], "count": 0 }),
            "{path}"
        );
    }
    assert_eq!(
        u1.get("/account/group-admin/groupids/all").expect(200).json(),
        json!([])
    );
}

/// Who manages groups may all but what is for administrators of the group; requests they see and do not decide.
fn t10(world: &World<'_>) {
    let b = world.group("/a/b");
    let request = {
        let body = json!({ "groupEnrollmentConfiguration": { "id": world.way("/a/b") }, "groupRoles": ["member"], "comments": "c" });
        world.by("u1").post("/account/user/enroll-request", &body).expect(204);
        let list = world.by("u1").get("/account/user/enroll-requests").expect(200).json();
        text(&list["results"][0]["id"])
    };
    for asked in &of_a_group(world) {
        let status = ask(world, "mg", b, asked);
        assert!(status != 403 && status != 401, "{} by mg: {status}", asked.0);
    }
    for asked in &of_its_administrators(world) {
        for who in ["mg", "mgx"] {
            assert_eq!(ask(world, who, b, asked), 403, "{} by {who}", asked.0);
        }
    }
    for who in ["mg", "mgx"] {
        manages(world, who);
    }
    let path = format!("/account/group-admin/enroll-request/{request}");
    for who in ["mg", "mgx"] {
        let by = world.by(who);
        by.get(&path).expect(200);
        for act in ["extra-info?comment=c", "accept", "reject"] {
            by.post(&format!("{path}/{act}"), &Value::Null).expect(403);
        }
    }
}

/// Does all that with what is there.
fn manages(world: &World<'_>, who: &str) {
    let at = format!("/account/group-admin/group/{}", world.group("/a/b"));
    let by = world.by(who);
    let does = |method: &str, below: &str, body: &Value| {
        let answer = by.send(
            method,
            &format!("{at}{below}"),
            Some(body).filter(|body| !body.is_null()),
        );
        assert_eq!(answer.status, 204, "{method} {below} by {who}: {}", answer.text);
        answer
            .header("location")
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let none = Value::Null;
    does("POST", "/attributes", &json!({ "description": [who] }));
    does("POST", "/children", &json!({ "name": who }));
    does("POST", "/roles?name=lead", &none);
    does("PUT", "/role/lead?name=head", &none);
    does("DELETE", "/role/head", &none);
    let way = json!({ "name": who, "active": true, "visibleToNotMembers": true, "requireApproval": true,
        "requireApprovalForExtension": true, "multiselectRole": true, "commentsNeeded": false, "groupRoles": ["member"] });
    let first = world.way("/a/b");
    let made = does("POST", "/configuration", &way);
    by.get(&format!("{at}/configuration/{made}")).expect(200);
    for default in [&made, &first] {
        does(
            "POST",
            &format!("/default-configuration?configurationId={default}"),
            &none,
        );
    }
    does("DELETE", &format!("/configuration/{made}"), &none);
    let member = format!("/member/user/{}", world.id("u1"));
    let roles = json!({ "user": { "username": "u1" }, "groupRoles": ["member"], "membershipExpiresAt": world.day(9) });
    does("POST", "/members", &roles);
    does(
        "PUT",
        &member,
        &json!({ "groupRoles": ["member"], "membershipExpiresAt": world.day(8) }),
    );
    does("POST", &format!("{member}/suspend"), &none);
    does("POST", &format!("{member}/activate"), &none);
    does("DELETE", &member, &none);
    does("POST", "/admin?username=u1", &none);
    does("DELETE", "/admin?username=u1", &none);
    does(
        "POST",
        "/admin/invite",
        &json!({ "email": format!("asked-by-{who}@people.example") }),
    );
}

/// A group that is not there is not there, whoever asks.
fn t11(world: &World<'_>) {
    let mut all = of_a_group(world);
    all.extend(of_its_administrators(world));
    for group in ["00000000-0000-7000-8000-000000000000", "nonsense"] {
        for asked in &all {
            for who in ["u1", "ga", "mg"] {
                assert_eq!(ask(world, who, group, asked), 404, "{} by {who}", asked.0);
            }
        }
    }
}

/// A token of another realm opens nothing, be it of another issuer or for somebody else; recalculations are for the realm's
/// administration.
fn t12(world: &World<'_>) {
    let elsewhere = "urn:usher:elsewhere";
    let by_issuer = World::with(world.stage, "t12-issuer", Issuer::B, AUDIENCE);
    let by_audience = World::with(world.stage, "t12-audience", Issuer::A, elsewhere);
    // The same people, whose tokens differ from those of this realm in nothing but who gave them, or for whom.
    for who in ["root", "mg", "mgx", "ga", "u1"] {
        for (realm, token) in [
            (&by_issuer, Stage::token(Issuer::B, who, AUDIENCE)),
            (&by_audience, Stage::token(Issuer::A, who, elsewhere)),
        ] {
            let foreign = world.bearer(&token);
            foreign.get("/account/user/groups").expect(401);
            foreign.get("/account/group-admin/groups").expect(401);
            foreign.get("/admin/configuration-rules").expect(401);
            foreign.post("/admin/group", &json!({ "name": "foreign" })).expect(401);
            let ask = json!({ "groupEnrollmentConfiguration": { "id": world.way("/a/b") }, "groupRoles": ["member"], "comments": "c" });
            foreign.post("/account/user/enroll-request", &ask).expect(401);
            // In that realm it is one, and one of this realm is none there.
            realm.bearer(&token).get("/account/user/groups").expect(200);
            realm.bearer(&world.token(who)).get("/account/user/groups").expect(401);
        }
    }
    let ours = world
        .by("mg")
        .get("/account/group-admin/groups?search=foreign")
        .expect(200)
        .json();
    assert_eq!(ours["count"], 0);
    for path in [
        "/admin/memberUserAttribute/calculation",
        "/admin/effective-expiration-date/calculation",
    ] {
        for who in ["u1", "ga", "mg"] {
            world.by(who).post(path, &Value::Null).expect(403);
        }
    }
}

/// What belongs to `/x` is not found below `/a/b`.
fn t13(world: &World<'_>) {
    let (b, gb) = (world.group("/a/b"), world.by("gb"));
    let way = world.way("/x");
    let member = world.add_member("/x", "u1", &json!({}));
    world
        .by("mg")
        .post(
            &format!("/account/group-admin/group/{}/roles?name=chair", world.group("/x")),
            &Value::Null,
        )
        .expect(204);
    let roles = format!("/account/group-admin/group/{}/roles?details=true", world.group("/x"));
    let roles = world.by("mg").get(&roles).expect(200).json();
    let role = each(&roles, "/id").pop().expect("a role");
    let at = format!("/account/group-admin/group/{b}");
    let changed = json!({ "id": way, "name": "stolen", "active": true, "visibleToNotMembers": true, "requireApproval": false,
        "requireApprovalForExtension": false, "multiselectRole": true, "commentsNeeded": false, "groupRoles": ["member"] });
    gb.get(&format!("{at}/configuration/{way}")).expect(404);
    gb.post(&format!("{at}/configuration"), &changed).expect(404);
    gb.delete(&format!("{at}/configuration/{way}")).expect(404);
    gb.post(
        &format!("{at}/default-configuration?configurationId={way}"),
        &Value::Null,
    )
    .expect(404);
    gb.get(&format!("{at}/member/{member}")).expect(404);
    gb.put(&format!("{at}/member/{member}"), &json!({ "groupRoles": ["member"] }))
        .expect(404);
    for act in ["suspend", "activate", "role?name=member"] {
        gb.post(&format!("{at}/member/{member}/{act}"), &Value::Null)
            .expect(404);
    }
    gb.delete(&format!("{at}/member/{member}/role/member")).expect(404);
    gb.delete(&format!("{at}/member/{member}")).expect(404);
    gb.put(&format!("{at}/role/{role}?name=stolen"), &Value::Null)
        .expect(404);
    let add = json!({ "user": { "username": "u2" }, "groupRoles": ["member"], "groupEnrollmentConfiguration": { "id": way } });
    gb.post(&format!("{at}/members"), &add).expect(400);
    let invite = json!({ "email": "guest@people.example", "groupRoles": ["member"], "groupEnrollmentConfiguration": { "id": way } });
    gb.post(&format!("{at}/members/invitation"), &invite).expect(400);
    assert_eq!(world.status("/x", "u1"), "ENABLED");
}

/// Nobody takes a group that is not theirs below their own.
fn t14(world: &World<'_>) {
    let children = format!("/account/group-admin/group/{}/children", world.group("/a/b"));
    let taken = json!({ "id": world.group("/x"), "name": "x" });
    world.by("gb").post(&children, &taken).expect(403);
    assert_eq!(world.find("/x"), world.group("/x"));
    // Who may in both does.
    world.by("mg").post(&children, &taken).expect(204);
    assert_eq!(world.find("/a/b/x"), world.group("/x"));
}

/// People are found among those of one's own groups.
fn t15(world: &World<'_>) {
    world.add_member("/x", "u2", &json!({}));
    world.add_member("/a/b", "u1", &json!({}));
    let (b, x) = (world.group("/a/b"), world.group("/x"));
    let found = |who: &str, groups: &str| {
        let path = format!("/account/group-admin/groups/members?groups={groups}&search=people.example");
        let answer = world.by(who).get(&path);
        match answer.status {
            403 => Vec::new(),
            _ => each(&answer.expect(200).json()["results"], "/username"),
        }
    };
    assert!(found("u1", b).is_empty() && found("u1", x).is_empty());
    assert!(found("gb", x).is_empty());
    let mine = found("gb", &format!("{b},{x}"));
    assert!(
        mine.contains(&"u1".to_owned()) && !mine.contains(&"u2".to_owned()),
        "{mine:?}"
    );
    let too_short = format!("/account/group-admin/groups/members?groups={b}&search=u1");
    world.by("gb").get(&too_short).expect(400);
}

/// In a group that confers rights elsewhere nobody lets in whom they please, least of all themselves.
fn t16(world: &World<'_>) {
    let a = world.group("/a");
    world.set(&json!({}));
    let privileged = json!({ "privileged": { "roles": ["realm-admin"] } });
    world
        .admin(
            "PUT",
            &format!("/api/v1/realms/{{realm}}/groups/{a}/settings"),
            Some(&privileged),
        )
        .expect(200);
    let members = format!("/account/group-admin/group/{a}/members");
    for name in ["u1", "ga"] {
        let body = json!({ "user": { "username": name }, "groupRoles": ["member"] });
        world.by("ga").post(&members, &body).expect(403);
    }
    let made = world
        .by("root")
        .post(
            &members,
            &json!({ "user": { "username": "u1" }, "groupRoles": ["member"] }),
        )
        .expect(204);
    last_part(made.header("location"));
}
