//! Reading invitations, and what the page behind a link may show.

use super::{Invitation, InvitationState, InvitationSummary, LinkState, rules, table};
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::mail::{Language, text};
use crate::principal::{Permission, Principal, Scope};
use crate::realm::{Realm, RealmId};
use crate::token::TokenHash;
use crate::user::{self, User};

/// How many invitations one page may look at that a client's policy hides.
const MAX_EXAMINED: usize = 20_000;

/// A page of invitations, in order of making.
#[derive(Clone, Debug)]
pub struct InvitationQuery {
    /// Only those made after this one.
    pub after: Option<Id<Invitation>>,
    /// At most so many, 1 to 1001: a page of 1000 and whether there is another.
    pub limit: usize,
    /// Only those in this state.
    pub state: Option<InvitationState>,
    /// Only those of this person.
    pub user: Option<Id<User>>,
    /// Only those sent to this address; case does not count.
    pub address: Option<String>,
}

impl Default for InvitationQuery {
    fn default() -> Self {
        Self {
            after: None,
            limit: 100,
            state: None,
            user: None,
            address: None,
        }
    }
}

/// What the page behind a link may show. Only the holder of a link that is open learns whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkView {
    /// What the link is good for.
    pub state: LinkState,
    /// Whether its page is still to be noted as opened.
    pub is_unopened: bool,
    /// The language of the mail it came in.
    pub language: Option<Language>,
    /// When it ends; while it is open.
    pub expires_at: Option<Timestamp>,
    /// The invited person's display name; while it is open.
    pub display_name: Option<String>,
    /// The invited person's userName; while it is open.
    pub user_name: Option<String>,
    /// The invited address, masked; while it is open.
    pub address: Option<String>,
}

impl LinkView {
    fn only(state: LinkState, language: Option<Language>) -> Self {
        Self {
            state,
            is_unopened: false,
            language,
            expires_at: None,
            display_name: None,
            user_name: None,
            address: None,
        }
    }
}

impl Directory {
    /// One invitation.
    ///
    /// # Errors
    /// `NotFound`, also where the client's policy hides the person; the scope `invite` is missing, or the store failed.
    pub async fn invitation(&self, principal: &Principal, id: Id<Invitation>) -> Result<Invitation, Error> {
        check_read(principal)?;
        let missing = || Error::from(Refusal::NotFound { what: "invitation" });
        let invitation = table::by_id(self.db(), principal.realm, id)
            .await?
            .ok_or_else(missing)?;
        if self.reaches_invited(principal, invitation.user).await? {
            Ok(invitation)
        } else {
            Err(missing())
        }
    }

    /// Invitations of a realm, as far as the client's policy reaches.
    ///
    /// # Errors
    /// The scope `invite` is missing; `TooMany` where the policy hides nearly all; or the store failed.
    pub async fn invitations(&self, principal: &Principal, query: &InvitationQuery) -> Result<Vec<Invitation>, Error> {
        check_read(principal)?;
        let limit = query.limit.clamp(1, 1001);
        let narrowed = access::policy(principal).is_some_and(|policy| policy.user_filter.is_some());
        if !narrowed {
            return table::list(self.db(), principal.realm, query, limit as i64).await;
        }
        let mut found = Vec::new();
        let mut query = query.clone();
        for _ in 0..(MAX_EXAMINED / limit).max(1) {
            let page = table::list(self.db(), principal.realm, &query, limit as i64).await?;
            let last = page.last().map(|invitation| invitation.id);
            let full = page.len() == limit;
            for invitation in page {
                if self.reaches_invited(principal, invitation.user).await? {
                    found.push(invitation);
                    if found.len() == limit {
                        return Ok(found);
                    }
                }
            }
            if !full {
                return Ok(found);
            }
            query.after = last;
        }
        Err(Refusal::TooMany {
            limit: MAX_EXAMINED,
            indexed: "user, address".into(),
        }
        .into())
    }

    /// What the page behind a link may show. Reading it changes nothing: a link is spent by
    /// [`super::AcceptInvitation`] and [`super::RejectInvitation`] alone.
    ///
    /// # Errors
    /// The store failed.
    pub async fn invitation_behind(&self, realm: &Realm, secret: &str) -> Result<LinkView, Error> {
        let Some(link) = table::by_hash(self.db(), realm.id, &TokenHash::of(secret)).await? else {
            return Ok(LinkView::only(LinkState::Unknown, None));
        };
        let invitation = link.invitation;
        let now = self.now().await?;
        let state = rules::link_state(
            invitation.state,
            invitation.on_acceptance,
            invitation.expires_at,
            link.alive,
            now,
        );
        let user = match state {
            LinkState::Open => user::table::by_id(self.db(), realm.id, invitation.user).await?,
            _ => None,
        };
        let Some(user) = user else {
            return Ok(LinkView::only(state, Some(invitation.language)));
        };
        let attributes = user.attributes();
        let shown = |name: &str| {
            attributes
                .get(name)
                .and_then(|value| value.as_str())
                .map(text::one_line)
        };
        Ok(LinkView {
            state,
            is_unopened: invitation.state == InvitationState::Pending,
            language: Some(invitation.language),
            expires_at: Some(invitation.expires_at),
            display_name: shown("displayName"),
            user_name: shown("userName"),
            address: Some(invitation.address.masked()),
        })
    }

    /// What SCIM shows of a person's latest invitation.
    ///
    /// # Errors
    /// The store failed.
    pub async fn invitation_summary(&self, realm: RealmId, user: Id<User>) -> Result<Option<InvitationSummary>, Error> {
        let latest = table::latest_of_user(self.db(), realm, user).await?;
        Ok(latest.as_ref().map(InvitationSummary::of))
    }

    /// Whether the principal's policy lets it see the person an invitation is for. Someone who has left is seen only
    /// without a filter: there is nothing left to match it with.
    async fn reaches_invited(&self, principal: &Principal, id: Id<User>) -> Result<bool, Error> {
        if access::policy(principal).is_none_or(|policy| policy.user_filter.is_none()) {
            return Ok(true);
        }
        let Some(user) = user::table::by_id(self.db(), principal.realm, id).await? else {
            return Ok(false);
        };
        let groups = self
            .groups_of_users(principal.realm, &[id.uuid()])
            .await?
            .remove(&id.uuid())
            .unwrap_or_default();
        let realm = self.realm_by_id(principal.realm).await?;
        Ok(access::user_matches(
            self.schemas(),
            principal,
            &realm,
            &user,
            user.attributes(),
            &groups,
        ))
    }
}

fn check_read(principal: &Principal) -> Result<(), Refusal> {
    principal.check(Permission::Scope(Scope::Invite))?;
    access::check_operation(principal, ResourceKind::User, Operation::Read)
}
