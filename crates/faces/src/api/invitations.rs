//! Invitations: offers of an account, or of something in a group, sent by mail.

use std::sync::LazyLock;

use directory::client::ResourceKind;
use directory::invitation::{
    GroupOffer, Invitation, InvitationQuery, InvitationState, InviteNewUser, InviteUser, Offer, OfferedRight,
    ResendInvitation, RevokeInvitation,
};
use directory::mail::{EmailAddress, Language};
use directory::user::User;
use directory::{Id, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::body::{Body, Query, one_of};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::filter::{Noun, Part, instant, number, text, texts};
use super::paging::{self, Page};
use super::reply::Reply;
use super::scim_body;
use crate::path::Path;

/// An offer of an account, or of something in a group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(super) struct InvitationBody {
    /// Its id.
    id: String,
    /// What it offers: `account`, or in a group `membership` or `administration`.
    offers: String,
    /// Who is invited; of an offer in a group: who has answered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// The group in which something is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// The way to join by which a membership is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<String>,
    /// The roles that are offered with it, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    /// What an administrator would do: a preset, or the names of capabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    capabilities: Option<String>,
    /// Where the mail goes. An offer that was taken over from another system may have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// The language of mail and page.
    language: String,
    /// `pending`, `opened`, `accepted`, `rejected`, `expired`, `revoked` or `superseded`.
    state: String,
    /// What became of the mail: `none`, `queued`, `sent`, `deferred` or `bounced`.
    mail: String,
    /// What became of it at the targets: `none`, `running`, `done` or `failed`.
    provisioning: String,
    /// When it was made (RFC 3339).
    created: String,
    /// Until when it can be accepted (RFC 3339).
    expires_at: String,
    /// When the mail server took the last mail (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    /// How often it was sent.
    send_count: i64,
    /// What the mail server said, when it did not take the mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// Raised by every change; the entity tag.
    version: i64,
}

/// What can be asked of it.
pub(super) static NOUN: LazyLock<Noun> = LazyLock::new(|| {
    Noun::new(
        "Invitation",
        "invitations",
        " or narrow the list with `state`, `user`, `address` and `group`",
        vec![
            text("id"),
            text("offers"),
            text("user"),
            text("group"),
            text("configuration"),
            texts("roles"),
            texts("capabilities"),
            text("address"),
            text("language"),
            text("state"),
            text("mail"),
            text("provisioning"),
            instant("created"),
            instant("expires_at"),
            instant("sent_at"),
            number("send_count"),
            text("last_error"),
            number("version"),
        ],
    )
});

impl From<&Invitation> for InvitationBody {
    fn from(invitation: &Invitation) -> Self {
        let offer = invitation.offer();
        let capabilities = offer.and_then(|offer| match &offer.right {
            OfferedRight::Membership { .. } => None,
            OfferedRight::Administration { capabilities } => Some(capabilities.to_string()),
        });
        Self {
            id: invitation.id.to_string(),
            offers: invitation.offered.name().to_owned(),
            user: invitation.user.map(|user| user.to_string()),
            group: offer.map(|offer| offer.group.to_string()),
            configuration: offer
                .and_then(GroupOffer::configuration)
                .map(|configuration| configuration.to_string()),
            roles: offer.map(GroupOffer::role_names).unwrap_or_default(),
            capabilities,
            address: invitation.address.as_ref().map(EmailAddress::to_string),
            language: invitation.language.tag().to_owned(),
            state: invitation.state.name().to_owned(),
            mail: invitation.mail.name().to_owned(),
            provisioning: invitation.provisioning.name().to_owned(),
            created: invitation.id.made_at().to_string(),
            expires_at: invitation.expires_at.to_string(),
            sent_at: invitation.sent_at.map(|instant| instant.to_string()),
            send_count: invitation.send_count,
            last_error: invitation.last_error.clone(),
            version: invitation.version,
        }
    }
}

/// Whom to invite: a user there is, or a new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewInvitation {
    /// The id of a user of the realm who has not been let in yet.
    user: Option<String>,
    /// A user to be added, in SCIM's terms.
    #[schema(value_type = Option<Object>)]
    new_user: Option<Map<String, Value>>,
    /// Where the mail goes; usually the user's own address.
    address: Option<String>,
    /// The language of the mail: `en` or `de`. Usually the user's, else the realm's.
    language: Option<String>,
    /// Days it is valid: 1 to 366; usually as the realm has it.
    days: Option<u32>,
}

impl NewInvitation {
    fn offer(&self) -> Result<Offer, Refusal> {
        let language = |tag: &str| {
            let known = Language::ALL.into_iter().find(|language| language.tag() == tag);
            known.ok_or_else(|| Refusal::invalid("language", Language::ALL.map(Language::tag).join(", ")))
        };
        Ok(Offer {
            address: self
                .address
                .as_deref()
                .map(EmailAddress::parse)
                .transpose()
                .map_err(|why| Refusal::invalid("address", why))?,
            language: self.language.as_deref().map(language).transpose()?,
            days: self.days,
        })
    }
}

/// Which invitations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// A SCIM filter (RFC 7644 §3.4.2.2) over the members of the items, e.g. `mail eq "bounced"`. A page looks at 100,000
    /// rows at most.
    #[param(example = "mail eq \"bounced\"")]
    filter: Option<String>,
    /// Only those in this state.
    state: Option<String>,
    /// Only those of this user: an id.
    user: Option<String>,
    /// Only those to this address.
    address: Option<String>,
    /// Only offers in this group: an id. For those who invite to it.
    group: Option<String>,
}

/// List invitations
#[utoipa::path(get, path = "/invitations", tag = "Invitations", operation_id = "list_invitations", params(Asked), responses((status = 200, description = "a page", body = Page<InvitationBody>)))]
pub(super) async fn list(call: Call, Query(asked): Query<Asked>) -> Result<Reply, Problem> {
    let after = paging::after(asked.cursor.as_deref(), Id::parse)?;
    let part = Part::of(&NOUN, after, asked.limit, asked.filter.as_deref())?;
    let query = InvitationQuery {
        state: one_of(
            "state",
            asked.state.as_deref(),
            InvitationState::ALL,
            InvitationState::name,
        )?,
        user: asked
            .user
            .as_deref()
            .map(|user| Id::parse(user).ok_or(Refusal::invalid("user", "the id of a user")))
            .transpose()?,
        address: asked.address,
        group: asked
            .group
            .as_deref()
            .map(|group| Id::parse(group).ok_or(Refusal::invalid("group", "the id of a group")))
            .transpose()?,
        ..InvitationQuery::default()
    };
    let call = &call;
    let read = |after, limit| {
        let query = InvitationQuery {
            after,
            limit,
            ..query.clone()
        };
        async move { call.directory().invitations(&call.principal, &query).await }
    };
    let found = part.find(read, |one| one.id, |one| InvitationBody::from(&one)).await?;
    Ok(Reply::ok(&Page::of(found, Id::to_string)))
}

/// Invite a user
///
/// One who has not been let in yet, or a new one, gets a mail with a link. One who has an open invitation keeps it: send it
/// again instead.
#[utoipa::path(post, path = "/invitations", tag = "Invitations", operation_id = "create_invitation", request_body = NewInvitation, responses((status = 201, description = "invited", body = InvitationBody)))]
pub(super) async fn create(call: Call, body: Body<NewInvitation>) -> Result<Reply, Problem> {
    let offer = body.value.offer()?;
    let path = call.path.clone();
    let made = move |invitation: &Invitation| {
        Reply::created(format!("{path}/{}", invitation.id), &InvitationBody::from(invitation))
            .version(invitation.version)
    };
    match (body.value.user, body.value.new_user) {
        (Some(user), None) => {
            let user = Id::parse(&user).ok_or(Refusal::invalid("user", "the id of a user"))?;
            call.once(
                &body.bytes,
                InviteUser { user, offer },
                move |invitation: &Invitation, _| made(invitation),
            )
            .await
        }
        (None, Some(new)) => {
            scim_body::check_members(&call, ResourceKind::User, &new)?;
            let command = InviteNewUser {
                body: Value::Object(new),
                offer,
            };
            call.once(&body.bytes, command, move |(_, invitation): &(User, Invitation), _| {
                made(invitation)
            })
            .await
        }
        _ => Err(Refusal::invalid("user", "either `user` or `new_user`").into()),
    }
}

/// Show an invitation
#[utoipa::path(get, path = "/invitations/{id}", tag = "Invitations", operation_id = "show_invitation", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the invitation", body = InvitationBody)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let invitation = call
        .directory()
        .invitation(&call.principal, call::id(&id, "invitation")?)
        .await?;
    Ok(Reply::ok(&InvitationBody::from(&invitation)).version(invitation.version))
}

/// Send an invitation again
///
/// With a new link; the old one is dead.
#[utoipa::path(post, path = "/invitations/{id}/resend", tag = "Invitations", operation_id = "resend_invitation", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the invitation as it now is", body = InvitationBody)))]
pub(super) async fn resend(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let command = ResendInvitation {
        id: call::id(&id, "invitation")?,
    };
    call.once(&[], command, |invitation: &Invitation, _| {
        Reply::ok(&InvitationBody::from(invitation)).version(invitation.version)
    })
    .await
}

/// Take an invitation back
#[utoipa::path(post, path = "/invitations/{id}/revoke", tag = "Invitations", operation_id = "revoke_invitation", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the invitation as it now is", body = InvitationBody)))]
pub(super) async fn revoke(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let command = RevokeInvitation {
        id: call::id(&id, "invitation")?,
    };
    call.once(&[], command, |invitation: &Invitation, _| {
        Reply::ok(&InvitationBody::from(invitation)).version(invitation.version)
    })
    .await
}
