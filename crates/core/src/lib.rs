//! What Waybill is: nouns, rules, use cases, SQL, blobs, jobs, mails, audit. It never mentions HTTP, pages, status
//! codes or environment variables.
pub mod access;
pub mod account;
pub mod app;
pub mod audit;
pub mod blob;
pub mod clock;
pub mod db;
pub mod download;
pub mod error;
pub mod figures;
pub mod file;
pub mod guesses;
pub mod health;
pub mod idempotency;
pub mod ids;
pub mod instance;
pub mod job;
pub mod limits;
pub mod link;
pub mod mail;
pub mod notice;
pub mod package;
pub mod policy;
pub mod secret;
pub mod stocktaking;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod upload;
pub mod urls;
