//! Request and response bodies of Waybill's API, and its problem documents. No rules, no I/O.
//!
//! Requests refuse fields that they do not know, so that a misspelled one is told and not silently left out. Answers may
//! gain fields at any time: a client reads what it knows.
pub mod account;
pub mod audit;
pub mod event;
pub mod landing;
pub mod object;
pub mod package;
pub mod page;
pub mod problem;
pub mod secret;
pub mod time;

pub use object::Object;
pub use page::Page;
pub use problem::Problem;
pub use secret::Secret;
pub use time::Time;
