//! Requests about members, by those who administer groups; and leaving.

use directory::delegation::Capability;
use serde_json::json;

use super::model::{Checked, Roles, Subject, Two};
use super::rights::Of;
use super::who::{By, MANAGER, MOVER, REALM_ADMIN, Who};
use super::world::{ALL, API, MINE, PEOPLE, ROLES, Run, THEIRS, names};

/// What is done to a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Update,
    Extend,
    Remove,
    Suspend,
    Resume,
    GiveRole,
    TakeRole,
}

/// What those ask for who are kept out, and never get.
pub(super) const RESUME_ONESELF: &str = "resume oneself";

impl Deed {
    /// What it takes.
    fn right(self) -> Capability {
        match self {
            Self::Update | Self::Extend | Self::Remove => Capability::MembersWrite,
            Self::Suspend | Self::Resume => Capability::MembersSuspend,
            Self::GiveRole | Self::TakeRole => Capability::RolesAssign,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Extend => "extend",
            Self::Remove => "remove",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::GiveRole => "give role",
            Self::TakeRole => "take role",
        }
    }
}

impl Run {
    pub(super) fn group(&mut self) -> usize {
        let there = self.model.there();
        self.dice.of(&there).unwrap_or_default()
    }

    /// Mostly one of a few, who meet more often.
    pub(super) fn anybody(&mut self) -> usize {
        if self.dice.one_in(5) {
            self.dice.roll(PEOPLE)
        } else {
            3 + self.dice.roll(9)
        }
    }

    /// Mostly somebody who is not in the group.
    pub(super) fn stranger(&mut self, group: usize) -> usize {
        let anybody = self.anybody();
        let outside: Vec<usize> = (3..PEOPLE)
            .filter(|person| !self.model.held.contains_key(&(group, *person)))
            .collect();
        let administers = |person: &usize| self.model.admins.contains_key(&(group, Subject::Person(*person)));
        let rulers: Vec<usize> = outside.iter().copied().filter(administers).collect();
        let found = match self.dice.roll(4) {
            0 => None,
            1 => self.dice.of(&rulers),
            _ => self.dice.of(&outside),
        };
        found.unwrap_or(anybody)
    }

    /// Somebody by a token, mostly one that is good for most.
    pub(super) fn as_person(&mut self, person: usize) -> Who {
        let by = match self.dice.roll(16) {
            0..=9 => By::Token,
            10..=13 => By::Provider,
            14 => By::OwnToken,
            _ => By::ProviderManager,
        };
        // Of whom the provider says no more than is so: they have every right as it is.
        Who::Person(person, if person == REALM_ADMIN { By::Token } else { by })
    }

    /// Mostly one of those who may do that in the group, or who administer it, or one above or anywhere; else one of the realm, or
    /// anybody.
    pub(super) fn governor(&mut self, group: usize, what: Capability) -> Who {
        let may = |person: usize, what| self.model.may(Who::Person(person, By::Token), group, what).is_ok();
        let here = (0..PEOPLE).filter(|person| !self.model.out.contains_key(person));
        let (able, near): (Vec<usize>, Vec<usize>) = here.partition(|person| may(*person, what));
        // Who may do other things there.
        let near: Vec<usize> = (near.into_iter())
            .filter(|person| Capability::ALL.iter().any(|what| may(*person, *what)))
            .collect();
        if self.model.places[group].privileged && self.dice.one_in(3) {
            return [Who::Admin, Who::Steward, Who::Person(REALM_ADMIN, By::Token)][self.dice.roll(3)];
        }
        let aimed = match self.dice.roll(8) {
            0..=3 => self.dice.of(&able),
            4..=5 => self.dice.of(&near),
            _ => None,
        };
        if let Some(person) = aimed {
            return self.as_person(person);
        }
        let line = self.model.line(group);
        let anywhere = self.dice.one_in(6);
        let counts = |on: &usize| anywhere || line.contains(on);
        let all: Vec<Subject> = (self.model.admins.keys())
            .filter(|(on, _)| counts(on))
            .map(|(_, subject)| *subject)
            .collect();
        match self.dice.roll(20) {
            0..=12 => {
                let person = match self.dice.of(&all) {
                    Some(Subject::Person(person)) => Some(person),
                    Some(Subject::Group(of)) => {
                        let inside: Vec<usize> = (0..PEOPLE).filter(|one| self.model.is_enabled(of, *one)).collect();
                        self.dice.of(&inside)
                    }
                    None => None,
                };
                let person = person.unwrap_or_else(|| self.anybody());
                self.as_person(person)
            }
            13 => self.as_person(MANAGER),
            14 => Who::Person(REALM_ADMIN, By::Token),
            15 => self.as_person(MOVER),
            16 => [Who::Admin, Who::Steward, Who::Portal, Who::Scim][self.dice.roll(4)],
            _ => {
                let person = self.anybody();
                self.as_person(person)
            }
        }
    }

    /// Mostly somebody who may do all of that.
    pub(super) fn able(&mut self, wanted: &[(usize, Capability)]) -> Who {
        let may = |who: Who| {
            wanted
                .iter()
                .all(|(group, what)| self.model.may(who, *group, *what).is_ok())
        };
        let is_in = |person: &usize| !self.model.out.contains_key(person) && !self.model.gone.contains(person);
        let able: Vec<usize> = (0..PEOPLE)
            .filter(|person| is_in(person) && may(Who::Person(*person, By::Token)))
            .collect();
        let is_privileged = wanted.iter().any(|(group, _)| self.model.places[*group].privileged);
        match self.dice.roll(10) {
            0..=5 if is_privileged && self.dice.one_in(2) => Who::Admin,
            0..=5 if !able.is_empty() => {
                let person = self.dice.of(&able).unwrap_or_default();
                self.as_person(person)
            }
            6 => [Who::Admin, Who::Steward, Who::Portal][self.dice.roll(3)],
            7 => {
                let person = self.anybody();
                self.as_person(person)
            }
            _ => {
                let (group, what) = wanted[self.dice.roll(wanted.len())];
                self.governor(group, what)
            }
        }
    }

    pub(super) fn some_roles(&mut self) -> Roles {
        [1, 1, 1, 2, 3, 4, 5, 7, 8, 9][self.dice.roll(10)]
    }

    /// Mostly somebody who is a member, or kept out.
    pub(super) fn somebody(&mut self, deed: Deed, mighty_too: bool) -> Two {
        let all: Vec<Two> = match deed {
            Deed::Resume if !self.dice.one_in(5) => self.model.blocks.keys().copied().collect(),
            _ => self.model.held.keys().copied().collect(),
        };
        // Who could lift it themselves.
        let mighty = |of: &Two| {
            let who = Who::Person(of.1, By::Token);
            self.model.may(who, of.0, Capability::MembersSuspend).is_ok()
        };
        let mighty: Vec<Two> = all.iter().copied().filter(mighty).collect();
        if let Some(of) = self.dice.of(&mighty).filter(|_| mighty_too && self.dice.one_in(2)) {
            return of;
        }
        let any = (self.group(), self.anybody());
        if self.dice.one_in(6) {
            any
        } else {
            self.dice.of(&all).unwrap_or(any)
        }
    }

    pub(super) async fn add(&mut self) -> Checked {
        let group = self.group();
        let some = self.some_roles();
        let roles = some
            & if self.dice.one_in(4) {
                ALL
            } else {
                self.model.places[group].roles
            };
        let person = self.stranger(group);
        let who = self.governor(group, Capability::MembersWrite);
        let from = if self.dice.one_in(3) { self.dice.days(15) - 1 } else { 0 };
        let days = self.dice.perhaps(30).map(|days| days + from.max(0));
        let way = self.dice.one_in(6).then(|| self.dice.roll(self.ways.len()));
        let (first, last) = (self.day(from), days.map(|days| self.day(days)));
        let (path, mut body);
        let id = self.groups[group];
        if self.dice.one_in(2) {
            path = format!("{API}/groups/{id}/memberships");
            body = json!({ "user": self.people[person].to_string(), "roles": names(roles), "first_day": first, "last_day": last });
            if let Some(way) = way {
                body["configuration"] = json!(self.ways[way]);
            }
        } else {
            path = format!("{THEIRS}/group/{id}/members");
            let user = json!({ "username": format!("p{person}") });
            body = json!({ "user": user, "groupRoles": names(roles), "validFrom": first, "membershipExpiresAt": last });
            if let Some(way) = way {
                body["groupEnrollmentConfiguration"] = json!({ "id": self.ways[way] });
            }
        }
        if self.send(who, "add", ("POST", &path), Some(body)).await?.is_none() {
            return Ok(());
        }
        let made = self.model.added(who, (group, person), (roles, from, days), way);
        self.note("add", made)
    }

    pub(super) async fn change(&mut self, deed: Deed) -> Checked {
        let nobody = self.model.blocks.is_empty() && !self.dice.one_in(4);
        let deed = if nobody && deed == Deed::Resume {
            Deed::Suspend
        } else {
            deed
        };
        let myself = deed == Deed::Resume && self.dice.one_in(3);
        let (group, person) = self.somebody(deed, myself || deed == Deed::Suspend);
        let who = if myself {
            self.as_person(person)
        } else {
            self.governor(group, deed.right())
        };
        // By the path of a group above, or of any.
        let via = match self.dice.roll(8) {
            0 => self.group(),
            1 => self.dice.of(&self.model.line(group)).unwrap_or(group),
            _ => group,
        };
        let user = self.people[person];
        let by_user = self.dice.one_in(2) || matches!(deed, Deed::Extend);
        let native = by_user
            && (self.dice.one_in(2) || matches!(deed, Deed::Extend))
            && !matches!(deed, Deed::GiveRole | Deed::TakeRole);
        let of = Of {
            via,
            group: if by_user { via } else { group },
            person,
        };
        let other = self.any_id();
        let id = self.model.ids.get(&(group, person)).map_or(other, ToString::to_string);
        let base = match (native, by_user) {
            (true, _) => format!("{API}/groups/{}/memberships/{user}", self.groups[via]),
            (false, true) => format!("{THEIRS}/group/{}/member/user/{user}", self.groups[via]),
            (false, false) => format!("{THEIRS}/group/{}/member/{id}", self.groups[via]),
        };
        let (roles, from, days) = (self.some_roles(), self.dice.perhaps(12), self.dice.perhaps(40));
        let (first, last) = (from.map(|from| self.day(from)), days.map(|days| self.day(days)));
        let (mut role, begins) = (self.dice.roll(ROLES.len()), self.dice.one_in(2));
        let has = self.model.held.get(&(group, person)).map_or(0, |grant| grant.roles);
        let fits = |role: &usize| (has & (1 << role) != 0) == (deed == Deed::TakeRole);
        let fitting: Vec<usize> = (0..ROLES.len()).filter(fits).collect();
        if !self.dice.one_in(4) {
            role = self.dice.of(&fitting).unwrap_or(role);
        }
        let (method, path, body) = match (deed, native) {
            (Deed::Update, true) => (
                "PUT",
                base,
                Some(json!({ "roles": names(roles), "first_day": first, "last_day": last })),
            ),
            (Deed::Update, false) => {
                let body = json!({ "groupRoles": names(roles), "validFrom": first, "membershipExpiresAt": last });
                ("PUT", base, Some(body))
            }
            (Deed::Extend, _) => {
                let path = format!("{API}/groups/{}/memberships/extend", self.groups[via]);
                (
                    "POST",
                    path,
                    Some(json!({ "users": [user.to_string()], "last_day": last })),
                )
            }
            (Deed::Remove, _) => ("DELETE", base, None),
            (Deed::Suspend, true) => ("POST", format!("{base}/suspend"), Some(json!({ "reason": "for now" }))),
            (Deed::Suspend, false) => ("POST", format!("{base}/suspend?justification=for%20now"), None),
            (Deed::Resume, true) => ("POST", format!("{base}/resume"), Some(json!({}))),
            (Deed::Resume, false) => ("POST", format!("{base}/activate?now={begins}"), None),
            (Deed::GiveRole, _) => ("POST", format!("{base}/role?name={}", ROLES[role]), None),
            (Deed::TakeRole, _) => ("DELETE", format!("{base}/role/{}", ROLES[role]), None),
        };
        let themselves = who.person() == Some(person) && self.model.is_blocked(of.group, person);
        let kind = if deed == Deed::Resume && themselves {
            RESUME_ONESELF
        } else {
            deed.kind()
        };
        let Some(answer) = self.send(who, kind, (method, &path), body).await? else {
            return Ok(());
        };
        let made = match deed {
            Deed::Update => self.model.updated(who, of, (roles, from, days)),
            // Each of many by itself.
            Deed::Extend if answer.at("/done") == 0 => return Ok(()),
            Deed::Extend => self.model.extended(who, of, days),
            Deed::Remove => self.model.removed(who, of),
            Deed::Suspend => self.model.suspended(who, of),
            Deed::Resume => self.model.resumed(who, of),
            Deed::GiveRole => self.model.role_given(who, of, 1 << role),
            Deed::TakeRole => self.model.role_taken(who, of, 1 << role),
        };
        self.note(deed.kind(), made)
    }

    /// An id of something else.
    pub(super) fn any_id(&mut self) -> String {
        let request = self.model.requests.len();
        match self.dice.roll(4) {
            0 if request > 0 => self.model.requests[self.dice.roll(request)].id.clone(),
            1 => self.ways[self.dice.roll(self.ways.len())].clone(),
            2 => self.groups[self.dice.roll(self.groups.len())].to_string(),
            _ => self.people[self.dice.roll(PEOPLE)].to_string(),
        }
    }

    /// A membership is left, or what is shown of it changed, which changes nothing.
    pub(super) async fn leave(&mut self) -> Checked {
        let (group, person) = self.somebody(Deed::Remove, false);
        let who = self.as_person(person);
        let id = self.groups[group];
        if self.dice.one_in(3) {
            let path = format!("{API}/me/memberships/{id}/lapse");
            return self.send(who, "let lapse", ("PUT", &path), None).await.map(drop);
        }
        let path = format!("{MINE}/group/{id}/member");
        if self.send(who, "leave", ("DELETE", &path), None).await?.is_some() {
            self.model.held_of(group, person)?;
            self.model.end(group, person);
        }
        Ok(())
    }
}
