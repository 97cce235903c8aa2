use anyhow::Result;
use braid_primitives::ecgfp5::{Fp5, Point, Scalar};
use braid_primitives::schnorr::{self, SecretKey};
use p3_field::PrimeField64;
use plonky2::field::types::Field;
use plonky2::gates::gate_testing::{test_eval_fns, test_low_degree};
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::config::PoseidonGoldilocksConfig;

use crate::field5::{self, Element, of_braid};
use crate::gate::ProductGate;
use crate::signature::{Equation, Tables};
use crate::{Builder, Circuit, D, Data, F, Gates, scalar, transfer};

/// The equation alone, whose challenge is an input.
struct Alone {
    data: Data,
    key: Element,
    nonce: Element,
    elements: [Target; 2],
    equation: Equation,
}

/// What is filled in. Words are those of the digits, which may differ from the elements.
#[derive(Clone)]
struct Claim {
    key: Point,
    nonce: Fp5,
    elements: [u64; 2],
    words: [u64; 2],
    v: [u64; 5],
}

impl Alone {
    fn new(gates: Gates) -> Self {
        let mut builder = Builder::new(gates);
        let tables = Tables::new(&mut builder).expect("multiples of the generator");
        let [key, nonce] = [(); 2].map(|()| field5::input(&mut builder));
        let elements = [(); 2].map(|()| builder.add_virtual_target());
        let equation = Equation::new(&mut builder, &tables, key, nonce, elements);
        Self { data: builder.build(), key, nonce, elements, equation }
    }

    fn prove(&self, claim: &Claim) -> Result<()> {
        let mut inputs = PartialWitness::new();
        inputs.set_target_arr(&self.key, &of_braid(claim.key.encode()).0)?;
        inputs.set_target_arr(&self.nonce, &of_braid(claim.nonce).0)?;
        inputs.set_target_arr(&self.elements, &claim.elements.map(F::from_canonical_u64))?;
        self.equation.set(&mut inputs, &claim.key, claim.words, &claim.v)?;
        self.data.verify(self.data.prove(inputs)?)
    }
}

/// A signature by Braid's own `sign`, which Braid's own `verify` accepts.
fn signed() -> Claim {
    let secret = SecretKey::new(transfer::secret(7)).expect("not 0");
    let (chain, digest) = (braid_primitives::F::new(1), [5, 6, 7, 8].map(braid_primitives::F::new));
    let signature = schnorr::sign(&secret, chain, digest);
    let key = secret.public_key();
    schnorr::verify(&key, chain, digest, &signature).expect("an honest signature");
    let challenge = schnorr::challenge(chain, &signature.w_r, &key.0, digest);
    let elements = [challenge[0], challenge[1]].map(|element| element.as_canonical_u64());
    let key = key.point().expect("a point");
    Claim { key, nonce: Fp5(signature.w_r), elements, words: elements, v: scalar::recoded(&signature.s) }
}

/// A claim for a challenge of one's choice: s = k + e·x.
fn chosen(elements: [u64; 2], words: [u64; 2]) -> Claim {
    let (secret, nonce) = (transfer::secret(1), transfer::secret(2));
    let e = Scalar::from(u128::from(words[0]) | u128::from(words[1]) << 64);
    let [key, point] = [secret, nonce].map(|scalar| Point::mul_generator(&scalar));
    Claim { key, nonce: point.encode(), elements, words, v: scalar::recoded(&(nonce + e * secret)) }
}

fn plus(mut words: [u64; 5], other: [u64; 5]) -> [u64; 5] {
    let mut carry = false;
    for (word, other) in words.iter_mut().zip(other) {
        let (sum, first) = word.overflowing_add(other);
        let (sum, second) = sum.overflowing_add(u64::from(carry));
        (*word, carry) = (sum, first || second);
    }
    words
}

#[test]
fn braids_signatures_hold_and_others_do_not() {
    for gates in [Gates::Arithmetic, Gates::Product] {
        let circuit = Alone::new(gates);
        let honest = signed();
        circuit.prove(&honest).expect("Braid's own signature");
        let other = signed();
        let wrong = [
            ("response", Claim { v: plus(other.v, [1, 0, 0, 0, 0]), ..other.clone() }),
            ("nonce", Claim { nonce: -other.nonce, ..other.clone() }),
            ("key", Claim { key: other.key.negate(), ..other.clone() }),
            ("challenge", Claim { elements: [1, 2], words: [1, 2], ..other.clone() }),
            ("digits", Claim { words: [1, 2], ..other.clone() }),
        ];
        for (what, claim) in wrong {
            assert!(circuit.prove(&claim).is_err(), "{gates:?}: another {what} passes");
        }
    }
}

#[test]
fn scalars_have_one_form() {
    let circuit = Alone::new(Gates::Product);
    // The least and the greatest words, each with the sole digits that are allowed.
    let greatest = braid_primitives::MODULUS - 1;
    circuit.prove(&chosen([0, greatest], [0, greatest])).expect("canonical digits");
    // 5 + p fits 64 bits, and is another challenge, for which the response is right.
    let beyond = 5 + braid_primitives::MODULUS;
    circuit.prove(&chosen([5, 9], [5, 9])).expect("canonical digits");
    assert!(circuit.prove(&chosen([5, 9], [beyond, 9])).is_err());
    assert!(circuit.prove(&chosen([9, 5], [9, beyond])).is_err());
    // v + n fits the digits, and stands for the same response.
    let honest = chosen([5, 9], [5, 9]);
    assert!(circuit.prove(&Claim { v: plus(honest.v, Scalar::ORDER), ..honest }).is_err());
}

#[test]
fn a_transfer_needs_the_signature_of_its_amount() {
    let circuit = Circuit::new(14, 1, Some(Gates::Arithmetic)).expect("builds");
    assert_eq!(circuit.transfers.len(), 1);
    let prove = |signed: fn(F) -> F| {
        let inputs = transfer::witness(circuit.first, &circuit.transfers, signed)?;
        circuit.data.verify(circuit.data.prove(inputs)?)
    };
    prove(|amount| amount).expect("signed");
    assert!(prove(|amount| amount + F::ONE).is_err());
}

#[test]
fn the_gate_is_the_same_everywhere() {
    test_low_degree::<F, _, D>(ProductGate);
    test_eval_fns::<F, PoseidonGoldilocksConfig, _, D>(ProductGate).expect("the same constraints");
}
