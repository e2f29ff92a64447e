//! Notices that were collected for one address go out as one mail (or a few, when there are very many different ones).
//! Every event is in one of them: equal ones are counted, none is left out, save reminders whose reason went away.
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Reader, remind, store, tell};
use crate::account::Email;
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::PackageId;
use crate::job::Outcome;
use crate::limits::DIGEST_LINES_MAX;
use crate::mail::content::{DigestGroup, DigestLine};
use crate::mail::{MailContent, outbox};
use crate::package::{Package, store as packages};

/// Until the commit, nobody else decides what this address is told.
pub(super) async fn lock_address(tx: &mut Tx, email_key: &str) -> Result<()> {
    tx.lock_alone(&format!("notices to {email_key}")).await
}

/// Sends what was collected for the address with this key.
pub(crate) async fn send(app: &App, email_key: &str) -> Result<Outcome> {
    let mut tx = app.db.begin_write().await?;
    lock_address(&mut tx, email_key).await?;
    let Some(newest) = store::newest_waiting(&mut tx, email_key).await? else { return Ok(Outcome::Done) };
    let Some(email) = Email::parse(&newest.email) else {
        return Ok(Outcome::GiveUp { why: format!("{} is not an address", newest.email) });
    };
    let reader = tell::of_address(&mut tx, app, &email).await?;
    let counted = store::waiting(&mut tx, email_key).await?;
    let counted = drop_moot(&mut tx, app, counted).await?;
    for lines in counted.chunks(DIGEST_LINES_MAX) {
        let mail = outbox::queue_notice(&mut tx, app, None, &reader, content(&reader, lines)).await?;
        for line in lines {
            store::mark_told(&mut tx, email_key, line, mail).await?;
        }
    }
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Reminders of what has ended, or was extended, meanwhile are no longer true: they are forgotten.
async fn drop_moot(tx: &mut Tx, app: &App, counted: Vec<store::Counted>) -> Result<Vec<store::Counted>> {
    let mut known: HashMap<PackageId, Option<Package>> = HashMap::new();
    let mut living = Vec::new();
    for line in counted {
        let package = match known.entry(line.package_id) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => place.insert(packages::any_by_id(tx, line.package_id).await?),
        };
        if remind::is_moot(line.kind, package.as_ref(), app.now()) {
            store::forget(tx, &line).await?;
        } else {
            living.push(line);
        }
    }
    Ok(living)
}

fn content(reader: &Reader, lines: &[store::Counted]) -> MailContent {
    let mut groups: Vec<(PackageId, DigestGroup)> = Vec::new();
    for line in lines {
        let told = DigestLine {
            notice: line.kind,
            who: line.who.clone(),
            what: line.what.clone(),
            count: line.count,
            last_at: line.last_at,
        };
        // Lines of one package stand together, as the query orders them.
        match groups.last_mut().filter(|(id, group)| *id == line.package_id && group.title == line.title) {
            Some((_, group)) => group.lines.push(told),
            None => groups.push((line.package_id, DigestGroup { title: line.title.clone(), lines: vec![told] })),
        }
    }
    MailContent::Digest {
        groups: groups.into_iter().map(|(_, group)| group).collect(),
        notices: lines.iter().map(|line| line.count).sum(),
        has_account: reader.has_account,
    }
}
