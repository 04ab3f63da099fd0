//! One test for each defect, D-01 to D-45, that was found in the predecessor; each fails on what the predecessor did.
//!
//! - `place`: a realm with groups and people
//! - the others: the tests, by topic

mod asking;
mod groups;
mod lists;
mod place;
mod rights;
mod time;
mod traces;

/// All are there: this file's neighbours name each number once.
#[test]
fn every_defect_has_its_test() {
    let sources = [
        include_str!("asking.rs"),
        include_str!("groups.rs"),
        include_str!("lists.rs"),
        include_str!("rights.rs"),
        include_str!("time.rs"),
        include_str!("traces.rs"),
    ];
    for number in 1..=45 {
        let name = format!("async fn d_{number:02}_");
        let found: usize = sources.iter().map(|source| source.matches(&name).count()).sum();
        assert_eq!(found, 1, "D-{number:02}");
    }
    testkit::figure!("45 defects, a test each");
}
