//! `GET /metrics` on the operator's own listener: the core's figures as Prometheus reads them. No name, address or link
//! is ever in it.
use std::fmt::Write as _;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use waybill_core::figures::{Figures, figures};

use crate::web::Web;

/// Monitoring gives up after about ten seconds; a late answer is of no use.
const TIME: Duration = Duration::from_secs(8);

/// Text exposition format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`.
pub async fn show(State(web): State<Web>) -> Response {
    match tokio::time::timeout(TIME, figures(&web.app)).await {
        Ok(Ok(figures)) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text(&figures)).into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the figures cannot be taken");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn text(figures: &Figures) -> String {
    let mut out = String::new();
    let version = format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    gauge(&mut out, "waybill_build_info", "The version that runs.", &[(version, 1)]);
    let mut one = |name, help, value| gauge(&mut out, name, help, &[(String::new(), value)]);
    one("waybill_uptime_seconds", "Seconds since this process began.", figures.uptime.as_secs());
    one("waybill_uploads_running", "Uploads that are being written.", figures.uploads_running);
    one("waybill_downloads_running", "Responses with file content that are being sent.", figures.downloads_running);
    one("waybill_uploads_unfinished", "Uploads begun and not finished, running or not.", figures.uploads_unfinished);
    one("waybill_uploads_reserved_bytes", "Bytes held for unfinished uploads.", figures.reserved_bytes);
    one("waybill_jobs_waiting", "Jobs that are due, running or scheduled.", figures.jobs_waiting);
    one("waybill_jobs_failed", "Jobs that were given up.", figures.jobs_failed);
    one("waybill_audit_unsealed", "Audit entries that wait for their seal.", figures.audit_unsealed);
    let left = figures.clock_distrust_left.as_millis().div_ceil(1_000);
    let left = u64::try_from(left).unwrap_or(u64::MAX);
    one(
        "waybill_clock_distrusted_seconds",
        "Running time until a clock that jumped is believed again; 0: it is.",
        left,
    );
    if let Some(bytes) = figures.free_bytes {
        one("waybill_storage_free_bytes", "Bytes that still fit where files are kept.", bytes);
    }
    if let Some(inodes) = figures.free_inodes {
        one("waybill_storage_free_inodes", "Files that still fit where files are kept.", inodes);
    }
    let mails: Vec<_> =
        figures.mails_waiting.iter().map(|(state, count)| (format!("{{state=\"{state}\"}}"), *count)).collect();
    gauge(&mut out, "waybill_mails_waiting", "Mails that are not sent yet.", &mails);
    out
}

fn gauge(out: &mut String, name: &str, help: &str, values: &[(String, u64)]) {
    // Writing to a text cannot fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in values {
        let _ = writeln!(out, "{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use waybill_core::mail::MailState;

    use super::*;

    #[test]
    fn each_figure_has_its_help_type_and_value() {
        let figures = Figures {
            uptime: Duration::from_millis(61_900),
            uploads_running: 2,
            downloads_running: 3,
            uploads_unfinished: 4,
            reserved_bytes: 5,
            jobs_waiting: 6,
            jobs_failed: 7,
            mails_waiting: vec![(MailState::Deferred, 8), (MailState::Queued, 9)],
            audit_unsealed: 10,
            clock_distrust_left: Duration::from_millis(12_001),
            free_bytes: Some(11),
            free_inodes: None,
        };
        let text = text(&figures);
        assert!(text.contains("# TYPE waybill_uptime_seconds gauge\nwaybill_uptime_seconds 61\n"), "{text}");
        assert!(text.contains("\nwaybill_mails_waiting{state=\"deferred\"} 8\n"), "{text}");
        assert!(text.contains("\nwaybill_storage_free_bytes 11\n"), "{text}");
        assert!(text.contains("\nwaybill_clock_distrusted_seconds 13\n"), "{text}");
        assert!(!text.contains("inodes"), "{text}");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            value.parse::<u64>().unwrap();
            let name = name.split('{').next().unwrap();
            assert!(text.contains(&format!("# HELP {name} ")) && text.contains(&format!("# TYPE {name} gauge")));
        }
    }
}
