//! `waybill doctor`: what an operator would look at first, in one go. Changes nothing, except that opening a database
//! of an older version brings it up to date.
use std::fmt::Display;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Resource, getrlimit, getuid};
use waybill_core::app::App;
use waybill_core::clock::watch;
use waybill_core::figures::figures;
use waybill_core::limits;

use super::failure::Failure;
use super::folder::Folder;
use super::open::{Absent, open_beside};
use super::{configure, counted, print};
use crate::config::Config;
use crate::config::options::ServeOptions;

/// A part that takes longer does not work.
const PATIENCE: Duration = Duration::from_secs(20);
/// Each connection may need two; see the listener.
const OPEN_FILES_WISHED: u64 = 4_096;

pub(super) async fn doctor(options: ServeOptions) -> Result<(), Failure> {
    let config = configure(options)?;
    let mut report = Report::default();
    report.fine("the settings can be read")?;
    look_at_settings(&config, &mut report)?;
    let folder = Folder::new(&config.data_dir);
    look_at_folder(&folder, &mut report)?;
    if config.database_url.is_none() && !folder.database().exists() {
        report.warn("there is no database yet; `waybill serve` makes it")?;
    } else {
        match open_beside(&config, Absent::Refuse).await {
            Ok(app) => {
                let looked = look_at_app(&app, &mut report).await;
                app.db.close().await;
                looked?;
            }
            Err(failure) => report.bad(failure)?,
        }
    }
    match report.bad {
        0 => Ok(()),
        bad => Err(Failure::new(format!("{} to look after", counted(bad, "thing", "things")))),
    }
}

/// Says each finding as it is made, and counts what is bad.
#[derive(Debug, Default)]
struct Report {
    bad: u64,
}

impl Report {
    fn fine(&mut self, what: impl Display) -> Result<(), Failure> {
        self.say("ok", 0, &what)
    }

    fn warn(&mut self, what: impl Display) -> Result<(), Failure> {
        self.say("warning", 0, &what)
    }

    fn bad(&mut self, what: impl Display) -> Result<(), Failure> {
        self.say("bad", 1, &what)
    }

    fn say(&mut self, verdict: &str, bad: u64, what: &dyn Display) -> Result<(), Failure> {
        self.bad += bad;
        print(format_args!("{verdict:<9}{what}"))
    }
}

fn look_at_settings(config: &Config, report: &mut Report) -> Result<(), Failure> {
    match &config.public_url {
        None => report.warn("no public URL is set: links point to the listening address")?,
        Some(urls) if !urls.is_https() => {
            report.warn(format_args!("{} is not encrypted: links travel in the clear", urls.base()))?;
        }
        Some(urls) => report.fine(format_args!("links point to {}", urls.base()))?,
    }
    match getrlimit(Resource::Nofile).maximum {
        Some(files) if files < OPEN_FILES_WISHED => {
            report.warn(format_args!("only {files} files may be open at once; {OPEN_FILES_WISHED} are better"))
        }
        _ => Ok(()),
    }
}

fn look_at_folder(folder: &Folder, report: &mut Report) -> Result<(), Failure> {
    let path = folder.path();
    let Ok(facts) = std::fs::metadata(path) else {
        return report.warn(format_args!("the data folder {} is not there yet", path.display()));
    };
    if !facts.is_dir() {
        return report.bad(format_args!("{} is not a folder", path.display()));
    }
    if facts.uid() != getuid().as_raw() {
        let (owner, me) = (facts.uid(), getuid().as_raw());
        report.warn(format_args!("the data folder belongs to user {owner}, and this is user {me}"))?;
    }
    if open_to_others(path) {
        report.bad(format_args!("other users can look into {}: chmod 700 it", path.display()))?;
    } else {
        report.fine(format_args!("the data folder {} is closed to others", path.display()))?;
    }
    if open_to_others(&folder.key()) {
        report.bad(format_args!("other users can read {}: chmod 600 it", folder.key().display()))?;
    }
    Ok(())
}

async fn look_at_clock(app: &App, distrust_left: Duration, report: &mut Report) -> Result<(), Failure> {
    if watch::shows_the_past(app).await? {
        return report.bad("this machine's clock shows a time before the server's last look at it: set it right");
    }
    if distrust_left.is_zero() {
        return report.fine("the clock is believed");
    }
    let hours = distrust_left.as_secs().div_ceil(3_600);
    let more = counted(hours, "more hour", "more hours");
    report.warn(format_args!(
        "the clock jumped: for {more} of running nothing is recorded as ended and nothing is erased by a rule"
    ))
}

fn open_to_others(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|facts| facts.mode() & 0o077 != 0)
}

async fn look_at_app(app: &App, report: &mut Report) -> Result<(), Failure> {
    report.fine("database and key file belong together")?;
    match tokio::time::timeout(PATIENCE, app.blobs.probe()).await {
        Ok(Ok(())) => report.fine("files can be stored and read")?,
        Ok(Err(error)) => report.bad(super::open::because(&error))?,
        Err(_) => report.bad("storing a file takes too long")?,
    }
    let figures = figures(app).await?;
    match figures.free_bytes {
        Some(free) if free < 4 * limits::DISK_RESERVE_BYTES => {
            report.bad(format_args!("only {free} bytes are free where files are kept"))?;
        }
        Some(free) => report.fine(format_args!("{free} bytes are free where files are kept"))?,
        None => {}
    }
    look_at_clock(app, figures.clock_distrust_left, report).await?;
    if figures.jobs_failed > 0 {
        report.warn(format_args!("{} given up", counted(figures.jobs_failed, "job was", "jobs were")))?;
    }
    if app.mailer.transport.is_local() {
        return report.warn("no mail server is set: messages are written into the data folder");
    }
    match tokio::time::timeout(PATIENCE, app.mailer.transport.probe()).await {
        Ok(Ok(())) => report.fine(format_args!("the mail server takes mail from {}", app.mailer.from)),
        Ok(Err(why)) => report.bad(format_args!("the mail server does not work: {why}")),
        Err(_) => report.bad("the mail server does not answer"),
    }
}
