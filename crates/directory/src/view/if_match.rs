//! Conditional requests: which versions a caller accepts (RFC 7644 §3.14, RFC 9110 §13).

/// The versions named by If-Match or If-None-Match, compared weakly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum IfMatch {
    /// No condition.
    #[default]
    Any,
    /// `*`: whatever exists.
    Exists,
    /// One of these; what is no version of ours matches nothing.
    OneOf(Vec<i64>),
}

impl IfMatch {
    /// Reads the value of the header: `*`, or tags with or without `W/`, separated by commas.
    pub fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Exists;
        }
        let version = |tag: &str| {
            tag.trim()
                .trim_start_matches("W/")
                .trim_matches('"')
                .parse::<i64>()
                .ok()
        };
        Self::OneOf(header.split(',').filter_map(version).collect())
    }

    /// Exactly this version.
    pub fn version(version: i64) -> Self {
        Self::OneOf(vec![version])
    }

    /// Whether a write may go on from this version.
    pub fn allows(&self, version: i64) -> bool {
        match self {
            Self::Any | Self::Exists => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }

    /// Whether there is no condition at all.
    pub fn is_any(&self) -> bool {
        *self == Self::Any
    }

    /// Whether a reader who has one of these has this version (If-None-Match).
    pub fn names(&self, version: i64) -> bool {
        match self {
            Self::Any => false,
            Self::Exists => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}

/// A version as an entity tag.
pub fn etag(version: i64) -> String {
    format!("W/\"{version}\"")
}
