//! What a server tells while it works: its log, and traces to a collector where one is set (OpenTelemetry, OTLP over HTTP in
//! JSON).
//!
//! Spans are made where the work is done, with the target [`directory::SPANS`]. [`spans`] makes traces of them, [`export`]
//! sends them. Without a collector no span is made.

mod export;
mod spans;

pub(crate) use export::{Collector, Exporter, headers};

use anyhow::{Context, Result};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, FilterFn, LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::{LookupSpan, Registry};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, reload};

use crate::config::{Config, LogFormat};

/// What a server that has started its log goes on with.
#[derive(Debug)]
pub(crate) struct Telemetry {
    pub(crate) lines: Lines,
    /// Where traces go, if they do; to be run.
    pub(crate) exporter: Option<Exporter>,
}

/// A log that is under way.
#[derive(Debug)]
pub(crate) struct Lines(reload::Handle<EnvFilter, Registry>);

impl Telemetry {
    /// Starts the log of a command that ends soon: what is worth a warning.
    ///
    /// # Errors
    /// There is one already.
    pub(crate) fn of_command(config: &Config) -> Result<()> {
        start(config, "warn", None).map(drop)
    }

    /// Starts the log of a server, and its traces if there is a collector.
    ///
    /// # Errors
    /// A setting does not fit.
    pub(crate) fn of_server(config: &Config) -> Result<Self> {
        let (spans, exporter) = match config.collector()? {
            Some(collector) => {
                let (spans, exporter) = export::channel(collector);
                (Some(spans), Some(exporter))
            }
            None => (None, None),
        };
        let lines = Lines(start(config, &config.log.filter, spans)?);
        Ok(Self { lines, exporter })
    }
}

impl Lines {
    /// Logs by another filter from now on.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn follow(&self, config: &Config) -> Result<()> {
        let filter = filter(&config.log.filter)?;
        self.0.reload(filter).context("the log is no more")
    }
}

fn start(config: &Config, by: &str, spans: Option<spans::Spans>) -> Result<reload::Handle<EnvFilter, Registry>> {
    let (filter, handle) = reload::Layer::new(filter(by)?);
    let subscriber = tracing_subscriber::registry()
        .with(lines(config).with_filter(filter.and(without_mails())))
        .with(spans.map(|spans| spans.with_filter(Targets::new().with_target(directory::SPANS, LevelFilter::TRACE))));
    subscriber.try_init().context("the log is started already")?;
    Ok(handle)
}

fn filter(text: &str) -> Result<EnvFilter> {
    EnvFilter::try_new(text)
        .with_context(|| format!("log.filter: `{text}` is no filter such as info or \"info,directory=debug\""))
}

/// Whatever the filter says: below info the mail library tells what it sends, passwords and links among it.
fn without_mails() -> FilterFn {
    let tells = |of: &Metadata<'_>| *of.level() <= Level::INFO || !is_of_mail_library(of.target());
    FilterFn::new(tells as fn(&Metadata<'_>) -> bool).with_max_level_hint(LevelFilter::TRACE)
}

fn is_of_mail_library(target: &str) -> bool {
    target.split("::").next() == Some("lettre")
}

/// The log itself, to standard error.
fn lines<S>(config: &Config) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(crate::output::is_watched());
    match config.log.format {
        LogFormat::Text => lines.with_target(false).boxed(),
        LogFormat::Json => lines.json().boxed(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::Context;

    use super::*;

    /// Keeps the targets of what it is told.
    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Told {
        fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
            let target = event.metadata().target().to_owned();
            self.0.lock().expect("the lock").push(target);
        }
    }

    #[test]
    fn no_filter_lets_the_mail_library_tell_what_it_sends() {
        let told = Told::default();
        let (filter, _handle) = reload::Layer::new(filter("trace,lettre::transport=trace").expect("a filter"));
        let subscriber = tracing_subscriber::registry().with(told.clone().with_filter(filter.and(without_mails())));
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug!(target: "lettre::transport::smtp", "Wrote: AUTH PLAIN");
            tracing::trace!(target: "lettre", "Wrote: a link");
            tracing::info!(target: "lettre::transport", "it speaks of little");
            tracing::trace!(target: "lettres", "another");
        });
        assert_eq!(*told.0.lock().expect("the lock"), ["lettre::transport", "lettres"]);
    }
}
