//! Tests of byte routes.
