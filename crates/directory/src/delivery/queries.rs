//! Reading deliveries.

use super::{Delivery, DeliveryState, routes, table};
use crate::Directory;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};

/// A page of deliveries, in order of making.
#[derive(Clone, Debug)]
pub struct DeliveryQuery {
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those to this target.
    pub target: Option<String>,
    /// Only those made after this one.
    pub after: Option<Id<Delivery>>,
    /// At most so many, 1 to 1001: a page of 1000 and whether there is another.
    pub limit: usize,
}

impl Default for DeliveryQuery {
    fn default() -> Self {
        Self {
            state: None,
            target: None,
            after: None,
            limit: 100,
        }
    }
}

impl Directory {
    /// Deliveries of a realm.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn deliveries(&self, principal: &Principal, query: &DeliveryQuery) -> Result<Vec<Delivery>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        table::list(self.db(), principal.realm, query).await
    }

    /// One delivery.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn delivery(&self, principal: &Principal, id: Id<Delivery>) -> Result<Delivery, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        table::by_id(self.db(), principal.realm, id)
            .await?
            .ok_or_else(|| Refusal::NotFound { what: "delivery" }.into())
    }

    /// The first instant after `now` at which a delivery is due, over all realms.
    ///
    /// # Errors
    /// The store failed.
    pub async fn next_delivery_due(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        table::next_due(self.db(), &routes::TARGETS, now).await
    }
}
