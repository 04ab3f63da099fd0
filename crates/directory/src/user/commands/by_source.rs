//! What an item of a plan does to a person: it was planned and approved, and acts in the name of its source.

use serde_json::{Map, Value};

use super::super::{User, intake};
use super::create::check_address;
use super::leave;
use super::write::{self, Invited};
use crate::change::Change;
use crate::error::Error;

/// Stores what a source says of a person, whose row is locked.
pub(crate) fn change_by_source(
    change: &mut Change<'_>,
    before: &User,
    mut attributes: Map<String, Value>,
    external_id: Option<String>,
) -> Result<User, Error> {
    intake::settle(change.schemas(), &mut attributes)?;
    write::store(change, before, attributes, external_id, Invited::AsIs)
}

/// Takes a person out, whose row is locked and whom the source no longer names.
pub(crate) fn leave_by_source(change: &mut Change<'_>, user: &User) -> Result<(), Error> {
    leave::at_once(change, user, Some("the source no longer names them"))
}

/// Whether a new person may have their address, where the realm has each for one person alone.
pub(crate) fn check_free_address(change: &mut Change<'_>, attributes: &Map<String, Value>) -> Result<(), Error> {
    check_address(change, None, None, attributes, None)
}
