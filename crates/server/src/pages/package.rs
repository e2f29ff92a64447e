//! The owner's page of a package, and what its buttons do. A draft's address shows the send page.
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use waybill_core::audit;
use waybill_core::ids::{FileId, PackageId, RecipientId};
use waybill_core::mail::MailState as CoreMail;
use waybill_core::package::{
    File, Link, PackageView, RecipientView, delete, remove_file as remove, resend as again, revoke as take_back,
    show as look,
};
use waybill_core::policy::Status;

use super::ending::Forms;
use super::history::{self, Names};
use super::view::package::{Done, Fate};
use super::view::{FileRow, MailState, PackageAction, PackageLive, PackagePage, Party, RecipientRow, Transfer};
use super::{dashboard, extend, file_row, reference, send};
use crate::extract::{Id, Person};
use crate::respond::{Audience, Frame, PageFault, Problem, see_other};

/// Entries of the history on the page; the API has all of them.
const HISTORY_MAX: u64 = 200;

/// A package's id in the path. What is no id is not there.
pub(super) type OnePackage = Result<Id<(PackageId,)>, Problem>;

/// What the address of the page asks for. Nonsense counts as nothing.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    fragment: Option<String>,
    /// What was just done, to be confirmed.
    done: Option<String>,
}

/// `GET /packages/{id}`; `?fragment=live` answers only the part that changes by itself.
pub async fn show(
    person: Person,
    id: OnePackage,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageFault> {
    let id = read(&person, id)?;
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let Person { actor, frame } = &person;
    let app = &frame.web.app;
    let view = look::show(app, actor, id).await.map_err(|e| frame.fault(e))?;
    if view.status == Status::Draft {
        return Ok(send::draft_page(&person, &view));
    }
    let done = asked.done.as_deref().and_then(Done::parse);
    let page = page_of(&person, &view, Forms::of(&view, app.site.expiry_days_max)).await?;
    let page = PackagePage { done_sentence: done.map(|done| done.sentence(frame.text)), ..page };
    Ok(match asked.fragment.as_deref() {
        Some("live") => frame.html(StatusCode::OK, &PackageLive(&page), Audience::Person),
        _ => frame.page(&page),
    })
}

/// `POST /packages/{id}/revoke`: every link ends for good.
pub async fn revoke(person: Person, id: OnePackage) -> Result<Response, PageFault> {
    let id = read(&person, id)?;
    let done = take_back::revoke(&person.frame.web.app, &person.actor, id).await;
    done.map(|_| to_page(id)).map_err(|e| person.frame.fault_leading_to(e, url(id)))
}

/// `POST /packages/{id}/delete`: back to the list, which offers to undo it.
pub async fn delete(person: Person, id: OnePackage) -> Result<Response, PageFault> {
    let id = read(&person, id)?;
    delete::delete(&person.frame.web.app, &person.actor, id).await.map_err(|e| person.frame.fault(e))?;
    Ok(see_other(&format!("/?deleted={id}")))
}

/// `POST /packages/{id}/undelete`
pub async fn undelete(person: Person, id: OnePackage) -> Result<Response, PageFault> {
    let id = read(&person, id)?;
    let done = delete::undelete(&person.frame.web.app, &person.actor, id).await;
    done.map(|_| to_page(id)).map_err(|e| person.frame.fault(e))
}

/// `POST /packages/{id}/resend`: every link that works is mailed once more.
pub async fn resend(person: Person, id: OnePackage) -> Result<Response, PageFault> {
    let id = read(&person, id)?;
    let done = again::resend(&person.frame.web.app, &person.actor, id, None).await;
    done.map(|_| to_page_saying(id, Done::Resent)).map_err(|e| person.frame.fault_leading_to(e, url(id)))
}

/// `POST /packages/{id}/recipients/{rid}/resend`
pub async fn resend_to(
    person: Person,
    id: Result<Id<(PackageId, RecipientId)>, Problem>,
) -> Result<Response, PageFault> {
    let (id, recipient) = read(&person, id)?;
    let done = again::resend(&person.frame.web.app, &person.actor, id, Some(recipient)).await;
    done.map(|_| to_page_saying(id, Done::Resent)).map_err(|e| person.frame.fault_leading_to(e, url(id)))
}

/// `POST /packages/{id}/recipients/{rid}/revoke`: one link ends, the others go on.
pub async fn revoke_recipient(
    person: Person,
    id: Result<Id<(PackageId, RecipientId)>, Problem>,
) -> Result<Response, PageFault> {
    let (id, recipient) = read(&person, id)?;
    let done = take_back::revoke_recipient(&person.frame.web.app, &person.actor, id, recipient).await;
    done.map(|_| to_page(id)).map_err(|e| person.frame.fault_leading_to(e, url(id)))
}

/// `POST /packages/{id}/files/{file_id}/remove`
pub async fn remove_file(person: Person, id: Result<Id<(PackageId, FileId)>, Problem>) -> Result<Response, PageFault> {
    let (id, file) = read(&person, id)?;
    let done = remove::remove_file(&person.frame.web.app, &person.actor, id, file).await;
    done.map(|()| to_page(id)).map_err(|e| person.frame.fault_leading_to(e, url(id)))
}

/// The page of a package that was sent, with the forms about its end.
pub(super) async fn page_of(person: &Person, view: &PackageView, forms: Forms) -> Result<PackagePage, PageFault> {
    let Person { actor, frame } = person;
    let entries = audit::list::of_package(&frame.web.app, actor, view.package.id, None, HISTORY_MAX).await;
    let entries = entries.map_err(|e| frame.fault(e))?;
    Ok(PackagePage { policy_form: forms.policy, password_form: forms.password, ..page(frame, view, &entries) })
}

/// The path of a package's page.
pub(super) fn url(id: PackageId) -> String {
    format!("/packages/{id}")
}

pub(super) fn to_page(id: PackageId) -> Response {
    see_other(&url(id))
}

/// As [`to_page`], where what was done could be seen nowhere else.
pub(super) fn to_page_saying(id: PackageId, done: Done) -> Response {
    see_other(&format!("{}?done={}", url(id), done.slug()))
}

/// What the path names; a text that is no id is not there.
pub(super) fn read<T: Ids>(person: &Person, id: Result<T, Problem>) -> Result<T::Of, PageFault> {
    id.map(Ids::ids).map_err(|problem| person.frame.fault(problem.error))
}

/// Ids that were read from a path.
pub(super) trait Ids {
    type Of;
    fn ids(self) -> Self::Of;
}

impl<A> Ids for Id<(A,)> {
    type Of = A;
    fn ids(self) -> A {
        let Id((id,)) = self;
        id
    }
}

impl<A, B> Ids for Id<(A, B)> {
    type Of = (A, B);
    fn ids(self) -> (A, B) {
        self.0
    }
}

fn page(frame: &Frame, view: &PackageView, entries: &[audit::Recorded]) -> PackagePage {
    let package = &view.package;
    let policy = frame.policy(package, view.downloads_left());
    PackagePage {
        shell: frame.shell(None),
        id: package.id.to_string(),
        reference: reference::of(package.id),
        title: package.title.clone(),
        note: package.note.clone(),
        owner: Party { name: view.owner_name.clone(), detail: String::new() },
        stamp: dashboard::stamp(frame, package, view.status),
        created_at: frame.moment(package.created_at),
        ends_at: policy.at.filter(|_| !policy.ended).map(|at| frame.moment(at)),
        policy_sentence: policy.sentence,
        downloads: package.downloads,
        recipients: view.recipients.iter().map(|one| recipient(frame, one)).collect(),
        url: view.link.as_ref().map(|link| link.url.clone()),
        fate: view.link.as_ref().map(|link| fate(frame, &link.link)).unwrap_or_default(),
        files: view.files.iter().map(|file| owned_file(frame, file)).collect(),
        happenings: history::happenings(frame, entries, &Names::of_view(view)),
        actions: actions(frame, view),
        policy_form: None,
        password_form: None,
        has_password: package.has_password(),
        done_sentence: None,
        is_erased: package.erased_at.is_some(),
    }
}

fn actions(frame: &Frame, view: &PackageView) -> Vec<PackageAction> {
    let mut actions = Vec::new();
    let is_active = view.status == Status::Active;
    let has_working_link = view.recipients.iter().flat_map(|one| &one.link).any(|link| link.link.revoked_at.is_none());
    if is_active && has_working_link {
        actions.push(PackageAction::Resend);
    }
    if view.status != Status::Revoked && view.package.erased_at.is_none() {
        if extend::is_possible(frame, view) {
            actions.push(PackageAction::Extend);
        }
        actions.push(PackageAction::Revoke);
    }
    actions
}

fn recipient(frame: &Frame, view: &RecipientView) -> RecipientRow {
    let link = view.link.as_ref();
    RecipientRow {
        id: view.recipient.id.to_string(),
        name: view.recipient.name.clone(),
        email: view.recipient.email.clone(),
        url: link.map(|link| link.url.clone()).unwrap_or_default(),
        is_revoked: link.is_none_or(|link| link.link.revoked_at.is_some()),
        mail: view.mail.as_ref().and_then(|mail| mail_state(mail.state)),
        fate: link.map(|link| fate(frame, &link.link)).unwrap_or_default(),
    }
}

fn fate(frame: &Frame, link: &Link) -> Fate {
    let moment = |at| frame.moment(at);
    Fate {
        opened_at: link.opened_at.map(moment),
        uses: link.uses,
        last_used_at: link.last_used_at.map(moment),
        downloads: link.downloads,
        last_download_at: link.last_download_at.map(moment),
        broke_off: link.broke_off().map(|(at, percent)| (moment(at), percent)),
    }
}

fn mail_state(state: CoreMail) -> Option<MailState> {
    Some(match state {
        CoreMail::Queued => MailState::Queued,
        CoreMail::Sending => MailState::Sending,
        CoreMail::Sent => MailState::Sent,
        CoreMail::Deferred => MailState::Deferred,
        CoreMail::Rejected => MailState::Rejected,
        CoreMail::Unknown => MailState::Unknown,
        CoreMail::Cancelled => return None,
    })
}

/// A complete file with when and how it came in.
pub(super) fn owned_file(frame: &Frame, file: &File) -> FileRow {
    let rate = u128::from(file.wire_bytes) * 1_000 / u128::from(file.wire_ms.max(1));
    let transfer = Transfer { duration_ms: file.wire_ms, bytes_per_second: u64::try_from(rate).unwrap_or(u64::MAX) };
    FileRow {
        uploaded_at: Some(frame.moment(file.uploaded_at)),
        // A file that came in one piece has no measurable duration, and so no rate.
        transfer: (file.wire_ms > 0).then_some(transfer),
        ..file_row(file)
    }
}
