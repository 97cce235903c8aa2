use braid_primitives::F;
use p3_air::{Air, BaseAir};
use p3_field::PrimeCharacteristicRing;
use p3_goldilocks::default_goldilocks_poseidon2_8;
use p3_matrix::dense::RowMajorMatrix;
use p3_symmetric::Permutation;

use super::{WIDTH, fill, output};
use crate::leaf::audit::Ledger;
use crate::leaf::bus::LeafBuilder;

/// The columns alone, as a chip.
struct Alone;

impl BaseAir<F> for Alone {
    fn width(&self) -> usize {
        WIDTH + 1
    }
}

impl<AB: LeafBuilder> Air<AB> for Alone {
    fn eval(&self, builder: &mut AB) {
        super::eval(builder);
    }
}

fn table(rows: usize) -> RowMajorMatrix<F> {
    let mut values = F::zero_vec(rows * (WIDTH + 1));
    for (r, row) in values.chunks_mut(WIDTH + 1).enumerate() {
        for (i, cell) in row[..8].iter_mut().enumerate() {
            *cell = F::from_usize(r * 77 + i).exp_u64(9);
        }
    }
    fill(&mut values, WIDTH + 1);
    RowMajorMatrix::new(values, WIDTH + 1)
}

#[test]
fn rows_are_the_upstream_permutation() {
    let table = table(19);
    assert!(Ledger::default().record(&Alone, &table, &[]).is_empty());
    let permutation = default_goldilocks_poseidon2_8();
    for row in table.values.chunks(table.width) {
        assert_eq!(output(&row[..WIDTH]), permutation.permute(core::array::from_fn(|i| row[i])));
    }
}

#[test]
fn any_altered_cell_is_a_violation() {
    let honest = table(2);
    for column in 0..WIDTH {
        let mut table = honest.clone();
        table.values[column] += F::ONE;
        assert!(!Ledger::default().record(&Alone, &table, &[]).is_empty(), "column {column}");
    }
}
