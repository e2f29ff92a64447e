//! The pages through the router, as browsers ask for them.
mod access;
mod entry;
mod locked;
mod owner;
mod recipient;
mod returning;
mod send;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use waybill_core::access::Actor;
use waybill_core::account::{Account, Role};
use waybill_core::audit::{Action, list as audit_list};
use waybill_core::db::testing::Which;
use waybill_core::file::name::RelativePath;
use waybill_core::ids::PackageId;
use waybill_core::package::create::{NewPackage, create};
use waybill_core::package::finalize::{Unfinished, finalize};
use waybill_core::package::{Addressee, Direction, Kind, PackageView};
use waybill_core::testing::{PASSWORD, TestApp};
use waybill_core::upload::begin::{NewUpload, begin};
use waybill_core::upload::receive::{Chunk, open};

use crate::listen::Proxies;
use crate::router::router;
use crate::web::Web;

/// A server, and Ann, who has an account there.
struct House {
    test: TestApp,
    router: Router,
    account: Account,
    ann: Actor,
}

impl House {
    async fn new() -> Self {
        Self::on(Which::Sqlite).await
    }

    async fn on(which: Which) -> Self {
        let test = TestApp::new(which).await;
        let account = test.person("Ann Example", Role::Regular).await;
        let ann = test.actor(&account).await;
        let router = router(Web::new(test.app.clone(), Proxies::default(), Vec::new()));
        Self { test, router, account, ann }
    }

    /// A browser in which nobody is signed in.
    fn browser(&self) -> Browser<'_> {
        Browser { house: self, cookie: None, headers: vec![("sec-fetch-site", "same-origin")] }
    }

    /// Ann's browser.
    async fn anns(&self) -> Browser<'_> {
        self.signed_in("ann@example.com").await
    }

    async fn signed_in(&self, email: &str) -> Browser<'_> {
        let mut browser = self.browser();
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("email", email)
            .append_pair("password", PASSWORD)
            .finish();
        let answer = browser.post("/sign-in", &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        browser.cookie = Some(answer.cookie());
        browser
    }

    async fn draft(&self, title: &str, recipients: &[(&str, &str)]) -> PackageView {
        let addressee = |(name, email): &(&str, &str)| Addressee { name: (*name).into(), email: (*email).into() };
        let new = NewPackage {
            direction: Direction::Outbound,
            kind: if recipients.is_empty() { Kind::Ticket } else { Kind::Package },
            title: title.into(),
            note: String::new(),
            recipients: recipients.iter().map(addressee).collect(),
            policy: None,
            notify: Vec::new(),
            password: None,
        };
        create(&self.test.app, &self.ann, new).await.unwrap()
    }

    async fn add(&self, package: PackageId, path: &str, bytes: &[u8]) {
        let new = NewUpload {
            path: RelativePath::parse(path).unwrap(),
            size: None,
            sha256: None,
            resumable: false,
            client_metadata: String::new(),
        };
        let begun = begin(&self.test.app, &self.ann, package, new).await.unwrap();
        let mut receiver = open(&self.test.app, &begun.token.reveal(), 0, None, Chunk::Plain).await.unwrap();
        receiver.write(Bytes::copy_from_slice(bytes)).await.unwrap();
        receiver.end_as_whole(&self.ann.origin).await.unwrap();
    }

    /// A package that was sent, with these files, to Bob; a ticket where there are no recipients.
    async fn sent(&self, title: &str, recipients: &[(&str, &str)], files: &[(&str, &[u8])]) -> Sent {
        let id = self.draft(title, recipients).await.package.id;
        for (path, bytes) in files {
            self.add(id, path, bytes).await;
        }
        let view = finalize(&self.test.app, &self.ann, id, Unfinished::Refuse).await.unwrap();
        let links = view.recipients.iter().map(|one| one.link.as_ref().unwrap()).chain(&view.link);
        let links = links.map(|link| link.url.strip_prefix("http://files.example.com").unwrap().to_owned()).collect();
        Sent { id, view, links }
    }

    async fn report(&self) -> Sent {
        self.sent("Quarterly report", &[BOB], &[("report.pdf", b"three bytes or more"), ("a/b.txt", b"b")]).await
    }

    /// The actions of a package's audit entries, oldest first.
    async fn actions(&self, id: PackageId) -> Vec<Action> {
        let entries = audit_list::of_package(&self.test.app, &self.ann, id, None, 200).await.unwrap();
        entries.iter().rev().map(|entry| entry.action).collect()
    }
}

const BOB: (&str, &str) = ("Bob Brown", "bob@example.net");
const EVE: (&str, &str) = ("Eve Example", "eve@example.org");

struct Sent {
    id: PackageId,
    view: PackageView,
    /// Paths of its links.
    links: Vec<String>,
}

impl Sent {
    fn page(&self) -> String {
        format!("/packages/{}", self.id)
    }
}

/// Somebody's browser: it keeps one cookie and says where its requests come from.
#[derive(Clone)]
struct Browser<'a> {
    house: &'a House,
    cookie: Option<String>,
    headers: Vec<(&'a str, &'a str)>,
}

impl Browser<'_> {
    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", Body::empty()).await
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        self.ask("POST", path, "application/x-www-form-urlencoded", form.to_owned().into()).await
    }

    async fn post_parts(&self, path: &str, parts: &[Part<'_>]) -> Answer {
        self.ask("POST", path, "multipart/form-data; boundary=edge", multipart(parts).into()).await
    }

    async fn ask(&self, method: &str, path: &str, content_type: &str, body: Body) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "files.example.com");
        if !content_type.is_empty() {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let response = self.house.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The cookie as a browser sends it back.
    fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap().to_owned()
    }

    fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        self.header("location")
    }

    /// Asserts what every page must have, and hands the page on.
    fn page(&self, status: u16) -> &str {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        let policy = self.header("content-security-policy");
        for rule in ["default-src 'none'", "script-src 'self';", "style-src 'self';", "form-action 'self'"] {
            assert!(policy.contains(rule), "{rule} in {policy}");
        }
        for rule in ["base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{rule} in {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert_eq!(self.header("cache-control"), "no-store");
        assert!(self.header("x-robots-tag").contains("noindex"));
        assert!(!self.header("referrer-policy").is_empty());
        assert!(!self.header("permissions-policy").is_empty());
        self.text()
    }
}

/// A part of a form: its field, its file name, its content.
type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

fn multipart(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, file_name, content) in parts {
        let file = file_name.map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
        let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{field}\"{file}\r\n");
        body.extend_from_slice(head.as_bytes());
        if file_name.is_some() {
            body.extend_from_slice(b"Content-Type: application/octet-stream\r\n");
        }
        body.extend_from_slice(b"\r\n");
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    body
}
