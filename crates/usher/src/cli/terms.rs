//! `usher terms`: the terms of ways to join, and who has accepted them.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use directory::enrollment::terms::{PublishTerms, Terms, TermsDraft};
use directory::membership::OnLapse;
use serde_json::json;

use super::context::Context;
use super::way::{self, Named};
use super::{Common, InRealm, Page, user};
use crate::output::{Item, item};

const PUBLISH: &str = "\
Example: usher terms publish /acme/ops 'Join ops' https://example.org/terms/2 --valid-days 365 --on-lapse withhold --ask-again";

#[derive(Debug, Args)]
pub(crate) struct TermsArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the versions of the terms of a way to join, the newest first
    List {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        page: Page,
    },
    /// Put another version in force
    #[command(after_help = PUBLISH)]
    Publish {
        #[command(flatten)]
        named: Named,
        /// Where they stand
        url: String,
        /// A digest of what stands there, so that another text is another version
        #[arg(long, value_name = "TEXT")]
        digest: Option<String>,
        /// An acceptance counts for so many days [default: for good]
        #[arg(long, value_name = "N")]
        valid_days: Option<u32>,
        /// What happens to members then: remind, withhold or end
        #[arg(long, default_value = "remind", value_name = "WHAT", value_parser = way::on_lapse)]
        on_lapse: OnLapse,
        /// Members have to accept this version, though they accepted an earlier one
        #[arg(long)]
        ask_again: bool,
    },
    /// List who has accepted the terms, in the order of doing so
    Acceptances {
        #[command(flatten)]
        named: Named,
        /// Which version [default: the one in force]
        #[arg(long, value_name = "NUMBER")]
        number: Option<i64>,
        #[command(flatten)]
        page: Page,
    },
}

impl TermsArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        Context::with(common, &self.realm, async |context| self.command.run(context).await).await
    }
}

impl Command {
    async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self {
            Self::List { named, page } => {
                let versions = versions(context, &named, page.most()).await?;
                let items: Vec<Item> = versions.iter().map(way::terms_shown).collect();
                let columns = ["id", "number", "url", "valid_days", "on_lapse", "ask_again", "made_at"];
                out.list("id", &columns, &items)?;
                page.remark(out, items.len());
            }
            Self::Publish {
                named,
                url,
                digest,
                valid_days,
                on_lapse,
                ask_again,
            } => {
                let way = way::find(context, &named).await?;
                let command = PublishTerms {
                    group: way.group.id,
                    configuration: way.configuration.id,
                    draft: TermsDraft {
                        url,
                        digest,
                        valid_days,
                        on_lapse,
                        ask_again,
                    },
                };
                let terms = directory.execute(operator, command).await?;
                out.one("id", &way::terms_shown(&terms))?;
            }
            Self::Acceptances { named, number, page } => acceptances(context, &named, number, &page).await?,
        }
        Ok(())
    }
}

async fn versions(context: &Context, named: &Named, most: usize) -> Result<Vec<Terms>> {
    let way = way::find(context, named).await?;
    let (mut all, mut before) = (Vec::new(), None);
    while all.len() < most {
        let slice = context
            .directory
            .terms_of(&context.operator, way.group.id, way.configuration.id, before)
            .await?;
        let Some(last) = slice.last() else { break };
        before = Some(last.number);
        all.extend(slice);
    }
    all.truncate(most);
    Ok(all)
}

async fn acceptances(context: &Context, named: &Named, number: Option<i64>, page: &Page) -> Result<()> {
    let way = way::find(context, named).await?;
    let terms = match number {
        None => way.terms.map(|terms| terms.id),
        Some(number) => {
            let all = versions(context, named, usize::MAX).await?;
            all.into_iter()
                .find(|terms| terms.number == number)
                .map(|terms| terms.id)
        }
    };
    let Some(terms) = terms else {
        bail!("there are no such terms; `usher terms list` shows the versions");
    };
    let most = page.most();
    let (mut items, mut after) = (Vec::new(), None);
    while items.len() < most {
        let slice = context
            .directory
            .acceptances_of(&context.operator, way.group.id, terms, after)
            .await?;
        let Some(last) = slice.last() else { break };
        after = Some((last.accepted_at, last.user));
        for acceptance in slice.iter().take(most - items.len()) {
            items.push(item(json!({
                "id": acceptance.user.to_string(),
                "user": user::name_of(context, acceptance.user).await?,
                "accepted_at": acceptance.accepted_at.to_string(),
                "channel": acceptance.channel.name(),
                "address": acceptance.address,
            })));
        }
    }
    let columns = ["id", "user", "accepted_at", "channel", "address"];
    context.out.list("id", &columns, &items)?;
    page.remark(context.out, items.len());
    Ok(())
}
