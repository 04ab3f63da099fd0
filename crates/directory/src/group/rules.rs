//! Names in the tree. Pure.

use uuid::Uuid;

/// Longest name, in characters, without the number that makes it unique: it stands in paths and in an index.
const NAME_CHARS: usize = 200;

/// The longest displayName that clients of the profile `wire` may give, in characters (A12).
pub(crate) const WIRE_NAME_CHARS: usize = 4000;

/// Names made by counting, before one is made of the group's id.
const COUNTED: usize = 5;

/// The n-th candidate for a root's name: the displayName, then `displayName (2)`, …, at last one that nobody else has.
pub(crate) fn name_candidate(display_name: &str, attempt: usize, id: Uuid) -> String {
    let name: String = display_name
        .chars()
        .take(NAME_CHARS)
        .map(|letter| if letter == '/' { '-' } else { letter })
        .collect();
    match attempt {
        0 => name,
        _ if attempt < COUNTED => format!("{name} ({})", attempt + 1),
        _ => format!("{name} ({})", id.simple()),
    }
}

/// All candidates, the most wanted first.
pub(crate) fn name_candidates(display_name: &str, id: Uuid) -> impl Iterator<Item = String> {
    (0..=COUNTED).map(move |attempt| name_candidate(display_name, attempt, id))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{name_candidate, name_candidates};

    #[test]
    fn a_taken_name_gets_a_number_and_a_slash_never_looks_like_a_path() {
        let id = Uuid::from_u128(7);
        assert_eq!(name_candidate("ops/eu", 0, id), "ops-eu");
        assert_eq!(name_candidate("ops", 1, id), "ops (2)");
        assert_eq!(name_candidates("ops", id).last(), Some(name_candidate("ops", 5, id)));
        assert_eq!(name_candidate("ops", 5, id), "ops (00000000000000000000000000000007)");
        assert_eq!(name_candidate(&"x".repeat(1000), 1, id).chars().count(), 204);
    }
}
