//! The log: one line per event on stderr, of our own crates only. Libraries speak up from warnings on, because at lower
//! levels they print headers and statements, and those hold secrets.
use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts writing. A second call changes nothing.
pub(super) fn start(log: Log, colours: bool) {
    let level = log.level.as_str().to_lowercase();
    let libraries = if log.level < tracing::Level::WARN { "error" } else { "warn" };
    let filter = EnvFilter::new(format!("{libraries},waybill_core={level},waybill_server={level}"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    let _ = match log.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
}

/// Colours are for people at a terminal who did not ask for none (https://no-color.org).
pub(super) fn colours_wanted(environment: &[(String, String)]) -> bool {
    let refused = environment.iter().any(|(name, value)| name == "NO_COLOR" && !value.is_empty());
    !refused && std::io::stderr().is_terminal()
}
