//! Braid's Schnorr signature over EcGFp5 inside a circuit: `s·G - e·Q` encodes to w_R, with a challenge e of 128 bits.
//!
//! The equation is Braid's, key, nonce point and response are encoded as Braid does. Hashes are plonky2's Poseidon, for which it has a
//! gate; Braid's Poseidon2 would take some two hundred rows more, by estimate, which nobody who writes for plonky2 would pay.
//!
//! One chain of 128 doublings serves all multiples: those of Q, and three parts of `s·G` with fixed tables of eight points each. At most
//! one point is added after each doubling. The prover supplies N = -Q/2. Then:
//! * 2N has order n whatever N is, so that no square has to be proven, as w alone would need;
//! * with digits that are never 0, multiples of N are `2^128 + Σ digit·16^i = 2e + 1`, which is -e·Q once N is taken away.
//!
//! An exceptional chord needs two equal points, one a sum of known multiples of N and G with that of N not 0, the other a multiple of one
//! of them: whoever finds that knows the logarithm of the key, and can sign. Honest signatures meet none but by a chance of 2^-300.

use anyhow::Result;
use braid_primitives::ecgfp5::{Point as Known, Scalar};
use plonky2::field::types::{Field, PrimeField64};
use plonky2::hash::hash_types::HashOut;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::config::Hasher;

use crate::curve::{Coordinates, Point};
use crate::field5::{self, Element, of_braid};
use crate::scalar::{self, Digit, Response, WORD};
use crate::{Builder, F};

/// Digits of a challenge.
const CHALLENGE: usize = 2 * WORD;
/// Entries of a table.
const ENTRIES: u64 = 8;
/// Domains of hashes, as Braid numbers them, and the chain.
pub const MESSAGE: u64 = 1;
const SIGNATURE: u64 = 4;
pub const CHAIN: u64 = 1;

/// Odd multiples of the generator, shared by all signatures of a circuit: table t serves digits 32t to 32t + 31 of a response, whose
/// points are added when t + 1 of four doublings are left, and so are halved as often.
pub struct Tables(Vec<Vec<Point>>);

impl Tables {
    /// The tables as constants.
    pub fn new(builder: &mut Builder) -> Option<Self> {
        let entry = |table: u32, entry: u64| {
            let base = (0..128 * table).fold(Scalar::ONE, |power, _| power + power);
            let base = (0..=table).fold(base, |power, _| power * scalar::half());
            Coordinates::of(&Known::mul_generator(&(base * Scalar::from(u128::from(2 * entry + 1)))))
        };
        let table = |table| (0..ENTRIES).map(|i| entry(table, i)).collect::<Option<Vec<Coordinates>>>();
        let tables = (0..3).map(table).collect::<Option<Vec<_>>>()?;
        let constants =
            |table: Vec<Coordinates>| table.into_iter().map(|point| Point::constant(builder, point)).collect();
        Some(Self(tables.into_iter().map(constants).collect()))
    }
}

/// What is filled in for a signature.
pub struct Equation {
    /// -Q/2.
    half: Point,
    challenge: Vec<Digit>,
    response: Response,
}

impl Equation {
    /// Requires `s·G - e·Q` to encode to `nonce`, for the e of two elements and the Q that `key` encodes.
    pub fn new(builder: &mut Builder, tables: &Tables, key: Element, nonce: Element, elements: [Target; 2]) -> Self {
        let challenge = elements.map(|element| scalar::word(builder, element)).concat();
        let response = Response::input(builder);
        let half = Point::input(builder);
        let double = half.double(builder);
        // w of Q is -y/x, and that of -Q its opposite.
        double.negate(builder).encodes(builder, key);
        let mut multiples = vec![half];
        while (multiples.len() as u64) < ENTRIES {
            multiples.push(multiples[multiples.len() - 1].add(builder, &double));
        }
        let mut sum = half;
        for i in (0..CHALLENGE).rev() {
            for table in (0..=tables.0.len()).rev() {
                // The challenge's digit follows the last of four doublings.
                let (digit, multiples) = match table.checked_sub(1) {
                    None => (challenge.get(i), &multiples),
                    Some(table) => (response.digits.get(CHALLENGE * table + i), &tables.0[table]),
                };
                sum = match digit {
                    None => sum.double(builder),
                    Some(digit) => {
                        let point = Point::access(builder, digit.index, multiples).signed(builder, digit.sign);
                        sum.double_add(builder, &point)
                    }
                };
            }
        }
        let opposite = half.negate(builder);
        sum.add(builder, &opposite).encodes(builder, nonce);
        Self { half, challenge, response }
    }

    /// Fills in -Q/2, the words of a challenge and v of a response.
    ///
    /// # Errors
    /// If the key is the neutral, or a target is set already.
    pub fn set(&self, inputs: &mut PartialWitness<F>, key: &Known, e: [u64; 2], v: &[u64; 5]) -> Result<()> {
        let half = Coordinates::of(&key.mul(&scalar::half()).negate());
        let half = half.ok_or_else(|| anyhow::anyhow!("the key is the neutral"))?;
        inputs.set_target_arr(&self.half.x, &half.x.0)?;
        inputs.set_target_arr(&self.half.y, &half.y.0)?;
        for (digits, word) in self.challenge.chunks(WORD).zip(e) {
            scalar::set_word(inputs, digits, word)?;
        }
        self.response.set(inputs, v)
    }
}

/// What a challenge hashes: two blocks of Poseidon.
fn challenge_input<T: Copy>(domain: [T; 2], nonce: [T; 5], key: [T; 5], digest: [T; 4]) -> Vec<T> {
    [&domain[..], &nonce, &key, &digest].concat()
}

/// A signature of the key that `key` encodes for a digest.
pub struct Verification {
    nonce: Element,
    equation: Equation,
}

impl Verification {
    /// Hashes the challenge and requires the equation; `hashed` is called between both.
    pub fn new(
        builder: &mut Builder,
        tables: &Tables,
        key: Element,
        digest: [Target; 4],
        hashed: impl FnOnce(&Builder),
    ) -> Self {
        let nonce = field5::input(builder);
        let domain = [SIGNATURE, CHAIN].map(|number| builder.constant(F::from_canonical_u64(number)));
        let input = challenge_input(domain, nonce, key, digest);
        let challenge = builder.hash_n_to_hash_no_pad::<PoseidonHash>(input).elements;
        hashed(builder);
        let equation = Equation::new(builder, tables, key, nonce, [challenge[0], challenge[1]]);
        Self { nonce, equation }
    }

    /// Fills in a signature for a digest.
    ///
    /// # Errors
    /// As [`Equation::set`].
    pub fn set(
        &self,
        inputs: &mut PartialWitness<F>,
        key: &Known,
        digest: HashOut<F>,
        signature: &Signature,
    ) -> Result<()> {
        inputs.set_target_arr(&self.nonce, &signature.nonce)?;
        let words = challenge(signature.nonce, key, digest);
        self.equation.set(inputs, key, words, &scalar::recoded(&signature.s))
    }
}

/// A signature as values.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    pub nonce: [F; 5],
    pub s: Scalar,
}

fn encode(point: &Known) -> [F; 5] {
    of_braid(point.encode()).0
}

/// The challenge's two words.
fn challenge(nonce: [F; 5], key: &Known, digest: HashOut<F>) -> [u64; 2] {
    let domain = [SIGNATURE, CHAIN].map(F::from_canonical_u64);
    let elements = PoseidonHash::hash_no_pad(&challenge_input(domain, nonce, encode(key), digest.elements)).elements;
    [elements[0], elements[1]].map(|element| element.to_canonical_u64())
}

/// Signs with Braid's group and scalars as `schnorr::sign` does, but with Poseidon for both hashes.
pub fn sign(secret: &Scalar, digest: HashOut<F>) -> Signature {
    let seed = secret.words().map(|word| [word & 0xffff_ffff, word >> 32].map(F::from_canonical_u64));
    let blocks = [0, 1].map(|block| {
        let input = [seed.as_flattened(), &digest.elements, &[F::from_canonical_u64(block)]].concat();
        PoseidonHash::hash_no_pad(&input).elements
    });
    let bytes: Vec<u8> = blocks.concat().iter().flat_map(|element| element.to_canonical_u64().to_le_bytes()).collect();
    let k = Scalar::reduce(&bytes);
    let nonce = encode(&Known::mul_generator(&k));
    let [low, high] = challenge(nonce, &Known::mul_generator(secret), digest).map(u128::from);
    Signature { nonce, s: k + Scalar::from(low | high << 64) * *secret }
}
