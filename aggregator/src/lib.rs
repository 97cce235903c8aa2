//! From chunks to one validity proof: which proof is made when, and the batch proof at the end.

#![forbid(unsafe_code)]

pub mod batch;
pub mod memory;
pub mod schedule;
pub mod stated;
