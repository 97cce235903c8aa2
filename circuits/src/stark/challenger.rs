//! The Fiat–Shamir transcript: Plonky3's duplex sponge, whose proofs of work are the same on any number of threads.

use braid_primitives::poseidon::{Poseidon12, RATE, WIDTH, grind};
use p3_challenger::{CanObserve, CanSample, CanSampleBits, DuplexChallenger, FieldChallenger, GrindingChallenger};
use p3_field::{PrimeCharacteristicRing, PrimeField64};

use super::config::Val;

type Duplex = DuplexChallenger<Val, Poseidon12, WIDTH, RATE>;

/// The sponge. The library would take any witness of work that one of its threads finds; this one takes the smallest, so that proofs
/// of the same tables are the same bytes.
#[derive(Clone, Debug)]
pub struct Challenger(Duplex);

impl Challenger {
    /// A sponge that has absorbed nothing.
    pub fn new() -> Self {
        Self(Duplex::new(Poseidon12))
    }
}

impl Default for Challenger {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> CanObserve<T> for Challenger
where
    Duplex: CanObserve<T>,
{
    fn observe(&mut self, value: T) {
        self.0.observe(value);
    }
}

impl<T> CanSample<T> for Challenger
where
    Duplex: CanSample<T>,
{
    fn sample(&mut self) -> T {
        self.0.sample()
    }
}

impl CanSampleBits<usize> for Challenger {
    fn sample_bits(&mut self, bits: usize) -> usize {
        self.0.sample_bits(bits)
    }
}

impl FieldChallenger<Val> for Challenger {}

impl GrindingChallenger for Challenger {
    type Witness = Val;

    /// The smallest witness; 0 if none of 2^48 candidates is one, and no proof that holds comes of that.
    fn grind(&mut self, bits: usize) -> Val {
        if bits == 0 {
            return Val::ZERO;
        }
        // What the sponge does with the witness: it absorbs it behind what waits, clears the rest of the rate, and adds how many it
        // absorbed to the first element of the capacity.
        let Duplex { sponge_state, input_buffer, .. } = &self.0;
        let absorbed = input_buffer.len() + 1;
        let mut state = *sponge_state;
        state[..RATE].fill(Val::ZERO);
        state[..input_buffer.len()].copy_from_slice(input_buffer);
        state[RATE] += Val::from_usize(absorbed);
        let words = state.map(|element| element.as_canonical_u64());
        let witness = grind(&words, input_buffer.len(), |drawn| drawn.trailing_zeros() as usize >= bits);
        let witness = Val::new(witness.unwrap_or_default());
        let _holds = self.check_witness(bits, witness);
        witness
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever waits to be absorbed, the library's sponge accepts the witness, which is the smallest that it accepts.
    #[test]
    fn witnesses_are_the_smallest_that_the_library_accepts() {
        for waiting in 0..RATE as u64 {
            let mut challenger = Challenger::new();
            (0..9 + waiting).for_each(|element| challenger.observe(Val::new(element)));
            let library = challenger.0.clone();
            let accepted = |candidate: &u64| library.clone().check_witness(6, Val::new(*candidate));
            let smallest = (0..).find(accepted).unwrap();
            assert_eq!(challenger.grind(6).as_canonical_u64(), smallest, "{waiting} waiting");
            let mut after = library;
            assert!(after.check_witness(6, Val::new(smallest)));
            assert_eq!(challenger.sample_bits(20), after.sample_bits(20), "the witness is absorbed");
            assert_eq!(challenger.clone().grind(0), Val::ZERO);
        }
    }
}
