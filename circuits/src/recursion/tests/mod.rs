//! Tests of the whole layer, over wraps that prove nothing: they expose whatever statement they are given.

mod caching;
mod merging;
mod standalone;
mod toy;
mod verifying;
