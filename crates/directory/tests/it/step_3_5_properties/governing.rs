//! What acts come to that say how groups are: their roles, ways to join, administrators and places.

use directory::delegation::{Capabilities, Capability};

use super::acts::{Act, Deed, ROLES, Who};
use super::granted::{Admin, Made, Place, Roles, Subject};
use super::model::Model;
use super::rights::{has_realm, is_entitled};
use super::weighing::{Checked, before, capabilities, must};
use Capability::{
    AdminsWrite, AttributesWrite, ConfigWrite, GroupDelete, GroupMove, MembersWrite, RolesAssign, RolesDefine,
    SubgroupsCreate,
};

/// One role goes, and another comes in its place; whether that is more.
fn replace(roles: &mut Roles, role: usize, instead: Option<usize>) -> bool {
    roles.remove(ROLES[role]) && instead.is_some_and(|instead| roles.insert(ROLES[instead]))
}

impl Model {
    /// The rest of what deeds grant.
    pub(super) fn governed(&mut self, deed: &Deed, made: &Made) -> Checked {
        let who = deed.who;
        match (&deed.act, made) {
            (&Act::Define { group, role }, _) => {
                self.may(who, group, RolesDefine)?;
                self.places[group].roles.insert(ROLES[role]);
                Ok(())
            }
            (
                &Act::Undefine {
                    group, role, instead, ..
                },
                _,
            ) => {
                self.may(who, group, RolesDefine)?;
                if instead.is_some() {
                    let gives = self
                        .may(who, group, RolesAssign)
                        .or_else(|_| self.may(who, group, MembersWrite));
                    must(gives.is_ok(), "who only defines roles gives nobody another one")?;
                }
                let in_it = |of: usize| of == group;
                let held = self
                    .held
                    .iter_mut()
                    .filter(|((of, _), _)| in_it(*of))
                    .map(|((_, person), grant)| (*person, &mut grant.roles));
                let mut raised = Vec::new();
                for (person, roles) in held {
                    raised.extend((replace(roles, role, instead)).then_some(person));
                }
                let places = &self.places;
                self.eligible.retain(|(of, person), eligible| {
                    if !in_it(*of) || !eligible.roles.contains(ROLES[role]) {
                        return true;
                    }
                    raised.extend(replace(&mut eligible.roles, role, instead).then_some(*person));
                    places[*of].plain || !eligible.roles.is_empty()
                });
                for roles in self
                    .ways
                    .iter_mut()
                    .filter(|way| in_it(way.group))
                    .map(|way| &mut way.roles)
                {
                    replace(roles, role, instead);
                }
                for roles in self
                    .offers
                    .iter_mut()
                    .filter(|offer| in_it(offer.group))
                    .map(|offer| &mut offer.roles)
                {
                    replace(roles, role, instead);
                }
                self.places[group].roles.remove(ROLES[role]);
                raised.into_iter().try_for_each(|_| self.raises(who, group, usize::MAX))
            }
            (&Act::Configure { group, way, .. }, Made::Way(made)) => {
                self.may(who, group, ConfigWrite)?;
                match way {
                    Some(way) => self.ways[way] = made.clone(),
                    None => self.ways.push(made.clone()),
                }
                Ok(())
            }
            (&Act::Unconfigure { way }, _) => {
                self.ways[way].gone = true;
                self.may(who, self.ways[way].group, ConfigWrite)
            }
            (&Act::Publish { way, .. }, &Made::Terms(terms)) => {
                self.ways[way].terms = Some(terms);
                self.may(who, self.ways[way].group, ConfigWrite)
            }
            (&Act::Undelegate { group, subject, force }, _) => self.takes(who, group, subject, None, force),
            (&Act::Move { group, parent }, _) => {
                if self.places[group].parent == parent || parent == Some(group) {
                    return Ok(());
                }
                let old = self.places[group].parent;
                self.may(who, group, GroupMove)?;
                for (place, what) in [(parent, SubgroupsCreate), (old, GroupMove)] {
                    match place {
                        Some(place) => self.may(who, place, what)?,
                        None => must(has_realm(who), "the top is the realm's")?,
                    }
                }
                let below = self.below(group);
                let privileged = below.iter().chain([&group]).any(|below| self.places[*below].privileged);
                must(!privileged || is_entitled(who), "a privileged group is among them")?;
                must(
                    parent.is_none_or(|parent| !below.contains(&parent)),
                    "it would be below itself",
                )?;
                if let Who::Person(me) = who {
                    let stays = |above: &usize| {
                        parent == Some(*above) || parent.is_some_and(|parent| self.above(parent).contains(above))
                    };
                    let lost = self.above(group).into_iter().filter(|above| !stays(above));
                    let comes_back = lost.into_iter().any(|above| self.blocks.contains(&(above, me)));
                    must(!comes_back, "the suspended let themselves in by moving the group")?;
                    let frees = below
                        .iter()
                        .chain([&group])
                        .any(|within| self.blocks.contains(&(*within, me)));
                    must(!frees, "the suspended free the place of the group")?;
                }
                self.places[group].parent = parent;
                Ok(())
            }
            (&Act::Found { parent }, Made::Group { owned, way }) => {
                let group = self.places.len();
                self.places.push(Place {
                    parent,
                    managed: true,
                    roles: Roles::from([ROLES[0]]),
                    ..Place::default()
                });
                self.ways.push(way.clone());
                match parent {
                    Some(parent) => self.may(who, parent, SubgroupsCreate)?,
                    None => must(has_realm(who), "the top is the realm's")?,
                }
                if let (true, Who::Person(me)) = (*owned, who) {
                    let owner = Admin {
                        capabilities: Capabilities::all(),
                        inherit: true,
                        until: None,
                        entitled: is_entitled(who),
                    };
                    self.hands_on(who, group, &owner)?;
                    self.admins.insert((group, Subject::Person(me)), owner);
                }
                Ok(())
            }
            (&Act::Delete { group }, _) => {
                if who != Who::Scim {
                    self.may(who, group, GroupDelete)?;
                }
                must(self.below(group).is_empty(), "there are groups below")?;
                let privileged = self.places[group].privileged;
                must(
                    !privileged || is_entitled(who),
                    "another one in the place of a privileged group gives the same",
                )?;
                if let Who::Person(me) = who {
                    must(
                        !self.blocks.contains(&(group, me)),
                        "the suspended free the place of the group",
                    )?;
                }
                self.places[group] = Place {
                    gone: true,
                    ..Place::default()
                };
                self.held.retain(|(of, _), _| *of != group);
                self.blocks.retain(|(of, _)| *of != group);
                self.eligible.retain(|(of, _), _| *of != group);
                self.admins
                    .retain(|(on, subject), _| *on != group && *subject != Subject::Group(group));
                Ok(())
            }
            (&Act::Expel { person }, _) => {
                self.gone.insert(person);
                self.held.retain(|(_, of), _| *of != person);
                self.eligible.retain(|(_, of), _| *of != person);
                self.admins
                    .retain(|(_, subject), _| *subject != Subject::Person(person));
                must(who == Who::Scim, "only SCIM does")
            }
            (&Act::Privilege { group, on }, _) => {
                self.places[group].privileged = on;
                must(is_entitled(who), "they may not decide that")
            }
            (&Act::SelfApproval { group, on }, _) => {
                (self.places[group].self_approval, self.places[group].plain) = (on, false);
                self.may(who, group, AttributesWrite)
            }
            (&Act::Rule { days }, _) => {
                self.most_days = days;
                must(is_entitled(who), "they may not say what the realm allows")
            }
            (
                &Act::Delegate {
                    group,
                    subject,
                    what,
                    inherit,
                    days,
                },
                _,
            ) => {
                self.may(who, group, AdminsWrite)?;
                let admin = Admin {
                    capabilities: capabilities(what),
                    inherit,
                    until: self.end_of(days),
                    entitled: is_entitled(who),
                };
                self.hands_on(who, group, &admin)?;
                self.names(who, group, subject)?;
                must(
                    self.admins.insert((group, subject), admin).is_none(),
                    "they administer it",
                )
            }
            (
                &Act::Redelegate {
                    group,
                    subject,
                    what,
                    inherit,
                    days,
                    force,
                },
                _,
            ) => {
                self.may(who, group, AdminsWrite)?;
                let was = self
                    .admins
                    .get(&(group, subject))
                    .copied()
                    .ok_or("there is no such administrator")?;
                let mut is = Admin {
                    capabilities: capabilities(what),
                    inherit,
                    until: self.end_of(days),
                    ..was
                };
                let further = (is.inherit && !was.inherit) || before(was.until, is.until);
                let mut more = is;
                if !further {
                    more.capabilities = is.capabilities.without(was.capabilities);
                }
                if !more.capabilities.is_empty() {
                    self.hands_on(who, group, &more)?;
                    self.names(who, group, subject)?;
                    is.entitled = is_entitled(who);
                }
                self.takes(who, group, subject, Some(is), force)
            }
            _ => self.elevated(deed),
        }
    }
}
