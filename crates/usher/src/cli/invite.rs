//! `usher invite`: offers that were sent, and what became of them.

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use directory::invitation::{
    AcceptInvitation, Invitation, InvitationQuery, InvitationState, InviteUser, Offer, ResendInvitation,
    RevokeInvitation,
};
use directory::mail::{EmailAddress, Language, Template};
use directory::{Id, Principal};
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::{Common, InRealm, Page, user};
use crate::output::{Item, item};
use crate::wiring::Missing;

#[derive(Debug, Args)]
pub(crate) struct InviteArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Invite a person who is there already
    Create {
        /// Id, userName or mail address
        user: String,
        /// Where to [default: the person's work address]
        #[arg(long, value_name = "ADDRESS", value_parser = EmailAddress::parse)]
        address: Option<EmailAddress>,
        /// Language of the mail: en or de [default: the person's, else the realm's]
        #[arg(long, value_name = "LANGUAGE", value_parser = super::mail::language)]
        language: Option<Language>,
        /// How many days it is valid [default: the realm's invitation_days]
        #[arg(long, value_name = "N")]
        days: Option<u32>,
    },
    /// List invitations, the oldest first
    List {
        /// Only those in this state: pending, opened, accepted, rejected, expired, revoked or superseded
        #[arg(long, value_name = "STATE", value_parser = state)]
        state: Option<InvitationState>,
        /// Only those of this person: id, userName or mail address
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// Only those sent to this address
        #[arg(long, value_name = "ADDRESS", value_parser = EmailAddress::parse)]
        address: Option<EmailAddress>,
        #[command(flatten)]
        page: Page,
    },
    /// Show an invitation
    Show {
        /// Its id, or the person: userName or mail address
        invitation: String,
    },
    /// Send an invitation again, with a new link; the links before it are dead
    Resend {
        /// Its id, or the person: userName or mail address
        invitation: String,
    },
    /// Take an invitation back; its links are dead
    Revoke {
        /// Its id, or the person: userName or mail address
        invitation: String,
    },
    /// Accept an invitation by its link, as the person would on the page behind it
    Accept {
        /// The link, as it stands in the mail
        #[arg(required_unless_present = "last")]
        link: Option<String>,
        /// The link of the newest invitation mail that can still be read
        #[arg(long, conflicts_with = "link")]
        last: bool,
    },
}

impl InviteArgs {
    pub(crate) async fn run(mut self, common: &Common) -> Result<()> {
        // The link names its realm.
        if let Command::Accept { link: Some(link), .. } = &self.command
            && let Some(realm) = realm_of(link)
        {
            self.realm.realm = realm.to_owned();
        }
        let context = Context::open(common, &self.realm, Missing::Refuse).await?;
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self.command {
            Command::Create {
                user,
                address,
                language,
                days,
            } => {
                let (id, _) = user::find(&context, &user).await?;
                let command = InviteUser {
                    user: id,
                    offer: Offer {
                        address,
                        language,
                        days,
                    },
                };
                out.one("id", &show(&directory.execute(operator, command).await?))?;
            }
            Command::List {
                state,
                user,
                address,
                page,
            } => {
                let user = match user {
                    Some(name) => Some(user::find(&context, &name).await?.0),
                    None => None,
                };
                let query = InvitationQuery {
                    state,
                    user,
                    address: address.map(|address| address.as_str().to_owned()),
                    ..InvitationQuery::default()
                };
                let items: Vec<Item> = list(&context, query, page.most()).await?.iter().map(show).collect();
                out.list(
                    "id",
                    &["id", "address", "state", "mail", "sent_at", "expires_at", "last_error"],
                    &items,
                )?;
                page.remark(out, items.len());
            }
            Command::Show { invitation } => out.one("id", &show(&find(&context, &invitation).await?))?,
            Command::Resend { invitation } => {
                let id = find(&context, &invitation).await?.id;
                out.one(
                    "id",
                    &show(&directory.execute(operator, ResendInvitation { id }).await?),
                )?;
            }
            Command::Revoke { invitation } => {
                let id = find(&context, &invitation).await?.id;
                out.one(
                    "id",
                    &show(&directory.execute(operator, RevokeInvitation { id }).await?),
                )?;
            }
            Command::Accept { link, last: _ } => {
                let link = match link {
                    Some(link) => link,
                    None => last_link(&context).await?,
                };
                accept(&context, &link).await?;
            }
        }
        context.close().await;
        Ok(())
    }
}

/// The page's POST, without the page: the link's secret is the right to do it.
async fn accept(context: &Context, link: &str) -> Result<()> {
    let secret = secret_of(link).ok_or_else(|| Failure::usage(format!("`{link}` is no link of an invitation")))?;
    let command = AcceptInvitation {
        secret: secret.to_owned(),
    };
    let nobody = Principal::nobody(context.realm.id);
    let accepted = context
        .directory
        .execute(&nobody, command)
        .await
        .context("the link was not accepted")?;
    let home = context.realm.settings.home_url.clone();
    let shown = item(json!({
        "id": accepted.invitation.id.to_string(),
        "user": accepted.user.id.to_string(),
        "userName": accepted.user.user_name(),
        "lifecycle": accepted.user.lifecycle.name(),
        "home_url": home,
    }));
    context.out.one("user", &shown)?;
    Ok(())
}

async fn last_link(context: &Context) -> Result<String> {
    for mail in context.directory.newest_mails(&context.operator, 100).await? {
        if mail.template != Template::Invitation {
            continue;
        }
        let view = context.directory.mail(&context.operator, mail.id).await?;
        let found = view
            .message
            .as_ref()
            .and_then(|message| message.text.split_whitespace().find(|word| secret_of(word).is_some()));
        if let Some(link) = found {
            return Ok(link.to_owned());
        }
    }
    bail!(
        "no invitation mail can be read any more: what a mail says is erased when the mail server has taken it, so the link is in the mailbox only"
    )
}

/// The secret in a link, or a bare secret.
fn secret_of(link: &str) -> Option<&str> {
    let path = link.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let (before, secret) = path.rsplit_once('/').unwrap_or(("/invitation", path));
    let fits = before.ends_with("/invitation")
        && secret.len() >= 32
        && secret
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    fits.then_some(secret)
}

/// The realm in a link.
fn realm_of(link: &str) -> Option<&str> {
    let (_, rest) = link.split_once("/realms/")?;
    let (realm, _) = rest.split_once("/invitation/")?;
    Some(realm)
}

/// The invitation of that id, or the newest one of that person.
async fn find(context: &Context, name: &str) -> Result<Invitation> {
    if let Some(id) = Id::parse(name) {
        match context.directory.invitation(&context.operator, id).await {
            Err(directory::Error::Refused(directory::Refusal::NotFound { .. })) => {}
            found => return Ok(found?),
        }
    }
    let (user, _) = user::find(context, name).await?;
    let query = InvitationQuery {
        user: Some(user),
        ..InvitationQuery::default()
    };
    match list(context, query, usize::MAX).await?.pop() {
        Some(invitation) => Ok(invitation),
        None => bail!(
            "`{name}` was never invited; {} does it",
            context.advice(&format!("invite create {name}"))
        ),
    }
}

async fn list(context: &Context, mut query: InvitationQuery, most: usize) -> Result<Vec<Invitation>> {
    let mut invitations: Vec<Invitation> = Vec::new();
    while invitations.len() < most {
        query.limit = 500.min(most - invitations.len());
        let slice = context.directory.invitations(&context.operator, &query).await?;
        let Some(last) = slice.last() else { break };
        query.after = Some(last.id);
        invitations.extend(slice);
    }
    Ok(invitations)
}

fn state(text: &str) -> Result<InvitationState, String> {
    let known = || InvitationState::ALL.map(InvitationState::name).join(", ");
    InvitationState::parse(text).ok_or_else(|| format!("`{text}` is unknown; known are {}", known()))
}

fn show(invitation: &Invitation) -> Item {
    item(json!({
        "id": invitation.id.to_string(),
        "user": invitation.user.map(|user| user.to_string()),
        "offers": invitation.offered.name(),
        "group": invitation.offer().map(|offer| offer.group.to_string()),
        "address": invitation.address.as_ref().map(EmailAddress::as_str),
        "state": invitation.state.name(),
        "mail": invitation.mail.name(),
        "provisioning": invitation.provisioning.name(),
        "language": invitation.language.tag(),
        "sent_at": invitation.sent_at.map(|at| at.to_string()),
        "send_count": invitation.send_count,
        "expires_at": invitation.expires_at.to_string(),
        "last_error": invitation.last_error,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_carries_realm_and_secret() {
        let secret = "a".repeat(43);
        let link = format!("https://usher.example/realms/acme/invitation/{secret}");
        assert_eq!(secret_of(&link), Some(secret.as_str()));
        assert_eq!(realm_of(&link), Some("acme"));
        assert_eq!(secret_of(&format!("{link}?utm=x")), Some(secret.as_str()));
        assert_eq!(secret_of(&secret), Some(secret.as_str()));
        assert_eq!(realm_of(&secret), None);
        for other in [
            "https://usher.example/",
            "https://usher.example/realms/acme/users/0123456789012345678901234567890123",
            "x",
        ] {
            assert_eq!(secret_of(other), None, "{other}");
        }
    }
}
