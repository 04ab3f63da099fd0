//! The native API's explanations of memberships.

use super::super::things::Things;
use super::{Access, Asked, Good, ask};

pub(super) fn asked(of: &Things) -> Vec<Asked> {
    let ask = ask(Access::Group("agm:admin"), Good::Shows);
    vec![ask.id(&of.group).with("user", &of.person)]
}
