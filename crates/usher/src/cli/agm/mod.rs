//! `usher agm`: taking over the groups of the system before.
//!
//! - `read`: its tables, one kind of thing after the other

mod read;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use db::{Db, Location, Options};
use directory::plan::{BeginPlan, DiscardPlan, Foreign, Plan, PlanKind, PlanOptions};
use directory::source::SourceName;

use super::context::Context;
use super::failure::Failure;
use super::{Common, InRealm, plan};
use crate::output::Progress;
use crate::wiring::Missing;

const IMPORT: &str = "\
Reads people, groups, roles, ways to join, rules, administrators, memberships and requests from the PostgreSQL database of a
Keycloak with its group management, and makes one plan of them. Nothing is changed there, nobody is sent a mail, and what was
taken over already is not taken over twice. Invitations are not taken over, since they name no address.

Example: usher agm import postgres://reader@db.example.org/keycloak --from-realm acme --yes";

#[derive(Debug, Args)]
pub(crate) struct AgmArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plan what the database of the system before says
    #[command(after_help = IMPORT)]
    Import(Import),
}

/// From where, and how.
#[derive(Debug, Args)]
struct Import {
    /// Its database: postgres://user@host/name
    url: String,
    /// The realm there
    #[arg(long, value_name = "NAME")]
    from_realm: String,
    /// In whose name
    #[arg(long, value_name = "NAME", default_value = "agm")]
    source: String,
    /// Make nobody: who is not here by userName or address is left out, with all that names them
    #[arg(long)]
    no_people: bool,
    /// Approve the plan and apply it at once
    #[arg(long, visible_alias = "approve")]
    yes: bool,
}

impl AgmArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let context = Context::open(common, &self.realm, Missing::Refuse).await?;
        let Command::Import(import) = self.command;
        let outcome = import.run(&context).await;
        context.close().await;
        outcome
    }
}

impl Import {
    async fn run(&self, context: &Context) -> Result<()> {
        if !self.url.starts_with("postgres://") && !self.url.starts_with("postgresql://") {
            return Err(Failure::usage(
                "the database is named by a URL: postgres://user@host/name",
            ));
        }
        let source = SourceName::parse(&self.source).map_err(directory::Error::from)?;
        let options = Options {
            readers: 1,
            connections: 3,
            ..Options::default()
        };
        let there = Db::open(&Location::Postgres(self.url.clone()), &options).await?;
        let outcome = self.take_over(context, &there, source).await;
        there.close().await;
        outcome
    }

    async fn take_over(&self, context: &Context, there: &Db, source: SourceName) -> Result<()> {
        let Some(realm) = read::realm(there, &self.from_realm).await? else {
            bail!("there is no realm `{}` in that database", self.from_realm);
        };
        let begin = BeginPlan {
            kind: PlanKind::Management,
            source,
            title: format!("the realm {}", self.from_realm),
            options: PlanOptions::default(),
        };
        let begun = context.directory.execute(&context.operator, begin).await?;
        let made = match self.fill(context, there, &realm, &begun).await {
            Ok(plan) => plan,
            Err(error) => {
                // If this fails too, it goes by itself after a day.
                let discard = DiscardPlan { id: begun.id };
                let _ = context.directory.execute(&context.operator, discard).await;
                return Err(error);
            }
        };
        for (there, here) in read::settings(there, &realm).await? {
            let realm = &context.realm.name;
            context
                .out
                .remark(&format!("by hand: `usher realm set {realm} {here}` (there: {there})"));
        }
        let invitations = read::invitations(there, &realm).await?;
        if invitations > 0 {
            context.out.remark(&format!(
                "{invitations} open invitations are not taken over: they name no address; invite again where that matters"
            ));
        }
        if self.yes {
            return plan::approve_and_apply(context, made).await;
        }
        plan::show_made(context, &made).await
    }

    async fn fill(&self, context: &Context, there: &Db, realm: &str, plan: &Plan) -> Result<Plan> {
        let (directory, operator) = (&context.directory, &context.operator);
        let progress = Progress::new(context.out);
        let (mut has, mut read) = (0, 0);
        for kind in read::Kind::ALL {
            let mut after = String::new();
            loop {
                let slice = kind.rows(there, realm, &after, !self.no_people).await?;
                let Some(last) = slice.last else { break };
                after = last;
                let rows: Vec<Foreign> = slice.rows;
                read += rows.len();
                has = directory.plan_management(operator, plan, has, rows).await?;
                progress.tell(|| format!("planning: {read} things read"));
            }
        }
        Ok(directory.finish_plan(operator, plan, has).await?)
    }
}
