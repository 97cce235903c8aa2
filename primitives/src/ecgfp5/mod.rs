//! EcGFp5: a group of prime order n (319 bits) on a curve over GF(p^5), made for proofs over Goldilocks.
//!
//! The curve is y² = x(x² + 2x + b), b = 263z (T. Pornin, "EcGFp5: a Specialized Elliptic Curve", eprint 2022/274). The
//! group is the coset of points *outside* the subgroup of order n, under P + Q + N with N = (0, 0), the neutral. A point is
//! encoded as `w = y/x`, and the neutral as 0; inside it is held as `x` and `u = x/y = 1/w`, the neutral as (0, 0), for which
//! one law covers every pair of points ([`law`]).
//!
//! Nothing here claims to run in constant time: signing leaks to whoever shares the machine.

mod affine;
mod decode;
mod fixed;
mod fp5;
mod lanes;
mod law;
mod multiples;
mod point;
mod scalar;

pub use decode::{decode_many, sqrt_many};
pub use fixed::{DIGITS, Multiples, WINDOWS, fixed_multiples};
pub use fp5::Fp5;
pub use lanes::{LANES, Lanes};
pub use law::B_SCALE;
pub use point::Point;
pub use scalar::Scalar;

pub(crate) use affine::Affine;
pub(crate) use decode::decode_affine;
pub(crate) use law::Fractional;
pub(crate) use multiples::{Multiple, generator_less};
pub(crate) use point::double_mul_encodes;

#[cfg(test)]
mod tests;
