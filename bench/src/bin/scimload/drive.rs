//! The closed loop: so many connections, each sending its next request when it has the answer to the last one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::http::Connection;
use crate::load::Load;
use crate::people::Random;
use crate::phases::{Make, Op};
use crate::world::World;

/// After so many errors the phase ends: a server that fails everything is not hammered.
const MOST_ERRORS: u64 = 1000;
const MOST_SAMPLES: usize = 3;

/// What one connection keeps between its requests.
pub(crate) struct Caller {
    pub(crate) random: Random,
    /// The bytes of the next request.
    pub(crate) request: Vec<u8>,
    /// Its body while it is made.
    pub(crate) body: Vec<u8>,
    /// Where the next page begins; empty: at the first.
    pub(crate) cursor: String,
    /// The first resource of the last page.
    pub(crate) page: String,
}

impl Caller {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            request: Vec::with_capacity(4096),
            body: Vec::with_capacity(4096),
            cursor: String::new(),
            page: String::new(),
        }
    }
}

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

/// Sends the operations 0, 1, 2, … until there are no more, or the time is up. Those that were sent are the first so many.
pub(crate) async fn drive(load: &Load, world: &Arc<World>, make: Make) -> Done {
    let make = Arc::new(make);
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
            let mut caller = Caller::new(load.seed ^ ((task as u64 + 1) << 32));
            let mut done = Done::default();
            while !stop.load(Relaxed) && deadline.is_none_or(|deadline| Instant::now() < deadline) {
                let number = next.fetch_add(1, Relaxed);
                if number >= load.most {
                    break;
                }
                let Some(op) = make(&mut caller, number) else {
                    break;
                };
                let sent = Instant::now();
                let answer = connection.send(&caller.request).await;
                done.latencies.push(sent.elapsed().as_nanos() as u64);
                if let Err(why) = judge(&op, answer, &connection, &mut caller, &world) {
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
        match task.await {
            Ok(done) => {
                all.latencies.extend(done.latencies);
                all.errors += done.errors;
                all.samples.extend(done.samples);
            }
            Err(error) => {
                all.errors += 1;
                all.samples.push(error.to_string());
            }
        }
    }
    all.samples.truncate(MOST_SAMPLES);
    all.seconds = start.elapsed().as_secs_f64();
    all
}

fn judge(
    op: &Op,
    answer: std::io::Result<u16>,
    connection: &Connection,
    caller: &mut Caller,
    world: &World,
) -> Result<(), String> {
    let status = answer.map_err(|error| format!("i/o: {error}"))?;
    if !op.statuses().contains(&status) {
        let start: String = String::from_utf8_lossy(&connection.body).chars().take(300).collect();
        return Err(format!("status {status}: {start}"));
    }
    op.check(status, connection, caller, world)
        .map_err(|error| format!("{error:#}"))
}
