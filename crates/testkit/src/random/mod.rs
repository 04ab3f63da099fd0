//! A realm made at random, in some time zone: groups with their administrators, memberships of every kind, requests and offers that
//! nobody answers, people who leave, and what people and the realm want to be told of. `due` has what else has its time.

mod due;
mod enough;

use std::collections::BTreeMap;
use std::sync::Arc;

use directory::delegation::{Capabilities, GrantDelegation, Whom};
use directory::enrollment::configuration::Draft;
use directory::enrollment::request::Request;
use directory::enrollment::{AskRequester, Configure, Respond, SubmitRequest};
use directory::entitlement::SetEntitlements;
use directory::group::{CreateGroup, CreateSubgroup, CreateTopGroup, Group, GroupName, NewGroup, PatchGroup};
use directory::invitation::{Invitee, OfferAdministration, OfferMembership, OfferedWay};
use directory::mail::Template;
use directory::membership::{Membership, Recalculate, What};
use directory::notice::{NoticeChoices, SetNoticeChoices};
use directory::realm::EntitlementSettings;
use directory::user::{CreateUser, DeleteUser, Lifecycle, SetLifecycle, User, UserIntake};
use directory::view::IfMatch;
use directory::zone::Zone;
use directory::{Actor, Command, Credential, Id, Principal, Scope, Scopes, Timestamp, UserActor};
use serde_json::{Value, json};

use crate::{Dice, Program, TestApp};

const DAY: i64 = 86_400;
const A_DAY: usize = 86_400;

/// What the realm tells nobody.
pub const UNTOLD: Template = Template::MemberSuspendedAdmin;

/// Where it may be: east and west, with summer time in the north and in the south, where the clocks jump over midnight or by half
/// an hour, and where the offset is no full hour.
const ZONES: [&str; 7] = [
    "UTC",
    "Europe/Athens",
    "America/New_York",
    "America/Santiago",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
];

/// A realm made at random.
#[derive(Debug)]
pub struct Random {
    /// The time zone in which its days begin and end.
    pub zone: &'static str,
    /// Its people.
    pub people: Vec<Id<User>>,
    /// Its groups: 15 for a hundred people.
    pub groups: Vec<Id<Group>>,
    /// The requests that wait for the answer of whoever asked.
    pub questions: Vec<Id<Request>>,
    /// The memberships that somebody has for some hours.
    pub elevated: Vec<Id<Membership>>,
    /// Those of them that end before the hours are over.
    pub cut_short: Vec<Id<Membership>>,
    /// Those that rest on terms that are accepted for good, but for a new version.
    pub asked_anew: Vec<Id<Membership>>,
}

impl Random {
    /// Makes the realm `default` one of so many people, the same for a seed.
    pub async fn make(app: &TestApp, seed: u64, how_many: u64) -> Self {
        let dice = &mut Dice::new(seed);
        let named = dice.pick(&ZONES);
        let zone = &Zone::named(named).expect("a time zone");
        app.set_realm("default", |settings| {
            settings.time_zone = Some(named.to_owned());
            settings.expired_invitation_days = Some(20);
            // Offers last until the realm is made.
            settings.agm.invitation_hours = Some(720);
            settings.agm.notices_off = vec![UNTOLD.name().to_owned()];
        })
        .await;
        let mut people = Vec::new();
        for number in 0..how_many {
            people.push(app.user(&format!("u{number}")).await);
        }
        let (groups, managed) = groups(app, dice, how_many * 15 / 100).await;
        memberships(app, dice, zone, &people, &groups).await;
        let mut anew = due::terms(app, dice, &people, &managed).await;
        let questions = waiting(app, dice, &people, &managed).await;
        administrators(app, dice, zone, &people, &managed).await;
        wishes(app, dice, &people).await;
        let leaving = leaving(app, dice, &people, &managed).await;
        let first = anew.remove(0);
        due::publish(app, dice, anew).await;
        let (elevated, cut_short) = due::elevations(app, dice, zone, &people, &leaving, &managed).await;
        due::reviews(app, dice, zone, &people, &managed).await;
        let asked_anew = due::members_by(app, first.configuration).await;
        due::publish(app, dice, vec![first]).await;
        app.deliver_mail().await;
        Self {
            zone: named,
            people,
            groups,
            questions,
            elevated,
            cut_short,
            asked_anew,
        }
    }
}

async fn sql(app: &TestApp, text: &'static str, params: Vec<db::Value>) {
    let done = app
        .db()
        .write(move |tx| -> Result<(), db::Error> { tx.execute(text, &params).map(drop) })
        .await;
    done.expect("it is done");
}

/// Somebody does something that is not refused.
async fn done<C: Command>(app: &TestApp, who: &Principal, command: C) -> C::Output {
    let done = app.directory().execute(who, command).await;
    done.unwrap_or_else(|error| panic!("{}: {error:?}", std::any::type_name::<C>()))
}

async fn person(app: &TestApp, user: Id<User>, scopes: &[Scope]) -> Principal {
    let actor = UserActor {
        user,
        client: None,
        scopes: Scopes::of(scopes),
        roles: Vec::new(),
        credential: Credential::Own,
    };
    Principal {
        realm: app.realm("default").await,
        actor: Actor::User(Arc::new(actor)),
        request: None,
    }
}

/// A person who administers a group from now on.
async fn administers(app: &TestApp, group: Id<Group>, user: Id<User>) -> Principal {
    let operator = app.operator().await;
    // Whoever does already is not named twice.
    let _ = app
        .directory()
        .execute(&operator, GrantDelegation::owner(group, Whom::User(user)))
        .await;
    person(app, user, &[Scope::AgmSelf, Scope::AgmManage]).await
}

/// Some days from now: mostly where a day begins there, where many things come together.
fn in_days(app: &TestApp, dice: &mut Dice, zone: &Zone, most: usize) -> Timestamp {
    let at = app.now().plus_seconds(dice.days(most * A_DAY) + 1);
    if dice.one_in(3) { at } else { zone.end_of(zone.day(at)) }
}

/// Trees that are managed, and some groups that stand alone.
async fn groups(app: &TestApp, dice: &mut Dice, how_many: u64) -> (Vec<Id<Group>>, Vec<Id<Group>>) {
    let operator = app.operator().await;
    let mut managed: Vec<Id<Group>> = Vec::new();
    let mut all = Vec::new();
    for number in 0..how_many {
        let name = format!("g{number}");
        if dice.one_in(6) {
            let (body, needs) = (json!({ "displayName": name }), Scope::ScimWrite);
            all.push(done(app, &operator, CreateGroup { body, needs }).await.group.id);
            continue;
        }
        let new = NewGroup::named(GroupName::parse(&name).expect("a name"));
        let id = if managed.is_empty() || dice.one_in(4) {
            done(app, &operator, CreateTopGroup { new }).await.group.id
        } else {
            let parent = dice.pick(&managed[managed.len().saturating_sub(12)..]);
            done(app, &operator, CreateSubgroup { parent, new }).await.group.id
        };
        if dice.one_in(3) {
            let says = json!({ "grace_days": dice.roll(40), "notice_days": 1 + dice.roll(30) });
            let text = "UPDATE groups SET management = ?2 WHERE id = ?1";
            sql(app, text, vec![id.into(), says.to_string().into()]).await;
        }
        managed.push(id);
        all.push(id);
    }
    (all, managed)
}

/// Memberships of every kind: their first and last days, what they rest on, and who is kept out.
async fn memberships(app: &TestApp, dice: &mut Dice, zone: &Zone, people: &[Id<User>], groups: &[Id<Group>]) {
    let operator = app.operator().await;
    // About as many in each group, however many people there are.
    let others = (people.len() / 16).max(6);
    for group in groups {
        let some: Vec<Id<User>> = people.iter().copied().filter(|_| dice.one_in(others)).collect();
        let members: Vec<Value> = some.iter().map(|id| json!({ "value": id.to_string() })).collect();
        let add = json!([{ "op": "add", "path": "members", "value": members }]);
        let command = PatchGroup {
            id: *group,
            operations: scim::patch::parse_list(add.as_array().expect("a list")).expect("operations"),
            if_match: IfMatch::Any,
            needs: Scope::ScimWrite,
        };
        done(app, &operator, command).await;
        for user in some {
            let at = |dice: &mut Dice, days: usize| in_days(app, dice, zone, days);
            let end = (!dice.one_in(3)).then(|| at(dice, 450));
            let begin = dice.one_in(5).then(|| at(dice, 300));
            let status = if begin.is_some() { "pending" } else { "enabled" };
            let terms = dice.one_in(6).then(|| {
                let until = at(dice, 400).millis();
                let on_lapse = dice.pick(&["remind", "withhold", "end"]);
                json!({ "version": user.uuid(), "accepted_at": 0, "until": until, "on_lapse": on_lapse })
            });
            let mut details = json!({ "lapses": dice.one_in(8) });
            if let Some(terms) = terms {
                details["terms"] = terms;
            }
            let text = "UPDATE memberships SET status = ?3, valid_from = ?4, expires_at = ?5, details = ?6 WHERE group_id = ?1 AND user_id = ?2";
            let params = vec![
                (*group).into(),
                user.into(),
                status.into(),
                begin.map(Timestamp::millis).into(),
                end.map(Timestamp::millis).into(),
                details.to_string().into(),
            ];
            sql(app, text, params).await;
            if dice.one_in(15) {
                let block = "INSERT INTO membership_blocks (realm, user_id, group_id, set_by, set_at) SELECT realm, id, ?2, 'operator', 0 FROM users WHERE id = ?1";
                sql(app, block, vec![user.into(), (*group).into()]).await;
            }
        }
    }
    let roles = "INSERT INTO membership_roles (realm, membership, role) SELECT m.realm, m.id, r.id FROM memberships m
                 JOIN group_roles r ON r.realm = m.realm AND r.group_id = m.group_id WHERE m.status IN ('enabled', 'pending')
                 ON CONFLICT DO NOTHING";
    sql(app, roles, Vec::new()).await;
    let settings = EntitlementSettings {
        namespace: Some("urn:mace:example.org".to_owned()),
        ..EntitlementSettings::default()
    };
    done(app, &operator, SetEntitlements { settings }).await;
    app.run_jobs().await;
    // From here on everything is kept as it should be, and looked at when its time comes.
    let command = Recalculate {
        what: What::EffectiveEnds,
    };
    done(app, &operator, command).await;
    app.run_jobs().await;
}

/// Some people ask to join, others are offered a membership or the administration of a group, and nobody answers; others are
/// invited. Of those who ask some are asked back, and most of them do not answer either.
async fn waiting(app: &TestApp, dice: &mut Dice, people: &[Id<User>], groups: &[Id<Group>]) -> Vec<Id<Request>> {
    let mut questions = Vec::new();
    let operator = app.operator().await;
    for group in groups.iter().take(8) {
        let draft = Draft {
            name: "Join".into(),
            active: true,
            visible: true,
            require_approval: true,
            multiselect_role: true,
            roles: vec!["member".into()],
            ..Draft::default()
        };
        let command = Configure {
            group: *group,
            id: None,
            if_version: None,
            draft,
            force: false,
        };
        let way = done(app, &operator, command).await;
        for _ in 0..4 + people.len() / 200 {
            let who = person(app, dice.pick(people), &[Scope::AgmSelf]).await;
            let command = SubmitRequest {
                configuration: way.configuration.id,
                roles: vec!["member".into()],
                comments: None,
                terms: None,
            };
            // Whoever is a member already, or asks already, does not.
            let Ok(asked) = app.directory().execute(&who, command).await else {
                continue;
            };
            let id = asked.request.id;
            if !asked.request.status.is_open() || dice.one_in(2) {
                continue;
            }
            let text = "what for?".to_owned();
            let if_version = None;
            done(app, &operator, AskRequester { id, if_version, text }).await;
            if dice.one_in(4) {
                let text = "to help".to_owned();
                done(app, &who, Respond { id, text }).await;
            } else {
                questions.push(id);
            }
        }
        let owner = administers(app, *group, dice.pick(people)).await;
        for number in 0..3 {
            let invitee = || Invitee {
                email: Some(format!("guest{number}-of-{group}@example.net")),
                ..Invitee::default()
            };
            let command = OfferMembership {
                group: *group,
                invitee: invitee(),
                way: OfferedWay::Named(way.configuration.id),
                roles: vec!["member".into()],
            };
            done(app, &owner, command).await;
            let command = OfferAdministration::of_owner(*group, invitee());
            done(app, &owner, command).await;
        }
        pass(app, dice, 3 * A_DAY).await;
    }
    let hr = app
        .principal("hr", &["scim:read", "scim:write"], Program::default().invites())
        .await;
    for number in 0..10 {
        let body =
            json!({ "userName": format!("new{number}"), "emails": [{ "value": format!("new{number}@example.org") }] });
        let command = CreateUser {
            intake: UserIntake { body },
            needs: Scope::ScimWrite,
        };
        done(app, &hr, command).await;
        pass(app, dice, A_DAY).await;
    }
    questions
}

/// Those who administer groups: people and everybody in a group, from now on or later, for good or until a day.
async fn administrators(app: &TestApp, dice: &mut Dice, zone: &Zone, people: &[Id<User>], groups: &[Id<Group>]) {
    let operator = app.operator().await;
    for group in groups {
        for _ in 0..dice.roll(4) {
            let whom = if dice.one_in(4) {
                Whom::Group(dice.pick(groups))
            } else {
                Whom::User(dice.pick(people))
            };
            let what = dice.pick(&[
                "members.read",
                "requests.review",
                "members.read requests.review",
                "config.write",
            ]);
            let day = |dice: &mut Dice| in_days(app, dice, zone, 400);
            let from = dice.one_in(5).then(|| day(dice));
            let until = dice
                .one_in(2)
                .then(|| from.unwrap_or(app.now()).plus_seconds(DAY).max(day(dice)));
            let grant = GrantDelegation {
                capabilities: Capabilities::parse(what).expect("capabilities"),
                inherit: !dice.one_in(3),
                valid_from: from,
                valid_until: until,
                ..GrantDelegation::owner(*group, whom)
            };
            // Whoever does already is not named twice.
            let _ = app.directory().execute(&operator, grant).await;
        }
    }
}

/// How some want to be told.
async fn wishes(app: &TestApp, dice: &mut Dice, people: &[Id<User>]) {
    for user in people {
        let chosen = match dice.roll(9) {
            0 => ("administration", "digest"),
            1 => ("administration", "off"),
            2 => (Template::MembershipEnding.name(), "off"),
            3 => (Template::MembershipExpiredAdmin.name(), "digest"),
            4 => (Template::TermsReminder.name(), "off"),
            5 => (Template::ReviewReminder.name(), "off"),
            _ => continue,
        };
        let chosen = BTreeMap::from([(chosen.0.to_owned(), chosen.1.to_owned())]);
        let choices = NoticeChoices::parse(&chosen).expect("a choice");
        let who = person(app, *user, &[Scope::AgmSelf]).await;
        done(app, &who, SetNoticeChoices { choices }).await;
    }
}

/// Some are kept out, and some leave in a while, who administer something until then.
async fn leaving(app: &TestApp, dice: &mut Dice, people: &[Id<User>], groups: &[Id<Group>]) -> Vec<Id<User>> {
    let (operator, days) = (app.operator().await, json!({ "suspend_before_delete_days": 40 }));
    let program = Program::default().settings(&days);
    let personnel = app.principal("personnel", &["scim:read", "scim:write"], program).await;
    let mut leaving = Vec::new();
    for user in people {
        if leaving.is_empty() || dice.one_in(20) {
            let grant = GrantDelegation {
                capabilities: Capabilities::parse("members.read").expect("capabilities"),
                ..GrantDelegation::owner(dice.pick(groups), Whom::User(*user))
            };
            // Whoever does already is not named twice.
            let _ = app.directory().execute(&operator, grant).await;
            let command = DeleteUser {
                id: *user,
                if_match: IfMatch::Any,
                needs: Scope::ScimWrite,
            };
            done(app, &personnel, command).await;
            leaving.push(*user);
            pass(app, dice, 3600).await;
        } else if dice.one_in(30) {
            let lifecycle = Lifecycle::Suspended;
            done(app, &operator, SetLifecycle { id: *user, lifecycle }).await;
        }
    }
    leaving
}

/// Some time goes by, up to so many seconds.
async fn pass(app: &TestApp, dice: &mut Dice, seconds: usize) {
    app.pass(dice.days(seconds)).await;
}
