//! braid-prover
