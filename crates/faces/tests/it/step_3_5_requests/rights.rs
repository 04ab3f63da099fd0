//! Who may grant what: by a right in every group, or by what was delegated on a group or above it.

use Capability::{GroupDelete, InviteAdmin, InviteMember, MembersSuspend, MembersWrite, RequestsReview, RolesAssign};
use directory::delegation::{Capabilities, Capability};
use directory::membership::Status;

use super::model::{Admin, Asked, Checked, DAY, Grant, Model, Offered, Roles, Stage, Subject, before, must};
use super::who::{Everywhere, Who};

/// A membership that a path leads to: of a person in a group, by the path of a group that may be another one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of {
    pub(super) via: usize,
    pub(super) group: usize,
    pub(super) person: usize,
}

impl Model {
    /// What was delegated to somebody that counts in a group.
    fn delegated(&self, who: Who, group: usize) -> Vec<Admin> {
        let Some(me) = who.person().filter(|_| who.manages()) else {
            return Vec::new();
        };
        let line = self.line(group);
        let mut all = Vec::new();
        for (&(on, subject), admin) in &self.admins {
            let (here, mut mine) = (on == group, *admin);
            if let Subject::Group(of) = subject {
                mine.until = [mine.until, self.effective(of, me)].into_iter().flatten().min();
            }
            let is_mine = match subject {
                Subject::Person(person) => person == me,
                Subject::Group(of) => self.is_enabled(of, me),
            };
            let reaches = line.contains(&on) && (here || mine.inherit);
            // Whom administrators above have chosen decides about nobody who asks into a privileged group.
            if !here && self.places[group].privileged && !mine.entitled {
                mine.capabilities = mine.capabilities.without(Capabilities::of(&[RequestsReview]));
            }
            if is_mine && reaches && mine.until.is_none_or(|until| self.now < until) {
                all.push(mine);
            }
        }
        all
    }

    pub(super) fn may(&self, who: Who, group: usize, what: Capability) -> Checked {
        let by_delegation = self.delegated(who, group).iter().any(|one| one.capabilities.has(what));
        must(!self.places[group].gone, &format!("group {group} is no more"))?;
        let may = everywhere(who, what) || by_delegation;
        must(may, &format!("{who:?} has no {} in group {group}", what.name()))
    }

    /// Whether they may do so by a path that names a group above as well.
    fn may_via(&self, who: Who, of: Of, what: Capability) -> Checked {
        must(
            self.line(of.group).contains(&of.via),
            "the path does not lead to the group",
        )?;
        self.may(who, of.via, what)?;
        self.may(who, of.group, what)
    }

    /// Whether they may let that person into a group, or raise what they are there.
    pub(super) fn raises(&self, who: Who, group: usize, person: Option<usize>) -> Checked {
        let may = who.everywhere() == Everywhere::All && (person.is_none() || who.person() != person);
        must(
            !self.places[group].privileged || may,
            &format!("{who:?} lets {person:?} into the privileged group {group}"),
        )
    }

    /// Whether they may let others do as much.
    pub(super) fn hands_on(&self, who: Who, group: usize, wanted: &Admin) -> Checked {
        let reaches = |own: &Admin| (own.inherit || !wanted.inherit) && !before(own.until, wanted.until);
        let own = self.delegated(who, group).into_iter().filter(reaches);
        let own = own.fold(Capabilities::NONE, |all, one| all.with(one.capabilities));
        let may = who.everywhere() != Everywhere::Nothing || wanted.capabilities.without(own).is_empty();
        must(
            may,
            &format!("{who:?} lets others do more than they may in group {group}"),
        )
    }

    // Members.

    pub(super) fn added(
        &mut self,
        who: Who,
        (group, person): (usize, usize),
        said: (Roles, i64, Option<i64>),
        way: Option<usize>,
    ) -> Checked {
        let (roles, from, days) = said;
        self.may(who, group, MembersWrite)?;
        self.raises(who, group, Some(person))?;
        must(roles != 0, "nobody is a member without a role")?;
        must(!self.is_blocked(group, person), "they are kept out")?;
        must(!self.held.contains_key(&(group, person)), "they are a member")?;
        must(from >= 0 || who.is_relaxed(), "it begins in the past")?;
        let by = way.or_else(|| self.ways.iter().position(|way| way.group == group));
        let by = by.map(|way| &self.ways[way]);
        must(
            by.is_none_or(|by| by.group == group),
            "the way leads into another group",
        )?;
        must(way.is_none() || by.is_some_and(|by| by.active), "the way is closed")?;
        must(by.is_none_or(|by| !by.terms) || who.is_relaxed(), "the way has terms")?;
        let grant = Grant {
            from: (self.today() + from) * DAY,
            until: self.end_of(days),
            roles,
            listed: false,
            elevated: false,
            by: format!("{who:?} added them"),
        };
        self.put_aside(group, person);
        self.grant(group, person, grant)
    }

    pub(super) fn updated(
        &mut self,
        who: Who,
        of: Of,
        (roles, from, days): (Roles, Option<i64>, Option<i64>),
    ) -> Checked {
        self.may_via(who, of, MembersWrite)?;
        let status = self.status(of.group, of.person);
        let grant = self.held_of(of.group, of.person)?;
        let until = self.end_kept(&grant, days);
        must(
            status != Some(Status::Suspended) || who.is_relaxed(),
            "they are kept out",
        )?;
        must(roles != 0, "nobody is a member without a role")?;
        let pending = status == Some(Status::Pending);
        if pending || before(grant.until, until) || roles & !grant.roles != 0 {
            self.raises(who, of.group, Some(of.person))?;
        }
        let first = from
            .filter(|_| pending || who.is_relaxed())
            .map(|from| (self.today() + from) * DAY);
        let first = first.filter(|first| first.div_euclid(DAY) != grant.from.div_euclid(DAY));
        let by = format!("{who:?} changed them; {}", grant.by);
        let from = first.unwrap_or(grant.from);
        let elevated = grant.elevated && (from, until) == (grant.from, grant.until);
        self.grant(
            of.group,
            of.person,
            Grant {
                from,
                until,
                roles,
                elevated,
                by,
                ..grant
            },
        )
    }

    /// The end of a membership until a day: where it ends on that day already, the instant stays.
    fn end_kept(&self, grant: &Grant, days: Option<i64>) -> Option<i64> {
        let end = self.end_of(days)?;
        let own = grant.until.filter(|until| (until - 1).div_euclid(DAY) == end / DAY - 1);
        Some(own.unwrap_or(end))
    }

    pub(super) fn extended(&mut self, who: Who, of: Of, days: Option<i64>) -> Checked {
        self.may_via(who, of, MembersWrite)?;
        let grant = self.held_of(of.group, of.person)?;
        let until = self.end_kept(&grant, days);
        let suspended = self.status(of.group, of.person) == Some(Status::Suspended);
        must(!suspended || who.is_relaxed(), "they are kept out")?;
        if before(grant.until, until) {
            self.raises(who, of.group, Some(of.person))?;
        }
        let elevated = grant.elevated && until == grant.until;
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

    pub(super) fn removed(&mut self, who: Who, of: Of) -> Checked {
        self.may_via(who, of, MembersWrite)?;
        // What time has ended is kept for a while, and taken out as well, with what is below.
        let is_kept = self.ids.contains_key(&(of.group, of.person));
        must(is_kept, "they are no member")?;
        self.end(of.group, of.person);
        Ok(())
    }

    pub(super) fn suspended(&mut self, who: Who, of: Of) -> Checked {
        self.may_via(who, of, MembersSuspend)?;
        must(self.is_enabled(of.group, of.person), "there is nobody to suspend")?;
        must(who.person() != Some(of.person), "people suspend others")?;
        self.blocks.insert((of.group, of.person), who);
        Ok(())
    }

    pub(super) fn resumed(&mut self, who: Who, of: Of) -> Checked {
        self.may_via(who, of, MembersSuspend)?;
        must(
            who.person() != Some(of.person),
            "the suspended lift nothing from themselves",
        )?;
        if self.status(of.group, of.person) == Some(Status::Pending) {
            self.may(who, of.group, MembersWrite)?;
            self.raises(who, of.group, Some(of.person))?;
            let grant = self.held_of(of.group, of.person)?;
            return self.grant(
                of.group,
                of.person,
                Grant {
                    from: self.now,
                    ..grant
                },
            );
        }
        must(
            self.blocks.remove(&(of.group, of.person)).is_some(),
            "they are not suspended here",
        )?;
        must(!self.is_blocked(of.group, of.person), "they are kept out above")?;
        // Whose membership has ended meanwhile is in nowhere; others are let in anew.
        for group in (0..self.places.len()).filter(|below| self.line(*below).contains(&of.group)) {
            let is_back = |status| status != Status::Suspended;
            if self.status(group, of.person).is_some_and(is_back) {
                self.raises(who, group, Some(of.person))?;
            }
        }
        Ok(())
    }

    pub(super) fn role_given(&mut self, who: Who, of: Of, role: Roles) -> Checked {
        self.may_via(who, of, RolesAssign)?;
        self.raises(who, of.group, Some(of.person))?;
        let grant = self.held_of(of.group, of.person)?;
        let by = format!("{who:?} gave a role; {}", grant.by);
        self.grant(
            of.group,
            of.person,
            Grant {
                roles: grant.roles | role,
                by,
                ..grant
            },
        )
    }

    pub(super) fn role_taken(&mut self, who: Who, of: Of, role: Roles) -> Checked {
        self.may_via(who, of, RolesAssign)?;
        let grant = self.held_of(of.group, of.person)?;
        must(grant.roles & role != 0 && grant.roles != role, "one role stays")?;
        self.grant(
            of.group,
            of.person,
            Grant {
                roles: grant.roles & !role,
                ..grant
            },
        )
    }

    // Requests and offers.

    /// Whether somebody decides about it.
    pub(super) fn asked(
        &mut self,
        who: Who,
        way: usize,
        (roles, terms): (Roles, bool),
        id: String,
    ) -> Result<bool, String> {
        let by = self.ways[way].clone();
        let person = who.person().ok_or("people ask for themselves")?;
        must(by.active, "the way is closed")?;
        must(
            roles != 0 && roles & !by.roles == 0,
            "the way does not offer these roles",
        )?;
        must(by.several || roles.is_power_of_two(), "the way gives one role")?;
        must(terms || !by.terms, "the terms are not accepted")?;
        must(!self.is_blocked(by.group, person), "they are kept out")?;
        let status = self.status(by.group, person);
        must(status != Some(Status::Pending), "they will be a member")?;
        let stays = self.kept(by.group, person).is_some();
        let reviewed = if stays { by.approval_to_stay } else { by.approval };
        self.put_aside(by.group, person);
        self.requests.push(Asked {
            id,
            person,
            way,
            roles,
            first: None,
            stage: if reviewed { Stage::ForReviewer } else { Stage::Over },
        });
        if !reviewed {
            must(
                !self.places[by.group].privileged,
                "nobody comes into a privileged group by themselves",
            )?;
            self.admit(way, person, roles, "they let themselves in".to_owned())?;
        }
        Ok(reviewed)
    }

    /// Whether they are let in by that.
    pub(super) fn accepted(&mut self, who: Who, request: usize) -> Result<bool, String> {
        let asked = self.requests[request].clone();
        let group = self.ways[asked.way].group;
        let place = self.places[group].clone();
        self.may(who, group, RequestsReview)?;
        must(asked.stage == Stage::ForReviewer, "nobody waits")?;
        let own = who.person() == Some(asked.person);
        must(
            !own || (place.self_approval && !place.privileged),
            "it is their own request",
        )?;
        let second = asked.first.is_some_and(|first| !first.is(who));
        if place.privileged && who.everywhere() != Everywhere::All && !second {
            must(asked.first.is_none(), "they have said so before")?;
            self.requests[request].first = Some(who);
            return Ok(false);
        }
        self.admit(
            asked.way,
            asked.person,
            asked.roles,
            format!("{who:?} accepted the request, first {:?}", asked.first),
        )?;
        Ok(true)
    }

    /// Whether they decide about it, or ask back.
    pub(super) fn reviews(&mut self, who: Who, request: usize, then: Stage) -> Checked {
        self.may(who, self.ways[self.requests[request].way].group, RequestsReview)?;
        let asked = &mut self.requests[request];
        must(asked.stage == Stage::ForReviewer, "nobody waits")?;
        asked.stage = then;
        if then == Stage::ForPerson {
            // Whoever has said yes has not seen the answer.
            asked.first = None;
        }
        Ok(())
    }

    pub(super) fn answers(&mut self, who: Who, request: usize, then: Stage) -> Checked {
        let asked = &mut self.requests[request];
        must(who.person() == Some(asked.person), "it is another's request")?;
        must(asked.stage != Stage::Over, "it is over")?;
        must(
            then == Stage::Over || asked.stage == Stage::ForPerson,
            "nothing was asked",
        )?;
        asked.stage = then;
        Ok(())
    }

    pub(super) fn offers(&self, who: Who, group: usize, what: Offered) -> Result<bool, String> {
        let right = right_to(what);
        self.may(who, group, right)?;
        self.raises(who, group, None)?;
        match what {
            Offered::Membership { way, roles } => {
                let way = &self.ways[way];
                must(
                    way.group == group && way.active,
                    "the way is closed, or leads elsewhere",
                )?;
                must(
                    roles != 0 && roles & !self.places[group].roles == 0,
                    "the group has no such roles",
                )?;
            }
            Offered::Administration => self.hands_on(
                who,
                group,
                &Admin {
                    capabilities: Capabilities::all(),
                    inherit: false,
                    until: Some(self.now),
                    entitled: false,
                },
            )?,
        }
        Ok(everywhere(who, right))
    }

    /// What was offered is had, as far as whoever offered it may still do so. `as_what` is how far somebody administers since.
    pub(super) fn taken_up(
        &mut self,
        who: Who,
        offer: usize,
        terms: bool,
        as_what: Option<(bool, Option<i64>)>,
    ) -> Checked {
        let (offer, index) = (self.offers[offer].clone(), offer);
        let me = who.person().ok_or("people answer for themselves")?;
        must(offer.to == me, "it was offered to somebody else")?;
        must(
            offer.until.is_some_and(|until| self.now < until),
            "it cannot be answered any more",
        )?;
        self.offers[index].until = None;
        let mut needed = Admin {
            capabilities: Capabilities::of(&[right_to(offer.what)]),
            inherit: false,
            until: Some(self.now),
            entitled: false,
        };
        if let Offered::Administration = offer.what {
            let (inherit, until) = as_what.ok_or("they said yes, and do not administer it")?;
            needed = Admin {
                capabilities: Capabilities::all(),
                inherit,
                until,
                entitled: false,
            };
        }
        if !offer.everywhere {
            let own = self.delegated(offer.by, offer.group).into_iter();
            let mut own = own.filter(|own| (own.inherit || !needed.inherit) && !before(own.until, needed.until));
            must(
                own.any(|own| needed.capabilities.without(own.capabilities).is_empty()),
                "whoever offered it may no longer",
            )?;
        }
        self.raises(offer.by, offer.group, Some(me))?;
        match offer.what {
            Offered::Administration => {
                let was = self.admins.insert((offer.group, Subject::Person(me)), needed);
                must(was.is_none(), "they administer it")
            }
            Offered::Membership { way, roles } => {
                must(!self.held.contains_key(&(offer.group, me)), "they are a member")?;
                must(terms || !self.ways[way].terms, "the terms are not accepted")?;
                self.admit(way, me, roles, format!("{:?} invited them", offer.by))
            }
        }
    }
}

/// Whether somebody may do that in every group. Who manages them all leaves some to those who run them.
pub(super) fn everywhere(who: Who, what: Capability) -> bool {
    match who.everywhere() {
        Everywhere::All => true,
        Everywhere::Manages => ![GroupDelete, InviteMember, RolesAssign, RequestsReview].contains(&what),
        Everywhere::Nothing => false,
    }
}

fn right_to(what: Offered) -> Capability {
    match what {
        Offered::Membership { .. } => InviteMember,
        Offered::Administration => InviteAdmin,
    }
}
