//! The integers of a signature as digits and limbs, for its rows.

use braid_primitives::ecgfp5::Scalar;

use super::{GROUP_BYTES, GROUPS, PRODUCT_CARRIES, columns};

/// Limbs of 16 bits of a challenge or a randomizer.
pub fn limbs(value: u128) -> [u64; 8] {
    core::array::from_fn(|i| (value >> (16 * i)) as u64 & 0xffff)
}

/// Limbs of 16 bits of a response.
pub fn response_limbs(s: &Scalar) -> [u64; 20] {
    core::array::from_fn(|i| s.words()[i / 4] >> (16 * (i % 4)) & 0xffff)
}

/// The product of two numbers in bytes, and its carries after every 32 bits but the last.
pub fn product(r: u128, e: u128) -> ([u8; 32], [u64; PRODUCT_CARRIES]) {
    let (r, e) = (limbs(r), limbs(e));
    let term = |at: usize, i: usize| at.checked_sub(i).and_then(|j| e.get(j)).map_or(0, |e| r[i] * e);
    let column = |at: usize| -> u64 { (0..8).map(|i| term(at, i)).sum() };
    let (mut digits, mut carries) = ([0; 32], [0; PRODUCT_CARRIES]);
    let mut carry = 0;
    for (step, digits) in digits.chunks_exact_mut(4).enumerate() {
        let sum = column(2 * step) + (column(2 * step + 1) << 16) + carry;
        digits.copy_from_slice(&(sum as u32).to_le_bytes());
        carry = sum >> 32;
        if let Some(cell) = carries.get_mut(step) {
            *cell = carry;
        }
    }
    (digits, carries)
}

/// What a signature adds to the groups of the sum of all r·s: after its first row, by the limbs of s there, and after its second.
/// Each is below 2^44.
pub fn weighted(r: u128, s: &Scalar) -> [[u64; GROUPS]; 2] {
    let mut sums = [[0; GROUPS]; 2];
    for (l, s) in response_limbs(s).into_iter().enumerate() {
        let sums = &mut sums[usize::from(columns::response(l).0 > 0)];
        for (i, r) in r.to_le_bytes().into_iter().enumerate() {
            let at = i + 2 * l;
            sums[at / GROUP_BYTES] += (u64::from(r) * s) << (8 * (at % GROUP_BYTES));
        }
    }
    sums
}
