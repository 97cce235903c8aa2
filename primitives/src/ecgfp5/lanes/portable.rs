//! Products out of products of packed elements.

use crate::sums::Packed;
use p3_field::PrimeCharacteristicRing;

/// 3·value, which is what z^5 makes of it.
#[inline(always)]
fn triple(value: Packed) -> Packed {
    value.double() + value
}

/// a·b.
pub(super) fn mul(a: &[Packed; 5], b: &[Packed; 5]) -> [Packed; 5] {
    std::array::from_fn(|k| {
        let wrapped = (k + 1..5).fold(Packed::ZERO, |sum, i| sum + a[i] * b[k + 5 - i]);
        (0..=k).fold(triple(wrapped), |sum, i| sum + a[i] * b[k - i])
    })
}

/// a².
pub(super) fn square(a: &[Packed; 5]) -> [Packed; 5] {
    let twice = a.map(|coefficient| coefficient.double());
    [
        a[0] * a[0] + triple(twice[1] * a[4] + twice[2] * a[3]),
        twice[0] * a[1] + triple(twice[2] * a[4] + a[3] * a[3]),
        twice[0] * a[2] + a[1] * a[1] + triple(twice[3] * a[4]),
        twice[0] * a[3] + twice[1] * a[2] + triple(a[4] * a[4]),
        twice[0] * a[4] + twice[1] * a[3] + a[2] * a[2],
    ]
}
