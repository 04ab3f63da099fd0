//! Taking a request back.

use super::super::request::aside::put_aside;
use super::super::request::{ArchiveCause, Request};
use super::respond::lock_own;
use crate::change::{Change, Command};
use crate::error::Error;
use crate::id::Id;
use crate::principal::{Permission, Scope};

/// Takes one's own request back while it is open.
#[derive(Clone, Debug)]
pub struct Withdraw {
    /// Which one.
    pub id: Id<Request>,
}

impl Command for Withdraw {
    type Output = Request;

    fn needs(&self) -> Permission {
        Permission::Person(Scope::AgmSelf)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Request, Error> {
        let request = lock_own(change, self.id)?;
        put_aside(change, &request, ArchiveCause::Withdrawn)
    }
}
