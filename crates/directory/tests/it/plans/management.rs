//! What another system knew of groups: settings and open invitations, which are taken over once.

use directory::delegation::{RevokeDelegation, Whom};
use directory::group::Group;
use directory::invitation::{AcceptOffer, Invitation, InvitationQuery, RejectOffer, ResendInvitation};
use directory::plan::{
    Action, BeginPlan, Carried, CarriedInvitation, CarriedWay, Foreign, Plan, PlanKind, PlanOptions,
};
use directory::token::TokenHash;
use directory::user::User;
use directory::view::IfMatch;
use directory::{Denial, Error, Id, Principal, Scope};
use serde_json::{Value, json};
use testkit::{TestApp, both};

use super::{apply, items, source, told};
use crate::support::groups::{denial, person};
use crate::support::refusal;

/// A link that was mailed before: its id there.
const LINK: &str = "4cf3b2ad-6c1b-4a8a-9d6e-0c3c1f6f2a11";

fn foreign(original: &str, name: &str, carried: Carried) -> Foreign {
    Foreign {
        original: original.to_owned(),
        place: "a table".into(),
        name: name.to_owned(),
        carried: Ok(carried),
    }
}

fn setting(key: &str, value: &str) -> Foreign {
    let carried = Carried::Setting {
        setting: key.to_owned(),
        value: value.to_owned(),
    };
    foreign(key, key, carried)
}

/// Ann owns the group, Bob does not.
fn world() -> Vec<Foreign> {
    let user = |id: &str, name: &str| {
        let document =
            json!({ "userName": name, "emails": [{ "value": format!("{name}@example.org") }], "active": true });
        let document = document.as_object().cloned().unwrap_or_default();
        foreign(id, name, Carried::Person { document, make: true })
    };
    let group = Carried::Group {
        parent: None,
        group: "ops".into(),
        attributes: [].into(),
    };
    let role = Carried::Role {
        group: "g1".into(),
        role: "member".into(),
    };
    let way = CarriedWay {
        group: "g1".into(),
        way: "Join".into(),
        first: true,
        active: true,
        require_approval: true,
        roles: vec!["member".into()],
        ..CarriedWay::default()
    };
    let admin = Carried::Admin {
        group: "g1".into(),
        user: "u1".into(),
    };
    vec![
        user("u1", "ann"),
        user("u2", "bob"),
        user("u3", "eve"),
        foreign("g1", "/ops", group),
        foreign("o1", "member", role),
        foreign("c1", "Join", Carried::Way(Box::new(way))),
        foreign("d1", "ann of ops", admin),
    ]
}

fn membership(inviter: &str) -> CarriedInvitation {
    CarriedInvitation {
        group: "g1".into(),
        way: Some("c1".into()),
        roles: vec!["o1".into()],
        inviter: Some(inviter.into()),
        address: None,
        created_at: "2029-12-31T08:00:00Z".into(),
        expires_at: "2030-01-03T08:00:00Z".into(),
    }
}

fn administration(inviter: &str) -> CarriedInvitation {
    CarriedInvitation {
        way: None,
        roles: Vec::new(),
        ..membership(inviter)
    }
}

fn invitation(link: &str, of: CarriedInvitation) -> Foreign {
    let hash = TokenHash::of(link).to_hex();
    foreign(&hash, "member of ops", Carried::Invitation(Box::new(of)))
}

async fn plan(app: &TestApp, rows: Vec<Foreign>) -> Plan {
    let operator = app.operator().await;
    let begin = BeginPlan {
        kind: PlanKind::Management,
        source: source("agm"),
        title: "the realm there".into(),
        options: PlanOptions::default(),
    };
    let plan = app.directory().execute(&operator, begin).await.expect("begun");
    let has = app.directory().plan_management(&operator, &plan, 0, rows).await;
    let has = has.expect("planned");
    app.directory().finish_plan(&operator, &plan, has).await.expect("made")
}

/// Plans and applies the world with these.
async fn taken_over(app: &TestApp, more: Vec<Foreign>) {
    let plan = plan(app, world().into_iter().chain(more).collect()).await;
    let (_, applied) = apply(app, plan.id).await;
    assert_eq!(applied.refused, 0, "{:?}", told(app, plan.id).await);
    assert!(app.deliver_mail().await.is_empty(), "nobody is sent a mail");
}

async fn the_person(app: &TestApp, name: &str) -> (Id<User>, Principal) {
    let operator = app.operator().await;
    let found = app.directory().user_named(&operator, name).await.expect("there").id;
    (
        found,
        person(app, found, &[Scope::AgmSelf, Scope::AgmManage], &[]).await,
    )
}

async fn offers(app: &TestApp) -> Vec<Invitation> {
    let query = InvitationQuery::default();
    app.directory()
        .invitations(&app.operator().await, &query)
        .await
        .expect("read")
}

async fn the_group(app: &TestApp) -> Id<Group> {
    offers(app).await[0].offer().expect("an offer").group
}

async fn accept(app: &TestApp, who: &Principal, link: &str) -> Result<Invitation, Error> {
    let secret = link.to_owned();
    app.directory().execute(who, AcceptOffer { secret, terms: None }).await
}

async fn reject(app: &TestApp, who: &Principal, link: &str) -> Result<Invitation, Error> {
    let secret = link.to_owned();
    app.directory().execute(who, RejectOffer { secret }).await
}

async fn any_account(app: &TestApp, on: bool) {
    app.set_realm("default", |settings| settings.compat.invitation.any_account = on)
        .await;
}

both! {
    async fn settings_are_shown_with_what_they_were_and_set_once(app: TestApp) {
        app.set_realm("default", |settings| {
            settings.agm.notice_days = Some(14);
            settings.agm.grace_days = Some(10);
        }).await;
        let rows = || vec![
            setting("agm.notice_days", "30"),
            setting("agm.grace_days", "10"),
            setting("agm.invitation_hours", "soon"),
            setting("agm.link_url", "localhost:8080"),
            setting("entitlements.namespace", "urn%3Amace%3Aexample.org"),
        ];
        let first = plan(&app, rows()).await;
        let shown: Vec<(Action, Option<Value>, Option<Value>)> = items(&app, first.id).await.into_iter().map(|item| {
            let value = |of: Option<serde_json::Map<String, Value>>| of.and_then(|of| of.get("value").cloned());
            (item.action, value(item.before), value(item.after))
        }).collect();
        assert_eq!(shown, [
            (Action::SetSetting, Some(json!("14")), Some(json!("30"))),
            (Action::Nothing, None, None),
            (Action::Refused, None, None),
            (Action::Refused, None, None),
            (Action::SetSetting, None, Some(json!("urn:mace:example.org"))),
        ]);
        apply(&app, first.id).await;
        let set = app.directory().realm("default").await.expect("there").settings.clone();
        assert_eq!((set.agm.notice_days, set.agm.grace_days), (Some(30), Some(10)));
        assert_eq!(set.entitlements.namespace.as_deref(), Some("urn:mace:example.org"));
        // What is set here since stays.
        app.set_realm("default", |settings| settings.agm.notice_days = Some(7)).await;
        let again = plan(&app, rows()).await;
        assert_eq!(told(&app, again.id).await, [
            "nothing agm.notice_days: was taken over already",
            "nothing agm.grace_days: is set so already",
            "refused agm.invitation_hours: agm.invitation_hours: a whole number",
            "refused agm.link_url: agm.link_url: a URL that begins with https://",
            "nothing entitlements.namespace: was taken over already",
        ]);
    }

    async fn a_setting_that_was_set_since_the_plan_is_left_alone(app: TestApp) {
        let made = plan(&app, vec![setting("agm.notice_days", "30"), setting("agm.grace_days", "5")]).await;
        app.set_realm("default", |settings| settings.agm.notice_days = Some(7)).await;
        apply(&app, made.id).await;
        assert_eq!(told(&app, made.id).await, ["set_setting agm.notice_days: it was set since this was planned", "set_setting agm.grace_days"]);
        let set = app.directory().realm("default").await.expect("there").settings.clone();
        assert_eq!((set.agm.notice_days, set.agm.grace_days), (Some(7), Some(5)));
    }

    async fn a_link_mailed_before_goes_on_while_any_account_may_answer(app: TestApp) {
        let made = plan(&app, world().into_iter().chain([invitation(LINK, membership("u1"))]).collect()).await;
        let told_of = format!("{:?}", items(&app, made.id).await);
        assert!(!told_of.contains(LINK), "whoever reads the plan could answer: {told_of}");
        apply(&app, made.id).await;
        assert!(app.deliver_mail().await.is_empty(), "nobody is sent a mail");
        let all = offers(&app).await;
        assert_eq!((all.len(), &all[0].address, all[0].expires_at.to_string().as_str()), (1, &None, "2030-01-03T08:00:00.000Z"));
        assert_eq!(all[0].id.made_at().to_string(), "2029-12-31T08:00:00.000Z");

        let (_, eve) = the_person(&app, "eve").await;
        let seen = app.directory().offer_behind(&eve, LINK).await.expect("it is shown");
        assert_eq!((seen.path.to_string().as_str(), seen.offer.role_names()), ("/ops", vec!["member".to_owned()]));
        assert_eq!(denial(accept(&app, &eve, LINK).await), Denial::InvitationOtherAddress);
        assert_eq!(denial(reject(&app, &eve, LINK).await), Denial::InvitationOtherAddress);
        let resend = ResendInvitation { id: all[0].id };
        assert!(refusal(app.directory().execute(&app.operator().await, resend).await).to_string().contains("names no address"));
        any_account(&app, true).await;
        accept(&app, &eve, LINK).await.expect("accepted");
        assert_eq!(denial(accept(&app, &eve, LINK).await), Denial::InvitationUnknown);
        // Ann, who owns the group, is told, and of no address.
        let mails = app.deliver_mail().await;
        let mail = mails.iter().find(|mail| mail.to == "ann@example.org").expect("she is told");
        assert!(!mail.text.contains("Address"), "{}", mail.text);

        let again = plan(&app, world().into_iter().chain([invitation(LINK, membership("u1"))]).collect()).await;
        assert_eq!(again.counts, [(Action::Nothing, 8)]);
    }

    async fn an_invitation_holds_while_who_made_it_administers_the_group(app: TestApp) {
        taken_over(&app, vec![invitation("a", membership("u1")), invitation("b", membership("u2")), invitation("c", administration("u9"))]).await;
        any_account(&app, true).await;
        let labels: Vec<(bool, bool)> = offers(&app).await.iter().map(|one| {
            let inviter = &one.offer().expect("an offer").terms.inviter;
            (inviter.by_delegation, inviter.label.starts_with("legacy:u9"))
        }).collect();
        assert_eq!(labels.iter().filter(|one| **one == (true, false)).count(), 1);
        assert_eq!(labels.iter().filter(|one| **one == (false, true)).count(), 1);
        let (ann, _) = the_person(&app, "ann").await;
        let revoke = RevokeDelegation { group: the_group(&app).await, whom: Whom::User(ann), force: true, if_match: IfMatch::Any };
        app.directory().execute(&app.operator().await, revoke).await.expect("revoked");
        let (_, eve) = the_person(&app, "eve").await;
        assert_eq!(denial(accept(&app, &eve, "a").await), Denial::InvitationUnknown);
        // Of somebody who managed all groups there, or has left.
        accept(&app, &eve, "c").await.expect("accepted");
        accept(&app, &eve, "b").await.expect("accepted");
        let (_, reach) = app.directory().administered(&eve, the_group(&app).await).await.expect("she administers it");
        assert!(reach.has(directory::delegation::Capability::GroupDelete));
    }

    async fn one_that_names_an_address_is_for_whoever_has_it(app: TestApp) {
        let to = |address: &str| CarriedInvitation { address: Some(address.into()), ..membership("u1") };
        taken_over(&app, vec![invitation("a", to("eve@example.org"))]).await;
        let second = plan(&app, vec![invitation("b", to("Eve@example.org")), invitation("c", to("nobody"))]).await;
        apply(&app, second.id).await;
        let told = told(&app, second.id).await;
        assert!(told[0].contains("open") && told[1].contains("not a mail address"), "{told:?}");
        let ((_, bob), (_, eve)) = (the_person(&app, "bob").await, the_person(&app, "eve").await);
        assert_eq!(denial(accept(&app, &bob, "a").await), Denial::InvitationOtherAddress);
        accept(&app, &eve, "a").await.expect("accepted");
    }

    async fn after_its_time_a_link_is_dead_and_is_not_taken_over(app: TestApp) {
        taken_over(&app, vec![invitation("a", membership("u1"))]).await;
        any_account(&app, true).await;
        let late = plan(&app, vec![invitation("b", membership("u1"))]).await;
        app.clock().advance(2 * 86_400);
        apply(&app, late.id).await;
        assert_eq!(told(&app, late.id).await, ["add_invitation member of ops: its time is over"]);
        let (_, eve) = the_person(&app, "eve").await;
        assert_eq!(denial(accept(&app, &eve, "a").await), Denial::InvitationExpired);
        app.run_jobs().await;
        assert!(!offers(&app).await[0].is_open());
        assert!(app.deliver_mail().await.is_empty());
    }

    async fn what_cannot_be_read_is_an_item_with_the_reason(app: TestApp) {
        let unread = Foreign { carried: Err("the group g0 above it is not there".into()), ..foreign("g2", "lost", Carried::Invitation(Box::default())) };
        let unhashed = foreign(LINK, "member of ops", Carried::Invitation(Box::new(membership("u1"))));
        let made = plan(&app, vec![unread, unhashed]).await;
        assert_eq!(told(&app, made.id).await, ["refused lost: the group g0 above it is not there", "refused member of ops: its link is not told by a hash"]);
        assert!(!format!("{:?}", items(&app, made.id).await).contains(LINK));
    }
}
