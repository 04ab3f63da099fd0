//! Groups, roles and ways to join: 17 to 27.

use serde_json::{Value, json};

use super::stage::section;
use super::world::{World, each, last_part, text};

section! {
    17: t17, 18: t18, 19: t19, 20: t20, 21: t21, 22: t22, 23: t23, 24: t24, 25: t25, 26: t26, 27: t27
}

const GROUP: &str = "/account/group-admin/group";

fn ways(world: &World<'_>, group: &str) -> Vec<Value> {
    let list = world
        .by("mg")
        .get(&format!("{GROUP}/{group}/configuration/all"))
        .expect(200)
        .json();
    list.as_array().expect("a list").clone()
}

fn rule(world: &World<'_>, rule: &Value) {
    world.by("root").post("/admin/configuration-rules", rule).expect(204);
}

/// The way a group began with, with some members changed.
fn way_of(world: &World<'_>, group: &str, change: &Value) -> Value {
    let mut way = ways(world, group)[0].clone();
    for (name, value) in change.as_object().into_iter().flatten() {
        way[name.as_str()] = value.clone();
    }
    way
}

/// Asks to join by that way; the id of the request.
fn ask(world: &World<'_>, who: &str, way: &str, roles: &[&str]) -> String {
    let body = json!({ "groupEnrollmentConfiguration": { "id": way }, "groupRoles": roles, "comments": "please" });
    world.by(who).post("/account/user/enroll-request", &body).expect(204);
    let list = world.by(who).get("/account/user/enroll-requests").expect(200).json();
    text(&list["results"][0]["id"])
}

fn request_status(world: &World<'_>, who: &str, id: &str) -> u16 {
    world.by(who).get(&format!("/account/user/enroll-request/{id}")).status
}

fn request(world: &World<'_>, who: &str, id: &str) -> Value {
    world
        .by(who)
        .get(&format!("/account/user/enroll-request/{id}"))
        .expect(200)
        .json()
}

/// A group at the top: where it is, its role, the way to join it, and that this is the default.
fn t17(world: &World<'_>) {
    let mg = world.by("mg");
    let made = mg
        .post(
            GROUP,
            &json!({ "name": "physics", "attributes": { "description": ["what it is"] } }),
        )
        .expect(201);
    let place = made.header("location").to_owned();
    assert!(
        place.contains(&format!("/realms/{}/agm", world.realm)) && place.contains("/group/"),
        "{place}"
    );
    let id = last_part(&place);
    let whole = mg.get(&format!("{GROUP}/{id}/all")).expect(200).json();
    let way = &whole["enrollmentConfigurationList"][0];
    assert_eq!(whole["attributes"]["defaultConfiguration"], json!([way["id"]]));
    assert_eq!(whole["attributes"]["description"], json!(["what it is"]));
    assert_eq!(
        mg.get(&format!("{GROUP}/{id}/roles")).expect(200).json(),
        json!(["member"])
    );
    for (member, value) in [
        ("name", json!("Join physics")),
        ("active", json!(true)),
        ("visibleToNotMembers", json!(false)),
        ("requireApproval", json!(true)),
        ("requireApprovalForExtension", json!(true)),
        ("multiselectRole", json!(true)),
        ("commentsNeeded", json!(true)),
        ("commentsLabel", json!("Comments")),
        ("groupRoles", json!(["member"])),
    ] {
        assert_eq!(way[member], value, "{member} of {way}");
    }
    assert!(
        ["membershipExpirationDays", "aup", "validFrom"]
            .iter()
            .all(|member| way.get(member).is_none()),
        "{way}"
    );
    assert!(
        way["commentsDescription"].as_str().is_some_and(|asks| !asks.is_empty()),
        "{way}"
    );
    let taken = mg.post(GROUP, &json!({ "name": "physics" })).expect(409).json();
    assert!(
        taken["errorMessage"].is_string() && taken["code"].is_string(),
        "{taken}"
    );
    let blank = mg.post(GROUP, &json!({ "name": " " })).expect(400).json();
    assert!(blank["errorMessage"].is_string(), "{blank}");
    world.by("ga").post(GROUP, &json!({ "name": "chemistry" })).expect(403);
}

/// A group below: names are unique among siblings; rules for groups below make its way to join.
fn t18(world: &World<'_>) {
    rule(
        world,
        &json!({ "field": "membershipExpirationDays", "type": "SUBGROUP", "required": false, "defaultValue": "14" }),
    );
    rule(
        world,
        &json!({ "field": "membershipExpirationDays", "type": "TOP_LEVEL", "required": false, "defaultValue": "30" }),
    );
    let children = format!("{GROUP}/{}/children", world.group("/a"));
    let ga = world.by("ga");
    ga.post(&children, &json!({ "name": "new" })).expect(204);
    ga.post(&children, &json!({ "name": "new" })).expect(400);
    ga.post(&children, &json!({ "name": "" })).expect(400);
    assert_eq!(
        ways(world, &world.find("/a/new"))[0]["membershipExpirationDays"],
        json!(14)
    );
    // The same name below another is another name.
    ga.post(
        &format!("{GROUP}/{}/children", world.group("/a/b")),
        &json!({ "name": "new" }),
    )
    .expect(204);
}

/// How long one may join: a rule gives the default and the most for groups at the top.
fn t19(world: &World<'_>) {
    rule(
        world,
        &json!({ "field": "membershipExpirationDays", "type": "TOP_LEVEL", "required": true, "defaultValue": "30", "max": "45" }),
    );
    let made = world.by("mg").post(GROUP, &json!({ "name": "ruled" })).expect(201);
    let id = last_part(made.header("location"));
    assert_eq!(ways(world, &id)[0]["membershipExpirationDays"], json!(30));
    let save = format!("{GROUP}/{id}/configuration");
    for wrong in [json!(60), Value::Null, json!(0), json!(-3)] {
        let way = way_of(world, &id, &json!({ "membershipExpirationDays": wrong }));
        world.by("mg").post(&save, &way).expect(400);
    }
    world
        .by("mg")
        .post(&save, &way_of(world, &id, &json!({ "membershipExpirationDays": 45 })))
        .expect(204);
    let b = world.group("/a/b");
    let below = way_of(world, b, &json!({ "membershipExpirationDays": 60 }));
    world
        .by("gb")
        .post(&format!("{GROUP}/{b}/configuration"), &below)
        .expect(204);
}

/// Further defaults come from rules.
fn t20(world: &World<'_>) {
    for (field, default) in [
        ("active", "false"),
        ("visibleToNotMembers", "true"),
        ("commentsLabel", "Why"),
    ] {
        rule(
            world,
            &json!({ "field": field, "type": "TOP_LEVEL", "required": false, "defaultValue": default }),
        );
    }
    let made = world.by("mg").post(GROUP, &json!({ "name": "defaults" })).expect(201);
    let way = &ways(world, &last_part(made.header("location")))[0];
    assert_eq!(
        (&way["active"], &way["visibleToNotMembers"], &way["commentsLabel"]),
        (&json!(false), &json!(true), &json!("Why"))
    );
}

/// Terms can be made a must; the field has several names.
fn t21(world: &World<'_>) {
    for (field, group) in [("aup", "/a"), ("aupEntity", "/a/b")] {
        let kind = if group == "/a" { "TOP_LEVEL" } else { "SUBGROUP" };
        rule(world, &json!({ "field": field, "type": kind, "required": true }));
        let id = world.group(group);
        let save = format!("{GROUP}/{id}/configuration");
        let without = world.by("mg").post(&save, &way_of(world, id, &json!({ "aup": null })));
        without.expect(400);
        let with = json!({ "aup": { "type": "URL", "url": "https://terms.example/1" } });
        world.by("mg").post(&save, &way_of(world, id, &with)).expect(204);
    }
}

/// Whoever changes a way to join puts its open requests aside, and leaves decided ones.
fn t22(world: &World<'_>) {
    let way = world.way("/a/b");
    let decided = ask(world, "u1", &way, &["member"]);
    world
        .by("gb")
        .post(
            &format!("/account/group-admin/enroll-request/{decided}/reject"),
            &Value::Null,
        )
        .expect(204);
    let open = ask(world, "u1", &way, &["member"]);
    let asked = ask(world, "u2", &way, &["member"]);
    world
        .by("gb")
        .post(
            &format!("/account/group-admin/enroll-request/{asked}/extra-info?comment=who"),
            &Value::Null,
        )
        .expect(204);
    assert_eq!(request(world, "u2", &asked)["status"], "WAITING_FOR_REPLY");
    world.change_way("/a/b", &way, &json!({ "name": "another name" }));
    world.advance("1m");
    assert_eq!(request(world, "u1", &open)["status"], "ARCHIVED");
    assert_eq!(request(world, "u2", &asked)["status"], "ARCHIVED");
    assert_eq!(request(world, "u1", &decided)["status"], "REJECTED");
}

/// A way goes with its requests; the default stays.
fn t23(world: &World<'_>) {
    let b = world.group("/a/b");
    let other = world.add_way("/a/b", &json!({ "name": "second" }));
    let asked = ask(world, "u1", &other, &["member"]);
    let gb = world.by("gb");
    gb.delete(&format!("{GROUP}/{b}/configuration/{other}")).expect(204);
    world.advance("1m");
    assert_eq!(request_status(world, "u1", &asked), 404);
    assert_eq!(ways(world, b).len(), 1);
    world.add_member("/a/b", "u2", &json!({}));
    gb.delete(&format!("{GROUP}/{b}/configuration/{}", world.way("/a/b")))
        .expect(409);
}

/// All attributes are replaced, and the default way stays.
fn t24(world: &World<'_>) {
    let (b, gb) = (world.group("/a/b"), world.by("gb"));
    let save = format!("{GROUP}/{b}/attributes");
    let attributes = || gb.get(&format!("{GROUP}/{b}/all")).expect(200).json()["attributes"].clone();
    let way = attributes()["defaultConfiguration"].clone();
    gb.post(&save, &json!({ "description": ["first"], "colour": ["red", "blue"] }))
        .expect(204);
    let now = attributes();
    assert_eq!(
        (&now["description"], &now["colour"], &now["defaultConfiguration"]),
        (&json!(["first"]), &json!(["red", "blue"]), &way)
    );
    gb.post(&save, &json!({ "description": ["second"] })).expect(204);
    let now = attributes();
    assert_eq!(
        (&now["description"], now.get("colour"), &now["defaultConfiguration"]),
        (&json!(["second"]), None, &way)
    );
}

/// A role goes unless somebody has it; open requests that name it end, decided ones stay.
fn t25(world: &World<'_>) {
    let (b, gb) = (world.group("/a/b"), world.by("gb"));
    for role in ["lead", "chair"] {
        gb.post(&format!("{GROUP}/{b}/roles?name={role}"), &Value::Null)
            .expect(204);
    }
    gb.post(&format!("{GROUP}/{b}/roles?name=lead"), &Value::Null)
        .expect(409);
    let way = world.way("/a/b");
    world.change_way("/a/b", &way, &json!({ "groupRoles": ["member", "lead", "chair"] }));
    world.add_member("/a/b", "mgx", &json!({ "groupRoles": ["lead"] }));
    gb.delete(&format!("{GROUP}/{b}/role/lead")).expect(400);
    let decided = ask(world, "u1", &way, &["member", "chair"]);
    gb.post(
        &format!("/account/group-admin/enroll-request/{decided}/reject"),
        &Value::Null,
    )
    .expect(204);
    let open = ask(world, "u2", &way, &["member", "chair"]);
    gb.delete(&format!("{GROUP}/{b}/role/chair")).expect(204);
    world.advance("1m");
    assert_eq!(request(world, "u2", &open)["status"], "ARCHIVED");
    assert_eq!(request(world, "u1", &decided)["status"], "REJECTED");
    gb.delete(&format!("{GROUP}/{b}/role/chair")).expect(404);
    assert_eq!(
        gb.get(&format!("{GROUP}/{b}/roles")).expect(200).json(),
        json!(["lead", "member"])
    );
}

/// A role gets another name, and whoever has it is entitled to that.
fn t26(world: &World<'_>) {
    world.with_entitlements();
    let (b, gb) = (world.group("/a/b"), world.by("gb"));
    gb.post(&format!("{GROUP}/{b}/roles?name=lead"), &Value::Null)
        .expect(204);
    world.add_member("/a/b", "u1", &json!({ "groupRoles": ["lead"] }));
    assert_eq!(
        world.entitlements("u1"),
        ["urn:mace:example.org:group:a:b:role=lead#aai.example.org"]
    );
    let roles = gb.get(&format!("{GROUP}/{b}/roles?details=true")).expect(200).json();
    let lead = roles
        .as_array()
        .and_then(|roles| roles.iter().find(|role| role["name"] == "lead"));
    let id = text(&lead.expect("the role")["id"]);
    gb.put(&format!("{GROUP}/{b}/role/{id}?name=head"), &Value::Null)
        .expect(204);
    world.advance("1m");
    assert_eq!(
        world.entitlements("u1"),
        ["urn:mace:example.org:group:a:b:role=head#aai.example.org"]
    );
    gb.put(&format!("{GROUP}/{b}/role/unknown?name=head"), &Value::Null)
        .expect(404);
    gb.put(&format!("{GROUP}/{b}/role/{id}?name=member"), &Value::Null)
        .expect(409);
}

/// A group goes when nothing is below it: memberships end with a fact each, its other administrators are told.
fn t27(world: &World<'_>) {
    world.with_entitlements();
    let (b, c, ga) = (world.group("/a/b"), world.group("/a/b/c"), world.by("ga"));
    ga.delete(&format!("{GROUP}/{b}")).expect(400);
    for name in ["u1", "u2"] {
        world.add_member("/a/b/c", name, &json!({}));
    }
    assert_eq!(world.entitlements("u1").len(), 1);
    ga.delete(&format!("{GROUP}/{c}")).expect(204);
    world.advance("1m");
    assert!(world.entitlements("u1").is_empty() && world.links("u1").is_empty());
    let ended = world.events("GROUP_MEMBERSHIP_DELETE", 2);
    assert_eq!(ended.len(), 2, "{ended:?}");
    assert!(
        each(&json!(ended), "/body/group")
            .iter()
            .all(|group| group.contains('c')),
        "{ended:?}"
    );
    let told = world.mails_of("delete_group_admin_inform");
    assert!(
        told.contains(&"gb".to_owned()) && !told.contains(&"ga".to_owned()),
        "{told:?}"
    );
    ga.get(&format!("{GROUP}/{c}/all")).expect(404);
    // Who manages groups and owns this one does so as one of its administrators.
    let mg = world.by("mg");
    let own = last_part(mg.post(GROUP, &json!({ "name": "own" })).expect(201).header("location"));
    mg.post(&format!("{GROUP}/{own}/admin?username=u2"), &Value::Null)
        .expect(204);
    mg.delete(&format!("{GROUP}/{own}")).expect(204);
    world.advance("1m");
    let told = world.mails_of("delete_group_admin_inform");
    assert!(
        told.contains(&"u2".to_owned()) && !told.contains(&"mg".to_owned()),
        "{told:?}"
    );
}
