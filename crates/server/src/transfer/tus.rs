//! The tus 1.0 resumable upload protocol (tus.io): creation, creation-with-upload, creation-defer-length, termination,
//! checksum and expiration. Maps requests to `core::upload` and its outcomes to answers; locations are relative, so that
//! proxies cannot bend them.
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::SignedDuration;
use waybill_core::error::{Error, FieldError, FieldProblem, Refusal};
use waybill_core::file::name::{FileName, RelativePath};
use waybill_core::ids::PackageId;
use waybill_core::limits::FILE_BYTES_MAX;
use waybill_core::upload::begin::{self, NewUpload};
use waybill_core::upload::receive::{self, Chunk, Received};
use waybill_core::upload::{Upload, drop_upload, look};

use super::digest::{CHECKSUM_ALGORITHMS, DigestError, REPR_DIGEST, UPLOAD_CHECKSUM, repr_digest, upload_checksum};
use super::metadata::{Metadata, UPLOAD_METADATA};
use super::pour::{Checking, Poured, pour};
use super::range::http_date;
use crate::extract::{Caller, RequestOrigin};
use crate::respond::Problem;
use crate::web::Web;

const VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "creation,creation-with-upload,creation-defer-length,termination,checksum,expiration";
const OFFSET_TYPE: &str = "application/offset+octet-stream";

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const TUS_CHECKSUM_ALGORITHM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_DEFER_LENGTH: HeaderName = HeaderName::from_static("upload-defer-length");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const WAYBILL_FILE_ID: HeaderName = HeaderName::from_static("waybill-file-id");

/// `OPTIONS` of a tus endpoint: what this server speaks.
pub async fn options() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(TUS_VERSION, HeaderValue::from_static(VERSION));
    headers.insert(TUS_EXTENSION, HeaderValue::from_static(EXTENSIONS));
    headers.insert(TUS_MAX_SIZE, HeaderValue::from(FILE_BYTES_MAX));
    headers.insert(TUS_CHECKSUM_ALGORITHM, HeaderValue::from_static(CHECKSUM_ALGORITHMS));
    speak(response)
}

/// `POST /api/v1/uploads`: creates an upload into a package of the caller's; a body of the tus type is its first bytes.
pub async fn create(
    State(web): State<Web>,
    RequestOrigin(origin): RequestOrigin,
    caller: Result<Caller, Problem>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = async {
        check_version(&headers)?;
        let Caller(actor) = caller?;
        let (package, new) = read_creation(&headers)?;
        let begun = begin::begin(&web.app, &actor, package, new).await.map_err(Problem::from)?;
        let token = begun.token.reveal();
        // An empty file is complete as it is created.
        let first = has_offset_body(&headers) || begun.upload.size == Some(0);
        let mut response = StatusCode::CREATED.into_response();
        if first {
            let open = receive::open(&web.app, &token, 0, None, chunk_kind(&headers)).await.map_err(Problem::from)?;
            let received = take(open, &headers, body, &origin).await?;
            describe_received(&mut response, &received);
        }
        let location = HeaderValue::try_from(format!("/uploads/{token}")).expect("a token is base64url text");
        response.headers_mut().insert(header::LOCATION, location);
        response.headers_mut().insert(UPLOAD_EXPIRES, expires(&web, &begun.upload));
        Ok::<_, Response>(response)
    };
    speak(answer.await.unwrap_or_else(|refusal| refusal))
}

/// `HEAD /uploads/{token}`: where it stands.
pub async fn head(State(web): State<Web>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let answer = async {
        check_version(&headers)?;
        let upload = look::look(&web.app, &token).await.map_err(Problem::from)?;
        let mut response = StatusCode::OK.into_response();
        let out = response.headers_mut();
        out.insert(UPLOAD_OFFSET, HeaderValue::from(upload.received));
        match upload.size {
            Some(size) => out.insert(UPLOAD_LENGTH, HeaderValue::from(size)),
            None => out.insert(UPLOAD_DEFER_LENGTH, HeaderValue::from_static("1")),
        };
        if let Ok(metadata) = HeaderValue::try_from(&upload.client_metadata)
            && !metadata.is_empty()
        {
            out.insert(&UPLOAD_METADATA, metadata);
        }
        if upload.finished_at.is_none() {
            out.insert(UPLOAD_EXPIRES, expires(&web, &upload));
        }
        Ok::<_, Response>(response)
    };
    speak(answer.await.unwrap_or_else(|refusal| refusal))
}

/// `PATCH /uploads/{token}`: more bytes at the offset where it stands.
pub async fn patch(
    State(web): State<Web>,
    Path(token): Path<String>,
    RequestOrigin(origin): RequestOrigin,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = async {
        check_version(&headers)?;
        if !has_offset_body(&headers) {
            let detail = format!("a PATCH carries Content-Type: {OFFSET_TYPE}");
            return Err(Problem::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_type", detail));
        }
        let offset = number(&headers, &UPLOAD_OFFSET)?
            .ok_or_else(|| Problem::unreadable("a PATCH needs Upload-Offset: the byte where its body begins"))?;
        let size = number(&headers, &UPLOAD_LENGTH)?;
        let kind = chunk_kind(&headers);
        let open = receive::open(&web.app, &token, offset, size, kind).await.map_err(Problem::from)?;
        let received = take(open, &headers, body, &origin).await?;
        let mut response = StatusCode::NO_CONTENT.into_response();
        describe_received(&mut response, &received);
        if let Received::Partly { .. } = received {
            response.headers_mut().insert(UPLOAD_EXPIRES, expires_after(&web, web.app.now()));
        }
        Ok::<_, Response>(response)
    };
    speak(answer.await.unwrap_or_else(|refusal| refusal))
}

/// `DELETE /uploads/{token}`: its holder gives it up.
pub async fn terminate(
    State(web): State<Web>,
    Path(token): Path<String>,
    RequestOrigin(origin): RequestOrigin,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        check_version(&headers)?;
        drop_upload::terminate(&web.app, &origin, &token).await.map_err(Problem::from)?;
        Ok::<_, Response>(StatusCode::NO_CONTENT.into_response())
    };
    speak(answer.await.unwrap_or_else(|refusal| refusal))
}

/// Takes the body's bytes into the upload and ends it accordingly.
async fn take(
    mut receiver: receive::Receiver<'_>,
    headers: &HeaderMap,
    body: Body,
    origin: &waybill_core::access::Origin,
) -> Result<Received, Response> {
    let mut checking = match headers.get(&UPLOAD_CHECKSUM).map(upload_checksum).transpose() {
        Ok(checksum) => checksum.as_ref().map(Checking::new),
        Err(DigestError::UnknownAlgorithm) => {
            return Err(Problem::unreadable(format!("Upload-Checksum speaks {CHECKSUM_ALGORITHMS}")));
        }
        Err(DigestError::Malformed) => return Err(Problem::unreadable("Upload-Checksum is malformed")),
    };
    let declared = number(headers, &header::CONTENT_LENGTH)?;
    if let (Some(declared), Some(room)) = (declared, receiver.room())
        && declared > room
    {
        return Err(Problem::from(Error::TooLarge { limit_bytes: room }).into_response());
    }
    let ended = match pour(&mut receiver, body, checking.as_mut()).await {
        Ok(Poured::Ended) => {
            if checking.is_none_or(Checking::holds) {
                receiver.end(origin).await
            } else {
                receiver.refuse().await.and(Err(Error::ChunkMismatch))
            }
        }
        Ok(Poured::Broken { too_slow }) => {
            receiver.interrupt(origin).await.map_err(Problem::from)?;
            let status = if too_slow { StatusCode::REQUEST_TIMEOUT } else { StatusCode::BAD_REQUEST };
            return Err(Problem::plain(status, "interrupted", "the body ended early; ask where the upload stands"));
        }
        Ok(Poured::Stopped) => match receiver.interrupt(origin).await {
            Ok(Received::Partly { offset }) => Err(Refusal::OffsetMismatch { offset }.into()),
            other => other,
        },
        Err(error) => {
            receiver.refuse().await.map_err(Problem::from)?;
            Err(error)
        }
    };
    ended.map_err(|error| Problem::from(error).into_response())
}

fn describe_received(response: &mut Response, received: &Received) {
    let headers = response.headers_mut();
    match received {
        Received::Partly { offset } => {
            headers.insert(UPLOAD_OFFSET, HeaderValue::from(*offset));
        }
        Received::Whole(finished) => {
            headers.insert(UPLOAD_OFFSET, HeaderValue::from(finished.file.size));
            headers.insert(REPR_DIGEST, repr_digest(&finished.file.sha256));
            let id = HeaderValue::try_from(finished.file.id.to_string()).expect("an id is ASCII");
            headers.insert(WAYBILL_FILE_ID, id);
        }
    }
}

fn read_creation(headers: &HeaderMap) -> Result<(PackageId, NewUpload), Response> {
    let unreadable = |e: &dyn std::fmt::Display| Problem::unreadable(format!("Upload-Metadata: {e}"));
    let metadata = Metadata::parse(headers).map_err(|e| unreadable(&e))?;
    let field = |name: &str| metadata.text(name).map_err(|e| unreadable(&e));
    let mut wrong = Vec::new();
    let mut refuse = |name: &str, problem| wrong.push(FieldError { field: name.to_owned(), problem });
    let package = field("package_id")?.and_then(|text| PackageId::parse(text).ok());
    if package.is_none() {
        refuse("package_id", FieldProblem::Required);
    }
    let path = match (field("relative_path")?.filter(|path| !path.is_empty()), field("filename")?) {
        (Some(path), _) => {
            RelativePath::parse(path).map_err(|why| refuse("relative_path", FieldProblem::NotAName(why))).ok()
        }
        (None, Some(name)) => FileName::parse(name)
            .map(RelativePath::from)
            .map_err(|why| refuse("filename", FieldProblem::NotAName(why)))
            .ok(),
        (None, None) => {
            refuse("filename", FieldProblem::Required);
            None
        }
    };
    let sha256 = match field("sha256")?.filter(|text| !text.is_empty()) {
        Some(text) => {
            if let Some(digest) = hex::decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
                Some(digest)
            } else {
                refuse("sha256", FieldProblem::Unknown);
                None
            }
        }
        None => None,
    };
    let client_metadata = headers.get(&UPLOAD_METADATA).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let client_metadata = client_metadata.to_owned();
    let size = match (number(headers, &UPLOAD_LENGTH)?, headers.get(&UPLOAD_DEFER_LENGTH)) {
        (Some(size), None) => Some(size),
        (None, Some(deferred)) if deferred == "1" => None,
        _ => return Err(Problem::unreadable("send either Upload-Length or Upload-Defer-Length: 1")),
    };
    match (package, path) {
        (Some(package), Some(path)) if wrong.is_empty() => {
            Ok((package, NewUpload { path, size, sha256, resumable: true, client_metadata }))
        }
        _ => Err(Problem::from(Error::Invalid(wrong)).into_response()),
    }
}

fn check_version(headers: &HeaderMap) -> Result<(), Response> {
    if headers.get(&TUS_RESUMABLE).is_some_and(|version| version == VERSION) {
        return Ok(());
    }
    let detail = format!("this server speaks tus {VERSION}; send Tus-Resumable: {VERSION}");
    let mut response = Problem::plain(StatusCode::PRECONDITION_FAILED, "tus_version", detail);
    response.headers_mut().insert(TUS_VERSION, HeaderValue::from_static(VERSION));
    Err(response)
}

fn has_offset_body(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == OFFSET_TYPE)
}

fn chunk_kind(headers: &HeaderMap) -> Chunk {
    if headers.contains_key(&UPLOAD_CHECKSUM) { Chunk::Checksummed } else { Chunk::Plain }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<Option<u64>, Response> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let digits = value.to_str().ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    match digits.and_then(|text| text.parse().ok()) {
        Some(number) => Ok(Some(number)),
        None => Err(Problem::unreadable(format!("{name} is not a whole number"))),
    }
}

fn expires(web: &Web, upload: &Upload) -> HeaderValue {
    expires_after(web, upload.updated_at)
}

fn expires_after(web: &Web, last_byte: jiff::Timestamp) -> HeaderValue {
    let kept = SignedDuration::try_from(web.app.site.retention.unfinished_upload).unwrap_or(SignedDuration::ZERO);
    http_date(last_byte + kept)
}

fn speak(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(TUS_RESUMABLE, HeaderValue::from_static(VERSION));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
