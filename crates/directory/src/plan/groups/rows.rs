//! What rows of a source that tell who is in which group come to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aws_lc_rs::hmac;
use serde_json::{Map, json};

use super::GROUP_ITEM;
use crate::Directory;
use crate::change::{Change, Command};
use crate::error::Error;
use crate::group::{self, Group};
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
    /// The displayName of the group; empty where it could not be read.
    pub group: String,
    /// The person: userName, mail address or id. Empty: the row tells of the group alone.
    pub member: String,
    /// Why the row cannot be used.
    pub problem: Option<String>,
}

impl MemberRow {
    /// As it can be stored: a row with a NUL is none that can be used.
    fn storable(self) -> Self {
        let nul = [&self.place, &self.group, &self.member]
            .iter()
            .any(|text| text.contains('\0'));
        Self {
            place: rules::without_nul(&self.place),
            group: rules::without_nul(&self.group),
            member: rules::without_nul(&self.member),
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
        let rows: Vec<MemberRow> = rows.into_iter().map(MemberRow::storable).collect();
        let mut has = has;
        for slice in rows.chunks(SLICE / 2) {
            let command = AddMembers {
                plan: plan.clone(),
                has,
                rows: Arc::new(slice.to_vec()),
                key: Arc::clone(&key),
            };
            has = self.execute(principal, command).await?;
        }
        Ok(has)
    }
}

/// Adds a slice of rows to a plan.
struct AddMembers {
    plan: Plan,
    has: i64,
    rows: Arc<Vec<MemberRow>>,
    key: Arc<hmac::Key>,
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
        let mut draft = member(change, row, &name, &user, &group)?;
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
fn member(change: &mut Change<'_>, row: &MemberRow, name: &str, user: &User, group: &Meaning) -> Result<Draft, Error> {
    let within = match group {
        Meaning::There(id) => Some(id.uuid()),
        Meaning::Planned(_) | Meaning::Gone | Meaning::Several => None,
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
    if user.visibility.leaves_at().is_some() {
        return Ok(nothing("the person is leaving"));
    }
    match group {
        Meaning::There(id) => {
            let kept = match membership::standing(change, *id, user.id)? {
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
        Meaning::Gone | Meaning::Several => {}
    }
    add.within = within;
    if add.action == Action::AddMember {
        add.after = Some(after);
    }
    Ok(add)
}
