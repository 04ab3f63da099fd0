//! How text and times compare.

use proptest::prelude::*;
use scim::text::{check_user_name, date_time, instant, key, same, search_key};

#[test]
fn names_that_look_or_mean_the_same_have_one_key() {
    for (left, right) in [
        ("BJensen", "bjensen"),
        ("ＡＢＣ", "abc"),
        ("Straße", "STRASSE"),
        ("Zoe\u{308}", "zo\u{eb}"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ﬁne", "FINE"),
        ("İ", "i\u{307}"),
    ] {
        assert_eq!(key(left), key(right), "{left} and {right}");
        assert!(same(left, right, false) && !same(left, right, true));
    }
    assert_ne!(key("zoe"), key("zo\u{eb}"));
}

#[test]
fn the_key_of_every_letter_is_its_own_key() {
    for character in '\u{80}'..'\u{20000}' {
        let once = key(character.encode_utf8(&mut [0; 4]));
        assert_eq!(key(&once), once, "U+{:04X}", u32::from(character));
    }
}

proptest! {
    #[test]
    fn the_key_of_a_key_is_the_key(text in "\\PC{0,12}|[\u{300}-\u{345}αΑßİıſK\u{1E9E}ΐ]{0,8}") {
        let once = key(&text);
        prop_assert_eq!(key(&once), once);
    }

    #[test]
    fn a_text_and_its_key_are_the_same_name(text in "\\PC{0,12}") {
        prop_assert!(same(&text, &key(&text), false));
    }

    #[test]
    fn no_text_is_too_odd_to_be_looked_at(text in any::<String>()) {
        let _ = (check_user_name(&text), instant(&text), date_time(&text));
    }
}

#[test]
fn a_user_name_may_be_anything_that_can_be_seen() {
    for name in [
        "bjensen",
        "b.jensen@example.com",
        "Zoë",
        "李小龍",
        "a b",
        "o'neil;--",
        "👩\u{200D}🚀",
        "علی\u{200C}رضا",
        "<script>",
    ] {
        assert_eq!(check_user_name(name), Ok(()), "{name}");
    }
    for name in [
        "",
        "   ",
        "a\0b",
        "a\nb",
        "a\u{202E}b",
        "a\u{200B}b",
        "\u{FEFF}a",
        "a\u{10FFFF}",
        &"x".repeat(1025),
        &"ﷺ".repeat(60),
    ] {
        let error = check_user_name(name).unwrap_err();
        assert_eq!(error.attribute.as_deref(), Some("userName"), "{name:?}");
    }
}

#[test]
fn people_are_found_without_accents_and_in_any_case() {
    for (text, wanted) in [
        ("Muñoz", "munoz"),
        ("MUN\u{303}OZ", "munoz"),
        ("Straße", "strasse"),
        ("Ærøskøbing", "ærøskøbing"),
        ("Ångström", "angstrom"),
        ("İstanbul", "istanbul"),
        ("ΆΝΝΑ", "αννα"),
        ("ᾀ", "αι"),
        ("Nguyễn", "nguyen"),
        ("ＡＢＣ ﬁ", "abc fi"),
        // Another letter, not an accent.
        ("がぎ", "か\u{3099}き\u{3099}"),
        ("", ""),
    ] {
        assert_eq!(search_key(text), wanted, "{text}");
    }
}

proptest! {
    #[test]
    fn the_search_key_of_a_search_key_is_itself(text in ".*") {
        let once = search_key(&text);
        prop_assert_eq!(search_key(&once), once);
    }

    #[test]
    fn what_has_one_key_has_one_search_key(text in ".*") {
        prop_assert_eq!(search_key(&key(&text)), search_key(&text));
    }
}

#[test]
fn times_compare_by_instant_and_are_answered_in_utc() {
    assert_eq!(instant("2011-05-13T04:42:34Z"), instant("2011-05-13T06:42:34+02:00"));
    assert_eq!(instant("2011-05-13T04:42:34"), instant("2011-05-13T04:42:34.000Z"));
    for (sent, answered) in [
        ("2011-05-13T04:42:34Z", Some("2011-05-13T04:42:34Z")),
        ("2011-05-13T04:42:34.500Z", Some("2011-05-13T04:42:34.500Z")),
        (
            "2011-05-13T04:42:34.123456789012Z",
            Some("2011-05-13T04:42:34.123456789012Z"),
        ),
        ("2011-05-13T04:42:34", Some("2011-05-13T04:42:34Z")),
        ("2011-05-13T00:42:34-04:00", Some("2011-05-13T04:42:34Z")),
        ("2024-02-29T00:00:00Z", Some("2024-02-29T00:00:00Z")),
        ("2023-02-29T00:00:00Z", None),
        ("2011-05-13", None),
        ("2011-05-13 04:42:34Z", None),
        ("2011-05-13T04:42Z", None),
        ("2011-05-13T04:42:34.Z", None),
        ("2011-05-13T04:42:34Z[Europe/Berlin]", None),
        ("2011-13-13T04:42:34Z", None),
        ("yesterday", None),
        ("", None),
        ("ééééééé", None),
    ] {
        assert_eq!(date_time(sent).as_deref(), answered, "{sent}");
    }
}
