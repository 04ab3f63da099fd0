//! Invitations: 47 to 52.

use serde_json::{Value, json};

use super::stage::section;
use super::world::{World, last_part, text};
use crate::support::run;

section! { 47: t47, 48: t48, 49: t49, 50: t50, 51: t51, 52: t52 }

const GROUP: &str = "/account/group-admin/group";

fn invite(world: &World<'_>, to: &str, change: &Value) -> u16 {
    let mut body = json!({ "email": format!("{to}@people.example"), "firstName": "New", "groupRoles": ["member"],
        "groupEnrollmentConfiguration": { "id": world.way("/a/b") } });
    for (name, value) in change.as_object().into_iter().flatten() {
        body[name.as_str()] = value.clone();
    }
    world
        .by("gb")
        .post(&format!("{GROUP}/{}/members/invitation", world.group("/a/b")), &body)
        .status
}

/// What follows `invitation/` in the latest mail to somebody.
fn link(world: &World<'_>, to: &str) -> String {
    let mail = world.mail(to, &format!("/realms/{}/invitation/", world.realm));
    let link = mail.invitation().expect("a link");
    last_part(link.split(['?', '#']).next().unwrap_or_default())
}

fn act(world: &World<'_>, who: &str, link: &str, act: &str) -> u16 {
    world
        .by(who)
        .post(&format!("/account/user/invitation/{link}/{act}"), &json!({}))
        .status
}

/// A mail with a link and how long it holds; what it offers; whoever it is for takes it, once.
fn t47(world: &World<'_>) {
    assert_eq!(invite(world, "u1", &json!({})), 204);
    let mail = world.mail("u1", "/invitation/");
    // Until when, to the minute: the 72 hours of a realm that says nothing. As text and in HTML.
    let until = |hours: i64| {
        let at = world.stage.in_hours(hours).to_zoned(jiff::tz::TimeZone::UTC);
        format!("until {}", at.strftime("%-d %B %Y, %H:%M UTC"))
    };
    assert!(mail.text.contains("/a/b"), "{}", mail.text);
    assert_eq!(
        mail.text.matches(&until(72)).count(),
        2,
        "{} in {}",
        until(72),
        mail.text
    );
    let secret = link(world, "u1");
    let seen = world
        .by("u1")
        .get(&format!("/account/user/invitation/{secret}"))
        .expect(200)
        .json();
    assert_eq!(
        (
            &seen["forMember"],
            &seen["groupRoles"],
            &seen["groupEnrollmentConfiguration"]["group"]["path"]
        ),
        (&json!(true), &json!(["member"]), &json!("/a/b"))
    );
    let way = &seen["groupEnrollmentConfiguration"];
    assert_eq!(
        (&way["active"], &way["requireApproval"], &way["groupRoles"]),
        (&json!(true), &json!(true), &json!(["member"]))
    );
    assert!(world.mails_of("invitation_admin_inform").contains(&"ga".to_owned()));
    // Looking spends nothing.
    world
        .by("u1")
        .get(&format!("/account/user/invitation/{secret}"))
        .expect(200);
    assert_eq!(act(world, "u1", &secret, "accept"), 204);
    assert_eq!(world.status("/a/b", "u1"), "ENABLED");
    assert_eq!(world.events("GROUP_MEMBERSHIP_CREATE", 1).len(), 1);
    assert!(world.mails_of("accept_invitation").contains(&"gb".to_owned()));
    assert_eq!(act(world, "u1", &secret, "accept"), 404);
    world
        .by("u1")
        .get(&format!("/account/user/invitation/{secret}"))
        .expect(404);
    // Where the realm gives another time, that.
    let hours = json!({ "invitation-expiration-period": "30" });
    world.by("root").put("/admin/configuration", &hours).expect(204);
    assert_eq!(invite(world, "u2", &json!({})), 204);
    let mail = world.mail("u2", "/invitation/");
    assert!(mail.text.contains(&until(30)), "{} in {}", until(30), mail.text);
}

/// Who is a member or administrator already; who declines.
fn t48(world: &World<'_>) {
    assert_eq!(invite(world, "u1", &json!({})), 204);
    let secret = link(world, "u1");
    world.add_member("/a/b", "u1", &json!({}));
    assert_eq!(act(world, "u1", &secret, "accept"), 400);
    let admins = format!("{GROUP}/{}/admin/invite", world.group("/a/b"));
    world
        .by("gb")
        .post(&admins, &json!({ "email": "u2@people.example" }))
        .expect(204);
    let secret = link(world, "u2");
    let seen = world
        .by("u2")
        .get(&format!("/account/user/invitation/{secret}"))
        .expect(200)
        .json();
    assert_eq!(
        (&seen["forMember"], &seen["group"]["path"]),
        (&json!(false), &json!("/a/b"))
    );
    assert_eq!(act(world, "u2", &secret, "accept"), 204);
    world
        .by("u2")
        .get(&format!("{GROUP}/{}/all", world.group("/a/b")))
        .expect(200);
    world
        .by("gb")
        .post(&admins, &json!({ "email": "ga@people.example" }))
        .expect(204);
    let secret = link(world, "ga");
    world
        .by("gb")
        .post(
            &format!("{GROUP}/{}/admin?username=ga", world.group("/a/b")),
            &Value::Null,
        )
        .expect(204);
    assert_eq!(act(world, "ga", &secret, "accept"), 400);
    assert_eq!(invite(world, "mgx", &json!({})), 204);
    let secret = link(world, "mgx");
    assert_eq!(act(world, "mgx", &secret, "reject"), 204);
    assert_eq!(act(world, "mgx", &secret, "accept"), 404);
    assert!(world.mails_of("reject_invitation").contains(&"gb".to_owned()));
    assert_eq!(world.status("/a/b", "mgx"), "");
}

/// After its time a link opens nothing: not before anything has run since, not after a restart, and not when it was ended.
fn t49(world: &World<'_>) {
    assert_eq!(invite(world, "u1", &json!({})), 204);
    let secret = link(world, "u1");
    world.advance("71h");
    world
        .by("u1")
        .get(&format!("/account/user/invitation/{secret}"))
        .expect(200);
    let state = || {
        let list = world
            .admin("GET", "/api/v1/realms/{realm}/invitations", None)
            .expect(200)
            .json();
        text(&list["items"][0]["state"])
    };
    let opens_nothing = || {
        let shown = world.by("u1").get(&format!("/account/user/invitation/{secret}")).status;
        let taken = act(world, "u1", &secret, "accept");
        assert!(
            matches!(shown, 404 | 410) && matches!(taken, 404 | 410),
            "{shown} {taken}"
        );
        assert_eq!(world.status("/a/b", "u1"), "");
    };
    // Its time goes by while the server is down, and who would end it has not come to that when it is up again.
    world.stop();
    put_off(world, "+");
    world.start_after(2);
    opens_nothing();
    assert_eq!(state(), "pending", "nothing has run");
    world.stop();
    world.start_after(0);
    opens_nothing();
    assert_eq!(state(), "pending", "nothing has run");
    // When it comes to that it makes no difference.
    world.stop();
    put_off(world, "-");
    world.start_after(0);
    crate::support::until("the invitation is ended", || state() == "expired");
    opens_nothing();
}

/// Has invitations ended ten years later than they should be, or again when they should be.
fn put_off(world: &World<'_>, sign: &str) {
    let sql = format!("UPDATE jobs SET due_at = due_at {sign} 315360000000 WHERE kind = 'expire_invitation'");
    run(&world.stage.place, &[&sql]);
}

/// Somebody else's link is of no use, unless the realm says so.
fn t50(world: &World<'_>) {
    assert_eq!(invite(world, "u1", &json!({})), 204);
    let secret = link(world, "u1");
    assert_eq!(act(world, "u2", &secret, "accept"), 403);
    assert_eq!(world.status("/a/b", "u2"), "");
    world.set(&json!({ "compat": { "invitation": { "any_account": true } } }));
    assert_eq!(act(world, "u2", &secret, "accept"), 204);
    assert_eq!(world.status("/a/b", "u2"), "ENABLED");
}

/// Invitations are listed, sent again and taken back.
fn t51(world: &World<'_>) {
    assert_eq!(invite(world, "u1", &json!({})), 204);
    let first = link(world, "u1");
    let list = world
        .admin("GET", "/api/v1/realms/{realm}/invitations", None)
        .expect(200)
        .json();
    let found = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|one| one["address"] == "u1@people.example");
    let id = text(&found.unwrap_or_else(|| panic!("not listed: {list}"))["id"]);
    world
        .admin(
            "POST",
            &format!("/api/v1/realms/{{realm}}/invitations/{id}/resend"),
            Some(&json!({})),
        )
        .expect(200);
    crate::support::until("the mail that is sent again", || link(world, "u1") != first);
    let second = link(world, "u1");
    assert_eq!(act(world, "u1", &first, "accept"), 404);
    world
        .by("u1")
        .get(&format!("/account/user/invitation/{second}"))
        .expect(200);
    world
        .admin(
            "POST",
            &format!("/api/v1/realms/{{realm}}/invitations/{id}/revoke"),
            Some(&json!({})),
        )
        .expect(200);
    assert_eq!(act(world, "u1", &second, "accept"), 404);
}

/// What cannot be offered.
fn t52(world: &World<'_>) {
    let way = |id: &str| json!({ "groupEnrollmentConfiguration": { "id": id } });
    let inactive = world.add_way("/a/b", &json!({ "name": "off", "active": false }));
    for change in [
        way("unknown"),
        way(&world.way("/x")),
        way(&inactive),
        // By which way is said, also where the invited need not answer.
        json!({ "groupEnrollmentConfiguration": null }),
        json!({ "groupEnrollmentConfiguration": {} }),
        json!({ "groupEnrollmentConfiguration": null, "withoutAcceptance": true }),
        json!({ "groupRoles": ["unknown"] }),
        json!({ "groupRoles": [] }),
        json!({ "email": "no address" }),
        json!({ "email": "" }),
        json!({ "email": null }),
    ] {
        assert_eq!(invite(world, "u1", &change), 400, "{change}");
    }
    assert!(world.mails_of("user_group_invitation").is_empty());
    assert_eq!(invite(world, "u1", &json!({})), 204);
    assert_eq!(invite(world, "u1", &json!({})), 409);
    // Nor does it let anybody in who was invited while it was active.
    let (secret, first) = (link(world, "u1"), world.way("/a/b"));
    world.change_way("/a/b", &first, &json!({ "active": false }));
    assert_eq!(
        (act(world, "u1", &secret, "accept"), world.status("/a/b", "u1")),
        (400, String::new())
    );
    world.change_way("/a/b", &first, &json!({ "active": true }));
    assert_eq!(
        (act(world, "u1", &secret, "accept"), world.status("/a/b", "u1")),
        (204, "ENABLED".into())
    );
}
