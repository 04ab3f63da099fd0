//! What a node remembers of what it has read: for so short a time that a change holds everywhere without a message.
//!
//! Who finds nothing here asks the store in a boxed future: the state of a query is some kilobytes, which would else be part of,
//! and moved with, every request that finds what it looks for.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Values by key: each for a while, and so many at most.
pub(crate) struct Remembered<K, V> {
    lasts: Duration,
    most: usize,
    held: RwLock<Held<K, V>>,
}

struct Held<K, V> {
    values: HashMap<K, (Instant, V)>,
    /// How often everything was forgotten.
    forgotten: u64,
}

/// A look into the store that has begun: what it finds is as old as that.
#[derive(Clone, Copy, Debug)]
struct Reading {
    began: Instant,
    forgotten: u64,
}

impl<K, V> fmt::Debug for Remembered<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered")
            .field("lasts", &self.lasts)
            .finish_non_exhaustive()
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    pub(crate) fn new(lasts: Duration, most: usize) -> Self {
        let held = Held {
            values: HashMap::new(),
            forgotten: 0,
        };
        Self {
            lasts,
            most,
            held: RwLock::new(held),
        }
    }

    /// What is remembered under that key.
    fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let (since, value) = held.values.get(key)?;
        (since.elapsed() < self.lasts).then(|| value.clone())
    }

    /// What is remembered under that key, or else what `read` finds, which is remembered then.
    pub(crate) async fn get_or<Q, R, E>(&self, key: &Q, read: impl FnOnce() -> Pin<Box<R>>) -> Result<V, E>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
        R: Future<Output = Result<V, E>>,
    {
        if let Some(value) = self.get(key) {
            return Ok(value);
        }
        let reading = self.reading();
        let value = read().await?;
        self.keep(reading, key.to_owned(), value.clone());
        Ok(value)
    }

    /// To be called before the store is asked.
    fn reading(&self) -> Reading {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        Reading {
            began: Instant::now(),
            forgotten: held.forgotten,
        }
    }

    /// Remembers what was read, unless everything was forgotten meanwhile: then it may be from before the change.
    fn keep(&self, reading: Reading, key: K, value: V) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.forgotten != reading.forgotten {
            return;
        }
        if held.values.len() >= self.most && !held.values.contains_key(&key) {
            held.values.retain(|_, (since, _)| since.elapsed() < self.lasts);
            // Whoever asks for much that is new drives out nobody.
            if held.values.len() >= self.most {
                return;
            }
        }
        held.values.insert(key, (reading.began, value));
    }

    /// Forgets everything.
    pub(crate) fn forget(&self) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.values.clear();
        held.forgotten += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn what_is_kept_is_found_for_a_while() {
        let remembered = Remembered::<String, u8>::new(LONG, 10);
        remembered.keep(remembered.reading(), "a".to_owned(), 1);
        assert_eq!((remembered.get("a"), remembered.get("b")), (Some(1), None));
        let old = Reading {
            began: Instant::now().checked_sub(LONG).expect("an instant"),
            ..remembered.reading()
        };
        remembered.keep(old, "b".to_owned(), 2);
        assert_eq!(remembered.get("b"), None);
    }

    #[test]
    fn what_was_read_before_everything_was_forgotten_is_not_kept() {
        let remembered = Remembered::<u8, u8>::new(LONG, 10);
        let reading = remembered.reading();
        remembered.forget();
        remembered.keep(reading, 1, 1);
        assert_eq!(remembered.get(&1), None);
        remembered.keep(remembered.reading(), 1, 2);
        assert_eq!(remembered.get(&1), Some(2));
        remembered.forget();
        assert_eq!(remembered.get(&1), None);
    }

    #[test]
    fn so_many_are_kept_and_the_old_ones_go_first() {
        let remembered = Remembered::<u32, u32>::new(LONG, 10);
        let old = Reading {
            began: Instant::now().checked_sub(LONG).expect("an instant"),
            ..remembered.reading()
        };
        for number in 0..5 {
            remembered.keep(old, number, number);
        }
        for number in 5..11 {
            remembered.keep(remembered.reading(), number, number);
        }
        for number in 11..1_000 {
            remembered.keep(remembered.reading(), number, number);
        }
        assert!((5..11).all(|number| remembered.get(&number).is_some()));
        assert_eq!(remembered.held.read().expect("the lock").values.len(), 10);
    }
}
