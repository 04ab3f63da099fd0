//! What the database tells: how it keeps what it is given, its schema, its clock, and what is stuck in it.

use anyhow::Result;
use db::{Db, Engine};
use directory::delivery::{DeliveryQuery, DeliveryState};
use directory::job::JobQuery;
use directory::{Directory, Opening, Principal, Realm, RealmId};

use super::findings::Findings;
use crate::config::Config;
use crate::wiring;

/// How far the database server's clock may be off, in milliseconds.
const CLOCK_SKEW_MS: i64 = 5_000;

/// So long before its end a token is worth a word, in seconds.
const ENDS_SOON_SECONDS: i64 = 14 * 86_400;

/// Looks at all of it; the realms there are.
pub(super) async fn look(config: &Config, db: &Db, findings: &mut Findings) -> Result<Vec<Realm>> {
    version(db, findings).await?;
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
            return Ok(Vec::new());
        }
        last => {
            findings.bad(
                "schema",
                format!("{} of {newest}", last.copied().unwrap_or(0)),
                "run `usher migrate`",
            );
            return Ok(Vec::new());
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
    let realms = realms(&directory).await?;
    work(&directory, &realms, findings).await?;
    tokens(&directory, &realms, findings).await?;
    Ok(realms)
}

async fn version(db: &Db, findings: &mut Findings) -> Result<()> {
    let (name, sql) = match db.engine() {
        Engine::Sqlite => ("SQLite", "SELECT sqlite_version()"),
        Engine::Postgres => ("PostgreSQL", "SELECT current_setting('server_version')"),
    };
    if let Some(row) = db.query(sql, &[]).await?.first_mut() {
        findings.good("database", format!("{name} {}", row.take::<String>(0)?));
    }
    Ok(())
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
    if db.engine() == Engine::Postgres {
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

async fn realms(directory: &Directory) -> Result<Vec<Realm>> {
    let installation = Principal::operator(RealmId::INSTALLATION);
    let mut realms: Vec<Realm> = Vec::new();
    loop {
        let after = realms.last().map_or(0, |realm| realm.id.number());
        let slice = directory.realms(&installation, after, 500).await?;
        if slice.is_empty() {
            return Ok(realms);
        }
        realms.extend(slice);
    }
}

/// What is stuck, over all realms.
async fn work(directory: &Directory, realms: &[Realm], findings: &mut Findings) -> Result<()> {
    let (mut deliveries, mut jobs, mut unplaced) = (0, 0, 0);
    let principals = realms
        .iter()
        .map(|realm| Principal::operator(realm.id))
        .chain([Principal::operator(RealmId::INSTALLATION)]);
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

/// Which tokens of programs end soon, over all realms.
async fn tokens(directory: &Directory, realms: &[Realm], findings: &mut Findings) -> Result<()> {
    let before = directory.now().await?.plus_seconds(ENDS_SOON_SECONDS);
    let ending = directory.tokens_ending(before).await?;
    let Some((realm, first)) = ending.first() else {
        findings.good("tokens", "none ends within 14 days");
        return Ok(());
    };
    let name = realms.iter().find(|known| known.id == *realm);
    let name = name.map_or(Realm::DEFAULT, |realm| realm.name.as_str());
    let operator = Principal::operator(*realm);
    let client = directory.client(&operator, &first.client.to_string()).await?;
    let ends = first.expires_at.map(|ends| ends.to_string()).unwrap_or_default();
    let which = format!("that of the client {} in the realm {name}, at {ends}", client.name);
    let found = match ending.len() {
        1 => format!("one ends within 14 days: {which}"),
        several => format!("{several} end within 14 days, first {which}"),
    };
    findings.warning(
        "tokens",
        found,
        "make new ones with `usher token create` and give them to the programs",
    );
    Ok(())
}
