//! `usher user`: people.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use directory::client::ResourceKind;
use directory::confirmation::ResendConfirmation;
use directory::invitation::{InviteNewUser, Offer};
use directory::mail::EmailAddress;
use directory::provider::{Identity, UnlinkIdentity};
use directory::session::{EndSessions, Session, Which};
use directory::user::{
    CreateUser, DeleteUser, GrantRole, Lifecycle, PatchUser, RestoreUser, RevokeRole, SetLifecycle, User,
};
use directory::view::IfMatch;
use directory::{Id, Role, Scope};
use serde_json::{Map, Value, json};

use super::context::Context;
use super::failure::Failure;
use super::resource::{self, USHER};
use super::{Common, InRealm, Page, export, import};
use crate::output::{Item, item};
use crate::wiring::Missing;

const ATTRIBUTES: &str = "\
Attributes are SCIM's, dotted where they have parts: displayName='Ann Bee' name.givenName=Ann active=false
urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department=Sales. A value that begins with [ or { is JSON.";

#[derive(Debug, Args)]
pub(crate) struct UserArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Create {
    /// The userName, unique in the realm
    #[arg(required_unless_present = "json")]
    name: Option<String>,
    /// The work address
    #[arg(long, value_name = "ADDRESS", value_parser = EmailAddress::parse)]
    email: Option<EmailAddress>,
    /// The name shown
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// The first name
    #[arg(long, value_name = "TEXT")]
    given_name: Option<String>,
    /// The last name
    #[arg(long, value_name = "TEXT")]
    family_name: Option<String>,
    /// A guest from outside, not a member
    #[arg(long)]
    guest: bool,
    /// Invite the person by mail
    #[arg(long)]
    invite: bool,
    /// More attributes
    #[arg(long, value_name = "ATTRIBUTE=VALUE")]
    set: Vec<String>,
    /// The whole person as SCIM JSON: a file, or - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "email", "display_name", "given_name", "family_name", "guest", "set"])]
    json: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a person
    #[command(after_help = ATTRIBUTES)]
    Create(Create),
    /// List people
    List {
        /// A SCIM filter: 'userName sw "a" and active eq true'
        #[arg(long, value_name = "FILTER")]
        filter: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Plan what a CSV file says of people: nothing is changed before the plan is applied
    #[command(after_help = import::HELP)]
    Import(import::ImportPeople),
    /// Write people as CSV, in the columns that import reads
    #[command(after_help = import::HELP)]
    Export(export::ExportPeople),
    /// Show a person
    Show {
        /// Id, userName or mail address
        name: String,
    },
    /// Change a person's attributes
    #[command(after_help = ATTRIBUTES)]
    Set {
        /// Id, userName or mail address
        name: String,
        /// What to set; an empty value removes
        #[arg(value_name = "ATTRIBUTE=VALUE", required = true)]
        attributes: Vec<String>,
    },
    /// Keep a person out for now
    Suspend {
        /// Id, userName or mail address
        name: String,
    },
    /// Bring a person back whom a program deleted and who has not left yet
    Restore {
        /// Id, userName or mail address
        name: String,
    },
    /// Let a suspended or staged person in
    Activate {
        /// Id, userName or mail address
        name: String,
    },
    /// Send the mail about an address that waits to be confirmed again, with a new link
    ResendConfirmation {
        /// Id, userName or mail address
        name: String,
    },
    /// Take a person out of the realm; personal data is erased after the realm's retention
    Delete {
        /// Id, userName or mail address
        name: String,
    },
    /// Forget who a person is at the realm's OpenID provider: their next sign-in finds them anew, or somebody else
    Unlink {
        /// Id, userName or mail address
        name: String,
        /// Only at this issuer
        #[arg(long, value_name = "URL")]
        issuer: Option<String>,
    },
    /// List where a person is signed in on the pages, the last time first
    Sessions {
        /// Id, userName or mail address
        name: String,
    },
    /// Sign a person out on the pages: they have to sign in again
    SignOut {
        /// Id, userName or mail address
        name: String,
        /// Only this session
        #[arg(long, value_name = "ID")]
        session: Option<String>,
    },
    /// Grant a role in the realm
    Grant {
        /// Id, userName or mail address
        name: String,
        /// realm-admin, manage-groups, manage-groups-extended, inviter or auditor
        #[arg(value_parser = role)]
        role: Role,
    },
    /// Take a role away
    Revoke {
        /// Id, userName or mail address
        name: String,
        /// Which role
        #[arg(value_parser = role)]
        role: Role,
    },
}

impl UserArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let missing = if matches!(self.command, Command::Create(_) | Command::Import(_)) {
            Missing::Make
        } else {
            Missing::Refuse
        };
        let context = Context::open(common, &self.realm, missing).await?;
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self.command {
            Command::Create(create) => {
                let invite = create.invite;
                if invite && create.email.is_none() && create.json.is_none() && create.set.is_empty() {
                    return Err(Failure::usage(
                        "--invite takes an address to send to: add --email ADDRESS",
                    ));
                }
                let body = Value::Object(body(create)?);
                let name = body
                    .get("userName")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned();
                let added = if invite {
                    directory
                        .execute(
                            operator,
                            InviteNewUser {
                                body,
                                offer: Offer::default(),
                            },
                        )
                        .await
                        .map(|(user, _)| user)
                } else {
                    directory
                        .execute(operator, CreateUser::by_admin(body))
                        .await
                        .map(|created| created.user)
                };
                let id = added.with_context(|| format!("cannot add `{name}`"))?.id;
                show(&context, id).await?;
            }
            Command::List { filter, page } => {
                let filter = filter.as_deref().map(resource::filter).transpose()?;
                let (items, more) = resource::list(&context, ResourceKind::User, filter, page.most()).await?;
                let items: Vec<Item> = items.into_iter().map(with_lifecycle).collect();
                let mut columns = vec!["id", "userName", "displayName", "emails", "lifecycle"];
                if items.iter().any(|item| item.contains_key("leaves_at")) {
                    columns.push("leaves_at");
                }
                out.list("id", &columns, &items)?;
                if more {
                    out.remark("there are more: --limit N or --all shows them");
                }
            }
            Command::Import(args) => args.run(&context).await?,
            Command::Export(args) => args.run(&context).await?,
            Command::Show { name } => {
                let (id, _) = find(&context, &name).await?;
                show(&context, id).await?;
            }
            Command::Set { name, attributes } => {
                let (id, _) = find(&context, &name).await?;
                let operations = resource::operations(&attributes)?;
                directory
                    .execute(
                        operator,
                        PatchUser {
                            id,
                            operations,
                            if_match: IfMatch::Any,
                            needs: Scope::Admin,
                        },
                    )
                    .await
                    .map_err(resource::in_pairs)?;
                show(&context, id).await?;
            }
            Command::Suspend { name } => set_lifecycle(&context, &name, Lifecycle::Suspended).await?,
            Command::Restore { name } => {
                let (id, found) = find(&context, &name).await?;
                let after = directory.execute(operator, RestoreUser { id }).await?;
                out.done(
                    &id.to_string(),
                    &format!("{} stays and is {}", user_name(&found), after.lifecycle.name()),
                )?;
            }
            Command::Activate { name } => set_lifecycle(&context, &name, Lifecycle::Active).await?,
            Command::ResendConfirmation { name } => {
                let (id, found) = find(&context, &name).await?;
                let sent = directory.execute(operator, ResendConfirmation { user: id }).await?;
                out.done(
                    &id.to_string(),
                    &format!("{} is asked again to confirm {}", user_name(&found), sent.address),
                )?;
            }
            Command::Delete { name } => {
                let (id, found) = find(&context, &name).await?;
                directory
                    .execute(
                        operator,
                        DeleteUser {
                            id,
                            if_match: IfMatch::Any,
                            needs: Scope::Admin,
                        },
                    )
                    .await?;
                out.done(
                    &id.to_string(),
                    &format!(
                        "{} has left; the data is erased after the realm's retention",
                        user_name(&found)
                    ),
                )?;
            }
            Command::Unlink { name, issuer } => {
                let (id, found) = find(&context, &name).await?;
                let unlinked = directory.execute(operator, UnlinkIdentity { user: id, issuer }).await?;
                let whom = user_name(&found);
                let sentence = match unlinked {
                    0 => format!("{whom} was linked to no name there"),
                    _ => format!("{whom} is no longer linked: {unlinked} at providers"),
                };
                out.done(&id.to_string(), &sentence)?;
            }
            Command::Sessions { name } => {
                let (id, _) = find(&context, &name).await?;
                let sessions = directory.sessions_of(operator, id).await?;
                let items: Vec<Item> = sessions.iter().map(session).collect();
                out.list(
                    "id",
                    &[
                        "id",
                        "started_at",
                        "expires_at",
                        "issuer",
                        "subject",
                        "address",
                        "agent",
                    ],
                    &items,
                )?;
            }
            Command::SignOut { name, session } => {
                let (id, found) = find(&context, &name).await?;
                let which = match session {
                    Some(session) => Which::One(Id::parse(&session).ok_or_else(|| {
                        Failure::usage(format!(
                            "`{session}` is no id of a session; `usher user sessions` shows them"
                        ))
                    })?),
                    None => Which::All,
                };
                let ended = directory.execute(operator, EndSessions::Of(id, which)).await?;
                let whom = user_name(&found);
                let sentence = match ended {
                    0 => format!("{whom} was signed in nowhere"),
                    1 => format!("{whom} is signed out: one session has ended"),
                    _ => format!("{whom} is signed out: {ended} sessions have ended"),
                };
                out.done(&id.to_string(), &sentence)?;
            }
            Command::Grant { name, role } => {
                let (id, found) = find(&context, &name).await?;
                directory.execute(operator, GrantRole { id, role }).await?;
                out.done(
                    &id.to_string(),
                    &format!("{} has the role {}", user_name(&found), role.name()),
                )?;
            }
            Command::Revoke { name, role } => {
                let (id, found) = find(&context, &name).await?;
                directory.execute(operator, RevokeRole { id, role }).await?;
                out.done(
                    &id.to_string(),
                    &format!("{} no longer has the role {}", user_name(&found), role.name()),
                )?;
            }
        }
        context.close().await;
        Ok(())
    }
}

fn session(session: &Session) -> Item {
    item(json!({
        "id": session.id.to_string(),
        "started_at": session.started_at.to_string(),
        "expires_at": session.expires_at.to_string(),
        "issuer": session.issuer,
        "subject": session.subject,
        "address": session.address,
        "agent": session.agent,
    }))
}

/// The person of that id, userName or mail address.
pub(super) async fn find(context: &Context, name: &str) -> Result<(Id<User>, Item)> {
    let (id, item) = resource::find(context, ResourceKind::User, name, &["userName", "emails.value"]).await?;
    Ok((Id::new(id), item))
}

/// The userName of a person; the id of one who is gone.
pub(super) async fn name_of(context: &Context, id: Id<User>) -> Result<String> {
    let filter = resource::filter(&format!("id eq \"{id}\""))?;
    let (found, _) = resource::list(context, ResourceKind::User, Some(filter), 1).await?;
    let name = found.first().and_then(|person| person.get("userName")?.as_str());
    Ok(name.map_or_else(|| id.to_string(), str::to_owned))
}

/// Prints a person with the roles granted to them, and who wrote what of them.
async fn show(context: &Context, id: Id<User>) -> Result<()> {
    let shape = resource::shape(context, ResourceKind::User)?;
    let rendered = context
        .directory
        .user_view(&context.operator, id, &shape, Scope::Admin)
        .await?;
    let mut shown = with_lifecycle(serde_json::from_str(&rendered.body).context("the stored person is no JSON")?);
    let roles = context.directory.roles(&context.operator, id).await?;
    if !roles.is_empty() {
        shown.insert("roles_in_usher".into(), roles.iter().map(|role| role.name()).collect());
    }
    let identities = context.directory.identities(&context.operator, id).await?;
    if !identities.is_empty() {
        let named = |identity: &Identity| Value::from(format!("{} at {}", identity.subject, identity.issuer));
        shown.insert("identities".into(), identities.iter().map(named).collect());
    }
    let provenance = context.directory.user(&context.operator, id).await?.provenance;
    if let Some(writer) = provenance.writer() {
        shown.insert("written_by".into(), writer.to_string().into());
    }
    let others: Map<String, Value> = provenance
        .others()
        .map(|(name, writer)| (name.to_owned(), writer.to_string().into()))
        .collect();
    if !others.is_empty() {
        shown.insert("written_by_others".into(), Value::Object(others));
    }
    context.out.one("id", &shown)?;
    Ok(())
}

/// Where the person stands, beside SCIM's own attributes: what a reader looks for first.
fn with_lifecycle(resource: Item) -> Item {
    let usher = resource.get(USHER).cloned().unwrap_or_default();
    let mut shown = Item::new();
    for (name, value) in resource {
        if name == "schemas" {
            continue;
        }
        let after_name = name == "userName";
        shown.insert(name, value);
        if after_name {
            shown.insert("lifecycle".into(), usher.get("lifecycle").cloned().unwrap_or_default());
            if let Some(at) = usher.get("leavesAt") {
                shown.insert("leaves_at".into(), at.clone());
            }
            shown.insert("kind".into(), usher.get("kind").cloned().unwrap_or_default());
        }
    }
    shown
}

async fn set_lifecycle(context: &Context, name: &str, lifecycle: Lifecycle) -> Result<()> {
    let (id, found) = find(context, name).await?;
    let after = context
        .directory
        .execute(&context.operator, SetLifecycle { id, lifecycle })
        .await?;
    context.out.done(
        &id.to_string(),
        &format!("{} is {}", user_name(&found), after.lifecycle.name()),
    )?;
    Ok(())
}

fn user_name(item: &Item) -> &str {
    item.get("userName").and_then(Value::as_str).unwrap_or("the person")
}

fn body(create: Create) -> Result<Map<String, Value>> {
    if let Some(path) = &create.json {
        return resource::body(path);
    }
    let mut body = item(json!({ "userName": create.name }));
    if let Some(email) = create.email {
        body.insert(
            "emails".into(),
            json!([{ "value": email.as_str(), "type": "work", "primary": true }]),
        );
    }
    let mut name = Map::new();
    for (part, value) in [("givenName", create.given_name), ("familyName", create.family_name)] {
        name.extend(value.map(|value| (part.to_owned(), Value::from(value))));
    }
    if !name.is_empty() {
        body.insert("name".into(), Value::Object(name));
    }
    if let Some(display_name) = create.display_name {
        body.insert("displayName".into(), display_name.into());
    }
    if create.guest {
        body.insert("userType".into(), "Guest".into());
    }
    for (path, value) in resource::attributes(&create.set)? {
        insert(&mut body, &path, value)?;
    }
    Ok(body)
}

/// Puts a value at a dotted path or below an extension's URN.
fn insert(body: &mut Map<String, Value>, path: &str, value: Value) -> Result<()> {
    let path: scim::path::AttrPath = path
        .parse()
        .map_err(|error: scim::error::Error| Failure::usage(format!("--set: {error}")))?;
    let mut at = body;
    for step in path.urn.iter().chain(path.sub.as_ref().map(|_| &path.name)) {
        let inner = at.entry(step.clone()).or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(inner) = inner else {
            return Err(Failure::usage(format!("--set: {step} has no parts")));
        };
        at = inner;
    }
    at.insert(path.sub.unwrap_or(path.name), value);
    Ok(())
}

fn role(text: &str) -> Result<Role, String> {
    let known = || Role::ALL.map(|(_, name)| name).join(", ");
    Role::parse(text).ok_or_else(|| format!("`{text}` is unknown; known are {}", known()))
}
