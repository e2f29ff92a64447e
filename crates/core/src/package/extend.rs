//! An owner gives a package more time: one press, whatever ended it.
use serde_json::json;

use super::{Package, PackageView, show, store};
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::error::{Error, FieldError, FieldProblem, Refusal, Result};
use crate::ids::PackageId;
use crate::link::store as links;
use crate::policy::{self, Policy, Status};

/// Gives the same hours again from now, or `hours` instead of the total's, and as many downloads again on every link that
/// has used its own up. The links stay the same. Where no rule is on there is nothing to extend, and nothing changes.
///
/// Errors: [`Refusal::StillDraft`]; [`Refusal::Revoked`] and [`Refusal::Erased`] are final; [`Error::Invalid`] for hours
/// that the package cannot have.
pub async fn extend(app: &App, actor: &Actor, id: PackageId, hours: Option<u64>) -> Result<PackageView> {
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let mut package = store::lock(&mut tx, id).await?.filter(|p| p.deleted_at.is_none()).ok_or(Error::NotFound)?;
    require(actor, Wish::Change(&package))?;
    match package.status(now) {
        Status::Draft => return Err(Refusal::StillDraft.into()),
        Status::Revoked => return Err(Refusal::Revoked.into()),
        _ if package.erased_at.is_some() => return Err(Refusal::Erased.into()),
        Status::Active | Status::Expired | Status::Completed => {}
    }
    let used_up: Vec<_> = links::of_package(&mut tx, id)
        .await?
        .into_iter()
        .filter(|link| link.revoked_at.is_none() && link.used_up_at(package.max_downloads).is_some())
        .collect();
    let policy = extended(&package, hours, app.site.expiry_days_max)?;
    // A wish that is already fulfilled leaves no trace.
    let gives_time = policy != package.policy() || policy::end(&package.facts(), now).is_some() || has_hours(&package);
    if gives_time || !used_up.is_empty() {
        package.expires_in_hours = policy.expires_in_hours;
        package.policy_set_at = now;
        package.changed_at = now;
        package.ended_at = None;
        package.ended_by = None;
        for link in &used_up {
            links::grant_anew(&mut tx, link.id).await?;
        }
        store::save(&mut tx, &mut package, &app.site.retention).await?;
        let details = json!({"extended": true, "policy": policy, "links_granted_anew": used_up.len()});
        let entry = Entry::new(now, Action::PackageChanged, actor.author(), &actor.origin).package(id).details(details);
        audit::record(&mut tx, app, entry).await?;
    }
    let view = show::view(&mut tx, app, package).await?;
    tx.commit().await?;
    Ok(view)
}

/// The policy with `hours` in place of the total's. Where no total is on, hours would shorten what they are to extend.
fn extended(package: &Package, hours: Option<u64>, expiry_days_max: u64) -> Result<Policy> {
    let present = package.policy();
    let Some(hours) = hours.filter(|_| present.expires_in_hours > 0) else { return Ok(present) };
    if hours == 0 {
        let max = package.kind.total_hours_max(expiry_days_max);
        return Err(Error::field("expires_in_hours", FieldProblem::OutOfRange { min: 1, max }));
    }
    let policy = Policy { expires_in_hours: hours, ..present };
    policy.check(package.direction, package.kind, expiry_days_max).map_err(|error| match error {
        // The field stands alone in this request.
        Error::Invalid(fields) => Error::Invalid(
            fields
                .into_iter()
                .map(|wrong| FieldError { field: wrong.field.replace("policy.", ""), problem: wrong.problem })
                .collect(),
        ),
        other => other,
    })?;
    Ok(policy)
}

/// Whether a clock is running that can begin anew.
fn has_hours(package: &Package) -> bool {
    policy::next_end(&package.facts()).is_some()
}
