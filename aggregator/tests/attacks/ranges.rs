//! Range proofs where they do not belong: other programs, ranges, chains, circuit sets, levels, expectations.

use braid_circuits::leaf::shape::Shape;
use braid_circuits::recursion::RecursionError;
use braid_circuits::recursion::range::RangeProof;
use braid_circuits::recursion::set::CircuitSet;
use braid_circuits::recursion::wrap::{LeafInterface, LeafWrap};
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_prover::plonk::FastProver;
use braid_verifier::{Acceptable, ProofFile, SecurityLevel, VerifyError as Refusal};

use super::{WORLD, batch, batches, canonical, insecure, leaf, merge, verify, wrap};

#[test]
fn programs_that_are_not_built_in() {
    let world = &*WORLD;
    // The same programs but one: the circuits are the same, the commitment to the tables is not.
    let mut programs = world.registry.programs().to_vec();
    programs.pop();
    let foreign = Registry::new(programs, world.registry.layouts().to_vec(), &[]).unwrap();
    let level = batches::level(Security::Insecure, &foreign);
    assert_eq!(level.set().root(), world.level.set().root());
    assert_ne!(level.programs_root(), world.level.programs_root());
    let (parameters, pieces) = batch(&foreign, 5, 1, 3);
    let leaf = leaf(&level, &foreign, &pieces[0]);
    let setup = world.level.leaf(Shape::Tiny).setup();
    assert!(setup.verify(&leaf.proof, &leaf.public_values).is_err());
    let range = wrap(&level, &leaf, &parameters);

    // It is a proof of the set, as any programs' is, and says which programs it is about.
    let stored = world.level.set().range_from_bytes(&range.to_bytes()).unwrap();
    let second = world.ranges.get(1).unwrap();
    let refused = merge(&stored, second).unwrap_err();
    assert!(matches!(refused, RecursionError::NotAdjacent { what: "the programs root" }), "{refused}");
    let file = stored.to_file(b"");
    let root = canonical(level.programs_root());
    assert_eq!(verify(&file, &insecure()), Err(Refusal::ProgramsRoot { found: root }));
    assert!(verify(&file, &insecure().programs_roots(&[root])).is_ok(), "who names them accepts them");
    // Saying that they are the built-in ones does not make them so.
    let mut parts = ProofFile::from_bytes(&file).unwrap();
    parts.statement.programs_root = canonical(world.level.programs_root());
    assert_eq!(verify(&parts.to_bytes(), &insecure()), Err(Refusal::StatementMismatch));
}

#[test]
fn merges_of_ranges_that_do_not_meet() {
    let world = &*WORLD;
    let [left, right] = [&world.ranges[0], &world.ranges[1]];
    assert!(merge(left, right).is_ok());
    let obstacle = |left: &RangeProof, right: &RangeProof| match merge(left, right) {
        Err(RecursionError::NotAdjacent { what }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(obstacle(right, left), "the boundary between them");
    assert_eq!(obstacle(left, left), "the boundary between them");
    for (chain, block, what) in [(6, 1, "the digest of the chain parameters"), (5, 2, "the block context")] {
        let (parameters, pieces) = batch(&world.registry, chain, block, 3);
        let foreign = wrap(&world.level, &leaf(&world.level, &world.registry, &pieces[1]), &parameters);
        assert_eq!(obstacle(left, &foreign), what);
    }
}

#[test]
fn a_proof_of_another_circuit_set() {
    let world = &*WORLD;
    let circuit = world.level.leaf(Shape::Tiny);
    let wrap = LeafWrap::new("tiny", Security::Insecure, circuit.setup(), LeafInterface::MACHINE).unwrap();
    let leaf = &world.leaves[0];
    let input = wrap.input(circuit.setup(), &leaf.proof, &leaf.public_values, world.parameters.assets).unwrap();
    let set = CircuitSet::build(Security::Insecure, vec![wrap]).unwrap();
    let range = set.prove_wrap(&FastProver::new(), 0, &input).unwrap();
    assert_ne!(set.root(), world.level.set().root());

    let refused = merge(&range, &world.ranges[1]).unwrap_err();
    assert!(matches!(refused, RecursionError::ForeignSet { .. }), "{refused}");
    assert!(world.level.set().range_from_bytes(&range.to_bytes()).is_err());
    let file = range.to_file(b"");
    assert!(matches!(verify(&file, &insecure()), Err(Refusal::CircuitSet { .. })));
    let mut parts = ProofFile::from_bytes(&file).unwrap();
    parts.set_root = world.key.set_root();
    assert_eq!(verify(&parts.to_bytes(), &insecure()), Err(Refusal::HeaderMismatch));
    parts.statement.set_root = world.key.set_root();
    let refused = verify(&parts.to_bytes(), &insecure()).unwrap_err();
    assert!(matches!(refused, Refusal::StatementMismatch | Refusal::ProofLength), "{refused}");
}

#[test]
fn an_insecure_proof_and_other_expectations() {
    let world = &*WORLD;
    let range = &world.ranges[0];
    let (file, statement) = (range.to_file(b"notes"), *range.statement());
    assert_eq!(verify(&file, &insecure()), Ok(statement));
    let level = SecurityLevel::Insecure;
    assert_eq!(verify(&file, &Acceptable::new()), Err(Refusal::LevelNotAccepted { level }));
    assert_eq!(braid_verifier::verify(&file, &Acceptable::new()), Err(Refusal::LevelNotAccepted { level }));
    // Claimed to be of another level.
    let mut parts = ProofFile::from_bytes(&file).unwrap();
    parts.level = SecurityLevel::Provable100;
    assert!(braid_verifier::verify(&parts.to_bytes(), &Acceptable::new()).is_err());
    parts.statement.security = SecurityLevel::Provable100;
    assert!(braid_verifier::verify(&parts.to_bytes(), &Acceptable::new()).is_err());

    let (before, after) = (statement.before.root, statement.after.root);
    let expected = insecure().root_before(before).root_after(after).parameters(statement.parameters);
    assert_eq!(verify(&file, &expected), Ok(statement));
    assert_eq!(verify(&file, &expected.clone().root_before(after)), Err(Refusal::RootBefore { found: before }));
    assert_eq!(verify(&file, &expected.clone().root_after(before)), Err(Refusal::RootAfter { found: after }));
    let found = statement.parameters;
    assert_eq!(verify(&file, &expected.clone().parameters(before)), Err(Refusal::Parameters { found }));
    assert!(matches!(verify(&file, &expected.programs_roots(&[before])), Err(Refusal::ProgramsRoot { .. })));
}

#[test]
fn altered_statements_and_members_in_the_file() {
    let world = &*WORLD;
    let file = world.ranges[0].to_file(b"");
    let member = ProofFile::from_bytes(&file).unwrap().member;
    for element in 0..52 {
        let mut altered = file.clone();
        altered[20 + 32 + 8 * element] ^= 1;
        assert!(verify(&altered, &insecure()).is_err(), "element {element}");
    }
    for other in (0..world.key.members().len() as u32 + 2).filter(|&other| other != member) {
        let mut parts = ProofFile::from_bytes(&file).unwrap();
        parts.member = other;
        assert!(verify(&parts.to_bytes(), &insecure()).is_err(), "member {other}");
    }
    // Fields that no statement can have: fees beyond their bound, counters that run backwards.
    let mut parts = ProofFile::from_bytes(&file).unwrap();
    parts.statement.after.fees = 1 << 62;
    assert_eq!(verify(&parts.to_bytes(), &insecure()), Err(Refusal::Counters));
}
