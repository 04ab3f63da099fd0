//! Drives a SCIM 2.0 server on loopback with one phase of load and says what came of it, as one JSON object.
//!
//! - `phases`: what is sent, and what the answer must be; a new phase is a variant there
//! - `drive`: the closed loop of connections
//! - `load`: the command line, and the bytes of a request
//! - `world`: what is on the server, remembered between runs
//! - `http`: one connection, `people`: deterministic bodies, `usage`: CPU time and memory

mod drive;
mod http;
mod load;
mod people;
mod phases;
mod usage;
mod world;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use serde_json::json;

use crate::load::Load;
use crate::world::World;

fn main() -> ExitCode {
    match run() {
        Ok(good) => ExitCode::from(u8::from(!good)),
        Err(error) => {
            eprintln!("scimload: {error:#}\n\n{}", load::USAGE);
            ExitCode::from(2)
        }
    }
}

/// Whether every answer was right.
fn run() -> Result<bool> {
    let load = Load::read(std::env::args().skip(1))?;
    let world = Arc::new(World::read(load.state.as_deref())?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let make = runtime.block_on(phases::prepare(&load, &world))?;

    if let Some(pid) = load.pid {
        usage::forget_peak(pid);
    }
    let ours = std::process::id();
    let look = || (load.pid.map(usage::of), load.store_pid.map(usage::of), usage::of(ours));
    let before = look();
    let mut done = runtime.block_on(drive::drive(&load, &world, make));
    let after = look();
    if load.phase == phases::Phase::GetHuge {
        // What was taken for large answers is given back by a thread that has nothing else to do.
        let never = std::future::pending::<()>();
        let _ = runtime.block_on(async { tokio::time::timeout(std::time::Duration::from_secs(2), never).await });
    }
    let kept = load.pid.map(usage::of);
    let peak = load.pid.map(usage::peak_kib);

    if done.errors == 0
        && let Err(wrong) = runtime.block_on(phases::settle(&load, &world, done.latencies.len()))
    {
        done.errors += 1;
        done.samples.push(format!("afterwards: {wrong:#}"));
    }
    world.write(load.state.as_deref())?;

    done.latencies.sort_unstable();
    let requests = done.latencies.len();
    let per_request = |before: usage::Usage, after: usage::Usage| {
        after.ticks.saturating_sub(before.ticks) as f64 * usage::MICROSECONDS_PER_TICK / requests.max(1) as f64
    };
    let mib = |kib: u64| kib as f64 / 1024.0;
    let said = json!({
        "phase": load.phase.name(),
        "concurrency": load.concurrency,
        "requests": requests,
        "errors": done.errors,
        "samples": done.samples,
        "requests_per_s": requests as f64 / done.seconds,
        "p50_ms": done.percentile(0.5),
        "p99_ms": done.percentile(0.99),
        "max_ms": done.percentile(1.0),
        "server_cpu_us": before.0.zip(after.0).map(|(before, after)| per_request(before, after)),
        "store_cpu_us": before.1.zip(after.1).map(|(before, after)| per_request(before, after)),
        "server_rss_mib": after.0.map(|after| mib(after.rss_kib)),
        "server_added_mib": before.0.zip(peak).map(|(before, peak)| mib(peak.saturating_sub(before.rss_kib))),
        "server_kept_mib": before.0.zip(kept).map(|(before, kept)| mib(kept.rss_kib.saturating_sub(before.rss_kib))),
        "generator_cpu_us": per_request(before.2, after.2),
    });
    println!("{said}");
    Ok(done.errors == 0 && requests > 0)
}
