//! What holds for any input that a stranger may send. Each target takes the bytes of one case and says what does not hold.
//!
//! Tests run them over the corpus in `fuzz/corpus`; `cargo xtask fuzz` runs them over what it makes of it.
//!
//! - `entry`: the body of a SCIM request, by the schemas and rules of every profile
//! - `filter`: filters and attribute paths
//! - `patch`: PatchOp messages on a document
//! - `bulk`: BulkRequest messages
//! - `configuration`: `usher.toml` and the schemas it names
//! - `kinds`: the types of resources that they share

mod bulk;
#[cfg(feature = "configuration")]
mod configuration;
mod entry;
mod filter;
mod kinds;
mod patch;

/// What a case is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The body of a request: one byte for the type of resource, then JSON.
    Entry,
    /// A filter.
    Filter,
    /// One byte for the type of resource, then a PatchOp message.
    Patch,
    /// A BulkRequest message.
    Bulk,
    /// A configuration file; if it begins with a brace, a schema in JSON.
    #[cfg(feature = "configuration")]
    Configuration,
}

impl Target {
    /// All targets of this build.
    pub const ALL: &[Self] = &[
        Self::Entry,
        Self::Filter,
        Self::Patch,
        Self::Bulk,
        #[cfg(feature = "configuration")]
        Self::Configuration,
    ];

    /// The word for it on the command line; its corpus is called so too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Filter => "filter",
            Self::Patch => "patch",
            Self::Bulk => "bulk",
            #[cfg(feature = "configuration")]
            Self::Configuration => "configuration",
        }
    }

    /// The target of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|target| target.name() == name)
    }

    /// Runs one case.
    ///
    /// # Errors
    /// What does not hold.
    pub fn run(self, case: &[u8]) -> Result<(), String> {
        match self {
            Self::Entry => entry::holds(case),
            Self::Filter => filter::holds(case),
            Self::Patch => patch::holds(case),
            Self::Bulk => bulk::holds(case),
            #[cfg(feature = "configuration")]
            Self::Configuration => configuration::holds(case),
        }
    }
}

/// Says what does not hold, with the two sides.
fn same<T: PartialEq + std::fmt::Debug>(what: &str, left: &T, right: &T) -> Result<(), String> {
    if left == right {
        Ok(())
    } else {
        Err(format!("{what}:\n{left:?}\n{right:?}"))
    }
}
