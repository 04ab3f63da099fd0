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
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::agm::wire::membership::{MembershipBody, MembershipInput};
use crate::app::App;
use crate::path::Path;

/// The membership that a path names.
#[derive(Debug)]
pub(in crate::agm) struct Named {
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

pub(in crate::agm) async fn show(call: Call, named: Named) -> Result<Reply, AgmError> {
    let member = call
        .directory()
        .membership(&call.principal, named.group, named.which)
        .await?;
    let (zone, settings) = (call.zone()?, &call.realm.settings.agm);
    let body = MembershipBody::of_member(&member, &zone, settings);
    Ok(Reply::ok(&body).version(member.listed.membership.version))
}

pub(in crate::agm) async fn update(
    call: Call,
    named: Named,
    Json(mut body): Json<MembershipInput>,
) -> Result<Reply, AgmError> {
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

pub(in crate::agm) async fn remove(call: Call, named: Named) -> Result<Reply, AgmError> {
    let command = RemoveMembership {
        group: named.group,
        which: named.which,
        if_match: call.if_match(),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn grant_role(call: Call, asked: Asked, named: Named) -> Result<Reply, AgmError> {
    let command = GrantMemberRole {
        group: named.group,
        which: named.which,
        if_match: call.if_match(),
        role: asked.text("name").unwrap_or_default().to_owned(),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn revoke_role(call: Call, named: Named) -> Result<Reply, AgmError> {
    let command = RevokeMemberRole {
        group: named.group,
        which: named.which,
        if_match: call.if_match(),
        role: named.role,
    };
    call.run(command).await?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn suspend(call: Call, asked: Asked, named: Named) -> Result<Reply, AgmError> {
    let command = SuspendMember {
        group: named.group,
        which: named.which,
        if_match: call.if_match(),
        justification: asked.text("justification").map(str::to_owned),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn activate(call: Call, asked: Asked, named: Named) -> Result<Reply, AgmError> {
    let command = ResumeMember {
        group: named.group,
        which: named.which,
        if_match: call.if_match(),
        justification: asked.text("justification").map(str::to_owned),
        begins_now: asked.flag("now", false)?,
    };
    call.run(command).await?;
    Ok(Reply::done())
}
