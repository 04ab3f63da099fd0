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
use crate::user::{self, User};

/// Fewer letters find too many.
const FEWEST_LETTERS: usize = 3;
/// So many groups are named at most.
const MOST_GROUPS: usize = 100;
/// The largest page.
const LARGEST_PAGE: usize = 1_000;

/// Whom somebody looks for.
#[derive(Clone, Debug)]
pub struct PeopleAsked {
    /// Part of a name or an address; empty = everybody.
    pub search: String,
    /// In which groups; none named = refused. Who manages all groups looks in the whole realm.
    pub groups: Option<Vec<Id<Group>>>,
    /// So many are passed over.
    pub first: usize,
    /// So many are shown.
    pub max: usize,
}

/// Who was found.
#[derive(Clone, Debug, Default)]
pub struct PeopleFound {
    /// A page of them, by userName.
    pub people: Vec<User>,
    /// Those of the page whose address is known to be theirs.
    pub verified: HashSet<Id<User>>,
    /// How many there are beside the page.
    pub count: usize,
}

impl Directory {
    /// People by a part of their names or addresses: members and administrators of groups in which the caller may see
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
        let search = asked.search.trim();
        if (1..FEWEST_LETTERS).contains(&search.chars().count()) {
            return Err(Denial::SearchTooShort.into());
        }
        let max = asked.max.min(LARGEST_PAGE);
        let (db, realm) = (self.db(), principal.realm);
        let named = asked.groups.as_deref();
        let ids = if delegation::reaches_realm(principal) {
            user::search::in_realm(db, realm, search).await?
        } else {
            let groups = named.ok_or_else(|| Refusal::invalid("groups", "name the groups in which to look"))?;
            let people = self.people_around(principal, groups).await?;
            user::search::among(db, realm, &people, search).await?
        };
        let page: Vec<Id<User>> = ids.iter().skip(asked.first).take(max).copied().collect();
        let mut people = user::search::by_ids(db, realm, &page).await?;
        people.sort_by_key(|person| page.iter().position(|id| *id == person.id));
        let note = NoteSearch {
            letters: search.chars().count(),
            groups: named.unwrap_or_default().to_vec(),
            found: ids.len(),
        };
        self.execute(principal, note).await?;
        Ok(PeopleFound {
            verified: provider::verified_among(db, realm, &people).await?,
            people,
            count: ids.len(),
        })
    }

    /// Members and administrators of those of these groups in which the caller may see members; refused where these are none.
    async fn people_around(&self, principal: &Principal, groups: &[Id<Group>]) -> Result<BTreeSet<Id<User>>, Error> {
        if groups.len() > MOST_GROUPS {
            return Err(Refusal::TooLarge {
                what: "groups in which people are looked for",
                limit: MOST_GROUPS,
            }
            .into());
        }
        let (mut people, mut is_any) = (BTreeSet::new(), false);
        for group in table::many(self.db(), principal.realm, groups).await? {
            match self.reach_on(principal, &group).await {
                Ok(reach) if reach.has(Capability::MembersRead) => {}
                // What is not there to the caller, or not theirs, has nobody in it.
                Ok(_) | Err(Error::Refused(_)) => continue,
                Err(failed) => return Err(failed),
            }
            is_any = true;
            people.extend(user::search::held_in(self.db(), principal.realm, group.id).await?);
            for admin in self.admins_of(principal, group.id).await? {
                if let Subject::User(user) = admin.delegation.subject {
                    people.insert(user);
                }
            }
        }
        if !is_any {
            let capability = Capability::MembersRead.name();
            return Err(Denial::NotPermitted { capability }.into());
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
