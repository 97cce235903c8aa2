//! braid-verifier
