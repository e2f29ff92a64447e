//! `waybill gc`: removes stored bytes that nothing refers to, left behind by crashes.
use waybill_core::stocktaking::collect;

use super::failure::Failure;
use super::open::{Absent, open_beside};
use super::{configure, counted, print};
use crate::config::options::PlaceOptions;

pub(super) async fn gc(place: PlaceOptions) -> Result<(), Failure> {
    let config = configure(place)?;
    let app = open_beside(&config, Absent::Refuse).await?;
    let collected = collect::collect(&app).await;
    app.db.close().await;
    let collected = collected?;
    let objects = |count| counted(count, "stored object", "stored objects");
    print(format_args!("removed {} with {} bytes", objects(collected.removed.blobs), collected.removed.bytes))?;
    if collected.left.blobs > 0 {
        print(format_args!("left {} that changed within the last day", objects(collected.left.blobs)))?;
    }
    if collected.failed.blobs > 0 {
        return Err(Failure::new(format!("{} could not be removed", objects(collected.failed.blobs)))
            .hint("the log above says why"));
    }
    Ok(())
}
