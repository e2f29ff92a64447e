//! urls
