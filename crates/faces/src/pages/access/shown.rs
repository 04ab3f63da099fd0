//! What the pages of My access have in common: a membership as people read it.

use directory::group::GroupPath;
use directory::membership::Listed;
use directory::zone::Zone;
use directory::{Id, Timestamp};
use serde::Serialize;

use crate::pages::shown::{enroll_page, group_page, noon, status_key};
use crate::pages::visit::Visit;

/// A membership of one's own, as a list shows it.
#[derive(Debug, Serialize)]
pub(super) struct Held {
    /// What the group is called.
    pub(super) name: String,
    /// Where it stands, where that says more.
    pub(super) path: Option<String>,
    pub(super) href: String,
    pub(super) roles: Vec<String>,
    pub(super) status: &'static str,
    /// Its first day, where that is to come.
    pub(super) from: Option<i64>,
    /// Its last day.
    pub(super) until: Option<i64>,
    /// Whether that is near, and the person does not let it come.
    pub(super) is_near: bool,
    /// Where one asks to stay.
    pub(super) renew: String,
}

impl Held {
    pub(super) fn of(visit: &Visit, listed: &Listed, (now, zone): (Timestamp, &Zone)) -> Self {
        let membership = &listed.membership;
        let path = GroupPath::of_names(listed.above.clone()).below(&listed.group.name);
        let near = now.plus_seconds(i64::from(notice_days(visit, listed)) * 86_400);
        let from = membership.valid_from.filter(|from| *from > now);
        Self {
            name: listed.group.display_name.clone(),
            path: (!listed.above.is_empty()).then(|| path.to_string()),
            href: group_page(visit, listed.group.id),
            roles: listed.roles.clone(),
            status: status_key(membership.status),
            from: from.map(|from| noon(zone.day(from))),
            until: membership.effective.at.map(|end| noon(zone.last_day(end))),
            is_near: !membership.details.lapses && membership.effective.at.is_some_and(|end| end <= near),
            renew: enroll_page(visit, &path),
        }
    }
}

/// How long before the end a membership is spoken of: as the group says, or the realm.
fn notice_days(visit: &Visit, listed: &Listed) -> u32 {
    let own = listed.group.management.first_reminder();
    own.map_or_else(|| visit.realm.settings.agm.notice_days(), u32::from)
}

/// One's requests; one of them.
pub(super) fn request_page<T>(visit: &Visit, request: Option<Id<T>>) -> String {
    let all = format!("{}/groups/mygroupenrollments", visit.room());
    request.map_or(all.clone(), |id| format!("{all}?id={id}"))
}
