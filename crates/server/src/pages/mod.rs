//! pages
pub mod assets;
