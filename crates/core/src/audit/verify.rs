//! Checks the chain: a changed, removed, inserted or reordered entry shows, and the unsealed tail is named.
use super::{Recorded, chain_hash, details_hash, store};
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::AuditEntryId;

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Entries in the chain.
    pub sealed: u64,
    /// Entries whose personal part was erased on purpose.
    pub erased: u64,
    /// Committed entries that wait for their seal.
    pub unsealed: u64,
    /// The first thing that is wrong, if any.
    pub broken: Option<Broken>,
}

/// What is wrong with the chain, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("entry {sequence} is missing")]
    Missing { sequence: u64 },
    #[error("entry {sequence} ({id}) was changed, or stands in another's place")]
    Changed { sequence: u64, id: AuditEntryId },
    #[error("the chain ends at entry {found}, but {expected} were sealed: the end was cut off")]
    CutOff { found: u64, expected: u64 },
    #[error("the chain of {found} entries does not lead to its stored end at entry {expected}: it was written anew")]
    Rewritten { found: u64, expected: u64 },
    #[error("the stored end of the chain was not written with this key file")]
    ForeignHead,
}

const BATCH: u64 = 1_000;

/// As [`verify`], for an administrator.
pub async fn verify_for(app: &App, actor: &Actor) -> Result<Report> {
    require(actor, Wish::Administer)?;
    verify(app).await
}

/// Walks the whole chain in batches.
pub async fn verify(app: &App) -> Result<Report> {
    let mut conn = app.db.read().await?;
    let mut report = Report { sealed: 0, erased: 0, unsealed: 0, broken: None };
    let mut previous = [0; 32];
    loop {
        let batch = store::sealed_after(&mut conn, report.sealed, BATCH).await?;
        if batch.is_empty() {
            // Read behind the entries: entries and head are stored together, so none may stand behind this head, and
            // those that were sealed while we walked are still ahead of us.
            let head = store::head(&mut conn).await?;
            let ahead = head.as_ref().is_some_and(|head| head.sequence > report.sealed);
            if ahead && !store::sealed_after(&mut conn, report.sealed, 1).await?.is_empty() {
                continue;
            }
            report.broken = check_head(app, head, report.sealed, &previous)?;
            break;
        }
        for entry in batch {
            let sequence = report.sealed + 1;
            if entry.sequence != Some(sequence) {
                report.broken = Some(Broken::Missing { sequence });
                return Ok(report);
            }
            let hash = chain_hash(&previous, sequence, &entry);
            if entry.hash != Some(hash) || !personal_part_is_true(&entry) {
                report.broken = Some(Broken::Changed { sequence, id: entry.id });
                return Ok(report);
            }
            report.erased += u64::from(entry.erased_at.is_some());
            previous = hash;
            report.sealed = sequence;
        }
    }
    report.unsealed = store::count_unsealed(&mut conn).await?;
    Ok(report)
}

/// The personal part is what was sealed, or nothing at all: an erasure leaves no words that somebody else put there.
fn personal_part_is_true(entry: &Recorded) -> bool {
    let empty = entry.details.0.as_object().is_some_and(serde_json::Map::is_empty);
    match entry.erased_at {
        None => details_hash(entry) == entry.details_hash,
        Some(_) => empty && entry.actor_name.is_empty() && entry.ip.is_none() && entry.user_agent.is_none(),
    }
}

fn check_head(app: &App, head: Option<store::Head>, sealed: u64, last: &[u8; 32]) -> Result<Option<Broken>> {
    let Some(head) = head else {
        return Ok((sealed > 0).then_some(Broken::ForeignHead));
    };
    let genuine = hex::encode(app.keys.audit_mac(head.sequence, &read_hash(&head.hash)?)) == head.mac;
    if !genuine {
        return Ok(Some(Broken::ForeignHead));
    }
    if sealed < head.sequence {
        return Ok(Some(Broken::CutOff { found: sealed, expected: head.sequence }));
    }
    // Longer than what was sealed, or of the right length and other content: consistent in itself, but not ours.
    let ours = sealed == head.sequence && hex::encode(last) == head.hash;
    Ok((!ours).then_some(Broken::Rewritten { found: sealed, expected: head.sequence }))
}

pub(super) fn read_hash(text: &str) -> Result<[u8; 32]> {
    let bytes = hex::decode(text).map_err(|e| Error::Internal(format!("audit head: {e}")))?;
    bytes.try_into().map_err(|_| Error::Internal("audit head: not 32 bytes".into()))
}
