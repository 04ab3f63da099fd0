//! Invitations, by the secret of their link.

use crate::routes::Routes;

pub(in crate::agm) fn add(routes: Routes) -> Routes {
    routes
}
