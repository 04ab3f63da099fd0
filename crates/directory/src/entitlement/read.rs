//! What a value that somebody shows says, and whether this realm says it.

use super::{Form, Parsed};
use crate::Directory;
use crate::error::{Error, Refusal};
use crate::group::{Group, GroupPath};
use crate::id::Id;
use crate::principal::{Permission, Principal, RealmRight};

/// The longest value that is read, in bytes.
const LONGEST: usize = 8 * 1024;

/// A value that was taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadEntitlement {
    /// Its parts.
    pub parsed: Parsed,
    /// It is in the namespace of the realm, and of its authority.
    pub is_ours: bool,
    /// The group that it names, if it is ours and there is such a group.
    pub group: Option<Id<Group>>,
}

impl Directory {
    /// Takes the value of an entitlement apart. Whether somebody has it is not said.
    ///
    /// # Errors
    /// The caller does not see the realm, the value is none of a group, or the store failed.
    pub async fn read_entitlement(&self, principal: &Principal, value: &str) -> Result<ReadEntitlement, Error> {
        principal.check(Permission::Realm(RealmRight::View))?;
        let parsed = Parsed::of(value.trim())
            .filter(|_| value.len() <= LONGEST)
            .ok_or_else(|| {
                let why =
                    "is no entitlement of a group, which is NAMESPACE:group:NAME:NAME…:role=ROLE#AUTHORITY (AARC-G069)";
                Refusal::invalid("value", why)
            })?;
        let realm = self.realm_by_id(principal.realm).await?;
        let form = Form::of(&realm);
        let is_ours = form.is_some_and(|form| form.is_ours(value.trim()));
        let group = if is_ours {
            match self
                .group_at(principal, &GroupPath::of_names(parsed.path.clone()))
                .await
            {
                Ok(group) => Some(group.id),
                Err(Error::Refused(Refusal::NotFound { .. })) => None,
                Err(error) => return Err(error),
            }
        } else {
            None
        };
        Ok(ReadEntitlement { parsed, is_ours, group })
    }
}
