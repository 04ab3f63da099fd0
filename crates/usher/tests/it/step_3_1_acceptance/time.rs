//! Effective dates, expiry and reminders: 53 to 57.

use std::thread;

use db::Engine;
use serde_json::{Value, json};

use super::stage::section;
use super::world::{World, text};
use crate::support::{Http, until};

section! { 53: t53, 54: t54, 55: t55, 56: t56, 57: t57 }

const GROUP: &str = "/account/group-admin/group";

fn at(world: &World<'_>, group: &str, name: &str) -> String {
    format!("{GROUP}/{}/member/user/{}", world.group(group), world.id(name))
}

/// The effective end of a membership, and the group that imposes it.
fn effective(world: &World<'_>, group: &str) -> (Option<String>, Option<String>) {
    let shown = world.membership(group, "u1").expect(200).json();
    let member = |name: &str| shown.get(name).map(text);
    (member("effectiveMembershipExpiresAt"), member("effectiveGroupId"))
}

/// The earliest end of those above counts, where it is earlier than one's own.
fn t53(world: &World<'_>) {
    world.add_member("/a", "u1", &json!({ "membershipExpiresAt": world.day(10) }));
    world.add_member("/a/b", "u1", &json!({ "membershipExpiresAt": world.day(20) }));
    world.add_member("/a/b/c", "u1", &json!({}));
    let a = Some(world.group("/a").to_owned());
    assert_eq!(effective(world, "/a"), (Some(world.day(10)), None));
    assert_eq!(effective(world, "/a/b"), (Some(world.day(10)), a.clone()));
    assert_eq!(effective(world, "/a/b/c"), (Some(world.day(10)), a));
    let longer = json!({ "groupRoles": ["member"], "membershipExpiresAt": world.day(30) });
    world.by("ga").put(&at(world, "/a", "u1"), &longer).expect(204);
    assert_eq!(effective(world, "/a"), (Some(world.day(30)), None));
    assert_eq!(effective(world, "/a/b"), (Some(world.day(20)), None));
    assert_eq!(
        effective(world, "/a/b/c"),
        (Some(world.day(20)), Some(world.group("/a/b").to_owned()))
    );
}

/// A membership holds through its last day; then it ends, with those below.
fn t54(world: &World<'_>) {
    world.with_entitlements();
    world.add_member("/a", "u1", &json!({ "membershipExpiresAt": world.day(2) }));
    world.add_member("/a/b", "u1", &json!({}));
    world.advance("2d");
    assert_eq!(
        (world.status("/a", "u1"), world.status("/a/b", "u1")),
        ("ENABLED".into(), "ENABLED".into())
    );
    world.advance("1d");
    assert_eq!(world.links("u1"), Vec::<String>::new());
    assert!(world.entitlements("u1").is_empty());
    world
        .by("u1")
        .get(&format!("/account/user/group/{}/member", world.group("/a")))
        .expect(404);
    assert_eq!(world.events("GROUP_MEMBERSHIP_DELETE", 2).len(), 2);
    assert_eq!(world.mails_of("expired_group_membership_user"), ["u1"]);
    assert!(
        world
            .mails_of("expired_group_membership_admin")
            .contains(&"ga".to_owned())
    );
    let mail = world.mail("u1", "enroll?groupPath=").text;
    assert!(mail.contains("/a/b"), "{mail}");
    // Whoever administers still sees it where they ask for it, and brings it back within the time of grace.
    let expired = world
        .by("ga")
        .get(&format!("{GROUP}/{}/members?status=EXPIRED", world.group("/a")))
        .expect(200)
        .json();
    assert_eq!(expired["count"], 1);
}

/// A membership and the one below it due on one day end once each; many due at once end in one night. That a night in which the
/// server is killed goes on, and tells nobody twice but those whose mail was on its way, is what `step_3_7_night` shows of 2,000.
fn t55(world: &World<'_>) {
    for group in ["/a", "/a/b"] {
        world.add_member(group, "u1", &json!({ "membershipExpiresAt": world.day(1) }));
    }
    // 250 more, as many as a batch and a half of the predecessor's.
    for number in 0..250 {
        let name = format!("due{number}");
        let person =
            json!({ "userName": name, "emails": [{ "value": format!("{name}@people.example"), "type": "work" }] });
        world
            .admin("POST", "/api/v1/realms/{realm}/users", Some(&person))
            .expect(201);
        world.add_member("/x", &name, &json!({ "membershipExpiresAt": world.day(1) }));
    }
    // No further than to the instant at which they end: a job that failed waits for its second time.
    let due = format!("{}T00:00:00Z", world.day(2));
    world.stage.place.run(&["clock", "set", &due]);
    let ended = world.events("GROUP_MEMBERSHIP_DELETE", 252);
    assert_eq!(ended.len(), 252);
    let mut told: Vec<String> = (0..250).map(|number| format!("due{number}")).collect();
    told.push("u1".to_owned());
    told.sort();
    assert_eq!(world.mails_of("expired_group_membership_user"), told);
    let jobs = world.admin("GET", "/api/v1/realms/{realm}/jobs?filter=attempts%20gt%200", None);
    assert_eq!(jobs.expect(200).json()["items"], json!([]), "nothing failed");
    let left = world
        .by("mg")
        .get(&format!("{GROUP}/{}/members", world.group("/x")))
        .expect(200)
        .json();
    assert_eq!(left["count"], 0);
}

/// Reminders come at the offsets before the effective end, once each, and not to who is suspended or has not begun.
fn t56(world: &World<'_>) {
    world.add_member("/a", "u1", &json!({ "membershipExpiresAt": world.day(30) }));
    world.add_member("/a/b", "u1", &json!({}));
    world.add_member("/x", "u2", &json!({ "membershipExpiresAt": world.day(30) }));
    world.add_member(
        "/x",
        "mgx",
        &json!({ "validFrom": world.day(25), "membershipExpiresAt": world.day(36) }),
    );
    // In the same group and with the same end as who is suspended, and reminded.
    world.add_member("/x", "gb", &json!({ "membershipExpiresAt": world.day(30) }));
    world
        .by("mg")
        .post(
            &format!("{GROUP}/{}/member/user/{}/suspend", world.group("/x"), world.id("u2")),
            &Value::Null,
        )
        .expect(204);
    world
        .by("mg")
        .post(
            &format!("{GROUP}/{}/attributes", world.group("/a/b")),
            &json!({ "expiration-notification-period": ["12"] }),
        )
        .expect(204);
    // How often whose end comes: twice over, and once; who is suspended; who has not begun at first.
    let reminded = || {
        let to = world.mails_of("group_membership_expiration_notification");
        ["u1", "gb", "u2", "mgx"].map(|name| to.iter().filter(|known| *known == name).count())
    };
    world.advance("8d");
    assert_eq!(reminded(), [0, 0, 0, 0]);
    // 21 days before: /a and /x; 12 days before: /a/b by its own number.
    world.advance("2d");
    assert_eq!(reminded(), [1, 1, 0, 0]);
    world.advance("5d");
    assert_eq!(reminded(), [1, 1, 0, 0]);
    world.advance("4d");
    assert_eq!(reminded(), [2, 1, 0, 0]);
    // 21 days before the end of who has not begun.
    world.advance("2d");
    let waiting = (world.status("/x", "mgx"), world.status("/x", "u2"));
    assert_eq!(
        (reminded(), waiting),
        ([2, 1, 0, 0], ("PENDING".into(), "SUSPENDED".into()))
    );
    // 7 and 1 for /a and /x, 4 and 1 for /a/b.
    world.advance("9d");
    // Who has begun is reminded as everybody, 7 days before, and of nothing that was before.
    assert_eq!(
        (reminded(), world.status("/x", "mgx")),
        ([6, 3, 0, 1], "ENABLED".into())
    );
    assert!(world.mail("u1", "/a/b").text.contains("/realms/"));
    world.advance("3d");
    let [u1, gb, u2, _] = reminded();
    assert_eq!((u1, gb, u2, world.links("u1")), (6, 3, 0, Vec::<String>::new()));
    world.advance("3d");
    assert_eq!(reminded(), [6, 3, 0, 2]);
    // Where the realm says when, then and at no other time.
    world.set(&json!({ "agm": { "reminder_days": [9, 2] } }));
    world.add_person("late");
    world.add_member("/a", "late", &json!({ "membershipExpiresAt": world.day(12) }));
    for (later, times) in [("2d", 0), ("2d", 1), ("5d", 1), ("2d", 2)] {
        world.advance(later);
        let to = world.mails_of("group_membership_expiration_notification");
        assert_eq!(to.iter().filter(|known| *known == "late").count(), times, "{later}");
    }
}

/// What came due while no server ran happens when one starts, once, also where two start at once.
fn t57(world: &World<'_>) {
    world.with_entitlements();
    world.add_member("/a", "u1", &json!({ "membershipExpiresAt": world.day(1) }));
    world.add_member("/a/b", "u1", &json!({}));
    world.add_member("/x", "u2", &json!({ "validFrom": world.day(2) }));
    world.advance("1h");
    assert_eq!(
        (world.status("/a", "u1"), world.status("/x", "u2")),
        ("ENABLED".into(), "PENDING".into())
    );
    world.stop();
    let later = world.stage.in_hours(72).to_string();
    // On a database that several servers may share two come at once, and both see what is due.
    let second = thread::scope(|scope| {
        let place = &world.stage.place;
        let serve = || place.serve_with(&["--clock", &later]);
        let second = (world.stage.engine == Engine::Postgres).then(|| scope.spawn(serve));
        world.stage.start_at(&later);
        second.map(|second| second.join().expect("it starts"))
    });
    let caught_up = || world.links("u1").is_empty() && world.links("u2") == ["/x"];
    until("what was due has happened", caught_up);
    // Nobody has moved the clock. When whoever moves it finds nothing left, it was all of it.
    world.advance("1m");
    let ended = world.events("GROUP_MEMBERSHIP_DELETE", 2);
    assert_eq!(ended.len(), 2, "{ended:?}");
    assert_eq!(world.events("GROUP_MEMBERSHIP_CREATE", 3).len(), 3);
    assert!(world.entitlements("u1").is_empty() && world.entitlements("u2").len() == 1);
    assert_eq!(world.mails_of("expired_group_membership_user"), ["u1"]);
    let told = world.mails_of("expired_group_membership_admin");
    assert_eq!(told.iter().filter(|name| *name == "ga").count(), 1, "{told:?}");
    assert!(world.mail("u1", "enroll?groupPath=").text.contains("/a/b"));
    let Some(second) = second else { return };
    let path = format!("/realms/{}/agm/account/user/groups?max=0", world.realm);
    let seen = Http::new(&second.url).bearer(&world.token("u1")).get(&path).expect(200);
    assert_eq!(seen.json()["count"], 0);
    second.stop();
}
