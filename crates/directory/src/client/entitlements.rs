//! Which of the entitlements that follow from memberships a client is shown. People name groups by their paths; they are kept by
//! their ids, so that a rename or a move loses none.

use std::collections::{BTreeMap, HashSet};

use db::Db;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Client, Policy};
use crate::change::Change;
use crate::error::{Error, Refusal};
use crate::group::{Group, GroupPath, MAX_LEVELS, path, tree};
use crate::id::Id;
use crate::realm::RealmId;

/// So many groups can be named.
const MOST: usize = 100;

/// Which of the entitlements that follow from memberships a client is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntitlementsShown {
    /// All of them: what holds where nothing is said.
    All,
    /// None of them.
    None,
    /// Those of these groups and of all below them.
    Below(Vec<NamedGroup>),
}

/// A group, as people name it or as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedGroup {
    /// By where it stands.
    At(GroupPath),
    /// By its id.
    Kept(Id<Group>),
}

impl EntitlementsShown {
    /// What is said to whoever writes something else.
    pub const WORDS: &str = "`all`, `none`, or a list of paths of groups, such as [\"/acme/ops\"]";

    /// Reads it as it is written in JSON.
    ///
    /// # Errors
    /// `Invalid`, saying what it can be.
    pub fn from_value(value: &Value) -> Result<Self, Refusal> {
        let invalid = || Refusal::invalid(FIELD, Self::WORDS);
        match value {
            Value::String(word) if word == "all" => Ok(Self::All),
            Value::String(word) if word == "none" => Ok(Self::None),
            Value::Array(list) => {
                let named = list.iter().map(|one| one.as_str().ok_or_else(invalid));
                let named = named.map(|text| NamedGroup::parse(text?));
                Ok(Self::Below(named.collect::<Result<_, _>>()?))
            }
            _ => Err(invalid()),
        }
    }

    /// As it is written in JSON.
    pub fn to_value(&self) -> Value {
        match self {
            Self::All => "all".into(),
            Self::None => "none".into(),
            Self::Below(groups) => groups.iter().map(ToString::to_string).collect(),
        }
    }

    /// Whether what follows from a membership of a group is shown, by the groups above it.
    pub(crate) fn shows(&self, group: Id<Group>, above: &[Id<Group>]) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Below(groups) => {
                let is_it = |id: &Id<Group>| {
                    groups
                        .iter()
                        .any(|one| matches!(one, NamedGroup::Kept(kept) if kept == id))
                };
                is_it(&group) || above.iter().any(is_it)
            }
        }
    }

    fn ids(&self) -> impl Iterator<Item = Id<Group>> {
        let groups = match self {
            Self::All | Self::None => &[][..],
            Self::Below(groups) => groups,
        };
        groups.iter().filter_map(|one| match one {
            NamedGroup::Kept(id) => Some(*id),
            NamedGroup::At(_) => None,
        })
    }
}

const FIELD: &str = "policy.entitlements";

impl NamedGroup {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let named = match text.strip_prefix('/') {
            Some(_) => GroupPath::parse(text).map(Self::At),
            None => Id::parse(text).map(Self::Kept),
        };
        let words = EntitlementsShown::WORDS;
        named.ok_or_else(|| Refusal::invalid(FIELD, format!("`{}` is no path of a group: write {words}", cut(text))))
    }
}

impl std::fmt::Display for NamedGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::At(path) => path.fmt(f),
            Self::Kept(id) => id.fmt(f),
        }
    }
}

impl Serialize for EntitlementsShown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EntitlementsShown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).map_err(|refusal| serde::de::Error::custom(refusal.to_string()))
    }
}

/// The beginning of what somebody has sent.
fn cut(text: &str) -> String {
    text.chars().take(100).filter(|letter| !letter.is_control()).collect()
}

/// Finds the groups that a policy names, as it is kept from then on.
pub(super) fn settle(change: &mut Change<'_>, policy: &mut Policy) -> Result<(), Error> {
    let groups = match policy.entitlements.take() {
        None | Some(EntitlementsShown::All) => return Ok(()),
        Some(EntitlementsShown::None) => {
            policy.entitlements = Some(EntitlementsShown::None);
            return Ok(());
        }
        Some(EntitlementsShown::Below(groups)) => groups,
    };
    if groups.len() > MOST {
        return Err(Refusal::invalid(FIELD, format!("at most {MOST} groups; name one above them")).into());
    }
    let (mut kept, mut known) = (Vec::with_capacity(groups.len()), HashSet::new());
    for named in groups {
        let id = match &named {
            NamedGroup::At(path) => at(change, path)?,
            NamedGroup::Kept(id) => crate::group::table::read(change, *id)?.map(|group| group.id),
        };
        let missing = || Refusal::invalid(FIELD, format!("no group stands at `{}`", cut(&named.to_string())));
        let id = id.ok_or_else(missing)?;
        if known.insert(id) {
            kept.push(NamedGroup::Kept(id));
        }
    }
    policy.entitlements = Some(EntitlementsShown::Below(kept));
    Ok(())
}

/// The group at a path.
fn at(change: &mut Change<'_>, path: &GroupPath) -> Result<Option<Id<Group>>, Error> {
    if path.names().len() > MAX_LEVELS {
        return Ok(None);
    }
    let mut here = None;
    for name in path.names() {
        here = tree::table::named_in(change, here, name)?;
        if here.is_none() {
            return Ok(None);
        }
    }
    Ok(here)
}

/// The client as people read it: groups by where they stand now; those that are gone are left out.
pub(super) fn named(change: &mut Change<'_>, mut client: Client) -> Result<Client, Error> {
    let mut paths = BTreeMap::new();
    for id in kept(std::slice::from_ref(&client)) {
        if crate::group::table::read(change, id)?.is_some() {
            paths.insert(id, path::of(change, id)?);
        }
    }
    name(&mut client, &paths);
    Ok(client)
}

/// The same of several, as they were read.
pub(super) async fn all_named(db: &Db, realm: RealmId, mut clients: Vec<Client>) -> Result<Vec<Client>, Error> {
    let groups = kept(&clients);
    if !groups.is_empty() {
        let paths = tree::table::paths(db, realm, &groups).await?;
        for client in &mut clients {
            name(client, &paths);
        }
    }
    Ok(clients)
}

fn kept(clients: &[Client]) -> Vec<Id<Group>> {
    let shown = clients
        .iter()
        .filter_map(|client| client.policy.as_ref()?.entitlements.as_ref());
    let mut groups: Vec<Id<Group>> = shown.flat_map(EntitlementsShown::ids).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn name(client: &mut Client, paths: &BTreeMap<Id<Group>, GroupPath>) {
    let shown = client.policy.as_mut().and_then(|policy| policy.entitlements.as_mut());
    if let Some(EntitlementsShown::Below(groups)) = shown {
        let path = |named: &NamedGroup| match named {
            NamedGroup::Kept(id) => paths.get(id).cloned().map(NamedGroup::At),
            NamedGroup::At(_) => Some(named.clone()),
        };
        *groups = groups.iter().filter_map(path).collect();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::{EntitlementsShown, NamedGroup};
    use crate::id::Id;

    #[test]
    fn what_is_written_is_read_again_and_anything_else_is_refused() {
        let id = Uuid::from_u128(7).to_string();
        for value in [json!("all"), json!("none"), json!([]), json!(["/acme/ops~/eu", id])] {
            let read = EntitlementsShown::from_value(&value).expect("read");
            assert_eq!(read.to_value(), value);
        }
        let deep = Value::Array(vec![json!(["/a"])]);
        for value in [
            json!(null),
            json!("some"),
            json!({}),
            json!(7),
            json!([7]),
            json!(["a"]),
            json!(["/"]),
            json!(["/a\u{0}"]),
            deep,
        ] {
            assert!(EntitlementsShown::from_value(&value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_group_is_shown_with_all_below_it_and_nothing_beside_it() {
        let [top, ops, other] = [1, 2, 3].map(|number| Id::new(Uuid::from_u128(number)));
        let shown = EntitlementsShown::Below(vec![NamedGroup::Kept(top)]);
        assert!(shown.shows(top, &[]));
        assert!(shown.shows(ops, &[top]));
        assert!(!shown.shows(other, &[ops]));
        assert!(!EntitlementsShown::Below(Vec::new()).shows(top, &[]));
        assert!(!EntitlementsShown::None.shows(top, &[]));
        assert!(EntitlementsShown::All.shows(other, &[]));
    }
}
