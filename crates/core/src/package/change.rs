//! An owner changes a package: title, note, who is told, recipients, policy.
use secrecy::SecretString;
use serde_json::json;

use super::create::{add_recipient, index};
use super::{
    Addressee, Kind, Package, PackageView, all_good, check_link_password, parse_note, parse_notify, parse_recipients,
    parse_title, show, store,
};
use crate::access::{Actor, Wish, require};
use crate::account::Email;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::db::{Json, Tx};
use crate::download::{slots, store as downloads};
use crate::error::{Error, FieldError, FieldProblem, Refusal, Result};
use crate::ids::{LinkId, PackageId};
use crate::link::{limit, store as links};
use crate::policy::{Policy, PolicyChange, Rule, Status};
use crate::{link, mail};

/// What to change; `None` leaves a thing as it is. Recipients are given as the whole new list.
#[derive(Debug, Default)]
pub struct Changes {
    pub title: Option<String>,
    pub note: Option<String>,
    pub notify: Option<Vec<String>>,
    pub recipients: Option<Vec<Addressee>>,
    pub policy: Option<PolicyChange>,
    pub password: Option<PasswordChange>,
}

/// What becomes of the password that the package's links ask for.
#[derive(Debug)]
pub enum PasswordChange {
    /// This one from now on. Whoever gave an earlier one has to give this; downloads that were started go on.
    Set(SecretString),
    /// Links open without one.
    Remove,
}

/// Applies the changes. On an active package a new recipient gets his link and e-mail, a removed one loses his link, and
/// a changed policy starts its hours now. [`Refusal::Revoked`] and [`Refusal::Erased`] are final.
pub async fn change(app: &App, actor: &Actor, id: PackageId, changes: Changes) -> Result<PackageView> {
    let mut wrong = Vec::new();
    let title = changes.title.as_deref().map(parse_title).transpose().map_err(|e| wrong.push(e)).unwrap_or_default();
    let note = changes.note.as_deref().map(parse_note).transpose().map_err(|e| wrong.push(e)).unwrap_or_default();
    let mut collect = |errors: Vec<FieldError>| wrong.extend(errors);
    let notify = changes.notify.as_deref().map(parse_notify).transpose().map_err(&mut collect).unwrap_or_default();
    let people =
        changes.recipients.as_deref().map(parse_recipients).transpose().map_err(&mut collect).unwrap_or_default();

    let password = match changes.password {
        Some(PasswordChange::Set(password)) => match check_link_password(&password) {
            // Slow on purpose, so it is done before anything is locked.
            Ok(()) if wrong.is_empty() => Some(Some(app.passwords.hash(&password, &*app.entropy).await?)),
            Ok(()) => None,
            Err(error) => {
                wrong.push(error);
                None
            }
        },
        Some(PasswordChange::Remove) => Some(None),
        None => None,
    };

    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let mut package = store::lock(&mut tx, id).await?.filter(|p| p.deleted_at.is_none()).ok_or(Error::NotFound)?;
    require(actor, Wish::Change(&package))?;
    match package.status(now) {
        Status::Revoked => return Err(Refusal::Revoked.into()),
        _ if package.erased_at.is_some() => return Err(Refusal::Erased.into()),
        Status::Draft | Status::Active | Status::Expired | Status::Completed => {}
    }
    let policy = changes.policy.map(|wish| wish.over(package.policy()));
    if let Some(policy) = policy
        && let Err(Error::Invalid(errors)) = policy.check(package.direction, package.kind, app.site.expiry_days_max)
    {
        wrong.extend(errors);
    }
    // A ticket is a link first: it needs neither.
    let finalized = package.finalized_at.is_some() && package.kind == Kind::Package;
    if finalized && title.as_deref() == Some("") {
        wrong.push(FieldError { field: "title".into(), problem: FieldProblem::Required });
    }
    if finalized && people.as_ref().is_some_and(Vec::is_empty) {
        wrong.push(FieldError { field: "recipients".into(), problem: FieldProblem::Required });
    }
    all_good(wrong)?;

    let mut changed = serde_json::Map::new();
    let (mut is_newly_limited, mut is_newly_free) = (false, false);
    if let Some(title) = title.filter(|title| *title != package.title) {
        changed.insert("title".into(), title.clone().into());
        package.title = title;
    }
    if let Some(note) = note.filter(|note| *note != package.note) {
        changed.insert("note".into(), true.into());
        package.note = note;
    }
    if let Some(notify) = notify.filter(|notify| *notify != package.notify.0) {
        changed.insert("notify".into(), json!(notify));
        package.notify = Json(notify);
    }
    if let Some(policy) = policy.filter(|policy| *policy != package.policy()) {
        changed.insert("policy".into(), json!(policy));
        is_newly_limited = package.max_downloads == 0 && policy.max_downloads > 0;
        is_newly_free = package.max_downloads > 0 && policy.max_downloads == 0;
        set_policy(&mut package, policy, now);
    }
    if let Some(hash) = password.filter(|hash| hash.is_some() || package.has_password()) {
        changed.insert("password".into(), if hash.is_some() { "set" } else { "removed" }.into());
        package.password_hash = hash;
    }
    let mut revoked = Vec::new();
    if let Some(people) = people {
        revoked = change_recipients(&mut tx, app, &package, &people, &mut changed).await?;
    }
    // A wish that is already fulfilled leaves no trace.
    if !changed.is_empty() {
        package.changed_at = now;
        if is_newly_limited || is_newly_free {
            slots::enrol(&mut tx, app, &package).await?;
        }
        limit::observe(&mut tx, app, &mut package).await?;
        store::save(&mut tx, &mut package, &app.site.retention).await?;
        index(&mut tx, &package).await?;
        let entry =
            Entry::new(now, Action::PackageChanged, actor.author(), &actor.origin).package(id).details(changed.into());
        audit::record(&mut tx, app, entry).await?;
    }
    let view = show::view(&mut tx, app, package).await?;
    tx.commit().await?;
    app.deliveries.cut_links(&revoked);
    if is_newly_limited {
        // Begun without a ledger; whoever holds a slot goes on with a new request.
        app.deliveries.cut_package(id);
    }
    Ok(view)
}

/// A changed policy counts its hours from now; an end that it no longer reaches is taken back.
fn set_policy(package: &mut Package, policy: Policy, now: jiff::Timestamp) {
    package.expires_in_hours = policy.expires_in_hours;
    package.idle_hours = policy.idle_hours;
    package.max_downloads = policy.max_downloads;
    package.policy_set_at = now;
    // Whether a limit still ends it, its links say; what its owner closed, only he opens again.
    if matches!(package.ended_by, Some(Rule::Total | Rule::Idle)) {
        package.ended_at = None;
        package.ended_by = None;
    }
}

/// Brings the recipients to what is wanted; answers the links that this revoked.
async fn change_recipients(
    tx: &mut Tx,
    app: &App,
    package: &Package,
    wanted: &[(String, Email)],
    changed: &mut serde_json::Map<String, serde_json::Value>,
) -> Result<Vec<LinkId>> {
    let now = app.now();
    let present = store::recipients(tx, package.id).await?;
    let links = links::of_package(tx, package.id).await?;
    let (mut removed, mut revoked) = (Vec::new(), Vec::new());
    for old in &present {
        let keep = wanted.iter().find(|(_, email)| email.key() == old.email_key);
        if let Some((name, _)) = keep {
            if *name != old.name {
                store::rename_recipient(tx, old.id, name).await?;
                changed.insert("renamed".into(), true.into());
            }
            continue;
        }
        store::remove_recipient(tx, old.id, now).await?;
        for link in links.iter().filter(|link| link.recipient_id == Some(old.id)) {
            links::revoke(tx, link.id, now).await?;
            downloads::withdraw_link(tx, link.id, now).await?;
            revoked.push(link.id);
        }
        removed.push(old.email.as_str());
    }
    let mut added = Vec::new();
    for (name, email) in wanted.iter().filter(|(_, email)| present.iter().all(|p| p.email_key != email.key())) {
        let recipient = add_recipient(tx, app, package.id, name, email).await?;
        if package.finalized_at.is_some() {
            let link = link::mint(tx, app, package.id, Some(recipient.id), link::purpose_of(package)).await?;
            mail::outbox::invite(tx, app, package, &recipient, &link).await?;
        }
        added.push(email.as_str());
    }
    if !removed.is_empty() {
        changed.insert("recipients_removed".into(), json!(removed));
    }
    if !added.is_empty() {
        changed.insert("recipients_added".into(), json!(added));
    }
    Ok(revoked)
}
