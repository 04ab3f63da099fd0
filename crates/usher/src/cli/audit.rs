//! `usher audit`: the log of events as evidence.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand, ValueEnum};
use directory::event::StoredEvent;
use faces::sheet::cell;
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::{Common, InRealm, event, realm};
use crate::output::{Item, is_watched, item};
use crate::wiring::Missing;

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

const EXPORT: &str = "\
Example: usher audit export ops.csv --group /acme/ops --since 2031-01-01 --format csv";

#[derive(Debug, Subcommand)]
enum Command {
    /// Find any change to the log: every event there, as it was recorded, chained to the one before
    Verify {
        /// Every realm
        #[arg(long)]
        all: bool,
    },
    /// Write the log, or what is wanted of it
    #[command(after_help = EXPORT)]
    Export {
        /// Where to; standard output if absent
        file: Option<PathBuf>,
        /// Only events at positions greater than this
        #[arg(long, default_value_t = 0, value_name = "POSITION")]
        after: i64,
        #[command(flatten)]
        which: event::Which,
        /// How: a line of JSON for each event, or CSV
        #[arg(
            long,
            value_enum,
            default_value = "jsonl",
            value_name = "jsonl|csv",
            hide_possible_values = true
        )]
        format: Format,
    },
}

impl AuditArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let context = Context::open(common, &self.realm, Missing::Refuse).await?;
        context.place_events().await?;
        let outcome = match self.command {
            Command::Verify { all } => verify(&context, all).await,
            Command::Export {
                file,
                after,
                which,
                format,
            } => export(&context, file, after, &which, format).await,
        };
        context.close().await;
        outcome
    }
}

async fn verify(context: &Context, all: bool) -> Result<()> {
    let mut realms = vec![(context.realm.name.clone(), context.realm.id)];
    if all {
        realms = realm::all_realms(context, usize::MAX)
            .await?
            .into_iter()
            .map(|realm| (realm.name, realm.id))
            .collect();
        realms.push(("(installation)".into(), directory::RealmId::INSTALLATION));
    }
    let mut items: Vec<Item> = Vec::new();
    let mut sound = true;
    for (name, id) in realms {
        let report = context.directory.verify_events(id).await?;
        sound &= report.problems.is_empty();
        let problems: Vec<String> = report
            .problems
            .iter()
            .take(20)
            .map(|problem| format!("position {}: {}", problem.position, problem.what))
            .collect();
        items.push(item(json!({
            "realm": name,
            "events": report.events,
            "erased": report.erased,
            "unplaced": report.unplaced,
            "verdict": if report.problems.is_empty() { "sound" } else { "CHANGED" },
            "problems": problems,
        })));
    }
    context.out.list(
        "realm",
        &["realm", "events", "erased", "unplaced", "verdict", "problems"],
        &items,
    )?;
    if sound { Ok(()) } else { Err(Failure::Told.into()) }
}

async fn export(
    context: &Context,
    file: Option<PathBuf>,
    after: i64,
    which: &event::Which,
    format: Format,
) -> Result<()> {
    let wanted = which.read(context).await?;
    let out: Box<dyn Write + Send> = match &file {
        None => Box::new(std::io::stdout()),
        Some(path) => {
            let made = std::fs::File::create_new(path);
            Box::new(std::io::BufWriter::new(
                made.with_context(|| format!("cannot make {}", path.display()))?,
            ))
        }
    };
    let mut sink = Sink::begin(format, out)?;
    let mut found = event::Found::of(context, wanted, after, None);
    let mut written = 0_usize;
    while let Some(slice) = found.next().await? {
        for one in &slice {
            sink.write(one)?;
        }
        written += slice.len();
        if file.is_some() && is_watched() && !context.out.quiet {
            eprint!("\r{written} events");
        }
    }
    sink.finish()?;
    if file.is_some() {
        let end = if is_watched() { "\r" } else { "" };
        context.out.remark(&format!("{end}{written} events"));
    }
    Ok(())
}

/// How the log is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A line of JSON for each event.
    Jsonl,
    /// A row for each, safe to be opened as a spreadsheet.
    Csv,
}

/// Where it is written.
enum Sink {
    Jsonl(Box<dyn Write + Send>),
    Csv(Box<csv::Writer<Box<dyn Write + Send>>>),
}

impl Sink {
    fn begin(format: Format, out: Box<dyn Write + Send>) -> Result<Self> {
        Ok(match format {
            Format::Jsonl => Self::Jsonl(out),
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(out);
                let columns = [
                    "position",
                    "at",
                    "kind",
                    "actor",
                    "subject_type",
                    "subject",
                    "subject_version",
                    "id",
                    "body",
                    "via",
                    "request_id",
                ];
                writer.write_record(columns).map_err(std::io::Error::from)?;
                Self::Csv(Box::new(writer))
            }
        })
    }

    fn write(&mut self, one: &StoredEvent) -> Result<()> {
        match self {
            Self::Jsonl(out) => {
                serde_json::to_writer(&mut *out, &event::show(one)).map_err(std::io::Error::from)?;
                out.write_all(b"\n")?;
            }
            Self::Csv(writer) => {
                let body = one.body.as_ref().map_or_else(String::new, ToString::to_string);
                let cells = [
                    one.position.to_string(),
                    one.at.clone(),
                    one.kind.clone(),
                    one.actor.clone(),
                    one.subject_type.clone(),
                    one.subject.to_string(),
                    one.subject_version.to_string(),
                    one.id.to_string(),
                    body,
                    one.via.clone().unwrap_or_default(),
                    one.request_id.clone().unwrap_or_default(),
                ];
                let written = writer.write_record(cells.iter().map(|text| cell::written(text)));
                // Whoever read our output may have enough: that is found by its kind.
                written.map_err(std::io::Error::from)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Jsonl(mut out) => out.flush()?,
            Self::Csv(mut writer) => writer.flush()?,
        }
        Ok(())
    }
}
