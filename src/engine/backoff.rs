//! When to try again: exponential with jitter, so that clients of a restarted hub do not come back all at once.
//! (Full jitter, as in <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.)

const FIRST_MS: u64 = 500;
const MOST_MS: u64 = 30_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
    random: u64,
}

impl Backoff {
    pub fn new(seed: u64) -> Backoff {
        Backoff { failures: 0, random: seed | 1 }
    }

    /// One more failure: milliseconds to wait.
    pub fn fail(&mut self) -> u64 {
        let ceiling = FIRST_MS.saturating_mul(1 << self.failures.min(10)).min(MOST_MS);
        self.failures = self.failures.saturating_add(1);
        // xorshift64: spread is all that is asked of it.
        self.random |= 1;
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        ceiling / 2 + self.random % (ceiling / 2 + 1)
    }

    pub fn failures(&self) -> u32 {
        self.failures
    }

    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_stays_bounded_and_starts_over() {
        let mut backoff = Backoff::new(42);
        let waits: Vec<u64> = (0..20).map(|_| backoff.fail()).collect();
        assert!((250..=500).contains(&waits[0]), "{waits:?}");
        assert!(waits.iter().all(|w| *w <= MOST_MS));
        assert!(waits[19] >= MOST_MS / 2);
        backoff.reset();
        assert!(backoff.fail() <= FIRST_MS);
        assert_ne!(Backoff::new(1).fail(), Backoff::new(0x9e37_79b9_7f4a_7c15).fail());
    }
}
