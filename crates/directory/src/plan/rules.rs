//! What follows from a plan's state and figures. Pure.

use serde_json::{Map, Value};

use super::{Plan, PlanState};
use crate::error::Refusal;

/// Of a hundred whom a source gave, so many may go without a second look.
pub(crate) const BRAKE_PERCENT: u32 = 10;

/// So few may always go.
const FEW: i64 = 5;

/// Why a plan is held that takes away from so many of so many; none when it is not.
pub(crate) fn brake(takes_away: i64, of: i64, percent: u32) -> Option<String> {
    let limit = FEW.max(of.saturating_mul(i64::from(percent)) / 100);
    (takes_away > limit).then(|| {
        format!(
            "it takes away {takes_away} of the {of} that the source gave: more than {percent} % and more than {FEW}"
        )
    })
}

/// What stands in a text that a store cannot take.
pub(crate) const NUL: &str = "holds a NUL character";

/// A text without what a store cannot take.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// Whether a value holds what a store cannot take.
pub(crate) fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// Why a plan is held whose source could not be read in full; none when that does no harm.
pub(crate) fn incomplete(unread: i64, takes_away: i64) -> Option<String> {
    (unread > 0 && takes_away > 0).then(|| {
        format!(
            "{unread} rows could not be read or do not say whom they mean, so some of the {takes_away} that seem to be missing may be among them"
        )
    })
}

/// Whether a plan may be approved.
pub(crate) fn check_approvable(plan: &Plan, release: bool) -> Result<(), Refusal> {
    match plan.state {
        PlanState::Ready => Ok(()),
        PlanState::Held if release => Ok(()),
        PlanState::Held => Err(Refusal::conflict(format!(
            "the plan is held back: {}; approve it with `release` if that is right",
            plan.held.as_deref().unwrap_or("its brake")
        ))),
        state => Err(stands(state)),
    }
}

/// Whether a plan may be applied.
pub(crate) fn check_appliable(plan: &Plan) -> Result<(), Refusal> {
    match plan.state {
        PlanState::Approved | PlanState::Applying => Ok(()),
        PlanState::Ready | PlanState::Held => Err(Refusal::conflict(format!(
            "the plan is {}: it has to be approved first",
            plan.state.name()
        ))),
        state => Err(stands(state)),
    }
}

/// Whether a plan may be put aside.
pub(crate) fn check_discardable(plan: &Plan) -> Result<(), Refusal> {
    if plan.state.is_over() {
        return Err(stands(plan.state));
    }
    Ok(())
}

fn stands(state: PlanState) -> Refusal {
    Refusal::conflict(format!("the plan is {} already", state.name()))
}

/// What differs between two documents, on each side.
pub(crate) fn differing(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> (Map<String, Value>, Map<String, Value>) {
    let of = |from: &Map<String, Value>, to: &Map<String, Value>| {
        let differs = |(name, value): &(&String, &Value)| *name != "schemas" && to.get(*name) != Some(value);
        let pair = |(name, value): (&String, &Value)| (name.clone(), value.clone());
        from.iter().filter(differs).map(pair).collect()
    };
    (of(before, after), of(after, before))
}

/// The document after a change that was planned.
pub(crate) fn changed(
    mut document: Map<String, Value>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Map<String, Value> {
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        document.shift_remove(name);
    }
    for (name, value) in after {
        document.insert(name.clone(), value.clone());
    }
    document
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn few_may_go_and_a_tenth_may_go() {
        for (gone, of, held) in [
            (0, 0, false),
            (5, 5, false),
            (6, 6, true),
            (6, 59, true),
            (6, 60, false),
            (100, 1000, false),
            (101, 1000, true),
        ] {
            assert_eq!(brake(gone, of, BRAKE_PERCENT).is_some(), held, "{gone} of {of}");
        }
        assert!(brake(6, 6, 100).is_none());
    }

    #[test]
    fn what_differs_can_be_put_in_place() {
        let before = map(json!({ "schemas": ["a"], "userName": "ann", "title": "Dr", "active": true }));
        let after = map(json!({ "schemas": ["b"], "userName": "ann", "nickName": "A", "active": false }));
        let (old, new) = differing(&before, &after);
        assert_eq!(Value::Object(old.clone()), json!({ "title": "Dr", "active": true }));
        assert_eq!(Value::Object(new.clone()), json!({ "nickName": "A", "active": false }));
        let mut wanted = after;
        wanted.insert("schemas".into(), json!(["a"]));
        assert_eq!(changed(before, &old, &new), wanted);
    }

    #[test]
    fn rows_that_could_not_be_read_matter_where_somebody_seems_to_be_missing() {
        assert!(incomplete(1, 0).is_none());
        assert!(incomplete(0, 1).is_none());
        assert!(incomplete(1, 1).is_some());
    }
}
