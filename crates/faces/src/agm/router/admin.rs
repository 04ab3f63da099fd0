//! What the administration of the realm does.

use super::super::admin::{
    attribute_configuration, configuration, group_configurations, groups, recalculation, retired, rules, users,
};
use crate::routes::Routes;

pub(super) fn add(routes: Routes) -> Routes {
    let routes = attribute_configuration::add(routes);
    let routes = configuration::add(routes);
    let routes = group_configurations::add(routes);
    let routes = groups::add(routes);
    let routes = recalculation::add(routes);
    let routes = retired::add(routes);
    let routes = rules::add(routes);
    users::add(routes)
}
