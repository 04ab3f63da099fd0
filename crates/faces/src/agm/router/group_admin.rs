//! What those do who administer groups: below `/account/group-admin`.

use super::super::group_admin::{
    admins, configurations, group, groups, invitations, member, members, requests, roles, rules,
};
use crate::routes::Routes;

pub(super) fn add(routes: Routes) -> Routes {
    let routes = routes
        .get("/groups", groups::list)
        .get("/groupids/all", groups::ids)
        .get("/groups/members", groups::people)
        .get("/configuration-rules", rules::list)
        .get("/enroll-requests", requests::list)
        .get("/enroll-request/{enrollId}", requests::show)
        .post("/enroll-request/{enrollId}/extra-info", requests::ask)
        .post("/enroll-request/{enrollId}/accept", requests::accept)
        .post("/enroll-request/{enrollId}/reject", requests::reject)
        .post("/group", groups::create);
    member(of_group(routes))
}

fn of_group(routes: Routes) -> Routes {
    routes
        .delete("/group/{groupId}", group::remove)
        .get("/group/{groupId}/all", group::whole)
        .post("/group/{groupId}/attributes", group::replace_attributes)
        .post("/group/{groupId}/children", group::child)
        .get("/group/{groupId}/configuration/all", configurations::all)
        .get("/group/{groupId}/configuration/{id}", configurations::show)
        .post("/group/{groupId}/configuration", configurations::save)
        .delete("/group/{groupId}/configuration/{id}", configurations::remove)
        .post("/group/{groupId}/default-configuration", configurations::make_default)
        .get("/group/{groupId}/roles", roles::list)
        .post("/group/{groupId}/roles", roles::define)
        // The predecessor's path has the role's id where it is renamed: both take either.
        .delete("/group/{groupId}/role/{name}", roles::remove)
        .put("/group/{groupId}/role/{name}", roles::rename)
        .get("/group/{groupId}/members", members::list)
        .post("/group/{groupId}/members", members::create)
        .post("/group/{groupId}/members/invitation", invitations::member)
        .post("/group/{groupId}/admin/invite", invitations::admin)
        .post("/group/{groupId}/admin", admins::name)
        .delete("/group/{groupId}/admin", admins::revoke)
        // As older clients write it.
        .post("/group/{groupId}/admin/{userId}", admins::name_person)
        .delete("/group/{groupId}/admin/{userId}", admins::revoke_person)
}

/// One membership: by its own id, or by whose it is.
fn member(routes: Routes) -> Routes {
    let bases = [
        "/group/{groupId}/member/{memberId}",
        "/group/{groupId}/member/user/{userId}",
    ];
    bases.into_iter().fold(routes, |routes, base| {
        routes
            .get(base, member::show)
            .put(base, member::update)
            .delete(base, member::remove)
            .post(&format!("{base}/role"), member::grant_role)
            .delete(&format!("{base}/role/{{name}}"), member::revoke_role)
            .post(&format!("{base}/suspend"), member::suspend)
            .post(&format!("{base}/activate"), member::activate)
    })
}
