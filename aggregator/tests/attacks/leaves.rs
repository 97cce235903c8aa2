//! Leaf proofs with something changed: refused by the native verifier, and by the wrap circuit alone.

use braid_circuits::leaf::shape::{Shape, TABLES};
use braid_circuits::recursion::RecursionError;
use braid_circuits::recursion::wrap::{LeafInterface, LeafWrap, WrapInput};
use braid_circuits::stark::{Security, Val, VerifyError};
use braid_prover::leaf::LeafProof;
use braid_prover::plonk::FastProver;
use p3_field::PrimeCharacteristicRing;

use super::{WORLD, copy};

/// The last table, which has no public values.
const LAST: usize = TABLES.len() - 1;

#[test]
fn altered_leaf_proofs_are_refused_natively() {
    let setup = WORLD.level.leaf(Shape::Tiny).setup();
    let refused = |what: &str, change: fn(&mut LeafProof)| {
        let mut leaf = copy(&WORLD.leaves[0]);
        change(&mut leaf);
        let result = setup.verify(&leaf.proof, &leaf.public_values);
        assert!(result.is_err(), "{what}");
        // And by the wrap's own gate: an error, not a panic.
        let wrapped = WORLD.level.wrap(&FastProver::new(), Shape::Tiny, &leaf, WORLD.parameters.assets);
        assert!(wrapped.is_err(), "{what}");
        result
    };
    for bits in [0, 1, 3, 40, 63, 64, usize::MAX] {
        let mut leaf = copy(&WORLD.leaves[0]);
        leaf.proof.degree_bits[LAST] = bits;
        let result = setup.verify(&leaf.proof, &leaf.public_values);
        assert!(matches!(result, Err(VerifyError::Height { instance: LAST, .. })), "{result:?}");
    }
    let _ = refused("one height fewer", |leaf| leaf.proof.degree_bits.truncate(LAST));
    let _ = refused("opened value", |leaf| {
        leaf.proof.opened_values.instances[0].base_opened_values.trace_local[3] += Val::ONE;
    });
    let _ = refused("opened values fewer", |leaf| {
        leaf.proof.opened_values.instances[0].base_opened_values.trace_local.clear();
    });
    let _ = refused("no instance", |leaf| leaf.proof.opened_values.instances.clear());
    let _ = refused("terminal", |leaf| {
        let terminal = leaf.proof.lookup_terminals.iter_mut().flatten().next().unwrap();
        terminal.0 += Val::ONE;
    });
    let _ = refused("two terminals shifted against each other", |leaf| {
        let mut terminals = leaf.proof.lookup_terminals.iter_mut().flatten();
        terminals.next().unwrap().0 += Val::ONE;
        terminals.next().unwrap().0 -= Val::ONE;
    });
    let _ = refused("terminals gone", |leaf| leaf.proof.lookup_terminals.clear());
    let _ = refused("public value", |leaf| leaf.public_values[2][0] += Val::ONE);
    let _ = refused("seed of the randomizers", |leaf| leaf.public_values[3][1] += Val::ONE);
    let _ = refused("public values of a chip that has none", |leaf| leaf.public_values[LAST].push(Val::ONE));
    let _ = refused("public values gone", |leaf| leaf.public_values.clear());
    let _ = refused("grinding of the lookups", |leaf| leaf.proof.lookup_pow_witness = Some(Val::ONE));
    let _ = refused("grinding of the lookups gone", |leaf| leaf.proof.lookup_pow_witness = None);
    let _ = refused("grinding of the point", |leaf| leaf.proof.ood_pow_witness += Val::ONE);
    let _ = refused("grinding of the batch", |leaf| leaf.proof.opening_proof.batch_pow_witness += Val::ONE);
    let _ = refused("grinding of the queries", |leaf| leaf.proof.opening_proof.query_pow_witness += Val::ONE);
    let _ = refused("grinding of a fold", |leaf| leaf.proof.opening_proof.commit_pow_witnesses[0] += Val::ONE);
    let _ = refused("final polynomial", |leaf| leaf.proof.opening_proof.final_poly.truncate(1));
    let _ = refused("a query's rows", |leaf| leaf.proof.opening_proof.input_openings.truncate(1));
    let _ = refused("a fold", |leaf| leaf.proof.opening_proof.commit_phase_commits.truncate(1));
}

#[test]
fn altered_leaf_proofs_have_no_wrap() {
    let world = &*WORLD;
    let setup = world.level.leaf(Shape::Tiny).setup();
    let wrap = LeafWrap::new("tiny", Security::Insecure, setup, LeafInterface::MACHINE).unwrap();
    let leaf = &world.leaves[0];
    let honest = wrap.input(setup, &leaf.proof, &leaf.public_values, world.parameters.assets).unwrap();
    // The native check is left out: the circuit stands alone.
    let refused = |what: &str, change: fn(&mut WrapInput)| {
        let mut input = honest.clone();
        change(&mut input);
        let result = world.level.set().prove_wrap(&FastProver::new(), Shape::Tiny as usize, &input);
        assert!(result.is_err(), "{what}");
    };
    refused("opened value", |input| input.proof.opened[0][0][0][3] += Val::ONE);
    refused("terminals against each other", |input| {
        input.proof.terminals[0] += Val::ONE;
        input.proof.terminals[1] -= Val::ONE;
    });
    refused("root after", |input| input.proof.public_values[2][4] += Val::ONE);
    refused("another seed", |input| input.proof.public_values[3][1] += Val::ONE);
    refused("another scale for the pages", |input| input.proof.public_values[1][0] += Val::ONE);
    refused("preprocessed commitment", |input| {
        for cap in &mut input.proof.caps {
            cap[0][0] += Val::ONE;
        }
    });
    // `Insecure` grinds nowhere, so that every witness is zero (attack 38).
    refused("grinding of the lookups", |input| input.proof.lookup_pow = Val::ONE);
    refused("grinding of the point", |input| input.proof.ood_pow = Val::ONE);
    refused("grinding of the batch", |input| input.proof.batch_pow = Val::ONE);
    refused("grinding of the queries", |input| input.proof.query_pow = Val::ONE);
    refused("grinding of a fold", |input| input.proof.fold_pows[0] = Val::ONE);
    refused("a row", |input| input.proof.queries[0].rows[0][0][0] += Val::ONE);
    refused("a list that is too short", |input| input.proof.queries.truncate(1));
}

#[test]
fn a_leaf_in_the_wrap_of_another_shape() {
    let world = &*WORLD;
    let wrapped = world.level.wrap(&FastProver::new(), Shape::Small, &world.leaves[0], world.parameters.assets);
    assert!(matches!(wrapped, Err(RecursionError::Leaf(_))), "{wrapped:?}");
    let setup = world.level.leaf(Shape::Tiny).setup();
    let wrap = LeafWrap::new("tiny", Security::Insecure, setup, LeafInterface::MACHINE).unwrap();
    let leaf = &world.leaves[0];
    let input = wrap.input(setup, &leaf.proof, &leaf.public_values, world.parameters.assets).unwrap();
    assert!(world.level.set().prove_wrap(&FastProver::new(), Shape::Small as usize, &input).is_err());
    assert!(world.level.set().prove_wrap(&FastProver::new(), 99, &input).is_err());
}
