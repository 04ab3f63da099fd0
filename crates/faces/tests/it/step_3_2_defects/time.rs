//! What time does: D-14 to D-16, D-25, D-30, D-32.

use directory::Id;
use serde_json::{Value, json};
use testkit::both;

use super::place::{GROUP, Place, text};

const REMINDER: &str = "member.reminded";

both! {
    /// One that waits could be begun in the past, and never put off.
    async fn d_14_one_that_waits_can_be_put_off(app: TestApp) {
        let place = Place::new(app).await;
        place.add("/a/b", "u1", json!({ "validFrom": place.day(3) })).await;
        let member = place.member("/a/b", "u1");
        let from = |days: i64| json!({ "groupRoles": ["member"], "validFrom": place.day(days) });
        place.put("gb", &member, from(9)).await.expect(204);
        place.put("gb", &member, from(-2)).await.expect(400);
        place.pass(5).await;
        assert_eq!(place.status("/a/b", "u1").await, "PENDING");
        place.put("gb", &member, from(0)).await.expect(204);
        assert_eq!(place.status("/a/b", "u1").await, "ENABLED");
    }

    /// What had ended was gone without a trace, with its roles.
    async fn d_15_what_has_ended_can_be_renewed_for_a_while(app: TestApp) {
        let place = Place::new(app).await;
        place.post("gb", &format!("{GROUP}/{}/roles?name=lead", place.group("/a/b")), Value::Null).await.expect(204);
        let both = json!({ "groupRoles": ["member", "lead"], "membershipExpiresAt": place.day(1) });
        let mut had = Vec::new();
        for name in ["u1", "u2", "mgx"] {
            had.push(place.add("/a/b", name, both.clone()).await);
        }
        place.pass(3).await;
        assert_eq!(place.links("u1").await, 0);
        let members = format!("{GROUP}/{}/members", place.group("/a/b"));
        assert_eq!(place.get("gb", &members).await.expect(200).at("/count"), 0);
        let over = format!("{members}?status=EXPIRED");
        let expired = place.get("gb", &over).await.expect(200);
        assert_eq!((expired.at("/count"), expired.at("/results/0/groupRoles")), (json!(3), json!(["lead", "member"])));
        // Within the time of grace it is the same membership again, by asking and by hand, with the roles it had.
        let way = place.way("/a/b", json!({ "name": "open", "requireApproval": false, "groupRoles": ["member", "lead"] })).await;
        place.ask("u1", &way, json!({ "groupRoles": expired.at("/results/0/groupRoles") })).await.expect(204);
        place.add("/a/b", "u2", json!({ "groupRoles": ["lead", "member"] })).await;
        for (name, id) in ["u1", "u2"].iter().zip(&had) {
            let back = place.membership("/a/b", name).await;
            assert_eq!((&back["id"], &back["status"], &back["groupRoles"]), (&json!(id), &json!("ENABLED"), &json!(["lead", "member"])));
            assert_eq!((place.links(name).await, back.get("membershipExpiresAt")), (1, None), "{name}");
        }
        assert_eq!(place.facts("member.restored").await.len(), 2);
        assert_eq!(place.get("gb", &over).await.expect(200).at("/count"), 1);
        // After it nothing is left but what the log has.
        place.pass(31).await;
        assert_eq!(place.get("gb", &over).await.expect(200).at("/count"), 0);
        assert_eq!(place.facts("member.expired").await.len(), 3);
        assert_eq!(place.facts("member.purged").await.len(), 1);
        assert_eq!((place.status("/a/b", "u1").await.as_str(), place.status("/a/b", "mgx").await.as_str()), ("ENABLED", ""));
    }

    /// A membership and one below it that were due on the same night stopped everything that night, and every night after.
    async fn d_16_what_is_due_together_ends_once_and_holds_nobody_up(app: TestApp) {
        let place = Place::new(app).await;
        for group in ["/a", "/a/b", "/a/b/c"] {
            place.add(group, "u1", json!({ "membershipExpiresAt": place.day(1) })).await;
        }
        place.add("/x", "u2", json!({ "membershipExpiresAt": place.day(1) })).await;
        place.app.deliver_mail().await;
        place.pass(2).await;
        assert_eq!(place.facts("GROUP_MEMBERSHIP_DELETE").await.len(), 4);
        assert_eq!((place.links("u1").await, place.links("u2").await), (0, 0));
        let mails = place.app.deliver_mail().await;
        let to = |name: &str| mails.iter().filter(|mail| mail.to.contains(&format!("{name}@"))).count();
        assert_eq!((to("u1"), to("u2")), (1, 1));
        place.pass(2).await;
        assert!(place.mails("u1").await.is_empty());
    }

    /// Lifting a suspension put everything below in force, also what had been suspended by itself or had not begun.
    async fn d_25_a_suspension_that_is_lifted_leaves_others(app: TestApp) {
        let place = Place::new(app).await;
        place.add("/a", "u1", json!({})).await;
        place.add("/a/b", "u1", json!({})).await;
        place.add("/a/b/c", "u1", json!({ "validFrom": place.day(5) })).await;
        let act = |group: &str, act: &str| format!("{}/{act}", place.member(group, "u1"));
        for (group, act_on) in [("/a/b", "suspend"), ("/a", "suspend"), ("/a", "activate")] {
            place.post("ga", &act(group, act_on), Value::Null).await.expect(204);
        }
        assert_eq!(place.status("/a/b", "u1").await, "SUSPENDED");
        place.post("ga", &act("/a/b", "activate"), Value::Null).await.expect(204);
        assert_eq!((place.status("/a/b", "u1").await.as_str(), place.status("/a/b/c", "u1").await.as_str()), ("ENABLED", "PENDING"));
    }

    /// Timers lived in memory and in the zone of the machine.
    async fn d_30_what_is_due_is_kept_and_days_are_the_realms(app: TestApp) {
        let place = Place::new(app).await;
        place.app.set_realm("default", |settings| settings.time_zone = Some("Europe/Berlin".to_owned())).await;
        place.add("/a/b", "u1", json!({ "membershipExpiresAt": place.day(1) })).await;
        // The clock stands at the beginning of a day in UTC, an hour into the day in Berlin.
        let start = place.app.now().millis();
        let midnight = start - start.rem_euclid(86_400_000) + 2 * 86_400_000 - 3_600_000;
        let to = |millis: i64| (millis - place.app.now().millis()) / 1000;
        place.app.pass(to(midnight - 1_000)).await;
        assert_eq!(place.status("/a/b", "u1").await, "ENABLED");
        // Another process that is started then finds what is due.
        place.app.clock().advance(3);
        let other = place.app.another().await;
        other.run_jobs().await;
        assert_eq!(place.links("u1").await, 0);
        assert_eq!(place.app.run_jobs().await, 0, "and it was done once");
    }

    /// Reminders repeated, also to who was suspended, and looked at the wrong date.
    async fn d_32_a_reminder_comes_once_for_each_offset_and_can_be_declined(app: TestApp) {
        let place = Place::new(app).await;
        place.add("/a", "u1", json!({ "membershipExpiresAt": place.day(25) })).await;
        place.add("/a/b", "u1", json!({})).await;
        // Who is suspended; who declines at once; who declines after the first; who declines and thinks better of it.
        for name in ["u2", "gb", "ga", "mgx"] {
            place.add("/x", name, json!({ "membershipExpiresAt": place.day(25) })).await;
        }
        place.post("mg", &format!("{}/suspend", place.member("/x", "u2")), Value::Null).await.expect(204);
        let mut selves = Vec::new();
        for name in ["gb", "ga", "mgx"] {
            let person = Id::parse(&place.id(name)).expect("an id");
            selves.push(place.app.acting_as(person, &["agm:self"]).await);
        }
        let [gb, ga, mgx] = &selves[..] else { panic!("there are three") };
        let lapse = format!("/api/v1/me/memberships/{}/lapse", place.group("/x"));
        gb.put(&lapse, json!({})).await.expect(204);
        mgx.put(&lapse, json!({})).await.expect(204);
        // How often each was: who ends twice, by the group above too; then the four of the other group.
        let reminded = async || {
            let facts = place.facts(REMINDER).await;
            ["u1", "u2", "gb", "ga", "mgx"].map(|name| facts.iter().filter(|fact| text(&fact["user"]) == place.id(name)).count())
        };
        place.pass(3).await;
        assert_eq!(reminded().await, [0, 0, 0, 0, 0]);
        mgx.delete(&lapse).await.expect(204);
        place.pass(3).await;
        // 21 days before the effective end.
        assert_eq!(reminded().await, [2, 0, 0, 1, 1]);
        ga.put(&lapse, json!({})).await.expect(204);
        place.pass(5).await;
        assert_eq!(reminded().await, [2, 0, 0, 1, 1]);
        place.pass(16).await;
        assert_eq!(reminded().await, [6, 0, 0, 1, 3]);
        // Declining is about being reminded: the end comes as it was said, to all.
        for name in ["gb", "ga", "mgx"] {
            assert_eq!(place.links(name).await, 0, "{name}");
        }
        // Whoever is kept out is told, and not to ask.
        let mails = place.mails("u2").await;
        assert_eq!(mails.len(), 3, "{mails:?}");
        assert!(mails.iter().all(|mail| !mail.text.contains("enroll?groupPath")), "{mails:?}");
        // A group names days of its own; agm shows the first of them.
        let admin = place.app.client("keeper", &["agm:manage", "agm:admin"]).await;
        let settings = format!("/api/v1/groups/{}/settings", place.group("/x"));
        admin.put(&settings, json!({ "reminder_days": [2, 9, 5] })).await.expect(200);
        let shown = place.get("mg", &format!("{GROUP}/{}/all", place.group("/x"))).await.expect(200);
        assert_eq!(shown.at("/attributes/expiration-notification-period"), json!(["9"]));
        place.add("/x", "root", json!({ "membershipExpiresAt": place.day(12) })).await;
        let of_root = async || place.facts(REMINDER).await.iter().filter(|fact| text(&fact["user"]) == place.id("root")).count();
        for (days, so_far) in [(2, 0), (2, 1), (2, 1), (2, 2), (3, 3), (3, 3)] {
            place.pass(days).await;
            assert_eq!(of_root().await, so_far);
        }
    }
}
