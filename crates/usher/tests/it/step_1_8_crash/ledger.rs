//! What the writers were told: an answered write is a fact, one without an answer may or may not have happened.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use crate::support::Taken;

/// The values something may have: one after an answer, one more for each request that was not answered.
#[derive(Clone, Debug)]
pub(crate) struct Possible<T>(Vec<T>);

impl<T: PartialEq> Possible<T> {
    pub(crate) fn only(value: T) -> Self {
        Self(vec![value])
    }

    fn sent(&mut self, value: T) {
        self.0.push(value);
    }

    fn answered(&mut self, value: T) {
        self.0 = vec![value];
    }

    pub(crate) fn may_be(&self, value: &T) -> bool {
        self.0.contains(value)
    }

    fn is_known(&self) -> bool {
        self.0.len() == 1
    }
}

/// A person whose creation was answered.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) display: Possible<String>,
    pub(crate) there: Possible<bool>,
    pub(crate) lifecycle: Possible<&'static str>,
    /// Where the invitation goes.
    pub(crate) invited: Option<String>,
    asked: bool,
}

/// All that was answered, and all that was not.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) people: HashMap<String, Person>,
    /// Names whose creation was sent and not answered.
    pub(crate) unanswered: BTreeSet<String>,
    pub(crate) members: BTreeMap<(String, String), Possible<bool>>,
    /// Groups whose creation was answered, with their names.
    pub(crate) groups: BTreeMap<String, String>,
    /// Answers that should not be.
    pub(crate) faults: Vec<String>,
    answers: usize,
}

/// A change to somebody who is there.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Display(String),
    Gone,
    Accepted,
    Member { group: String, is: bool },
}

impl Ledger {
    pub(crate) fn creation_sent(&mut self, name: &str) {
        self.unanswered.insert(name.to_owned());
    }

    pub(crate) fn created(&mut self, name: &str, id: &str, invited: Option<String>) {
        self.answers += 1;
        self.unanswered.remove(name);
        let lifecycle = if invited.is_some() { "invited" } else { "active" };
        let person = Person {
            name: name.to_owned(),
            display: Possible::only(name.to_owned()),
            there: Possible::only(true),
            lifecycle: Possible::only(lifecycle),
            invited,
            asked: false,
        };
        self.people.insert(id.to_owned(), person);
    }

    pub(crate) fn group_created(&mut self, id: &str, name: &str) {
        self.answers += 1;
        self.groups.insert(id.to_owned(), name.to_owned());
    }

    pub(crate) fn sent(&mut self, user: &str, change: &Change) {
        if let Change::Member { group, is } = change {
            let key = (group.clone(), user.to_owned());
            self.members.entry(key).or_insert(Possible::only(false)).sent(*is);
        } else if let Some(person) = self.people.get_mut(user) {
            match change {
                Change::Display(text) => person.display.sent(text.clone()),
                Change::Gone => person.there.sent(false),
                Change::Accepted => person.lifecycle.sent("active"),
                Change::Member { .. } => {}
            }
        }
    }

    pub(crate) fn answered(&mut self, user: &str, change: &Change) {
        self.answers += 1;
        if let Change::Member { group, is } = change {
            let key = (group.clone(), user.to_owned());
            self.members.entry(key).or_insert(Possible::only(*is)).answered(*is);
        } else if let Some(person) = self.people.get_mut(user) {
            match change {
                Change::Display(text) => person.display.answered(text.clone()),
                Change::Gone => person.there.answered(false),
                Change::Accepted => person.lifecycle.answered("active"),
                Change::Member { .. } => {}
            }
        }
    }

    /// Whose invitation went there, if nobody has asked before.
    pub(crate) fn ask(&mut self, address: &str) -> Option<String> {
        let found = self
            .people
            .iter_mut()
            .find(|(_, person)| person.invited.as_deref() == Some(address));
        let (id, person) = found.filter(|(_, person)| !person.asked)?;
        person.asked = true;
        Some(id.clone())
    }

    /// Ids of people who are there for sure.
    pub(crate) fn some_users(&self, count: usize) -> Vec<String> {
        let there = self
            .people
            .iter()
            .filter(|(_, person)| person.there.is_known() && person.there.may_be(&true));
        // A wire client's people are another program's to see too, so any will do.
        there.map(|(id, _)| id.clone()).take(count).collect()
    }

    /// Addresses of invited people to whom no mail came.
    pub(crate) fn without_mail(&self, mails: &[Taken]) -> Vec<String> {
        let came: BTreeSet<&str> = mails.iter().map(|mail| mail.recipient.as_str()).collect();
        let invited = self.people.values().filter_map(|person| person.invited.as_ref());
        invited
            .filter(|address| !came.contains(address.as_str()))
            .cloned()
            .collect()
    }

    pub(crate) fn tally(&self, mails: &[Taken]) -> Tally {
        let recipients: BTreeSet<&str> = mails.iter().map(|mail| mail.recipient.as_str()).collect();
        let invited: Vec<&Person> = self.people.values().filter(|person| person.invited.is_some()).collect();
        Tally {
            answers: self.answers,
            unanswered: self.unanswered.len(),
            invited: invited.len(),
            accepted: invited
                .iter()
                .filter(|person| !person.lifecycle.may_be(&"invited"))
                .count(),
            mails: mails.len(),
            repeated: mails.len() - recipients.len(),
        }
    }
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Tally {
    answers: usize,
    unanswered: usize,
    invited: usize,
    accepted: usize,
    mails: usize,
    repeated: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} answered writes: 0 lost, 0 duplicated, 0 half, the chain verified; {} creations without an answer; \
             {} invited, {} of them accepted, {} mails: 0 lost, {} sent again",
            self.answers, self.unanswered, self.invited, self.accepted, self.mails, self.repeated
        )
    }
}
