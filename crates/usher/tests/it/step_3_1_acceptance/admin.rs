//! What the realm's administration does, and what is kept of everything: 62 to 68.

use serde_json::{Value, json};

use super::mails::t68;
use super::stage::section;
use super::traces::t67;
use super::world::{World, each, text};

section! { 62: t62, 63: t63, 64: t64, 65: t65, 66: t66, 67: t67, 68: t68 }

const GROUP: &str = "/account/group-admin/group";
const RULES: &str = "/admin/configuration-rules";

/// Two settings, and what people are entitled to.
fn t62(world: &World<'_>) {
    let root = world.by("root");
    for wrong in [
        json!({ "invitation-expiration-period": "soon" }),
        json!({ "expiration-notification-period": "-1" }),
        json!({ "expiration-notification-period": "0" }),
    ] {
        root.put("/admin/configuration", &wrong).expect(400);
    }
    let settings =
        json!({ "invitation-expiration-period": "24", "expiration-notification-period": "11", "something": "else" });
    root.put("/admin/configuration", &settings).expect(204);
    let realm = world.admin("GET", "/api/v1/realms/{realm}", None).expect(200).json();
    assert_eq!(
        (
            &realm["settings"]["agm"]["invitation_hours"],
            &realm["settings"]["agm"]["notice_days"]
        ),
        (&json!(24), &json!(11))
    );
    // What it does not know is nowhere, neither in the realm nor on record.
    assert!(!realm.to_string().contains("something"), "{realm}");
    let changed = world.events("realm.changed", 1);
    assert!(
        !changed.iter().any(|fact| fact.to_string().contains("something")),
        "{changed:?}"
    );
    let odd = json!({ "something": "else", "keycloakUrl": "https://elsewhere.example" });
    root.put("/admin/configuration", &odd).expect(204);
    let after = world.admin("GET", "/api/v1/realms/{realm}", None).expect(200).json();
    assert_eq!(after["settings"], realm["settings"]);
    let path = "/admin/member-user-attribute/configuration";
    assert_eq!(root.get(path).expect(200).json(), json!({}));
    for wrong in [
        json!({ "urnNamespace": "urn:mace:example.org" }),
        json!({ "userAttribute": "entitlements" }),
        json!({ "userAttribute": "entitlements", "urnNamespace": "no urn" }),
    ] {
        root.post(path, &wrong).expect(400);
    }
    root.post(
        path,
        &json!({ "userAttribute": "entitlements", "urnNamespace": "urn:mace:example.org" }),
    )
    .expect(204);
    let shown = root.get(path).expect(200).json();
    assert_eq!(
        (&shown["userAttribute"], &shown["urnNamespace"]),
        (&json!("entitlements"), &json!("urn:mace:example.org"))
    );
    for who in ["ga", "mg", "u1"] {
        world.by(who).put("/admin/configuration", &settings).expect(403);
        world.by(who).get(path).expect(403);
    }
}

/// The life of a rule.
fn t63(world: &World<'_>) {
    let root = world.by("root");
    let rule = json!({ "field": "membershipExpirationDays", "type": "TOP_LEVEL", "required": true, "defaultValue": "30", "max": "45" });
    root.post(RULES, &rule).expect(204);
    root.post(RULES, &rule).expect(409);
    let listed = root.get(RULES).expect(200).json();
    let id = text(&listed[0]["id"]);
    let shown = root.get(&format!("{RULES}/{id}")).expect(200).json();
    assert_eq!((&shown["max"], &shown["required"]), (&json!("45"), &json!(true)));
    let mut changed = shown;
    changed["max"] = json!("60");
    root.put(&format!("{RULES}/{id}"), &changed).expect(204);
    assert_eq!(root.get(&format!("{RULES}/{id}")).expect(200).json()["max"], "60");
    changed["max"] = json!("many");
    root.put(&format!("{RULES}/{id}"), &changed).expect(400);
    root.post(RULES, &json!({ "field": "nothing", "type": "TOP_LEVEL" }))
        .expect(400);
    root.post(RULES, &json!({ "field": "active", "type": "SIDEWAYS" }))
        .expect(400);
    assert_eq!(
        each(
            &world
                .by("ga")
                .get("/account/group-admin/configuration-rules?type=TOP_LEVEL")
                .expect(200)
                .json(),
            "/id"
        ),
        [id.as_str()]
    );
    root.delete(&format!("{RULES}/{id}")).expect(204);
    root.delete(&format!("{RULES}/{id}")).expect(404);
    root.get(&format!("{RULES}/{id}")).expect(404);
    root.put(
        &format!("{RULES}/{id}"),
        &json!({ "field": "active", "type": "TOP_LEVEL" }),
    )
    .expect(404);
}

/// Who administers a group above needs no row below; mails to whom it concerns.
fn t64(world: &World<'_>) {
    let root = world.by("root");
    let admin = |group: &str, name: &str| format!("/admin/group/{}/admin/{}", world.group(group), world.id(name));
    root.post(&admin("/a/b", "ga"), &Value::Null).expect(400);
    root.post(&admin("/a/b", "u1"), &Value::Null).expect(204);
    root.post(&admin("/a/b", "u1"), &Value::Null).expect(400);
    assert_eq!(
        world
            .mails_of("add_remove_group_admin")
            .iter()
            .filter(|name| *name == "u1")
            .count(),
        1
    );
    root.delete(&admin("/a/b", "u2")).expect(404);
    root.delete(&admin("/a/b", "u1")).expect(204);
    assert_eq!(
        world
            .mails_of("add_remove_group_admin")
            .iter()
            .filter(|name| *name == "u1")
            .count(),
        2
    );
    assert!(world.mails_of("add_remove_groupadmin_admin_inform").is_empty());
    root.post(
        &format!("/admin/group/{}/admin/unknown", world.group("/a")),
        &Value::Null,
    )
    .expect(404);
}

/// Somebody goes, also who has decided over others: with what they asked for, what they are in and what they administer.
fn t65(world: &World<'_>) {
    let root = world.by("root");
    let ask = |who: &str, group: &str| {
        let body = json!({ "groupEnrollmentConfiguration": { "id": world.way(group) }, "groupRoles": ["member"], "comments": "please" });
        world.by(who).post("/account/user/enroll-request", &body).expect(204);
        let path = format!("/account/user/enroll-requests?groupId={}", world.group(group));
        let list = world.by(who).get(&path).expect(200).json();
        text(&list["results"][0]["id"])
    };
    let review = |who: &str, id: &str, act: &str| {
        let path = format!("/account/group-admin/enroll-request/{id}/{act}");
        world.by(who).post(&path, &Value::Null).expect(204);
    };
    let id = ask("u1", "/a/b");
    review("gb", &id, "accept");
    let reviewed = |id: &str| {
        world
            .by("u1")
            .get(&format!("/account/user/enroll-request/{id}"))
            .expect(200)
            .json()
    };
    assert_eq!(reviewed(&id)["checkAdmin"]["username"], "gb");
    // One that is open, one that is waiting for an answer, one that was decided.
    let theirs = ["/a", "/a/b", "/a/b/c"].map(|group| ask("gb", group));
    review("ga", &theirs[1], "reject");
    review("ga", &theirs[2], "extra-info?comment=why");
    world.add_member("/x", "gb", &json!({}));
    root.delete(&format!("/admin/user/{}", world.id("gb"))).expect(204);
    assert_eq!(world.status("/a/b", "u1"), "ENABLED");
    let whole = world
        .by("ga")
        .get(&format!("{GROUP}/{}/all", world.group("/a/b")))
        .expect(200)
        .json();
    assert!(
        !each(&whole["admins"], "/user/username").contains(&"gb".to_owned()),
        "{whole}"
    );
    let members = world
        .by("mg")
        .get(&format!("{GROUP}/{}/members", world.group("/x")))
        .expect(200)
        .json();
    assert_eq!(members["count"], 0);
    // What they asked for is decided by nobody any more; it goes with them when their time of retention is over.
    let statuses = theirs.each_ref().map(|id| {
        let path = format!("/account/group-admin/enroll-request/{id}");
        let request = world.by("ga").get(&path).expect(200).json();
        text(&request["status"])
    });
    assert_eq!(statuses, ["ARCHIVED", "REJECTED", "ARCHIVED"]);
    for status in ["PENDING_APPROVAL", "WAITING_FOR_REPLY"] {
        let path = format!("/account/group-admin/enroll-requests?status={status}");
        assert_eq!(world.by("ga").get(&path).expect(200).json()["count"], 0);
    }
    // The request of who stayed is still to be seen, decided as it was.
    assert_eq!(reviewed(&id)["status"], "ACCEPTED");
    root.delete("/admin/user/unknown").expect(404);
    world
        .by("ga")
        .delete(&format!("/admin/user/{}", world.id("u2")))
        .expect(403);
}

/// A realm is not deleted by this face.
fn t66(world: &World<'_>) {
    let refused = world.by("root").delete("/admin").expect(405);
    assert!(refused.json()["code"].is_string(), "{}", refused.text);
    world.by("root").get("/admin/configuration-rules").expect(200);
}
