//! Settings of group management.

use std::collections::BTreeMap;

use directory::realm::SetAgmSettings;

use crate::agm::body::Json;
use crate::agm::call::Call;
use crate::agm::error::AgmError;
use crate::agm::reply::Reply;

/// Sets what is known of a map of texts; the rest is of no effect here.
pub(in crate::agm) async fn set(call: Call, Json(body): Json<BTreeMap<String, String>>) -> Result<Reply, AgmError> {
    let number = |key: &str| match body.get(key) {
        None => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|_| AgmError::unfit(format!("{key}: a whole number"))),
    };
    let command = SetAgmSettings {
        invitation_hours: number("invitation-expiration-period")?,
        notice_days: number("expiration-notification-period")?,
    };
    call.run(command).await.map_err(AgmError::of_admin)?;
    Ok(Reply::done())
}
