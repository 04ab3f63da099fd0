//! externalId: belongs to the client that wrote it; clients of one space share theirs.

use std::collections::HashMap;

use db::{Db, statements};
use scim::filter::{CompareOp, Operand, Resolved};
use scim::schema::AttributeRef;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::change::Change;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::Principal;
use crate::realm::{ExternalIdMatch, Realm, RealmId};
use crate::user::rules::INDEXED_CHARS;
use crate::user::{ExternalIds, User};

pub(crate) const USER: &str = "User";
pub(crate) const GROUP: &str = "Group";

/// The spaces that Wire's clients share: those bound to the provider, and the others (W-41). In them an externalId is one
/// resource's alone, and it compares as the realm sets it.
pub(crate) const WIRE_BOUND: Uuid = Uuid::from_u128(1);
pub(crate) const WIRE_UNBOUND: Uuid = Uuid::from_u128(2);

statements! {
    ADD = "INSERT INTO external_ids (realm, space, resource_type, value, resource, sole) VALUES (?1, ?2, ?3, ?4, ?5, FALSE) ON CONFLICT DO NOTHING";
    /// No row when another resource of the space has it.
    ADD_SOLE = "INSERT INTO external_ids (realm, space, resource_type, value, resource, sole) VALUES (?1, ?2, ?3, ?4, ?5, TRUE) ON CONFLICT DO NOTHING";
    REMOVE = "DELETE FROM external_ids WHERE realm = ?1 AND space = ?2 AND resource_type = ?3 AND value = ?4 AND resource = ?5";
    OF_SPACE = "SELECT value, resource FROM external_ids WHERE realm = ?1 AND space = ?2 AND resource_type = ?3
                  AND (value, resource) > (?4, ?5) ORDER BY value, resource LIMIT ?6";
    /// With the externalIds as they were written, which the index may have folded.
    OF_WIRE = "SELECT e.space, e.resource_type, e.value, e.resource, u.external_ids, g.external_ids FROM external_ids e
               LEFT JOIN users u ON u.realm = e.realm AND u.id = e.resource LEFT JOIN groups g ON g.realm = e.realm AND g.id = e.resource
               WHERE e.realm = ?1 AND e.space IN (?2, ?3) ORDER BY e.space, e.resource_type, e.value, e.resource LIMIT ?4";
    MOVE = "UPDATE external_ids SET value = ?6 WHERE realm = ?1 AND space = ?2 AND resource_type = ?3 AND value = ?4 AND resource = ?5";
    HOLDERS = "SELECT resource FROM external_ids WHERE realm = ?1 AND space = ?2 AND resource_type = ?3 AND value = ?4 LIMIT 3";
}

/// How many externalIds are compared anew when the realm's rule changes.
const COMPARED_ANEW: usize = 10_000;

/// By what an externalId of a space is compared, as far as the index goes.
pub(crate) fn key(space: Uuid, value: &str, rule: Option<ExternalIdMatch>) -> String {
    let folded = Comparison { space, rule }.folded(value);
    folded.chars().take(INDEXED_CHARS).collect()
}

/// How externalIds compare to a caller: exactly, in Wire's spaces as the realm has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison {
    pub(crate) space: Uuid,
    pub(crate) rule: Option<ExternalIdMatch>,
}

impl Comparison {
    pub(crate) fn of(principal: &Principal, realm: &Realm) -> Self {
        Self {
            space: principal.client().map_or_else(Uuid::nil, |client| client.space),
            rule: realm.settings.external_id_match,
        }
    }

    fn folds(self, value: &str) -> bool {
        is_wire(self.space)
            && match self.rule {
                None => value.contains('@'),
                Some(ExternalIdMatch::Ci) => true,
                Some(ExternalIdMatch::Exact) => false,
            }
    }

    pub(crate) fn folded(self, value: &str) -> String {
        if self.folds(value) {
            scim::text::key(value)
        } else {
            value.to_owned()
        }
    }

    /// The form in which a text is compared so, and another one that it may be meant in: a part of a value that has no `@` does
    /// not say whether the value folds.
    pub(crate) fn forms(self, text: &str, op: CompareOp) -> (String, Option<String>) {
        let is_part = matches!(op, CompareOp::Co | CompareOp::Sw | CompareOp::Ew);
        let is_open = is_part && is_wire(self.space) && self.rule.is_none() && !text.contains('@');
        let other = is_open.then(|| scim::text::key(text)).filter(|other| other != text);
        (self.folded(text), other)
    }

    /// A filter whose texts are those that values are compared by ([`Self::in_value`]).
    pub(crate) fn in_filter(self, filter: Resolved) -> Resolved {
        if !is_wire(self.space) {
            return filter;
        }
        let each = |parts: Vec<Resolved>| parts.into_iter().map(|part| self.in_filter(part)).collect();
        match filter {
            Resolved::And(parts) => Resolved::And(each(parts)),
            Resolved::Or(parts) => Resolved::Or(each(parts)),
            Resolved::Not(part) => Resolved::Not(Box::new(self.in_filter(*part))),
            Resolved::Compare {
                attribute,
                op,
                value: Operand::String { exact, .. },
            } if attribute.key() == "externalId" => self.in_comparison(&attribute, op, &exact),
            other => other,
        }
    }

    fn in_comparison(self, attribute: &AttributeRef, op: CompareOp, text: &str) -> Resolved {
        let compare = |op: CompareOp, text: &str| Resolved::Compare {
            attribute: attribute.clone(),
            op,
            value: Operand::text(text),
        };
        let (one, other) = self.forms(text, op);
        match other {
            Some(other) => {
                let folds = compare(CompareOp::Co, "@");
                Resolved::Or(vec![
                    Resolved::And(vec![folds.clone(), compare(op, &other)]),
                    Resolved::And(vec![Resolved::Not(Box::new(folds)), compare(op, &one)]),
                ])
            }
            None => compare(op, &one),
        }
    }

    /// Whether a resource matches a filter, by these rules.
    pub(crate) fn matches(self, filter: Resolved, mut resource: Map<String, Value>) -> bool {
        self.in_value(&mut resource);
        self.in_filter(filter).matches(&resource)
    }

    /// Brings a resource that a filter is asked about, or that is sorted, to what its externalId is compared by.
    pub(crate) fn in_value(self, resource: &mut Map<String, Value>) {
        if let Some(Value::String(id)) = resource.get_mut("externalId")
            && self.folds(id)
        {
            *id = scim::text::key(id);
        }
    }
}

fn is_wire(space: Uuid) -> bool {
    matches!(space, WIRE_BOUND | WIRE_UNBOUND)
}

fn rule(change: &Change<'_>) -> Option<ExternalIdMatch> {
    change.realm().settings.external_id_match
}

/// Whether a client of Wire's calls the person by an externalId, which is how it manages people.
pub(crate) fn is_managed_by_wire(ids: &ExternalIds) -> bool {
    ids.get(WIRE_BOUND).is_some() || ids.get(WIRE_UNBOUND).is_some()
}

/// Notes what the clients of a space call a resource.
pub(crate) fn add(
    change: &mut Change<'_>,
    space: Uuid,
    resource_type: &'static str,
    value: &str,
    resource: Uuid,
) -> Result<(), Error> {
    let realm = change.realm_id();
    let params = [
        realm.into(),
        space.into(),
        resource_type.into(),
        key(space, value, rule(change)).into(),
        resource.into(),
    ];
    if !is_wire(space) || resource_type == GROUP {
        return change.later(ADD, params.into());
    }
    match change.execute(ADD_SOLE, &params)? {
        1 => Ok(()),
        _ => Err(Refusal::Taken {
            attribute: "externalId",
        }
        .into()),
    }
}

/// Brings the notes from what a resource was called to what it now is called.
pub(crate) fn replace(
    change: &mut Change<'_>,
    resource_type: &'static str,
    resource: Uuid,
    before: &ExternalIds,
    after: &ExternalIds,
) -> Result<(), Error> {
    let realm = change.realm_id();
    let rule = rule(change);
    let keys = |ids: &ExternalIds| -> Vec<(Uuid, String)> {
        ids.iter()
            .map(|(space, value)| (space, key(space, value, rule)))
            .collect()
    };
    // A node that knew the realm's former rule for a moment may have noted another form: it goes with the rest.
    let other_forms = |(space, value): (Uuid, &str)| {
        let rules = [None, Some(ExternalIdMatch::Exact), Some(ExternalIdMatch::Ci)];
        let noted = key(space, value, rule);
        let mut forms: Vec<String> = rules.map(|rule| key(space, value, rule)).to_vec();
        forms.sort_unstable();
        forms.dedup();
        forms
            .into_iter()
            .filter(move |form| *form != noted)
            .map(move |form| (space, form))
    };
    let gone = before.iter().filter(|(space, value)| after.get(*space) != Some(*value));
    let stale: Vec<(Uuid, String)> = gone.flat_map(other_forms).collect();
    let (before, after_keys) = (keys(before), keys(after));
    for (space, value) in before.iter().chain(&stale).filter(|pair| !after_keys.contains(pair)) {
        change.later(
            REMOVE,
            vec![
                realm.into(),
                (*space).into(),
                resource_type.into(),
                value.as_str().into(),
                resource.into(),
            ],
        )?;
    }
    for (space, value) in after_keys.iter().filter(|pair| !before.contains(pair)) {
        add(change, *space, resource_type, value, resource)?;
    }
    Ok(())
}

/// The people a space knows, by what indexes their externalId, after one of them.
pub(crate) async fn people_of(
    db: &Db,
    realm: RealmId,
    space: Uuid,
    after: Option<(String, Id<User>)>,
    limit: usize,
) -> Result<Vec<(String, Id<User>)>, Error> {
    let (value, resource) = after.unwrap_or_else(|| (String::new(), Id::new(Uuid::nil())));
    let params = [
        realm.into(),
        space.into(),
        USER.into(),
        value.into(),
        resource.into(),
        (limit as i64).into(),
    ];
    let rows = db.query(OF_SPACE, &params).await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}

/// The resources a space knows by that externalId, at most three.
pub(crate) fn holders(
    change: &mut Change<'_>,
    space: Uuid,
    resource_type: &'static str,
    value: &str,
) -> Result<Vec<Uuid>, Error> {
    let params = [
        change.realm_id().into(),
        space.into(),
        resource_type.into(),
        key(space, value, rule(change)).into(),
    ];
    let rows = change.query(HOLDERS, &params)?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// Brings the notes of Wire's spaces from the rule they were made by to another one.
///
/// # Errors
/// `Conflict`: two people's would be the same by it, or there are too many.
pub(crate) fn compare_anew(change: &mut Change<'_>, rule: Option<ExternalIdMatch>) -> Result<(), Error> {
    let realm = change.realm_id();
    let params = [
        realm.into(),
        WIRE_BOUND.into(),
        WIRE_UNBOUND.into(),
        (COMPARED_ANEW as i64 + 1).into(),
    ];
    let rows = change.query(OF_WIRE, &params)?;
    if rows.len() > COMPARED_ANEW {
        return Err(Refusal::conflict(format!(
            "more than {COMPARED_ANEW} externalIds of Wire's clients would have to be compared anew: set external_id_match \
             before a realm is provisioned"
        ))
        .into());
    }
    let mut holders: HashMap<(Uuid, String), (Uuid, String)> = HashMap::new();
    let (mut moves, mut stale) = (Vec::new(), Vec::new());
    for mut row in rows {
        let (space, resource_type, noted, resource): (Uuid, String, String, Uuid) =
            (row.take(0)?, row.take(1)?, row.take(2)?, row.take(3)?);
        let (of_user, of_group): (Option<String>, Option<String>) = (row.take(4)?, row.take(5)?);
        let ids = ExternalIds::from_column(of_user.or(of_group).as_deref());
        let written = ids.get(space).unwrap_or(&noted).to_owned();
        let value = key(space, &written, rule);
        if resource_type == USER
            && let Some((holder, other)) = holders.insert((space, value.clone()), (resource, written.clone()))
        {
            if holder == resource {
                stale.push((space, resource_type, noted, resource));
                continue;
            }
            return Err(Refusal::conflict(format!(
                "the externalIds `{other}` and `{written}` of two people would be the same: change one of them first"
            ))
            .into());
        }
        if value != noted {
            moves.push((space, resource_type, noted, resource, value));
        }
    }
    for (space, resource_type, noted, resource) in stale {
        let params = vec![
            realm.into(),
            space.into(),
            resource_type.into(),
            noted.into(),
            resource.into(),
        ];
        change.later(REMOVE, params)?;
    }
    for (space, resource_type, noted, resource, value) in moves {
        let params = vec![
            realm.into(),
            space.into(),
            resource_type.into(),
            noted.into(),
            resource.into(),
            value.into(),
        ];
        change.later(MOVE, params)?;
    }
    Ok(())
}
