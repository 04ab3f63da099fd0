//! Access policies on the wire.

use directory::Refusal;
use directory::client::{EntitlementsShown, Operation, Policy, ResourceKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What narrows a client's scopes. What is absent is not narrowed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = Policy)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PolicyBody {
    /// Types of resources the client reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<Vec<ResourceName>>,
    /// What it may do to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    operations: Option<Vec<OperationName>>,
    /// Attributes it may read, by top-level name or extension URN; `id`, `schemas` and `meta` always.
    #[serde(skip_serializing_if = "Option::is_none")]
    readable: Option<Vec<String>>,
    /// Attributes it may write, by top-level name or extension URN.
    #[serde(skip_serializing_if = "Option::is_none")]
    writable: Option<Vec<String>>,
    /// A SCIM filter its users must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "userType eq \"Guest\"")]
    user_filter: Option<String>,
    /// A SCIM filter its groups must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    group_filter: Option<String>,
    /// Which of the entitlements that follow from memberships it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    entitlements: Option<EntitlementsBody>,
}

/// Which of the entitlements that follow from memberships a client is shown: `all`, which is usual, `none`, or those of groups,
/// each with all below it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = EntitlementsShown)]
#[serde(untagged, try_from = "Value")]
enum EntitlementsBody {
    /// `all` or `none`.
    Word(String),
    /// Paths of groups, at most 100. A group that is moved or renamed stays chosen.
    #[schema(example = json!(["/acme/ops"]))]
    Groups(Vec<String>),
}

impl TryFrom<Value> for EntitlementsBody {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::String(word) => Ok(Self::Word(word)),
            Value::Array(list) => {
                let paths = list.into_iter().map(|one| match one {
                    Value::String(path) => Ok(path),
                    _ => Err(EntitlementsShown::WORDS),
                });
                Ok(Self::Groups(paths.collect::<Result<_, _>>()?))
            }
            _ => Err(EntitlementsShown::WORDS),
        }
    }
}

impl TryFrom<EntitlementsBody> for EntitlementsShown {
    type Error = Refusal;

    fn try_from(body: EntitlementsBody) -> Result<Self, Refusal> {
        Self::from_value(&match body {
            EntitlementsBody::Word(word) => word.into(),
            EntitlementsBody::Groups(paths) => paths.into(),
        })
    }
}

impl From<EntitlementsShown> for EntitlementsBody {
    fn from(shown: EntitlementsShown) -> Self {
        match shown {
            EntitlementsShown::All => Self::Word("all".into()),
            EntitlementsShown::None => Self::Word("none".into()),
            EntitlementsShown::Below(groups) => Self::Groups(groups.iter().map(ToString::to_string).collect()),
        }
    }
}

/// A type of resource.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
enum ResourceName {
    User,
    Group,
}

/// What is done to a resource.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum OperationName {
    Create,
    Read,
    Update,
    Delete,
}

impl TryFrom<PolicyBody> for Policy {
    type Error = Refusal;

    fn try_from(body: PolicyBody) -> Result<Self, Refusal> {
        let resource = |name| match name {
            ResourceName::User => ResourceKind::User,
            ResourceName::Group => ResourceKind::Group,
        };
        let operation = |name| match name {
            OperationName::Create => Operation::Create,
            OperationName::Read => Operation::Read,
            OperationName::Update => Operation::Update,
            OperationName::Delete => Operation::Delete,
        };
        Ok(Self {
            resources: body.resources.map(|names| names.into_iter().map(resource).collect()),
            operations: body.operations.map(|names| names.into_iter().map(operation).collect()),
            readable: body.readable,
            writable: body.writable,
            user_filter: body.user_filter,
            group_filter: body.group_filter,
            entitlements: body.entitlements.map(TryInto::try_into).transpose()?,
        })
    }
}

impl From<Policy> for PolicyBody {
    fn from(policy: Policy) -> Self {
        let resource = |kind| match kind {
            ResourceKind::User => ResourceName::User,
            ResourceKind::Group => ResourceName::Group,
        };
        let operation = |operation| match operation {
            Operation::Create => OperationName::Create,
            Operation::Read => OperationName::Read,
            Operation::Update => OperationName::Update,
            Operation::Delete => OperationName::Delete,
        };
        Self {
            resources: policy.resources.map(|kinds| kinds.into_iter().map(resource).collect()),
            operations: policy
                .operations
                .map(|operations| operations.into_iter().map(operation).collect()),
            readable: policy.readable,
            writable: policy.writable,
            user_filter: policy.user_filter,
            group_filter: policy.group_filter,
            entitlements: policy.entitlements.map(Into::into),
        }
    }
}
