//! The byte routes through the router: what clients send, what they get, what is counted.
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use rstest::rstest;
use sha2::Digest as _;
use tower::ServiceExt as _;
use waybill_core::access::Actor;
use waybill_core::account::Role;
use waybill_core::db::testing::Which;
use waybill_core::package::create::{NewPackage, create};
use waybill_core::package::finalize::{Unfinished, finalize};
use waybill_core::package::{Addressee, Direction, Kind, PackageView, revoke, show};
use waybill_core::testing::TestApp;

use crate::listen::Proxies;
use crate::router::router;
use crate::web::Web;

pub(super) struct Server {
    pub(super) test: TestApp,
    pub(super) router: Router,
    pub(super) ann: Actor,
    token: String,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Server {
    pub(super) async fn new(which: Which) -> Self {
        let test = TestApp::new(which).await;
        let account = test.person("Ann Example", Role::Regular).await;
        let ann = test.actor(&account).await;
        let token = test.token(&account).await;
        let router = router(Web::new(test.app.clone(), Proxies::default(), Vec::new()));
        Self { test, router, ann, token }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response: Response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(super) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    async fn draft(&self) -> PackageView {
        let new = NewPackage {
            direction: Direction::Outbound,
            kind: Kind::Package,
            title: "Quarterly report".into(),
            note: String::new(),
            recipients: vec![Addressee { name: "Bob".into(), email: "bob@example.net".into() }],
            policy: None,
            notify: Vec::new(),
            password: None,
        };
        create(&self.test.app, &self.ann, new).await.unwrap()
    }

    async fn put(&self, package: &PackageView, name: &str, bytes: &[u8]) -> Answer {
        let path = format!("/api/v1/packages/{}/files/{name}", package.package.id);
        let length = bytes.len().to_string();
        let bearer = self.bearer();
        self.call("PUT", &path, &[("authorization", &bearer), ("content-length", &length)], bytes.to_vec()).await
    }

    /// A finalized package with these files; answers it and its link's path.
    pub(super) async fn sent(&self, files: &[(&str, &[u8])]) -> (PackageView, String) {
        let draft = self.draft().await;
        for (name, bytes) in files {
            assert_eq!(self.put(&draft, name, bytes).await.status, StatusCode::CREATED);
        }
        let sent = finalize(&self.test.app, &self.ann, draft.package.id, Unfinished::Refuse).await.unwrap();
        let url = sent.recipients[0].link.as_ref().unwrap().url.clone();
        (sent, url.strip_prefix("http://files.example.com").unwrap().to_owned())
    }

    pub(super) async fn press(&self, path: &str, visit: Option<&str>) -> Answer {
        let form = visit.map(|visit| format!("visit={visit}")).unwrap_or_default();
        self.call("POST", path, &[("content-type", "application/x-www-form-urlencoded")], form).await
    }

    pub(super) async fn downloads(&self, package: &PackageView) -> u64 {
        self.test.settle().await;
        show::show(&self.test.app, &self.ann, package.package.id).await.unwrap().package.downloads
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    async fn tus_create(&self, package: &PackageView, name: &str, length: Option<usize>, more: &str) -> Answer {
        let metadata = format!(
            "package_id {},filename {}{more}",
            STANDARD.encode(package.package.id.to_string()),
            STANDARD.encode(name)
        );
        let bearer = self.bearer();
        let length_text = length.unwrap_or(1).to_string();
        let which = if length.is_some() { "upload-length" } else { "upload-defer-length" };
        let headers = [
            ("authorization", bearer.as_str()),
            ("tus-resumable", "1.0.0"),
            (which, length_text.as_str()),
            ("upload-metadata", metadata.as_str()),
        ];
        self.call("POST", "/api/v1/uploads", &headers, Body::empty()).await
    }

    async fn tus_patch(&self, url: &str, offset: usize, bytes: &[u8], more: &[(&str, &str)]) -> Answer {
        let (offset, length) = (offset.to_string(), bytes.len().to_string());
        let mut headers = vec![
            ("tus-resumable", "1.0.0"),
            ("upload-offset", offset.as_str()),
            ("content-length", length.as_str()),
            ("content-type", "application/offset+octet-stream"),
        ];
        headers.extend_from_slice(more);
        self.call("PATCH", url, &headers, bytes.to_vec()).await
    }

    async fn tus_offset(&self, url: &str) -> Answer {
        self.call("HEAD", url, &[("tus-resumable", "1.0.0")], Body::empty()).await
    }
}

pub(super) fn noise(size: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size + 32);
    let mut block: [u8; 32] = sha2::Sha256::digest(b"seed").into();
    while bytes.len() < size {
        block = sha2::Sha256::digest(block).into();
        bytes.extend_from_slice(&block);
    }
    bytes.truncate(size);
    bytes
}

fn repr_digest_of(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(sha2::Sha256::digest(bytes)))
}

#[rstest]
#[tokio::test]
async fn a_tus_upload_in_pieces_becomes_the_same_file(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = Server::new(which).await;
    let draft = server.draft().await;
    let bytes = noise(300_000);
    let made = server.tus_create(&draft, "report.pdf", Some(bytes.len()), "").await;
    assert_eq!(made.status, StatusCode::CREATED);
    let url = made.header("location").to_owned();
    assert!(url.starts_with("/uploads/"), "{url}");
    assert!(!made.header("upload-expires").is_empty());
    for (from, to) in [(0, 100_000), (100_000, 100_001), (100_001, 300_000)] {
        assert_eq!(server.tus_offset(&url).await.header("upload-offset"), from.to_string());
        let answer = server.tus_patch(&url, from, &bytes[from..to], &[]).await;
        assert_eq!((answer.status, answer.header("upload-offset")), (StatusCode::NO_CONTENT, to.to_string().as_str()));
        assert_eq!(answer.header("repr-digest").is_empty(), to < 300_000);
        if to == 300_000 {
            assert_eq!(answer.header("repr-digest"), repr_digest_of(&bytes));
            assert!(!answer.header("waybill-file-id").is_empty());
        }
    }
    let view = show::show(&server.test.app, &server.ann, draft.package.id).await.unwrap();
    assert_eq!(view.files.len(), 1);
    assert_eq!(view.files[0].sha256, <[u8; 32]>::from(sha2::Sha256::digest(&bytes)));
    assert_eq!(view.files[0].wire_bytes, 300_000);
    assert!(view.uploads.is_empty());
    let after = server.tus_offset(&url).await;
    assert!(after.header("upload-metadata").contains("filename "), "what the client said comes back");
    assert_eq!((after.header("upload-offset"), after.header("upload-length")), ("300000", "300000"));
    assert_eq!(server.tus_patch(&url, 300_000, b"", &[]).await.status, StatusCode::CONFLICT);
    server.test.finish().await;
}

#[tokio::test]
async fn tus_refusals_leave_the_offset_where_it_was() {
    let server = Server::new(Which::Sqlite).await;
    let draft = server.draft().await;
    let url = server.tus_create(&draft, "a.bin", Some(10), "").await.header("location").to_owned();
    assert_eq!(server.tus_patch(&url, 0, b"01234", &[]).await.status, StatusCode::NO_CONTENT);
    let wrong_sum = format!("sha256 {}", STANDARD.encode(sha2::Sha256::digest(b"other")));
    for (what, expected, answer) in [
        ("offset", 409, server.tus_patch(&url, 4, b"45678", &[]).await),
        ("checksum", 460, server.tus_patch(&url, 5, b"56789", &[("upload-checksum", &wrong_sum)]).await),
        ("algorithm", 400, server.tus_patch(&url, 5, b"56789", &[("upload-checksum", "md5 AAAA")]).await),
        ("too long", 413, server.tus_patch(&url, 5, b"56789x", &[]).await),
        ("type", 415, server.call("PATCH", &url, &[("tus-resumable", "1.0.0"), ("upload-offset", "5")], "56789").await),
        ("version", 412, server.call("PATCH", &url, &[("upload-offset", "5")], "56789").await),
        ("no offset", 400, {
            let headers = [("tus-resumable", "1.0.0"), ("content-type", "application/offset+octet-stream")];
            server.call("PATCH", &url, &headers, "56789").await
        }),
    ] {
        assert_eq!(answer.status.as_u16(), expected, "{what}");
        assert_eq!(answer.header("tus-resumable"), "1.0.0", "{what}");
        assert_eq!(server.tus_offset(&url).await.header("upload-offset"), "5", "{what}");
    }
    let sum = format!("sha1 {}", STANDARD.encode(sha1::Sha1::digest(b"56789")));
    let done = server.tus_patch(&url, 5, b"56789", &[("upload-checksum", &sum)]).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    assert_eq!(done.header("repr-digest"), repr_digest_of(b"0123456789"));
    server.test.finish().await;
}

#[tokio::test]
async fn a_body_longer_than_declared_is_never_complete() {
    let server = Server::new(Which::Sqlite).await;
    let draft = server.draft().await;
    let url = server.tus_create(&draft, "a.bin", Some(10), "").await.header("location").to_owned();
    let headers =
        [("tus-resumable", "1.0.0"), ("upload-offset", "0"), ("content-type", "application/offset+octet-stream")];
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>("0123456789"), Ok("more")]);
    let answer = server.call("PATCH", &url, &headers, Body::from_stream(stream)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(server.tus_offset(&url).await.header("upload-offset"), "0");
    server.test.finish().await;
}

#[tokio::test]
async fn an_interrupted_body_keeps_what_arrived() {
    let server = Server::new(Which::Sqlite).await;
    let draft = server.draft().await;
    let url = server.tus_create(&draft, "a.bin", Some(10), "").await.header("location").to_owned();
    let headers =
        [("tus-resumable", "1.0.0"), ("upload-offset", "0"), ("content-type", "application/offset+octet-stream")];
    let broken = [Ok("012345"), Err(std::io::Error::other("the network went away"))];
    let answer = server.call("PATCH", &url, &headers, Body::from_stream(futures_util::stream::iter(broken))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(server.tus_offset(&url).await.header("upload-offset"), "6");
    assert_eq!(server.tus_patch(&url, 6, b"6789", &[]).await.header("repr-digest"), repr_digest_of(b"0123456789"));
    server.test.finish().await;
}

#[tokio::test]
async fn deferred_lengths_empty_files_and_termination_work() {
    let server = Server::new(Which::Sqlite).await;
    let draft = server.draft().await;
    let url = server.tus_create(&draft, "later.bin", None, "").await.header("location").to_owned();
    assert_eq!(server.tus_offset(&url).await.header("upload-defer-length"), "1");
    assert_eq!(server.tus_patch(&url, 0, b"abc", &[]).await.header("upload-offset"), "3");
    let last = server.tus_patch(&url, 3, b"", &[("upload-length", "3")]).await;
    assert_eq!(last.header("repr-digest"), repr_digest_of(b"abc"));

    let empty = server.tus_create(&draft, "empty.bin", Some(0), "").await;
    assert_eq!((empty.status, empty.header("upload-offset")), (StatusCode::CREATED, "0"));
    assert_eq!(empty.header("repr-digest"), repr_digest_of(b""));

    let url = server.tus_create(&draft, "gone.bin", Some(5), "").await.header("location").to_owned();
    let delete = || server.call("DELETE", &url, &[("tus-resumable", "1.0.0")], Body::empty());
    assert_eq!(delete().await.status, StatusCode::NO_CONTENT);
    assert_eq!(delete().await.status, StatusCode::GONE);
    assert_eq!(server.tus_offset(&url).await.status, StatusCode::GONE);
    server.test.finish().await;
}

#[tokio::test]
async fn a_wrong_whole_file_digest_never_becomes_a_file() {
    let server = Server::new(Which::Sqlite).await;
    let draft = server.draft().await;
    let other = format!(",sha256 {}", STANDARD.encode(hex::encode(sha2::Sha256::digest(b"other"))));
    let url = server.tus_create(&draft, "a.bin", Some(3), &other).await.header("location").to_owned();
    assert_eq!(server.tus_patch(&url, 0, b"abc", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(server.tus_offset(&url).await.status, StatusCode::GONE);

    let path = format!("/api/v1/packages/{}/files/b.bin", draft.package.id);
    let bearer = server.bearer();
    let digest = repr_digest_of(b"other");
    let headers = [("authorization", bearer.as_str()), ("content-length", "3"), ("repr-digest", digest.as_str())];
    assert_eq!(server.call("PUT", &path, &headers, "abc").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let view = show::show(&server.test.app, &server.ann, draft.package.id).await.unwrap();
    assert!(view.files.is_empty() && view.uploads.is_empty());
    server.test.finish().await;
}

#[tokio::test]
async fn an_interrupted_put_leaves_nothing_behind() {
    let server = Server::new(Which::Sqlite).await;
    let draft = server.draft().await;
    let path = format!("/api/v1/packages/{}/files/a.bin", draft.package.id);
    let bearer = server.bearer();
    let broken = [Ok("abc"), Err(std::io::Error::other("the network went away"))];
    let body = Body::from_stream(futures_util::stream::iter(broken));
    let headers = [("authorization", bearer.as_str()), ("content-length", "9")];
    assert_eq!(server.call("PUT", &path, &headers, body).await.status, StatusCode::BAD_REQUEST);
    // Shorter than declared, with a clean end.
    assert_eq!(server.call("PUT", &path, &headers, "abc").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    server.test.settle().await;
    let view = show::show(&server.test.app, &server.ann, draft.package.id).await.unwrap();
    assert!(view.files.is_empty() && view.uploads.is_empty());
    let blobs: Vec<_> = futures_util::StreamExt::collect(server.test.app.blobs.list()).await;
    assert!(blobs.is_empty(), "{blobs:?}");
    server.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn ranges_of_one_visit_make_one_download(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = Server::new(which).await;
    let bytes = noise(200_000);
    let (sent, link) = server.sent(&[("report.pdf", &bytes)]).await;
    let file = sent.files[0].id;
    let started = server.press(&format!("{link}/files/{file}"), None).await;
    assert_eq!(started.status, StatusCode::SEE_OTHER);
    let at = started.header("location").to_owned();
    let head = server.call("HEAD", &at, &[], Body::empty()).await;
    assert_eq!((head.status, head.header("content-length")), (StatusCode::OK, "200000"));
    assert_eq!(head.header("repr-digest"), repr_digest_of(&bytes));
    assert_eq!(head.header("accept-ranges"), "bytes");
    assert!(head.header("content-disposition").starts_with("attachment"));
    assert_eq!(server.downloads(&sent).await, 0, "HEAD counts nothing");
    let first = server.call("GET", &at, &[("range", "bytes=0-149999")], Body::empty()).await;
    assert_eq!(first.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(server.downloads(&sent).await, 0);
    let etag = head.header("etag").to_owned();
    let rest = server.call("GET", &at, &[("range", "bytes=150000-"), ("if-range", &etag)], Body::empty()).await;
    assert_eq!([&first.body[..], &rest.body[..]].concat(), bytes);
    assert_eq!(server.downloads(&sent).await, 1);
    server.call("GET", &at, &[], Body::empty()).await;
    assert_eq!(server.downloads(&sent).await, 1, "the same visit again");
    let other = server.press(&link, None).await;
    let whole = server.call("GET", other.header("location"), &[], Body::empty()).await;
    assert_eq!(whole.body, bytes);
    assert_eq!(server.downloads(&sent).await, 2, "another visit");
    server.test.finish().await;
}

#[tokio::test]
async fn conditions_and_ranges_are_answered_as_rfc_9110_says() {
    let server = Server::new(Which::Sqlite).await;
    let (_, link) = server.sent(&[("a.txt", b"0123456789")]).await;
    let at = server.press(&link, None).await.header("location").to_owned();
    let get = |headers: Vec<(&'static str, String)>| {
        let (server, at) = (&server, at.clone());
        async move {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            server.call("GET", &at, &headers, Body::empty()).await
        }
    };
    let etag = get(vec![]).await.header("etag").to_owned();
    assert!(etag.starts_with('"'));
    let last = get(vec![("range", "bytes=-4".into())]).await;
    assert_eq!((last.header("content-range"), &last.body[..]), ("bytes 6-9/10", &b"6789"[..]));
    let over = get(vec![("range", "bytes=10-".into())]).await;
    assert_eq!((over.status, over.header("content-range")), (StatusCode::RANGE_NOT_SATISFIABLE, "bytes */10"));
    let other = get(vec![("range", "bytes=5-".into()), ("if-range", "\"other\"".into())]).await;
    assert_eq!(other.status, StatusCode::OK);
    assert_eq!(get(vec![("if-match", "\"other\"".into())]).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(get(vec![("if-none-match", etag)]).await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(get(vec![("range", "bytes=0-1,4-5".into())]).await.status, StatusCode::OK);
    server.test.finish().await;
}

#[tokio::test]
async fn an_archive_is_frozen_at_its_start_and_served_by_ranges() {
    let server = Server::new(Which::Sqlite).await;
    let big = noise(120_000);
    let (sent, link) = server.sent(&[("a.txt", b"hello"), ("b.bin", &big), ("empty", b"")]).await;
    let at = server.press(&format!("{link}/archive"), None).await.header("location").to_owned();
    let whole = server.call("GET", &at, &[], Body::empty()).await;
    assert_eq!(whole.header("content-length"), whole.body.len().to_string());
    assert_eq!(whole.header("content-type"), "application/zip");
    assert_eq!(&whole.body[..4], b"PK\x03\x04");
    assert!(whole.body.windows(big.len()).any(|window| window == big));
    let part = server.call("GET", &at, &[("range", "bytes=1000-110000")], Body::empty()).await;
    assert_eq!(part.body, whole.body[1000..=110_000]);
    assert_eq!(server.downloads(&sent).await, 1);
    assert_eq!(server.put(&sent, "later.txt", b"late").await.status, StatusCode::CREATED);
    let again = server.call("GET", &at, &[], Body::empty()).await;
    assert_eq!(again.body, whole.body, "frozen");
    let fresh = server.press(&format!("{link}/archive"), None).await.header("location").to_owned();
    assert!(server.call("GET", &fresh, &[], Body::empty()).await.body.len() > whole.body.len());
    server.test.finish().await;
}

#[tokio::test]
async fn after_revoke_no_start_and_no_byte() {
    let server = Server::new(Which::Sqlite).await;
    let (sent, link) = server.sent(&[("a.txt", b"hello")]).await;
    let at = server.press(&link, None).await.header("location").to_owned();
    revoke::revoke(&server.test.app, &server.ann, sent.package.id).await.unwrap();
    assert_eq!(server.press(&link, None).await.status, StatusCode::GONE);
    assert_eq!(server.call("GET", &at, &[], Body::empty()).await.status, StatusCode::GONE);
    server.test.settle().await;
    let blobs: Vec<_> = futures_util::StreamExt::collect(server.test.app.blobs.list()).await;
    assert!(blobs.is_empty(), "the bytes are erased");
    server.test.finish().await;
}

#[tokio::test]
async fn a_running_download_breaks_when_its_package_is_revoked() {
    let server = Server::new(Which::Sqlite).await;
    let (sent, link) = server.sent(&[("big.bin", &noise(2_000_000))]).await;
    let at = server.press(&link, None).await.header("location").to_owned();
    let request = Request::builder().uri(&at).body(Body::empty()).unwrap();
    let mut body = server.router.clone().oneshot(request).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    revoke::revoke(&server.test.app, &server.ann, sent.package.id).await.unwrap();
    let mut broke = false;
    while let Some(frame) = body.frame().await {
        if frame.is_err() {
            broke = true;
            break;
        }
    }
    assert!(broke, "the body ended cleanly");
    drop(body);
    server.test.finish().await;
}

#[tokio::test]
async fn the_owner_fetches_without_being_counted() {
    let server = Server::new(Which::Sqlite).await;
    let (sent, _) = server.sent(&[("a.txt", b"hello")]).await;
    let bearer = server.bearer();
    let base = format!("/api/v1/packages/{}", sent.package.id);
    let file = format!("{base}/files/{}/content", sent.files[0].id);
    let got = server.call("GET", &file, &[("authorization", &bearer), ("range", "bytes=1-")], Body::empty()).await;
    assert_eq!((got.status, &got.body[..]), (StatusCode::PARTIAL_CONTENT, &b"ello"[..]));
    let zip = server.call("GET", &format!("{base}/archive.zip"), &[("authorization", &bearer)], Body::empty()).await;
    assert_eq!(&zip.body[..2], b"PK");
    assert_eq!(server.call("GET", &file, &[], Body::empty()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.downloads(&sent).await, 0);
    server.test.finish().await;
}
