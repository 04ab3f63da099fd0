//! What stands in a cell. A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, which could send
//! what the sheet holds elsewhere; so such a cell gets an apostrophe, which reading takes away again.

/// A text as a cell.
pub fn written(text: &str) -> String {
    if is_marked(text) || text.starts_with(is_formula) {
        return format!("'{text}");
    }
    text.to_owned()
}

/// The text of a cell.
pub fn read(cell: &str) -> &str {
    if is_marked(cell) { &cell[1..] } else { cell }
}

/// Whether a cell has the apostrophe, or looks as if it had.
fn is_marked(cell: &str) -> bool {
    cell.strip_prefix('\'')
        .is_some_and(|rest| rest.starts_with(is_formula) || rest.starts_with('\''))
}

fn is_formula(letter: char) -> bool {
    matches!(letter, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_none_any_more_and_everything_is_read_back() {
        for text in [
            "", "ann", "'", "''", "'t Hooft", "''t", "=1+1", "'=1+1", "''=1", "+49 30", "-1", "@SUM(A1)", "\t=1",
            "\r=1", "a=b", "Ann's",
        ] {
            let cell = written(text);
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']),
                "{text:?} became {cell:?}"
            );
            assert_eq!(read(&cell), text);
        }
        assert_eq!(written("'t Hooft"), "'t Hooft");
        assert_eq!(written("+49 30"), "'+49 30");
        assert_eq!(read("+49 30"), "+49 30", "what others wrote is read as it is");
    }
}
