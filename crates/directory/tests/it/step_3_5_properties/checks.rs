//! Whether the store is as it ought to be: once the jobs have run, what is held is what was granted, no more and no longer.

use std::collections::{BTreeMap, BTreeSet};

use directory::delegation::Capabilities;
use directory::entitlement::Form;
use directory::membership::{MineOrder, MyMemberships, Page, Status};
use uuid::Uuid;

use super::acts::{PEOPLE, ROLES};
use super::granted::{Ender, Grant, Roles, Subject};
use super::model::Model;
use super::world::{NAMESPACE, World};
use crate::support::groups::tree_is_sound;
use crate::support::{groups_know_their_number, members, view};

type Checked = Result<(), String>;

/// A group and a person.
type Two = (usize, usize);

/// A membership as it is stored.
#[derive(Debug)]
struct Stored {
    status: Status,
    until: Option<i64>,
    effective: Option<i64>,
    roles: Roles,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Which id the membership of two has, for ever, and its version.
    ids: BTreeMap<(usize, usize), (Uuid, i64)>,
    pub(super) held: u64,
}

pub(super) fn same<T: PartialEq + std::fmt::Debug>(what: impl std::fmt::Display, is: T, ought: T) -> Checked {
    if is == ought {
        Ok(())
    } else {
        Err(format!("{what}: is {is:?}, ought to be {ought:?}"))
    }
}

impl World {
    pub(super) fn number_of_group(&self, id: Uuid) -> Option<usize> {
        self.groups.iter().position(|group| group.uuid() == id)
    }

    pub(super) fn number_of_person(&self, id: Uuid) -> Option<usize> {
        self.people.iter().position(|person| person.uuid() == id)
    }

    async fn roles(&self) -> BTreeMap<Uuid, Roles> {
        let sql = "SELECT h.membership, r.name FROM membership_roles h JOIN group_roles r ON r.realm = h.realm AND r.id = h.role";
        let mut all: BTreeMap<Uuid, Roles> = BTreeMap::new();
        for mut row in self.rows(sql, &[]).await {
            let name: String = row.take(1).expect("a name");
            let role = ROLES
                .into_iter()
                .find(|role| *role == name)
                .expect("a role of the test");
            all.entry(row.take(0).expect("an id")).or_default().insert(role);
        }
        all
    }

    /// All that is held; nobody else has roles but who may come back.
    async fn held(
        &self,
        model: &Model,
        seen: &mut Seen,
    ) -> Result<(BTreeMap<Two, Stored>, BTreeMap<Two, Option<Ender>>), String> {
        let mut roles = self.roles().await;
        let sql = "SELECT group_id, user_id, id, version, status, expires_at, effective_at, ended_by FROM memberships";
        let (mut held, mut ended) = (BTreeMap::new(), BTreeMap::new());
        for mut row in self.rows(sql, &[]).await {
            let (group, person): (Uuid, Uuid) = (row.take(0).expect("an id"), row.take(1).expect("an id"));
            let (Some(group), Some(person)) = (self.number_of_group(group), self.number_of_person(person)) else {
                return Err(format!("somebody of whom nothing is known is in {group} or {person}"));
            };
            let (id, version): (Uuid, i64) = (row.take(2).expect("an id"), row.take(3).expect("a number"));
            let before = seen.ids.insert((group, person), (id, version));
            if before.is_some_and(|(was, seen)| was != id || seen > version) {
                return Err(format!(
                    "the membership of {person} in {group} was {before:?}, is {id} {version}"
                ));
            }
            let word: String = row.take(4).expect("a word");
            let status = Status::parse(&word).ok_or("a status")?;
            let roles = roles.remove(&id).unwrap_or_default();
            if status.is_held() {
                let (until, effective) = (row.take(5).expect("an end"), row.take(6).expect("an end"));
                held.insert(
                    (group, person),
                    Stored {
                        status,
                        until,
                        effective,
                        roles,
                    },
                );
            } else if status.is_over() {
                let by: Option<String> = row.take(7).expect("a word");
                let by = match by.as_deref() {
                    Some("client") => Some(Ender::Program),
                    Some("import") => Some(Ender::Import),
                    Some("elevation") => None,
                    _ => Some(Ender::Other),
                };
                ended.insert((group, person), by);
                same(
                    format!("roles of {person} who is no more in {group}"),
                    roles,
                    Roles::new(),
                )?;
            }
        }
        same("roles of nobody", roles.into_keys().collect::<Vec<_>>(), Vec::new())?;
        let blocks = self.blocks(model).await;
        same(
            "who is kept out",
            &blocks,
            &model
                .blocks
                .iter()
                .copied()
                .filter(|(_, person)| !model.gone.contains(person))
                .collect(),
        )?;
        Ok((held, ended))
    }

    async fn blocks(&self, model: &Model) -> BTreeSet<(usize, usize)> {
        let rows = self.rows("SELECT group_id, user_id FROM membership_blocks", &[]).await;
        let read = |mut row: db::Row| {
            let group = self.number_of_group(row.take(0).expect("an id"))?;
            let person = self.number_of_person(row.take(1).expect("an id"))?;
            (!model.gone.contains(&person)).then_some((group, person))
        };
        rows.into_iter().filter_map(read).collect()
    }

    /// Everything that is cheap to look at. `as_shown` says that a program acted on what was stored before the jobs that were due:
    /// whom it took out was ended by it, and whom it named was there already and is ended by time then, which the model learns.
    pub(super) async fn check(&self, model: &mut Model, seen: &mut Seen, as_shown: bool) -> Checked {
        let (held, ended) = self.held(model, seen).await?;
        if as_shown {
            let lost = model.held.keys().filter(|of| !held.contains_key(*of));
            let lost: Vec<Two> = lost.copied().collect();
            for (group, person) in lost {
                model.end(group, person, Ender::Other);
            }
            for (of, by) in &ended {
                model.ended_by(*of, *by);
            }
        }
        for (of, by) in ended {
            if !model.gone.contains(&of.1) && !model.places[of.0].gone {
                same(format!("who ended {of:?}"), by, model.ended.get(&of).copied())?;
            }
        }
        let here: Vec<_> = held.keys().collect();
        let extra: Vec<_> = here.iter().filter(|of| !model.held.contains_key(**of)).collect();
        same("memberships (group, person) that nobody granted", extra, Vec::new())?;
        same("memberships that were granted", here, model.held.keys().collect())?;
        for ((group, person), stored) in &held {
            let of = format!("{person} in {group}");
            let Grant { roles, until, .. } = &model.held[&(*group, *person)];
            same(format!("roles of {of}"), &stored.roles, roles)?;
            same(format!("end of {of}"), stored.until, *until)?;
            same(
                format!("status of {of}"),
                Some(stored.status),
                model.status(*group, *person),
            )?;
            same(
                format!("effective end of {of}"),
                stored.effective,
                model.effective(*group, *person),
            )?;
            if stored.effective.is_some_and(|end| end <= model.now) {
                return Err(format!("{of} outlives its end: {stored:?} at {}", model.now));
            }
            seen.held += 1;
        }
        self.administrators(model).await?;
        self.eligible(model).await?;
        self.entitlements(model).await
    }

    async fn administrators(&self, model: &Model) -> Checked {
        let sql = "SELECT group_id, subject, of_group, capabilities, inherit, valid_until, entitled FROM delegations";
        let mut stored = BTreeMap::new();
        for mut row in self.rows(sql, &[]).await {
            let (group, subject): (Uuid, Uuid) = (row.take(0).expect("an id"), row.take(1).expect("an id"));
            let of_group: bool = row.take(2).expect("a word");
            let subject = if of_group {
                self.number_of_group(subject).map(Subject::Group)
            } else {
                self.number_of_person(subject).map(Subject::Person)
            };
            let key = self
                .number_of_group(group)
                .zip(subject)
                .ok_or("a known group and administrator")?;
            let words: String = row.take(3).expect("words");
            let admin = super::granted::Admin {
                capabilities: Capabilities::parse(&words).expect("capabilities"),
                inherit: row.take(4).expect("a word"),
                until: row.take(5).expect("an end"),
                entitled: row.take(6).expect("a word"),
            };
            stored.insert(key, admin);
        }
        same("administrators", &stored, &model.admins)
    }

    async fn entitlements(&self, model: &Model) -> Checked {
        let mut stored: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for mut row in self.rows("SELECT user_id, value FROM entitlements", &[]).await {
            let person = self
                .number_of_person(row.take(0).expect("an id"))
                .ok_or("a known person")?;
            stored.entry(person).or_default().insert(row.take(1).expect("a text"));
        }
        same("entitlements", &stored, &self.entitled(model))
    }

    fn entitled(&self, model: &Model) -> BTreeMap<usize, BTreeSet<String>> {
        let form = Form::new(NAMESPACE, None);
        let mut all: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for ((group, person), grant) in &model.held {
            if !model.is_enabled(*group, *person) || model.is_withheld(*group, *person) {
                continue;
            }
            let path = self.path(model, *group);
            let values = all.entry(*person).or_default();
            if grant.roles.is_empty() {
                values.insert(form.value(&path, None));
            }
            values.extend(grant.roles.iter().map(|role| form.value(&path, Some(role))));
        }
        all
    }

    /// What the product's own questions answer, and what is counted.
    pub(super) async fn check_views(&self, model: &Model, person: usize) -> Checked {
        groups_know_their_number(&self.app).await;
        tree_is_sound(&self.app).await;
        self.once_each().await?;
        for group in model.there() {
            let shown: BTreeSet<String> = members(&self.app, &self.scim, self.groups[group])
                .await
                .into_iter()
                .collect();
            let enabled = (0..PEOPLE).filter(|person| model.is_enabled(group, *person));
            let enabled: BTreeSet<String> = enabled.map(|person| self.people[person].to_string()).collect();
            same(format!("members of {group} by SCIM"), shown, enabled)?;
        }
        if model.gone.contains(&person) {
            return Ok(());
        }
        let user = view(&self.app, &self.scim, self.people[person])
            .await
            .map_err(|error| error.to_string())?;
        let list = |name: &str| -> BTreeSet<String> {
            let list = user[name].as_array().into_iter().flatten();
            list.filter_map(|one| one["value"].as_str().map(str::to_owned))
                .collect()
        };
        let groups = model.there().filter(|group| model.is_enabled(*group, person));
        let groups: BTreeSet<String> = groups.map(|group| self.groups[group].to_string()).collect();
        same(format!("groups of {person} by SCIM"), list("groups"), groups)?;
        let entitled = self.entitled(model).remove(&person).unwrap_or_default();
        same(
            format!("entitlements of {person} by SCIM"),
            list("entitlements"),
            entitled,
        )?;
        for status in [Status::Enabled, Status::Pending, Status::Suspended] {
            let asked = MyMemberships {
                search: None,
                status,
                order: MineOrder::Group,
                ascending: true,
                page: Page { first: 0, max: 100 },
            };
            let mine = self
                .app
                .directory()
                .my_memberships(&self.principals[person], &asked)
                .await;
            let mine = mine.map_err(|error| error.to_string())?.memberships;
            let shown: BTreeSet<(Uuid, Roles)> = mine
                .iter()
                .map(|one| {
                    let has = |role: &&str| one.roles.iter().any(|name| name == role);
                    (one.group.id.uuid(), ROLES.into_iter().filter(has).collect())
                })
                .collect();
            let theirs = model
                .held
                .iter()
                .filter(|((group, of), _)| *of == person && model.status(*group, *of) == Some(status));
            let theirs = theirs
                .map(|((group, _), grant)| (self.groups[*group].uuid(), grant.roles.clone()))
                .collect();
            same(format!("what {person} sees of {status:?}"), shown, theirs)?;
        }
        Ok(())
    }

    /// At most one open request of two, one open offer of a kind to an address, and first ways to join that are there.
    async fn once_each(&self) -> Checked {
        for (what, sql) in [
            (
                "open requests",
                "SELECT group_id FROM enrollment_requests WHERE open GROUP BY group_id, user_id HAVING COUNT(*) > 1",
            ),
            (
                "open offers",
                "SELECT group_id FROM invitations WHERE open AND offers <> 'account' GROUP BY group_id, offers, address_key HAVING COUNT(*) > 1",
            ),
            (
                "ways that are offered first and are not there",
                "SELECT g.id FROM groups g WHERE g.default_configuration IS NOT NULL AND NOT EXISTS (SELECT 1 FROM enrollment_configurations c
                   WHERE c.realm = g.realm AND c.group_id = g.id AND c.id = g.default_configuration AND NOT c.removed)",
            ),
        ] {
            let found: Vec<Uuid> = self.rows(sql, &[]).await.into_iter().map(|mut row| row.take(0).expect("an id")).collect();
            same(what, found, Vec::new())?;
        }
        Ok(())
    }
}
