//! The table against known multiples of the generator.

use braid_primitives::F;
use p3_air::BaseAir;
use p3_field::PrimeCharacteristicRing;
use p3_matrix::Matrix;

use super::{FixedBase, HEIGHT, WINDOWS, digit, multiple, points, row};
use crate::leaf::audit::Ledger;
use crate::leaf::curve::{Fraction, Point};
use crate::leaf::tally::Uses;

#[test]
fn digits_add_up_to_the_multiple() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/ecgfp5.json")))
            .expect("the vectors are valid JSON");
    for entry in vectors["mul_generator"].as_array().expect("a list") {
        let hex = entry["k"]["hex"].as_str().expect("a string");
        let byte = |at: usize| u64::from_str_radix(&hex[2 + 2 * at..4 + 2 * at], 16).expect("hexadecimal");
        let scalar: [u64; 5] = core::array::from_fn(|word| (0..8).map(|i| byte(8 * word + i) << (8 * i)).sum());
        let sum = (0..WINDOWS)
            .fold(Fraction::from(Point::neutral()), |sum, window| sum.add(&multiple(window, digit(&scalar, window))));
        let [sum] = Fraction::reduce_all(&[sum])[..] else { panic!("one fraction, one point") };
        let expected = |key: &str| -> [F; 5] {
            let limb = |i: usize| entry["r"][key][i].as_str().expect("a string").parse().expect("a number");
            core::array::from_fn(|i| F::from_u64(limb(i)))
        };
        assert_eq!((sum.x.0, sum.u.0), (expected("x"), expected("u")));
    }
}

#[test]
fn rows_are_numbered_as_listed_and_padding_has_no_tag() {
    let table = FixedBase.preprocessed_trace().expect("the chip has a preprocessed table");
    assert_eq!((table.height(), table.width()), (HEIGHT, FixedBase.preprocessed_width()));
    for (window, digit) in [(0, 0), (0, 511), (23, 511), (24, 0), (24, 255), (36, 255)] {
        let cells = table.row_slice(row(window, digit)).expect("a row of the table").to_vec();
        assert_eq!(cells[1..3], [window, digit].map(F::from_usize));
        assert_eq!(cells[3..], multiple(window, digit).cells());
    }
    assert!(row(WINDOWS, 0) <= HEIGHT);
    for at in row(WINDOWS, 0)..HEIGHT {
        assert!(table.row_slice(at).expect("a row").iter().all(|cell| *cell == F::ZERO));
    }
    assert_eq!(points::digits(36), 256);
}

#[test]
fn uses_are_provided() {
    let uses = Uses::new(HEIGHT);
    uses.add(row(24, 3));
    let mut ledger = Ledger::default();
    assert!(ledger.record(&FixedBase, &FixedBase.rows(&uses), &[]).is_empty());
    let provided = ledger.imbalances(None);
    assert_eq!(provided.len(), 1);
    assert_eq!((provided[0].tuple[..3].to_vec(), provided[0].excess), (vec![2, 24, 3], 1));
}
