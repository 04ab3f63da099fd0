//! Group management, a file for each topic.

mod enrollment;
mod members;
mod offers;
mod settings;
mod tree;

use super::super::things::Things;
use super::{Access, Asked};

const AGM_ADMIN: Access = Access::Token("agm:admin");
const GROUP: Access = Access::Group("agm:admin");

pub(super) fn asked(method: &str, path: &str, things: &Things, round: usize) -> Vec<Asked> {
    let path = path.strip_prefix("/agm").unwrap_or(path);
    let topics = [
        enrollment::asked,
        members::asked,
        offers::asked,
        settings::asked,
        tree::asked,
    ];
    topics
        .into_iter()
        .flat_map(|topic| topic(method, path, things, round))
        .collect()
}
