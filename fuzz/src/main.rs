//! One case after the other, as libFuzzer makes them. The target is named in `USHER_FUZZ_TARGET`; the slowest case so far is
//! kept in the file `USHER_FUZZ_SLOWEST`; after `USHER_FUZZ_SECONDS` of the processor's time it ends.
#![no_main]

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use oracles::Target;
use rustix::process::{Signal, getpid, kill_process};
use rustix::time::{ClockId, clock_gettime};

/// What a case may take.
const LIMIT: Duration = Duration::from_millis(50);

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("USHER_FUZZ_TARGET").expect("USHER_FUZZ_TARGET names the target");
    Target::named(&name).unwrap_or_else(|| panic!("there is no target {name} in this build"))
});

/// After how much of the processor's time the process ends; none = when it is told.
static ENOUGH: LazyLock<Option<Duration>> = LazyLock::new(|| {
    let seconds = std::env::var("USHER_FUZZ_SECONDS").ok()?;
    Some(Duration::from_secs(
        seconds.parse().expect("USHER_FUZZ_SECONDS is a number"),
    ))
});

/// Microseconds.
static SLOWEST: AtomicU64 = AtomicU64::new(0);

fuzz_target!(|case: &[u8]| {
    let took = timed(case);
    if ENOUGH.is_some_and(|enough| now(ClockId::ProcessCPUTime) >= enough) {
        // libFuzzer says its figures and goes.
        let _ = kill_process(getpid(), Signal::USR1);
    }
    if u64::try_from(took.as_micros()).unwrap_or(u64::MAX) <= SLOWEST.load(Relaxed) {
        return;
    }
    // The first of its kind warms tables and caches: what counts is the fastest of three.
    let took = took.min(timed(case)).min(timed(case));
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if micros > SLOWEST.fetch_max(micros, Relaxed)
        && let Some(file) = std::env::var_os("USHER_FUZZ_SLOWEST")
    {
        let _ = std::fs::write(&file, format!("{micros} {}\n", case.len()));
        let _ = std::fs::write(std::path::Path::new(&file).with_extension("case"), case);
    }
    assert!(
        took <= LIMIT,
        "a case of {} bytes takes {} ms",
        case.len(),
        took.as_millis()
    );
});

/// The processor's time, since others use this machine too.
fn timed(case: &[u8]) -> Duration {
    let start = now(ClockId::ThreadCPUTime);
    if let Err(why) = TARGET.run(case) {
        panic!("{why}");
    }
    now(ClockId::ThreadCPUTime).saturating_sub(start)
}

fn now(clock: ClockId) -> Duration {
    let now = clock_gettime(clock);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}
