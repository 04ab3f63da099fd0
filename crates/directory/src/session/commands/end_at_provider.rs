//! Somebody has signed out at the provider, which tells (Back-Channel Logout 1.0).

use super::super::{Over, table};
use super::record_end;
use crate::change::{Change, Command};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::principal::Permission;
use crate::user;

/// Ends the sessions that came of a session at the provider, or of somebody there, and that began up to an instant of the
/// machine's clock. A second time changes nothing.
#[derive(Clone, Debug)]
pub(crate) struct EndAtProvider {
    pub(crate) issuer: String,
    pub(crate) session: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) until: Timestamp,
}

impl Command for EndAtProvider {
    /// How many there were.
    type Output = usize;

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<usize, Error> {
        let named = (self.session.as_deref(), self.subject.as_deref());
        let mut ended = 0;
        for open in table::at_provider(change, &self.issuer, named, self.until)? {
            if table::take(change, &open.hash)?.is_none() {
                continue;
            }
            let version = user::table::read(change, open.user)?.map_or(1, |user| user.version);
            record_end(change, (open.user, version), open.id, Over::SignedOutThere)?;
            ended += 1;
        }
        Ok(ended)
    }
}
