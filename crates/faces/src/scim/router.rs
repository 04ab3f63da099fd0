//! Where what is handled.

use super::{adopt, bulk, discovery, groups, invitation, me, search, tokens, users};
use crate::face::Face;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    let resources = Routes::of(Face::Scim, &["/scim/v2", "/realms/{realm}/scim/v2"])
        .get("/Users", users::list)
        .post("/Users", users::create)
        .post("/Users/.search", search::users)
        .get("/Users/{id}", users::read)
        .put("/Users/{id}", users::replace)
        .patch("/Users/{id}", users::modify)
        .delete("/Users/{id}", users::delete)
        .post("/Users/{id}/.invitation", invitation::act)
        .post("/Users/{id}/.adopt", adopt::act)
        .get("/Groups", groups::list)
        .post("/Groups", groups::create)
        .post("/Groups/.search", search::groups)
        .get("/Groups/{id}", groups::read)
        .put("/Groups/{id}", groups::replace)
        .patch("/Groups/{id}", groups::modify)
        .delete("/Groups/{id}", groups::delete)
        .get("/Me", me::read)
        .post("/Me", me::create)
        .put("/Me", me::replace)
        .patch("/Me", me::modify)
        .delete("/Me", me::delete)
        .get("", search::root)
        .post("/.search", search::all)
        .post("/Bulk", bulk::run)
        .get("/ServiceProviderConfig", discovery::service_provider_config)
        .get("/ResourceTypes", discovery::resource_types)
        .get("/ResourceTypes/{id}", discovery::resource_type)
        .get("/Schemas", discovery::schemas)
        .get("/Schemas/{id}", discovery::schema);
    let wire = Routes::of(
        Face::ScimTokens,
        &["/scim/auth-tokens", "/realms/{realm}/scim/auth-tokens"],
    )
    .get("", tokens::list)
    .post("", tokens::create)
    .delete("", tokens::delete_by_query)
    .put("/{id}", tokens::rename)
    .delete("/{id}", tokens::delete);
    resources.and(wire)
}
