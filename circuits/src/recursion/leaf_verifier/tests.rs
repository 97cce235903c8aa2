//! The circuit accepts what the native verifier accepts and nothing else: SOUNDNESS 4.5, over the toy machine.

use std::sync::OnceLock;

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::witness::Witness as _;
use plonky2::plonk::circuit_data::{CircuitConfig, MockCircuitData};

use super::expand::{expand_with_challenges, restore};
use super::transcript::Challenges;
use super::*;
use crate::recursion::embed;
use crate::recursion::{Builder, Config, D, Field, Witness};
use crate::stark::toy::{self, HEIGHTS, TABLES, Toy};
use crate::stark::{Challenge, Setup, Val};

/// A verifier without a prover.
struct Verifier {
    targets: LeafVerifierTargets,
    circuit: MockCircuitData<Field, Config, D>,
}

impl Verifier {
    fn new(shape: &LeafDescription) -> Self {
        let mut builder = Builder::new(CircuitConfig::standard_recursion_config());
        let targets = build_leaf_verifier(&mut builder, shape).unwrap();
        Self { targets, circuit: builder.mock_build::<Config>() }
    }

    /// Whether all values of the witness agree.
    fn accepts(&self, values: &ProofValues) -> bool {
        let mut witness = Witness::new();
        if self.targets.assign(&mut witness, values).is_err() {
            return false;
        }
        let (prover, common) = (&self.circuit.prover_only, &self.circuit.common);
        generate_partial_witness::<Field, Config, D>(witness, prover, common).is_ok()
    }
}

/// The toy machine's verifier, built once, and an honest proof.
struct Fixture {
    setup: Setup<Toy>,
    shape: LeafDescription,
    verifier: Verifier,
    values: ProofValues,
    challenges: Challenges<Challenge, usize>,
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let setup = toy::setup(toy::parameters());
        let shape = LeafDescription::new(&setup).unwrap();
        let (traces, publics) = toy::execution();
        let proof = setup.prove(&traces, &publics).unwrap();
        let (values, challenges) = expand_with_challenges(&setup, &shape, &proof, &publics).unwrap();
        let verifier = Verifier::new(&shape);
        Fixture { setup, shape, verifier, values, challenges }
    })
}

#[test]
fn an_honest_proof_satisfies_the_circuit_and_every_challenge_agrees() {
    let f = fixture();
    let mut witness = Witness::new();
    f.verifier.targets.assign(&mut witness, &f.values).unwrap();
    let circuit = &f.verifier.circuit;
    let filled = generate_partial_witness::<Field, Config, D>(witness, &circuit.prover_only, &circuit.common).unwrap();
    let get = |t| filled.get_extension_target(t);
    let (c, t) = (&f.challenges, f.verifier.targets.challenges());
    assert_eq!(get(t.alpha), embed::extension(c.alpha));
    assert_eq!(get(t.zeta), embed::extension(c.zeta));
    assert_eq!(get(t.batch), embed::extension(c.batch));
    // The native side reports the prefix of the first bus, the circuit the challenge it is made of.
    assert_eq!(get(t.lookup.unwrap().1), embed::extension(c.lookup.unwrap().1));
    assert_eq!(t.betas.len(), c.betas.len());
    for (&target, &beta) in t.betas.iter().zip(&c.betas) {
        assert_eq!(get(target), embed::extension(beta));
    }
    for (bits, &index) in t.indices.iter().zip(&c.indices) {
        for (i, bit) in bits.iter().enumerate() {
            assert_eq!(filled.get_bool_target(*bit), index >> i & 1 == 1);
        }
    }
}

#[test]
fn plonky2_proves_the_verifier() {
    let f = fixture();
    let mut builder = Builder::new(CircuitConfig::standard_recursion_config());
    let targets = build_leaf_verifier(&mut builder, &f.shape).unwrap();
    let circuit = builder.build::<Config>();
    let mut witness = Witness::new();
    targets.assign(&mut witness, &f.values).unwrap();
    let proof = circuit.prove(witness).unwrap();
    circuit.verify(proof).unwrap();
}

#[test]
fn every_changed_value_of_a_proof_is_rejected() {
    let f = fixture();
    assert!(f.verifier.accepts(&f.values));
    let one = Val::ONE;
    let ext = Challenge::ONE;
    type Change = (String, Box<dyn Fn(&mut ProofValues)>);
    let mut changes: Vec<Change> = vec![];
    let mut add = |name: String, change: Box<dyn Fn(&mut ProofValues)>| changes.push((name, change));
    for (table, at) in [(0, 0), (0, 1), (3, 0)] {
        add(format!("public value {at} of {table}"), Box::new(move |p| p.public_values[table][at] += one));
    }
    add("terminal".into(), Box::new(move |p| p.terminals[0] += ext));
    add(
        "terminals shifted against each other".into(),
        Box::new(move |p| {
            p.terminals[0] += ext;
            p.terminals[1] -= ext;
        }),
    );
    add("lookup proof of work".into(), Box::new(move |p| p.lookup_pow += one));
    add("point proof of work".into(), Box::new(move |p| p.ood_pow += one));
    add("batch proof of work".into(), Box::new(move |p| p.batch_pow += one));
    add("query proof of work".into(), Box::new(move |p| p.query_pow += one));
    for i in 0..f.values.final_polynomial.len() {
        add(format!("final coefficient {i}"), Box::new(move |p| p.final_polynomial[i] += ext));
    }
    for c in 0..f.values.caps.len() {
        for digest in 0..f.values.caps[c].len() {
            add(format!("cap {c}, digest {digest}"), Box::new(move |p| p.caps[c][digest][3] += one));
        }
        for m in 0..f.values.opened[c].len() {
            for z in 0..f.values.opened[c][m].len() {
                for column in 0..f.values.opened[c][m][z].len() {
                    let name = format!("commitment {c}, matrix {m}, point {z}, column {column}");
                    add(name, Box::new(move |p| p.opened[c][m][z][column] += ext));
                }
            }
        }
    }
    for round in 0..f.values.fold_caps.len() {
        add(format!("folding cap {round}"), Box::new(move |p| p.fold_caps[round][1][0] += one));
        add(format!("folding proof of work {round}"), Box::new(move |p| p.fold_pows[round] += one));
    }
    for (name, change) in changes {
        let mut values = f.values.clone();
        change(&mut values);
        assert!(!f.verifier.accepts(&values), "{name} changed");
    }
}

/// What a query reveals is not in the transcript: each change is caught by the Merkle path, the fold or the combination alone.
#[test]
fn every_changed_value_of_a_query_is_rejected() {
    let f = fixture();
    for q in 0..f.values.queries.len() {
        let reject = |name: String, change: &dyn Fn(&mut super::proof::Query<super::proof::Values>)| {
            let mut values = f.values.clone();
            change(&mut values.queries[q]);
            assert!(!f.verifier.accepts(&values), "query {q}: {name} changed");
        };
        let query = &f.values.queries[q];
        for c in 0..query.rows.len() {
            for m in 0..query.rows[c].len() {
                for column in 0..query.rows[c][m].len() {
                    let name = format!("commitment {c}, matrix {m}, column {column}");
                    reject(name, &|q| q.rows[c][m][column] += Val::ONE);
                }
            }
            for level in 0..query.siblings[c].len() {
                reject(format!("sibling {level} of commitment {c}"), &|q| q.siblings[c][level][0] += Val::ONE);
            }
        }
        for round in 0..query.folds.len() {
            for at in 0..query.folds[round].len() {
                reject(format!("value {at} of round {round}"), &|q| q.folds[round][at] += Challenge::ONE);
            }
            for level in 0..query.fold_siblings[round].len() {
                reject(format!("sibling {level} of round {round}"), &|q| {
                    q.fold_siblings[round][level][2] += Val::ONE;
                });
            }
        }
    }
    // Two queries exchanged: each is in order, but not where the index says.
    let mut values = f.values.clone();
    values.queries.swap(0, 1);
    assert_ne!(f.challenges.indices[0], f.challenges.indices[1]);
    assert!(!f.verifier.accepts(&values));
}

/// A prover that runs the protocol to the letter on a false statement passes everything but the check in question.
#[test]
fn proofs_of_false_executions_are_rejected() {
    let f = fixture();
    type Change = fn(&mut [RowMajorMatrix<Val>], &mut [Vec<Val>]);
    let changes: [(&str, Change); 9] = [
        ("first row", |_, p| p[0][0] += Val::ONE),
        ("last row", |_, p| p[0][1] += Val::ONE),
        ("last row of a table without lookups", |_, p| p[3][0] += Val::ONE),
        ("transition", |t, _| t[0].values[4 * 9 + 1] += Val::ONE),
        ("every row", |t, _| t[1].values[3 * 5 + 1] += Val::ONE),
        ("transition with a preprocessed next row", |t, _| t[3].values[4] += Val::ONE),
        ("count of a table row", |t, _| t[1].values[3 * 5 + 2] += Val::ONE),
        ("count of a preprocessed row", |t, _| t[2].values[7] += Val::ONE),
        ("value outside the table", |t, _| {
            t[0].values[4 * 9 + 2] = Val::from_u64(100);
            t[0].values[4 * 9 + 3] = Val::from_u64(10_000);
        }),
    ];
    for (name, change) in changes {
        let (mut traces, mut publics) = toy::execution();
        change(&mut traces, &mut publics);
        let proof = f.setup.prove(&traces, &publics).unwrap();
        assert!(f.setup.verify(&proof, &publics).is_err(), "{name}: native");
        let (values, _) = restore(&f.setup, &f.shape, &proof, &publics).unwrap();
        assert!(!f.verifier.accepts(&values), "{name}: circuit");
    }
}

/// Every constant that separates this shape's circuit from another's, changed once.
#[test]
fn a_verifier_with_any_other_constant_rejects_the_proof() {
    let f = fixture();
    type Change = fn(&mut LeafDescription);
    let changes: [(&str, Change); 14] = [
        ("seed", |s| s.seeds.batch[3] += Val::ONE),
        ("seed of the openings", |s| s.seeds.openings[0] += Val::ONE),
        ("seed of the folding", |s| *s.seeds.fri.last_mut().unwrap() += Val::ONE),
        ("seed shorter", |s| s.seeds.batch.truncate(20)),
        ("widest tuple", |s| s.widest_tuple += 1),
        ("buses", |s| s.tables[0].buses.swap(0, 1)),
        ("bus numbers", |s| {
            s.buses += 1;
            s.tables.iter_mut().flat_map(|t| &mut t.buses).for_each(|b| *b += 1);
        }),
        ("lookup grinding", |s| s.parameters.lookup_pow += 6),
        ("point grinding", |s| s.parameters.ood_pow += 6),
        ("batch grinding", |s| s.parameters.batch_pow += 6),
        ("folding grinding", |s| s.parameters.commit_pow += 6),
        ("query grinding", |s| s.parameters.query_pow += 6),
        ("no grinding", |s| s.parameters.query_pow = 0),
        ("constraints of another table", |s| s.tables[0].constraints = s.tables[1].constraints.clone()),
    ];
    for (name, change) in changes {
        let mut shape = f.shape.clone();
        change(&mut shape);
        assert!(!Verifier::new(&shape).accepts(&f.values), "{name}");
    }
}

#[test]
fn a_verifier_of_another_shape_takes_no_such_proof() {
    let f = fixture();
    let other = |change: &dyn Fn(&mut crate::stark::LeafParameters), heights: Vec<usize>| {
        let mut parameters = toy::parameters();
        change(&mut parameters);
        let setup = Setup::new(parameters, TABLES.to_vec(), heights).unwrap();
        LeafDescription::new(&setup).unwrap()
    };
    let same = HEIGHTS.to_vec();
    let shapes = [
        other(&|_| (), vec![6, 4, 6, 3]),
        other(&|_| (), vec![5, 5, 6, 3]),
        other(&|p| p.queries = 4, same.clone()),
        other(&|p| p.log_arity = 2, same.clone()),
        other(&|p| p.cap_height = 1, same.clone()),
        other(&|p| p.log_final_len = 2, same.clone()),
        other(&|p| p.log_blowup = 2, same.clone()),
    ];
    for shape in shapes {
        assert!(!Verifier::new(&shape).accepts(&f.values));
    }
    let proof_of = |setup: &Setup<Toy>| {
        let (traces, publics) = toy::execution();
        (setup.prove(&traces, &publics).unwrap(), publics)
    };
    let mut parameters = toy::parameters();
    parameters.queries = 4;
    let (proof, publics) = proof_of(&toy::setup(parameters));
    assert!(matches!(expand(&f.setup, &f.shape, &proof, &publics), Err(LeafError::Rejected(_))));
}

#[test]
fn shapes_that_cannot_be_verified_are_refused() {
    let mut parameters = toy::parameters();
    parameters.log_final_len = 0;
    let setup = toy::setup(parameters);
    // The last folded codeword would have fewer values than a cap has digests.
    assert!(matches!(LeafDescription::new(&setup), Err(LeafError::Shape(_))));
}

#[test]
fn parameters_without_grinding_and_with_binary_folding_work_too() {
    let mut parameters = toy::without_grinding();
    (parameters.log_arity, parameters.cap_height) = (1, 0);
    parameters.log_blowup = 2;
    let setup = toy::setup(parameters);
    let shape = LeafDescription::new(&setup).unwrap();
    let (traces, publics) = toy::execution();
    let proof = setup.prove(&traces, &publics).unwrap();
    let values = expand(&setup, &shape, &proof, &publics).unwrap();
    let verifier = Verifier::new(&shape);
    assert!(verifier.accepts(&values));
    let mut wrong = values.clone();
    wrong.queries[0].rows[0][0][0] += Val::ONE;
    assert!(!verifier.accepts(&wrong));
    let mut wrong = values;
    wrong.terminals[0] += Challenge::ONE;
    assert!(!verifier.accepts(&wrong));
}

/// Attack 38 in the circuit: at 0 bits a witness enters no challenge, and still only zero satisfies the circuit.
#[test]
fn witnesses_of_work_that_is_not_asked_for_are_zero() {
    let setup = toy::setup(toy::without_grinding());
    let shape = LeafDescription::new(&setup).unwrap();
    let (traces, publics) = toy::execution();
    let proof = setup.prove(&traces, &publics).unwrap();
    let values = expand(&setup, &shape, &proof, &publics).unwrap();
    let verifier = Verifier::new(&shape);
    assert!(verifier.accepts(&values));
    let places: [fn(&mut ProofValues) -> &mut Val; 4] =
        [|p| &mut p.lookup_pow, |p| &mut p.ood_pow, |p| &mut p.batch_pow, |p| &mut p.query_pow];
    for (place, at) in places.into_iter().zip(0..) {
        let mut wrong = values.clone();
        *place(&mut wrong) = Val::ONE;
        assert!(!verifier.accepts(&wrong), "place {at}");
    }
    for round in 0..values.fold_pows.len() {
        let mut wrong = values.clone();
        wrong.fold_pows[round] = Val::NEG_ONE;
        assert!(!verifier.accepts(&wrong), "folding round {round}");
    }
    // All of them together, so that no two places of one circuit contradict each other.
    let mut wrong = values;
    (wrong.lookup_pow, wrong.ood_pow, wrong.batch_pow, wrong.query_pow) = (Val::ONE, Val::ONE, Val::ONE, Val::ONE);
    wrong.fold_pows.fill(Val::ONE);
    assert!(!verifier.accepts(&wrong));
}
