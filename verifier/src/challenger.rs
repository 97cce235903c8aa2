//! The transcript: a duplex sponge that overwrites its rate part, as plonky2's `Challenger`.

use crate::extension::Quadratic;
use crate::field::Goldilocks;
use crate::poseidon::{Hash, RATE, WIDTH, permute};

/// Turns everything the prover said so far into challenges.
pub(crate) struct Challenger {
    state: [Goldilocks; WIDTH],
    /// Elements not absorbed yet: the first `pending` places.
    input: [Goldilocks; RATE],
    pending: usize,
    /// Elements of the rate part that may still be handed out, last first.
    available: usize,
}

impl Challenger {
    pub fn new() -> Self {
        Self { state: [Goldilocks::ZERO; WIDTH], input: [Goldilocks::ZERO; RATE], pending: 0, available: 0 }
    }

    fn duplex(&mut self) {
        self.state[..self.pending].copy_from_slice(&self.input[..self.pending]);
        permute(&mut self.state);
        self.pending = 0;
        self.available = RATE;
    }

    pub fn observe(&mut self, element: Goldilocks) {
        // What was drawn before must not follow what is said now.
        self.available = 0;
        self.input[self.pending] = element;
        self.pending += 1;
        // So `pending` is below RATE whenever an element comes in.
        if self.pending == RATE {
            self.duplex();
        }
    }

    pub fn observe_number(&mut self, number: u64) {
        self.observe(Goldilocks::new(number));
    }

    pub fn observe_hash(&mut self, hash: &Hash) {
        hash.iter().for_each(|&element| self.observe(element));
    }

    pub fn observe_cap(&mut self, cap: &[Hash]) {
        cap.iter().for_each(|hash| self.observe_hash(hash));
    }

    pub fn observe_extension(&mut self, elements: &[Quadratic]) {
        for element in elements {
            self.observe(element.0);
            self.observe(element.1);
        }
    }

    pub fn challenge(&mut self) -> Goldilocks {
        if self.pending > 0 || self.available == 0 {
            self.duplex();
        }
        // `duplex` leaves RATE elements, so one is available here.
        self.available -= 1;
        self.state[self.available]
    }

    pub fn challenges(&mut self, count: usize) -> Vec<Goldilocks> {
        (0..count).map(|_| self.challenge()).collect()
    }

    pub fn extension_challenge(&mut self) -> Quadratic {
        let constant = self.challenge();
        Quadratic(constant, self.challenge())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_challenges_depend_on_everything_observed() {
        let mut a = Challenger::new();
        let mut b = Challenger::new();
        (0..9).for_each(|i| a.observe_number(i));
        (0..8).for_each(|i| b.observe_number(i));
        b.observe_number(9);
        assert_ne!(a.challenge(), b.challenge());
    }

    #[test]
    fn observing_discards_challenges_that_were_not_drawn() {
        let mut a = Challenger::new();
        a.observe_number(1);
        let first = a.challenge();
        let second = a.challenge();
        let mut b = Challenger::new();
        b.observe_number(1);
        assert_eq!(b.challenge(), first);
        b.observe_number(0);
        assert_ne!(b.challenge(), second);
    }

    #[test]
    fn more_challenges_than_the_rate_come_from_further_permutations() {
        let mut challenger = Challenger::new();
        let drawn = challenger.challenges(20);
        assert_eq!(drawn.iter().collect::<std::collections::HashSet<_>>().len(), 20);
    }
}
