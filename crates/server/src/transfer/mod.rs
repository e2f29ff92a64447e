//! Bytes over HTTP: uploads by tus and plain PUT, downloads of files and archives with ranges, and the parsers of their
//! headers. Never holds a whole file; never decides who may.
pub mod digest;
pub mod download;
mod gate;
#[cfg(test)]
mod limit_tests;
pub mod metadata;
mod pour;
pub mod put;
pub mod range;
mod sending;
pub mod start;
#[cfg(test)]
mod tests;
pub mod tus;
