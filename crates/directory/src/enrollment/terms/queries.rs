//! Which terms there are, and who has accepted them.

use super::{Acceptance, Terms, table};
use crate::Directory;
use crate::clock::Timestamp;
use crate::delegation::Capability;
use crate::denial::Denial;
use crate::enrollment::configuration::{self, Configuration};
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::principal::Principal;
use crate::user::User;

/// The most rows of one page.
const MOST: i64 = 500;

impl Directory {
    /// The versions of the terms of a group's way to join before that number, the newest first.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, `configuration_unknown`, or the store failed.
    pub async fn terms_of(
        &self,
        principal: &Principal,
        group: Id<Group>,
        configuration: Id<Configuration>,
        before: Option<i64>,
    ) -> Result<Vec<Terms>, Error> {
        let (group, _) = self.administered(principal, group).await?;
        let found = configuration::table::read(self.db(), principal.realm, configuration).await?;
        let found = found.filter(|found| found.group == group.id);
        let found = found.ok_or(Denial::NoSuchConfiguration)?;
        table::read_versions(self.db(), principal.realm, found.id, before.unwrap_or(i64::MAX), MOST).await
    }

    /// Who has accepted a version of the terms of a group's way to join, in the order of doing so, after one of them.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, `configuration_unknown`, or the store failed.
    pub async fn acceptances_of(
        &self,
        principal: &Principal,
        group: Id<Group>,
        terms: Id<Terms>,
        after: Option<(Timestamp, Id<User>)>,
    ) -> Result<Vec<Acceptance>, Error> {
        let (group, _) = self
            .administered_with(principal, group, Capability::MembersRead)
            .await?;
        let realm = principal.realm;
        let version = table::many(self.db(), realm, &[terms]).await?.pop();
        let version = version.ok_or(Refusal::NotFound { what: "terms" })?;
        let of = configuration::table::many(self.db(), realm, &[version.configuration]).await?;
        if of.iter().all(|of| of.group != group.id) {
            return Err(Refusal::NotFound { what: "terms" }.into());
        }
        table::read_acceptances(self.db(), realm, terms, after, MOST).await
    }
}
