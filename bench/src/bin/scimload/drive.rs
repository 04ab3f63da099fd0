//! The closed loop: so many connections, each sending its next request when it has the answer to the last one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::Load;
use crate::http::Connection;
use crate::people::Random;
use crate::phases::{Make, Op, World};

/// After so many errors the phase ends: a server that fails everything is not hammered.
const MOST_ERRORS: u64 = 1000;
const MOST_SAMPLES: usize = 3;

#[derive(Default)]
pub(crate) struct Done {
    /// Nanoseconds of each request; sorted by the caller.
    pub(crate) latencies: Vec<u64>,
    pub(crate) errors: u64,
    pub(crate) samples: Vec<String>,
    pub(crate) seconds: f64,
}

impl Done {
    /// In milliseconds.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let place = (self.latencies.len() as f64 * share).ceil() as usize;
        let nanoseconds = self.latencies.get(place.saturating_sub(1)).copied().unwrap_or_default();
        nanoseconds as f64 / 1e6
    }
}

pub(crate) async fn drive(load: &Load, world: &Arc<World>) -> Done {
    let make: Arc<Make> = load.phase.operations(load, world).into();
    let (next, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let errors = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let deadline = (!load.phase.runs_to_its_end()).then(|| start + Duration::from_secs_f64(load.seconds));
    let mut tasks = Vec::new();
    for task in 0..load.concurrency {
        let (load, world, make) = (load.clone(), Arc::clone(world), Arc::clone(&make));
        let (next, stop, errors) = (Arc::clone(&next), Arc::clone(&stop), Arc::clone(&errors));
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::new(load.address, load.timeout());
            let mut random = Random::new(load.seed ^ ((task as u64) << 32));
            let mut done = Done::default();
            while !stop.load(Relaxed) && deadline.is_none_or(|deadline| Instant::now() < deadline) {
                let Some(op) = make(&mut random, next.fetch_add(1, Relaxed)) else {
                    break;
                };
                let sent = Instant::now();
                let answer = connection.send(&op.request).await;
                done.latencies.push(sent.elapsed().as_nanos() as u64);
                if let Err(why) = judge(&op, answer, &connection, &world) {
                    done.errors += 1;
                    if done.samples.len() < MOST_SAMPLES {
                        done.samples.push(why);
                    }
                    if errors.fetch_add(1, Relaxed) > MOST_ERRORS {
                        stop.store(true, Relaxed);
                    }
                }
            }
            done
        }));
    }
    let mut all = Done::default();
    for task in tasks {
        if let Ok(done) = task.await {
            all.latencies.extend(done.latencies);
            all.errors += done.errors;
            all.samples.extend(done.samples);
        }
    }
    all.samples.truncate(MOST_SAMPLES);
    all.seconds = start.elapsed().as_secs_f64();
    all
}

fn judge(op: &Op, answer: std::io::Result<u16>, connection: &Connection, world: &World) -> Result<(), String> {
    let status = answer.map_err(|error| format!("i/o: {error}"))?;
    let body = &connection.body;
    if status != op.status {
        let start: String = String::from_utf8_lossy(body).chars().take(200).collect();
        return Err(format!("status {status}: {start}"));
    }
    op.check(body, world).map_err(|error| format!("{error:#}"))
}
