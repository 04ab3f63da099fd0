//! RFC 7643 §4.2: groups. Its text, not its definition in §8.7.1, says that displayName is required.

use super::GROUP_URN;
use super::attribute::{Attribute, Schema};

/// The core schema of groups.
pub fn group() -> Schema {
    let member = vec![
        Attribute::text("value", "The member's id.").exact().immutable(),
        Attribute::reference("$ref", &["User", "Group"], "The member's URL.").immutable(),
        Attribute::text("type", "The member's type of resource.")
            .one_of(&["User", "Group"])
            .immutable(),
        Attribute::text("display", "The member's name.").read_only(),
    ];
    Schema {
        id: GROUP_URN.into(),
        name: "Group".into(),
        description: "Group".into(),
        attributes: vec![
            Attribute::text("displayName", "The group's name.").required(),
            Attribute::complex("members", "The group's members.", member).multi(),
        ],
        open: false,
    }
}
