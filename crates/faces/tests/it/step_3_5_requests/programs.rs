//! Requests of programs that keep people and groups, sent by whomever; lists that are imported; and time.

use directory::Id;
use directory::delegation::Capability;
use directory::membership::Status;
use serde_json::{Value, json};

use super::model::{Checked, DAY, Grant, Out, Two, must};
use super::who::Who;
use super::world::{API, LEAVES_AFTER, PEOPLE, Plan, Run, SCIM, names};

impl Run {
    /// Mostly the program that is for it.
    pub(super) fn program(&mut self) -> Who {
        match self.dice.roll(6) {
            0..=3 => Who::Scim,
            4 => Who::Admin,
            _ => {
                let group = self.group();
                self.governor(group, Capability::MembersWrite)
            }
        }
    }

    pub(super) async fn scim_group(&mut self) -> Checked {
        let (group, who) = (self.group(), self.program());
        let here: Vec<usize> = (0..PEOPLE)
            .filter(|person| self.model.is_enabled(group, *person))
            .collect();
        let mut people: Vec<usize> = vec![self.anybody()];
        let kind = self.dice.roll(8);
        if kind >= 5 {
            // Nearly all who are there.
            people.extend(here.iter().filter(|_| !self.dice.one_in(6)));
        } else if kind >= 3 {
            people = vec![self.dice.of(&here).unwrap_or(people[0])];
        }
        people.sort_unstable();
        people.dedup();
        let value: Vec<Value> = people
            .iter()
            .map(|person| json!({ "value": self.people[*person].to_string() }))
            .collect();
        let (id, first) = (self.groups[group], self.people[people[0]]);
        let patch = |operation: Value| {
            Some(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] }))
        };
        let (scim, native) = (format!("{SCIM}/Groups/{id}"), format!("{API}/groups/{id}/members"));
        let by_api = kind < 5 && self.dice.one_in(4);
        let (name, method, path, body) = match kind {
            0..=2 if by_api => (
                "scim add",
                "POST",
                native,
                Some(json!({ "members": [first.to_string()] })),
            ),
            0..=2 => (
                "scim add",
                "PATCH",
                scim,
                patch(json!({ "op": "add", "path": "members", "value": value })),
            ),
            3..=4 if by_api => ("scim remove", "DELETE", format!("{native}/{first}"), None),
            3..=4 => {
                let path = format!("members[value eq \"{first}\"]");
                (
                    "scim remove",
                    "PATCH",
                    scim,
                    patch(json!({ "op": "remove", "path": path })),
                )
            }
            5 => (
                "scim set",
                "PATCH",
                scim,
                patch(json!({ "op": "replace", "path": "members", "value": value })),
            ),
            _ => {
                let name = self.model.places[group].name.clone();
                let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
                (
                    "scim set",
                    "PUT",
                    scim,
                    Some(json!({ "schemas": schemas, "displayName": name, "members": value })),
                )
            }
        };
        if self.send(who, name, (method, &path), body).await?.is_none() {
            return Ok(());
        }
        must(
            if by_api { who.is_admin() } else { who.writes_scim() },
            "programs do so",
        )?;
        let names_whom_to_take = (3..5).contains(&kind);
        if !names_whom_to_take {
            for person in &people {
                self.named_by_program(who, (group, *person), kind < 3)?;
            }
        }
        for person in here {
            // Whoever is leaving is not there to programs, which take nobody out whom they do not name.
            let is_leaving = self.model.out.get(&person).is_some_and(|out| out.leaves.is_some());
            let is_seen = who != Who::Scim || !is_leaving;
            let is_named = people.contains(&person);
            let goes = match kind {
                0..=2 => false,
                3..=4 => is_named,
                _ => !is_named && is_seen,
            };
            if goes {
                self.model.end(group, person);
            }
        }
        Ok(())
    }

    /// A program says that somebody is in a group. It lifts nothing, and does not end what it cannot see.
    fn named_by_program(&mut self, who: Who, (group, person): Two, one_by_one: bool) -> Checked {
        let now = self.model.now;
        if self.model.gone.contains(&person) || self.model.is_blocked(group, person) {
            return Ok(());
        }
        match self.model.status(group, person) {
            None => {
                let may = self.model.raises(who, group, Some(person));
                self.model.loose.insert((group, person), may);
                let grant = Grant {
                    from: now,
                    until: None,
                    roles: 0,
                    listed: false,
                    elevated: false,
                    by: format!("{who:?} named them"),
                };
                let made = self.model.grant(group, person, grant);
                self.note("scim add", made)
            }
            Some(Status::Pending) if one_by_one => {
                let grant = self.model.held_of(group, person)?;
                self.model.grant(
                    group,
                    person,
                    Grant {
                        from: now,
                        listed: false,
                        ..grant
                    },
                )
            }
            // Whoever made themselves a member for some hours is one for good, as a program names them.
            Some(_) if one_by_one && self.model.held_of(group, person)?.elevated => {
                self.model.raises(who, group, Some(person))?;
                let grant = self.model.held_of(group, person)?;
                let by = format!("{who:?} named them; {}", grant.by);
                self.model.grant(
                    group,
                    person,
                    Grant {
                        until: None,
                        elevated: false,
                        by,
                        ..grant
                    },
                )
            }
            Some(_) => Ok(()),
        }
    }

    /// Somebody's account is kept out or let in again, deleted or brought back.
    pub(super) async fn account(&mut self) -> Checked {
        let out: Vec<usize> = self.model.out.keys().copied().collect();
        let back = !out.is_empty() && !self.dice.one_in(4);
        let person = if back {
            self.dice.of(&out).unwrap_or_default()
        } else {
            3 + self.dice.roll(PEOPLE - 3)
        };
        let own = self.dice.one_in(5);
        let who = if own { self.as_person(person) } else { self.program() };
        let user = self.people[person];
        let native = self.dice.one_in(2);
        let active = |active: bool| {
            let operation = json!({ "op": "replace", "path": "active", "value": active });
            Some(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] }))
        };
        let scim = format!("{SCIM}/Users/{user}");
        let leaving = self.model.out.get(&person).is_some_and(|out| out.leaves.is_some());
        let (name, method, path, body) = match (back, native) {
            (true, _) if leaving => ("restore", "POST", format!("{API}/users/{user}/restore"), None),
            (true, true) => ("activate", "POST", format!("{API}/users/{user}/activate"), None),
            (true, false) => ("activate", "PATCH", scim, active(true)),
            (false, true) => ("keep out", "POST", format!("{API}/users/{user}/suspend"), None),
            (false, false) if self.dice.one_in(3) && !who.is_admin() => ("delete", "DELETE", scim, None),
            (false, false) => ("keep out", "PATCH", scim, active(false)),
        };
        if self.send(who, name, (method, &path), body).await?.is_none() {
            return Ok(());
        }
        let by_api = path.starts_with(API);
        must(
            if by_api { who.is_admin() } else { who.writes_scim() },
            "programs do so",
        )?;
        let was = self.model.out.get(&person).copied();
        match name {
            "restore" if was.is_some_and(|was| was.before) => {
                self.model.out.insert(
                    person,
                    Out {
                        leaves: None,
                        before: false,
                    },
                );
            }
            "restore" | "activate" => {
                self.model.out.remove(&person);
                self.sign_in(person).await;
            }
            "delete" => {
                let leaves = Some(self.model.now + LEAVES_AFTER * DAY);
                self.model.out.insert(
                    person,
                    Out {
                        leaves,
                        before: was.is_some(),
                    },
                );
            }
            _ => {
                self.model.out.entry(person).or_insert(Out {
                    leaves: None,
                    before: false,
                });
            }
        }
        Ok(())
    }

    /// A list is sent; or one that waits is approved and applied.
    pub(super) async fn import(&mut self) -> Checked {
        if !self.plans.is_empty() && !self.dice.one_in(4) {
            return self.apply().await;
        }
        let mut rows = Vec::new();
        for _ in 0..=self.dice.roll(4) {
            let (group, person, roles) = (self.group(), self.anybody(), self.some_roles());
            rows.push((group, person, roles, self.dice.perhaps(40)));
        }
        let row = |(group, person, roles, days): &(usize, usize, u8, Option<i64>)| {
            let place = self.model.path(*group);
            let mut row = json!({ "group": place, "member": format!("p{person}"), "roles": names(*roles) });
            if let Some(days) = days {
                row["until"] = json!(self.day(*days));
            }
            row
        };
        let list: Vec<Value> = rows.iter().map(row).collect();
        let missing = if self.dice.one_in(2) { "keep" } else { "remove" };
        let path = format!("{API}/members/import?source=hr&missing={missing}&brake=100");
        let who = if self.dice.one_in(4) {
            self.program()
        } else {
            Who::Admin
        };
        let Some(answer) = self.send(who, "import", ("POST", &path), Some(json!(list))).await? else {
            return Ok(());
        };
        must(who.is_admin(), "programs do so")?;
        let rows = rows
            .into_iter()
            .map(|(group, person, roles, days)| (group, person, roles, self.model.end_of(days)));
        let plan = Plan {
            id: answer.id(),
            rows: rows.collect(),
        };
        self.plans.push(plan);
        Ok(())
    }

    async fn apply(&mut self) -> Checked {
        let index = self.dice.roll(self.plans.len());
        let id = self.plans[index].id.clone();
        for (name, body) in [
            ("approve", json!({ "release": true })),
            ("apply", json!({ "rest": true })),
        ] {
            let who = if self.dice.one_in(6) {
                self.program()
            } else {
                Who::Admin
            };
            let path = format!("{API}/plans/{id}/{name}");
            let name = if name == "apply" { "apply list" } else { "approve list" };
            if self.send(who, name, ("POST", &path), Some(body)).await?.is_none() {
                return Ok(());
            }
            must(who.is_admin(), "programs do so")?;
        }
        self.app.run_jobs().await;
        let path = format!("{API}/plans/{id}/items?limit=500&state=done");
        let items = self
            .send(Who::Admin, "read list", ("GET", &path), None)
            .await?
            .ok_or("the list is not shown")?;
        let plan = self.plans.swap_remove(index);
        for item in items.at("/items").as_array().into_iter().flatten() {
            let number = |name: &str| item[name].as_str().and_then(|text| text.parse().ok());
            let group =
                number("within").and_then(|id: uuid::Uuid| self.groups.iter().position(|group| *group == Id::new(id)));
            let person = number("subject")
                .and_then(|id: uuid::Uuid| self.people.iter().position(|person| *person == Id::new(id)));
            let Some((group, person)) = group.zip(person) else {
                continue;
            };
            let action = item["action"].as_str().unwrap_or_default();
            let made = self.applied(&plan, action, (group, person));
            self.note("import", made)?;
        }
        Ok(())
    }

    /// A list gives what nobody has, and changes and takes back what lists gave.
    fn applied(&mut self, plan: &Plan, action: &str, (group, person): Two) -> Checked {
        let model = &mut self.model;
        let held = model.held.get(&(group, person)).cloned();
        // The first row about somebody counts.
        let said = plan.rows.iter().find(|row| (row.0, row.1) == (group, person)).copied();
        let said = said.ok_or("it was applied, but the list does not say so");
        match action {
            "add_member" => {
                let (.., roles, until) = said?;
                must(
                    held.is_none() && !model.is_blocked(group, person),
                    "they are a member, or kept out",
                )?;
                let by = "a list said so".to_owned();
                model.grant(
                    group,
                    person,
                    Grant {
                        from: model.now,
                        until,
                        roles,
                        listed: true,
                        elevated: false,
                        by,
                    },
                )
            }
            "change_member" => {
                let (.., roles, until) = said?;
                let held = held.ok_or("it was changed, but they are no member")?;
                must(
                    held.listed && !model.is_blocked(group, person),
                    "others gave it, or they are kept out",
                )?;
                model.grant(
                    group,
                    person,
                    Grant {
                        until: until.or(held.until),
                        roles,
                        ..held
                    },
                )
            }
            "remove_member" => {
                // What is over has nothing to end below it, and who is kept out stays so.
                let Some(held) = held.filter(|_| !model.is_blocked(group, person)) else {
                    return Ok(());
                };
                must(held.listed, "others gave it")?;
                model.end(group, person);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// People give themselves what only others can give.
    pub(super) async fn reach_up(&mut self) -> Checked {
        let person = 3 + self.dice.roll(PEOPLE - 3);
        let (who, user, group) = (self.as_person(person), self.people[person], self.group());
        let id = self.groups[group];
        let (method, path, body) = match self.dice.roll(5) {
            0 => ("PUT", format!("{API}/users/{user}/roles/realm-admin"), json!({})),
            1 => ("PUT", format!("{API}/groups/{id}/members/{user}"), json!({})),
            2 => (
                "PUT",
                format!("{API}/groups/{id}/settings"),
                json!({ "privileged": null, "self_approval": true, "plain_members": true }),
            ),
            3 => (
                "POST",
                format!("/realms/default/agm/admin/group/{id}/admin/{user}"),
                json!({}),
            ),
            _ => (
                "POST",
                format!("{API}/members/import?source=hr"),
                json!([{ "group": self.model.path(group), "member": format!("p{person}") }]),
            ),
        };
        let is_settings = path.ends_with("/settings");
        match self.send(who, "reach up", (method, &path), Some(body)).await? {
            // Administrators may say so of their group, but not that it is privileged no more.
            Some(_) if is_settings && !self.model.places[group].privileged => {
                self.model.may(who, group, Capability::AttributesWrite)?;
                (self.model.places[group].self_approval, self.model.places[group].plain) = (true, true);
                Ok(())
            }
            Some(_) => Err(format!("{who:?} reached up")),
            None => Ok(()),
        }
    }

    /// Time passes: hours, days, or until the next end.
    pub(super) async fn pass(&mut self) -> Checked {
        let now = self.model.now;
        let ends = self
            .model
            .held
            .values()
            .flat_map(|grant| [Some(grant.from), grant.until])
            .flatten();
        let next = ends.filter(|end| *end > now).min();
        let seconds = match (self.dice.roll(4), next) {
            (0..=1, Some(next)) => (next - now) / 1000 + self.dice.days(2),
            (2, _) => 86_400 * (1 + self.dice.days(5)),
            _ => 3_600 * (1 + self.dice.days(30)),
        };
        self.app.pass(seconds).await;
        self.log.push(format!("{seconds} seconds pass"));
        self.model.pass(self.app.now().millis());
        Ok(())
    }
}
