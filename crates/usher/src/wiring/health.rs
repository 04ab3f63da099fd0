//! Whether the process lives and whether it can work, and what it counts, on a listener of its own.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::routing::get;
use db::Durability;
use directory::Directory;

use super::metrics::{MEDIA_TYPE, Metrics};
use super::store;
use super::tls::Certificates;

/// How long the store may take to read, and to run a transaction. Whoever asks gives up after some seconds too.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is asked about.
#[derive(Clone, Debug)]
pub(super) struct Health {
    pub(super) directory: Directory,
    pub(super) durability: Durability,
    pub(super) metrics: Arc<Metrics>,
    pub(super) certificates: Option<Arc<Certificates>>,
    /// What does not keep it from working, and should not stay so.
    pub(super) warnings: Arc<[String]>,
}

/// The paths of both spellings.
pub(super) fn router(health: Health) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/healthz", get(live))
        .route("/health/ready", get(ready))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(health)
}

async fn live() -> &'static str {
    "alive\n"
}

async fn metrics(State(health): State<Health>) -> ([(HeaderName, &'static str); 1], String) {
    let text = health.metrics.text(&health.directory, health.certificates.as_deref());
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], text.await)
}

/// Ready, with what weakens it, or why not: one reason a line.
async fn ready(State(health): State<Health>) -> (StatusCode, String) {
    let reasons = health.reasons().await;
    if reasons.is_empty() {
        let warnings = health.warnings.iter().map(|warning| format!("warning: {warning}\n"));
        (StatusCode::OK, "ready\n".to_owned() + &warnings.collect::<String>())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, reasons.join("\n") + "\n")
    }
}

impl Health {
    /// Why this server cannot do its work: the store does not answer, its schema is not this program's, no transaction gets
    /// through, or what is answered could be lost.
    async fn reasons(&self) -> Vec<String> {
        match tokio::time::timeout(PATIENCE, self.directory.schema()).await {
            Err(_) => return vec![format!("the database does not answer within {} s", PATIENCE.as_secs())],
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the database does not answer");
                return vec!["the database does not answer".to_owned()];
            }
            Ok(Ok((applied, known))) if applied < known => {
                return vec![format!(
                    "the database is at migration {applied} of {known}: run `usher migrate`, or start this server anew"
                )];
            }
            // A newer program may have gone ahead: what it adds, this one does not need.
            Ok(Ok(_)) => {}
        }
        // Written and read in transactions that go the way of all writes: a disk that is full still takes one that changes
        // nothing.
        let written = async {
            self.directory.try_write().await?;
            self.directory.durability().await
        };
        match tokio::time::timeout(PATIENCE, written).await {
            Err(_) => vec![format!("no write gets through within {} s", PATIENCE.as_secs())],
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the database takes no writes");
                let why = std::error::Error::source(&error).map_or_else(String::new, |why| format!(": {why}"));
                vec![format!("the database takes no writes{why}")]
            }
            Ok(Ok(found)) => match store::check_durability(self.directory.engine(), &found) {
                Err(weak) if self.durability == Durability::Full => {
                    vec![format!(
                        "the database could lose what was answered with success: {weak}"
                    )]
                }
                _ => Vec::new(),
            },
        }
    }
}
