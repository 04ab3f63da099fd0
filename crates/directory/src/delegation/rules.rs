//! What a principal reaches on a group, and whether a group keeps an owner. Pure.

use super::{Capabilities, Capability, Delegation};
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::group::Group;
use crate::id::Id;
use crate::principal::{Actor, Permission, Principal, RealmRight, Role, Scope, UserActor};

/// What a principal may do on a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// What they may do.
    pub capabilities: Capabilities,
    /// What they may let others do, below and until when: administrators no more than they may do themselves.
    pub hands_on: Vec<Extent>,
    /// What is meant for moving from another system is allowed: dates in the past, members without a role.
    pub relaxed: bool,
    /// What protects a group from its own administrators may be put aside.
    pub force: bool,
    /// Whence it comes.
    pub because: Vec<Because>,
}

/// How far capabilities on a group go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// What may be done.
    pub capabilities: Capabilities,
    /// Whether in the groups below too.
    pub inherit: bool,
    /// The first instant after it; none = for good.
    pub until: Option<Timestamp>,
}

impl Extent {
    /// As far as anything goes.
    fn full(capabilities: Capabilities) -> Self {
        Self {
            capabilities,
            inherit: true,
            until: None,
        }
    }

    /// Whether it reaches as deep and lasts as long as another one, whatever may be done.
    fn goes_as_far(&self, other: &Self) -> bool {
        (self.inherit || !other.inherit) && !ends_before(self.until, other.until)
    }
}

/// Whether one end comes before another one. None is never.
pub(super) fn ends_before(end: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    match (end, other) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(end), Some(other)) => end < other,
    }
}

/// Whence a reach comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The operator of the machine, or a job.
    Operator,
    /// What a program's token reaches.
    Program,
    /// A role in the realm.
    Role(Role),
    /// What the claims of the provider's token allow in the realm.
    Claim,
    /// They administer the group, or one above.
    Delegation {
        /// By which delegation.
        id: Id<Delegation>,
        /// On which group.
        group: Id<Group>,
    },
}

impl Reach {
    /// Whether it is among what they may do.
    pub fn has(&self, capability: Capability) -> bool {
        self.capabilities.has(capability)
    }

    /// Whether they may do anything at all on the group.
    pub fn is_any(&self) -> bool {
        !self.capabilities.is_empty()
    }

    /// Whether it holds on every group of the realm, without a delegation.
    pub fn is_of_realm(&self) -> bool {
        let of_realm = |because: &Because| !matches!(because, Because::Delegation { .. });
        self.because.iter().any(of_realm)
    }

    /// Whether those who administer the group too are told what is done by it: not where the administration of the realm does it,
    /// which is nobody's colleague there.
    pub(crate) fn is_told(&self) -> bool {
        self.because.iter().any(|because| match because {
            Because::Delegation { .. } | Because::Role(Role::ManageGroups | Role::ManageGroupsExtended) => true,
            Because::Operator | Because::Program | Because::Claim | Because::Role(_) => false,
        })
    }

    /// Refuses to change which roles people hold to whoever may only say which there are.
    ///
    /// # Errors
    /// `not_permitted`, with the name of the capability.
    pub(crate) fn check_giving_roles(&self) -> Result<(), Denial> {
        if self.has(Capability::MembersWrite) {
            return Ok(());
        }
        self.check(Capability::RolesAssign)
    }

    /// Whether they may see those who ask to join. Who manages all groups sees them without deciding about them.
    pub fn sees_requests(&self) -> bool {
        self.has(Capability::RequestsReview) || (self.is_of_realm() && self.has(Capability::MembersRead))
    }

    /// Refuses what is not among it.
    ///
    /// # Errors
    /// `not_permitted`, with the name of the capability.
    pub fn check(&self, capability: Capability) -> Result<(), Denial> {
        if self.has(capability) {
            return Ok(());
        }
        Err(Denial::NotPermitted {
            capability: capability.name(),
        })
    }

    /// Refuses what they may not do in the groups below too.
    ///
    /// # Errors
    /// `not_permitted`, with the name of the capability.
    pub(crate) fn check_below(&self, capability: Capability) -> Result<(), Denial> {
        let inherited = |own: &Extent| own.inherit && own.capabilities.has(capability);
        if self.hands_on.iter().any(inherited) {
            return Ok(());
        }
        Err(Denial::NotPermitted {
            capability: capability.name(),
        })
    }

    /// Refuses to let others do what they may not hand on, or not as far.
    pub(crate) fn check_hands_on(&self, wanted: Extent) -> Result<(), Denial> {
        let all = |extents: &mut dyn Iterator<Item = &Extent>| {
            extents.fold(Capabilities::NONE, |all, own| all.with(own.capabilities))
        };
        let missing = wanted.capabilities.without(all(&mut self.hands_on.iter()));
        if let Some(capability) = missing.iter().next() {
            return Err(Denial::NotPermitted {
                capability: capability.name(),
            });
        }
        let as_far = all(&mut self.hands_on.iter().filter(|own| own.goes_as_far(&wanted)));
        if wanted.capabilities.without(as_far).is_empty() {
            return Ok(());
        }
        Err(Denial::MoreThanOwn)
    }

    fn add(&mut self, capabilities: Capabilities, hands_on: Extent, because: Because) {
        self.capabilities = self.capabilities.with(capabilities);
        self.hands_on.push(hands_on);
        self.because.push(because);
    }
}

/// What the role that manages all groups does not do: that is for those who run the group.
fn managing_all() -> Capabilities {
    use Capability::{GroupDelete, InviteMember, RequestsReview, RolesAssign};
    Capabilities::all().without(Capabilities::of(&[
        GroupDelete,
        InviteMember,
        RolesAssign,
        RequestsReview,
    ]))
}

/// What a principal reaches on every group of the realm.
pub(super) fn of_realm(principal: &Principal) -> Reach {
    let all = Capabilities::all();
    let everything = Extent::full(all);
    let mut reach = Reach::default();
    match &principal.actor {
        Actor::Operator | Actor::System => {
            reach.add(all, everything, Because::Operator);
            reach.force = true;
        }
        Actor::Client(actor) if actor.scopes.has(Scope::AgmAdmin) => {
            reach.add(all, everything, Because::Program);
            reach.force = true;
        }
        Actor::Client(actor) if actor.scopes.has(Scope::AgmManage) => {
            reach.add(managing_all(), everything, Because::Program);
        }
        Actor::User(actor) if manages(actor) => of_person(&mut reach, principal, actor),
        Actor::Client(_) | Actor::User(_) | Actor::Nobody => {}
    }
    reach
}

/// Whether what a person acts by reaches group management.
pub(super) fn manages(actor: &UserActor) -> bool {
    actor.carries(Scope::AgmManage) || actor.carries(Scope::AgmAdmin)
}

fn of_person(reach: &mut Reach, principal: &Principal, actor: &UserActor) {
    use Capability::{AdminsWrite, AuditRead, GroupDelete, GroupMove, MembersRead, SubgroupsCreate};
    let all = Capabilities::all();
    let everything = Extent::full(all);
    for role in &actor.roles {
        let because = Because::Role(*role);
        match role {
            Role::RealmAdmin => {
                reach.add(all, everything, because);
                reach.force |= actor.carries(Scope::AgmAdmin);
            }
            Role::ManageGroups | Role::ManageGroupsExtended => {
                reach.add(managing_all(), everything, because);
                reach.relaxed |= *role == Role::ManageGroupsExtended;
                reach.force = true;
            }
            Role::Auditor => {
                let seen = Capabilities::of(&[MembersRead, AuditRead]);
                reach.add(seen, Extent::full(Capabilities::NONE), because);
            }
            Role::Inviter => {}
        }
    }
    let by_role = actor.roles.contains(&Role::RealmAdmin);
    if !by_role && principal.check(Permission::Realm(RealmRight::Groups)).is_ok() {
        let shape = Capabilities::of(&[SubgroupsCreate, GroupMove, GroupDelete, AdminsWrite, MembersRead]);
        reach.add(shape, everything, Because::Claim);
        reach.force = true;
    }
}

/// Whether a delegation counts at that instant.
pub(super) fn counts(delegation: &Delegation, now: Timestamp) -> bool {
    delegation.valid_from.is_none_or(|from| from <= now) && delegation.valid_until.is_none_or(|until| now < until)
}

/// What a principal reaches on a group: by what holds in the realm, and by delegations of theirs on the group and, where
/// they are inherited, above.
pub(super) fn reach(principal: &Principal, group: &Group, theirs: &[Delegation], now: Timestamp) -> Reach {
    let mut reach = of_realm(principal);
    for delegation in theirs.iter().filter(|delegation| counts(delegation, now)) {
        let own = Extent {
            capabilities: counting(delegation, group),
            ..delegation.extent()
        };
        if own.capabilities.is_empty() {
            continue;
        }
        let because = Because::Delegation {
            id: delegation.id,
            group: delegation.group,
        };
        reach.add(own.capabilities, own, because);
    }
    reach
}

/// What a delegation on a group or above lets do there. A privileged group is not decided about by whom administrators of a
/// group above have chosen, who could let nobody in themselves.
pub(super) fn counting(delegation: &Delegation, group: &Group) -> Capabilities {
    let all = delegation.capabilities;
    let here = delegation.group == group.id;
    if !here && !delegation.inherit {
        return Capabilities::NONE;
    }
    if here || delegation.entitled || group.management.privileged.is_none() {
        return all;
    }
    all.without(Capabilities::of(&[Capability::RequestsReview]))
}

/// A delegation on a group or above it, as it bears on whether the group has an owner.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) delegation: Delegation,
    /// Whether somebody is behind it whose account is active.
    pub(super) is_somebodys: bool,
}

/// Whether a group, and every group below that has no owner of its own, keeps an owner for as long as it had one when one
/// delegation becomes another, or none. Who is no owner leaves none behind.
pub(super) fn keeps_an_owner(
    standing: &[Standing],
    before: &Delegation,
    after: Option<&Delegation>,
    now: Timestamp,
) -> bool {
    let owns = |one: &Delegation| one.capabilities.is_owner() && counts(one, now);
    let is_nobodys = |one: &Standing| one.delegation.id == before.id && !one.is_somebodys;
    if !owns(before) || standing.iter().any(is_nobodys) {
        return true;
    }
    // What was inherited below, and lasts, has to go on doing so.
    let does_as_much = |one: &Delegation| owns(one) && one.extent().goes_as_far(&before.extent());
    let others = standing
        .iter()
        .filter(|one| one.delegation.id != before.id && one.is_somebodys)
        .map(|one| &one.delegation);
    others.chain(after).any(does_as_much)
}
