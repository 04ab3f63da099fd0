//! Groups, their roles and who administers them.

use serde_json::json;

use super::super::super::things::Things;
use super::super::{Access, Asked, Good, ask};
use super::{AGM_ADMIN, GROUP};

pub(super) fn asked(method: &str, path: &str, things: &Things, round: usize) -> Vec<Asked> {
    let tree = &things.tree;
    let of_group = |asked: Asked| asked.with("groupId", &tree.group);
    let new = || json!({ "name": format!("new {round}") });
    if let Some(below) = path.strip_prefix("/account/group-admin/group/{groupId}") {
        let changes = || ask(GROUP, Good::Changes);
        let asked = match (method, below) {
            ("DELETE", "") => changes().with("groupId", &tree.leaf),
            ("GET", "/all") => of_group(ask(GROUP, Good::Shows)),
            ("POST", "/attributes") => of_group(changes()).json(json!({ "color": [format!("{round}")] })),
            ("POST", "/children") => of_group(changes()).json(new()),
            ("GET", "/roles") => of_group(ask(GROUP, Good::Tells)),
            ("POST", "/roles") => of_group(changes()).query("?name=deputy".to_owned()),
            ("DELETE", "/role/{name}") => of_group(changes()).with("name", &tree.role),
            ("PUT", "/role/{name}") => of_group(changes())
                .with("name", &tree.role)
                .query("?name=head".to_owned()),
            ("POST", "/admin") => of_group(changes()).query(format!("?userId={}", tree.bystander)),
            ("DELETE", "/admin") => of_group(changes()).query(format!("?userId={}&force=true", tree.admin)),
            ("POST", "/admin/{userId}") => of_group(changes()).with("userId", &tree.bystander),
            ("DELETE", "/admin/{userId}") => of_group(changes())
                .with("userId", &tree.admin)
                .query("?force=true".to_owned()),
            _ => return Vec::new(),
        };
        return vec![asked];
    }
    let changes = || ask(AGM_ADMIN, Good::Changes);
    let asked = match (method, path) {
        ("GET", "/account/group-admin/groups") => {
            ask(Access::Manages("agm:admin"), Good::Shows).query("?max=500".to_owned())
        }
        ("GET", "/account/group-admin/groupids/all") => ask(Access::Manages("agm:admin"), Good::Tells),
        ("GET", "/account/group-admin/groups/members") => {
            ask(GROUP, Good::Shows).query(format!("?max=500&groups={}", tree.group))
        }
        ("POST", "/account/group-admin/group" | "/admin/group") => changes().json(new()),
        ("DELETE", "/admin/group/{groupId}") => changes().with("groupId", &tree.leaf),
        ("POST", "/admin/group/{groupId}/children") => of_group(changes()).json(new()),
        ("POST", "/admin/group/{groupId}/admin/{userId}") => of_group(changes()).with("userId", &tree.bystander),
        ("DELETE", "/admin/group/{groupId}/admin/{userId}") => of_group(changes())
            .with("userId", &tree.admin)
            .query("?force=true".to_owned()),
        _ => return Vec::new(),
    };
    vec![asked]
}
