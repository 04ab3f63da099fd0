//! How near a word that is not known is to those that are, so that a refusal can name the one that was probably meant.

/// So many letters of each word are compared; what a mistyped name costs is bounded by it.
const COMPARED: usize = 128;

/// Edit distance: how many letters have to change, come or go to make one word of the other. Beyond 128 letters only the
/// lengths count.
pub fn edit_distance(left: &str, right: &str) -> usize {
    let beyond = |word: &str| word.chars().skip(COMPARED).count();
    let longer = beyond(left).abs_diff(beyond(right));
    let right: Vec<char> = right.chars().take(COMPARED).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().take(COMPARED).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()] + longer
}

#[cfg(test)]
mod tests {
    use super::edit_distance;

    #[test]
    fn letters_that_change_come_or_go_are_counted() {
        for (left, right, letters) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("same", "same", 0),
            ("kitten", "sitting", 3),
            ("größe", "grösse", 2),
            ("smpt", "smtp", 2),
        ] {
            assert_eq!(edit_distance(left, right), letters, "{left} {right}");
            assert_eq!(edit_distance(right, left), letters, "{right} {left}");
        }
    }

    #[test]
    fn of_very_long_words_the_rest_counts_by_its_length() {
        let long = "a".repeat(1_000_000);
        assert_eq!(edit_distance(&long, "a"), 999_999);
        assert_eq!(edit_distance(&long, &long), 0);
        assert_eq!(edit_distance(&format!("{long}bb"), &long), 2);
    }
}
