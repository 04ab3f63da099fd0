//! Many memberships that end in one night, with a kill in the middle. `cargo xtask night` does the same with 100,000.

mod mails;
mod members;

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use db::Engine;

use self::mails::Mails;
use self::members::Members;
use crate::support::{Place, Sink, Usher, lapse, variable};

/// How many, unless USHER_TEST_NIGHT says otherwise.
const DUE: usize = 1200;
const START: &str = "2030-01-07T08:00:00Z";
/// What a server may take while they end beyond what it took before, in KiB.
const MORE_MEMORY: u64 = 24 * 1024;
/// How many transactions an end and its mail may take: each is taken and done, and events are placed now and then.
const TRANSACTIONS: u64 = 5;
/// How many mails a server has on their way at once, so twice after a kill.
const IN_FLIGHT: usize = 16;
/// After so many mails it is looked how far it is.
const LOOK: usize = 20;

/// Beside PostgreSQL others may be alive, so what the dead were at is free after these seconds only.
const LEASE: u64 = 120;
/// So many items a second end even where other tests run beside.
const SLOWEST: u64 = 10;

#[test]
fn sqlite() {
    night(Engine::Sqlite);
}

#[test]
fn postgres() {
    night(Engine::Postgres);
}

fn night(engine: Engine) {
    let full = variable("USHER_TEST_NIGHT");
    let due = full.as_ref().map_or(DUE, |number| number.parse().expect("a number"));
    let most = Duration::from_secs(60 + LEASE + due as u64 / SLOWEST);
    let start = Instant::now();
    let sink = Sink::start();
    let place = Place::on(engine).with_mail(&sink);
    let mut usher = serve(&place);
    let group = Members::make(&place, &usher, due);
    assert_eq!(group.in_force(&usher), due);

    let before = memory(usher.pid());
    let mut mails = Mails::of(&sink);
    let began = Instant::now();
    let mut moving = Moving::start(&place);
    while group.in_force(&usher) > due * 2 / 3 {
        assert!(began.elapsed() < most, "after {most:?} no third is out");
        mails.hear(LOOK, Duration::from_millis(100));
    }
    let first = Process::of(&usher);
    usher.kill();
    moving.kill();
    drop(usher);
    let killed = Instant::now();
    mails.hear(usize::MAX, Duration::from_millis(100));
    let untold = due - mails.told();
    // The full form waits for that as whoever runs it would.
    if engine == Engine::Postgres && full.is_none() {
        lapse(&place);
    }

    // Nobody moves the clock: what is due is done by whoever comes next, on SQLite at once.
    let usher = serve(&place);
    let left = group.in_force(&usher);
    assert!(left > 0, "all had ended before the kill");
    while group.in_force(&usher) > 0 || mails.told() < due || Process::of(&usher).waiting > 0 {
        let (told, waiting) = (mails.told(), Process::of(&usher).waiting);
        assert!(
            killed.elapsed() < most,
            "after {most:?} {} are in, {told} are told, {waiting} mails wait",
            group.in_force(&usher)
        );
        mails.hear(LOOK * 10, Duration::from_secs(1));
    }
    let (made, took) = (began.duration_since(start), began.elapsed());
    let second = Process::of(&usher);

    // Everything that will come has come.
    mails.hear(usize::MAX, Duration::from_millis(100));
    let ended = ended(&place);
    let (lost, twice) = (due - mails.told(), mails.twice());
    let each = (second.transactions * 2).div_ceil((left + untold) as u64);
    let peak = first.peak.max(second.peak);
    testkit::figure!(
        "{engine:?}: goal {due} ended once, figure {ended} | goal lost 0, figure {lost} | goal twice at most {IN_FLIGHT}, figure {twice} | goal at most {TRANSACTIONS} transactions for each end with its mail, figure {each} | goal memory flat, figure {} MiB before, {} MiB at most | made in {:.1} s, killed with {left} to go, ended in {:.1} s",
        before / 1024,
        peak / 1024,
        made.as_secs_f64(),
        took.as_secs_f64()
    );
    assert_eq!((ended, lost), (due, 0), "each ends once, and everybody is told");
    assert!(twice <= IN_FLIGHT, "{twice} mails came twice");
    assert!(each <= TRANSACTIONS, "{each} transactions for each");
    assert!(peak <= before + MORE_MEMORY, "{before} KiB before, {peak} KiB at most");
    usher.stop();
}

fn serve(place: &Place) -> Usher {
    place.serve_with(&["--clock", START, "--health-listen", "127.0.0.1:0"])
}

/// How many memberships the log says have ended.
fn ended(place: &Place) -> usize {
    let log = place.folder().join("ended.jsonl");
    let path = log.to_str().expect("a plain path");
    place.run(&["audit", "export", path, "--kind", "member.expired"]);
    fs::read_to_string(&log).expect("it is read").lines().count()
}

/// What a server says of itself, and the machine of it.
struct Process {
    /// The most memory it has taken, in KiB.
    peak: u64,
    /// Transactions that it has brought to a good end.
    transactions: u64,
    /// Mails that are not settled.
    waiting: u64,
}

impl Process {
    fn of(usher: &Usher) -> Self {
        let text = usher.health().get("/metrics").expect(200).text;
        let number = |name: &str| -> u64 {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.trim().parse().ok())
                .unwrap_or_else(|| panic!("{name} is missing in\n{text}"))
        };
        let waiting = ["queued", "running", "retrying"]
            .map(|state| number(&format!("usher_deliveries{{target=\"mail\",state=\"{state}\"}}")));
        Self {
            peak: status(usher.pid(), "VmHWM:"),
            transactions: number("usher_database_transactions_total"),
            waiting: waiting.iter().sum(),
        }
    }
}

/// What a process takes now, in KiB.
fn memory(pid: u32) -> u64 {
    status(pid, "VmRSS:")
}

fn status(pid: u32, line: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let found = status.lines().find_map(|known| known.strip_prefix(line));
    let number = found.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.expect("a number of KiB")
}

/// The command that moves the clock over the night.
struct Moving(Child);

impl Moving {
    fn start(place: &Place) -> Self {
        let mut command = place.command(&["clock", "advance", "2d"]);
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(quiet.spawn().expect("it starts"))
    }

    fn kill(&mut self) {
        // It may have ended by itself, since the server it waits for is gone.
        let _ = self.0.kill();
        self.0.wait().expect("it has ended");
    }
}
