//! What links of mails about groups are about.

use directory::Role;
use directory::invitation::{Invitee, OfferAdministration, OfferMembership, OfferedWay};
use directory::user::GrantRole;
use serde_json::json;

use super::group::group;

fn ada() -> Invitee {
    Invitee {
        email: Some("ada@example.org".into()),
        ..Invitee::default()
    }
}

testkit::both! {
    async fn the_link_of_an_offer_says_what_is_offered_and_how_to_answer(app: TestApp) {
        app.set_realm("default", |settings| settings.sign_in_by_mail = Some(false)).await;
        let (group, way) = group(&app, "R&D <lab>", |_| {}).await;
        let way = OfferedWay::Named(way);
        let offer = OfferMembership { group, invitee: ada(), way, roles: vec!["member".into()] };
        app.directory().execute(&app.operator().await, offer).await.expect("offered");
        let path = app.deliver_mail().await.remove(0).invitation_path();
        let page = app.anonymous().get(&path).await.expect(200);
        assert_eq!((page.events.as_slice(), page.header("cache-control")), (["invitation.opened".to_owned()].as_slice(), "no-store"));
        for part in ["You are invited to join a group", "/R&amp;D &lt;lab&gt;", "member", "a***@example.org", "Friday, 4 January 2030, 08:00 UTC", "sign in at"] {
            assert!(page.text.contains(part), "{part} is not in\n{}", page.text);
        }
        assert!(!page.text.contains("<form"), "{}", page.text);
        // Its form is an account's: nothing is answered by it.
        let posted = app.anonymous().post_form(&path, &[("answer", "accept")]).await;
        assert!(posted.status == 200 && posted.events.is_empty(), "{posted}");
        assert!(app.anonymous().get(&path).header("accept-language", "de").await.expect(200).text.contains("Sie sind in eine Gruppe eingeladen"));
        app.clock().advance(72 * 3_600);
        app.anonymous().get(&path).await.expect(410);
    }

    async fn an_offer_to_administer_names_who_invites(app: TestApp) {
        let (group, _) = group(&app, "acme", |_| {}).await;
        let body = json!({ "userName": "grace", "displayName": "Grace Hopper", "emails": [{ "value": "grace@example.org" }] });
        let grace = app.user_with("default", body).await;
        let grant = GrantRole { id: grace, role: Role::ManageGroups };
        app.directory().execute(&app.operator().await, grant).await.expect("granted");
        let offer = json!({ "email": "ada@example.org" });
        let by_grace = app.acting_as(grace, &["agm:manage"]).await;
        by_grace.post(&format!("/realms/default/agm/account/group-admin/group/{group}/admin/invite"), offer).await.expect(204);
        let path = app.deliver_mail().await.remove(0).invitation_path();
        let page = app.anonymous().get(&path).await.expect(200);
        for part in ["You are invited to administer a group", "Grace Hopper", "/acme"] {
            assert!(page.text.contains(part), "{part} is not in\n{}", page.text);
        }
        let again = OfferAdministration::of_owner(group, ada());
        app.directory().execute(&app.operator().await, again).await.expect_err("it is open");
    }

    async fn other_links_say_what_they_are_about_and_nothing_of_groups(app: TestApp) {
        group(&app, "secret-group", |_| {}).await;
        app.set_realm("default", |settings| {
            settings.title = Some("Acme".into());
            settings.sign_in_by_mail = Some(false);
        })
        .await;
        for (path, title) in [
            ("enroll?groupPath=/acme/ops", "Joining a group"),
            ("enroll", "Joining a group"),
            ("groups/showgroups", "The groups somebody is in"),
            ("groups/showgroups/017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "The groups somebody is in"),
            ("groups/admingroups/x?tab=members", "A group that is administered"),
            ("groups/groupenrollments?id=x", "A request to join a group"),
        ] {
            let page = app.anonymous().get(&format!("/realms/default/{path}")).await.expect(200);
            assert!(page.text.contains(title) && page.text.contains("Acme"), "{path}: {}", page.text);
            assert_eq!(page.header("cache-control"), "no-store", "{path}");
            assert!(!page.text.contains("secret-group") && !page.text.contains("<script"), "{path}");
            assert!(page.events.is_empty());
        }
        let named = app.anonymous().get("/realms/default/enroll?groupPath=/%3Cscript%3E%E2%80%AEx").await.expect(200);
        assert!(named.text.contains("/&lt;script&gt;x"), "{}", named.text);
        app.anonymous().get("/realms/default/groups/nothing").await.expect(404);
        app.anonymous().get("/realms/nowhere/enroll").await.expect(404);
    }
}
