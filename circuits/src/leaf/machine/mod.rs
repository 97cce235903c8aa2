//! All chips together: the list of AIRs, the rows of every table and the public values of a chunk.

use braid_contracts::Registry;
use braid_primitives::{Digest, F};
use p3_air::{Air, BaseAir};
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use crate::leaf::bucket::{self, Bucket};
use crate::leaf::bus::LeafBuilder;
use crate::leaf::combine::{self, Combine};
use crate::leaf::cpu::Cpu;
use crate::leaf::execution::Execution;
use crate::leaf::page::PageChip;
use crate::leaf::range::Range;
use crate::leaf::rom::RomChip;
use crate::leaf::shape::{Shape, TABLES};
use crate::leaf::signature::{self, Signature};
use crate::leaf::sponge::SpongeChip;
use crate::leaf::tables::TooTall;
use crate::leaf::tally::Tally;
use crate::leaf::tree::TreeChip;
use crate::leaf::wide::{self, Wide};
use crate::leaf::{cpu, page, range, sponge, tree};

/// Declares [`Chip`], one variant a chip, and forwards to the chips.
macro_rules! chips {
    ($($(#[$doc:meta])* $variant:ident($chip:ty)),* $(,)?) => {
        /// One table of the machine.
        #[derive(Clone, Debug)]
        pub enum Chip { $($(#[$doc])* $variant($chip)),* }

        impl BaseAir<F> for Chip {
            fn width(&self) -> usize {
                match self { $(Self::$variant(chip) => chip.width()),* }
            }
            fn num_public_values(&self) -> usize {
                match self { $(Self::$variant(chip) => BaseAir::<F>::num_public_values(chip)),* }
            }
            fn preprocessed_width(&self) -> usize {
                match self { $(Self::$variant(chip) => chip.preprocessed_width()),* }
            }
            fn preprocessed_trace(&self) -> Option<RowMajorMatrix<F>> {
                match self { $(Self::$variant(chip) => chip.preprocessed_trace()),* }
            }
            fn main_next_row_columns(&self) -> Vec<usize> {
                match self { $(Self::$variant(chip) => chip.main_next_row_columns()),* }
            }
            fn preprocessed_next_row_columns(&self) -> Vec<usize> {
                match self { $(Self::$variant(chip) => chip.preprocessed_next_row_columns()),* }
            }
        }

        impl<AB: LeafBuilder> Air<AB> for Chip {
            fn eval(&self, builder: &mut AB) {
                match self { $(Self::$variant(chip) => chip.eval(builder)),* }
            }
        }
    };
}

chips! {
    /// Executed instructions.
    Cpu(Cpu),
    /// Page accesses.
    Page(PageChip),
    /// Pages and nodes of the state tree.
    Tree(TreeChip),
    /// Messages, data and chains.
    Sponge(SpongeChip),
    /// Products and quotients.
    Wide(Wide),
    /// Signatures.
    Signature(Signature),
    /// The terms of the sum of all signatures.
    Bucket(Bucket),
    /// Their sum.
    Combine(Combine),
    /// One of the three program tables.
    Rom(RomChip),
    /// 16-bit values.
    Range(Range),
}

/// The chips for a registry, in the order of [`TABLES`].
///
/// # Errors
/// If the registry does not fit the program tables.
pub fn chips(registry: &Registry) -> Result<Vec<Chip>, TooTall> {
    let rom = registry.rom();
    Ok(vec![
        Chip::Cpu(Cpu),
        Chip::Page(PageChip),
        Chip::Tree(TreeChip),
        Chip::Sponge(SpongeChip),
        Chip::Wide(Wide),
        Chip::Signature(Signature),
        Chip::Bucket(Bucket),
        Chip::Combine(Combine),
        Chip::Rom(RomChip::instructions(rom)?),
        Chip::Rom(RomChip::pages(rom)?),
        Chip::Rom(RomChip::schedule(rom)?),
        Chip::Range(Range),
    ])
}

/// The rows of all tables of a chunk, and the public values of each.
#[derive(Clone, Debug)]
pub struct Traces {
    /// One table a chip.
    pub main: Vec<RowMajorMatrix<F>>,
    /// One list a chip; most are empty.
    pub public_values: Vec<Vec<F>>,
}

/// Builds the rows of every table of a shape.
///
/// # Errors
/// If the chunk needs more rows than the shape has.
pub fn traces(execution: &Execution<'_>, shape: Shape) -> Result<Traces, TooTall> {
    traces_observed(execution, shape, |_| {})
}

/// As [`traces`]; calls `filled` after each step with the last table that it filled, for benchmarks.
///
/// # Errors
/// As [`traces`].
pub fn traces_observed(
    execution: &Execution<'_>,
    shape: Shape,
    mut filled: impl FnMut(&'static str),
) -> Result<Traces, TooTall> {
    let height = |table: usize| shape.height(table);
    let tally = Tally::new(height(8), height(9), height(10));
    filled("tally");
    let signings = signature::signings(execution);
    let draw = signature::seed::draw(&signings, execution.parameters.chain_id);
    filled("seed");
    let cpu = cpu::rows(execution, height(0), &tally)?;
    filled("cpu");
    let page = page::rows(execution, height(1), &tally)?;
    filled("page");
    let tree = tree::rows(execution, height(2))?;
    filled("tree");
    let sponge = sponge::rows(execution, height(3), draw.seed, &tally)?;
    filled("sponge");
    let wide = wide::rows(&cpu::divisions(execution), height(4), &tally)?;
    filled("wide");
    let (signature, terms) = signature::rows(&signings, &draw.scalars, height(5), &tally)?;
    filled("signature");
    let (bucket, running) = bucket::rows(&terms, height(6))?;
    filled("bucket");
    let combine = combine::rows(&running);
    filled("combine");
    let uses = |counts: &super::tally::Uses| RowMajorMatrix::new_col(counts.column().collect());
    let main = vec![
        cpu,
        page,
        tree,
        sponge,
        wide,
        signature,
        bucket,
        combine,
        uses(&tally.instructions),
        uses(&tally.pages),
        uses(&tally.schedule),
        range::rows(&tally.range),
    ];
    filled("range");
    Ok(Traces { main, public_values: with_seed(execution, draw.seed) })
}

/// What each chip says to the outside: to the wrap circuit, which ties it together.
pub fn public_values(execution: &Execution<'_>) -> Vec<Vec<F>> {
    let signings = signature::signings(execution);
    with_seed(execution, signature::seed::seed(&signings, execution.parameters.chain_id))
}

fn with_seed(execution: &Execution<'_>, seed: Digest) -> Vec<Vec<F>> {
    let (before, after) = (&execution.record.before, &execution.record.after);
    let parameters = &execution.parameters;
    let (scale, depth) = (F::from_u64(parameters.scale()), F::from_u32(parameters.depth));
    let mut lists = vec![vec![]; TABLES.len()];
    lists[0] = cpu::PublicValues::new(execution).to_vec();
    lists[1] = vec![scale];
    lists[2] = [&before.root[..], &after.root[..], &[depth]].concat();
    lists[3] = [&[parameters.chain_id], &seed[..]].concat();
    lists
}

#[cfg(test)]
mod tests;
