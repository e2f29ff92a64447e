//! Every route on one screen, grouped by who may call it.
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, patch, post, put};

use crate::around::around;
use crate::transfer::{download, start, tus};
use crate::web::Web;
use crate::{api, health, metrics, pages, respond, transfer};

/// The whole server as one service.
pub fn router(web: Web) -> Router {
    let routes = Router::new()
        // --- anybody ---
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/assets/{*path}", get(pages::assets::serve))
        .route("/sign-in", get(pages::sign_in::show).post(pages::sign_in::submit))
        .route("/setup/{token}", get(pages::setup::show).post(pages::setup::submit))
        // --- the holder of a link; its token is the authority ---
        .route("/p/{token}", get(pages::landing::show).post(start::whole))
        .route("/p/{token}/unlock", get(pages::landing::unlocked).post(pages::landing::unlock))
        .route("/p/{token}/ask", post(pages::ended::ask))
        .route("/p/{token}/archive", post(start::archive))
        .route("/p/{token}/files/{file_id}", post(start::file))
        .route("/d/{token}/{name}", get(download::by_token))
        // --- the holder of an upload; its token is the authority and outlives a login ---
        .route("/uploads/{token}", patch(tus::patch).head(tus::head).delete(tus::terminate).options(tus::options))
        // --- people and their tokens: bytes ---
        .route("/api/v1/uploads", post(tus::create).options(tus::options))
        .route("/api/v1/packages/{id}/files/{file_id}", put(transfer::put::file))
        .route("/api/v1/packages/{id}/files/{file_id}/content", get(download::owners_file))
        .route("/api/v1/packages/{id}/archive.zip", get(download::owners_archive))
        // --- people and their tokens: everything else; the table stands in `api` ---
        .merge(api::router())
        // --- people with a session ---
        .route("/", get(pages::dashboard::show))
        .route("/sign-out", post(pages::sign_in::leave))
        .route("/send", get(pages::send::show).post(pages::send::create).layer(DefaultBodyLimit::disable()))
        .route("/request", get(pages::request::show))
        .route("/packages/{id}", get(pages::package::show))
        .route("/packages/{id}/finalize", post(pages::send::finalize).layer(DefaultBodyLimit::disable()))
        .route("/packages/{id}/extend", get(pages::extend::show))
        .route("/packages/{id}/revoke", post(pages::package::revoke))
        .route("/packages/{id}/extend", post(pages::ending::extend))
        .route("/packages/{id}/policy", post(pages::ending::policy))
        .route("/packages/{id}/password", post(pages::ending::set_password))
        .route("/packages/{id}/password/remove", post(pages::ending::remove_password))
        .route("/packages/{id}/delete", post(pages::package::delete))
        .route("/packages/{id}/undelete", post(pages::package::undelete))
        .route("/packages/{id}/resend", post(pages::package::resend))
        .route("/packages/{id}/recipients/{rid}/revoke", post(pages::package::revoke_recipient))
        .route("/packages/{id}/recipients/{rid}/resend", post(pages::package::resend_to))
        .route("/packages/{id}/files/{file_id}/remove", post(pages::package::remove_file))
        .route("/account", get(pages::account::show))
        .route("/account/notices", post(pages::account::choose_notices))
        .route("/account/tokens", post(pages::account::create_token))
        .route("/account/tokens/{id}/revoke", post(pages::account::revoke_token))
        .route("/account/password", post(pages::account::change_password))
        // --- nobody ---
        .fallback(pages::fault::nothing_here)
        .method_not_allowed_fallback(respond::no_such_verb)
        .with_state(web);
    around(routes)
}

/// What the operator's own listener serves; never on the public one.
pub fn operators_router(web: Web) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .with_state(web)
}
