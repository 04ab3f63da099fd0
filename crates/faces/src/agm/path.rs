//! What stands in the paths of several handlers.

use directory::Id;
use directory::group::Group;
use serde::Deserialize;

use super::call::id;
use super::error::AgmError;

/// What is below a group.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct OfGroup {
    #[serde(rename = "groupId")]
    group: String,
}

impl OfGroup {
    /// Which group.
    pub(super) fn id(&self) -> Result<Id<Group>, AgmError> {
        id(&self.group, "group")
    }
}

/// A person below a group.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PersonOfGroup {
    #[serde(flatten)]
    pub(super) of: OfGroup,
    #[serde(rename = "userId")]
    pub(super) user: String,
}

/// Something below a group that has a name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct NamedOfGroup {
    #[serde(flatten)]
    pub(super) of: OfGroup,
    pub(super) name: String,
}
