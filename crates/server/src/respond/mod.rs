//! How the core's errors leave the house: as a problem document for programs, as a page for people. Two mappers, both
//! exhaustive; each error is logged once, here, with the reference that its reader is shown.
mod nowhere;
mod page;
mod problem;

pub use nowhere::no_such_verb;
pub use page::{Audience, Frame, PageFault, see_other};
pub use problem::{BASIC_CHALLENGE, Problem};
pub(crate) use problem::{field_sentence, sentence, status};
