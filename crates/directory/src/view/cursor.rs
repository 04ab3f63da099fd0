//! Cursors: positions in a list, opaque and signed (RFC 9865). Stateless.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scim::error::Error as ScimError;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// How long a cursor is valid, in seconds; advertised as `cursorTimeout`.
pub const CURSOR_SECONDS: i64 = 3600;

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The sort key of the last row; absent when the order is that of ids.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// The id of the last row.
    #[serde(rename = "i")]
    pub(crate) id: uuid::Uuid,
    /// The kind of the last row, where a list has several.
    #[serde(rename = "t", default)]
    pub(crate) kind: u8,
    /// How many rows came before, for sorts that are evaluated.
    #[serde(rename = "n", default)]
    pub(crate) before: usize,
    /// Before the first row of the kind.
    #[serde(rename = "s", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) start: bool,
}

impl Position {
    /// After a row.
    pub(crate) fn after(id: uuid::Uuid, key: Option<String>) -> Self {
        Self {
            key,
            id,
            kind: 0,
            before: 0,
            start: false,
        }
    }

    /// Before all rows of a kind.
    pub(crate) fn start_of(kind: u8) -> Self {
        Self {
            key: None,
            id: uuid::Uuid::nil(),
            kind,
            before: 0,
            start: true,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    p: Position,
    e: i64,
    c: usize,
}

const SIGNATURE: usize = 16;

/// Seals a position for this realm, caller and query.
pub(crate) fn seal(key: &[u8], context: &str, count: usize, position: &Position, now: Timestamp) -> String {
    let sealed = Sealed {
        p: position.clone(),
        e: now.plus_seconds(CURSOR_SECONDS).millis(),
        c: count,
    };
    let body = serde_json::to_vec(&sealed).unwrap_or_default();
    let mut bytes = sign(key, context, &body).as_ref()[..SIGNATURE].to_vec();
    bytes.extend(body);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Opens a cursor that was sealed for this realm, caller and query.
pub(crate) fn open(key: &[u8], context: &str, count: usize, text: &str, now: Timestamp) -> Result<Position, ScimError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ScimError::invalid_cursor())?;
    let (signature, body) = bytes
        .split_at_checked(SIGNATURE)
        .ok_or_else(ScimError::invalid_cursor)?;
    let expected = sign(key, context, body);
    if !bool::from(subtle::ConstantTimeEq::ct_eq(
        &expected.as_ref()[..SIGNATURE],
        signature,
    )) {
        return Err(ScimError::invalid_cursor());
    }
    let sealed: Sealed = serde_json::from_slice(body).map_err(|_| ScimError::invalid_cursor())?;
    if sealed.e < now.millis() {
        return Err(ScimError::expired_cursor());
    }
    if sealed.c != count {
        return Err(ScimError::invalid_count(
            "count may not change between the pages of one cursor",
        ));
    }
    Ok(sealed.p)
}

fn sign(key: &[u8], context: &str, body: &[u8]) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut signing = hmac::Context::with_key(&key);
    signing.update(context.as_bytes());
    signing.update(&[0]);
    signing.update(body);
    signing.sign()
}

#[cfg(test)]
mod tests {
    use scim::ScimType;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_cursor_opens_only_where_it_was_sealed() {
        let (key, now) = (b"key".as_slice(), Timestamp::from_millis(1_000));
        let position = Position::after(Uuid::from_u128(7), Some("ann".into()));
        let text = seal(key, "realm 1", 10, &position, now);
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        );
        assert_eq!(open(key, "realm 1", 10, &text, now), Ok(position));

        let refused = |result: Result<Position, ScimError>| result.expect_err("refused").scim_type;
        assert_eq!(
            refused(open(key, "realm 2", 10, &text, now)),
            Some(ScimType::InvalidCursor)
        );
        assert_eq!(
            refused(open(b"other", "realm 1", 10, &text, now)),
            Some(ScimType::InvalidCursor)
        );
        assert_eq!(
            refused(open(key, "realm 1", 10, &text[1..], now)),
            Some(ScimType::InvalidCursor)
        );
        assert_eq!(
            refused(open(key, "realm 1", 10, "x", now)),
            Some(ScimType::InvalidCursor)
        );
        assert_eq!(
            refused(open(key, "realm 1", 11, &text, now)),
            Some(ScimType::InvalidCount)
        );
        let later = now.plus_seconds(CURSOR_SECONDS + 1);
        assert_eq!(
            refused(open(key, "realm 1", 10, &text, later)),
            Some(ScimType::ExpiredCursor)
        );
    }
}
