//! What can be granted, and what the product answers of it.

use std::collections::BTreeSet;

use directory::delegation::{Capabilities, Capability};
use directory::membership::OnLapse;
use uuid::Uuid;

use super::acts::Who;

pub(super) type Roles = BTreeSet<&'static str>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Person(usize),
    Group(usize),
}

/// A membership as it was granted; of a program or a source without roles where they named none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) from: i64,
    pub(super) until: Option<i64>,
    pub(super) roles: Roles,
    /// Until when the terms count, and what happens then.
    pub(super) terms: Option<(Option<i64>, OnLapse)>,
    pub(super) way: Option<usize>,
    pub(super) by_import: bool,
    /// They made themselves a member for some hours.
    pub(super) elevated: Option<Before>,
}

/// Who had ended what was before somebody elevated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Before(pub(super) Option<Ender>);

#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) parent: Option<usize>,
    pub(super) gone: bool,
    pub(super) managed: bool,
    /// Members need no role.
    pub(super) plain: bool,
    pub(super) roles: Roles,
    pub(super) privileged: bool,
    pub(super) self_approval: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Admin {
    pub(super) capabilities: Capabilities,
    pub(super) inherit: bool,
    pub(super) until: Option<i64>,
    pub(super) entitled: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) id: Uuid,
    pub(super) days: Option<i64>,
    pub(super) lapse: OnLapse,
}

#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) group: usize,
    /// Requests of earlier versions count no more.
    pub(super) since: i64,
    pub(super) approval: bool,
    pub(super) approval_to_stay: bool,
    pub(super) first: Option<i64>,
    pub(super) days: Option<i64>,
    pub(super) from_end: bool,
    pub(super) several: bool,
    pub(super) roles: Roles,
    pub(super) terms: Option<Terms>,
    pub(super) active: bool,
    pub(super) gone: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) group: usize,
    pub(super) person: usize,
    pub(super) way: usize,
    pub(super) version: i64,
    pub(super) roles: Roles,
    pub(super) terms: Option<Terms>,
    pub(super) first: Option<Who>,
    pub(super) open: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) to: usize,
    pub(super) group: usize,
    pub(super) inviter: Who,
    /// By what right.
    pub(super) by: Capability,
    /// None offers a membership by a way with roles.
    pub(super) admin: Option<Capabilities>,
    pub(super) way: usize,
    pub(super) roles: Roles,
    pub(super) open: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ender {
    Program,
    Import,
    Other,
    /// Its time, or who was in. After some hours all is as before them.
    Itself,
}

/// What the product answers that the acts do not say.
#[derive(Clone, Debug)]
pub(super) enum Made {
    Nothing,
    /// By which way it counts as joined.
    Rests(Option<usize>),
    Asked {
        reviewed: bool,
        version: i64,
    },
    Decided(bool),
    Way(Way),
    Terms(Terms),
    Group {
        owned: bool,
        way: Way,
    },
    Admin {
        inherit: bool,
        until: Option<i64>,
    },
    Applied {
        added: Vec<(usize, usize)>,
        changed: Vec<(usize, usize)>,
        removed: Vec<(usize, usize)>,
    },
}
