//! `usher mail`: what was sent, what waits, and whether mail works.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use directory::Id;
use directory::mail::{EmailAddress, Language, Mail, MailView, Message, QueueTestMail};
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
    /// Kinds of mails: which there are, and how they look here
    #[command(subcommand)]
    Template(TemplateCommand),
    /// Queue a mail that only shows that mail works
    Test {
        /// Where to
        #[arg(value_parser = address)]
        address: EmailAddress,
    },
}

#[derive(Debug, Subcommand)]
enum TemplateCommand {
    /// List all kinds of mails, and whether the realm sends them
    List,
    /// Show a kind of mail as the realm would send it, with made-up values
    Show {
        /// Its name
        name: String,
        /// In this language [default: the realm's]
        #[arg(long, value_parser = language)]
        language: Option<Language>,
        /// As HTML, for looking at it in a browser
        #[arg(long)]
        html: bool,
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
            Command::Template(TemplateCommand::List) => {
                let all = directory.mail_templates(operator).await?;
                let shown = all.iter().map(|template| {
                    item(json!({ "name": template.name, "on": template.on, "optional": template.optional }))
                });
                out.list("name", &["name", "on", "optional"], &shown.collect::<Vec<_>>())?;
            }
            Command::Template(TemplateCommand::Show { name, language, html }) => {
                for message in directory.mail_samples(operator, &name, language).await? {
                    sample(&context, &message, html)?;
                }
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

/// Prints a mail with made-up values: as HTML alone for a browser, else as it is read.
fn sample(context: &Context, message: &Message, html: bool) -> Result<()> {
    if context.out.format == Format::Json {
        let shown = json!({
            "subject": message.subject,
            "language": message.language,
            "text": message.text,
            "html": message.html,
        });
        return Ok(context.out.one("subject", &item(shown))?);
    }
    let shown = if html {
        format!("{}\n", message.html.trim_end())
    } else {
        format!("Subject: {}\n\n{}\n\n", message.subject, message.text.trim_end())
    };
    Ok(output::write(&shown)?)
}

/// Reads the tag of a language.
pub(super) fn language(text: &str) -> Result<Language, String> {
    let known = || Language::ALL.map(Language::tag).join(", ");
    Language::ALL
        .into_iter()
        .find(|language| language.tag() == text)
        .ok_or_else(|| format!("`{text}` is unknown; known are {}", known()))
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
