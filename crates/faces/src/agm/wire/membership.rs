//! A membership.

use directory::membership::{Listed, Mine};
use directory::zone::Zone;
use serde::Serialize;

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
