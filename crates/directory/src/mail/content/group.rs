//! What the mails about groups tell: who, in which group, from when and until when, and what people wrote.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;

/// A group, as it was when the mail was queued.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupRef {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its path, such as `/acme/ops`.
    pub(crate) path: String,
}

/// A person, as mails to others name them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PersonRef {
    /// How they want to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Their userName.
    pub(crate) user_name: String,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Who {
    /// A person.
    Person(PersonRef),
    /// A program, by its name.
    Program(String),
    /// Whoever runs the server, or Usher itself.
    Administration,
}

/// What was asked to be decided, and how it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Decision {
    /// Yes.
    Accepted,
    /// No.
    Rejected,
}

/// What an invitation offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OfferKind {
    /// To be a member.
    Membership,
    /// To administer the group.
    Administration,
}

/// Somebody asks to join.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) group: GroupRef,
    /// The request's id.
    pub(crate) request: Uuid,
    pub(crate) requester: PersonRef,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    /// What they wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) comment: Option<String>,
}

/// What became of a request, told to who asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Decided {
    pub(crate) group: GroupRef,
    pub(crate) decision: Decision,
    /// What the reviewer wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) justification: Option<String>,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_day: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_day: Option<Date>,
}

/// What became of a request, told to those who could have decided it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DecidedBy {
    pub(crate) group: GroupRef,
    pub(crate) requester: PersonRef,
    pub(crate) actor: Who,
    pub(crate) decision: Decision,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) justification: Option<String>,
}

/// A question about a request, or the answer to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Word {
    pub(crate) group: GroupRef,
    pub(crate) request: Uuid,
    /// Who wrote it.
    pub(crate) author: Who,
    pub(crate) text: String,
}

/// Who has to say the next word about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WaitsFor {
    /// Somebody who may decide it.
    Reviewer,
    /// Who asked.
    Requester,
}

/// A request that waits for somebody's word.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) group: GroupRef,
    pub(crate) request: Uuid,
    pub(crate) requester: PersonRef,
    pub(crate) waits_for: WaitsFor,
    /// The day since which it waits.
    pub(crate) since: Date,
    /// The day on which it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) closes: Option<Date>,
}

/// Why a request was put away without a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    /// The way to join was changed.
    WayChanged,
    /// The way to join was removed.
    WayRemoved,
    /// No role that was asked for is there any more.
    RolesRemoved,
    /// They are a member already.
    MemberAdded,
    /// The group is gone.
    GroupDeleted,
}

/// A request that was put away without a decision.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Archived {
    pub(crate) group: GroupRef,
    pub(crate) cause: Cause,
}

/// A request that was closed because nobody said anything.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Closed {
    pub(crate) group: GroupRef,
    pub(crate) requester: PersonRef,
    pub(crate) waits_for: WaitsFor,
    /// The day since which it waited.
    pub(crate) since: Date,
}

/// An offer, told to the address it goes to.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Offer {
    pub(crate) group: GroupRef,
    /// What the group is for, in its administrators' words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) inviter: Who,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    /// The secret of the link.
    pub(crate) secret: String,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

/// An offer, told to those who administer the group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OfferMade {
    pub(crate) group: GroupRef,
    pub(crate) kind: OfferKind,
    /// Where it went.
    pub(crate) address: String,
    pub(crate) inviter: Who,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
}

/// An answer to an offer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OfferAnswered {
    pub(crate) group: GroupRef,
    pub(crate) kind: OfferKind,
    /// Who answered, if they have an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) person: Option<PersonRef>,
    /// Where the offer went; empty where that is not known.
    pub(crate) address: String,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    /// The first day of the membership, where it is still to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first_day: Option<Date>,
}

/// A membership as it is now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Membership {
    pub(crate) group: GroupRef,
    pub(crate) member: PersonRef,
    pub(crate) actor: Who,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_day: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_day: Option<Date>,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
}

/// Which role came or went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleChange {
    /// It was given.
    Added(String),
    /// It was taken.
    Removed(String),
}

/// A member's roles after one came or went.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RolesChanged {
    pub(crate) group: GroupRef,
    pub(crate) member: PersonRef,
    pub(crate) actor: Who,
    pub(crate) change: RoleChange,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
}

/// A membership that was suspended, brought back or ended by somebody, with those below it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Affected {
    pub(crate) group: GroupRef,
    pub(crate) member: PersonRef,
    pub(crate) actor: Who,
    /// The paths of the groups below in which the same happened.
    #[serde(default)]
    pub(crate) below: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) justification: Option<String>,
}

/// A membership whose time is over, or that its member ended, with those below it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) group: GroupRef,
    pub(crate) member: PersonRef,
    #[serde(default)]
    pub(crate) below: Vec<String>,
    /// The last day of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_day: Option<Date>,
    /// Until when a renewal finds the roles again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kept_until: Option<Date>,
    /// They are kept out, so nothing leads back in.
    #[serde(default)]
    pub(crate) kept_out: bool,
}

/// A membership that will end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ending {
    pub(crate) group: GroupRef,
    pub(crate) last_day: Date,
    /// The path of the group above that ends it, if it is not this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) imposed_by: Option<String>,
}

/// What somebody may do as an administrator of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Preset {
    /// Everything.
    Owner,
    /// Members, requests and invitations.
    Manager,
    /// Decide requests.
    Reviewer,
    /// See members.
    Viewer,
    /// A choice of things.
    Custom,
}

/// Whether somebody may now, or no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AdminChange {
    /// Now.
    Added,
    /// No more.
    Removed,
}

/// Somebody administers a group, or does no more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AdminChanged {
    pub(crate) group: GroupRef,
    pub(crate) admin: PersonRef,
    pub(crate) actor: Who,
    pub(crate) change: AdminChange,
    pub(crate) preset: Preset,
}

/// A group is gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GroupDeleted {
    pub(crate) group: GroupRef,
    pub(crate) actor: Who,
}

/// What happens when terms are not accepted again in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OnLapse {
    /// Nothing but reminders.
    Remind,
    /// What the membership gives elsewhere is withheld.
    Withhold,
    /// The membership ends.
    End,
}

/// Terms whose acceptance will be, or is, over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) group: GroupRef,
    /// The last day on which the acceptance counts.
    pub(crate) last_day: Date,
    pub(crate) then: OnLapse,
    /// What has ended with it below.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) below: Vec<String>,
    /// Until when what has ended can come back as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kept_until: Option<Date>,
}

/// That somebody may make themselves a member.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Eligible {
    pub(crate) group: GroupRef,
    pub(crate) actor: Who,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    /// For how long at most.
    pub(crate) hours: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_day: Option<Date>,
}

/// That somebody has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Elevated {
    pub(crate) group: GroupRef,
    pub(crate) member: PersonRef,
    /// The first instant after it.
    pub(crate) until: Timestamp,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    /// Why, in their words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) justification: Option<String>,
}

/// What happened, in a line of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DigestKind {
    Asked,
    Answered,
    Decided,
    Closed,
    Invited,
    OfferAccepted,
    OfferRejected,
    Joined,
    Changed,
    Suspended,
    Resumed,
    Left,
    Removed,
    Expired,
    Elevated,
    AdminsChanged,
}

/// A line of a digest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DigestItem {
    pub(crate) kind: DigestKind,
    /// Whom it is about: a person, or the address of somebody invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) person: Option<PersonRef>,
}

/// What happened in one group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DigestGroup {
    pub(crate) group: GroupRef,
    pub(crate) items: Vec<DigestItem>,
    /// How many memberships end in the next 30 days.
    #[serde(default)]
    pub(crate) ending: u32,
    /// How many requests wait.
    #[serde(default)]
    pub(crate) waiting: u32,
}

/// What has happened in somebody's groups for about a day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Digest {
    /// The day on which the first of it happened.
    pub(crate) day: Date,
    pub(crate) groups: Vec<DigestGroup>,
    /// How much more happened than is listed.
    #[serde(default)]
    pub(crate) more: u32,
}
