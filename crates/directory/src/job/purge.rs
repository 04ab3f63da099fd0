//! Daily cleaning, in slices, over all realms. Nothing of it is news: what is removed has long ended.

use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::settings::WorkSettings;
use crate::{client, delivery, idempotency, mail, session, sign_in_link, token};

/// Rows one transaction removes.
const SLICE: i64 = 500;
/// Days an expired token is still listed.
const TOKEN_DAYS: i64 = 30;
/// Days a client's log goes back.
const LOG_DAYS: i64 = 30;
const DAY: i64 = 86_400;

/// Removes expired tokens, and sessions and links to sign in by that are over; says whether there may be more.
pub(super) fn tokens(change: &mut Change<'_>) -> Result<bool, Error> {
    let now = change.now();
    let tokens = token::table::purge(change, now.plus_seconds(-TOKEN_DAYS * DAY), SLICE)?;
    let sessions = session::table::purge(change, now, SLICE)?;
    let links = sign_in_link::table::purge(change, now.plus_seconds(-DAY), SLICE)?;
    Ok(tokens.max(sessions).max(links) >= SLICE as u64)
}

/// Forgets what clients asked long ago, in real time; says whether there may be more.
pub(super) fn client_logs(change: &mut Change<'_>, real_now: Timestamp) -> Result<bool, Error> {
    let before = real_now.plus_seconds(-LOG_DAYS * DAY);
    Ok(client::log::table::purge(change, before, SLICE)? == SLICE as u64)
}

/// Removes answers whose time is over; says whether there may be more.
pub(super) fn idempotency_keys(change: &mut Change<'_>) -> Result<bool, Error> {
    Ok(idempotency::table::purge(change, SLICE)? == SLICE as u64)
}

/// Removes settled deliveries and old mails that carry no invitation; says whether there may be more.
pub(super) fn deliveries(change: &mut Change<'_>, work: &WorkSettings) -> Result<bool, Error> {
    let before = change.now().plus_seconds(-i64::from(work.settled_days) * DAY);
    let removed = delivery::table::purge(change, before, SLICE)? + mail::table::purge(change, before, SLICE)?;
    Ok(removed >= SLICE as u64)
}
