//! Offers of memberships, to many at once.

use directory::Refusal;
use directory::delegation::Capability;
use directory::invitation::{Invitation, Invitee, OfferMembership, OfferedWay};
use directory::mail::Language;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{Body, id_in, one_of};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::many::{self, Outcome, Outcomes};
use super::reply::Reply;
use crate::path::Path;

/// So many are invited by one call; each is a change of its own.
const MOST_INVITED: usize = 500;

/// Who is invited to a group, and to what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOffers {
    /// To whom, at most 500.
    invitees: Vec<InviteeBody>,
    /// By which of the group's ways to join: its id; absent = the one that is offered first.
    configuration: Option<String>,
    /// With which of the group's roles, by their names.
    #[serde(default)]
    roles: Vec<String>,
    /// The language of the mails; absent = the realm's.
    #[schema(example = "en")]
    language: Option<String>,
}

/// Somebody who is invited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InviteeBody {
    /// Where the mail goes; who accepts has to prove that it is theirs.
    address: String,
    /// Their given name, as far as it is known.
    first_name: Option<String>,
    /// Their family name.
    last_name: Option<String>,
}

/// Invite people to a group
///
/// Each gets a mail with a link, and becomes a member by accepting. Each is invited by itself: who cannot be is told apart. Takes
/// `invite.member`.
#[utoipa::path(post, path = "/groups/{id}/invitations", tag = "Invitations", operation_id = "create_group_invitations", params(("id" = String, Path, description = "the group's id")), request_body = NewOffers, responses((status = 200, description = "what came of it for each", body = Outcomes)))]
pub(super) async fn create(call: Call, Path(ById { id }): Path<ById>, body: Body<NewOffers>) -> Result<Reply, Problem> {
    let group = call::id(&id, "group")?;
    let sent = body.value;
    if sent.invitees.is_empty() || sent.invitees.len() > MOST_INVITED {
        return Err(Refusal::invalid("invitees", format!("1 to {MOST_INVITED} of them")).into());
    }
    let language = one_of("language", sent.language.as_deref(), Language::ALL, Language::tag)?;
    let way = match sent.configuration {
        Some(id) => OfferedWay::Named(id_in("configuration", &id)?),
        None => OfferedWay::First,
    };
    let offer = |invitee: InviteeBody| {
        let outcome = Outcome {
            address: Some(invitee.address.clone()),
            ..Outcome::default()
        };
        let invitee = Invitee {
            email: Some(invitee.address),
            first_name: invitee.first_name,
            last_name: invitee.last_name,
            language,
        };
        let command = OfferMembership {
            group,
            invitee,
            way,
            roles: sent.roles.clone(),
        };
        (outcome, command)
    };
    let commands = sent.invitees.into_iter().map(offer).collect();
    many::each(
        &call,
        (group, Capability::InviteMember),
        commands,
        |outcome, invitation: Invitation| {
            outcome.invitation = Some(invitation.id.to_string());
        },
    )
    .await
}
