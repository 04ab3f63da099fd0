//! Invitations to a group, and to administer it.

use crate::routes::Routes;

pub(in crate::agm) fn add(routes: Routes) -> Routes {
    routes
}
