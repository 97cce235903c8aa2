//! The predictions that jobs are admitted by (DECISIONS 35), and their parts against the memory that proofs take: each proof is made in a
//! process of its own, with the command line's allocator, and the process's peak must stay below its prediction.

#![cfg(target_os = "linux")]

use braid_primitives::memory::HugePages;
use std::path::{Path, PathBuf};
use std::process::Command;
use tikv_jemallocator::Jemalloc;

use batches::{batch, level};
use braid_aggregator::memory::Predicted;
use braid_aggregator::schedule::{Job, Plan};
use braid_circuits::leaf::shape::Shape;
use braid_circuits::recursion::range::RangeProof;
use braid_circuits::stark::Security;
use braid_contracts::Registry;
use braid_prover::leaf::LeafCircuit;
use braid_prover::memory;
use braid_prover::plonk::FastProver;
use braid_witness::Interpreter;
use braid_witness::workload::{Distribution, Mix, Spec};

mod batches;

#[global_allocator]
static ALLOCATOR: HugePages<Jemalloc> = HugePages::new(Jemalloc);

/// Names the proof that a process of its own makes, and the folder that it leaves it in.
const PROOF: &str = "BRAID_TEST_PEAK";
const FOLDER: &str = "BRAID_TEST_PEAK_FOLDER";
const SECURITY: Security = Security::Conjectured100;
/// Each needs those before it.
const PROOFS: [&str; 5] = ["leaf tiny", "leaf small", "wrap tiny", "wrap small", "merge"];

/// Transactions that fill a chunk of the shape.
fn spec(shape: Shape) -> Spec {
    let (mix, distribution) = (Mix::TRANSFERS, Distribution::Uniform);
    let (transactions, users) = match shape {
        Shape::Tiny => (24, 5),
        _ => (3000, 2000),
    };
    Spec { transactions, users, depth: 24, chain_id: 5, seed: 3, mix, distribution }
}

/// Most memory that this process has had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

#[test]
fn predictions_bound_the_measured_peaks() {
    let folder = tempfile::tempdir().unwrap();
    // Circuits are built here if they are not in the cache: predictions are of proofs.
    level(SECURITY, &Registry::builtin()).prepare(&[Shape::Tiny, Shape::Small]).unwrap();
    for proof in PROOFS {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "one_proof", "--ignored", "--nocapture"]).env(PROOF, proof).env(FOLDER, folder.path());
        let output = child.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{proof}: {text}{}", String::from_utf8_lossy(&output.stderr));
        let line = text.lines().find(|line| line.contains(" of the predicted ")).unwrap_or_else(|| panic!("{text}"));
        println!("{line}");
    }
}

/// What is kept beside a proof is counted once, and a batch of one chunk keeps nothing.
#[test]
fn a_batch_takes_its_largest_proof_and_what_is_kept() {
    let level = level(SECURITY, &Registry::builtin());
    let of = |shapes: &[Shape]| Predicted::of(&level, shapes.to_vec());
    assert_eq!((of(&[]).most(), of(&[]).job(Job::Leaf(0))), (0, 0));
    let [leaf, wrap] = [memory::leaf(level.leaf(Shape::Tiny)), level.wrap_memory(Shape::Tiny)];
    let one = of(&[Shape::Tiny]);
    assert_eq!((one.kept(), one.most()), (0, leaf.max(wrap)));
    let two = of(&[Shape::Tiny, Shape::Small]);
    let jobs = Plan::new(2).jobs().iter().map(|job| two.job(*job)).max().unwrap();
    assert!(two.kept() > memory::circuit(level.set().common()));
    assert_eq!((two.most(), two.job(Job::Leaf(0)), two.job(Job::Leaf(2))), (jobs + two.kept(), leaf, 0));
    assert!(
        two.job(Job::Wrap(0)) < wrap + memory::largest_matrix(level.leaf(Shape::Small)),
        "its circuits are among those kept"
    );
}

#[test]
#[ignore = "run by the test above, in a process of its own"]
fn one_proof() {
    let proof = std::env::var(PROOF).expect("the name of a proof");
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("a folder"));
    let predicted = make(&proof, &folder);
    let measured = peak();
    let (megabytes, ratio) = (measured >> 20, measured as f64 / predicted as f64);
    println!("{proof}: {megabytes} MiB, {ratio:.2} of the predicted {} MiB", predicted >> 20);
    assert!(measured <= predicted, "{proof}: {measured} bytes were predicted as {predicted}");
    // A prediction of anything at all would bound everything, and admit nothing.
    assert!(4 * measured >= predicted, "{proof}: {measured} bytes were predicted as {predicted}");
}

/// Makes a proof, leaves it in the folder and returns the prediction.
fn make(proof: &str, folder: &Path) -> u64 {
    let registry = Registry::builtin();
    let path = |name: &str| folder.join(name.replace(' ', "-"));
    let read = |name: &str| std::fs::read(path(name)).unwrap();
    let shape = if proof.ends_with("small") { Shape::Small } else { Shape::Tiny };
    if proof.starts_with("leaf") {
        let interpreter = Interpreter::new(&registry).unwrap();
        let circuit = LeafCircuit::new(SECURITY, shape, &registry).unwrap();
        let (_, pieces) = batch(&registry, &spec(shape), 1, shape);
        let count = if shape == Shape::Tiny { 2 } else { 1 };
        for (piece, number) in pieces.iter().zip(1..=count) {
            let (leaf, _) = circuit.prove(&piece.chunk, &registry, &interpreter).unwrap();
            std::fs::write(path(&format!("{proof} {number}")), leaf.to_bytes().unwrap()).unwrap();
        }
        return memory::leaf(&circuit);
    }
    let level = level(SECURITY, &registry);
    let recursion = FastProver::new();
    if proof == "merge" {
        let [left, right] = [1, 2].map(|number| read(&format!("wrap tiny {number}")));
        let ranges: Vec<RangeProof> =
            [left, right].iter().map(|bytes| level.set().range_from_bytes(bytes).unwrap()).collect();
        level.set().prove_merge(&recursion, &ranges[0], &ranges[1]).unwrap();
        return memory::recursion(level.set().common());
    }
    let (parameters, _) = batch(&registry, &Spec { transactions: 1, ..spec(shape) }, 1, shape);
    for number in 1..=2 {
        if path(&format!("leaf {shape} {number}")).exists() {
            let leaf = level.leaf(shape).load(&read(&format!("leaf {shape} {number}"))).unwrap();
            let range = level.wrap(&recursion, shape, &leaf, parameters.assets).unwrap();
            std::fs::write(path(&format!("{proof} {number}")), range.to_bytes()).unwrap();
        }
    }
    level.wrap_memory(shape)
}
