//! What somebody says about terms.

use std::net::IpAddr;

use directory::enrollment::terms::{Channel, TermsGiven};
use serde::Deserialize;

/// A version of terms: its number or its id.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Version {
    Number(i64),
    Text(String),
}

/// What is said about terms, by who came from that address; none where nothing is. Naming a version is as good as a tick.
pub(super) fn given(
    accepted: Option<bool>,
    version: Option<&Version>,
    channel: Channel,
    address: Option<IpAddr>,
) -> Option<TermsGiven> {
    let version = version.map(|version| match version {
        Version::Number(number) => number.to_string(),
        Version::Text(text) => text.clone(),
    });
    let accepted = accepted.or_else(|| version.as_ref().map(|_| true))?;
    Some(TermsGiven {
        accepted,
        version,
        channel,
        address: address.map(|address| address.to_string()),
    })
}
