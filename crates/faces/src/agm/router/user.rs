//! What people do for themselves: below `/account/user`.

use super::super::user::{configurations, groups, invitations, membership, requests};
use crate::routes::Routes;

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .get("/groups", groups::list)
        .get("/groups/configurations", configurations::by_path)
        // The second is how the predecessor's documents write it.
        .get("/configuration/{id}", configurations::show)
        .get("/groups/configuration/{id}", configurations::show)
        .get("/group/{groupId}/configurations", configurations::of_group)
        .get("/group/{groupId}/member", membership::show)
        .delete("/group/{groupId}/member", membership::leave)
        .get("/enroll-requests", requests::list)
        .post("/enroll-request", requests::submit)
        .get("/enroll-request/{id}", requests::show)
        .delete("/enroll-request/{id}", requests::withdraw)
        .post("/enroll-request/{id}/respond", requests::respond)
        .get("/invitation/{id}", invitations::show)
        .post("/invitation/{id}/accept", invitations::accept)
        .post("/invitation/{id}/reject", invitations::reject)
}
