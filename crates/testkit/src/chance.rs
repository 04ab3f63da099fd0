//! Chance that repeats: what a test does is the same for a seed, and the environment says which seeds.

/// Numbers that look like chance, the same for a seed.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Those of a seed.
    pub fn new(seed: u64) -> Self {
        // From nothing nothing else would follow.
        Self(if seed == 0 { 1 } else { seed })
    }

    /// From 0, less than that.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let sides = sides.max(1) as u64;
        usize::try_from((self.0 >> 11) % sides).expect("it is small")
    }

    /// Once in so many times.
    pub fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }

    /// One of them.
    pub fn of<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        (!all.is_empty()).then(|| all[self.roll(all.len())].clone())
    }

    /// One of those, of which there are some.
    pub fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())].clone()
    }

    /// From 0, less than that.
    pub fn days(&mut self, most: usize) -> i64 {
        i64::try_from(self.roll(most)).expect("it is small")
    }

    /// The same, mostly; else none.
    pub fn perhaps(&mut self, most: usize) -> Option<i64> {
        (!self.one_in(4)).then(|| self.days(most))
    }
}

/// The seeds of a test's sequences: `USHER_TEST_SEED` says where to begin, `USHER_TEST_ROUNDS` how many there are.
pub fn seeds(first: u64, rounds: u64) -> Vec<u64> {
    let (first, rounds) = (
        told_number("USHER_TEST_SEED", first),
        told_number("USHER_TEST_ROUNDS", rounds),
    );
    let nth = |round: u64| first.wrapping_add(round.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    (0..rounds).map(nth).collect()
}

/// A number that the environment gives a test: a seed, or a size.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told of rounds and sizes in their environment"
)]
pub fn told_number(name: &str, default: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(default)
}
