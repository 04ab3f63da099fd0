//! `usher job`: what is due later, and what failed.

use anyhow::Result;
use clap::{Args, Subcommand};
use directory::job::{Job, JobKind, JobQuery, RetryJob};
use directory::{Id, Principal, RealmId};
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::{Common, InRealm, Page};
use crate::output::{Item, item};
use crate::wiring::Missing;

#[derive(Debug, Args)]
pub(crate) struct JobArgs {
    #[command(flatten)]
    realm: InRealm,
    /// Those of the installation, which belong to no realm
    #[arg(long, global = true, conflicts_with = "realm")]
    installation: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List jobs, the oldest first
    List {
        /// Only those of this kind: erase_user, end_memberships, expire_invitation, …
        #[arg(long, value_name = "KIND", value_parser = kind)]
        kind: Option<JobKind>,
        /// Only those that failed for good and wait for you
        #[arg(long)]
        parked: bool,
        #[command(flatten)]
        page: Page,
    },
    /// Show a job
    Show {
        /// Its id
        id: String,
    },
    /// Run a job now, parked or not
    Retry {
        /// Its id
        id: String,
    },
}

impl JobArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let context = Context::open(common, &self.realm, Missing::Refuse).await?;
        let operator = if self.installation {
            Principal::operator(RealmId::INSTALLATION)
        } else {
            context.operator.clone()
        };
        let (directory, out) = (&context.directory, context.out);
        match self.command {
            Command::List { kind, parked, page } => {
                let most = page.most();
                let mut items: Vec<Item> = Vec::new();
                let mut query = JobQuery {
                    kind,
                    only_parked: parked,
                    after: None,
                    limit: 0,
                };
                while items.len() < most {
                    query.limit = 500.min(most - items.len());
                    let slice = directory.jobs(&operator, &query).await?;
                    let Some(last) = slice.last() else { break };
                    query.after = Some(last.id);
                    items.extend(slice.iter().map(show));
                }
                out.list(
                    "id",
                    &["id", "kind", "subject", "due_at", "attempts", "parked", "last_error"],
                    &items,
                )?;
                page.remark(out, items.len());
            }
            Command::Show { id } => out.one("id", &show(&directory.job(&operator, parse(&id)?).await?))?,
            Command::Retry { id } => out.one(
                "id",
                &show(&directory.execute(&operator, RetryJob { id: parse(&id)? }).await?),
            )?,
        }
        context.close().await;
        Ok(())
    }
}

fn parse(id: &str) -> Result<Id<Job>> {
    Id::parse(id).ok_or_else(|| Failure::usage(format!("`{id}` is no id of a job; `usher job list` shows them")))
}

fn kind(text: &str) -> Result<JobKind, String> {
    let known = || JobKind::ALL.map(JobKind::name).join(", ");
    JobKind::parse(text).ok_or_else(|| format!("`{text}` is unknown; known are {}", known()))
}

fn show(job: &Job) -> Item {
    item(json!({
        "id": job.id.to_string(),
        "kind": job.kind.name(),
        "subject": job.subject.to_string(),
        "due_at": job.due_at.to_string(),
        "attempts": job.attempts,
        "parked": job.parked,
        "last_error": job.last_error,
        "payload": job.payload,
    }))
}
