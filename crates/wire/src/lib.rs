//! Request and response bodies of Waybill's API, and its problem documents. No rules, no I/O.
pub mod problem;
