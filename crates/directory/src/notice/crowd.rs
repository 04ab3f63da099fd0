//! Many who are told the same: the first at once, the rest by jobs, in slices.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::recipient::{self, Recipient, reachable};
use super::rules::Concern;
use super::send::send;
use crate::change::Change;
use crate::delegation::reach;
use crate::error::Error;
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::mail::EmailAddress;
use crate::mail::content::{Content, GroupRef};
use crate::user::User;

/// So many are told in the command itself.
pub(crate) const AT_ONCE: usize = 20;
/// So many in each slice of the rest.
pub(crate) const SLICE: usize = 200;

/// How those who administer groups are told of a thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Pace {
    /// As they want it.
    #[default]
    Each,
    /// In their digest at most: it is one of very many at once.
    Daily,
}

/// Who is told, and how far that has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Crowd {
    content: Content,
    whom: Whom,
    /// These are not told.
    except: Vec<Uuid>,
    /// Those up to this one were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<Uuid>,
    /// Somebody was there who can be reached, told or not.
    reached: bool,
    #[serde(default)]
    pace: Pace,
}

/// Those a thing concerns.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Whom {
    Admins { group: GroupRef, concern: Concern },
    Former(Vec<Uuid>),
}

impl Crowd {
    fn new(content: Content, whom: Whom, except: &[Id<User>]) -> Self {
        Self {
            content,
            whom,
            except: except.iter().copied().map(Id::uuid).collect(),
            after: None,
            reached: false,
            pace: Pace::Each,
        }
    }

    pub(super) fn at(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Those who administer a group as far as a matter goes, here or above.
    pub(super) fn admins(content: Content, group: GroupRef, concern: Concern, except: &[Id<User>]) -> Self {
        Self::new(content, Whom::Admins { group, concern }, except)
    }

    /// Those who did so.
    pub(super) fn former(content: Content, admins: &[Id<User>], except: &[Id<User>]) -> Self {
        let admins = admins.iter().copied().map(Id::uuid).collect();
        Self::new(content, Whom::Former(admins), except)
    }

    /// Tells the first of them, and sees to it that the rest is told.
    pub(super) fn tell(self, change: &mut Change<'_>, at_once: usize) -> Result<(), Error> {
        let Some(rest) = self.tell_some(change, at_once)? else {
            return Ok(());
        };
        let payload = serde_json::to_value(&rest).unwrap_or_default();
        let subject: Id<Self> = change.new_id();
        let now = change.now();
        job::schedule_quietly(change, JobKind::SendNotice, subject.uuid(), &payload, now)
    }

    /// Tells so many; what is left after them.
    fn tell_some(mut self, change: &mut Change<'_>, limit: usize) -> Result<Option<Self>, Error> {
        let is_first = self.after.is_none();
        let (ids, more) = self.next(change, limit)?;
        let beside = self.beside(change)?;
        let mut told: Vec<EmailAddress> = beside.iter().map(|one| one.address.clone()).collect();
        self.reached |= !beside.is_empty();
        for one in beside.into_iter().filter(|_| is_first) {
            send(change, one, self.content.clone(), self.pace)?;
        }
        for id in ids {
            let Some(person) = reachable(change, id)? else {
                continue;
            };
            self.reached = true;
            if !self.except.contains(&id.uuid()) && !told.contains(&person.address) {
                told.push(person.address.clone());
                send(change, person, self.content.clone(), self.pace)?;
            }
        }
        if more {
            return Ok(Some(self));
        }
        if !self.reached {
            let group = match &self.whom {
                Whom::Admins { group, concern } => Some((group, *concern)),
                Whom::Former(_) => None,
            };
            for instead in recipient::instead(change, group)? {
                let is_excepted = instead.user.is_some_and(|user| self.except.contains(&user.uuid()));
                if !is_excepted {
                    send(change, instead, self.content.clone(), self.pace)?;
                }
            }
        }
        Ok(None)
    }

    /// Addresses that are told too, whoever administers.
    fn beside(&self, change: &mut Change<'_>) -> Result<Vec<Recipient>, Error> {
        match &self.whom {
            Whom::Admins {
                group,
                concern: Concern::Requests,
            } => recipient::of_requests(change, Id::new(group.id)),
            Whom::Admins { .. } | Whom::Former(_) => Ok(Vec::new()),
        }
    }

    /// The next so many, and whether there are more.
    fn next(&mut self, change: &mut Change<'_>, limit: usize) -> Result<(Vec<Id<User>>, bool), Error> {
        let mut ids = match &mut self.whom {
            Whom::Admins { group, concern } => {
                let after = self.after.map(Id::new);
                reach::admins(change, Id::new(group.id), concern.capability(), after, limit + 1)?
            }
            Whom::Former(admins) => {
                let rest = admins.split_off(admins.len().min(limit));
                let these = std::mem::replace(admins, rest);
                let more = !admins.is_empty();
                return Ok((these.into_iter().map(Id::new).collect(), more));
            }
        };
        let more = ids.len() > limit;
        ids.truncate(limit);
        self.after = ids.last().copied().map(Id::uuid);
        Ok((ids, more))
    }
}
