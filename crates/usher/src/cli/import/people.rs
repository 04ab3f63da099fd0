//! Rows that tell of people.

use directory::plan::{PersonRow, Setting};
use faces::sheet::Row;

use super::column::Column;

/// A row as the directory takes it.
pub(super) fn row(columns: &[Column], row: Row) -> PersonRow {
    let mut person = PersonRow {
        place: format!("line {}", row.line),
        user_name: String::new(),
        external_id: None,
        settings: Vec::with_capacity(columns.len()),
        problem: None,
    };
    let cells = match row.cells {
        Ok(cells) => cells,
        Err(why) => {
            person.problem = Some(why);
            return person;
        }
    };
    for (column, cell) in columns.iter().zip(cells) {
        match column {
            Column::UserName => {
                person.settings.push(Setting {
                    path: "userName".to_owned(),
                    value: Some(cell.as_str().into()),
                });
                person.user_name = cell;
            }
            Column::ExternalId => person.external_id = Some(cell).filter(|id| !id.trim().is_empty()),
            Column::Attribute(attribute) => match attribute.value(&cell) {
                Ok(value) => person.settings.push(Setting {
                    path: attribute.path.clone(),
                    value,
                }),
                Err(why) => person.problem = Some(why),
            },
        }
    }
    if person.user_name.trim().is_empty() {
        person.problem = Some("userName is missing".to_owned());
        person.user_name.clear();
    }
    person
}
