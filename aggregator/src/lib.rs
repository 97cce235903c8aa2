//! braid-aggregator
