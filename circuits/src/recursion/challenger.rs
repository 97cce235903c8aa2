//! Plonky3's Fiat–Shamir sponge inside a circuit.
//!
//! `DuplexChallenger<_, Poseidon12, 12, 8>`: observed elements gather until there are eight or a sample is drawn. Then they
//! overwrite the start of the state, the rest of the rate is zeroed, their number is added to the first element of the
//! capacity, and the state is permuted. A squeeze without new elements permutes only. Samples are taken from the end of the
//! rate. plonky2's own recursive challenger neither zeroes nor tags, so it cannot be used.
//!
//! As long as everything observed is constant (the seed of a fixed shape), the permutation is computed while building.

use braid_primitives::poseidon;
use p3_field::PrimeCharacteristicRing;
use plonky2::field::types::{Field as _, PrimeField64};
use plonky2::hash::hash_types::HashOutTarget;
use plonky2::hash::hashing::PlonkyPermutation;
use plonky2::hash::poseidon::{PoseidonHash, PoseidonPermutation};
use plonky2::iop::target::{BoolTarget, Target};

use super::embed::{self, ExtTarget};
use super::{Builder, Field};
use crate::stark::Val;

const WIDTH: usize = 12;
const RATE: usize = 8;

/// The sponge's state as targets.
#[derive(Clone, Debug)]
pub struct ChallengerTarget {
    state: [Target; WIDTH],
    input: Vec<Target>,
    output: Vec<Target>,
}

impl ChallengerTarget {
    /// A sponge that has seen nothing.
    pub fn new(builder: &mut Builder) -> Self {
        Self { state: [builder.zero(); WIDTH], input: Vec::new(), output: Vec::new() }
    }

    /// Absorbs one element.
    pub fn observe(&mut self, builder: &mut Builder, element: Target) {
        self.output.clear();
        self.input.push(element);
        if self.input.len() == RATE {
            self.duplex(builder);
        }
    }

    /// Absorbs elements in order.
    pub fn observe_all(&mut self, builder: &mut Builder, elements: &[Target]) {
        for &element in elements {
            self.observe(builder, element);
        }
    }

    /// Absorbs constants.
    pub fn observe_constants(&mut self, builder: &mut Builder, constants: &[Val]) {
        for &constant in constants {
            let target = embed::constant(builder, constant);
            self.observe(builder, target);
        }
    }

    /// Absorbs a commitment: all digests in order.
    pub fn observe_cap(&mut self, builder: &mut Builder, cap: &[HashOutTarget]) {
        for digest in cap {
            self.observe_all(builder, &digest.elements);
        }
    }

    /// Absorbs elements of the extension, limb by limb.
    pub fn observe_ext(&mut self, builder: &mut Builder, elements: &[ExtTarget]) {
        for element in elements {
            self.observe_all(builder, &element.0);
        }
    }

    /// Draws an element.
    pub fn sample(&mut self, builder: &mut Builder) -> Target {
        loop {
            if self.input.is_empty()
                && let Some(sample) = self.output.pop()
            {
                return sample;
            }
            self.duplex(builder);
        }
    }

    /// Draws an element of the extension.
    pub fn sample_ext(&mut self, builder: &mut Builder) -> ExtTarget {
        let first = self.sample(builder);
        let second = self.sample(builder);
        plonky2::iop::ext_target::ExtensionTarget([first, second])
    }

    /// Draws the low `count` (at most 32) bits of the canonical form of one element, lowest first.
    pub fn sample_bits(&mut self, builder: &mut Builder, count: usize) -> Vec<BoolTarget> {
        let sample = self.sample(builder);
        canonical_low_bits(builder, sample, count)
    }

    /// Checks a proof of work of `bits` bits; at 0 bits the library absorbs nothing and neither does this.
    pub fn check_pow(&mut self, builder: &mut Builder, bits: usize, witness: Target) {
        if bits == 0 {
            return;
        }
        self.observe(builder, witness);
        for bit in self.sample_bits(builder, bits) {
            builder.assert_zero(bit.target);
        }
    }

    fn duplex(&mut self, builder: &mut Builder) {
        let absorbed = self.input.len();
        for (slot, element) in self.state.iter_mut().zip(self.input.drain(..)) {
            *slot = element;
        }
        if absorbed > 0 {
            self.state[absorbed..RATE].fill(builder.zero());
            self.state[RATE] = builder.add_const(self.state[RATE], Field::from_canonical_usize(absorbed));
        }
        self.state = permute(builder, self.state);
        self.output = self.state[..RATE].to_vec();
    }
}

/// Poseidon of width 12: one row, or none if the state is constant.
fn permute(builder: &mut Builder, state: [Target; WIDTH]) -> [Target; WIDTH] {
    let constants: Option<Vec<Field>> = state.iter().map(|&t| builder.target_as_constant(t)).collect();
    if let Some(constants) = constants {
        let mut words: [Val; WIDTH] = core::array::from_fn(|i| Val::from_u64(constants[i].to_canonical_u64()));
        poseidon::permute(&mut words);
        return words.map(|word| embed::constant(builder, word));
    }
    let permuted = builder.permute::<PoseidonHash>(PoseidonPermutation::new(state));
    let words: &[Target] = permuted.as_ref();
    core::array::from_fn(|i| words[i])
}

/// The low `count` (at most 32) bits of the canonical form of `x`, lowest first.
///
/// `x = low + 2^32 high` with both halves below 2^32 has a second solution, `x + p`, for the smallest `x`. It is the one with
/// `high = 2^32 - 1` and `low > 0`, which is excluded.
pub fn canonical_low_bits(builder: &mut Builder, x: Target, count: usize) -> Vec<BoolTarget> {
    let (low, high) = builder.split_low_high(x, 32, 64);
    let ones = builder.constant(Field::from_canonical_u64(u32::MAX as u64));
    let high_is_ones = builder.is_equal(high, ones);
    let excluded = builder.mul(high_is_ones.target, low);
    builder.assert_zero(excluded);
    let mut bits = builder.split_le(low, 32);
    bits.truncate(count);
    bits
}

#[cfg(test)]
mod tests {
    use p3_challenger::{CanObserve, CanSample, CanSampleBits, GrindingChallenger};
    use plonky2::iop::generator::generate_partial_witness;
    use plonky2::iop::witness::{Witness as _, WitnessWrite};
    use plonky2::plonk::circuit_data::CircuitConfig;

    use super::*;
    use crate::recursion::{Config, D, Witness};
    use crate::stark::{Challenge, Challenger};

    fn builder() -> Builder {
        Builder::new(CircuitConfig::standard_recursion_config())
    }

    fn sponge() -> Challenger {
        Challenger::new()
    }

    #[test]
    fn every_pattern_of_observing_and_sampling_agrees_with_the_library() {
        let mut builder = builder();
        let mut native = sponge();
        let mut target = ChallengerTarget::new(&mut builder);
        let mut witness = Witness::new();
        let mut expected = Vec::new();
        // Constants first, then runs of observed elements of every length around the rate, samples between them.
        let seed: Vec<Val> = (0..13u64).map(Val::from_u64).collect();
        target.observe_constants(&mut builder, &seed);
        native.observe_slice(&seed);
        for run in [1usize, 7, 8, 9, 0, 16, 3, 0, 0] {
            for i in 0..run {
                let value = Val::from_u64((run * 1000 + i) as u64);
                let t = builder.add_virtual_target();
                witness.set_target(t, embed::base(value)).unwrap();
                target.observe(&mut builder, t);
                native.observe(value);
            }
            for _ in 0..(run % 4) + 7 {
                let sample: Val = native.sample();
                expected.push((target.sample(&mut builder), sample));
            }
            let ext: Challenge = native.sample();
            let drawn = target.sample_ext(&mut builder);
            let limbs: &[Val] = p3_field::BasedVectorSpace::as_basis_coefficients_slice(&ext);
            expected.extend(drawn.0.into_iter().zip(limbs.iter().copied()));
        }
        let bits = target.sample_bits(&mut builder, 21);
        let index = native.sample_bits(21);
        for (i, bit) in bits.iter().enumerate() {
            expected.push((bit.target, Val::from_u64((index >> i & 1) as u64)));
        }
        let data = builder.mock_build::<Config>();
        let filled = generate_partial_witness::<Field, Config, D>(witness, &data.prover_only, &data.common).unwrap();
        for (t, value) in expected {
            assert_eq!(filled.get_target(t), embed::base(value));
        }
    }

    #[test]
    fn only_a_real_proof_of_work_passes() {
        let mut native = sponge();
        native.observe(Val::from_u64(9));
        let nonce = native.clone().grind(5);
        let mut builder = builder();
        let mut target = ChallengerTarget::new(&mut builder);
        target.observe_constants(&mut builder, &[Val::from_u64(9)]);
        let t = builder.add_virtual_target();
        target.check_pow(&mut builder, 5, t);
        let data = builder.mock_build::<Config>();
        for candidate in 0..40 {
            let candidate = Val::from_u64(candidate);
            let mut witness = Witness::new();
            witness.set_target(t, embed::base(candidate)).unwrap();
            let result = generate_partial_witness::<Field, Config, D>(witness, &data.prover_only, &data.common);
            assert_eq!(result.is_ok(), native.clone().check_witness(5, candidate));
        }
        let mut witness = Witness::new();
        witness.set_target(t, embed::base(nonce)).unwrap();
        generate_partial_witness::<Field, Config, D>(witness, &data.prover_only, &data.common).unwrap();
    }

    #[test]
    fn bits_come_from_the_canonical_form() {
        let mut builder = builder();
        let x = builder.add_virtual_target();
        let bits = canonical_low_bits(&mut builder, x, 32);
        let data = builder.mock_build::<Config>();
        for value in [0, 1, 5, u32::MAX as u64, 1 << 32, 0xffff_ffff_0000_0000] {
            let mut witness = Witness::new();
            witness.set_target(x, Field::from_canonical_u64(value)).unwrap();
            let filled =
                generate_partial_witness::<Field, Config, D>(witness, &data.prover_only, &data.common).unwrap();
            let low: u64 =
                (bits.iter().enumerate()).map(|(i, bit)| filled.get_target(bit.target).to_canonical_u64() << i).sum();
            assert_eq!(low, value & 0xffff_ffff);
        }
        // The other decomposition of 5: 5 + p = 2^32 (2^32 - 1) + 6.
        let mut witness = Witness::new();
        witness.set_target(x, Field::from_canonical_u64(5)).unwrap();
        witness.set_target(bits[0].target, Field::ZERO).unwrap();
        assert!(generate_partial_witness::<Field, Config, D>(witness, &data.prover_only, &data.common).is_err());
    }
}
