//! From the cookie of a browser to who acts.

use std::sync::Arc;

use super::{Carried, Session, table};
use crate::Directory;
use crate::delegation;
use crate::error::{Error, Refusal};
use crate::principal::{Principal, Role};
use crate::realm::{Realm, RealmId};
use crate::remembered::Remembered;
use crate::sign_in_link::BY_MAIL;
use crate::token::TokenHash;
use crate::user::{self, Lifecycle};

/// The longest secret that is looked up, in bytes.
const LONGEST: usize = 100;

/// Who is signed in with a browser.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who acts.
    pub principal: Principal,
    /// By which session.
    pub session: Session,
    /// What the person is called.
    pub user_name: String,
    /// The name that is shown, if they have one.
    pub display_name: Option<String>,
    /// Whether they administer groups.
    pub manages: bool,
}

/// What a secret stands for, as it was read.
#[derive(Debug)]
pub(crate) struct Known {
    session: Session,
    carried: Carried,
    roles: Vec<Role>,
    user_name: String,
    display_name: Option<String>,
    /// By a delegation.
    manages: bool,
}

/// Only sessions that are there are remembered.
pub(crate) type SessionCache = Remembered<(RealmId, TokenHash), Arc<Known>>;

impl Directory {
    /// Who is signed in with a browser that holds that secret; nobody when the session is over, its person
    /// is not active, or the realm signs people in in another way by now.
    ///
    /// # Errors
    /// The store failed.
    pub async fn visitor(&self, realm: &Realm, secret: &str) -> Result<Option<Visitor>, Error> {
        if secret.len() > LONGEST {
            return Ok(None);
        }
        let key = (realm.id, TokenHash::of(secret));
        let read = || Box::pin(self.read_session(realm.id, &key.1));
        let known = match self.sessions().get_or(&key, read).await {
            Ok(known) => known,
            Err(Error::Refused(Refusal::NotFound { .. })) => return Ok(None),
            Err(error) => return Err(error),
        };
        let now = self.now().await?;
        let counts = match known.session.issuer.as_str() {
            BY_MAIL => realm.settings.signs_in_by_mail(),
            // Whom another provider knew, this one has not said anything of.
            issuer => realm.settings.oidc.issuer.as_deref() == Some(issuer),
        };
        if known.session.expires_at <= now || !counts {
            return Ok(None);
        }
        let session = known.session.clone();
        // What a token carries cannot be taken back, so it counts for so long only.
        let hours = i64::from(realm.settings.oidc.role_token_hours());
        let until = session.started_at.plus_seconds(hours * 3600);
        let named = (session.issuer.as_str(), session.subject.as_str());
        let (token, carried) = known
            .carried
            .token(named, session.provider_session.as_deref(), (now, until));
        let principal = Principal::signed_in(realm.id, session.user, (&known.roles, carried), token);
        Ok(Some(Visitor {
            manages: known.manages || delegation::reaches_realm(&principal),
            principal,
            session,
            user_name: known.user_name.clone(),
            display_name: known.display_name.clone(),
        }))
    }

    async fn read_session(&self, realm: RealmId, hash: &TokenHash) -> Result<Arc<Known>, Error> {
        let missing = || Refusal::NotFound { what: "session" };
        let (session, carried) = table::behind(self.db(), realm, hash).await?.ok_or_else(missing)?;
        let user = user::table::by_id(self.db(), realm, session.user).await?;
        let is_in = |user: &user::User| user.lifecycle == Lifecycle::Active && user.visibility.leaves_at().is_none();
        let user = user.filter(is_in).ok_or_else(missing)?;
        let roles = crate::token::table::roles(self.db(), realm, user.id).await?;
        let manages = !delegation::table::of_person(self.db(), realm, user.id, 1)
            .await?
            .is_empty();
        Ok(Arc::new(Known {
            user_name: user.user_name(),
            display_name: user::rules::greeting(user.attributes()),
            session,
            carried,
            roles,
            manages,
        }))
    }
}
