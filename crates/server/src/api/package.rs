//! `/packages`: from draft to deletion.
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use secrecy::SecretString;
use waybill_core::ids::{FileId, PackageId, RecipientId, UploadId};
use waybill_core::package::change::{self as core_change, Changes, PasswordChange};
use waybill_core::package::create::{self as core_create, NewPackage};
use waybill_core::package::finalize::{self as core_finalize, Unfinished};
use waybill_core::package::list::{self as core_list, Query as ListQuery};
use waybill_core::package::{
    PackageView, delete as core_delete, extend as core_extend, remove_file as core_remove_file, resend as core_resend,
    revoke as core_revoke, show as core_show,
};
use waybill_core::policy::Policy;
use waybill_core::upload::drop_upload as core_drop_upload;
use waybill_wire::{Page, Secret, package as wire};

use super::created;
use super::package_body::{
    package_body, read_direction, read_kind, read_policy, read_recipients, read_status, summary_body,
};
use super::paging::{page, paging};
use crate::extract::{Caller, Id, JsonBody, JsonCreation, OptionalJsonBody, Query, Reader};
use crate::respond::Problem;
use crate::web::Web;

/// A package, or why there is none.
type Shown = Result<Json<wire::Package>, Problem>;

fn shown(web: &Web, reader: Reader, view: &PackageView) -> Json<wire::Package> {
    Json(package_body(&web.app, view, reader.text))
}

/// List my packages
///
/// Newest first. The answer's lines are short; ask for one package to see its recipients and files.
#[utoipa::path(get, path = "/packages", tag = "packages", operation_id = "list_packages", params(wire::PackageQuery),
    responses((status = 200, body = Page<wire::PackageSummary>)))]
pub async fn list(
    State(web): State<Web>,
    Caller(actor): Caller,
    reader: Reader,
    Query(query): Query<wire::PackageQuery>,
) -> Result<Json<Page<wire::PackageSummary>>, Problem> {
    let part = paging(query.limit, query.cursor.as_deref())?;
    let query = ListQuery {
        status: query.status.map(read_status),
        direction: query.direction.map(read_direction),
        kind: query.kind.map(read_kind),
        ended: false,
        search: query.q.unwrap_or_default(),
        everybody: query.everybody.unwrap_or_default(),
        before: part.before.map(PackageId),
        limit: part.limit,
    };
    let found = core_list::list(&web.app, &actor, &query).await?;
    let items = found.items.iter().map(|listed| summary_body(&web.app, listed, reader.text)).collect();
    Ok(Json(page(items, found.more, |item: &wire::PackageSummary| item.id)))
}

/// Create a package
///
/// Outbound: an empty draft; upload files into it, then finalize. Repeated with the same `Idempotency-Key` (within 24 h) and
/// the same body, it answers with the package that it made, as that is now.
#[utoipa::path(post, path = "/packages", tag = "packages", operation_id = "create_package",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters, made up for this one creation")),
    request_body = wire::NewPackage,
    responses((status = 201, body = wire::Package),
        (status = 404, description = "The package that this Idempotency-Key made was deleted"),
        (status = 409, description = "`idempotency_key_reused`: the key was used for another request")))]
pub async fn create(
    State(web): State<Web>,
    Caller(actor): Caller,
    reader: Reader,
    JsonCreation { body, key }: JsonCreation<wire::NewPackage>,
) -> Result<Response, Problem> {
    let kind = read_kind(body.kind.unwrap_or(wire::Kind::Package));
    let new = NewPackage {
        direction: read_direction(body.direction),
        kind,
        title: body.title.unwrap_or_default(),
        note: body.note.unwrap_or_default(),
        recipients: read_recipients(body.recipients.unwrap_or_default()),
        policy: body.policy.map(|wish| read_policy(wish).over(Policy::default_for(kind))),
        notify: body.notify.unwrap_or_default(),
        password: read_password(body.password),
    };
    let view = match &key {
        Some(key) => core_create::create_once(&web.app, &actor, new, key).await?,
        None => core_create::create(&web.app, &actor, new).await?,
    };
    Ok(created(&format!("/packages/{}", view.package.id), package_body(&web.app, &view, reader.text)))
}

/// A password, or none: null and an empty text are the same.
fn read_password(given: Option<Secret>) -> Option<SecretString> {
    given.map(Secret::into_text).filter(|text| !text.is_empty()).map(SecretString::from)
}

/// Show a package
#[utoipa::path(get, path = "/packages/{id}", tag = "packages", operation_id = "show_package",
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = wire::Package)))]
pub async fn show(State(web): State<Web>, Caller(actor): Caller, reader: Reader, Id((id,)): Id<(PackageId,)>) -> Shown {
    let view = core_show::show(&web.app, &actor, id).await?;
    Ok(shown(&web, reader, &view))
}

/// Change a package
///
/// Title, note, addresses to notify, recipients, policy, password. On a package that was sent, a new recipient is mailed his link, a
/// removed one loses his. A changed policy starts its hours now and takes back an end that it no longer reaches; a limit that is
/// used up already completes the package at once.
#[utoipa::path(patch, path = "/packages/{id}", tag = "packages", operation_id = "change_package",
    params(("id" = uuid::Uuid, Path)), request_body = wire::PackageChanges,
    responses((status = 200, body = wire::Package),
        (status = 409, description = "`revoked`, `erased`: nothing changes it any more")))]
pub async fn change(
    State(web): State<Web>,
    Caller(actor): Caller,
    reader: Reader,
    Id((id,)): Id<(PackageId,)>,
    JsonBody(body): JsonBody<wire::PackageChanges>,
) -> Shown {
    let changes = Changes {
        title: body.title,
        note: body.note,
        notify: body.notify,
        recipients: body.recipients.map(read_recipients),
        policy: body.policy.map(read_policy),
        password: body.password.map(|given| read_password(given).map_or(PasswordChange::Remove, PasswordChange::Set)),
    };
    let view = core_change::change(&web.app, &actor, id, changes).await?;
    Ok(shown(&web, reader, &view))
}

/// Delete a package
///
/// From now on it is not found and its links have ended; running transfers are cut. It can be taken back for 10 s.
#[utoipa::path(delete, path = "/packages/{id}", tag = "packages", operation_id = "delete_package",
    params(("id" = uuid::Uuid, Path)), responses((status = 204, description = "Deleted")))]
pub async fn delete(
    State(web): State<Web>,
    Caller(actor): Caller,
    Id((id,)): Id<(PackageId,)>,
) -> Result<StatusCode, Problem> {
    core_delete::delete(&web.app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a deletion back
///
/// Possible for 10 s. A package that is not deleted is answered as it is.
#[utoipa::path(post, path = "/packages/{id}/undelete", tag = "packages", operation_id = "undelete_package",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = wire::Package), (status = 409, description = "`too_late_to_undo`")))]
pub async fn undelete(
    State(web): State<Web>,
    Caller(actor): Caller,
    reader: Reader,
    Id((id,)): Id<(PackageId,)>,
) -> Shown {
    let view = core_delete::undelete(&web.app, &actor, id).await?;
    Ok(shown(&web, reader, &view))
}

/// Finalize a package
///
/// Its links are made and its recipients are mailed. Repeating it answers the same and mails nobody twice. The body may be
/// absent.
#[utoipa::path(post, path = "/packages/{id}/finalize", tag = "packages", operation_id = "finalize_package",
    params(("id" = uuid::Uuid, Path)), request_body = Option<wire::FinalizeOptions>,
    responses((status = 200, body = wire::Package),
        (status = 409, description = "`no_files`: no file is complete; `unfinished_uploads`: some are not (see `discard_unfinished`); `revoked`"),
        (status = 422, description = "`title` or `recipients` are missing")))]
pub async fn finalize(
    State(web): State<Web>,
    Caller(actor): Caller,
    reader: Reader,
    Id((id,)): Id<(PackageId,)>,
    OptionalJsonBody(options): OptionalJsonBody<wire::FinalizeOptions>,
) -> Shown {
    let unfinished = if options.discard_unfinished { Unfinished::Discard } else { Unfinished::Refuse };
    let view = core_finalize::finalize(&web.app, &actor, id, unfinished).await?;
    Ok(shown(&web, reader, &view))
}

/// Revoke a package
///
/// Its links end for good and running transfers are cut; bytes that were sent are erased at once. Repeatable.
#[utoipa::path(post, path = "/packages/{id}/revoke", tag = "packages", operation_id = "revoke_package",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = wire::Package), (status = 409, description = "`still_draft`: delete it instead")))]
pub async fn revoke(
    State(web): State<Web>,
    Caller(actor): Caller,
    reader: Reader,
    Id((id,)): Id<(PackageId,)>,
) -> Shown {
    let view = core_revoke::revoke(&web.app, &actor, id).await?;
    Ok(shown(&web, reader, &view))
}

/// Extend a package
///
/// The same hours again from now, and as many downloads again on each link that has used up its own; the links stay the
/// same. A permanent package stays as it is. The body may be absent.
#[utoipa::path(post, path = "/packages/{id}/extend", tag = "packages", operation_id = "extend_package",
    params(("id" = uuid::Uuid, Path)), request_body = Option<wire::ExtendOptions>,
    responses((status = 200, body = wire::Package),
        (status = 409, description = "`still_draft`: finalize it instead; `revoked`, `erased`: nothing brings it back")))]
pub async fn extend(
    State(web): State<Web>,
    Caller(actor): Caller,
    reader: Reader,
    Id((id,)): Id<(PackageId,)>,
    OptionalJsonBody(options): OptionalJsonBody<wire::ExtendOptions>,
) -> Shown {
    let view = core_extend::extend(&web.app, &actor, id, options.expires_in_hours).await?;
    Ok(shown(&web, reader, &view))
}

/// Send the e-mail again
///
/// To everybody on the package whose link was not revoked.
#[utoipa::path(post, path = "/packages/{id}/resend", tag = "packages", operation_id = "resend_package",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = wire::Package), (status = 409, description = "`still_draft`, `ended`, `revoked`")))]
pub async fn resend(
    State(web): State<Web>,
    Caller(actor): Caller,
    reader: Reader,
    Id((id,)): Id<(PackageId,)>,
) -> Shown {
    let view = core_resend::resend(&web.app, &actor, id, None).await?;
    Ok(shown(&web, reader, &view))
}

/// Revoke one recipient's link
///
/// The others go on. Repeatable.
#[utoipa::path(post, path = "/packages/{id}/recipients/{recipient_id}/revoke", tag = "packages",
    operation_id = "revoke_recipient", params(("id" = uuid::Uuid, Path), ("recipient_id" = uuid::Uuid, Path)),
    responses((status = 200, body = wire::Package), (status = 409, description = "`still_draft`")))]
pub async fn revoke_recipient(
    State(web): State<Web>,
    Caller(actor): Caller,
    reader: Reader,
    Id((id, recipient)): Id<(PackageId, RecipientId)>,
) -> Shown {
    let view = core_revoke::revoke_recipient(&web.app, &actor, id, recipient).await?;
    Ok(shown(&web, reader, &view))
}

/// Send one recipient's e-mail again
#[utoipa::path(post, path = "/packages/{id}/recipients/{recipient_id}/resend", tag = "packages",
    operation_id = "resend_recipient", params(("id" = uuid::Uuid, Path), ("recipient_id" = uuid::Uuid, Path)),
    responses((status = 200, body = wire::Package), (status = 409, description = "`still_draft`, `ended`, `revoked`")))]
pub async fn resend_recipient(
    State(web): State<Web>,
    Caller(actor): Caller,
    reader: Reader,
    Id((id, recipient)): Id<(PackageId, RecipientId)>,
) -> Shown {
    let view = core_resend::resend(&web.app, &actor, id, Some(recipient)).await?;
    Ok(shown(&web, reader, &view))
}

/// Remove a file
///
/// Transfers of it, and archives that contain it, end.
#[utoipa::path(delete, path = "/packages/{id}/files/{file_id}", tag = "packages", operation_id = "remove_file",
    params(("id" = uuid::Uuid, Path), ("file_id" = uuid::Uuid, Path)),
    responses((status = 204, description = "Removed"),
        (status = 409, description = "`last_file`: revoke or delete the package instead; `revoked`, `erased`")))]
pub async fn remove_file(
    State(web): State<Web>,
    Caller(actor): Caller,
    Id((id, file)): Id<(PackageId, FileId)>,
) -> Result<StatusCode, Problem> {
    core_remove_file::remove_file(&web.app, &actor, id, file).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Drop an unfinished upload
#[utoipa::path(delete, path = "/packages/{id}/uploads/{upload_id}", tag = "packages", operation_id = "drop_upload",
    params(("id" = uuid::Uuid, Path), ("upload_id" = uuid::Uuid, Path)),
    responses((status = 204, description = "Dropped"), (status = 409, description = "`upload_finished`: it is a file by now")))]
pub async fn drop_upload(
    State(web): State<Web>,
    Caller(actor): Caller,
    Id((id, upload)): Id<(PackageId, UploadId)>,
) -> Result<StatusCode, Problem> {
    core_drop_upload::drop_upload(&web.app, &actor, id, upload).await?;
    Ok(StatusCode::NO_CONTENT)
}
