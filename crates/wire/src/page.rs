//! Lists: a page of items, and how to ask for the next one.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A part of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// What to send as `cursor` for the items after these; null when there are no more. Opaque.
    #[schema(required)]
    pub next_cursor: Option<String>,
}
