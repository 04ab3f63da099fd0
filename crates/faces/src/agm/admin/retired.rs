//! What is not offered: whoever administers a realm does not remove it. That is the operator's.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use directory::{Permission, RealmRight};

use crate::agm::call::Call;
use crate::agm::error::AgmError;

pub(in crate::agm) async fn realm(call: Call) -> Result<Response, AgmError> {
    let may = call.principal.check(Permission::Realm(RealmRight::Manage));
    may.map_err(|refusal| AgmError::from(refusal).of_admin())?;
    let mut response = AgmError::not_offered("a realm is not removed here").into_response();
    // Nothing at all is offered at this place (RFC 9110 §10.2.1).
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(""));
    Ok(response)
}
