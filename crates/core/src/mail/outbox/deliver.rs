//! Delivers one mail: everything repeatable first, then `sending` is committed, then the content goes, then the outcome
//! is stored. Whoever finds a mail in `sending` knows that somebody crashed in between, and that nobody can tell.
use std::time::Duration;

use serde_json::json;

use super::{Mail, MailState, store};
use crate::access::{Author, Origin};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::MailId;
use crate::job::Outcome;
use crate::link::store as links;
use crate::mail::content::{MailContent, Party};
use crate::mail::message::{Message, MessageHead, build};
use crate::mail::render::{Site, render};
use crate::mail::transport::Delivery;
use crate::notice::{self, NoticeKind};
use crate::package::store as packages;
use crate::policy::link_end;
use crate::secret::Purpose;

/// A mail that no server takes is tried for this long.
const TRY_FOR: Duration = Duration::from_hours(72);
/// The longest text of a server's answer that is kept.
const ANSWER_CHARS_MAX: usize = 500;

/// Delivers the mail, once.
pub async fn deliver(app: &App, id: MailId, attempts: u64) -> Result<Outcome> {
    let mut conn = app.db.read().await?;
    let Some(mail) = store::by_id(&mut conn, id).await? else { return Ok(Outcome::Done) };
    match mail.state {
        MailState::Sent | MailState::Rejected | MailState::Unknown | MailState::Cancelled => return Ok(Outcome::Done),
        MailState::Sending => {
            drop(conn);
            let reason = "the server stopped while it was being sent";
            return settle(app, &mail, MailState::Sending, Delivery::Unknown { reason: reason.into() }, attempts).await;
        }
        MailState::Queued | MailState::Deferred => {}
    }
    if mail.on_hold {
        return Ok(Outcome::RetryLater { after: Duration::from_hours(1), why: "on hold until released".into() });
    }
    let url = match address(&mut conn, app, &mail).await? {
        Address::Opens(url) => url,
        Address::Deleted => return Ok(wait_for_undo(app)),
        Address::Gone => {
            drop(conn);
            return cancel(app.db.begin_write().await?, app, &mail).await;
        }
    };
    drop(conn);
    let message = match compose(app, &mail, url.as_deref()) {
        Ok(message) => message,
        Err(why) => {
            let refused = Delivery::Rejected { answer: why };
            return settle(app, &mail, mail.state, refused, attempts).await;
        }
    };
    let session = match app.mailer.transport.open(&message).await {
        Ok(session) => session,
        Err(delivery) => return settle(app, &mail, mail.state, delivery, attempts).await,
    };
    let instead = begin_sending(app, &mail).await;
    if !matches!(instead, Ok(None)) {
        session.cancel().await;
        return instead.map(|outcome| outcome.unwrap_or(Outcome::Done));
    }
    let delivery = session.send(&message).await;
    settle(app, &mail, MailState::Sending, delivery, attempts).await
}

/// Commits `sending`, the last step that can be taken back; an outcome if the mail is not to be sent after all. Reaching
/// a server takes a while, so whether there is a reason is asked again, with the package held: whoever revokes it
/// afterwards comes after the mail.
pub(super) async fn begin_sending(app: &App, mail: &Mail) -> Result<Option<Outcome>> {
    let mut tx = app.db.begin_write().await?;
    if let Some(package) = mail.package_id {
        packages::lock(&mut tx, package).await?;
    }
    match address(&mut tx, app, mail).await? {
        Address::Opens(_) => {}
        Address::Deleted => return Ok(Some(wait_for_undo(app))),
        Address::Gone => return cancel(tx, app, mail).await.map(Some),
    }
    if !store::set_state(&mut tx, mail.id, mail.state, MailState::Sending, None, app.now()).await? {
        return Ok(Some(Outcome::Done));
    }
    tx.commit().await?;
    Ok(None)
}

async fn cancel(mut tx: Tx, app: &App, mail: &Mail) -> Result<Outcome> {
    touch(&mut tx, mail).await?;
    store::set_state(&mut tx, mail.id, mail.state, MailState::Cancelled, None, app.now()).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// A deletion that is taken back leaves no trace, so the mail neither goes nor is given up before that is settled.
fn wait_for_undo(app: &App) -> Outcome {
    Outcome::RetryLater { after: app.site.retention.undo, why: "the package was deleted and may be taken back".into() }
}

/// What the button opens.
enum Address {
    /// A page; none where the mail has something to say but nothing to open.
    Opens(Option<String>),
    /// Nothing while its package is deleted, which may be taken back.
    Deleted,
    /// The mail's reason went away: its link does not open any more.
    Gone,
}

async fn address(conn: &mut crate::db::Conn, app: &App, mail: &Mail) -> Result<Address> {
    let Some(link_id) = mail.link_id else { return owners_page(conn, app, mail).await };
    let Some(link) = links::by_id(conn, link_id).await?.filter(|link| link.revoked_at.is_none()) else {
        return Ok(Address::Gone);
    };
    let package = match link.package_id {
        Some(id) => packages::any_by_id(conn, id).await?,
        None => None,
    };
    let Some(package) = package else { return Ok(Address::Gone) };
    if package.deleted_at.is_some() && package.erased_at.is_none() {
        return Ok(Address::Deleted);
    }
    if link_end(&package.facts(), app.now()).is_some() {
        return Ok(Address::Gone);
    }
    let token = app.keys.open_token(Purpose::LinkToken, &link.token_sealed);
    let token = token.map_err(|e| Error::Internal(format!("link {link_id}: {e}")))?;
    Ok(Address::Opens(Some(app.urls.link(&token))))
}

/// What a notice opens: the package's page while there is one. A reminder whose reason went away is not sent.
async fn owners_page(conn: &mut crate::db::Conn, app: &App, mail: &Mail) -> Result<Address> {
    let Some(id) = mail.package_id else { return Ok(Address::Opens(Some(app.urls.base().to_owned()))) };
    let package = packages::any_by_id(conn, id).await?;
    let kind = NoticeKind::parse(mail.content.0.content.kind());
    if kind.is_some_and(|kind| notice::remind::is_moot(kind, package.as_ref(), app.now())) {
        let may_come_back = package.is_some_and(|package| package.deleted_at.is_some() && package.erased_at.is_none());
        return Ok(if may_come_back { Address::Deleted } else { Address::Gone });
    }
    let page = match &mail.content.0.content {
        MailContent::Asked { .. } | MailContent::EndingSoon { .. } => app.urls.extend(id),
        _ => app.urls.package(id),
    };
    Ok(Address::Opens(package.filter(|package| package.deleted_at.is_none()).map(|_| page)))
}

fn compose(app: &App, mail: &Mail, url: Option<&str>) -> Result<Message, String> {
    let to = Party { name: mail.to_name.clone(), email: mail.to_email.clone() };
    let account_url = app.urls.account();
    let site =
        Site { name: &app.site.name, abuse_contact: app.mailer.abuse_contact.as_deref(), account_url: &account_url };
    let rendered = render(&mail.content.0, &to, &site, url).map_err(|e| e.to_string())?;
    let head =
        MessageHead { id: &mail.id.to_string(), host: app.urls.host(), from: &app.mailer.from, to: &to, at: app.now() };
    build(&rendered, &head).map_err(|e| e.to_string())
}

/// Stores what became of it, with its audit entry; an owner learns of a refusal by mail.
async fn settle(app: &App, mail: &Mail, from: MailState, delivery: Delivery, attempts: u64) -> Result<Outcome> {
    let now = app.now();
    let delivery = match delivery {
        Delivery::Deferred { answer } if now.duration_since(mail.created_at).unsigned_abs() >= TRY_FOR => {
            Delivery::Rejected { answer: format!("given up after three days: {answer}") }
        }
        other => other,
    };
    let (state, answer, action) = match &delivery {
        Delivery::Sent { answer } => (MailState::Sent, answer, Some(Action::MailSent)),
        Delivery::Deferred { answer } => (MailState::Deferred, answer, None),
        Delivery::Rejected { answer } => (MailState::Rejected, answer, Some(Action::MailFailed)),
        Delivery::Unknown { reason } => (MailState::Unknown, reason, Some(Action::MailUnknown)),
    };
    let answer: String = crate::account::one_line(answer).chars().take(ANSWER_CHARS_MAX).collect();
    let mut tx = app.db.begin_write().await?;
    if let Some(package) = mail.package_id {
        packages::lock(&mut tx, package).await?;
    }
    if store::set_state(&mut tx, mail.id, from, state, Some(&answer), now).await? {
        if let Some(action) = action {
            record(&mut tx, app, mail, action, &answer).await?;
        }
        if state == MailState::Rejected {
            tell_of_refusal(&mut tx, app, mail, &answer).await?;
        }
        touch(&mut tx, mail).await?;
    }
    tx.commit().await?;
    Ok(match state {
        MailState::Deferred => Outcome::RetryLater { after: crate::job::backoff(attempts), why: answer },
        _ => Outcome::Done,
    })
}

async fn record(tx: &mut Tx, app: &App, mail: &Mail, action: Action, answer: &str) -> Result<()> {
    let origin = Origin::default();
    let details = json!({
        "mail_id": mail.id, "to": mail.to_email, "answer": answer, "recipient_id": mail.recipient_id,
    });
    let mut entry = Entry::new(app.now(), action, Author::System, &origin).details(details);
    if let Some(package) = mail.package_id {
        entry = entry.package(package);
    }
    audit::record(tx, app, entry).await
}

async fn tell_of_refusal(tx: &mut Tx, app: &App, mail: &Mail, answer: &str) -> Result<()> {
    // Only mails to outside people: a notice about a notice would go round for ever.
    let (Some(package), Some(_)) = (mail.package_id, mail.recipient_id) else { return Ok(()) };
    let Some(package) = packages::by_id(tx, package).await? else { return Ok(()) };
    let recipient = Party { name: mail.to_name.clone(), email: mail.to_email.clone() };
    let content = MailContent::Rejected { recipient, title: package.title.clone(), answer: answer.to_owned() };
    notice::tell_owner(tx, app, &package, content).await
}

async fn touch(tx: &mut Tx, mail: &Mail) -> Result<()> {
    let Some(id) = mail.package_id else { return Ok(()) };
    let Some(package) = packages::any_by_id(tx, id).await? else { return Ok(()) };
    packages::touch(tx, id, package.owner_id).await
}
