//! The REST API under `/api/v1`: each handler extracts, calls one use case and maps what it answers. No rule about
//! packages is here, and nothing moves bytes: that is `transfer`.
pub mod account;
pub mod audit;
pub(crate) mod audit_export;
pub mod events;
pub mod openapi;
mod openapi_bytes;
pub mod package;
mod package_body;
mod paging;
pub mod streams;
#[cfg(test)]
mod tests;

use axum::Router;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use package_body::file_body;

use crate::web::Web;

/// Where the API stands.
pub const BASE: &str = "/api/v1";

/// Every route of the API that moves no bytes, with its documentation. All but the document itself want a bearer token or
/// a browser's session.
fn described() -> OpenApiRouter<Web> {
    let routes = OpenApiRouter::default()
        // --- anybody ---
        .routes(routes!(openapi::serve))
        // --- people and their tokens: their account ---
        .routes(routes!(account::me, account::change_me))
        .routes(routes!(account::list_tokens, account::make_token))
        .routes(routes!(account::revoke_token))
        // --- people and their tokens: their packages ---
        .routes(routes!(package::list, package::create))
        .routes(routes!(package::show, package::change, package::delete))
        .routes(routes!(package::undelete))
        .routes(routes!(package::finalize))
        .routes(routes!(package::revoke))
        .routes(routes!(package::extend))
        .routes(routes!(package::resend))
        .routes(routes!(package::revoke_recipient))
        .routes(routes!(package::resend_recipient))
        .routes(routes!(package::remove_file))
        .routes(routes!(package::drop_upload))
        .routes(routes!(audit::of_package))
        .routes(routes!(events::of_package))
        .routes(routes!(events::of_all))
        // --- administrators ---
        .routes(routes!(audit::list))
        .routes(routes!(audit::export))
        .routes(routes!(audit::verify));
    OpenApiRouter::with_openapi(openapi::frame()).nest(BASE, routes)
}

/// The API's routes. Its answers are never cached and never sniffed.
pub fn router() -> Router<Web> {
    let (router, _) = described().split_for_parts();
    let no_store = SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let no_sniff = SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    router.layer(no_store).layer(no_sniff)
}

/// 201 with where the new thing stands.
fn created<T: serde::Serialize>(path: &str, body: T) -> axum::response::Response {
    use axum::response::IntoResponse as _;
    let location = HeaderValue::try_from(format!("{BASE}{path}")).expect("a path of ids is a header value");
    (StatusCode::CREATED, [(http::header::LOCATION, location)], axum::Json(body)).into_response()
}
