//! A file: its names as given and as shown, and its content type.
pub mod content_type;
pub mod hostile;
pub mod name;
pub mod rendering;
pub(crate) mod store;
