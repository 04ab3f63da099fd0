//! Who may do what: by the realm, and by what was granted them on a group or above it.

use directory::delegation::{Capabilities, Capability};
use directory::membership::Status;

use super::acts::{Of, Who};
use super::granted::{Admin, Made, Offer, Subject, Terms};
use super::model::{DAY, Model};
use super::weighing::{Checked, before, must};
use Capability::{AdminsWrite, GroupDelete, InviteMember, RequestsReview, RolesAssign};

impl Model {
    fn of_person(&self, person: usize, group: usize) -> Vec<Admin> {
        let above = self.above(group);
        let counting = self.admins.iter().filter_map(|((on, subject), admin)| {
            let mut admin = *admin;
            let here = *on == group;
            if let Subject::Group(of) = subject {
                let end = self.effective(*of, person).filter(|_| self.is_enabled(*of, person));
                admin.until = admin.until.into_iter().chain(end).min();
            }
            let is_theirs = match subject {
                Subject::Person(of) => *of == person,
                Subject::Group(of) => self.is_enabled(*of, person),
            };
            if !here && !admin.entitled && self.places[group].privileged {
                admin.capabilities = admin.capabilities.without(Capabilities::of(&[RequestsReview]));
            }
            let counts = is_theirs && admin.until.is_none_or(|until| self.now < until);
            (counts && (here || (admin.inherit && above.contains(on)))).then_some(admin)
        });
        counting.collect()
    }

    pub(super) fn may(&self, who: Who, group: usize, what: Capability) -> Checked {
        let delegated = |person| {
            self.of_person(person, group)
                .iter()
                .any(|one| one.capabilities.has(what))
        };
        let may = by_realm(who, what) || matches!(who, Who::Person(person) if delegated(person));
        must(
            may && !self.places[group].gone,
            &format!("{who:?} has no {} in group {group}", what.name()),
        )
    }

    /// Whether they may let others do as much.
    pub(super) fn hands_on(&self, who: Who, group: usize, wanted: &Admin) -> Checked {
        let own = match who {
            Who::Person(person) => self.of_person(person, group),
            _ => Vec::new(),
        };
        let as_far = own
            .iter()
            .filter(|own| (own.inherit || !wanted.inherit) && !before(own.until, wanted.until));
        let all = as_far.fold(Capabilities::NONE, |all, own| all.with(own.capabilities));
        let may = has_realm(who) || wanted.capabilities.without(all).is_empty();
        must(may, &format!("{who:?} may not let others do as much in group {group}"))
    }

    /// Whether they may let a person into a privileged group, or raise what they are there.
    pub(super) fn raises(&self, who: Who, group: usize, person: usize) -> Checked {
        let may = is_entitled(who) && who != Who::Person(person);
        must(
            !self.places[group].privileged || may,
            &format!("{who:?} let {person} into the privileged group {group}"),
        )
    }

    fn is_owned(&self, group: usize) -> bool {
        let above = self.above(group);
        self.admins.iter().any(|((on, subject), admin)| {
            let reaches = *on == group || (admin.inherit && above.contains(on));
            let somebody = match subject {
                Subject::Person(person) => !self.gone.contains(person),
                Subject::Group(of) => self
                    .held
                    .keys()
                    .any(|(group, person)| group == of && self.is_enabled(*of, *person)),
            };
            reaches && somebody && admin.capabilities.is_owner() && admin.until.is_none_or(|until| self.now < until)
        })
    }

    /// The same by a path that names another group: it is above, and they may do so there too.
    pub(super) fn may_via(&self, who: Who, of: Of, what: Capability) -> Checked {
        must(
            of.via == of.group || self.above(of.group).contains(&of.via),
            "the path does not lead to the group",
        )?;
        self.may(who, of.via, what)?;
        self.may(who, of.group, what)
    }

    pub(super) fn keeps_suspended(&self, who: Who, of: Of) -> Checked {
        let suspended = self.status(of.group, of.person) == Some(Status::Suspended);
        must(!suspended || is_relaxed(who), "they are kept out")
    }

    pub(super) fn within_rules(&self, who: Who, from: i64, until: Option<i64>) -> Checked {
        if is_relaxed(who) {
            Ok(())
        } else {
            self.in_time(from.div_euclid(DAY), until)
        }
    }

    /// Whether they may name that administrator of a privileged group.
    pub(super) fn names(&self, who: Who, group: usize, subject: Subject) -> Checked {
        match subject {
            Subject::Person(person) => self.raises(who, group, person),
            Subject::Group(_) => self.raises(who, group, usize::MAX),
        }
    }

    /// An administrator becomes another one or none, and the group keeps an owner.
    pub(super) fn takes(
        &mut self,
        who: Who,
        group: usize,
        subject: Subject,
        after: Option<Admin>,
        force: bool,
    ) -> Checked {
        let was = self
            .admins
            .get(&(group, subject))
            .copied()
            .ok_or("there is no such administrator")?;
        if !matches!((who, subject), (Who::Person(me), Subject::Person(of)) if me == of) {
            self.may(who, group, AdminsWrite)?;
            self.hands_on(
                who,
                group,
                &Admin {
                    until: Some(self.now),
                    ..was
                },
            )?;
        }
        let mut all = self.below(group);
        all.push(group);
        all.retain(|group| self.is_owned(*group));
        match after {
            Some(after) => self.admins.insert((group, subject), after),
            None => self.admins.remove(&(group, subject)),
        };
        let forced = force && has_realm(who) && who != Who::Program;
        must(
            forced || all.iter().all(|group| self.is_owned(*group)),
            "a group is left without an owner",
        )
    }

    pub(super) fn offer(&mut self, offer: Offer) -> Checked {
        self.may(offer.inviter, offer.group, offer.by)?;
        self.raises(offer.inviter, offer.group, usize::MAX)?;
        self.offers.push(offer);
        Ok(())
    }

    /// What was offered is had, as far as whoever offered it may still do so.
    pub(super) fn accept(&mut self, me: usize, offer: &Offer, terms: bool, made: &Made) -> Checked {
        let (inviter, group) = (offer.inviter, offer.group);
        self.raises(inviter, group, me)?;
        let needed = offer.admin.unwrap_or_default().with(Capabilities::of(&[offer.by]));
        let (inherit, until) = match *made {
            Made::Admin { inherit, until } => (inherit, until),
            _ => (false, Some(self.now)),
        };
        let own = match inviter {
            Who::Person(person) => self.of_person(person, group),
            _ => Vec::new(),
        };
        let reaches = |own: &Admin| {
            let as_far = (own.inherit || !inherit) && !before(own.until, until);
            as_far && needed.without(own.capabilities).is_empty()
        };
        must(
            by_realm(inviter, offer.by) || own.iter().any(reaches),
            "whoever offered it may no longer",
        )?;
        if let Some(capabilities) = offer.admin {
            let admin = Admin {
                capabilities,
                inherit,
                until,
                entitled: false,
            };
            return must(
                self.admins.insert((group, Subject::Person(me)), admin).is_none(),
                "they administer it",
            );
        }
        must(!self.held.contains_key(&(group, me)), "they are a member")?;
        let in_force = self.ways[offer.way].terms;
        self.agrees(me, in_force, terms)?;
        self.admit(offer.way, me, offer.roles.clone(), in_force)
    }

    /// Terms in force are accepted.
    pub(super) fn agrees(&mut self, me: usize, terms: Option<Terms>, said: bool) -> Checked {
        let Some(terms) = terms else { return Ok(()) };
        self.accepted.insert((me, terms.id), self.now);
        must(said, "the terms are not accepted")
    }
}

/// Who moves memberships from another system.
pub(super) fn is_relaxed(who: Who) -> bool {
    who == Who::Person(1)
}

/// Who acts in the realm as a whole.
pub(super) fn has_realm(who: Who) -> bool {
    matches!(who, Who::Operator | Who::Program | Who::Person(0..=2))
}

/// Who lets people into privileged groups.
pub(super) fn is_entitled(who: Who) -> bool {
    matches!(who, Who::Operator | Who::Person(2))
}

fn by_realm(who: Who, what: Capability) -> bool {
    let others = [GroupDelete, InviteMember, RolesAssign, RequestsReview];
    is_entitled(who) || (has_realm(who) && !others.contains(&what))
}
