use braid_primitives::F;
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

use super::columns::{Columns, WIDTH};
use crate::leaf::execution::Execution;
use crate::leaf::permutation;
use crate::leaf::tables::TooTall;

/// Pairs of rows that one task fills.
const PAIRS: usize = 64;

/// Rows that an execution needs: two for each touched page and each node above one.
pub fn height(execution: &Execution<'_>) -> usize {
    2 * (execution.record.nodes.len() + execution.record.touches.len())
}

/// The table, `height` rows: pairs of nodes from the root downward, then pairs of pages, then padding.
///
/// # Errors
/// If the table has fewer rows than the execution needs.
pub fn rows(execution: &Execution<'_>, height: usize) -> Result<RowMajorMatrix<F>, TooTall> {
    let (nodes, touches) = (&execution.record.nodes, &execution.record.touches);
    let rows = self::height(execution);
    if rows > height {
        return Err(TooTall { chip: "tree", rows, height });
    }
    let depth = execution.parameters.depth;
    let mut values = F::zero_vec(height * WIDTH);
    values.par_chunks_mut(2 * PAIRS * WIDTH).enumerate().for_each(|(part, values)| {
        for (at, pair) in values.chunks_mut(2 * WIDTH).enumerate() {
            let at = part * PAIRS + at;
            if let Some(node) = nodes.get(at) {
                let mut columns = Columns { level: F::from_u32(node.level), index: F::from_u64(node.index), ..zero() };
                let old = Columns {
                    node_old: F::ONE,
                    root: F::from_bool(at == 0),
                    left_computed: F::from_bool(node.left_computed),
                    right_computed: F::from_bool(node.right_computed),
                    ..columns
                };
                columns.node_new = F::ONE;
                write_pair(pair, (&node.old, old), (&node.new, columns));
            } else if let Some(touch) = touches.get(at - nodes.len()) {
                let columns = Columns { level: F::from_u32(depth), index: F::from_u64(touch.address), ..zero() };
                let old = Columns { leaf_old: F::ONE, ..columns };
                let new = Columns { leaf_new: F::ONE, time: F::from_u32(touch.last_time), ..columns };
                write_pair(pair, (&touch.old, old), (&touch.new, new));
            }
        }
        permutation::fill(values, WIDTH);
    });
    Ok(RowMajorMatrix::new(values, WIDTH))
}

fn zero() -> Columns<F> {
    Columns::read(&[F::ZERO; Columns::<F>::WIDTH])
}

fn write_pair(pair: &mut [F], old: (&[F; 8], Columns<F>), new: (&[F; 8], Columns<F>)) {
    for (row, (input, columns)) in pair.chunks_mut(WIDTH).zip([old, new]) {
        row[..8].copy_from_slice(input);
        columns.write(&mut row[permutation::WIDTH..]);
    }
}
