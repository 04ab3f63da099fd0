//! What mails tell, as values: one variant for each template, `group` and `review` what those about groups hold. The one place where a link's secret stands in clear; erased when
//! the mail server has taken the mail.

use std::fmt;

use serde::{Deserialize, Serialize};

mod group;
mod review;
pub(crate) mod sample;

pub(crate) use group::*;
pub(crate) use review::*;

use super::TokenNotice;
use crate::clock::Timestamp;
use crate::group::Group;
use crate::id::Id;

macro_rules! contents {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $about:ty;)*) => {
        /// What a mail is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Template {
            $($(#[$doc])* $variant,)*
        }

        impl Template {
            /// All templates.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word in tables and on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        /// What one mail tells, by its template.
        #[derive(Clone, Serialize, Deserialize)]
        #[serde(tag = "template")]
        pub(crate) enum Content {
            $($(#[$doc])* #[serde(rename = $name)] $variant($about),)*
        }

        impl Content {
            /// The template that renders it.
            pub(crate) fn template(&self) -> Template {
                match self { $(Self::$variant(_) => Template::$variant,)* }
            }
        }
    };
}

contents! {
    /// The offer of an account, with its link.
    Invitation = "invitation", Link;
    /// The question whether an address is the person's, with its link.
    Confirmation = "confirmation", Link;
    /// The link by which somebody signs in.
    SignIn = "sign_in", Link;
    /// The warning that a token will expire.
    TokenExpiry = "token_expiry", ExpiringToken;
    /// A test that an operator asked for.
    Test = "test", Nothing;
    /// Somebody asks to join: to those who can decide.
    RequestCreated = "groupadmin_enrollment_creation", Asked;
    /// What became of a request: to who asked.
    RequestDecided = "accept_reject_enrollment", Decided;
    /// What became of a request: to those who could have decided.
    RequestDecidedAdmin = "accept_reject_enrollment_admin_info", DecidedBy;
    /// A question about a request: to who asked.
    RequestQuestion = "request_question", Word;
    /// The answer to it: to those who can decide.
    RequestAnswer = "request_answer", Word;
    /// A request waits: to whoever has the next word.
    RequestReminder = "request_reminder", Waiting;
    /// A request was closed, because nobody said anything: to who asked.
    RequestClosed = "request_closed", Closed;
    /// The same, to those who could have decided.
    RequestClosedAdmin = "request_closed_admin", Closed;
    /// A request was put away without a decision: to who asked.
    RequestArchived = "request_archived", Archived;
    /// Somebody has joined without approval: to themselves.
    SelfApproval = "self_approval", Membership;
    /// The same, to those who administer the group.
    SelfApprovalAdmin = "self_approval_admin", Membership;
    /// The offer of a membership, with its link.
    MemberInvitation = "user_group_invitation", Offer;
    /// The offer of a group's administration, with its link.
    AdminInvitation = "invite_group_admin", Offer;
    /// An offer was made: to those who administer the group.
    InvitationMade = "invitation_admin_inform", OfferMade;
    /// An offer was accepted: to the same.
    InvitationAccepted = "accept_invitation", OfferAnswered;
    /// An offer was rejected: to the same.
    InvitationRejected = "reject_invitation", OfferAnswered;
    /// Nobody has answered an offer: to who made it.
    InvitationExpired = "invitation_expired", OfferMade;
    /// Somebody was made a member: to themselves.
    MemberCreated = "member_create_user_inform", Membership;
    /// The same, to those who administer the group.
    MemberCreatedAdmin = "member_create_admin_inform", Membership;
    /// A membership was changed: to its member.
    MemberUpdated = "member_update_user_inform", Membership;
    /// The same, to those who administer the group.
    MemberUpdatedAdmin = "member_update_admin_inform", Membership;
    /// A membership begins: to its member.
    MembershipActivated = "membership_activated", Membership;
    /// A role came or went: to the member.
    MemberRolesChanged = "roles_changes_user", RolesChanged;
    /// The same, to those who administer the group.
    MemberRolesChangedAdmin = "roles_changes_group_admin", RolesChanged;
    /// A membership was suspended: to its member.
    MemberSuspended = "suspend_member", Affected;
    /// The same, to those who administer the group.
    MemberSuspendedAdmin = "suspend_member_group_admins", Affected;
    /// A suspension was lifted: to the member.
    MemberResumed = "activate_member", Affected;
    /// The same, to those who administer the group.
    MemberResumedAdmin = "activate_member_group_admins", Affected;
    /// A membership was ended: to its member.
    MemberRemoved = "remove_member_inform", Affected;
    /// The same, to those who administer the group.
    MemberRemovedAdmin = "remove_member_admin_inform", Affected;
    /// A member has left: to those who administer the group.
    MemberLeft = "leave_member_admin_inform", Ended;
    /// A membership's time is over: to its member.
    MembershipExpired = "expired_group_membership_user", Ended;
    /// The same, to those who administer the group.
    MembershipExpiredAdmin = "expired_group_membership_admin", Ended;
    /// A membership will end: to its member.
    MembershipEnding = "group_membership_expiration_notification", Ending;
    /// The group is gone: to its members.
    GroupDeletedMember = "group_deleted_member", GroupDeleted;
    /// Somebody may make themselves a member for some hours at a time: to themselves.
    MadeEligible = "eligible_user_inform", Eligible;
    /// Somebody has: to those who administer the group.
    ElevatedAdmin = "elevation_admin_inform", Elevated;
    /// The terms have to be accepted again: to a member.
    TermsReminder = "terms_reminder", Terms;
    /// They were not: to a member.
    TermsLapsed = "terms_lapsed", Terms;
    /// Somebody administers a group, or does no more: to themselves.
    AdminChanged = "add_remove_group_admin", AdminChanged;
    /// The same, to the others.
    AdminChangedAdmin = "add_remove_groupadmin_admin_inform", AdminChanged;
    /// The group is gone: to those who administered it.
    GroupDeletedAdmin = "delete_group_admin_inform", GroupDeleted;
    /// A review of a group's members has begun: to those who decide.
    ReviewBegun = "review_begun", ReviewDue;
    /// Members wait to be decided about: to the same.
    ReviewReminder = "review_reminder", ReviewDue;
    /// A review is past its last day and waits to be closed: to whoever began it.
    ReviewHeld = "review_held", ReviewHeld;
    /// A review was closed: to the same.
    ReviewClosed = "review_closed", ReviewOver;
    /// A day of the groups that somebody administers.
    AdminDigest = "admin_digest", Digest;
}

impl Template {
    /// Whether a realm can do without it: all but those that carry a link or were asked for.
    pub(crate) fn is_notice(self) -> bool {
        !matches!(
            self,
            Self::Invitation
                | Self::Confirmation
                | Self::SignIn
                | Self::TokenExpiry
                | Self::Test
                | Self::MemberInvitation
                | Self::AdminInvitation
        )
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|template| template.name() == word)
    }
}

impl Content {
    /// The group that it is about, where it is about one.
    pub(crate) fn group(&self) -> Option<Id<Group>> {
        // Whatever a template tells of a group, it names it by this word.
        let told = serde_json::to_value(self).ok()?;
        Id::parse(told.get("group")?.get("id")?.as_str()?)
    }
}

/// Nothing beside what every mail has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Nothing {}

/// A link that works once.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Link {
    /// Its secret.
    pub(crate) secret: String,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

/// A token whose time will be over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ExpiringToken {
    /// When.
    pub(crate) expires_at: Timestamp,
    /// The token.
    pub(crate) token: TokenNotice,
}

/// All that a mail needs beside its realm.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Contents {
    /// Whom the mail greets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// What it tells.
    #[serde(flatten)]
    pub(crate) content: Content,
}

impl Contents {
    /// Reads what is stored; rows of before say what they are about in their column `template` alone.
    pub(super) fn stored(template: &str, json: &str) -> Option<Self> {
        let mut value: serde_json::Value = serde_json::from_str(json).ok()?;
        value
            .as_object_mut()?
            .entry("template")
            .or_insert_with(|| template.into());
        serde_json::from_value(value).ok()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({})", self.template().name())
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_before_templates_stood_in_it_is_read() {
        let old = r#"{"secret":"s","name":"Ann","expires_at":1894608000000}"#;
        let read = Contents::stored("confirmation", old).expect("reads");
        assert_eq!(read.name.as_deref(), Some("Ann"));
        assert!(matches!(read.content, Content::Confirmation(link) if link.secret == "s"));
        let token = r#"{"expires_at":1894608000000,"token":{"id":"1","name":"t","client":"hr"}}"#;
        let read = Contents::stored("token_expiry", token).expect("reads");
        assert!(matches!(read.content, Content::TokenExpiry(expiring) if expiring.token.client == "hr"));
        assert!(matches!(
            Contents::stored("test", "{}").expect("reads").content,
            Content::Test(_)
        ));
        for (template, text) in [
            ("invitation", "{}"),
            ("unheard_of", "{}"),
            ("test", "["),
            ("test", "[]"),
        ] {
            assert!(Contents::stored(template, text).is_none(), "{template} {text}");
        }
    }

    #[test]
    fn every_template_is_stored_under_its_own_name_and_read_again() {
        for template in Template::ALL.iter().copied() {
            assert_eq!(Template::parse(template.name()), Some(template));
            for content in sample::Kind::ALL
                .into_iter()
                .flat_map(|kind| sample::of(template, kind))
            {
                let contents = Contents { name: None, content };
                let stored = serde_json::to_value(&contents).expect("json");
                assert_eq!(stored["template"], template.name());
                let read = Contents::stored("", &stored.to_string()).expect("reads");
                assert_eq!(read.content.template(), template);
                assert_eq!(serde_json::to_value(&read).expect("json"), stored);
            }
        }
    }

    #[test]
    fn what_is_stored_is_read_by_the_program_of_before() {
        #[derive(Deserialize)]
        struct Before {
            secret: Option<String>,
            name: Option<String>,
            expires_at: Option<Timestamp>,
        }
        let contents = Contents {
            name: Some("Ann".into()),
            content: Content::Invitation(Link {
                secret: "s3cret".into(),
                expires_at: Timestamp::from_millis(5),
            }),
        };
        let text = serde_json::to_string(&contents).expect("json");
        let before: Before = serde_json::from_str(&text).expect("reads");
        assert_eq!(before.secret.as_deref(), Some("s3cret"));
        assert_eq!(before.name.as_deref(), Some("Ann"));
        assert_eq!(before.expires_at, Some(Timestamp::from_millis(5)));
        assert!(!format!("{contents:?}").contains("s3cret"));
    }
}
