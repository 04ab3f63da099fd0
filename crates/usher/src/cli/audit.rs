//! `usher audit`: the log of events as evidence.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use directory::event::EventQuery;
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

#[derive(Debug, Subcommand)]
enum Command {
    /// Find any change to the log: every event there, as it was recorded, chained to the one before
    Verify {
        /// Every realm
        #[arg(long)]
        all: bool,
    },
    /// Write the log as lines of JSON
    Export {
        /// Where to; standard output if absent
        file: Option<PathBuf>,
        /// Only events at positions greater than this
        #[arg(long, default_value_t = 0, value_name = "POSITION")]
        after: i64,
    },
}

impl AuditArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let context = Context::open(common, &self.realm, Missing::Refuse).await?;
        context.place_events().await?;
        let outcome = match self.command {
            Command::Verify { all } => verify(&context, all).await,
            Command::Export { file, after } => export(&context, file, after).await,
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

async fn export(context: &Context, file: Option<PathBuf>, after: i64) -> Result<()> {
    let mut out: Box<dyn Write + Send> = match &file {
        None => Box::new(std::io::stdout()),
        Some(path) => {
            let made = std::fs::File::create_new(path);
            Box::new(std::io::BufWriter::new(
                made.with_context(|| format!("cannot make {}", path.display()))?,
            ))
        }
    };
    let mut query = EventQuery {
        after,
        limit: 1000,
        subject: None,
    };
    let mut written = 0_usize;
    loop {
        let slice = context.directory.events(&context.operator, &query).await?;
        let Some(last) = slice.last() else { break };
        query.after = last.position;
        for one in &slice {
            serde_json::to_writer(&mut out, &event::show(one))?;
            out.write_all(b"\n")?;
        }
        written += slice.len();
        if file.is_some() && is_watched() && !context.out.quiet {
            eprint!("\r{written} events");
        }
    }
    out.flush()?;
    if file.is_some() {
        let end = if is_watched() { "\r" } else { "" };
        context.out.remark(&format!("{end}{written} events"));
    }
    Ok(())
}
