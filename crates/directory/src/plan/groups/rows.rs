//! What rows of a source that tell who is in which group come to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aws_lc_rs::hmac;
use serde_json::{Map, json};

use super::GROUP_ITEM;
use super::terms::{self, Edge, Planned, Terms};
use crate::Directory;
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::group::{self, Group, GroupPath};
use crate::id::Id;
use crate::membership::{self, Origin, Standing};
use crate::plan::people::SLICE;
use crate::plan::{Action, Draft, Plan, PlanKind, commands, rules, table};
use crate::principal::{Permission, Principal, Scope};
use crate::source::{self, Record, table::Known};
use crate::user::{self, User};

/// What a source says of one membership.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// Where it says so, for people: `line 17`.
    pub place: String,
    /// The displayName of the group, or its path, which begins with a slash; empty where it could not be read.
    pub group: String,
    /// The person: userName, mail address or id. Empty: the row tells of the group alone.
    pub member: String,
    /// The names of all roles the person is to have in the group; none = the source does not say.
    pub roles: Option<Vec<String>>,
    /// From when on it counts; none = the source does not say.
    pub valid_from: Option<Edge>,
    /// The first instant after it; none = the source does not say.
    pub expires: Option<Edge>,
    /// Why the row cannot be used.
    pub problem: Option<String>,
}

impl MemberRow {
    /// What it says beside that somebody is a member.
    fn terms(&self) -> Terms {
        Terms {
            roles: self.roles.clone(),
            valid_from: self.valid_from,
            expires: self.expires,
        }
    }

    /// As it can be stored: a row with a NUL is none that can be used.
    fn storable(self) -> Self {
        let nul = [&self.place, &self.group, &self.member]
            .into_iter()
            .chain(self.roles.iter().flatten())
            .any(|text| text.contains('\0'));
        Self {
            place: rules::without_nul(&self.place),
            group: rules::without_nul(&self.group),
            member: rules::without_nul(&self.member),
            roles: self.roles,
            valid_from: self.valid_from,
            expires: self.expires,
            problem: self
                .problem
                .map(|problem| rules::without_nul(&problem))
                .or_else(|| nul.then(|| rules::NUL.to_owned())),
        }
    }
}

impl Directory {
    /// Adds what rows of a source come to. `has` says how many items the plan has, from the call before; the answer is for
    /// the next one.
    ///
    /// # Errors
    /// The plan is not one of groups that is being made, the scope `admin` is missing, or the store failed.
    pub async fn plan_members(
        &self,
        principal: &Principal,
        plan: &Plan,
        has: i64,
        rows: Vec<MemberRow>,
    ) -> Result<i64, Error> {
        let key = Arc::new(self.record_key());
        let paths = Arc::new(self.groups_at(principal, &rows).await?);
        let rows: Vec<MemberRow> = rows.into_iter().map(MemberRow::storable).collect();
        let mut has = has;
        for slice in rows.chunks(SLICE / 2) {
            let command = AddMembers {
                plan: plan.clone(),
                has,
                rows: Arc::new(slice.to_vec()),
                key: Arc::clone(&key),
                paths: Arc::clone(&paths),
            };
            has = self.execute(principal, command).await?;
        }
        Ok(has)
    }

    /// The groups at the paths that rows name.
    async fn groups_at(&self, principal: &Principal, rows: &[MemberRow]) -> Result<Paths, Error> {
        let mut paths = Paths::new();
        for row in rows.iter().filter(|row| row.group.starts_with('/')) {
            let key = user::rules::key(&row.group);
            if paths.contains_key(&key) {
                continue;
            }
            let found = match GroupPath::parse(&row.group) {
                Some(path) => self.group_at(principal, &path).await,
                None => continue,
            };
            match found {
                Ok(group) => paths.insert(key, group.id),
                Err(Error::Refused(Refusal::NotFound { .. })) => continue,
                Err(other) => return Err(other),
            };
        }
        Ok(paths)
    }
}

/// Groups by their folded paths.
type Paths = HashMap<String, Id<Group>>;

/// Adds a slice of rows to a plan.
struct AddMembers {
    plan: Plan,
    has: i64,
    rows: Arc<Vec<MemberRow>>,
    key: Arc<hmac::Key>,
    paths: Arc<Paths>,
}

impl Command for AddMembers {
    /// How many items the plan has now.
    type Output = i64;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<i64, Error> {
        commands::check_made(&self.plan, PlanKind::Groups)?;
        let mut slice = Slice::read(change, self)?;
        for row in self.rows.iter() {
            slice.row(change, row)?;
        }
        commands::add(change, &self.plan, self.has, &slice.drafts)
    }
}

/// A group as a row means it.
#[derive(Clone)]
enum Meaning {
    There(Id<Group>),
    /// Made by the item at this position.
    Planned(i64),
    Gone,
    Several,
    /// It is a path, and nothing stands there.
    Nowhere,
}

/// What is known of what a slice of rows may mean.
struct Slice<'a> {
    asked: &'a AddMembers,
    /// By folded displayName.
    groups: HashMap<String, Meaning>,
    /// By folded userName or address, or id.
    people: HashMap<String, Vec<User>>,
    places: HashMap<Record, String>,
    drafts: Vec<Draft>,
}

impl<'a> Slice<'a> {
    fn read(change: &mut Change<'_>, asked: &'a AddMembers) -> Result<Self, Error> {
        let key = |text: &String| user::rules::key(text);
        let names: HashSet<String> = asked.rows.iter().map(|row| key(&row.group)).collect();
        let names: Vec<String> = names.into_iter().collect();
        let records: Vec<Record> = names
            .iter()
            .map(|name| source::record_of_group(&asked.key, name))
            .collect();
        let planned = table::positions_of_records(change, asked.plan.id, &records)?;
        let meant = source::table::meant(change, asked.plan.source, Known::Group, &records)?;
        let mut groups: HashMap<String, Meaning> = HashMap::new();
        for (name, id) in group::table::many_named(change, &names)? {
            let found = match groups.get(&name) {
                Some(_) => Meaning::Several,
                None => Meaning::There(id),
            };
            groups.insert(name, found);
        }
        for name in names.iter().filter(|name| name.starts_with('/')) {
            let found = asked.paths.get(name).copied();
            groups
                .entry(name.clone())
                .or_insert(found.map_or(Meaning::Nowhere, Meaning::There));
        }
        for (name, record) in names.iter().zip(&records) {
            let found = match (planned.get(record), meant.get(record)) {
                (Some(position), _) => Meaning::Planned(*position),
                (None, Some(_)) => Meaning::Gone,
                (None, None) => continue,
            };
            groups.entry(name.clone()).or_insert(found);
        }
        let members: Vec<String> = asked.rows.iter().map(|row| scim::text::key(&row.member)).collect();
        let mut people: HashMap<String, Vec<User>> = HashMap::new();
        for (name, user) in user::table::many_named(change, &members)? {
            people.insert(name, vec![user]);
        }
        let ids: Vec<Id<User>> = asked.rows.iter().filter_map(|row| Id::parse(&row.member)).collect();
        for user in user::table::many(change, &ids)? {
            people.insert(user.id.to_string(), vec![user]);
        }
        let addresses: Vec<String> = asked
            .rows
            .iter()
            .map(|row| key(&row.member))
            .filter(|text| text.contains('@'))
            .collect();
        for (address, user) in user::table::many_at(change, &addresses)? {
            if !people
                .get(&address)
                .is_some_and(|found| found.iter().any(|found| found.user_name().contains('@')))
            {
                people.entry(address).or_default().push(user);
            }
        }
        let mut slice = Self {
            asked,
            groups,
            people,
            places: HashMap::new(),
            drafts: Vec::new(),
        };
        let records: Vec<Record> = asked.rows.iter().filter_map(|row| slice.member_record(row)).collect();
        slice.places = table::places_of_records(change, asked.plan.id, &records)?;
        Ok(slice)
    }

    fn person(&self, member: &str) -> Option<&[User]> {
        self.people.get(&scim::text::key(member)).map(Vec::as_slice)
    }

    /// Group and person together.
    fn member_record(&self, row: &MemberRow) -> Option<Record> {
        let [user] = self.person(&row.member)? else {
            return None;
        };
        let pair = format!("{}\0{}", user::rules::key(&row.group), user.id);
        Some(source::record_of_group(&self.asked.key, &pair))
    }

    fn row(&mut self, change: &mut Change<'_>, row: &MemberRow) -> Result<(), Error> {
        let name = if row.member.is_empty() {
            row.group.clone()
        } else {
            format!("{} in {}", row.member, row.group)
        };
        let refused = |why: &str| Draft::new(Action::Refused, &row.place, &name).because(why);
        if let Some(problem) = &row.problem {
            let name = if row.group.is_empty() { "" } else { &name };
            self.drafts
                .push(Draft::new(Action::Refused, &row.place, name).because(problem));
            return Ok(());
        }
        let group = self.group(row);
        let group = match group {
            Meaning::Several => {
                self.drafts.push(refused("several groups have that name"));
                return Ok(());
            }
            Meaning::Nowhere => {
                self.drafts.push(refused("there is no group at that path"));
                return Ok(());
            }
            Meaning::Gone => {
                let why = "the group was deleted here, and a source does not bring it back";
                self.drafts
                    .push(Draft::new(Action::Nothing, &row.place, &name).because(why));
                return Ok(());
            }
            found => found,
        };
        if row.member.is_empty() {
            return Ok(());
        }
        let user = match self.person(&row.member) {
            Some([user]) => user.clone(),
            Some([_, _, ..]) => {
                self.drafts
                    .push(refused("several people have that address: name one by userName"));
                return Ok(());
            }
            Some([]) | None => {
                self.drafts.push(refused("there is no such person"));
                return Ok(());
            }
        };
        let record = self.member_record(row);
        if let Some(at) = record.as_ref().and_then(|record| self.places.get(record)) {
            let mut draft = refused(&format!("the same membership as {at}"));
            draft.subject = Some(user.id.uuid());
            self.drafts.push(draft);
            return Ok(());
        }
        let mut draft = member(change, &self.asked.plan, row, &name, &user, &group)?;
        draft.subject = Some(user.id.uuid());
        draft.record.clone_from(&record);
        self.places.extend(record.map(|record| (record, row.place.clone())));
        self.drafts.push(draft);
        Ok(())
    }

    /// What the row means by its group; a new one is planned before its first member.
    fn group(&mut self, row: &MemberRow) -> Meaning {
        let key = user::rules::key(&row.group);
        if let Some(found) = self.groups.get(&key) {
            return found.clone();
        }
        let mut draft = Draft::new(Action::CreateGroup, &row.place, &row.group);
        draft.record = Some(source::record_of_group(&self.asked.key, &key));
        draft.after = Some(Map::from_iter([("displayName".to_owned(), row.group.clone().into())]));
        self.drafts.push(draft);
        let planned = Meaning::Planned(self.asked.has + self.drafts.len() as i64);
        self.groups.insert(key, planned.clone());
        planned
    }
}

/// What becomes of one membership.
fn member(
    change: &mut Change<'_>,
    plan: &Plan,
    row: &MemberRow,
    name: &str,
    user: &User,
    group: &Meaning,
) -> Result<Draft, Error> {
    let within = match group {
        Meaning::There(id) => Some(id.uuid()),
        Meaning::Planned(_) | Meaning::Gone | Meaning::Several | Meaning::Nowhere => None,
    };
    // It names the membership, whatever comes of it: so it is not missing.
    let nothing = |why: &str| Draft {
        within,
        ..Draft::new(Action::Nothing, &row.place, name).because(why)
    };
    let mut after = Map::from_iter([
        ("group".to_owned(), json!(row.group)),
        ("user".to_owned(), json!(user.user_name())),
    ]);
    let mut add = Draft::new(Action::AddMember, &row.place, name);
    let terms = row.terms();
    if let Some(why) = cannot_be(change, &terms, group)? {
        return Ok(Draft {
            within,
            ..Draft::new(Action::Refused, &row.place, name).because(why)
        });
    }
    if user.visibility.leaves_at().is_some() {
        return Ok(nothing("the person is leaving"));
    }
    match group {
        Meaning::There(id) => {
            let standing = membership::standing(change, *id, user.id)?;
            if let (Some(Standing::Enabled | Standing::Pending), false) = (standing, terms.is_silent()) {
                return there(change, plan, row, name, user, *id);
            }
            let kept = match standing {
                None
                | Some(Standing::Ended {
                    by: Some(Origin::Import),
                }) => None,
                Some(Standing::Enabled) => Some("is a member already"),
                Some(Standing::Pending) => Some("is a member already, from a later time on"),
                Some(Standing::Suspended | Standing::Barred) => Some("is suspended in the group"),
                Some(Standing::Expired) => {
                    Some("was a member until their time was over, and a source does not bring anybody back")
                }
                Some(Standing::Ended { .. }) => Some("was taken out here, and a source does not bring anybody back"),
            };
            if let Some(why) = kept {
                add = nothing(why);
            }
        }
        Meaning::Planned(position) => {
            after.insert(GROUP_ITEM.to_owned(), (*position).into());
        }
        Meaning::Gone | Meaning::Several | Meaning::Nowhere => {}
    }
    add.within = within;
    if add.action == Action::AddMember {
        if let Meaning::There(id) = group {
            add.reason = terms::beyond_rules(change, *id, &terms)?;
        }
        terms.write(&mut after);
        add.after = Some(after);
    }
    Ok(add)
}

/// Why a membership cannot have that time or these roles; none when it can.
fn cannot_be(change: &mut Change<'_>, terms: &Terms, group: &Meaning) -> Result<Option<String>, Error> {
    if let Some(why) = terms.problem(change.now()) {
        return Ok(Some(why.to_owned()));
    }
    if terms.roles.as_ref().is_none_or(Vec::is_empty) {
        return Ok(None);
    }
    Ok(match group {
        Meaning::There(id) => {
            let unknown = terms::unknown_role(change, *id, terms)?;
            unknown.map(|role| format!("the group has no role `{role}`"))
        }
        _ => Some("the group is made by this plan and has no roles yet".to_owned()),
    })
}

/// What becomes of a membership that is there already, of which the source says more.
fn there(
    change: &mut Change<'_>,
    plan: &Plan,
    row: &MemberRow,
    name: &str,
    user: &User,
    group: Id<Group>,
) -> Result<Draft, Error> {
    let nothing = |why: &str| Draft::new(Action::Nothing, &row.place, name).because(why);
    let mut draft = match terms::compare(change, plan, group, user.id, &row.terms())? {
        Planned::Same => nothing("is a member already"),
        Planned::NotIts => nothing("others have given the membership, and the source may not change it"),
        Planned::Change(before, after, beyond) => Draft {
            before: Some(before),
            after: Some(after),
            reason: beyond,
            ..Draft::new(Action::ChangeMember, &row.place, name)
        },
    };
    draft.within = Some(group.uuid());
    Ok(draft)
}
