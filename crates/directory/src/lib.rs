//! The domain of Usher: people, groups, memberships, invitations, clients, events, deliveries and jobs.
//!
//! Everything that changes is a [`Command`], run by [`Directory::execute`] in one transaction that writes state, event and
//! deliveries together. Everything that is read is a query on [`Directory`]. Both take a [`Principal`]; rights are decided
//! here, once, for all faces.
//!
//! - [`Command`], [`Change`]: the one way anything is written.
//! - [`user`], [`group`], [`membership`], [`client`], [`token`], [`realm`], [`invitation`]: one folder per topic, with its
//!   type, its pure `rules`, its `commands` and the `table` that holds all SQL naming its table.
//! - [`view`]: users and groups as SCIM shows them: lists, filters as SQL, cursors, rendering.
//! - [`delegation`], [`enrollment`], [`elevation`], [`entitlement`]: who administers groups, how people join them by themselves,
//!   for good or for some hours, and what they are entitled to in them.
//! - [`review`]: whether each membership of a group is still right, as those say who administer it.
//! - [`notice`], [`preview`], [`insight`]: telling people what happened, what will happen, and what there is to see over many
//!   groups.
//! - [`zone`]: days in a realm's time zone.
//! - [`provider`], [`session`], [`legacy`]: who people are at the realm's OpenID provider, with which browsers they are signed
//!   in, and what the system before called things.
//! - [`plan`], [`source`]: what changes many things at once, in whose name; read, approved and applied as it was read.
//! - [`event`]: facts, their sequencer, the feed and its check.
//! - [`delivery`], [`mail`], [`job`]: what follows from facts, now or when its time comes.
//! - [`backup`]: everything in one file, and back.
//!
//! Time and randomness come in through [`Clock`] and [`Ids`].

#![warn(missing_docs)]

mod access;
pub mod backup;
mod bookkeeping;
mod change;
pub mod client;
mod clock;
mod clock_steps;
mod column;
pub mod confirmation;
mod counts;
pub mod delegation;
pub mod delivery;
mod denial;
mod directory;
pub mod elevation;
pub mod enrollment;
pub mod entitlement;
mod error;
pub mod event;
mod external_id;
mod figures;
pub mod group;
mod id;
pub mod idempotency;
pub mod insight;
pub mod invitation;
pub mod job;
pub mod legacy;
mod lists;
pub mod mail;
pub mod membership;
mod migrations;
pub mod notice;
pub mod plan;
pub mod preview;
mod principal;
pub mod provider;
pub mod realm;
mod remembered;
pub mod review;
pub mod session;
mod settings;
pub mod sign_in_link;
pub mod source;
mod statements;
mod suggest;
pub mod token;
pub mod user;
pub mod view;
pub mod zone;

/// The target of the spans that traces are made of: `request`, `command`, `transaction`, `delivery` and `job`. Nobody makes
/// them unless somebody listens to this target.
pub const SPANS: &str = "usher.span";

pub use crate::change::{Change, Command};
pub use crate::clock::{Clock, SystemClock, Timestamp, TimestampError};
pub use crate::clock_steps::Advanced;
pub use crate::denial::{Denial, DenialClass};
pub use crate::directory::{Directory, Opening};
pub use crate::error::{Error, Refusal};
pub use crate::figures::{COUNTED, Figures, TargetFigures};
pub use crate::id::{Id, Ids, RandomIds};
pub use crate::migrations::MIGRATIONS;
pub use crate::principal::{
    Actor, ClientActor, Credential, Permission, Principal, ProviderToken, RealmRight, Role, Scope, Scopes, UserActor,
};
pub use crate::realm::{Realm, RealmId};
pub use crate::settings::{Settings, WorkSettings};
pub use crate::statements::statements;
pub use crate::suggest::edit_distance;
