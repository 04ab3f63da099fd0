//! The command line: one file per noun. Each command opens the same store as the server and runs the same commands, as the
//! operator; so it works beside a running server and without one.

mod agm;
mod audit;
mod backup;
mod client;
mod client_log;
mod clock;
mod completions;
mod config;
mod context;
mod delivery;
mod doctor;
mod event;
mod explain;
mod export;
mod failure;
mod given;
mod group;
mod help;
mod import;
mod insight;
mod invite;
mod job;
mod mail;
mod many;
mod migrate;
mod openapi;
mod plan;
mod preview;
mod quickstart;
mod realm;
mod request;
mod resource;
mod restore;
mod review;
mod rule;
mod serve;
mod span;
mod template;
mod terms;
mod token;
mod user;
mod way;

pub(crate) use failure::report;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::output::{Format, Output};

/// Gets people into an organisation and its groups, keeps them there for exactly as long as they belong, and gets them out again.
#[derive(Debug, Parser)]
#[command(
    name = "usher",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Common {
    /// Settings to read [default: ./usher.toml if it is there; environment: USHER_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the embedded database [default: ./usher-data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How to print results
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "table",
        hide_possible_values = true,
        value_name = "table|json"
    )]
    output: Format,
    /// Print ids or the secret alone
    #[arg(long, short, global = true)]
    quiet: bool,
    /// For tests: do not wait until writes are safe from a loss of power
    #[arg(long, global = true, hide = true)]
    unsafe_durability: bool,
}

impl Common {
    fn output(&self) -> Output {
        Output {
            format: self.output,
            quiet: self.quiet,
        }
    }

    fn durability(&self) -> db::Durability {
        if self.unsafe_durability {
            db::Durability::Unsafe
        } else {
            db::Durability::Full
        }
    }
}

/// In which realm.
#[derive(Clone, Debug, Args)]
pub(crate) struct InRealm {
    /// The realm
    #[arg(long, global = true, default_value = directory::Realm::DEFAULT, value_name = "NAME")]
    realm: String,
}

/// Which part of a long list.
#[derive(Clone, Debug, Args)]
pub(crate) struct Page {
    /// At most so many
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
    /// Everything, however long it is
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

impl Page {
    /// Says that the list may go on, when it is as long as it may be.
    fn remark(&self, out: Output, shown: usize) {
        if shown >= self.most() {
            out.remark("there may be more: --limit N or --all shows them");
        }
    }

    /// How many are wanted in all.
    fn most(&self) -> usize {
        if self.all { usize::MAX } else { self.limit.max(1) }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try Usher: a demo realm, mails caught and shown, and what to try
    Quickstart(quickstart::Quickstart),
    /// Run the server
    Serve(serve::Serve),
    /// Bring the database up to date
    Migrate(migrate::Migrate),
    Backup(backup::Backup),
    Restore(restore::Restore),
    /// Check that everything is as it should be, and say what to do where it is not
    Doctor(doctor::Doctor),
    /// Check and show the settings
    Config(config::ConfigArgs),
    /// Tenants
    Realm(realm::RealmArgs),
    /// Programs that provision and read
    Client(client::ClientArgs),
    /// Tokens of programs
    Token(token::TokenArgs),
    /// People
    User(user::UserArgs),
    /// Groups and their members
    Group(group::GroupArgs),
    /// What new groups may be made like
    Template(template::TemplateArgs),
    /// Ways to join groups
    Way(way::WayArgs),
    /// What the realm allows of ways to join
    Rule(rule::RuleArgs),
    /// Terms of ways to join, and who has accepted them
    Terms(terms::TermsArgs),
    /// Who asks to join a group
    Request(request::RequestArgs),
    /// Whether memberships are still right, as those say who administer them
    Review(review::ReviewArgs),
    /// Over many groups: counts, what ends soon, groups without an administrator
    Insight(insight::InsightArgs),
    Explain(explain::Explain),
    /// What is to change many things at once: read, approve, apply
    Plan(plan::PlanArgs),
    /// Take over the groups of the system before
    Agm(agm::AgmArgs),
    /// Invitations: resend, revoke, accept
    Invite(invite::InviteArgs),
    /// Mails that were or are to be sent
    Mail(mail::MailArgs),
    /// What happened
    Event(event::EventArgs),
    /// What is on its way to other systems
    Delivery(delivery::DeliveryArgs),
    /// What is due later
    Job(job::JobArgs),
    Preview(preview::Preview),
    /// Check and export the audit log
    Audit(audit::AuditArgs),
    /// Move a clock that stands (serve --clock)
    Clock(clock::ClockArgs),
    /// Print the OpenAPI document of the native API
    Openapi(openapi::Openapi),
    /// Print completions for a shell
    Completions(completions::Completions),
}

/// Reads the command line; help, version and usage errors end the process.
pub(crate) fn parse() -> Cli {
    let parsed = help::command()
        .try_get_matches()
        .and_then(|matches| <Cli as clap::FromArgMatches>::from_arg_matches(&matches));
    match parsed {
        Ok(cli) => cli,
        // Help and version are no mistakes.
        Err(error)
            if !error.use_stderr()
                || error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand =>
        {
            error.exit()
        }
        Err(error) => failure::exit_with_usage(&error.to_string()),
    }
}

/// Runs the command.
pub(crate) async fn run(cli: Cli) -> Result<()> {
    let common = cli.common;
    match cli.command {
        Command::Quickstart(args) => args.run(&common).await,
        Command::Serve(args) => args.run(&common).await,
        Command::Migrate(args) => args.run(&common).await,
        Command::Backup(args) => args.run(&common).await,
        Command::Restore(args) => args.run(&common).await,
        Command::Doctor(args) => args.run(&common).await,
        Command::Config(args) => args.run(&common),
        Command::Realm(args) => args.run(&common).await,
        Command::Client(args) => args.run(&common).await,
        Command::Token(args) => args.run(&common).await,
        Command::User(args) => args.run(&common).await,
        Command::Group(args) => args.run(&common).await,
        Command::Template(args) => args.run(&common).await,
        Command::Way(args) => args.run(&common).await,
        Command::Rule(args) => args.run(&common).await,
        Command::Terms(args) => args.run(&common).await,
        Command::Request(args) => args.run(&common).await,
        Command::Review(args) => args.run(&common).await,
        Command::Insight(args) => args.run(&common).await,
        Command::Explain(args) => args.run(&common).await,
        Command::Plan(args) => args.run(&common).await,
        Command::Agm(args) => args.run(&common).await,
        Command::Invite(args) => args.run(&common).await,
        Command::Mail(args) => args.run(&common).await,
        Command::Event(args) => args.run(&common).await,
        Command::Delivery(args) => args.run(&common).await,
        Command::Job(args) => args.run(&common).await,
        Command::Preview(args) => args.run(&common).await,
        Command::Audit(args) => args.run(&common).await,
        Command::Clock(args) => args.run(&common).await,
        Command::Openapi(args) => args.run(),
        Command::Completions(args) => args.run(),
    }
}
