//! SQL of the outbox.
use jiff::Timestamp;

use super::{Mail, MailState};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{LinkId, MailId, PackageId};
use crate::{row, sql};

pub async fn insert(tx: &mut Tx, mail: &Mail) -> Result<()> {
    let kind = serde_json::to_value(&mail.content.0.content)
        .ok()
        .and_then(|value| value.get("kind").and_then(|kind| kind.as_str().map(str::to_owned)))
        .unwrap_or_default();
    sql!(
        tx,
        run,
        "INSERT INTO mails (id, kind, package_id, recipient_id, link_id, to_name, to_email, content, state, created_at,
         state_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        mail.id,
        kind,
        mail.package_id,
        mail.recipient_id,
        mail.link_id,
        mail.to_name,
        mail.to_email,
        mail.content,
        mail.state,
        mail.created_at,
        mail.state_at
    )?;
    Ok(())
}

pub async fn by_id(conn: &mut Conn, id: MailId) -> Result<Option<Mail>> {
    sql!(conn, maybe as Mail, "SELECT * FROM mails WHERE id = $1", id)
}

/// All mails to recipients of the package, newest first.
pub async fn newest_of_package(conn: &mut Conn, package: PackageId) -> Result<Vec<Mail>> {
    sql!(
        conn,
        all as Mail,
        "SELECT * FROM mails WHERE package_id = $1 AND recipient_id IS NOT NULL ORDER BY id DESC",
        package
    )
}

/// When the newest mail with the link was sent that was sent by then.
pub async fn last_sent(conn: &mut Conn, link: LinkId, by: Timestamp) -> Result<Option<Timestamp>> {
    let (at,) = sql!(
        conn,
        one as (Option<i64>,),
        "SELECT max(m.state_at) FROM links l JOIN mails m ON m.recipient_id = l.recipient_id AND m.link_id = l.id
         WHERE l.id = $1 AND m.state = $2 AND m.state_at <= $3",
        link,
        MailState::Sent,
        by
    )?;
    Ok(at.and_then(|ms| Timestamp::from_millisecond(ms).ok()))
}

/// Moves the mail from `from` to `to`. Answers `false`, and changes nothing, when it stands elsewhere.
pub async fn set_state(
    tx: &mut Tx,
    id: MailId,
    from: MailState,
    to: MailState,
    answer: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let moved = sql!(
        tx,
        run,
        "UPDATE mails SET state = $3, answer = $4, state_at = $5,
         attempts = attempts + CASE WHEN $3 = 'sending' THEN 1 ELSE 0 END WHERE id = $1 AND state = $2",
        id,
        from,
        to,
        answer.map(str::to_owned),
        now
    )?;
    Ok(moved == 1)
}

/// How many mails wait to be sent, by state.
pub async fn count_waiting(conn: &mut Conn) -> Result<Vec<(MailState, u64)>> {
    row! { struct Waiting { state: MailState, count: u64 } }
    let rows = sql!(
        conn,
        all as Waiting,
        "SELECT state, count(*) AS count FROM mails WHERE state IN ('queued', 'sending', 'deferred') GROUP BY state
         ORDER BY state"
    )?;
    Ok(rows.into_iter().map(|row| (row.state, row.count)).collect())
}
