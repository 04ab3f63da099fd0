//! Identifiers, typed by what they name, and where they and other random values come from.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Mutex;

use uuid::Uuid;

use crate::clock::{Clock, SystemClock, Timestamp};

/// The id of a `T`: a UUIDv7 whose instant is when the thing was made.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// Wraps a UUID read from storage or made by [`Ids`].
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The bare UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// Reads the canonical hyphenated form, which is the only one Usher hands out; others are unknown ids.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 36 {
            return None;
        }
        Uuid::try_parse(text).ok().map(Self::new)
    }

    /// Appends what `Display` shows.
    pub(crate) fn write_to(self, into: &mut String) {
        let mut text = Uuid::encode_buffer();
        into.push_str(self.0.hyphenated().encode_lower(&mut text));
    }

    /// The smallest id of that instant: what was made before it has a smaller one.
    pub fn first_at(instant: Timestamp) -> Self {
        let millis = u128::try_from(instant.millis().clamp(0, 0xFFFF_FFFF_FFFF)).unwrap_or(0);
        Self::new(Uuid::from_u128(millis << 80))
    }

    /// An id of something that was made then, in another system. It is no larger than others: nothing goes by the order of
    /// such.
    pub(crate) fn made_then(instant: Timestamp, ids: &dyn Ids) -> Self {
        let mut random = [0_u8; 10];
        ids.random(&mut random);
        let millis = u64::try_from(instant.millis().clamp(0, 0xFFFF_FFFF_FFFF)).unwrap_or(0);
        Self::new(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// When the thing was made: the instant in the id.
    pub fn made_at(self) -> Timestamp {
        let bytes = self.0.as_bytes();
        let millis = bytes[..6].iter().fold(0_i64, |sum, byte| (sum << 8) | i64::from(*byte));
        Timestamp::from_millis(millis)
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> From<Id<T>> for db::Value {
    fn from(id: Id<T>) -> Self {
        Self::Uuid(id.0)
    }
}
impl<T> From<&Id<T>> for db::Value {
    fn from(id: &Id<T>) -> Self {
        Self::Uuid(id.0)
    }
}
impl<T> db::FromValue for Id<T> {
    fn from_value(value: db::Value) -> Option<Self> {
        <Uuid as db::FromValue>::from_value(value).map(Self::new)
    }
}

/// Where ids and secrets come from.
pub trait Ids: fmt::Debug + Send + Sync + 'static {
    /// A UUIDv7 of that instant, larger than every one made before by this source.
    fn uuid(&self, now: Timestamp) -> Uuid;

    /// Fills the buffer with bytes nobody can guess.
    fn random(&self, buffer: &mut [u8]);
}

/// How far an instant is from the machine's clock when it is one of a clock that stands.
const CLOCK_STANDS_MS: u64 = 1_000;

/// A clock that is set back by no more than this does not set ids back: their order stays the order of making. After a longer
/// way back the clock was wrong before, and ids follow it, since they say when a thing was made.
const STEADY_MS: u128 = 300_000;

/// Where the clock stands, one millisecond holds all that several processes make. There the real time, 42 bits of it, takes
/// the place of the first random bits (12 beside the version, 6 beside the variant, 24), so that the order of ids is still
/// the order of making.
fn order_by(random: &mut [u8; 10], real: Timestamp) {
    let real = real.millis();
    let word = ((real >> 30) as u16 & 0x0FFF).to_be_bytes();
    random[..2].copy_from_slice(&word);
    random[2] = (real >> 24) as u8 & 0x3F;
    random[3..6].copy_from_slice(&real.to_be_bytes()[5..]);
}

/// Ids and secrets from the machine's random source.
#[derive(Debug, Default)]
pub struct RandomIds {
    /// The latest ids of two times that are far apart: while a clock that stands is moved, some still have the earlier one in hand.
    last: Mutex<[u128; 2]>,
}

impl Ids for RandomIds {
    fn uuid(&self, now: Timestamp) -> Uuid {
        let mut random = [0_u8; 10];
        self.random(&mut random);
        let real = SystemClock.now();
        if real.millis().abs_diff(now.millis()) > CLOCK_STANDS_MS {
            order_by(&mut random, real);
        }
        let fresh = uuid::Builder::from_unix_timestamp_millis(u64::try_from(now.millis()).unwrap_or(0), &random)
            .into_uuid()
            .as_u128();
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Within one millisecond ids go up by a random step, so that the order of ids is the order of making; and while a
        // clock that was set back catches up.
        let near = |one: &u128| (*one >> 80).abs_diff(fresh >> 80) <= STEADY_MS;
        let found = last.iter().position(near);
        let next = match found {
            Some(at) if fresh <= last[at] => last[at] + 1 + u128::from(random[9]),
            Some(_) | None => fresh,
        };
        // Whose time was used last comes first.
        if found != Some(0) {
            last.swap(0, 1);
        }
        last[0] = next;
        Uuid::from_u128(next)
    }

    fn random(&self, buffer: &mut [u8]) {
        aws_lc_rs::rand::fill(buffer).expect("the machine has a random source");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_still_has_an_earlier_time_in_hand_does_not_set_others_back() {
        let ids = RandomIds::default();
        let now = Timestamp::from_millis(1_893_456_000_000);
        let earlier = now.plus_seconds(-86_400);
        let (mut last, mut before) = (ids.uuid(now), ids.uuid(earlier));
        for _ in 0..100 {
            let (next, of_then) = (ids.uuid(now), ids.uuid(earlier));
            assert!(last < next && before < of_then, "{last} {next} {before} {of_then}");
            (last, before) = (next, of_then);
        }
    }

    #[test]
    fn ids_of_a_standing_clock_are_in_the_order_of_making_whoever_makes_them() {
        let stands = Timestamp::from_millis(1_893_456_000_000);
        let made = |millis: i64| {
            let mut random = [0xFF - (millis & 0x7F) as u8; 10];
            order_by(&mut random, Timestamp::from_millis(millis));
            uuid::Builder::from_unix_timestamp_millis(stands.millis() as u64, &random).into_uuid()
        };
        let mut last = Uuid::nil();
        for step in [0, 1, 2, 255, 256, 1 << 16, 1 << 24, 1 << 30, 1 << 36, 1 << 40] {
            let next = made(1_795_000_000_000 + step);
            assert!(last < next, "{last} {next}");
            assert_eq!(Id::<()>::new(next).made_at(), stands);
            last = next;
        }
    }

    #[test]
    fn a_clock_that_is_set_back_a_little_does_not_set_ids_back() {
        let ids = RandomIds::default();
        let noon = SystemClock.now();
        let mut last = ids.uuid(noon);
        for step in [-1, -1_000, -299_000, 5, -60_000] {
            let next = ids.uuid(noon.plus_millis(step));
            assert!(last < next, "{step}: {last} {next}");
            last = next;
        }
        let long_before = noon.plus_seconds(-86_400);
        assert_eq!(Id::<()>::new(ids.uuid(long_before)).made_at(), long_before);
    }

    #[test]
    fn every_id_is_larger_than_the_one_before() {
        let ids = RandomIds::default();
        for now in [SystemClock.now(), Timestamp::from_millis(0)] {
            let mut last = ids.uuid(now);
            for _ in 0..1000 {
                let next = ids.uuid(now);
                assert!(last < next, "{last} {next}");
                last = next;
            }
        }
    }
}
