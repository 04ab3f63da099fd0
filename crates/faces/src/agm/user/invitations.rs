//! Invitations, by the secret of their link.

use directory::invitation::{AcceptOffer, RejectOffer};

use crate::agm::body::Json;
use crate::agm::call::Call;
use crate::agm::error::AgmError;
use crate::agm::path::Path;
use crate::agm::reply::Reply;
use crate::agm::wire::invitation::{AnswerBody, InvitationBody};
use crate::routes::Routes;

pub(in crate::agm) fn add(routes: Routes) -> Routes {
    routes
        .get("/invitation/{id}", show)
        .post("/invitation/{id}/accept", accept)
        .post("/invitation/{id}/reject", reject)
}

async fn show(call: Call, Path(secret): Path<OfLink>) -> Result<Reply, AgmError> {
    let view = call.directory().offer_behind(&call.principal, &secret.id).await?;
    Ok(Reply::ok(&InvitationBody::of(&view, &secret.id, &call.zone()?)))
}

async fn accept(call: Call, Path(secret): Path<OfLink>, Json(body): Json<AnswerBody>) -> Result<Reply, AgmError> {
    let command = AcceptOffer {
        secret: secret.id,
        terms: body.terms(call.address),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

async fn reject(call: Call, Path(secret): Path<OfLink>, Json(_): Json<AnswerBody>) -> Result<Reply, AgmError> {
    call.run(RejectOffer { secret: secret.id }).await?;
    Ok(Reply::done())
}

/// The path of a link.
#[derive(serde::Deserialize)]
struct OfLink {
    id: String,
}
