//! braid-contracts
