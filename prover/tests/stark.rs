//! The fast leaf prover against Plonky3's: proofs equal to the last bit.

use braid_circuits::leaf::execution::Execution;
use braid_circuits::leaf::machine::{self, Traces};
use braid_circuits::leaf::shape::Shape;
use braid_circuits::stark::{LeafParameters, ProveError, Security, Setup};
use braid_contracts::Registry;
use braid_prover::stark::StarkProver;
use braid_witness::workload::{Mix, Spec, generate};
use braid_witness::{Batch, BlockContext, Interpreter, Policy};

/// The tables of a chunk of transfers, swaps and liquidity.
fn tables(registry: &Registry, shape: Shape) -> Traces {
    let interpreter = Interpreter::new(registry).unwrap();
    let spec = Spec { transactions: 8, users: 20, mix: Mix::MIXED, ..Spec::default() };
    let workload = generate(&spec, registry).unwrap();
    let origin = workload.genesis.build(registry).unwrap();
    let batch = Batch {
        interpreter: &interpreter,
        parameters: origin.parameters,
        context: BlockContext::default(),
        policy: Policy::default(),
        capacity: shape.capacity(),
    };
    let mut tree = origin.tree;
    let result = batch.run(&mut tree, origin.boundary, workload.drafts).unwrap();
    let chunk = &result.cuts[0].chunk;
    let record = chunk.replay_prepared(&interpreter).unwrap();
    machine::traces(&Execution::new(chunk, &record, registry).unwrap(), shape).unwrap()
}

#[test]
fn proofs_equal_the_librarys() {
    let registry = Registry::builtin();
    let traces = tables(&registry, Shape::Tiny);
    let wider = LeafParameters { log_blowup: 2, ..Security::Insecure.leaf() };
    let hundred = LeafParameters { queries: 100, ..Security::Insecure.leaf() };
    for parameters in [Security::Insecure.leaf(), wider, hundred, Security::Conjectured100.leaf()] {
        let chips = machine::chips(&registry).unwrap();
        // As circuits of all shapes are made: of those of another.
        let other = Setup::new(parameters, chips, Shape::Small.degree_bits().to_vec()).unwrap();
        let setup = other.resized(Shape::Tiny.degree_bits().to_vec()).unwrap();
        let expected = setup.prove(&traces.main, &traces.public_values).unwrap();
        let prover = StarkProver::new(&other).unwrap().resized(&setup).unwrap();
        let proof = prover.prove(&setup, traces.main.clone(), &traces.public_values).unwrap();
        setup.verify(&proof, &traces.public_values).unwrap();
        assert!(
            postcard::to_allocvec(&proof).unwrap() == postcard::to_allocvec(&expected).unwrap(),
            "another proof with {parameters:?}"
        );
    }
}

/// Also where there is grinding.
#[test]
fn proofs_are_the_same_at_any_number_of_threads() {
    let registry = Registry::builtin();
    let traces = tables(&registry, Shape::Tiny);
    let parameters = LeafParameters { queries: 4, ..Security::Conjectured100.leaf() };
    let chips = machine::chips(&registry).unwrap();
    let setup = Setup::new(parameters, chips, Shape::Tiny.degree_bits().to_vec()).unwrap();
    let prover = StarkProver::new(&setup).unwrap();
    let prove = || postcard::to_allocvec(&prover.prove(&setup, traces.main.clone(), &traces.public_values).unwrap());
    let proofs = [1, 2, 5].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(prove).unwrap()
    });
    assert!(proofs.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn proofs_of_false_tables_do_not_verify() {
    let registry = Registry::builtin();
    let mut traces = tables(&registry, Shape::Tiny);
    let setup =
        Setup::new(Security::Insecure.leaf(), machine::chips(&registry).unwrap(), Shape::Tiny.degree_bits().to_vec())
            .unwrap();
    let prover = StarkProver::new(&setup).unwrap();
    for table in 0..traces.main.len() {
        let honest = traces.main[table].clone();
        let row = honest.width;
        traces.main[table].values[..row].iter_mut().for_each(|cell| *cell += braid_primitives::F::new(1));
        if let Ok(proof) = prover.prove(&setup, traces.main.clone(), &traces.public_values) {
            assert!(setup.verify(&proof, &traces.public_values).is_err(), "table {table}");
        }
        traces.main[table] = honest;
    }
}

#[test]
fn tables_of_other_sizes_are_refused() {
    let registry = Registry::builtin();
    let traces = tables(&registry, Shape::Tiny);
    let chips = machine::chips(&registry).unwrap();
    let setup = Setup::new(Security::Insecure.leaf(), chips, Shape::Tiny.degree_bits().to_vec()).unwrap();
    let prover = StarkProver::new(&setup).unwrap();
    let fewer = traces.main[1..].to_vec();
    assert!(matches!(prover.prove(&setup, fewer, &traces.public_values), Err(ProveError::Counts { .. })));
    let mut swapped = traces.main.clone();
    swapped.swap(0, 1);
    assert!(matches!(
        prover.prove(&setup, swapped, &traces.public_values),
        Err(ProveError::TraceSize { instance: 0, .. })
    ));
    let mut values = traces.public_values.clone();
    values[0].pop();
    assert!(matches!(prover.prove(&setup, traces.main, &values), Err(ProveError::PublicValues { instance: 0, .. })));
}
