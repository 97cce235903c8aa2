pub use p3_goldilocks::Goldilocks as F;
