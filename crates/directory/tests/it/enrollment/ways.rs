//! Ways to join, and what the realm allows of them.

use directory::enrollment::configuration::Draft;
use directory::enrollment::rule::{Level, RuleSays, rules};
use directory::enrollment::terms::{PublishTerms, TermsDraft};
use directory::enrollment::{ChangeRule, Configure, RemoveRule, SetRule};
use directory::group::{GroupPath, RenameRole, RoleName, RoleNamed, SetDefaultConfiguration};
use directory::view::IfMatch;
use directory::{Denial, Error, Id, Refusal};
use testkit::{TestApp, both};

use super::{
    accept, ask, asking, configure, draft, free, kinds_after, owned, reconfigure, somebody, unconfigure, with_terms,
};
use crate::support::groups::{below, code, denial, manager, top};
use crate::support::{not_found, refusal};

async fn set(app: &TestApp, says: RuleSays) -> Result<(), Error> {
    app.directory()
        .execute(&app.operator().await, SetRule { says })
        .await
        .map(drop)
}

fn at_most(level: Level, days: &str) -> RuleSays {
    rules::read(level, "membershipExpirationDays", false, None, Some(days)).expect("a rule")
}

both! {
    async fn a_way_to_join_is_made_changed_and_removed(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let stranger = manager(&app, "stranger", &[]).await;
        let before = app.events().await.len();
        let made = configure(&app, &owner, group, with_terms("https://example.org/terms", draft())).await.expect("made");
        assert!(made.made && made.changed);
        assert_eq!(made.roles, ["curator", "member"]);
        assert_eq!(made.terms.as_ref().map(|terms| terms.number), Some(1));
        // The group has no other, so this is the one it offers first.
        let kinds = ["configuration.created", "terms.published", "group.default_configuration_changed"];
        assert_eq!(kinds_after(&app, before).await, kinds);
        // Who does not administer the group changes nothing, and the same again is nothing.
        assert_eq!(code(configure(&app, &stranger, group, draft()).await), "not_permitted");
        let before = app.events().await.len();
        let same = with_terms("https://example.org/terms", draft());
        let again = reconfigure(&app, &owner, &made.configuration, same).await.expect("nothing");
        assert!(!again.changed);
        assert_eq!(app.events().await.len(), before);
        let other = with_terms("https://example.org/terms-2", Draft { visible: false, ..draft() });
        let changed = reconfigure(&app, &owner, &made.configuration, other).await.expect("changed");
        assert_eq!(changed.terms.map(|terms| terms.number), Some(2));
        assert_eq!(kinds_after(&app, before).await, ["configuration.changed", "terms.published"]);
        // An old version is not replaced.
        let stale = Configure {
            group,
            id: Some(made.configuration.id),
            if_version: Some(1),
            draft: draft(),
            force: false,
        };
        assert!(matches!(refusal(app.directory().execute(&owner, stale).await), Refusal::Changed));
        // The one that is offered first stays while there are others, and goes as the last one of an empty group.
        let second = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let all = app.directory().configurations(&owner, group).await.expect("read");
        let first = all.into_iter().find(|way| way.configuration.id == made.configuration.id).expect("it is there").configuration;
        assert_eq!(code(unconfigure(&app, &owner, &first).await), "configuration_is_default");
        unconfigure(&app, &owner, &second).await.expect("removed");
        assert_eq!(code(unconfigure(&app, &owner, &second).await), "configuration_unknown");
        unconfigure(&app, &owner, &changed.configuration).await.expect("removed");
        app.run_jobs().await;
        let ways = app.directory().configurations(&owner, group).await.expect("read");
        assert!(ways.is_empty());
        let rows = app.db().query("SELECT 1 FROM enrollment_configurations", &[]).await.expect("read");
        assert!(rows.is_empty());
    }

    async fn a_save_that_changes_nothing_is_nothing(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let asking = |roles: [&str; 2]| Draft {
            roles: roles.map(str::to_owned).to_vec(),
            terms: Some(TermsDraft { ask_again: true, ..TermsDraft::at("https://example.org/terms") }),
            ..draft()
        };
        let made = configure(&app, &owner, group, asking(["member", "curator"])).await.expect("made").configuration;
        // By another name a role stands elsewhere in the list, and is the same.
        let rename = RenameRole { group, role: RoleNamed::Name("curator".into()), name: RoleName::parse("zoo").expect("a name"), if_version: None };
        app.directory().execute(&owner, rename).await.expect("renamed");
        let before = app.events().await.len();
        let again = reconfigure(&app, &owner, &made, asking(["zoo", "member"])).await.expect("nothing");
        assert!(!again.changed);
        assert_eq!((again.configuration.version, again.terms.map(|terms| terms.number)), (1, Some(1)));
        assert_eq!(app.events().await.len(), before);
    }

    async fn facts_say_what_was_there_before(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let made = configure(&app, &owner, group, with_terms("https://example.org/terms", draft())).await.expect("made").configuration;
        let publish = PublishTerms { group, configuration: made.id, draft: TermsDraft::at("https://example.org/terms-2") };
        app.directory().execute(&owner, publish).await.expect("published");
        unconfigure(&app, &owner, &made).await.expect("removed");
        let events = app.events().await;
        let last = |kind: &str| events.iter().rfind(|event| event.kind == kind).map(|event| event.body.clone()).expect("it is there");
        let published = last("terms.published");
        assert_eq!(published["before"]["url"], "https://example.org/terms");
        assert_eq!((&published["after"]["url"], &published["after"]["number"]), (&"https://example.org/terms-2".into(), &2.into()));
        let removed = &last("configuration.deleted")["before"];
        assert_eq!((&removed["name"], &removed["terms"]), (&"Join".into(), &"https://example.org/terms-2".into()));
    }

    async fn what_a_way_to_join_names_is_its_groups(app: TestApp) {
        let (acme, owner) = owned(&app, "acme").await;
        let (other, their_owner) = owned(&app, "other").await;
        let theirs = configure(&app, &their_owner, other, draft()).await.expect("made").configuration;
        let unknown = Draft { roles: vec!["owner".into()], ..draft() };
        assert_eq!(denial(configure(&app, &owner, acme, unknown).await), Denial::RoleUnknown { role: "owner".into() });
        let misplaced = Configure {
            group: acme,
            id: Some(theirs.id),
            if_version: None,
            draft: draft(),
            force: false,
        };
        assert_eq!(denial(app.directory().execute(&owner, misplaced).await), Denial::NoSuchConfiguration);
        assert_eq!(code(app.directory().configuration(&owner, acme, theirs.id).await), "configuration_unknown");
        let first = SetDefaultConfiguration { group: acme, configuration: theirs.id, if_match: IfMatch::Any };
        assert_eq!(code(app.directory().execute(&owner, first).await), "configuration_unknown");
        let nowhere = Id::new(uuid::Uuid::from_u128(7));
        assert!(not_found(configure(&app, &owner, nowhere, draft()).await));
        for wrong in [
            Draft { name: " ".into(), ..draft() },
            Draft { membership_expiration_days: Some(0), ..draft() },
            with_terms("terms.pdf", draft()),
        ] {
            assert!(matches!(refusal(configure(&app, &owner, acme, wrong).await), Refusal::Invalid { .. }));
        }
    }

    async fn people_see_what_is_open_and_shown_and_administrators_all(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let ann = somebody(&app, "ann").await;
        let shown = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let hidden = configure(&app, &owner, group, Draft { visible: false, ..draft() }).await.expect("made").configuration;
        let closed = configure(&app, &owner, group, Draft { active: false, ..draft() }).await.expect("made").configuration;
        let ways = app.directory().ways_of_group(&ann, group).await.expect("read");
        assert_eq!(ways.iter().map(|way| way.configuration.id).collect::<Vec<_>>(), [shown.id]);
        assert_eq!(ways[0].path.to_string(), "/acme");
        let path = |text| GroupPath::parse(text).expect("a path");
        assert_eq!(app.directory().ways_by_path(&ann, &path("/acme")).await.expect("read").len(), 1);
        assert!(not_found(app.directory().ways_by_path(&ann, &path("/nowhere")).await));
        assert_eq!(ways[0].roles, ["curator", "member"]);
        // A link leads to what is not shown, and to nothing that is closed.
        assert!(app.directory().way(&ann, hidden.id).await.is_ok());
        assert_eq!(code(app.directory().way(&ann, closed.id).await), "configuration_unknown");
        let all = app.directory().configurations(&owner, group).await.expect("read");
        assert_eq!(all.len(), 3);
        assert!(app.directory().configurations(&ann, group).await.is_err());
    }

    async fn rules_hold_for_their_kind_of_group(app: TestApp) {
        let (acme, owner) = owned(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        set(&app, at_most(Level::TopLevel, "100")).await.expect("set");
        assert_eq!(code(set(&app, at_most(Level::TopLevel, "50")).await), "rule_taken");
        let dated = |days| Draft {
            membership_expiration_days: days,
            roles: vec!["member".into()],
            ..draft()
        };
        for days in [None, Some(101)] {
            let refused = denial(configure(&app, &owner, acme, dated(days)).await);
            assert!(matches!(&refused, Denial::RuleViolated { field, .. } if field == "membershipExpirationDays"));
        }
        configure(&app, &owner, acme, dated(Some(100))).await.expect("within it");
        configure(&app, &owner, ops, dated(None)).await.expect("there is no rule for it");
        // Who administers the realm may put rules aside, and the fact says so; nobody else.
        let forced = |group| Configure {
            group,
            id: None,
            if_version: None,
            draft: dated(None),
            force: true,
        };
        assert_eq!(code(app.directory().execute(&owner, forced(acme)).await), "rule_violated");
        app.directory().execute(&app.operator().await, forced(acme)).await.expect("forced");
        let events = app.events().await;
        let event = events.iter().rfind(|event| event.kind == "configuration.created").expect("it is there");
        assert_eq!(event.body["rules_put_aside"][0], "membershipExpirationDays");
        let broken = app.directory().rules_broken(&app.operator().await, None).await.expect("read");
        // The one that was forced.
        assert_eq!(broken.ways.len(), 1);
        assert!(broken.next.is_none() && broken.ways.iter().all(|way| way.0.group == acme));
    }

    async fn rules_are_changed_and_removed_by_the_realm_alone(app: TestApp) {
        let operator = app.operator().await;
        let ga = manager(&app, "ga", &[]).await;
        let refused = app.directory().execute(&ga, SetRule { says: at_most(Level::TopLevel, "9") }).await;
        assert!(refused.is_err());
        assert!(app.directory().rules(&ga).await.is_err());
        let rule = app.directory().execute(&operator, SetRule { says: at_most(Level::TopLevel, "9") }).await.expect("set");
        let other = app.directory().execute(&operator, SetRule { says: at_most(Level::Subgroup, "9") }).await.expect("set");
        let before = app.events().await.len();
        let change = |id, if_version, says| ChangeRule { id, if_version, says };
        let taken = app.directory().execute(&operator, change(rule.id, None, at_most(Level::Subgroup, "3"))).await;
        assert_eq!(code(taken), "rule_taken");
        let changed = app.directory().execute(&operator, change(rule.id, Some(1), at_most(Level::TopLevel, "3"))).await;
        assert_eq!(changed.expect("changed").version, 2);
        let stale = app.directory().execute(&operator, change(rule.id, Some(1), at_most(Level::TopLevel, "4"))).await;
        assert!(matches!(refusal(stale), Refusal::Changed));
        let remove = |id| RemoveRule { id, if_version: None };
        app.directory().execute(&operator, remove(rule.id)).await.expect("removed");
        assert!(not_found(app.directory().execute(&operator, remove(rule.id)).await));
        assert_eq!(kinds_after(&app, before).await, ["rule.changed", "rule.deleted"]);
        assert_eq!(app.directory().rules(&operator).await.expect("read").len(), 1);
        assert_eq!(app.directory().rule(&operator, other.id).await.expect("read"), other);
        assert_eq!(code(app.directory().rules_for_admins(&ga, Level::Subgroup).await), "not_permitted");
        let group = top(&app, "acme").await;
        crate::support::groups::own(&app, group, ga.user().expect("a person")).await;
        assert_eq!(app.directory().rules_for_admins(&ga, Level::Subgroup).await.expect("read").len(), 1);
    }

    async fn rules_hold_for_those_who_join_too(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let (ann, bob) = (somebody(&app, "ann").await, somebody(&app, "bob").await);
        let open = configure(&app, &owner, group, free()).await.expect("made").configuration;
        let reviewed = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let request = ask(&app, &bob, asking(reviewed.id, &["member"])).await.expect("asked");
        // The rule is newer than the ways to join.
        set(&app, at_most(Level::TopLevel, "100")).await.expect("set");
        assert_eq!(code(ask(&app, &ann, asking(open.id, &["member"])).await), "rule_violated");
        assert_eq!(code(accept(&app, &owner, request.id).await), "rule_violated");
    }
}
