//! `usher agm`: taking over the groups of the system before.
//!
//! - `read`: its tables, one kind of thing after the other

mod read;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use db::{Db, Location, Options};
use directory::plan::{BeginPlan, Carried, DiscardPlan, Foreign, Plan, PlanKind, PlanOptions};
use directory::source::SourceName;

use super::context::Context;
use super::failure::Failure;
use super::{Common, InRealm, plan};
use crate::output::Progress;
use crate::wiring::Missing;
use read::{Kind, There};

const IMPORT: &str = "\
Reads the realm's settings of group management, people, groups, roles, ways to join, rules, administrators, memberships,
requests and open invitations from the PostgreSQL database of a Keycloak with its group management, and makes one plan of them.
Nothing is changed there, nobody is sent a mail, and what was taken over already is not taken over twice.

Links of invitations go on until their time is over. Those invitations name no address, so whoever has the link could answer:
that is let only while `compat.invitation.any_account` is set for the realm.

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
        let now = context.directory.now().await?;
        let zone = context.realm.settings.time_zone();
        let Some(realm) = There::find(there, &self.from_realm, !self.no_people, (now, zone)).await? else {
            bail!("there is no realm `{}` in that database", self.from_realm);
        };
        let begin = BeginPlan {
            kind: PlanKind::Management,
            source,
            title: format!("the realm {}", self.from_realm),
            options: PlanOptions::default(),
        };
        let begun = context.directory.execute(&context.operator, begin).await?;
        let (made, invitations) = match fill(context, &realm, &begun).await {
            Ok(made) => made,
            Err(error) => {
                // If this fails too, it goes by itself after a day.
                let discard = DiscardPlan { id: begun.id };
                let _ = context.directory.execute(&context.operator, discard).await;
                return Err(error);
            }
        };
        for remark in realm.without_meaning().await? {
            context.out.remark(&remark);
        }
        invitations.tell(context);
        if self.yes {
            return plan::approve_and_apply(context, made).await;
        }
        plan::show_made(context, &made).await
    }
}

/// What there is to say of invitations.
#[derive(Default)]
struct Invitations {
    /// Their time is over.
    expired: usize,
    /// They are open, and name no address.
    anybodys: usize,
}

impl Invitations {
    fn count(&mut self, rows: &[Foreign], expired: usize) {
        let is_anybodys = |row: &&Foreign| matches!(&row.carried, Ok(Carried::Invitation(of)) if of.address.is_none());
        self.anybodys += rows.iter().filter(is_anybodys).count();
        self.expired += expired;
    }

    fn tell(&self, context: &Context) {
        let Self { expired, anybodys } = self;
        if *expired > 0 {
            context.out.remark(&format!(
                "{expired} invitations are left out: nobody has answered them in time"
            ));
        }
        let realm = &context.realm;
        if *anybodys > 0 && realm.settings.compat.invitation.any_account {
            context.out.remark(&format!(
                "{anybodys} open invitations name no address: whoever has the link may answer them until their time is over"
            ));
        } else if *anybodys > 0 {
            context.out.remark(&format!(
                "{anybodys} open invitations name no address: their links go on, but nobody may answer them before `usher realm set {} compat.invitation.any_account=true`, then whoever has the link; else invite again",
                realm.name
            ));
        }
    }
}

async fn fill(context: &Context, there: &There<'_>, plan: &Plan) -> Result<(Plan, Invitations)> {
    let (directory, operator) = (&context.directory, &context.operator);
    let progress = Progress::new(context.out);
    let (mut has, mut read) = (0, 0);
    let mut invitations = Invitations::default();
    for kind in Kind::ALL {
        let mut after = String::new();
        loop {
            let slice = there.rows(kind, &after).await?;
            let Some(last) = slice.last else { break };
            after = last;
            read += slice.rows.len();
            invitations.count(&slice.rows, slice.expired);
            has = directory.plan_management(operator, plan, has, slice.rows).await?;
            progress.tell(|| format!("planning: {read} things read"));
        }
    }
    Ok((directory.finish_plan(operator, plan, has).await?, invitations))
}
