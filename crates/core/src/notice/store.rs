//! SQL of notices and reminders.
use jiff::Timestamp;

use super::{Gist, NoticeKind, Reader};
use crate::app::App;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{DownloadId, LinkId, MailId, PackageId, new_uuid};
use crate::mail::Party;
use crate::package::store::{Due, behind};
use crate::{row, sql};

pub struct New<'a> {
    pub event: &'a str,
    pub reader: &'a Reader,
    pub package: PackageId,
    pub gist: Gist,
    /// `None`: it waits for a digest.
    pub mail: Option<MailId>,
    pub now: Timestamp,
}

pub async fn insert(tx: &mut Tx, app: &App, new: New<'_>) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO notices (id, event, email_key, email, name, package_id, kind, title, who, what, at, mail_id,
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        new_uuid(new.now, &*app.entropy),
        new.event,
        new.reader.email_key.as_str(),
        new.reader.party.email.as_str(),
        new.reader.party.name.as_str(),
        new.package,
        new.gist.kind,
        new.gist.title,
        new.gist.who,
        new.gist.what,
        new.now,
        new.mail,
        new.now
    )?;
    Ok(())
}

/// Whether the address was told of the event, or waits to be.
pub async fn was_told(conn: &mut Conn, email_key: &str, event: &str) -> Result<bool> {
    let found = sql!(
        conn,
        maybe as (i64,),
        "SELECT CAST(1 AS BIGINT) FROM notices WHERE email_key = $1 AND event = $2",
        email_key,
        event
    )?;
    Ok(found.is_some())
}

/// Notices to the address since then; counts no further than it matters.
pub async fn count_since(conn: &mut Conn, email_key: &str, since: Timestamp) -> Result<u64> {
    let (count,) = sql!(
        conn,
        one as (i64,),
        "SELECT count(*) FROM (SELECT 1 FROM notices WHERE email_key = $1 AND created_at > $2 LIMIT $3) recent",
        email_key,
        since,
        super::SINGLE_NOTICES
    )?;
    Ok(u64::try_from(count).unwrap_or(0))
}

pub async fn is_waiting(conn: &mut Conn, email_key: &str) -> Result<bool> {
    Ok(newest_waiting(conn, email_key).await?.is_some())
}

row! {
    pub struct Waiting {
        pub email: String,
    }
}

pub async fn newest_waiting(conn: &mut Conn, email_key: &str) -> Result<Option<Waiting>> {
    sql!(
        conn,
        maybe as Waiting,
        "SELECT email FROM notices WHERE email_key = $1 AND mail_id IS NULL ORDER BY id DESC LIMIT 1",
        email_key
    )
}

row! {
    /// Equal notices that wait, counted.
    pub struct Counted {
        pub email_key: String,
        pub package_id: PackageId,
        pub kind: NoticeKind,
        pub title: String,
        pub who: String,
        pub what: String,
        pub count: u64,
        pub last_at: Timestamp,
    }
}

/// What waits for the address, package by package, in the order of time.
pub async fn waiting(conn: &mut Conn, email_key: &str) -> Result<Vec<Counted>> {
    sql!(
        conn,
        all as Counted,
        "SELECT email_key, package_id, kind, title, who, what, count(*) AS count, max(at) AS last_at FROM notices
         WHERE email_key = $1 AND mail_id IS NULL GROUP BY email_key, package_id, kind, title, who, what
         ORDER BY package_id, title, min(at), kind, who, what",
        email_key
    )
}

pub async fn mark_told(tx: &mut Tx, email_key: &str, line: &Counted, mail: MailId) -> Result<()> {
    sql!(
        tx,
        run,
        "UPDATE notices SET mail_id = $7 WHERE email_key = $1 AND mail_id IS NULL AND package_id = $2 AND kind = $3
         AND title = $4 AND who = $5 AND what = $6",
        email_key,
        line.package_id,
        line.kind,
        line.title.as_str(),
        line.who.as_str(),
        line.what.as_str(),
        mail
    )?;
    Ok(())
}

pub async fn forget(tx: &mut Tx, line: &Counted) -> Result<()> {
    sql!(
        tx,
        run,
        "DELETE FROM notices WHERE email_key = $1 AND mail_id IS NULL AND package_id = $2 AND kind = $3",
        line.email_key.as_str(),
        line.package_id,
        line.kind
    )?;
    Ok(())
}

/// Whether mails before then told anybody of anything that is still remembered.
pub async fn any_told(conn: &mut Conn, before: Timestamp) -> Result<bool> {
    let found = sql!(
        conn,
        maybe as (i64,),
        "SELECT CAST(1 AS BIGINT) FROM notices WHERE created_at < $1 AND mail_id IS NOT NULL LIMIT 1",
        before
    )?;
    Ok(found.is_some())
}

/// Forgets whom mails before then told of what; answers how many.
pub async fn forget_told(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    sql!(tx, run, "DELETE FROM notices WHERE created_at < $1 AND mail_id IS NOT NULL", before)
}

row! {
    /// A download as a notice tells it.
    pub struct Fetch {
        pub package_id: PackageId,
        pub link_id: LinkId,
        pub started_at: Timestamp,
        pub active_at: Option<Timestamp>,
        pub confirmed_at: Option<Timestamp>,
        pub delivered_bytes: u64,
        /// Whether a response has written down what it may send and has not reported its end.
        pub is_claimed: bool,
        pub name: Option<String>,
        pub email: Option<String>,
    }
}

impl Fetch {
    /// The person the link was made for, whether or not he is still on the package.
    pub fn who(&self) -> Option<Party> {
        Some(Party { name: self.name.clone()?, email: self.email.clone()? })
    }

    /// From its start to its last byte.
    pub fn duration_ms(&self) -> u64 {
        let end = self.active_at.or(self.confirmed_at).unwrap_or(self.started_at);
        u64::try_from(end.duration_since(self.started_at).as_millis()).unwrap_or(0)
    }
}

pub async fn fetch(conn: &mut Conn, id: DownloadId) -> Result<Option<Fetch>> {
    sql!(
        conn,
        maybe as Fetch,
        "SELECT d.package_id, d.link_id, d.started_at, d.active_at, d.confirmed_at, d.delivered_bytes, r.name, r.email,
         EXISTS (SELECT 1 FROM download_claims c JOIN download_objects o ON o.id = c.object_id WHERE o.download_id = d.id)
         AS is_claimed
         FROM downloads d JOIN links l ON l.id = d.link_id LEFT JOIN recipients r ON r.id = l.recipient_id
         WHERE d.id = $1",
        id
    )
}

/// Packages about which a reminder is due, in the order of that time, behind `after`.
pub async fn due(conn: &mut Conn, now: Timestamp, after: Option<&Due>, limit: u64) -> Result<Vec<Due>> {
    let (id, at) = behind(after);
    sql!(
        conn,
        all as Due,
        "SELECT id, remind_at AS at FROM packages WHERE remind_at <= $1
         AND (remind_at > $2 OR (remind_at = $2 AND id > $3)) ORDER BY remind_at, id LIMIT $4",
        now,
        at,
        id,
        limit
    )
}

/// Reminders up to `reminded_to` have been seen to; the next is due at `remind_at`.
pub async fn set_reminded(
    tx: &mut Tx,
    id: PackageId,
    reminded_to: Option<Timestamp>,
    remind_at: Option<Timestamp>,
) -> Result<()> {
    sql!(tx, run, "UPDATE packages SET reminded_to = $2, remind_at = $3 WHERE id = $1", id, reminded_to, remind_at)?;
    Ok(())
}
