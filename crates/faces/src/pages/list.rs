//! Lists in parts: what is asked of one, and where its other parts are.

use serde::Serialize;

use super::form::Fields;

/// How many things a part of a list has.
pub(super) const SIZE: usize = 25;

/// A list at an address, as it was asked for.
#[derive(Debug)]
pub(super) struct List {
    base: String,
    /// What else the address says, which is the same for all parts.
    kept: Vec<(&'static str, String)>,
    /// So many are passed over.
    pub(super) first: usize,
    /// Or those after this one are shown.
    pub(super) after: Option<String>,
}

/// Where other parts are.
#[derive(Debug, Default, Serialize)]
pub(super) struct Others {
    /// The beginning, where nobody knows the part before.
    start: Option<String>,
    before: Option<String>,
    next: Option<String>,
}

impl List {
    /// The list at `base`, with what is asked under these names.
    pub(super) fn of(base: String, asked: &Fields, names: &[&'static str]) -> Self {
        let kept = names
            .iter()
            .filter_map(|name| Some((*name, asked.said(name)?.to_owned())));
        Self {
            base,
            kept: kept.collect(),
            first: asked.said("first").and_then(|text| text.parse().ok()).unwrap_or(0),
            after: asked.said("after").map(str::to_owned),
        }
    }

    /// What the address says, as a form carries it on.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = self.kept.clone();
        if self.first > 0 {
            fields.push(("first", self.first.to_string()));
        }
        fields
    }

    /// What is asked under a name.
    pub(super) fn said(&self, name: &str) -> Option<&str> {
        let said = self.kept.iter().find(|(known, _)| *known == name);
        said.map(|(_, value)| value.as_str())
    }

    fn part(&self, name: Option<(&str, &str)>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.kept);
        query.extend_pairs(name);
        let query = query.finish();
        if query.is_empty() {
            return self.base.clone();
        }
        format!("{}?{query}", self.base)
    }

    /// The parts beside one that shows so many of so many.
    pub(super) fn counted(&self, shown: usize, count: usize) -> Others {
        let part = |first: usize| self.part(Some(("first", &first.to_string())));
        let seen = self.first.saturating_add(shown);
        Others {
            start: None,
            before: (self.first > 0).then(|| part(self.first.saturating_sub(SIZE))),
            next: (seen < count && shown > 0).then(|| part(seen)),
        }
    }

    /// The parts beside one after which comes what follows on a mark.
    pub(super) fn marked(&self, next: Option<&str>) -> Others {
        Others {
            start: self.after.is_some().then(|| self.part(None)),
            before: None,
            next: next.map(|mark| self.part(Some(("after", mark)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, List};

    #[test]
    fn parts_keep_what_was_asked() {
        let asked = Fields::of_query(Some("search=a+b&first=25&other=x&status="));
        let list = List::of("/g".into(), &asked, &["search", "status"]);
        assert_eq!((list.said("search"), list.said("status")), (Some("a b"), None));
        let others = list.counted(25, 60);
        assert_eq!(others.before.as_deref(), Some("/g?search=a+b&first=0"));
        assert_eq!(others.next.as_deref(), Some("/g?search=a+b&first=50"));
        assert_eq!(list.counted(25, 50).next, None);
        // What is behind the end has nothing after it.
        assert_eq!(list.counted(0, 60).next, None);
    }

    #[test]
    fn a_list_by_marks_begins_anew() {
        let list = List::of("/g".into(), &Fields::of_query(Some("after=%2Fa")), &[]);
        let others = list.marked(Some("/b c"));
        assert_eq!(others.start.as_deref(), Some("/g"));
        assert_eq!(others.next.as_deref(), Some("/g?after=%2Fb+c"));
        let first = List::of("/g".into(), &Fields::of_query(None), &[]).marked(None);
        assert!(first.start.is_none() && first.next.is_none());
    }
}
