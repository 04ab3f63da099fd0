//! Looking groups up by what people call them: for the operator and the native API.

use super::super::{Group, table};
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};

impl Directory {
    /// The group an operator means: an id, or a displayName that only one has.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn group_meant(&self, principal: &Principal, word: &str) -> Result<Group, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        let by_id = match Id::parse(word) {
            Some(id) => table::by_id(self.db(), principal.realm, id).await?,
            None => None,
        };
        let found = match by_id {
            Some(group) => Some(group),
            None if word.contains('\0') => None,
            None => table::by_display_name(self.db(), principal.realm, word).await?,
        };
        let realm = self.realm_by_id(principal.realm).await?;
        let found = found.filter(|group| access::group_matches(self.schemas(), principal, &realm, group));
        Ok(found.ok_or(Refusal::NotFound { what: "group" })?)
    }
}
