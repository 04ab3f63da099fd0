//! Opening the store and the directory on it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use db::{Db, Durability, Engine, Location, Options};
use directory::realm::CreateRealm;
use directory::{Directory, Error, Opening, Principal, Realm, RealmId, Refusal, Settings};

use super::lock::running;
use super::trouble::explain;
use super::user;
use crate::config::Config;

/// What to do when there is no database yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Make it, with the realm `default`.
    Make,
    /// Say so: looking at what is not there is most likely a wrong folder.
    Refuse,
}

/// Where the database is.
fn location(config: &Config) -> Location {
    match &config.database.url {
        Some(url) => Location::Postgres(url.reveal().to_owned()),
        None => Location::Sqlite(config.data.join("usher.db")),
    }
}

/// Where copies of the database are made that are soon gone: where it is, as that is as safe, or in the data folder all the same
/// where there is one, or else where this machine keeps what is for a while.
pub(crate) fn copies(config: &Config) -> PathBuf {
    if config.database.url.is_none() || config.data.is_dir() {
        config.data.clone()
    } else {
        std::env::temp_dir()
    }
}

/// Opens the database, without looking at what is in it.
pub(crate) async fn open_db(config: &Config, durability: Durability, missing: Missing) -> Result<Db> {
    let location = location(config);
    if let (Location::Sqlite(path), Missing::Refuse) = (&location, missing) {
        let folder = config.data.display();
        let found = path
            .try_exists()
            .map_err(|_| anyhow!("cannot look into {folder}: {}", user::advice(path)))?;
        if !found {
            bail!(
                "there is no database in {folder}: name its folder with --data, or make it with `usher serve` or `usher migrate`"
            );
        }
    }
    let options = Options {
        durability,
        readers: config.database.readers,
        connections: config.database.connections,
        statement_timeout: Duration::from_secs(config.database.statement_timeout_seconds),
    };
    Db::open(&location, &options)
        .await
        .map_err(|error| explain(config, error))
}

/// Refuses a database that a newer program has worked on.
pub(crate) async fn refuse_newer(db: &Db) -> Result<()> {
    let known = directory::MIGRATIONS.last().map_or(0, |migration| migration.number);
    match db.applied().await?.last() {
        Some(last) if *last > known => bail!(
            "the database is at migration {last}, and this usher knows those up to {known}: use the newer usher, or bring the backup of before the upgrade back"
        ),
        _ => Ok(()),
    }
}

/// Opens the store for a command beside a server, or without one.
pub(crate) async fn open(config: &Config, durability: Durability, missing: Missing) -> Result<Directory> {
    let db = open_db(config, durability, missing).await?;
    refuse_newer(&db).await?;
    let opening = Opening {
        settings: settings(config, None),
        ..Opening::default()
    };
    let directory = Directory::open(db, opening)
        .await
        .map_err(|error| explain(config, error))?;
    ensure_default_realm(&directory).await?;
    Ok(directory)
}

/// The directory's part of the configuration. Without `public_url` links lead to where a server said it listens.
pub(crate) fn settings(config: &Config, listening: Option<&str>) -> Settings {
    let (users, groups) = config.extensions().unwrap_or_default();
    // Beside PostgreSQL the folder tells nothing: what lies there is of another installation.
    let embedded = config.database.url.is_none();
    let server = if embedded { running(&config.data) } else { None };
    let said = || server.as_ref().map(|server| server.public_url.clone());
    let public_url = config
        .public_url
        .clone()
        .or_else(|| listening.map(str::to_owned))
        .or_else(said);
    Settings {
        user_extensions: users,
        group_extensions: groups,
        public_url: public_url.unwrap_or_else(|| format!("http://{}", config.listen)),
        keep_mail: server.as_ref().is_some_and(|server| server.keeps_mail) && listening.is_none(),
        work: config.work(),
    }
}

/// Makes the realm that is served at the root paths, if it is not there.
pub(super) async fn ensure_default_realm(directory: &Directory) -> Result<()> {
    match directory.realm(Realm::DEFAULT).await {
        Ok(_) => Ok(()),
        Err(Error::Refused(Refusal::NotFound { .. })) => {
            let command = CreateRealm {
                name: Realm::DEFAULT.into(),
                settings: directory::realm::RealmSettings::default(),
            };
            match directory
                .execute(&Principal::operator(RealmId::INSTALLATION), command)
                .await
            {
                // Another process was faster.
                Ok(_) | Err(Error::Refused(Refusal::Taken { .. })) => Ok(()),
                Err(error) => Err(error).context("cannot make the realm `default`"),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Refuses settings of the database under which an answered write could be lost.
pub(crate) fn check_durability(engine: Engine, found: &[(String, String)]) -> Result<(), String> {
    let get = |name: &str| {
        found
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let weak = |name: &str, fits: bool, advice: &str| {
        if fits {
            None
        } else {
            Some(format!("{name} is {}: {advice}", get(name)))
        }
    };
    let problems: Vec<String> = match engine {
        Engine::Sqlite => [
            weak(
                "journal_mode",
                get("journal_mode").eq_ignore_ascii_case("wal"),
                "it has to be WAL",
            ),
            weak(
                "synchronous",
                matches!(
                    get("synchronous").to_ascii_lowercase().as_str(),
                    "2" | "3" | "full" | "extra"
                ),
                "it has to be FULL",
            ),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Engine::Postgres => [
            weak("fsync", get("fsync") == "on", "set fsync = on in postgresql.conf"),
            weak(
                "full_page_writes",
                get("full_page_writes") == "on",
                "set full_page_writes = on in postgresql.conf",
            ),
            weak(
                "synchronous_commit",
                !matches!(get("synchronous_commit"), "off" | "local" | ""),
                "set synchronous_commit = on for the role or in postgresql.conf",
            ),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("; "))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    fn check(engine: Engine, found: &[(&str, &str)]) -> Result<(), String> {
        let found: Vec<_> = found
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        check_durability(engine, &found)
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_read_is_not_called_empty() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        std::fs::write(&file, "").unwrap();
        for (data, said) in [
            (file, "cannot look into"),
            (parent.path().join("none"), "there is no database"),
        ] {
            let config = Config {
                data,
                ..Config::default()
            };
            let error = open_db(&config, Durability::Full, Missing::Refuse).await.unwrap_err();
            assert!(format!("{error:#}").contains(said), "{error:#}");
        }
    }

    #[test]
    fn weak_settings_are_named_with_what_to_do() {
        let good = [
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("synchronous_commit", "remote_apply"),
        ];
        assert_eq!(check(Engine::Postgres, &good), Ok(()));
        let weak = check(
            Engine::Postgres,
            &[
                ("fsync", "off"),
                ("full_page_writes", "on"),
                ("synchronous_commit", "off"),
            ],
        )
        .unwrap_err();
        assert!(
            weak.contains("fsync is off: set fsync = on") && weak.contains("synchronous_commit is off"),
            "{weak}"
        );
        assert_eq!(
            check(Engine::Sqlite, &[("journal_mode", "wal"), ("synchronous", "2")]),
            Ok(())
        );
        assert!(check(Engine::Sqlite, &[("journal_mode", "wal"), ("synchronous", "1")]).is_err());
        assert!(check(Engine::Sqlite, &[]).is_err());
    }
}
