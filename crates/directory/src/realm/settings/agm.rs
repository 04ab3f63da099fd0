//! Group management: when it reminds and forgets, whom it shows what, and whom it tells.

use serde::{Deserialize, Serialize};

use crate::mail::Template;

/// What is set for group management. Days are counted in the realm's time zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AgmSettings {
    /// Hours an invitation to a group is valid. Default 72.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation_hours: Option<u32>,
    /// Days before the end of a membership at which the member is first reminded. Default 21.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_days: Option<u32>,
    /// All days before the end at which they are reminded; default: `notice_days`, a third of it, and 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reminder_days: Vec<u32>,
    /// Days after its end for which a membership's roles and terms are kept, so that a renewal finds them. Default 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_days: Option<u32>,
    /// Days after which whoever should answer a request is reminded, again and again. Default 7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_reminder_days: Option<u32>,
    /// Days after the last word at which an open request is closed. Default 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_close_days: Option<u32>,
    /// Days for which decided requests are kept. Default 365.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_retention_days: Option<u32>,
    /// Where the group pages of an earlier system are, for the links in mails under `compat.agm_links`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_url: Option<String>,
    /// The attribute whose values a request keeps as the person's assurance. Default `assurance`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assurance_attribute: Option<String>,
    /// The attribute whose values a request keeps as the person's identifier. Default `username`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier_attribute: Option<String>,
    /// The attribute by which events name who acted and whom they are about; default: none, the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_attribute: Option<String>,
    /// Attributes of members that the administrators of their groups see; default: none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_attributes: Vec<String>,
    /// Whether they see through which identity providers members sign in. Default false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub show_identities: bool,
    /// Mails that are not sent, by the names of their templates, or `none`. Default: `group_deleted_member`, of which there may
    /// be as many as the group has members.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices_off: Vec<String>,
    /// Whether administrators of groups get one mail a day instead of one for each thing, unless they choose themselves.
    /// Default false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub admin_digest: bool,
    /// What the provider calls the roles that manage groups.
    #[serde(skip_serializing_if = "AgmRoles::is_unset")]
    pub roles: AgmRoles,
}

/// What the provider calls the roles that manage groups.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AgmRoles {
    /// The role that manages every group. Default `manage-groups`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manage: Option<String>,
    /// The one that may also write what the rules refuse. Default `manage-groups-extended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manage_extended: Option<String>,
}

impl AgmRoles {
    fn is_unset(&self) -> bool {
        *self == Self::default()
    }

    /// The role that manages every group.
    pub fn manage(&self) -> &str {
        self.manage.as_deref().unwrap_or("manage-groups")
    }

    /// The one that may also write what the rules refuse.
    pub fn manage_extended(&self) -> &str {
        self.manage_extended.as_deref().unwrap_or("manage-groups-extended")
    }
}

impl AgmSettings {
    pub(super) fn is_unset(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the mails of a template are not sent.
    pub fn is_off(&self, template: &str) -> bool {
        if self.notices_off.is_empty() {
            return template == Template::GroupDeletedMember.name();
        }
        self.notices_off.iter().any(|off| off == template)
    }

    /// Hours an invitation to a group is valid.
    pub fn invitation_hours(&self) -> u32 {
        self.invitation_hours.unwrap_or(72)
    }

    /// Days before the end of a membership at which the member is first reminded.
    pub fn notice_days(&self) -> u32 {
        self.notice_days.unwrap_or(21)
    }

    /// The days before the end at which members of a group are reminded, the first first. A group's own first day comes before
    /// whatever the realm sets.
    pub fn reminder_days(&self, of_group: Option<u32>) -> Vec<u32> {
        let mut days = match of_group {
            None if !self.reminder_days.is_empty() => self.reminder_days.clone(),
            own => {
                let first = own.unwrap_or_else(|| self.notice_days());
                vec![first, first / 3, 1]
            }
        };
        days.retain(|day| *day > 0);
        days.sort_unstable_by(|one, other| other.cmp(one));
        days.dedup();
        days
    }

    /// Days after its end for which a membership's roles and terms are kept.
    pub fn grace_days(&self) -> u32 {
        self.grace_days.unwrap_or(30)
    }

    /// Days after which whoever should answer a request is reminded.
    pub fn request_reminder_days(&self) -> u32 {
        self.request_reminder_days.unwrap_or(7)
    }

    /// Days after the last word at which an open request is closed.
    pub fn request_close_days(&self) -> u32 {
        self.request_close_days.unwrap_or(60)
    }

    /// Days for which decided requests are kept.
    pub fn request_retention_days(&self) -> u32 {
        self.request_retention_days.unwrap_or(365)
    }

    /// The attribute whose values a request keeps as the person's assurance.
    pub fn assurance_attribute(&self) -> &str {
        self.assurance_attribute.as_deref().unwrap_or("assurance")
    }

    /// The attribute whose values a request keeps as the person's identifier.
    pub fn identifier_attribute(&self) -> &str {
        self.identifier_attribute.as_deref().unwrap_or("username")
    }
}

#[cfg(test)]
mod tests {
    use super::AgmSettings;

    #[test]
    fn reminders_come_at_the_days_set_or_at_three_of_the_first_day() {
        let days = |set: AgmSettings, group| set.reminder_days(group);
        assert_eq!(days(AgmSettings::default(), None), [21, 7, 1]);
        assert_eq!(days(AgmSettings::default(), Some(10)), [10, 3, 1]);
        assert_eq!(days(AgmSettings::default(), Some(1)), [1]);
        let list = AgmSettings {
            reminder_days: vec![1, 30, 7, 7],
            ..AgmSettings::default()
        };
        assert_eq!(days(list.clone(), None), [30, 7, 1]);
        assert_eq!(days(list, Some(14)), [14, 4, 1]);
    }
}
