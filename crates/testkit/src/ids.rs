//! Ids and secrets in a fixed order.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use directory::{Ids, Timestamp};
use uuid::Uuid;

/// Counts: the n-th id and the n-th secret are the same in every run.
#[derive(Debug, Default)]
pub struct TestIds {
    ids: AtomicU64,
    secrets: AtomicU64,
}

impl Ids for TestIds {
    fn uuid(&self, now: Timestamp) -> Uuid {
        let number = self.ids.fetch_add(1, SeqCst) + 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&number.to_be_bytes());
        let millis = u64::try_from(now.millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    fn random(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let number = self.secrets.fetch_add(1, SeqCst) + 1;
            chunk.copy_from_slice(&mixed(number).to_be_bytes()[..chunk.len()]);
        }
    }
}

/// SplitMix64: numbers in order become bytes without one.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_and_secrets_differ() {
        let (ids, now) = (TestIds::default(), Timestamp::from_millis(1_893_484_800_000));
        let made = [ids.uuid(now), ids.uuid(now), ids.uuid(now.plus_millis(1))];
        assert!(made[0] < made[1] && made[1] < made[2]);
        assert_eq!(made[0].get_version_num(), 7);
        let (mut one, mut two) = ([0; 16], [0; 16]);
        ids.random(&mut one);
        ids.random(&mut two);
        assert_ne!(one, two);
    }
}
