//! Joining by oneself: 38 to 46.

use serde_json::{Value, json};

use super::stage::section;
use super::world::{World, each, text};

section! { 38: t38, 39: t39, 40: t40, 41: t41, 42: t42, 43: t43, 44: t44, 45: t45, 46: t46 }

const REQUESTS: &str = "/account/user/enroll-request";
const REVIEW: &str = "/account/group-admin/enroll-request";

fn asked(way: &str) -> Value {
    json!({ "groupEnrollmentConfiguration": { "id": way }, "groupRoles": ["member"], "comments": "please" })
}

fn with(mut body: Value, change: &Value) -> Value {
    for (name, value) in change.as_object().into_iter().flatten() {
        body[name.as_str()] = value.clone();
    }
    body
}

/// Asks; the id of the request.
fn ask(world: &World<'_>, who: &str, body: &Value) -> String {
    world.by(who).post(REQUESTS, body).expect(204);
    let list = world.by(who).get("/account/user/enroll-requests").expect(200).json();
    text(&list["results"][0]["id"])
}

fn shown(world: &World<'_>, who: &str, id: &str) -> Value {
    world.by(who).get(&format!("{REQUESTS}/{id}")).expect(200).json()
}

fn review(world: &World<'_>, who: &str, id: &str, act: &str) -> u16 {
    world.by(who).post(&format!("{REVIEW}/{id}/{act}"), &Value::Null).status
}

/// A request keeps who asked as they were; all who decide are told once; there is one at a time for each group.
fn t38(world: &World<'_>) {
    let way = world.way("/a/b");
    let id = ask(world, "u1", &asked(&way));
    let renamed = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "name.familyName", "value": "Renamed" }] });
    world
        .admin(
            "PATCH",
            &format!("/realms/{{realm}}/scim/v2/Users/{}", world.id("u1")),
            Some(&renamed),
        )
        .expect(200);
    let request = world.by("gb").get(&format!("{REVIEW}/{id}")).expect(200).json();
    assert_eq!(
        (
            &request["status"],
            &request["userFirstName"],
            &request["userLastName"],
            &request["userEmail"]
        ),
        (
            &json!("PENDING_APPROVAL"),
            &json!("Given u1"),
            &json!("Family u1"),
            &json!("u1@people.example")
        )
    );
    assert_eq!(request["userIdentifier"], "u1");
    let told = world.mails_of("groupadmin_enrollment_creation");
    assert_eq!(
        told.iter()
            .filter(|name| *name == "ga" || *name == "gb")
            .collect::<Vec<_>>(),
        ["ga", "gb"]
    );
    let mail = world.mail("gb", &id).text;
    assert!(
        mail.contains("groups/groupenrollments?id=") && mail.contains("please"),
        "{mail}"
    );
    world.by("u1").post(REQUESTS, &asked(&way)).expect(400);
    world.by("u1").post(REQUESTS, &asked(&world.way("/a"))).expect(204);
    let queue = |who: &str| {
        each(
            &world
                .by(who)
                .get("/account/group-admin/enroll-requests")
                .expect(200)
                .json()["results"],
            "/id",
        )
        .len()
    };
    assert_eq!((queue("ga"), queue("gb")), (2, 1));
}

/// Where one role is to be taken, two are refused, and nothing is cut in silence.
fn t39(world: &World<'_>) {
    world
        .by("gb")
        .post(
            &format!("/account/group-admin/group/{}/roles?name=lead", world.group("/a/b")),
            &Value::Null,
        )
        .expect(204);
    let way = world.add_way(
        "/a/b",
        &json!({ "name": "one", "multiselectRole": false, "groupRoles": ["member", "lead"] }),
    );
    let two = with(asked(&way), &json!({ "groupRoles": ["member", "lead"] }));
    world.by("u1").post(REQUESTS, &two).expect(400);
    world.set(&json!({ "compat": { "single_role": true } }));
    let id = ask(world, "u1", &two);
    assert_eq!(shown(world, "u1", &id)["groupRoles"], json!(["member"]));
}

/// Who is accepted is a member from today for as long as the way says.
fn t40(world: &World<'_>) {
    let way = world.add_way("/a/b", &json!({ "name": "month", "membershipExpirationDays": 30 }));
    let id = ask(world, "u1", &asked(&way));
    assert_eq!(review(world, "gb", &id, "accept?adminJustification=welcome"), 204);
    let member = world.membership("/a/b", "u1").expect(200).json();
    assert_eq!(
        (&member["validFrom"], &member["membershipExpiresAt"], &member["status"]),
        (&json!(world.day(0)), &json!(world.day(30)), &json!("ENABLED"))
    );
    assert_eq!(world.events("GROUP_MEMBERSHIP_CREATE", 1).len(), 1);
    assert_eq!(world.mails_of("accept_reject_enrollment"), ["u1"]);
    let told = world.mails_of("accept_reject_enrollment_admin_info");
    assert!(
        told.contains(&"ga".to_owned()) && !told.contains(&"gb".to_owned()),
        "{told:?}"
    );
    assert!(matches!(review(world, "gb", &id, "accept"), 400 | 409));
    // A way that begins later.
    let later = world.add_way(
        "/a/b",
        &json!({ "name": "later", "validFrom": world.day(10), "membershipExpirationDays": 5 }),
    );
    let id = ask(world, "u2", &asked(&later));
    assert_eq!(review(world, "ga", &id, "accept"), 204);
    let member = world.membership("/a/b", "u2").expect(200).json();
    assert_eq!(
        (&member["validFrom"], &member["membershipExpiresAt"], &member["status"]),
        (&json!(world.day(10)), &json!(world.day(15)), &json!("PENDING"))
    );
}

/// Who renews keeps their beginning, has the roles they asked for, and an end from today on, or none.
fn t41(world: &World<'_>) {
    let gb = world.by("gb");
    gb.post(
        &format!("/account/group-admin/group/{}/roles?name=lead", world.group("/a/b")),
        &Value::Null,
    )
    .expect(204);
    world.add_member("/a/b", "u1", &json!({ "membershipExpiresAt": world.day(8) }));
    let began = world.day(0);
    world.advance("3d");
    let way = world.add_way(
        "/a/b",
        &json!({ "name": "month", "membershipExpirationDays": 30, "groupRoles": ["member", "lead"] }),
    );
    let id = ask(world, "u1", &with(asked(&way), &json!({ "groupRoles": ["lead"] })));
    assert_eq!(review(world, "gb", &id, "accept"), 204);
    let member = world.membership("/a/b", "u1").expect(200).json();
    assert_eq!(
        (
            &member["validFrom"],
            &member["membershipExpiresAt"],
            &member["groupRoles"]
        ),
        (&json!(began), &json!(world.day(30)), &json!(["lead"]))
    );
    assert_eq!(
        (
            world.events("GROUP_MEMBERSHIP_UPDATE", 1).len(),
            world.events("GROUP_MEMBERSHIP_CREATE", 1).len()
        ),
        (1, 1)
    );
    let id = ask(world, "u1", &asked(&world.way("/a/b")));
    assert_eq!(review(world, "gb", &id, "accept"), 204);
    assert!(
        world
            .membership("/a/b", "u1")
            .expect(200)
            .json()
            .get("membershipExpiresAt")
            .is_none()
    );
}

/// A refusal is kept with who decided, when and why.
fn t42(world: &World<'_>) {
    let id = ask(world, "u1", &asked(&world.way("/a/b")));
    assert_eq!(review(world, "gb", &id, "reject?adminJustification=not%20yet"), 204);
    let request = shown(world, "u1", &id);
    assert_eq!(
        (
            &request["status"],
            &request["adminJustification"],
            &request["checkAdmin"]["username"]
        ),
        (&json!("REJECTED"), &json!("not yet"), &json!("gb"))
    );
    assert!(text(&request["approvedDate"]).starts_with(&world.day(0)), "{request}");
    assert!(world.mail("u1", "not yet").text.contains("/a/b"));
    assert_eq!(world.status("/a/b", "u1"), "");
}

/// A question and its answer; nobody decides meanwhile, and nobody answers for somebody else.
fn t43(world: &World<'_>) {
    let id = ask(world, "u1", &asked(&world.way("/a/b")));
    assert_eq!(review(world, "gb", &id, "extra-info?comment=who%20are%20you"), 204);
    assert_eq!(shown(world, "u1", &id)["status"], "WAITING_FOR_REPLY");
    assert_eq!(review(world, "gb", &id, "accept"), 400);
    assert_eq!(world.mails_of("request_question"), ["u1"]);
    let respond = |who: &str| {
        world
            .by(who)
            .post(&format!("{REQUESTS}/{id}/respond?comment=a%20friend"), &Value::Null)
    };
    respond("u2").expect(403);
    respond("u1").expect(204);
    let request = shown(world, "u1", &id);
    let thread = text(&request["reviewComments"]);
    assert!(
        thread.contains("who are you") && thread.contains("a friend"),
        "{thread}"
    );
    assert_eq!(
        (&request["status"], thread.lines().count()),
        (&json!("PENDING_APPROVAL"), 2)
    );
    assert!(world.mails_of("request_answer").contains(&"gb".to_owned()));
    respond("u1").expect(400);
    assert_eq!(review(world, "gb", &id, "extra-info"), 400);
    assert_eq!(review(world, "gb", &id, "accept"), 204);
}

/// Where nobody decides, one is a member at once, and renews from today on.
fn t44(world: &World<'_>) {
    let open = json!({ "name": "open", "requireApproval": false, "requireApprovalForExtension": false, "membershipExpirationDays": 10 });
    let way = world.add_way("/a/b", &open);
    let id = ask(world, "u1", &asked(&way));
    assert_eq!(shown(world, "u1", &id)["status"], "SELF_APPROVED");
    let end = || text(&world.membership("/a/b", "u1").expect(200).json()["membershipExpiresAt"]);
    assert_eq!((world.status("/a/b", "u1").as_str(), end()), ("ENABLED", world.day(10)));
    world.advance("4d");
    ask(world, "u1", &asked(&way));
    assert_eq!(end(), world.day(10));
    // With approval for a renewal only.
    let renewed = world.add_way(
        "/a/b",
        &with(open, &json!({ "name": "renewed", "requireApprovalForExtension": true })),
    );
    let id = ask(world, "u1", &asked(&renewed));
    assert_eq!(shown(world, "u1", &id)["status"], "PENDING_APPROVAL");
}

/// What a crafted request does not get.
fn t45(world: &World<'_>) {
    let gb = world.by("gb");
    gb.post(
        &format!("/account/group-admin/group/{}/roles?name=chair", world.group("/a/b")),
        &Value::Null,
    )
    .expect(204);
    let refused = |way: &str, change: &Value, status: u16| {
        let answer = world.by("u1").post(REQUESTS, &with(asked(way), change));
        assert_eq!(answer.status, status, "{change}: {}", answer.text);
        assert!(answer.json()["code"].is_string(), "{}", answer.text);
    };
    let open = json!({ "requireApproval": false, "requireApprovalForExtension": false });
    let off = world.add_way("/a/b", &with(open.clone(), &json!({ "name": "off", "active": false })));
    refused(&off, &json!({}), 400);
    let way = world.add_way(
        "/a/b",
        &with(open.clone(), &json!({ "name": "strict", "commentsNeeded": true })),
    );
    refused(&way, &json!({ "groupRoles": ["chair"] }), 400);
    refused(&way, &json!({ "groupRoles": ["member", "chair"] }), 400);
    refused(&way, &json!({ "groupRoles": [] }), 400);
    refused(&way, &json!({ "groupRoles": null }), 400);
    refused(&way, &json!({ "comments": "  " }), 400);
    refused(&way, &json!({ "comments": null }), 400);
    refused("unknown", &json!({}), 404);
    let terms = json!({ "name": "terms", "aup": { "type": "URL", "url": "https://terms.example/1" } });
    let with_terms = world.add_way("/a/b", &with(open, &terms));
    refused(&with_terms, &json!({}), 400);
    refused(&with_terms, &json!({ "aupAccepted": false }), 400);
    assert_eq!(world.status("/a/b", "u1"), "");
    world.add_member("/a/b", "u1", &json!({ "validFrom": world.day(5) }));
    refused(&way, &json!({}), 409);
    world.add_member("/x", "u1", &json!({}));
    let x = world.group("/x");
    let suspend = format!("/account/group-admin/group/{x}/member/user/{}/suspend", world.id("u1"));
    world.by("mg").post(&suspend, &Value::Null).expect(204);
    let way = world.add_way(
        "/x",
        &json!({ "name": "open", "requireApproval": false, "requireApprovalForExtension": false }),
    );
    refused(&way, &json!({}), 403);
    // Nor by leaving first.
    world
        .by("u1")
        .delete(&format!("/account/user/group/{x}/member"))
        .expect(204);
    refused(&way, &json!({}), 403);
    // Until somebody else lifts it, which makes nobody a member.
    let activate = format!("/account/group-admin/group/{x}/member/user/{}/activate", world.id("u1"));
    world.by("u1").post(&activate, &Value::Null).expect(403);
    world.by("mg").post(&activate, &Value::Null).expect(204);
    assert_eq!(world.status("/x", "u1"), "");
    world.by("u1").post(REQUESTS, &asked(&way)).expect(204);
    assert_eq!(world.status("/x", "u1"), "ENABLED");
    // Whoever accepts the terms is in.
    let answer = world
        .by("u2")
        .post(REQUESTS, &with(asked(&with_terms), &json!({ "aupAccepted": true })));
    answer.expect(204);
    assert_eq!(world.status("/a/b", "u2"), "ENABLED");
}

/// What is listed, what a link reaches, and what neither does.
fn t46(world: &World<'_>) {
    let hidden = world.add_way("/a/b", &json!({ "name": "hidden", "visibleToNotMembers": false }));
    let off = world.add_way("/a/b", &json!({ "name": "off", "active": false }));
    let seen = world.add_way("/a/b", &json!({ "name": "seen" }));
    let u1 = world.by("u1");
    let listed = u1
        .get("/account/user/groups/configurations?groupPath=/a/b")
        .expect(200)
        .json();
    assert_eq!(
        (each(&listed, "/id"), each(&listed, "/group/path")),
        (vec![seen.clone()], vec!["/a/b".to_owned()])
    );
    let of_group = u1
        .get(&format!("/account/user/group/{}/configurations", world.group("/a/b")))
        .expect(200)
        .json();
    assert_eq!(each(&of_group, "/id"), [seen]);
    for path in ["/account/user/configuration", "/account/user/groups/configuration"] {
        assert_eq!(u1.get(&format!("{path}/{hidden}")).expect(200).json()["name"], "hidden");
        u1.get(&format!("{path}/{off}")).expect(404);
        u1.get(&format!("{path}/unknown")).expect(404);
    }
    u1.get("/account/user/groups/configurations?groupPath=/a/none")
        .expect(404);
    u1.get("/account/user/groups/configurations").expect(400);
}
