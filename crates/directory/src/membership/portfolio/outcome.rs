//! What moves come to: which facts they leave. Pure.

use super::super::{Membership, events};
use super::{Cause, Effective, Move, Over, Portfolio, Reason, rules};
use crate::event::EventKind;

/// One membership that is otherwise than before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Its place in the list.
    pub(crate) index: usize,
    /// Its fact.
    pub(crate) kind: EventKind,
    /// The word in it.
    pub(crate) cause: &'static str,
}

/// The facts that moves leave. Ends are worked out already.
pub(crate) fn outcomes(before: &Portfolio, after: &Portfolio, moves: &[Move], cause: Cause) -> Vec<Outcome> {
    let differs = |(index, live): (usize, &Membership)| {
        let was = before.live.get(index);
        (was != Some(live)).then(|| {
            let reason = reason(after, moves, index, cause);
            Outcome {
                index,
                kind: events::kind(was, live, reason.cause),
                cause: reason.word(),
            }
        })
    };
    after.live.iter().enumerate().filter_map(differs).collect()
}

/// Works out the ends that count, as they are stored.
pub(crate) fn with_ends(portfolio: &mut Portfolio) {
    let effective = rules::effective_of_all(portfolio);
    for (live, effective) in portfolio.live.iter_mut().zip(effective) {
        live.effective = if live.status.is_held() {
            effective
        } else {
            Effective::default()
        };
    }
}

/// Why the one of that place is otherwise than before.
pub(super) fn reason<'a>(after: &'a Portfolio, moves: &[Move], index: usize, cause: Cause) -> Reason<'a> {
    let end = moves.iter().find_map(|step| match step {
        Move::Expire { root, why, .. } if step.index() == index => Some((*root, Some(*why))),
        Move::End { root, .. } if step.index() == index => Some((*root, None)),
        _ => None,
    });
    let (root, why) = end.unwrap_or((index, None));
    Reason {
        cause: if why == Some(Over::Terms) { Cause::Terms } else { cause },
        root: (root != index).then(|| &after.live[root]),
    }
}
