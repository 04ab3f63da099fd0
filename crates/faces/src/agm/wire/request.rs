//! Somebody's asking to join a group.

use directory::Id;
use directory::enrollment::RequestShown;
use directory::enrollment::request::{Identity, RequestStatus};
use directory::enrollment::terms::{Channel, TermsGiven};
use directory::user::User;
use directory::zone::Zone;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::configuration::{ConfigurationBody, ConfigurationInput, GroupNamed};
use super::terms::{Version, given};
use super::user::UserBody;
use crate::agm::error::AgmError;
use crate::agm::query::Asked;

/// A request.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct RequestBody {
    id: String,
    user: Who,
    #[serde(skip_serializing_if = "Option::is_none")]
    check_admin: Option<UserBody>,
    group_enrollment_configuration: ByWhich,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    review_comments: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_justification: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_identifier: Option<String>,
    user_assurance: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_authn_authorities: Option<String>,
    group_roles: Vec<String>,
    submitted_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_date: Option<String>,
}

/// Who asks.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Who {
    There(UserBody),
    Gone(Gone),
}

/// Somebody who has left, as they were when they asked.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Gone {
    id: String,
    username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    email_verified: bool,
}

impl Gone {
    fn of(id: Id<User>, identity: &Identity) -> Self {
        Self {
            id: id.to_string(),
            username: identity.identifier.clone().unwrap_or_default(),
            first_name: identity.first_name.clone(),
            last_name: identity.last_name.clone(),
            email: identity.email.clone(),
            email_verified: false,
        }
    }
}

/// By which way they ask.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum ByWhich {
    There(Box<ConfigurationBody>),
    /// It is being removed.
    Gone {
        id: String,
        group: GroupNamed,
    },
}

/// Who vouched for a sign-in, as it stands in the text of `userAuthnAuthorities`.
#[derive(Serialize)]
struct Authority<'a> {
    id: &'a str,
    name: &'a str,
}

impl RequestBody {
    pub(in crate::agm) fn of(shown: &RequestShown, zone: &Zone) -> Self {
        let (request, said) = (&shown.request, &shown.request.said);
        let verified = |user: &User| shown.verified.contains(&user.id);
        let user = |user: &User| UserBody::of(user, verified(user));
        let identity = &said.identity;
        let thread: Vec<&str> = shown.thread.iter().map(|message| message.text.as_str()).collect();
        let authorities: Vec<Authority<'_>> = identity
            .authorities
            .iter()
            .map(|one| Authority { id: one, name: one })
            .collect();
        let authorities = (!authorities.is_empty()).then(|| serde_json::to_string(&authorities).unwrap_or_default());
        Self {
            id: request.id.to_string(),
            user: match &shown.requester {
                Some(person) => Who::There(user(person)),
                None => Who::Gone(Gone::of(request.user, identity)),
            },
            check_admin: shown.reviewer.as_ref().map(user),
            group_enrollment_configuration: by_which(shown),
            status: request.status.name(),
            comments: said.comments.clone(),
            review_comments: (!thread.is_empty()).then(|| thread.join("\n")),
            admin_justification: said.justification.clone(),
            user_first_name: identity.first_name.clone(),
            user_last_name: identity.last_name.clone(),
            user_email: identity.email.clone(),
            user_identifier: identity.identifier.clone(),
            user_assurance: identity.assurance.clone(),
            user_authn_authorities: authorities,
            group_roles: said.roles.iter().map(|role| role.name.clone()).collect(),
            submitted_date: zone.read(request.submitted_at),
            approved_date: decided_at(shown).map(|at| zone.read(at)),
        }
    }
}

/// What is put aside was not decided.
fn decided_at(shown: &RequestShown) -> Option<directory::Timestamp> {
    match shown.request.status {
        RequestStatus::Accepted | RequestStatus::Rejected | RequestStatus::SelfApproved => shown.request.decided_at,
        RequestStatus::PendingApproval | RequestStatus::WaitingForReply | RequestStatus::Archived => None,
    }
}

fn by_which(shown: &RequestShown) -> ByWhich {
    let group = match &shown.group {
        Some(group) => GroupNamed::of(group, Some(&shown.path)),
        None => group_that_was(shown),
    };
    match &shown.configuration {
        Some(configuration) => ByWhich::There(Box::new(ConfigurationBody::made(
            configuration,
            &shown.configuration_roles,
            shown.terms.as_ref(),
            Some(group),
        ))),
        None => ByWhich::Gone {
            id: shown.request.configuration.to_string(),
            group,
        },
    }
}

/// A group that is gone, where it stood when the person asked.
fn group_that_was(shown: &RequestShown) -> GroupNamed {
    let path = shown.request.said.group_path.clone();
    let names = path.as_deref().and_then(directory::group::GroupPath::parse);
    GroupNamed {
        id: shown.request.group.to_string(),
        name: names.and_then(|path| path.names().last().cloned()).unwrap_or_default(),
        path,
        attributes: None,
        sub_groups: [],
    }
}

/// A request as it is sent. Clients send back what they were shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(in crate::agm) struct RequestInput {
    pub(in crate::agm) group_enrollment_configuration: Option<ConfigurationInput>,
    pub(in crate::agm) group_roles: Option<Vec<String>>,
    pub(in crate::agm) comments: Option<String>,
    /// The terms are accepted.
    aup_accepted: Option<bool>,
    /// Which version of them; naming it is as good as a tick.
    aup_version: Option<Version>,
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(rename = "user")]
    _user: Option<IgnoredAny>,
    #[serde(rename = "checkAdmin")]
    _check_admin: Option<IgnoredAny>,
    #[serde(rename = "status")]
    _status: Option<IgnoredAny>,
    #[serde(rename = "reviewComments")]
    _review_comments: Option<IgnoredAny>,
    #[serde(rename = "adminJustification")]
    _admin_justification: Option<IgnoredAny>,
    #[serde(rename = "userFirstName")]
    _user_first_name: Option<IgnoredAny>,
    #[serde(rename = "userLastName")]
    _user_last_name: Option<IgnoredAny>,
    #[serde(rename = "userEmail")]
    _user_email: Option<IgnoredAny>,
    #[serde(rename = "userIdentifier")]
    _user_identifier: Option<IgnoredAny>,
    #[serde(rename = "userAssurance")]
    _user_assurance: Option<IgnoredAny>,
    #[serde(rename = "userAuthnAuthorities")]
    _user_authn_authorities: Option<IgnoredAny>,
    #[serde(rename = "submittedDate")]
    _submitted_date: Option<IgnoredAny>,
    #[serde(rename = "approvedDate")]
    _approved_date: Option<IgnoredAny>,
}

impl RequestInput {
    /// What is said about the terms, by who came from that address.
    pub(in crate::agm) fn terms(&self, address: Option<std::net::IpAddr>) -> Option<TermsGiven> {
        given(self.aup_accepted, self.aup_version.as_ref(), Channel::Agm, address)
    }
}

/// Where requests stand that are asked for; all of them where nothing is said.
pub(in crate::agm) fn status(asked: &Asked) -> Result<Option<RequestStatus>, AgmError> {
    let Some(word) = asked.text("status") else {
        return Ok(None);
    };
    if let Some(status) = RequestStatus::parse(word) {
        return Ok(Some(status));
    }
    let known: Vec<&str> = RequestStatus::ALL.iter().map(|status| status.name()).collect();
    Err(AgmError::unfit_query(format!(
        "`status` is one of {}",
        known.join(", ")
    )))
}

/// What somebody writes: as a parameter of the query or, where it should not stand in an address, in the body. Bodies that say
/// something else have never been of an effect here.
pub(in crate::agm) fn written(asked: &Asked, name: &str, body: Option<&serde_json::Value>) -> Option<String> {
    let in_query = asked.text(name);
    let text = in_query.or_else(|| body?.get(name)?.as_str());
    text.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(body: &str) -> Option<(bool, Option<String>)> {
        let input: RequestInput = serde_json::from_str(body).expect("it is read");
        input.terms(None).map(|given| (given.accepted, given.version))
    }

    #[test]
    fn naming_a_version_of_terms_is_as_good_as_a_tick_unless_it_is_taken_back() {
        assert_eq!(terms("{}"), None);
        assert_eq!(terms(r#"{"aupAccepted":true}"#), Some((true, None)));
        assert_eq!(terms(r#"{"aupVersion":2}"#), Some((true, Some("2".into()))));
        assert_eq!(
            terms(r#"{"aupVersion":"2","aupAccepted":false}"#),
            Some((false, Some("2".into())))
        );
    }
}
