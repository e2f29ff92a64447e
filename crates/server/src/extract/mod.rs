//! What handlers ask for as arguments: where a request came from, who is behind it, parsed ids. What a handler forgets
//! to ask for, it cannot use.
mod caller;
mod field;
mod id;
mod json;
mod link_holder;
mod origin;
mod person;
mod query;
mod session;
mod shape;

pub use caller::Caller;
pub(crate) use caller::is_same_origin;
pub(crate) use field::body_field;
pub use id::Id;
#[cfg(test)]
pub use json::JSON_BYTES_MAX;
pub use json::{JsonBody, JsonCreation, OptionalJsonBody};
pub use link_holder::{LinkHolder, VISIT_COOKIE, visit_cookie};
pub use origin::{Medium, Reader, RequestOrigin};
pub use person::Person;
pub use query::Query;
pub use session::{SESSION_COOKIE, clear_cookie, session_cookie};
