//! The server under test: the router over a test's own app, spoken to as people speak to it. Every answer of the API is
//! compared with the API's own description, so that no status is undocumented. Never part of the product.
//!
//! ```ignore
//! let server = TestServer::new(Which::Sqlite).await;
//! let ann = server.person("Ann Example").await;
//! let id = ann.creates_package(json!({"direction": "outbound", "title": "Plans"})).await;
//! ann.adds_file(&id, "plan.pdf", b"bytes").await;
//! let package = ann.get(&format!("/api/v1/packages/{id}")).await.json();
//! server.finish().await;
//! ```
use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use waybill_core::access::{Actor, Origin};
use waybill_core::account::{Account, Role, Scope, authenticate, make_token, sign_in};
use waybill_core::db::testing::Which;
use waybill_core::file::name::RelativePath;
use waybill_core::ids::PackageId;
use waybill_core::testing::{PASSWORD, TestApp};
use waybill_core::upload::begin::{self, Begun, NewUpload};
use waybill_core::upload::receive::{self, Chunk};

use crate::listen::{Peer, Proxies};
use crate::router::router;
use crate::web::Web;

/// The address that requests in tests come from.
pub const CLIENT: [u8; 4] = [192, 0, 2, 7];

/// The whole server without a socket.
#[derive(Debug)]
pub struct TestServer {
    pub test: TestApp,
    pub web: Web,
    router: Router,
}

impl TestServer {
    pub async fn new(which: Which) -> Self {
        let test = TestApp::new(which).await;
        let web = Web::new(test.app.clone(), Proxies::default(), Vec::new());
        Self { router: router(web.clone()), web, test }
    }

    /// A regular person with an API token of all rights; the address is `{first name}@example.com`.
    pub async fn person(&self, name: &str) -> Person<'_> {
        self.somebody(name, Role::Regular).await
    }

    /// An administrator with an API token of all rights.
    pub async fn admin(&self, name: &str) -> Person<'_> {
        self.somebody(name, Role::Admin).await
    }

    async fn somebody(&self, name: &str, role: Role) -> Person<'_> {
        let account = self.test.person(name, role).await;
        let token = self.test.token(&account).await;
        Person { client: self.client(Credential::Bearer(token)), account }
    }

    /// Somebody without credentials.
    pub fn nobody(&self) -> Client<'_> {
        self.client(Credential::None)
    }

    /// Somebody with a bearer token of the test's choice.
    pub fn bearer(&self, token: &str) -> Client<'_> {
        self.client(Credential::Bearer(token.to_owned()))
    }

    fn client(&self, credential: Credential) -> Client<'_> {
        Client { server: self, credential, headers: HeaderMap::new() }
    }

    /// Time passes.
    pub fn advance(&self, step: Duration) {
        self.test.clock.advance(step);
    }

    /// Lets due jobs run: mails are delivered, bytes erased, audit entries sealed.
    pub async fn settle(&self) {
        self.test.settle().await;
    }

    /// Addresses that mails went to so far, oldest first, after due jobs have run.
    pub async fn mailed(&self) -> Vec<String> {
        self.settle().await;
        self.test.mails().iter().map(|mail| mail.to.to_string()).collect()
    }

    /// How many audit entries there are.
    pub async fn audit_count(&self) -> u64 {
        waybill_core::audit::seal::seal(&self.test.app).await.expect("entries can be sealed");
        waybill_core::audit::verify::verify(&self.test.app).await.expect("the chain can be read").sealed
    }

    /// Ends the test: due jobs are run, none may be left over, and the audit chain holds.
    pub async fn finish(self) {
        drop(self.router);
        self.test.finish().await;
    }
}

#[derive(Debug, Clone)]
enum Credential {
    None,
    Bearer(String),
    Cookie(String),
}

/// A person at the API, and what he does there. Everything that a [`Client`] can, he can.
#[derive(Debug, Clone)]
pub struct Person<'s> {
    client: Client<'s>,
    pub account: Account,
}

impl<'s> std::ops::Deref for Person<'s> {
    type Target = Client<'s>;
    fn deref(&self) -> &Client<'s> {
        &self.client
    }
}

impl<'s> Person<'s> {
    /// The same person with a token of these scopes only.
    pub async fn with_scopes(&self, scopes: &[Scope]) -> Client<'s> {
        use secrecy::ExposeSecret as _;
        let new = make_token::NewToken { name: "scoped".into(), scopes: scopes.to_vec(), expires_in_days: None };
        let app = &self.client.server.test.app;
        let made = make_token::make_token_for_email(app, &self.account.email, new).await;
        self.client.server.bearer(made.expect("a token can be made").1.expose_secret())
    }

    /// The same person signed in in a browser.
    pub async fn in_a_browser(&self) -> Client<'s> {
        let app = &self.client.server.test.app;
        let signed_in = sign_in::sign_in(app, &origin(), &self.account.email, &PASSWORD.into()).await;
        let (_, token) = signed_in.expect("everybody's password is known");
        let cookie = crate::extract::session_cookie(&app.urls, &token);
        let pair = cookie.to_str().expect("a cookie is text").split(';').next().unwrap_or_default().to_owned();
        self.client.server.client(Credential::Cookie(pair))
    }

    /// The same person as the core knows him.
    pub async fn actor(&self) -> Actor {
        let app = &self.client.server.test.app;
        match &self.client.credential {
            Credential::Bearer(token) => {
                authenticate::by_api_token(app, token, origin()).await.expect("the token lives")
            }
            Credential::Cookie(_) | Credential::None => panic!("a person has a token"),
        }
    }

    /// Creates a package from its JSON; answers its id.
    pub async fn creates_package(&self, body: Value) -> String {
        let package = self.post("/api/v1/packages", body).await.expect(StatusCode::CREATED).json();
        package["id"].as_str().expect("a package has an id").to_owned()
    }

    /// Creates an outbound draft with a title and one recipient, `bob@customer.example`; answers its id.
    pub async fn drafts(&self, title: &str) -> String {
        let bob = json!([{"name": "Bob Customer", "email": "bob@customer.example"}]);
        self.creates_package(json!({"direction": "outbound", "title": title, "recipients": bob})).await
    }

    /// Puts a complete file into a package; answers its id.
    pub async fn adds_file(&self, package: &str, path: &str, content: &[u8]) -> String {
        let begun = self.begins_upload(package, path, content.len()).await;
        let app = &self.client.server.test.app;
        let token = begun.token.reveal();
        let mut receiver = receive::open(app, &token, 0, None, Chunk::Plain).await.expect("the upload opens");
        receiver.write(Bytes::copy_from_slice(content)).await.expect("the bytes are taken");
        let finished = receiver.end_as_whole(&origin()).await.expect("the file is complete");
        finished.file.id.to_string()
    }

    /// Begins an upload into a package and sends nothing.
    pub async fn begins_upload(&self, package: &str, path: &str, size: usize) -> Begun {
        let new = NewUpload {
            path: RelativePath::parse(path).expect("a path"),
            size: Some(u64::try_from(size).expect("a size fits")),
            sha256: None,
            resumable: true,
            client_metadata: String::new(),
        };
        let package = PackageId::parse(package).expect("a package id");
        begin::begin(&self.client.server.test.app, &self.actor().await, package, new).await.expect("an upload begins")
    }

    /// Finalizes a package; answers it.
    pub async fn finalizes(&self, package: &str) -> Value {
        self.post_empty(&format!("/api/v1/packages/{package}/finalize")).await.expect(StatusCode::OK).json()
    }

    /// Sends one file to `bob@customer.example`; answers the finalized package.
    pub async fn sends(&self, title: &str) -> Value {
        let id = self.drafts(title).await;
        self.adds_file(&id, "report.pdf", b"%PDF-1.7 a report").await;
        self.finalizes(&id).await
    }
}

fn origin() -> Origin {
    Origin { ip: Some(CLIENT.into()), user_agent: Some("test".into()) }
}

/// Somebody who sends requests.
#[derive(Debug, Clone)]
pub struct Client<'s> {
    server: &'s TestServer,
    credential: Credential,
    headers: HeaderMap,
}

impl Client<'_> {
    /// The same with one more header on each request.
    pub fn with(&self, name: &'static str, value: &str) -> Self {
        let mut client = self.clone();
        let value = HeaderValue::try_from(value).expect("a header value");
        client.headers.insert(HeaderName::from_static(name), value);
        client
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Body::empty()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, Body::empty()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send_json(Method::POST, path, body).await
    }

    /// A POST without a body.
    pub async fn post_empty(&self, path: &str) -> Answer {
        self.send(Method::POST, path, Body::empty()).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send_json(Method::PATCH, path, body).await
    }

    pub async fn send_json(&self, method: Method, path: &str, body: Value) -> Answer {
        self.with("content-type", "application/json").send(method, path, Body::from(body.to_string())).await
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, method: Method, path: &str, body: Body) -> Answer {
        let shown = format!("{method} {path}");
        let response = self.open(method, path, body).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap_or_else(|error| panic!("{shown}: the answer broke off: {error}"));
        Answer { shown, status: parts.status, headers: parts.headers, body: body.to_bytes() }
    }

    /// Sends a request and hands over the answer with its body unread, for streams.
    pub async fn open(&self, method: Method, path: &str, body: Body) -> Response {
        let mut request = Request::builder().method(&method).uri(path).header(header::HOST, "files.example.com");
        match &self.credential {
            Credential::None => {}
            Credential::Bearer(token) => request = request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            Credential::Cookie(pair) => request = request.header(header::COOKIE, pair),
        }
        let mut request = request.body(body).expect("a request");
        request.headers_mut().extend(self.headers.clone());
        request.extensions_mut().insert(Peer { addr: (CLIENT, 40_000).into() });
        let Ok(response) = self.server.router.clone().oneshot(request).await;
        check_documented(&method, path, response.status());
        response
    }
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    shown: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The same, if it has this status.
    #[track_caller]
    pub fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.shown, String::from_utf8_lossy(&self.body));
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{}: {error}: {:?}", self.shown, self.body))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's text; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The problem document of a refusal with this status; answers its `code`.
    #[track_caller]
    pub fn problem(&self, status: StatusCode) -> String {
        assert_eq!(self.status, status, "{}: {}", self.shown, String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.shown);
        let document = self.json();
        assert_eq!(document["status"], status.as_u16(), "{}", self.shown);
        assert!(!document["detail"].as_str().unwrap_or_default().is_empty(), "{}: no detail", self.shown);
        document["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The fields that a 422 names.
    #[track_caller]
    pub fn wrong_fields(&self) -> Vec<String> {
        assert_eq!(self.problem(StatusCode::UNPROCESSABLE_ENTITY), "invalid", "{}", self.shown);
        let document = self.json();
        let errors = document["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["field"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// Operations of the API's description, as `(method, path template)`, and every status that each may answer.
static DOCUMENTED: LazyLock<Vec<(Method, String, HashSet<String>)>> = LazyLock::new(|| {
    let document = serde_json::to_value(crate::api::openapi::document()).expect("the description is JSON");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let statuses = operation["responses"].as_object().expect("responses").keys().cloned().collect();
            operations.push((method, path.clone(), statuses));
        }
    }
    operations
});

/// Every described operation of the API, as `(method, path template)`.
pub fn operations() -> Vec<(Method, String)> {
    DOCUMENTED.iter().map(|(method, path, _)| (method.clone(), path.clone())).collect()
}

/// An answer of a described operation has a described status. Paths and methods without a route are 404 and 405.
#[track_caller]
fn check_documented(method: &Method, uri: &str, status: StatusCode) {
    let path = uri.split('?').next().unwrap_or_default();
    let fits = |template: &str| {
        let (mut given, mut parts) = (path.split('/'), template.split('/'));
        loop {
            match (given.next(), parts.next()) {
                (None, None) => return true,
                (Some(_), Some(part)) if part.starts_with('{') => {}
                (Some(text), Some(part)) if text == part => {}
                _ => return false,
            }
        }
    };
    let looked = if method == Method::HEAD { &Method::GET } else { method };
    let found = DOCUMENTED.iter().find(|(known, template, _)| (known == method || known == looked) && fits(template));
    if let Some((_, template, statuses)) = found {
        assert!(
            statuses.contains(status.as_str()),
            "{method} {uri} answered {status}, which the description of {template} does not name"
        );
    } else if path.starts_with(crate::api::BASE) && method != Method::OPTIONS {
        assert!(
            status == StatusCode::NOT_FOUND || status == StatusCode::METHOD_NOT_ALLOWED,
            "{method} {uri} answered {status}, but the API's description does not know it"
        );
    }
}
