//! FRI: the opened values are those of polynomials of low degree behind the commitments.

use std::num::NonZeroUsize;
use std::thread;

use super::challenges::Challenges;
use super::proof::{Opened, Query};
use super::{Failure, Proof};
use crate::extension::{Quadratic, combine};
use crate::field::{COSET_SHIFT, Goldilocks};
use crate::key::Shape;
use crate::poseidon::{Hash, hash_leaf, two_to_one};

/// One half.
const HALF: Goldilocks = Goldilocks::new(0x7fff_ffff_8000_0001);

/// What is the same for all queries.
struct Context<'a> {
    proof: &'a Proof,
    shape: &'a Shape,
    challenges: &'a Challenges,
    caps: [&'a [Hash]; 4],
    zeta_next: Quadratic,
    /// Openings at ζ and at g·ζ, combined by powers of α.
    combined: [Quadratic; 2],
    /// α to the number of polynomials opened at g·ζ.
    shift: Quadratic,
}

/// Checks grinding and all queries. `constants_cap` is the commitment in the key.
pub(super) fn check(
    proof: &Proof,
    shape: &Shape,
    challenges: &Challenges,
    constants_cap: &[Hash],
) -> Result<(), Failure> {
    if (challenges.grinding_response.value().leading_zeros() as usize) < shape.grinding_bits {
        return Err(Failure::Grinding);
    }
    let alpha = challenges.fri_alpha;
    let next = &proof.openings.zs_next;
    let context = Context {
        proof,
        shape,
        challenges,
        caps: [constants_cap, &proof.wires_cap, &proof.zs_cap, &proof.quotient_cap],
        zeta_next: challenges.zeta * Goldilocks::two_adic_generator(shape.degree_bits),
        combined: [combine(&proof.openings.at_zeta(), alpha), combine(next, alpha)],
        shift: alpha.power(next.len()),
    };
    let queries: Vec<(usize, &Query)> = challenges.indices.iter().copied().zip(&proof.queries).collect();
    check_on_all_cores(&context, &queries)
}

/// Queries are independent and most of the work. Where no thread can be started, the calling one does its share.
fn check_on_all_cores(context: &Context<'_>, queries: &[(usize, &Query)]) -> Result<(), Failure> {
    /// Starting a thread costs as much as a few queries.
    const LEAST_SHARE: usize = 8;
    let run = |queries: &[(usize, &Query)]| queries.iter().try_for_each(|&(index, query)| context.query(index, query));
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = queries.len().div_ceil(cores).max(LEAST_SHARE);
    thread::scope(|scope| {
        let mut result = Ok(());
        let mut chunks = queries.chunks(share);
        let own = chunks.next().unwrap_or_default();
        let mut workers = Vec::new();
        for chunk in chunks {
            match thread::Builder::new().spawn_scoped(scope, move || run(chunk)) {
                Ok(worker) => workers.push(worker),
                Err(_) => result = result.and_then(|()| run(chunk)),
            }
        }
        result = result.and_then(|()| run(own));
        for worker in workers {
            // A worker that panicked has not found its queries to hold.
            result = result.and(worker.join().unwrap_or(Err(Failure::Commitment)));
        }
        result
    })
}

/// Whether a leaf with this hash stands at `index` under the cap.
fn leads_to_cap(leaf: Hash, mut index: usize, path: &[Hash], cap: &[Hash]) -> bool {
    let mut node = leaf;
    for sibling in path {
        node = if index & 1 == 1 { two_to_one(sibling, &node) } else { two_to_one(&node, sibling) };
        index >>= 1;
    }
    cap.get(index) == Some(&node)
}

/// The lowest `bits` bits of `index` in reverse order.
fn reverse_bits(index: usize, bits: usize) -> usize {
    if bits == 0 { 0 } else { index.reverse_bits() >> (usize::BITS as usize - bits) }
}

impl Context<'_> {
    fn query(&self, mut index: usize, query: &Query) -> Result<(), Failure> {
        for (row, cap) in query.rows.iter().zip(self.caps) {
            if !leads_to_cap(hash_leaf(&row.values), index, &row.path, cap) {
                return Err(Failure::Commitment);
            }
        }
        let bits = self.shape.lde_bits();
        let mut x = COSET_SHIFT * Goldilocks::two_adic_generator(bits).power(reverse_bits(index, bits) as u64);
        let mut inverse = x.inverse();
        // x = ζ would need ζ in the base field: probability 2^−64, and then no honest prover can answer either.
        let mut value = self.first_value(&query.rows, x).ok_or(Failure::Folding)?;

        let rounds = self.shape.folds.iter().zip(&self.challenges.fri_betas).zip(&self.proof.fold_caps);
        for (((&fold, &beta), cap), opened) in rounds.zip(&query.folds) {
            let within = index & ((1 << fold) - 1);
            if opened.values.get(within) != Some(&value) {
                return Err(Failure::Folding);
            }
            value = folded(&opened.values, inverse, within, fold, beta);
            index >>= fold;
            let leaf: Vec<Goldilocks> = opened.values.iter().flat_map(|value| [value.0, value.1]).collect();
            if !leads_to_cap(hash_leaf(&leaf), index, &opened.path, cap) {
                return Err(Failure::Commitment);
            }
            x = x.power_of_two(fold);
            inverse = inverse.power_of_two(fold);
        }
        if combine(&self.proof.final_polynomial, x.into()) != value {
            return Err(Failure::FinalPolynomial);
        }
        Ok(())
    }

    /// The value at x of the polynomial that FRI is about: quotients of differences from the claimed openings.
    fn first_value(&self, rows: &[Opened<Goldilocks>; 4], x: Goldilocks) -> Option<Quadratic> {
        let alpha = self.challenges.fri_alpha;
        let all = rows.iter().flat_map(|row| &row.values).rev();
        let at_zeta = all.fold(Quadratic::ZERO, |sum, &value| sum * alpha + value);
        let zs = rows[2].values.iter().take(self.shape.challenges).rev();
        let at_next = zs.fold(Quadratic::ZERO, |sum, &value| sum * alpha + value);
        let x = Quadratic::from(x);
        let first = (at_zeta - self.combined[0]) * (x - self.challenges.zeta).inverse()?;
        let second = (at_next - self.combined[1]) * (x - self.zeta_next).inverse()?;
        Some(first * self.shift + second)
    }
}

/// The value at β of the polynomial of degree below 2^fold through `values`, which lie on the coset that holds x at
/// position `within`, in bit-reversed order. Halves the coset `fold` times: P(β) = Pₑ(β²) + β·Pₒ(β²), where even and odd
/// part at y² are half the sum of P(y) and P(−y), and their half difference over y.
fn folded(values: &[Quadratic], inverse: Goldilocks, within: usize, fold: usize, beta: Quadratic) -> Quadratic {
    let generator = Goldilocks::two_adic_generator(fold);
    // The coset begins at x / g^reverse(within).
    let mut start = inverse * generator.power(reverse_bits(within, fold) as u64);
    let mut step = generator.inverse();
    let mut beta = beta;
    let mut values = values.to_vec();
    let mut bits = fold;
    while let [_, _, ..] = values[..] {
        bits -= 1;
        let powers: Vec<Goldilocks> =
            core::iter::successors(Some(start), |&power| Some(power * step)).take(1 << bits).collect();
        let halve = |(k, pair): (usize, &[Quadratic])| {
            // Position 2k of a bit-reversed coset is the point start·g^reverse(k), and 2k + 1 its negative.
            let even = (pair[0] + pair[1]) * HALF;
            let odd = (pair[0] - pair[1]) * (HALF * powers[reverse_bits(k, bits)]);
            even + odd * beta
        };
        values = values.chunks_exact(2).enumerate().map(halve).collect();
        (start, step, beta) = (start * start, step * step, beta * beta);
    }
    values.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_evaluates_the_polynomial_through_the_coset() {
        let coefficients: Vec<Quadratic> =
            (0..8).map(|i| Quadratic(Goldilocks::new(i * i + 3), Goldilocks::new(17 * i))).collect();
        let beta = Quadratic(Goldilocks::new(123_456_789), Goldilocks::new(987_654_321));
        let generator = Goldilocks::two_adic_generator(3);
        let start = Goldilocks::new(0x0123_4567_89ab_cdef);
        let points: Vec<Goldilocks> = (0..8).map(|i| start * generator.power(reverse_bits(i, 3) as u64)).collect();
        let values: Vec<Quadratic> = points.iter().map(|&x| combine(&coefficients, x.into())).collect();
        for (within, &x) in points.iter().enumerate() {
            let folded = folded(&values, x.inverse(), within, 3, beta);
            assert_eq!(folded, combine(&coefficients, beta));
        }
    }

    #[test]
    fn half_doubles_to_one() {
        assert_eq!(HALF + HALF, Goldilocks::ONE);
    }

    #[test]
    fn a_path_leads_only_from_its_own_leaf_and_index() {
        let leaves: Vec<Hash> = (0..8).map(|i| [Goldilocks::new(i); 4]).collect();
        let pairs: Vec<Hash> = leaves.chunks_exact(2).map(|pair| two_to_one(&pair[0], &pair[1])).collect();
        let cap = [two_to_one(&pairs[0], &pairs[1]), two_to_one(&pairs[2], &pairs[3])];
        let path = [leaves[4], pairs[3]];
        assert!(leads_to_cap(leaves[5], 5, &path, &cap));
        assert!(!leads_to_cap(leaves[5], 4, &path, &cap));
        assert!(!leads_to_cap(leaves[4], 5, &path, &cap));
        assert!(!leads_to_cap(leaves[5], 1, &path, &cap));
        assert!(!leads_to_cap(leaves[5], 13, &path, &cap));
    }
}
