//! The kinds of facts, by their names in the feed.

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal on $subject:literal;)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind {
            $($(#[$doc])* $variant,)*
        }

        impl EventKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in the feed, e.g. `user.created`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it happens to, e.g. `user`.
            pub fn subject_type(self) -> &'static str {
                match self { $(Self::$variant => $subject,)* }
            }
        }
    };
}

kinds! {
    /// A realm was made.
    RealmCreated = "realm.created" on "realm";
    /// A realm's settings changed.
    RealmChanged = "realm.changed" on "realm";
    /// Whether a first sign-in may make an account has flipped.
    JitChanged = "jit.changed" on "realm";
    /// The realm has a new rule for ways to join.
    RuleCreated = "rule.created" on "realm";
    /// A rule for ways to join changed.
    RuleChanged = "rule.changed" on "realm";
    /// A rule for ways to join was removed.
    RuleDeleted = "rule.deleted" on "realm";
    /// How entitlements are written changed.
    EntitlementSettingsChanged = "entitlement_settings.changed" on "realm";
    /// Entitlements or effective ends are being worked out anew.
    RecalculationStarted = "recalculation.started" on "realm";
    /// Entitlements or effective ends have been worked out anew.
    RecalculationFinished = "recalculation.finished" on "realm";
    /// The realm has a new template for groups.
    TemplateCreated = "template.created" on "realm";
    /// A template for groups changed.
    TemplateChanged = "template.changed" on "realm";
    /// A template for groups was removed.
    TemplateDeleted = "template.deleted" on "realm";
    /// A person was added.
    UserCreated = "user.created" on "user";
    /// A person's attributes changed.
    UserChanged = "user.changed" on "user";
    /// A program's replacement of a person left out what others have written since.
    UserWriteConflict = "user.write_conflict" on "user";
    /// A person moved on in their life cycle.
    UserLifecycleChanged = "user.lifecycle_changed" on "user";
    /// A person was deleted and is suspended until they leave for good.
    UserLeaving = "user.leaving" on "user";
    /// A person who was leaving stays.
    UserRestored = "user.restored" on "user";
    /// A person has left.
    UserDeprovisioned = "user.deprovisioned" on "user";
    /// The personal data of someone who left was erased.
    UserErased = "user.erased" on "user";
    /// A role was granted to a person.
    RoleGranted = "role.granted" on "user";
    /// A role was taken from a person.
    RoleRevoked = "role.revoked" on "user";
    /// A person is a member of a managed group from now on.
    GroupMembershipCreate = "GROUP_MEMBERSHIP_CREATE" on "user";
    /// A person's membership of a managed group changed.
    GroupMembershipUpdate = "GROUP_MEMBERSHIP_UPDATE" on "user";
    /// A person is no longer a member of a managed group.
    GroupMembershipDelete = "GROUP_MEMBERSHIP_DELETE" on "user";
    /// A person's membership of a managed group was suspended.
    GroupMembershipSuspend = "GROUP_MEMBERSHIP_SUSPEND" on "user";
    /// A person was recognised at the realm's OpenID provider.
    UserLinked = "user.linked" on "user";
    /// A person is no longer known at the realm's OpenID provider.
    UserUnlinked = "user.unlinked" on "user";
    /// A person signed in with a browser.
    SessionStarted = "session.started" on "user";
    /// A person is no longer signed in with a browser.
    SessionEnded = "session.ended" on "user";
    /// What a person is entitled to changed.
    EntitlementsChanged = "entitlements.changed" on "user";
    /// A person accepted terms.
    TermsAccepted = "terms.accepted" on "user";
    /// A person chose what they want to be told.
    NoticeChoicesChanged = "notice_choices.changed" on "user";
    /// Somebody searched for people.
    PeopleSearched = "people.searched" on "realm";
    /// A group was made.
    GroupCreated = "group.created" on "group";
    /// A group's attributes changed.
    GroupChanged = "group.changed" on "group";
    /// A group was deleted.
    GroupDeleted = "group.deleted" on "group";
    /// A group has another parent.
    GroupMoved = "group.moved" on "group";
    /// A group has another name in the tree.
    GroupRenamed = "group.renamed" on "group";
    /// The free attributes of a group were replaced.
    GroupAttributesReplaced = "group.attributes_replaced" on "group";
    /// A group is managed from now on.
    GroupManaged = "group.managed" on "group";
    /// A group became privileged, or is no longer.
    GroupPrivilegedChanged = "group.privileged_changed" on "group";
    /// Notices, contact or other settings of a group changed.
    GroupSettingsChanged = "group.settings_changed" on "group";
    /// Another way to join is offered first.
    GroupDefaultConfigurationChanged = "group.default_configuration_changed" on "group";
    /// A group has a new role.
    GroupRoleCreated = "group_role.created" on "group";
    /// A role of a group has another name.
    GroupRoleRenamed = "group_role.renamed" on "group";
    /// A role of a group was removed.
    GroupRoleDeleted = "group_role.deleted" on "group";
    /// Somebody administers a group from now on.
    DelegationGranted = "delegation.granted" on "group";
    /// What somebody may do in a group changed.
    DelegationChanged = "delegation.changed" on "group";
    /// Somebody no longer administers a group.
    DelegationRevoked = "delegation.revoked" on "group";
    /// Members that could not be taken were left out.
    MembersLeftOut = "group.members_left_out" on "group";
    /// A person became a member.
    MemberAdded = "member.added" on "membership";
    /// A membership ended.
    MemberRemoved = "member.removed" on "membership";
    /// A membership was given that begins later.
    MemberPending = "member.pending" on "membership";
    /// A membership that waited for its time has begun.
    MemberActivated = "member.activated" on "membership";
    /// Dates or other details of a membership changed.
    MemberChanged = "member.changed" on "membership";
    /// A membership lasts longer, since its person asked for it.
    MemberRenewed = "member.renewed" on "membership";
    /// A membership's time is over; it may come back for a while.
    MemberExpired = "member.expired" on "membership";
    /// A membership that had expired came back.
    MemberRestored = "member.restored" on "membership";
    /// A membership was suspended, here or above.
    MemberSuspended = "member.suspended" on "membership";
    /// A membership is no longer suspended.
    MemberResumed = "member.resumed" on "membership";
    /// The roles of a membership changed.
    MemberRolesChanged = "member.roles_changed" on "membership";
    /// A person was reminded that a membership ends soon.
    MemberReminded = "member.reminded" on "membership";
    /// A person chose to let a membership lapse, or not to.
    MemberLapseChosen = "member.lapse_chosen" on "membership";
    /// A person was asked to accept terms again.
    MemberTermsDue = "member.terms_due" on "membership";
    /// Terms that a membership rests on are no longer accepted.
    MemberTermsLapsed = "member.terms_lapsed" on "membership";
    /// A membership that had expired will not come back.
    MemberPurged = "member.purged" on "membership";
    /// A person may make themselves a member of a group for some hours at a time.
    EligibilityGranted = "eligibility.granted" on "eligibility";
    /// A person may do that no more.
    EligibilityRevoked = "eligibility.revoked" on "eligibility";
    /// A group became a member of a group.
    GroupMemberAdded = "group_member.added" on "group";
    /// A group is no longer a member of a group.
    GroupMemberRemoved = "group_member.removed" on "group";
    /// A program was registered.
    ClientCreated = "client.created" on "client";
    /// A program's settings changed.
    ClientChanged = "client.changed" on "client";
    /// A program was removed.
    ClientDeleted = "client.deleted" on "client";
    /// A program got a new secret.
    ClientSecretRotated = "client.secret_rotated" on "client";
    /// A token was made.
    TokenCreated = "token.created" on "token";
    /// A token's name changed.
    TokenChanged = "token.changed" on "token";
    /// A token expires in a few days.
    TokenExpiresSoon = "token.expires_soon" on "token";
    /// A token was revoked.
    TokenRevoked = "token.revoked" on "token";
    /// A group has a new way to join.
    ConfigurationCreated = "configuration.created" on "configuration";
    /// A way to join changed.
    ConfigurationChanged = "configuration.changed" on "configuration";
    /// A way to join was removed.
    ConfigurationDeleted = "configuration.deleted" on "configuration";
    /// A way to join has a new version of its terms.
    TermsPublished = "terms.published" on "configuration";
    /// A person asked to join a group, or to stay.
    RequestSubmitted = "request.submitted" on "request";
    /// A person joined a group that asks nobody.
    RequestSelfApproved = "request.self_approved" on "request";
    /// A reviewer asked the person something.
    RequestAsked = "request.asked" on "request";
    /// The person answered the reviewer.
    RequestAnswered = "request.answered" on "request";
    /// The first of two reviewers approved a request.
    RequestApprovedOnce = "request.approved_once" on "request";
    /// A request was accepted.
    RequestAccepted = "request.accepted" on "request";
    /// A request was rejected.
    RequestRejected = "request.rejected" on "request";
    /// A request was put aside, undecided.
    RequestArchived = "request.archived" on "request";
    /// A person took their request back.
    RequestWithdrawn = "request.withdrawn" on "request";
    /// Reviewers, or the person, were reminded of a request.
    RequestReminded = "request.reminded" on "request";
    /// A request was closed because nobody answered.
    RequestClosed = "request.closed" on "request";
    /// A request was given to a reviewer.
    RequestAssigned = "request.assigned" on "request";
    /// A review of the memberships of a group was begun.
    ReviewBegun = "review.begun" on "review";
    /// What is reviewed was written down, and can be decided.
    ReviewOpened = "review.opened" on "review";
    /// Somebody decided about a membership that is reviewed.
    ReviewDecided = "review.decided" on "review";
    /// Those who decide were reminded of a review.
    ReviewReminded = "review.reminded" on "review";
    /// A review is past its last day, and waits for somebody to close it.
    ReviewHeld = "review.held" on "review";
    /// Nothing is decided in a review any more: what was decided is being done.
    ReviewClosing = "review.closing" on "review";
    /// A membership was left alone that is not what was decided about any more.
    ReviewItemSuperseded = "review.item_superseded" on "review";
    /// What was decided in a review was done.
    ReviewClosed = "review.closed" on "review";
    /// A review came to nothing.
    ReviewCancelled = "review.cancelled" on "review";
    /// An invitation was made.
    InvitationCreated = "invitation.created" on "invitation";
    /// An invitation was sent again with a new link; earlier links are dead.
    InvitationResent = "invitation.resent" on "invitation";
    /// The page behind an invitation's link was opened.
    InvitationOpened = "invitation.opened" on "invitation";
    /// An invitation was accepted.
    InvitationAccepted = "invitation.accepted" on "invitation";
    /// An invitation was declined.
    InvitationRejected = "invitation.rejected" on "invitation";
    /// What an invitation offers was changed: a role it named is gone.
    InvitationChanged = "invitation.changed" on "invitation";
    /// An invitation's time is over.
    InvitationExpired = "invitation.expired" on "invitation";
    /// An invitation was taken back.
    InvitationRevoked = "invitation.revoked" on "invitation";
    /// An invitation gave way to another one.
    InvitationSuperseded = "invitation.superseded" on "invitation";
    /// A client blocked or unblocked a pending invitation by `active`.
    InvitationBlocked = "invitation.blocked" on "invitation";
    /// The mail server took, deferred or refused an invitation's mail.
    InvitationMailChanged = "invitation.mail_changed" on "invitation";
    /// Somebody was asked to confirm a new address.
    ConfirmationRequested = "confirmation.requested" on "confirmation";
    /// Asking to confirm an address gave way: to a newer mail, to another address, or the person has left.
    ConfirmationSuperseded = "confirmation.superseded" on "confirmation";
    /// A person confirmed an address: it counts from now on.
    AddressConfirmed = "confirmation.confirmed" on "confirmation";
    /// What was left of a confirmation was erased with the person.
    ConfirmationErased = "confirmation.erased" on "confirmation";
    /// What was left of an invitation was erased with the person.
    InvitationErased = "invitation.erased" on "invitation";
    /// A test mail was asked for.
    MailTestRequested = "mail.test_requested" on "mail";
    /// A mail was queued that belongs to no invitation: the warning of a token that will expire.
    MailQueued = "mail.queued" on "mail";
    /// The mail server took, deferred or refused a mail that belongs to no invitation.
    MailChanged = "mail.changed" on "mail";
    /// A plan was made: what it holds, and whether it is held back.
    PlanMade = "plan.made" on "plan";
    /// A plan was approved.
    PlanApproved = "plan.approved" on "plan";
    /// Applying a plan began.
    PlanStarted = "plan.started" on "plan";
    /// An item of a plan could not be applied.
    PlanItemRefused = "plan.item_refused" on "plan";
    /// Every item of a plan has been applied or refused.
    PlanApplied = "plan.applied" on "plan";
    /// A plan was put aside, or what was left of it.
    PlanDiscarded = "plan.discarded" on "plan";
    /// A delivery was parked after its last attempt.
    DeliveryParked = "delivery.parked" on "delivery";
    /// An operator put a delivery back into its queue.
    DeliveryRetried = "delivery.retried" on "delivery";
    /// An operator dropped a delivery.
    DeliveryDropped = "delivery.dropped" on "delivery";
    /// A job was parked after its last attempt.
    JobParked = "job.parked" on "job";
    /// An operator put a parked job back into the queue.
    JobRetried = "job.retried" on "job";
    /// The clock that stands was moved.
    ClockMoved = "clock.moved" on "realm";
}

impl EventKind {
    /// Whether such a fact may make what is remembered of realms and tokens untrue.
    pub(crate) fn concerns_access(self) -> bool {
        matches!(
            self,
            Self::RealmCreated
                | Self::RealmChanged
                | Self::EntitlementSettingsChanged
                | Self::ClientChanged
                | Self::ClientDeleted
                | Self::ClientSecretRotated
                | Self::TokenChanged
                | Self::TokenRevoked
                | Self::RoleGranted
                | Self::RoleRevoked
                | Self::UserUnlinked
        )
    }

    /// Whether such a fact may make what is remembered of who may sign in untrue. Many people may be suspended in a row, which
    /// is no reason to read realms and tokens anew.
    pub(crate) fn concerns_standing(self) -> bool {
        matches!(
            self,
            Self::UserLifecycleChanged
                | Self::UserLeaving
                | Self::UserRestored
                | Self::UserDeprovisioned
                | Self::SessionEnded
        )
    }

    /// Whether such a fact tells that the bodies of its subject's earlier facts were erased.
    pub(crate) fn tells_of_erasure(self) -> bool {
        matches!(
            self,
            Self::UserErased | Self::InvitationErased | Self::ConfirmationErased
        )
    }

    /// What the predecessor of group management called it in its log: resource and operation; none where it logged nothing.
    pub fn admin_event(self) -> Option<&'static str> {
        Some(match self {
            Self::GroupCreated => "GROUP CREATE",
            Self::GroupMoved => "GROUP UPDATE",
            Self::GroupDeleted => "GROUP DELETE",
            Self::RealmChanged => "REALM UPDATE",
            Self::UserDeprovisioned => "USER DELETE",
            _ => return None,
        })
    }

    /// The kind of that name in the feed.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
