//! Where the links of mails about groups lead: to pages of the realm, or, where the realm says so, to those of the system that
//! Usher replaces.

use uuid::Uuid;

use super::Rendering;
use crate::group::in_query;

impl Rendering<'_> {
    /// A page about groups.
    fn group_page(&self, path: &str) -> String {
        let settings = &self.realm.settings;
        match settings.agm.link_url.as_deref().filter(|_| settings.compat.agm_links) {
            Some(base) => format!(
                "{}/realms/{}/account/#/{path}",
                base.trim_end_matches('/'),
                self.realm.name
            ),
            None => self.page(path),
        }
    }

    /// The page of an offer.
    pub(super) fn offer_page(&self, secret: &str) -> String {
        self.group_page(&format!("invitation/{secret}"))
    }

    /// Where somebody asks to join a group, or renews.
    pub(super) fn enroll_page(&self, path: &str) -> String {
        self.group_page(&format!("enroll?groupPath={}", in_query(path)))
    }

    /// A request, for those who decide it.
    pub(super) fn request_page(&self, request: Uuid) -> String {
        self.group_page(&format!("groups/groupenrollments?id={request}"))
    }

    /// A request, for who has made it.
    pub(super) fn own_request_page(&self, request: Uuid) -> String {
        self.group_page(&format!("groups/mygroupenrollments?id={request}"))
    }

    /// A group, for its members.
    pub(super) fn member_page(&self, group: Uuid) -> String {
        self.group_page(&format!("groups/showgroups/{group}"))
    }

    /// All groups of a member.
    pub(super) fn my_groups_page(&self) -> String {
        self.group_page("groups/showgroups")
    }

    /// The members of a group, for those who administer it.
    pub(super) fn members_page(&self, group: Uuid) -> String {
        self.group_page(&format!("groups/admingroups/{group}?tab=members"))
    }

    /// Who administers a group.
    pub(super) fn admins_page(&self, group: Uuid) -> String {
        self.group_page(&format!("groups/admingroups/{group}?tab=admins"))
    }

    /// All groups of somebody who administers some.
    pub(super) fn administered_page(&self) -> String {
        self.group_page("groups/admingroups")
    }
}
