//! One membership: by its own id, or by whose it is.

use std::collections::HashMap;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use directory::Id;
use directory::group::Group;
use directory::membership::{
    GrantMemberRole, RemoveMembership, ResumeMember, RevokeMemberRole, SuspendMember, UpdateMembership, Which,
};

use crate::agm::body::Json;
use crate::agm::call::{Call, id};
use crate::agm::error::AgmError;
use crate::agm::path::Path;
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::agm::wire::membership::{MembershipBody, MembershipInput};
use crate::app::App;
use crate::routes::Routes;

pub(in crate::agm) fn add(routes: Routes) -> Routes {
    let bases = [
        "/group/{groupId}/member/{memberId}",
        "/group/{groupId}/member/user/{userId}",
    ];
    bases.into_iter().fold(routes, |routes, base| {
        routes
            .get(base, show)
            .put(base, update)
            .delete(base, remove)
            .post(&format!("{base}/role"), grant_role)
            .delete(&format!("{base}/role/{{name}}"), revoke_role)
            .post(&format!("{base}/suspend"), suspend)
            .post(&format!("{base}/activate"), activate)
    })
}

/// The membership that a path names.
#[derive(Debug)]
struct Named {
    group: Id<Group>,
    which: Which,
    /// The role, where the path has one.
    role: String,
}

impl FromRequestParts<App> for Named {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Path(path) = Path::<HashMap<String, String>>::from_request_parts(parts, app).await?;
        Self::of(&path).map_err(IntoResponse::into_response)
    }
}

impl Named {
    fn of(path: &HashMap<String, String>) -> Result<Self, AgmError> {
        let part = |name: &str| path.get(name).map(String::as_str);
        let which = match part("memberId") {
            Some(member) => Which::Membership(id(member, "membership")?),
            None => Which::User(id(part("userId").unwrap_or_default(), "membership")?),
        };
        Ok(Self {
            group: id(part("groupId").unwrap_or_default(), "group")?,
            which,
            role: part("name").unwrap_or_default().to_owned(),
        })
    }
}

async fn show(call: Call, named: Named) -> Result<Reply, AgmError> {
    let member = call
        .directory()
        .membership(&call.principal, named.group, named.which)
        .await?;
    let (zone, settings) = (call.zone()?, &call.realm.settings.agm);
    let body = MembershipBody::of_member(&member, &zone, settings);
    Ok(Reply::ok(&body).version(member.listed.membership.version))
}

async fn update(call: Call, named: Named, Json(mut body): Json<MembershipInput>) -> Result<Reply, AgmError> {
    let command = UpdateMembership {
        group: named.group,
        which: named.which,
        if_match: call.if_match(),
        roles: body.roles(),
        valid_from: body.valid_from,
        last_day: body.membership_expires_at,
    };
    call.run(command).await?;
    Ok(Reply::done())
}

async fn remove(call: Call, named: Named) -> Result<Reply, AgmError> {
    let command = RemoveMembership {
        group: named.group,
        which: named.which,
        if_match: call.if_match(),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

async fn grant_role(call: Call, asked: Asked, named: Named) -> Result<Reply, AgmError> {
    let command = GrantMemberRole {
        group: named.group,
        which: named.which,
        role: asked.text("name").unwrap_or_default().to_owned(),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

async fn revoke_role(call: Call, named: Named) -> Result<Reply, AgmError> {
    let command = RevokeMemberRole {
        group: named.group,
        which: named.which,
        role: named.role,
    };
    call.run(command).await?;
    Ok(Reply::done())
}

async fn suspend(call: Call, asked: Asked, named: Named) -> Result<Reply, AgmError> {
    let command = SuspendMember {
        group: named.group,
        which: named.which,
        justification: asked.text("justification").map(str::to_owned),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

async fn activate(call: Call, asked: Asked, named: Named) -> Result<Reply, AgmError> {
    let command = ResumeMember {
        group: named.group,
        which: named.which,
        justification: asked.text("justification").map(str::to_owned),
        begins_now: asked.flag("now", false)?,
    };
    call.run(command).await?;
    Ok(Reply::done())
}
