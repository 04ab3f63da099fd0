//! PUT and PATCH of a person.

use scim::patch::{self, PatchOptions};
use serde_json::{Map, Value};

use super::super::intake::{self, Accepted};
use super::super::{User, table, user_name};
use super::conflict;
use super::create::space;
use super::write::{self, Invited};
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Client, Operation, Profile, ResourceKind, unknown};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Scope};
use crate::view::wire_rules;

/// What a write came to.
#[derive(Debug)]
pub struct Written {
    /// The person as they now are.
    pub user: User,
    /// Whether anything changed.
    pub changed: bool,
    /// What the caller should know beside that.
    pub warnings: Vec<String>,
}

/// Replaces a person's attributes (RFC 7644 §3.5.1).
#[derive(Clone, Debug)]
pub struct ReplaceUser {
    /// Who.
    pub id: Id<User>,
    /// The attributes in SCIM's terms.
    pub body: Value,
    /// The versions the caller accepts; empty = any.
    pub if_match: crate::view::IfMatch,
    /// What it takes.
    pub needs: Scope,
}

impl Command for ReplaceUser {
    type Output = Written;

    fn needs(&self) -> Permission {
        Permission::Scope(self.needs)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Written, Error> {
        let before = load(change, self.id, &self.if_match)?;
        access::check_self(change, self.id)?;
        let client = change.principal().client().cloned();
        let old = visible(&before, client.as_deref());
        let mut accepted = intake::accept(change, client.as_deref(), &self.body, Some(&old))?;
        let profile = client.as_deref().map_or(Profile::Generic, |client| client.profile);
        let schema = change.schemas().resource(ResourceKind::User, profile);
        let sent = accepted.attributes.len();
        access::keep_hidden_parts(
            schema,
            access::policy(change.principal()),
            before.attributes(),
            &mut accepted.attributes,
        );
        let mut unsettled = accepted.attributes.len() > sent;
        if profile.has_wire_rules() {
            unsettled = true;
            let language = change.realm().settings.language();
            wire_rules::forget_stand_ins(&mut accepted.attributes, &old, language);
        }
        if unsettled {
            intake::settle(change.schemas(), &mut accepted.attributes)?;
        }
        let hidden = access::policy(change.principal())
            .is_some_and(|policy| !policy.may_write("externalId") || !policy.may_read("externalId"));
        if hidden && accepted.external_id.is_none() {
            accepted.external_id = before.external_ids.get(space(client.as_deref())).map(str::to_owned);
        }
        let kept = conflict::keep(change, &before, &mut accepted.attributes)?;
        let written = finish(change, &before, accepted)?;
        conflict::settle(change, written, &kept)
    }
}

/// Modifies a person by operations (RFC 7644 §3.5.2).
#[derive(Clone, Debug)]
pub struct PatchUser {
    /// Who.
    pub id: Id<User>,
    /// The operations, in order.
    pub operations: Vec<patch::Operation>,
    /// The versions the caller accepts; empty = any.
    pub if_match: crate::view::IfMatch,
    /// What it takes.
    pub needs: Scope,
}

impl Command for PatchUser {
    type Output = Written;

    fn needs(&self) -> Permission {
        Permission::Scope(self.needs)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Written, Error> {
        let before = load(change, self.id, &self.if_match)?;
        access::check_self(change, self.id)?;
        let client = change.principal().client().cloned();
        let profile = client.as_deref().map_or(Profile::Generic, |client| client.profile);
        let schema = change.schemas().intake(ResourceKind::User, profile);
        let mut attributes = visible(&before, client.as_deref());
        let operations = if profile.has_wire_rules() {
            let limit = change.realm().settings.rich_info_limit();
            wire_rules::patch(&self.operations, &mut attributes, limit)?
        } else {
            self.operations.clone()
        };
        let operations = user_name::in_operations(client.as_deref(), operations);
        let warnings = unknown::of_operations(client.as_deref(), &operations, schema)?;
        let options = PatchOptions {
            lenient: unknown::passes_over(client.as_deref()),
            forgives_removal: profile.has_wire_rules(),
            ..PatchOptions::default()
        };
        patch::apply(&mut attributes, &operations, schema, &options)?;
        let external_id = intake::take_external_id(&mut attributes, profile);
        let old = before.attributes();
        let accepted = intake::check(
            change,
            client.as_deref(),
            Accepted {
                attributes,
                external_id,
                warnings,
            },
            Some(old),
        )?;
        finish(change, &before, accepted)
    }
}

fn load(change: &mut Change<'_>, id: Id<User>, if_match: &crate::view::IfMatch) -> Result<User, Error> {
    access::check_operation(change.principal(), ResourceKind::User, Operation::Update)?;
    let before = table::lock(change, id)?.ok_or(Refusal::NotFound { what: "user" })?;
    access::check_user(change, &before)?;
    if !if_match.allows(before.version) {
        return Err(Refusal::Changed.into());
    }
    Ok(before)
}

/// The attributes as PATCH sees them: with the caller's externalId.
fn visible(user: &User, client: Option<&Client>) -> Map<String, Value> {
    let mut attributes = user.attributes().clone();
    if let Some(external_id) = user.external_ids.get(space(client)) {
        attributes.insert("externalId".into(), external_id.into());
    }
    attributes
}

fn finish(change: &mut Change<'_>, before: &User, mut accepted: Accepted) -> Result<Written, Error> {
    if access::is_for_oneself(change.principal()) {
        // externalId is the program's word for the person, not theirs.
        let client = change.principal().client().cloned();
        accepted.external_id = before.external_ids.get(space(client.as_deref())).map(str::to_owned);
    }
    access::check_self_editable(change, before, &accepted.attributes)?;
    let user = write::store(change, before, accepted.attributes, accepted.external_id, Invited::AsIs)?;
    Ok(Written {
        changed: user.version != before.version,
        warnings: accepted.warnings,
        user,
    })
}
