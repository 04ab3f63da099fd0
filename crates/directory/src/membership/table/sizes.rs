//! Statements over several ids, in few sizes: so that the engines keep them prepared.

use std::borrow::Cow;
use std::sync::LazyLock;

use db::Value;
use uuid::Uuid;

use crate::realm::RealmId;

/// Statement texts come in few sizes, so that the caches of prepared statements stay small.
pub(super) const SIZES: [usize; 5] = [1, 8, 32, 128, 512];

/// The largest of them.
pub(super) const MOST: usize = SIZES[SIZES.len() - 1];

/// `… IN (?2, ?3, …)` in one of few sizes, the last id repeated.
pub(crate) fn in_list(head: &str, tail: &str, realm: RealmId, wanted: &[Uuid]) -> (String, Vec<Value>) {
    let size = SIZES
        .into_iter()
        .find(|size| *size >= wanted.len())
        .unwrap_or(wanted.len());
    let last = wanted.last().copied().unwrap_or_default();
    let padded = wanted.iter().copied().chain(std::iter::repeat(last)).take(size);
    let params = std::iter::once(Value::from(realm))
        .chain(padded.map(Value::from))
        .collect();
    (format!("{head} ({}){tail}", places(size)), params)
}

/// `?2, ?3, …` for so many values.
fn places(size: usize) -> Cow<'static, str> {
    static LISTS: LazyLock<[String; SIZES.len()]> = LazyLock::new(|| SIZES.map(write_places));
    match SIZES.into_iter().position(|known| known == size) {
        Some(known) => Cow::Borrowed(&LISTS[known]),
        None => Cow::Owned(write_places(size)),
    }
}

fn write_places(size: usize) -> String {
    let places: Vec<String> = (2..size + 2).map(|place| format!("?{place}")).collect();
    places.join(", ")
}
