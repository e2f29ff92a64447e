//! The binary as operators run it. One test program, so that the house is built once.
mod house;
mod operator;
mod serve;
mod usage;
