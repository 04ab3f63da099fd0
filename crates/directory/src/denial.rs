//! What group management refuses: one word, one class and one sentence for each.
//!
//! The words are stable and the same in every face. Where the same no has another class in another place (a role that a body
//! names, a role that a path names), it is two variants with one word.

use std::fmt;

/// What kind of no it is. Each face has one status for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DenialClass {
    /// The request asks for what cannot be.
    Invalid,
    /// The caller may not do it.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The state of things does not allow it now.
    Conflict,
}

macro_rules! denials {
    ($($(#[$doc:meta])* $variant:ident $({ $($(#[$about:meta])* $field:ident: $type:ty),* })?
        = $code:literal, $class:ident, $what:literal, $advice:literal;)*) => {
        /// An expected no of group management.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Denial {
            $($(#[$doc])* $variant $({ $($(#[$about])* $field: $type),* })?,)*
        }

        impl Denial {
            /// One of each, with empty details: for references and tests.
            pub fn each() -> Vec<Self> {
                vec![$(Self::$variant $({ $($field: <$type>::default()),* })?),*]
            }

            /// The stable word.
            pub fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)* }
            }

            /// What kind of no it is.
            pub fn class(&self) -> DenialClass {
                match self { $(Self::$variant { .. } => DenialClass::$class,)* }
            }

            /// What is wrong and what to do about it, for references: details are names in braces.
            pub fn parts(&self) -> (&'static str, &'static str) {
                match self { $(Self::$variant { .. } => ($what, $advice),)* }
            }
        }

        impl fmt::Display for Denial {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant $({ $($field),* })? => {
                        write!(f, $what)?;
                        f.write_str("; ")?;
                        write!(f, $advice)
                    })*
                }
            }
        }
    };
}

// The word, the class, what is wrong, what to do about it.
denials! {
    /// A group takes a name.
    GroupNameBlank = "group_name_blank", Invalid,
        "the name of the group is empty", "give it a name of at least one letter";
    /// Two children of a group have different names.
    GroupNameTaken = "group_name_taken", Invalid,
        "another group of this name is there", "choose another name, or another parent";
    /// Two groups at the top have different names.
    TopGroupNameTaken = "group_name_taken", Conflict,
        "another group at the top has this name", "choose another name";
    /// What a group holds goes first.
    GroupHasChildren = "group_has_children", Invalid,
        "the group has groups below it", "delete or move those first";
    /// A group is never below itself.
    GroupCycle = "group_cycle", Invalid,
        "the new parent is the group itself or lies below it", "choose a parent outside of it";
    /// The tree ends somewhere.
    TooDeep {
        /// How many levels there may be.
        limit: usize
    } = "too_deep", Invalid,
        "the tree of groups would have more than {limit} levels", "choose a parent nearer to the top";
    /// A role somebody holds is not deleted by the way.
    RoleAssigned = "role_assigned", Invalid,
        "members hold this role", "take it from them first, name one that replaces it, or say `force`";
    /// A role is held once.
    RoleHeld = "role_held", Invalid,
        "the member holds this role already", "nothing is left to do";
    /// Where a group has roles, a member has one.
    LastRole = "last_role", Invalid,
        "it is the only role of this member", "give them another one first, or end the membership";
    /// Where a group has roles, a member has one.
    RolesRequired = "roles_required", Invalid,
        "no role is named, and members of this group have at least one", "name one of the group's roles";
    /// This way to join gives one role.
    OneRoleOnly = "one_role_only", Invalid,
        "several roles are named, and this way to join gives one", "name one of them";
    /// A role the body names.
    RoleUnknown {
        /// Its name.
        role: String
    } = "role_unknown", Invalid,
        "`{role}` is no role that can be had here", "name one of the group's roles that is offered here";
    /// A role the path names.
    NoSuchRole = "role_unknown", NotFound,
        "the group has no such role", "name one of the group's roles";
    /// The way to join asks for a comment.
    CommentRequired = "comment_required", Invalid,
        "nothing is written in the comment, which this takes", "write one";
    /// The group has terms.
    TermsNotAccepted = "terms_not_accepted", Invalid,
        "the group's terms are not accepted as they stand now", "read them and send `aupAccepted` with their `aupVersion`";
    /// Nobody accepts a text they did not read.
    TermsChanged {
        /// The number of the version in force.
        number: i64
    } = "terms_changed", Conflict,
        "other terms are in force than those you read", "read version {number}, and accept that";
    /// One accepts what one's membership rests on.
    NoTerms = "no_terms", NotFound,
        "the way by which you joined has no terms", "there is nothing to accept";
    /// Nobody accepts terms for others.
    TermsForMember = "terms_for_member", Invalid,
        "this way to join has terms, which only the person can accept", "invite them, or choose a way without terms";
    /// A way to join that the body names.
    ConfigurationUnknown = "configuration_unknown", Invalid,
        "the group has no such way to join", "name one of its enrollment configurations";
    /// A way to join that the path names.
    NoSuchConfiguration = "configuration_unknown", NotFound,
        "there is no such enrollment configuration here", "see the list of the group's";
    /// It is switched off.
    ConfigurationInactive = "configuration_inactive", Invalid,
        "this way to join is closed", "choose another one, or ask the group's administrators to open it";
    /// A membership comes by one of the ways.
    ConfigurationRequired = "configuration_required", Invalid,
        "no way to join is named", "name one of the group's enrollment configurations";
    /// The realm limits what a group may set.
    RuleViolated {
        /// The field the rule is about.
        field: String,
        /// What the rule allows.
        allowed: String
    } = "rule_violated", Invalid,
        "`{field}` breaks a rule of the realm", "it allows {allowed}";
    /// What has not begun has a beginning.
    StartRequired = "start_required", Invalid,
        "no first day is given, and the membership has not begun yet", "give `validFrom`";
    /// A membership does not begin yesterday.
    StartInPast = "start_in_past", Invalid,
        "the first day is over", "give today or a later day";
    /// A membership does not end yesterday.
    EndInPast = "end_in_past", Invalid,
        "the last day is over", "give today or a later day; removing the member ends it now";
    /// First comes first.
    EndBeforeStart = "end_before_start", Invalid,
        "the last day comes before the first", "give a last day on or after the first";
    /// A membership is somebody's.
    UserRequired = "user_required", Invalid,
        "no person is named", "name one by `username` or `id`";
    /// A person the body names.
    UserUnknown = "user_unknown", Invalid,
        "no such person is here", "name somebody by `username` or `id` who has an account";
    /// A person the path names.
    NoSuchUser = "user_unknown", NotFound,
        "no such person is here", "name somebody who has an account";
    /// One membership for each person and group.
    AlreadyMember = "already_member", Invalid,
        "the person is a member of the group already", "change the membership that is there";
    /// Once is enough.
    AlreadyAdmin = "already_admin", Invalid,
        "the person administers the group already", "change what they may do there, or leave it";
    /// A suspension stays until it is lifted.
    MemberSuspended = "member_suspended", Invalid,
        "the member is suspended", "reactivate them first";
    /// It is about one's own membership.
    NotAMember = "not_a_member", NotFound,
        "you are no member of such a group", "see the list of your memberships";
    /// There is nothing to lift.
    NotSuspended = "not_suspended", Invalid,
        "the member is not suspended in this group", "nothing is left to do";
    /// It was suspended in a group above.
    SuspendedAbove = "suspended_above", Invalid,
        "the member is suspended in a group above this one", "reactivate them there";
    /// Whoever is a member already need not make themselves one.
    AlreadyIn = "already_member", Conflict,
        "the person is a member of the group already", "there is nothing to do until that membership is over";
    /// Extending makes nothing shorter.
    EndsLater = "ends_later", Conflict,
        "the membership lasts longer than that already", "set its days by themselves to make it shorter";
    /// Once is enough.
    AlreadyEligible = "already_eligible", Conflict,
        "the person may make themselves a member of the group already", "take that away first, and give another one";
    /// Somebody lets people do it.
    NotEligible = "not_eligible", NotFound,
        "nobody lets you make yourself a member of this group", "ask one of its administrators, or ask to join";
    /// It has a last day.
    EligibilityOver = "eligibility_over", Forbidden,
        "the last day on which you could make yourself a member is over", "ask one of the group's administrators";
    /// It is for some hours at a time.
    HoursTooMany {
        /// For how many at most.
        limit: u32
    } = "hours_too_many", Invalid,
        "you may make yourself a member for {limit} hours at most", "name fewer `hours`";
    /// Whoever reads it later wants to know.
    JustificationRequired = "justification_required", Invalid,
        "nothing is said about why, which this takes", "write it in `justification`";
    /// One request at a time.
    RequestOpen = "request_open", Invalid,
        "there is an open request for this group already", "wait for its answer, or withdraw it first";
    /// It is decided, or waits for the person who asked.
    RequestNotPending = "request_not_pending", Invalid,
        "the request does not wait for a reviewer", "see what became of it; what is decided stays";
    /// Nobody has asked back.
    RequestNotWaiting = "request_not_waiting", Invalid,
        "the request does not wait for an answer of yours", "see what became of it";
    /// An offer goes somewhere.
    EmailRequired = "email_required", Invalid,
        "no address is given", "give `email`";
    /// It is no address, or none that may be invited.
    EmailInvalid = "email_invalid", Invalid,
        "mail cannot be sent to this address, or the realm does not invite there", "give another address";
    /// The pages of a list.
    PagingInvalid = "paging_invalid", Invalid,
        "`first` or `max` is no number, or below 0", "give whole numbers from 0";
    /// The order of a list.
    UnknownOrder {
        /// What it can be ordered by.
        known: String
    } = "unknown_order", Invalid,
        "the list has no such order", "order it by one of {known}";
    /// What is searched for.
    SearchTooShort = "search_too_short", Invalid,
        "too little is searched for", "give at least three letters";
    /// A list would be too long to look through.
    TooMany {
        /// How many may be looked at.
        limit: usize
    } = "too_many", Invalid,
        "more than {limit} would have to be looked through", "narrow it: a group, a status, or more letters";
    /// Somebody else may.
    NotPermitted {
        /// What it takes.
        capability: &'static str
    } = "not_permitted", Forbidden,
        "this takes `{capability}` on the group", "ask one of its administrators";
    /// Nobody lets others do more than they may themselves.
    MoreThanOwn = "more_than_own", Forbidden,
        "this would let somebody do what you may, but in groups below where you may not, or for longer than you may",
        "name no more groups and no later end than your own, or ask somebody who owns the group for good";
    /// A program cannot.
    PersonRequired = "person_required", Forbidden,
        "a person does this for themselves", "send a token that acts as a person";
    /// A suspension survives leaving and joining again.
    Suspended = "suspended", Forbidden,
        "the person is suspended in this group or one above", "an administrator of that group lifts it";
    /// A group with rights of its own.
    Privileged = "privileged", Forbidden,
        "the group is privileged", "a realm administrator, or two reviewers, admit to it";
    /// Members of a managed group are people, each by a membership of their own.
    NoGroupsAsMembers = "no_groups_as_members", Conflict,
        "the members of a managed group are people, and a group is a member of this one or would become one",
        "put that group below it in the tree, or take it out of its members";
    /// Two are needed.
    NotYourself = "not_yourself", Forbidden,
        "nobody decides this about themselves", "another administrator does it";
    /// Somebody else asked.
    RequestNotYours = "request_not_yours", Forbidden,
        "the request is somebody else's", "who asked answers";
    /// An offer goes to an address.
    InvitationOtherAddress = "invitation_other_address", Forbidden,
        "the invitation went to another address than yours", "sign in with the account of that address, or ask for another one";
    /// Who signed in is nobody here.
    NotAdmitted = "not_admitted", Forbidden,
        "nobody here has the account that signed in, and the realm makes none by itself (`oidc.jit`)",
        "ask its administrators for an invitation";
    /// Nobody of that name administers it.
    NotAdmin = "not_admin", NotFound,
        "the person does not administer this group", "see the list of its administrators";
    /// The member has other roles.
    RoleNotHeld = "role_not_held", NotFound,
        "the member does not hold this role", "nothing is left to do";
    /// The link is good for nothing.
    InvitationUnknown = "invitation_unknown", NotFound,
        "the link leads to no invitation: it was answered, taken back or replaced", "ask who invited for another one";
    /// The time to answer is over.
    InvitationExpired = "invitation_expired", NotFound,
        "the time to answer the invitation is over", "ask who invited for another one";
    /// Roles of a group have different names.
    RoleTaken = "role_taken", Conflict,
        "the group has a role of this name", "choose another name";
    /// One rule for each field.
    RuleTaken = "rule_taken", Conflict,
        "there is a rule for this field and kind of group", "change that one";
    /// It begins later.
    MembershipPending = "membership_pending", Conflict,
        "the membership is agreed and begins later", "wait for its first day";
    /// Only members that count are suspended.
    NotEnabled = "not_enabled", Conflict,
        "the membership is not in force", "only one in force can be suspended";
    /// The same, for clients that expect to be told of nothing there.
    NobodyInForce = "not_enabled", NotFound,
        "the membership is not in force", "only one in force can be suspended";
    /// A group keeps an owner.
    LastAdmin = "last_admin", Conflict,
        "nobody else owns the group", "name another owner first, or say `force`";
    /// New members come by it.
    ConfigurationIsDefault = "configuration_is_default", Conflict,
        "new members come by this way to join", "make another one the default first";
    /// Somebody may still answer.
    InvitationsOpen = "invitations_open", Conflict,
        "invitations to this way to join are open", "take them back first";
    /// Once is enough.
    InvitationOpen = "invitation_open", Conflict,
        "an invitation to this address is open", "send that one again, or take it back";
    /// It is closed, or has not begun.
    ReviewNotOpen = "review_not_open", Conflict,
        "nothing can be decided in this review: it is being begun, or over", "see where it stands";
    /// Many would lose what nobody looked at.
    ReviewHeld {
        /// What closing would do.
        why: String
    } = "review_held", Conflict,
        "closing does more than a review does without another word: {why}", "decide about more of them, or say `release`";
    /// It works on it.
    JobRunning = "job_running", Conflict,
        "this is being done already", "wait for its end: `usher job list` shows it";
}

impl std::error::Error for Denial {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_denial_is_a_word_and_says_what_is_wrong_and_what_to_do() {
        for denial in Denial::each() {
            let word = denial.code();
            assert!(
                word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                "{word}"
            );
            let (what, advice) = denial.parts();
            for part in [what, advice] {
                assert!(part.split(' ').count() >= 2, "{word}: {part}");
                assert!(!part.ends_with('.'), "{word}: {part}");
                assert!(
                    part.starts_with(|letter: char| letter.is_lowercase() || letter == '`'),
                    "{word}: {part}"
                );
            }
        }
    }

    #[test]
    fn a_word_that_stands_twice_differs_by_its_class() {
        let each = Denial::each();
        for (index, denial) in each.iter().enumerate() {
            let same = each[index + 1..].iter().filter(|other| other.code() == denial.code());
            for other in same {
                assert_ne!(denial.class(), other.class(), "{}", denial.code());
            }
        }
    }

    #[test]
    fn details_stand_in_the_sentence() {
        let denial = Denial::RuleViolated {
            field: "membershipExpirationDays".into(),
            allowed: "at most 365".into(),
        };
        assert_eq!(
            denial.to_string(),
            "`membershipExpirationDays` breaks a rule of the realm; it allows at most 365"
        );
    }
}
