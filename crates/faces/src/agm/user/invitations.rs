//! Invitations, by the secret of their link.

use directory::invitation::{AcceptOffer, RejectOffer};

use crate::agm::body::Written;
use crate::agm::call::Call;
use crate::agm::error::AgmError;
use crate::agm::reply::Reply;
use crate::agm::wire::invitation::{AnswerBody, InvitationBody};
use crate::path::Path;

pub(in crate::agm) async fn show(call: Call, Path(secret): Path<OfLink>) -> Result<Reply, AgmError> {
    let view = call.directory().offer_behind(&call.principal, &secret.id).await?;
    Ok(Reply::ok(&InvitationBody::of(&view, &secret.id, &call.zone()?)))
}

pub(in crate::agm) async fn accept(
    call: Call,
    Path(secret): Path<OfLink>,
    Written(body): Written,
) -> Result<Reply, AgmError> {
    let body = AnswerBody::of(body)?;
    let command = AcceptOffer {
        secret: secret.id,
        terms: body.terms(call.address),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn reject(call: Call, Path(secret): Path<OfLink>, _: Written) -> Result<Reply, AgmError> {
    call.run(RejectOffer { secret: secret.id }).await?;
    Ok(Reply::done())
}

/// The path of a link.
#[derive(serde::Deserialize)]
pub(in crate::agm) struct OfLink {
    id: String,
}
