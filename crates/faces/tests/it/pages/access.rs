//! My access: what somebody who is signed in sees and does.

use directory::Id;
use directory::enrollment::terms::TermsDraft;
use directory::enrollment::{AcceptRequest, AskRequester};
use directory::invitation::{Invitee, OfferMembership, OfferedWay};
use serde_json::json;
use testkit::{TestApp, TestProvider, both};

use super::browser::{Browser, hidden, provider, shows};
use super::group::group;

/// Ann, who is signed in.
async fn ann(app: &TestApp, provider: &TestProvider) -> Browser {
    let body = json!({ "userName": "ann", "displayName": "Ann Archer", "emails": [{ "value": "ann@example.org", "primary": true }] });
    app.user_with("default", body).await;
    let browser = Browser::new(app);
    browser.signs_in(provider, "s1", "ann@example.org").await.expect(303);
    browser
}

const MINE: &str = "/realms/default/groups/showgroups";
const REQUESTS: &str = "/realms/default/groups/mygroupenrollments";

both! {
    async fn one_joins_a_group_that_asks_nobody_and_leaves_it(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, _) = group(&app, "ops", |draft| draft.membership_expiration_days = Some(30)).await;
        let browser = ann(&app, &provider).await;
        shows(&browser.get("/").await.expect(200), &["Hello, Ann Archer", "Nothing waits for you", "You are in no group yet"]);

        let form = browser.get("/realms/default/enroll?groupPath=/ops").await.expect(200);
        shows(&form, &["Join ops", "All about &lt;ops&gt;", "until the end of Thursday, 31 January 2030", "it counts at once"]);
        let (token, way) = (hidden(&form, "form_token").to_owned(), hidden(&form, "way").to_owned());
        let joined = browser.post("/realms/default/enroll", &[("form_token", &token), ("way", &way), ("role", "member"), ("groupPath", "/ops")]).await.expect(303);
        assert!(joined.events.contains(&"member.added".to_owned()), "{joined}");
        assert_eq!(joined.header("location"), format!("{MINE}/{ops}?done=joined"));
        let page = browser.get(joined.header("location")).await.expect(200);
        shows(&page, &["You are in.", "All about &lt;ops&gt;", "Thursday, 31 January 2030", "Why you are in this group", "member"]);
        shows(&browser.get(MINE).await.expect(200), &["ops", "Groups: 1", "until the end of Thursday, 31 January 2030"]);
        shows(&browser.get(&format!("{MINE}?search=nothing")).await.expect(200), &["No group is found"]);

        // Three weeks before the end it is spoken of.
        app.clock().advance(10 * 86_400);
        browser.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        shows(&browser.get("/").await.expect(200), &["A membership ends", "ends soon"]);
        let again = browser.get("/realms/default/enroll?groupPath=/ops").await.expect(200);
        shows(&again, &["Renew in ops", "it would last until the end of Sunday, 10 February 2030"]);
        let token = hidden(&again, "form_token").to_owned();
        let renewed = browser.post("/realms/default/enroll", &[("form_token", &token), ("way", &way), ("role", "member")]).await.expect(303);
        assert_eq!(renewed.header("location"), format!("{MINE}/{ops}?done=renewed"));

        let asked = browser.get(&format!("{MINE}/{ops}?leave")).await.expect(200);
        shows(&asked, &["Leave ops?", "You lose what this group gives you"]);
        let left = browser.post(&format!("{MINE}/{ops}"), &[("form_token", &token), ("act", "leave")]).await.expect(303);
        assert!(left.events.contains(&"member.removed".to_owned()), "{left}");
        shows(&browser.get(left.header("location")).await.expect(200), &["You have left the group."]);
        browser.get(&format!("{MINE}/{ops}")).await.expect(404);
    }

    async fn one_asks_with_terms_and_a_reason_answers_a_question_and_is_let_in(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, _) = group(&app, "ops", |draft| {
            draft.require_approval = true;
            draft.comments_needed = true;
            draft.comments_label = Some("What for".into());
            draft.enrollment_introduction = Some("Read <this> first".into());
            draft.enrollment_conclusion = Some("We answer on Mondays".into());
            draft.terms = Some(TermsDraft::at("https://terms.example/1"));
        }).await;
        let browser = ann(&app, &provider).await;
        let form = browser.get("/realms/default/enroll?groupPath=/ops").await.expect(200);
        shows(&form, &["What for", "Read &lt;this&gt; first", "https://terms.example/1", "Somebody decides about it", "Send request"]);
        let (token, way, version) = (hidden(&form, "form_token").to_owned(), hidden(&form, "way").to_owned(), hidden(&form, "version").to_owned());
        let send = |more: Vec<(&'static str, &'static str)>| {
            let (browser, token, way, version) = (browser.clone(), token.clone(), way.clone(), version.clone());
            async move {
                let mut fields = vec![("form_token", token.as_str()), ("way", way.as_str()), ("version", version.as_str()), ("role", "member"), ("groupPath", "/ops")];
                fields.extend(more);
                browser.post("/realms/default/enroll", &fields).await
            }
        };
        // What was written stands there again.
        let refused = send(vec![("comments", "I <need> it")]).await.expect(422);
        shows(&refused, &["Accept the terms to go on", "I &lt;need&gt; it"]);
        assert!(refused.events.is_empty());
        shows(&send(vec![("accepted", "yes")]).await.expect(422), &["whoever decides needs to know"]);
        let sent = send(vec![("accepted", "yes"), ("comments", "I need it")]).await.expect(303);
        assert_eq!(sent.events, ["terms.accepted", "request.submitted"]);
        let page = browser.get(sent.header("location")).await.expect(200);
        shows(&page, &["waits for a decision", "I need it", "We answer on Mondays", "Your request was sent", "Take the request back"]);
        shows(&send(vec![("accepted", "yes"), ("comments", "Again")]).await.expect(422), &["Your earlier request is not decided yet"]);

        let path = sent.header("location").trim_end_matches("&sent").to_owned();
        let id = Id::parse(path.rsplit_once('=').expect("an id").1).expect("an id");
        let operator = app.operator().await;
        app.directory().execute(&operator, AskRequester { id, if_version: None, text: "Until when?".into() }).await.expect("asked");
        shows(&browser.get("/").await.expect(200), &["Somebody asked you a question"]);
        shows(&browser.get(&path).await.expect(200), &["waits for your answer", "Until when?", "Send answer"]);
        let answered = browser.post(&path, &[("form_token", &token), ("act", "answer"), ("text", "Until May")]).await.expect(303);
        assert_eq!(answered.events, ["request.answered"]);
        shows(&browser.get(&path).await.expect(200), &["Until May"]);
        app.directory().execute(&operator, AcceptRequest { id, if_version: None, justification: Some("Fine".into()) }).await.expect("accepted");
        shows(&browser.get(&path).await.expect(200), &["accepted", "Fine", "To the group"]);
        shows(&browser.get(REQUESTS).await.expect(200), &["/ops", "accepted"]);
        shows(&browser.get(&format!("{MINE}/{ops}")).await.expect(200), &["terms of use, version 1", "Ann Archer"]);
        let late = browser.post(&path, &[("form_token", &token), ("act", "withdraw")]).await.expect(409);
        shows(&late, &["This request is decided"]);
    }

    async fn one_takes_a_request_back_and_nobody_elses(app: TestApp) {
        let provider = provider(&app).await;
        group(&app, "ops", |draft| draft.require_approval = true).await;
        let browser = ann(&app, &provider).await;
        let form = browser.get("/realms/default/enroll?groupPath=/ops").await.expect(200);
        let (token, way) = (hidden(&form, "form_token").to_owned(), hidden(&form, "way").to_owned());
        let sent = browser.post("/realms/default/enroll", &[("form_token", &token), ("way", &way), ("role", "member")]).await.expect(303);
        let path = sent.header("location").trim_end_matches("&sent").to_owned();

        app.user_with("default", json!({ "userName": "ben", "emails": [{ "value": "ben@example.org", "primary": true }] })).await;
        let ben = Browser::new(&app);
        ben.signs_in(&provider, "s2", "ben@example.org").await.expect(303);
        let bens = ben.form_token().await;
        ben.get(&path).await.expect(404);
        let refused = ben.post(&path, &[("form_token", &bens), ("act", "withdraw")]).await.expect(404);
        assert!(refused.events.is_empty());
        // What another person's form carries is good for nothing.
        ben.post(&path, &[("form_token", &token), ("act", "withdraw")]).await.expect(403);
        let withdrawn = browser.post(&path, &[("form_token", &token), ("act", "withdraw")]).await.expect(303);
        assert_eq!(withdrawn.events, ["request.withdrawn"]);
        shows(&browser.get(&path).await.expect(200), &["put aside", "You took it back"]);
    }

    async fn an_invitation_to_a_group_is_answered_by_whom_it_is_for(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, way) = group(&app, "ops", |draft| draft.terms = Some(TermsDraft::at("https://terms.example/1"))).await;
        let invite = OfferMembership {
            group: ops,
            invitee: Invitee { email: Some("ann@example.org".into()), ..Invitee::default() },
            way: OfferedWay::Named(way),
            roles: vec!["member".into()],
        };
        app.directory().execute(&app.operator().await, invite).await.expect("offered");
        let path = app.deliver_mail().await.remove(0).invitation_path();
        let stranger = Browser::new(&app);
        let page = stranger.get(&path).await.expect(200);
        shows(&page, &["You are invited to join a group", "sign in with the account of the address above", "/sign-in?to=%2Frealms%2Fdefault%2Finvitation%2F"]);

        app.user_with("default", json!({ "userName": "ben", "emails": [{ "value": "ben@example.org", "primary": true }] })).await;
        let ben = Browser::new(&app);
        ben.signs_in(&provider, "s2", "ben@example.org").await.expect(303);
        let bens = ben.form_token().await;
        let other = ben.post(&path, &[("form_token", &bens), ("answer", "accept"), ("version", "1"), ("accepted", "yes")]).await.expect(409);
        assert!(other.events.is_empty());
        shows(&other, &["This invitation is for another address"]);

        // Who is invited is let in by that, though nobody makes accounts here.
        let browser = Browser::new(&app);
        let back = browser.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        assert_eq!(back.events, ["user.created", "user.linked", "session.started"]);
        shows(&browser.get("/").await.expect(200), &["You are invited to a group", "/ops", "open the link in your mail"]);
        let offer = browser.get(&path).await.expect(200);
        shows(&offer, &["ann@example.org", "Accept invitation", "https://terms.example/1"]);
        let token = hidden(&offer, "form_token").to_owned();
        let unread = browser.post(&path, &[("form_token", &token), ("answer", "accept"), ("version", "1")]).await.expect(422);
        shows(&unread, &["Accept the terms to go on"]);
        let accepted = browser.post(&path, &[("form_token", &token), ("answer", "accept"), ("version", "1"), ("accepted", "yes")]).await.expect(303);
        assert!(accepted.events.contains(&"invitation.accepted".to_owned()) && accepted.events.contains(&"member.added".to_owned()), "{accepted}");
        shows(&browser.get(accepted.header("location")).await.expect(200), &["You are in."]);
        browser.get(&path).await.expect(410);
        assert!(!browser.get("/").await.expect(200).text.contains("You are invited to a group"));
    }

    async fn a_group_that_is_not_to_be_joined_is_not_told_of(app: TestApp) {
        let provider = provider(&app).await;
        group(&app, "hidden", |draft| draft.visible = false).await;
        let browser = ann(&app, &provider).await;
        let hidden_one = browser.get("/realms/default/enroll?groupPath=/hidden").await;
        let none = browser.get("/realms/default/enroll?groupPath=/nothing").await.expect(404);
        shows(&none, &["There is no group /nothing that you can ask to join"]);
        assert_eq!(hidden_one.text.replace("/hidden", "/nothing"), none.text);
        shows(&browser.get("/realms/default/enroll").await.expect(200), &["Path of the group"]);
        browser.get("/realms/default/enroll?id=nonsense").await.expect(404);
    }

    async fn one_sees_who_one_is_says_how_one_is_told_and_takes_everything_along(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, _) = group(&app, "ops", |draft| draft.terms = Some(TermsDraft::at("https://terms.example/1"))).await;
        let browser = ann(&app, &provider).await;
        let form = browser.get("/realms/default/enroll?groupPath=/ops").await.expect(200);
        let (token, way) = (hidden(&form, "form_token").to_owned(), hidden(&form, "way").to_owned());
        let joins = [("form_token", token.as_str()), ("way", &way), ("role", "member"), ("version", "1"), ("accepted", "yes"), ("comments", "Mine")];
        browser.post("/realms/default/enroll", &joins).await.expect(303);
        let page = browser.get("/realms/default/profile").await.expect(200);
        shows(&page, &["Ann Archer", "@ann", "ann@example.org", provider.issuer(), "My membership will end"]);
        // An administrator's mails are for whoever administers something.
        assert!(!page.text.contains("A review of members has begun") && !page.text.contains("one mail a day"));
        let profile = "/realms/default/profile";
        let saved = browser.post(profile, &[("form_token", &token), ("act", "notices"), ("told", "suspend_member")]).await.expect(303);
        assert_eq!(saved.events, ["notice_choices.changed"]);
        let page = browser.get(saved.header("location")).await.expect(200);
        shows(&page, &["Your choice was saved", "value=\"suspend_member\" checked"]);
        assert!(page.text.contains("value=\"roles_changes_user\"><label"), "{}", page.text);
        let refused = browser.post(profile, &[("form_token", &token), ("told", "suspend_member")]).await.expect(400);
        assert!(refused.events.is_empty());

        let file = browser.get("/realms/default/profile/data.json").await.expect(200);
        assert!(file.header("content-disposition").contains("my-data.json"));
        assert_eq!(file.header("cache-control"), "no-store");
        let data = file.json();
        assert_eq!(data["is_whole"], true);
        assert_eq!(data["profile"]["userName"], "ann");
        assert_eq!(data["memberships"][0]["group"], "/ops");
        assert_eq!(data["requests"][0]["status"], "SELF_APPROVED");
        assert_eq!(data["terms_accepted"][0]["terms"], "https://terms.example/1");
        assert_eq!(data["notices"]["roles_changes_user"], "off");
        assert_eq!(data["sign_ins"][0]["subject"], "s1");
        assert_eq!(data["sessions"].as_array().map(Vec::len), Some(1));
        assert!(!ops.to_string().is_empty());
        Browser::new(&app).get("/realms/default/profile/data.json").await.expect(303);
    }
}
