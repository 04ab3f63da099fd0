//! What people are entitled to by their groups and roles, under other settings.

use directory::entitlement::{EntitlementPreview, PreviewEntitlements, PreviewedValue};
use directory::realm::EntitlementSettings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use super::call::Call;
use super::error::Problem;
use super::reply::Reply;

/// How entitlements would be formed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Formed {
    /// The namespace, as `entitlements.namespace` has it.
    #[schema(example = "urn:mace:example.org")]
    namespace: String,
    /// The authority that issues them, as `entitlements.authority` has it.
    #[schema(example = "aai.example.org")]
    authority: Option<String>,
}

/// What that would make of those there are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EntitlementsPreviewed {
    /// How many values there are now: up to 100,000 are counted.
    present: usize,
    /// Some people for whom something would change: at most 20, found among 200.
    samples: Vec<EntitlementSample>,
}

/// What a person has, and what they would have.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EntitlementSample {
    /// Who.
    user: String,
    /// What they have.
    before: Vec<String>,
    /// What they would have.
    after: Vec<String>,
}

impl From<PreviewedValue> for EntitlementSample {
    fn from(sample: PreviewedValue) -> Self {
        Self {
            user: sample.user.to_string(),
            before: sample.before,
            after: sample.after,
        }
    }
}

impl From<EntitlementPreview> for EntitlementsPreviewed {
    fn from(preview: EntitlementPreview) -> Self {
        Self {
            present: preview.present,
            samples: preview.samples.into_iter().map(EntitlementSample::from).collect(),
        }
    }
}

/// See what another way to form entitlements would make of them
///
/// Nothing is written. Set the realm's `entitlements` to have it so.
#[utoipa::path(post, path = "/entitlements/preview", tag = "Insight", operation_id = "preview_entitlements", request_body = Formed, responses((status = 200, description = "what would change", body = EntitlementsPreviewed)))]
pub(super) async fn preview(call: Call, body: Body<Formed>) -> Result<Reply, Problem> {
    let settings = EntitlementSettings {
        namespace: Some(body.value.namespace),
        authority: body.value.authority,
        ..EntitlementSettings::default()
    };
    let found = call.run(PreviewEntitlements { settings }).await?;
    Ok(Reply::ok(&EntitlementsPreviewed::from(found)))
}
