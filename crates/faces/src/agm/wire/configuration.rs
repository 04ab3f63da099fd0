//! A way to join a group.

use directory::Refusal;
use directory::enrollment::Way;
use directory::enrollment::configuration::{Configuration, Draft, ExtendFrom};
use directory::enrollment::terms::{Terms, TermsDraft};
use directory::group::{Group, GroupPath};
use directory::zone::Day;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::agm::error::AgmError;

/// The group a way to join leads into.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct GroupNamed {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<Described>,
    pub(super) sub_groups: [(); 0],
}

/// Of its attributes the one that says what it is for.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Described {
    description: Vec<String>,
}

impl GroupNamed {
    pub(super) fn of(group: &Group, path: Option<&GroupPath>) -> Self {
        let description = group.management.attributes.get("description").cloned();
        Self {
            id: group.id.to_string(),
            name: group.name.clone(),
            path: path.map(ToString::to_string),
            attributes: description.map(|description| Described { description }),
            sub_groups: [],
        }
    }
}

/// Terms.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Aup {
    id: String,
    r#type: &'static str,
    url: String,
    /// Which version of them is in force; whoever accepts them may name it.
    version: i64,
}

/// A way to join.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct ConfigurationBody {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<GroupNamed>,
    name: String,
    active: bool,
    visible_to_not_members: bool,
    require_approval: bool,
    require_approval_for_extension: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    membership_expiration_days: Option<u32>,
    multiselect_role: bool,
    group_roles: Vec<String>,
    comments_needed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments_label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aup: Option<Aup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enrollment_introduction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enrollment_conclusion: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation_introduction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation_conclusion: Option<String>,
}

impl ConfigurationBody {
    /// For those who administer the group, and know where it stands.
    pub(in crate::agm) fn of(way: &Way) -> Self {
        let group = GroupNamed::of(&way.group, None);
        Self::made(&way.configuration, &way.roles, way.terms.as_ref(), Some(group))
    }

    /// With the path of the group.
    pub(in crate::agm) fn with_path(way: &Way) -> Self {
        let group = GroupNamed::of(&way.group, Some(&way.path));
        Self::made(&way.configuration, &way.roles, way.terms.as_ref(), Some(group))
    }

    /// Of its parts: its roles by their names, its terms in force.
    pub(in crate::agm) fn made(
        configuration: &Configuration,
        roles: &[String],
        terms: Option<&Terms>,
        group: Option<GroupNamed>,
    ) -> Self {
        let contract = &configuration.contract;
        Self {
            id: configuration.id.to_string(),
            group,
            name: configuration.name.clone(),
            active: configuration.active,
            visible_to_not_members: configuration.visible,
            require_approval: contract.require_approval,
            require_approval_for_extension: contract.require_approval_for_extension,
            valid_from: contract.valid_from().map(|day| day.to_string()),
            membership_expiration_days: contract.membership_expiration_days,
            multiselect_role: contract.multiselect_role,
            group_roles: roles.to_vec(),
            comments_needed: contract.comments_needed,
            comments_label: contract.comments_label.clone(),
            comments_description: contract.comments_description.clone(),
            aup: terms.map(|terms| Aup {
                id: terms.id.to_string(),
                r#type: "URL",
                url: terms.url.clone(),
                version: terms.number,
            }),
            enrollment_introduction: contract.enrollment_introduction.clone(),
            enrollment_conclusion: contract.enrollment_conclusion.clone(),
            invitation_introduction: contract.invitation_introduction.clone(),
            invitation_conclusion: contract.invitation_conclusion.clone(),
        }
    }
}

/// A way to join as it is sent: all of it, since it replaces what is there. What is null is as if it were not there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(in crate::agm) struct ConfigurationInput {
    /// Which one it replaces; none = it is another one.
    pub(in crate::agm) id: Option<String>,
    #[serde(rename = "group")]
    _group: Option<IgnoredAny>,
    name: Option<String>,
    active: Option<bool>,
    visible_to_not_members: Option<bool>,
    require_approval: Option<bool>,
    require_approval_for_extension: Option<bool>,
    valid_from: Option<String>,
    membership_expiration_days: Option<i64>,
    multiselect_role: Option<bool>,
    group_roles: Option<Vec<String>>,
    comments_needed: Option<bool>,
    comments_label: Option<String>,
    comments_description: Option<String>,
    aup: Option<AupInput>,
    enrollment_introduction: Option<String>,
    enrollment_conclusion: Option<String>,
    invitation_introduction: Option<String>,
    invitation_conclusion: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct AupInput {
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
    r#type: Option<AupType>,
    url: Option<String>,
    #[serde(rename = "mimeType")]
    _mime_type: Option<IgnoredAny>,
    #[serde(rename = "content")]
    _content: Option<IgnoredAny>,
    #[serde(rename = "version")]
    _version: Option<IgnoredAny>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum AupType {
    Url,
    /// Nothing serves the content of a file.
    File,
}

impl ConfigurationInput {
    /// What is to be written in the place of that. What is not said here stays: from when a membership goes on that is renewed,
    /// and all about terms but their address.
    pub(in crate::agm) fn draft(self, present: Option<&Way>) -> Result<Draft, AgmError> {
        let extend_from = present.map_or(ExtendFrom::default(), |way| way.configuration.contract.extend_from);
        let in_force = present.and_then(|way| way.terms.as_ref());
        let valid_from = self.valid_from.as_deref().map(Day::parse).transpose();
        let valid_from = valid_from.map_err(|_| AgmError::unfit("validFrom: a day such as 2030-12-31"))?;
        Ok(Draft {
            name: required("name", self.name)?,
            active: required("active", self.active)?,
            visible: required("visibleToNotMembers", self.visible_to_not_members)?,
            require_approval: required("requireApproval", self.require_approval)?,
            require_approval_for_extension: required(
                "requireApprovalForExtension",
                self.require_approval_for_extension,
            )?,
            valid_from,
            membership_expiration_days: self.membership_expiration_days,
            extend_from,
            multiselect_role: required("multiselectRole", self.multiselect_role)?,
            roles: self.group_roles.unwrap_or_default(),
            comments_needed: required("commentsNeeded", self.comments_needed)?,
            comments_label: self.comments_label,
            comments_description: self.comments_description,
            enrollment_introduction: self.enrollment_introduction,
            enrollment_conclusion: self.enrollment_conclusion,
            invitation_introduction: self.invitation_introduction,
            invitation_conclusion: self.invitation_conclusion,
            terms: self.aup.map(|aup| aup.terms(in_force)).transpose()?.flatten(),
        })
    }
}

impl AupInput {
    /// Terms that stand nowhere are none.
    fn terms(self, in_force: Option<&Terms>) -> Result<Option<TermsDraft>, AgmError> {
        let (AupType::Url | AupType::File) = required("aup.type", self.r#type)?;
        let url = self.url.filter(|url| !url.trim().is_empty());
        let before = in_force.map(TermsDraft::from);
        Ok(url.map(|url| before.map_or_else(|| TermsDraft::at(&url), |before| before.moved(&url))))
    }
}

/// What has to be there.
pub(super) fn required<T>(member: &str, value: Option<T>) -> Result<T, AgmError> {
    value.ok_or_else(|| Refusal::invalid(member, "is required").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(more: &str) -> Result<Draft, AgmError> {
        let whole = format!(
            r#"{{"name":"Join","active":true,"visibleToNotMembers":false,"requireApproval":true,"requireApprovalForExtension":true,
                "multiselectRole":true,"commentsNeeded":false{more}}}"#
        );
        let input: ConfigurationInput = serde_json::from_str(&whole).expect("it is read");
        input.draft(None)
    }

    #[test]
    fn what_is_shown_can_be_sent_back() {
        let draft = read(
            r#","id":"1","group":{"id":"2","subGroups":[]},"validFrom":"2030-02-28","membershipExpirationDays":30,
               "aup":{"id":"3","type":"URL","url":"https://example.org/terms","version":2},"groupRoles":null"#,
        );
        let draft = draft.expect("it fits");
        assert_eq!(
            draft.valid_from.map(|day| day.to_string()).as_deref(),
            Some("2030-02-28")
        );
        assert_eq!(draft.terms, Some(TermsDraft::at("https://example.org/terms")));
        assert_eq!((draft.membership_expiration_days, draft.roles.len()), (Some(30), 0));
        assert_eq!(draft.extend_from, ExtendFrom::Today);
    }

    #[test]
    fn null_takes_terms_and_the_end_away() {
        for none in [
            "",
            r#","aup":null,"membershipExpirationDays":null"#,
            r#","aup":{"type":"FILE"}"#,
        ] {
            let draft = read(none).expect("it fits");
            assert_eq!((draft.terms, draft.membership_expiration_days), (None, None), "{none}");
        }
    }

    #[test]
    fn days_are_days_of_the_calendar_and_terms_have_a_kind() {
        for wrong in ["2030-02-31", "2030-2-1", "01.02.2030", "2030-02-01T00:00:00Z", ""] {
            assert!(read(&format!(r#","validFrom":"{wrong}""#)).is_err(), "{wrong}");
        }
        assert!(read(r#","aup":{"url":"https://example.org/terms"}"#).is_err());
    }
}
