//! A membership.

use directory::Id;
use directory::membership::{Listed, Member, Mine, NewMember};
use directory::realm::AgmSettings;
use directory::zone::{Day, Zone};
use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};

use super::dates::{first_day, last_day};
use super::group::GroupBrief;
use super::user::UserBody;

/// A membership.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct MembershipBody {
    id: String,
    group: GroupBrief,
    user: UserBody,
    status: String,
    valid_from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    membership_expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_membership_expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
    group_roles: Vec<String>,
    direct: bool,
}

impl MembershipBody {
    /// Those of a person, as they see them.
    pub(in crate::agm) fn mine(mine: &Mine, zone: &Zone, notice_days: u32) -> Vec<Self> {
        let user = UserBody::of(&mine.person, mine.email_verified);
        let each = |one: &Listed| Self::of(one, user.clone(), zone, notice_days);
        mine.memberships.iter().map(each).collect()
    }

    /// One as those see it who administer the group.
    pub(in crate::agm) fn of_member(member: &Member, zone: &Zone, settings: &AgmSettings) -> Self {
        let user = UserBody::to_administrators(member, settings);
        Self {
            direct: member.direct,
            ..Self::of(&member.listed, user, zone, settings.notice_days())
        }
    }

    /// One's own.
    pub(in crate::agm) fn own(member: &Member, zone: &Zone, notice_days: u32) -> Self {
        let user = UserBody::of(&member.person, member.email_verified);
        Self::of(&member.listed, user, zone, notice_days)
    }

    fn of(one: &Listed, user: UserBody, zone: &Zone, notice_days: u32) -> Self {
        let membership = &one.membership;
        let day = |end: Option<directory::Timestamp>| end.map(|end| last_day(zone, end));
        Self {
            id: membership.id.to_string(),
            group: GroupBrief::of(&one.group, &one.above, notice_days),
            user,
            status: membership.status.name().to_ascii_uppercase(),
            valid_from: first_day(zone, membership.valid_from.unwrap_or(membership.granted_at)),
            membership_expires_at: day(membership.expires_at),
            effective_membership_expires_at: day(membership.effective.at),
            effective_group_id: membership.effective.group.map(|group| group.to_string()),
            justification: membership.details.justification.clone(),
            group_roles: one.roles.clone(),
            direct: false,
        }
    }
}

/// A membership as it is sent. Clients send whole objects back: what is read only is known, and passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(in crate::agm) struct MembershipInput {
    user: Option<PersonInput>,
    group_roles: Option<Vec<String>>,
    #[serde(deserialize_with = "day")]
    pub(in crate::agm) valid_from: Option<Day>,
    #[serde(deserialize_with = "day")]
    pub(in crate::agm) membership_expires_at: Option<Day>,
    group_enrollment_configuration: Option<ConfigurationInput>,
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(rename = "group")]
    _group: Option<IgnoredAny>,
    #[serde(rename = "status")]
    _status: Option<IgnoredAny>,
    #[serde(rename = "effectiveMembershipExpiresAt")]
    _effective_end: Option<IgnoredAny>,
    #[serde(rename = "effectiveGroupId")]
    _effective_group: Option<IgnoredAny>,
    #[serde(rename = "justification")]
    _justification: Option<IgnoredAny>,
    #[serde(rename = "direct")]
    _direct: Option<IgnoredAny>,
    #[serde(rename = "changedByUserId")]
    _changed_by: Option<IgnoredAny>,
}

/// A person as a client of the platform has them; what names them is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PersonInput {
    id: Option<String>,
    username: Option<String>,
}

/// A way to join as a client has it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConfigurationInput {
    id: Option<String>,
}

impl MembershipInput {
    /// Whom it names.
    pub(in crate::agm) fn whom(&self) -> NewMember {
        let person = self.user.as_ref();
        let said = |text: Option<&String>| text.filter(|text| !text.trim().is_empty()).cloned();
        let name = said(person.and_then(|person| person.username.as_ref()));
        let id = said(person.and_then(|person| person.id.as_ref()));
        match (name, id) {
            (Some(name), _) => NewMember::UserName(name),
            (None, Some(id)) => Id::parse(&id).map_or(NewMember::Unknown, NewMember::Id),
            (None, None) => NewMember::Unnamed,
        }
    }

    pub(in crate::agm) fn roles(&mut self) -> Vec<String> {
        self.group_roles.take().unwrap_or_default()
    }

    /// The way to join it names.
    pub(in crate::agm) fn configuration(&self) -> Option<String> {
        self.group_enrollment_configuration.as_ref()?.id.clone()
    }
}

/// `yyyy-MM-dd`, or nothing.
fn day<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Day>, D::Error> {
    let text: Option<String> = Option::deserialize(reader)?;
    text.map(|text| Day::parse(&text).map_err(D::Error::custom)).transpose()
}
