//! How large the wraps of the real machine are at each level, without building them.

use braid_contracts::Registry;
use plonky2::plonk::circuit_data::CircuitConfig;

use super::*;
use crate::leaf::machine::{Chip, chips};
use crate::leaf::shape::Shape;

/// Rows of a wrap, before it is finished.
fn rows(wrap: &LeafWrap) -> usize {
    let mut builder = Builder::new(CircuitConfig::standard_recursion_config());
    let (_, targets) = wrap.constrain(&mut builder).unwrap();
    println!("{} with {} queries: {:?}", wrap.name, wrap.shape.parameters.queries, targets.leaf.rows());
    builder.num_gates()
}

#[test]
fn wraps_of_the_machine_have_the_rows_they_are_planned_with() {
    let chips: Vec<Chip> = chips(&Registry::builtin()).unwrap();
    for shape in Shape::ALL {
        let heights = shape.degree_bits().to_vec();
        for security in [Security::Conjectured100, Security::Provable100] {
            let setup = Setup::new(security.leaf(), chips.clone(), heights.clone()).unwrap();
            let wrap = LeafWrap::new(shape.name(), security, &setup, LeafInterface::MACHINE).unwrap();
            println!("{shape}: folds {:?}, extended heights {:?}", wrap.shape.arities, wrap.shape.log_heights());
            security.check(&security.leaf_report(&security.leaf(), &setup.profile())).unwrap();
            let rows = rows(&wrap);
            println!("{shape}, {}: {rows} rows", security.name());
            // Finishing the circuit adds rows for constants and public inputs, fewer than `shape::fits` reserves for them.
            let bits = if security == Security::Provable100 { 16 } else { 15 };
            assert!(rows + 128 <= 1 << bits, "{shape}, {}: {rows} rows", security.name());
        }
    }
}
