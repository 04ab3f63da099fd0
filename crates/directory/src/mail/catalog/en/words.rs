//! Labels and names of things, in English.

use crate::mail::catalog::Words;

pub(super) const WORDS: Words = Words {
    group: "Group",
    address: "Address",
    roles: "Roles",
    first_day: "First day",
    last_day: "Last day",
    no_last_day: "none is set",
    kept_until: "Roles kept until",
    rights: "Rights",
    below: "The same holds in these groups below it",
    description: "What the group is for",
    comment: "What they wrote",
    justification: "The reason given",
    question: "The question",
    answer: "The answer",
    waiting: "Open requests",
    ending: "Memberships that end in the next 30 days",
    somebody: "somebody",
    program: "the program {program}",
    administration: "the administration of {realm}",
    more: "{count} more are not listed.",
    and_more: " and {count} more",
    signature: "Support team",
    owner: "owner (everything in the group)",
    manager: "manager (members, roles, requests and invitations)",
    reviewer: "reviewer (see members, decide requests)",
    viewer: "viewer (see members and the history)",
    custom: "a choice of rights, shown on the page of the group",
};
