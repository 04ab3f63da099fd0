//! What tells other systems of groups and roles.

use crate::routes::Routes;

pub(in crate::agm) fn add(routes: Routes) -> Routes {
    routes
}
