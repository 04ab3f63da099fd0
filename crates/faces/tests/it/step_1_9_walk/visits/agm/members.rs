//! Who is in groups.

use super::super::super::things::Things;
use super::super::{Access, Asked, Good, ask};

pub(super) fn asked(method: &str, path: &str, _things: &Things, _round: usize) -> Vec<Asked> {
    let asked = match (method, path) {
        ("GET", "/account/user/groups") => ask(Access::Person, Good::Tells),
        _ => return Vec::new(),
    };
    vec![asked]
}
