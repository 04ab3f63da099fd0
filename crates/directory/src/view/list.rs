//! Lists: filtered, sorted, paged by index or cursor. What an index answers is read from it; the rest is looked at row by
//! row, within a limit.

use scim::error::Error as ScimError;
use scim::filter::{Filter, Resolved};
use scim::path::AttrPath;
use scim::projection::Projection;

use super::columns::{Column, INDEXED, column};
use super::cursor::{self, Position};
use super::filter_sql::{Compiler, Condition};
use super::render::Viewer;
use super::scan::{self, AnyRow};
use crate::Directory;
use crate::access;
use crate::client::{Client, Operation, Profile, ResourceKind};
use crate::error::{Error, Refusal};
use crate::external_id::Comparison;
use crate::principal::{Permission, Principal, Scope};
use crate::realm::Realm;
use crate::user::Sight;
use crate::user::user_name;

/// How many rows outside an index one request may look at.
pub(crate) const EXAMINED: usize = 100_000;
/// How many resources a page has when the caller does not say.
pub const DEFAULT_PAGE: usize = 100;
/// How many resources a page has at most.
pub const MAX_PAGE: usize = 1000;
/// A page ends after so many members in it.
pub(crate) const PAGE_MEMBERS: usize = 20_000;
/// A page ends after so many bytes of resources in it.
const PAGE_BYTES: usize = 8 * 1024 * 1024;

/// What is in a page so far, apart from the number of its resources.
#[derive(Debug, Default)]
pub(super) struct Filling {
    pub(super) members: usize,
    pub(super) bytes: usize,
}

impl Filling {
    /// Whether the page ends here. It never ends before its first resource.
    pub(super) fn is_full(&self) -> bool {
        self.members > PAGE_MEMBERS || self.bytes > PAGE_BYTES
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ListRequest {
    /// Which types, in the order of the answer.
    pub kinds: Vec<ResourceKind>,
    /// A SCIM filter.
    pub filter: Option<Filter>,
    /// By what to sort; else in the order of making, groups of Wire's clients by name.
    pub sort: Option<Sort>,
    /// Which page.
    pub paging: Paging,
    /// Which attributes.
    pub projection: Projection,
    /// The base of the SCIM face, without a slash at the end.
    pub base: String,
    /// What it takes.
    pub needs: Scope,
}

/// By what to sort.
#[derive(Clone, Debug)]
pub struct Sort {
    /// The attribute.
    pub by: AttrPath,
    /// From the end.
    pub descending: bool,
}

/// Which page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paging {
    /// From the n-th, 1-based (RFC 7644 §3.4.2.4).
    Index {
        /// The first resource; below 1 is 1.
        start: usize,
        /// How many at most.
        count: usize,
    },
    /// After a cursor (RFC 9865).
    Cursor {
        /// The cursor; empty = the first page.
        cursor: String,
        /// How many at most.
        count: usize,
    },
}

/// A page of resources.
#[derive(Clone, Debug)]
pub struct Page {
    /// How many there are in all; unknown on cursor pages whose filter no index answers.
    pub total: Option<usize>,
    /// The first one's place; only for index paging.
    pub start: Option<usize>,
    /// The resources as JSON texts.
    pub resources: Vec<String>,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
}

/// How rows come.
#[derive(Clone, Debug)]
pub(super) enum Order {
    /// In the order of ids, which is that of making.
    Id { descending: bool },
    /// In the order of a column with a full index.
    Column { name: &'static str, descending: bool },
    /// By a value that is looked at.
    Evaluated {
        by: Box<scim::schema::AttributeRef>,
        descending: bool,
    },
}

/// How a list of one type is answered.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) kind: ResourceKind,
    pub(super) condition: Condition,
    /// No condition at all: the kept totals answer.
    pub(super) unfiltered: bool,
    /// Whether people are read together with their groups: few are, and the groups are shown.
    pub(super) reads_groups: bool,
    pub(super) rest: Option<Resolved>,
    /// How externalIds compare where rows are looked at.
    pub(super) external_ids: Comparison,
    pub(super) order: Order,
    /// Which people are there to the caller; of groups all are.
    pub(super) sight: Sight,
    /// The base of the SCIM face, for filters on `meta.location`.
    pub(super) base: String,
}

impl Directory {
    /// A page of users, groups, or both.
    ///
    /// # Errors
    /// The scope is missing, the filter does not resolve or would look at too many rows, the cursor is not of this list, or
    /// the store failed.
    pub async fn list(&self, principal: &Principal, request: &ListRequest) -> Result<Page, Error> {
        principal.check(Permission::Scope(request.needs))?;
        let client = principal.client().map(AsRef::as_ref);
        let realm = self.realm_by_id(principal.realm).await?;
        let mut plans = Vec::with_capacity(request.kinds.len());
        for kind in &request.kinds {
            match access::check_operation(principal, *kind, Operation::Read) {
                Ok(()) => plans.push(self.plan(principal, &realm, client, *kind, request)?),
                // Over all types, one that is out of reach is simply not among them.
                Err(_) if request.kinds.len() > 1 => {}
                Err(refusal) => return Err(refusal.into()),
            }
        }
        match &request.paging {
            Paging::Index { start, count } => self.index_page(principal, &plans, request, *start, *count).await,
            Paging::Cursor { cursor, count } => self.cursor_page(principal, &plans, request, cursor, *count).await,
        }
    }

    fn plan(
        &self,
        principal: &Principal,
        realm: &Realm,
        client: Option<&Client>,
        kind: ResourceKind,
        request: &ListRequest,
    ) -> Result<Plan, Error> {
        let profile = client.map_or(Profile::Generic, |client| client.profile);
        let schema = self.schemas().resource(kind, profile);
        let lenient = request.kinds.len() > 1;
        let mut filters = Vec::new();
        if let Some(filter) = &request.filter {
            let resolved = if lenient {
                filter.resolve_lenient(schema)?
            } else {
                filter.resolve(schema)?
            };
            check_readable(client, &resolved)?;
            filters.push(user_name::in_filter(client, resolved));
        }
        if let Some(text) = access::policy(principal).and_then(|policy| policy.filter(kind)) {
            // A policy that no longer resolves reaches nothing.
            filters.push(self.schemas().filter(kind, text).unwrap_or(Resolved::Constant(false)));
        }
        let order = match &request.sort {
            // Wire's clients get groups by name (A12).
            None if profile == Profile::Wire && kind == ResourceKind::Group && !lenient => Order::Column {
                name: "display_name_key",
                descending: false,
            },
            None => Order::Id { descending: false },
            Some(sort) => match schema.resolve(&sort.by) {
                Some(by) if by.attribute().is_secret() => {
                    return Err(ScimError::sensitive(format!("sortBy: {} cannot be asked for", sort.by)).into());
                }
                Some(by) => {
                    check_key_readable(client, by.key())?;
                    order(kind, by, sort.descending)
                }
                None if lenient => Order::Id { descending: false },
                None => return Err(ScimError::invalid_value(format!("sortBy: no attribute `{}`", sort.by)).into()),
            },
        };
        let external_ids = Comparison::of(principal, realm);
        let active_as_stored = client.is_none_or(|client| client.pending_active);
        let compiler = Compiler::new(
            self.schemas(),
            kind,
            realm.id,
            external_ids,
            active_as_stored,
            Sight::of(principal),
        );
        let unfiltered = filters.is_empty();
        let (condition, rest) = compiler.split(&Resolved::And(flatten(filters)));
        let shows_groups = || Viewer::new(principal, realm, &request.base, &request.projection).wants("groups");
        Ok(Plan {
            kind,
            reads_groups: kind == ResourceKind::User && condition.names_one && shows_groups(),
            condition,
            unfiltered,
            rest: rest.map(|rest| external_ids.in_filter(rest)),
            external_ids,
            order,
            sight: match kind {
                ResourceKind::User => Sight::of(principal),
                ResourceKind::Group => Sight::All,
            },
            base: request.base.clone(),
        })
    }

    async fn index_page(
        &self,
        principal: &Principal,
        plans: &[Plan],
        request: &ListRequest,
        start: usize,
        count: usize,
    ) -> Result<Page, Error> {
        // SQL counts in 64 bits with a sign; no list is as long as that.
        let start = start.clamp(1, i64::MAX as usize);
        let mut skip = start - 1;
        let mut left = count.min(MAX_PAGE);
        let (mut total, mut resources) = (0, Vec::new());
        let mut filling = Filling::default();
        for plan in plans {
            let found = scan::by_index(self, principal, plan, skip, left).await?;
            skip = skip.saturating_sub(found.total);
            total += found.total;
            let rendered = self
                .render_rows(principal, plan.kind, found.rows, found.groups, request, &mut filling)
                .await?;
            left = if filling.is_full() {
                0
            } else {
                left - rendered.len().min(left)
            };
            resources.extend(rendered);
        }
        Ok(Page {
            total: Some(total),
            start: Some(start),
            resources,
            next: None,
        })
    }

    async fn cursor_page(
        &self,
        principal: &Principal,
        plans: &[Plan],
        request: &ListRequest,
        text: &str,
        count: usize,
    ) -> Result<Page, Error> {
        let count = count.min(MAX_PAGE);
        let context = context(principal, request);
        let now = self.now().await?;
        let from = match text {
            "" => None,
            text => Some(cursor::open(self.cursor_key(), &context, count, text, now)?),
        };
        let mut page = Page {
            total: None,
            start: None,
            resources: Vec::new(),
            next: None,
        };
        if count == 0 {
            page.total = Some(scan::total(self, principal, plans).await?);
            return Ok(page);
        }
        let first = from.as_ref().map_or(0, |position| usize::from(position.kind));
        let mut filling = Filling::default();
        let mut resume = from.filter(|position| !position.start);
        for (number, plan) in plans.iter().enumerate().skip(first) {
            let left = count - page.resources.len();
            if left == 0 || filling.is_full() {
                // The page is full; there is a next one only if a row is left for it.
                if scan::after(self, principal, plan, None, 1).await?.is_empty() {
                    continue;
                }
                page.next = Some(cursor::seal(
                    self.cursor_key(),
                    &context,
                    count,
                    &Position::start_of(number as u8),
                    now,
                ));
                break;
            }
            // One more than asked for tells whether there is a next page.
            let mut rows = scan::after(self, principal, plan, resume.take().as_ref(), left + 1).await?;
            let more = rows.len() > left;
            rows.truncate(left);
            let placed = rows.into_iter().map(|placed| (placed.row, placed.position));
            let (rows, positions): (Vec<AnyRow>, Vec<Position>) = placed.unzip();
            let rendered = self
                .render_rows(principal, plan.kind, rows, None, request, &mut filling)
                .await?;
            let done = rendered.len();
            page.resources.extend(rendered);
            if more || done < positions.len() {
                let last = done.checked_sub(1).and_then(|last| positions.into_iter().nth(last));
                page.next = last.map(|position| {
                    let kind = number as u8;
                    let position = Position { kind, ..position };
                    cursor::seal(self.cursor_key(), &context, count, &position, now)
                });
                break;
            }
        }
        if plans.iter().all(|plan| plan.unfiltered) {
            page.total = Some(scan::total(self, principal, plans).await?);
        }
        Ok(page)
    }
}

fn flatten(filters: Vec<Resolved>) -> Vec<Resolved> {
    filters
        .into_iter()
        .flat_map(|filter| match filter {
            Resolved::And(parts) => parts,
            other => vec![other],
        })
        .collect()
}

fn order(kind: ResourceKind, by: scim::schema::AttributeRef, descending: bool) -> Order {
    match column(kind, by.key()) {
        Some(Column::UserName) => Order::Column {
            name: "user_name_key",
            descending,
        },
        Some(Column::Sort(name)) => Order::Column { name, descending },
        Some(Column::Modified) => Order::Column {
            name: "modified",
            descending,
        },
        Some(Column::Created | Column::Id) => Order::Id { descending },
        _ => Order::Evaluated {
            by: Box::new(by),
            descending,
        },
    }
}

/// A cursor belongs to its realm, its caller and its query.
fn context(principal: &Principal, request: &ListRequest) -> String {
    let filter = request.filter.as_ref().map(ToString::to_string).unwrap_or_default();
    let sort = request
        .sort
        .as_ref()
        .map(|sort| format!("{} {}", sort.by, sort.descending))
        .unwrap_or_default();
    format!(
        "{}|{}|{:?}|{filter}|{sort}",
        principal.realm,
        principal.label(),
        request.kinds
    )
}

/// A filter may not ask for what its caller may not read.
fn check_readable(client: Option<&Client>, filter: &Resolved) -> Result<(), Refusal> {
    filter
        .keys()
        .into_iter()
        .try_for_each(|key| check_key_readable(client, key))
}

fn check_key_readable(client: Option<&Client>, key: &str) -> Result<(), Refusal> {
    let Some(policy) = client.and_then(|client| client.policy.as_ref()) else {
        return Ok(());
    };
    let top = if key.starts_with("urn:") {
        key.rfind(':').map_or(key, |colon| &key[..colon])
    } else {
        key.split('.').next().unwrap_or(key)
    };
    if policy.may_read(top) {
        Ok(())
    } else {
        Err(Refusal::Sensitive {
            attribute: key.to_owned(),
        })
    }
}

/// The refusal of a filter that would look at too many rows.
pub(super) fn too_many() -> Refusal {
    Refusal::TooMany {
        limit: EXAMINED,
        indexed: INDEXED.to_owned(),
    }
}
