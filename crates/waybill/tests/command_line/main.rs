//! The binary as operators run it. One test program, so that the house is built once.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod house;
mod operator;
mod serve;
mod usage;
