//! Looking for people to put into a group, or to let administer it.

use std::collections::{BTreeSet, HashSet};

use serde_json::json;

use super::super::{Group, table};
use crate::Directory;
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::delegation::{self, Capability, Subject};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::{Permission, Principal};
use crate::provider;
use crate::realm;
use crate::user::beginning::Beginning;
use crate::user::rules::index;
use crate::user::{self, Search, User};

/// Fewer letters find too many.
const FEWEST_LETTERS: usize = 3;
/// So many groups are named at most.
const MOST_GROUPS: usize = 100;
/// The largest page.
const LARGEST_PAGE: usize = 1_000;

/// So many people are read at a time, until enough are found.
const READ_AT_ONCE: usize = 64;

/// Whom somebody looks for.
#[derive(Clone, Debug)]
pub struct PeopleAsked {
    /// By what they are looked for; empty = everybody.
    pub search: Search,
    /// In which groups; none named = refused. Who manages all groups looks in the whole realm.
    pub groups: Option<Vec<Id<Group>>>,
    /// So many are passed over.
    pub first: usize,
    /// So many are shown.
    pub max: usize,
}

impl PeopleAsked {
    fn max(&self) -> usize {
        self.max.min(LARGEST_PAGE)
    }
}

/// Who was found.
#[derive(Clone, Debug, Default)]
pub struct PeopleFound {
    /// A page of them, by userName; by the beginning of a name whoever is found first.
    pub people: Vec<User>,
    /// Those of the page whose address is known to be theirs.
    pub verified: HashSet<Id<User>>,
    /// How many there are with the page, as far as they were looked for.
    pub count: usize,
}

impl Directory {
    /// People by their names or addresses: members and administrators of groups in which the caller may see
    /// members; for who manages all groups, everybody in the realm. That a person searched is recorded.
    ///
    /// # Errors
    /// `search_too_short`, `too_many`, `not_permitted` where none of the groups is theirs, no group is named, the token does not reach group management, or the store failed.
    pub async fn look_for_people(&self, principal: &Principal, asked: &PeopleAsked) -> Result<PeopleFound, Error> {
        principal.check(Permission::Manage)?;
        access::check_operation(principal, ResourceKind::User, Operation::Read)?;
        if access::policy(principal).is_some_and(|policy| policy.user_filter.is_some()) {
            return Err(Refusal::forbidden("this client's access policy narrows it to certain users").into());
        }
        let (Search::Part(typed) | Search::Beginning(typed)) = &asked.search;
        let letters = typed.trim().chars().count();
        if (1..FEWEST_LETTERS).contains(&letters) {
            return Err(Denial::SearchTooShort.into());
        }
        let groups = if delegation::reaches_realm(principal) {
            None
        } else {
            let named = asked.groups.as_deref();
            Some(named.ok_or_else(|| Refusal::invalid("groups", "name the groups in which to look"))?)
        };
        let meant = Beginning::of(typed);
        let by_index = matches!(asked.search, Search::Beginning(_)) && !meant.is_empty();
        let (people, count) = if by_index {
            self.begin_like(principal, asked, groups, &meant).await?
        } else {
            self.contain(principal, asked, groups, typed.trim()).await?
        };
        let (db, realm) = (self.db(), principal.realm);
        let note = NoteSearch {
            letters,
            groups: asked.groups.clone().unwrap_or_default(),
            found: count,
        };
        self.execute(principal, note).await?;
        Ok(PeopleFound {
            verified: provider::verified_among(db, realm, &people).await?,
            people,
            count,
        })
    }

    /// Those who have that in a name or an address, and how many there are.
    async fn contain(
        &self,
        principal: &Principal,
        asked: &PeopleAsked,
        groups: Option<&[Id<Group>]>,
        part: &str,
    ) -> Result<(Vec<User>, usize), Error> {
        let (db, realm) = (self.db(), principal.realm);
        let ids = match groups {
            None => user::search::in_realm(db, realm, part).await?,
            Some(groups) => {
                let mut people = BTreeSet::new();
                let own = self.groups_seen(principal, groups).await?;
                for group in &own {
                    people.extend(user::search::held_in(db, realm, *group).await?);
                }
                people.extend(self.people_administering(principal, &own).await?);
                user::search::among(db, realm, &people, part).await?
            }
        };
        let page: Vec<Id<User>> = ids.iter().skip(asked.first).take(asked.max()).copied().collect();
        let mut people = user::search::by_ids(db, realm, &page).await?;
        people.sort_by_key(|person| page.iter().position(|id| *id == person.id));
        Ok((people, ids.len()))
    }

    /// Those who have a name or an address that begins so, as many as are asked for, and how many were found.
    async fn begin_like(
        &self,
        principal: &Principal,
        asked: &PeopleAsked,
        groups: Option<&[Id<Group>]>,
        meant: &Beginning,
    ) -> Result<(Vec<User>, usize), Error> {
        let (db, realm) = (self.db(), principal.realm);
        let candidates = user::search::candidates(db, realm, meant).await?.people;
        let candidates = match groups {
            None => candidates,
            Some(groups) => {
                let own = self.groups_seen(principal, groups).await?;
                let administering = self.people_administering(principal, &own).await?;
                let held = user::search::held_among(db, realm, &own, &candidates).await?;
                let held: HashSet<Id<User>> = held.into_iter().chain(administering).collect();
                candidates.into_iter().filter(|person| held.contains(person)).collect()
            }
        };
        let wanted = asked.first.saturating_add(asked.max());
        let mut found: Vec<User> = Vec::new();
        for some in candidates.chunks(READ_AT_ONCE) {
            let mut people = user::search::by_ids(db, realm, some).await?;
            people.retain(|person| {
                person.visibility.leaves_at().is_none() && meant.means_person(&index(person.attributes()))
            });
            people.sort_by_cached_key(User::user_name);
            found.append(&mut people);
            if found.len() > wanted {
                break;
            }
        }
        let count = found.len();
        Ok((found.into_iter().skip(asked.first).take(asked.max()).collect(), count))
    }

    /// Those of these groups in which the caller may see members; refused where these are none.
    async fn groups_seen(&self, principal: &Principal, groups: &[Id<Group>]) -> Result<Vec<Id<Group>>, Error> {
        if groups.len() > MOST_GROUPS {
            return Err(Refusal::TooLarge {
                what: "groups in which people are looked for",
                limit: MOST_GROUPS,
            }
            .into());
        }
        let mut seen = Vec::new();
        for group in table::many(self.db(), principal.realm, groups).await? {
            match self.reach_on(principal, &group).await {
                Ok(reach) if reach.has(Capability::MembersRead) => seen.push(group.id),
                // What is not there to the caller, or not theirs, has nobody in it.
                Ok(_) | Err(Error::Refused(_)) => {}
                Err(failed) => return Err(failed),
            }
        }
        if seen.is_empty() {
            let capability = Capability::MembersRead.name();
            return Err(Denial::NotPermitted { capability }.into());
        }
        Ok(seen)
    }

    /// The people who administer one of these groups themselves.
    async fn people_administering(
        &self,
        principal: &Principal,
        groups: &[Id<Group>],
    ) -> Result<BTreeSet<Id<User>>, Error> {
        let mut people = BTreeSet::new();
        for group in groups {
            for admin in self.admins_of(principal, *group).await? {
                if let Subject::User(user) = admin.delegation.subject {
                    people.insert(user);
                }
            }
        }
        Ok(people)
    }
}

/// Records that somebody searched for people. Not what for: it may be a name.
#[derive(Clone, Debug)]
struct NoteSearch {
    letters: usize,
    groups: Vec<Id<Group>>,
    found: usize,
}

impl Command for NoteSearch {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let groups: Vec<String> = self.groups.iter().map(ToString::to_string).collect();
        let body = json!({ "letters": self.letters, "groups": groups, "found": self.found });
        let realm = change.realm();
        change.record(Event::new(
            EventKind::PeopleSearched,
            realm::subject(realm.id.number()),
            realm.version,
            body,
        ))?;
        Ok(())
    }
}
