//! Pages of lists: a limit, and an opaque cursor that is the last item's id.
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use waybill_core::error::{Error, FieldError, FieldProblem};
use waybill_core::limits::{PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX};
use waybill_wire::Page;

/// What part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// 1 to [`PAGE_ITEMS_MAX`].
    pub limit: u64,
    /// The last item of the page before.
    pub before: Option<Uuid>,
}

/// Reads `limit` and `cursor`; [`Error::Invalid`] names the one that is wrong.
pub fn paging(limit: Option<u64>, cursor: Option<&str>) -> Result<Paging, Error> {
    let mut wrong = Vec::new();
    let limit = limit.unwrap_or(PAGE_ITEMS_DEFAULT);
    if !(1..=PAGE_ITEMS_MAX).contains(&limit) {
        let problem = FieldProblem::OutOfRange { min: 1, max: PAGE_ITEMS_MAX };
        wrong.push(FieldError { field: "limit".into(), problem });
    }
    let before = cursor.map(read_cursor);
    if before == Some(None) {
        wrong.push(FieldError { field: "cursor".into(), problem: FieldProblem::Unknown });
    }
    if wrong.is_empty() { Ok(Paging { limit, before: before.flatten() }) } else { Err(Error::Invalid(wrong)) }
}

/// A page; `more` says whether something follows behind its last item.
pub fn page<T>(items: Vec<T>, more: bool, id: impl Fn(&T) -> Uuid) -> Page<T> {
    let last = items.last().filter(|_| more).map(id);
    Page { items, next_cursor: last.map(|id| URL_SAFE_NO_PAD.encode(id.as_bytes())) }
}

/// A page of a list that was asked for one item more than the page holds.
pub fn page_of_one_more<T>(mut items: Vec<T>, limit: u64, id: impl Fn(&T) -> Uuid) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    page(items, more, id)
}

fn read_cursor(text: &str) -> Option<Uuid> {
    Uuid::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}
