//! Merges of two proofs with challenges of degree 2, by unique decoding, and of degree 4, up to the Johnson bound: what 100 bits cost by
//! theorems alone (SOUNDNESS 5.3).
//!
//! `degree [repetitions, default 3]` builds circuits that verify two proofs, the first of an empty circuit, each next of the one
//! before, until the size stays, and proves the last. Prints Markdown and, last, one line of JSON. Times are the least of the
//! repetitions, which take turns; ours include the verification before release, plonky2's do not.

use std::error::Error;

use braid_benches::clock::Times;
use braid_primitives::memory::HugePages;
use braid_prover::plonk::{Config, FastProver};
use plonky2::field::extension::Extendable;
use plonky2::field::extension::quartic::QuarticExtension;
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::fri::FriConfig;
use plonky2::fri::reduction_strategies::FriReductionStrategy;
use plonky2::gates::noop::NoopGate;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitConfig, CircuitData};
use plonky2::plonk::config::{GenericConfig, PoseidonGoldilocksConfig};
use plonky2::plonk::proof::ProofWithPublicInputs;
use serde_json::{Value, json};
use tikv_jemallocator::Jemalloc;

type F = GoldilocksField;

#[global_allocator]
static ALLOCATOR: HugePages<Jemalloc> = HugePages::new(Jemalloc);

/// plonky2's configuration with challenges of degree 4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Degree4;

impl GenericConfig<4> for Degree4 {
    type F = F;
    type FE = QuarticExtension<F>;
    type Hasher = PoseidonHash;
    type InnerHasher = PoseidonHash;
}

/// The provable level's parameters, with so many queries after so many bits of grinding.
fn config(queries: usize, grinding: u32) -> CircuitConfig {
    CircuitConfig {
        num_challenges: 3,
        fri_config: FriConfig {
            rate_bits: 3,
            cap_height: 4,
            proof_of_work_bits: grinding,
            reduction_strategy: FriReductionStrategy::ConstantArityBits(3, 5),
            num_query_rounds: queries,
        },
        ..CircuitConfig::standard_recursion_config()
    }
}

/// Merges of one degree, the last of them and what it is proven on.
struct Merge<C: Config<D>, const D: usize>
where
    F: Extendable<D>,
{
    data: CircuitData<F, C, D>,
    inputs: PartialWitness<F>,
    /// Rows before they are padded to a power of two.
    rows: usize,
}

impl<C: Config<D>, const D: usize> Merge<C, D>
where
    F: Extendable<D>,
{
    fn new(config: &CircuitConfig, prover: &FastProver) -> Result<Self, Box<dyn Error>> {
        let mut builder = CircuitBuilder::<F, D>::new(config.clone());
        while builder.num_gates() < 1 << 12 {
            builder.add_gate(NoopGate, vec![]);
        }
        let rows = builder.num_gates();
        let mut last = Self { data: builder.build::<C>(), inputs: PartialWitness::new(), rows };
        loop {
            let next = Self::of_two(config, &last.data, &last.prove(prover)?)?;
            if next.data.common.degree_bits() == last.data.common.degree_bits() {
                return Ok(next);
            }
            last = next;
        }
    }

    /// Verifies a proof twice.
    fn of_two(
        config: &CircuitConfig,
        inner: &CircuitData<F, C, D>,
        proof: &ProofWithPublicInputs<F, C, D>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut builder = CircuitBuilder::<F, D>::new(config.clone());
        let mut inputs = PartialWitness::new();
        let verifier = builder.constant_verifier_data(&inner.verifier_only);
        for _ in 0..2 {
            let target = builder.add_virtual_proof_with_pis(&inner.common);
            builder.verify_proof::<C>(&target, &verifier, &inner.common);
            inputs.set_proof_with_pis_target(&target, proof)?;
        }
        let rows = builder.num_gates();
        Ok(Self { data: builder.build::<C>(), inputs, rows })
    }

    fn prove(&self, prover: &FastProver) -> Result<ProofWithPublicInputs<F, C, D>, Box<dyn Error>> {
        Ok(prover.prove(&self.data.prover_only, &self.data.common, self.inputs.clone())?)
    }
}

/// Times so far of our prover and of plonky2's own.
struct Measured {
    ours: Times,
    plonky2: Times,
    /// Size of a proof.
    bytes: usize,
}

impl Measured {
    fn again<C: Config<D>, const D: usize>(
        &mut self,
        merge: &Merge<C, D>,
        prover: &FastProver,
    ) -> Result<(), Box<dyn Error>>
    where
        F: Extendable<D>,
    {
        let (proof, times) = Times::of(|| merge.prove(prover));
        self.ours = self.ours.least(times);
        self.bytes = proof?.to_bytes().len();
        let inputs = merge.inputs.clone();
        let (proof, times) = Times::of(|| merge.data.prove(inputs));
        self.plonky2 = self.plonky2.least(times);
        proof?;
        Ok(())
    }

    /// Prints a row.
    fn said<C: Config<D>, const D: usize>(&self, merge: &Merge<C, D>) -> Value
    where
        F: Extendable<D>,
    {
        let Self { ours, plonky2, bytes } = self;
        let (common, rows) = (&merge.data.common, merge.rows);
        let FriConfig { num_query_rounds: queries, proof_of_work_bits: grinding, .. } = common.config.fri_config;
        let log = common.degree_bits();
        println!(
            "| {D} | {queries} | {grinding} | {rows} | 2^{log} | {:.3} | {:.3} | {:.3} | {:.3} | {bytes} |",
            ours.wall, ours.processor, plonky2.wall, plonky2.processor
        );
        json!({
            "degree": D, "queries": queries, "grinding": grinding, "rows": rows, "rows_log2": log, "bytes": bytes,
            "ours_s": ours.wall, "ours_cpu_s": ours.processor, "plonky2_s": plonky2.wall, "plonky2_cpu_s": plonky2.processor,
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let repetitions: usize = std::env::args().nth(1).map_or(Ok(3), |text| text.parse())?;
    let prover = FastProver::new();
    let unique = Merge::<PoseidonGoldilocksConfig, 2>::new(&config(102, 16), &prover)?;
    let johnson = Merge::<Degree4, 4>::new(&config(57, 20), &prover)?;
    let mut measured = [(); 2].map(|()| Measured { ours: Times::MOST, plonky2: Times::MOST, bytes: 0 });
    for _ in 0..repetitions.max(1) {
        measured[0].again(&unique, &prover)?;
        measured[1].again(&johnson, &prover)?;
    }
    println!(
        "| degree | queries | grinding | rows | padded | ours, s | ours, CPU-s | plonky2, s | plonky2, CPU-s | proof, bytes |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let said = [measured[0].said(&unique), measured[1].said(&johnson)];
    println!("\n{}", json!({ "repetitions": repetitions, "measured": said }));
    Ok(())
}
