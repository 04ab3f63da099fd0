//! Who wrote a person's attributes: the record as a whole, and what somebody else has written since. Pure.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::User;
use crate::external_id::{WIRE_BOUND, WIRE_UNBOUND};
use crate::id::Id;
use crate::principal::{Actor, Principal};
use crate::source::SourceName;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Writer {
    /// The command line on the machine.
    Operator,
    /// A job.
    System,
    /// A program, or all that share its space of externalIds.
    Client(Uuid),
    /// A person: about themselves, or as somebody who may change others.
    User(Id<User>),
    /// A source whose plans are applied: an import.
    Source(SourceName),
}

impl Writer {
    /// Who acts on that person's record. Whoever holds a link that was sent to the person is that person.
    pub(crate) fn of(principal: &Principal, subject: Id<User>) -> Self {
        match &principal.actor {
            Actor::Operator => Self::Operator,
            Actor::System => Self::System,
            Actor::Client(actor) => Self::Client(actor.client.space),
            Actor::User(actor) => Self::User(actor.user),
            Actor::Nobody => Self::User(subject),
        }
    }

    /// Reads the word in tables and on the wire.
    pub fn parse(word: &str) -> Option<Self> {
        match word.split_once(':') {
            None if word == "operator" => Some(Self::Operator),
            None if word == "system" => Some(Self::System),
            Some(("wire", "bound")) => Some(Self::Client(WIRE_BOUND)),
            Some(("wire", "unbound")) => Some(Self::Client(WIRE_UNBOUND)),
            Some(("client", space)) => Uuid::try_parse(space).ok().map(Self::Client),
            Some(("user", id)) => Id::parse(id).map(Self::User),
            Some(("source", name)) => SourceName::read(name).map(Self::Source),
            _ => None,
        }
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("operator"),
            Self::System => f.write_str("system"),
            Self::Client(WIRE_BOUND) => f.write_str("wire:bound"),
            Self::Client(WIRE_UNBOUND) => f.write_str("wire:unbound"),
            Self::Client(space) => write!(f, "client:{space}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Source(name) => write!(f, "source:{name}"),
        }
    }
}

impl TryFrom<String> for Writer {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        Self::parse(&word).ok_or("no such writer")
    }
}

impl From<Writer> for String {
    fn from(writer: Writer) -> Self {
        writer.to_string()
    }
}

/// Who wrote each attribute of a person last. A record that one source alone has written costs one word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Who wrote the record as a whole; not known of what is older than this is kept.
    writer: Option<Writer>,
    /// What differs from that.
    others: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    by: Writer,
    /// What programs last sent in vain, as a short hash, by their space: it is reported once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    refused: BTreeMap<Uuid, u64>,
}

impl Provenance {
    /// Everything was written by one: a new record, or one that was taken over.
    pub(crate) fn by(writer: Writer) -> Self {
        Self {
            writer: Some(writer),
            others: BTreeMap::new(),
        }
    }

    pub(crate) fn from_columns(writer: Option<&str>, others: Option<&str>) -> Self {
        Self {
            writer: writer.and_then(Writer::parse),
            others: others
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default(),
        }
    }

    /// The columns `writer` and `other_writers`.
    pub(crate) fn to_columns(&self) -> (Option<String>, Option<String>) {
        let others = if self.others.is_empty() {
            None
        } else {
            serde_json::to_string(&self.others).ok()
        };
        (self.writer.map(String::from), others)
    }

    /// Who wrote an attribute of the core schema last.
    pub(crate) fn writer_of(&self, attribute: &str) -> Option<Writer> {
        self.others.get(attribute).map(|entry| entry.by).or(self.writer)
    }

    /// Who wrote the record as a whole.
    pub fn writer(&self) -> Option<Writer> {
        self.writer
    }

    /// The attributes that somebody else wrote or removed last; those of extensions as `urn:…:User:department`.
    pub fn others(&self) -> impl Iterator<Item = (&str, Writer)> {
        self.others
            .iter()
            .filter(|(_, entry)| Some(entry.by) != self.writer)
            .map(|(name, entry)| (name.as_str(), entry.by))
    }

    /// After a write: what it changed is its writer's; what it repeats stays whose it was.
    #[must_use]
    pub(crate) fn written(&self, by: Writer, before: &Map<String, Value>, after: &Map<String, Value>) -> Self {
        let mut now = self.clone();
        for part in changed(before, after) {
            let name = part.name();
            if now.writer == Some(by) {
                now.others.remove(&name);
            } else {
                let refused = BTreeMap::new();
                now.others.insert(name, Entry { by, refused });
            }
        }
        now
    }

    /// What a full replacement by a program would take from others: the attributes that it would change or remove although
    /// somebody else wrote them last. `active` is none of them, for whoever provisions a person must be able to suspend them.
    pub(crate) fn conflicts(
        &self,
        space: Uuid,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Vec<Conflict> {
        let mut conflicts = self.taken(Writer::Client(space), before, after);
        conflicts.retain(|conflict| conflict.key != "active");
        conflicts
    }

    /// What a write would take from others: the attributes that it would change or remove although somebody else than `by` wrote
    /// them last.
    pub(crate) fn taken(&self, by: Writer, before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Conflict> {
        let conflict = |part: Part<'_>| {
            let written = self.others.get(&part.name()).map(|entry| entry.by);
            // Nobody has ever written what is missing without a note of who removed it.
            let writer = written.or(self.writer.filter(|_| part.before.is_some()))?;
            (writer != by).then(|| Conflict {
                key: part.key.to_owned(),
                member: part.member.map(str::to_owned),
                writer,
                kept: part.before.cloned(),
                refused: part.after.cloned(),
            })
        };
        changed(before, after).into_iter().filter_map(conflict).collect()
    }

    /// Notes what a program insists on now, and says which of it is new.
    pub(crate) fn insisted<'a>(&self, space: Uuid, conflicts: &'a [Conflict]) -> (Self, Vec<&'a Conflict>) {
        let mut now = self.clone();
        let mut new = Vec::new();
        for entry in now.others.values_mut() {
            entry.refused.remove(&space);
        }
        for conflict in conflicts {
            let (name, hash) = (conflict.name(), short_hash(conflict.refused.as_ref()));
            let known = self.others.get(&name).and_then(|entry| entry.refused.get(&space));
            if known != Some(&hash) {
                new.push(conflict);
            }
            let entry = now.others.entry(name).or_insert_with(|| Entry {
                by: conflict.writer,
                refused: BTreeMap::new(),
            });
            entry.refused.insert(space, hash);
        }
        let writer = now.writer;
        now.others
            .retain(|_, entry| Some(entry.by) != writer || !entry.refused.is_empty());
        (now, new)
    }
}

/// An attribute that a program would have taken from somebody else.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conflict {
    /// The attribute, or the URN of the extension it belongs to; as access policies name it.
    pub(crate) key: String,
    member: Option<String>,
    writer: Writer,
    kept: Option<Value>,
    refused: Option<Value>,
}

impl Conflict {
    /// The attribute's name; of an extension's as `urn:…:User:department`.
    pub(crate) fn name(&self) -> String {
        name(&self.key, self.member.as_deref())
    }

    /// Puts what was there into a document.
    pub(crate) fn restore(&self, attributes: &mut Map<String, Value>) {
        let put = |into: &mut Map<String, Value>, name: &str| match &self.kept {
            Some(value) => into.insert(name.to_owned(), value.clone()),
            None => into.shift_remove(name),
        };
        let Some(member) = &self.member else {
            put(attributes, &self.key);
            return;
        };
        let extension = attributes
            .entry(self.key.clone())
            .or_insert_with(|| Value::Object(Map::new()));
        if let Some(extension) = extension.as_object_mut() {
            put(extension, member);
            if extension.is_empty() {
                attributes.shift_remove(&self.key);
            }
        }
    }

    /// Who wrote it.
    pub(crate) fn writer(&self) -> Writer {
        self.writer
    }

    /// How an event tells of it.
    pub(crate) fn to_event(&self) -> Value {
        json!({ "attribute": self.name(), "writer": self.writer.to_string(), "kept": self.kept, "refused": self.refused })
    }
}

/// One attribute, of the core or of an extension, in two documents.
struct Part<'a> {
    key: &'a str,
    member: Option<&'a str>,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
}

impl Part<'_> {
    fn name(&self) -> String {
        name(self.key, self.member)
    }
}

fn name(key: &str, member: Option<&str>) -> String {
    member.map_or_else(|| key.to_owned(), |member| format!("{key}:{member}"))
}

/// The attributes that differ. `schemas` is nobody's: it follows from the others.
fn changed<'a>(before: &'a Map<String, Value>, after: &'a Map<String, Value>) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    for key in names(Some(before), Some(after)).filter(|key| *key != "schemas") {
        let (old, new) = (before.get(key), after.get(key));
        if old == new {
            continue;
        }
        let part = |member, before, after| Part {
            key,
            member,
            before,
            after,
        };
        if !key.starts_with("urn:") {
            parts.push(part(None, old, new));
            continue;
        }
        let (old, new) = (old.and_then(Value::as_object), new.and_then(Value::as_object));
        let members = names(old, new).map(|member| {
            let of = |extension: Option<&'a Map<String, Value>>| extension.and_then(|map| map.get(member));
            part(Some(member), of(old), of(new))
        });
        parts.extend(members.filter(|part| part.before != part.after));
    }
    parts
}

/// The names in either of two objects.
fn names<'a>(
    before: Option<&'a Map<String, Value>>,
    after: Option<&'a Map<String, Value>>,
) -> impl Iterator<Item = &'a str> {
    let is_new = move |name: &&String| before.is_none_or(|before| !before.contains_key(*name));
    let old = before.into_iter().flat_map(Map::keys);
    let new = after.into_iter().flat_map(Map::keys).filter(is_new);
    old.chain(new).map(String::as_str)
}

/// Tells values apart, in little room.
fn short_hash(value: Option<&Value>) -> u64 {
    let text = value.map_or_else(String::new, Value::to_string);
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let mut short = [0; 8];
    short.copy_from_slice(&hash.as_ref()[..8]);
    u64::from_be_bytes(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    const HR: Uuid = Uuid::from_u128(7);
    const OTHER: Uuid = Uuid::from_u128(8);

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    fn others(of: &Provenance) -> Vec<(String, String)> {
        of.others()
            .map(|(name, by)| (name.to_owned(), by.to_string()))
            .collect()
    }

    fn again(of: &Provenance) -> Provenance {
        let (writer, others) = of.to_columns();
        Provenance::from_columns(writer.as_deref(), others.as_deref())
    }

    #[test]
    fn each_writer_is_a_word_and_back() {
        for (writer, word) in [
            (Writer::Operator, "operator".to_owned()),
            (Writer::System, "system".to_owned()),
            (Writer::Client(HR), format!("client:{HR}")),
            (Writer::Client(WIRE_BOUND), "wire:bound".to_owned()),
            (Writer::Client(WIRE_UNBOUND), "wire:unbound".to_owned()),
            (Writer::User(Id::new(OTHER)), format!("user:{OTHER}")),
            (
                Writer::Source(SourceName::parse("hr").expect("a name")),
                "source:hr".to_owned(),
            ),
        ] {
            assert_eq!(writer.to_string(), word);
            assert_eq!(Writer::parse(&word), Some(writer));
        }
        for word in ["", "client", "client:x", "user:", "nobody", "wire:x"] {
            assert_eq!(Writer::parse(word), None, "{word}");
        }
    }

    #[test]
    fn what_a_write_changes_is_its_writers_and_what_it_repeats_is_not() {
        let hr = Provenance::by(Writer::Client(HR));
        assert_eq!(hr.to_columns(), (Some(format!("client:{HR}")), None));
        let old =
            map(json!({ "schemas": ["a"], "userName": "ann", "title": "Dr", ENTERPRISE: { "department": "Sales" } }));
        let new = map(
            json!({ "schemas": ["b"], "userName": "ann", "nickName": "A", ENTERPRISE: { "department": "Sales", "division": "N" } }),
        );
        let after = again(&hr.written(Writer::Operator, &old, &new));
        assert_eq!(
            others(&after),
            ["nickName", "title", &format!("{ENTERPRISE}:division")]
                .map(|name| (name.to_owned(), "operator".to_owned()))
        );
        assert_eq!(after.written(Writer::Client(HR), &new, &new), after);
        assert_eq!(
            after.written(Writer::Client(HR), &new, &old),
            hr,
            "the record's writer needs no notes"
        );
    }

    #[test]
    fn a_program_takes_its_own_but_not_what_others_wrote_or_removed() {
        let made = map(
            json!({ "userName": "ann", "title": "Dr", "nickName": "A", "active": true, ENTERPRISE: { "department": "Sales" } }),
        );
        let person = Writer::User(Id::new(OTHER));
        let edited = map(
            json!({ "userName": "ann", "title": "Prof", "active": false, "locale": "de", ENTERPRISE: { "department": "Sales" } }),
        );
        let provenance = Provenance::by(Writer::Client(HR)).written(person, &made, &edited);
        let put = map(
            json!({ "userName": "bea", "title": "Dr", "nickName": "A", "active": true, "timezone": "UTC", ENTERPRISE: { "department": "IT" } }),
        );
        let conflicts = provenance.conflicts(HR, &edited, &put);
        let told: Vec<Value> = conflicts.iter().map(Conflict::to_event).collect();
        let word = person.to_string();
        assert_eq!(
            told,
            [
                json!({ "attribute": "title", "writer": word, "kept": "Prof", "refused": "Dr" }),
                json!({ "attribute": "locale", "writer": word, "kept": "de", "refused": null }),
                json!({ "attribute": "nickName", "writer": word, "kept": null, "refused": "A" }),
            ]
        );
        let mut after = put.clone();
        for conflict in &conflicts {
            conflict.restore(&mut after);
        }
        assert_eq!(
            after,
            map(
                json!({ "userName": "bea", "title": "Prof", "locale": "de", "active": true, "timezone": "UTC", ENTERPRISE: { "department": "IT" } })
            )
        );
    }

    #[test]
    fn extensions_are_looked_at_attribute_by_attribute() {
        let old = map(json!({ "userName": "ann", ENTERPRISE: { "department": "Sales" } }));
        let none = map(json!({ "userName": "ann" }));
        let provenance = Provenance::by(Writer::Client(HR)).written(Writer::Operator, &none, &old);
        let conflicts = provenance.conflicts(HR, &old, &none);
        assert_eq!(conflicts.len(), 1);
        let mut after = none.clone();
        conflicts[0].restore(&mut after);
        assert_eq!(after, old);
        // Removed by the operator: it does not come back.
        let removed = Provenance::by(Writer::Client(HR)).written(Writer::Operator, &old, &none);
        let mut after = old.clone();
        let conflicts = removed.conflicts(HR, &none, &old);
        for conflict in &conflicts {
            conflict.restore(&mut after);
        }
        assert_eq!(after, none);
    }

    #[test]
    fn what_is_missing_is_free_and_what_is_older_than_the_notes_too() {
        let old = map(json!({ "userName": "ann" }));
        let new = map(json!({ "userName": "ann", "title": "Dr" }));
        assert!(Provenance::by(Writer::Operator).conflicts(HR, &old, &new).is_empty());
        assert!(Provenance::default().conflicts(HR, &new, &old).is_empty());
        assert_eq!(Provenance::by(Writer::Operator).conflicts(HR, &new, &old).len(), 1);
    }

    #[test]
    fn what_a_program_insists_on_is_new_once() {
        let old = map(json!({ "title": "Dr" }));
        let edited = map(json!({ "title": "Prof" }));
        let first = Provenance::by(Writer::Client(HR)).written(Writer::Operator, &old, &edited);
        let insist = |provenance: &Provenance, space, sent: &Map<String, Value>| {
            let conflicts = provenance.conflicts(space, &edited, sent);
            let (now, new) = provenance.insisted(space, &conflicts);
            (again(&now), new.len())
        };
        let (noted, new) = insist(&first, HR, &old);
        assert_eq!(new, 1);
        assert_eq!(others(&noted), others(&first));
        assert_eq!(insist(&noted, HR, &old), (noted.clone(), 0));
        // Another program's wish is its own, another value is another wish.
        assert_eq!(insist(&noted, OTHER, &old).1, 1);
        assert_eq!(insist(&noted, HR, &Map::new()).1, 1);
        // Whoever has given in may insist anew.
        let (given_in, _) = insist(&noted, HR, &edited);
        assert_eq!(given_in, first);
        // The next write forgets what was refused.
        assert_eq!(noted.written(Writer::Operator, &edited, &old), first);
        // What belongs to the record's writer is noted only as long as somebody insists.
        let own = Provenance::by(Writer::Client(HR));
        let (noted, new) = insist(&own, OTHER, &old);
        assert_eq!((new, others(&noted).len()), (1, 0));
        assert_eq!(insist(&noted, OTHER, &edited).0, own);
    }
}
