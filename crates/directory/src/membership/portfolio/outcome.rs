//! What moves come to: the ends that count, and why each is otherwise. Pure.

use super::{Cause, Effective, Move, Over, Portfolio, Reason, rules};

/// Works out the ends that count, as they are stored.
pub(super) fn with_ends(portfolio: &mut Portfolio) {
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
