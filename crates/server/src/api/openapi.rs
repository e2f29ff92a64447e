//! The API's own description: OpenAPI 3.1, made from the handlers and the wire types. What every operation can answer
//! besides its own statuses is added here, so that no handler forgets it.
use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    self, ComponentsBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, OpenApiBuilder,
    PathItem, Ref, RefOr, ResponseBuilder, Type,
};
use waybill_wire::problem;

use super::openapi_bytes;

const DESCRIPTION: &str = "Sends files to people and asks people for files.\n\n\
Every error is a problem document (`application/problem+json`, RFC 9457) with a stable `code`; 422 names the fields. \
Times are RFC 3339 in UTC, sizes are bytes, ids are opaque. Answers may gain fields; requests refuse fields that they do \
not know.";

/// The document without its paths: what it is about, and how callers prove themselves.
pub fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Waybill API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build()))
        .build();
    let mut bearer = Http::new(HttpAuthScheme::Bearer);
    bearer.description = Some("An API token: `wb_...`".to_owned());
    let cookie =
        ApiKeyValue::with_description("waybill_session", "A browser's session; changes only from our own pages");
    let components = ComponentsBuilder::new()
        .schema_from::<problem::Problem>()
        .schema_from::<problem::FieldProblem>()
        .security_scheme("token", SecurityScheme::Http(bearer))
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
        .build();
    let tags = [
        ("account", "The person behind the request, and his API tokens"),
        ("packages", "Shipments: from draft to deletion"),
        ("files", "The bytes: uploads (tus 1.0 or plain PUT) and the owner's own fetches"),
        ("events", "Live changes"),
        ("audit", "What happened, by whom, from where"),
        ("links", "What the holder of a secret link may do; the link is the authority"),
        ("about", "This document"),
    ];
    let tags = tags.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build());
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .tags(Some(tags))
        .security(Some([
            SecurityRequirement::new("token", Vec::<String>::new()),
            SecurityRequirement::new("session", Vec::<String>::new()),
        ]))
        .build()
}

/// The whole document.
pub fn document() -> OpenApi {
    let mut document = super::described().into_openapi();
    document.merge(openapi_bytes::Bytes::openapi());
    for (path, item) in &mut document.paths.paths {
        complete_item(path, item);
    }
    document
}

/// Indented JSON with a line break at its end, as it is kept in the repository.
pub fn text() -> String {
    let mut text = document().to_pretty_json().expect("a document of strings is always JSON");
    text.push('\n');
    text
}

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "about", operation_id = "openapi", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub async fn serve() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(text);
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], TEXT.as_str()).into_response()
}

fn complete_item(path: &str, item: &mut PathItem) {
    let public = !path.starts_with(super::BASE) || path.ends_with("/openapi.json");
    let reads = [&mut item.get, &mut item.head];
    for operation in reads.into_iter().flatten() {
        complete(path, operation, Caller { is_public: public, changes: false });
    }
    let changes = [&mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
    for operation in changes.into_iter().flatten() {
        complete(path, operation, Caller { is_public: public, changes: true });
    }
}

/// Who calls an operation, and for what.
#[derive(Clone, Copy)]
struct Caller {
    is_public: bool,
    changes: bool,
}

/// Adds what any operation of its sort may answer, unless it says something better itself.
fn complete(path: &str, operation: &mut Operation, caller: Caller) {
    let mut usual = vec![("500", "Our fault; `reference` stands in the log")];
    if path.starts_with(super::BASE) && !path.ends_with("/openapi.json") || path.contains('{') {
        usual.push(("429", "Too many wrong guesses; wait as `Retry-After` says"));
        usual.push(("503", "Something that this needs does not answer just now; try again as `Retry-After` says"));
    }
    if !caller.is_public {
        usual.push(("401", "No credentials, or none that are valid (any more)"));
        usual.push(("403", "The credential may not do this"));
        if path.contains('{') {
            usual.push(("404", "Not there, or not yours"));
        }
    }
    if caller.changes {
        usual.push(("507", "The disk is full or promised to others"));
    }
    let takes_json = match &operation.request_body {
        Some(RefOr::T(body)) => body.content.contains_key("application/json"),
        Some(RefOr::Ref(_)) | None => false,
    };
    if takes_json {
        usual.push(("400", "The body is no JSON"));
        usual.push(("413", "The body has more than 1 MiB"));
        usual.push(("415", "The body is not `application/json`"));
        usual.push(("422", "Something is wrong with the fields named in `errors`"));
    }
    let asks = operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => false,
    });
    if asks {
        usual.push(("422", "Something is wrong with the parameters named in `errors`"));
    }
    let responses = &mut operation.responses.responses;
    for (status, about) in usual {
        responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(ResponseBuilder::new().description(about).build()));
    }
    let has_page = path.starts_with("/p/") || path.starts_with("/d/");
    for (status, response) in responses.iter_mut() {
        let RefOr::T(response) = response else { continue };
        if status.as_str() >= "400" && response.content.is_empty() {
            *response = refusal(&response.description, has_page);
        }
    }
}

/// A refusal: a problem, and where people come a page as well.
fn refusal(description: &str, has_page: bool) -> openapi::Response {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(description).content("application/problem+json", problem);
    if !has_page {
        return response.build();
    }
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    response.content("text/html", ContentBuilder::new().schema(Some(text)).build()).build()
}
