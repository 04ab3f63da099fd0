//! Offers to become a member or an administrator.

use super::super::super::things::Things;
use super::super::Asked;

pub(super) fn asked(_method: &str, _path: &str, _things: &Things, _round: usize) -> Vec<Asked> {
    Vec::new()
}
