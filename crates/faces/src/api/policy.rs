//! Access policies on the wire.

use directory::client::{Operation, Policy, ResourceKind};
use serde::{Deserialize, Serialize};
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

impl From<PolicyBody> for Policy {
    fn from(body: PolicyBody) -> Self {
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
        Self {
            resources: body.resources.map(|names| names.into_iter().map(resource).collect()),
            operations: body.operations.map(|names| names.into_iter().map(operation).collect()),
            readable: body.readable,
            writable: body.writable,
            user_filter: body.user_filter,
            group_filter: body.group_filter,
        }
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
        }
    }
}
