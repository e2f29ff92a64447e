//! file
pub mod content_type;
pub mod hostile;
pub mod name;
mod rendering;
