//! Filters over lists (RFC 7644 §3.4.2.2): what an item says of itself on the wire is what can be asked for. Users and groups
//! are filtered by the directory; of all else rows are read in their order, and those that match are kept.

use std::future::Future;
use std::sync::Arc;

use scim::filter::{Filter, Resolved};
use scim::schema::{Attribute, Mutability, ResourceSchema, Returned, Schema, Type, Uniqueness};
use serde::Serialize;
use serde_json::Value;

use super::body::nearest_sentence;
use super::error::{Code, Problem};
use super::paging;

/// How many rows are looked at for one page at most.
const MOST_LOOKED_AT: usize = 100_000;
/// How many rows are read at a time while a filter looks for those that match.
const SLICE: usize = 1000;

/// What can be asked of the items of a list.
#[derive(Debug)]
pub(super) struct Noun {
    /// What the items are called.
    plural: &'static str,
    /// What makes a list shorter without looking at every row.
    narrower: &'static str,
    schema: ResourceSchema,
}

impl Noun {
    pub(super) fn new(name: &str, plural: &'static str, narrower: &'static str, attributes: Vec<Attribute>) -> Self {
        let schema = Schema {
            id: format!("urn:usher:api:{name}"),
            name: name.to_owned(),
            description: String::new(),
            attributes,
            open: false,
        };
        Self {
            plural,
            narrower,
            schema: ResourceSchema::new(name, &format!("/{plural}"), Arc::new(schema), Vec::new()),
        }
    }

    /// What a filter asks for; none when it is empty or absent.
    fn filter(&'static self, text: Option<&str>) -> Result<Option<Sieve>, Problem> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let refused = |error: scim::error::Error| {
            let detail = error.detail.clone();
            Problem::at(Problem::from(error).code(), "filter", detail)
        };
        let filter: Filter = text.parse().map_err(refused)?;
        self.check_names(&filter)?;
        let resolved = filter.resolve(&self.schema).map_err(refused)?;
        Ok(Some(Sieve { noun: self, resolved }))
    }

    /// Refuses attributes that the items do not have, also those that every resource of SCIM has.
    fn check_names(&self, filter: &Filter) -> Result<(), Problem> {
        let path = match filter {
            Filter::And(parts) | Filter::Or(parts) => return parts.iter().try_for_each(|part| self.check_names(part)),
            Filter::Not(part) => return self.check_names(part),
            Filter::Has { path, .. } | Filter::Compare { path, .. } | Filter::Present(path) => path,
        };
        let attributes = &self.schema.core.attributes;
        let found = match path.urn {
            None => self.schema.core.attribute(&path.name),
            Some(_) => None,
        };
        let (name, known) = match (found, &path.sub) {
            (None, _) => (&path.name, attributes),
            (Some(attribute), Some(sub)) if attribute.sub(sub).is_none() => (sub, &attribute.sub_attributes),
            (Some(_), _) => return Ok(()),
        };
        let known: Vec<&str> = known.iter().map(|attribute| attribute.name.as_str()).collect();
        let detail = format!("filter: `{path}`: {}", nearest_sentence(name, &known));
        Err(Problem::at(Code::InvalidFilter, "filter", detail))
    }
}

fn attribute(name: &str, kind: Type) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind,
        multi_valued: false,
        description: String::new(),
        required: false,
        canonical_values: Vec::new(),
        case_exact: false,
        mutability: Mutability::ReadOnly,
        returned: Returned::Default,
        uniqueness: Uniqueness::None,
        reference_types: Vec::new(),
        sub_attributes: Vec::new(),
        indexed: false,
    }
}

/// A text; letter case does not count.
pub(super) fn text(name: &str) -> Attribute {
    attribute(name, Type::String)
}

/// A list of texts.
pub(super) fn texts(name: &str) -> Attribute {
    Attribute {
        multi_valued: true,
        ..text(name)
    }
}

/// True or false.
pub(super) fn flag(name: &str) -> Attribute {
    attribute(name, Type::Boolean)
}

/// A whole number.
pub(super) fn number(name: &str) -> Attribute {
    attribute(name, Type::Integer)
}

/// An instant.
pub(super) fn instant(name: &str) -> Attribute {
    attribute(name, Type::DateTime)
}

/// An object; without members it can only be asked whether it is there.
pub(super) fn object(name: &str, members: Vec<Attribute>) -> Attribute {
    Attribute {
        sub_attributes: members,
        ..attribute(name, Type::Complex)
    }
}

/// A filter that fits its noun.
#[derive(Debug)]
struct Sieve {
    noun: &'static Noun,
    resolved: Resolved,
}

impl Sieve {
    fn keeps(&self, item: &impl Serialize) -> bool {
        match serde_json::to_value(item) {
            Ok(Value::Object(members)) => self.resolved.matches(&members),
            _ => false,
        }
    }

    fn too_many(&self) -> Problem {
        let Noun { plural, narrower, .. } = self.noun;
        let detail = format!(
            "filter: more than {MOST_LOOKED_AT} {plural} would be looked at for this page; ask for fewer with `limit`{narrower}"
        );
        Problem::at(Code::TooMany, "filter", detail)
    }
}

/// Which part of a list is asked for; `K` is what stands in its cursors.
#[derive(Debug)]
pub(super) struct Part<K> {
    after: Option<K>,
    limit: usize,
    sieve: Option<Sieve>,
}

/// What was found: items, and where the next part begins.
#[derive(Debug)]
pub(super) struct Found<W, K> {
    pub(super) items: Vec<W>,
    /// What the next part goes on after; none at the end.
    pub(super) next: Option<K>,
    /// What was looked at last; none when there was nothing.
    pub(super) last: Option<K>,
}

impl<K: Clone> Part<K> {
    /// # Errors
    /// The limit is none, or the filter does not fit the noun.
    pub(super) fn of(
        noun: &'static Noun,
        after: Option<K>,
        limit: Option<usize>,
        filter: Option<&str>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            after,
            limit: paging::limit(limit)?,
            sieve: noun.filter(filter)?,
        })
    }

    /// Reads rows until there are as many items as asked for. `read` gives rows after a key, as many as asked for unless the
    /// list ends before.
    ///
    /// # Errors
    /// Too many rows would be looked at, or the directory refuses.
    pub(super) async fn find<T, W, F>(
        self,
        read: impl Fn(Option<K>, usize) -> F,
        key: impl Fn(&T) -> K,
        wire: impl Fn(T) -> W,
    ) -> Result<Found<W, K>, Problem>
    where
        W: Serialize,
        F: Future<Output = Result<Vec<T>, directory::Error>>,
    {
        // Without a filter one more is read than is shown: it tells whether there is a next part.
        let size = if self.sieve.is_some() { SLICE } else { self.limit + 1 };
        let mut items = Vec::new();
        let mut last = self.after;
        let mut looked_at = 0;
        loop {
            let rows = read(last.clone(), size).await?;
            let read = rows.len();
            for row in rows {
                let before = last.replace(key(&row));
                let item = wire(row);
                if self.sieve.as_ref().is_some_and(|sieve| !sieve.keeps(&item)) {
                    continue;
                }
                if items.len() == self.limit {
                    // What lies between the last item shown and this one does not match.
                    return Ok(Found {
                        items,
                        next: before.clone(),
                        last: before,
                    });
                }
                items.push(item);
            }
            if read < size {
                return Ok(Found {
                    items,
                    next: None,
                    last,
                });
            }
            looked_at += read;
            if let Some(sieve) = self.sieve.as_ref().filter(|_| looked_at >= MOST_LOOKED_AT) {
                if items.len() < self.limit {
                    return Err(sieve.too_many());
                }
                return Ok(Found {
                    items,
                    next: last.clone(),
                    last,
                });
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use std::collections::BTreeSet;
    use std::future::ready;
    use std::sync::LazyLock;

    use futures_util::FutureExt;
    use serde_json::json;

    use super::*;

    static ROW: LazyLock<Noun> =
        LazyLock::new(|| Noun::new("Row", "rows", " or narrow the list with `kind`", vec![number("number")]));

    fn find(filter: &str, rows: usize, after: Option<usize>, limit: usize) -> Result<Found<Value, usize>, Problem> {
        let read = |after: Option<usize>, size: usize| {
            let from = after.map_or(0, |after| after + 1);
            ready(Ok((from..rows.min(from + size)).collect::<Vec<usize>>()))
        };
        Part::of(&ROW, after, Some(limit), Some(filter))?
            .find(read, |row| *row, |row| json!({ "number": row }))
            .now_or_never()
            .unwrap()
    }

    #[test]
    fn parts_neither_skip_nor_repeat() {
        for (filter, expected) in [
            ("", 2501),
            ("number ge 1200", 1301),
            ("number eq 2500", 1),
            ("number lt 0", 0),
        ] {
            for limit in [1, 7, 500] {
                let (mut seen, mut after) = (Vec::new(), None);
                loop {
                    let found = find(filter, 2501, after, limit).unwrap();
                    assert!(found.items.len() <= limit);
                    seen.extend(found.items.iter().map(|item| item["number"].as_u64().unwrap()));
                    after = found.next;
                    if after.is_none() {
                        break;
                    }
                    assert_eq!(found.items.len(), limit, "only the last part is shorter");
                }
                assert_eq!(seen.len(), expected, "{filter} {limit}");
                assert!(seen.is_sorted_by(|one, next| one < next), "{filter} {limit}");
            }
        }
    }

    #[test]
    fn so_many_rows_are_looked_at_and_no_more() {
        let found = find("number eq 99999", MOST_LOOKED_AT - 1, None, 1).unwrap();
        assert!(found.items.is_empty());
        let refused = find("number lt 0", MOST_LOOKED_AT + 1, None, 1).unwrap_err();
        assert_eq!(refused.code(), Code::TooMany);
        assert!(format!("{refused:?}").contains("narrow the list with `kind`"));
        // A part that is full is answered, and the next one goes on behind what was looked at.
        let found = find("number eq 5 or number ge 100000", MOST_LOOKED_AT + 1, None, 1).unwrap();
        assert_eq!(found.next, Some(MOST_LOOKED_AT - 1));
        let rest = find("number eq 5 or number ge 100000", MOST_LOOKED_AT + 1, found.next, 1).unwrap();
        assert_eq!((rest.items, rest.next), (vec![json!({ "number": 100_000 })], None));
    }

    #[test]
    fn what_is_on_the_wire_can_be_asked_for_and_nothing_else() {
        let document = serde_json::to_value(super::super::openapi()).unwrap();
        // Shown with one item, not in lists.
        let alone = ["creator_left", "jit_effective", "progress"];
        let nouns: [&Noun; 12] = [
            &super::super::clients::NOUN,
            &super::super::clients::PERSON,
            &super::super::client_log::NOUN,
            &super::super::tokens::NOUN,
            &super::super::invitations::NOUN,
            &super::super::mails::NOUN,
            &super::super::events::NOUN,
            &super::super::deliveries::NOUN,
            &super::super::jobs::NOUN,
            &super::super::plans::NOUN,
            &super::super::plans::ITEM,
            &super::super::realms::NOUN,
        ];
        for noun in nouns {
            let name = &noun.schema.name;
            let described = document["components"]["schemas"][name]["properties"]
                .as_object()
                .unwrap();
            let described: BTreeSet<&str> = described
                .keys()
                .map(String::as_str)
                .filter(|key| !alone.contains(key))
                .collect();
            let asked = &noun.schema.core.attributes;
            let asked: BTreeSet<&str> = asked.iter().map(|attribute| attribute.name.as_str()).collect();
            assert_eq!(asked, described, "{name}");
        }
    }
}
