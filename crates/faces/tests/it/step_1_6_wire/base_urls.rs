//! A2: where SCIM is served.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

use super::{BOTH, TOKENS, USERS, made, person, refused, wire};

/// Keeps what is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn of(&self, part: &str) -> usize {
        let lines = self.0.lock().expect("the log");
        lines.iter().filter(|line| line.contains(part)).count()
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("faces")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().expect("the log").push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

testkit::both! {
    async fn w_001_the_root_is_scim_v2(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let read = wire.get(&path).await.expect(200);
        assert_eq!(read.at("/meta/location"), format!("https://usher.example{path}"));
    }

    async fn w_002_a_base_without_v2_leads_to_the_same(app: TestApp) {
        // Entered is https://host/scim; the client adds /v2 itself.
        let wire = wire(&app).await;
        let base = "/scim";
        wire.post(&format!("{base}/v2/Users"), person("ann")).await.expect(201);
        assert_eq!(wire.get(&format!("{base}/v2/Users")).await.at("/totalResults"), 1);
    }

    async fn w_003_wrong_suffixes_are_served_not_redirected_and_told_once_per_token(app: TestApp) {
        let log = Log::default();
        let guard = tracing::subscriber::set_default(log.clone());
        let wire = wire(&app).await;
        let canonical = made(&wire, "ann").await;
        let id = canonical.rsplit('/').next().unwrap();
        for base in ["/scim", "/scim/v2/v2"] {
            for _ in 0..2 {
                let read = wire.get(&format!("{base}/Users/{id}")).await.expect(200);
                assert_eq!(read.at("/meta/location"), format!("https://usher.example{canonical}"));
            }
            let made = wire.post(&format!("{base}/Users"), person(&format!("u{}", base.len()))).await.expect(201);
            assert!(made.header("location").starts_with("https://usher.example/scim/v2/Users/"));
            let changed = wire.put(&format!("{base}/Users/{id}"), person("ann")).await.expect(200);
            assert_eq!(changed.id(), id);
            wire.delete(&format!("{base}/Users/{}", made.id())).await.expect(204);
        }
        assert_eq!(log.of("suffix variant /scim/v2/v2"), 1);
        assert_eq!(log.of("suffix variant /scim of"), 1);
        // Each token is told of, also of one client.
        let operator = app.operator().await;
        let client = app.directory().client(&operator, "wire").await.expect("the client").id;
        let command = directory::token::CreateToken { client, user: None, name: None, description: String::new(), scopes: None, expires_at: None, origin: directory::token::Origin::Issued };
        let second = app.directory().execute(&operator, command).await.expect("a token");
        app.bearer(second.plain.reveal()).get("/scim/Users").await.expect(200);
        assert_eq!(log.of("suffix variant /scim of"), 2);
        drop(guard);
    }

    async fn w_004_locations_come_from_the_setting_never_from_the_host(app: TestApp) {
        let wire = wire(&app).await;
        let made = wire.post(USERS, person("ann")).header("host", "evil.example").header("x-forwarded-host", "evil.example").await.expect(201);
        for location in [made.header("location").to_owned(), made.at("/meta/location").as_str().unwrap().to_owned()] {
            assert!(location.starts_with("https://usher.example/scim/v2/Users/"), "{location}");
        }
        let list = wire.get(USERS).header("host", "evil.example").await.expect(200);
        assert!(!list.text.contains("evil"), "{list}");
    }

    async fn w_005_tokens_are_administered_outside_the_scim_subtree(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        admin.get(TOKENS).await.expect(200);
        let token = admin.post(TOKENS, json!({ "description": "" })).await.expect(201);
        let scim = app.bearer(token.at("/token").as_str().unwrap());
        scim.get(USERS).await.expect(200);
        assert_eq!(scim.get(TOKENS).await.expect(403).at("/label"), "insufficient-permissions");
        // The primary one is the native API.
        admin.get("/api/v1/tokens").await.expect(200);
    }

    async fn w_006_one_slash_at_the_end_is_tolerated(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        wire.get(&format!("{path}/")).await.expect(200);
        wire.get(&format!("{USERS}/")).await.expect(200);
        wire.post(&format!("{USERS}/"), person("ben")).await.expect(201);
        refused(&wire.get("/scim/v2//Users").await, 404, "");
        refused(&wire.get(&format!("{path}//")).await, 404, "");
        let other = app.client_with("other", &BOTH, |program| program.realm("acme").profile("wire")).await;
        other.get("/realms/acme/scim/v2/Users/").await.expect(200);
    }
}
