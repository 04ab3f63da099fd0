//! Pages of lists: a cursor is taken from one page and given for the next.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::{Code, Problem};
use super::filter::Found;

/// How many come when nothing is said.
const USUAL: usize = 50;
/// How many come at most.
const MOST: usize = 500;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// What there is.
    items: Vec<T>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    pub(super) limit: Option<usize>,
    /// A SCIM filter (RFC 7644 §3.4.2.2) over the members of the items, e.g. `created gt "2030-01-01T00:00:00Z"`.
    /// A page looks at 100,000 rows at most.
    #[param(example = "created gt \"2030-01-01T00:00:00Z\"")]
    pub(super) filter: Option<String>,
}

/// Which page of a list that takes no filter.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PlainPaging {
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    pub(super) limit: Option<usize>,
}

/// The limit that holds.
///
/// # Errors
/// It is 0 or more than there may be.
pub(super) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(USUAL),
        Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::at(Code::Invalid, "limit", format!("limit: 1 to {MOST}"))),
    }
}

/// What a cursor says: the id, or number, after which the page begins.
///
/// # Errors
/// It is not one of ours.
pub(super) fn after<T>(cursor: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    let read = |text| {
        read(text).ok_or_else(|| Problem::at(Code::InvalidCursor, "cursor", "the cursor is not one of this list"))
    };
    cursor.filter(|text| !text.is_empty()).map(read).transpose()
}

impl<W> Page<W> {
    /// These, with a cursor for what comes next; without one that is all.
    pub(super) fn with(items: Vec<W>, next: Option<String>) -> Self {
        Self { items, next }
    }

    /// All but the last of what was read, where that is one more than the page shows.
    pub(super) fn begun<T>(
        mut rows: Vec<T>,
        limit: usize,
        cursor: impl Fn(&T) -> String,
        wire: impl Fn(T) -> W,
    ) -> Self {
        let is_last = rows.len() <= limit;
        rows.truncate(limit);
        Self {
            next: rows.last().filter(|_| !is_last).map(cursor),
            items: rows.into_iter().map(wire).collect(),
        }
    }

    /// What was found, with a cursor for what comes next.
    pub(super) fn of<K>(found: Found<W, K>, cursor: impl Fn(&K) -> String) -> Self {
        Self {
            next: found.next.as_ref().map(cursor),
            items: found.items,
        }
    }
}
