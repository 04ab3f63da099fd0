//! What numbers stand for in the product, and what it has made of an act.

use std::sync::Arc;

use directory::delegation::{RevokeDelegation, Whom};
use directory::enrollment::configuration::{Configuration, Draft, ExtendFrom};
use directory::enrollment::terms::{Channel, Terms, TermsDraft, TermsGiven};
use directory::group::{Group, MoveGroup};
use directory::invitation::{Invitation, Invitee};
use directory::membership::{GrantMemberRole, OnLapse, RevokeMemberRole, Which};
use directory::plan::{
    Action, ApprovePlan, BeginPlan, ItemQuery, ItemState, MemberRow, Missing, PlanKind, PlanOptions, StartPlan, Told,
};
use directory::source::SourceName;
use directory::view::IfMatch;
use directory::zone::{Day, Zone};
use directory::{Error, Id, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::acts::{Of, ROLES, Shape};
use super::granted::{Made, Roles, Subject, Way};
use super::model::{DAY, Model};
use super::weighing::named;
use super::world::{PLAIN, World};

pub(super) fn texts(roles: &Roles) -> Vec<String> {
    roles.iter().map(|role| (*role).to_owned()).collect()
}

fn roles_of(names: &[String]) -> Roles {
    ROLES
        .into_iter()
        .filter(|role| names.iter().any(|name| name == role))
        .collect()
}

pub(super) fn given() -> TermsGiven {
    TermsGiven {
        accepted: true,
        version: None,
        channel: Channel::Agm,
        address: None,
    }
}

pub(super) fn terms(valid_days: Option<u32>, on_lapse: OnLapse) -> TermsDraft {
    let digest = Some("d".into());
    TermsDraft {
        valid_days,
        on_lapse,
        digest,
        ..TermsDraft::at("https://example.org/terms")
    }
}

pub(super) fn terms_of(terms: &Terms) -> super::granted::Terms {
    let days = terms.valid_days.map(i64::from);
    super::granted::Terms {
        id: terms.id.uuid(),
        days,
        lapse: terms.on_lapse,
    }
}

pub(super) fn invitee(person: usize) -> Invitee {
    Invitee {
        email: Some(format!("p{person}@example.org")),
        ..Invitee::default()
    }
}

/// A way to join as the product has it.
pub(super) fn way_of(group: usize, of: &Configuration, roles: &[String], terms: Option<&Terms>) -> Way {
    let contract = &of.contract;
    let zone = Zone::default();
    Way {
        group,
        since: contract.requests_from_version.unwrap_or_default(),
        approval: contract.require_approval,
        approval_to_stay: contract.require_approval_for_extension,
        first: contract
            .valid_from()
            .map(|first| zone.start_of(first).millis().div_euclid(DAY)),
        days: contract.membership_expiration_days.map(i64::from),
        from_end: contract.extend_from == ExtendFrom::CurrentEnd,
        several: contract.multiselect_role,
        roles: roles_of(roles),
        terms: terms.map(terms_of),
        active: of.active,
        gone: false,
    }
}

impl World {
    /// The day that many from today.
    pub(super) fn day(&self, days: i64) -> Day {
        Zone::default().day(self.app.now()).plus_days(days)
    }

    /// The first instant after that day.
    pub(super) fn until(&self, days: Option<i64>) -> Option<Timestamp> {
        days.map(|days| Zone::default().end_of(self.day(days)))
    }

    pub(super) async fn rows(&self, sql: &str, params: &[db::Value]) -> Vec<db::Row> {
        self.app.db().query(sql, params).await.expect("read")
    }

    pub(super) async fn which(&self, of: Of) -> Which {
        let person = self.people[of.person];
        if of.via == of.group {
            return Which::User(person);
        }
        let sql = "SELECT id FROM memberships WHERE group_id = ?1 AND user_id = ?2";
        let mut rows = self.rows(sql, &[self.groups[of.group].into(), person.into()]).await;
        let id = rows.first_mut().map_or(Uuid::nil(), |row| row.take(0).expect("an id"));
        Which::Membership(Id::new(id))
    }

    /// By which way to join somebody counts as having come.
    pub(super) async fn rests(&self, group: usize, person: usize) -> Option<usize> {
        let sql = "SELECT configuration FROM memberships WHERE group_id = ?1 AND user_id = ?2";
        let mut rows = self
            .rows(sql, &[self.groups[group].into(), self.people[person].into()])
            .await;
        let way: Option<Uuid> = rows[0].take(0).expect("an id");
        self.ways.iter().position(|known| Some(known.uuid()) == way)
    }

    pub(super) fn draft(&self, shape: Shape) -> Draft {
        Draft {
            name: "Join".into(),
            active: shape.active,
            visible: true,
            require_approval: shape.approval,
            require_approval_for_extension: shape.approval_to_stay,
            valid_from: shape.first.map(|first| self.day(first)),
            membership_expiration_days: shape.days,
            extend_from: if shape.from_end {
                ExtendFrom::CurrentEnd
            } else {
                ExtendFrom::Today
            },
            multiselect_role: shape.several,
            roles: texts(&named(shape.roles)),
            terms: shape.terms.map(|(days, lapse)| terms(days, lapse)),
            ..Draft::default()
        }
    }

    /// What stands in the mail that goes to whom something is offered.
    pub(super) async fn secret(&self, invitation: Id<Invitation>) -> String {
        let sql = "SELECT variables FROM mails WHERE invitation = ?1 AND variables IS NOT NULL ORDER BY id DESC";
        let mut rows = self.rows(sql, &[invitation.into()]).await;
        let text: String = rows[0].take(0).expect("a text");
        let read: Value = serde_json::from_str(&text).expect("JSON");
        read["secret"].as_str().expect("a secret").to_owned()
    }

    /// How far somebody administers a group by themselves.
    pub(super) async fn administers(&self, group: usize, person: usize) -> Option<Made> {
        let sql = "SELECT inherit, valid_until FROM delegations WHERE group_id = ?1 AND subject = ?2";
        let mut rows = self
            .rows(sql, &[self.groups[group].into(), self.people[person].into()])
            .await;
        let row = rows.first_mut()?;
        Some(Made::Admin {
            inherit: row.take(0).expect("a word"),
            until: row.take(1).expect("an end"),
        })
    }

    /// Groups that programs made are managed from the first act on that takes it, with a role and a way to join.
    pub(super) async fn begun(&mut self, model: &mut Model) {
        for group in 0..PLAIN {
            if model.places[group].managed || model.places[group].gone {
                continue;
            }
            let sql =
                "SELECT c.id FROM enrollment_configurations c WHERE c.group_id = ?1 AND NOT c.removed ORDER BY c.id";
            let Some(mut row) = self.rows(sql, &[self.groups[group].into()]).await.into_iter().next() else {
                continue;
            };
            let id: Uuid = row.take(0).expect("an id");
            let ways = self
                .app
                .directory()
                .configurations(&self.operator, self.groups[group])
                .await
                .expect("read");
            let way = ways
                .into_iter()
                .find(|way| way.configuration.id.uuid() == id)
                .expect("it is there");
            self.ways.push(way.configuration.id);
            model
                .ways
                .push(way_of(group, &way.configuration, &way.roles, way.terms.as_ref()));
            model.places[group].managed = true;
            model.places[group].roles.insert(ROLES[0]);
        }
    }

    pub(super) fn uuid(&self, subject: Subject) -> Uuid {
        match subject {
            Subject::Person(person) => self.people[person].uuid(),
            Subject::Group(group) => self.groups[group].uuid(),
        }
    }

    pub(super) fn whom(&self, subject: Subject) -> Whom {
        match subject {
            Subject::Person(person) => Whom::User(self.people[person]),
            Subject::Group(group) => Whom::Group(self.groups[group]),
        }
    }

    pub(super) fn members(&self, people: &[usize]) -> Value {
        people
            .iter()
            .map(|person| json!({ "value": self.people[*person].to_string() }))
            .collect()
    }

    pub(super) fn path(&self, model: &Model, group: usize) -> Vec<&str> {
        let mut path: Vec<&str> = model
            .above(group)
            .iter()
            .map(|above| self.names[*above].as_str())
            .collect();
        path.reverse();
        path.push(&self.names[group]);
        path
    }

    pub(super) fn row(&self, model: &Model, group: usize, person: usize) -> MemberRow {
        MemberRow {
            place: format!("{group} {person}"),
            group: format!("/{}", self.path(model, group).join("/")),
            member: format!("p{person}"),
            roles: None,
            valid_from: None,
            expires: None,
            problem: None,
        }
    }

    /// Reads, approves and applies what a source says.
    pub(super) async fn import(&self, rows: Vec<MemberRow>, missing: Missing) -> Result<Made, Error> {
        let directory = self.app.directory();
        let begin = BeginPlan {
            kind: PlanKind::Groups,
            source: SourceName::parse("hr").expect("a name"),
            title: "hr.csv".into(),
            options: PlanOptions {
                missing,
                ..PlanOptions::default()
            },
        };
        let plan = directory.execute(&self.operator, begin).await?;
        let has = directory.plan_members(&self.operator, &plan, 0, rows).await?;
        let id = directory.finish_plan(&self.operator, &plan, has).await?.id;
        directory
            .execute(&self.operator, ApprovePlan { id, release: true })
            .await?;
        directory
            .execute(&self.operator, StartPlan { id, by_job: false })
            .await?;
        let told: Told = Arc::new(|_| {});
        directory.apply_plan(&self.operator, id, &told).await?;
        let query = ItemQuery {
            limit: 1_000,
            ..ItemQuery::default()
        };
        let (mut added, mut changed, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        for item in directory.plan_items(&self.operator, id, &query).await? {
            let into = match item.action {
                Action::AddMember => &mut added,
                Action::ChangeMember => &mut changed,
                Action::RemoveMember => &mut removed,
                _ => continue,
            };
            let group = self.groups.iter().position(|group| Some(group.uuid()) == item.within);
            let person = self
                .people
                .iter()
                .position(|person| Some(person.uuid()) == item.subject);
            let of = group.zip(person).expect("a group and a person");
            into.extend((item.state == ItemState::Done).then_some(of));
        }
        Ok(Made::Applied {
            added,
            changed,
            removed,
        })
    }
}

pub(super) fn giving(group: Id<Group>, which: Which, role: String) -> GrantMemberRole {
    GrantMemberRole {
        group,
        which,
        role,
        if_match: IfMatch::Any,
    }
}

pub(super) fn taking(group: Id<Group>, which: Which, role: String) -> RevokeMemberRole {
    RevokeMemberRole {
        group,
        which,
        role,
        if_match: IfMatch::Any,
    }
}

pub(super) fn revoking(group: Id<Group>, whom: Whom, force: bool) -> RevokeDelegation {
    RevokeDelegation {
        group,
        whom,
        force,
        if_match: IfMatch::Any,
    }
}

pub(super) fn moving(group: Id<Group>, parent: Option<Id<Group>>) -> MoveGroup {
    MoveGroup {
        group,
        parent,
        if_match: IfMatch::Any,
    }
}
