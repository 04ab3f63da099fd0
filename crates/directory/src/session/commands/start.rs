//! Somebody signs in.

use serde_json::json;

use super::super::table::{self, MOST, Written};
use super::super::{Browser, Carried, Over, Session};
use super::record_end;
use crate::change::{Change, Command};
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::{Permission, ProviderToken};
use crate::token::{PlainToken, TokenHash};
use crate::user::{self, Lifecycle, User};

/// Begins a session of somebody who may sign in.
#[derive(Clone)]
pub(crate) struct StartSession {
    /// Who.
    pub(crate) user: Id<User>,
    /// As whom at the provider.
    pub(crate) token: ProviderToken,
    /// What the provider said of it.
    pub(crate) carried: Carried,
    /// The ID token, which goes back to the provider when they sign out.
    pub(crate) id_token: Option<String>,
    /// With what.
    pub(crate) browser: Browser,
    /// What the browser held before.
    pub(crate) replaces: Option<String>,
    /// When, by the machine's clock.
    pub(crate) began_at: Timestamp,
}

impl std::fmt::Debug for StartSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartSession")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A session that has begun, with its secret, which is in no other answer.
#[derive(Debug)]
pub struct StartedSession {
    /// The session.
    pub session: Session,
    /// What the browser keeps.
    pub secret: PlainToken,
}

impl Command for StartSession {
    type Output = StartedSession;

    /// What the provider said is the right: nobody else can make this command.
    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<StartedSession, Error> {
        let user = user::table::lock(change, self.user)?.ok_or(Refusal::NotFound { what: "user" })?;
        if user.lifecycle != Lifecycle::Active || user.visibility.leaves_at().is_some() {
            return Err(Refusal::forbidden("the person is not active").into());
        }
        self.make_room(change, &user)?;
        let secret = PlainToken::bare(change.ids());
        let now = change.now();
        let hours = i64::from(change.realm().settings.session_hours());
        let session = Session {
            id: change.new_id(),
            user: user.id,
            issuer: self.token.issuer.clone(),
            subject: self.token.subject.clone(),
            provider_session: self.token.session.clone(),
            agent: self.browser.agent.clone(),
            address: self.browser.address.clone(),
            started_at: now,
            expires_at: now.plus_seconds(hours * 3600),
        };
        let written = Written {
            hash: &secret.hash(),
            carried: &self.carried,
            id_token: self.id_token.as_deref(),
            began_at: self.began_at,
        };
        table::insert(change, &session, &written)?;
        let body = json!({ "session": session.id.to_string(), "issuer": session.issuer, "address": session.address });
        change.record(Event::new(
            EventKind::SessionStarted,
            user.id.uuid(),
            user.version,
            body,
        ))?;
        Ok(StartedSession { session, secret })
    }
}

impl StartSession {
    /// Ends what the browser had before, and the oldest ones of somebody who has many. The person's row is locked.
    fn make_room(&self, change: &mut Change<'_>, user: &User) -> Result<(), Error> {
        if let Some(before) = &self.replaces
            && let Some(taken) = table::take(change, &TokenHash::of(before))?
        {
            // Somebody else may have sat there: the fact is theirs, and their row is not ours to lock.
            let version = match user::table::read(change, taken.user)? {
                Some(other) => other.version,
                None => user.version,
            };
            record_end(change, (taken.user, version), taken.id, Over::Replaced)?;
        }
        let sessions = table::of_person(change, user.id)?;
        let most = usize::try_from(MOST).unwrap_or_default();
        let over = (sessions.len() + 1).saturating_sub(most);
        for oldest in sessions.into_iter().take(over) {
            table::take(change, &oldest.hash)?;
            record_end(change, (user.id, user.version), oldest.id, Over::TooMany)?;
        }
        Ok(())
    }
}
