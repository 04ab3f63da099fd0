//! What people and programs do, as values: groups, people and all else by number, so that a sequence is done again without some
//! of its acts.

use directory::membership::OnLapse;
use directory::review::Decision;

use super::granted::Subject;

/// The roles that groups may have, each a bit.
pub(super) const ROLES: [&str; 3] = ["member", "curator", "lead"];
/// What administrators are let do.
pub(super) const CAPABILITIES: [&str; 8] = [
    "owner",
    "manager",
    "reviewer",
    "members.read members.write",
    "roles.assign roles.define",
    "subgroups.create group.move group.delete",
    "config.write invite.member attributes.write",
    "admins.write members.read members.suspend",
];
/// People there are, of whom the first three have roles in the realm.
pub(super) const PEOPLE: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Person(usize),
    Operator,
    /// A program that keeps people and groups by SCIM.
    Scim,
    /// A program that manages groups.
    Program,
}

#[derive(Clone, Debug)]
pub(super) struct Deed {
    pub(super) who: Who,
    pub(super) act: Act,
}

/// A way to join, as it is written. Days count from today.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) approval: bool,
    pub(super) approval_to_stay: bool,
    pub(super) first: Option<i64>,
    pub(super) days: Option<i64>,
    pub(super) from_end: bool,
    pub(super) several: bool,
    pub(super) roles: u8,
    pub(super) terms: Option<(Option<u32>, OnLapse)>,
    pub(super) active: bool,
}

/// A member of a group, by the path of a request that may name another one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of {
    pub(super) via: usize,
    pub(super) group: usize,
    pub(super) person: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Act {
    Add {
        group: usize,
        person: usize,
        roles: u8,
        from: i64,
        days: Option<i64>,
    },
    Update {
        of: Of,
        roles: u8,
        from: Option<i64>,
        days: Option<i64>,
    },
    Extend {
        of: Of,
        days: Option<i64>,
    },
    Remove {
        of: Of,
    },
    Suspend {
        of: Of,
    },
    Resume {
        of: Of,
        begins: bool,
    },
    GiveRole {
        of: Of,
        role: usize,
    },
    TakeRole {
        of: Of,
        role: usize,
    },
    Define {
        group: usize,
        role: usize,
    },
    Undefine {
        group: usize,
        role: usize,
        instead: Option<usize>,
        force: bool,
    },
    Leave {
        group: usize,
    },
    Ask {
        way: usize,
        roles: u8,
        terms: bool,
    },
    Accept {
        request: usize,
    },
    Reject {
        request: usize,
    },
    Withdraw {
        request: usize,
    },
    Configure {
        group: usize,
        way: Option<usize>,
        shape: Shape,
    },
    Unconfigure {
        way: usize,
    },
    Publish {
        way: usize,
        days: Option<u32>,
        lapse: OnLapse,
    },
    Agree {
        way: usize,
    },
    Offer {
        way: usize,
        roles: u8,
        to: usize,
    },
    OfferAdmin {
        group: usize,
        what: usize,
        to: usize,
    },
    Answer {
        offer: usize,
        yes: bool,
        terms: bool,
    },
    TakeBack {
        offer: usize,
    },
    /// It is theirs from then on.
    SendAgain {
        offer: usize,
    },
    Delegate {
        group: usize,
        subject: Subject,
        what: usize,
        inherit: bool,
        days: Option<i64>,
    },
    Redelegate {
        group: usize,
        subject: Subject,
        what: usize,
        inherit: bool,
        days: Option<i64>,
        force: bool,
    },
    Undelegate {
        group: usize,
        subject: Subject,
        force: bool,
    },
    Move {
        group: usize,
        parent: Option<usize>,
    },
    Found {
        parent: Option<usize>,
    },
    Delete {
        group: usize,
    },
    Expel {
        person: usize,
    },
    Privilege {
        group: usize,
        on: bool,
    },
    SelfApproval {
        group: usize,
        on: bool,
    },
    ScimAdd {
        group: usize,
        people: Vec<usize>,
    },
    ScimRemove {
        group: usize,
        person: usize,
    },
    ScimPut {
        group: usize,
        people: Vec<usize>,
    },
    Import {
        group: usize,
        person: usize,
        roles: Option<u8>,
        days: Option<i64>,
    },
    ImportAll {
        rows: Vec<(usize, usize)>,
    },
    Rule {
        days: Option<i64>,
    },
    /// They may make themselves a member for so many hours at most.
    LetElevate {
        group: usize,
        person: usize,
        roles: u8,
        hours: u32,
        days: Option<i64>,
    },
    LetElevateNoMore {
        group: usize,
        person: usize,
    },
    Elevate {
        group: usize,
        hours: u32,
    },
    BeginReview {
        group: usize,
        below: bool,
        undecided: Decision,
        days: i64,
    },
    /// About one of a review's items, by number.
    Decide {
        review: usize,
        item: usize,
        decision: Decision,
    },
    CloseReview {
        review: usize,
        release: bool,
    },
    CancelReview {
        review: usize,
    },
    Pass {
        seconds: i64,
        jobs: bool,
    },
}
