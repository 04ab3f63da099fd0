//! What refusals and rules call the members of a way to join, and what they are called here.

use std::borrow::Cow;

use directory::enrollment::rule::Field;

/// The name here of what the directory, in the words of the group management face, calls so.
pub(super) fn here(name: &str) -> String {
    let name: Cow<'_, str> = match name {
        "aup" | "aupEntity" | "aup.url" => "terms".into(),
        "visibleToNotMembers" => "visible".into(),
        "groupRoles" => "roles".into(),
        "comments" => "comment".into(),
        "adminJustification" => "justification".into(),
        "defaultValue" => "default".into(),
        other => snake(other).into(),
    };
    name.into_owned()
}

/// The field that a rule can be about, by its name here.
pub(super) fn field(name: &str) -> Option<Field> {
    Field::ALL.iter().copied().find(|field| here(field.name()) == name)
}

/// The names here of all fields that a rule can be about.
pub(super) fn known() -> String {
    let names: Vec<String> = Field::ALL.iter().map(|field| here(field.name())).collect();
    names.join(", ")
}

fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_rule_has_one_name_here() {
        for field in Field::ALL {
            assert_eq!(super::field(&here(field.name())), Some(*field));
        }
        assert_eq!(here("membershipExpirationDays"), "membership_expiration_days");
        assert_eq!(
            (here("aup.url"), here("visibleToNotMembers")),
            ("terms".into(), "visible".into())
        );
        assert_eq!(here("name"), "name");
        assert_eq!(super::field("membershipExpirationDays"), None);
    }
}
