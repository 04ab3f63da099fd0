//! What people do for themselves.

use super::super::user::{configurations, groups, invitations, membership, requests};
use crate::routes::Routes;

pub(super) fn add(routes: Routes) -> Routes {
    let routes = configurations::add(routes);
    let routes = groups::add(routes);
    let routes = invitations::add(routes);
    let routes = membership::add(routes);
    requests::add(routes)
}
