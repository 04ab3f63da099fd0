//! One phase of load, and what came of it.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::phase::Phase;

/// What is to be run.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) phase: Phase,
    pub(super) connections: usize,
    pub(super) users: usize,
    /// Members of the huge group.
    pub(super) members: usize,
    pub(super) seconds: f64,
    /// The most requests.
    pub(super) most: Option<usize>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Loaded {
    pub(super) requests: f64,
    pub(super) per_second: f64,
    pub(super) p50_ms: Option<f64>,
    pub(super) p99_ms: Option<f64>,
    pub(super) max_ms: Option<f64>,
    /// CPU time of the server per request.
    pub(super) cpu_us: Option<f64>,
    pub(super) store_cpu_us: Option<f64>,
    pub(super) rss_mib: Option<f64>,
    pub(super) added_mib: Option<f64>,
    pub(super) kept_mib: Option<f64>,
}

impl Loaded {
    /// Reads the object that `scimload` prints. A run with a wrong answer is no run.
    pub(super) fn of_scimload(text: &str) -> Result<Self> {
        let said: Value = serde_json::from_str(text).with_context(|| format!("scimload said: {text}"))?;
        if said["errors"] != 0 || said["requests"] == 0 {
            bail!("wrong answers under load: {said}");
        }
        Ok(Self {
            requests: said["requests"].as_f64().context("a number of requests")?,
            per_second: said["requests_per_s"].as_f64().context("a rate")?,
            p50_ms: said["p50_ms"].as_f64(),
            p99_ms: said["p99_ms"].as_f64(),
            max_ms: said["max_ms"].as_f64(),
            cpu_us: said["server_cpu_us"].as_f64(),
            store_cpu_us: said["store_cpu_us"].as_f64(),
            rss_mib: said["server_rss_mib"].as_f64(),
            added_mib: said["server_added_mib"].as_f64(),
            kept_mib: said["server_kept_mib"].as_f64(),
        })
    }

    /// Reads the line `tps = 11000.123 (without initial connection time)` of pgbench.
    pub(super) fn of_pgbench(text: &str) -> Result<Self> {
        let number = text
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        Ok(Self {
            per_second: number.with_context(|| format!("pgbench said: {text}"))?,
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_with_wrong_answers_is_no_run() {
        let good = r#"{"errors":0,"requests":10,"requests_per_s":5.5,"p50_ms":0.2,"server_cpu_us":null}"#;
        let loaded = Loaded::of_scimload(good).expect("a run");
        assert!((loaded.per_second - 5.5).abs() < 1e-9 && loaded.cpu_us.is_none());
        assert!(Loaded::of_scimload(&good.replace("\"errors\":0", "\"errors\":1")).is_err());
    }

    #[test]
    fn pgbench_is_read() {
        let text = "number of threads: 2\ntps = 11000.5 (without initial connection time)\n";
        let loaded = Loaded::of_pgbench(text).expect("a rate");
        assert!((loaded.per_second - 11000.5).abs() < 1e-9);
        assert!(Loaded::of_pgbench("no").is_err());
    }
}
