//! Sending files: the page, and the form that does without script what the script does with the API. Files go through as
//! they arrive, never as a whole in memory.
mod intake;

use axum::extract::Multipart;
use axum::extract::multipart::MultipartRejection;
use axum::response::Response;
use waybill_core::error::{Error, FieldError, FieldProblem, Refusal};
use waybill_core::ids::PackageId;
use waybill_core::limits::{EXPIRY_DAYS_DEFAULT, FILE_BYTES_MAX, POLICY_COUNT_MAX, POLICY_HOURS_MAX};
use waybill_core::package::change::{Changes, PasswordChange, change};
use waybill_core::package::create::{NewPackage, create as create_draft};
use waybill_core::package::finalize::{Unfinished, finalize as finalize_package};
use waybill_core::package::show::show as show_package;
use waybill_core::package::{Direction, Kind, PackageView, UploadView, list};
use waybill_core::policy::{PolicyChange, Status};

use self::intake::Intake;
use super::package::{owned_file, read, to_page, url};
use super::view::name::inert;
use super::view::{DraftRow, Problems, SendPage, UnfinishedUpload};
use super::{ending, problems, recipients, reference};
use crate::extract::{Id, Person};
use crate::respond::{Audience, Frame, PageFault, Problem, field_sentence, sentence, status};

/// Drafts that a new page offers to continue.
const DRAFTS_MAX: u64 = 10;
const HOURS_PER_DAY: u64 = 24;

/// `GET /send`
pub async fn show(person: Person) -> Result<Response, PageFault> {
    let Person { actor, frame } = &person;
    let query = list::Query { status: Some(Status::Draft), limit: DRAFTS_MAX, ..list::Query::default() };
    let drafts = list::list(&frame.web.app, actor, &query).await.map_err(|e| frame.fault(e))?;
    let drafts = drafts.items.into_iter().map(|listed| DraftRow {
        id: listed.package.id.to_string(),
        title: listed.package.title,
        files: listed.package.file_count,
        changed_at: frame.moment(listed.package.changed_at),
    });
    Ok(frame.page(&SendPage { drafts: drafts.collect(), ..blank(frame) }))
}

/// `POST /send` with `title`, `recipients`, `expires_in_days`, `note`, `idle_hours`, `max_downloads`, `password` and `files` (`multipart/form-data`, in any order):
/// 303 to the page of the package that was sent. 422 or 409 with the page again; what arrived stays in the draft, which the
/// page then continues.
pub async fn create(person: Person, body: Result<Multipart, MultipartRejection>) -> Result<Response, PageFault> {
    submit(&person, None, body).await
}

/// `POST /packages/{id}/finalize`: the same for a draft that is continued. A package that was sent already stays as it
/// is.
pub async fn finalize(
    person: Person,
    id: Result<Id<(PackageId,)>, Problem>,
    body: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageFault> {
    let id = read(&person, id)?;
    let view = show_package(&person.frame.web.app, &person.actor, id).await.map_err(|e| person.frame.fault(e))?;
    match view.status {
        Status::Draft => submit(&person, Some(id), body).await,
        Status::Active | Status::Expired | Status::Completed | Status::Revoked => Ok(to_page(id)),
    }
}

/// The send page of a draft that is continued.
pub(super) fn draft_page(person: &Person, view: &PackageView) -> Response {
    person.frame.page(&filled(&person.frame, view))
}

async fn submit(
    person: &Person,
    draft: Option<PackageId>,
    body: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageFault> {
    let Person { actor, frame } = person;
    let body = body.map_err(|_| frame.fault(Error::Invalid(Vec::new())))?;
    let mut intake = Intake::new(person, draft);
    let received = intake.receive(body).await;
    let (draft, typed, mut mistakes) = intake.into_parts();
    if let Err(error) = received {
        // A draft that was deleted meanwhile is not there; what arrived before is, otherwise.
        let error = if matches!(error, Error::Gone(_)) { Error::NotFound } else { error };
        let back = draft.map_or_else(|| "/send".to_owned(), url);
        return Err(frame.fault_leading_to(error, back));
    }
    let id = match draft {
        Some(id) => id,
        None => new_draft(person).await.map_err(|e| frame.fault(e))?,
    };
    let sent = match keep(person, id, &typed).await {
        Ok(()) if mistakes.is_empty() => {
            finalize_package(&frame.web.app, actor, id, Unfinished::Refuse).await.map(drop)
        }
        // A partial set is never sent by itself.
        Ok(()) => Err(Error::Invalid(Vec::new())),
        Err(error) => Err(error),
    };
    let Err(refused) = sent else { return Ok(to_page(id)) };
    let view = show_package(&frame.web.app, actor, id).await.map_err(|e| frame.fault(e))?;
    let status = status(&refused);
    let mut problems = beside(refused, frame, &typed).map_err(|e| frame.fault_leading_to(e, url(id)))?;
    problems.fields.append(&mut mistakes);
    say_what_is_missing(&mut problems, frame, &typed, &view);
    let stands = filled(frame, &view);
    let page = SendPage {
        title: typed.title,
        recipients: typed.recipients,
        note: typed.note,
        idle_hours: typed.idle_hours.unwrap_or(stands.idle_hours),
        max_downloads: typed.max_downloads.unwrap_or(stands.max_downloads),
        expires_in_days: typed.expires_in_days.trim().parse().unwrap_or(EXPIRY_DAYS_DEFAULT),
        problems,
        ..stands
    };
    Ok(frame.html(status, &page, Audience::Person))
}

/// What was typed, as it was typed.
#[derive(Default)]
pub(super) struct Typed {
    title: String,
    recipients: String,
    expires_in_days: String,
    note: String,
    /// Nothing where the form has no such field.
    idle_hours: Option<String>,
    max_downloads: Option<String>,
    /// Empty: the draft keeps the one that it may have.
    password: String,
}

/// An empty draft for files to go into.
async fn new_draft(person: &Person) -> Result<PackageId, Error> {
    let new = NewPackage {
        direction: Direction::Outbound,
        kind: Kind::Package,
        title: String::new(),
        note: String::new(),
        recipients: Vec::new(),
        policy: None,
        notify: Vec::new(),
        password: None,
    };
    create_draft(&person.frame.web.app, &person.actor, new).await.map(|view| view.package.id)
}

/// Keeps what was typed in the draft.
async fn keep(person: &Person, id: PackageId, typed: &Typed) -> Result<(), Error> {
    let app = &person.frame.web.app;
    let present = show_package(app, &person.actor, id).await?.package;
    let days = match typed.expires_in_days.trim() {
        "" => EXPIRY_DAYS_DEFAULT,
        days => days.parse().unwrap_or(0),
    };
    let max = app.site.expiry_days_max;
    if !(1..=max).contains(&days) {
        return Err(Error::field("policy.expires_in_hours", FieldProblem::OutOfRange { min: 1, max }));
    }
    let number = |text: &Option<String>, field, max| match text {
        Some(text) => ending::typed(text, field, max).map(Some).map_err(|wrong| Error::Invalid(vec![wrong])),
        None => Ok(None),
    };
    // The page shows whole days: hours that it shows as these days stay as they are.
    let is_as_shown = days == days_of(present.expires_in_hours, max);
    let policy = PolicyChange {
        expires_in_hours: (!is_as_shown).then_some(days * HOURS_PER_DAY),
        idle_hours: number(&typed.idle_hours, "policy.idle_hours", POLICY_HOURS_MAX)?,
        max_downloads: number(&typed.max_downloads, "policy.max_downloads", POLICY_COUNT_MAX)?,
    };
    let changes = Changes {
        title: Some(typed.title.clone()),
        note: Some(typed.note.clone()),
        recipients: Some(recipients::parse(&typed.recipients)),
        policy: Some(policy),
        notify: None,
        password: (!typed.password.is_empty()).then(|| PasswordChange::Set(typed.password.as_str().into())),
    };
    change(app, &person.actor, id, changes).await.map(drop)
}

/// Hours as the days that the page shows.
fn days_of(hours: u64, max: u64) -> u64 {
    hours.div_ceil(HOURS_PER_DAY).clamp(1, max)
}

/// What was refused, beside the fields of the page.
fn beside(error: Error, frame: &Frame, typed: &Typed) -> Result<Problems, Error> {
    let text = frame.text;
    if matches!(error, Error::Refused(Refusal::NoFiles)) {
        let fields = vec![("files".to_owned(), sentence(&error, text, None))];
        return Ok(Problems { general: None, fields });
    }
    let people = recipients::parse(&typed.recipients);
    let about = |field: &FieldError| {
        let said = field_sentence(&field.problem, text);
        let number = field.field.strip_prefix("recipients[").and_then(|rest| rest.split(']').next()?.parse().ok());
        match number.and_then(|n: usize| people.get(n)) {
            Some(person) => ("recipients".to_owned(), format!("{}: {said}", inert(&person.email))),
            None => match field.field.as_str() {
                "policy.idle_hours" => ("idle_hours".to_owned(), said),
                "policy.max_downloads" => ("max_downloads".to_owned(), said),
                name if name.starts_with("policy.") => ("expires_in_days".to_owned(), said),
                name => (name.to_owned(), said),
            },
        }
    };
    match error {
        Error::Invalid(fields) => Ok(Problems { general: None, fields: fields.iter().map(about).collect() }),
        other => problems::of(other, text, str::to_owned).map(|refused| refused.problems),
    }
}

/// Everything that is missing is said at once, not one thing after the other.
fn say_what_is_missing(problems: &mut Problems, frame: &Frame, typed: &Typed, view: &PackageView) {
    let needed = field_sentence(&FieldProblem::Required, frame.text);
    let missing = [
        ("title", view.has_recipients() && typed.title.trim().is_empty()),
        ("recipients", view.has_recipients() && typed.recipients.trim().is_empty()),
        ("files", view.files.is_empty() && view.uploads.is_empty()),
    ];
    for (field, is_missing) in missing {
        if is_missing && problems.about(field).is_none() {
            problems.fields.push((field.to_owned(), needed.clone()));
        }
    }
}

fn blank(frame: &Frame) -> SendPage {
    SendPage {
        shell: frame.shell(None),
        package_id: None,
        reference: None,
        title: String::new(),
        recipients: String::new(),
        expires_in_days: EXPIRY_DAYS_DEFAULT,
        expires_in_days_max: frame.web.app.site.expiry_days_max,
        note: String::new(),
        idle_hours: String::new(),
        max_downloads: String::new(),
        has_password: false,
        files: Vec::new(),
        unfinished: Vec::new(),
        file_bytes_max: Some(FILE_BYTES_MAX),
        package_bytes_max: None,
        drafts: Vec::new(),
        problems: Problems::none(),
    }
}

fn filled(frame: &Frame, view: &PackageView) -> SendPage {
    let package = &view.package;
    let blank = blank(frame);
    SendPage {
        package_id: Some(package.id.to_string()),
        reference: Some(reference::of(package.id)),
        title: package.title.clone(),
        recipients: recipients::lines(view.recipients.iter().map(|one| one.recipient.clone())),
        expires_in_days: days_of(package.expires_in_hours, blank.expires_in_days_max),
        note: package.note.clone(),
        idle_hours: ending::shown(package.idle_hours),
        max_downloads: ending::shown(package.max_downloads),
        has_password: package.has_password(),
        files: view.files.iter().map(|file| owned_file(frame, file)).collect(),
        unfinished: view.uploads.iter().map(unfinished).collect(),
        ..blank
    }
}

fn unfinished(upload: &UploadView) -> UnfinishedUpload {
    UnfinishedUpload {
        id: upload.id.to_string(),
        name: upload.relative_path.rsplit('/').next().unwrap_or_default().to_owned(),
        size_bytes: upload.size.unwrap_or(0),
        offset_bytes: upload.received,
    }
}
