//! Routes, pages, API mapping, byte streaming and operator commands. Knows HTTP; knows no SQL and no rule about packages.
pub mod api;
mod around;
pub mod cmd;
pub mod config;
pub mod extract;
pub mod health;
pub mod listen;
pub mod metrics;
pub mod pages;
pub mod respond;
pub mod router;
#[cfg(test)]
pub(crate) mod testing;
pub mod transfer;
pub mod web;
