//! Who is told what of a thing that happened. Pure.

use serde::{Deserialize, Serialize};

use super::{Act, Actor, MembershipNow, Notice, Others};
use crate::delegation::Capability;
use crate::id::Id;
use crate::mail::Template;
use crate::mail::content::{
    AdminChanged, Affected, Archived, Asked, Closed, Content, Decided, DecidedBy, Decision, Ended, GroupRef,
    Membership, OfferAnswered, OnLapse, RolesChanged, Waiting, WaitsFor, Who, Word,
};
use crate::realm::RealmSettings;
use crate::user::User;

/// What the administrators of a group are told for, which decides who of them can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Concern {
    /// A request that somebody decides.
    Requests,
    /// Members.
    Members,
    /// What is decided about members.
    Decisions,
}

impl Concern {
    /// What those may do in the group whom it concerns.
    pub(super) fn capability(self) -> Capability {
        match self {
            Self::Requests => Capability::RequestsReview,
            Self::Members => Capability::MembersRead,
            Self::Decisions => Capability::MembersWrite,
        }
    }
}

/// To whom.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum To {
    /// One person.
    Person(Id<User>),
    /// Those who administer the group, here or above, without these.
    Admins {
        group: GroupRef,
        concern: Concern,
        except: Vec<Id<User>>,
    },
    /// Those who administered it, without these.
    Former {
        admins: Vec<Id<User>>,
        except: Vec<Id<User>>,
    },
}

/// One mail, or one for each of several.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) to: To,
    pub(super) content: Content,
}

/// Whether a realm sends mails of a template.
pub(crate) fn is_on(settings: &RealmSettings, template: Template) -> bool {
    !settings.agm.is_off(template.name())
}

fn person(id: Id<User>, content: Content) -> Letter {
    Letter {
        to: To::Person(id),
        content,
    }
}

fn admins(group: &GroupRef, concern: Concern, except: impl IntoIterator<Item = Id<User>>, content: Content) -> Letter {
    Letter {
        to: To::Admins {
            group: group.clone(),
            concern,
            except: except.into_iter().collect(),
        },
        content,
    }
}

impl MembershipNow {
    fn shown(self) -> Membership {
        Membership {
            group: self.group,
            member: self.member.shown,
            actor: self.actor.who,
            first_day: self.first_day,
            last_day: self.last_day,
            roles: self.roles,
        }
    }

    /// To the member, and to those who administer the group but did not do it.
    fn both(self, member: fn(Membership) -> Content, admin: fn(Membership) -> Content) -> Vec<Letter> {
        let (group, id, actor) = (self.group.clone(), self.member.id, self.actor.user);
        let shown = self.shown();
        vec![
            person(id, member(shown.clone())),
            admins(&group, Concern::Members, actor, admin(shown)),
        ]
    }
}

impl Act {
    /// To the member alone.
    fn member(self, member: fn(Affected) -> Content) -> Vec<Letter> {
        let mut letters = self.both(member, member);
        letters.truncate(1);
        letters
    }

    fn both(self, member: fn(Affected) -> Content, admin: fn(Affected) -> Content) -> Vec<Letter> {
        let (id, actor) = (self.member.id, self.actor.user);
        let about = Affected {
            group: self.group.clone(),
            member: self.member.shown,
            actor: self.actor.who,
            below: self.below,
            justification: self.justification,
        };
        vec![
            person(id, member(about.clone())),
            admins(&self.group, Concern::Members, actor, admin(about)),
        ]
    }
}

/// The mails that follow from a thing that happened.
pub(super) fn letters(notice: Notice) -> Vec<Letter> {
    match notice {
        Notice::RequestCreated {
            group,
            request,
            requester,
            roles,
            comment,
        } => {
            let about = Asked {
                group: group.clone(),
                request,
                requester: requester.shown,
                roles,
                comment,
            };
            // Nobody decides about themselves.
            let content = Content::RequestCreated(about);
            vec![admins(&group, Concern::Requests, [requester.id], content)]
        }
        Notice::RequestDecided {
            group,
            requester,
            actor,
            decision,
            justification,
            roles,
            first_day,
            last_day,
        } => {
            let told = Decided {
                group: group.clone(),
                decision,
                justification: justification.clone(),
                roles,
                first_day,
                last_day,
            };
            let admin = DecidedBy {
                group: group.clone(),
                requester: requester.shown,
                actor: actor.who,
                decision,
                justification,
            };
            let content = Content::RequestDecidedAdmin(admin);
            vec![
                person(requester.id, Content::RequestDecided(told)),
                admins(&group, Concern::Requests, actor.user, content),
            ]
        }
        Notice::RequestAsked {
            group,
            request,
            requester,
            reviewer,
            text,
        } => {
            let word = Word {
                group,
                request,
                author: reviewer.who,
                text,
            };
            vec![person(requester, Content::RequestQuestion(word))]
        }
        Notice::RequestAnswered {
            group,
            request,
            requester,
            reviewer,
            text,
        } => {
            let content = Content::RequestAnswer(Word {
                group: group.clone(),
                request,
                author: Who::Person(requester.shown),
                text,
            });
            match reviewer {
                Some(reviewer) => vec![person(reviewer, content)],
                None => vec![admins(&group, Concern::Requests, [requester.id], content)],
            }
        }
        Notice::RequestWaits {
            group,
            request,
            requester,
            waits_for,
            since,
            closes,
        } => {
            let content = Content::RequestReminder(Waiting {
                group: group.clone(),
                request,
                requester: requester.shown,
                waits_for,
                since,
                closes,
            });
            match waits_for {
                WaitsFor::Reviewer => vec![admins(&group, Concern::Requests, [requester.id], content)],
                WaitsFor::Requester => vec![person(requester.id, content)],
            }
        }
        Notice::RequestClosed {
            group,
            requester,
            waits_for,
            since,
        } => {
            let about = Closed {
                group: group.clone(),
                requester: requester.shown,
                waits_for,
                since,
            };
            let content = Content::RequestClosedAdmin(about.clone());
            vec![
                person(requester.id, Content::RequestClosed(about)),
                admins(&group, Concern::Requests, [requester.id], content),
            ]
        }
        Notice::RequestArchived {
            group,
            requester,
            cause,
        } => vec![person(requester, Content::RequestArchived(Archived { group, cause }))],
        Notice::SelfApproved {
            group,
            member,
            first_day,
            last_day,
            roles,
        } => {
            let actor = Actor {
                user: Some(member.id),
                who: Who::Person(member.shown.clone()),
            };
            let now = MembershipNow {
                group,
                member,
                actor,
                first_day,
                last_day,
                roles,
            };
            now.both(Content::SelfApproval, Content::SelfApprovalAdmin)
        }
        Notice::OfferMade { by, about } => {
            let group = about.group.clone();
            vec![admins(
                &group,
                Concern::Members,
                by.user,
                Content::InvitationMade(about),
            )]
        }
        Notice::OfferAnswered {
            group,
            kind,
            answer,
            person,
            address,
            roles,
            first_day,
        } => {
            let about = OfferAnswered {
                group: group.clone(),
                kind,
                person: person.map(|person| person.shown),
                address,
                roles,
                first_day,
            };
            let content = match answer {
                Decision::Accepted => Content::InvitationAccepted(about),
                Decision::Rejected => Content::InvitationRejected(about),
            };
            vec![admins(&group, Concern::Members, None, content)]
        }
        Notice::OfferExpired { inviter, about } => vec![person(inviter, Content::InvitationExpired(about))],
        Notice::AdminChanged {
            group,
            admin,
            actor,
            change,
            preset,
            others,
        } => {
            let about = AdminChanged {
                group: group.clone(),
                admin: admin.shown,
                actor: actor.who,
                change,
                preset,
            };
            let mut letters = vec![person(admin.id, Content::AdminChanged(about.clone()))];
            if others == Others::Told {
                let except = actor.user.into_iter().chain([admin.id]);
                let content = Content::AdminChangedAdmin(about);
                letters.push(admins(&group, Concern::Members, except, content));
            }
            letters
        }
        Notice::GroupDeleted {
            admins,
            members,
            by,
            about,
        } => vec![Letter {
            to: To::Former {
                admins,
                except: by.user.into_iter().chain(members).collect(),
            },
            content: Content::GroupDeletedAdmin(about),
        }],
        Notice::GroupDeletedMember { member, about } => vec![person(member, Content::GroupDeletedMember(about))],
        Notice::Digest { admin, about } => vec![person(admin, Content::AdminDigest(about))],
        Notice::MemberCreated(now) => now.both(Content::MemberCreated, Content::MemberCreatedAdmin),
        Notice::MemberUpdated(now) => now.both(Content::MemberUpdated, Content::MemberUpdatedAdmin),
        Notice::MembershipActivated(now) => {
            vec![person(now.member.id, Content::MembershipActivated(now.shown()))]
        }
        Notice::RolesChanged {
            group,
            member,
            actor,
            change,
            roles,
        } => {
            let about = RolesChanged {
                group: group.clone(),
                member: member.shown,
                actor: actor.who,
                change,
                roles,
            };
            let content = Content::MemberRolesChangedAdmin(about.clone());
            vec![
                person(member.id, Content::MemberRolesChanged(about)),
                admins(&group, Concern::Members, actor.user, content),
            ]
        }
        Notice::MemberSuspended(act) => act.both(Content::MemberSuspended, Content::MemberSuspendedAdmin),
        Notice::MemberResumed(act) => act.both(Content::MemberResumed, Content::MemberResumedAdmin),
        Notice::MemberRemoved(act) => act.both(Content::MemberRemoved, Content::MemberRemovedAdmin),
        Notice::RemovedByReview(act) => act.member(Content::MemberRemoved),
        Notice::SuspendedByReview(act) => act.member(Content::MemberSuspended),
        Notice::ReviewClosed { to, about } => vec![person(to, Content::ReviewClosed(about))],
        Notice::ReviewHeld { to, about } => vec![person(to, Content::ReviewHeld(about))],
        Notice::MemberLeft { group, member, below } => {
            let about = Ended {
                group: group.clone(),
                member: member.shown,
                below,
                last_day: None,
                kept_until: None,
                kept_out: false,
            };
            let content = Content::MemberLeft(about);
            vec![admins(&group, Concern::Members, [member.id], content)]
        }
        Notice::MembershipExpired {
            group,
            member,
            below,
            last_day,
            kept_until,
            kept_out,
        } => {
            let about = Ended {
                group: group.clone(),
                member: member.shown,
                below,
                last_day,
                kept_until,
                kept_out,
            };
            let content = Content::MembershipExpiredAdmin(about.clone());
            vec![
                person(member.id, Content::MembershipExpired(about)),
                admins(&group, Concern::Members, [member.id], content),
            ]
        }
        Notice::MembershipEnding { member, about } => vec![person(member, Content::MembershipEnding(about))],
        Notice::MadeEligible { member, about } => vec![person(member, Content::MadeEligible(about))],
        Notice::Elevated { by, about } => {
            let group = about.group.clone();
            vec![admins(&group, Concern::Members, [by], Content::ElevatedAdmin(about))]
        }
        Notice::TermsReminder { member, about } => vec![person(member, Content::TermsReminder(about))],
        Notice::TermsLapsed { member, about } => {
            let group = about.group.clone();
            let ended = (about.then == OnLapse::End).then(|| Ended {
                group: group.clone(),
                member: member.shown,
                below: about.below.clone(),
                last_day: Some(about.last_day),
                kept_until: about.kept_until,
                kept_out: false,
            });
            let to_admins = |ended| {
                let content = Content::MembershipExpiredAdmin(ended);
                admins(&group, Concern::Members, [member.id], content)
            };
            let mut letters = vec![person(member.id, Content::TermsLapsed(about))];
            letters.extend(ended.map(to_admins));
            letters
        }
    }
}
