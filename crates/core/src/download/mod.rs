//! download
pub mod archive;
pub mod ranges;
