//! From spans to traces: which trace a span belongs to, when it began and ended, and what is known of it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use directory::{Clock, Ids, RandomIds, SystemClock};
use tokio::sync::mpsc;
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Spans that may begin a trace. Others belong to what no trace tells of, such as looking for work.
const BEGINS: [&str; 3] = ["request", "delivery", "job"];

/// A span that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) trace: Trace,
    pub(super) span: [u8; 8],
    pub(super) parent: Option<[u8; 8]>,
    /// What it is called.
    pub(super) name: String,
    /// What kind of span it is, in OTLP's numbers: 1 internal, 2 server, 3 client.
    pub(super) kind: u8,
    pub(super) began_ns: u64,
    pub(super) until_ns: u64,
    pub(super) attributes: Vec<(&'static str, Value)>,
    pub(super) failed: bool,
}

/// The number of a trace.
pub(super) type Trace = [u8; 16];

/// What is known of a span.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Flag(bool),
}

/// Makes traces of spans and hands them over, as long as there is room.
#[derive(Debug)]
pub(super) struct Spans {
    pub(super) to: mpsc::Sender<Ended>,
    /// How many found no room.
    pub(super) lost: Arc<AtomicU64>,
    /// How many of a hundred traces that begin here are sent.
    pub(super) percent: u32,
    pub(super) ids: RandomIds,
}

/// A span that is under way.
struct Open {
    trace: Trace,
    span: [u8; 8],
    parent: Option<[u8; 8]>,
    sent: bool,
    /// The date of one instant of the trace, so that its spans agree whatever the machine's clock does meanwhile.
    date: (i64, Instant),
    began: Instant,
    known: Known,
}

/// What was said of a span.
#[derive(Default)]
struct Known {
    name: Option<String>,
    traceparent: Option<String>,
    attributes: Vec<(&'static str, Value)>,
    failed: bool,
}

impl Spans {
    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.ids.random(&mut bytes);
        bytes
    }

    /// The first span of a trace here: the caller's trace goes on, or a new one begins.
    fn first(&self, name: &str, known: Known) -> Open {
        let date = (SystemClock.now().millis(), Instant::now());
        let caller = known.traceparent.as_deref().and_then(caller);
        let (trace, parent, sent) = if let Some((trace, parent, sampled)) = caller {
            (trace, Some(parent), sampled)
        } else {
            let trace: Trace = self.random();
            let drawn = u32::from(u16::from_be_bytes([trace[14], trace[15]])) % 100;
            (trace, None, drawn < self.percent)
        };
        Open {
            trace,
            span: self.random(),
            parent,
            sent: sent && BEGINS.contains(&name),
            date,
            began: date.1,
            known,
        }
    }
}

/// W3C Trace Context, section 3.2: `00-TRACE-PARENT-FLAGS`. Anything else begins a trace of its own.
fn caller(text: &str) -> Option<(Trace, [u8; 8], bool)> {
    let mut parts = text.trim().splitn(4, '-');
    let [version, trace, parent, rest] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let flags = rest.split('-').next()?;
    // A later version may have more parts; this one has not.
    if version == "ff" || (version == "00" && rest.len() != 2) {
        return None;
    }
    let ([_], trace, parent, [flags]) = (bytes::<1>(version)?, bytes(trace)?, bytes(parent)?, bytes::<1>(flags)?);
    (trace != [0; 16] && parent != [0; 8]).then_some((trace, parent, flags & 1 == 1))
}

fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let lower = |letter: u8| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter);
    if hex.len() != 2 * N || !hex.bytes().all(lower) {
        return None;
    }
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

impl<S> Layer<S> for Spans
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut known = Known::default();
        attributes.record(&mut known);
        let open = match span.parent() {
            Some(parent) => match parent.extensions().get::<Open>() {
                Some(parent) => Open {
                    trace: parent.trace,
                    span: self.random(),
                    parent: Some(parent.span),
                    sent: parent.sent,
                    date: parent.date,
                    began: Instant::now(),
                    known,
                },
                None => return,
            },
            None => self.first(span.name(), known),
        };
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            values.record(&mut open.known);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else {
            return;
        };
        if !open.sent {
            return;
        }
        let (millis, at) = open.date;
        let first = u64::try_from(millis).unwrap_or(0) * 1_000_000;
        let date = |instant: Instant| first + instant.saturating_duration_since(at).as_nanos() as u64;
        let ended = Ended {
            trace: open.trace,
            span: open.span,
            parent: open.parent,
            name: open.known.name.unwrap_or_else(|| span.name().to_owned()),
            kind: match span.name() {
                "request" => 2,
                "delivery" => 3,
                _ => 1,
            },
            began_ns: date(open.began),
            until_ns: date(Instant::now()),
            attributes: open.known.attributes,
            failed: open.known.failed,
        };
        if self.to.try_send(ended).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Known {
    fn add(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("otel.name", Value::Text(name)) => self.name = Some(name),
            ("traceparent", Value::Text(text)) => self.traceparent = Some(text),
            ("failed", Value::Flag(failed)) => self.failed = failed,
            (name, value) => self.attributes.push((name, value)),
        }
    }
}

impl Visit for Known {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, Value::Number(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, Value::Number(value as i64));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, Value::Flag(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, Value::Text(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, Value::Text(format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_trace_is_taken_up_if_it_is_one() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let (trace, parent, sampled) = caller(text).expect("a trace");
        assert_eq!((trace[0], trace[15], parent[7], sampled), (0x4b, 0x36, 0xb7, true));
        assert!(caller(&text.replace("-01", "-00")).is_some_and(|(.., sampled)| !sampled));
        assert!(caller(&text.replacen("00-", "01-", 1).replace("-01", "-01-more")).is_some());
        for wrong in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
        ] {
            assert!(caller(wrong).is_none(), "{wrong}");
        }
    }
}
