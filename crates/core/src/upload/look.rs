//! Where an upload stands, for whoever holds its token.
use super::{Upload, finish, store};
use crate::app::App;
use crate::error::{Error, LinkEnd, Result};
use crate::secret::Token;

/// The upload behind the token. Whoever was still writing it (a dead connection, perhaps) first stores what it got and
/// leaves, so the answer's offset is where the next chunk goes. [`Error::Gone`] for unknown, dropped and swept uploads.
pub async fn look(app: &App, token: &str) -> Result<Upload> {
    let found = by_token(app, token).await?;
    if found.finished_at.is_some() {
        return Ok(found);
    }
    let turn = app.writers.take_over(found.id, found.package_id).await?;
    let upload = by_token(app, token).await?;
    // An offset at the length means "complete" to every client, so it must be.
    let whole = upload.finished_at.is_none() && finish::all_bytes_are_there(app, &upload).await?;
    if whole {
        finish::catch_up(app, upload).await?;
    }
    let there = by_token(app, token).await?;
    drop(turn);
    Ok(there)
}

pub(super) async fn by_token(app: &App, token: &str) -> Result<Upload> {
    let gone = || Error::Gone(LinkEnd::Unknown);
    let token = Token::parse(token).ok_or_else(gone)?;
    store::by_token(&mut app.db.read().await?, token.hash()).await?.ok_or_else(gone)
}
