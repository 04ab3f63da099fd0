//! Wire's two extensions: the same rich info, once as an ordered list and once as a map.

use super::attribute::{Attribute, Schema, Type};
use super::{WIRE_MAP_URN, WIRE_PROFILE_URN};

/// Rich info as a versioned list. The fields lie one level deeper than RFC 7643 §2.3.8 allows; Wire's clients need it so.
pub fn wire_profile() -> Schema {
    let field = vec![
        Attribute::text("type", "The field's name.").required(),
        Attribute::text("value", "What it says.").required(),
    ];
    let rich_info = vec![
        Attribute::new("version", Type::Integer, "The version of the form: 0.").required(),
        Attribute::complex("fields", "The fields, in the order in which they are shown.", field).multi(),
    ];
    Schema {
        id: WIRE_PROFILE_URN.into(),
        name: "WireProfile".into(),
        description: "Rich info as an ordered list".into(),
        attributes: vec![Attribute::complex(
            "richInfo",
            "What else is known about the person.",
            rich_info,
        )],
        open: false,
    }
}

/// Rich info as a map: every member is a field's name, with text as value.
pub fn wire_map() -> Schema {
    Schema {
        id: WIRE_MAP_URN.into(),
        name: "WireUser".into(),
        description: "Rich info as a map with free keys".into(),
        attributes: Vec::new(),
        open: true,
    }
}
