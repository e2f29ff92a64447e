//! An owner starts a package: an empty draft that files are uploaded into.
use secrecy::SecretString;
use serde_json::json;

use super::{
    Addressee, Direction, Kind, Package, PackageView, Recipient, all_good, check_link_password, parse_note,
    parse_notify, parse_recipients, parse_title, search_words, show, store,
};
use crate::access::{Actor, Wish, require};
use crate::account::Email;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::db::{Json, Tx};
use crate::error::{Error, FieldProblem, Result};
use crate::idempotency::{Claim, Key};
use crate::ids::{PackageId, RecipientId};
use crate::policy::Policy;
use crate::{idempotency, limits};

/// What the new package is to be. Everything but the direction can still change while it is a draft.
#[derive(Debug)]
pub struct NewPackage {
    pub direction: Direction,
    pub kind: Kind,
    pub title: String,
    pub note: String,
    pub recipients: Vec<Addressee>,
    /// `None`: the kind's default.
    pub policy: Option<Policy>,
    pub notify: Vec<String>,
    /// Asked of whoever opens its links.
    pub password: Option<SecretString>,
}

impl Policy {
    /// What a package of this kind takes when nothing is said.
    pub fn default_for(kind: Kind) -> Self {
        let expires_in_hours = match kind {
            Kind::Package => limits::EXPIRY_DAYS_DEFAULT * 24,
            Kind::Ticket | Kind::Received => 168,
        };
        Self { expires_in_hours, idle_hours: 0, max_downloads: 0 }
    }
}

/// Creates an outbound draft. [`Error::Invalid`] names every field that cannot be taken.
pub async fn create(app: &App, actor: &Actor, new: NewPackage) -> Result<PackageView> {
    create_keyed(app, actor, new, None).await
}

/// As [`create`], once per key: repeated, it answers with the package that it made, as that is now ([`Error::NotFound`]
/// when it was deleted meanwhile).
pub async fn create_once(app: &App, actor: &Actor, new: NewPackage, key: &Key) -> Result<PackageView> {
    create_keyed(app, actor, new, Some(key)).await
}

async fn create_keyed(app: &App, actor: &Actor, new: NewPackage, key: Option<&Key>) -> Result<PackageView> {
    require(actor, Wish::Ship(new.direction))?;
    let policy = new.policy.unwrap_or(Policy::default_for(new.kind));
    let mut wrong = Vec::new();
    let mut collect = |errors: Vec<_>| wrong.extend(errors);
    let title = parse_title(&new.title).map_err(|e| collect(vec![e])).unwrap_or_default();
    let note = parse_note(&new.note).map_err(|e| collect(vec![e])).unwrap_or_default();
    let recipients = parse_recipients(&new.recipients).map_err(&mut collect).unwrap_or_default();
    let notify = parse_notify(&new.notify).map_err(&mut collect).unwrap_or_default();
    if let Err(Error::Invalid(errors)) = policy.check(new.direction, new.kind, app.site.expiry_days_max) {
        collect(errors);
    }
    if let Some(Err(error)) = new.password.as_ref().map(check_link_password) {
        collect(vec![error]);
    }
    for (field, problem) in not_yet(&new) {
        collect(vec![crate::error::FieldError { field: field.into(), problem }]);
    }
    all_good(wrong)?;
    let password_hash = match &new.password {
        Some(password) => Some(app.passwords.hash(password, &*app.entropy).await?),
        None => None,
    };

    let now = app.now();
    let id = PackageId::new(now, &*app.entropy);
    let mut package = Package {
        id,
        owner_id: actor.id(),
        grant_id: None,
        direction: new.direction,
        kind: new.kind,
        title,
        note,
        notify: Json(notify),
        password_hash,
        expires_in_hours: policy.expires_in_hours,
        idle_hours: policy.idle_hours,
        max_downloads: policy.max_downloads,
        policy_set_at: now,
        ends_at: None,
        ended_at: None,
        ended_by: None,
        erase_at: None,
        created_at: now,
        changed_at: now,
        finalized_at: None,
        revoked_at: None,
        deleted_at: None,
        erased_at: None,
        downloads: 0,
        last_download_at: None,
        reminded_to: None,
        file_count: 0,
        total_bytes: 0,
        usable_until: None,
        revision: 0,
    };
    let mut tx = app.db.begin_write().await?;
    if let Some(key) = key
        && let Claim::Repeated { made } = idempotency::claim(&mut tx, actor.id(), key, id.0, now).await?
    {
        let made = store::by_id(&mut tx, PackageId(made)).await?.ok_or(Error::NotFound)?;
        return show::view(&mut tx, app, made).await;
    }
    store::insert(&mut tx, &package).await?;
    store::save(&mut tx, &mut package, &app.site.retention).await?;
    for (name, email) in &recipients {
        add_recipient(&mut tx, app, id, name, email).await?;
    }
    index(&mut tx, &package).await?;
    let details = json!({
        "direction": package.direction, "kind": package.kind, "title": package.title,
        "recipients": recipients.iter().map(|(_, email)| email.as_str()).collect::<Vec<_>>(),
        "policy": policy, "has_password": package.has_password(),
    });
    let entry = Entry::new(now, Action::PackageCreated, actor.author(), &actor.origin).package(id).details(details);
    audit::record(&mut tx, app, entry).await?;
    let view = show::view(&mut tx, app, package).await?;
    tx.commit().await?;
    Ok(view)
}

/// What this version does not keep yet, it does not promise either.
fn not_yet(new: &NewPackage) -> Vec<(&'static str, FieldProblem)> {
    let mut refused = Vec::new();
    if new.direction == Direction::Inbound {
        refused.push(("direction", FieldProblem::NotAllowed));
    }
    if new.kind == Kind::Received {
        refused.push(("kind", FieldProblem::NotAllowed));
    }
    refused
}

pub(super) async fn add_recipient(
    tx: &mut Tx,
    app: &App,
    package: PackageId,
    name: &str,
    email: &Email,
) -> Result<Recipient> {
    let now = app.now();
    let recipient = Recipient {
        id: RecipientId::new(now, &*app.entropy),
        package_id: package,
        name: name.to_owned(),
        email: email.as_str().to_owned(),
        email_key: email.key(),
        created_at: now,
    };
    store::insert_recipient(tx, &recipient).await?;
    Ok(recipient)
}

/// Brings the words by which the package is found up to date.
pub(super) async fn index(tx: &mut Tx, package: &Package) -> Result<()> {
    let recipients = store::recipients(tx, package.id).await?;
    let people = recipients.iter().flat_map(|r| [r.name.as_str(), r.email.as_str()]);
    let words = search_words([package.title.as_str()].into_iter().chain(people));
    store::set_words(tx, package.owner_id, package.id, &words).await
}
