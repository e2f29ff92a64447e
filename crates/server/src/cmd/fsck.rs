//! `waybill fsck`: whether every promised byte is there. Changes nothing.
use clap::Args;
use waybill_core::file::rendering::terminal_safe;
use waybill_core::stocktaking::{Depth, Loser, check};

use super::failure::Failure;
use super::open::{Absent, open_beside};
use super::{configure, counted, print};
use crate::config::options::PlaceOptions;

#[derive(Debug, Args)]
pub struct Fsck {
    /// Also reads every file and compares its digests
    #[arg(long)]
    deep: bool,
    #[command(flatten)]
    place: PlaceOptions,
}

pub(super) async fn fsck(command: Fsck) -> Result<(), Failure> {
    let config = configure(command.place)?;
    let app = open_beside(&config, Absent::Refuse).await?;
    let depth = if command.deep { Depth::Content } else { Depth::Presence };
    // What was said so far stays said when stdout goes away; the check itself goes on to its exit code.
    let mut output = Ok(());
    let report = check::check(&app, depth, |loser, loss| {
        let said = print(format_args!("{}: {loss}", name(loser)));
        if output.is_ok() {
            output = said;
        }
    })
    .await;
    app.db.close().await;
    let report = report?;
    if report.losses > 0 {
        return Err(Failure::new(format!("{} of {} lost", report.losses, files(report.files)))
            .hint("restore the backup beside this folder and copy what is missing from it"));
    }
    output?;
    print(format_args!(
        "{} with {} bytes and {} are in order",
        files(report.files),
        report.bytes,
        counted(report.unfinished_uploads, "unfinished upload", "unfinished uploads")
    ))?;
    if report.litter.blobs > 0 {
        let litter = counted(report.litter.blobs, "stored object", "stored objects");
        print(format_args!(
            "{litter} with {} bytes belong to nothing; `waybill gc` removes them",
            report.litter.bytes
        ))?;
    }
    Ok(())
}

fn files(count: u64) -> String {
    counted(count, "file", "files")
}

fn name(loser: &Loser) -> String {
    match loser {
        Loser::File { id, package, path } => format!("package {package}, file {id} ({})", terminal_safe(path)),
        Loser::Upload { id } => format!("unfinished upload {id}"),
    }
}
