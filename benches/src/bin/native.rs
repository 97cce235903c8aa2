//! What runs before anything is proven: signatures, planning, execution, on one core and on all.
//!
//! `native [transactions, default 8192] [repetitions, default 60]` prints Markdown and, last, one line of JSON. Times are wall
//! time a transaction, the minimum of the repetitions; many short ones find an undisturbed moment on a busy machine. *sequential* is the plainest loop there is: one transaction
//! after the other on a flat array of pages, without plan, conflicts or records of what ran. *verify* is one call of the
//! signature check, *verify_batch* one call for many. What is compared runs in the same process, so that ratios hold on a busy machine.

use braid_primitives::memory::HugePages;
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;
use tikv_jemallocator::Jemalloc;

use braid_contracts::Registry;
use braid_primitives::schnorr::{self, SecretKey, Signed};
use braid_primitives::{F, Page};
use braid_state_tree::Tree;
use braid_witness::executor::{self, Authenticated};
use braid_witness::hints::SlotFiller;
use braid_witness::interpreter::Registers;
use braid_witness::workload::{self, Distribution, Mix, Spec};
use braid_witness::{BlockContext, Environment, Interpreter, Policy, Reason, Submitted};
use p3_field::PrimeCharacteristicRing;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: HugePages<Jemalloc> = HugePages::new(Jemalloc);

/// Kinds of traffic, by name.
const CASES: [(&str, Mix, Distribution); 4] = [
    ("transfers, uniform", Mix::TRANSFERS, Distribution::Uniform),
    ("transfers, zipf", Mix::TRANSFERS, Distribution::Zipf { exponent: 1.0 }),
    ("transfers, one hot", Mix::TRANSFERS, Distribution::OneHot),
    ("swaps, uniform", Mix::SWAPS, Distribution::Uniform),
];

/// A batch whose slots are filled and whose signatures are checked.
struct Case {
    interpreter: Interpreter,
    environment: Environment,
    tree: Tree,
    submitted: Vec<Submitted>,
    authenticated: Vec<Result<Authenticated, Reason>>,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let transactions: usize = arguments.next().map_or(Ok(1 << 13), |text| text.parse())?;
    let repetitions: usize = arguments.next().map_or(Ok(60), |text| text.parse())?;
    let cores = std::thread::available_parallelism()?.get();
    let mut measured = Vec::new();
    println!("| traffic | threads | levels | planning, ns/tx | execution, ns/tx | sequential, ns/tx | ratio |");
    println!("|---|---|---|---|---|---|---|");
    for (name, mix, distribution) in CASES {
        let case = case(&Spec { transactions, users: 20_000, mix, distribution, ..Spec::default() })?;
        for threads in [1, cores] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            let result = pool.install(|| run(&case, repetitions))?;
            let [planning, execution, sequential] =
                ["planning_ns", "execution_ns", "sequential_ns"].map(|key| result[key].as_f64().unwrap_or(f64::NAN));
            println!(
                "| {name} | {threads} | {} | {planning:.0} | {execution:.0} | {sequential:.0} | {:.2} |",
                result["levels"],
                execution / sequential
            );
            measured.push(json!({ "traffic": name, "threads": threads, "times": result }));
        }
    }
    let signatures = signatures(repetitions)?;
    let batches = batches(repetitions)?;
    println!(
        "\n{}",
        json!({ "cores": cores, "repetitions": repetitions, "transactions": transactions,
        "measured": measured, "signatures": signatures, "batches": batches })
    );
    Ok(())
}

/// A workload up to where its transitions may begin.
fn case(spec: &Spec) -> Result<Case, Box<dyn Error + Send + Sync>> {
    let registry = Registry::builtin();
    let interpreter = Interpreter::new(&registry)?;
    let workload = workload::generate(spec, &registry)?;
    let origin = workload.genesis.build(&registry)?;
    let environment = Environment::new(&origin.parameters, &BlockContext::default());
    let tree = origin.tree;
    let mut filler = SlotFiller::new(&interpreter, &environment, &tree);
    let filled = workload.drafts.into_iter().map(|draft| filler.fill(draft).map_err(|reason| reason.to_string()));
    let submitted: Vec<Submitted> = filled.collect::<Result<_, _>>()?;
    let authenticated = executor::authenticate(&interpreter, &environment, &tree, &submitted);
    Ok(Case { interpreter, environment, tree, submitted, authenticated })
}

/// Nanoseconds a transaction of planning, execution and the sequential loop, in the current pool.
fn run(case: &Case, repetitions: usize) -> Result<Value, Box<dyn Error + Send + Sync>> {
    let Case { interpreter, environment, tree, submitted, authenticated } = case;
    let [mut planning, mut execution, mut alone] = [f64::INFINITY; 3];
    let count = submitted.len() as f64;
    let mut levels = 0;
    for _ in 0..repetitions {
        let clock = Instant::now();
        let plan = executor::plan(interpreter, submitted, authenticated);
        planning = planning.min(clock.elapsed().as_nanos() as f64 / count);
        levels = plan.levels().count();
        let (moved, known) = (submitted.clone(), authenticated.clone());
        let clock = Instant::now();
        let (executed, refused) =
            executor::execute(interpreter, environment, Policy::default(), tree, moved, known, &plan);
        execution = execution.min(clock.elapsed().as_nanos() as f64 / count);
        let (nanoseconds, accepted) = sequential(case);
        alone = alone.min(nanoseconds / count);
        if executed.len() != accepted || executed.len() + refused.len() != submitted.len() {
            return Err("planned and sequential execution accept different transactions".into());
        }
    }
    Ok(json!({ "planning_ns": planning, "execution_ns": execution, "sequential_ns": alone, "levels": levels }))
}

/// Nanoseconds of the plain loop, and how many transactions it accepts.
fn sequential(case: &Case) -> (f64, usize) {
    let Case { interpreter, environment, tree, submitted, .. } = case;
    let end = tree.pages().last().map_or(0, |(address, _)| address as usize) + 1;
    let mut pages: Vec<Page> = vec![Page::default(); end];
    tree.pages().for_each(|(address, page)| pages[address as usize] = *page);
    let (mut addresses, mut old, mut new) = (Vec::new(), Vec::new(), Vec::new());
    let mut registers = Registers::default();
    let mut accepted = 0;
    let clock = Instant::now();
    for Submitted { transaction, .. } in submitted {
        addresses.clear();
        if interpreter.addresses(environment.depth, transaction, &mut addresses).is_err() {
            continue;
        }
        old.clear();
        old.extend(addresses.iter().map(|address| pages.get(*address as usize).copied().unwrap_or_default()));
        if interpreter.run(environment, transaction, &old, &mut registers, &mut new).is_err() {
            continue;
        }
        accepted += 1;
        for (address, content) in addresses.iter().zip(&new) {
            if let Some(page) = pages.get_mut(*address as usize) {
                *page = *content;
            }
        }
    }
    let elapsed = clock.elapsed().as_nanos() as f64;
    black_box(&pages);
    (elapsed, accepted)
}

/// Signature checks a second: one call at a time, and as a batch is authenticated, on one core.
fn signatures(repetitions: usize) -> Result<Value, Box<dyn Error + Send + Sync>> {
    const COUNT: usize = 64;
    let chain = F::from_u32(1);
    let key = SecretKey::for_development(1, 1);
    let digest = [F::from_u32(1), F::from_u32(2), F::from_u32(3), F::from_u32(4)];
    let signature = schnorr::sign(&key, chain, digest);
    let case = case(&Spec { transactions: COUNT, users: 2000, mix: Mix::TRANSFERS, ..Spec::default() })?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let [mut one, mut batch] = [f64::INFINITY; 2];
    for _ in 0..repetitions {
        let clock = Instant::now();
        for _ in 0..COUNT {
            schnorr::verify(black_box(&key.public_key()), chain, digest, black_box(&signature))?;
        }
        one = one.min(clock.elapsed().as_nanos() as f64 / COUNT as f64);
        let Case { interpreter, environment, tree, submitted, .. } = &case;
        let clock = Instant::now();
        let checked = pool.install(|| executor::authenticate(interpreter, environment, tree, submitted));
        batch = batch.min(clock.elapsed().as_nanos() as f64 / COUNT as f64);
        if checked.iter().any(Result::is_err) {
            return Err("a transaction of the workload is not authentic".into());
        }
    }
    let rate = |nanoseconds: f64| 1e9 / nanoseconds;
    println!("\n| signatures, one core | a second | ratio to one call |");
    println!("|---|---|---|");
    println!("| verify, one call | {:.0} | 1.00 |", rate(one));
    println!("| authenticate (addresses, digests, signature) | {:.0} | {:.2} |", rate(batch), batch / one);
    Ok(json!({ "verify_ns": one, "authenticate_ns": batch, "verify_per_second": rate(one) }))
}

/// Signatures under one call of `verify_batch`.
const BATCHES: [usize; 5] = [1, 16, 256, 4096, 16384];

/// Nanoseconds a signature of batches, beside those of single checks at the same time, on one core.
fn batches(repetitions: usize) -> Result<Vec<Value>, Box<dyn Error + Send + Sync>> {
    const ALONE: usize = 64;
    let chain = F::from_u32(1);
    let signed: Vec<Signed> = (0..BATCHES.into_iter().max().unwrap_or(ALONE) as u64)
        .map(|index| {
            let key = SecretKey::for_development(1, index);
            let digest = [F::from_u64(index), F::ONE, F::TWO, F::ZERO];
            Signed { key: key.public_key(), digest, signature: schnorr::sign(&key, chain, digest) }
        })
        .collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    println!("\n| signatures in a batch, one core | verify, ns each | verify_batch, ns each | ratio |");
    println!("|---|---|---|---|");
    let mut measured = Vec::new();
    for count in BATCHES {
        let [mut one, mut batch] = [f64::INFINITY; 2];
        for _ in 0..repetitions.min(1 + (1 << 18) / count) {
            let clock = Instant::now();
            let alone = signed.iter().take(ALONE).all(|signed| black_box(signed).verify(chain).is_ok());
            one = one.min(clock.elapsed().as_nanos() as f64 / ALONE as f64);
            let clock = Instant::now();
            let verdicts = pool.install(|| schnorr::verify_batch(chain, black_box(&signed[..count])));
            batch = batch.min(clock.elapsed().as_nanos() as f64 / count as f64);
            if !alone || verdicts.iter().any(Result::is_err) {
                return Err("an honest signature is refused".into());
            }
        }
        println!("| {count} | {one:.0} | {batch:.0} | {:.2} |", one / batch);
        measured.push(json!({ "count": count, "verify_ns": one, "batch_ns": batch }));
    }
    Ok(measured)
}
