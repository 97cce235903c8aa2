//! Transfers as circuits on plonky2 are written by hand, with and without their signatures.
//!
//! `handwritten [log2 of rows, default 14] [repetitions, default 3]` fills a circuit with transfers in a tree of depth 20 and proves
//! it with plonky2's own prover: standard recursion wires, rate 3, 3 challenges. It prints Markdown and, last, one line of JSON. Times
//! are minima of the repetitions; processor time counts all threads, and is the one to read where other work shares the machine.
//! Memory is kept as the command line keeps it.
//!
//! Each transfer opens the payer's and the payee's leaf (balance, count, key), replaces both, and checks that amount and remaining
//! balance have 62 bits. With a signature it also checks that the payer's key has signed payer, payee, amount and count, by the
//! equation over EcGFp5 that Braid checks ([`signature`]). Gates are plonky2's own (Poseidon, base sums, arithmetic, random access);
//! the third circuit has one more, for products in GF(p^5), as libraries for this curve do ([`gate`]).
//!
//! Left out are fees, records and all programs, and the aggregation of such proofs, each of which would add rows; so this is a bound
//! from below. A transfer of Braid has all of them.

mod curve;
mod field5;
mod gate;
mod scalar;
mod signature;
#[cfg(test)]
mod tests;
mod transfer;
mod tree;

use std::error::Error;
use std::ops::{Deref, DerefMut};

use braid_benches::clock::Times;
use braid_primitives::memory::HugePages;
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::hash::hash_types::HashOutTarget;
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitConfig, CircuitData};
use plonky2::plonk::config::PoseidonGoldilocksConfig;
use serde_json::{Value, json};
use tikv_jemallocator::Jemalloc;

use signature::Tables;
use transfer::{Rows, Transfer};

#[global_allocator]
static ALLOCATOR: HugePages<Jemalloc> = HugePages::new(Jemalloc);

type F = GoldilocksField;
const D: usize = 2;
type Data = CircuitData<F, PoseidonGoldilocksConfig, D>;

/// What products in GF(p^5) are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gates {
    /// plonky2's arithmetic gate.
    Arithmetic,
    /// [`gate::ProductGate`].
    Product,
}

/// plonky2's builder, and what it is to build with.
struct Builder {
    inner: CircuitBuilder<F, D>,
    gates: Gates,
}

impl Builder {
    fn new(gates: Gates) -> Self {
        let config = CircuitConfig { num_challenges: 3, ..CircuitConfig::standard_recursion_config() };
        Self { inner: CircuitBuilder::new(config), gates }
    }

    fn build(self) -> Data {
        self.inner.build()
    }
}

impl Deref for Builder {
    type Target = CircuitBuilder<F, D>;
    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl DerefMut for Builder {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}

/// Rows that are kept for public inputs and constants, without and with signatures: two constants a row, and 240 are in tables.
const SHARED: [usize; 2] = [64, 144];

/// A circuit full of transfers.
struct Circuit {
    data: Data,
    first: HashOutTarget,
    transfers: Vec<Transfer>,
    rows: Rows,
}

impl Circuit {
    /// As many transfers as 2^bits rows hold, or `most`.
    fn new(bits: usize, most: usize, signed: Option<Gates>) -> Result<Self, Box<dyn Error>> {
        let mut builder = Builder::new(signed.unwrap_or(Gates::Arithmetic));
        let tables = signed.map(|_| Tables::new(&mut builder).ok_or("a multiple of the generator is the neutral"));
        let tables = tables.transpose()?;
        let first = builder.add_virtual_hash();
        builder.register_public_inputs(&first.elements);
        let (mut root, mut transfers, mut parts) = (first, Vec::new(), Rows::default());
        let (mut rows, mut largest) = (0, 0);
        // The first transfer has to be built to know its rows.
        while transfers.len() < most && rows + largest + SHARED[usize::from(signed.is_some())] < 1 << bits {
            transfers.push(Transfer::new(&mut builder, root, tables.as_ref(), &mut parts));
            root = transfers.last().map_or(first, Transfer::after);
            largest = largest.max(builder.num_gates() - rows);
            rows = builder.num_gates();
        }
        builder.register_public_inputs(&root.elements);
        let data = builder.build();
        if transfers.is_empty() || (data.common.degree_bits() > bits && transfers.len() > 1) {
            return Err("the rows that transfers share were estimated wrongly".into());
        }
        Ok(Self { data, first, transfers, rows: parts })
    }

    /// Proves honest transfers, and prints and returns what that takes.
    fn measure(&self, name: &str, repetitions: usize) -> Result<Value, Box<dyn Error>> {
        let inputs = transfer::witness(self.first, &self.transfers, |amount| amount)?;
        let mut least = Times::MOST;
        for _ in 0..repetitions {
            let again = inputs.clone();
            let (proof, times) = Times::of(|| self.data.prove(again));
            least = least.least(times);
            self.data.verify(proof?)?;
        }
        let count = self.transfers.len();
        let parts = [self.rows.state, self.rows.hashes, self.rows.equation].map(|rows| rows as f64 / count as f64);
        let [state, hashes, equation] = parts;
        let (each, bits) = (state + hashes + equation, self.data.common.degree_bits());
        println!(
            "| {name} | {count} | {each:.1} | {state:.1} | {hashes:.1} | {equation:.1} | 2^{bits} | {:.3} | {:.3} |",
            least.wall, least.processor
        );
        Ok(json!({
            "circuit": name, "transfers": count, "rows_each": each, "rows_log2": bits, "plonky2_s": least.wall,
            "plonky2_cpu_s": least.processor,
            "rows": { "state": state, "hashes": hashes, "equation": equation },
        }))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let bits: usize = arguments.next().map_or(Ok(14), |text| text.parse())?;
    let repetitions: usize = arguments.next().map_or(Ok(3), |text| text.parse())?;
    println!("| circuit | transfers | rows each | state | hashes | signature | rows | plonky2, s | plonky2, CPU-s |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut measured = Vec::new();
    for (name, signed) in [
        ("without signatures", None),
        ("with signatures", Some(Gates::Arithmetic)),
        ("with signatures, product gate", Some(Gates::Product)),
    ] {
        measured.push(Circuit::new(bits, usize::MAX, signed)?.measure(name, repetitions)?);
    }
    println!("\n{}", json!({ "measured": measured }));
    Ok(())
}
