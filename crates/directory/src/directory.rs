//! The directory itself: the store, the clock, what a realm and a token are, and the two ways in: `execute` and queries.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use db::Db;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::change::{Change, Command, Setting};
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::error::{Error, Refusal};
use crate::id::{Ids, RandomIds};
use crate::principal::Principal;
use crate::provider::{Fetch, KnownKeys, NoFetch, Standings};
use crate::realm::{Realm, RealmId};
use crate::remembered::Remembered;
use crate::settings::Settings;
use crate::view::Schemas;
use crate::{SPANS, bookkeeping, migrations, realm};

/// How long a node may go on with what it has read of a realm or a token. Below a second, so that a revocation holds for
/// every request that begins a second after it was answered, on every node, without any message between them.
const CACHED_FOR: Duration = Duration::from_millis(900);

/// The longest header Host whose realm is remembered: a host name and a port.
const LONGEST_HOST: usize = 260;

/// The directory. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    settings: Settings,
    schemas: Arc<Schemas>,
    /// Whether this process follows the clock row of the store instead of the machine's clock.
    clock_stands: AtomicBool,
    cursor_key: Vec<u8>,
    realms: Remembered<String, Arc<Realm>>,
    realms_by_id: Remembered<RealmId, Arc<Realm>>,
    /// The realm at the root paths, by the header Host.
    roots: Remembered<String, Arc<Realm>>,
    tokens: crate::token::TokenCache,
    token_uses: crate::token::Uses,
    provider_keys: KnownKeys,
    standings: Standings,
    sessions: crate::session::SessionCache,
    client_log_pending: crate::client::log::Pending,
}

/// What a directory is opened with.
pub struct Opening {
    /// The machine's clock.
    pub clock: Arc<dyn Clock>,
    /// Where ids and secrets come from.
    pub ids: Arc<dyn Ids>,
    /// What the configuration says.
    pub settings: Settings,
    /// How documents of realms' OpenID providers are got.
    pub fetch: Arc<dyn Fetch>,
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds::default()),
            settings: Settings::default(),
            fetch: Arc::new(NoFetch),
        }
    }
}

/// The span of a command, called as the command is.
pub(crate) fn command_span<C>() -> tracing::Span {
    let name = std::any::type_name::<C>().rsplit("::").next().unwrap_or_default();
    tracing::trace_span!(target: SPANS, "command", otel.name = name)
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("engine", &self.inner.db.engine())
            .finish_non_exhaustive()
    }
}

impl Directory {
    /// Opens the directory on a store, bringing its schema up to date under a lock.
    ///
    /// # Errors
    /// The store cannot be reached, or its schema is newer than this program.
    pub async fn open(db: Db, opening: Opening) -> Result<Self, Error> {
        db.migrate(migrations::MIGRATIONS).await?;
        Self::open_migrated(db, opening).await
    }

    /// Opens the directory on a store whose schema is up to date.
    ///
    /// # Errors
    /// The store cannot be reached.
    pub async fn open_migrated(db: Db, opening: Opening) -> Result<Self, Error> {
        let cursor_key = bookkeeping::secret(&db, "cursor").await?;
        let mut rows = db.query(bookkeeping::CLOCK, &[]).await?;
        let clock_stands = rows.pop().is_some();
        Ok(Self {
            inner: Arc::new(Inner {
                db,
                clock: Arc::clone(&opening.clock),
                ids: opening.ids,
                schemas: Arc::new(Schemas::new(&opening.settings)),
                settings: opening.settings,
                clock_stands: AtomicBool::new(clock_stands),
                cursor_key,
                realms: Remembered::new(CACHED_FOR, 1_000),
                realms_by_id: Remembered::new(CACHED_FOR, 1_000),
                roots: Remembered::new(CACHED_FOR, 1_000),
                tokens: Remembered::new(CACHED_FOR, 10_000),
                token_uses: crate::token::Uses::default(),
                provider_keys: KnownKeys::new(opening.fetch, Arc::clone(&opening.clock)),
                standings: Remembered::new(CACHED_FOR, 10_000),
                sessions: Remembered::new(CACHED_FOR, 10_000),
                client_log_pending: crate::client::log::Pending::default(),
            }),
        })
    }

    /// Runs one command in one transaction. When it answers, the change, its events and deliveries are on disk.
    ///
    /// # Errors
    /// A refusal, after which nothing is written; or the store failed.
    pub async fn execute<C: Command>(&self, principal: &Principal, command: C) -> Result<C::Output, Error> {
        principal.check(command.needs())?;
        let span = command_span::<C>();
        self.change(principal, move |change| command.run(change))
            .instrument(span)
            .await
    }

    /// Runs the body of a command in one transaction. What this process remembers of realms and tokens is forgotten when
    /// the change concerns it, so that its next request sees the change.
    pub(crate) async fn change<T, F>(&self, principal: &Principal, mut body: F) -> Result<T, Error>
    where
        F: FnMut(&mut Change<'_>) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let realm = self.realm_by_id(principal.realm).await?;
        let now = self.now().await?;
        let principal = principal.clone();
        let ids = Arc::clone(&self.inner.ids);
        let schemas = Arc::clone(&self.inner.schemas);
        let written = self.inner.db.write(move |tx| -> Result<(T, bool, bool), Error> {
            let setting = Setting {
                realm: &realm,
                principal: &principal,
                now,
                ids: ids.as_ref(),
                schemas: &schemas,
            };
            let mut change = Change::new(tx.reborrow(), &setting);
            let output = body(&mut change)?;
            change.finish()?;
            Ok((output, change.access_changed(), change.standing_changed()))
        });
        let span = tracing::trace_span!(target: SPANS, "transaction");
        let (output, access_changed, standing_changed) = written.instrument(span).await?;
        if access_changed {
            self.forget_cached();
        } else if standing_changed {
            self.inner.standings.forget();
            self.inner.sessions.forget();
        }
        Ok(output)
    }

    /// The directory's time: the machine's, or where the clock stands.
    ///
    /// # Errors
    /// The clock stands, and the store that says where failed.
    pub async fn now(&self) -> Result<Timestamp, Error> {
        if self.inner.clock_stands.load(Ordering::Relaxed)
            && let Some(now) = Box::pin(self.standing_clock()).await?
        {
            return Ok(now);
        }
        Ok(self.real_now())
    }

    /// The machine's time: for leases and timeouts only.
    pub fn real_now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// The realm of that name.
    ///
    /// # Errors
    /// `NotFound`, or the store failed.
    pub async fn realm(&self, name: &str) -> Result<Arc<Realm>, Error> {
        if !realm::rules::is_name(name) {
            return Err(Refusal::NotFound { what: "realm" }.into());
        }
        self.inner.realms.get_or(name, || Box::pin(self.read_realm(name))).await
    }

    async fn read_realm(&self, name: &str) -> Result<Arc<Realm>, Error> {
        let realm = realm::table::by_name(self.db(), name).await?;
        Ok(realm.map(Arc::new).ok_or(Refusal::NotFound { what: "realm" })?)
    }

    /// The realm whose paths are the root paths for a request with that header Host: the one that has the host name, else
    /// the default one.
    ///
    /// # Errors
    /// `NotFound`, or the store failed.
    pub async fn realm_at(&self, host: &str) -> Result<Arc<Realm>, Error> {
        // No realm has what is no host name, and none of it is worth remembering.
        if host.len() > LONGEST_HOST || realm::host_key(host).is_none() {
            return self.realm(Realm::DEFAULT).await;
        }
        self.inner.roots.get_or(host, || Box::pin(self.read_root(host))).await
    }

    /// Read anew in any case: what is remembered already would grow older than it may.
    async fn read_root(&self, host: &str) -> Result<Arc<Realm>, Error> {
        match self.realm_for_host(host).await? {
            Some(realm) => Ok(realm),
            None => self.read_realm(Realm::DEFAULT).await,
        }
    }

    /// The realm that has that host name, as it is written now; none when no realm has it.
    ///
    /// # Errors
    /// The store failed.
    pub async fn realm_for_host(&self, host: &str) -> Result<Option<Arc<Realm>>, Error> {
        match realm::host_key(host) {
            Some(host) => Ok(realm::table::by_host(self.db(), &host).await?.map(Arc::new)),
            None => Ok(None),
        }
    }

    pub(crate) async fn realm_by_id(&self, id: RealmId) -> Result<Arc<Realm>, Error> {
        let read = || Box::pin(self.read_realm_by_id(id));
        self.inner.realms_by_id.get_or(&id, read).await
    }

    async fn read_realm_by_id(&self, id: RealmId) -> Result<Arc<Realm>, Error> {
        match realm::table::by_id(self.db(), id).await? {
            Some(realm) => Ok(Arc::new(realm)),
            None if id == RealmId::INSTALLATION => Ok(Arc::new(Realm::installation())),
            None => Err(Refusal::NotFound { what: "realm" }.into()),
        }
    }

    /// Forgets what was read of realms and tokens, so that the next request sees this process's own change.
    pub fn forget_cached(&self) {
        self.inner.realms.forget();
        self.inner.realms_by_id.forget();
        self.inner.roots.forget();
        self.inner.tokens.forget();
        self.inner.standings.forget();
        self.inner.sessions.forget();
    }

    /// What the configuration says.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The schemas of this installation, by profile.
    pub fn schemas(&self) -> &Schemas {
        &self.inner.schemas
    }

    /// The engine of the store.
    pub fn engine(&self) -> db::Engine {
        self.inner.db.engine()
    }

    /// The settings that decide whether an answered write survives a power loss, read back from connections in use.
    ///
    /// # Errors
    /// The store failed.
    pub async fn durability(&self) -> Result<Vec<(String, String)>, Error> {
        Ok(self.inner.db.durability().await?)
    }

    /// Ends the work on the store in good order.
    pub async fn close(&self) {
        self.inner.db.close().await;
    }

    /// A fresh id in this process's own name, for leases.
    pub fn bookkeeping_id(&self) -> Uuid {
        self.inner.ids.uuid(self.real_now())
    }

    /// Whether this process follows the clock row of the store.
    pub(crate) fn clock_stands(&self) -> bool {
        self.inner.clock_stands.load(Ordering::Relaxed)
    }

    /// Says whether this process follows the clock row of the store.
    pub(crate) fn follow_standing_clock(&self, follow: bool) {
        self.inner.clock_stands.store(follow, Ordering::Relaxed);
    }

    pub(crate) fn db(&self) -> &Db {
        &self.inner.db
    }

    pub(crate) fn cursor_key(&self) -> &[u8] {
        &self.inner.cursor_key
    }

    pub(crate) fn tokens(&self) -> &crate::token::TokenCache {
        &self.inner.tokens
    }

    pub(crate) fn provider_keys(&self) -> &KnownKeys {
        &self.inner.provider_keys
    }

    pub(crate) fn standings(&self) -> &Standings {
        &self.inner.standings
    }

    pub(crate) fn sessions(&self) -> &crate::session::SessionCache {
        &self.inner.sessions
    }

    pub(crate) fn ids(&self) -> &dyn Ids {
        self.inner.ids.as_ref()
    }

    pub(crate) fn token_uses(&self) -> &crate::token::Uses {
        &self.inner.token_uses
    }

    pub(crate) fn client_log_pending(&self) -> &crate::client::log::Pending {
        &self.inner.client_log_pending
    }
}
