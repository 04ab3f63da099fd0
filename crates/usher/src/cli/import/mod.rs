//! `usher user import` and `usher group import`: a file becomes a plan; what a plan does is in `usher plan`.
//!
//! - `sheet`: a file as rows of cells, never more than one in memory
//! - `cell`: what stands in a cell, safe to be opened as a spreadsheet and read back unchanged
//! - `column`: which attribute a column is
//! - `people`, `members`: rows as the directory takes them

pub(super) mod cell;
pub(super) mod column;
mod members;
mod people;
mod sheet;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use directory::plan::{BeginPlan, DiscardPlan, Missing, Plan, PlanKind, PlanOptions};
use directory::source::SourceName;

use self::column::Column;
use self::sheet::Sheet;
use super::context::Context;
use super::failure::Failure;
use super::plan;
use crate::output::Progress;

pub(super) use column::HELP;

/// Rows that are handed over at a time.
const SLICE: usize = 512;

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
        self.import.run(context, PlanKind::Users, options).await
    }
}

impl Import {
    /// Imports who is in which group.
    pub(super) async fn run_members(&self, context: &Context) -> Result<()> {
        if matches!(self.missing, Gone::Deactivate) {
            return Err(Failure::usage(
                "--missing: memberships are kept or removed, not deactivated",
            ));
        }
        self.run(context, PlanKind::Groups, self.options()).await
    }

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

    async fn run(&self, context: &Context, kind: PlanKind, options: PlanOptions) -> Result<()> {
        let source = self.source()?;
        let mut sheet = Sheet::open(&self.file)?;
        let rows = Rows::of(context, kind, &sheet)?;
        let begin = BeginPlan {
            kind,
            source,
            title: title(&self.file),
            options,
        };
        let begun = context.directory.execute(&context.operator, begin).await?;
        let plan = match fill(context, &begun, &mut sheet, &rows).await {
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

/// What the columns of a file mean.
enum Rows {
    People(Vec<Column>),
    Members(members::Columns),
}

impl Rows {
    fn of(context: &Context, kind: PlanKind, sheet: &Sheet) -> Result<Self> {
        Ok(match kind {
            PlanKind::Users => Self::People(column::of_people(context, sheet.header())?),
            PlanKind::Groups => Self::Members(members::Columns::of(sheet.header())?),
        })
    }
}

/// Fills a plan with what the rows of a file come to.
async fn fill(context: &Context, plan: &Plan, sheet: &mut Sheet, rows: &Rows) -> Result<Plan> {
    let (directory, operator) = (&context.directory, &context.operator);
    let progress = Progress::new(context.out);
    let (mut has, mut read) = (0, 0);
    loop {
        let mut slice = Vec::with_capacity(SLICE);
        while slice.len() < SLICE {
            let Some(row) = sheet.next()? else { break };
            slice.push(row);
        }
        if slice.is_empty() {
            break;
        }
        read += slice.len();
        has = match rows {
            Rows::People(columns) => {
                let rows = slice.into_iter().map(|row| people::row(columns, row)).collect();
                directory.plan_people(operator, plan, has, rows).await?
            }
            Rows::Members(columns) => {
                let rows = slice.into_iter().map(|row| columns.row(row)).collect();
                directory.plan_members(operator, plan, has, rows).await?
            }
        };
        progress.tell(|| format!("planning: {read} rows read"));
    }
    if read == 0 {
        bail!("{}: there is no row below the header", sheet.name());
    }
    Ok(directory.finish_plan(operator, plan, has).await?)
}
