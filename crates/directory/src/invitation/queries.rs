//! Reading invitations, and what the page behind a link may show.

use super::commands::answerable;
use super::{GroupOffer, Invitation, InvitationState, InvitationSummary, LinkState, OfferKind, rules, table};
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::clock::Timestamp;
use crate::delegation::Capability;
use crate::denial::Denial;
use crate::enrollment::{Way, configuration};
use crate::error::{Error, Refusal};
use crate::group::{self, Group, GroupPath};
use crate::id::Id;
use crate::mail::{EmailAddress, Language, text};
use crate::principal::{Permission, Principal, Scope};
use crate::provider;
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
    /// Only offers in this group; for those who invite to it.
    pub group: Option<Id<Group>>,
}

impl Default for InvitationQuery {
    fn default() -> Self {
        Self {
            after: None,
            limit: 100,
            state: None,
            user: None,
            address: None,
            group: None,
        }
    }
}

/// What the page of an offer in a group may show to whoever has its link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferShown {
    /// What is offered.
    pub kind: OfferKind,
    /// The path of the group.
    pub group: String,
    /// Who invites, in one line; none where no name can be shown.
    pub inviter: Option<String>,
    /// The names of the roles.
    pub roles: Vec<String>,
}

/// An offer that can be answered, to whoever is signed in and has its link.
#[derive(Clone, Debug)]
pub struct OfferView {
    /// The invitation.
    pub invitation: Invitation,
    /// What it offers.
    pub offer: GroupOffer,
    /// The group.
    pub group: Group,
    /// Where that stands.
    pub path: GroupPath,
    /// The way to join that is offered.
    pub way: Option<Way>,
    /// Whether whoever looks is known to have the address: only they can accept.
    pub is_theirs: bool,
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
    /// What is offered in a group; while it is open.
    pub offer: Option<OfferShown>,
    /// Whether it is an offer in a group, open or not.
    pub is_offer: bool,
    /// Whether it has expired, and a new link can be asked for.
    pub can_ask_anew: bool,
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
            offer: None,
            is_offer: false,
            can_ask_anew: false,
        }
    }
}

impl Directory {
    /// One invitation.
    ///
    /// # Errors
    /// `NotFound`, also where the client's policy hides the person; the scope `invite` is missing, or the store failed.
    pub async fn invitation(&self, principal: &Principal, id: Id<Invitation>) -> Result<Invitation, Error> {
        let missing = || Error::from(Refusal::NotFound { what: "invitation" });
        let may_read = check_read(principal);
        if principal.check(Permission::Manage).is_err() {
            may_read.clone()?;
        }
        let found = table::by_id(self.db(), principal.realm, id).await?;
        if let Some(invitation) = &found
            && let Some(offer) = invitation.offer()
            && self.invites_to(principal, offer.group).await.is_ok()
        {
            return Ok(invitation.clone());
        }
        may_read?;
        let invitation = found.ok_or_else(missing)?;
        if self.reaches_person(principal, invitation.user).await? {
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
        let limit = query.limit.clamp(1, 1001);
        if let Some(group) = query.group {
            self.invites_to(principal, group).await?;
            return table::list(self.db(), principal.realm, query, limit as i64).await;
        }
        check_read(principal)?;
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
                if self.reaches_person(principal, invitation.user).await? {
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

    /// Offers in a group, the newest first: those made before one, so many at most. For those who invite to it.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn latest_offers(
        &self,
        principal: &Principal,
        group: Id<Group>,
        before: Option<Id<Invitation>>,
        limit: usize,
    ) -> Result<Vec<Invitation>, Error> {
        self.invites_to(principal, group).await?;
        let before = before.map_or(uuid::Uuid::max(), Id::uuid);
        let limit = limit.clamp(1, 1001) as i64;
        table::latest_of_group(self.db(), principal.realm, (group, before), limit).await
    }

    /// What the page behind a link may show. Reading it changes nothing: a link is spent by
    /// [`super::AcceptInvitation`] and [`super::RejectInvitation`] alone.
    ///
    /// # Errors
    /// The store failed.
    pub async fn invitation_behind(&self, realm: &Realm, secret: &str) -> Result<LinkView, Error> {
        let Some((link, user)) = table::by_hash_and_for(self.db(), realm.id, &TokenHash::of(secret)).await? else {
            return Ok(LinkView::only(LinkState::Unknown, None));
        };
        let invitation = link.invitation;
        let now = self.now().await?;
        let state = invitation.link(link.alive, now);
        let can_ask_anew = invitation.can_ask_anew(link.alive, realm.settings.ask_anew_days(), now);
        if can_ask_anew {
            return Ok(LinkView {
                can_ask_anew,
                is_offer: invitation.offer().is_some(),
                ..LinkView::only(state, Some(invitation.language))
            });
        }
        if let Some(offer) = invitation.offer() {
            return self.offer_shown(realm, &invitation, offer, state).await;
        }
        let Some(user) = user.filter(|_| state == LinkState::Open) else {
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
            address: invitation.address.as_ref().map(EmailAddress::masked),
            offer: None,
            is_offer: false,
            can_ask_anew: false,
        })
    }

    async fn offer_shown(
        &self,
        realm: &Realm,
        invitation: &Invitation,
        offer: &GroupOffer,
        state: LinkState,
    ) -> Result<LinkView, Error> {
        let closed = |state| LinkView {
            is_offer: true,
            ..LinkView::only(state, Some(invitation.language))
        };
        if state != LinkState::Open {
            return Ok(closed(state));
        }
        let Some((_, path)) = self.where_it_stands(realm.id, offer.group).await? else {
            return Ok(closed(LinkState::Revoked));
        };
        let inviter = match (offer.terms.inviter.person(), &offer.terms.inviter.program) {
            (Some(person), _) => {
                let person = user::table::by_id(self.db(), realm.id, person).await?;
                person.and_then(|person| user::rules::greeting(person.attributes()))
            }
            (None, program) => program.clone(),
        };
        Ok(LinkView {
            is_unopened: invitation.state == InvitationState::Pending,
            expires_at: Some(invitation.expires_at),
            address: invitation.address.as_ref().map(EmailAddress::masked),
            offer: Some(OfferShown {
                kind: offer.kind(),
                group: text::one_line(&path.to_string()),
                inviter: inviter.as_deref().and_then(text::greeting_name),
                roles: offer.role_names().iter().map(|role| text::one_line(role)).collect(),
            }),
            ..closed(state)
        })
    }

    /// The offer behind a link, for whoever is signed in. Looking at it spends nothing.
    ///
    /// # Errors
    /// `invitation_unknown`, `invitation_expired`, nobody acts in person, or the store failed.
    pub async fn offer_behind(&self, principal: &Principal, secret: &str) -> Result<OfferView, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        let link = table::by_hash(self.db(), principal.realm, &TokenHash::of(secret)).await?;
        let link = link.ok_or(Denial::InvitationUnknown)?;
        let offer = answerable(&link.invitation, link.alive, self.now().await?)?;
        let stands = self.where_it_stands(principal.realm, offer.group).await?;
        let (group, path) = stands.ok_or(Denial::InvitationUnknown)?;
        let realm = self.realm_by_id(principal.realm).await?;
        if !access::group_matches(self.schemas(), principal, &realm, &group) {
            return Err(Denial::InvitationUnknown.into());
        }
        let configuration = match offer.configuration() {
            Some(id) => configuration::table::read(self.db(), principal.realm, id).await?,
            None => None,
        };
        let way = match configuration {
            Some(configuration) => self.ways(principal, group.clone(), vec![configuration]).await?.pop(),
            None => None,
        };
        if way.is_none() && offer.kind() == OfferKind::Membership {
            return Err(Denial::InvitationUnknown.into());
        }
        Ok(OfferView {
            is_theirs: self.is_theirs(principal, &realm, &link.invitation).await?,
            invitation: link.invitation,
            offer,
            group,
            path,
            way,
        })
    }

    /// Offers in groups that went to an address of whoever asks and can still be answered, each with where the group stands.
    ///
    /// # Errors
    /// Nobody acts in person, or the store failed.
    pub async fn my_offers(&self, principal: &Principal, limit: usize) -> Result<Vec<(Invitation, GroupPath)>, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        let user = principal.user().ok_or(Denial::PersonRequired)?;
        let realm = self.realm_by_id(principal.realm).await?;
        let Some(person) = user::table::by_id(self.db(), realm.id, user).await? else {
            return Ok(Vec::new());
        };
        let proved = rules::proves_own(&person, realm.settings.oidc.validate_emails);
        let mut addresses = provider::table::addresses(self.db(), realm.id, user).await?;
        addresses.extend(self.effective_email(&realm, &person).await?.filter(|_| proved));
        addresses.sort_by_key(|address| user::rules::key(address));
        addresses.dedup_by_key(|address| user::rules::key(address));
        let (now, mut offers) = (self.now().await?, Vec::new());
        for address in addresses {
            for state in [InvitationState::Pending, InvitationState::Opened] {
                let query = InvitationQuery {
                    state: Some(state),
                    address: Some(address.clone()),
                    ..InvitationQuery::default()
                };
                for invitation in table::list(self.db(), realm.id, &query, limit as i64).await? {
                    let Some(offer) = invitation.offer().filter(|_| invitation.expires_at > now) else {
                        continue;
                    };
                    let stands = self.where_it_stands(realm.id, offer.group).await?;
                    let seen =
                        stands.filter(|(group, _)| access::group_matches(self.schemas(), principal, &realm, group));
                    offers.extend(seen.map(|(_, path)| (invitation, path)));
                }
            }
        }
        offers.truncate(limit);
        Ok(offers)
    }

    /// Whether an offer goes to an address of whoever is signed in.
    async fn is_theirs(&self, principal: &Principal, realm: &Realm, invitation: &Invitation) -> Result<bool, Error> {
        if realm.settings.compat.invitation.any_account {
            return Ok(true);
        }
        let (Some(address), Some(user)) = (&invitation.address, principal.user()) else {
            return Ok(false);
        };
        let Some(person) = user::table::by_id(self.db(), principal.realm, user).await? else {
            return Ok(false);
        };
        let proved = rules::proves_own(&person, realm.settings.oidc.validate_emails);
        let verified = provider::table::addresses(self.db(), principal.realm, user).await?;
        let counts = self.effective_email(realm, &person).await?.filter(|_| proved);
        Ok(rules::has(address, &verified, counts.as_deref()))
    }

    async fn where_it_stands(&self, realm: RealmId, id: Id<Group>) -> Result<Option<(Group, GroupPath)>, Error> {
        let Some(group) = group::table::by_id(self.db(), realm, id).await? else {
            return Ok(None);
        };
        let above = group::tree::table::parents(self.db(), realm, id).await?;
        let names = above.into_iter().map(|(_, name)| name).collect();
        let path = GroupPath::of_names(names).below(&group.name);
        Ok(Some((group, path)))
    }

    /// Refuses who invites neither members nor administrators to a group.
    async fn invites_to(&self, principal: &Principal, group: Id<Group>) -> Result<(), Error> {
        let (_, reach) = self.administered(principal, group).await?;
        if reach.has(Capability::InviteAdmin) {
            return Ok(());
        }
        Ok(reach.check(Capability::InviteMember)?)
    }

    /// What SCIM shows of a person's latest invitation.
    ///
    /// # Errors
    /// The store failed.
    pub async fn invitation_summary(&self, realm: RealmId, user: Id<User>) -> Result<Option<InvitationSummary>, Error> {
        let latest = table::latest_of_user(self.db(), realm, user).await?;
        Ok(latest.as_ref().map(InvitationSummary::of))
    }

    /// Whether the principal's policy lets it see a person, such as one an invitation is for. Someone who has left is seen only
    /// without a filter: there is nothing left to match it with.
    pub(crate) async fn reaches_person(&self, principal: &Principal, id: Option<Id<User>>) -> Result<bool, Error> {
        if access::policy(principal).is_none_or(|policy| policy.user_filter.is_none()) {
            return Ok(true);
        }
        let Some(id) = id else { return Ok(false) };
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
