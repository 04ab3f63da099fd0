//! Signing in by a link that comes by mail.

use directory::Role;
use directory::invitation::{Invitee, OfferMembership, OfferedWay};
use directory::user::{GrantRole, Lifecycle, SetLifecycle};
use serde_json::json;
use testkit::{Answer, TestApp, both};

use super::browser::{Browser, provider};
use super::group::group;

const COOKIE: &str = "__Host-usher-session-default";

/// Asks for a link, and looks whether a mail came; the path of the link in it.
async fn asks(app: &TestApp, browser: &Browser, fields: &[(&str, &str)]) -> Option<String> {
    let asked = browser.post("/sign-in", fields).await.expect(303);
    assert_eq!((asked.header("location"), asked.events.len()), ("/sign-in/sent", 0));
    app.run_jobs().await;
    let mails = app.deliver_mail().await;
    assert!(mails.len() <= 1);
    mails.first().map(|mail| mail.path_to("sign-in"))
}

async fn enters(app: &TestApp, address: &str) -> (Browser, Answer) {
    let browser = Browser::new(app);
    let link = asks(app, &browser, &[("address", address)]).await.expect("a mail");
    let answer = browser.post(&link, &[]).await;
    (browser, answer)
}

both! {
    async fn somebody_signs_in_by_a_link_and_comes_to_where_they_wanted(app: TestApp) {
        app.user("ann").await;
        let browser = Browser::new(&app);
        let away = browser.get("/sessions").await.expect(303);
        let page = browser.get(away.header("location")).await.expect(200);
        assert!(page.text.contains("name=\"address\" type=\"email\"") && !page.text.contains("?provider"), "{}", page.text);
        assert!(page.text.replace("&#x2f;", "/").contains("name=\"to\" value=\"/sessions\""), "{}", page.text);

        let link = asks(&app, &browser, &[("address", " Ann@Example.org "), ("to", "/sessions")]).await.expect("a mail");
        let mail = app.mails().pop().expect("it is there");
        assert!(mail.to.contains("ann@example.org") && mail.text.contains("The link works once, until"), "{}", mail.text);
        // Looking changes nothing: scanners of mails do.
        for _ in 0..2 {
            let shown = browser.get(&link).await.expect(200);
            assert!(shown.events.is_empty() && browser.cookies().is_empty());
            assert!(shown.text.contains("a***@example.org") && !shown.text.contains("ann@example.org"), "{}", shown.text);
        }
        let entered = browser.post(&link, &[]).await.expect(303);
        assert_eq!((entered.header("location"), entered.events.as_slice()), ("/sessions", &["session.started".to_owned()][..]));
        assert!(browser.get("/sessions").await.expect(200).text.contains("@ann"));

        let other = Browser::new(&app);
        let again = other.post(&link, &[]).await.expect(410);
        assert!(again.events.is_empty() && other.cookies().is_empty() && again.text.contains("This link has been used"), "{}", again.text);
        assert!(other.get(&link).await.expect(410).text.contains("Have a new link sent"));

        let token = browser.form_token().await;
        let out = browser.post("/sign-out", &[("form_token", &token)]).await;
        assert_eq!(out.events, ["session.ended"]);
        assert!(browser.cookies().is_empty());
    }

    async fn nobody_learns_whose_address_it_is(app: TestApp) {
        app.user("ann").await;
        let browser = Browser::new(&app);
        let ask = async |address: &str| {
            let asked = browser.post("/sign-in", &[("address", address)]).await;
            let page = browser.get(asked.header("location")).await.expect(200);
            (asked.status, asked.header("location").to_owned(), asked.text, asked.events, page.text)
        };
        assert_eq!(ask("ann@example.org").await, ask("nobody@example.org").await);
        app.run_jobs().await;
        let mails = app.deliver_mail().await;
        assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["ann@example.org"]);
    }

    async fn what_is_no_address_is_told_so(app: TestApp) {
        for wrong in ["", "ann", "ann@", "a b@example.org", "ann@example.org,bob@example.org"] {
            let page = Browser::new(&app).post("/sign-in", &[("address", wrong), ("to", "/sessions")]).await.expect(422);
            assert!(page.text.contains("That is no mail address"), "{wrong}: {}", page.text);
            assert!(page.text.replace("&#x2f;", "/").contains("value=\"/sessions\""), "{}", page.text);
        }
        let forged = Browser::new(&app).post_from("cross-site", "/sign-in", &[("address", "ann@example.org")]).await.expect(403);
        assert!(forged.events.is_empty());
        assert_eq!(app.run_jobs().await, 0);
    }

    async fn a_link_leads_to_no_other_site_and_another_sites_form_uses_none_up(app: TestApp) {
        app.user("ann").await;
        let browser = Browser::new(&app);
        let link = asks(&app, &browser, &[("address", "ann@example.org"), ("to", "//evil.example/")]).await.expect("a mail");
        browser.post_from("cross-site", &link, &[]).await.expect(403);
        assert!(browser.cookies().is_empty());
        let entered = browser.post(&link, &[]).await.expect(303);
        assert_eq!(entered.header("location"), "/realms/default/home");
    }

    async fn a_link_is_good_for_a_quarter_of_an_hour(app: TestApp) {
        app.user("ann").await;
        let browser = Browser::new(&app);
        let link = asks(&app, &browser, &[("address", "ann@example.org"), ("to", "/sessions")]).await.expect("a mail");
        app.pass(900).await;
        let late = browser.post(&link, &[]).await.expect(410);
        assert!(late.events.is_empty() && browser.cookies().is_empty() && late.text.contains("This link has expired"), "{}", late.text);
        let shown = browser.get(&link).await.expect(410);
        assert!(shown.text.replace("&#x2f;", "/").contains("sign-in?to=%2Fsessions"), "{}", shown.text);
        let unknown = browser.post("/realms/default/sign-in/nothing", &[]).await.expect(404);
        assert!(unknown.events.is_empty() && unknown.text.contains("This link does not work"), "{}", unknown.text);
    }

    async fn so_many_links_go_to_one_address(app: TestApp) {
        app.user("ann").await;
        let browser = Browser::new(&app);
        let mut links = Vec::new();
        for _ in 0..5 {
            links.extend(asks(&app, &browser, &[("address", "ann@example.org")]).await);
        }
        assert_eq!(links.len(), 3);
        // The earlier ones are as good as the last.
        browser.post(&links[0], &[]).await.expect(303);
        app.pass(900).await;
        assert!(asks(&app, &browser, &[("address", "ANN@example.org")]).await.is_some());
    }

    async fn twelve_links_go_to_one_address_in_a_day(app: TestApp) {
        app.user("ann").await;
        let browser = Browser::new(&app);
        let mut links = 0;
        for _ in 0..6 {
            for _ in 0..3 {
                links += usize::from(asks(&app, &browser, &[("address", "ann@example.org")]).await.is_some());
            }
            app.pass(900).await;
        }
        assert_eq!(links, 12);
        app.pass(86_400).await;
        assert!(asks(&app, &browser, &[("address", "ann@example.org")]).await.is_some());
    }

    async fn until_a_new_address_is_confirmed_the_one_before_signs_in(app: TestApp) {
        app.set_realm("default", |settings| settings.oidc.validate_emails = true).await;
        let admin = app.client("admin", &["admin"]).await;
        let ann = app.user("ann").await;
        let moved = json!({ "emails": [{ "value": "ann@new.example" }] });
        admin.patch(&format!("/api/v1/users/{ann}"), moved).await.expect(200);
        let confirm = app.deliver_mail().await.remove(0).path_to("confirmation");
        assert!(asks(&app, &Browser::new(&app), &[("address", "ann@new.example")]).await.is_none());
        let (_, entered) = enters(&app, "ann@example.org").await;
        entered.expect(303);
        app.anonymous().post_form(&confirm, &[]).await.expect(303);
        assert!(asks(&app, &Browser::new(&app), &[("address", "ann@example.org")]).await.is_none());
        let (_, entered) = enters(&app, "ann@new.example").await;
        entered.expect(303);
    }

    async fn who_moves_themselves_keeps_the_address_before_and_others_may_have_it_later(app: TestApp) {
        app.set_realm("default", |settings| {
            settings.oidc.validate_emails = true;
            settings.self_editable = Some(vec!["emails".into()]);
        })
        .await;
        let ann = app.user("ann").await;
        let me = app.acting_as(ann, &["scim:me"]).await;
        let moves = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
            { "op": "replace", "path": "emails", "value": [{ "value": "ann@new.example" }] }] });
        me.patch("/scim/v2/Me", moves).await.expect(200);
        app.deliver_mail().await;
        let (_, entered) = enters(&app, "ann@example.org").await;
        entered.expect(303);

        // Where nobody is asked any more, it is nobody's, and whoever gets it is not taken for her.
        app.set_realm("default", |settings| settings.oidc.validate_emails = false).await;
        assert!(asks(&app, &Browser::new(&app), &[("address", "ann@example.org")]).await.is_none());
        app.user_with("default", json!({ "userName": "anna", "emails": [{ "value": "ann@example.org" }] })).await;
        let (browser, entered) = enters(&app, "ann@example.org").await;
        entered.expect(303);
        assert!(browser.get("/sessions").await.expect(200).text.contains("@anna"));
    }

    async fn what_people_write_of_themselves_signs_nobody_in_and_keeps_nobody_out(app: TestApp) {
        app.set_realm("default", |settings| settings.self_editable = Some(vec!["emails".into()])).await;
        app.user("boss").await;
        let mallory = app.user("mallory").await;
        let me = app.acting_as(mallory, &["scim:me"]).await;
        let claims = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
            { "op": "replace", "path": "emails", "value": [{ "value": "boss@example.org" }] }] });
        me.patch("/scim/v2/Me", claims).await.expect(200);
        for asks_to_confirm in [false, true] {
            app.set_realm("default", |settings| settings.oidc.validate_emails = asks_to_confirm).await;
            let (browser, entered) = enters(&app, "boss@example.org").await;
            entered.expect(303);
            assert!(browser.get("/sessions").await.expect(200).text.contains("@boss"));
        }
    }

    async fn a_link_goes_to_the_address_as_it_stands_where_something_is_offered(app: TestApp) {
        let (group, way) = group(&app, "ops", |_| {}).await;
        let invitee = Invitee { email: Some("Ada@example.org".into()), ..Invitee::default() };
        let offer = OfferMembership { group, invitee, way: OfferedWay::Named(way), roles: vec!["member".into()] };
        app.directory().execute(&app.operator().await, offer).await.expect("offered");
        let offered = app.deliver_mail().await.remove(0).invitation_path();
        let browser = Browser::new(&app);
        let link = asks(&app, &browser, &[("address", "ADA@EXAMPLE.ORG"), ("to", &offered)]).await.expect("a mail");
        assert_eq!(app.mails().pop().expect("it is there").to, "Ada@example.org");
        let entered = browser.post(&link, &[]).await.expect(303);
        assert_eq!(entered.header("location"), offered);
        assert!(browser.get(&offered).await.expect(200).text.contains("Accept invitation"));
        assert!(browser.get("/sessions").await.expect(200).text.contains("@Ada@example.org"));
    }

    async fn one_of_many_who_use_a_link_at_once_is_in(app: TestApp) {
        app.user("ann").await;
        let link = asks(&app, &Browser::new(&app), &[("address", "ann@example.org")]).await.expect("a mail");
        let at_once = (0..20).map(async |_| Browser::new(&app).post(&link, &[]).await.status);
        let mut said = futures_util::future::join_all(at_once).await;
        said.sort_unstable();
        assert_eq!((said[0], said[1..].iter().all(|status| *status == 410)), (303, true), "{said:?}");
    }

    async fn whoever_is_kept_out_is_told_so_and_stays_out(app: TestApp) {
        let ann = app.user("ann").await;
        let operator = app.operator().await;
        let suspend = SetLifecycle { id: ann, lifecycle: Lifecycle::Suspended };
        app.directory().execute(&operator, suspend).await.expect("suspended");
        let (browser, refused) = enters(&app, "ann@example.org").await;
        let refused = refused.expect(403);
        assert!(refused.events.is_empty() && browser.cookies().is_empty() && refused.text.contains("Your account is suspended"), "{}", refused.text);
    }

    async fn whoever_is_invited_at_the_address_is_in_by_the_link(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let new = json!({ "new_user": { "userName": "ann", "emails": [{ "value": "ann@example.org" }] } });
        admin.post("/api/v1/invitations", new).await.expect(201);
        app.deliver_mail().await;
        let (browser, entered) = enters(&app, "ann@example.org").await;
        entered.expect(303);
        let kinds = app.event_kinds().await;
        assert_eq!(kinds[kinds.len() - 3..], ["invitation.accepted", "user.lifecycle_changed", "session.started"]);
        browser.get("/sessions").await.expect(200);
    }

    async fn an_address_that_two_people_have_signs_nobody_in(app: TestApp) {
        for name in ["ann", "bob"] {
            app.user_with("default", json!({ "userName": name, "emails": [{ "value": "team@example.org" }] })).await;
        }
        assert!(asks(&app, &Browser::new(&app), &[("address", "team@example.org")]).await.is_none());
    }

    async fn a_realm_with_a_provider_has_it_where_it_says_so(app: TestApp) {
        app.user("ann").await;
        let provider = provider(&app).await;
        let browser = Browser::new(&app);
        // By itself only those have it that have no other way.
        browser.leaves("/sign-in").await;
        browser.post("/sign-in", &[("address", "ann@example.org")]).await.expect(404);

        app.set_realm("default", |settings| settings.sign_in_by_mail = Some(true)).await;
        let page = browser.get("/sign-in?to=/sessions").await.expect(200);
        assert!(page.text.replace("&#x2f;", "/").contains("href=\"/sign-in?provider&amp;to=%2Fsessions\""), "{}", page.text);
        let asked = browser.leaves("/sign-in?provider&to=/sessions").await;
        let said = json!({ "email": "ann@example.org", "email_verified": true });
        browser.comes_back(&provider, &asked, ("s1", &said)).await.expect(303);

        let (by_mail, entered) = enters(&app, "ann@example.org").await;
        entered.expect(303);
        by_mail.get("/sessions").await.expect(200);
        let unused = asks(&app, &Browser::new(&app), &[("address", "ann@example.org")]).await.expect("a mail");
        // Where it is switched off, so are its sessions and links; those of the provider go on.
        app.set_realm("default", |settings| settings.sign_in_by_mail = Some(false)).await;
        by_mail.get("/sessions").await.expect(303);
        browser.get("/sessions").await.expect(200);
        assert!(Browser::new(&app).post(&unused, &[]).await.expect(404).events.is_empty());
    }

    async fn whoever_signed_in_more_weakly_than_the_realm_asks_uses_no_role(app: TestApp) {
        let ann = app.user("ann").await;
        let operator = app.operator().await;
        let grant = GrantRole { id: ann, role: Role::RealmAdmin };
        app.directory().execute(&operator, grant).await.expect("granted");
        let (browser, _) = enters(&app, "ann@example.org").await;
        browser.get("/realms/default/groups/admingroups").await.expect(200);
        assert!(browser.get("/realms/default/home").await.expect(200).text.contains("admingroups"));
        app.set_realm("default", |settings| settings.oidc.acr = Some("gold".into())).await;
        let (browser, _) = enters(&app, "ann@example.org").await;
        assert!(!browser.get("/realms/default/home").await.expect(200).text.contains("admingroups"));
    }

    async fn links_and_what_was_asked_are_forgotten(app: TestApp) {
        app.user("ann").await;
        let link = asks(&app, &Browser::new(&app), &[("address", "ann@example.org")]).await.expect("a mail");
        assert!(!app.mails().is_empty() && !link.is_empty());
        app.pass(3 * 86_400).await;
        let browser = Browser::new(&app);
        browser.get(&link).await.expect(404);
        assert!(!browser.cookies().contains_key(COOKIE));
    }
}
