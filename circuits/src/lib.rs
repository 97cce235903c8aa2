//! braid-circuits
