//! Tells cargo which folders are embedded into the crate, so that a file added to one of them is built in.
use std::path::Path;

fn main() {
    // Cargo rebuilds on every run when it is told to watch a folder that does not exist.
    for folder in ["locales", "migrations", "templates"].into_iter().filter(|folder| Path::new(folder).exists()) {
        println!("cargo:rerun-if-changed={folder}");
    }
}
