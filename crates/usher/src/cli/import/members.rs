//! Rows that tell who is in which group.

use anyhow::Result;
use directory::plan::MemberRow;

use super::sheet::Row;
use crate::cli::failure::Failure;

/// Which columns are the group and the member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    group: usize,
    member: usize,
}

impl Columns {
    pub(super) fn of(header: &[String]) -> Result<Self> {
        let at = |wanted: &str| header.iter().position(|name| name.eq_ignore_ascii_case(wanted));
        match (at("group"), at("member")) {
            (Some(group), Some(member)) if header.len() == 2 => Ok(Self { group, member }),
            _ => Err(Failure::usage(format!(
                "the columns are `group`, a displayName, and `member`, a userName, mail address or id; here they are {}",
                header
                    .iter()
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ))),
        }
    }

    /// A row as the directory takes it.
    pub(super) fn row(self, row: Row) -> MemberRow {
        let place = format!("line {}", row.line);
        let (group, member, problem) = match row.cells {
            Ok(cells) => {
                let (group, member) = (cells[self.group].clone(), cells[self.member].trim().to_owned());
                let problem = group.trim().is_empty().then(|| "the group is missing".to_owned());
                (group, member, problem)
            }
            Err(why) => (String::new(), String::new(), Some(why)),
        };
        MemberRow {
            place,
            group,
            member,
            problem,
        }
    }
}
