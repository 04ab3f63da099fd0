//! What a command works with: the open store, the realm it names, and the operator.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use directory::event::Sequencer;
use directory::{Directory, Error, Principal, Realm, Refusal};

use super::{Common, InRealm};
use crate::config::{self, Config, Flags};
use crate::output::Output;
use crate::telemetry::Telemetry;
use crate::wiring::{self, Missing};

/// The open store as the operator sees it.
pub(crate) struct Context {
    pub(crate) directory: Directory,
    pub(crate) realm: Arc<Realm>,
    pub(crate) operator: Principal,
    pub(crate) out: Output,
}

impl Context {
    /// Opens the store and finds the realm.
    pub(crate) async fn open(common: &Common, realm: &InRealm, missing: Missing) -> Result<Self> {
        let config = load(common)?;
        let directory = wiring::open(&config, common.durability(), missing).await?;
        let found = directory.realm(&realm.realm).await.map_err(|error| match error {
            Error::Refused(Refusal::NotFound { .. }) => {
                anyhow::anyhow!(
                    "there is no realm `{0}`; `usher realm list` shows them, `usher realm create {0}` makes it",
                    realm.realm
                )
            }
            other => other.into(),
        })?;
        let operator = Principal::operator(found.id);
        Ok(Self {
            directory,
            realm: found,
            operator,
            out: common.output(),
        })
    }

    /// Does something with the store, which has to be there, and closes it whatever came of it.
    pub(crate) async fn with(
        common: &Common,
        realm: &InRealm,
        act: impl AsyncFnOnce(&Self) -> Result<()>,
    ) -> Result<()> {
        let context = Self::open(common, realm, Missing::Refuse).await?;
        let outcome = act(&context).await;
        context.close().await;
        outcome
    }

    /// The base of the realm's SCIM face, for locations.
    pub(crate) fn scim_base(&self) -> String {
        let public_url = &self.directory.settings().public_url;
        if self.realm.name == Realm::DEFAULT {
            format!("{public_url}/scim/v2")
        } else {
            format!("{public_url}/realms/{}/scim/v2", self.realm.name)
        }
    }

    /// A command to go on with, in the same realm, as messages quote it.
    pub(crate) fn advice(&self, command: &str) -> String {
        if self.realm.name == Realm::DEFAULT {
            format!("`usher {command}`")
        } else {
            format!("`usher {command} --realm {}`", self.realm.name)
        }
    }

    /// Gives new events their place, if no server does it.
    pub(crate) async fn place_events(&self) -> Result<()> {
        let sequencer = Sequencer::new(self.directory.clone());
        sequencer.run_once().await?;
        Ok(sequencer.retire().await?)
    }

    /// Ends the work on the store in good order.
    pub(crate) async fn close(self) {
        self.directory.close().await;
    }
}

/// The configuration with the flags of every command. What is logged goes to standard error, and is little.
pub(crate) fn load(common: &Common) -> Result<Config> {
    let config = settings(common)?;
    Telemetry::of_command(&config)?;
    Ok(config)
}

/// The configuration with the flags of every command.
pub(crate) fn settings(common: &Common) -> Result<Config> {
    Ok(config::load(common.config.as_deref(), &flags(common))
        .context("the settings do not fit")?
        .config)
}

/// The flags of every command as settings.
pub(crate) fn flags(common: &Common) -> Flags {
    let mut flags = Flags::new();
    if let Some(data) = &common.data {
        flags.push(("data", data.to_string_lossy().into_owned()));
    }
    flags
}
