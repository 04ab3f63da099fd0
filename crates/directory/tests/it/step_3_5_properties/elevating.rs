//! Making oneself a member for some hours, and letting others do so.

use std::collections::BTreeMap;

use directory::Error;
use directory::delegation::Capability;
use directory::elevation::{Elevate, GrantEligibility, RevokeEligibility};
use directory::membership::NewMember;
use uuid::Uuid;

use super::acts::{Act, Deed, ROLES, Who};
use super::checks::same;
use super::granted::{Before, Ender, Grant, Roles};
use super::lookups::texts;
use super::model::{DAY, Model};
use super::rights::is_entitled;
use super::weighing::{Checked, must, named};
use super::world::World;
use Capability::{MembersWrite, RolesAssign};

/// Whoever may elevate has to say why in every other group.
fn says_why(group: usize) -> bool {
    group.is_multiple_of(2)
}

/// That somebody may make themselves a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Eligible {
    pub(super) roles: Roles,
    pub(super) hours: i64,
    pub(super) until: Option<i64>,
    pub(super) entitled: bool,
}

impl Model {
    /// What comes of elevating.
    pub(super) fn elevated(&mut self, deed: &Deed) -> Checked {
        let who = deed.who;
        match deed.act {
            Act::LetElevate {
                group,
                person,
                roles,
                hours,
                days,
            } => {
                self.gives(who, group)?;
                self.raises(who, group, person)?;
                must(!self.is_blocked(group, person), "they are kept out")?;
                let (place, roles) = (&self.places[group], named(roles));
                must(
                    roles.is_subset(&place.roles) && (place.plain || !roles.is_empty()),
                    "these are no roles of the group",
                )?;
                let eligible = Eligible {
                    roles,
                    hours: i64::from(hours),
                    until: self.end_of(days),
                    entitled: is_entitled(who),
                };
                let was = self.eligible.insert((group, person), eligible);
                must(
                    was.is_none() && !self.gone.contains(&person),
                    "they may already, or are gone",
                )
            }
            Act::LetElevateNoMore { group, person } => {
                self.gives(who, group)?;
                let was = self.eligible.remove(&(group, person));
                must(was.is_some(), "nobody had let them")?;
                // Whatever they are by another one's leave stays.
                if self
                    .held
                    .get(&(group, person))
                    .is_some_and(|grant| grant.elevated.is_some())
                {
                    self.end(group, person, Ender::Itself);
                }
                Ok(())
            }
            Act::Elevate { group, hours } => {
                let Who::Person(me) = who else {
                    return Err("nobody but a person elevates".into());
                };
                let of = (group, me);
                let eligible = self.eligible.get(&of).ok_or("nobody has let them")?.clone();
                must(eligible.until.is_none_or(|until| self.now < until), "they may no more")?;
                must(i64::from(hours) <= eligible.hours, "it is for less hours")?;
                must(!self.is_blocked(group, me), "the suspended make themselves a member")?;
                must(!self.held.contains_key(&of), "they are a member")?;
                must(
                    !self.places[group].privileged || eligible.entitled,
                    "who let them may let nobody into a privileged group",
                )?;
                let end = self.now + i64::from(hours) * DAY / 24;
                let until = Some(eligible.until.map_or(end, |until| until.min(end)));
                self.in_time(self.today(), until)?;
                let grant = Grant {
                    from: self.now,
                    until,
                    roles: eligible.roles,
                    elevated: Some(Before(self.ended.get(&of).copied())),
                    ..Grant::default()
                };
                self.grant(group, me, grant)
            }
            _ => self.reviews(deed),
        }
    }

    fn gives(&self, who: Who, group: usize) -> Checked {
        self.may(who, group, MembersWrite)?;
        self.may(who, group, RolesAssign)
    }
}

impl World {
    /// What people do for a while only, and what is asked about it.
    pub(super) async fn attempt_for_a_while(&mut self, deed: &Deed, model: &Model) -> Result<(), Error> {
        let who = deed.who;
        match deed.act {
            Act::LetElevate {
                group,
                person,
                roles,
                hours,
                days,
            } => {
                let command = GrantEligibility {
                    group: self.groups[group],
                    whom: NewMember::Id(self.people[person]),
                    roles: texts(&named(roles)),
                    hours,
                    last_day: days.map(|days| self.day(days)),
                    needs_justification: says_why(group),
                };
                self.run(who, command).await?;
            }
            Act::LetElevateNoMore { group, person } => {
                let (group, user) = (self.groups[group], self.people[person]);
                self.run(who, RevokeEligibility { group, user }).await?;
            }
            Act::Elevate { group, hours } => {
                let justification = says_why(group).then(|| "the night shift".to_owned());
                let group = self.groups[group];
                let command = Elevate {
                    group,
                    hours,
                    justification,
                };
                self.run(who, command).await?;
            }
            _ => self.attempt_review(deed, model).await?,
        }
        Ok(())
    }

    /// Who may make themselves a member is who was let.
    pub(super) async fn eligible(&self, model: &Model) -> Checked {
        let mut roles: BTreeMap<Uuid, Roles> = BTreeMap::new();
        let sql = "SELECT h.eligibility, r.name FROM eligibility_roles h JOIN group_roles r ON r.realm = h.realm AND r.id = h.role";
        for mut row in self.rows(sql, &[]).await {
            let name: String = row.take(1).expect("a name");
            let role = ROLES.into_iter().find(|role| *role == name);
            let of: Uuid = row.take(0).expect("an id");
            roles.entry(of).or_default().insert(role.expect("a role of the test"));
        }
        let mut stored = BTreeMap::new();
        let sql = "SELECT group_id, user_id, id, hours, valid_until, entitled FROM eligibilities";
        for mut row in self.rows(sql, &[]).await {
            let group = self.number_of_group(row.take(0).expect("an id"));
            let person = self.number_of_person(row.take(1).expect("an id"));
            let id: Uuid = row.take(2).expect("an id");
            let eligible = Eligible {
                roles: roles.remove(&id).unwrap_or_default(),
                hours: row.take(3).expect("a number"),
                until: row.take(4).expect("an end"),
                entitled: row.take(5).expect("a word"),
            };
            stored.insert(group.zip(person).ok_or("a known group and person")?, eligible);
        }
        same("roles of no eligibility", roles.len(), 0)?;
        same("who may elevate", &stored, &model.eligible)
    }
}
