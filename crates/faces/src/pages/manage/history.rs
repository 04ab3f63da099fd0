//! What happened to a group and in it, the newest first.

use axum::response::Response;
use directory::Error;
use directory::membership::explain::Who;
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::frame::{Asked, Managed, Tab};
use crate::design::Language;
use crate::pages::list::{List, SIZE};

/// One thing that happened.
#[derive(Debug, Serialize)]
struct Entry {
    at: i64,
    /// The words for it.
    what: String,
    /// Whom it is about.
    whom: Option<String>,
    /// The words for who did it, where that is nobody with a name.
    by_key: Option<&'static str>,
    by: Option<String>,
}

/// The words for a kind of event; what only a newer version records has words in common.
fn what(kind: &str) -> String {
    let key = format!("fact.{kind}");
    if Language::first().text(&key).is_some() {
        return key;
    }
    "fact.other".to_owned()
}

pub(super) async fn page(managed: &Managed<'_>, asked: Asked<'_>) -> Result<Response, Error> {
    let list = List::of(managed.page(), asked.query, &["tab"]);
    let before = list.after.as_deref().and_then(|mark| mark.parse().ok());
    let mut facts = managed
        .app
        .directory
        .group_latest(managed.principal(), managed.id(), before, SIZE + 1)
        .await?;
    let more = facts.len() > SIZE;
    facts.truncate(SIZE);
    let last = facts.last().filter(|_| more).map(|last| last.position.to_string());
    let entries: Vec<Entry> = facts
        .into_iter()
        .map(|fact| {
            let (by_key, by) = match fact.by {
                Who::Person(name) | Who::Program(name) => (None, Some(name)),
                Who::Operator => (Some("by.operator"), None),
                Who::Themselves | Who::Usher => (Some("by.usher"), None),
            };
            Entry {
                at: fact.at.millis(),
                what: what(&fact.kind),
                whom: fact.whom,
                by_key,
                by,
            }
        })
        .collect();
    let values = context! { others => Serde(list.marked(last.as_deref())), facts => Serde(entries) };
    Ok(managed.render("managed_history.html", Tab::History, asked, values))
}

#[cfg(test)]
mod tests {
    use directory::event::EventKind;

    use super::what;

    #[test]
    fn everything_that_happens_in_a_group_has_words() {
        let topics = [
            "group.",
            "group_role.",
            "group_member.",
            "delegation.",
            "member.",
            "eligibility.",
            "configuration.",
            "terms.published",
            "request.",
            "review.",
            "invitation.",
        ];
        let kinds = EventKind::ALL.iter().map(|kind| kind.name());
        for kind in kinds.filter(|kind| topics.iter().any(|topic| kind.starts_with(topic))) {
            // A group that is gone has no page.
            assert!(kind == "group.deleted" || what(kind) != "fact.other", "{kind}");
        }
        assert_eq!(what("group.painted"), "fact.other");
    }
}
