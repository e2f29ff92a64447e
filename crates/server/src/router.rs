//! Every route on one screen, grouped by who may call it.
use axum::Router;
use axum::routing::get;

use crate::web::Web;
use crate::{health, pages};

/// The whole server as one service.
pub fn router(web: Web) -> Router {
    Router::new()
        // --- anybody ---
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/assets/{*path}", get(pages::assets::serve))
        .with_state(web)
}
