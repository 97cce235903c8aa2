//! The chip of a preprocessed program table.

use std::sync::Arc;

use braid_contracts::Rom;
use braid_primitives::F;
use p3_air::{Air, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::HEIGHT;
use crate::leaf::bus::{Bus, INSTRUCTION, LeafBuilder, PAGE, SCHEDULE};
use crate::leaf::tables::TooTall;
use crate::leaf::tally::Uses;

/// A table of constant rows, each provided with a free use count: one main column.
#[derive(Clone, Debug)]
pub struct RomChip {
    bus: Bus,
    /// Rows of `bus.width` elements, padded to the table's height.
    values: Arc<Vec<F>>,
}

impl RomChip {
    /// The instruction rows of all programs.
    pub fn instructions(rom: &Rom) -> Result<Self, TooTall> {
        Self::new("instruction_rom", INSTRUCTION, &rom.instructions)
    }

    /// The page rows of all programs.
    pub fn pages(rom: &Rom) -> Result<Self, TooTall> {
        Self::new("page_rom", PAGE, &rom.pages)
    }

    /// The sponge blocks of all programs.
    pub fn schedule(rom: &Rom) -> Result<Self, TooTall> {
        Self::new("schedule_rom", SCHEDULE, &rom.schedule)
    }

    /// Number of rows, padding included.
    pub fn height(&self) -> usize {
        self.values.len() / self.bus.width
    }

    /// The main trace: one column of use counts.
    pub fn rows(&self, uses: &Uses) -> RowMajorMatrix<F> {
        RowMajorMatrix::new_col(uses.column().chain(core::iter::repeat(F::ZERO)).take(self.height()).collect())
    }

    fn new<const W: usize>(chip: &'static str, bus: Bus, rows: &[[F; W]]) -> Result<Self, TooTall> {
        debug_assert_eq!(bus.width, W);
        if rows.len() > HEIGHT {
            return Err(TooTall { chip, rows: rows.len(), height: HEIGHT });
        }
        let mut values = rows.as_flattened().to_vec();
        values.resize(HEIGHT * W, F::ZERO);
        Ok(Self { bus, values: Arc::new(values) })
    }
}

impl BaseAir<F> for RomChip {
    fn width(&self) -> usize {
        1
    }

    fn preprocessed_trace(&self) -> Option<RowMajorMatrix<F>> {
        Some(RowMajorMatrix::new(self.values.to_vec(), self.bus.width))
    }

    fn preprocessed_width(&self) -> usize {
        self.bus.width
    }

    fn main_next_row_columns(&self) -> Vec<usize> {
        Vec::new()
    }

    fn preprocessed_next_row_columns(&self) -> Vec<usize> {
        Vec::new()
    }
}

impl<AB: LeafBuilder> Air<AB> for RomChip {
    fn eval(&self, builder: &mut AB) {
        let uses = builder.main().current_slice()[0];
        let row: Vec<AB::Expr> = builder.preprocessed().current_slice().iter().map(|&x| x.into()).collect();
        self.bus.provide(builder, row, uses.into());
    }
}
