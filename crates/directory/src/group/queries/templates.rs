//! The templates somebody chooses among who makes groups.

use super::super::GroupTemplate;
use crate::Directory;
use crate::access;
use crate::client::{Operation, Policy, ResourceKind};
use crate::delegation::{self, Capability};
use crate::error::{Error, Refusal};
use crate::principal::Principal;

/// A person is asked for at most so many delegations.
const MOST_DELEGATIONS: usize = 10_000;

impl Directory {
    /// The templates of the realm, by name, for whoever may make groups somewhere; others are shown none.
    ///
    /// # Errors
    /// The token does not reach group management, its access policy narrows it, or the store failed.
    pub async fn templates_to_choose(&self, principal: &Principal) -> Result<Vec<GroupTemplate>, Error> {
        let all = self.group_templates(principal).await?;
        access::check_operation(principal, ResourceKind::Group, Operation::Create)?;
        if access::policy(principal).is_some_and(Policy::narrows) {
            return Err(Refusal::forbidden("this client's access policy narrows it to users and groups").into());
        }
        if delegation::reaches_realm(principal) {
            return Ok(all);
        }
        let own = self.delegations_of(principal, MOST_DELEGATIONS).await?;
        let makes_groups = own
            .iter()
            .any(|delegation| delegation.capabilities.has(Capability::SubgroupsCreate));
        Ok(if makes_groups { all } else { Vec::new() })
    }
}
