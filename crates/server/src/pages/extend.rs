//! The page with one button that extends a package: where the e-mails about ended and ending links lead. Opening it changes
//! nothing; whoever is not signed in signs in first and comes back.
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use waybill_core::ids::PackageId;
use waybill_core::package::{PackageView, show as look};
use waybill_core::policy::Status;

use super::package::{read, to_page};
use super::view::{ExtendPage, Extension, Moment};
use super::{dashboard, reference};
use crate::extract::{Id, Person};
use crate::respond::{Frame, PageFault, Problem};

/// `GET /packages/{id}/extend`: what extending would do, and the button (`POST` to the same address). A draft has nothing to
/// extend and is shown itself.
pub async fn show(person: Person, id: Result<Id<(PackageId,)>, Problem>) -> Result<Response, PageFault> {
    let id = read(&person, id)?;
    let Person { actor, frame } = &person;
    let view = look::show(&frame.web.app, actor, id).await.map_err(|e| frame.fault(e))?;
    Ok(match view.status {
        Status::Draft => to_page(id),
        Status::Active | Status::Expired | Status::Completed | Status::Revoked => frame.page(&page(frame, &view)),
    })
}

/// Whether the button would do anything.
pub(super) fn is_possible(frame: &Frame, view: &PackageView) -> bool {
    matches!(extension(frame, view), Extension::Possible { .. })
}

fn page(frame: &Frame, view: &PackageView) -> ExtendPage {
    let package = &view.package;
    let asked = view.recipients.iter().filter(|one| one.link.as_ref().is_some_and(|link| link.link.asked_at.is_some()));
    ExtendPage {
        shell: frame.shell(None),
        id: package.id.to_string(),
        reference: reference::of(package.id),
        title: package.title.clone(),
        stamp: dashboard::stamp(frame, package, view.status),
        policy_sentence: frame.policy(package, None).sentence,
        asked_by: asked.map(|one| one.recipient.name.clone()).collect(),
        extension: extension(frame, view),
    }
}

/// What the button would do: the same hours again from now, and as many downloads again where the limit ended it.
fn extension(frame: &Frame, view: &PackageView) -> Extension {
    let package = &view.package;
    let links: Vec<_> = view.recipients.iter().filter_map(|one| one.link.as_ref()).chain(&view.link).collect();
    let mut living = links.iter().map(|link| &link.link).filter(|link| link.revoked_at.is_none()).peekable();
    if view.status == Status::Revoked || (living.peek().is_none() && !links.is_empty()) {
        return Extension::Revoked;
    }
    if package.erased_at.is_some() {
        return Extension::Erased;
    }
    let until = (package.expires_in_hours > 0).then(|| moment(frame, package.expires_in_hours));
    // Each link that has used its own up gets as many again, whether or not its package has ended.
    let is_used_up = living.any(|link| link.used_up_at(package.max_downloads).is_some());
    let downloads = is_used_up.then_some(package.max_downloads);
    match (until, downloads, view.status) {
        // Permanent, or waiting for a first download: there is no end to move.
        (None, None, Status::Active) if package.idle_hours == 0 || package.last_download_at.is_none() => {
            Extension::Needless
        }
        (until, downloads, _) => Extension::Possible { until, downloads },
    }
}

fn moment(frame: &Frame, hours: u64) -> Moment {
    let hours = i64::try_from(hours).unwrap_or(i64::MAX / 3_600);
    let until = frame.web.app.now().checked_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX);
    frame.moment(until)
}
