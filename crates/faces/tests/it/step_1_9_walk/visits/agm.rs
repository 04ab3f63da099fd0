//! Group management.

use serde_json::json;

use super::{Access, Asked, Good, ask};

const AGM_ADMIN: Access = Access::Token("agm:admin");

pub(super) fn asked(method: &str, path: &str, round: usize) -> Vec<Asked> {
    let asked = match (method, path.strip_prefix("/agm").unwrap_or(path)) {
        ("GET", "/account/user/groups") => ask(Access::Person, Good::Tells),
        ("PUT", "/admin/configuration") => {
            ask(AGM_ADMIN, Good::Changes).json(json!({ "expiration-notification-period": format!("{}", round + 30) }))
        }
        _ => return Vec::new(),
    };
    vec![asked]
}
