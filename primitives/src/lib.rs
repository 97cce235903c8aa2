//! braid-primitives
