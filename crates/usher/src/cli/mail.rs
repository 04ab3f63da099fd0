//! `usher mail`: what was sent, what waits, and whether mail works.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use directory::Id;
use directory::mail::{EmailAddress, Mail, MailView, QueueTestMail};
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::{Common, InRealm, Page};
use crate::output::{self, Format, Item, item};
use crate::wiring::Missing;

#[derive(Debug, Args)]
pub(crate) struct MailArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List mails, the newest first
    List {
        #[command(flatten)]
        page: Page,
    },
    /// Show a mail; what it says is kept until the mail server has taken it, in quickstart for good
    Show {
        /// Its id
        #[arg(required_unless_present = "last")]
        id: Option<String>,
        /// The newest one
        #[arg(long, conflicts_with = "id")]
        last: bool,
    },
    /// Queue a mail that only shows that mail works
    Test {
        /// Where to
        #[arg(value_parser = address)]
        address: EmailAddress,
    },
}

impl MailArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let context = Context::open(common, &self.realm, Missing::Refuse).await?;
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self.command {
            Command::List { page } => {
                let mails = newest(&context, page.most()).await?;
                let items: Vec<Item> = mails.iter().map(show).collect();
                out.list(
                    "id",
                    &["id", "template", "recipient", "state", "sent_at", "last_error"],
                    &items,
                )?;
                page.remark(out, items.len());
            }
            Command::Show { id, last: _ } => {
                let id = match id {
                    Some(id) => Id::parse(&id).ok_or_else(|| {
                        Failure::usage(format!("`{id}` is no id of a mail; `usher mail list` shows them"))
                    })?,
                    None => last(&context).await?.id,
                };
                read(&context, &directory.mail(operator, id).await?)?;
            }
            Command::Test { address } => {
                let id = directory
                    .execute(
                        operator,
                        QueueTestMail {
                            address: address.clone(),
                        },
                    )
                    .await?;
                if directory.nodes().await? == 0 {
                    out.remark("no server runs on this database: the mail waits for one");
                }
                let shown = item(
                    json!({ "id": id.to_string(), "recipient": address.as_str(), "state": "queued", "next": format!("usher mail show {id}") }),
                );
                out.one("id", &shown)?;
            }
        }
        context.close().await;
        Ok(())
    }
}

/// The newest mails, the newest first, as far as the limit.
async fn newest(context: &Context, most: usize) -> Result<Vec<Mail>> {
    if most <= 1000 {
        return Ok(context.directory.newest_mails(&context.operator, most).await?);
    }
    let mut mails: Vec<Mail> = Vec::new();
    let mut after = None;
    loop {
        let slice = context.directory.mails(&context.operator, after, 1000).await?;
        let Some(last) = slice.last() else { break };
        after = Some(last.id);
        mails.extend(slice);
    }
    mails.reverse();
    mails.truncate(most);
    Ok(mails)
}

/// The newest mail of the realm.
pub(super) async fn last(context: &Context) -> Result<Mail> {
    match context.directory.newest_mails(&context.operator, 1).await?.pop() {
        Some(mail) => Ok(mail),
        None => bail!("there is no mail yet in the realm {}", context.realm.name),
    }
}

/// Prints a mail as it is read: heads, then the text.
fn read(context: &Context, view: &MailView) -> Result<()> {
    let mut shown = show(&view.mail);
    if let Some(message) = &view.message {
        shown.insert("subject".into(), message.subject.clone().into());
    }
    if context.out.quiet || context.out.format == Format::Json {
        if let Some(message) = &view.message {
            shown.insert("text".into(), message.text.clone().into());
            shown.insert("html".into(), message.html.clone().into());
        }
        context.out.one("id", &shown)?;
        return Ok(());
    }
    context.out.one("id", &shown)?;
    match &view.message {
        Some(message) => output::write(&format!("\n{}\n", message.text.trim_end()))?,
        None => context
            .out
            .remark("what it said is erased: the mail server has taken it, or it was dropped"),
    }
    Ok(())
}

fn show(mail: &Mail) -> Item {
    item(json!({
        "id": mail.id.to_string(),
        "recipient": mail.recipient.as_str(),
        "template": mail.template.name(),
        "language": mail.language.tag(),
        "state": mail.state.name(),
        "queued_at": mail.id.made_at().to_string(),
        "sent_at": mail.sent_at.map(|at| at.to_string()),
        "last_error": mail.last_error,
        "invitation": mail.invitation.map(|invitation| invitation.to_string()),
    }))
}

fn address(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text)
}
