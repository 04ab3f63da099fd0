//! `usher doctor`: is everything as it should be, and what to do where it is not.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use db::Db;
use directory::delivery::{DeliveryQuery, DeliveryState};
use directory::job::JobQuery;
use directory::{Clock, Directory, Opening, Principal, Realm, RealmId, SystemClock};
use serde_json::json;
use targets::mail::Sender;

use super::failure::Failure;
use super::{Common, context};
use crate::config::Config;
use crate::output::{Item, item};
use crate::wiring::{self, Missing};

/// Less free space than this is a fault, and less than that a warning. Bytes.
const NO_SPACE: u64 = 100 << 20;
const LITTLE_SPACE: u64 = 1 << 30;

/// How far the database server's clock may be off, in milliseconds.
const CLOCK_SKEW_MS: i64 = 5_000;

#[derive(Debug, Args)]
pub(crate) struct Doctor {}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Warning,
    Bad,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Bad => "FAILED",
        }
    }
}

/// What was found, with what to do.
#[derive(Default)]
struct Findings(Vec<(State, &'static str, String, &'static str)>);

impl Findings {
    fn good(&mut self, check: &'static str, found: impl Into<String>) {
        self.0.push((State::Good, check, found.into(), ""));
    }

    fn warning(&mut self, check: &'static str, found: impl Into<String>, advice: &'static str) {
        self.0.push((State::Warning, check, found.into(), advice));
    }

    fn bad(&mut self, check: &'static str, found: impl Into<String>, advice: &'static str) {
        self.0.push((State::Bad, check, found.into(), advice));
    }
}

impl Doctor {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let config = context::load(common)?;
        let mut findings = Findings::default();
        findings.good("settings", "they fit");
        public_url(&config, &mut findings);
        disk(&config, &mut findings);
        certificate(&config, &mut findings);
        match wiring::open_db(&config, common.durability(), Missing::Refuse).await {
            Err(error) => findings.bad("database", format!("{error:#}"), "until then nothing works"),
            Ok(db) => {
                if let Err(error) = store(&config, &db, &mut findings).await {
                    findings.bad("database", format!("{error:#}"), "see the log of the database");
                }
                db.close().await;
            }
        }
        mail(&config, &mut findings).await;
        let items: Vec<Item> = findings
            .0
            .iter()
            .map(|(state, check, found, advice)| {
                item(json!({ "check": check, "state": state.name(), "found": found, "what_to_do": advice }))
            })
            .collect();
        common
            .output()
            .list("check", &["check", "state", "found", "what_to_do"], &items)?;
        if findings.0.iter().any(|(state, ..)| *state == State::Bad) {
            Err(Failure::Told.into())
        } else {
            Ok(())
        }
    }
}

fn public_url(config: &Config, findings: &mut Findings) {
    match &config.public_url {
        None => findings.warning(
            "public_url",
            "not set: links lead to the address that is listened on",
            "set USHER_PUBLIC_URL=https://… before you invite anybody",
        ),
        Some(url) if url.starts_with("https://") => findings.good("public_url", url.as_str()),
        Some(url) => {
            let local = url::Url::parse(url)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned))
                .is_some_and(|host| host == "localhost" || host.starts_with("127."));
            if local {
                findings.warning(
                    "public_url",
                    format!("{url} is this machine only"),
                    "set USHER_PUBLIC_URL=https://… before you invite anybody",
                );
            } else {
                findings.warning(
                    "public_url",
                    format!("{url} is not encrypted: tokens and links can be read on the way"),
                    "put a proxy with TLS in front and use https://",
                );
            }
        }
    }
}

fn disk(config: &Config, findings: &mut Findings) {
    if config.database.url.is_some() {
        return;
    }
    // A folder that is not there yet lies where its parent does.
    let Some(folder) = config
        .data
        .ancestors()
        .map(|path| {
            if path.as_os_str().is_empty() {
                ".".as_ref()
            } else {
                path
            }
        })
        .find(|path| path.exists())
    else {
        return;
    };
    match rustix::fs::statvfs(folder) {
        Err(error) => findings.warning(
            "disk",
            format!("cannot look at {}: {error}", folder.display()),
            "see that the folder can be read",
        ),
        Ok(space) => {
            let free = space.f_bavail.saturating_mul(space.f_frsize);
            let found = format!("{} MiB free in {}", free >> 20, folder.display());
            match free {
                ..NO_SPACE => findings.bad("disk", found, "make room: writes are about to fail"),
                NO_SPACE..LITTLE_SPACE => findings.warning("disk", found, "make room soon"),
                LITTLE_SPACE.. => findings.good("disk", found),
            }
        }
    }
}

/// So long before its end a certificate is worth a word, in seconds.
const ENDS_SOON_SECONDS: i64 = 14 * 86_400;

fn certificate(config: &Config, findings: &mut Findings) {
    let Ok(Some(files)) = config.tls() else { return };
    let now = SystemClock.now();
    match files.read(now) {
        Err(error) => findings.bad(
            "tls",
            format!("{error:#}"),
            "the server reads the files again when they change",
        ),
        Ok(loaded) if loaded.ends < now.plus_seconds(ENDS_SOON_SECONDS) => {
            findings.warning("tls", format!("the certificate ends at {}", loaded.ends), "renew it");
        }
        Ok(loaded) => findings.good("tls", format!("the certificate counts until {}", loaded.ends)),
    }
}

async fn store(config: &Config, db: &Db, findings: &mut Findings) -> Result<()> {
    let found = db.durability().await?;
    let read: Vec<String> = found.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    match wiring::check_durability(db.engine(), &found) {
        Ok(()) => findings.good("durability", read.join(", ")),
        Err(weak) => findings.bad("durability", weak, "until then an answered write can be lost"),
    }
    let applied = db.applied().await?;
    let newest = directory::MIGRATIONS.last().map_or(0, |migration| migration.number);
    match applied.last() {
        Some(last) if *last == newest => findings.good("schema", format!("{newest}, up to date")),
        Some(last) if *last > newest => {
            findings.bad(
                "schema",
                format!("{last} is newer than this program's {newest}"),
                "use the newer usher",
            );
            return Ok(());
        }
        last => {
            findings.bad(
                "schema",
                format!("{} of {newest}", last.copied().unwrap_or(0)),
                "run `usher migrate`",
            );
            return Ok(());
        }
    }
    let opening = Opening {
        settings: wiring::settings(config, None),
        ..Opening::default()
    };
    let directory = Directory::open_migrated(db.clone(), opening).await?;
    match directory.nodes().await? {
        0 => findings.warning("server", "none runs on this database", "start one with `usher serve`"),
        1 => findings.good("server", "one runs"),
        nodes => findings.good("server", format!("{nodes} run")),
    }
    clock(db, &directory, findings).await?;
    work(&directory, findings).await
}

async fn clock(db: &Db, directory: &Directory, findings: &mut Findings) -> Result<()> {
    if let Some(stands) = directory.standing_clock().await? {
        findings.warning(
            "clock",
            format!("stands at {stands}"),
            "meant for trying out: start the server without --clock",
        );
        return Ok(());
    }
    if let Some(newest) = directory.events_ahead().await? {
        findings.bad(
            "clock",
            format!("says {}, and the newest event is of {newest}", directory.real_now()),
            "set this machine's clock; if it is right, the one was wrong that made the event",
        );
        return Ok(());
    }
    let now = directory.real_now();
    if db.engine() == db::Engine::Postgres {
        let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        if let Some(row) = db.query(sql, &[]).await?.first_mut() {
            let theirs: i64 = row.take(0)?;
            let skew = (theirs - now.millis()).abs();
            if skew > CLOCK_SKEW_MS {
                findings.warning(
                    "clock",
                    format!("{skew} ms away from the database server's"),
                    "let both machines follow a time server",
                );
                return Ok(());
            }
        }
    }
    findings.good("clock", format!("runs, {now}"));
    Ok(())
}

/// What is stuck, over all realms.
async fn work(directory: &Directory, findings: &mut Findings) -> Result<()> {
    let installation = Principal::operator(RealmId::INSTALLATION);
    let mut realms: Vec<Realm> = Vec::new();
    loop {
        let slice = directory
            .realms(&installation, realms.last().map_or(0, |realm| realm.id.number()), 500)
            .await?;
        if slice.is_empty() {
            break;
        }
        realms.extend(slice);
    }
    let (mut deliveries, mut jobs, mut unplaced) = (0, 0, 0);
    let principals = realms
        .iter()
        .map(|realm| Principal::operator(realm.id))
        .chain([installation]);
    for principal in principals {
        let query = DeliveryQuery {
            state: Some(DeliveryState::Parked),
            limit: 1000,
            ..DeliveryQuery::default()
        };
        deliveries += directory.deliveries(&principal, &query).await?.len();
        jobs += directory
            .jobs(
                &principal,
                &JobQuery {
                    only_parked: true,
                    limit: 1000,
                    ..JobQuery::default()
                },
            )
            .await?
            .len();
        unplaced += directory.unplaced_events(principal.realm).await?;
    }
    match deliveries {
        0 => findings.good("deliveries", "none is parked"),
        _ => findings.warning(
            "deliveries",
            format!("{deliveries} are parked"),
            "`usher delivery list --state parked`, then retry or drop them",
        ),
    }
    match jobs {
        0 => findings.good("jobs", "none is parked"),
        _ => findings.warning(
            "jobs",
            format!("{jobs} are parked"),
            "`usher job list --parked`, then retry them",
        ),
    }
    match unplaced {
        0 => findings.good(
            "events",
            match realms.len() {
                1 => "all are in their place, in one realm".to_owned(),
                realms => format!("all are in their place, in {realms} realms"),
            },
        ),
        _ => findings.warning(
            "events",
            format!("{unplaced} wait for their place for longer than they should"),
            "start a server; if one runs, see its log",
        ),
    }
    Ok(())
}

async fn mail(config: &Config, findings: &mut Findings) {
    match config.smtp() {
        Err(error) => findings.bad("mail", format!("{error:#}"), "mend the settings of [mail]"),
        Ok(None) if wiring::settings(config, None).keep_mail => {
            findings.good("mail", "caught and shown by quickstart, nothing leaves this machine");
        }
        Ok(None) => findings.warning(
            "mail",
            "no mail server is set: mails stay queued",
            "set USHER_MAIL__SMTP and USHER_MAIL__FROM",
        ),
        Ok(Some(smtp)) => {
            let smtp = smtp.timeout(Duration::from_secs(config.mail.timeout_seconds.min(10)));
            match Sender::check(&smtp).await {
                Ok(()) => findings.good("mail", format!("{} answers", smtp.server())),
                Err(why) => findings.bad(
                    "mail",
                    why,
                    "see that the mail server runs and that [mail] has its address and password",
                ),
            }
        }
    }
}
