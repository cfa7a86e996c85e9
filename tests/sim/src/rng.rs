//! The one source of chance: SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).

#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    /// A stream of its own for one step, so that leaving out a step changes no other step's choices.
    pub fn of_step(seed: u64, step: usize) -> Rng {
        let mut rng = Rng(seed ^ (step as u64 + 1).wrapping_mul(0xd134_2543_de82_ef95));
        rng.word();
        rng
    }

    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.word() % n as u64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Milliseconds up to `most`; short ones are likelier.
    pub fn delay(&mut self, most: u64) -> u64 {
        let a = self.word() % (most + 1);
        let b = self.word() % (most + 1);
        a.min(b)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
