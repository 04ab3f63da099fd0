//! What the administration of the realm does: below `/admin`.

use super::super::admin::{
    attribute_configuration, configuration, group_configurations, groups, recalculation, retired, rules, users,
};
use crate::routes::Routes;

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .delete("", retired::realm)
        .put("/configuration", configuration::set)
        .get("/member-user-attribute/configuration", attribute_configuration::show)
        .post("/member-user-attribute/configuration", attribute_configuration::set)
        .post("/memberUserAttribute/calculation", recalculation::entitlements)
        .post("/effective-expiration-date/calculation", recalculation::effective_ends)
        .get("/configuration-rules", rules::list)
        .post("/configuration-rules", rules::set)
        .get("/configuration-rules/{id}", rules::show)
        .put("/configuration-rules/{id}", rules::change)
        .delete("/configuration-rules/{id}", rules::remove)
        .post("/group", groups::create)
        .delete("/group/{groupId}", groups::remove)
        .post("/group/{groupId}/children", groups::child)
        .post("/group/{groupId}/admin/{userId}", groups::name_admin)
        .delete("/group/{groupId}/admin/{userId}", groups::revoke_admin)
        .get("/group/{groupId}/configuration/{id}", group_configurations::show)
        .post("/group/{groupId}/configuration", group_configurations::save)
        .delete("/user/{id}", users::remove)
}
