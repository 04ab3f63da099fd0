//! A group that people may join, and what of it waits for an answer.

use directory::enrollment::configuration::Draft;
use directory::enrollment::rule::{Level, rules};
use directory::enrollment::{Configure, SetRule};
use directory::group::{CreateTopGroup, Group, GroupName, NewGroup};
use directory::{Id, Principal};
use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

use super::super::MARK;

const ROOT: &str = "/realms/default/agm";

/// A group with ways to join, requests of the person `me`, and a rule.
#[derive(Clone, Debug)]
pub(in crate::step_1_9_walk) struct Enrollment {
    pub(in crate::step_1_9_walk) group: String,
    pub(in crate::step_1_9_walk) path: String,
    /// The one that is offered first, and another one.
    pub(in crate::step_1_9_walk) first: String,
    pub(in crate::step_1_9_walk) second: String,
    /// Of a group for which `me` has asked nothing yet.
    pub(in crate::step_1_9_walk) unasked: String,
    /// Waits for a reviewer.
    pub(in crate::step_1_9_walk) pending: String,
    /// Waits for `me`.
    pub(in crate::step_1_9_walk) waiting: String,
    pub(in crate::step_1_9_walk) rule: String,
}

impl Enrollment {
    pub(super) async fn make(app: &TestApp, admin: &TestClient, me: &TestClient, round: usize) -> Self {
        let operator = app.operator().await;
        let (group, path) = group(app, &operator, &format!("{MARK} joined {round}")).await;
        let first = way(app, &operator, group).await;
        let second = way(app, &operator, group).await;
        let (other, _) = self::group(app, &operator, &format!("{MARK} waiting {round}")).await;
        let asked_back = way(app, &operator, other).await;
        let (free, _) = self::group(app, &operator, &format!("{MARK} unasked {round}")).await;
        let unasked = way(app, &operator, free).await;
        let pending = ask(me, &first).await;
        let waiting = ask(me, &asked_back).await;
        admin
            .post(
                &format!("{ROOT}/account/group-admin/enroll-request/{waiting}/extra-info?comment=why"),
                json!({}),
            )
            .await
            .expect(204);
        Self {
            group: group.to_string(),
            path,
            first,
            second,
            unasked,
            pending,
            waiting,
            rule: rule(app, &operator).await,
        }
    }

    /// A way to join as it is sent.
    pub(in crate::step_1_9_walk) fn body(name: &str) -> Value {
        json!({
            "name": name, "active": true, "visibleToNotMembers": true, "requireApproval": true,
            "requireApprovalForExtension": true, "multiselectRole": true, "commentsNeeded": false, "groupRoles": ["member"],
        })
    }
}

async fn group(app: &TestApp, operator: &Principal, name: &str) -> (Id<Group>, String) {
    let new = NewGroup::named(GroupName::parse(name).expect("a name"));
    let made = app.directory().execute(operator, CreateTopGroup { new }).await;
    (made.expect("made").group.id, format!("/{name}"))
}

async fn way(app: &TestApp, operator: &Principal, group: Id<Group>) -> String {
    let draft = Draft {
        name: format!("{MARK} way"),
        active: true,
        visible: true,
        require_approval: true,
        roles: vec!["member".into()],
        ..Draft::default()
    };
    let command = Configure {
        group,
        id: None,
        if_version: None,
        draft,
        force: false,
    };
    let made = app.directory().execute(operator, command).await.expect("made");
    made.configuration.id.to_string()
}

async fn ask(me: &TestClient, way: &str) -> String {
    let body = json!({ "groupEnrollmentConfiguration": { "id": way }, "groupRoles": ["member"], "comments": MARK });
    let asked = me
        .post(&format!("{ROOT}/account/user/enroll-request"), body)
        .await
        .expect(204);
    let place = asked.header("location");
    place.rsplit('/').next().expect("an id").to_owned()
}

/// There is one rule for each field.
async fn rule(app: &TestApp, operator: &Principal) -> String {
    let all = app.directory().rules(operator).await.expect("read");
    let present = all.iter().find(|rule| rule.says.level == Level::TopLevel);
    if let Some(rule) = present {
        return rule.id.to_string();
    }
    let says = rules::read(Level::TopLevel, "commentsLabel", false, Some(MARK), None).expect("a rule");
    let made = app.directory().execute(operator, SetRule { says }).await;
    made.expect("made").id.to_string()
}
