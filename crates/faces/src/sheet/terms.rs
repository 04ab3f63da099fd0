//! Who is in which group, with which roles and from when to when, as an import takes it. Read piece by piece, so it does not
//! matter how many there are.

use std::collections::VecDeque;

use directory::group::Group;
use directory::membership::{Noted, Status};
use directory::user::User;
use directory::zone::Zone;
use directory::{Directory, Error, Id, Principal, Refusal, Timestamp};
use scim::filter::Filter;
use serde::Serialize;
use serde_json::Value;

use super::pages::Pages;

/// Members read at a time.
const SLICE: usize = 500;

/// The columns of a sheet.
pub const COLUMNS: [&str; 5] = ["group", "member", "roles", "from", "until"];

/// A membership that counts or will; or a group alone, which has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The path of a managed group, the displayName of another one.
    pub group: String,
    /// Who, and how.
    #[serde(flatten)]
    pub member: Option<Member>,
}

/// Who is in it, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The userName.
    pub member: String,
    /// The names of all roles in the group.
    pub roles: Vec<String>,
    /// From when on.
    #[serde(serialize_with = "written")]
    pub valid_from: Option<Timestamp>,
    /// The first instant after it.
    #[serde(serialize_with = "written")]
    pub expires_at: Option<Timestamp>,
}

#[expect(clippy::ref_option, reason = "so serde hands over a field")]
fn written<S: serde::Serializer>(at: &Option<Timestamp>, writer: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_string()).serialize(writer)
}

impl Line {
    /// As the cells of a sheet: days where days begin and end.
    #[must_use]
    pub fn cells(self, zone: &Zone) -> Vec<String> {
        let Some(member) = self.member else {
            return vec![self.group, String::new(), String::new(), String::new(), String::new()];
        };
        let from = member.valid_from.map(|at| first_day(zone, at));
        let until = member.expires_at.map(|at| last_day(zone, at));
        vec![
            self.group,
            member.member,
            member.roles.join("; "),
            from.unwrap_or_default(),
            until.unwrap_or_default(),
        ]
    }
}

/// A day, or the instant where no day begins then.
fn first_day(zone: &Zone, at: Timestamp) -> String {
    let day = zone.day(at);
    if zone.start_of(day) == at {
        day.to_string()
    } else {
        at.to_string()
    }
}

/// The last day before an instant, or the instant where no day ends then.
fn last_day(zone: &Zone, at: Timestamp) -> String {
    let day = zone.last_day(at);
    if zone.end_of(day) == at {
        day.to_string()
    } else {
        at.to_string()
    }
}

/// The lines of all groups that match.
pub struct Terms {
    directory: Directory,
    principal: Principal,
    pages: Pages,
    groups: VecDeque<Id<Group>>,
    reading: Option<Reading>,
}

/// A group whose members are read.
struct Reading {
    group: Id<Group>,
    name: String,
    after: Option<Id<User>>,
    is_empty: bool,
}

impl Terms {
    /// Of all groups that match, as this principal sees them.
    ///
    /// # Errors
    /// As [`Pages::of_groups`].
    pub fn of(directory: &Directory, principal: &Principal, filter: Option<Filter>) -> Result<Self, Error> {
        Ok(Self {
            pages: Pages::of_groups((directory, principal), filter)?,
            directory: directory.clone(),
            principal: principal.clone(),
            groups: VecDeque::new(),
            reading: None,
        })
    }

    /// The next lines; none at the end.
    ///
    /// # Errors
    /// The scope `admin` is missing, the filter looks at too many groups, or the store failed.
    pub async fn next_lines(&mut self) -> Result<Option<Vec<Line>>, Error> {
        let mut lines = Vec::new();
        while lines.len() < SLICE {
            if self.reading.is_none() && !self.begin_next().await? {
                break;
            }
            self.read(&mut lines).await?;
        }
        Ok((!lines.is_empty()).then_some(lines))
    }

    /// Begins with the next group; `false` at the end.
    async fn begin_next(&mut self) -> Result<bool, Error> {
        loop {
            let Some(group) = self.groups.pop_front() else {
                let Some(page) = self.pages.next_page().await? else {
                    return Ok(false);
                };
                let id = |group: &serde_json::Map<String, Value>| Id::parse(group.get("id")?.as_str()?);
                self.groups = page.iter().filter_map(id).collect();
                continue;
            };
            match self.directory.group_and_path(&self.principal, group).await {
                Ok((stored, path)) => {
                    let name = if stored.managed { path.to_string() } else { stored.name };
                    self.reading = Some(Reading {
                        group,
                        name,
                        after: None,
                        is_empty: true,
                    });
                    return Ok(true);
                }
                // Deleted since its page was read.
                Err(Error::Refused(Refusal::NotFound { .. })) => {}
                Err(other) => return Err(other),
            }
        }
    }

    /// Reads on in the group that is read.
    async fn read(&mut self, lines: &mut Vec<Line>) -> Result<(), Error> {
        let Some(reading) = &mut self.reading else {
            return Ok(());
        };
        let slice = self
            .directory
            .noted_members(&self.principal, reading.group, reading.after, SLICE)
            .await?;
        let Some(last) = slice.last() else {
            if reading.is_empty {
                lines.push(Line {
                    group: std::mem::take(&mut reading.name),
                    member: None,
                });
            }
            self.reading = None;
            return Ok(());
        };
        reading.after = Some(last.membership.user);
        for noted in slice {
            if matches!(noted.membership.status, Status::Enabled | Status::Pending) {
                reading.is_empty = false;
                lines.push(line(&reading.name, noted));
            }
        }
        Ok(())
    }
}

fn line(group: &str, noted: Noted) -> Line {
    Line {
        group: group.to_owned(),
        member: Some(Member {
            member: noted.user_name,
            roles: noted.roles,
            valid_from: noted.membership.valid_from,
            expires_at: noted.membership.expires_at,
        }),
    }
}
