//! Taking a request back for whoever made it.

use super::super::request::aside::put_aside;
use super::super::request::{ArchiveCause, Request, table};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Scope};

/// Takes somebody's request back on their word, while it is open. The facts name who did it.
#[derive(Clone, Debug)]
pub struct TakeBack {
    /// Which one.
    pub id: Id<Request>,
}

impl Command for TakeBack {
    type Output = Request;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Request, Error> {
        let request = table::lock(change, self.id)?.ok_or(Refusal::NotFound { what: "request" })?;
        put_aside(change, &request, ArchiveCause::Withdrawn)
    }
}
