//! What those do who administer groups.

use super::super::group_admin::{
    admins, configurations, group, groups, invitations, member, members, requests, roles, rules,
};
use crate::routes::Routes;

pub(super) fn add(routes: Routes) -> Routes {
    let routes = admins::add(routes);
    let routes = configurations::add(routes);
    let routes = group::add(routes);
    let routes = groups::add(routes);
    let routes = invitations::add(routes);
    let routes = member::add(routes);
    let routes = members::add(routes);
    let routes = requests::add(routes);
    let routes = roles::add(routes);
    rules::add(routes)
}
