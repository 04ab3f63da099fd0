//! What an act grants, and whether whoever did it may: what the product has let them do is weighed once more. Whatever it refuses
//! grants nothing.

use directory::delegation::{Capabilities, Capability};
use directory::membership::Status;

use super::acts::{Act, CAPABILITIES, Deed, Of, ROLES, Who};
use super::granted::{Asked, Ender, Grant, Made, Offer, Roles};
use super::model::{DAY, Model};
use super::rights::{is_entitled, is_relaxed};
use Capability::{InviteAdmin, InviteMember, MembersSuspend, MembersWrite, RequestsReview, RolesAssign};

pub(super) type Checked = Result<(), String>;

pub(super) fn must(holds: bool, why: &str) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(format!("it was let happen, but {why}"))
    }
}

pub(super) fn named(bits: u8) -> Roles {
    (0..3)
        .filter(|bit| bits & (1 << bit) != 0)
        .map(|bit| ROLES[bit])
        .collect()
}

/// Who has ended something, as it is remembered.
fn ender(who: Who) -> Ender {
    match who {
        Who::Scim | Who::Program => Ender::Program,
        Who::Person(_) | Who::Operator => Ender::Other,
    }
}

pub(super) fn capabilities(what: usize) -> Capabilities {
    Capabilities::parse(CAPABILITIES[what]).expect("capabilities")
}

pub(super) fn before(one: Option<i64>, other: Option<i64>) -> bool {
    one.unwrap_or(i64::MAX) < other.unwrap_or(i64::MAX)
}

impl Model {
    /// What a deed grants that the product has let somebody do.
    pub(super) fn done(&mut self, deed: &Deed, made: &Made) -> Checked {
        let who = deed.who;
        let me = match who {
            Who::Person(person) => person,
            Who::Operator | Who::Scim | Who::Program => usize::MAX,
        };
        match (&deed.act, made) {
            (
                &Act::Add {
                    group,
                    person,
                    roles,
                    from,
                    days,
                },
                &Made::Rests(way),
            ) => {
                self.may(who, group, MembersWrite)?;
                self.raises(who, group, person)?;
                must(!self.is_blocked(group, person), "they are kept out")?;
                must(!self.held.contains_key(&(group, person)), "they are a member")?;
                let (from, until) = ((self.today() + from) * DAY, self.end_of(days));
                self.within_rules(who, from, until)?;
                let roles = named(roles);
                self.grant(
                    group,
                    person,
                    Grant {
                        from,
                        until,
                        roles,
                        way,
                        ..Grant::default()
                    },
                )
            }
            (&Act::Update { of, roles, from, days }, _) => {
                self.may_via(who, of, MembersWrite)?;
                let (pending, roles) = (self.status(of.group, of.person) == Some(Status::Pending), named(roles));
                let grant = self.held_of(of)?.clone();
                let until = self.end_kept(&grant, days);
                if pending || before(grant.until, until) || !roles.is_subset(&grant.roles) {
                    self.raises(who, of.group, of.person)?;
                }
                let first = from
                    .filter(|_| pending || is_relaxed(who))
                    .map(|from| (self.today() + from) * DAY);
                let first = first.filter(|first| first.div_euclid(DAY) != grant.from.div_euclid(DAY));
                self.keeps_suspended(who, of)?;
                self.within_rules(who, if pending { first.unwrap_or(grant.from) } else { self.now }, until)?;
                let from = first.unwrap_or(grant.from);
                let elevated = grant.elevated.filter(|_| (from, until) == (grant.from, grant.until));
                self.grant(
                    of.group,
                    of.person,
                    Grant {
                        from,
                        until,
                        roles,
                        elevated,
                        ..grant
                    },
                )
            }
            (&Act::Extend { of, days }, _) => {
                self.may_via(who, of, MembersWrite)?;
                let grant = self.held_of(of)?.clone();
                let until = self.end_kept(&grant, days);
                if before(grant.until, until) {
                    self.raises(who, of.group, of.person)?;
                }
                self.keeps_suspended(who, of)?;
                self.within_rules(who, grant.from.max(self.now), until)?;
                let elevated = grant.elevated.filter(|_| until == grant.until);
                self.grant(
                    of.group,
                    of.person,
                    Grant {
                        until,
                        elevated,
                        ..grant
                    },
                )
            }
            (&Act::Remove { of }, _) => {
                self.may_via(who, of, MembersWrite)?;
                self.end(of.group, of.person, ender(who));
                Ok(())
            }
            (&Act::Suspend { of }, _) => {
                self.may_via(who, of, MembersSuspend)?;
                must(
                    me != of.person && self.is_enabled(of.group, of.person),
                    "there is nobody to suspend",
                )?;
                self.blocks.insert((of.group, of.person));
                Ok(())
            }
            (&Act::Resume { of, .. }, _) => {
                self.may_via(who, of, MembersSuspend)?;
                must(me != of.person, "people lift nothing from themselves")?;
                let status = self.status(of.group, of.person);
                let has_ended = status.is_none() && self.blocks.contains(&(of.group, of.person));
                if status == Some(Status::Suspended) || has_ended {
                    must(!self.is_blocked_above(of.group, of.person), "they are kept out above")?;
                    self.blocks.remove(&(of.group, of.person));
                    for group in self.below(of.group).into_iter().chain([of.group]) {
                        let is_back = |status| status != Status::Suspended;
                        if self.status(group, of.person).is_some_and(is_back) {
                            self.raises(who, group, of.person)?;
                        }
                    }
                    return Ok(());
                }
                self.may(who, of.group, MembersWrite)?;
                self.raises(who, of.group, of.person)?;
                let grant = Grant {
                    from: self.now,
                    ..self.held_of(of)?.clone()
                };
                self.grant(of.group, of.person, grant)
            }
            (&Act::GiveRole { of, role }, _) => {
                self.may_via(who, of, RolesAssign)?;
                self.raises(who, of.group, of.person)?;
                let (mut roles, grant) = (named(1 << role), self.held_of(of)?.clone());
                roles.extend(&grant.roles);
                self.grant(of.group, of.person, Grant { roles, ..grant })
            }
            (&Act::TakeRole { of, role }, _) => {
                self.may_via(who, of, RolesAssign)?;
                let mut grant = self.held_of(of)?.clone();
                must(
                    grant.roles.remove(ROLES[role]) && !grant.roles.is_empty(),
                    "one role stays",
                )?;
                self.grant(of.group, of.person, grant)
            }
            (&Act::Leave { group }, _) => {
                must(self.held.contains_key(&(group, me)), "they are no member")?;
                self.end(group, me, Ender::Itself);
                Ok(())
            }
            (&Act::Ask { way, roles, terms }, &Made::Asked { reviewed, version }) => {
                let by = self.ways[way].clone();
                let roles = named(roles);
                let offered = roles.is_subset(&by.roles) && (by.several || roles.len() == 1);
                must(offered && !roles.is_empty(), "the way does not offer these roles")?;
                self.agrees(me, by.terms, terms)?;
                must(by.active, "the way is closed")?;
                let stays = self.kept(by.group, me).is_some();
                must(
                    reviewed == if stays { by.approval_to_stay } else { by.approval },
                    "others decide than ought to",
                )?;
                let open = reviewed;
                self.requests.push(Asked {
                    group: by.group,
                    person: me,
                    way,
                    version,
                    roles: roles.clone(),
                    terms: by.terms,
                    first: None,
                    open,
                });
                must(
                    reviewed || !self.places[by.group].privileged,
                    "nobody comes into a privileged group by themselves",
                )?;
                if reviewed {
                    Ok(())
                } else {
                    self.admit(way, me, roles, by.terms)
                }
            }
            (&Act::Accept { request }, &Made::Decided(decided)) => {
                let asked = self.requests[request].clone();
                let place = &self.places[asked.group];
                self.may(who, asked.group, RequestsReview)?;
                must(
                    asked.open && asked.version >= self.ways[asked.way].since,
                    "nobody waits",
                )?;
                must(
                    me != asked.person || (place.self_approval && !place.privileged),
                    "it is their own request",
                )?;
                self.requests[request].first = Some(who);
                if !decided {
                    return Ok(());
                }
                let by_two = asked.first.is_some_and(|first| first != who);
                must(!place.privileged || is_entitled(who) || by_two, "it takes two")?;
                self.requests[request].open = false;
                self.admit(asked.way, asked.person, asked.roles, asked.terms)
            }
            (&Act::Reject { request }, _) => {
                self.requests[request].open = false;
                self.may(who, self.requests[request].group, RequestsReview)
            }
            (&Act::Withdraw { request }, _) => {
                self.requests[request].open = false;
                must(self.requests[request].person == me, "it is another's request")
            }
            (&Act::Agree { way }, _) => {
                let of = (self.ways[way].group, me);
                let mut grant = self.held.get(&of).ok_or("they are no member")?.clone();
                let by = grant.way.filter(|by| !self.ways[*by].gone);
                let terms = by.and_then(|by| self.ways[by].terms).ok_or("there are no terms")?;
                self.accepted.insert((me, terms.id), self.now);
                grant.terms = Some(self.standing(me, terms));
                self.held.insert(of, grant);
                Ok(())
            }
            (&Act::Offer { way, roles, to }, _) => {
                let group = self.ways[way].group;
                let roles = named(roles);
                must(self.ways[way].active && !self.ways[way].gone, "the way is closed")?;
                self.offer(Offer {
                    to,
                    group,
                    inviter: who,
                    admin: None,
                    way,
                    roles,
                    open: true,
                    by: InviteMember,
                })
            }
            (&Act::OfferAdmin { group, what, to }, _) => {
                let admin = Some(capabilities(what));
                self.offer(Offer {
                    to,
                    group,
                    inviter: who,
                    admin,
                    way: 0,
                    roles: Roles::new(),
                    open: true,
                    by: InviteAdmin,
                })
            }
            (&Act::Answer { offer, yes, terms }, made) => {
                let answered = self.offers[offer].clone();
                self.offers[offer].open = false;
                must(answered.to == me && answered.open, "it was not offered to them")?;
                if yes {
                    self.accept(me, &answered, terms, made)
                } else {
                    Ok(())
                }
            }
            (&Act::SendAgain { offer }, _) => {
                must(self.offers[offer].open, "it is open no more")?;
                self.offers[offer].inviter = who;
                self.may(who, self.offers[offer].group, self.offers[offer].by)
            }
            (&Act::TakeBack { offer }, _) => {
                self.offers[offer].open = false;
                self.may(who, self.offers[offer].group, self.offers[offer].by)
            }
            (Act::ScimAdd { group, people }, _) => self.scim(*group, people, true),
            (Act::ScimPut { group, people }, _) => {
                self.scim(*group, people, false)?;
                for person in (0..super::acts::PEOPLE).filter(|person| !people.contains(person)) {
                    self.scim_out(*group, person);
                }
                Ok(())
            }
            (&Act::ScimRemove { group, person }, _) => {
                self.scim_out(group, person);
                Ok(())
            }
            (
                act @ (Act::Import { .. } | Act::ImportAll { .. }),
                Made::Applied {
                    added,
                    changed,
                    removed,
                },
            ) => self.import(act, [added, changed, removed]),
            (Act::Pass { .. }, _) => Ok(()),
            _ => self.governed(deed, made),
        }
    }

    /// The end of a membership until a day: where it ends on that day already, the instant stays.
    fn end_kept(&self, grant: &Grant, days: Option<i64>) -> Option<i64> {
        let end = self.end_of(days)?;
        let own = grant.until.filter(|until| (until - 1).div_euclid(DAY) == end / DAY - 1);
        Some(own.unwrap_or(end))
    }

    fn held_of(&self, of: Of) -> Result<&Grant, String> {
        self.held
            .get(&(of.group, of.person))
            .ok_or_else(|| "it was let happen, but they are no member".into())
    }

    /// A source gives what nobody else has ended, and changes and ends what it gave.
    fn import(&mut self, act: &Act, [added, changed, removed]: [&[(usize, usize)]; 3]) -> Checked {
        let (roles, until) = match *act {
            Act::Import { roles, days, .. } => (roles.map(named), self.end_of(days)),
            _ => (None, None),
        };
        for (group, person) in added.iter().copied() {
            let returns = self.ended.get(&(group, person)).is_none_or(|by| *by == Ender::Import);
            let free = returns && !self.held.contains_key(&(group, person)) && !self.is_blocked(group, person);
            must(free, "the membership is there, or others have ended it")?;
            let roles = roles.clone().unwrap_or_default();
            self.grant(
                group,
                person,
                Grant {
                    from: self.now,
                    until,
                    roles,
                    by_import: true,
                    ..Grant::default()
                },
            )?;
        }
        for (group, person) in changed.iter().copied() {
            let grant = self
                .held_of(Of {
                    via: group,
                    group,
                    person,
                })?
                .clone();
            must(
                grant.by_import && !self.is_blocked(group, person),
                "others gave it, or they are kept out",
            )?;
            let (roles, until) = (roles.clone().unwrap_or(grant.roles.clone()), until.or(grant.until));
            self.grant(group, person, Grant { until, roles, ..grant })?;
        }
        for of in removed {
            must(self.held.get(of).is_none_or(|grant| grant.by_import), "others gave it")?;
            self.end(of.0, of.1, Ender::Import);
        }
        Ok(())
    }
}
