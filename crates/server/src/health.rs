//! Whether this server lives, and whether it can work.
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use waybill_core::health;

use crate::web::Web;

/// A probe that takes longer than this has failed.
const PROBE: Duration = Duration::from_secs(5);

/// Said beside "ready" after the clock jumped.
const CLOCK: &str =
    "warning: the clock jumped; for 24 hours of running nothing is recorded as ended and nothing is erased";

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: database and storage answer. What works, but needs an operator, is said below.
pub async fn ready(State(web): State<Web>) -> Response {
    match tokio::time::timeout(PROBE, health::probe(&web.app)).await {
        Ok(Ok(())) if web.app.distrusts_clock() => format!("ready\n{CLOCK}\n").into_response(),
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready: the probe took too long\n").into_response(),
    }
}
