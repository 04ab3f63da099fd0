//! Rows that tell who is in which group, until when and with which roles.

use directory::plan::{Edge, MemberRow};
use directory::zone::{When, Zone};

use super::Unreadable;
use super::rows::Row;

/// What is said of every row that does not say it itself.
#[derive(Clone, Debug, Default)]
pub struct Everywhere {
    /// The roles.
    pub roles: Option<Vec<String>>,
    /// From when on.
    pub valid_from: Option<Edge>,
    /// The first instant after.
    pub expires: Option<Edge>,
}

/// Which columns are what.
#[derive(Clone, Debug)]
pub struct Columns {
    group: usize,
    member: usize,
    roles: Option<usize>,
    from: Option<usize>,
    until: Option<usize>,
    everywhere: Everywhere,
    zone: Zone,
}

impl Columns {
    /// The columns of a header.
    ///
    /// # Errors
    /// `group` or `member` is missing, or there is one that nothing is known of.
    pub fn of(header: &[String], everywhere: Everywhere, zone: Zone) -> Result<Self, Unreadable> {
        const KNOWN: [&str; 5] = ["group", "member", "roles", "from", "until"];
        let at = |wanted: &str| header.iter().position(|name| name.eq_ignore_ascii_case(wanted));
        let found = KNOWN.iter().filter(|name| at(name).is_some()).count();
        match (at("group"), at("member")) {
            (Some(group), Some(member)) if found == header.len() => Ok(Self {
                group,
                member,
                roles: at("roles"),
                from: at("from"),
                until: at("until"),
                everywhere,
                zone,
            }),
            _ => Err(Unreadable::because(format!(
                "the columns are `group`, a displayName or path, and `member`, a userName, mail address or id, and there may be `roles`, \
                 `from` and `until`; here they are {}",
                header
                    .iter()
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ))),
        }
    }

    /// A row as the directory takes it.
    pub fn row(&self, row: Row) -> MemberRow {
        let place = format!("line {}", row.line);
        let cells = match row.cells {
            Ok(cells) => cells,
            Err(why) => return unusable(place, why),
        };
        let cell = |column: Option<usize>| column.map(|column| cells[column].trim());
        let said = Said {
            group: cells[self.group].clone(),
            member: cells[self.member].trim().to_owned(),
            roles: cell(self.roles).map(roles),
            from: cell(self.from).map(str::to_owned),
            until: cell(self.until).map(str::to_owned),
        };
        said.row(place, &self.everywhere, &self.zone)
    }
}

/// What a row says, as text.
pub(super) struct Said {
    pub(super) group: String,
    pub(super) member: String,
    pub(super) roles: Option<Vec<String>>,
    pub(super) from: Option<String>,
    pub(super) until: Option<String>,
}

impl Said {
    /// As the directory takes it.
    pub(super) fn row(self, place: String, everywhere: &Everywhere, zone: &Zone) -> MemberRow {
        let edges = (
            edge(self.from.as_deref(), |text| {
                When::parse(text).map(|when| when.begin(zone))
            }),
            edge(self.until.as_deref(), |text| {
                When::parse(text).map(|when| when.end(zone))
            }),
        );
        let (valid_from, expires) = match edges {
            (Ok(from), Ok(until)) => (from, until),
            (Err(why), _) | (_, Err(why)) => return unusable(place, why),
        };
        MemberRow {
            problem: self.group.trim().is_empty().then(|| "the group is missing".to_owned()),
            place,
            group: self.group,
            member: self.member,
            roles: self.roles.or_else(|| everywhere.roles.clone()),
            valid_from: valid_from.or(everywhere.valid_from),
            expires: expires.or(everywhere.expires),
        }
    }
}

/// A row that says nothing that can be used.
pub(super) fn unusable(place: String, why: String) -> MemberRow {
    MemberRow {
        place,
        group: String::new(),
        member: String::new(),
        roles: None,
        valid_from: None,
        expires: None,
        problem: Some(why),
    }
}

/// An empty text says that there is none.
fn edge<E>(text: Option<&str>, read: impl Fn(&str) -> Result<directory::Timestamp, E>) -> Result<Option<Edge>, E> {
    match text {
        None => Ok(None),
        Some("") => Ok(Some(Edge::Open)),
        Some(text) => Ok(Some(Edge::At(read(text)?))),
    }
}

/// Names of roles in a cell, separated by semicolons.
pub fn roles(cell: &str) -> Vec<String> {
    let names = cell.split(';').map(str::trim);
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
