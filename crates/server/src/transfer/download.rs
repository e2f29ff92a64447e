//! `GET` and `HEAD` of bytes: files and archives, whole or by range, for the holder of a download URL (counted) and for
//! the owner (audited). Uploaded bytes stay inert: always an attachment, never sniffed, in a sandbox.
use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use waybill_core::access::Origin;
use waybill_core::app::App;
use waybill_core::download::serve::{self, Body as ContentBody, Content, Fetch};
use waybill_core::download::{Delivered, Registration, Whose, ledger, watch};
use waybill_core::error::Error;
use waybill_core::file::rendering::content_disposition;
use waybill_core::ids::{DownloadClaimId, DownloadObjectId, FileId, PackageId};

use super::digest::{REPR_DIGEST, repr_digest};
use super::gate::{Gate, Passage};
use super::range::{Object, Plan, content_range, evaluate, http_date, unsatisfied_range};
use super::sending::{Handed, Sending};
use crate::extract::{Caller, Id, Reader, RequestOrigin};
use crate::listen::Delivery;
use crate::pages::ended;
use crate::respond::Problem;
use crate::web::Web;

/// So often a download is looked up for one request, when it is changed in the same moments.
const LOOKS_MAX: usize = 3;

/// `GET|HEAD /d/{token}/{name}`: the bytes of a started download. HEAD never counts.
pub async fn by_token(
    State(web): State<Web>,
    RequestOrigin(origin): RequestOrigin,
    reader: Reader,
    Path((token, _decoration)): Path<(String, String)>,
    delivery: Option<Extension<Delivery>>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let delivery = delivery.map(|Extension(delivery)| delivery);
    let counting = Counting { origin, delivery, token: Some(token) };
    match visitors(&web, &method, &headers, counting).await {
        Ok(response) => response,
        Err(error) => ended::answer(&web, &reader, "", error).await,
    }
}

async fn visitors(web: &Web, method: &Method, headers: &HeaderMap, counting: Counting) -> Result<Response, Error> {
    let token = counting.token.clone().unwrap_or_default();
    for _ in 0..LOOKS_MAX {
        let content = serve::by_token(&web.app, &token).await?;
        if let Some(response) = answer(web, content, method, headers, counting.clone()).await? {
            return Ok(response);
        }
    }
    Err(Error::Unavailable("the download was changed again and again while it began".into()))
}

/// `GET|HEAD /api/v1/packages/{id}/files/{file_id}/content`: the owner's own fetch.
pub async fn owners_file(
    State(web): State<Web>,
    Caller(actor): Caller,
    Id((package, file)): Id<(PackageId, FileId)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let content = serve::for_owner(&web.app, &actor, package, Fetch::File(file)).await?;
    owners(&web, &actor, content, &method, &headers).await
}

/// `GET|HEAD /api/v1/packages/{id}/archive.zip`: the owner's own fetch of everything.
pub async fn owners_archive(
    State(web): State<Web>,
    Caller(actor): Caller,
    Id((package,)): Id<(PackageId,)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let content = serve::for_owner(&web.app, &actor, package, Fetch::Archive).await?;
    owners(&web, &actor, content, &method, &headers).await
}

async fn owners(
    web: &Web,
    actor: &waybill_core::access::Actor,
    content: Content,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    if method == Method::GET {
        serve::record_fetch(&web.app, actor, &content).await?;
    }
    let counting = Counting { origin: actor.origin.clone(), delivery: None, token: None };
    let answered = answer(web, content, method, headers, counting).await?;
    Ok(answered.ok_or_else(|| Error::Internal("an owner's fetch is not counted".into()))?)
}

/// What a counted response needs to say who took how much.
#[derive(Clone)]
struct Counting {
    origin: Origin,
    delivery: Option<Delivery>,
    /// What a visitor's download was looked up by. Secret.
    token: Option<String>,
}

/// `None`: what is counted has changed since it was looked up.
async fn answer(
    web: &Web,
    content: Content,
    method: &Method,
    headers: &HeaderMap,
    counting: Counting,
) -> Result<Option<Response>, Error> {
    let last_modified = match &content.body {
        ContentBody::File(file) => Some(file.uploaded_at),
        // An archive is described by its entity tag alone: its files have no common date.
        ContentBody::Archive(_) => None,
    };
    let object = Object { len: content.size, etag: content.etag.clone(), last_modified };
    let (status, range) = match evaluate(headers, method, &object) {
        // So many separate pieces that they cannot be told apart any more: then the whole is sent.
        Plan::Partial(range) if content.has_room_for(&range) => (StatusCode::PARTIAL_CONTENT, range),
        Plan::Full | Plan::Partial(_) => (StatusCode::OK, 0..content.size),
        Plan::NotModified => return Ok(Some(bare(StatusCode::NOT_MODIFIED, &object))),
        Plan::PreconditionFailed => return Ok(Some(bare(StatusCode::PRECONDITION_FAILED, &object))),
        Plan::Unsatisfiable => {
            let mut response = bare(StatusCode::RANGE_NOT_SATISFIABLE, &object);
            response.headers_mut().insert(header::CONTENT_RANGE, unsatisfied_range(content.size));
            return Ok(Some(response));
        }
    };
    let mut response = status.into_response();
    describe(response.headers_mut(), &content, &object);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    if status == StatusCode::PARTIAL_CONTENT {
        response.headers_mut().insert(header::CONTENT_RANGE, content_range(&range, content.size));
    }
    if method == Method::HEAD {
        return Ok(Some(response));
    }
    let Some(body) = send(web, content, range, counting).await? else { return Ok(None) };
    *response.body_mut() = body;
    Ok(Some(response))
}

/// Opens the bytes; what is counted is announced to the recorder, and under a limit written down before it leaves. `None`:
/// it has changed since it was looked up.
async fn send(web: &Web, content: Content, range: Range<u64>, counting: Counting) -> Result<Option<Body>, Error> {
    let app = &web.app;
    let counted = content.counted.clone();
    if let Some(counted) = &counted {
        app.deliveries.room(counted.link).await?;
    }
    // Registered first and looked at again then: what changes from now on cuts it.
    let whose = counted.as_ref().map(Whose::from);
    let registration = Arc::new(app.deliveries.begin(content.package, whose, content.files()));
    if let Some(counted) = &counted {
        let token = counting.token.as_deref().unwrap_or_default();
        if !watch::is_still_so(app, token, counted).await? {
            return Ok(None);
        }
    }
    let (sending, handed) = Sending::open(app, web.buffers(), content, range.clone(), registration.clone()).await?;
    let Some(counted) = counted else { return Ok(Some(Body::from_stream(sending))) };
    let claim = counted.limited.then(|| DownloadClaimId::new(app.now(), &*app.entropy));
    let report =
        Report { object: counted.object, claim, range: range.clone(), counting: counting.clone(), registration };
    app.deliveries.expect(counted.link, Box::pin(report.after(app.clone(), handed)));
    let Some(claim) = claim else { return Ok(Some(Body::from_stream(sending))) };
    let Counting { origin, delivery, .. } = counting;
    let grant = ledger::open(app, &origin, &counted, claim, range.clone()).await?;
    let passage = Passage { app: app.clone(), origin, object: counted.object, delivery };
    Ok(Some(Body::from_stream(sending.behind(Gate::new(passage, grant, range)))))
}

/// What is told about a counted response once it is over.
struct Report {
    object: DownloadObjectId,
    claim: Option<DownloadClaimId>,
    range: Range<u64>,
    counting: Counting,
    /// Kept until the socket took the bytes: until then it runs, however slowly they are taken.
    registration: Arc<Registration>,
}

impl Report {
    async fn after(self, app: Arc<App>, handed: Handed) -> Delivered {
        let begun = app.clock.monotonic();
        let handed = handed.settled().await;
        // Over a socket, what it accepted counts, not what was handed over.
        let accepted = match &self.counting.delivery {
            Some(delivery) if handed > 0 => delivery.settled().await.min(handed),
            Some(_) | None => handed,
        };
        drop(self.registration);
        let Range { start, end } = self.range;
        Delivered {
            object: self.object,
            claim: self.claim,
            range: start..end.min(start + accepted),
            whole: accepted >= end - start,
            took: app.clock.monotonic().saturating_sub(begun),
            origin: self.counting.origin,
        }
    }
}

fn describe(headers: &mut HeaderMap, content: &Content, object: &Object) {
    let text = |text: String| HeaderValue::try_from(text).ok();
    let kind = text(content.content_type.clone()).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, kind);
    if let Some(disposition) = text(content_disposition(&content.name)) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    if let ContentBody::File(file) = &content.body {
        headers.insert(REPR_DIGEST, repr_digest(&file.sha256));
    }
    validators(headers, object);
    for (name, value) in [
        (header::ACCEPT_RANGES, "bytes"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
}

fn validators(headers: &mut HeaderMap, object: &Object) {
    if let Ok(etag) = HeaderValue::try_from(&object.etag) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(at) = object.last_modified {
        headers.insert(header::LAST_MODIFIED, http_date(at));
    }
    // May be kept for resuming, never shared, never used without asking.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
}

fn bare(status: StatusCode, object: &Object) -> Response {
    let mut response = status.into_response();
    validators(response.headers_mut(), object);
    response
}
