//! Who is in which group as a list: one that is sent becomes a plan, and what is there is written as one.

use std::io::{self, Cursor};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use directory::plan::{BeginPlan, Edge, MemberRow, Missing, PlanKind, PlanOptions};
use directory::source::SourceName;
use directory::zone::{When, Zone};
use directory::{Permission, Refusal, Scope, Timestamp};
use futures_util::stream;
use scim::filter::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::{List, Query, one_of};
use super::call::Call;
use super::error::{Code, Problem};
use super::plans::PlanBody;
use super::reply::Reply;
use crate::sheet::members::{self, Columns, Everywhere};
use crate::sheet::terms::{self, Line, Terms};
use crate::sheet::{Sheet, Unreadable, cell, json};

/// The most rows of one list: they are planned while the caller waits.
const MOST_ROWS: usize = 5000;

/// How a list of members is taken.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportQuery {
    /// In whose name: a source takes away only what it gave.
    #[param(example = "hr")]
    source: String,
    /// What people call the plan; usually the name of the source.
    title: Option<String>,
    /// What becomes of those the source gave before and no longer names: `keep`, as usual, or `remove`.
    missing: Option<String>,
    /// The plan is held back if it takes away from more than so many in a hundred; usually 10.
    brake: Option<u32>,
    /// Also change the time and the roles of memberships that others have given.
    overwrite: Option<bool>,
    /// Roles of all whose row names none, separated by semicolons.
    roles: Option<String>,
    /// The first day, or instant, of all whose row names none.
    from: Option<String>,
    /// The last day, or the first instant after, of all whose row names none.
    until: Option<String>,
}

/// Which memberships are written, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportQuery {
    /// `json`, as usual, or `csv`.
    format: Option<String>,
    /// Only those of groups that match: a SCIM filter.
    #[param(example = "displayName sw \"lab\"")]
    filter: Option<String>,
}

impl ImportQuery {
    fn everywhere(&self, zone: &Zone) -> Result<Everywhere, Refusal> {
        let edge = |member: &'static str, text: Option<&str>, at: fn(When, &Zone) -> Timestamp| {
            let when = text.map(When::parse).transpose();
            let when = when.map_err(|why| Refusal::invalid(member, why))?;
            Ok::<_, Refusal>(when.map(|when| Edge::At(at(when, zone))))
        };
        Ok(Everywhere {
            roles: self.roles.as_deref().map(members::roles),
            valid_from: edge("from", self.from.as_deref(), When::begin)?,
            expires: edge("until", self.until.as_deref(), When::end)?,
        })
    }

    fn begin(&self) -> Result<BeginPlan, Refusal> {
        let missing = one_of(
            "missing",
            self.missing.as_deref(),
            [Missing::Keep, Missing::Remove],
            |missing| {
                if missing == Missing::Remove { "remove" } else { "keep" }
            },
        )?;
        let usual = PlanOptions::default();
        let brake_percent = self.brake.unwrap_or(usual.brake_percent);
        if brake_percent > 100 {
            return Err(Refusal::invalid("brake", "0 to 100"));
        }
        Ok(BeginPlan {
            kind: PlanKind::Groups,
            source: SourceName::parse(&self.source)?,
            title: self.title.clone().unwrap_or_else(|| self.source.clone()),
            options: PlanOptions {
                missing: missing.unwrap_or(usual.missing),
                overwrite: self.overwrite == Some(true),
                brake_percent,
                ..usual
            },
        })
    }
}

impl From<Unreadable> for Problem {
    fn from(why: Unreadable) -> Self {
        Self::new(Code::Malformed, why.to_string())
    }
}

/// Import members
///
/// A list becomes a plan: read its items, approve and apply it. A sheet (`text/csv`) names its columns in the first line: `group`, a
/// displayName or a path, and `member`, a userName, mail address or id; there may be `roles`, separated by semicolons, `from` and
/// `until`, days in the realm's time zone, of which the last one counts, or instants. JSON is a list of objects with these members,
/// or what an export writes. 5,000 rows at most; the command line takes more. A row that cannot be used is an item that says why.
#[utoipa::path(post, path = "/members/import", tag = "Members", operation_id = "import_members", params(ImportQuery), request_body(content((String = "text/csv"), (Object = "application/json"))), responses((status = 201, description = "the plan", body = PlanBody)))]
pub(super) async fn import(call: Call, Query(query): Query<ImportQuery>, list: List) -> Result<Reply, Problem> {
    call.principal.check(Permission::Unnarrowed(Scope::Admin))?;
    let (begin, zone) = (query.begin()?, Zone::of(&call.realm));
    let everywhere = query.everywhere(&zone)?;
    let rows = if list.is_sheet {
        rows_of_sheet(list.bytes, everywhere, zone)?
    } else {
        json::rows("the list", &list.bytes, MOST_ROWS, &everywhere, &zone)?
    };
    if rows.is_empty() {
        return Err(Problem::new(Code::Malformed, "the list has no row below its header"));
    }
    if rows.len() > MOST_ROWS {
        return Err(Problem::new(
            Code::TooLarge,
            format!("a list has {MOST_ROWS} rows at most; `usher group import` takes any number"),
        ));
    }
    let plan = call.directory().plan_of_members(&call.principal, begin, rows).await?;
    let base = call.path.trim_end_matches("/members/import");
    Ok(Reply::created(format!("{base}/plans/{}", plan.id), &PlanBody::from(&plan)).version(plan.version))
}

/// The rows of a sheet, and no more than one above the limit.
fn rows_of_sheet(bytes: Bytes, everywhere: Everywhere, zone: Zone) -> Result<Vec<MemberRow>, Unreadable> {
    let mut sheet = Sheet::read("the list".to_owned(), Box::new(Cursor::new(bytes)))?;
    let columns = Columns::of(sheet.header(), everywhere, zone)?;
    let mut rows = Vec::new();
    while rows.len() <= MOST_ROWS {
        let Some(row) = sheet.next_row()? else { break };
        rows.push(columns.row(row));
    }
    Ok(rows)
}

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
}

/// Export members
///
/// Who is a member of which group, or will be, with roles and time, as an import takes it: a sheet, or a JSON list. A group without
/// members has one entry. As long as there are any: where the answer breaks off, it is not whole.
#[utoipa::path(get, path = "/members/export", tag = "Members", operation_id = "export_members", params(ExportQuery), responses((status = 200, description = "the memberships", content((String = "application/json"), (String = "text/csv")))))]
pub(super) async fn export(call: Call, Query(query): Query<ExportQuery>) -> Result<Response, Problem> {
    call.principal.check(Permission::Unnarrowed(Scope::Admin))?;
    let name = |format| if format == Format::Csv { "csv" } else { "json" };
    let format = one_of("format", query.format.as_deref(), [Format::Json, Format::Csv], name)?.unwrap_or(Format::Json);
    let filter = query.filter.as_deref().map(str::parse::<Filter>).transpose()?;
    let mut terms = Terms::of(call.directory(), &call.principal, filter)?;
    // The first piece is read before the answer begins, so that a refusal is one.
    let first = terms.next_lines().await?;
    let writer = Writer {
        format,
        zone: Zone::of(&call.realm),
        is_first: true,
    };
    let pieces = stream::unfold(Some((terms, first, writer)), |state| async {
        let (mut terms, lines, mut writer) = state?;
        let Some(lines) = lines else {
            return Some((Ok(writer.end()), None));
        };
        let text = writer.write(lines);
        match terms.next_lines().await {
            Ok(next) => Some((text, Some((terms, next, writer)))),
            // The answer breaks off: its reader sees that it is not whole.
            Err(error) => Some((Err(io::Error::other(error)), None)),
        }
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let kind = match format {
        Format::Json => "application/json",
        Format::Csv => "text/csv; charset=utf-8",
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Writes lines, piece by piece.
struct Writer {
    format: Format,
    zone: Zone,
    is_first: bool,
}

impl Writer {
    fn write(&mut self, lines: Vec<Line>) -> io::Result<Vec<u8>> {
        match self.format {
            Format::Csv => self.sheet(lines),
            Format::Json => {
                let mut text = Vec::new();
                for line in lines {
                    text.extend_from_slice(self.separator());
                    serde_json::to_writer(&mut text, &line)?;
                }
                Ok(text)
            }
        }
    }

    fn sheet(&mut self, lines: Vec<Line>) -> io::Result<Vec<u8>> {
        let mut sheet = csv::Writer::from_writer(Vec::new());
        if std::mem::take(&mut self.is_first) {
            sheet.write_record(terms::COLUMNS)?;
        }
        for line in lines {
            let cells = line.cells(&self.zone);
            sheet.write_record(cells.iter().map(|text| cell::written(text)))?;
        }
        sheet.into_inner().map_err(csv::IntoInnerError::into_error)
    }

    fn separator(&mut self) -> &'static [u8] {
        if std::mem::take(&mut self.is_first) {
            b"[\n"
        } else {
            b",\n"
        }
    }

    fn end(&mut self) -> Vec<u8> {
        match (self.format, self.is_first) {
            (Format::Json, true) => b"[]\n".to_vec(),
            (Format::Json, false) => b"\n]\n".to_vec(),
            (Format::Csv, true) => format!("{}\n", terms::COLUMNS.join(",")).into_bytes(),
            (Format::Csv, false) => Vec::new(),
        }
    }
}
