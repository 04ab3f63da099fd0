//! Where what is handled: one table of contents for each of the three parts.

mod admin;
mod group_admin;
mod user;

use crate::face::Face;
use crate::routes::Routes;

/// Where the face is served; it has no paths at the root.
const BASE: &str = "/realms/{realm}/agm";

pub(crate) fn routes() -> Routes {
    let base = |below: &str| Routes::of(Face::Agm, &[&format!("{BASE}{below}")]);
    let user = user::add(base("/account/user"));
    let group_admin = group_admin::add(base("/account/group-admin"));
    user.and(group_admin).and(admin::add(base("/admin")))
}
