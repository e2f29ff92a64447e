//! Secret links: minting them, and what opening one answers. Looking at a link changes nothing but the audit log.
pub mod ask;
pub mod door;
pub mod limit;
pub mod open;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{LinkId, PackageId, RecipientId};
use crate::package::{Direction, Kind, Link, LinkPurpose, Package};
use crate::secret::{Purpose, Token};

/// What the link of such a package is for.
pub fn purpose_of(package: &Package) -> LinkPurpose {
    match (package.direction, package.kind) {
        (Direction::Inbound, Kind::Package) => LinkPurpose::Upload,
        (Direction::Inbound | Direction::Outbound, _) => LinkPurpose::Download,
    }
}

/// Makes a new link to the package; its token is kept as a hash and sealed.
pub(crate) async fn mint(
    tx: &mut Tx,
    app: &App,
    package: PackageId,
    recipient: Option<RecipientId>,
    purpose: LinkPurpose,
) -> Result<Link> {
    let now = app.now();
    let token = Token::new(&*app.entropy);
    let link = Link {
        id: LinkId::new(now, &*app.entropy),
        package_id: Some(package),
        grant_id: None,
        recipient_id: recipient,
        purpose,
        token_sealed: app.keys.seal_token(Purpose::LinkToken, &token, &*app.entropy),
        created_at: now,
        revoked_at: None,
        opened_at: None,
        uses: 0,
        last_used_at: None,
        downloads: 0,
        downloads_before: 0,
        releases: 0,
        last_download_at: None,
        broke_off_at: None,
        broke_off_percent: None,
        asked_at: None,
    };
    store::insert(tx, &link, token.hash()).await?;
    Ok(link)
}
