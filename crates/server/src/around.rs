//! What surrounds every request: one line in the log, and an answer even where a handler panics. A log line names the
//! route, never the path: paths hold tokens.
use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use waybill_core::error::Error;

use crate::respond::Problem;

/// Surrounds every route of `router`.
pub fn around(router: Router) -> Router {
    router.layer(CatchPanicLayer::custom(answer_to_panic)).layer(middleware::from_fn(log))
}

async fn log(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let began = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    tracing::debug!(%method, route, status = response.status().as_u16(), ms = millis(began.elapsed()), "answered");
    response
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The panic's own message and place are in the log already (the panic hook); the answer says nothing of them.
fn answer_to_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::from(Error::Internal(format!("a handler panicked: {}", text.unwrap_or("without words")))).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http::StatusCode;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn fails() -> &'static str {
        panic!("a secret place")
    }

    #[tokio::test]
    async fn a_panic_answers_500_and_says_nothing_of_itself() {
        let router = around(Router::new().route("/", get(fails)));
        let Ok(response) = router.oneshot(Request::new(Body::empty())).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(document["code"], "internal");
        assert!(document["reference"].is_string());
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }
}
