//! `waybill audit`: the log, verified and exported.
use clap::{Args, Subcommand, ValueEnum};
use waybill_core::app::App;
use waybill_core::audit::list::{self, Filter};
use waybill_core::audit::verify;

use super::failure::Failure;
use super::open::{Absent, open_beside};
use super::{configure, counted, print, print_raw, say};
use crate::api::audit::entry_body;
use crate::api::audit_export::{csv_head, csv_line, json_line};
use crate::config::options::PlaceOptions;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Checks that no entry was changed, removed or moved
    ///
    /// Names the entries that are not sealed yet. Ends with 1 when the log is broken.
    Verify(PlaceOptions),
    /// Writes all entries to stdout, oldest first
    Export(Export),
}

#[derive(Debug, Args)]
pub struct Export {
    /// One JSON object per line, or CSV with a header line
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    #[command(flatten)]
    place: PlaceOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Jsonl,
    Csv,
}

pub(super) async fn verify(place: PlaceOptions) -> Result<(), Failure> {
    let config = configure(place)?;
    let app = open_beside(&config, Absent::Refuse).await?;
    let report = verify::verify(&app).await;
    app.db.close().await;
    let report = report?;
    let sealed = counted(report.sealed, "sealed entry", "sealed entries");
    if let Some(broken) = report.broken {
        return Err(Failure::new(format!("the audit log is broken: {broken} ({sealed} before it are in order)"))
            .hint("compare with an earlier export or a backup; stop the server first, so that nothing is added"));
    }
    print(format_args!("{sealed}, {} not sealed yet: the audit log is in order", report.unsealed))?;
    if report.erased > 0 {
        say(format_args!(
            "in {} the personal details were erased on purpose",
            counted(report.erased, "entry", "entries")
        ));
    }
    Ok(())
}

pub(super) async fn export(command: Export) -> Result<(), Failure> {
    let config = configure(command.place)?;
    let app = open_beside(&config, Absent::Refuse).await?;
    let exported = write_entries(&app, command.format).await;
    app.db.close().await;
    exported
}

async fn write_entries(app: &App, format: Format) -> Result<(), Failure> {
    if format == Format::Csv {
        print_raw(csv_head().as_bytes())?;
    }
    let mut after = None;
    loop {
        let batch = list::export_batch(app, &Filter::default(), after).await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = Some(last.id);
        let mut lines = String::new();
        for entry in &batch {
            match format {
                Format::Jsonl => json_line(&entry_body(entry), &mut lines),
                Format::Csv => csv_line(&entry_body(entry), &mut lines),
            }
        }
        print_raw(lines.as_bytes())?;
    }
}
