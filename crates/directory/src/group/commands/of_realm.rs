//! What the administration of the realm does with groups, whoever administers them.

use crate::change::{Change, Command};
use crate::error::Error;
use crate::principal::{Permission, RealmRight};

/// A command on groups, for those alone who have the right to all groups of the realm: whoever administers some groups has other
/// ways to do it there.
#[derive(Clone, Debug)]
pub struct OfRealm<C>(pub C);

impl<C: Command> Command for OfRealm<C> {
    type Output = C::Output;

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::Groups)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<C::Output, Error> {
        change.principal().check(self.0.needs())?;
        self.0.run(change)
    }
}
