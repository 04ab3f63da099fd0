//! Who was invited to a group, and what became of it.

use axum::response::Response;
use directory::invitation::{Invitation, InvitationState, MailFact, OfferKind, ResendInvitation, RevokeInvitation};
use directory::mail::EmailAddress;
use directory::{Error, Id, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::frame::{Asked, Managed, Tab};
use crate::pages::form::Fields;
use crate::pages::list::{List, SIZE};

/// An invitation in a list.
#[derive(Debug, Serialize)]
struct Entry {
    id: String,
    address: Option<String>,
    name: String,
    to_administer: bool,
    roles: Vec<String>,
    state: &'static str,
    tone: &'static str,
    /// What became of the mail, where that says more.
    mail: Option<&'static str>,
    why: Option<String>,
    at: i64,
    until: i64,
    open: bool,
}

fn state_of(invitation: &Invitation, is_over: bool) -> (&'static str, &'static str) {
    match invitation.state {
        InvitationState::Pending | InvitationState::Opened if is_over => ("offered.expired", "warn"),
        InvitationState::Pending => ("offered.pending", "accent"),
        InvitationState::Opened => ("offered.opened", "accent"),
        InvitationState::Accepted => ("offered.accepted", "good"),
        InvitationState::Rejected => ("offered.rejected", "bad"),
        InvitationState::Expired => ("offered.expired", "warn"),
        InvitationState::Revoked => ("offered.revoked", ""),
        InvitationState::Superseded => ("offered.superseded", ""),
    }
}

fn mail_of(mail: MailFact) -> Option<&'static str> {
    match mail {
        MailFact::None | MailFact::Sent => None,
        MailFact::Queued => Some("offered.mail_queued"),
        MailFact::Deferred => Some("offered.mail_deferred"),
        MailFact::Bounced => Some("offered.mail_bounced"),
    }
}

impl Entry {
    fn of(managed: &Managed<'_>, invitation: Invitation) -> Option<Self> {
        let is_over = invitation.expires_at <= managed.now;
        let (state, tone) = state_of(&invitation, is_over);
        let offer = invitation.offer()?;
        let names = [&offer.terms.first_name, &offer.terms.last_name];
        let name: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        Some(Self {
            id: invitation.id.to_string(),
            address: invitation.address.as_ref().map(EmailAddress::as_str).map(str::to_owned),
            name: name.join(" "),
            to_administer: offer.kind() == OfferKind::Administration,
            roles: offer.role_names(),
            state,
            tone,
            mail: mail_of(invitation.mail),
            why: invitation.last_error.clone(),
            at: invitation.id.made_at().millis(),
            until: invitation.expires_at.millis(),
            open: invitation.is_open(),
        })
    }
}

pub(super) async fn page(managed: &Managed<'_>, asked: Asked<'_>) -> Result<Response, Error> {
    let list = List::of(managed.page(), asked.query, &["tab"]);
    let before = list.after.as_deref().and_then(Id::parse);
    let mut offers = managed
        .app
        .directory
        .latest_offers(managed.principal(), managed.id(), before, SIZE + 1)
        .await?;
    let more = offers.len() > SIZE;
    offers.truncate(SIZE);
    let last = offers.last().filter(|_| more).map(|last| last.id.to_string());
    let entries: Vec<Entry> = offers
        .into_iter()
        .filter_map(|offer| Entry::of(managed, offer))
        .collect();
    let values = context! {
        others => Serde(list.marked(last.as_deref())), invitations => Serde(entries),
        add => format!("{}/add", managed.page()),
    };
    Ok(managed.render("managed_invitations.html", Tab::Invitations, asked, values))
}

pub(super) async fn act(managed: &Managed<'_>, form: &Fields) -> Result<String, Error> {
    let id = form.said("invitation").and_then(Id::<Invitation>::parse);
    let id = id.ok_or(Refusal::NotFound { what: "invitation" })?;
    // It has to be one of this group, whatever else somebody may do.
    let invitation = managed.app.directory.invitation(managed.principal(), id).await?;
    if invitation.offer().is_none_or(|offer| offer.group != managed.id()) {
        return Err(Refusal::NotFound { what: "invitation" }.into());
    }
    let done = match form.text("act") {
        Some("resend") => {
            managed.run(ResendInvitation { id }).await?;
            "resent"
        }
        Some("revoke") => {
            managed.run(RevokeInvitation { id }).await?;
            "revoked"
        }
        _ => return Err(Refusal::invalid("act", "resend or revoke").into()),
    };
    Ok(managed.did(Tab::Invitations, done))
}
