//! Layering, names and values of settings.
