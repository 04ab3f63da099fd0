//! By what the members of a group are sorted, and found: one key for each membership of a managed group.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::table::listed as table;
use crate::change::Change;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::user::User;
use crate::user::rules::{MISSING, address};

/// Between the parts of a key: before every character that a name has.
const BETWEEN: char = '\u{1F}';
/// So many characters of each part count. All of them fit an index of both engines.
const PART: usize = 120;

/// The key of a person: family name, given name, address and userName, without accents and letter case. What is missing
/// comes last.
pub(crate) fn key(user: &User) -> String {
    key_of(user.attributes())
}

/// The key of a person by their attributes as they are stored.
pub(super) fn of_document(document: &str) -> String {
    key_of(&serde_json::from_str(document).unwrap_or_default())
}

fn key_of(attributes: &Map<String, Value>) -> String {
    let name = |part: &str| attributes.get("name")?.get(part)?.as_str();
    let address = address(attributes);
    let user_name = attributes.get("userName").and_then(Value::as_str);
    [name("familyName"), name("givenName"), address.as_deref(), user_name]
        .map(part)
        .join(BETWEEN.encode_utf8(&mut [0; 4]))
}

fn part(text: Option<&str>) -> String {
    let folded = scim::text::search_key(text.unwrap_or_default().trim());
    let shown = folded.chars().filter(|letter| !letter.is_control()).take(PART);
    let shown: String = shown.collect();
    if shown.is_empty() { MISSING.to_owned() } else { shown }
}

/// One part of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The family name.
    FamilyName,
    /// The given name.
    GivenName,
    /// The address.
    Email,
    /// The userName.
    UserName,
}

impl Part {
    /// What a key says of it.
    pub(super) fn of(self, key: &str) -> &str {
        key.split(BETWEEN).nth(self as usize).unwrap_or_default()
    }
}

/// What a key says that a person is called.
pub(super) fn called(key: &str) -> Vec<&str> {
    key.split(BETWEEN).collect()
}

/// The key of a membership that is given now; none where nobody manages the group.
pub(super) fn of_given(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<Option<String>, Error> {
    let document = table::document_if_managed(change, group, user)?;
    Ok(document.as_deref().map(of_document))
}

/// More people than that who are added to a managed group at once get their keys later.
const AT_ONCE: usize = 100;

/// People who were just added to a managed group get their keys: at once, or if they are many by a job.
pub(super) fn list_added(change: &mut Change<'_>, group: Id<Group>, users: &[Uuid]) -> Result<(), Error> {
    if users.len() > AT_ONCE {
        let now = change.now();
        return job::schedule_quietly(change, JobKind::KeepListed, group.uuid(), &json!({}), now);
    }
    for (user, document) in table::documents(change, users)? {
        table::keep(change, group, user, &of_document(&document))?;
    }
    Ok(())
}

/// A person's memberships are sorted by what they are called now.
pub(crate) fn follow(change: &mut Change<'_>, before: &User, after: &User) -> Result<(), Error> {
    let new = key(after);
    if key(before) == new {
        return Ok(());
    }
    table::rename(change, after.id, &new)
}

/// A slice of the members of a group that is managed now who have no key yet, behind a person: the last of them; none when
/// everybody has one.
pub(super) fn keep_slice(
    change: &mut Change<'_>,
    group: Id<Group>,
    after: Id<User>,
    slice: usize,
) -> Result<Option<Id<User>>, Error> {
    let some = table::unlisted(change, group, after, slice)?;
    for (user, document) in &some {
        table::keep(change, group, *user, &of_document(document))?;
    }
    Ok(some.last().map(|(user, _)| *user))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Part, key_of};
    use crate::user::beginning::folded;

    fn key(document: &Value) -> String {
        key_of(document.as_object().expect("an object"))
    }

    fn person(family: &str, given: &str, address: &str, user_name: &str) -> Value {
        let name = json!({ "familyName": family, "givenName": given });
        json!({ "userName": user_name, "name": name, "emails": [{ "value": address }] })
    }

    #[test]
    fn people_are_sorted_by_name_without_accents_and_who_has_none_comes_last() {
        let mut keys = [
            key(&json!({ "userName": "aaa" })),
            key(&person("Ärzte", "Zoë", "z@example.org", "z")),
            key(&person("Arzt", "Ann", "a@example.org", "a")),
            key(&person("arzt", "ANN", "b@example.org", "b")),
            key(&person("Arzt", "", "0@example.org", "c")),
        ];
        keys.sort();
        let names = keys.each_ref().map(|key| Part::UserName.of(key));
        assert_eq!(names, ["a", "b", "c", "z", "aaa"]);
        assert_eq!(Part::FamilyName.of(&keys[3]), "arzte");
        assert_eq!(Part::Email.of(&keys[0]), "a@example.org");
    }

    #[test]
    fn what_is_looked_for_is_found_in_any_spelling_but_not_across_parts() {
        let key = key(&person("Muñoz", "José", "jose@example.org", "jm"));
        for part in ["munoz", "MUÑOZ", "josé", "JOSE@", "jm", " Muñoz "] {
            assert!(key.contains(&folded(part)), "{part}");
        }
        for part in ["munozjose", "munoz jose", "munoz\u{1F}jose", "%"] {
            assert!(!key.contains(&folded(part)), "{part}");
        }
    }

    #[test]
    fn a_key_fits_an_index_whatever_people_are_called() {
        let long = "ﷺ\u{1F}".repeat(10_000);
        let key = key(&person(&long, &long, &long, &long));
        assert!(key.len() < 2_000, "{}", key.len());
        assert_eq!(key.matches('\u{1F}').count(), 3);
    }
}
