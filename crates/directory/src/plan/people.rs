//! What the rows of a source come to that tells of people: whom each means, and what becomes of them.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::hmac;
use scim::schema::ResourceSchema;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Action, Draft, ItemState, Missing, PersonRow, Plan, PlanKind, Setting, commands, document, rules, table};
use crate::Directory;
use crate::change::{Change, Command};
use crate::client::{Profile, ResourceKind};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};
use crate::source::{self, Record, table::Known, table::Meant};
use crate::user::intake::{self, Accepted};
use crate::user::{self, Lifecycle, User, UserIntake, Writer};

/// So many rows go into one transaction.
pub(super) const SLICE: usize = 128;

impl Directory {
    /// Adds what rows of a source come to. `has` says how many items the plan has, from the call before; the answer is for
    /// the next one.
    ///
    /// # Errors
    /// The plan is not one of people that is being made, the scope `admin` is missing, or the store failed.
    pub async fn plan_people(
        &self,
        principal: &Principal,
        plan: &Plan,
        has: i64,
        rows: Vec<PersonRow>,
    ) -> Result<i64, Error> {
        let key = Arc::new(self.record_key());
        let mut has = has;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let slice: Vec<(PersonRow, Option<Record>)> = rows
                .by_ref()
                .take(SLICE)
                .map(|row| {
                    let row = row.storable();
                    let known = !row.user_name.is_empty() || row.external_id.is_some();
                    let record =
                        known.then(|| source::record_of_user(&key, row.external_id.as_deref(), &row.user_name));
                    (row, record)
                })
                .collect();
            let command = AddPeople {
                plan: plan.clone(),
                has,
                rows: Arc::new(slice),
                key: Arc::clone(&key),
            };
            has = self.execute(principal, command).await?;
        }
        Ok(has)
    }

    /// The key under which sources remember whom they mean.
    pub(super) fn record_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.cursor_key())
    }
}

/// Adds a slice of rows to a plan.
#[derive(Clone, Debug)]
struct AddPeople {
    plan: Plan,
    has: i64,
    rows: Arc<Vec<(PersonRow, Option<Record>)>>,
    key: Arc<hmac::Key>,
}

impl Command for AddPeople {
    /// How many items the plan has now.
    type Output = i64;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<i64, Error> {
        commands::check_made(&self.plan, PlanKind::Users)?;
        let records: Vec<Record> = self.rows.iter().filter_map(|(_, record)| record.clone()).collect();
        let names: Vec<String> = self
            .rows
            .iter()
            .map(|(row, _)| scim::text::key(&row.user_name))
            .collect();
        let meant = source::table::meant(change, self.plan.source, Known::User, &records)?;
        let ids: Vec<Id<User>> = meant.values().map(|meant| Id::new(meant.subject)).collect();
        let mut slice = Slice {
            by_name: HashMap::new(),
            by_id: HashMap::new(),
            records: table::places_of_records(change, self.plan.id, &records)?,
            names: table::places_of_names(change, self.plan.id, &names)?,
            subjects: HashMap::new(),
            called: HashMap::new(),
            meant,
        };
        for user in user::table::many(change, &ids)? {
            slice.by_id.insert(user.id.uuid(), user);
        }
        for (name, user) in user::table::many_named(change, &names)? {
            slice.by_name.insert(name, user);
        }
        slice.called = self.called(change, &slice.by_name)?;
        let there = slice.by_id.keys().copied();
        let there: Vec<Uuid> = there.chain(slice.by_name.values().map(|user| user.id.uuid())).collect();
        slice.subjects = table::places_of_subjects(change, self.plan.id, &there)?;
        let mut drafts = Vec::with_capacity(self.rows.len());
        for (row, record) in self.rows.iter() {
            drafts.push(slice.draft(change, &self.plan, row, record.as_ref())?);
        }
        commands::add(change, &self.plan, self.has, &drafts)
    }
}

impl AddPeople {
    /// What the source calls these people, beside their userName.
    fn called(
        &self,
        change: &mut Change<'_>,
        by_name: &HashMap<String, User>,
    ) -> Result<HashMap<Uuid, Vec<Record>>, Error> {
        let named: Vec<Uuid> = by_name.values().map(|user| user.id.uuid()).collect();
        let mut called = source::table::of_users(change, self.plan.source, &named)?;
        for user in by_name.values() {
            let by_name = source::record_of_user(&self.key, None, &user.user_name());
            if let Some(records) = called.get_mut(&user.id.uuid()) {
                records.retain(|record| *record != by_name);
            }
        }
        Ok(called)
    }
}

/// What is known of those whom a slice of rows may mean.
struct Slice {
    by_name: HashMap<String, User>,
    by_id: HashMap<Uuid, User>,
    meant: HashMap<Record, Meant>,
    /// Where the plan already speaks of a record, or of a person.
    records: HashMap<Record, String>,
    subjects: HashMap<Uuid, String>,
    /// Where it makes somebody of a name.
    names: HashMap<String, String>,
    /// What the source calls those who have a name, beside the name.
    called: HashMap<Uuid, Vec<Record>>,
}

/// Whom a row means.
enum Whom<'a> {
    New,
    There {
        user: &'a User,
        meant: Option<Meant>,
    },
    Gone {
        subject: Uuid,
    },
    /// The source's own identifier means one person, the userName another.
    Unclear {
        subject: Uuid,
    },
    /// The userName is that of somebody whom the source calls otherwise.
    Other {
        user: &'a User,
    },
}

impl Slice {
    fn draft(
        &mut self,
        change: &mut Change<'_>,
        plan: &Plan,
        row: &PersonRow,
        record: Option<&Record>,
    ) -> Result<Draft, Error> {
        let place = &row.place;
        let twice = |at: &String| {
            Draft::new(Action::Refused, place, &row.user_name).because(format!("the same person as {at}"))
        };
        if let Some(at) = record.and_then(|record| self.records.get(record)) {
            return Ok(twice(at));
        }
        let whom = self.whom(row, record);
        if let Whom::There { user, .. } = &whom
            && let Some(at) = self.subjects.get(&user.id.uuid())
        {
            return Ok(twice(at));
        }
        let known = match &whom {
            Whom::There { user, .. } => Some(user.id.uuid()),
            Whom::Gone { subject } | Whom::Unclear { subject } => Some(*subject),
            // Whoever has the name now is not whom the row means.
            Whom::New | Whom::Other { .. } => None,
        };
        let name_key = scim::text::key(&row.user_name);
        if matches!(whom, Whom::New)
            && let Some(at) = self.names.get(&name_key)
        {
            let why = format!("the same userName as {at}");
            return Ok(Draft::new(Action::Refused, place, &row.user_name).because(row.problem.clone().unwrap_or(why)));
        }
        let mut draft = match refusal(planned(change, plan, row, &whom))? {
            Ok(draft) => draft,
            Err(why) => Draft::new(Action::Refused, place, &row.user_name).because(why),
        };
        draft.subject = known;
        draft.record = record.cloned();
        let is_known = match &whom {
            Whom::There { meant, .. } => meant.is_some_and(|meant| !meant.missed),
            _ => true,
        };
        if draft.action == Action::Nothing && !is_known {
            // There is nothing to do but to note whom the source means, or that it names them again.
            draft.state = ItemState::Pending;
        }
        if draft.action == Action::Create {
            self.names.insert(name_key, place.clone());
        }
        if let Some(record) = record {
            self.records.insert(record.clone(), place.clone());
        }
        if let Some(known) = known {
            self.subjects.insert(known, place.clone());
        }
        Ok(draft)
    }

    fn whom(&self, row: &PersonRow, record: Option<&Record>) -> Whom<'_> {
        let named = self.by_name.get(&scim::text::key(&row.user_name));
        let meant = record.and_then(|record| self.meant.get(record)).copied();
        let there = meant.and_then(|meant| self.by_id.get(&meant.subject));
        match (meant, there, named) {
            (_, Some(user), Some(other)) if other.id != user.id => Whom::Unclear {
                subject: user.id.uuid(),
            },
            (meant, Some(user), _) => Whom::There { user, meant },
            (_, None, Some(user)) if self.is_called_otherwise(user, row) => Whom::Other { user },
            // Somebody else has come who has the name now.
            (_, None, Some(user)) => Whom::There { user, meant: None },
            (Some(meant), None, None) => Whom::Gone { subject: meant.subject },
            (None, None, None) => Whom::New,
        }
    }

    /// Whether a row that calls somebody something means another person than this one, who has the userName.
    fn is_called_otherwise(&self, user: &User, row: &PersonRow) -> bool {
        let Some(id) = row.external_id.as_deref() else {
            return false;
        };
        let called = self.called.get(&user.id.uuid());
        called.is_some_and(|records| !records.is_empty()) && user.external_ids.get(Uuid::nil()) != Some(id)
    }
}

/// A refusal as a reason; what else goes wrong goes on being an error.
fn refusal(result: Result<Draft, Error>) -> Result<Result<Draft, String>, Error> {
    match result {
        Ok(draft) => Ok(Ok(draft)),
        Err(Error::Refused(refusal)) => Ok(Err(without_operation(&refusal.to_string()))),
        Err(other) => Err(other),
    }
}

/// A problem without the number of its operation, which nobody wrote.
fn without_operation(text: &str) -> String {
    let rest = text.strip_prefix("Operations[").and_then(|rest| rest.split_once("]: "));
    rest.map_or(text, |(_, rest)| rest).to_owned()
}

fn planned(change: &mut Change<'_>, plan: &Plan, row: &PersonRow, whom: &Whom<'_>) -> Result<Draft, Error> {
    if let Some(problem) = &row.problem {
        return Ok(Draft::new(Action::Refused, &row.place, &row.user_name).because(problem));
    }
    match whom {
        Whom::New => new_person(change, plan, row),
        Whom::Unclear { .. } => {
            let why = "the userName is another person's than the one whom the source has called so before";
            Ok(Draft::new(Action::Refused, &row.place, &row.user_name).because(why))
        }
        Whom::Other { user } => {
            let called = user.external_ids.get(Uuid::nil()).unwrap_or("otherwise");
            let why = format!("the userName belongs to somebody whom the source calls {called}");
            Ok(Draft::new(Action::Refused, &row.place, &row.user_name).because(why))
        }
        Whom::Gone { .. } => Ok(Draft::new(Action::Nothing, &row.place, &row.user_name)
            .because("has left here, and a source does not bring anybody back")),
        Whom::There { user, .. } if user.visibility.leaves_at().is_some() => {
            let why = "is leaving, and a source does not bring anybody back; `usher user restore` does";
            Ok(Draft::new(Action::Nothing, &row.place, &row.user_name).because(why))
        }
        Whom::There { user, meant } => change_of_person(change, plan, row, user, *meant),
    }
}

fn new_person(change: &mut Change<'_>, plan: &Plan, row: &PersonRow) -> Result<Draft, Error> {
    let mut body = document::apply(schema(change), Map::new(), &row.settings)?;
    document::prefer_work(&mut body);
    if let Some(id) = &row.external_id {
        body.insert("externalId".into(), id.as_str().into());
    }
    let accepted = intake::accept(change, None, &Value::Object(body), None)?;
    user::check_free_address(change, &accepted.attributes)?;
    let mut draft = Draft::new(Action::Create, &row.place, &row.user_name);
    if plan.options.invite {
        let address = intake::invited_address(&accepted.attributes, accepted.external_id.as_deref())?;
        draft.reason = Some(format!("is invited at {}", address.as_str()));
    }
    draft.name_key = Some(scim::text::key(&row.user_name));
    draft.after = Some(with_external_id(accepted.attributes, accepted.external_id));
    Ok(draft)
}

/// People as a source speaks of them.
fn schema<'a>(change: &Change<'a>) -> &'a ResourceSchema {
    change.schemas().resource(ResourceKind::User, Profile::Generic)
}

fn with_external_id(mut attributes: Map<String, Value>, external_id: Option<String>) -> Map<String, Value> {
    if let Some(id) = external_id {
        attributes.insert("externalId".into(), id.into());
    }
    attributes
}

fn change_of_person(
    change: &mut Change<'_>,
    plan: &Plan,
    row: &PersonRow,
    user: &User,
    meant: Option<Meant>,
) -> Result<Draft, Error> {
    let source = Writer::Source(plan.source);
    let before = user.attributes().clone();
    let given = meant.is_some_and(|meant| meant.given);
    // In other letters it is the same userName.
    let is_same_name = scim::text::key(&user.user_name()) == scim::text::key(&row.user_name);
    let settings: Vec<Setting> = row
        .settings
        .iter()
        .filter(|setting| !(is_same_name && setting.path == "userName"))
        .cloned()
        .collect();
    let mut after = document::apply(schema(change), before.clone(), &settings)?;
    let speaks_of_active = row
        .settings
        .iter()
        .any(|setting| setting.path.eq_ignore_ascii_case("active"));
    // Whom the source took out because it no longer named them is back.
    if !speaks_of_active
        && user.lifecycle == Lifecycle::Suspended
        && meant.is_some_and(|meant| meant.missed)
        && user.provenance.writer_of("active") == Some(source)
    {
        after.insert("active".into(), true.into());
    }
    let mut kept = Vec::new();
    if !plan.options.overwrite {
        for conflict in user.provenance.taken(source, &before, &after) {
            kept.push(format!("{} ({})", conflict.name(), conflict.writer()));
            conflict.restore(&mut after);
        }
    }
    let own = user.external_ids.get(Uuid::nil());
    let takes_id = own.is_none() || given || plan.options.overwrite;
    let external_id = row.external_id.clone().filter(|_| takes_id).or(own.map(str::to_owned));
    let accepted = Accepted {
        attributes: after,
        external_id: external_id.clone(),
        warnings: Vec::new(),
    };
    let Accepted { attributes, .. } = intake::check(change, None, accepted, Some(&before))?;
    let (old, new) = rules::differing(
        &with_external_id(before, own.map(str::to_owned)),
        &with_external_id(attributes, external_id),
    );
    let reason = (!kept.is_empty()).then(|| format!("kept, since others have written it: {}", kept.join(", ")));
    let action = if old.is_empty() && new.is_empty() {
        Action::Nothing
    } else {
        Action::Change
    };
    let mut draft = Draft::new(action, &row.place, &row.user_name);
    draft.reason = reason;
    if action == Action::Change {
        draft.guard = Some(user.version);
        (draft.before, draft.after) = (Some(old), Some(new));
    }
    Ok(draft)
}

/// What becomes of those whom the source gave and no longer names: a slice of them. None when there are no more.
pub(super) fn add_missing(
    change: &mut Change<'_>,
    plan: &Plan,
    has: i64,
    after: &Record,
) -> Result<Option<(i64, Record)>, Error> {
    let missing = table::missing_users(change, plan, after, SLICE as i64)?;
    let Some((last, _)) = missing.last().cloned() else {
        return Ok(None);
    };
    let ids: Vec<Id<User>> = missing.iter().map(|(_, subject)| Id::new(*subject)).collect();
    let mut people: HashMap<Uuid, User> = HashMap::new();
    for user in user::table::many(change, &ids)? {
        people.insert(user.id.uuid(), user);
    }
    let mut drafts = Vec::new();
    for (record, subject) in missing {
        // Whoever has left or is leaving anyway has nothing taken away.
        let Some(user) = people
            .get(&subject)
            .filter(|user| user.visibility.leaves_at().is_none())
        else {
            continue;
        };
        let action = match plan.options.missing {
            Missing::Remove => Action::Remove,
            Missing::Deactivate if user.lifecycle == Lifecycle::Suspended => continue,
            Missing::Deactivate if user.lifecycle == Lifecycle::Invited => continue,
            Missing::Deactivate => Action::Deactivate,
            Missing::Keep => return Ok(None),
        };
        let mut draft = Draft::new(action, "", &user.user_name()).because("the source no longer names them");
        draft.subject = Some(subject);
        draft.record = Some(record);
        draft.guard = Some(user.version);
        if action == Action::Deactivate {
            let active = |active: bool| Map::from_iter([("active".to_owned(), Value::Bool(active))]);
            (draft.before, draft.after) = (Some(active(true)), Some(active(false)));
        } else {
            draft.before = Some(user.attributes().clone());
        }
        drafts.push(draft);
    }
    let has = commands::add(change, plan, has, &drafts)?;
    Ok(Some((has, last)))
}

/// Adds a person as planned.
pub(super) fn create(change: &mut Change<'_>, plan: &Plan, after: &Map<String, Value>) -> Result<Uuid, Error> {
    let intake = UserIntake {
        body: Value::Object(after.clone()),
    };
    let offer = plan.options.invite.then(crate::invitation::Offer::default);
    Ok(user::create(change, &intake, offer.as_ref())?.user.id.uuid())
}

/// The person an item is about, locked, if they are as they were when it was planned.
pub(super) fn as_planned(change: &mut Change<'_>, subject: Option<Uuid>, guard: Option<i64>) -> Result<User, Error> {
    let subject = subject.ok_or(Error::Fault {
        what: "an item of a plan has no subject",
    })?;
    let user = user::table::lock(change, Id::new(subject))?
        .ok_or_else(|| Refusal::conflict("has left since this was planned"))?;
    if guard != Some(user.version) {
        return Err(Refusal::conflict("has been changed since this was planned").into());
    }
    Ok(user)
}
