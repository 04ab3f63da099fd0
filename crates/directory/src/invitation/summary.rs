//! What SCIM shows of an invitation.

use serde_json::{Map, Value};

use super::{Invitation, rules};
use crate::clock::Timestamp;
use crate::mail::EmailAddress;

/// An invitation as Usher's extension shows it: `invitation` of `urn:usher:scim:schemas:1.0:User`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationSummary {
    status: &'static str,
    sent_at: Option<Timestamp>,
    expires_at: Timestamp,
    send_count: i64,
    last_error: Option<String>,
    /// Masked.
    address: Option<String>,
}

impl InvitationSummary {
    /// The summary of an invitation.
    pub fn of(invitation: &Invitation) -> Self {
        Self {
            status: rules::scim_status(invitation.state, invitation.mail),
            sent_at: invitation.sent_at,
            expires_at: invitation.expires_at,
            send_count: invitation.send_count,
            last_error: invitation.last_error.clone(),
            address: invitation.address.as_ref().map(EmailAddress::masked),
        }
    }

    /// As the attribute's value. What there is nothing of is left out.
    pub fn to_scim(&self) -> Value {
        let mut value = Map::new();
        value.insert("status".into(), self.status.into());
        if let Some(sent_at) = self.sent_at {
            value.insert("sentAt".into(), sent_at.to_string().into());
        }
        value.insert("expiresAt".into(), self.expires_at.to_string().into());
        value.insert("sendCount".into(), self.send_count.into());
        if let Some(last_error) = &self.last_error {
            value.insert("lastError".into(), last_error.as_str().into());
        }
        if let Some(address) = &self.address {
            value.insert("address".into(), address.as_str().into());
        }
        Value::Object(value)
    }
}
