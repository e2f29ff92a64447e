//! Chains committed entries by hash, in batches, at most a second after their commit.
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{chain_hash, store};
use crate::app::App;
use crate::error::Result;

/// An entry waits at most this long for its seal, and this long for company.
const PAUSE: Duration = Duration::from_millis(250);
/// Looks anyway this often: another process (an operator's command) may have written entries.
const LOOK_EVERY: Duration = Duration::from_millis(900);
const BATCH: u64 = 500;

/// Seals everything committed so far; answers how many entries.
pub async fn seal(app: &App) -> Result<u64> {
    let mut sealed = 0;
    loop {
        if store::count_unsealed(&mut app.db.read().await?).await? == 0 {
            return Ok(sealed);
        }
        let mut tx = app.db.begin_write().await?;
        tx.lock_alone("audit").await?;
        let head = store::head(&mut tx).await?;
        let (mut sequence, mut previous) = match &head {
            Some(head) => (head.sequence, super::verify::read_hash(&head.hash)?),
            None => (0, [0; 32]),
        };
        let batch = store::unsealed(&mut tx, BATCH).await?;
        for entry in &batch {
            sequence += 1;
            previous = chain_hash(&previous, sequence, entry);
            store::set_seal(&mut tx, entry.id, sequence, previous).await?;
        }
        let mac = hex::encode(app.keys.audit_mac(sequence, &previous));
        store::set_head(&mut tx, &store::Head { sequence, hash: hex::encode(previous), mac }, app.now()).await?;
        tx.commit().await?;
        sealed += u64::try_from(batch.len()).unwrap_or(0);
    }
}

/// Seals until `shutdown`, and once more after it.
pub async fn run(app: &App, shutdown: CancellationToken) {
    loop {
        if let Err(error) = seal(app).await {
            tracing::error!(%error, "audit entries could not be sealed; trying again");
        }
        if shutdown.is_cancelled() {
            return;
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = async {
                let _ = tokio::time::timeout(LOOK_EVERY.saturating_sub(PAUSE), app.db.signals().audit.notified()).await;
                tokio::time::sleep(PAUSE).await;
            } => {}
        }
    }
}
