//! Sends spans to a collector: OTLP 1.x over HTTP in JSON (opentelemetry.io/docs/specs/otlp), in batches, beside the work.
//! What finds no room, and what the collector does not take, is lost: traces are worth less than the work they tell of.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use directory::{Clock as _, Ids as _, RandomIds, SystemClock};
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::spans::{Ended, Spans, Value};
use crate::outbound::Outgoing;

/// So many spans wait to be sent at most. Some 4 MB.
const HELD: usize = 8192;
/// So many are sent at once, and after so long at the latest.
const BATCH: usize = 512;
const LATEST: Duration = Duration::from_secs(1);
/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long everything may take that is still sent when the server is stopping.
const LAST_PATIENCE: Duration = Duration::from_secs(2);
/// How often the log speaks of a collector that does not take them.
const REMIND: Duration = Duration::from_mins(1);

/// Where traces go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Collector {
    /// The address that takes traces, with its path.
    pub(crate) url: Url,
    /// What is sent along, such as credentials; it does not print.
    pub(crate) headers: HeaderMap,
    /// What this server is called there.
    pub(crate) service: String,
    /// How many of a hundred traces that begin here are sent.
    pub(crate) percent: u32,
}

impl Collector {
    /// Sends one batch.
    ///
    /// # Errors
    /// It was not taken; why, without the headers.
    pub(crate) async fn send(&self, body: &Json, patience: Duration) -> Result<()> {
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request = Outgoing {
            method: Method::POST,
            headers,
            body: body.to_string().into_bytes(),
            ..Outgoing::get(&self.url, patience)
        };
        let answer = request.send().await?;
        if !(200..300).contains(&answer.status) {
            bail!("it answered {}", answer.status);
        }
        Ok(())
    }
}

/// Takes spans and sends them on.
#[derive(Debug)]
pub(crate) struct Exporter {
    from: mpsc::Receiver<Ended>,
    collector: Collector,
    instance: String,
    lost: Arc<AtomicU64>,
    told: Option<Instant>,
}

/// Headers as OpenTelemetry writes them in one text: `name=value,name=value`, values percent-encoded. None if it is not so.
pub(crate) fn headers(text: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        // A form's decoding would take + for a space.
        let value = value.trim().replace('+', "%2B");
        let value = url::form_urlencoded::parse(format!("v={}", value.replace('&', "%26")).as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())?;
        let mut value = HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(true);
        headers.append(HeaderName::try_from(name.trim()).ok()?, value);
    }
    Some(headers)
}

/// Both ends: where spans go in, and where they come out.
pub(super) fn channel(collector: Collector) -> (Spans, Exporter) {
    let (to, from) = mpsc::channel(HELD);
    let lost = Arc::new(AtomicU64::new(0));
    let ids = RandomIds::default();
    let instance = ids.uuid(SystemClock.now()).to_string();
    let spans = Spans {
        to,
        lost: Arc::clone(&lost),
        percent: collector.percent,
        ids,
    };
    let exporter = Exporter {
        from,
        collector,
        instance,
        lost,
        told: None,
    };
    (spans, exporter)
}

impl Exporter {
    /// Sends until `stop`, then what is left, as far as there is time.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let over = async {
            stop.cancelled().await;
            tokio::time::sleep(LAST_PATIENCE).await;
        };
        let in_time = tokio::select! {
            () = self.send_all(&stop) => true,
            () = over => false,
        };
        if !in_time {
            tracing::warn!(
                "the last spans did not get to the collector {}: it took too long",
                self.collector.url
            );
        }
    }

    async fn send_all(&mut self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let mut batch = Vec::new();
            tokio::select! {
                () = stop.cancelled() => break,
                _ = self.from.recv_many(&mut batch, BATCH) => {}
            }
            // What comes right after goes along.
            let more = tokio::time::sleep(LATEST);
            tokio::pin!(more);
            while batch.len() < BATCH {
                let room = BATCH - batch.len();
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = &mut more => break,
                    _ = self.from.recv_many(&mut batch, room) => {}
                }
            }
            self.send(&batch).await;
        }
        let mut rest = Vec::new();
        while let Ok(span) = self.from.try_recv() {
            rest.push(span);
        }
        for batch in rest.chunks(BATCH) {
            self.send(batch).await;
        }
    }

    async fn send(&mut self, batch: &[Ended]) {
        if batch.is_empty() {
            return;
        }
        let failure = self.collector.send(&self.body(batch), PATIENCE).await.err();
        if failure.is_some() {
            self.lost.fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
        let lost = self.lost.load(Ordering::Relaxed);
        if lost > 0 && self.told.is_none_or(|told| told.elapsed() >= REMIND) {
            self.told = Some(Instant::now());
            self.lost.fetch_sub(lost, Ordering::Relaxed);
            let why = failure.map_or_else(|| "more came than it takes".to_owned(), |error| format!("{error:#}"));
            tracing::warn!(
                "{lost} spans did not get to the collector {}: {why}",
                self.collector.url
            );
        }
    }

    /// An `ExportTraceServiceRequest`.
    fn body(&self, batch: &[Ended]) -> Json {
        let text = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
        let version = env!("CARGO_PKG_VERSION");
        let resource = [
            text("service.name", &self.collector.service),
            text("service.version", version),
            text("service.instance.id", &self.instance),
        ];
        let spans: Vec<Json> = batch.iter().map(span).collect();
        json!({ "resourceSpans": [{
            "resource": { "attributes": resource },
            "scopeSpans": [{ "scope": { "name": "usher", "version": version }, "spans": spans }],
        }] })
    }
}

fn span(ended: &Ended) -> Json {
    let attributes: Vec<Json> = ended
        .attributes
        .iter()
        .map(|(key, value)| {
            let value = match value {
                Value::Text(text) => json!({ "stringValue": text }),
                // 64 bits are a text in JSON.
                Value::Number(number) => json!({ "intValue": number.to_string() }),
                Value::Flag(flag) => json!({ "boolValue": flag }),
            };
            json!({ "key": key, "value": value })
        })
        .collect();
    let mut span = json!({
        "traceId": hex(&ended.trace),
        "spanId": hex(&ended.span),
        "name": ended.name,
        "kind": ended.kind,
        "startTimeUnixNano": ended.began_ns.to_string(),
        "endTimeUnixNano": ended.until_ns.to_string(),
        "attributes": attributes,
    });
    if let Some(parent) = &ended.parent {
        span["parentSpanId"] = hex(parent).into();
    }
    if ended.failed {
        span["status"] = json!({ "code": 2 });
    }
    span
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _written = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_opentelemetry_writes_them() {
        let read = headers("authorization=Bearer%20a+b==, x-tenant = one ,").expect("headers");
        let value = |name: &str| read.get(name).and_then(|value| value.to_str().ok());
        assert_eq!(
            (value("authorization"), value("x-tenant")),
            (Some("Bearer a+b=="), Some("one"))
        );
        assert!(!format!("{read:?}").contains("a+b"));
        for wrong in ["authorization", "a b=c", "x=%0a"] {
            assert!(headers(wrong).is_none(), "{wrong}");
        }
        assert!(headers("").is_some_and(|none| none.is_empty()));
    }
}
