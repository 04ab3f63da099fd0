//! CPU time and resident memory of a process and its children, from `/proc`.

use std::collections::HashMap;
use std::fs;

/// Linux counts CPU time in hundredths of a second.
pub(crate) const MICROSECONDS_PER_TICK: f64 = 10_000.0;

#[derive(Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) ticks: u64,
    pub(crate) rss_kib: u64,
}

/// The process with all its descendants.
pub(crate) fn of(root: u32) -> Usage {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let all: HashMap<u32, (u32, u64)> = pids.filter_map(|pid| Some((pid, parent_and_ticks(pid)?))).collect();
    let mut usage = Usage::default();
    for (pid, (_, ticks)) in &all {
        if descends(*pid, root, &all) {
            usage.ticks += ticks;
            usage.rss_kib += memory_kib(*pid, "VmRSS:");
        }
    }
    usage
}

/// Lets the peak of a process begin anew.
pub(crate) fn forget_peak(pid: u32) {
    // Where that is not allowed, the peak is that of the whole life, which is only worse.
    let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

/// The most memory that was resident.
pub(crate) fn peak_kib(pid: u32) -> u64 {
    memory_kib(pid, "VmHWM:")
}

fn descends(mut pid: u32, root: u32, all: &HashMap<u32, (u32, u64)>) -> bool {
    for _ in 0..64 {
        if pid == root {
            return true;
        }
        match all.get(&pid) {
            Some((parent, _)) if *parent > 1 => pid = *parent,
            _ => return false,
        }
    }
    false
}

/// Fields 4, 14 and 15 of `/proc/PID/stat`, counted after the name, which may hold anything. Waited-for children (16, 17) are
/// counted too: PostgreSQL's processes come and go.
fn parent_and_ticks(pid: u32) -> Option<(u32, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let ticks = number(11)? + number(12)? + number(13)? + number(14)?;
    Some((u32::try_from(number(1)?).ok()?, ticks))
}

fn memory_kib(pid: u32, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok())
        .unwrap_or_default()
}
