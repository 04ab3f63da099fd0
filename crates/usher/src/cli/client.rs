//! `usher client`: programs, what each may do, and its OAuth2 secret.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use directory::client::{
    Client, ClientChanges, ClientSettings, CreateClient, DeleteClient, InviteMode, Policy, Profile, RotateSecret,
    UpdateClient,
};
use directory::{Error, Id, Refusal, Scopes};
use serde_json::{Map, Value, json};

use super::client_log;
use super::context::Context;
use super::failure::Failure;
use super::span::{Span, span};
use super::{Common, InRealm, Page};
use crate::output::{Item, item};
use crate::wiring::Missing;

const SCOPES: &str = "\
Scopes: scim:read scim:write scim:me graph:read graph:write invite invite:bulk invite:any-address
        agm:self agm:manage agm:admin events:read admin        (:write does not imply :read)";

#[derive(Debug, Args)]
pub(crate) struct ClientArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

/// What is set of a program.
#[derive(Debug, Default, Args)]
pub(crate) struct Settings {
    /// The dialect it speaks: generic, entra, okta, wire or canaille
    #[arg(long, value_name = "PROFILE", value_parser = profile)]
    pub(crate) profile: Option<Profile>,
    /// Who of the people it makes is invited by mail: never, or unlinked (those without an account elsewhere)
    #[arg(long, value_name = "MODE", value_parser = invite_mode)]
    pub(crate) invite: Option<InviteMode>,
    /// What SCIM shows as `active` while an invitation is open
    #[arg(long, value_name = "true|false")]
    pub(crate) pending_active: Option<bool>,
    /// What becomes of attributes that no schema has: ignore or reject; unless set, as the profile has it
    #[arg(long, value_name = "WORD", value_parser = |text: &str| rare("unknown_attributes", text))]
    unknown_attributes: Option<String>,
    /// What is made of a userName before anything looks at it: local_part, or replace_invalid (profile wire); '' = nothing
    #[arg(long, value_name = "WORD", value_parser = |text: &str| rare("user_name_transform", text))]
    user_name_transform: Option<String>,
    /// What a POST answers whose externalId somebody has: 409 or adopt_same_external_id; unless set, as the profile has it
    #[arg(long, value_name = "WORD", value_parser = |text: &str| rare("post_conflict", text))]
    post_conflict: Option<String>,
    /// For how many days a DELETE suspends before it deletes; 0 = not at all
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = |text: &str| rare("suspend_before_delete_days", text))]
    suspend_before_delete_days: Option<String>,
    /// How many requests a minute it may send; '' = as many as it likes
    #[arg(long, value_name = "N", value_parser = |text: &str| rare("rate_limit", text))]
    rate_limit: Option<String>,
}

/// A text that fits the setting; an empty one unsets.
fn rare(key: &str, text: &str) -> Result<String, String> {
    let change = Map::from_iter([(key.to_owned(), ClientSettings::value_of(key, text))]);
    let fits = ClientSettings::default().merged(&change);
    fits.map(|_| text.to_owned()).map_err(|refusal| match refusal {
        directory::Refusal::Invalid { why, .. } => why,
        other => other.to_string(),
    })
}

impl Settings {
    /// What is rarely set, of what is said here; an empty text unsets.
    pub(super) fn rare(&self) -> Map<String, Value> {
        [
            ("unknown_attributes", &self.unknown_attributes),
            ("user_name_transform", &self.user_name_transform),
            ("post_conflict", &self.post_conflict),
            ("suspend_before_delete_days", &self.suspend_before_delete_days),
            ("rate_limit", &self.rate_limit),
        ]
        .into_iter()
        .filter_map(|(key, text)| Some((key.to_owned(), ClientSettings::value_of(key, text.as_deref()?))))
        .collect()
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Register a program; prints its OAuth2 id and secret, the secret this once
    #[command(after_help = SCOPES)]
    Create {
        /// Its name, unique in the realm
        name: String,
        /// What it may do, separated by commas
        #[arg(long, value_name = "SCOPES", value_parser = scopes)]
        scope: Scopes,
        #[command(flatten)]
        settings: Settings,
        /// The people it makes have accounts at the realm's OpenID provider
        #[arg(long)]
        idp: bool,
        /// What narrows its scopes: a JSON file with resources, operations, readable, writable, user_filter, group_filter, entitlements
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
    /// List programs
    List {
        #[command(flatten)]
        page: Page,
    },
    /// Show a program
    Show {
        /// Its name or id
        name: String,
    },
    /// Show what a program asked last, the newest at the end, and what it was answered
    Log(client_log::Log),
    /// Change a program
    #[command(after_help = SCOPES)]
    Set {
        /// Its name or id
        name: String,
        /// Another name
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        /// What it may do, separated by commas
        #[arg(long, value_name = "SCOPES", value_parser = scopes)]
        scope: Option<Scopes>,
        #[command(flatten)]
        settings: Settings,
        /// Whether the people it makes have accounts at the realm's OpenID provider
        #[arg(long, value_name = "true|false")]
        idp: Option<bool>,
        /// What narrows its scopes: a JSON file
        #[arg(long, value_name = "FILE", conflicts_with = "no_policy")]
        policy: Option<PathBuf>,
        /// Nothing narrows its scopes
        #[arg(long)]
        no_policy: bool,
        /// Whether every token of it is refused
        #[arg(long, value_name = "true|false")]
        disabled: Option<bool>,
    },
    /// Give a program a new OAuth2 secret
    Rotate {
        /// Its name or id
        name: String,
        /// How long the old secret stays valid
        #[arg(long, value_name = "SPAN", value_parser = span, default_value = "24h")]
        overlap: Span,
    },
    /// Remove a program and end its tokens; what it wrote stays
    Delete {
        /// Its name or id
        name: String,
    },
}

impl ClientArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let missing = if matches!(self.command, Command::Create { .. }) {
            Missing::Make
        } else {
            Missing::Refuse
        };
        let context = Context::open(common, &self.realm, missing).await?;
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self.command {
            Command::Create {
                name,
                scope,
                settings,
                idp,
                policy,
            } => {
                let policy = policy.map(|path| read_policy(&context, &path)).transpose()?;
                let command = create(&name, scope, &settings, idp, policy, true)?;
                let created = directory
                    .execute(operator, command)
                    .await
                    .with_context(|| format!("cannot register the client `{name}`"))?;
                let secret = created.secret.as_ref().map(|secret| secret.reveal().to_owned());
                let shown = item(json!({
                    "client_id": created.client.id.to_string(),
                    "client_secret": secret,
                    "name": created.client.name,
                    "scope": created.client.scopes.to_string(),
                }));
                out.one("client_secret", &shown)?;
            }
            Command::List { page } => {
                let items: Vec<Item> = list(&context, page.most()).await?.iter().map(show).collect();
                out.list("id", &["name", "id", "profile", "scopes", "invite", "disabled"], &items)?;
                page.remark(out, items.len());
            }
            Command::Show { name } => out.one("id", &show(&find(&context, &name).await?))?,
            Command::Log(log) => log.run(&context).await?,
            Command::Set {
                name,
                rename,
                scope,
                settings,
                idp,
                policy,
                no_policy,
                disabled,
            } => {
                let client = find(&context, &name).await?;
                let policy = match (policy, no_policy) {
                    (Some(path), _) => Some(Some(read_policy(&context, &path)?)),
                    (None, true) => Some(None),
                    (None, false) => None,
                };
                let changes = ClientChanges {
                    name: rename,
                    profile: settings.profile,
                    scopes: scope,
                    invite: settings.invite,
                    idp,
                    pending_active: settings.pending_active,
                    policy,
                    settings: settings.rare(),
                    disabled,
                };
                let command = UpdateClient {
                    id: client.id,
                    if_version: Some(client.version),
                    changes,
                };
                out.one("id", &show(&directory.execute(operator, command).await?))?;
            }
            Command::Rotate { name, overlap } => {
                let client = find(&context, &name).await?;
                let command = RotateSecret {
                    id: client.id,
                    overlap_seconds: overlap.seconds(),
                };
                let created = directory.execute(operator, command).await?;
                let secret = created.secret.as_ref().map(|secret| secret.reveal().to_owned());
                out.one(
                    "client_secret",
                    &item(json!({ "client_id": client.id.to_string(), "client_secret": secret })),
                )?;
            }
            Command::Delete { name } => {
                let client = find(&context, &name).await?;
                directory
                    .execute(
                        operator,
                        DeleteClient {
                            id: client.id,
                            if_version: None,
                        },
                    )
                    .await?;
                out.done(
                    &client.id.to_string(),
                    &format!("removed the client {} and ended its tokens", client.name),
                )?;
            }
        }
        context.close().await;
        Ok(())
    }
}

pub(super) fn create(
    name: &str,
    scopes: Scopes,
    settings: &Settings,
    idp: bool,
    policy: Option<Policy>,
    with_secret: bool,
) -> Result<CreateClient> {
    Ok(CreateClient {
        name: name.to_owned(),
        profile: settings.profile.unwrap_or_default(),
        scopes,
        invite: settings.invite,
        idp,
        pending_active: settings.pending_active,
        policy,
        settings: ClientSettings::default().merged(&settings.rare())?,
        with_secret,
    })
}

/// The client of that name or id.
pub(super) async fn find(context: &Context, name: &str) -> Result<Client> {
    match context.directory.client(&context.operator, name).await {
        Err(Error::Refused(Refusal::NotFound { .. })) => {
            anyhow::bail!(
                "there is no client `{name}` in the realm {}; {} shows them",
                context.realm.name,
                context.advice("client list")
            )
        }
        other => Ok(other?),
    }
}

/// The name of every client by its id.
pub(super) async fn names(context: &Context) -> Result<HashMap<Id<Client>, String>> {
    Ok(list(context, usize::MAX)
        .await?
        .into_iter()
        .map(|client| (client.id, client.name))
        .collect())
}

async fn list(context: &Context, most: usize) -> Result<Vec<Client>> {
    let mut clients: Vec<Client> = Vec::new();
    let mut after: Option<Id<Client>> = None;
    while clients.len() < most {
        let slice = context
            .directory
            .clients(&context.operator, after, 500.min(most - clients.len()))
            .await?;
        let Some(last) = slice.last() else { break };
        after = Some(last.id);
        clients.extend(slice);
    }
    Ok(clients)
}

fn read_policy(context: &Context, path: &PathBuf) -> Result<Policy> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let policy = Policy::from_json(&text, context.directory.schemas());
    policy.map_err(|refusal| Failure::usage(format!("{}: {refusal}", path.display())))
}

fn show(client: &Client) -> Item {
    item(json!({
        "id": client.id.to_string(),
        "name": client.name,
        "profile": client.profile.name(),
        "scopes": client.scopes.to_string(),
        "invite": client.invite.name(),
        "idp": client.idp,
        "pending_active": client.pending_active,
        "has_secret": client.has_secret,
        "disabled": client.disabled,
        "policy": client.policy.as_ref().and_then(|policy| serde_json::to_value(policy).ok()).unwrap_or(Value::Null),
        "settings": client.settings,
        "modified": client.modified.to_string(),
    }))
}

pub(super) fn scopes(text: &str) -> Result<Scopes, String> {
    let scopes = Scopes::parse(text).map_err(|refusal| refusal.to_string())?;
    if scopes.is_empty() {
        Err("at least one scope".into())
    } else {
        Ok(scopes)
    }
}

fn profile(text: &str) -> Result<Profile, String> {
    Profile::parse(text).map_err(|refusal| refusal.to_string())
}

fn invite_mode(text: &str) -> Result<InviteMode, String> {
    InviteMode::parse(text).map_err(|refusal| refusal.to_string())
}
