//! Memberships by hand: 28 to 37.

use std::sync::Barrier;
use std::thread;

use db::Engine;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::stage::section;
use super::world::{World, each, last_part, text};

section! { 28: t28, 29: t29, 30: t30, 31: t31, 32: t32, 33: t33, 34: t34, 35: t35, 36: t36, 37: t37 }

const GROUP: &str = "/account/group-admin/group";

fn at(world: &World<'_>, group: &str, name: &str) -> String {
    format!("{GROUP}/{}/member/user/{}", world.group(group), world.id(name))
}

fn shown(world: &World<'_>, group: &str, name: &str) -> Value {
    world.membership(group, name).expect(200).json()
}

/// Somebody is made a member: a place, a link, a value, a fact, two mails.
fn t28(world: &World<'_>) {
    world.with_entitlements();
    let body = json!({ "user": { "username": "u1" }, "groupRoles": ["member"], "membershipExpiresAt": world.day(30) });
    let made = world
        .by("gb")
        .post(&format!("{GROUP}/{}/members", world.group("/a/b")), &body)
        .expect(204);
    let place = made.header("location").to_owned();
    let below = place.split("/agm").nth(1).expect("a place of this face").to_owned();
    assert_eq!(world.by("gb").get(&below).expect(200).json()["user"]["username"], "u1");
    assert_eq!(world.links("u1"), ["/a/b"]);
    assert_eq!(
        world.entitlements("u1"),
        ["urn:mace:example.org:group:a:b:role=member#aai.example.org"]
    );
    let created = world.events("GROUP_MEMBERSHIP_CREATE", 1);
    let fact = &created[0]["body"];
    assert_eq!(
        (
            created.len(),
            &fact["roles"],
            &fact["username"],
            &fact["membership expiration"]
        ),
        (1, &json!("member"), &json!("u1"), &json!(world.day(30)))
    );
    assert_eq!(world.mails_of("member_create_user_inform"), ["u1"]);
    let told = world.mails_of("member_create_admin_inform");
    assert!(
        told.contains(&"ga".to_owned()) && !told.contains(&"gb".to_owned()),
        "{told:?}"
    );
    assert!(
        world
            .mail("u1", "/a/b")
            .text
            .contains(&format!("/realms/{}/groups/", world.realm))
    );
}

/// What is refused, in every case with nothing changed; who migrates may more.
fn t29(world: &World<'_>) {
    let members = format!("{GROUP}/{}/members", world.group("/a/b"));
    let refused = |who: &str, change: &Value| {
        let mut body = json!({ "user": { "username": "u1" }, "groupRoles": ["member"] });
        for (name, value) in change.as_object().into_iter().flatten() {
            body[name.as_str()] = value.clone();
        }
        let answer = world.by(who).post(&members, &body);
        assert_eq!(answer.status, 400, "{change}: {}", answer.text);
        assert!(answer.json()["code"].is_string(), "{}", answer.text);
        assert_eq!(world.status("/a/b", "u1"), "", "{change}");
    };
    let inactive = world.add_way("/a/b", &json!({ "name": "off", "active": false }));
    let with_terms = world.add_way(
        "/a/b",
        &json!({ "name": "terms", "aup": { "type": "URL", "url": "https://terms.example/1" } }),
    );
    for change in [
        json!({ "groupRoles": [] }),
        json!({ "groupRoles": ["unknown"] }),
        json!({ "validFrom": world.day(-1) }),
        json!({ "membershipExpiresAt": world.day(-1) }),
        json!({ "validFrom": world.day(5), "membershipExpiresAt": world.day(4) }),
        json!({ "validFrom": "2030-02-31" }),
        json!({ "validFrom": "tomorrow" }),
        json!({ "user": { "username": "nobody" } }),
        json!({ "user": {} }),
        json!({ "groupEnrollmentConfiguration": { "id": with_terms } }),
        json!({ "groupEnrollmentConfiguration": { "id": inactive } }),
        json!({ "groupEnrollmentConfiguration": { "id": "unknown" } }),
        json!({ "unknownMember": true }),
    ] {
        refused("gb", &change);
    }
    world
        .by("root")
        .post(
            "/admin/configuration-rules",
            &json!({ "field": "membershipExpirationDays", "type": "SUBGROUP", "required": true, "max": "45" }),
        )
        .expect(204);
    refused("gb", &json!({}));
    refused("gb", &json!({ "membershipExpiresAt": world.day(46) }));
    let migrated = json!({ "user": { "username": "u1" }, "groupRoles": ["member"], "validFrom": world.day(-20),
        "membershipExpiresAt": world.day(20), "groupEnrollmentConfiguration": { "id": with_terms } });
    world.by("mgx").post(&members, &migrated).expect(204);
    assert_eq!(shown(world, "/a/b", "u1")["validFrom"], json!(world.day(-20)));
    // Somebody who is a member in any way is one.
    let again = json!({ "user": { "username": "u1" }, "groupRoles": ["member"], "membershipExpiresAt": world.day(20) });
    world.by("gb").post(&members, &again).expect(400);
    world
        .by("gb")
        .post(&format!("{}/suspend", at(world, "/a/b", "u1")), &Value::Null)
        .expect(204);
    world.by("gb").post(&members, &again).expect(400);
    world.add_member(
        "/a/b",
        "u2",
        &json!({ "validFrom": world.day(3), "membershipExpiresAt": world.day(20) }),
    );
    let pending =
        json!({ "user": { "username": "u2" }, "groupRoles": ["member"], "membershipExpiresAt": world.day(20) });
    world.by("gb").post(&members, &pending).expect(400);
}

/// Who begins tomorrow has nothing today.
fn t30(world: &World<'_>) {
    world.with_entitlements();
    world.add_member("/a/b", "u1", &json!({ "validFrom": world.day(1) }));
    assert_eq!(world.status("/a/b", "u1"), "PENDING");
    assert!(world.links("u1").is_empty() && world.entitlements("u1").is_empty());
    assert!(world.events("GROUP_MEMBERSHIP_CREATE", 0).is_empty());
    world.advance("1d");
    assert_eq!(world.status("/a/b", "u1"), "ENABLED");
    assert_eq!(
        (world.links("u1"), world.entitlements("u1").len()),
        (vec!["/a/b".to_owned()], 1)
    );
    assert_eq!(world.events("GROUP_MEMBERSHIP_CREATE", 1).len(), 1);
}

/// A membership in force gets another end, and those below follow; its beginning stays. The person is told, and each of those who
/// administer the group but whoever did it, once.
fn t31(world: &World<'_>) {
    let a = world.group("/a");
    for name in ["gb", "u2"] {
        let admin = format!("{GROUP}/{a}/admin?username={name}");
        world.by("ga").post(&admin, &Value::Null).expect(204);
    }
    let whole = world.by("ga").get(&format!("{GROUP}/{a}/all")).expect(200).json();
    let mut others = each(&whole["admins"], "/user/username");
    others.retain(|name| name != "ga");
    others.sort();
    assert!(
        others.contains(&"gb".to_owned()) && others.contains(&"u2".to_owned()),
        "{others:?}"
    );
    world.add_member("/a", "u1", &json!({ "membershipExpiresAt": world.day(10) }));
    world.add_member("/a/b", "u1", &json!({}));
    world.add_member("/a/b/c", "u1", &json!({ "membershipExpiresAt": world.day(50) }));
    let effective = |group: &str| text(&shown(world, group, "u1")["effectiveMembershipExpiresAt"]);
    assert_eq!((effective("/a/b"), effective("/a/b/c")), (world.day(10), world.day(10)));
    let (roles, end) = (json!(["member"]), world.day(20));
    let change = json!({ "validFrom": world.day(5), "membershipExpiresAt": end, "groupRoles": roles });
    world.by("ga").put(&at(world, "/a", "u1"), &change).expect(204);
    let now = shown(world, "/a", "u1");
    assert_eq!(
        (&now["validFrom"], &now["membershipExpiresAt"], &now["status"]),
        (&json!(world.day(0)), &json!(end), &json!("ENABLED"))
    );
    assert_eq!((effective("/a/b"), effective("/a/b/c")), (end.clone(), end));
    assert_eq!(world.events("GROUP_MEMBERSHIP_UPDATE", 1).len(), 1);
    assert_eq!(world.mails_of("member_update_user_inform"), ["u1"]);
    assert_eq!(world.mails_of("member_update_admin_inform"), others);
}

/// One that waits is put off, or begins today.
fn t32(world: &World<'_>) {
    world.add_member("/a/b", "u1", &json!({ "validFrom": world.day(3) }));
    let put = |from: &str| {
        world.by("gb").put(
            &at(world, "/a/b", "u1"),
            &json!({ "validFrom": from, "groupRoles": ["member"] }),
        )
    };
    put(&world.day(9)).expect(204);
    let now = shown(world, "/a/b", "u1");
    assert_eq!(
        (&now["validFrom"], &now["status"]),
        (&json!(world.day(9)), &json!("PENDING"))
    );
    put(&world.day(-1)).expect(400);
    put(&world.day(0)).expect(204);
    assert_eq!(world.status("/a/b", "u1"), "ENABLED");
}

/// What is refused of a change; of two at once one is.
fn t33(world: &World<'_>) {
    let gb = world.by("gb");
    world.add_member("/a/b", "u1", &json!({}));
    let member = at(world, "/a/b", "u1");
    gb.put(&member, &json!({ "groupRoles": [] })).expect(400);
    gb.put(&member, &json!({ "groupRoles": ["unknown"] })).expect(400);
    gb.put(
        &member,
        &json!({ "groupRoles": ["member"], "membershipExpiresAt": world.day(-1) }),
    )
    .expect(400);
    let seen = gb.get(&member).expect(200).header("etag").to_owned();
    // Both have seen the same: one is first, whoever that is, and the other has changed nothing.
    let [one, two] = at_once(world, &member, Some(&seen), [30, 60]);
    assert_eq!([one.min(two), one.max(two)], [204, 409]);
    let kept = if one == 204 { 30 } else { 60 };
    assert_eq!(
        shown(world, "/a/b", "u1")["membershipExpiresAt"],
        json!(world.day(kept))
    );
    let mut late = world.client("gb").header("If-Match", &seen);
    let path = format!("/realms/{}/agm{member}", world.realm);
    let change = |days: i64| json!({ "groupRoles": ["member"], "membershipExpiresAt": world.day(days) });
    let late = late.try_json("PUT", &path, &change(90)).expect("an answer").expect(409);
    assert_eq!(late.json()["code"], "changed");
    // Neither says what they have seen. On PostgreSQL both read before either writes, sooner or later, and who is overtaken is told.
    // SQLite writes one after the other: each reads what the one before has written, and nobody is overtaken.
    let (mut taken, mut overtaken) = (1, 0);
    for round in 0..ROUNDS {
        let days = [100 + 2 * round, 101 + 2 * round];
        let both = at_once(world, &member, None, days);
        assert!(
            both.contains(&204) && both.iter().all(|status| matches!(status, 204 | 409)),
            "{both:?}"
        );
        taken += both.iter().filter(|status| **status == 204).count();
        overtaken += both.iter().filter(|status| **status == 409).count();
        let kept = shown(world, "/a/b", "u1")["membershipExpiresAt"].clone();
        let mut possible = days.iter().zip(both).filter(|(_, status)| *status == 204);
        assert!(
            possible.any(|(days, _)| kept == json!(world.day(*days))),
            "{kept} after {days:?} {both:?}"
        );
        let enough = if world.stage.engine == Engine::Postgres {
            overtaken > 0
        } else {
            round == FEW
        };
        if enough {
            break;
        }
    }
    assert_eq!(
        overtaken > 0,
        world.stage.engine == Engine::Postgres,
        "{taken} taken, {overtaken} overtaken"
    );
    // What was taken is on record, each, and what was not is not.
    assert_eq!(world.events("GROUP_MEMBERSHIP_UPDATE", taken).len(), taken);
    gb.post(&format!("{member}/suspend"), &Value::Null).expect(204);
    gb.put(&member, &change(30)).expect(400);
}

/// So often two write at once until one is overtaken, at most.
const ROUNDS: i64 = 100;
/// So often where nobody is.
const FEW: i64 = 3;

/// Two administrators set the last day of a membership at the same moment, each their own, in so many days; what each was answered.
fn at_once(world: &World<'_>, member: &str, seen: Option<&str>, days: [i64; 2]) -> [u16; 2] {
    let path = format!("/realms/{}/agm{member}", world.realm);
    let mut asks = [("ga", days[0]), ("gb", days[1])].map(|(who, days)| {
        let http = world.client(who);
        let mut http = match seen {
            Some(seen) => http.header("If-Match", seen),
            None => http,
        };
        http.connect().expect("a connection");
        (
            http,
            json!({ "groupRoles": ["member"], "membershipExpiresAt": world.day(days) }),
        )
    });
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        let asked = asks.each_mut().map(|(http, body)| {
            let (barrier, path) = (&barrier, &path);
            scope.spawn(move || {
                barrier.wait();
                http.try_json("PUT", path, body).expect("an answer").status
            })
        });
        asked.map(|one| one.join().expect("it was asked"))
    })
}

/// Roles are given and taken one by one, and never the last.
fn t34(world: &World<'_>) {
    let (b, gb) = (world.group("/a/b"), world.by("gb"));
    gb.post(&format!("{GROUP}/{b}/roles?name=lead"), &Value::Null)
        .expect(204);
    let id = world.add_member("/a/b", "u1", &json!({}));
    let member = format!("{GROUP}/{b}/member/{id}");
    let give = |role: &str| gb.post(&format!("{member}/role?name={role}"), &Value::Null);
    let take = |role: &str| gb.delete(&format!("{member}/role/{role}"));
    give("lead").expect(204);
    give("lead").expect(400);
    give("unknown").expect(404);
    take("lead").expect(204);
    take("lead").expect(404);
    take("member").expect(400);
    assert_eq!(shown(world, "/a/b", "u1")["groupRoles"], json!(["member"]));
    assert_eq!(world.mails_of("roles_changes_user"), ["u1", "u1"]);
    assert_eq!(world.events("GROUP_MEMBERSHIP_UPDATE", 2).len(), 2);
}

/// Suspension takes in what is below, and gives each back as it was.
fn t35(world: &World<'_>) {
    world.with_entitlements();
    world.add_member("/a", "u1", &json!({}));
    world.add_member("/a/b", "u1", &json!({}));
    world.add_member("/a/b/c", "u1", &json!({ "validFrom": world.day(9) }));
    let ga = world.by("ga");
    let statuses = || ["/a", "/a/b", "/a/b/c"].map(|group| world.status(group, "u1"));
    ga.post(
        &format!("{}/suspend?justification=why", at(world, "/a", "u1")),
        &Value::Null,
    )
    .expect(204);
    assert_eq!(statuses(), ["SUSPENDED"; 3]);
    assert!(world.links("u1").is_empty() && world.entitlements("u1").is_empty());
    assert_eq!(shown(world, "/a", "u1")["justification"], "why");
    ga.post(&format!("{}/suspend", at(world, "/a", "u1")), &Value::Null)
        .expect(409);
    ga.post(&format!("{}/activate", at(world, "/a/b", "u1")), &Value::Null)
        .expect(400);
    ga.post(&format!("{}/activate", at(world, "/a", "u1")), &Value::Null)
        .expect(204);
    assert_eq!(statuses(), ["ENABLED", "ENABLED", "PENDING"]);
    assert_eq!(world.links("u1"), ["/a", "/a/b"]);
    let told = &world.mails_of("suspend_member");
    assert_eq!(
        (told.as_slice(), world.mails_of("activate_member").as_slice()),
        (&["u1".to_owned()][..], &["u1".to_owned()][..])
    );
    // One that was suspended by itself stays so.
    ga.post(&format!("{}/suspend", at(world, "/a/b", "u1")), &Value::Null)
        .expect(204);
    ga.post(&format!("{}/suspend", at(world, "/a", "u1")), &Value::Null)
        .expect(204);
    ga.post(&format!("{}/activate", at(world, "/a", "u1")), &Value::Null)
        .expect(204);
    assert_eq!(statuses(), ["ENABLED", "SUSPENDED", "SUSPENDED"]);
}

/// The groups below `/a` and itself that a mail names, in both of its parts.
fn groups_in(mail: &str) -> BTreeSet<String> {
    let words = mail.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '/');
    let is_path = |word: &&str| *word == "/a" || word.starts_with("/a/");
    words.filter(is_path).map(str::to_owned).collect()
}

/// Who is removed or leaves is out of what is below too, and mails name just that.
fn t36(world: &World<'_>) {
    for name in ["u1", "u2"] {
        world.add_member("/a", name, &json!({}));
        world.add_member("/a/b/c", name, &json!({}));
    }
    world.by("mg").delete(&at(world, "/a", "u1")).expect(204);
    assert_eq!(
        (
            world.status("/a", "u1"),
            world.status("/a/b/c", "u1"),
            world.links("u1")
        ),
        (String::new(), String::new(), Vec::new())
    );
    let only = BTreeSet::from(["/a".to_owned(), "/a/b/c".to_owned()]);
    for to in ["u1", "ga"] {
        let text = world.mail(to, "/a/b/c").text;
        assert_eq!(groups_in(&text), only, "to {to}: {text}");
    }
    assert_eq!(world.mails_of("remove_member_inform"), ["u1"]);
    assert_eq!(world.mails_of("remove_member_admin_inform"), ["ga"]);
    world
        .by("u2")
        .delete(&format!("/account/user/group/{}/member", world.group("/a")))
        .expect(204);
    assert!(world.links("u2").is_empty());
    assert!(world.mails_of("leave_member_admin_inform").contains(&"ga".to_owned()));
    // Who left, and what they were in: no more, and not as if somebody had removed them.
    let left = world.mail("ga", "Given u2 Family u2 (@u2) has left /a.");
    assert_eq!(left.header("Subject"), Some("Given u2 Family u2 (@u2) has left /a"));
    let text = left.text;
    assert!(
        text.contains("/a/b/c") && !text.contains("removed") && !text.contains("null"),
        "{text}"
    );
    assert_eq!(groups_in(&text), only, "{text}");
    let ended = world.events("GROUP_MEMBERSHIP_DELETE", 4);
    assert_eq!(ended.len(), 4, "{ended:?}");
    world
        .by("u2")
        .delete(&format!("/account/user/group/{}/member", world.group("/a")))
        .expect(404);
}

/// The same membership by the id of its person.
fn t37(world: &World<'_>) {
    let id = world.add_member("/a/b", "u1", &json!({}));
    let by_id = format!("{GROUP}/{}/member/{id}", world.group("/a/b"));
    let gb = world.by("gb");
    assert_eq!(gb.get(&by_id).expect(200).json(), shown(world, "/a/b", "u1"));
    let by_user = at(world, "/a/b", "u1");
    gb.put(
        &by_user,
        &json!({ "groupRoles": ["member"], "membershipExpiresAt": world.day(5) }),
    )
    .expect(204);
    assert_eq!(
        gb.get(&by_id).expect(200).json()["membershipExpiresAt"],
        json!(world.day(5))
    );
    gb.post(&format!("{by_user}/suspend"), &Value::Null).expect(204);
    gb.post(&format!("{by_user}/activate"), &Value::Null).expect(204);
    gb.delete(&by_user).expect(204);
    gb.get(&by_id).expect(404);
    for (method, below) in [
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/suspend"),
        ("POST", "/activate"),
        ("POST", "/role?name=member"),
        ("DELETE", "/role/member"),
    ] {
        let path = format!("{by_user}{below}");
        let body = (method == "PUT").then(|| json!({ "groupRoles": ["member"] }));
        gb.send(method, &path, body.as_ref()).expect(404);
    }
    // An indirect member is one of the group that was listed.
    let indirect = world.add_member("/a/b/c", "u2", &json!({}));
    let listed = gb
        .get(&format!("{GROUP}/{}/members?direct=false", world.group("/a/b")))
        .expect(200)
        .json();
    assert_eq!(each(&listed["results"], "/id"), [indirect.as_str()]);
    gb.put(
        &format!("{GROUP}/{}/member/{indirect}", world.group("/a/b")),
        &json!({ "groupRoles": ["member"] }),
    )
    .expect(204);
    last_part(&indirect);
}
