//! The smallest parts, each on one thread: hashes, signatures, planning, tree updates, work.
//!
//! `cargo bench -p braid-benches` says what changed since the last run on this machine; a name after it picks some.

use std::hint::black_box;
use std::time::Duration;

use braid_contracts::Registry;
use braid_primitives::poseidon::packed::{LANES, permute_lanes};
use braid_primitives::poseidon::{grind, permute};
use braid_primitives::schnorr::{self, SecretKey, Signed};
use braid_primitives::{F, Page};
use braid_state_tree::Tree;
use braid_witness::hints::SlotFiller;
use braid_witness::workload::{self, Mix, Spec};
use braid_witness::{BlockContext, Environment, Interpreter, Submitted, executor};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use p3_field::PrimeCharacteristicRing;

fn hashes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("poseidon");
    let mut lanes: [[u64; LANES]; 12] = std::array::from_fn(|i| std::array::from_fn(|j| (16 * i + j) as u64));
    group.throughput(Throughput::Elements(LANES as u64));
    group.bench_function("packed", |bencher| bencher.iter(|| permute_lanes(black_box(&mut lanes))));
    let mut state: [F; 12] = std::array::from_fn(F::from_usize);
    group.throughput(Throughput::Elements(1));
    group.bench_function("scalar", |bencher| bencher.iter(|| permute(black_box(&mut state))));
    let words: [u64; 12] = std::array::from_fn(|i| i as u64);
    group.bench_function("grind/12", |bencher| {
        bencher.iter(|| grind(black_box(&words), 3, |drawn| drawn.trailing_zeros() >= 12))
    });
    group.finish();
}

fn signatures(criterion: &mut Criterion) {
    const COUNT: usize = 256;
    let chain = F::ONE;
    let signed: Vec<Signed> = (0..COUNT as u64)
        .map(|index| {
            let (key, digest) = (SecretKey::for_development(1, index), [F::new(index); 4]);
            Signed { key: key.public_key(), digest, signature: schnorr::sign(&key, chain, digest) }
        })
        .collect();
    let mut group = criterion.benchmark_group("schnorr");
    let (secret, first) = (SecretKey::for_development(1, 0), &signed[0]);
    group.bench_function("sign", |bencher| bencher.iter(|| schnorr::sign(&secret, chain, black_box(first.digest))));
    group.bench_function("verify", |bencher| {
        bencher.iter(|| schnorr::verify(&first.key, chain, black_box(first.digest), &first.signature))
    });
    group.throughput(Throughput::Elements(COUNT as u64));
    group.bench_function("verify_batch/256", |bencher| {
        bencher.iter(|| schnorr::verify_batch(chain, black_box(&signed)))
    });
    group.finish();
}

fn planning(criterion: &mut Criterion) {
    let registry = Registry::builtin();
    let interpreter = Interpreter::new(&registry).expect("the built-in programs run");
    let spec = Spec { transactions: 4096, users: 20_000, mix: Mix::TRANSFERS, ..Spec::default() };
    let workload = workload::generate(&spec, &registry).expect("a workload");
    let origin = workload.genesis.build(&registry).expect("its genesis");
    let environment = Environment::new(&origin.parameters, &BlockContext::default());
    let mut filler = SlotFiller::new(&interpreter, &environment, &origin.tree);
    let submitted: Vec<Submitted> = workload.drafts.into_iter().flat_map(|draft| filler.fill(draft)).collect();
    let authenticated = executor::authenticate(&interpreter, &environment, &origin.tree, &submitted);
    let mut group = criterion.benchmark_group("planner");
    group.throughput(Throughput::Elements(submitted.len() as u64));
    group.bench_function("transfers/4096", |bencher| {
        bencher.iter(|| executor::plan(&interpreter, black_box(&submitted), &authenticated))
    });
    group.finish();
}

fn tree(criterion: &mut Criterion) {
    let page = |number: u64| -> Page { [F::new(number); 8] };
    let mut full = Tree::new(20).expect("a depth");
    let pages: Vec<(u64, Page)> = (0..1 << 16).map(|number| (16 * number, page(number))).collect();
    full.update(&pages).expect("addresses in order");
    let changes: Vec<(u64, Page)> = (0..1000).map(|number| (16 * 64 * number, page(number + 7))).collect();
    let mut group = criterion.benchmark_group("tree");
    group.throughput(Throughput::Elements(changes.len() as u64));
    group.bench_function("update/1000", |bencher| {
        bencher.iter_batched_ref(|| full.clone(), |tree| tree.update(black_box(&changes)), BatchSize::LargeInput)
    });
    group.finish();
}

fn config() -> Criterion {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("no pool yet");
    Criterion::default().measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1))
}

criterion_group! {
    name = micro;
    config = config();
    targets = hashes, signatures, planning, tree
}
criterion_main!(micro);
