//! Who is told of what happens in groups, and how they want to be.

use std::collections::BTreeMap;

use directory::delegation::{Capabilities, GrantDelegation, RevokeDelegation, Whom};
use directory::enrollment::SubmitRequest;
use directory::group::{Group, GroupSettings, SetGroupSettings};
use directory::mail::EmailAddress;
use directory::notice::{NoticeChoices, SetNoticeChoices};
use directory::user::{DeleteUser, Lifecycle, SetLifecycle};
use directory::view::IfMatch;
use directory::{Id, Principal, Refusal, Scope};
use testkit::{TestApp, TestMail, both};

use crate::support::groups::{below, let_do, manager, own, person, top, user_of};
use crate::support::refusal;

/// The addresses that mails have gone to, without `@example.org`, in order.
fn told(mails: &[TestMail]) -> Vec<&str> {
    let mut told: Vec<&str> = mails
        .iter()
        .map(|mail| mail.to.trim_end_matches("@example.org"))
        .collect();
    told.sort_unstable();
    told
}

/// Something that those who see members are told of, by somebody else than all of them.
async fn happens(app: &TestApp, group: Id<Group>, name: &str) -> Vec<TestMail> {
    let all_groups = manager(app, &format!("doer-of-{name}"), &[directory::Role::ManageGroups]).await;
    let new = app.user(name).await;
    let grant = GrantDelegation {
        capabilities: Capabilities::parse("audit.read").expect("one"),
        inherit: false,
        ..GrantDelegation::owner(group, Whom::User(new))
    };
    app.directory().execute(&all_groups, grant).await.expect("granted");
    let mut mails = app.deliver_mail().await;
    mails.retain(|mail| mail.to != format!("{name}@example.org"));
    mails
}

async fn choose(app: &TestApp, who: &Principal, chosen: &[(&str, &str)]) -> Result<NoticeChoices, directory::Error> {
    let chosen: BTreeMap<String, String> = chosen
        .iter()
        .map(|(name, word)| ((*name).to_owned(), (*word).to_owned()))
        .collect();
    let choices = NoticeChoices::parse(&chosen)?;
    app.directory().execute(who, SetNoticeChoices { choices }).await
}

/// Somebody asks to join, by the way that is offered first: the mails to others.
async fn asks(app: &TestApp, group: Id<Group>, name: &str) -> Vec<TestMail> {
    let asker = app.user(name).await;
    let asker = person(app, asker, &[Scope::AgmSelf], &[]).await;
    let made = app.directory().group_and_path(&app.operator().await, group).await;
    let (made, _) = made.expect("the group");
    let command = SubmitRequest {
        configuration: made.default_configuration.expect("one"),
        roles: vec!["member".into()],
        comments: Some("please".into()),
        terms: None,
    };
    app.deliver_mail().await;
    app.directory().execute(&asker, command).await.expect("submitted");
    let mut mails = app.deliver_mail().await;
    mails.retain(|mail| mail.to != format!("{name}@example.org"));
    mails
}

async fn suspend(app: &TestApp, who: &Principal) {
    let command = SetLifecycle {
        id: user_of(who),
        lifecycle: Lifecycle::Suspended,
    };
    app.directory()
        .execute(&app.operator().await, command)
        .await
        .expect("suspended");
}

async fn revoke(app: &TestApp, group: Id<Group>, from: &Principal) {
    let command = RevokeDelegation {
        group,
        whom: Whom::User(user_of(from)),
        force: true,
        if_match: IfMatch::Any,
    };
    app.directory()
        .execute(&app.operator().await, command)
        .await
        .expect("revoked");
}

/// The digests of the next morning.
async fn digests(app: &TestApp) -> Vec<TestMail> {
    app.deliver_mail().await;
    app.pass(86_400).await;
    let mut mails = app.deliver_mail().await;
    mails.retain(|mail| mail.subject.contains("Your groups at"));
    mails
}

both! {
    async fn administrators_here_and_above_are_told_once_each(app: TestApp) {
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let (above, here, both, other) = (
            manager(&app, "above", &[]).await,
            manager(&app, "here", &[]).await,
            manager(&app, "both", &[]).await,
            manager(&app, "other", &[]).await,
        );
        own(&app, acme, user_of(&above)).await;
        own(&app, ops, user_of(&here)).await;
        own(&app, acme, user_of(&both)).await;
        own(&app, ops, user_of(&both)).await;
        // Who does nothing with members is not told of them.
        let_do(&app, ops, user_of(&other), "config.write").await;
        app.deliver_mail().await;
        assert_eq!(told(&happens(&app, ops, "new").await), ["above", "both", "here"]);
    }

    async fn where_nobody_can_be_reached_others_are_told_in_their_place(app: TestApp) {
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let (above, here) = (manager(&app, "above", &[]).await, manager(&app, "here", &[]).await);
        let only_there = GrantDelegation { inherit: false, ..GrantDelegation::owner(acme, Whom::User(user_of(&above))) };
        app.directory().execute(&app.operator().await, only_there).await.expect("granted");
        own(&app, ops, user_of(&here)).await;
        app.deliver_mail().await;
        assert_eq!(told(&happens(&app, ops, "one").await), ["here"]);
        suspend(&app, &here).await;
        assert_eq!(told(&happens(&app, ops, "two").await), ["above"]);
        suspend(&app, &above).await;
        app.set_realm("default", |settings| settings.support = Some("support@example.org".into())).await;
        assert_eq!(told(&happens(&app, ops, "three").await), ["support"]);
        let contact = SetGroupSettings {
            group: acme,
            settings: GroupSettings { contact: EmailAddress::parse("contact@example.org").ok(), ..GroupSettings::default() },
            if_match: IfMatch::Any,
        };
        app.directory().execute(&app.operator().await, contact).await.expect("set");
        assert_eq!(told(&happens(&app, ops, "four").await), ["contact"]);
    }

    async fn a_group_names_addresses_that_are_told_of_requests(app: TestApp) {
        let ops = top(&app, "ops").await;
        let reviewer = manager(&app, "reviewer", &[]).await;
        let_do(&app, ops, user_of(&reviewer), "requests.review").await;
        let set = async |beside: &[&str]| {
            let each = beside.iter().map(|name| EmailAddress::parse(&format!("{name}@example.org")).expect("an address"));
            let settings = GroupSettings { request_mails_to: each.collect(), ..GroupSettings::default() };
            let command = SetGroupSettings { group: ops, settings, if_match: IfMatch::Any };
            app.directory().execute(&app.operator().await, command).await.expect("set");
            app.deliver_mail().await;
        };
        assert_eq!(told(&asks(&app, ops, "one").await), ["reviewer"]);
        // Beside them, and each address once.
        set(&["desk", "reviewer"]).await;
        let mails = asks(&app, ops, "two").await;
        assert_eq!(told(&mails), ["desk", "reviewer"]);
        assert!(mails.iter().all(|mail| mail.text.contains("/ops")), "{mails:?}");
        // What is not about requests is not theirs.
        assert_eq!(told(&happens(&app, ops, "three").await), Vec::<&str>::new());
        // Where nobody reviews, they are told and no others in their place.
        suspend(&app, &reviewer).await;
        app.deliver_mail().await;
        set(&["desk"]).await;
        assert_eq!(told(&asks(&app, ops, "four").await), ["desk"]);
    }

    async fn of_many_the_first_are_told_at_once_and_the_rest_by_a_job(app: TestApp) {
        let acme = top(&app, "acme").await;
        for number in 0..230 {
            let admin = app.user(&format!("admin-{number}")).await;
            let_do(&app, acme, admin, "members.read").await;
        }
        app.run_jobs().await;
        app.deliver_mail().await;
        assert_eq!(happens(&app, acme, "new").await.len(), 20);
        app.run_jobs().await;
        let mut mails = app.deliver_mail().await;
        assert_eq!(mails.len(), 210);
        mails.sort_by(|one, other| one.to.cmp(&other.to));
        mails.dedup_by(|one, other| one.to == other.to);
        assert_eq!(mails.len(), 210);
    }

    async fn people_choose_how_they_are_told(app: TestApp) {
        let acme = top(&app, "acme").await;
        let (quiet, daily, loud) = (
            manager(&app, "quiet", &[]).await,
            manager(&app, "daily", &[]).await,
            manager(&app, "loud", &[]).await,
        );
        for admin in [&quiet, &daily, &loud] {
            own(&app, acme, user_of(admin)).await;
        }
        app.deliver_mail().await;
        let before = app.events().await.len();
        choose(&app, &quiet, &[("administration", "off")]).await.expect("chosen");
        choose(&app, &daily, &[("add_remove_groupadmin_admin_inform", "digest")]).await.expect("chosen");
        choose(&app, &daily, &[("add_remove_groupadmin_admin_inform", "digest")]).await.expect("nothing new");
        assert_eq!(app.event_kinds().await.split_off(before), ["notice_choices.changed"; 2]);
        let chosen = app.directory().notice_choices(&daily).await.expect("read");
        assert_eq!(chosen.iter().map(|(name, choice)| (name, choice.name())).collect::<Vec<_>>(),
            [("add_remove_groupadmin_admin_inform", "digest")]);
        let refused = refusal(choose(&app, &loud, &[("suspend_member", "digest")]).await);
        assert!(matches!(refused, Refusal::Invalid { .. }), "{refused:?}");
        let program = app.principal("p", &["agm:self"], testkit::Program::default()).await;
        assert_eq!(crate::support::groups::code(choose(&app, &program, &[]).await), "person_required");
        assert_eq!(told(&happens(&app, acme, "one").await), ["loud"]);
        assert_eq!(told(&happens(&app, acme, "two").await), ["loud"]);
        // The clock stands at eight in the morning: the digest comes the next one at seven.
        app.pass(22 * 3_600).await;
        assert!(app.deliver_mail().await.is_empty());
        app.pass(3_600).await;
        let mails = app.deliver_mail().await;
        assert_eq!(told(&mails), ["daily"]);
        for part in ["Your groups at default since 1 January 2030", "/acme:", "what @one may administer was changed", "what @two may administer was changed"] {
            assert!(mails[0].subject.contains(part) || mails[0].text.contains(part), "{part}: {}", mails[0].text);
        }
        app.pass(2 * 86_400).await;
        assert!(app.deliver_mail().await.is_empty());
        choose(&app, &quiet, &[]).await.expect("taken back");
        assert_eq!(told(&happens(&app, acme, "three").await), ["loud", "quiet"]);
    }

    async fn a_realm_sends_digests_unless_somebody_chooses_otherwise(app: TestApp) {
        let acme = top(&app, "acme").await;
        let (one, other) = (manager(&app, "one", &[]).await, manager(&app, "other", &[]).await);
        for admin in [&one, &other] {
            own(&app, acme, user_of(admin)).await;
        }
        app.deliver_mail().await;
        app.set_realm("default", |settings| settings.agm.admin_digest = true).await;
        choose(&app, &other, &[("administration", "each")]).await.expect("chosen");
        assert_eq!(told(&happens(&app, acme, "new").await), ["other"]);
        for number in 0..205 {
            happens(&app, acme, &format!("more-{number}")).await;
        }
        app.pass(86_400).await;
        let mails = app.deliver_mail().await;
        let digest = mails.iter().find(|mail| mail.to == "one@example.org").expect("a digest");
        assert!(digest.text.contains("6 more are not listed."), "{}", digest.text);
        let rows = app.db().query("SELECT 1 FROM digest_items", &[]).await.expect("read");
        assert!(rows.is_empty());
        // Where digests are switched off as a mail, everything comes by itself.
        app.set_realm("default", |settings| settings.agm.notices_off = vec!["admin_digest".into()]).await;
        assert_eq!(told(&happens(&app, acme, "last").await), ["one", "other"]);
    }

    async fn a_digest_tells_nobody_of_groups_that_they_administer_no_more(app: TestApp) {
        let (acme, lab) = (top(&app, "acme").await, top(&app, "lab").await);
        let (goes, stays, less) = (
            manager(&app, "goes", &[]).await,
            manager(&app, "stays", &[]).await,
            manager(&app, "less", &[]).await,
        );
        app.set_realm("default", |settings| settings.agm.admin_digest = true).await;
        for group in [acme, lab] {
            own(&app, group, user_of(&goes)).await;
            own(&app, group, user_of(&stays)).await;
        }
        own(&app, acme, user_of(&less)).await;
        app.run_jobs().await;
        happens(&app, acme, "one").await;
        happens(&app, lab, "two").await;
        asks(&app, acme, "asker").await;
        revoke(&app, acme, &goes).await;
        // They may still see who asks, and no more who is in.
        revoke(&app, acme, &less).await;
        let_do(&app, acme, user_of(&less), "requests.review").await;
        let mails = digests(&app).await;
        assert_eq!(told(&mails), ["goes", "less", "stays"]);
        let of = |name: &str| &mails.iter().find(|mail| mail.to == format!("{name}@example.org")).expect("a digest").text;
        for (name, there, absent) in [
            ("goes", vec!["/lab:", "@two"], vec!["/acme", "@one", "@asker"]),
            ("less", vec!["/acme:", "@asker"], vec!["/lab", "@one", "@two"]),
            ("stays", vec!["/acme:", "@one", "@asker", "/lab:", "@two"], vec![]),
        ] {
            for part in there {
                assert!(of(name).contains(part), "{name} {part}: {}", of(name));
            }
            for part in absent {
                assert!(!of(name).contains(part), "{name} {part}: {}", of(name));
            }
        }
        // Where nothing is left there is no mail, and it does not wait for another day.
        happens(&app, lab, "three").await;
        revoke(&app, lab, &goes).await;
        assert_eq!(told(&digests(&app).await), ["stays"]);
        own(&app, lab, user_of(&goes)).await;
        assert!(digests(&app).await.iter().all(|mail| !mail.text.contains("@three")));
        let rows = app.db().query("SELECT 1 FROM digest_items", &[]).await.expect("read");
        assert!(rows.is_empty());
    }

    async fn what_is_left_of_many_lines_is_told_however_many_go(app: TestApp) {
        let (acme, lab) = (top(&app, "acme").await, top(&app, "lab").await);
        let one = manager(&app, "one", &[]).await;
        app.set_realm("default", |settings| settings.agm.admin_digest = true).await;
        for group in [acme, lab] {
            own(&app, group, user_of(&one)).await;
        }
        for number in 0..205 {
            happens(&app, acme, &format!("more-{number}")).await;
        }
        happens(&app, lab, "last").await;
        revoke(&app, acme, &one).await;
        let mails = digests(&app).await;
        assert_eq!(told(&mails), ["one"]);
        assert!(mails[0].text.contains("@last") && !mails[0].text.contains("not listed"), "{}", mails[0].text);
    }

    async fn whoever_is_told_in_the_place_of_others_has_it_in_their_digest(app: TestApp) {
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let above = manager(&app, "above", &[]).await;
        let only_there = GrantDelegation { inherit: false, ..GrantDelegation::owner(acme, Whom::User(user_of(&above))) };
        app.directory().execute(&app.operator().await, only_there).await.expect("granted");
        app.set_realm("default", |settings| settings.agm.admin_digest = true).await;
        happens(&app, ops, "new").await;
        let mails = digests(&app).await;
        assert_eq!(told(&mails), ["above"]);
        assert!(mails[0].text.contains("@new"), "{}", mails[0].text);
    }

    async fn with_a_person_their_choices_and_mails_are_erased(app: TestApp) {
        let acme = top(&app, "acme").await;
        let user = app.user("ann").await;
        let ann = person(&app, user, &[Scope::AgmSelf, Scope::AgmManage], &[]).await;
        own(&app, acme, user).await;
        choose(&app, &ann, &[("administration", "digest")]).await.expect("chosen");
        happens(&app, acme, "new").await;
        own(&app, below(&app, acme, "ops").await, user).await;
        let left = |sql: &'static str| {
            let app = app.clone();
            async move { app.db().query(sql, &[]).await.expect("read").len() }
        };
        let mails = "SELECT 1 FROM mails WHERE recipient = 'ann@example.org'";
        assert_eq!(left("SELECT 1 FROM digest_items").await, 1);
        assert!(left(mails).await > 0);
        let delete = DeleteUser { id: user, if_match: IfMatch::Any, needs: Scope::ScimWrite };
        app.directory().execute(&app.operator().await, delete).await.expect("deleted");
        let days = i64::from(app.directory().realm("default").await.expect("there").settings.retention_days());
        app.pass((days + 1) * 86_400).await;
        assert_eq!(left(mails).await, 0);
        assert_eq!(left("SELECT 1 FROM notice_choices").await + left("SELECT 1 FROM digest_items").await, 0);
    }
}
