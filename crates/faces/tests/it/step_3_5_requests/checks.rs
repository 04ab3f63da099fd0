//! Whether what is stored and shown is what was granted, no more and no longer.

use std::collections::{BTreeMap, BTreeSet};

use directory::delegation::Capabilities;
use directory::membership::Status;
use serde_json::Value;
use uuid::Uuid;

use super::elevating::Eligible;
use super::model::{Admin, Checked, Roles, Subject, Two};
use super::who::Who;
use super::world::{API, ROLES, Run, SCIM, names};

/// A membership as it is stored.
#[derive(Clone, Debug, PartialEq)]
struct Stored {
    status: Status,
    until: Option<i64>,
    effective: Option<i64>,
    roles: Roles,
}

pub(super) fn same<T: PartialEq + std::fmt::Debug>(what: impl std::fmt::Display, is: T, ought: T) -> Checked {
    if is == ought {
        Ok(())
    } else {
        Err(format!("{what}: is {is:?}, ought to be {ought:?}"))
    }
}

fn bit(name: &str) -> Result<Roles, String> {
    let role = ROLES.iter().position(|role| *role == name);
    Ok(1 << role.ok_or("a role that nobody defined")?)
}

impl Run {
    pub(super) fn number_of_group(&self, id: Uuid) -> Result<usize, String> {
        let number = self.groups.iter().position(|group| group.uuid() == id);
        number.ok_or_else(|| format!("nobody knows the group {id}"))
    }

    pub(super) fn number_of_person(&self, id: Uuid) -> Result<usize, String> {
        let number = self.people.iter().position(|person| person.uuid() == id);
        number.ok_or_else(|| format!("nobody knows the person {id}"))
    }

    /// Who administers what.
    pub(super) async fn delegations(&self) -> Result<BTreeMap<(usize, Subject), Admin>, String> {
        let sql = "SELECT group_id, subject, of_group, capabilities, inherit, valid_until, entitled FROM delegations";
        let mut all = BTreeMap::new();
        for mut row in self.app.db().query(sql, &[]).await.expect("read") {
            let (group, subject): (Uuid, Uuid) = (row.take(0).unwrap(), row.take(1).unwrap());
            let subject = if row.take(2).unwrap() {
                Subject::Group(self.number_of_group(subject)?)
            } else {
                Subject::Person(self.number_of_person(subject)?)
            };
            let words: String = row.take(3).unwrap();
            let admin = Admin {
                capabilities: Capabilities::parse(&words).unwrap(),
                inherit: row.take(4).unwrap(),
                until: row.take(5).unwrap(),
                entitled: row.take(6).unwrap(),
            };
            all.insert((self.number_of_group(group)?, subject), admin);
        }
        Ok(all)
    }

    /// The roles that things have, by their ids.
    async fn roles_of(&self, id: &str, table: &str) -> Result<BTreeMap<Uuid, Roles>, String> {
        let mut roles: BTreeMap<Uuid, Roles> = BTreeMap::new();
        let sql =
            format!("SELECT {id}, r.name FROM {table} h JOIN group_roles r ON r.realm = h.realm AND r.id = h.role");
        for mut row in self.app.db().query(&sql, &[]).await.expect("read") {
            let name: String = row.take(1).unwrap();
            *roles.entry(row.take(0).unwrap()).or_default() |= bit(&name)?;
        }
        Ok(roles)
    }

    async fn stored(&mut self) -> Result<BTreeMap<Two, Stored>, String> {
        let mut roles = self.roles_of("h.membership", "membership_roles").await?;
        let mut held = BTreeMap::new();
        let sql = "SELECT group_id, user_id, id, status, expires_at, effective_at FROM memberships";
        for mut row in self.app.db().query(sql, &[]).await.expect("read") {
            let (group, person): (Uuid, Uuid) = (row.take(0).unwrap(), row.take(1).unwrap());
            let of = (self.number_of_group(group)?, self.number_of_person(person)?);
            let (id, word): (Uuid, String) = (row.take(2).unwrap(), row.take(3).unwrap());
            self.model.ids.insert(of, id);
            let status = Status::parse(&word).ok_or("a status")?;
            let roles = roles.remove(&id).unwrap_or_default();
            if status.is_held() {
                let (until, effective) = (row.take(4).unwrap(), row.take(5).unwrap());
                held.insert(
                    of,
                    Stored {
                        status,
                        until,
                        effective,
                        roles,
                    },
                );
            } else if status.is_over() {
                same(format!("roles of {of:?}, which is over"), roles, 0)?;
            }
        }
        same("roles of nobody", roles.len(), 0)?;
        Ok(held)
    }

    /// After every request.
    pub(super) async fn check(&mut self) -> Result<u64, String> {
        let stored = self.stored().await?;
        let model = &mut self.model;
        for (of, may) in std::mem::take(&mut model.loose) {
            if stored.contains_key(&of) {
                may?;
            } else {
                model.held.remove(&of);
            }
        }
        let extra: Vec<_> = stored.keys().filter(|of| !model.held.contains_key(of)).collect();
        same("memberships (group, person) that nobody granted", extra, Vec::new())?;
        let lost: Vec<_> = model.held.keys().filter(|of| !stored.contains_key(of)).collect();
        same("memberships that were granted and are not there", lost, Vec::new())?;
        for ((group, person), is) in &stored {
            let grant = &model.held[&(*group, *person)];
            let ought = Stored {
                status: model.status(*group, *person).ok_or("it is held")?,
                until: grant.until,
                effective: model.effective(*group, *person),
                roles: grant.roles,
            };
            same(format!("{person} in {group} ({})", grant.by), is, &ought)?;
            if is.effective.is_some_and(|end| end <= model.now) {
                return Err(format!("{person} in {group} outlives its end: {is:?} at {}", model.now));
            }
        }
        let mut blocks = BTreeSet::new();
        for mut row in self
            .app
            .db()
            .query("SELECT group_id, user_id FROM membership_blocks", &[])
            .await
            .expect("read")
        {
            let (group, person): (Uuid, Uuid) = (row.take(0).unwrap(), row.take(1).unwrap());
            blocks.insert((self.number_of_group(group)?, self.number_of_person(person)?));
        }
        blocks.retain(|(_, person)| !self.model.gone.contains(person));
        same("who is kept out", blocks, self.model.blocks.keys().copied().collect())?;
        same("administrators", &self.delegations().await?, &self.model.admins)?;
        self.check_eligible().await?;
        self.check_places().await?;
        Ok(stored.len() as u64)
    }

    /// Who may make themselves a member is who was let.
    async fn check_eligible(&self) -> Checked {
        let mut roles = self.roles_of("h.eligibility", "eligibility_roles").await?;
        let mut stored = BTreeMap::new();
        let sql = "SELECT group_id, user_id, id, hours, valid_until, entitled, justified FROM eligibilities";
        for mut row in self.app.db().query(sql, &[]).await.expect("read") {
            let (group, person): (Uuid, Uuid) = (row.take(0).unwrap(), row.take(1).unwrap());
            let id: Uuid = row.take(2).unwrap();
            let eligible = Eligible {
                roles: roles.remove(&id).unwrap_or_default(),
                hours: row.take(3).unwrap(),
                until: row.take(4).unwrap(),
                entitled: row.take(5).unwrap(),
                says_why: row.take(6).unwrap(),
            };
            stored.insert((self.number_of_group(group)?, self.number_of_person(person)?), eligible);
        }
        same("roles of no eligibility", roles.len(), 0)?;
        same("who may elevate", &stored, &self.model.eligible)
    }

    /// Where groups stand, and which roles they have.
    async fn check_places(&self) -> Checked {
        let mut roles: BTreeMap<usize, Roles> = BTreeMap::new();
        let sql = "SELECT group_id, name FROM group_roles";
        for mut row in self.app.db().query(sql, &[]).await.expect("read") {
            let group = self.number_of_group(row.take(0).unwrap())?;
            let name: String = row.take(1).unwrap();
            *roles.entry(group).or_default() |= bit(&name)?;
        }
        let mut stored = BTreeMap::new();
        for mut row in self
            .app
            .db()
            .query("SELECT id, parent, name FROM groups", &[])
            .await
            .expect("read")
        {
            let group = self.number_of_group(row.take(0).unwrap())?;
            let parent: Option<Uuid> = row.take(1).unwrap();
            let parent = parent.map(|parent| self.number_of_group(parent)).transpose()?;
            let name: String = row.take(2).unwrap();
            stored.insert(group, (parent, name, roles.remove(&group).unwrap_or_default()));
        }
        let place = |group: usize| {
            let place = &self.model.places[group];
            (group, (place.parent, place.name.clone(), place.roles))
        };
        let ought = self.model.there().into_iter().map(place).collect();
        same("roles of no group", roles.len(), 0)?;
        same("the tree (parent, name, roles)", stored, ought)
    }

    /// What is shown of a group: by SCIM those who are enabled, to those who administer it all who are held.
    pub(super) async fn check_shown(&mut self, group: usize) -> Checked {
        let id = self.groups[group];
        let shown = self
            .send(Who::Scim, "read", ("GET", &format!("{SCIM}/Groups/{id}")), None)
            .await?;
        let shown = shown.ok_or("the group is not shown by SCIM")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let name = text(&shown.at("/displayName"));
        same("the name of a group by SCIM", &name, &self.model.places[group].name)?;
        let members = shown.at("/members");
        let members: BTreeSet<String> = members
            .as_array()
            .into_iter()
            .flatten()
            .map(|member| text(&member["value"]))
            .collect();
        let model = &self.model;
        let people = |wanted: &dyn Fn(usize) -> bool| -> BTreeSet<String> {
            let wanted = (0..self.people.len()).filter(|person| wanted(*person));
            wanted.map(|person| self.people[person].to_string()).collect()
        };
        // Whoever is leaving is not there to programs.
        let is_leaving = |person: usize| model.out.get(&person).is_some_and(|out| out.leaves.is_some());
        let enabled = people(&|person| model.is_enabled(group, person) && !is_leaving(person));
        same(
            format!("members of {} by SCIM", self.model.path(group)),
            members,
            enabled,
        )?;
        let path = format!("{API}/groups/{id}/memberships?limit=500");
        let listed = self
            .send(Who::Admin, "read", ("GET", &path), None)
            .await?
            .ok_or("the memberships are not shown")?;
        let items = listed.at("/items");
        let mut all = BTreeMap::new();
        for item in items
            .as_array()
            .into_iter()
            .flatten()
            .filter(|item| item["status"] != "expired")
        {
            let roles: BTreeSet<String> = item["roles"].as_array().into_iter().flatten().map(text).collect();
            all.insert(text(&item["user"]), (text(&item["status"]), roles));
        }
        let model = &self.model;
        let mut ought = BTreeMap::new();
        for ((of, person), grant) in model.held.iter().filter(|((of, _), _)| *of == group) {
            let status = model.status(*of, *person).map(Status::name).unwrap_or_default();
            let roles = names(grant.roles).into_iter().map(str::to_owned).collect();
            ought.insert(self.people[*person].to_string(), (status.to_owned(), roles));
        }
        same(format!("memberships of {}", self.model.path(group)), all, ought)
    }
    /// Where every group is shown to stand, and who is shown there to may make themselves a member.
    pub(super) async fn check_all_shown(&mut self) -> Checked {
        for group in self.model.there() {
            self.check_shown(group).await?;
            let id = self.groups[group];
            let mut shown = Vec::new();
            for what in ["path", "eligibilities?limit=500"] {
                let path = format!("{API}/groups/{id}/{what}");
                let answer = self.send(Who::Admin, "read", ("GET", &path), None).await?;
                shown.push(answer.ok_or("a group is not shown")?.json());
            }
            let ought = self.model.path(group);
            same("a path", shown[0]["path"].as_str(), Some(ought.as_str()))?;
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let items = shown[1]["items"].as_array().into_iter().flatten();
            let eligible = items.map(|item| {
                let roles = item["roles"].as_array().into_iter().flatten().map(text);
                (text(&item["user"]), (roles.collect(), item["hours"].as_i64()))
            });
            let eligible: BTreeMap<String, (BTreeSet<String>, Option<i64>)> = eligible.collect();
            let ought = self.model.eligible.iter().filter(|((of, _), _)| *of == group);
            let ought = ought.map(|((_, person), one)| {
                let roles = names(one.roles).into_iter().map(str::to_owned);
                (self.people[*person].to_string(), (roles.collect(), Some(one.hours)))
            });
            same(format!("who may elevate in {group}"), eligible, ought.collect())?;
        }
        Ok(())
    }
}
