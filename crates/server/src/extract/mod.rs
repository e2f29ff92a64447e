//! What handlers ask for as arguments: where a request came from, who is behind it, parsed ids. What a handler forgets
//! to ask for, it cannot use.
mod caller;
mod id;
mod json;
mod origin;
mod query;
mod session;

pub use caller::Caller;
pub use id::Id;
#[cfg(test)]
pub use json::JSON_BYTES_MAX;
pub use json::{JsonBody, JsonCreation, OptionalJsonBody};
pub use origin::{Reader, RequestOrigin};
pub use query::Query;
pub use session::{SESSION_COOKIE, clear_cookie, session_cookie};
