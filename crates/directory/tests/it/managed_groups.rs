//! What a group that people manage has: attributes, settings, roles; and templates.

use std::collections::BTreeMap;

use directory::group::{
    CreateTopGroup, DefineRole, DefineTemplate, DeleteRole, Group, GroupName, GroupSettings, RemoveTemplate,
    RenameRole, ReplaceAttributes, ReplaceTemplate, RoleName, RoleNamed, SetDefaultConfiguration, SetGroupSettings,
    TemplateBody,
};
use directory::mail::EmailAddress;
use directory::view::IfMatch;
use directory::{DenialClass, Id, Refusal, Role};
use serde_json::json;
use testkit::{Program, both};

use crate::jobs::sql;
use crate::support::groups::{code, denial, let_do, manager, new, top, user_of};
use crate::support::{create_group, not_found, refusal};

both! {
    async fn attributes_and_settings_are_replaced_as_a_whole(app: TestApp) {
        let operator = app.operator().await;
        let acme = top(&app, "acme").await;
        let replace = async |pairs: &[(&str, &str)]| {
            let attributes = pairs.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
            let command = ReplaceAttributes { group: acme, attributes, if_match: IfMatch::Any };
            app.directory().execute(&operator, command).await
        };
        let pairs = [("description", "Ours"), ("defaultConfiguration", "x"), ("expiration-notification-period", "14")];
        let group = replace(&pairs).await.expect("replaced");
        assert_eq!(group.management.attributes, BTreeMap::from([("description".to_owned(), vec!["Ours".to_owned()])]));
        let ways = app.directory().configurations(&operator, acme).await.expect("read");
        assert_eq!((group.management.notice_days, group.default_configuration), (Some(14), Some(ways[0].configuration.id)));
        let before = app.events().await.len();
        assert_eq!(replace(&pairs).await.expect("the same").version, group.version);
        assert_eq!(app.events().await.len(), before);
        assert!(matches!(refusal(replace(&[("expiration-notification-period", "soon")]).await), Refusal::Invalid { .. }));
        assert!(replace(&[]).await.expect("cleared").management.attributes.is_empty());
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("group.attributes_replaced"));

        let settings = GroupSettings {
            grace_days: Some(3),
            contact: Some(EmailAddress::parse("ops@example.org").expect("an address")),
            self_approval: true,
            ..GroupSettings::default()
        };
        let set = SetGroupSettings { group: acme, settings: settings.clone(), if_match: IfMatch::Any };
        let group = app.directory().execute(&operator, set).await.expect("set");
        assert_eq!(GroupSettings::of(&group), settings);
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("group.settings_changed"));
        let unknown = SetDefaultConfiguration { group: acme, configuration: Id::new(uuid::Uuid::from_u128(7)), if_match: IfMatch::Any };
        assert_eq!(code(app.directory().execute(&operator, unknown).await), "configuration_unknown");
    }

    async fn a_group_says_which_roles_there_are(app: TestApp) {
        let acme = top(&app, "acme").await;
        let ga = manager(&app, "ga", &[]).await;
        let_do(&app, acme, user_of(&ga), "roles.define roles.assign").await;
        let define = async |name: &str| {
            let command = DefineRole { group: acme, name: RoleName::parse(name).expect("a name") };
            app.directory().execute(&ga, command).await
        };
        let chair = define("chair").await.expect("defined");
        define("Chair").await.expect("every letter counts");
        assert_eq!(code(define("member").await), "role_taken");
        let rename = async |role: RoleNamed, name: &str| {
            let name = RoleName::parse(name).expect("a name");
            let command = RenameRole { group: acme, role, name, if_version: None };
            app.directory().execute(&ga, command).await
        };
        assert_eq!(rename(RoleNamed::Id(chair.id), "head").await.expect("renamed").name, "head");
        assert_eq!(code(rename(RoleNamed::Name("head".into()), "Chair").await), "role_taken");
        assert_eq!(rename(RoleNamed::Word(chair.id.to_string()), "chief").await.expect("by its id").name, "chief");
        assert_eq!(rename(RoleNamed::Word("chief".into()), "head").await.expect("by its name").version, 4);
        let name = RoleName::parse("x").expect("a name");
        let stale = RenameRole { group: acme, role: RoleNamed::Id(chair.id), name, if_version: Some(1) };
        assert_eq!(refusal(app.directory().execute(&ga, stale).await), Refusal::Changed);
        let unknown = denial(rename(RoleNamed::Name("chair".into()), "x").await);
        assert_eq!((unknown.code(), unknown.class()), ("role_unknown", DenialClass::NotFound));
        // A role of another group is none here.
        let other = top(&app, "other").await;
        let delete = |group: Id<Group>, role: RoleNamed| DeleteRole { group, role, replace_with: None, force: false, if_version: None };
        let theirs = app.directory().group_roles(&app.operator().await, other).await.expect("read").remove(0);
        assert_eq!(code(app.directory().execute(&ga, delete(acme, RoleNamed::Id(theirs.id))).await), "role_unknown");
        app.directory().execute(&ga, delete(acme, RoleNamed::Name("Chair".into()))).await.expect("deleted");
        let names: Vec<String> =
            app.directory().group_roles(&ga, acme).await.expect("read").into_iter().map(|role| role.name).collect();
        assert_eq!(names, ["head", "member"]);
        let kinds = app.event_kinds().await;
        assert_eq!(kinds.iter().filter(|kind| kind.starts_with("group_role.")).count(), 8);
        let gb = manager(&app, "gb", &[]).await;
        assert_eq!(code(app.directory().execute(&gb, delete(acme, RoleNamed::Id(chair.id))).await), "not_permitted");
    }

    async fn a_role_that_somebody_holds_goes_only_when_it_is_said_what_comes_of_it(app: TestApp) {
        let operator = app.operator().await;
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let ann = app.user("ann").await;
        let body = json!({ "displayName": "acme", "members": [{ "value": ann.to_string() }] });
        let acme = create_group(&app, &hr, body).await.expect("made").group.id;
        let define = async |name: &str| {
            let command = DefineRole { group: acme, name: RoleName::parse(name).expect("a name") };
            app.directory().execute(&operator, command).await.expect("defined");
        };
        define("chair").await;
        define("head").await;
        sql(&app, "UPDATE memberships SET listed_key = 'ann'").await;
        let give = "INSERT INTO membership_roles (realm, membership, role)
                    SELECT m.realm, m.id, r.id FROM memberships m JOIN group_roles r ON r.realm = m.realm WHERE r.name = 'chair'";
        sql(&app, give).await;
        let delete = async |name: &str, replace_with: Option<&str>, force: bool| {
            let replace_with = replace_with.map(|name| RoleNamed::Name(name.to_owned()));
            let command = DeleteRole { group: acme, role: RoleNamed::Name(name.to_owned()), replace_with, force, if_version: None };
            app.directory().execute(&operator, command).await
        };
        let held = async || {
            let held = "SELECT r.name FROM membership_roles h JOIN group_roles r ON r.realm = h.realm AND r.id = h.role";
            let rows = app.db().query(held, &[]).await.expect("read");
            rows.into_iter().map(|mut row| row.take::<String>(0).expect("a name")).collect::<Vec<_>>()
        };
        assert_eq!(code(delete("chair", None, false).await), "role_assigned");
        assert_eq!(held().await, ["chair"]);
        assert!(matches!(refusal(delete("chair", Some("chair"), false).await), Refusal::Invalid { .. }));
        let has_both = "INSERT INTO membership_roles (realm, membership, role)
                        SELECT m.realm, m.id, r.id FROM memberships m JOIN group_roles r ON r.realm = m.realm WHERE r.name = 'head'";
        sql(&app, has_both).await;
        delete("chair", Some("head"), false).await.expect("replaced");
        assert_eq!(held().await, ["head"]);
        delete("head", None, true).await.expect("forced");
        assert!(held().await.is_empty());
        let changed: Vec<_> = app.events().await.into_iter().filter(|event| event.kind == "member.roles_changed").collect();
        assert_eq!(changed.len(), 2);
        assert_eq!((changed[0].subject_version, changed[1].subject_version), (2, 3));
        // Who had the other one too was given nothing.
        assert_eq!((&changed[0].body["added"], &changed[1].body["added"]), (&json!([]), &json!([])));
        for (fact, before, after) in [(&changed[0], json!(["chair", "head"]), json!(["head"])), (&changed[1], json!(["head"]), json!([]))] {
            assert_eq!((&fact.body["before"], &fact.body["after"]), (&before, &after));
        }
        let deleted: Vec<_> = app.events().await.into_iter().filter(|event| event.kind == "group_role.deleted").collect();
        assert_eq!((&deleted[0].body["before"]["members"], &deleted[0].body["after"]["name"]), (&json!(1), &json!("head")));
        assert_eq!((&deleted[1].body["before"]["name"], &deleted[1].body["after"]), (&json!("head"), &json!(null)));
        let told: Vec<_> = app.events().await.into_iter().filter(|event| event.kind == "GROUP_MEMBERSHIP_UPDATE").collect();
        assert_eq!(told.iter().map(|event| event.body["roles"].clone()).collect::<Vec<_>>(), [json!("head"), json!("")]);
        assert_eq!((&told[0].body["before"], &told[0].body["after"]), (&json!({ "roles": ["chair", "head"] }), &json!({ "roles": ["head"] })));
    }

    async fn few_wait_for_the_end_of_a_role_and_the_rest_is_a_jobs(app: TestApp) {
        let operator = app.operator().await;
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let mut members = Vec::new();
        for number in 0..25 {
            members.push(json!({ "value": app.user(&format!("u{number}")).await.to_string() }));
        }
        let acme = create_group(&app, &hr, json!({ "displayName": "acme", "members": members })).await.expect("made").group.id;
        let chair = RoleName::parse("chair").expect("a name");
        app.directory().execute(&operator, DefineRole { group: acme, name: chair }).await.expect("defined");
        sql(&app, "UPDATE memberships SET listed_key = 'x'").await;
        let give = "INSERT INTO membership_roles (realm, membership, role)
                    SELECT m.realm, m.id, r.id FROM memberships m JOIN group_roles r ON r.realm = m.realm WHERE r.name = 'chair'";
        sql(&app, give).await;
        let before = app.events().await.len();
        let role = RoleNamed::Name("chair".to_owned());
        app.directory().execute(&operator, DeleteRole { group: acme, role, replace_with: None, force: true, if_version: None }).await.expect("gone");
        let kinds = app.event_kinds().await.split_off(before);
        // The group's row is the last one that is taken.
        // The histories of people come with it.
        let changed = kinds.iter().filter(|kind| *kind == "member.roles_changed").count();
        assert_eq!((changed, kinds.iter().position(|kind| kind == "group_role.deleted")), (20, Some(40)));
        app.run_jobs().await;
        let kinds = app.event_kinds().await.split_off(before);
        assert_eq!(kinds.iter().filter(|kind| *kind == "member.roles_changed").count(), 25);
    }

    async fn a_group_may_be_made_like_a_template(app: TestApp) {
        let operator = app.operator().await;
        let body = TemplateBody {
            roles: vec!["chair".into(), "member".into(), "chair".into()],
            attributes: BTreeMap::from([("description".into(), vec!["A team".into()]), ("cost".into(), vec!["1".into()])]),
            notice_days: Some(7),
            ..TemplateBody::default()
        };
        let name = || GroupName::parse("team").expect("a name");
        let template = app.directory().execute(&operator, DefineTemplate { name: name(), body: body.clone() }).await.expect("made");
        let again = app.directory().execute(&operator, DefineTemplate { name: name(), body: body.clone() }).await;
        assert_eq!(refusal(again), Refusal::Taken { attribute: "name" });
        let mut new = new("ops");
        new.template = Some(template.id);
        new.description = Some("Ours".into());
        let made = app.directory().execute(&operator, CreateTopGroup { new: new.clone() }).await.expect("made");
        assert_eq!(made.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(), ["chair", "member"]);
        assert_eq!(made.group.management.attributes["description"], ["Ours"]);
        assert_eq!(made.group.management.attributes["cost"], ["1"]);
        assert_eq!(made.group.management.notice_days, Some(7));
        let fewer = TemplateBody { notice_days: Some(0), ..body };
        let replace = |body| ReplaceTemplate { id: template.id, name: GroupName::parse("crew").expect("a name"), body };
        assert!(matches!(refusal(app.directory().execute(&operator, replace(fewer)).await), Refusal::Invalid { .. }));
        let changed = app.directory().execute(&operator, replace(TemplateBody::default())).await.expect("replaced");
        assert_eq!((changed.version, app.directory().group_templates(&operator).await.expect("read")), (2, vec![changed.clone()]));
        app.directory().execute(&operator, RemoveTemplate { id: template.id }).await.expect("gone");
        assert!(not_found(app.directory().execute(&operator, CreateTopGroup { new }).await));
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        let refused = DefineTemplate { name: name(), body: TemplateBody::default() };
        assert!(app.directory().execute(&mg, refused).await.is_err());
        let kinds = app.event_kinds().await;
        assert_eq!(kinds.iter().filter(|kind| kind.starts_with("template.")).count(), 3);
    }
}
