//! transfer
pub mod digest;
pub mod metadata;
pub mod range;
