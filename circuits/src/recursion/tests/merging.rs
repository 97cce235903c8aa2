//! Trees of merges that must work, and children that must not be merged.

use braid_verifier::statement::offset;
use braid_verifier::{BlockContext, Statement};
use plonky2::iop::witness::WitnessWrite;

use super::toy::{Fixture, ToyWrap, boundary, fixture, statement, wrap};
use crate::recursion::layout::{hash_from_digest, public_inputs};
use crate::recursion::merge::Child;
use crate::recursion::range::{RangeProof, StockProver, WrapCircuit};
use crate::recursion::set::CircuitSet;
use crate::recursion::shape::build_in_shape;
use crate::recursion::{Builder, Key, Proof, RecursionError, Witness};
use crate::stark::Security;

#[test]
fn any_tree_over_any_members_proves_the_whole_range() {
    let Fixture { set, parts, whole: left } = fixture();
    for stage in set.members() {
        assert_eq!(&stage.verifier().common, set.common(), "{}", stage.name());
    }
    let last = wrap(set, 0, &statement(5, 6));
    let whole = set.prove_merge(&StockProver, left, &last).expect("a merge is a child like another");
    assert_eq!(whole.statement().before, boundary(0));
    assert_eq!(whole.statement().after, boundary(6));
    let right = set.prove_merge(&StockProver, &parts[1], &last).expect("adjacent");
    let same = set.prove_merge(&StockProver, &parts[0], &right).expect("adjacent");
    assert_eq!(whole.statement(), same.statement());
}

/// Whether the merge circuit itself, without the checks in front of it, can be satisfied with these children.
fn satisfiable(set: &CircuitSet<ToyWrap>, left: Child<'_>, right: Child<'_>) -> bool {
    let mut witness = Witness::new();
    let (circuit, targets) = set.merge_circuit().expect("built");
    if targets.assign(&mut witness, &set.tree, left, right).is_err() {
        return false;
    }
    // Either values contradict each other already, or the proof does not verify.
    circuit.prove(witness).is_ok_and(|proof| circuit.verify(proof).is_ok())
}

fn child<'a>(set: &'a CircuitSet<ToyWrap>, range: &'a RangeProof) -> Child<'a> {
    let key = &set.member(range.member()).expect("a member").verifier().verifier_only;
    Child { proof: range.proof(), key, index: range.member() }
}

#[test]
fn the_circuit_refuses_statements_that_do_not_meet() {
    let Fixture { set, parts, .. } = fixture();
    let [left, right] = [child(set, &parts[0]), child(set, &parts[1])];
    assert!(satisfiable(set, left, right));
    assert!(!satisfiable(set, right, left));

    let honest = statement(1, 5);
    let context = BlockContext { timestamp: 1, ..honest.context };
    let mut gap = honest;
    gap.before.outbox[3] += 1;
    let foreign = [
        ("parameters", Statement { parameters: [0; 4], ..honest }),
        ("programs root", Statement { programs_root: [21, 22, 23, 25], ..honest }),
        ("block context", Statement { context, ..honest }),
        ("boundary", gap),
    ];
    for (what, statement) in foreign {
        let range = wrap(set, 0, &statement);
        assert!(!satisfiable(set, left, child(set, &range)), "{what}");
        let refused = set.prove_merge(&StockProver, &parts[0], &range);
        assert!(
            matches!(&refused, Err(RecursionError::NotAdjacent { what: found }) if found.contains(what)),
            "{what}: {refused:?}"
        );
    }
}

/// The right side's statement with any one element changed of those in which it must agree with the left one.
#[test]
fn every_element_of_the_seam_counts() {
    let Fixture { set, parts, .. } = fixture();
    let left = child(set, &parts[0]);
    let honest = statement(1, 5).to_elements();
    let seam = (offset::PARAMETERS..offset::AFTER).filter(|&element| element != offset::SECURITY);
    assert_eq!(seam.clone().count(), 4 + 4 + 3 + 18);
    for element in seam {
        let mut elements = honest;
        elements[element] += 1;
        let range = wrap(set, 0, &Statement::from_elements(&elements).expect("canonical"));
        assert!(!satisfiable(set, left, child(set, &range)), "element {element}");
    }
}

#[test]
fn the_circuit_refuses_keys_that_are_not_in_the_set() {
    let Fixture { set, parts, .. } = fixture();
    let [left, right] = [child(set, &parts[0]), child(set, &parts[1])];

    // A circuit of the right shape that is no member, proving whatever it likes about the set.
    let mut builder = Builder::new(Security::Insecure.recursion().circuit_config());
    let (targets, _) = ToyWrap { name: "stranger", work: 11 }.constrain(&mut builder).expect("builds");
    targets.register(&mut builder);
    let stranger = build_in_shape(builder, set.common(), "stranger").expect("of the common shape");
    let claim = Statement { set_root: set.root(), ..statement(1, 5) };
    let mut witness = Witness::new();
    witness.set_target_arr(&targets.elements(), &public_inputs(&claim)).expect("52 targets");
    let proof = stranger.prove(witness).expect("proves anything");
    for index in 0..8 {
        let child = Child { proof: &proof, key: &stranger.verifier_only, index };
        assert!(!satisfiable(set, left, child));
    }

    // Digest and cap of two different members, and a member at another's place.
    let mixed = Key { circuit_digest: left.key.circuit_digest, ..right.key.clone() };
    assert!(!satisfiable(set, left, Child { key: &mixed, ..right }));
    let mixed = Key { constants_sigmas_cap: left.key.constants_sigmas_cap.clone(), ..right.key.clone() };
    assert!(!satisfiable(set, left, Child { key: &mixed, ..right }));
    assert!(!satisfiable(set, left, Child { index: 0, ..right }));
}

/// A member's proof that names another circuit set.
fn foreign_root(set: &CircuitSet<ToyWrap>, statement: &Statement) -> Proof {
    let wrap = set.wrap(0).expect("a wrap");
    let (circuit, (places, targets)) = set.wrap_circuit(wrap).expect("built");
    let mut witness = Witness::new();
    wrap.circuit.assign(targets, statement, &mut witness).expect("assigns");
    let root = hash_from_digest(&[1, 2, 3, 4]).elements;
    witness.set_target_arr(&places.set_root, &root).expect("four targets");
    circuit.prove(witness).expect("the root is free")
}

#[test]
fn the_circuit_refuses_children_of_another_set() {
    let Fixture { set, parts, .. } = fixture();
    let [left, right] = [child(set, &parts[0]), child(set, &parts[1])];
    let (first, second) = (foreign_root(set, &statement(0, 1)), foreign_root(set, &statement(1, 5)));
    let key = left.key;
    let foreign = [Child { proof: &first, key, index: 0 }, Child { proof: &second, key, index: 0 }];
    assert!(!satisfiable(set, left, foreign[1]));
    assert!(!satisfiable(set, foreign[0], right));
    // Both agree on a root that their keys do not lie under.
    assert!(!satisfiable(set, foreign[0], foreign[1]));
    assert!(matches!(set.admit(0, first), Err(RecursionError::ForeignSet { .. })));
}

#[test]
fn proofs_are_taken_in_only_under_their_own_key() {
    let Fixture { set, parts, .. } = fixture();
    assert!(set.admit(0, parts[0].proof().clone()).is_ok());
    assert!(matches!(set.admit(1, parts[0].proof().clone()), Err(RecursionError::InvalidProof { .. })));
    assert!(matches!(set.admit(9, parts[0].proof().clone()), Err(RecursionError::NoSuchMember { index: 9 })));
    let wrong_level = Statement { security: braid_verifier::SecurityLevel::Provable100, ..statement(0, 1) };
    assert!(set.prove_wrap(&StockProver, 0, &wrong_level).is_err());
}
