//! The realm that things are done in: who and what the numbers stand for, and the commands that acts come to.

use directory::enrollment::configuration::Configuration;
use directory::enrollment::request::Request;
use directory::enrollment::rule::Rule;
use directory::entitlement::SetEntitlements;
use directory::group::Group;
use directory::invitation::Invitation;
use directory::realm::EntitlementSettings;
use directory::review::Review;
use directory::user::User;
use directory::{Command, Error, Id, Principal, Role, Scope};
use serde_json::json;
use testkit::{Program, TestApp};

use super::acts::{Act, Of, PEOPLE, Who};
use super::granted::{Place, Subject};
use super::model::Model;
use crate::support::create_group;
use crate::support::groups::person;

pub(super) const NAMESPACE: &str = "urn:mace:example.org";

/// So many groups were made by a program, and nobody manages them at first.
pub(super) const PLAIN: usize = 2;

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) app: TestApp,
    pub(super) people: Vec<Id<User>>,
    pub(super) groups: Vec<Id<Group>>,
    pub(super) names: Vec<String>,
    pub(super) principals: Vec<Principal>,
    pub(super) operator: Principal,
    pub(super) scim: Principal,
    program: Principal,
    pub(super) ways: Vec<Id<Configuration>>,
    pub(super) requests: Vec<Id<Request>>,
    pub(super) offers: Vec<(Id<Invitation>, String)>,
    pub(super) rules: Vec<Id<Rule>>,
    pub(super) reviews: Vec<Id<Review>>,
}

impl World {
    /// A realm with people, and with two groups that a program has made and nobody manages.
    pub(super) async fn new(app: TestApp) -> (Self, Model) {
        let operator = app.operator().await;
        let settings = EntitlementSettings {
            namespace: Some(NAMESPACE.into()),
            ..EntitlementSettings::default()
        };
        app.directory()
            .execute(&operator, SetEntitlements { settings })
            .await
            .expect("set");
        app.run_jobs().await;
        let scim = app
            .principal("scim", &["scim:read", "scim:write"], Program::default())
            .await;
        let program = app.principal("portal", &["agm:manage"], Program::default()).await;
        let (mut people, mut principals) = (Vec::new(), Vec::new());
        for number in 0..PEOPLE {
            let user = app.user(&format!("p{number}")).await;
            let roles: &[Role] = match number {
                0 => &[Role::ManageGroups],
                1 => &[Role::ManageGroupsExtended],
                2 => &[Role::RealmAdmin],
                3 => &[Role::Auditor],
                _ => &[],
            };
            let mut scopes = vec![Scope::AgmSelf, Scope::AgmManage];
            scopes.extend((number == 2).then_some(Scope::AgmAdmin));
            principals.push(person(&app, user, &scopes, roles).await);
            people.push(user);
        }
        let mut model = Model {
            now: app.now().millis(),
            ..Model::default()
        };
        let (mut groups, mut names) = (Vec::new(), Vec::new());
        for name in (0..PLAIN).map(|number| format!("scim{number}")) {
            groups.push(
                create_group(&app, &operator, json!({ "displayName": name }))
                    .await
                    .expect("made")
                    .group
                    .id,
            );
            names.push(name);
            model.places.push(Place {
                plain: true,
                ..Place::default()
            });
        }
        let world = Self {
            app,
            people,
            groups,
            names,
            principals,
            operator,
            scim,
            program,
            ways: Vec::new(),
            requests: Vec::new(),
            offers: Vec::new(),
            rules: Vec::new(),
            reviews: Vec::new(),
        };
        (world, model)
    }

    /// Whether it has seen requests or offers that another one has not.
    pub(super) fn knows_more_than(&self, other: &Self) -> bool {
        self.requests.len() + self.offers.len() > other.requests.len() + other.offers.len()
    }

    pub(super) fn principal(&self, who: Who) -> &Principal {
        match who {
            Who::Person(person) => &self.principals[person],
            Who::Operator => &self.operator,
            Who::Scim => &self.scim,
            Who::Program => &self.program,
        }
    }

    pub(super) async fn run<C: Command>(&self, who: Who, command: C) -> Result<C::Output, Error> {
        self.app.directory().execute(self.principal(who), command).await
    }

    /// Whether all that an act names is there, or has been.
    pub(super) fn knows(&self, act: &Act) -> bool {
        let group = |group: usize| group < self.groups.len();
        let way = |way: usize| way < self.ways.len();
        let of = |of: &Of| group(of.group) && group(of.via);
        let subject = |subject: &Subject| !matches!(subject, Subject::Group(of) if !group(*of));
        match act {
            Act::Update { of: one, .. }
            | Act::Extend { of: one, .. }
            | Act::Remove { of: one }
            | Act::Suspend { of: one }
            | Act::Resume { of: one, .. }
            | Act::GiveRole { of: one, .. }
            | Act::TakeRole { of: one, .. } => of(one),
            Act::Add { group: one, .. }
            | Act::Define { group: one, .. }
            | Act::Undefine { group: one, .. }
            | Act::Leave { group: one }
            | Act::OfferAdmin { group: one, .. }
            | Act::Delete { group: one }
            | Act::Privilege { group: one, .. }
            | Act::SelfApproval { group: one, .. }
            | Act::ScimAdd { group: one, .. }
            | Act::ScimRemove { group: one, .. }
            | Act::ScimPut { group: one, .. }
            | Act::Import { group: one, .. }
            | Act::LetElevate { group: one, .. }
            | Act::LetElevateNoMore { group: one, .. }
            | Act::Elevate { group: one, .. }
            | Act::BeginReview { group: one, .. } => group(*one),
            Act::Decide { review: one, .. }
            | Act::CloseReview { review: one, .. }
            | Act::CancelReview { review: one } => *one < self.reviews.len(),
            Act::Ask { way: one, .. }
            | Act::Unconfigure { way: one }
            | Act::Publish { way: one, .. }
            | Act::Agree { way: one }
            | Act::Offer { way: one, .. } => way(*one),
            Act::Accept { request } | Act::Reject { request } | Act::Withdraw { request } => {
                *request < self.requests.len()
            }
            Act::Configure {
                group: one, way: other, ..
            } => group(*one) && other.is_none_or(way),
            Act::Answer { offer, .. } | Act::TakeBack { offer } | Act::SendAgain { offer } => {
                *offer < self.offers.len()
            }
            Act::Delegate {
                group: one,
                subject: other,
                ..
            }
            | Act::Redelegate {
                group: one,
                subject: other,
                ..
            }
            | Act::Undelegate {
                group: one,
                subject: other,
                ..
            } => group(*one) && subject(other),
            Act::Move { group: one, parent } => group(*one) && parent.is_none_or(group),
            Act::Found { parent } => parent.is_none_or(group),
            Act::ImportAll { rows } => rows.iter().all(|(one, _)| group(*one)),
            Act::Expel { .. } | Act::Rule { .. } | Act::Pass { .. } => true,
        }
    }
}
