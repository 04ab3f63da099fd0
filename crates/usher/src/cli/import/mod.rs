//! `usher user import` and `usher group import`: a file becomes a plan; what a plan does is in `usher plan`.
//!
//! - `column`: which attribute a column is
//! - `people`: rows as the directory takes them

pub(super) mod column;
mod people;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use directory::plan::{BeginPlan, DiscardPlan, Edge, MemberRow, Missing, Plan, PlanKind, PlanOptions};
use directory::source::SourceName;
use directory::zone::{When, Zone};
use faces::sheet::members::{self, Everywhere};
use faces::sheet::{Row, Sheet, Source, json};

use self::column::Column;
use super::context::Context;
use super::failure::Failure;
use super::plan;
use crate::output::Progress;

pub(super) use column::HELP;

/// Rows that are handed over at a time.
const SLICE: usize = 512;
/// The largest JSON file, in bytes: it is read whole.
const LARGEST: u64 = 64 << 20;

/// What becomes of those whom the source gave and no longer names.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Gone {
    /// Nothing
    Keep,
    /// They are suspended
    Deactivate,
    /// They leave the realm; of groups: they are members no longer
    Remove,
}

/// From where, and how.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A CSV file in UTF-8 with a header, or - for standard input
    file: PathBuf,
    /// In whose name: a source takes away only what it gave [default: the name of the file]
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// What becomes of those the source gave before and no longer names
    #[arg(
        long,
        value_enum,
        default_value = "keep",
        value_name = "keep|deactivate|remove",
        hide_possible_values = true
    )]
    missing: Gone,
    /// Hold the plan back if it takes away from more than so many in a hundred
    #[arg(long, default_value_t = 10, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=100))]
    brake: u32,
    /// Approve the plan and apply it at once
    #[arg(long, visible_alias = "approve")]
    yes: bool,
}

/// How people are imported, beside that.
#[derive(Debug, Args)]
pub(crate) struct ImportPeople {
    #[command(flatten)]
    import: Import,
    /// Also change what others have written: programs, people, other sources
    #[arg(long)]
    overwrite: bool,
    /// Invite the new people by mail; else nobody is sent anything
    #[arg(long)]
    invite: bool,
}

impl ImportPeople {
    pub(super) async fn run(&self, context: &Context) -> Result<()> {
        let options = PlanOptions {
            invite: self.invite,
            overwrite: self.overwrite,
            ..self.import.options()
        };
        // Before anything is waited for on standard input.
        self.import.source()?;
        let sheet = sheet(&self.import.file)?;
        let columns = column::of_people(context, sheet.header())?;
        let mut rows = Rows::People(columns, sheet);
        self.import.run(context, PlanKind::Users, options, &mut rows).await
    }
}

/// How members are imported, beside that.
#[derive(Debug, Args)]
pub(crate) struct ImportMembers {
    #[command(flatten)]
    import: Import,
    /// Also change the time and the roles of memberships that others have given
    #[arg(long)]
    overwrite: bool,
    /// Roles of all whose row names none, separated by semicolons
    #[arg(long, value_name = "ROLE;…")]
    roles: Option<String>,
    /// The first day or instant of all whose row names none
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    from: Option<When>,
    /// The last day, or the first instant after, of all whose row names none
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    until: Option<When>,
}

pub(super) const MEMBERS: &str = "\
A CSV file names its columns in the first line: `group`, a displayName or a path (/acme/ops), and `member`, a userName, mail
address or id; there may be `roles`, separated by semicolons, `from` and `until`, days in the realm's time zone, of which the last
one counts, or instants. An empty cell says that there is none; what has no column stays as it is. A file that ends in .json holds
a list of objects with these members, or what `usher group export --json` writes.

Examples:
  usher group import members.csv --source hr --yes
  usher group import guests.csv --roles guest --until 2031-03-31";

impl ImportMembers {
    /// Imports who is in which group.
    pub(super) async fn run(&self, context: &Context) -> Result<()> {
        if matches!(self.import.missing, Gone::Deactivate) {
            return Err(Failure::usage(
                "--missing: memberships are kept or removed, not deactivated",
            ));
        }
        let zone = Zone::of(&context.realm);
        let everywhere = Everywhere {
            roles: self.roles.as_deref().map(members::roles),
            valid_from: self.from.map(|from| Edge::At(from.begin(&zone))),
            expires: self.until.map(|until| Edge::At(until.end(&zone))),
        };
        let options = PlanOptions {
            overwrite: self.overwrite,
            ..self.import.options()
        };
        self.import.source()?;
        let file = &self.import.file;
        let mut rows = if is_json(file) {
            let rows = json::rows(&title(file), &whole(file)?, usize::MAX, &everywhere, &zone)?;
            Rows::Members(Members::Read(rows))
        } else {
            let sheet = sheet(file)?;
            let columns = members::Columns::of(sheet.header(), everywhere, zone);
            let columns = columns.map_err(|why| Failure::usage(why.to_string()))?;
            Rows::Members(Members::Sheet(columns, Box::new(sheet)))
        };
        self.import.run(context, PlanKind::Groups, options, &mut rows).await
    }
}

impl Import {
    fn options(&self) -> PlanOptions {
        PlanOptions {
            missing: match self.missing {
                Gone::Keep => Missing::Keep,
                Gone::Deactivate => Missing::Deactivate,
                Gone::Remove => Missing::Remove,
            },
            brake_percent: self.brake,
            ..PlanOptions::default()
        }
    }

    async fn run(&self, context: &Context, kind: PlanKind, options: PlanOptions, rows: &mut Rows) -> Result<()> {
        let source = self.source()?;
        let begin = BeginPlan {
            kind,
            source,
            title: title(&self.file),
            options,
        };
        let begun = context.directory.execute(&context.operator, begin).await?;
        let plan = match fill(context, &begun, rows).await {
            Ok(plan) => plan,
            Err(error) => {
                // What could not be read to its end is of no use; if this fails too, it goes by itself after a day.
                let _ = context
                    .directory
                    .execute(&context.operator, DiscardPlan { id: begun.id })
                    .await;
                return Err(error);
            }
        };
        if self.yes {
            return plan::approve_and_apply(context, plan).await;
        }
        plan::show_made(context, &plan).await
    }

    fn source(&self) -> Result<SourceName> {
        if let Some(name) = &self.source {
            return SourceName::parse(name).map_err(|why| Failure::usage(format!("--{why}")));
        }
        let stem = self.file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = stem
            .filter(|_| !is_stdin(&self.file))
            .and_then(|stem| SourceName::like(&stem));
        name.ok_or_else(|| Failure::usage("--source NAME is needed: the file has no name that could be one"))
    }
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn title(file: &Path) -> String {
    if is_stdin(file) {
        return "standard input".to_owned();
    }
    file.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Whether a file is JSON by its name.
fn is_json(file: &Path) -> bool {
    file.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

/// A file, `-` for standard input, as a sheet whose header has been read.
fn sheet(file: &Path) -> Result<Sheet> {
    let source: Source = if is_stdin(file) {
        Box::new(io::stdin())
    } else {
        Box::new(open(file)?)
    };
    Ok(Sheet::read(title(file), source)?)
}

/// All that a file holds.
fn whole(file: &Path) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let read = open(file)?.take(LARGEST + 1).read_to_end(&mut text);
    if read.with_context(|| format!("cannot read {}", file.display()))? as u64 > LARGEST {
        bail!(
            "{} is larger than {} MiB: split it, or use CSV",
            title(file),
            LARGEST >> 20
        );
    }
    Ok(text)
}

fn open(file: &Path) -> Result<File> {
    File::open(file).with_context(|| format!("cannot read {}", file.display()))
}

/// The rows of a file, one slice after the other.
enum Rows {
    People(Vec<Column>, Sheet),
    Members(Members),
}

/// Rows of members: of a sheet, or read already.
enum Members {
    Sheet(members::Columns, Box<Sheet>),
    Read(Vec<MemberRow>),
}

impl Members {
    /// The next rows, at most so many; nothing at the end.
    fn next(&mut self) -> Result<Vec<MemberRow>> {
        match self {
            Self::Sheet(columns, sheet) => Ok(next(sheet)?.into_iter().map(|row| columns.row(row)).collect()),
            Self::Read(rows) => Ok(rows.drain(..SLICE.min(rows.len())).collect()),
        }
    }
}

fn next(sheet: &mut Sheet) -> Result<Vec<Row>> {
    let mut slice = Vec::with_capacity(SLICE);
    while slice.len() < SLICE {
        let Some(row) = sheet.next_row()? else {
            break;
        };
        slice.push(row);
    }
    Ok(slice)
}

/// Fills a plan with what the rows of a file come to.
async fn fill(context: &Context, plan: &Plan, rows: &mut Rows) -> Result<Plan> {
    let (directory, operator) = (&context.directory, &context.operator);
    let progress = Progress::new(context.out);
    let (mut has, mut read) = (0, 0);
    loop {
        let taken = match rows {
            Rows::People(columns, sheet) => {
                let slice: Vec<_> = next(sheet)?.into_iter().map(|row| people::row(columns, row)).collect();
                let taken = slice.len();
                has = directory.plan_people(operator, plan, has, slice).await?;
                taken
            }
            Rows::Members(rows) => {
                let slice = rows.next()?;
                let taken = slice.len();
                has = directory.plan_members(operator, plan, has, slice).await?;
                taken
            }
        };
        if taken == 0 {
            break;
        }
        read += taken;
        progress.tell(|| format!("planning: {read} rows read"));
    }
    if read == 0 {
        bail!("{}: there is no row below the header", plan.title);
    }
    Ok(directory.finish_plan(operator, plan, has).await?)
}
