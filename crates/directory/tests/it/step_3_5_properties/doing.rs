//! The commands that acts come to.

use directory::delegation::{ChangeDelegation, GrantDelegation};
use directory::enrollment::request::RequestStatus;
use directory::enrollment::rule::{Level, rules};
use directory::enrollment::terms::{AcceptTerms, PublishTerms};
use directory::enrollment::{
    AcceptRequest, Configure, RejectRequest, RemoveRule, SetRule, SubmitRequest, Unconfigure, Withdraw,
};
use directory::group::{
    CreateSubgroup, CreateTopGroup, DefineRole, DeleteGroup, DeleteRole, GroupSettings, Privileged, RemoveGroup,
    RoleName, RoleNamed, SetGroupSettings, SetPrivileged,
};
use directory::invitation::{
    AcceptOffer, OfferAdministration, OfferMembership, OfferedWay, RejectOffer, ResendInvitation, RevokeInvitation,
};
use directory::membership::{
    AddMembership, Extend, LeaveGroup, NewMember, RemoveMembership, ResumeMember, SuspendMember, UpdateMembership,
};
use directory::plan::{Edge, MemberRow, Missing};
use directory::user::DeleteUser;
use directory::view::IfMatch;
use directory::{Error, Refusal, Scope};
use serde_json::json;

use super::acts::{Act, Deed, ROLES, Who};
use super::granted::Made;
use super::lookups::{given, giving, invitee, moving, revoking, taking, terms, terms_of, texts, way_of};
use super::model::Model;
use super::weighing::{capabilities, named};
use crate::support::groups::new;
use crate::support::patch_group;

use super::world::World;

impl World {
    /// Does it, if the product lets it be done.
    pub(super) async fn attempt(&mut self, deed: &Deed, model: &Model) -> Result<Made, Error> {
        let who = deed.who;
        match &deed.act {
            &Act::Add {
                group,
                person,
                roles,
                from,
                days,
            } => {
                let command = AddMembership {
                    group: self.groups[group],
                    whom: NewMember::Id(self.people[person]),
                    roles: texts(&named(roles)),
                    valid_from: (from != 0).then(|| self.day(from)),
                    last_day: days.map(|days| self.day(days)),
                    configuration: None,
                };
                self.run(who, command).await?;
                return Ok(Made::Rests(self.rests(group, person).await));
            }
            &Act::Update { of, roles, from, days } => {
                let command = UpdateMembership {
                    group: self.groups[of.via],
                    which: self.which(of).await,
                    if_match: IfMatch::Any,
                    roles: texts(&named(roles)),
                    valid_from: from.map(|from| self.day(from)),
                    last_day: days.map(|days| self.day(days)),
                };
                self.run(who, command).await?;
            }
            &Act::Extend { of, days } => {
                let (group, which, if_match) = (self.groups[of.via], self.which(of).await, IfMatch::Any);
                let last_day = days.map(|days| self.day(days));
                self.run(
                    who,
                    Extend {
                        group,
                        which,
                        if_match,
                        last_day,
                    },
                )
                .await?;
            }
            &Act::Remove { of } => {
                let (group, which, if_match) = (self.groups[of.via], self.which(of).await, IfMatch::Any);
                self.run(who, RemoveMembership { group, which, if_match }).await?;
            }
            &Act::Suspend { of } => {
                let (group, which) = (self.groups[of.via], self.which(of).await);
                self.run(
                    who,
                    SuspendMember {
                        group,
                        which,
                        justification: None,
                        if_match: IfMatch::Any,
                    },
                )
                .await?;
            }
            &Act::Resume { of, begins } => {
                let (group, which) = (self.groups[of.via], self.which(of).await);
                let command = ResumeMember {
                    group,
                    which,
                    justification: None,
                    begins_now: begins,
                    if_match: IfMatch::Any,
                };
                self.run(who, command).await?;
            }
            &Act::GiveRole { of, role } => {
                let (group, which, role) = (self.groups[of.via], self.which(of).await, ROLES[role].to_owned());
                self.run(who, giving(group, which, role)).await?;
            }
            &Act::TakeRole { of, role } => {
                let (group, which, role) = (self.groups[of.via], self.which(of).await, ROLES[role].to_owned());
                self.run(who, taking(group, which, role)).await?;
            }
            &Act::Define { group, role } => {
                let name = RoleName::parse(ROLES[role]).expect("a name");
                self.run(
                    who,
                    DefineRole {
                        group: self.groups[group],
                        name,
                    },
                )
                .await?;
            }
            &Act::Undefine {
                group,
                role,
                instead,
                force,
            } => {
                let role = RoleNamed::Name(ROLES[role].into());
                let replace_with = instead.map(|role| RoleNamed::Name(ROLES[role].into()));
                self.run(
                    who,
                    DeleteRole {
                        group: self.groups[group],
                        role,
                        replace_with,
                        force,
                        if_version: None,
                    },
                )
                .await?;
            }
            &Act::Leave { group } => {
                let group = self.groups[group];
                self.run(who, LeaveGroup { group }).await?;
            }
            &Act::Ask { way, roles, terms } => {
                let command = SubmitRequest {
                    configuration: self.ways[way],
                    roles: texts(&named(roles)),
                    comments: Some("please".into()),
                    terms: terms.then(given),
                };
                let request = self.run(who, command).await?.request;
                self.requests.push(request.id);
                let reviewed = request.status == RequestStatus::PendingApproval;
                return Ok(Made::Asked {
                    reviewed,
                    version: request.said.way_version,
                });
            }
            &Act::Accept { request } => {
                let id = self.requests[request];
                let decided = self
                    .run(
                        who,
                        AcceptRequest {
                            id,
                            if_version: None,
                            justification: None,
                        },
                    )
                    .await?;
                return Ok(Made::Decided(decided.decided));
            }
            &Act::Reject { request } => {
                let id = self.requests[request];
                self.run(
                    who,
                    RejectRequest {
                        id,
                        if_version: None,
                        justification: None,
                    },
                )
                .await?;
            }
            &Act::Withdraw { request } => drop(
                self.run(
                    who,
                    Withdraw {
                        id: self.requests[request],
                    },
                )
                .await?,
            ),
            &Act::Configure { group, way, shape } => {
                let command = Configure {
                    group: self.groups[group],
                    id: way.map(|way| self.ways[way]),
                    if_version: None,
                    draft: self.draft(shape),
                    force: false,
                };
                let done = self.run(who, command).await?;
                let made = way_of(group, &done.configuration, &done.roles, done.terms.as_ref());
                if way.is_none() {
                    self.ways.push(done.configuration.id);
                }
                return Ok(Made::Way(made));
            }
            &Act::Unconfigure { way } => {
                let (group, id) = (self.groups[model.ways[way].group], self.ways[way]);
                self.run(
                    who,
                    Unconfigure {
                        group,
                        id,
                        if_version: None,
                    },
                )
                .await?;
            }
            &Act::Publish { way, days, lapse } => {
                let (group, configuration) = (self.groups[model.ways[way].group], self.ways[way]);
                let draft = terms(days, lapse);
                let made = self
                    .run(
                        who,
                        PublishTerms {
                            group,
                            configuration,
                            draft,
                        },
                    )
                    .await?;
                return Ok(Made::Terms(terms_of(&made)));
            }
            &Act::Agree { way } => {
                self.run(
                    who,
                    AcceptTerms {
                        group: self.groups[model.ways[way].group],
                        given: given(),
                    },
                )
                .await?;
            }
            &Act::Offer { way, roles, to } => {
                let command = OfferMembership {
                    group: self.groups[model.ways[way].group],
                    invitee: invitee(to),
                    way: OfferedWay::Named(self.ways[way]),
                    roles: texts(&named(roles)),
                };
                let made = self.run(who, command).await?;
                self.offers.push((made.id, self.secret(made.id).await));
            }
            &Act::OfferAdmin { group, what, to } => {
                let command = OfferAdministration {
                    group: self.groups[group],
                    invitee: invitee(to),
                    capabilities: capabilities(what),
                };
                let made = self.run(who, command).await?;
                self.offers.push((made.id, self.secret(made.id).await));
            }
            &Act::Answer { offer, yes, terms } => {
                let secret = self.offers[offer].1.clone();
                if !yes {
                    self.run(who, RejectOffer { secret }).await?;
                    return Ok(Made::Nothing);
                }
                self.run(
                    who,
                    AcceptOffer {
                        secret,
                        terms: terms.then(given),
                    },
                )
                .await?;
                let made = &model.offers[offer];
                return Ok(match made.admin {
                    Some(_) => self.administers(made.group, made.to).await.expect("they administer it"),
                    None => Made::Nothing,
                });
            }
            &Act::SendAgain { offer } => {
                let id = self.offers[offer].0;
                self.run(who, ResendInvitation { id }).await?;
                self.offers[offer].1 = self.secret(id).await;
            }
            &Act::TakeBack { offer } => drop(
                self.run(
                    who,
                    RevokeInvitation {
                        id: self.offers[offer].0,
                    },
                )
                .await?,
            ),
            &Act::Delegate {
                group,
                subject,
                what,
                inherit,
                days,
            } => {
                let command = GrantDelegation {
                    capabilities: capabilities(what),
                    inherit,
                    valid_until: self.until(days),
                    ..GrantDelegation::owner(self.groups[group], self.whom(subject))
                };
                self.run(who, command).await?;
            }
            &Act::Redelegate {
                group,
                subject,
                what,
                inherit,
                days,
                force,
            } => {
                let command = ChangeDelegation {
                    group: self.groups[group],
                    subject: self.uuid(subject),
                    capabilities: capabilities(what),
                    inherit,
                    valid_from: None,
                    valid_until: self.until(days),
                    force,
                };
                self.run(who, command).await?;
            }
            &Act::Undelegate { group, subject, force } => {
                let (group, whom) = (self.groups[group], self.whom(subject));
                self.run(who, revoking(group, whom, force)).await?;
            }
            &Act::Move { group, parent } => {
                let (group, parent) = (self.groups[group], parent.map(|parent| self.groups[parent]));
                self.run(who, moving(group, parent)).await?;
            }
            &Act::Found { parent } => {
                let name = format!("g{}", self.groups.len());
                let made = match parent {
                    Some(parent) => {
                        self.run(
                            who,
                            CreateSubgroup {
                                parent: self.groups[parent],
                                new: new(&name),
                            },
                        )
                        .await?
                    }
                    None => self.run(who, CreateTopGroup { new: new(&name) }).await?,
                };
                let number = self.groups.len();
                self.groups.push(made.group.id);
                self.names.push(name);
                let owned = match who {
                    Who::Person(person) => self.administers(number, person).await.is_some(),
                    Who::Operator | Who::Scim | Who::Program => false,
                };
                let ways = self
                    .app
                    .directory()
                    .configurations(&self.operator, made.group.id)
                    .await?;
                let way = ways.into_iter().next().expect("every group has a way to join");
                self.ways.push(way.configuration.id);
                let way = way_of(number, &way.configuration, &way.roles, way.terms.as_ref());
                return Ok(Made::Group { owned, way });
            }
            &Act::Delete { group } if who == Who::Scim => {
                let (id, needs) = (self.groups[group], Scope::ScimWrite);
                self.run(
                    who,
                    DeleteGroup {
                        id,
                        if_match: IfMatch::Any,
                        needs,
                    },
                )
                .await?;
            }
            &Act::Delete { group } => {
                let (group, if_match) = (self.groups[group], IfMatch::Any);
                self.run(who, RemoveGroup { group, if_match }).await?;
            }
            &Act::Expel { person } => {
                let (id, needs) = (self.people[person], Scope::ScimWrite);
                self.run(
                    who,
                    DeleteUser {
                        id,
                        if_match: IfMatch::Any,
                        needs,
                    },
                )
                .await?;
            }
            &Act::Privilege { group, on } => {
                let privileged = on.then(Privileged::default);
                self.run(
                    who,
                    SetPrivileged {
                        group: self.groups[group],
                        privileged,
                    },
                )
                .await?;
            }
            &Act::SelfApproval { group, on } => {
                let settings = GroupSettings {
                    self_approval: on,
                    ..GroupSettings::default()
                };
                let command = SetGroupSettings {
                    group: self.groups[group],
                    settings,
                    if_match: IfMatch::Any,
                };
                self.run(who, command).await?;
            }
            Act::ScimAdd { group, people } => {
                let add = json!([{ "op": "add", "path": "members", "value": self.members(people) }]);
                patch_group(&self.app, self.principal(who), self.groups[*group], add).await?;
            }
            Act::ScimPut { group, people } => {
                let put = json!([{ "op": "replace", "path": "members", "value": self.members(people) }]);
                patch_group(&self.app, self.principal(who), self.groups[*group], put).await?;
            }
            &Act::ScimRemove { group, person } => {
                let path = format!("members[value eq \"{}\"]", self.people[person]);
                let take = json!([{ "op": "remove", "path": path }]);
                patch_group(&self.app, self.principal(who), self.groups[group], take).await?;
            }
            &Act::Import {
                group,
                person,
                roles,
                days,
            } => {
                let row = MemberRow {
                    roles: roles.map(|roles| texts(&named(roles))),
                    expires: self.until(days).map(Edge::At),
                    ..self.row(model, group, person)
                };
                return self.import(vec![row], Missing::Keep).await;
            }
            Act::ImportAll { rows } => {
                let rows = rows
                    .iter()
                    .map(|(group, person)| self.row(model, *group, *person))
                    .collect();
                return self.import(rows, Missing::Remove).await;
            }
            &Act::Rule { days: None } if self.rules.is_empty() => return Err(Refusal::Changed.into()),
            &Act::Rule { days } => {
                for id in std::mem::take(&mut self.rules) {
                    if let Err(error) = self.run(who, RemoveRule { id, if_version: None }).await {
                        self.rules.push(id);
                        return Err(error);
                    }
                }
                for level in [Level::TopLevel, Level::Subgroup] {
                    let Some(days) = days else { break };
                    let most = days.to_string();
                    let says =
                        rules::read(level, "membershipExpirationDays", false, None, Some(&most)).expect("a rule");
                    let rule = self.run(who, SetRule { says }).await?;
                    self.rules.push(rule.id);
                }
            }
            &Act::Pass { seconds, .. } => {
                self.app.clock().advance(seconds);
                self.app.directory().forget_cached();
            }
            _ => self.attempt_for_a_while(deed, model).await?,
        }
        Ok(Made::Nothing)
    }
}
