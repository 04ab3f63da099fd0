//! `usher group add` and `remove`: people and groups in a group, as SCIM puts them in and takes them out.

use anyhow::Result;
use clap::Args;
use scim::patch::{Op, Operation};
use serde_json::{Value, json};

use super::{find, patch, show};
use crate::cli::context::Context;
use crate::cli::user;

/// Who is to be a member or no longer one.
#[derive(Debug, Args)]
pub(super) struct Members {
    /// The group: path, id or displayName
    group: String,
    /// People: id, userName or mail address
    #[arg(value_name = "USER", required_unless_present = "groups")]
    users: Vec<String>,
    /// Groups: path, id or displayName
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
}

impl Members {
    pub(super) async fn add(self, context: &Context) -> Result<()> {
        let id = find(context, &self.group).await?;
        let value = Value::Array(values(context, &self.users, &self.groups).await?);
        let operation = Operation {
            op: Op::Add,
            path: Some("members".into()),
            value: Some(value),
        };
        patch(context, id, vec![operation]).await?;
        show(context, id).await
    }

    pub(super) async fn remove(self, context: &Context) -> Result<()> {
        let id = find(context, &self.group).await?;
        let values = values(context, &self.users, &self.groups).await?;
        let operation = |member: &Value| Operation {
            op: Op::Remove,
            path: Some(format!("members[value eq {}]", member["value"])),
            value: None,
        };
        patch(context, id, values.iter().map(operation).collect()).await?;
        show(context, id).await
    }
}

/// Members as SCIM names them.
pub(super) async fn values(context: &Context, users: &[String], groups: &[String]) -> Result<Vec<Value>> {
    let mut values = Vec::with_capacity(users.len() + groups.len());
    for name in users {
        values.push(json!({ "value": user::find(context, name).await?.0.to_string() }));
    }
    for name in groups {
        values.push(json!({ "value": find(context, name).await?.to_string(), "type": "Group" }));
    }
    Ok(values)
}
