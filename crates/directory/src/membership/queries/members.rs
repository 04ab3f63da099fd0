//! Who is in a group, as those see it who administer it.
//!
//! By name, and where nothing is searched for, a page is read from the index that members are listed by. Whoever is looked for
//! by the beginning of a name is found by the indexes of people (`begun`). All else is looked through, up to a limit.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::listed::{self as keys, Part};
use super::super::table::listed::{self as table, Line};
use super::super::table::roles::{self, Where};
use super::super::{Membership, Status};
use super::one::check_unnarrowed;
use super::{Member, Page, begun, several};
use crate::delegation::Capability;
use crate::denial::Denial;
use crate::error::Error;
use crate::group::{self, Group, GroupRole};
use crate::id::Id;
use crate::job::JobKind;
use crate::principal::Principal;
use crate::user::beginning::{self, Beginning};
use crate::user::{self, Search, User};
use crate::{Directory, access, job, provider};

/// So many memberships are looked through.
const MOST: usize = 100_000;
/// In so many groups below somebody's right to see members is looked up.
const MOST_GROUPS: usize = 1_000;
/// So many in each slice of a group in which members have no key.
const SLICE: usize = 1_000;
/// Where memberships stand that a list shows where nothing is said.
const HELD: [Status; 3] = [Status::Enabled, Status::Pending, Status::Suspended];

/// Which members are asked for.
#[derive(Clone, Debug)]
pub struct MembersAsked {
    /// Of which group.
    pub group: Id<Group>,
    /// Whether those of groups below are among them.
    pub depth: Depth,
    /// By what they are looked for.
    pub search: Option<Search>,
    /// A part of the name of a role that they have.
    pub role: Option<String>,
    /// Where they stand; none = everybody who holds a membership.
    pub status: Option<Status>,
    /// By what they are ordered.
    pub order: MembersOrder,
    /// Whether the first comes first.
    pub ascending: bool,
    /// Which part.
    pub page: Page,
}

/// How deep a list of members goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The group itself.
    Group,
    /// The group and all below it.
    Subtree,
}

/// By what members are ordered; equal ones by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MembersOrder {
    /// Family name, given name, address, userName.
    Name,
    /// These parts, one after the other.
    Parts(Vec<Part>),
    /// The end that counts; who has none is the last.
    EffectiveEnd,
}

/// A part of the members of a group.
#[derive(Clone, Debug)]
pub struct Members {
    /// The part.
    pub members: Vec<Member>,
    /// How many there are in all, as far as they were found.
    pub count: usize,
    /// Whether these are all. More begin like that than are looked at if not: more letters find them.
    pub whole: bool,
}

impl Directory {
    /// Members of a group.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted` without `members.read`, `too_many` to look through, or the store failed.
    pub async fn members(&self, principal: &Principal, asked: &MembersAsked) -> Result<Members, Error> {
        let (group, reach) = self
            .administered_with(principal, asked.group, Capability::MembersRead)
            .await?;
        check_unnarrowed(principal)?;
        let list = List {
            directory: self,
            principal,
            asked,
            sees_all: reach.is_of_realm() && access::policy(principal).is_none(),
            is_listed: group.managed && !self.is_being_listed(principal, group.id).await?,
        };
        let all_below = asked.depth == Depth::Subtree && group.children > 0;
        let wanted = Wanted::of(asked.search.as_ref());
        let by_name = asked.role.is_none() && !all_below && asked.order == MembersOrder::Name;
        let (lines, count, whole) = match &wanted {
            Wanted::All if list.is_listed && by_name => list.by_index().await?,
            Wanted::Beginning(meant) if list.is_listed => list.begun(meant, all_below).await?,
            _ => list.looked_through(&wanted, all_below).await?,
        };
        let members = list.shown(&group, lines).await?;
        Ok(Members { members, count, whole })
    }

    /// Whether the job still runs that gives members their keys.
    async fn is_being_listed(&self, principal: &Principal, group: Id<Group>) -> Result<bool, Error> {
        job::table::is_there(self.db(), principal.realm, JobKind::KeepListed, group.uuid()).await
    }
}

/// Who is looked for.
enum Wanted {
    All,
    /// Whoever has that in their key.
    Part(String),
    Beginning(Beginning),
}

impl Wanted {
    fn of(search: Option<&Search>) -> Self {
        match search {
            None => Self::All,
            Some(Search::Part(part)) => Self::Part(beginning::folded(part)),
            Some(Search::Beginning(typed)) => {
                let meant = Beginning::of(typed);
                if meant.is_empty() {
                    Self::All
                } else {
                    Self::Beginning(meant)
                }
            }
        }
    }

    fn has(&self, line: &Line) -> bool {
        match self {
            Self::All => true,
            Self::Part(part) => line.key.contains(part),
            Self::Beginning(meant) => meant.means(&keys::called(&line.key)),
        }
    }
}

pub(super) struct List<'a> {
    pub(super) directory: &'a Directory,
    pub(super) principal: &'a Principal,
    pub(super) asked: &'a MembersAsked,
    /// Whether the caller sees the members of whatever group.
    sees_all: bool,
    /// Whether members have keys.
    is_listed: bool,
}

/// The lines of a page, how many there are in all, and whether that is all.
pub(super) type Found = (Vec<Line>, usize, bool);

impl List<'_> {
    pub(super) fn statuses(&self) -> &[Status] {
        match &self.asked.status {
            Some(status) => std::slice::from_ref(status),
            None => &HELD,
        }
    }

    /// A page of those by name: the first of each status, merged.
    async fn by_index(&self) -> Result<Found, Error> {
        let (db, realm, page) = (self.directory.db(), self.principal.realm, self.asked.page);
        let (group, ascending) = (self.asked.group, self.asked.ascending);
        let wanted = page.first.saturating_add(page.max);
        if page.max > 0 && wanted > MOST {
            return Err(Denial::TooMany { limit: MOST }.into());
        }
        let (mut lines, mut count) = (Vec::new(), 0);
        for status in self.statuses() {
            count += table::count(db, realm, group, *status).await?;
            if page.max > 0 {
                lines.append(&mut table::by_name(db, realm, (group, *status), ascending, wanted).await?);
            }
        }
        if page.max > 0 && lines.len() < count.min(wanted) {
            // Somebody was added just now who has no key yet.
            return self.looked_through(&Wanted::All, false).await;
        }
        self.sort(&mut lines);
        Ok((page.of(lines), count, true))
    }

    /// A page of those that are wanted, of all that are looked at.
    async fn looked_through(&self, wanted: &Wanted, all_below: bool) -> Result<Found, Error> {
        let mut lines = Vec::new();
        for status in self.statuses() {
            self.add_here(&mut lines, *status).await?;
            if all_below {
                self.add(&mut lines, Where::Below, *status).await?;
            }
        }
        if all_below && !self.sees_all {
            self.keep_seen(&mut lines).await?;
        }
        lines.retain(|line| wanted.has(line));
        if let Some(role) = &self.asked.role {
            let holders = self.holders(role, all_below).await?;
            lines.retain(|line| holders.contains(&line.id));
        }
        self.sort(&mut lines);
        let count = lines.len();
        Ok((self.asked.page.of(lines), count, true))
    }

    /// A page of those whom the beginning of a name means.
    async fn begun(&self, meant: &Beginning, all_below: bool) -> Result<Found, Error> {
        let (mut lines, whole) = begun::lines(self, meant, all_below).await?;
        if all_below && !self.sees_all {
            self.keep_seen(&mut lines).await?;
        }
        if let Some(role) = &self.asked.role {
            begun::keep_holders(self, &mut lines, role).await?;
        }
        self.sort(&mut lines);
        let count = lines.len();
        Ok((self.asked.page.of(lines), count, whole))
    }

    async fn add(&self, lines: &mut Vec<Line>, place: Where, status: Status) -> Result<(), Error> {
        let (db, realm, group) = (self.directory.db(), self.principal.realm, self.asked.group);
        let left = MOST.saturating_sub(lines.len());
        lines.append(&mut table::all(db, realm, group, place, status, left + 1).await?);
        check(lines)
    }

    /// Those of the group itself, by their keys if everybody has one.
    async fn add_here(&self, lines: &mut Vec<Line>, status: Status) -> Result<(), Error> {
        let (db, realm, group) = (self.directory.db(), self.principal.realm, self.asked.group);
        if !self.is_listed {
            return self.add_unlisted(lines, status).await;
        }
        let before = lines.len();
        self.add(lines, Where::Here, status).await?;
        let listed = lines.len() - before;
        if status == Status::Enabled && listed < table::count(db, realm, group, status).await? {
            lines.truncate(before);
            return self.add_unlisted(lines, status).await;
        }
        Ok(())
    }

    /// Leaves out those of groups below in which the caller may not see members.
    async fn keep_seen(&self, lines: &mut Vec<Line>) -> Result<(), Error> {
        let (db, realm, asked) = (self.directory.db(), self.principal.realm, self.asked.group);
        let below: HashSet<Id<Group>> = lines
            .iter()
            .map(|line| line.group)
            .filter(|group| *group != asked)
            .collect();
        if below.len() > MOST_GROUPS {
            return Err(Denial::TooMany { limit: MOST_GROUPS }.into());
        }
        let below: Vec<Id<Group>> = below.into_iter().collect();
        let mut seen = HashSet::from([asked]);
        for group in group::table::by_ids(db, realm, &below).await? {
            match self.directory.reach_on(self.principal, &group).await {
                Ok(reach) if reach.has(Capability::MembersRead) => {
                    seen.insert(group.id);
                }
                Ok(_) | Err(Error::Refused(_)) => {}
                Err(failed) => return Err(failed),
            }
        }
        lines.retain(|line| seen.contains(&line.group));
        Ok(())
    }

    /// Those of a group in which members have no key: it is made of what they are called.
    async fn add_unlisted(&self, lines: &mut Vec<Line>, status: Status) -> Result<(), Error> {
        let (db, realm, group) = (self.directory.db(), self.principal.realm, self.asked.group);
        let mut after = Id::new(uuid::Uuid::nil());
        loop {
            let mut some = table::unlisted_after(db, realm, (group, status), after, SLICE).await?;
            let Some(last) = some.last() else { return Ok(()) };
            after = last.user;
            let is_last = some.len() < SLICE;
            for line in &mut some {
                line.key = keys::of_document(&line.key);
            }
            lines.append(&mut some);
            check(lines)?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// The memberships that have a role whose name contains that.
    async fn holders(&self, role: &str, all_below: bool) -> Result<HashSet<Id<Membership>>, Error> {
        let (db, realm, group) = (self.directory.db(), self.principal.realm, self.asked.group);
        let part = beginning::folded(role);
        let mut roles = roles::names(db, realm, group, Where::Here, MOST + 1).await?;
        if all_below {
            roles.append(&mut roles::names(db, realm, group, Where::Below, MOST + 1).await?);
        }
        check(&roles)?;
        let meant = roles.iter().filter(|(_, name)| beginning::folded(name).contains(&part));
        let meant: Vec<Id<GroupRole>> = meant.map(|(id, _)| *id).collect();
        let holders = roles::holders(db, realm, &meant, MOST + 1).await?;
        check(&holders)?;
        Ok(holders.into_iter().collect())
    }

    fn sort(&self, lines: &mut [Line]) {
        let order = &self.asked.order;
        if self.asked.ascending {
            lines.sort_unstable_by(|one, other| compare(order, one, other));
        } else {
            lines.sort_unstable_by(|one, other| compare(order, other, one));
        }
    }

    /// The lines of a page with all there is to see of them.
    async fn shown(&self, asked: &Group, lines: Vec<Line>) -> Result<Vec<Member>, Error> {
        let (db, realm) = (self.directory.db(), self.principal.realm);
        let mut by_group: BTreeMap<Id<Group>, Vec<Id<User>>> = BTreeMap::new();
        for line in &lines {
            by_group.entry(line.group).or_default().push(line.user);
        }
        let mut memberships = several::of_people(db, realm, &by_group).await?;
        let people: HashSet<Id<User>> = lines.iter().map(|line| line.user).collect();
        let people: Vec<Id<User>> = people.into_iter().collect();
        let issuers = provider::issuers_among(db, realm, &people).await?;
        let people = user::search::by_ids(db, realm, &people).await?;
        let verified = provider::verified_among(db, realm, &people).await?;
        let people: HashMap<Id<User>, User> = people.into_iter().map(|person| (person.id, person)).collect();
        let member = |line: Line| {
            Some(Member {
                email_verified: verified.contains(&line.user),
                // A person may be in several lines.
                issuers: issuers.get(&line.user).cloned().unwrap_or_default(),
                person: people.get(&line.user)?.clone(),
                direct: line.group == asked.id,
                listed: memberships.remove(&line.id)?,
            })
        };
        // Who has gone since they were listed is not shown.
        Ok(lines.into_iter().filter_map(member).collect())
    }
}

fn check<T>(seen: &[T]) -> Result<(), Error> {
    if seen.len() > MOST {
        return Err(Denial::TooMany { limit: MOST }.into());
    }
    Ok(())
}

fn compare(order: &MembersOrder, one: &Line, other: &Line) -> Ordering {
    let by = match order {
        MembersOrder::Name => Ordering::Equal,
        MembersOrder::Parts(parts) => {
            let each = parts.iter().map(|part| part.of(&one.key).cmp(part.of(&other.key)));
            each.fold(Ordering::Equal, Ordering::then)
        }
        // Who has no end comes after whoever has one.
        MembersOrder::EffectiveEnd => (one.ends.is_none(), one.ends).cmp(&(other.ends.is_none(), other.ends)),
    };
    by.then_with(|| one.key.cmp(&other.key))
        .then_with(|| one.user.cmp(&other.user))
        .then_with(|| one.id.cmp(&other.id))
}
