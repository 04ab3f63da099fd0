//! Mails about what time does to memberships of managed groups.

use directory::delegation::{GrantDelegation, Whom};
use directory::group::{GroupSettings, SetGroupSettings};
use directory::realm::SetAgmSettings;
use directory::user::User;
use directory::view::IfMatch;
use directory::{Id, Timestamp};
use serde_json::json;
use testkit::{TestApp, both};

use super::{add, hr, set, sql};
use crate::support::groups::{below, own, top};
use crate::support::{create_group, patch_group, text};

const DAY: i64 = 86_400;

/// Lets days go by one by one, and answers with the mails that were queued: template and to whom.
async fn days(app: &TestApp, number: usize) -> Vec<(String, String)> {
    let before = app.events().await.len();
    for _ in 0..number {
        app.pass(DAY).await;
        app.deliver_mail().await;
    }
    let events = app.events().await.split_off(before).into_iter();
    let queued = events.filter(|event| event.kind == "mail.queued");
    queued
        .map(|event| (text(&event.body["template"]), text(&event.body["user"])))
        .collect()
}

fn mail(template: &str, to: Id<User>) -> (String, String) {
    (template.to_owned(), to.to_string())
}

/// From now on what is due for a person is done.
pub(super) async fn begin(app: &TestApp, user: Id<User>) {
    let insert = "INSERT INTO jobs (realm, id, kind, subject, payload, due_at, attempts, parked)
                  SELECT realm, id, 'person_duties', id, '{}', ?2, 0, FALSE FROM users WHERE id = ?1";
    sql(app, insert, vec![user.into(), app.now().millis().into()]).await;
    app.run_jobs().await;
}

pub(super) async fn terms(app: &TestApp, user: Id<User>, until: Timestamp, on_lapse: &str) {
    let details =
        json!({ "terms": { "version": user.uuid(), "accepted_at": 0, "until": until.millis(), "on_lapse": on_lapse } });
    let text = "UPDATE memberships SET details = ?2 WHERE user_id = ?1";
    sql(app, text, vec![user.into(), details.to_string().into()]).await;
}

both! {
    async fn people_are_reminded_and_told_of_the_end_each_once(app: TestApp) {
        let hr = hr(&app).await;
        let (ann, boss) = (app.user("ann").await, app.user("boss").await);
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        own(&app, acme, boss).await;
        let alone = create_group(&app, &hr, json!({ "displayName": "alone", "members": [{ "value": ann.to_string() }] })).await.expect("made").group.id;
        app.run_jobs().await;
        for group in [acme, ops] {
            patch_group(&app, &hr, group, add(&[ann])).await.expect("added");
        }
        let end = app.now().plus_seconds(30 * DAY);
        for group in [acme, alone] {
            set(&app, group, ann, "enabled", Some(end)).await;
        }
        begin(&app, ann).await;
        app.deliver_mail().await;
        let before = app.mails().len();
        let told = days(&app, 29).await;
        // Of both groups at 21, 7 and 1 days before; of the group that nobody manages never.
        assert_eq!(told, vec![mail("group_membership_expiration_notification", ann); 6]);
        let texts: Vec<_> = app.mails().split_off(before).iter().map(|mail| mail.text.clone()).filter(|text| text.contains("/acme/ops")).collect();
        assert!(texts.iter().all(|text| text.contains("because your membership in /acme ends then")), "{texts:?}");
        let told = days(&app, 5).await;
        assert_eq!(told.iter().filter(|line| **line == mail("expired_group_membership_user", ann)).count(), 1, "{told:?}");
        assert!(told.len() <= 2, "{told:?}");
        assert_eq!(days(&app, 40).await, []);
        let ended = app.mails().into_iter().find(|mail| mail.to == "ann@example.org" && mail.subject.contains("has ended")).expect("sent");
        assert!(ended.text.contains("/acme/ops"), "{}", ended.text);
    }

    async fn who_waited_is_told_when_it_begins(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await;
        let acme = top(&app, "acme").await;
        app.run_jobs().await;
        patch_group(&app, &hr, acme, add(&[ann])).await.expect("added");
        set(&app, acme, ann, "pending", None).await;
        let from = app.now().plus_seconds(3 * DAY);
        sql(&app, "UPDATE memberships SET valid_from = ?1", vec![from.millis().into()]).await;
        begin(&app, ann).await;
        assert_eq!(days(&app, 2).await, []);
        assert_eq!(days(&app, 30).await, [mail("membership_activated", ann)]);
    }

    async fn terms_are_asked_for_again_and_their_lapse_is_told(app: TestApp) {
        let hr = hr(&app).await;
        let acme = top(&app, "acme").await;
        app.run_jobs().await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        for (person, on_lapse) in [(ann, "withhold"), (bob, "end")] {
            patch_group(&app, &hr, acme, add(&[person])).await.expect("added");
            terms(&app, person, app.now().plus_seconds(30 * DAY), on_lapse).await;
            begin(&app, person).await;
        }
        let owner = app.user("owner").await;
        own(&app, acme, owner).await;
        let mut told = days(&app, 40).await;
        told.sort();
        let wanted = |who| [vec![mail("terms_reminder", who); 3], vec![mail("terms_lapsed", who)]].concat();
        // Who administers the group hears of an end, and of no more.
        let mut all = [wanted(ann), wanted(bob), vec![mail("expired_group_membership_admin", owner)]].concat();
        all.sort();
        assert_eq!(told, all);
    }

    async fn whose_membership_ends_with_the_terms_hears_what_went_along_and_until_when_it_is_kept(app: TestApp) {
        let hr = hr(&app).await;
        let acme = top(&app, "acme").await;
        let (ops, other) = (below(&app, acme, "ops").await, below(&app, acme, "other").await);
        let owner = app.user("owner").await;
        own(&app, acme, owner).await;
        app.run_jobs().await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        for group in [acme, ops] {
            patch_group(&app, &hr, group, add(&[ann])).await.expect("added");
        }
        patch_group(&app, &hr, other, add(&[bob])).await.expect("added");
        terms(&app, ann, app.now().plus_seconds(3 * DAY), "end").await;
        let only_above = "UPDATE memberships SET details = '{}' WHERE user_id = ?1 AND group_id = ?2";
        sql(&app, only_above, vec![ann.into(), ops.into()]).await;
        begin(&app, ann).await;
        app.deliver_mail().await;
        let before = app.mails().len();
        let told = days(&app, 5).await;
        let ends = |(template, _): &&(String, String)| template != "terms_reminder";
        let mut ends: Vec<_> = told.iter().filter(ends).cloned().collect();
        ends.sort();
        // Each once, and of what went along by the same mail.
        assert_eq!(ends, [mail("expired_group_membership_admin", owner), mail("terms_lapsed", ann)]);
        for to in ["ann", "owner"] {
            let mut mails = app.mails().split_off(before).into_iter();
            let mail = mails.rfind(|mail| mail.to == format!("{to}@example.org")).expect("sent");
            for part in ["/acme/ops", "Roles kept until: 3 February 2030"] {
                assert!(mail.text.contains(part), "{to} {part}: {}", mail.text);
            }
            assert!(!mail.text.contains("/acme/other"), "{}", mail.text);
        }
    }

    async fn whom_the_same_instant_makes_an_administrator_or_none_is_not_told_of_it_whatever_is_done_first(app: TestApp) {
        let hr = hr(&app).await;
        let people = [app.user("ann").await, app.user("bob").await, app.user("cas").await, app.user("dan").await, app.user("eve").await];
        let [early, new, gone, late, stays] = people;
        let lapses = app.user("fay").await;
        let (lab, staff) = (top(&app, "lab").await, top(&app, "staff").await);
        let command = GrantDelegation::owner(lab, Whom::Group(staff));
        app.directory().execute(&app.operator().await, command).await.expect("granted");
        app.run_jobs().await;
        patch_group(&app, &hr, lab, add(&[gone])).await.expect("added");
        patch_group(&app, &hr, staff, add(&[early, new, late, stays, lapses])).await.expect("added");
        let at = app.now().plus_seconds(DAY);
        set(&app, lab, gone, "enabled", Some(at)).await;
        for person in [early, late] {
            set(&app, staff, person, "enabled", Some(at)).await;
        }
        set(&app, staff, new, "pending", None).await;
        let text = "UPDATE memberships SET valid_from = ?2 WHERE user_id = ?1";
        sql(&app, text, vec![new.into(), at.millis().into()]).await;
        // What is due is done in this order.
        terms(&app, lapses, at, "end").await;
        for person in people.into_iter().chain([lapses]) {
            begin(&app, person).await;
        }
        let told = days(&app, 1).await;
        let of_the_end: Vec<_> = told.into_iter().filter(|(template, _)| template == "expired_group_membership_admin").collect();
        assert_eq!(of_the_end, [mail("expired_group_membership_admin", stays)]);
    }

    async fn days_that_change_later_count_for_whoever_is_there_already(app: TestApp) {
        let (hr, operator) = (hr(&app).await, app.operator().await);
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        let (acme, lab) = (top(&app, "acme").await, top(&app, "lab").await);
        app.run_jobs().await;
        let end = app.now().plus_seconds(60 * DAY);
        for (group, person) in [(acme, ann), (lab, bob)] {
            patch_group(&app, &hr, group, add(&[person])).await.expect("added");
            set(&app, group, person, "enabled", Some(end)).await;
            begin(&app, person).await;
        }
        let settings = GroupSettings { reminder_days: vec![50, 30], ..GroupSettings::default() };
        let command = SetGroupSettings { group: acme, settings, if_match: IfMatch::Any };
        app.directory().execute(&operator, command).await.expect("set");
        let command = SetAgmSettings { notice_days: Some(40), ..SetAgmSettings::default() };
        app.directory().execute(&operator, command).await.expect("set");
        app.run_jobs().await;
        let reminded = |who| vec![mail("group_membership_expiration_notification", who)];
        assert_eq!(days(&app, 11).await, reminded(ann));
        assert_eq!(days(&app, 10).await, reminded(bob));
        assert_eq!(days(&app, 10).await, reminded(ann));
        // What should have been said already is said at once, and no more than that.
        let settings = GroupSettings { reminder_days: vec![50, 29, 28], ..GroupSettings::default() };
        let command = SetGroupSettings { group: lab, settings, if_match: IfMatch::Any };
        app.directory().execute(&operator, command).await.expect("set");
        assert_eq!(days(&app, 1).await, reminded(bob));
    }
}
