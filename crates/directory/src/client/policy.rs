//! Access policies: what narrows a client's scopes to certain resources, operations and attributes.

use serde::{Deserialize, Serialize};

use super::EntitlementsShown;
use crate::error::Refusal;

/// A type of resource, by its SCIM name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ResourceKind {
    /// People.
    User,
    /// Groups.
    Group,
}

impl ResourceKind {
    /// Its SCIM name.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }
}

/// What is done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Add one.
    Create,
    /// Read, list, search.
    Read,
    /// Replace or modify one.
    Update,
    /// Delete one.
    Delete,
}

/// An access policy, as written in JSON. What is absent is not narrowed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Types of resources the client reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<ResourceKind>>,
    /// What it may do to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operations: Option<Vec<Operation>>,
    /// Attributes it may read, by top-level name or extension URN; `id`, `schemas` and `meta` always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readable: Option<Vec<String>>,
    /// Attributes it may write, by top-level name or extension URN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writable: Option<Vec<String>>,
    /// A SCIM filter its users must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_filter: Option<String>,
    /// A SCIM filter its groups must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_filter: Option<String>,
    /// Which of the entitlements that follow from memberships it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entitlements: Option<EntitlementsShown>,
}

impl Policy {
    /// Whether it takes anything away. A client that it does administers nothing and reads no events.
    pub fn narrows(&self) -> bool {
        *self != Self::default()
    }

    /// The policy that reaches nothing: in the place of one that this program cannot read.
    pub(crate) fn nothing() -> Self {
        Self {
            resources: Some(Vec::new()),
            operations: Some(Vec::new()),
            readable: Some(Vec::new()),
            writable: Some(Vec::new()),
            entitlements: Some(EntitlementsShown::None),
            ..Self::default()
        }
    }

    /// Whether an operation on a type of resource is within the policy.
    pub fn allows(&self, kind: ResourceKind, operation: Operation) -> bool {
        self.resources.as_ref().is_none_or(|kinds| kinds.contains(&kind))
            && self
                .operations
                .as_ref()
                .is_none_or(|operations| operations.contains(&operation))
    }

    /// Whether a top-level attribute may be read.
    pub fn may_read(&self, attribute: &str) -> bool {
        matches!(attribute, "id" | "schemas" | "meta") || allowed(self.readable.as_ref(), attribute)
    }

    /// Whether a top-level attribute may be written.
    pub fn may_write(&self, attribute: &str) -> bool {
        allowed(self.writable.as_ref(), attribute)
    }

    /// The filter for a type of resource.
    pub fn filter(&self, kind: ResourceKind) -> Option<&str> {
        match kind {
            ResourceKind::User => self.user_filter.as_deref(),
            ResourceKind::Group => self.group_filter.as_deref(),
        }
    }

    /// Reads a policy from JSON and checks what it names against the schemas.
    ///
    /// # Errors
    /// `Invalid` for unknown members, attributes and filters that do not parse or resolve.
    pub fn from_json(text: &str, schemas: &crate::view::Schemas) -> Result<Self, Refusal> {
        let policy: Self = serde_json::from_str(text).map_err(|error| Refusal::invalid("policy", error.to_string()))?;
        policy.check(schemas)?;
        Ok(policy)
    }

    /// Checks what a policy names against the schemas.
    ///
    /// # Errors
    /// `Invalid` for attributes no schema has and filters that do not parse or resolve.
    pub fn check(&self, schemas: &crate::view::Schemas) -> Result<(), Refusal> {
        for kind in [ResourceKind::User, ResourceKind::Group] {
            if let Some(filter) = self.filter(kind) {
                let resolved = schemas
                    .filter(kind, filter)
                    .map_err(|error| Refusal::invalid("policy filter", error.detail.trim_start_matches("filter: ")))?;
                if kind == ResourceKind::Group
                    && resolved
                        .keys()
                        .iter()
                        .any(|key| key.split('.').next() == Some("members"))
                {
                    return Err(Refusal::invalid(
                        "policy filter",
                        "a filter of groups cannot name members",
                    ));
                }
            }
        }
        for name in self.readable.iter().chain(&self.writable).flatten() {
            if !schemas.has_attribute(name) {
                return Err(Refusal::invalid(
                    "policy",
                    format!("no schema has the attribute `{name}`"),
                ));
            }
        }
        Ok(())
    }
}

fn allowed(list: Option<&Vec<String>>, attribute: &str) -> bool {
    list.is_none_or(|list| list.iter().any(|name| name.eq_ignore_ascii_case(attribute)))
}
