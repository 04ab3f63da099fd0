//! What people are entitled to: the values on the way from memberships to rows, facts and SCIM.

use std::collections::BTreeMap;

use directory::entitlement::{Form, Parsed, PreviewEntitlements, RecalculateEntitlements, SetEntitlements};
use directory::group::{
    DefineRole, DeleteRole, Group, GroupName, GroupRole, RenameGroup, RenameRole, RoleName, RoleNamed,
};
use directory::job::{JobKind, JobQuery};
use directory::realm::{EntitlementSettings, SetRealm};
use directory::user::User;
use directory::view::IfMatch;
use directory::{Id, Principal, Role, Scope};
use serde_json::{Value, json};
use testkit::{Program, TestApp, both};
use uuid::Uuid;

use crate::support::groups::{below, code, person, put as put_below, remove, top};
use crate::support::{create_group, delete, members, patch, patch_group, refusal, view};

const NAMESPACE: &str = "urn:mace:example.org";

fn settings(namespace: &str, authority: Option<&str>) -> EntitlementSettings {
    EntitlementSettings {
        namespace: Some(namespace.to_owned()),
        authority: authority.map(str::to_owned),
        ..EntitlementSettings::default()
    }
}

async fn sql(app: &TestApp, text: impl Into<String>, params: Vec<db::Value>) {
    let text = text.into();
    let done = app
        .db()
        .write(move |tx| -> Result<(), db::Error> { tx.execute(&text, &params).map(drop) })
        .await;
    done.expect("it is done");
}

/// From now on the realm has entitlements.
async fn begin(app: &TestApp, namespace: &str, authority: Option<&str>) {
    let command = SetEntitlements {
        settings: settings(namespace, authority),
    };
    app.directory()
        .execute(&app.operator().await, command)
        .await
        .expect("set");
    app.run_jobs().await;
}

async fn scim(app: &TestApp) -> Principal {
    app.principal("scim", &["scim:read", "scim:write"], Program::default())
        .await
}

async fn add(app: &TestApp, who: &Principal, group: Id<Group>, user: Id<User>) {
    let operations = json!([{ "op": "add", "path": "members", "value": [{ "value": user.to_string() }] }]);
    patch_group(app, who, group, operations).await.expect("added");
}

/// The values of a person as they are written; and as SCIM shows them, which is the same.
async fn values(app: &TestApp, user: Id<User>) -> Vec<String> {
    let read = "SELECT value FROM entitlements WHERE user_id = ?1 ORDER BY value";
    let rows = app.db().query(read, &[user.into()]).await.expect("read");
    rows.into_iter().map(|mut row| row.take(0).expect("a text")).collect()
}

/// The last parts of the values: what comes after `:group:`.
async fn ends(app: &TestApp, user: Id<User>) -> Vec<String> {
    let values = values(app, user).await;
    let end = |value: String| value.split_once(":group:").map(|(_, end)| end.to_owned());
    values.into_iter().filter_map(end).collect()
}

async fn role(app: &TestApp, group: Id<Group>, name: &str) -> Id<GroupRole> {
    let define = DefineRole {
        group,
        name: RoleName::parse(name).expect("a name"),
    };
    app.directory()
        .execute(&app.operator().await, define)
        .await
        .expect("defined")
        .id
}

/// Gives a member roles, as an admission does before it lets the person's memberships be worked out.
async fn give(app: &TestApp, group: Id<Group>, user: Id<User>, roles: &[Id<GroupRole>]) {
    for role in roles {
        let insert = "INSERT INTO membership_roles (realm, membership, role) SELECT realm, id, ?3 FROM memberships WHERE group_id = ?1 AND user_id = ?2";
        sql(app, insert, vec![group.into(), user.into(), (*role).into()]).await;
    }
}

async fn recalculate(app: &TestApp) {
    app.directory()
        .execute(&app.operator().await, RecalculateEntitlements)
        .await
        .expect("started");
    app.run_jobs().await;
}

async fn stand(app: &TestApp, group: Id<Group>, user: Id<User>, set: &str) {
    let update = format!("UPDATE memberships SET {set} WHERE group_id = ?1 AND user_id = ?2");
    sql(app, update, vec![group.into(), user.into()]).await;
}

both! {
    async fn the_table_of_values_comes_out_of_memberships(app: TestApp) {
        begin(&app, "urn%3Amace%3Aexample.org", Some("aai.example.org")).await;
        let (scim, ann) = (scim(&app).await, app.user("ann").await);
        let acme = top(&app, "acme").await;
        let data = below(&app, acme, "Data team").await;
        let odd = below(&app, acme, "r&d:1").await;
        for group in [acme, data, odd] {
            add(&app, &scim, group, ann).await;
        }
        let member = role(&app, acme, "guide").await;
        let lead = role(&app, data, "lead dev").await;
        let second = role(&app, data, "second").await;
        give(&app, acme, ann, &[member]).await;
        give(&app, data, ann, &[lead, second]).await;
        recalculate(&app).await;
        assert_eq!(values(&app, ann).await, [
            "urn:mace:example.org:group:acme:Data%20team:role=lead%20dev#aai.example.org",
            "urn:mace:example.org:group:acme:Data%20team:role=second#aai.example.org",
            "urn:mace:example.org:group:acme:r%26d%3A1#aai.example.org",
            "urn:mace:example.org:group:acme:role=guide#aai.example.org",
        ]);
        // Names of all kinds come back out of the values.
        for (index, name) in ["a b~c", "x:y", "p/q", "#1", "a=b", "1+1", "für", "a%20b"].into_iter().enumerate() {
            let group = below(&app, odd, name).await;
            let user = app.user(&format!("p{index}")).await;
            add(&app, &scim, group, user).await;
            let value = values(&app, user).await.remove(0);
            let parsed = Parsed::of(&value).expect("a value");
            assert_eq!(parsed.path, ["acme", "r&d:1", name]);
            assert_eq!(parsed.value(), value);
        }
    }

    async fn a_membership_without_roles_gives_one_value_and_who_is_not_in_force_none(app: TestApp) {
        begin(&app, NAMESPACE, None).await;
        let (scim, ann) = (scim(&app).await, app.user("ann").await);
        let acme = top(&app, "acme").await;
        add(&app, &scim, acme, ann).await;
        assert_eq!(values(&app, ann).await, ["urn:mace:example.org:group:acme"]);
        let roles = [role(&app, acme, "one").await, role(&app, acme, "two").await];
        give(&app, acme, ann, &roles).await;
        recalculate(&app).await;
        assert_eq!(ends(&app, ann).await, ["acme:role=one", "acme:role=two"]);
        for status in ["suspended", "pending", "expired"] {
            stand(&app, acme, ann, &format!("status = '{status}'")).await;
            recalculate(&app).await;
            assert!(values(&app, ann).await.is_empty(), "{status}");
        }
        stand(&app, acme, ann, "status = 'enabled'").await;
        stand(&app, acme, ann, r#"details = '{"withheld":true}'"#).await;
        recalculate(&app).await;
        assert!(values(&app, ann).await.is_empty(), "withheld");
    }

    async fn each_change_of_members_is_followed_and_told_by_difference(app: TestApp) {
        begin(&app, NAMESPACE, None).await;
        let (scim, ann, bob) = (scim(&app).await, app.user("ann").await, app.user("bob").await);
        let body = json!({ "displayName": "night", "members": [{ "value": ann.to_string() }, { "value": bob.to_string() }] });
        let night = create_group(&app, &scim, body).await.expect("made").group.id;
        let day = create_group(&app, &scim, json!({ "displayName": "day" })).await.expect("made").group.id;
        add(&app, &scim, day, ann).await;
        assert_eq!(ends(&app, ann).await, ["day", "night"]);
        let told = app.events().await.pop().expect("a fact");
        assert_eq!((told.kind.as_str(), told.subject), ("entitlements.changed", ann.uuid()));
        assert_eq!(told.body, json!({
            "before": ["urn:mace:example.org:group:night"],
            "after": ["urn:mace:example.org:group:day", "urn:mace:example.org:group:night"],
        }));
        // What changes nothing is told nothing of.
        let before = app.events().await.len();
        add(&app, &scim, day, ann).await;
        assert!(app.events().await.split_off(before).iter().all(|event| event.kind != "entitlements.changed"));
        let operations = json!([{ "op": "remove", "path": "members" }]);
        patch_group(&app, &scim, night, operations).await.expect("removed");
        assert_eq!((ends(&app, ann).await, ends(&app, bob).await), (vec!["day".to_owned()], Vec::new()));
        let operator = app.operator().await;
        delete(&app, &operator, ann).await.expect("deleted");
        assert!(values(&app, ann).await.is_empty());
        assert!(members(&app, &scim, day).await.is_empty());
    }

    async fn what_time_does_to_a_membership_is_followed(app: TestApp) {
        begin(&app, NAMESPACE, None).await;
        let (scim, ann) = (scim(&app).await, app.user("ann").await);
        let acme = top(&app, "acme").await;
        add(&app, &scim, acme, ann).await;
        let end = app.now().plus_seconds(10);
        let update = "UPDATE memberships SET expires_at = ?3, effective_at = ?3 WHERE group_id = ?1 AND user_id = ?2";
        sql(&app, update, vec![acme.into(), ann.into(), end.millis().into()]).await;
        let insert = "INSERT INTO jobs (realm, id, kind, subject, payload, due_at, attempts, parked)
                      SELECT realm, id, 'person_duties', id, '{}', ?2, 0, FALSE FROM users WHERE id = ?1";
        sql(&app, insert, vec![ann.into(), end.millis().into()]).await;
        assert_eq!(ends(&app, ann).await, ["acme"]);
        app.pass(11).await;
        assert!(values(&app, ann).await.is_empty());
        let kinds = app.event_kinds().await;
        let last = |kind: &str| kinds.iter().rposition(|known| known == kind);
        assert!(last("member.expired").is_some() && last("entitlements.changed") > last("member.expired"), "{kinds:?}");
    }

    async fn values_of_others_survive_and_ours_sent_back_are_not_stored(app: TestApp) {
        begin(&app, NAMESPACE, Some("aai")).await;
        let scim = scim(&app).await;
        let foreign = [json!({ "value": "urn:mace:example.org:group:acme#other" }), json!({ "value": "library" })];
        let ann = app.user_with("default", json!({ "userName": "ann", "entitlements": foreign })).await;
        let acme = top(&app, "acme").await;
        add(&app, &scim, acme, ann).await;
        let operations = json!([{ "op": "add", "path": "entitlements", "value": [{ "value": "urn:mace:example.org:group:acme#aai" }, { "value": "badge" }] }]);
        patch(&app, &scim, ann, operations).await.expect("written");
        let stored = app.directory().user(&app.operator().await, ann).await.expect("there");
        let kept: Vec<&str> = stored.attributes()["entitlements"].as_array().expect("a list").iter().filter_map(|one| one["value"].as_str()).collect();
        assert_eq!(kept, ["urn:mace:example.org:group:acme#other", "library", "badge"]);
        let shown = view(&app, &scim, ann).await.expect("shown");
        let shown: Vec<&str> = shown["entitlements"].as_array().expect("a list").iter().filter_map(|one| one["value"].as_str()).collect();
        assert_eq!(shown, ["urn:mace:example.org:group:acme#other", "library", "badge", "urn:mace:example.org:group:acme#aai"]);
        // One of ours alone leaves nothing behind.
        let body = json!({ "userName": "bob", "entitlements": [{ "value": "URN:mace:example.org:group:x#aai" }] });
        let bob = app.user_with("default", body).await;
        let stored = app.directory().user(&app.operator().await, bob).await.expect("there");
        assert_eq!(stored.attributes().get("entitlements"), None);
    }

    async fn another_name_place_role_or_namespace_works_them_out_anew(app: TestApp) {
        begin(&app, NAMESPACE, None).await;
        let (scim, operator, ann) = (scim(&app).await, app.operator().await, app.user("ann").await);
        let (acme, other) = (top(&app, "acme").await, top(&app, "other").await);
        let ops = below(&app, acme, "ops").await;
        let night = below(&app, ops, "night").await;
        for group in [ops, night] {
            add(&app, &scim, group, ann).await;
        }
        let guide = role(&app, night, "guide").await;
        give(&app, night, ann, &[guide]).await;
        recalculate(&app).await;
        assert_eq!(ends(&app, ann).await, ["acme:ops", "acme:ops:night:role=guide"]);

        let rename = RenameGroup { group: acme, name: GroupName::parse("Acme Inc").expect("a name"), if_match: IfMatch::Any };
        app.directory().execute(&operator, rename).await.expect("renamed");
        app.run_jobs().await;
        assert_eq!(ends(&app, ann).await, ["Acme%20Inc:ops", "Acme%20Inc:ops:night:role=guide"]);

        put_below(&app, &operator, ops, Some(other)).await.expect("moved");
        app.run_jobs().await;
        assert_eq!(ends(&app, ann).await, ["other:ops", "other:ops:night:role=guide"]);

        let rename = RenameRole { group: night, role: RoleNamed::Id(guide), name: RoleName::parse("lead").expect("a name"), if_version: None };
        app.directory().execute(&operator, rename).await.expect("renamed");
        app.run_jobs().await;
        assert_eq!(ends(&app, ann).await, ["other:ops", "other:ops:night:role=lead"]);

        let delete = DeleteRole { group: night, role: RoleNamed::Id(guide), force: true, replace_with: None, if_version: None };
        app.directory().execute(&operator, delete).await.expect("deleted");
        app.run_jobs().await;
        assert_eq!(ends(&app, ann).await, ["other:ops", "other:ops:night"]);

        begin(&app, "urn:geant:example.org", Some("aai")).await;
        assert_eq!(values(&app, ann).await, ["urn:geant:example.org:group:other:ops#aai", "urn:geant:example.org:group:other:ops:night#aai"]);

        remove(&app, &operator, night).await.expect("removed");
        assert_eq!(ends(&app, ann).await, ["other:ops#aai"]);

        app.set_realm("default", |settings| settings.entitlements.namespace = None).await;
        app.run_jobs().await;
        assert!(values(&app, ann).await.is_empty());
    }

    async fn working_them_out_anew_is_done_in_slices_once_at_a_time_and_changes_nothing_that_is_right(app: TestApp) {
        let (scim, operator) = (scim(&app).await, app.operator().await);
        let mut people = Vec::new();
        for number in 0..410 {
            people.push(app.user(&format!("p{number}")).await);
        }
        let all: Vec<Value> = people.iter().map(|id| json!({ "value": id.to_string() })).collect();
        create_group(&app, &scim, json!({ "displayName": "all", "members": all })).await.expect("made");
        let command = SetEntitlements { settings: settings(NAMESPACE, None) };
        app.directory().execute(&operator, command).await.expect("set");
        let query = JobQuery { kind: Some(JobKind::RecalculateEntitlements), ..JobQuery::default() };
        assert_eq!(app.directory().jobs(&operator, &query).await.expect("read").len(), 1);
        assert_eq!(code(app.directory().execute(&operator, RecalculateEntitlements).await), "job_running");
        assert_eq!(app.run_jobs().await, 3, "slices of 200");
        let finished = app.events().await.pop().expect("a fact");
        assert_eq!((finished.kind.as_str(), finished.body["changed"].as_u64()), ("recalculation.finished", Some(410)));
        for user in [people[0], people[409]] {
            assert_eq!(ends(&app, user).await, ["all"]);
        }
        let before = app.events().await.len();
        recalculate(&app).await;
        let after: Vec<String> = app.events().await.split_off(before).into_iter().map(|event| event.kind).collect();
        assert_eq!(after, ["recalculation.started", "recalculation.finished"]);
        let total: i64 = app.db().query("SELECT COUNT(*) FROM entitlements", &[]).await.expect("read").remove(0).take(0).expect("a number");
        assert_eq!(total, 410);
    }

    async fn a_subtree_is_worked_out_in_slices_over_groups(app: TestApp) {
        begin(&app, NAMESPACE, None).await;
        let (scim, operator) = (scim(&app).await, app.operator().await);
        let acme = top(&app, "acme").await;
        let mut people: BTreeMap<String, Id<User>> = BTreeMap::new();
        for number in 0..7 {
            let group = below(&app, acme, &format!("g{number}")).await;
            let mut members = Vec::new();
            for index in 0..40 {
                let user = app.user(&format!("p{number}-{index}")).await;
                people.insert(format!("g{number}"), user);
                members.push(json!({ "value": user.to_string() }));
            }
            let operations = json!([{ "op": "add", "path": "members", "value": members }]);
            patch_group(&app, &scim, group, operations).await.expect("added");
        }
        app.run_jobs().await;
        let rename = RenameGroup { group: acme, name: GroupName::parse("ac").expect("a name"), if_match: IfMatch::Any };
        app.directory().execute(&operator, rename).await.expect("renamed");
        assert_eq!(app.run_jobs().await, 2, "280 people in slices of 200");
        for (group, user) in people {
            assert_eq!(ends(&app, user).await, [format!("ac:{group}")]);
        }
        let old = app.db().query("SELECT COUNT(*) FROM entitlements WHERE value < 'urn:mace:example.org:group:ac:' OR value > 'urn:mace:example.org:group:ac:z'", &[]).await;
        let old: i64 = old.expect("read").remove(0).take(0).expect("a number");
        assert_eq!(old, 0);
    }

    async fn settings_are_for_whoever_administers_the_realm_and_have_to_fit(app: TestApp) {
        let ann = app.user("ann").await;
        let manager = person(&app, ann, &[Scope::AgmAdmin], &[Role::ManageGroups]).await;
        let set = |namespace: &str| SetEntitlements { settings: settings(namespace, None) };
        refusal(app.directory().execute(&manager, set(NAMESPACE)).await);
        refusal(app.directory().execute(&manager, RecalculateEntitlements).await);
        refusal(app.directory().execute(&manager, PreviewEntitlements { settings: settings(NAMESPACE, None) }).await);
        let admin = person(&app, ann, &[Scope::AgmAdmin], &[Role::RealmAdmin]).await;
        for wrong in ["", "urn:x", "http://x", "urn:x:a b"] {
            refusal(app.directory().execute(&admin, set(wrong)).await);
        }
        app.directory().execute(&admin, set("URN%3Amace%3Aexample.org")).await.expect("set");
        let realm = app.directory().realm("default").await.expect("there");
        assert_eq!(Form::of(&realm), Some(Form::new(NAMESPACE, None)));
        assert_eq!(app.event_kinds().await, ["user.created", "entitlement_settings.changed"]);
        // The same settings by the other way have the same consequence.
        app.run_jobs().await;
        let other = realm.settings.with("entitlements.authority", "aai").expect("set");
        let command = SetRealm { settings: other, if_version: None, force: false };
        app.directory().execute(&app.operator().await, command).await.expect("set");
        let query = JobQuery { kind: Some(JobKind::RecalculateEntitlements), ..JobQuery::default() };
        let jobs = app.directory().jobs(&app.operator().await, &query).await.expect("read");
        assert_eq!((jobs.len(), jobs[0].subject), (1, Uuid::nil()));
    }

    async fn a_change_of_the_namespace_can_be_looked_at_before(app: TestApp) {
        begin(&app, NAMESPACE, None).await;
        let (scim, operator, ann) = (scim(&app).await, app.operator().await, app.user("ann").await);
        app.user("bob").await;
        let body = json!({ "displayName": "night", "members": [{ "value": ann.to_string() }] });
        create_group(&app, &scim, body).await.expect("made");
        let before = app.events().await.len();
        let preview = PreviewEntitlements { settings: settings("urn:other:x", Some("aai")) };
        let preview = app.directory().execute(&operator, preview).await.expect("told");
        assert_eq!((preview.present, preview.samples.len()), (1, 1));
        assert_eq!((preview.samples[0].user, preview.samples[0].before.as_slice()), (ann, ["urn:mace:example.org:group:night".to_owned()].as_slice()));
        assert_eq!(preview.samples[0].after, ["urn:other:x:group:night#aai"]);
        assert_eq!(app.events().await.len(), before);
        assert_eq!(ends(&app, ann).await, ["night"]);
    }
}
