//! Secrets that Usher makes: opaque tokens and client secrets, shown once, kept as hashes.

use aws_lc_rs::digest;
use subtle::ConstantTimeEq;

use crate::id::Ids;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of randomness: 43 of 62 are 256 bits.
const RANDOM: usize = 43;
/// Characters of the checksum at the end, for secret scanners.
const CHECKSUM: usize = 6;

/// What every token begins with.
pub const TOKEN_PREFIX: &str = "ush_";

/// A secret in clear: shown once, never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainToken(String);

impl std::fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlainToken(…)")
    }
}

impl PlainToken {
    /// Makes a token: `ush_`, 43 random characters, and six that are the CRC-32 of those before.
    pub fn new(ids: &dyn Ids) -> Self {
        let mut text = String::from(TOKEN_PREFIX);
        random_text(ids, RANDOM, &mut text);
        text.push_str(&checksum(&text));
        Self(text)
    }

    /// Makes a bare secret, for OAuth2 clients and links: 43 random characters.
    pub fn bare(ids: &dyn Ids) -> Self {
        let mut text = String::new();
        random_text(ids, RANDOM, &mut text);
        Self(text)
    }

    /// The secret in clear, for the one answer that carries it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

/// Whether a text has the form of a token of ours and its checksum is right: tells typing errors without the database.
pub fn is_well_formed(text: &str) -> bool {
    let Some(body) = text.strip_prefix(TOKEN_PREFIX) else {
        return false;
    };
    body.len() == RANDOM + CHECKSUM
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text[text.len() - CHECKSUM..] == checksum(&text[..text.len() - CHECKSUM])
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// SHA-256 of a secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

impl TokenHash {
    /// The hash of a secret in clear.
    pub fn of(text: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
        Self(hash)
    }

    /// As hexadecimal digits.
    pub fn to_hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            for digit in [byte >> 4, byte & 0xF] {
                text.push(char::from(HEX[usize::from(digit)]));
            }
            text
        })
    }

    /// Reads what [`Self::to_hex`] writes.
    pub fn of_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let value = |digit: u8| HEX.iter().position(|known| *known == digit);
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::try_from(value(pair[0])? * 16 + value(pair[1])?).ok()?;
        }
        Some(Self(hash))
    }

    /// Reads what [`Self::bytes`] gives.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, as stored.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Compares with stored bytes in constant time.
    pub fn equals(&self, stored: &[u8]) -> bool {
        self.0.as_slice().ct_eq(stored).into()
    }
}

fn random_text(ids: &dyn Ids, length: usize, into: &mut String) {
    let mut left = length;
    while left > 0 {
        let mut bytes = [0_u8; 64];
        ids.random(&mut bytes);
        // 248 is the largest multiple of 62 in a byte: the rest would favour some letters.
        for byte in bytes.into_iter().filter(|byte| *byte < 248).take(left) {
            into.push(char::from(ALPHABET[usize::from(byte % 62)]));
            left -= 1;
        }
    }
}

/// CRC-32 (IEEE) in six base-62 digits.
fn checksum(text: &str) -> String {
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    let mut rest = !crc;
    let mut digits = [0_u8; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}
