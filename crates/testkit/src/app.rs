//! A whole Usher in this process.

use std::collections::HashMap;
#[cfg(feature = "http")]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex, PoisonError};

use db::{Db, Engine};
use directory::Id;
use directory::client::{CreateClient, CreatedClient};
use directory::delivery::{DeliveryWorker, Outcome, Target};
use directory::event::Sequencer;
use directory::job::JobWorker;
use directory::realm::{CreateRealm, Realm, RealmSettings, SetRealm};
use directory::token::{CreateToken, CreatedToken, Origin};
use directory::user::{CreateUser, User};
use directory::{Clock, Directory, Ids, Opening, Principal, RealmId, Scopes, Settings, Timestamp, WorkSettings};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::TestClock;
use crate::ids::TestIds;
use crate::mail::{Mailbox, MemoryMail, TestMail};
use crate::names::Names;
use crate::program::Program;
use crate::provider::Providers;
use crate::store::Store;
use crate::watch::{self, TestDelivery, TestEvent};

/// A directory on a database of its own, with the realm `default`, a clock that stands at 2030-01-01T08:00:00Z and a mail
/// server in memory. Clones are one.
#[derive(Clone, Debug)]
pub struct TestApp {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) directory: Directory,
    /// Another way to the same database, for looks past the product.
    pub(crate) db: Db,
    pub(crate) names: Mutex<Names>,
    #[cfg(feature = "http")]
    pub(crate) shown: Mutex<Shown>,
    settings: Settings,
    #[cfg(feature = "http")]
    faces: faces::FacesConfig,
    /// Made by the first request: it costs more than most of what tests do without one.
    #[cfg(feature = "http")]
    entry: OnceLock<faces::Entry>,
    sequencer: Sequencer,
    clock: TestClock,
    ids: Arc<dyn Ids>,
    mailbox: Mailbox,
    pub(crate) providers: Providers,
    realms: Mutex<HashMap<String, RealmId>>,
    store: Arc<Store>,
}

/// Which events and deliveries answers have shown already, by realm.
#[cfg(feature = "http")]
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) last: HashMap<(RealmId, &'static str), Uuid>,
}

/// What links begin with.
pub(crate) const PUBLIC_URL: &str = "https://usher.example";

impl TestApp {
    /// On SQLite.
    pub async fn sqlite() -> Self {
        Self::on(Engine::Sqlite).await
    }

    /// On PostgreSQL.
    pub async fn postgres() -> Self {
        Self::on(Engine::Postgres).await
    }

    /// On that engine.
    pub async fn on(engine: Engine) -> Self {
        let store = Arc::new(Store::fresh(engine).await);
        let settings = Settings {
            public_url: PUBLIC_URL.to_owned(),
            work: WorkSettings {
                // One after the other, so that ids and the order of what they lead to are the same in every run.
                jobs_at_once: 1,
                ..WorkSettings::default()
            },
            ..Settings::default()
        };
        let app = Self::open(Parts {
            store,
            settings,
            #[cfg(feature = "http")]
            faces: faces::FacesConfig::default(),
            clock: TestClock::default(),
            ids: Arc::new(TestIds::default()),
            mailbox: Mailbox::default(),
            providers: Providers::default(),
        })
        .await;
        app.realm(Realm::DEFAULT).await;
        app
    }

    /// The same database, clock and mail server under other settings, as after a restart.
    pub async fn with_settings(self, set: impl FnOnce(&mut Settings)) -> Self {
        let mut parts = self.parts();
        set(&mut parts.settings);
        Self::open(parts).await
    }

    /// The same with the faces configured otherwise.
    #[cfg(feature = "http")]
    pub async fn with_faces(self, set: impl FnOnce(&mut faces::FacesConfig)) -> Self {
        let mut parts = self.parts();
        set(&mut parts.faces);
        Self::open(parts).await
    }

    /// A second Usher on the same database, as another node or process.
    pub async fn another(&self) -> Self {
        Self::open(self.parts()).await
    }

    fn parts(&self) -> Parts {
        Parts {
            store: Arc::clone(&self.inner.store),
            settings: self.inner.settings.clone(),
            #[cfg(feature = "http")]
            faces: self.inner.faces.clone(),
            clock: self.inner.clock.clone(),
            ids: Arc::clone(&self.inner.ids),
            mailbox: self.inner.mailbox.clone(),
            providers: self.inner.providers.clone(),
        }
    }

    async fn open(parts: Parts) -> Self {
        let db = parts.store.open().await;
        let opening = Opening {
            clock: Arc::new(parts.clock.clone()),
            ids: Arc::clone(&parts.ids),
            settings: parts.settings.clone(),
            fetch: Arc::new(parts.providers.clone()),
        };
        let directory = Directory::open_migrated(db.clone(), opening)
            .await
            .expect("the directory opens");
        let inner = Inner {
            sequencer: Sequencer::new(directory.clone()),
            directory,
            db,
            names: Mutex::default(),
            #[cfg(feature = "http")]
            shown: Mutex::default(),
            settings: parts.settings,
            #[cfg(feature = "http")]
            faces: parts.faces,
            #[cfg(feature = "http")]
            entry: OnceLock::new(),
            clock: parts.clock,
            ids: parts.ids,
            mailbox: parts.mailbox,
            providers: parts.providers,
            realms: Mutex::default(),
            store: parts.store,
        };
        Self { inner: Arc::new(inner) }
    }

    /// What answers requests.
    #[cfg(feature = "http")]
    pub(crate) fn entry(&self) -> &faces::Entry {
        let inner = &self.inner;
        inner.entry.get_or_init(|| {
            faces::Entry::new(faces::App {
                directory: inner.directory.clone(),
                public_url: inner.settings.public_url.as_str().into(),
                config: Arc::new(inner.faces.clone()),
            })
        })
    }

    /// The directory itself.
    pub fn directory(&self) -> &Directory {
        &self.inner.directory
    }

    /// The database, for looks past the product.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// The engine it runs on.
    pub fn engine(&self) -> Engine {
        self.inner.db.engine()
    }

    /// The database file; none on PostgreSQL.
    pub fn file(&self) -> Option<std::path::PathBuf> {
        self.inner.store.file()
    }

    /// The URL of the database; none on SQLite.
    pub fn url(&self) -> Option<String> {
        self.inner.store.url()
    }

    /// The clock.
    pub fn clock(&self) -> &TestClock {
        &self.inner.clock
    }

    /// The instant at which the clock stands.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// The operator in the realm `default`.
    pub async fn operator(&self) -> Principal {
        self.operator_of(Realm::DEFAULT).await
    }

    /// The operator in a realm.
    pub async fn operator_of(&self, realm: &str) -> Principal {
        Principal::operator(self.realm(realm).await)
    }

    /// The realm of that name, made when it is not there.
    pub async fn realm(&self, name: &str) -> RealmId {
        let known = self
            .inner
            .realms
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .copied();
        if let Some(id) = known {
            return id;
        }
        let known = self.directory().realm(name).await.ok().map(|realm| realm.id);
        let id = match known {
            Some(id) => id,
            None => self.made_realm(name).await,
        };
        self.inner
            .realms
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), id);
        id
    }

    async fn made_realm(&self, name: &str) -> RealmId {
        let command = CreateRealm {
            name: name.to_owned(),
            settings: RealmSettings::default(),
        };
        let operator = Principal::operator(RealmId::INSTALLATION);
        let made = self.directory().execute(&operator, command).await;
        made.expect("the realm is made").id
    }

    /// Changes what is set in a realm.
    pub async fn set_realm(&self, name: &str, set: impl FnOnce(&mut RealmSettings)) {
        let operator = self.operator_of(name).await;
        let mut settings = self
            .directory()
            .realm(name)
            .await
            .expect("the realm is there")
            .settings
            .clone();
        set(&mut settings);
        let command = SetRealm {
            settings,
            if_version: None,
            force: true,
        };
        self.directory()
            .execute(&operator, command)
            .await
            .expect("the realm is set");
        self.directory().forget_cached();
    }

    /// A person of that name in the realm `default`, with a mail address, active.
    pub async fn user(&self, name: &str) -> Id<User> {
        let email = format!("{name}@example.org");
        self.user_with(
            Realm::DEFAULT,
            json!({ "userName": name, "emails": [{ "value": email }] }),
        )
        .await
    }

    /// A person with these attributes.
    pub async fn user_with(&self, realm: &str, body: Value) -> Id<User> {
        let operator = self.operator_of(realm).await;
        let created = self.directory().execute(&operator, CreateUser::by_admin(body)).await;
        created.expect("the person is made").user.id
    }

    /// Registers a program with an OAuth2 secret.
    pub async fn register(&self, name: &str, scopes: &[&str], program: &Program) -> CreatedClient {
        let operator = self.operator_of(&program.realm).await;
        let command = CreateClient {
            name: name.to_owned(),
            profile: program.profile,
            scopes: Scopes::parse(&scopes.join(" ")).expect("scopes"),
            invite: program.invite,
            idp: program.idp,
            pending_active: program.pending_active,
            policy: program.policy.clone(),
            settings: program.settings.clone(),
            with_secret: true,
        };
        let created = self.directory().execute(&operator, command).await;
        created.expect("the program is registered")
    }

    /// Registers a program and makes it a token.
    pub async fn token(&self, name: &str, scopes: &[&str], program: &Program) -> CreatedToken {
        let client = self.register(name, scopes, program).await.client;
        let operator = self.operator_of(&program.realm).await;
        let command = CreateToken {
            client: client.id,
            user: program.user,
            name: Some(name.to_owned()),
            description: String::new(),
            scopes: program.token_scopes.clone(),
            expires_at: program.expires_at,
            origin: Origin::Issued,
        };
        let created = self.directory().execute(&operator, command).await;
        created.expect("the token is made")
    }

    /// A principal as requests of that program have it.
    pub async fn principal(&self, name: &str, scopes: &[&str], program: Program) -> Principal {
        let token = self.token(name, scopes, &program).await;
        let realm = self
            .directory()
            .realm(&program.realm)
            .await
            .expect("the realm is there");
        let principal = self.directory().authenticate(realm.id, token.plain.reveal()).await;
        principal.expect("the token is valid")
    }

    /// All events of the realm `default`, in order of making.
    pub async fn events(&self) -> Vec<TestEvent> {
        self.events_of(Realm::DEFAULT).await
    }

    /// All events of a realm.
    pub async fn events_of(&self, realm: &str) -> Vec<TestEvent> {
        watch::events(&self.inner.db, self.realm(realm).await, Uuid::nil()).await
    }

    /// The kinds of all events of the realm `default`, e.g. `user.created`.
    pub async fn event_kinds(&self) -> Vec<String> {
        self.events().await.into_iter().map(|event| event.kind).collect()
    }

    /// All deliveries of the realm `default`, in order of making.
    pub async fn deliveries(&self) -> Vec<TestDelivery> {
        watch::deliveries(&self.inner.db, self.realm(Realm::DEFAULT).await, Uuid::nil()).await
    }

    /// What the mail server has taken so far.
    pub fn mails(&self) -> Vec<TestMail> {
        self.inner.mailbox.taken()
    }

    /// Delivers what is due and answers with the mails that were taken now.
    pub async fn deliver_mail(&self) -> Vec<TestMail> {
        let before = self.mails().len();
        let mail = MemoryMail::new(self.directory().clone(), &self.inner.mailbox);
        self.deliver(vec![Arc::new(mail)]).await;
        self.mails().split_off(before)
    }

    /// Delivers what is due to these targets.
    pub async fn deliver(&self, targets: Vec<Arc<dyn Target>>) {
        let worker = DeliveryWorker::new(self.directory().clone(), targets);
        while worker.run_once().await.expect("deliveries run") > 0 {}
    }

    /// What the mail server says to the next deliveries; afterwards it takes everything again.
    pub fn mail_server_answers(&self, outcomes: Vec<Outcome>) {
        self.inner.mailbox.will_answer(outcomes);
    }

    /// The mail server takes nothing to that address any more.
    pub fn mail_server_refuses(&self, address: &str) {
        self.inner.mailbox.will_refuse(address);
    }

    /// Runs every job that is due.
    pub async fn run_jobs(&self) -> usize {
        let worker = JobWorker::new(self.directory().clone());
        let mut done = 0;
        loop {
            match worker.run_once().await.expect("jobs run") {
                0 => return done,
                more => done += more,
            }
        }
    }

    /// Moves the clock and runs the jobs that have become due.
    pub async fn pass(&self, seconds: i64) {
        self.inner.clock.advance(seconds);
        self.directory().forget_cached();
        self.run_jobs().await;
    }

    /// Gives events their places, so that the feed shows them.
    pub async fn place_events(&self) {
        self.inner.sequencer.run_once().await.expect("events are placed");
    }

    /// A text with names for its ids, tokens and links, the same throughout the test.
    pub fn named(&self, text: &str) -> String {
        let mut names = self.inner.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.replace(text)
    }
}

/// What one Usher is opened with.
struct Parts {
    store: Arc<Store>,
    settings: Settings,
    #[cfg(feature = "http")]
    faces: faces::FacesConfig,
    clock: TestClock,
    ids: Arc<dyn Ids>,
    mailbox: Mailbox,
    providers: Providers,
}
