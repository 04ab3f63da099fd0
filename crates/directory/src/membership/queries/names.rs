//! Who is in a group, for exports.

use uuid::Uuid;

use super::super::table;
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};
use crate::user::User;

impl Directory {
    /// People in a group, directly, with their userNames, in the order of their ids after one; at most so many.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn member_names(
        &self,
        principal: &Principal,
        group: Id<Group>,
        after: Option<Id<User>>,
        limit: usize,
    ) -> Result<Vec<(Id<User>, String)>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        let params = [
            principal.realm.into(),
            group.into(),
            after.map_or(Uuid::nil(), Id::uuid).into(),
            (limit.clamp(1, 1000) as i64).into(),
        ];
        let rows = self.db().query(table::DOCUMENTS_AFTER, &params).await?;
        let name = |document: &str| {
            let document: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
            document["userName"].as_str().unwrap_or_default().to_owned()
        };
        rows.into_iter()
            .map(|mut row| Ok((row.take(0)?, name(&row.take::<String>(1)?))))
            .collect()
    }
}
