//! Whether the process lives and whether it can work, on a listener of its own.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use directory::Directory;

/// The paths of both spellings.
pub(super) fn router(directory: Directory) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/healthz", get(live))
        .route("/health/ready", get(ready))
        .route("/readyz", get(ready))
        .with_state(directory)
}

async fn live() -> &'static str {
    "alive\n"
}

/// Ready means that the store answers.
async fn ready(State(directory): State<Directory>) -> (StatusCode, &'static str) {
    match directory.nodes().await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
