//! The API through its door: the whole router, with people.
mod access;
mod audit;
mod document;
mod events;
mod idempotency;
mod lists;
mod packages;
mod shapes;
mod tokens;
