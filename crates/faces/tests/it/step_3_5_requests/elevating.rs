//! Making oneself a member for some hours: whom others let do so, and that they do.
//!
//! It takes what giving a membership with roles takes to let somebody, and then no more than they let: those roles, so many hours
//! at most, and never beyond the last day of it. It lifts no block, and no terms are accepted for others.

use directory::delegation::Capability::{MembersWrite, RolesAssign};
use serde_json::json;

use super::model::{Checked, Grant, Model, Roles, Two, must};
use super::who::{Everywhere, Who};
use super::world::{API, MINE, Run, names};

const HOUR: i64 = 3_600_000;

/// That somebody may make themselves a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Eligible {
    pub(super) roles: Roles,
    pub(super) hours: i64,
    pub(super) until: Option<i64>,
    /// Whoever let them could let people into privileged groups.
    pub(super) entitled: bool,
    /// They have to say why.
    pub(super) says_why: bool,
}

impl Model {
    fn gives(&self, who: Who, group: usize) -> Checked {
        self.may(who, group, MembersWrite)?;
        self.may(who, group, RolesAssign)
    }

    /// The way that is offered first has terms, which people accept by themselves.
    fn has_no_terms(&self, group: usize) -> Checked {
        let first = self.ways.iter().find(|way| way.group == group);
        must(first.is_none_or(|way| !way.terms), "there are terms to accept")
    }

    fn lets(&mut self, who: Who, (group, person): Two, eligible: Eligible) -> Checked {
        self.gives(who, group)?;
        self.raises(who, group, Some(person))?;
        self.has_no_terms(group)?;
        must(!self.is_blocked(group, person), "they are kept out")?;
        must(!self.gone.contains(&person), "they are no more")?;
        let place = &self.places[group];
        let fits = eligible.roles & !place.roles == 0 && (place.plain || eligible.roles != 0);
        must(fits, "these are no roles of the group")?;
        let was = self.eligible.insert((group, person), eligible);
        must(was.is_none(), "they may already")
    }

    fn lets_no_more(&mut self, who: Who, of: Two) -> Checked {
        self.gives(who, of.0)?;
        must(self.eligible.remove(&of).is_some(), "nobody had let them")?;
        // What others made them stays.
        if self.held.get(&of).is_some_and(|grant| grant.elevated) {
            self.end(of.0, of.1);
        }
        Ok(())
    }

    fn elevates(&mut self, who: Who, group: usize, hours: i64, why: bool) -> Checked {
        let me = who.person().ok_or("nobody but a person elevates")?;
        let of = (group, me);
        let eligible = self.eligible.get(&of).ok_or("it was let happen, but nobody let them")?;
        let eligible = eligible.clone();
        must(eligible.until.is_none_or(|until| self.now < until), "they may no more")?;
        must((1..=eligible.hours).contains(&hours), "it is for less hours")?;
        must(why || !eligible.says_why, "they do not say why")?;
        must(!self.is_blocked(group, me), "the suspended make themselves a member")?;
        must(!self.held.contains_key(&of), "they are a member")?;
        self.has_no_terms(group)?;
        must(
            !self.places[group].privileged || eligible.entitled,
            "who let them may let nobody into a privileged group",
        )?;
        let end = self.now + hours * HOUR;
        let grant = Grant {
            from: self.now,
            until: Some(eligible.until.map_or(end, |until| until.min(end))),
            roles: eligible.roles,
            listed: false,
            elevated: true,
            by: "they elevated themselves".to_owned(),
        };
        self.grant(group, me, grant)
    }
}

impl Run {
    /// Mostly one of those who may, and are not in.
    fn elevating(&mut self) -> Two {
        let all: Vec<Two> = self.model.eligible.keys().copied().collect();
        let outside = all.iter().filter(|of| !self.model.held.contains_key(*of)).copied();
        let outside: Vec<Two> = outside.collect();
        let any = (self.group(), self.anybody());
        match self.dice.roll(8) {
            0 => any,
            1 => self.dice.of(&all).unwrap_or(any),
            _ => self.dice.of(&outside).unwrap_or(any),
        }
    }

    pub(super) async fn let_elevate(&mut self) -> Checked {
        let group = self.group();
        let person = self.stranger(group);
        let (has, some) = (self.model.places[group].roles, self.some_roles());
        let roles = if self.dice.one_in(6) { some } else { has & some };
        let roles = if roles == 0 { has } else { roles };
        let who = self.able(&[(group, MembersWrite), (group, RolesAssign)]);
        let (hours, days) = (1 + self.dice.days(72), self.dice.perhaps(30));
        let eligible = Eligible {
            roles,
            hours,
            until: self.model.end_of(days),
            entitled: who.everywhere() == Everywhere::All,
            says_why: self.dice.one_in(2),
        };
        let body = json!({
            "user": self.people[person].to_string(), "roles": names(roles), "hours": hours,
            "last_day": days.map(|days| self.day(days)), "needs_justification": eligible.says_why,
        });
        let path = format!("{API}/groups/{}/eligibilities", self.groups[group]);
        if self
            .send(who, "let elevate", ("POST", &path), Some(body))
            .await?
            .is_none()
        {
            return Ok(());
        }
        let made = self.model.lets(who, (group, person), eligible);
        self.note("let elevate", made)
    }

    pub(super) async fn let_elevate_no_more(&mut self) -> Checked {
        let all: Vec<Two> = self.model.eligible.keys().copied().collect();
        let any = (self.group(), self.anybody());
        let (group, person) = self.dice.of(&all).filter(|_| !self.dice.one_in(6)).unwrap_or(any);
        let who = self.able(&[(group, MembersWrite), (group, RolesAssign)]);
        let (id, user) = (self.groups[group], self.people[person]);
        let path = format!("{API}/groups/{id}/eligibilities/{user}");
        let kind = "let elevate no more";
        if self.send(who, kind, ("DELETE", &path), None).await?.is_none() {
            return Ok(());
        }
        let made = self.model.lets_no_more(who, (group, person));
        self.note(kind, made)
    }

    pub(super) async fn elevate(&mut self) -> Checked {
        if self.model.eligible.is_empty() {
            return self.let_elevate().await;
        }
        let (group, person) = self.elevating();
        let who = if self.dice.one_in(12) {
            self.program()
        } else {
            self.as_person(person)
        };
        let most = self.model.eligible.get(&(group, person)).map_or(24, |one| one.hours);
        let more = usize::from(self.dice.one_in(8)) * 40;
        let hours = 1 + self.dice.days(most as usize - 1 + more);
        let why = !self.dice.one_in(5);
        let path = format!("{API}/me/eligibilities/{}/elevate", self.groups[group]);
        let body = json!({ "hours": hours, "justification": why.then_some("the night shift") });
        if self.send(who, "elevate", ("POST", &path), Some(body)).await?.is_none() {
            return Ok(());
        }
        let made = self.model.elevates(who, group, hours, why);
        self.note("elevate", made)
    }

    /// Whoever elevated leaves before the hours are over.
    pub(super) async fn end_early(&mut self) -> Checked {
        let elevated = self.model.held.iter().filter(|(_, grant)| grant.elevated);
        let elevated: Vec<Two> = elevated.map(|(of, _)| *of).collect();
        let Some((group, person)) = self.dice.of(&elevated) else {
            return self.elevate().await;
        };
        let who = self.as_person(person);
        let path = format!("{MINE}/group/{}/member", self.groups[group]);
        if self.send(who, "end early", ("DELETE", &path), None).await?.is_none() {
            return Ok(());
        }
        self.model.held_of(group, person)?;
        self.model.end(group, person);
        self.note("end early", Ok(()))
    }
}
