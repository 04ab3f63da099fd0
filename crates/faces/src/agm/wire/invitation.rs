//! Invitations to a group, and to administer it.

use directory::enrollment::terms::{Channel, TermsGiven};
use directory::invitation::{Invitee, OfferKind, OfferView};
use directory::zone::Zone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::configuration::{ConfigurationBody, GroupNamed};
use super::terms::{Version, given};
use crate::agm::error::AgmError;

/// An invitation as whoever has its link sees it. Its id is the secret of the link.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct InvitationBody {
    id: String,
    creation_date: String,
    for_member: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_enrollment_configuration: Option<ConfigurationBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<GroupNamed>,
    group_roles: Vec<String>,
}

impl InvitationBody {
    pub(in crate::agm) fn of(view: &OfferView, secret: &str, zone: &Zone) -> Self {
        let for_member = view.offer.kind() == OfferKind::Membership;
        Self {
            id: secret.to_owned(),
            creation_date: zone.read(view.invitation.id.made_at()),
            for_member,
            group_enrollment_configuration: view.way.as_ref().map(ConfigurationBody::with_path),
            group: (!for_member).then(|| GroupNamed::of(&view.group, Some(&view.path))),
            group_roles: view.offer.role_names(),
        }
    }
}

/// What the answer to an invitation says. Whatever else clients send has never had an effect.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::agm) struct AnswerBody {
    aup_accepted: Option<bool>,
    aup_version: Option<Version>,
}

impl AnswerBody {
    /// What is said in a body; nothing where it is no object.
    pub(in crate::agm) fn of(body: Option<Value>) -> Result<Self, AgmError> {
        let Some(object @ Value::Object(_)) = body else {
            return Ok(Self::default());
        };
        serde_json::from_value(object).map_err(|why| AgmError::unfit(why.to_string()))
    }

    /// What is said about the terms, by who came from that address.
    pub(in crate::agm) fn terms(&self, address: Option<std::net::IpAddr>) -> Option<TermsGiven> {
        given(
            self.aup_accepted,
            self.aup_version.as_ref(),
            Channel::Invitation,
            address,
        )
    }
}

/// An invitation to become a member.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(in crate::agm) struct MemberInvitationBody {
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    /// Clients send it; it has never had an effect.
    #[serde(rename = "withoutAcceptance")]
    _without_acceptance: Option<bool>,
    pub(in crate::agm) group_enrollment_configuration: Option<Named>,
    pub(in crate::agm) group_roles: Option<Vec<String>>,
}

/// Something by its id. Clients send the whole of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::agm) struct Named {
    pub(in crate::agm) id: Option<String>,
}

impl MemberInvitationBody {
    pub(in crate::agm) fn invitee(&self) -> Invitee {
        Invitee {
            email: self.email.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            language: None,
        }
    }
}

/// An invitation to administer a group: the account of a person as the platform has it, of which three members count.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::agm) struct AdminInvitationBody {
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
}

impl AdminInvitationBody {
    pub(in crate::agm) fn invitee(self) -> Invitee {
        Invitee {
            email: self.email,
            first_name: self.first_name,
            last_name: self.last_name,
            language: None,
        }
    }
}
