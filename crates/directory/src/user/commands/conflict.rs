//! A program's full replacement of what others have written since: it wins, or it is reported (W-96).

use serde_json::{Map, Value, json};

use super::super::provenance::Conflict;
use super::super::{User, intake, table};
use super::modify::Written;
use crate::access;
use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::principal::Actor;
use crate::realm::ScimConflict;

/// What a PUT does not take, where the realm has it reported.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The space of the program, if it is one whose PUTs are looked at.
    space: Option<uuid::Uuid>,
    conflicts: Vec<Conflict>,
}

/// Puts back what somebody else has written. Only a program that manages the person repeats itself: it made or adopted them,
/// or calls them by an externalId. What its policy does not let it write is refused, as ever.
pub(super) fn keep(change: &Change<'_>, before: &User, after: &mut Map<String, Value>) -> Result<Kept, Error> {
    let Actor::Client(actor) = &change.principal().actor else {
        return Ok(Kept::default());
    };
    let space = actor.client.space;
    if !before.is_managed_by(space)
        || change.realm().settings.scim_conflict.unwrap_or_default() == ScimConflict::ScimWins
    {
        return Ok(Kept::default());
    }
    let policy = access::policy(change.principal());
    let mut conflicts = before.provenance.conflicts(space, before.attributes(), after);
    conflicts.retain(|conflict| policy.is_none_or(|policy| policy.may_write(&conflict.key)));
    if !conflicts.is_empty() {
        for conflict in &conflicts {
            conflict.restore(after);
        }
        intake::settle(change.schemas(), after)?;
        Change::check_text(after)?;
    }
    Ok(Kept {
        space: Some(space),
        conflicts,
    })
}

/// Reports what was kept, once for each value that a program insists on.
pub(super) fn settle(change: &mut Change<'_>, mut written: Written, kept: &Kept) -> Result<Written, Error> {
    let Some(space) = kept.space else {
        return Ok(written);
    };
    let user = &mut written.user;
    let (provenance, new) = user.provenance.insisted(space, &kept.conflicts);
    if provenance != user.provenance {
        user.provenance = provenance;
        table::note_writers(change, user)?;
    }
    if !kept.conflicts.is_empty() {
        let names: Vec<String> = kept.conflicts.iter().map(Conflict::name).collect();
        let warning = format!("kept, since others have written it: {}", names.join(", "));
        written.warnings.push(warning);
    }
    if !new.is_empty() {
        let conflicts: Vec<Value> = new.into_iter().map(Conflict::to_event).collect();
        let body = json!({ "conflicts": conflicts });
        change.record(Event::new(
            EventKind::UserWriteConflict,
            user.id.uuid(),
            user.version,
            body,
        ))?;
    }
    Ok(written)
}
