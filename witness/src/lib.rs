//! braid-witness
