//! A group that people manage, with a group below it, roles, and somebody who administers it.

use serde_json::json;
use testkit::TestClient;

use super::super::MARK;

const GROUPS: &str = "/realms/default/agm/admin/group";

/// A small tree.
#[derive(Clone, Debug)]
pub(in super::super) struct Tree {
    pub(in super::super) group: String,
    /// Below it, with nothing below.
    pub(in super::super) leaf: String,
    /// A role that nobody holds.
    pub(in super::super) role: String,
    /// Administers the group, and somebody who does not.
    pub(in super::super) admin: String,
    pub(in super::super) bystander: String,
}

impl Tree {
    pub(super) async fn make(admin: &TestClient, round: usize) -> Self {
        let made = admin
            .post(GROUPS, json!({ "name": format!("{MARK} tree {round}") }))
            .await
            .expect(201);
        let group = last(made.header("location"));
        let below = admin.post(
            &format!("{GROUPS}/{group}/children"),
            json!({ "name": format!("{MARK} leaf") }),
        );
        let leaf = last(below.await.expect(204).header("location"));
        let person = async |name: &str| {
            let person = json!({ "userName": format!("{MARK}-{name}-{round}") });
            admin.post("/api/v1/users", person).await.expect(201).id()
        };
        let (owner, bystander) = (person("owner").await, person("bystander").await);
        admin
            .post(&format!("{GROUPS}/{group}/admin/{owner}"), json!({}))
            .await
            .expect(204);
        let role = "chair".to_owned();
        let roles = format!("/realms/default/agm/account/group-admin/group/{group}/roles?name={role}");
        admin.post(&roles, json!({})).await.expect(204);
        Self {
            group,
            leaf,
            role,
            admin: owner,
            bystander,
        }
    }
}

fn last(place: &str) -> String {
    place.rsplit('/').next().unwrap_or_default().to_owned()
}
