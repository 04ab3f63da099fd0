//! Usher's own extension: readOnly throughout, and answered only to those who name it.

use super::USHER_USER_URN;
use super::attribute::{Attribute, Returned, Schema, Type};

/// Where a person stands, and their invitation.
pub fn usher_user() -> Schema {
    let invitation = vec![
        Attribute::text("status", "How far the invitation has come."),
        Attribute::new("sentAt", Type::DateTime, "When its mail was last sent."),
        Attribute::new("expiresAt", Type::DateTime, "Until when it can be accepted."),
        Attribute::new("sendCount", Type::Integer, "How often its mail was sent."),
        Attribute::text("lastError", "Why its mail could not be sent."),
        Attribute::text("address", "Where it was sent, partly masked."),
    ];
    let attributes = vec![
        Attribute::text("lifecycle", "Where the person stands.").one_of(&["staged", "invited", "active", "suspended"]),
        Attribute::text(
            "kind",
            "Whether the person belongs to the organisation or is its guest.",
        )
        .one_of(&["member", "guest"]),
        Attribute::text(
            "managedBy",
            "`scim` where the client that asks, or its kind, calls the person by an externalId.",
        )
        .one_of(&["scim", "local"]),
        Attribute::text(
            "pendingEmail",
            "The address that takes effect when the person has confirmed it, where one waits for that.",
        ),
        Attribute::new(
            "leavesAt",
            Type::DateTime,
            "When a person leaves for good who was deleted and is suspended until then; administrators see them.",
        ),
        Attribute::complex("invitation", "The person's invitation, if there is one.", invitation),
    ];
    Schema {
        id: USHER_USER_URN.into(),
        name: "UsherUser".into(),
        description: "What Usher knows about a person's account".into(),
        attributes: attributes
            .into_iter()
            .map(|attribute| on_request(attribute.read_only()))
            .collect(),
        open: false,
    }
}

fn on_request(attribute: Attribute) -> Attribute {
    let sub_attributes = attribute.sub_attributes.into_iter().map(on_request).collect();
    Attribute {
        returned: Returned::Request,
        sub_attributes,
        ..attribute
    }
}
