//! Mails and what is kept: D-22, D-24, D-26, D-36, D-37.

use directory::Id;
use directory::delivery::Outcome;
use directory::user::User;
use http::Method;
use serde_json::{Value, json};
use testkit::both;

use super::place::{ASK, GROUP, Place, REVIEW, each, merged, text};

both! {
    /// Mails said `null`, took one text for another, and led to addresses that were none.
    async fn d_22_mails_say_what_has_happened(app: TestApp) {
        let place = Place::new(app).await;
        place.app.deliver_mail().await;
        let way = place.first_way("/a/b").await;
        let id = place.asked("u1", &way).await;
        let mail = place.mails("gb").await.pop().expect("a mail about the request");
        for part in [&mail.text, &mail.html] {
            assert!(part.contains("member") && part.contains("/a/b") && !part.contains("null"), "{part}");
        }
        place.post("gb", &format!("{REVIEW}/{id}/accept?adminJustification=fine"), Value::Null).await.expect(204);
        let mail = place.mails("u1").await.pop().expect("a mail about the decision");
        assert!(mail.text.contains("fine") && !mail.text.contains('<'), "{}", mail.text);
        place.delete("u1", &format!("/account/user/group/{}/member", place.group("/a/b"))).await.expect(204);
        let mail = place.mails("gb").await.pop().expect("a mail about who left");
        assert!(mail.text.contains("Given u1") && !mail.text.contains("removed by"), "{}", mail.text);
        // A group that is gone still has its name.
        place.delete("ga", &format!("{GROUP}/{}", place.group("/a/b/c"))).await.expect(204);
        let mail = place.mails("gb").await.pop().expect("a mail about the group");
        assert!(mail.text.contains("/a/b/c"), "{}", mail.text);
        let odd = place.made("root", "/admin/group", json!({ "name": "p q&r" })).await;
        let body = json!({ "user": { "username": "u1" }, "groupRoles": ["member"], "membershipExpiresAt": place.day(1) });
        place.post("mg", &format!("{GROUP}/{odd}/members"), body).await.expect(204);
        place.app.deliver_mail().await;
        place.pass(3).await;
        let mail = place.mails("u1").await.pop().expect("a mail about the end");
        assert!(mail.links().iter().any(|link| link.contains("groupPath=") && link.contains("p%20q%26r")), "{:?}", mail.links());
        // Who invites and who is invited are not taken for each other, in either part.
        place.invite("u2").await.expect(204);
        let notice = place.mails("ga").await.pop().expect("a notice about the invitation");
        for part in [&notice.text, &notice.html] {
            assert!(part.contains("Given gb Family gb (@gb) has invited u2@example.org"), "{part}");
        }
        // What whoever is suspended reads is whole sentences, without a justification and with one.
        place.add("/a/b", "u2", json!({})).await;
        for why in ["", "?justification=misuse"] {
            place.app.deliver_mail().await;
            place.post("gb", &format!("{}/suspend{why}", place.member("/a/b", "u2")), Value::Null).await.expect(204);
            let mail = place.mails("u2").await.pop().expect("a mail about the suspension");
            for odd in [" .", " ,", "..", ",,", ".,", "()", "“”", ": \n\n\n", "null"] {
                assert!(!mail.text.contains(odd), "{odd:?} in {}", mail.text);
            }
            assert_eq!(mail.text.contains("misuse"), !why.is_empty(), "{}", mail.text);
            place.post("gb", &format!("{}/activate", place.member("/a/b", "u2")), Value::Null).await.expect(204);
        }
        // That the member's address takes nothing keeps no administrator from being told.
        place.app.deliver_mail().await;
        place.app.mail_server_refuses("u2@example.org");
        place.post("gb", &format!("{}/suspend", place.member("/a/b", "u2")), Value::Null).await.expect(204);
        let mails = place.app.deliver_mail().await;
        let to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
        assert!(to.iter().any(|to| to.contains("ga@")) && !to.iter().any(|to| to.contains("u2@")), "{to:?}");
        let changed = place.facts("mail.changed").await;
        assert_eq!(changed.iter().filter(|fact| fact["state"] == "bounced").count(), 1, "{changed:?}");
    }

    /// What ended with a group above was told with the roles of that, and one end twice.
    async fn d_24_each_end_is_told_once_with_its_own_roles(app: TestApp) {
        let place = Place::new(app).await;
        place.post("gb", &format!("{GROUP}/{}/roles?name=lead", place.group("/a/b")), Value::Null).await.expect(204);
        let root = place.add("/a", "u1", json!({})).await;
        place.add("/a/b", "u1", json!({ "groupRoles": ["lead"] })).await;
        place.app.deliver_mail().await;
        place.delete("ga", &place.member("/a", "u1")).await.expect(204);
        let ended = place.facts("GROUP_MEMBERSHIP_DELETE").await;
        let mut roles: Vec<String> = ended.iter().map(|fact| text(&fact["roles"])).collect();
        roles.sort();
        assert_eq!(roles, ["lead", "member"], "{ended:?}");
        let cascaded = ended.iter().find(|fact| fact["roles"] == "lead").expect("the one below");
        assert_eq!((&cascaded["cause"], &cascaded["rootMembershipId"]), (&json!("cascade"), &json!(root)));
        let mail = place.mails("u1").await.pop().expect("a mail");
        assert!(mail.text.contains("/a/b") && !mail.text.contains("/a/b/c"), "{}", mail.text);
    }

    /// Who had decided over others could not be deleted.
    async fn d_26_who_has_decided_over_others_can_go(app: TestApp) {
        let place = Place::new(app).await;
        let id = place.asked("u1", &place.first_way("/a/b").await).await;
        place.post("gb", &format!("{REVIEW}/{id}/accept"), Value::Null).await.expect(204);
        place.post("gb", &format!("{}/suspend", place.member("/a/b", "u1")), Value::Null).await.expect(204);
        place.delete("root", &format!("/admin/user/{}", place.id("gb"))).await.expect(204);
        assert_eq!(place.status("/a/b", "u1").await, "SUSPENDED");
        let whole = place.get("ga", &format!("{GROUP}/{}/all", place.group("/a/b"))).await.expect(200).json();
        assert_eq!(each(&whole["admins"], "/user/username").iter().filter(|name| *name == "gb").count(), 0);
    }

    /// Mails went out within the request, one by one, also where it then failed.
    async fn d_36_mails_go_when_it_is_done_and_none_is_lost(app: TestApp) {
        let place = Place::new(app).await;
        place.app.deliver_mail().await;
        let wrong = json!({ "user": { "username": "u1" }, "groupRoles": ["unknown"] });
        place.post("gb", &format!("{GROUP}/{}/members", place.group("/a/b")), wrong).await.expect(400);
        assert!(place.app.deliver_mail().await.is_empty());
        let right = json!({ "user": { "username": "u1" }, "groupRoles": ["member"] });
        place.app.mail_server_answers(vec![Outcome::Retry { why: "away".to_owned() }; 4]);
        place.post("gb", &format!("{GROUP}/{}/members", place.group("/a/b")), right).await.expect(204);
        assert!(place.mails("u1").await.is_empty(), "the mail server is away");
        let mut came = 0;
        for _ in 0..3 {
            place.pass(1).await;
            came += place.mails("u1").await.len();
        }
        assert_eq!(came, 1);
    }

    /// The most that administrators did left no trace.
    async fn d_37_every_act_leaves_a_fact_with_who_did_it(app: TestApp) {
        let place = Place::new(app).await;
        let b = place.group("/a/b");
        let at = format!("{GROUP}/{b}");
        let way = place.way("/a/b", json!({ "name": "second" })).await;
        let first = place.first_way("/a/b").await;
        let (member, end) = (place.member("/a/b", "u1"), place.day(4));
        let joins = json!({ "user": { "username": "u1" }, "groupRoles": ["member"] });
        let owns = json!({ "capabilities": "owner", "inherit": true });
        let (on, off, over) = (json!({ "status": "enabled" }), json!({ "status": "suspended" }), json!({ "status": "ended" }));
        let (one, both) = (json!(["member"]), json!(["head", "member"]));
        let role = |name: &str| json!({ "name": name });
        let none = Value::Null;
        for (method, path, body, kind, turn) in [
            ("POST", format!("{at}/members"), joins, "member.added", (json!({}), on.clone())),
            ("POST", format!("{at}/attributes"), json!({ "colour": ["red"] }), "group.attributes_replaced", (json!({}), json!({ "colour": ["red"] }))),
            ("POST", format!("{at}/roles?name=lead"), Value::Null, "group_role.created", (none.clone(), role("lead"))),
            ("PUT", format!("{at}/role/lead?name=head"), Value::Null, "group_role.renamed", (json!("lead"), json!("head"))),
            ("POST", format!("{member}/role?name=head"), Value::Null, "member.roles_changed", (one.clone(), both.clone())),
            ("DELETE", format!("{member}/role/head"), Value::Null, "member.roles_changed", (both.clone(), one.clone())),
            ("DELETE", format!("{at}/role/head"), Value::Null, "group_role.deleted", (json!({ "name": "head", "members": 0, "configurations": [] }), none.clone())),
            ("POST", format!("{at}/default-configuration?configurationId={way}"), Value::Null, "group.default_configuration_changed", (json!(first), json!(way))),
            ("POST", format!("{at}/admin?username=u2"), Value::Null, "delegation.granted", (none.clone(), owns.clone())),
            ("DELETE", format!("{at}/admin?username=u2"), Value::Null, "delegation.revoked", (owns, none)),
            ("PUT", member.clone(), json!({ "groupRoles": ["member"], "membershipExpiresAt": end }), "member.changed", (json!({}), json!({}))),
            ("POST", format!("{member}/suspend?justification=why"), Value::Null, "member.suspended", (on.clone(), off.clone())),
            ("POST", format!("{member}/activate"), Value::Null, "member.resumed", (off.clone(), on.clone())),
            ("DELETE", member.clone(), Value::Null, "member.removed", (on.clone(), over.clone())),
        ] {
            let before = place.app.events().await.len();
            let answer = place.send(&place.token("gb"), method, &path, body).await.expect(204);
            let events = place.app.events().await;
            let fact = events[before..].iter().find(|event| event.kind == kind);
            let fact = fact.unwrap_or_else(|| panic!("{method} {path} left no {kind}"));
            assert_eq!(fact.actor, format!("user:{}", place.id("gb")), "{kind}");
            assert_eq!(fact.body["request_id"], answer.header("x-request-id"), "{kind}");
            turned(&fact.body, &turn.0, &turn.1);
        }
        // So says the history of the person.
        let with = |status: &str, roles: &Value| json!({ "status": status, "roles": roles });
        let told = place.app.events().await.into_iter().filter(|event| event.kind.starts_with("GROUP_MEMBERSHIP_"));
        let told: Vec<_> = told.map(|event| (event.kind.replace("GROUP_MEMBERSHIP_", ""), event.body)).collect();
        let wanted = [
            ("CREATE", json!({}), with("enabled", &one)),
            ("UPDATE", json!({ "roles": one }), json!({ "roles": both })),
            ("UPDATE", json!({ "roles": both }), json!({ "roles": one })),
            ("UPDATE", json!({}), json!({})),
            ("SUSPEND", on.clone(), off.clone()),
            ("CREATE", off, on),
            ("DELETE", with("enabled", &one), over),
        ];
        let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, wanted.each_ref().map(|(kind, ..)| *kind));
        for ((_, body), (_, before, after)) in told.iter().zip(&wanted) {
            turned(body, before, after);
        }
        // The day as people know it is beside the instant.
        let dated = &told[3].1;
        assert_eq!(dated["membership expiration"], json!(end));
        assert!(dated["before"]["expires_at"].is_null() && dated["after"]["expires_at"].is_string(), "{dated}");
        // Days and roles at once are one change.
        place.post("gb", &format!("{at}/roles?name=lead"), Value::Null).await.expect(204);
        place.add("/a/b", "u2", json!({})).await;
        let all = json!({ "groupRoles": ["lead"], "membershipExpiresAt": end });
        place.send(&place.token("gb"), "PUT", &place.member("/a/b", "u2"), all).await.expect(204);
        let told = place.facts("GROUP_MEMBERSHIP_UPDATE").await.pop().expect("a fact");
        turned(&told, &json!({ "roles": ["member"] }), &json!({ "roles": ["lead"] }));
        assert!(told["after"]["expires_at"].is_string(), "{told}");
        // A program that acts as a person is named beside them; what comes of time alone has nobody's request.
        let gb: Id<User> = Id::parse(&place.id("gb")).expect("an id");
        let program = place.app.client_with("desk", &["agm:manage"], |program| program.acts_as(gb)).await;
        let path = format!("/realms/{}/agm{at}/roles?name=aide", place.realm);
        program.request(Method::POST, &path).header("x-request-id", "ticket-7").await.expect(204);
        place.pass(6).await;
        place.app.place_events().await;
        let auditor = place.app.client("auditor", &["events:read"]).await;
        let made = auditor.get("/api/v1/events?kind=group_role.created&filter=request_id%20eq%20%22ticket-7%22").await.expect(200);
        let fact = made.at("/items/0");
        assert_eq!((&fact["actor"], &fact["request_id"]), (&json!(format!("user:{gb}")), &json!("ticket-7")));
        assert!(fact["via"].as_str().is_some_and(|via| via.starts_with("client:")), "{fact}");
        let exported = auditor.get("/api/v1/events/export?kind=group_role.created").await.expect(200);
        assert_eq!(serde_json::from_str::<Value>(exported.text.lines().last().expect("a line")).expect("JSON"), fact);
        let ended = auditor.get("/api/v1/events?kind=member.expired").await.expect(200).at("/items/0");
        assert_eq!((&ended["actor"], &ended["via"], &ended["request_id"]), (&json!("system"), &Value::Null, &Value::Null));
        more_than_members(&place).await;
    }
}

/// What is done about settings, requests, terms and offers leaves as much. Nothing that people typed is in it, as the reason of a
/// decision: that stands with the request, and in its mails.
async fn more_than_members(place: &Place) {
    let b = place.group("/a/b");
    let way = place.first_way("/a/b").await;
    let none = json!({});
    let state = |state: &str| json!({ "state": state });
    let status = |status: &str| json!({ "status": status });
    let asks =
        json!({ "groupEnrollmentConfiguration": { "id": way }, "groupRoles": ["member"], "comments": "typed by hand" });
    let (waits, replies) = (status("PENDING_APPROVAL"), status("WAITING_FOR_REPLY"));
    let changed = json!({ "name": "third", "active": false, "visibleToNotMembers": true, "requireApproval": true,
        "requireApprovalForExtension": true, "multiselectRole": true, "commentsNeeded": false, "groupRoles": ["member"] });
    let third = place
        .made("gb", &format!("{GROUP}/{b}/configuration"), changed.clone())
        .await;
    let opened = merged(changed, json!({ "id": third, "active": true }));
    expect(
        place,
        "gb",
        ("POST", &format!("{GROUP}/{b}/configuration"), opened),
        "configuration.changed",
        (&json!({ "active": false }), &json!({ "active": true })),
    )
    .await;
    expect(
        place,
        "gb",
        ("DELETE", &format!("{GROUP}/{b}/configuration/{third}"), Value::Null),
        "configuration.deleted",
        (&json!({ "name": "third" }), &Value::Null),
    )
    .await;
    let rule = json!({ "field": "active", "type": "TOP_LEVEL", "required": false, "defaultValue": "true" });
    let rules = "/admin/configuration-rules";
    expect(
        place,
        "root",
        ("POST", rules, rule.clone()),
        "rule.created",
        (&Value::Null, &json!({ "required": false })),
    )
    .await;
    let id = text(&place.get("root", rules).await.expect(200).at("/0/id"));
    expect(
        place,
        "root",
        (
            "PUT",
            &format!("{rules}/{id}"),
            merged(rule, json!({ "required": true })),
        ),
        "rule.changed",
        (&json!({ "required": false }), &json!({ "required": true })),
    )
    .await;
    expect(
        place,
        "root",
        ("DELETE", &format!("{rules}/{id}"), Value::Null),
        "rule.deleted",
        (&json!({ "required": true }), &Value::Null),
    )
    .await;
    let days = |days: &str| json!({ "expiration-notification-period": days });
    expect(
        place,
        "root",
        ("PUT", "/admin/configuration", days("9")),
        "realm.changed",
        (&none, &none),
    )
    .await;

    // A request is made, asked about, answered, and let in or not, or taken back.
    for (act, kind, end) in [
        ("reject", "request.rejected", "REJECTED"),
        ("", "request.withdrawn", "ARCHIVED"),
        ("accept", "request.accepted", "ACCEPTED"),
    ] {
        expect(
            place,
            "u2",
            ("POST", ASK, asks.clone()),
            "request.submitted",
            (&none, &waits),
        )
        .await;
        let id = text(&place.request("u2").await["id"]);
        let review = format!("{REVIEW}/{id}");
        expect(
            place,
            "gb",
            ("POST", &format!("{review}/extra-info?comment=typed"), Value::Null),
            "request.asked",
            (&waits, &replies),
        )
        .await;
        expect(
            place,
            "u2",
            ("POST", &format!("{ASK}/{id}/respond?comment=typed"), Value::Null),
            "request.answered",
            (&replies, &waits),
        )
        .await;
        let (who, what) = if act.is_empty() {
            ("u2", ("DELETE", format!("{ASK}/{id}")))
        } else {
            ("gb", ("POST", format!("{review}/{act}?adminJustification=typed")))
        };
        let fact = expect(place, who, (what.0, &what.1, Value::Null), kind, (&waits, &status(end))).await;
        if !act.is_empty() {
            assert_eq!(
                fact["after"]["decided_by"],
                json!(format!("user:{}", place.id("gb"))),
                "{fact}"
            );
        }
        let said = place.get("gb", &review).await.expect(200);
        assert!(
            said.text.contains("typed"),
            "the reason stands with the request: {said}"
        );
    }
    place.delete("gb", &place.member("/a/b", "u2")).await.expect(204);
    // Nobody answers.
    place.asked("u2", &way).await;
    for _ in 0..70 {
        place.app.pass(86_400).await;
    }
    let closed = place.facts("request.closed").await.pop().expect("it is closed");
    turned(&closed, &waits, &status("ARCHIVED"));
    let reminded = place
        .facts("request.reminded")
        .await
        .pop()
        .expect("somebody is reminded");
    assert!(reminded["after"]["reminded"].is_string(), "{reminded}");
    // An offer is made, and answered.
    for (act, kind, end) in [
        ("reject", "invitation.rejected", "rejected"),
        ("accept", "invitation.accepted", "accepted"),
    ] {
        place.app.deliver_mail().await;
        place.invite("u2").await.expect(204);
        let made = place.facts("invitation.created").await.pop().expect("it is made");
        turned(&made, &none, &state("pending"));
        let link = place.link("u2").await;
        let path = format!("/account/user/invitation/{link}/{act}");
        expect(
            place,
            "u2",
            ("POST", &path, none.clone()),
            kind,
            (&state("pending"), &state(end)),
        )
        .await;
    }
    place.delete("gb", &place.member("/a/b", "u2")).await.expect(204);
    // Terms are published, and accepted with a request.
    let terms = json!({ "aup": { "type": "URL", "url": "https://terms.example/1" }, "requireApproval": false });
    let bound = place.way("/a/b", terms).await;
    let published = place.facts("terms.published").await.pop().expect("they are published");
    let url = json!({ "url": "https://terms.example/1" });
    turned(&published, &Value::Null, &url);
    let agrees =
        json!({ "groupEnrollmentConfiguration": { "id": bound }, "groupRoles": ["member"], "aupAccepted": true });
    let fact = expect(
        place,
        "u2",
        ("POST", ASK, agrees),
        "terms.accepted",
        (&Value::Null, &url),
    )
    .await;
    assert!(fact["after"]["accepted_at"].is_string(), "{fact}");
    // So do settings that agm does not know.
    let gb: Id<User> = Id::parse(&place.id("gb")).expect("an id");
    let settings = format!("/api/v1/groups/{b}/settings");
    let own = place.app.acting_as(gb, &["agm:manage"]).await;
    own.put(&settings, json!({ "grace_days": 3, "reminder_days": [5] }))
        .await
        .expect(200);
    let set = place.facts("group.settings_changed").await.pop().expect("they are set");
    turned(
        &set,
        &json!({ "grace_days": null, "reminder_days": [] }),
        &json!({ "grace_days": 3, "reminder_days": [5] }),
    );
    let typed = place
        .app
        .events()
        .await
        .into_iter()
        .find(|event| event.body.to_string().contains("typed"));
    assert!(typed.is_none(), "{typed:?}");
}

/// Somebody does something, which leaves a fact that says who, and what turned into what.
async fn expect(place: &Place, who: &str, what: (&str, &str, Value), kind: &str, turn: (&Value, &Value)) -> Value {
    let before = place.app.events().await.len();
    let (method, path, body) = what;
    let answer = place.send(&place.token(who), method, path, body).await;
    assert!(matches!(answer.status, 201 | 204), "{method} {path}: {answer}");
    let events = place.app.events().await;
    let fact = events[before..].iter().find(|event| event.kind == kind);
    let fact = fact.unwrap_or_else(|| panic!("{method} {path} left no {kind}"));
    assert_eq!(fact.actor, format!("user:{}", place.id(who)), "{kind}");
    turned(&fact.body, turn.0, turn.1);
    fact.body.clone()
}

/// What a fact says of before and after has at least these members; of what is made or gone one of them may be missing.
fn turned(fact: &Value, before: &Value, after: &Value) {
    for (name, wanted) in [("before", before), ("after", after)] {
        let missing = Some(&Value::Null).filter(|_| wanted.is_null());
        let found = fact
            .get(name)
            .or(missing)
            .unwrap_or_else(|| panic!("no {name} in {fact}"));
        match wanted.as_object() {
            Some(members) => {
                assert!(found.is_object(), "{name} of {fact}");
                for (member, value) in members {
                    assert_eq!(&found[member], value, "{member} {name} in {fact}");
                }
            }
            None => assert_eq!(found, wanted, "{name} of {fact}"),
        }
    }
}
