//! `usher token`: what programs show. A token is printed once; only its hash is kept.

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use directory::client::Client;
use directory::token::{CreateToken, Origin, RenameToken, RevokeToken, Token};
use directory::{Error, Id, Refusal, Scopes, Timestamp};
use serde_json::json;

use super::client::{self, Settings, scopes};
use super::context::Context;
use super::failure::Failure;
use super::span::{Span, instant, span};
use super::{Common, InRealm, Page, user};
use crate::output::{Item, item};
use crate::wiring::Missing;

const EXAMPLES: &str = "\
NAME is the program that shall carry the token. It is made if it is not there, and then has the scopes and settings given here. \
A second token of the same program is rotation: make it, hand it over, revoke the first.

Examples:
  usher token create hr --scope scim:read,scim:write --quiet
  usher token create wire --scope scim:read,scim:write --profile wire --invite unlinked
  usher token create phone --scope scim:me --user ann";

#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Create {
    /// The program that carries it; made if absent
    name: String,
    /// What it may be used for, separated by commas [default: all of the program's]
    #[arg(long, value_name = "SCOPES", value_parser = scopes)]
    scope: Option<Scopes>,
    #[command(flatten)]
    settings: Settings,
    /// The people the program makes have accounts at the realm's OpenID provider
    #[arg(long)]
    idp: bool,
    /// Whom the token acts as: id, userName or mail address
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// What it is for
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    description: String,
    /// For how long it is valid [default: until it is revoked]
    #[arg(long, value_name = "SPAN", value_parser = span, conflicts_with = "expires_at")]
    expires_in: Option<Span>,
    /// Until when it is valid
    #[arg(long, value_name = "TIME", value_parser = instant)]
    expires_at: Option<Timestamp>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token; prints it this once
    #[command(after_help = EXAMPLES)]
    Create(Box<Create>),
    /// List tokens, without their secrets
    List {
        /// Only those of this program
        #[arg(long, value_name = "NAME")]
        client: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Show a token, without its secret
    Show {
        /// Its id
        id: String,
    },
    /// Give a token another name
    Rename {
        /// Its id
        id: String,
        /// Its new name
        name: String,
    },
    /// End a token; within a second no server takes it
    Revoke {
        /// Its id
        id: String,
    },
}

impl TokenArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let missing = if matches!(self.command, Command::Create(_)) {
            Missing::Make
        } else {
            Missing::Refuse
        };
        let context = Context::open(common, &self.realm, missing).await?;
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self.command {
            Command::Create(create) => {
                let (created, client) = make(&context, *create).await?;
                let shown = item(json!({
                    "token": created.plain.reveal(),
                    "id": created.token.id.to_string(),
                    "client": client.name,
                    "scope": created.token.scopes.to_string(),
                    "expires_at": created.token.expires_at.map(|at| at.to_string()),
                }));
                out.one("token", &shown)?;
            }
            Command::List { client, page } => {
                let of = match client {
                    Some(name) => Some(client::find(&context, &name).await?.id),
                    None => None,
                };
                let names = client::names(&context).await?;
                let items: Vec<Item> = list(&context, of, page.most())
                    .await?
                    .iter()
                    .map(|token| {
                        let mut shown = show(token);
                        shown.insert("client_name".into(), names.get(&token.client).cloned().into());
                        shown
                    })
                    .collect();
                out.list(
                    "id",
                    &[
                        "id",
                        "client_name",
                        "description",
                        "user",
                        "scopes",
                        "expires_at",
                        "revoked_at",
                    ],
                    &items,
                )?;
                page.remark(out, items.len());
            }
            Command::Show { id } => out.one("id", &show(&directory.token(operator, parse(&id)?).await?))?,
            Command::Rename { id, name } => out.one(
                "id",
                &show(
                    &directory
                        .execute(operator, RenameToken { id: parse(&id)?, name })
                        .await?,
                ),
            )?,
            Command::Revoke { id } => {
                directory.execute(operator, RevokeToken { id: parse(&id)? }).await?;
                out.done(&id, "revoked")?;
            }
        }
        context.close().await;
        Ok(())
    }
}

async fn make(context: &Context, create: Create) -> Result<(directory::token::CreatedToken, Client)> {
    let (directory, operator) = (&context.directory, &context.operator);
    let user = match &create.user {
        Some(name) => Some(user::find(context, name).await?.0),
        None => None,
    };
    let client = match directory.client(operator, &create.name).await {
        Ok(client) => {
            unchanged(&client, &create)?;
            client
        }
        Err(Error::Refused(Refusal::NotFound { .. })) => {
            let Some(scope) = create.scope.clone() else {
                return Err(Failure::usage(format!(
                    "there is no client `{0}` yet; to make it say what it may do: usher token create {0} --scope scim:read,scim:write",
                    create.name
                )));
            };
            let command = client::create(&create.name, scope, &create.settings, create.idp, None, false)?;
            directory
                .execute(operator, command)
                .await
                .with_context(|| format!("cannot register the client `{}`", create.name))?
                .client
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(scopes) = create.scope.as_ref().filter(|scopes| !scopes.within(&client.scopes)) {
        bail!(
            "the client `{0}` may only {1}: ask for less than {scopes}, or widen it with {2}",
            client.name,
            client.scopes,
            context.advice(&format!("client set {} --scope …", client.name))
        );
    }
    let expires_at = match create.expires_in {
        Some(span) => Some(directory.now().await?.plus_seconds(span.seconds())),
        None => create.expires_at,
    };
    let command = CreateToken {
        client: client.id,
        user,
        name: None,
        description: create.description,
        scopes: create.scope,
        expires_at,
        origin: Origin::Issued,
    };
    let created = directory
        .execute(operator, command)
        .await
        .with_context(|| format!("cannot make a token of the client `{}`", client.name))?;
    Ok((created, client))
}

/// A program that is there keeps its settings; asking for others here is most likely a mistake.
fn unchanged(client: &Client, create: &Create) -> Result<()> {
    let settings = &create.settings;
    let differs = settings.profile.is_some_and(|profile| profile != client.profile)
        || settings.invite.is_some_and(|invite| invite != client.invite)
        || settings
            .pending_active
            .is_some_and(|active| active != client.pending_active)
        || (create.idp && !client.idp)
        || client.settings.merged(&settings.rare())? != client.settings;
    if differs {
        bail!(
            "the client `{0}` is there with other settings: change it with `usher client set {0}`, or take another name",
            client.name
        );
    }
    Ok(())
}

async fn list(context: &Context, client: Option<Id<Client>>, most: usize) -> Result<Vec<Token>> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut after: Option<Id<Token>> = None;
    while tokens.len() < most {
        let slice = context
            .directory
            .token_list(&context.operator, client, after, 500.min(most - tokens.len()))
            .await?;
        let last = slice.last().map(|token| token.id);
        let again = last.is_none() || last == after;
        tokens.extend(slice);
        // The list of one program comes in one piece.
        if again || client.is_some() {
            break;
        }
        after = last;
    }
    Ok(tokens)
}

fn parse(id: &str) -> Result<Id<Token>> {
    Id::parse(id).ok_or_else(|| Failure::usage(format!("`{id}` is no id of a token; `usher token list` shows them")))
}

fn show(token: &Token) -> Item {
    item(json!({
        "id": token.id.to_string(),
        "name": token.name,
        "client": token.client.to_string(),
        "user": token.user.map(|user| user.to_string()),
        "description": token.description,
        "scopes": token.scopes.to_string(),
        "origin": token.origin.name(),
        "created_by": token.created_by,
        "created": token.id.made_at().to_string(),
        "expires_at": token.expires_at.map(|at| at.to_string()),
        "revoked_at": token.revoked_at.map(|at| at.to_string()),
    }))
}
