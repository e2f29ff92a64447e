//! Ends that came by themselves are stored, and bytes that are due go. Each package on its own: one that fails does not
//! stall the others.
use serde_json::json;

use super::{erase, store};
use crate::access::{Author, Origin};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::error::Result;
use crate::ids::PackageId;
use crate::policy::{self, Rule};

const BATCH: u64 = 200;

/// Stores ends that were reached and erases what is due; answers how many packages it looked after. While the clock
/// cannot be believed it does neither: what people revoke and delete goes by jobs of their own.
pub async fn sweep(app: &App) -> Result<u64> {
    let now = app.now();
    if !app.trusts_clock() {
        return Ok(0);
    }
    let mut changed = 0;
    // Page by page to the end: packages that have to wait, or that fail, must not hide those behind them.
    let mut after: Option<store::Due> = None;
    loop {
        let ended = store::ended_unnoticed(&mut app.db.read().await?, now, after.as_ref(), BATCH).await?;
        for due in &ended {
            match store_end(app, due.id).await {
                Ok(()) => changed += 1,
                Err(error) => tracing::error!(package = %due.id, %error, "an end could not be stored; trying again"),
            }
        }
        if crate::account::count(ended.len()) < BATCH {
            break;
        }
        after = ended.into_iter().next_back();
    }
    let mut after: Option<store::Due> = None;
    loop {
        let all = store::due_for_erasure(&mut app.db.read().await?, now, after.as_ref(), BATCH).await?;
        for due in &all {
            match erase::erase(app, due.id).await {
                Ok(()) => changed += 1,
                Err(error) => tracing::error!(package = %due.id, %error, "a package could not be erased; trying again"),
            }
        }
        if crate::account::count(all.len()) < BATCH {
            break;
        }
        after = all.into_iter().next_back();
    }
    Ok(changed)
}

async fn store_end(app: &App, id: PackageId) -> Result<()> {
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let Some(mut package) = store::lock(&mut tx, id).await? else { return Ok(()) };
    if package.ended_at.is_some() || package.revoked_at.is_some() {
        return Ok(());
    }
    let Some((rule, at)) = policy::end(&package.facts(), now) else { return Ok(()) };
    // The clock may have jumped since the sweep began.
    if !app.trusts_clock() {
        return Ok(());
    }
    package.ended_at = Some(at);
    package.ended_by = Some(rule);
    store::save(&mut tx, &mut package, &app.site.retention).await?;
    let action = match rule {
        Rule::Total | Rule::Idle => Action::PackageExpired,
        Rule::Limit | Rule::Closed => Action::PackageCompleted,
    };
    let origin = Origin::default();
    let entry = Entry::new(now, action, Author::System, &origin)
        .package(id)
        .account(package.owner_id)
        .details(json!({"rule": rule, "ended_at": at}));
    audit::record(&mut tx, app, entry).await?;
    tx.commit().await
}
