//! Requests to join.

use crate::routes::Routes;

pub(in crate::agm) fn add(routes: Routes) -> Routes {
    routes
}
