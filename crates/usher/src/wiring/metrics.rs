//! What a server counts, and what it tells a monitoring system, as OpenMetrics text.
//!
//! Requests are counted as they are answered. What waits in the store is looked up when somebody asks: in indexes, and only
//! up to a limit. No label names a realm, a person or a path, so the number of series is fixed.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use directory::delivery::DeliveryState;
use directory::{Directory, Figures};
use faces::{Answered, Face, Limited};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::tls::Certificates;

/// The media type of the text.
pub(super) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long the store may take to say how much waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Upper ends of the ranges in which durations are counted, in seconds.
const DURATIONS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfAnswer {
    face: &'static str,
    method: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfFace {
    face: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByLimit {
    limit: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfTarget {
    target: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct InState {
    target: &'static str,
    state: &'static str,
}

/// What one server counts.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<OfAnswer, Counter>,
    durations: Family<OfFace, Histogram>,
    limited: Family<ByLimit, Counter>,
}

impl Metrics {
    pub(super) fn new() -> Arc<Self> {
        let requests = Family::default();
        let durations = Family::new_with_constructor((|| Histogram::new(DURATIONS)) as fn() -> Histogram);
        let limited = Family::<ByLimit, Counter>::default();
        let mut registry = Registry::default();
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("usher_build", "The program that runs", build);
        registry.register(
            "usher_requests",
            "Requests answered, by face, method and class of status",
            Family::clone(&requests),
        );
        registry.register_with_unit(
            "usher_request_duration",
            "From the head of a request to the head of its answer",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register(
            "usher_requests_limited",
            "Requests that were told to come back later, by the limit they met",
            Family::clone(&limited),
        );
        Arc::new(Self {
            registry,
            requests,
            durations,
            limited,
        })
    }

    /// Counts an answer to a request with that method, and the limit that the request met, if it met one.
    pub(super) fn count(&self, method: &'static str, answered: &Answered) {
        let face = answered.face.map_or("none", Face::name);
        let labels = OfAnswer {
            face,
            method,
            status: class_of(answered.response.status()),
        };
        self.requests.get_or_create(&labels).inc();
        self.durations
            .get_or_create(&OfFace { face })
            .observe(answered.took.as_secs_f64());
        if let Some(Limited(limit)) = answered.response.extensions().get::<Limited>() {
            self.limited.get_or_create(&ByLimit { limit }).inc();
        }
    }

    /// Everything as text. Where the store does not answer, what it would have said is missing and `usher_database_up` is 0.
    pub(super) async fn text(&self, directory: &Directory, certificates: Option<&Certificates>) -> String {
        let figures = tokio::time::timeout(PATIENCE, directory.figures()).await;
        let figures = match figures {
            Ok(Ok(figures)) => Some(figures),
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot count what waits");
                None
            }
            Err(_) => {
                tracing::warn!(
                    "cannot count what waits: the store took longer than {} s",
                    PATIENCE.as_secs()
                );
                None
            }
        };
        let mut now = Registry::default();
        gauge(
            &mut now,
            "usher_database_up",
            "Whether the database answers",
            u64::from(figures.is_some()),
        );
        load(&mut now, directory.store_load());
        let committed = Counter::<u64>::default();
        committed.inc_by(directory.store_committed());
        now.register(
            "usher_database_transactions",
            "Transactions that wrote and ended well",
            committed,
        );
        if let Some(figures) = figures {
            work(&mut now, &figures);
        }
        if let Some(certificates) = certificates {
            gauge(
                &mut now,
                "usher_tls_certificate_end_timestamp_seconds",
                "When the certificate in use ends, in seconds since 1970",
                u64::try_from(certificates.ends().millis() / 1000).unwrap_or(0),
            );
        }
        process(&mut now);
        let mut text = String::new();
        let written = encode_registry(&mut text, &self.registry)
            .and_then(|()| encode_registry(&mut text, &now))
            .and_then(|()| encode_eof(&mut text));
        written.expect("writing to a text does not fail");
        text
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge = Gauge::<u64, AtomicU64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

/// How busy the store is in this process.
fn load(registry: &mut Registry, load: db::Load) {
    for (name, help, value) in [
        (
            "usher_database_waiting",
            "Transactions that wait for a writer",
            load.waiting,
        ),
        (
            "usher_database_waiting_limit",
            "How many may wait before requests do",
            load.room,
        ),
        ("usher_database_scans", "Long reads that run", load.scanning),
        (
            "usher_database_scans_limit",
            "How many long reads may run at once",
            load.scanners,
        ),
    ] {
        gauge(registry, name, help, value as u64);
    }
}

/// What waits, over all realms and nodes.
fn work(registry: &mut Registry, figures: &Figures) {
    let deliveries = Family::<InState, Gauge>::default();
    let oldest = Family::<OfTarget, Gauge>::default();
    for of_target in &figures.targets {
        let target = of_target.target;
        for (state, count) in &of_target.deliveries {
            let state = DeliveryState::name(*state);
            deliveries.get_or_create(&InState { target, state }).set(*count as i64);
        }
        oldest
            .get_or_create(&OfTarget { target })
            .set(of_target.oldest_seconds as i64);
    }
    let up_to = directory::COUNTED;
    registry.register(
        "usher_deliveries",
        format!("Unfinished deliveries, counted up to {up_to}"),
        deliveries,
    );
    registry.register(
        "usher_delivery_oldest_age_seconds",
        "Age of the oldest delivery that is still to be tried",
        oldest,
    );
    for (name, help, value) in [
        (
            "usher_jobs_due",
            "Jobs whose time has come, counted up to",
            figures.jobs_due,
        ),
        (
            "usher_jobs_parked",
            "Jobs that wait for an operator, counted up to",
            figures.jobs_parked,
        ),
        (
            "usher_events_unplaced",
            "Events without a place in their realm's log, counted up to",
            figures.events_unplaced,
        ),
    ] {
        gauge(registry, name, &format!("{help} {up_to}"), value);
    }
    gauge(
        registry,
        "usher_job_oldest_due_seconds",
        "For how long the first due job has been due",
        figures.oldest_job_seconds,
    );
}

/// What the system says of the process, under the names that monitoring systems know.
fn process(registry: &mut Registry) {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    if let Some(pages) = pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()) {
        gauge(
            registry,
            "process_resident_memory_bytes",
            "Memory in use",
            pages * rustix::param::page_size() as u64,
        );
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        gauge(
            registry,
            "process_open_fds",
            "Open files and connections",
            files.count() as u64,
        );
    }
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    if let Some(limit) = limit.current {
        gauge(registry, "process_max_fds", "How many may be open", limit);
    }
}

/// The label of a method. Only those that are served have one of their own.
pub(super) fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}
