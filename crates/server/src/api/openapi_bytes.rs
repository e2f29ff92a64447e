//! What the byte-moving routes (`transfer`) look like in the API's description. Nothing here is ever called.
#![expect(dead_code, reason = "these functions only carry descriptions; the handlers stand in `transfer`")]
use waybill_wire::landing::Landing;
use waybill_wire::package::File;

/// The description of the routes below.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    put_file,
    create_upload,
    fetch_file,
    fetch_archive,
    upload_head,
    upload_patch,
    upload_delete,
    open_link,
    unlock_link,
    ask,
    start_download,
    start_file,
    start_archive,
    download
))]
pub struct Bytes;

/// Put a file into a package
///
/// The body is the file, complete or nothing (`curl -T`). Nothing is ever overwritten: the same path with the same bytes is
/// the same file, with other bytes it is kept beside it under another name.
#[utoipa::path(put, path = "/api/v1/packages/{id}/files/{file_id}", tag = "files", operation_id = "put_file",
    params(("id" = uuid::Uuid, Path), ("file_id" = String, Path, description = "The file's name"),
        ("path" = Option<String>, Query, description = "A relative path with the file's name, `/`-separated, instead of the name alone"),
        ("Repr-Digest" = Option<String>, Header, description = "Checked when sent: `sha-256=:base64:`")),
    request_body(content = inline(Octets), content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "Complete, durable and in its package", body = File),
        (status = 400, description = "The body ended early, or a header cannot be read"),
        (status = 408, description = "The body came too slowly"),
        (status = 409, description = "The package takes no more files (`revoked`, `ended`, `wrong_kind`)"),
        (status = 410, description = "The package ended meanwhile"),
        (status = 413, description = "Larger than a file may be"),
        (status = 422, description = "The name or path cannot be used, or the content does not match its digest or length")))]
fn put_file() {}

/// Create a resumable upload
///
/// tus 1.0 with creation, creation-with-upload, creation-defer-length, termination, checksum and expiration.
/// `Upload-Metadata`: `package_id`, `filename`, optional `relative_path`, `filetype`, `sha256`.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "files", operation_id = "create_upload",
    params(("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Length" = Option<u64>, Header), ("Upload-Defer-Length" = Option<u64>, Header, description = "`1`"),
        ("Upload-Metadata" = String, Header)),
    responses(
        (status = 201, description = "Created; `Location` is where the bytes go, relative, an authority of its own"),
        (status = 400, description = "A header cannot be read, or the body ended early"),
        (status = 404, description = "The package is not there, or not yours"),
        (status = 408, description = "The body came too slowly"),
        (status = 409, description = "The package takes no more files"),
        (status = 410, description = "The package ended meanwhile"),
        (status = 412, description = "Another version of tus than 1.0.0"),
        (status = 413, description = "Larger than a file may be, or than the length that was declared"),
        (status = 415, description = "A body that is not `application/offset+octet-stream`"),
        (status = 422, description = "The name or path cannot be used, or the content does not match its digest"),
        (status = 460, description = "The bytes do not match `Upload-Checksum`; the upload exists and its offset did not move")))]
fn create_upload() {}

/// Fetch a file
///
/// The owner's own fetch: audited, never counted. Ranges as for downloads.
#[utoipa::path(get, path = "/api/v1/packages/{id}/files/{file_id}/content", tag = "files", operation_id = "fetch_file",
    params(("id" = uuid::Uuid, Path), ("file_id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The bytes, as an attachment of the file's own type", body = inline(Octets), content_type = "*/*"),
        (status = 206, description = "The range that was asked for", body = inline(Octets), content_type = "*/*"),
        (status = 304, description = "Unchanged"),
        (status = 409, description = "`erased`"),
        (status = 410, description = "The bytes are gone"),
        (status = 412, description = "`If-Match` or `If-Unmodified-Since` does not hold"),
        (status = 416, description = "No such range")))]
fn fetch_file() {}

/// Fetch everything as one ZIP
#[utoipa::path(get, path = "/api/v1/packages/{id}/archive.zip", tag = "files", operation_id = "fetch_archive",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The archive, as an attachment", body = inline(Octets), content_type = "application/zip"),
        (status = 206, description = "The range that was asked for", body = inline(Octets), content_type = "application/zip"),
        (status = 304, description = "Unchanged"),
        (status = 409, description = "`erased`, `no_files`"),
        (status = 410, description = "The bytes are gone"),
        (status = 412, description = "`If-Match` or `If-Unmodified-Since` does not hold"),
        (status = 416, description = "No such range")))]
fn fetch_archive() {}

/// Where an upload stands
#[utoipa::path(head, path = "/uploads/{token}", tag = "files", operation_id = "upload_offset", security(()),
    params(("token" = String, Path), ("Tus-Resumable" = String, Header, description = "`1.0.0`")),
    responses(
        (status = 200, description = "`Upload-Offset`, `Upload-Length` or `Upload-Defer-Length`, `Upload-Expires`"),
        (status = 410, description = "Dropped, expired or never there"),
        (status = 412, description = "Another version of tus than 1.0.0")))]
fn upload_head() {}

/// Send more bytes
#[utoipa::path(patch, path = "/uploads/{token}", tag = "files", operation_id = "upload_bytes", security(()),
    params(("token" = String, Path), ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Offset" = u64, Header), ("Upload-Length" = Option<u64>, Header, description = "Once, where it was deferred"),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1 base64` or `sha256 base64` of this body")),
    request_body(content = inline(Octets), content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "Durable; `Upload-Offset`, and at the end `Repr-Digest` and `Waybill-File-Id`"),
        (status = 400, description = "A header cannot be read, or the body ended early (what came is kept)"),
        (status = 408, description = "The body came too slowly (what came is kept)"),
        (status = 409, description = "Not where the upload stands (`offset_mismatch`), or complete (`upload_finished`)"),
        (status = 410, description = "Dropped, expired or never there"),
        (status = 412, description = "Another version of tus than 1.0.0"),
        (status = 413, description = "More than the declared length"),
        (status = 415, description = "Not `application/offset+octet-stream`"),
        (status = 422, description = "The whole content does not match its digest; the upload is gone"),
        (status = 460, description = "The bytes do not match `Upload-Checksum`; the offset did not move")))]
fn upload_patch() {}

/// Drop an upload
#[utoipa::path(delete, path = "/uploads/{token}", tag = "files", operation_id = "upload_drop", security(()),
    params(("token" = String, Path), ("Tus-Resumable" = String, Header, description = "`1.0.0`")),
    responses(
        (status = 204, description = "Dropped"),
        (status = 409, description = "`upload_finished`: it is a file by now"),
        (status = 410, description = "Dropped, expired or never there"),
        (status = 412, description = "Another version of tus than 1.0.0")))]
fn upload_delete() {}

/// Look at a link
///
/// People get the page, whoever asks for JSON gets the same as JSON. Looking never counts and never starts anything; it
/// is audited as a view. A link that is protected by a password wants it here and at every start, by HTTP Basic
/// authentication (any user name) or by a `visit` that was answered to somebody who gave it.
#[utoipa::path(get, path = "/p/{token}", tag = "links", operation_id = "open_link", security(()),
    params(("token" = String, Path),
        ("Authorization" = Option<String>, Header, description = "`Basic`, where a password protects the link")),
    responses(
        (status = 200, description = "With `Accept: application/json`; otherwise the page, or the form that asks people for the password",
            content((Landing = "application/json"), (String = "text/html"))),
        (status = 401, description = "`password_needed`, `password_wrong`, with `WWW-Authenticate: Basic`"),
        (status = 429, description = "Too many wrong passwords from this address; wait as `Retry-After` says"),
        (status = 403, description = "A link for uploads"),
        (status = 410, description = "Ended (`link_expired`, `link_completed`, `link_revoked`), or never there (`link_unknown`)")))]
fn open_link() {}

/// Give the password of a link
///
/// As a form or as JSON; answers what looking answers, with a `visit` that proves the password at every start.
#[utoipa::path(post, path = "/p/{token}/unlock", tag = "links", operation_id = "unlock_link", security(()),
    params(("token" = String, Path)), request_body = Password,
    responses(
        (status = 200, description = "With `Accept: application/json`; otherwise the page",
            content((Landing = "application/json"), (String = "text/html"))),
        (status = 401, description = "`password_needed`, `password_wrong`"),
        (status = 403, description = "A link for uploads"),
        (status = 410, description = "Ended, or never there"),
        (status = 429, description = "Too many wrong passwords from this address; wait as `Retry-After` says")))]
fn unlock_link() {}

/// Ask the sender for a new link
///
/// Possible once the link has ended. The sender is mailed once a day at most; asked again meanwhile, it answers the same.
#[utoipa::path(post, path = "/p/{token}/ask", tag = "links", operation_id = "ask", security(()),
    params(("token" = String, Path)),
    responses(
        (status = 204, description = "With `Accept: application/json`: the sender is told"),
        (status = 303, description = "`Location` is the link's page, which says so"),
        (status = 409, description = "`link_works`: there is no need to"),
        (status = 410, description = "Never there, or deleted: nobody can be asked"),
        (status = 429, description = "Too many questions from this address; wait as `Retry-After` says")))]
fn ask() {}

/// Start a download of everything
///
/// One file, or else one archive. All starts with one `visit` are one download.
#[utoipa::path(post, path = "/p/{token}", tag = "links", operation_id = "start_download", security(()),
    params(("token" = String, Path)), request_body = Option<Visit>,
    responses(
        (status = 201, description = "With `Accept: application/json`", body = Started),
        (status = 303, description = "`Location` is where the bytes are"),
        (status = 401, description = "`password_needed`, `password_wrong`"),
        (status = 403, description = "A link for uploads"),
        (status = 409, description = "Every slot is in use; wait as `Retry-After` says"),
        (status = 410, description = "Ended, or never there"),
        (status = 429, description = "Too many wrong passwords from this address; wait as `Retry-After` says")))]
fn start_download() {}

/// Start a download of one file
#[utoipa::path(post, path = "/p/{token}/files/{file_id}", tag = "links", operation_id = "start_file", security(()),
    params(("token" = String, Path), ("file_id" = uuid::Uuid, Path)), request_body = Option<Visit>,
    responses(
        (status = 201, description = "With `Accept: application/json`", body = Started),
        (status = 303, description = "`Location` is where the bytes are"),
        (status = 401, description = "`password_needed`, `password_wrong`"),
        (status = 403, description = "A link for uploads"),
        (status = 404, description = "No such file in this package"),
        (status = 409, description = "Every slot is in use; wait as `Retry-After` says"),
        (status = 410, description = "Ended, or never there"),
        (status = 429, description = "Too many wrong passwords from this address; wait as `Retry-After` says")))]
fn start_file() {}

/// Start a download of everything as one ZIP
#[utoipa::path(post, path = "/p/{token}/archive", tag = "links", operation_id = "start_archive", security(()),
    params(("token" = String, Path)), request_body = Option<Visit>,
    responses(
        (status = 201, description = "With `Accept: application/json`", body = Started),
        (status = 303, description = "`Location` is where the bytes are"),
        (status = 401, description = "`password_needed`, `password_wrong`"),
        (status = 403, description = "A link for uploads"),
        (status = 409, description = "Every slot is in use; wait as `Retry-After` says"),
        (status = 410, description = "Ended, or never there"),
        (status = 429, description = "Too many wrong passwords from this address; wait as `Retry-After` says")))]
fn start_archive() {}

/// The bytes of a started download
///
/// Strong `ETag`, `Range`, `If-Range`, `If-Match`; HEAD never counts.
#[utoipa::path(get, path = "/d/{token}/{name}", tag = "links", operation_id = "download", security(()),
    params(("token" = String, Path), ("name" = String, Path, description = "Decoration: what the file is called")),
    responses(
        (status = 200, description = "The bytes, as an attachment", body = inline(Octets), content_type = "*/*"),
        (status = 206, description = "The range that was asked for", body = inline(Octets), content_type = "*/*"),
        (status = 304, description = "Unchanged"),
        (status = 410, description = "Over, or never there"),
        (status = 412, description = "`If-Match` or `If-Unmodified-Since` does not hold"),
        (status = 416, description = "No such range")))]
fn download() {}

/// Bytes as they are.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
struct Octets(Vec<u8>);

/// Who starts: one outside person's stay at one link.
#[derive(utoipa::ToSchema)]
struct Visit {
    /// The visit id that the link's page gave; absent: a visit of its own.
    visit: Option<String>,
}

/// What a link asks for.
#[derive(utoipa::ToSchema)]
struct Password {
    #[schema(value_type = String, format = Password)]
    password: waybill_wire::Secret,
}

/// A started download.
#[derive(utoipa::ToSchema)]
struct Started {
    /// Where the bytes are, for 24 h.
    url: String,
    size: u64,
    /// Goes on with this download at further starts.
    visit: String,
}
