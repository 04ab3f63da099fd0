//! The acceptance tests of group management, 1 to 68, against the built binary with a real OpenID provider and a real mail server,
//! on both engines; the clock is moved by `usher clock`. Each plays in a realm of its own.
//!
//! - `stage`: an installation; `world`: a realm with its people and groups
//! - the other modules: the tests, a part of the list each

mod admin;
mod by_admin;
mod enrollment;
mod entitlements;
mod groups;
mod invitations;
mod listing;
mod mails;
mod rights;
mod stage;
mod time;
mod traces;
mod world;

/// The list is whole: nothing of it can be left out without a word.
#[test]
fn every_number_is_played_once() {
    let parts = [
        listing::NUMBERS,
        rights::NUMBERS,
        groups::NUMBERS,
        by_admin::NUMBERS,
        enrollment::NUMBERS,
        invitations::NUMBERS,
        time::NUMBERS,
        entitlements::NUMBERS,
        admin::NUMBERS,
    ];
    let played: Vec<u8> = parts.concat();
    let all: Vec<u8> = (1..=68).collect();
    assert_eq!(played, all);
}
