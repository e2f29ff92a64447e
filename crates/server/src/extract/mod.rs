//! What handlers ask for as arguments: where a request came from, who is behind it, parsed ids. What a handler forgets
//! to ask for, it cannot use.
mod caller;
mod id;
mod origin;
mod person;
mod session;

pub use caller::Caller;
pub(crate) use caller::is_same_origin;
pub use id::Id;
pub use origin::{Medium, Reader, RequestOrigin};
pub use person::Person;
pub use session::{SESSION_COOKIE, clear_cookie, session_cookie};
