//! The tables of the system before: one statement for each kind of thing, in slices by id.
//!
//! - `sql`: the statements; `texts`: a row of them.
//! - `settings`, `groups`, `things`, `asked`: what a row says of the realm, of groups, of what hangs on them, and of requests and
//!   invitations. What cannot be read is no less a row: it says why.

mod asked;
mod groups;
mod settings;
mod sql;
mod texts;
mod things;

use anyhow::Result;
use db::{Db, Value};
use directory::Timestamp;
use directory::plan::{Carried, Foreign};

use texts::Texts;

/// Things read at a time.
const SLICE: i64 = 1_000;

/// A realm of the system before.
pub(super) struct There<'a> {
    db: &'a Db,
    /// Its id.
    realm: String,
    /// Whether people are made who are not here.
    make_people: bool,
    now: Timestamp,
    /// The time zone of its clocks.
    zone: String,
    /// For so long an invitation can be answered.
    invitation_hours: i64,
}

/// The kinds of things, in the order in which they rest on each other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Settings,
    People,
    Groups,
    Roles,
    Rules,
    Ways,
    Admins,
    Members,
    PlainMembers,
    Requests,
    Invitations,
}

impl Kind {
    pub(super) const ALL: [Self; 11] = [
        Self::Settings,
        Self::People,
        Self::Groups,
        Self::Roles,
        Self::Rules,
        Self::Ways,
        Self::Admins,
        Self::Members,
        Self::PlainMembers,
        Self::Requests,
        Self::Invitations,
    ];
}

/// Some rows, and the id of the last one that was read; none at the end.
#[derive(Default)]
pub(super) struct Slice {
    pub(super) rows: Vec<Foreign>,
    pub(super) last: Option<String>,
    /// Invitations that are left out, since their time is over.
    pub(super) expired: usize,
}

impl Slice {
    /// Everything there is.
    fn whole(rows: Vec<Foreign>) -> Self {
        let last = rows.last().map(|row| row.original.clone());
        Self { rows, last, expired: 0 }
    }
}

impl<'a> There<'a> {
    /// The realm of that name, whose clocks show the time of a time zone.
    pub(super) async fn find(
        db: &'a Db,
        name: &str,
        make_people: bool,
        (now, zone): (Timestamp, &str),
    ) -> Result<Option<Self>> {
        let mut rows = db.query(sql::REALM, &[name.into()]).await?;
        let Some(row) = rows.first_mut() else { return Ok(None) };
        let realm: String = row.take(0)?;
        let invitation_hours = settings::invitation_hours(db, &realm).await?;
        Ok(Some(Self {
            db,
            realm,
            make_people,
            now,
            zone: zone.to_owned(),
            invitation_hours,
        }))
    }

    /// What is set there and means nothing here, with the reason.
    pub(super) async fn without_meaning(&self) -> Result<Vec<String>> {
        settings::without_meaning(self.db).await
    }

    /// Things of a kind behind an id.
    pub(super) async fn rows(&self, kind: Kind, after: &str) -> Result<Slice> {
        let sql = match kind {
            Kind::Settings | Kind::Groups if !after.is_empty() => return Ok(Slice::default()),
            Kind::Settings => return Ok(Slice::whole(settings::all(self.db, &self.realm).await?)),
            Kind::Groups => return Ok(Slice::whole(groups::all(self.db, &self.realm).await?)),
            Kind::People => sql::PEOPLE,
            Kind::Roles => sql::ROLES,
            Kind::Rules => sql::RULES,
            Kind::Ways => sql::WAYS,
            Kind::Admins => sql::ADMINS,
            Kind::Members => sql::MEMBERS,
            Kind::PlainMembers => sql::PLAIN_MEMBERS,
            Kind::Requests => sql::REQUESTS,
            Kind::Invitations => sql::INVITATIONS,
        };
        let mut params: Vec<Value> = vec![self.realm.as_str().into(), after.into(), SLICE.into()];
        if let Kind::PlainMembers = kind {
            // Their id is made of two.
            let (group, user) = after.split_once('/').unwrap_or_default();
            params[1] = group.into();
            params.push(user.into());
        }
        if let Kind::Requests | Kind::Invitations = kind {
            params.push(self.zone.as_str().into());
        }
        let mut slice = Slice::default();
        for row in self.db.query(sql, &params).await? {
            let row = Texts::of(row)?;
            slice.last = Some(row.text(0));
            match kind {
                Kind::Invitations => match asked::invitation(&row, self.invitation_hours, self.now) {
                    Some(invitation) => slice.rows.push(invitation),
                    None => slice.expired += 1,
                },
                Kind::People => slice.rows.push(things::person(&row, self.make_people)),
                Kind::Roles => slice.rows.push(things::role(&row)),
                Kind::Rules => slice.rows.push(things::rule(&row)),
                Kind::Ways => slice.rows.push(things::way(&row)),
                Kind::Admins => slice.rows.push(things::admin(&row)),
                Kind::Members => slice.rows.push(things::member(&row)),
                Kind::PlainMembers => slice.rows.push(things::plain_member(&row)),
                Kind::Requests => slice.rows.push(asked::request(&row)),
                Kind::Settings | Kind::Groups => {}
            }
        }
        Ok(slice)
    }
}

fn foreign(row: &Texts, table: &str, name: String, carried: Result<Carried, String>) -> Foreign {
    let original = row.text(0);
    Foreign {
        place: format!("{table} {original}"),
        original,
        name,
        carried,
    }
}
