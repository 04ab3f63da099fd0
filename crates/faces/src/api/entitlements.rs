//! What people are entitled to by their groups and roles, under other settings.

use directory::entitlement::{EntitlementPreview, PreviewEntitlements, PreviewedValue, ReadEntitlement};
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

/// The value of an entitlement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EntitlementValue {
    /// The value, in whatever way its names are percent-encoded.
    #[schema(example = "urn:mace:example.org:group:acme:Data%20team:role=lead#aai.example.org")]
    value: String,
}

/// What a value says.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EntitlementRead {
    /// The namespace, in lower case.
    namespace: String,
    /// The names from the root of the tree down to the group.
    path: Vec<String>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// Who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<String>,
    /// The value in its normal form (AARC-G069): two that mean the same are the same text.
    value: String,
    /// It is in the namespace of the realm, and of its authority.
    ours: bool,
    /// The id of the group, if it is ours and there is such a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
}

impl From<ReadEntitlement> for EntitlementRead {
    fn from(read: ReadEntitlement) -> Self {
        let value = read.parsed.value();
        Self {
            namespace: read.parsed.namespace,
            path: read.parsed.path,
            role: read.parsed.role,
            authority: read.parsed.authority,
            value,
            ours: read.is_ours,
            group: read.group.map(|group| group.to_string()),
        }
    }
}

/// Take an entitlement apart
///
/// Nothing is written, and whether somebody has it is not said. A value that is none of a group is refused.
#[utoipa::path(post, path = "/entitlements/read", tag = "Insight", operation_id = "read_entitlement", request_body = EntitlementValue, responses((status = 200, description = "what it says", body = EntitlementRead)))]
pub(super) async fn read(call: Call, body: Body<EntitlementValue>) -> Result<Reply, Problem> {
    let read = call
        .directory()
        .read_entitlement(&call.principal, &body.value.value)
        .await?;
    Ok(Reply::ok(&EntitlementRead::from(read)))
}
