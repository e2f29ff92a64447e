//! Tests of this noun.
