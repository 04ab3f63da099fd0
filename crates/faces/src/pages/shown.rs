//! What both rooms show alike: people, days and where memberships and requests stand.

use directory::enrollment::request::RequestStatus;
use directory::group::{Group, GroupPath, in_query};
use directory::membership::Status;
use directory::zone::Day;
use directory::{Id, Timestamp};

use super::visit::Visit;

/// A day as an instant that falls on it in UTC: pages spell it out in the reader's language.
pub(super) fn noon(day: Day) -> i64 {
    Timestamp::parse(&format!("{day}T12:00:00Z")).map_or(0, Timestamp::millis)
}

/// What a group says of itself.
pub(super) fn description(group: &Group) -> Option<&str> {
    let said = group.management.attributes.get("description")?;
    said.first().map(String::as_str)
}

/// The page of a group for its members.
pub(super) fn group_page<T>(visit: &Visit, group: Id<T>) -> String {
    format!("{}/groups/showgroups/{group}", visit.room())
}

/// Where one asks to join a group, or to stay.
pub(super) fn enroll_page(visit: &Visit, path: &GroupPath) -> String {
    format!("{}/enroll?groupPath={}", visit.room(), in_query(&path.to_string()))
}

/// The text of a status.
pub(super) fn status_key(status: Status) -> &'static str {
    match status {
        Status::Enabled => "status.enabled",
        Status::Pending => "status.pending",
        Status::Suspended => "status.suspended",
        Status::Expired => "status.expired",
        Status::Ended | Status::Barred => "status.ended",
    }
}

/// The tone of a status.
pub(super) fn status_tone(status: Status) -> &'static str {
    match status {
        Status::Enabled => "good",
        Status::Pending => "accent",
        Status::Suspended => "bad",
        Status::Expired => "warn",
        Status::Ended | Status::Barred => "",
    }
}

/// The tone of where a request stands.
pub(super) fn request_tone(status: RequestStatus) -> &'static str {
    match status {
        RequestStatus::PendingApproval => "accent",
        RequestStatus::WaitingForReply => "warn",
        RequestStatus::Accepted | RequestStatus::SelfApproved => "good",
        RequestStatus::Rejected => "bad",
        RequestStatus::Archived => "",
    }
}
