//! From a token of the realm's OpenID provider to a principal.

use std::sync::Arc;

use super::admit::{Admit, Admitted};
use super::known_keys::Away;
use super::misfit::Misfit;
use super::rules::{SignedIn, check_origin, signed_in};
use super::table;
use super::token::SignedToken;
use super::unadmitted::Unadmitted;
use crate::Directory;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::invitation;
use crate::principal::{Principal, Role};
use crate::realm::{Realm, RealmId};
use crate::remembered::Remembered;
use crate::token::{AuthError, jit};
use crate::user::{Lifecycle, User};

/// Whom a name at an issuer is linked to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linked {
    pub(super) user: Id<User>,
    /// Where they stand; none when they have left.
    pub(super) lifecycle: Option<Lifecycle>,
    /// Whether they leave for good soon.
    pub(super) leaves: bool,
}

impl Linked {
    /// Whether the person may sign in.
    fn is_in(self) -> bool {
        self.lifecycle == Some(Lifecycle::Active) && !self.leaves
    }
}

/// Who somebody is here by a name at an issuer, as it was read.
#[derive(Clone, Debug)]
pub(crate) enum Standing {
    /// Somebody, with the roles that are granted here.
    Somebody { user: Id<User>, roles: Arc<[Role]> },
    /// Somebody who may not sign in.
    Out,
    /// Nobody.
    Nobody(Unadmitted),
}

/// Who is who, by realm, issuer and subject; remembered as tokens are.
pub(crate) type Standings = Remembered<(RealmId, String, String), Standing>;

impl Directory {
    /// Who acts with this token of the realm's provider. At a first sign-in the person is linked, or made where the realm
    /// wants that.
    pub(crate) async fn authenticate_by_provider(&self, realm: RealmId, bearer: &str) -> Result<Principal, AuthError> {
        let realm = self.realm_by_id(realm).await?;
        let Some(issuer) = realm.settings.oidc.issuer.as_deref() else {
            return Err(AuthError::Invalid);
        };
        let signed_in = self.verified(&realm, issuer, bearer).await?;
        let key = (realm.id, issuer.to_owned(), signed_in.token.subject.clone());
        let read = || Box::pin(self.standing(&realm, &signed_in));
        match self.standings().get_or(&key, read).await? {
            Standing::Somebody { user, roles } => {
                let roles = (roles.as_ref(), signed_in.roles);
                Ok(Principal::signed_in(realm.id, user, roles, signed_in.token))
            }
            Standing::Out => Err(AuthError::Unfit(Misfit::PersonOut)),
            Standing::Nobody(why) => Err(AuthError::NotAdmitted(why)),
        }
    }

    /// Who signed in by it, if the token counts. Others' times are compared with the machine's clock.
    pub(super) async fn verified(&self, realm: &Realm, issuer: &str, bearer: &str) -> Result<SignedIn, AuthError> {
        let token = self.genuine(realm, issuer, bearer).await?;
        Ok(signed_in(&token, &realm.settings, issuer, self.real_now())?)
    }

    /// A token that the realm's provider has signed. What it is for is still to be judged.
    pub(super) async fn genuine<'a>(
        &self,
        realm: &Realm,
        issuer: &str,
        text: &'a str,
    ) -> Result<SignedToken<'a>, AuthError> {
        let token = SignedToken::parse(text)?;
        check_origin(&token, &realm.settings, issuer)?;
        let key = token.key_id.as_deref();
        let keys = self.provider_keys().of(realm.id, issuer, key).await;
        let keys = keys.map_err(|Away| AuthError::ProviderAway)?;
        keys.verify(key, token.algorithm, token.signed, &token.signature)?;
        Ok(token)
    }

    pub(super) async fn standing(&self, realm: &Realm, signed_in: &SignedIn) -> Result<Standing, AuthError> {
        let (issuer, subject) = (&signed_in.token.issuer, &signed_in.token.subject);
        let linked = table::by_subject(self.db(), realm.id, issuer, subject).await?;
        let linked = match linked {
            Some(linked) if linked.lifecycle.is_some_and(|state| state != Lifecycle::Invited) => linked,
            other => match self.looked_for(realm, signed_in, other).await? {
                Admitted::Linked(linked) => linked,
                Admitted::Nobody(why) => {
                    tracing::info!(realm = realm.id.number(), issuer, subject, %why, "who signed in is nobody here");
                    return Ok(Standing::Nobody(why));
                }
            },
        };
        if !linked.is_in() {
            return Ok(Standing::Out);
        }
        let roles = crate::token::table::roles(self.db(), realm.id, linked.user).await?;
        Ok(Standing::Somebody {
            user: linked.user,
            roles: roles.into(),
        })
    }

    /// Somebody whom nobody can be, and whom the realm does not make, is told from reading alone.
    async fn looked_for(&self, realm: &Realm, signed_in: &SignedIn, before: Option<Linked>) -> Result<Admitted, Error> {
        let now = self.now().await?;
        let is_invited = before.is_some_and(|before| before.lifecycle.is_some());
        if is_invited || table::may_be_known(self.db(), realm.id, &signed_in.profile, now).await? {
            return self.admitted(realm, signed_in).await;
        }
        match before {
            Some(departed) => Ok(Admitted::Linked(departed)),
            None if jit::is_on_at(self.db(), realm, now).await? || self.is_offered(realm, signed_in, now).await? => {
                self.admitted(realm, signed_in).await
            }
            None => Ok(Admitted::Nobody(Unadmitted::Unknown)),
        }
    }

    /// Whether something in a group may be offered to whoever signed in.
    async fn is_offered(&self, realm: &Realm, signed_in: &SignedIn, now: Timestamp) -> Result<bool, Error> {
        match &signed_in.profile.verified_email {
            Some(address) => invitation::offers::may_be_offered_to(self.db(), realm.id, address, now).await,
            None => Ok(false),
        }
    }

    async fn admitted(&self, realm: &Realm, signed_in: &SignedIn) -> Result<Admitted, Error> {
        let system = Principal::system(realm.id);
        let admit = || Admit {
            signed_in: signed_in.clone(),
        };
        match self.execute(&system, admit()).await {
            // Somebody was quicker to take the name: then there is another choice.
            Err(Error::Refused(Refusal::Taken { .. } | Refusal::Changed)) => match self.execute(&system, admit()).await
            {
                Err(Error::Refused(refusal)) => {
                    tracing::warn!(realm = realm.id.number(), %refusal, "who signed in cannot be let in");
                    Ok(Admitted::Nobody(Unadmitted::Unfit))
                }
                done => done,
            },
            done => done,
        }
    }
}
