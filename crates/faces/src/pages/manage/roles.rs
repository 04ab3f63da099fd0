//! The roles people have in a group.

use axum::response::Response;
use directory::delegation::Capability;
use directory::entitlement::Form;
use directory::group::{DefineRole, DeleteRole, GroupRole, RenameRole, RoleName, RoleNamed};
use directory::{Denial, Error, Id, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::frame::{Asked, Managed, Tab};
use crate::pages::form::Fields;

#[derive(Debug, Serialize)]
struct Entry {
    id: String,
    name: String,
    /// What it entitles to, as other systems read it.
    entitlement: String,
    version: i64,
}

pub(super) async fn page(managed: &Managed<'_>, asked: Asked<'_>) -> Result<Response, Error> {
    let directory = &managed.app.directory;
    let roles = directory.group_roles(managed.principal(), managed.id()).await?;
    let form = Form::shown(&managed.visit.realm);
    let entries: Vec<Entry> = roles
        .into_iter()
        .map(|role| Entry {
            id: role.id.to_string(),
            entitlement: form.value(managed.placed.path.names(), Some(&role.name)),
            name: role.name,
            version: role.version,
        })
        .collect();
    let values = context! {
        roles => Serde(entries), defines => managed.may(Capability::RolesDefine), new_name => asked.typed("name"),
        plain => managed.placed.group.management.plain_members,
    };
    Ok(managed.render("managed_roles.html", Tab::Roles, asked, values))
}

pub(super) async fn act(managed: &Managed<'_>, form: &Fields) -> Result<String, Error> {
    let group = managed.id();
    let name = || RoleName::parse(form.text("name").unwrap_or_default());
    let role = || {
        let id = form.said("role").and_then(Id::<GroupRole>::parse);
        id.map(RoleNamed::Id).ok_or(Denial::NoSuchRole)
    };
    let seen = || form.said("version").and_then(|version| version.parse().ok());
    let done = match form.text("act") {
        Some("define") => {
            managed.run(DefineRole { group, name: name()? }).await?;
            "role"
        }
        Some("rename") => {
            let rename = RenameRole {
                group,
                role: role()?,
                name: name()?,
                if_version: seen(),
            };
            managed.run(rename).await?;
            "role-renamed"
        }
        Some("delete") => {
            let instead = form.said("instead").and_then(Id::<GroupRole>::parse);
            let delete = DeleteRole {
                group,
                role: role()?,
                replace_with: instead.map(RoleNamed::Id),
                force: form.text("instead").is_some() && instead.is_none(),
                if_version: seen(),
            };
            managed.run(delete).await?;
            "role-gone"
        }
        _ => return Err(Refusal::invalid("act", "define, rename or delete").into()),
    };
    Ok(managed.did(Tab::Roles, done))
}
