//! The pages people see, and the assets they are drawn with.
pub mod assets;
pub mod view;
