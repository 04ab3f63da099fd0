//! People, and what hangs on groups.

use directory::plan::{Carried, CarriedMember, CarriedWay, Foreign};
use serde_json::{Map, Value, json};

use super::foreign;
use super::texts::Texts;

pub(super) fn person(row: &Texts, make: bool) -> Foreign {
    let name = row.text(1);
    let mut document = Map::from_iter([
        ("userName".to_owned(), json!(name)),
        ("active".to_owned(), json!(row.flag(5))),
    ]);
    if let Some(address) = row.maybe(2) {
        document.insert(
            "emails".into(),
            json!([{ "value": address, "type": "work", "primary": true }]),
        );
    }
    let names = [("givenName", row.maybe(3)), ("familyName", row.maybe(4))];
    let names: Map<String, Value> = names
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
        .collect();
    if !names.is_empty() {
        document.insert("name".into(), names.into());
    }
    foreign(row, "user_entity", name, Ok(Carried::Person { document, make }))
}

pub(super) fn role(row: &Texts) -> Foreign {
    let carried = Carried::Role {
        group: row.text(1),
        role: row.text(2),
    };
    foreign(row, "group_roles", row.text(2), Ok(carried))
}

pub(super) fn rule(row: &Texts) -> Foreign {
    let carried = |top_level| Carried::Rule {
        top_level,
        field: row.text(2),
        required: row.flag(3),
        default: row.maybe(4),
        max: row.maybe(5),
    };
    let carried = match row.text(1).as_str() {
        "TOP_LEVEL" => Ok(carried(true)),
        "SUBGROUP" => Ok(carried(false)),
        other => Err(format!("`{other}` is no type of a rule")),
    };
    foreign(row, "group_enrollment_configuration_rules", row.text(2), carried)
}

pub(super) fn way(row: &Texts) -> Foreign {
    let carried = read_way(row).map(|way| Carried::Way(Box::new(way)));
    foreign(row, "group_enrollment_configuration", row.text(2), carried)
}

fn read_way(row: &Texts) -> Result<CarriedWay, String> {
    let days = |days: String| {
        let number = days.parse::<i64>();
        number.map_err(|_| format!("`{days}` is no number of days"))
    };
    Ok(CarriedWay {
        group: row.text(1),
        way: row.text(2),
        first: row.maybe(18).is_some_and(|first| first == row.text(0)),
        active: row.flag(3),
        visible: row.flag(4),
        require_approval: row.flag(5),
        require_approval_for_extension: row.flag(6),
        multiselect_role: row.flag(7),
        comments_needed: row.flag(8),
        comments_label: row.maybe(9),
        comments_description: row.maybe(10),
        days: row.maybe(11).map(days).transpose()?,
        valid_from: row.maybe(12),
        texts: [13, 14, 15, 16].map(|index| row.maybe(index)),
        terms: row.maybe(17),
        roles: row.list(19, "roles")?,
    })
}

pub(super) fn admin(row: &Texts) -> Foreign {
    let carried = Carried::Admin {
        group: row.text(1),
        user: row.text(2),
    };
    foreign(
        row,
        "group_admin",
        format!("{} of {}", row.text(3), row.text(4)),
        Ok(carried),
    )
}

pub(super) fn member(row: &Texts) -> Foreign {
    let name = format!("{} in {}", row.text(3), row.text(4));
    let carried = read_member(row).map(Carried::Member);
    foreign(row, "user_group_membership_extension", name, carried)
}

fn read_member(row: &Texts) -> Result<CarriedMember, String> {
    let suspended = match row.text(5).as_str() {
        "SUSPENDED" => true,
        // Which of them it is follows from its first day.
        "ENABLED" | "PENDING" => false,
        other => return Err(format!("`{other}` is no status of a membership")),
    };
    Ok(CarriedMember {
        group: row.text(1),
        user: row.text(2),
        suspended,
        valid_from: row.maybe(6),
        last_day: row.maybe(7),
        justification: row.maybe(8),
        changed_by: row.maybe(9),
        way: row.maybe(10),
        roles: row.list(11, "roles")?,
    })
}

pub(super) fn plain_member(row: &Texts) -> Foreign {
    let member = CarriedMember {
        group: row.text(1),
        user: row.text(2),
        ..CarriedMember::default()
    };
    let name = format!("{} in {}", row.text(3), row.text(4));
    foreign(row, "user_group_membership", name, Ok(Carried::Member(member)))
}
