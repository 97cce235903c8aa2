//! braid-benches
