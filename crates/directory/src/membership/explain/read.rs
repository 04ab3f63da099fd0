//! Where the facts come from: each an indexed read of one person and one group, whatever else the realm holds.

use std::collections::HashMap;

use serde_json::Value;

use super::super::table::{mine, noted, of_two};
use super::super::{Membership, Origin, Status};
use super::who::Called;
use super::{Administers, Below, Block, Eligible, End, EndedBy, Explanation, Fact, Given, Who};
use crate::Directory;
use crate::access;
use crate::delegation::{self, Capability, Subject};
use crate::elevation;
use crate::enrollment::{configuration, request};
use crate::error::{Error, Refusal};
use crate::event::table::{EventRow, PAGE_OF_SUBJECT};
use crate::group::{self, Group, GroupPath};
use crate::id::Id;
use crate::principal::Principal;
use crate::realm::RealmId;
use crate::review;
use crate::user::{self, User};

/// So many facts are read at a time, and so many pages at most.
const PAGE: i64 = 1_000;
const MOST_PAGES: usize = 5;
/// So many facts are shown, the newest.
const SHOWN: usize = 100;
/// So many of the person's requests are looked at.
const MOST_REQUESTS: i64 = 200;
/// So many memberships below are named.
const MOST_BELOW: i64 = 500;
/// So many entitlements are looked at.
const MOST_ENTITLEMENTS: i64 = 10_000;

impl Directory {
    /// Why a person is in a group, or why not; for who may see its members. What a person who is noted nowhere in the group
    /// is called, only who reaches the whole realm is told.
    ///
    /// # Errors
    /// `NotFound` (the group, or the person), `not_permitted`, or the store failed.
    pub async fn explain(&self, principal: &Principal, user: Id<User>, group: Id<Group>) -> Result<Explanation, Error> {
        let (group, _) = self
            .administered_with(principal, group, Capability::MembersRead)
            .await?;
        if access::policy(principal).is_some_and(|policy| policy.user_filter.is_some()) {
            return Err(Refusal::forbidden("this client's access policy narrows it to certain users").into());
        }
        let sees_all = delegation::reaches_realm(principal);
        self.explained(principal.realm, user, (group, sees_all)).await
    }

    /// Why one is in a group oneself.
    ///
    /// # Errors
    /// `NotFound` where one holds no membership, a program asks, the scope `agm:self` is missing, or the store failed.
    pub async fn explain_own(&self, principal: &Principal, group: Id<Group>) -> Result<Explanation, Error> {
        let own = self.my_membership(principal, group).await?;
        self.explained(principal.realm, own.person.id, (own.listed.group, true))
            .await
    }

    /// Somebody who is noted nowhere in the group is nobody to whoever does not see all.
    async fn explained(
        &self,
        realm: RealmId,
        user: Id<User>,
        (group, sees_all): (Group, bool),
    ) -> Result<Explanation, Error> {
        let not_found = Refusal::NotFound { what: "user" };
        let person = user::table::by_id(self.db(), realm, user).await?;
        let person = person.ok_or_else(|| not_found.clone())?;
        let row = of_two::row(self.db(), realm, group.id, user).await?;
        let mut names = Names::new(self, realm, user);
        let blocks = names.blocks(group.id).await?;
        let requests = request::table::of_user(self.db(), realm, user, MOST_REQUESTS).await?;
        let requests: Vec<_> = requests.into_iter().filter(|one| one.group == group.id).collect();
        let eligible = elevation::table::of_two(self.db(), realm, group.id, user).await?;
        let is_noted = row.is_some() || !blocks.is_empty() || !requests.is_empty() || eligible.is_some();
        if !sees_all && !is_noted {
            return Err(not_found.into());
        }
        let asks_since = requests.iter().find(|one| one.status.is_open());
        let asks_since = asks_since.map(|one| one.submitted_at);
        let mut explanation = Explanation {
            user,
            name: person.called(),
            path: names.path(group.id).await?,
            group: group.id,
            membership: None,
            end: None,
            roles: Vec::new(),
            way: None,
            given: None,
            imposed_by: None,
            blocks,
            asks_since,
            administers: names.administers(group.id).await?,
            eligible: eligible.map(|one| Eligible {
                hours: one.hours,
                until: one.valid_until,
            }),
            entitlements: Vec::new(),
            below: Vec::new(),
            entitlements_below: 0,
            history: Vec::new(),
        };
        let Some((membership, ended)) = row else {
            return Ok(explanation);
        };
        let facts = self.facts(realm, membership.id.uuid()).await?;
        for fact in facts.iter().rev().take(SHOWN).rev() {
            explanation.history.push(Fact {
                at: fact.row.at,
                kind: fact.row.kind.clone(),
                by: names.who(&fact.row.actor).await?,
                cause: fact.word("cause").map(str::to_owned),
            });
        }
        if membership.status == Status::Expired || membership.status.is_over() {
            explanation.end = names.end(&membership, ended, &facts).await?;
        } else {
            explanation.given = Some(names.given(&membership, &facts, &requests).await?);
        }
        if !membership.status.is_over() {
            let mut roles = noted::roles(self.db(), realm, group.id, &[membership.id]).await?;
            explanation.roles = roles.remove(&membership.id).unwrap_or_default();
            if let Some(way) = membership.configuration {
                let way = configuration::table::read(self.db(), realm, way).await?;
                explanation.way = way.map(|way| way.name);
            }
            if let Some(above) = membership.effective.group {
                explanation.imposed_by = Some(names.path(above).await?);
            }
        }
        if membership.status.is_held() {
            self.add_what_goes_with_it(&mut explanation, realm, &membership, &mut names)
                .await?;
        }
        explanation.membership = Some(membership);
        Ok(explanation)
    }

    /// What the membership gives, and what its end would touch.
    async fn add_what_goes_with_it(
        &self,
        explanation: &mut Explanation,
        realm: RealmId,
        membership: &Membership,
        names: &mut Names<'_>,
    ) -> Result<(), Error> {
        let user = membership.user;
        let below = of_two::held_below(self.db(), realm, membership.group, user, MOST_BELOW).await?;
        let groups: Vec<Id<Group>> = below.iter().map(|(_, group)| *group).collect();
        let roles = mine::roles(self.db(), realm, user, &groups).await?;
        for (id, group) in &below {
            explanation.below.push(Below {
                path: names.path(*group).await?,
                roles: roles.get(&Id::new(*id)).map_or(0, Vec::len),
            });
        }
        for (of, value) in of_two::entitlements(self.db(), realm, user, MOST_ENTITLEMENTS).await? {
            if of == membership.id.uuid() {
                explanation.entitlements.push(value);
            } else if below.iter().any(|(id, _)| *id == of) {
                explanation.entitlements_below += 1;
            }
        }
        Ok(())
    }

    /// What happened to a membership, the oldest first.
    async fn facts(&self, realm: RealmId, subject: uuid::Uuid) -> Result<Vec<Happened>, Error> {
        let mut all: Vec<Happened> = Vec::new();
        for _ in 0..MOST_PAGES {
            let after = all.last().and_then(|last| last.row.position).unwrap_or(0);
            let params = [realm.into(), subject.into(), after.into(), PAGE.into()];
            let rows = self.db().query(PAGE_OF_SUBJECT, &params).await?;
            let is_last = (rows.len() as i64) < PAGE;
            for mut row in rows {
                all.push(Happened::of(EventRow::from_row(&mut row)?));
            }
            if is_last {
                break;
            }
        }
        Ok(all)
    }
}

/// A fact with its details.
struct Happened {
    row: EventRow,
    body: Value,
}

impl Happened {
    fn of(row: EventRow) -> Self {
        let body = row.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
        Self {
            body: body.unwrap_or_default(),
            row,
        }
    }

    fn word(&self, name: &str) -> Option<&str> {
        self.body[name].as_str()
    }
}

/// What people, programs and groups are called, each asked for once.
struct Names<'a> {
    directory: &'a Directory,
    realm: RealmId,
    /// Whom everything is about.
    about: Id<User>,
    people: Called<'a>,
    paths: HashMap<Id<Group>, String>,
}

impl<'a> Names<'a> {
    fn new(directory: &'a Directory, realm: RealmId, about: Id<User>) -> Self {
        Self {
            directory,
            realm,
            about,
            people: Called::new(directory, realm, Some(about)),
            paths: HashMap::new(),
        }
    }

    /// Whoever has that label in facts.
    async fn who(&mut self, label: &str) -> Result<Who, Error> {
        self.people.who(label).await
    }

    /// Where a group stands; its id once it is gone.
    async fn path(&mut self, id: Id<Group>) -> Result<String, Error> {
        if let Some(known) = self.paths.get(&id) {
            return Ok(known.clone());
        }
        let (db, realm) = (self.directory.db(), self.realm);
        let path = match group::table::by_id(db, realm, id).await? {
            None => id.to_string(),
            Some(group) => {
                let above = group::tree::table::parents(db, realm, id).await?;
                let above = above.into_iter().map(|(_, name)| name).collect();
                GroupPath::of_names(above).below(&group.name).to_string()
            }
        };
        self.paths.insert(id, path.clone());
        Ok(path)
    }

    async fn blocks(&mut self, group: Id<Group>) -> Result<Vec<Block>, Error> {
        let rows = of_two::blocks(self.directory.db(), self.realm, group, self.about).await?;
        let mut blocks = Vec::with_capacity(rows.len());
        for row in rows {
            blocks.push(Block {
                path: self.path(row.group).await?,
                by: self.who(&row.set_by).await?,
                at: row.set_at,
                why: row.why,
            });
        }
        Ok(blocks)
    }

    async fn administers(&mut self, group: Id<Group>) -> Result<Vec<Administers>, Error> {
        let all = self.directory.delegations_on(self.realm, self.about, group).await?;
        let mut administers = Vec::new();
        for one in all {
            let inherited_from = if one.group == group {
                None
            } else {
                Some(self.path(one.group).await?)
            };
            let by_group = match one.subject {
                Subject::User(_) => None,
                Subject::Group(of) => Some(self.path(of).await?),
            };
            administers.push(Administers {
                capabilities: one.capabilities.to_string(),
                inherited_from,
                by_group,
                until: one.valid_until,
            });
        }
        Ok(administers)
    }

    /// By what a membership was given that is held.
    async fn given(
        &mut self,
        membership: &Membership,
        facts: &[Happened],
        requests: &[request::Request],
    ) -> Result<Given, Error> {
        use request::RequestStatus::{Accepted, SelfApproved};
        if membership.is_elevation() {
            let why = membership.details.justification.clone();
            return Ok(Given::Themselves { why });
        }
        let joined_by = |one: &&request::Request| {
            matches!(one.status, Accepted | SelfApproved)
                && membership.configuration == Some(one.configuration)
                && one.decided_at.is_some_and(|at| at >= membership.granted_at)
        };
        if let Some(request) = requests.iter().find(joined_by) {
            return Ok(match (&request.said.reviewer, request.status) {
                (Some(reviewer), Accepted) => Given::Request {
                    asked_at: request.submitted_at,
                    by: self.who(reviewer).await?,
                },
                _ => Given::Freely,
            });
        }
        let gives = ["member.added", "member.pending", "member.restored"];
        let given = facts.iter().rev().find(|fact| gives.contains(&fact.row.kind.as_str()));
        Ok(match membership.origin {
            Origin::Invitation => Given::Invitation,
            Origin::Import => Given::Source {
                name: given.and_then(|fact| fact.word("source").map(str::to_owned)),
                plan: given.and_then(|fact| Id::parse(fact.word("plan")?)),
            },
            origin => Given::Somebody(self.giver(origin, membership.given_by).await?),
        })
    }

    async fn giver(&mut self, origin: Origin, id: Option<uuid::Uuid>) -> Result<Who, Error> {
        match (origin, id) {
            (Origin::User, Some(id)) => self.who(&format!("user:{id}")).await,
            (Origin::Client, Some(id)) => self.who(&format!("client:{id}")).await,
            (Origin::Operator, _) => Ok(Who::Operator),
            _ => Ok(Who::Usher),
        }
    }

    /// What is still known of the review that ended a membership.
    async fn review(&self, id: Option<&str>, membership: Id<Membership>) -> Result<EndedBy, Error> {
        let said = match id.and_then(Id::parse) {
            Some(review) => review::said(self.directory.db(), self.realm, review, membership).await?,
            None => None,
        };
        let (name, why) = said.map_or((None, None), |(name, why)| (Some(name), why));
        Ok(EndedBy::Review { name, why })
    }

    /// How a membership came to an end.
    async fn end(
        &mut self,
        membership: &Membership,
        ended: Option<of_two::EndedBy>,
        facts: &[Happened],
    ) -> Result<Option<End>, Error> {
        // What expired went for good later: it is the first end that counts.
        let ends = ["member.expired", "member.removed"];
        let last = facts.iter().rev().find(|fact| ends.contains(&fact.row.kind.as_str()));
        if let Some(last) = last {
            let by = match (last.row.kind.as_str(), last.word("cause")) {
                (_, Some("cascade")) => EndedBy::Above,
                ("member.expired", Some("terms")) => EndedBy::Terms,
                ("member.expired", _) => EndedBy::Time,
                (_, Some("review")) => self.review(last.word("review"), membership.id).await?,
                _ => EndedBy::Somebody(self.who(&last.row.actor).await?),
            };
            return Ok(Some(End { at: last.row.at, by }));
        }
        if let Some(at) = membership.details.expired_at {
            return Ok(Some(End { at, by: EndedBy::Time }));
        }
        Ok(ended.map(|ended| End {
            at: ended.at,
            by: match ended.by {
                Some(Origin::Operator) => EndedBy::Somebody(Who::Operator),
                _ => EndedBy::Somebody(Who::Usher),
            },
        }))
    }
}
