//! What tells other systems of groups and roles.

use directory::entitlement::SetEntitlements;
use directory::realm::EntitlementSettings;
use directory::{Permission, RealmRight};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::agm::body::Json;
use crate::agm::call::Call;
use crate::agm::error::AgmError;
use crate::agm::reply::Reply;

/// What signs the mails about groups where nothing is set.
const SIGNATURE: &str = "Support team";

/// How the values are formed that tell other systems of groups and roles. What is shown may be sent back.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::agm) struct Configuration {
    /// Of the realm, whatever is sent.
    #[serde(default)]
    id: Option<String>,
    /// The attribute that holds them.
    user_attribute: Option<String>,
    /// The namespace, with or without percent signs.
    urn_namespace: Option<String>,
    /// Who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<String>,
    /// What signs the mails about groups.
    signature_message: Option<String>,
}

pub(in crate::agm) async fn show(call: Call) -> Result<Reply, AgmError> {
    check(&call)?;
    let EntitlementSettings {
        attribute,
        namespace,
        authority,
        signature,
    } = &call.realm.settings.entitlements;
    if attribute.is_none() && namespace.is_none() {
        return Ok(Reply::ok(&Value::Object(Map::new())));
    }
    Ok(Reply::ok(&Configuration {
        // There is one for each realm, so it is the realm's number as an id.
        id: Some(format!("00000000-0000-0000-0000-{:012x}", call.realm.id.number())),
        user_attribute: attribute.clone(),
        urn_namespace: namespace.clone(),
        authority: authority.clone(),
        signature_message: Some(signature.clone().unwrap_or_else(|| SIGNATURE.to_owned())),
    }))
}

pub(in crate::agm) async fn set(call: Call, Json(body): Json<Configuration>) -> Result<Reply, AgmError> {
    check(&call)?;
    let given = |name: &str, text: Option<String>| {
        let text = text.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| AgmError::unfit(format!("{name}: has to be there")))
    };
    let settings = EntitlementSettings {
        attribute: Some(given("userAttribute", body.user_attribute)?),
        namespace: Some(given("urnNamespace", body.urn_namespace)?),
        authority: body.authority.filter(|text| !text.is_empty()),
        signature: body.signature_message.filter(|text| !text.is_empty()),
    };
    call.run(SetEntitlements { settings })
        .await
        .map_err(AgmError::of_admin)?;
    Ok(Reply::done())
}

fn check(call: &Call) -> Result<(), AgmError> {
    let may = call.principal.check(Permission::Realm(RealmRight::Manage));
    may.map_err(|refusal| AgmError::from(refusal).of_admin())
}
