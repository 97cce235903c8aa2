//! EcGFp5 over any algebra over the base field, so that constraints and rows are computed by the same lines: on
//! symbolic expressions, on single elements, and on packed elements of which each lane is another signature.
//!
//! The curve is y² = x(x² + 2x + 263z) over GF(p⁵), z⁵ = 3; a group element is given by x and u = x/y, the neutral by
//! (0, 0) (T. Pornin, "EcGFp5: a specialized elliptic curve", 2022, section 3).

mod addition;
mod fraction;
mod point;
mod quintic;

pub use addition::Addition;
pub use fraction::Fraction;
pub use point::{NON_SQUARE, Point, generator};
pub use quintic::Quintic;

#[cfg(test)]
mod tests;
