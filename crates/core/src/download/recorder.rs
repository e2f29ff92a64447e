//! The background of downloads: waits for the responses that were announced and has what each delivered stored, tells
//! who is at work, and cuts what has ended. Three loops that never wait for each other. It must not lose a report while
//! the database can be reached at all.
use std::collections::VecDeque;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::deliveries::{Announced, Delivered};
use super::record::record;
use super::watch;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::LinkId;

/// After a shutdown began, responses that still run, and reports that are not stored yet, have this long.
const LAST_WORDS: Duration = Duration::from_secs(4);

/// What a database that does not answer just now is given before it is asked again.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reports that are stored at the same time. On SQLite they share durable commits, so many are as quick as one; on
/// PostgreSQL each holds one of the connections that requests need as well.
const STORING_MAX: usize = 64;
const STORING_MAX_SHARED: usize = 4;

/// Stores what was delivered, until `shutdown`; cuts responses whose package, link or file has ended meanwhile.
pub async fn run(app: &App, shutdown: CancellationToken) {
    let looks = every(watch::EVERY, &shutdown, || async {
        if let Err(error) = watch::cut_what_ended(app).await {
            tracing::error!(%error, "running transfers could not be looked after; trying again");
        }
    });
    let tellings = every(watch::TELL_EVERY, &shutdown, || async {
        if let Err(error) = watch::tell_what_runs(app).await {
            tracing::error!(%error, "running downloads could not be marked; trying again");
        }
    });
    tokio::join!(looks, tellings, collect(app, &shutdown));
}

async fn every<F: Future<Output = ()>>(period: Duration, shutdown: &CancellationToken, act: impl Fn() -> F) {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let acts = async {
        loop {
            ticks.tick().await;
            act().await;
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = acts => {}
    }
}

async fn collect(app: &App, shutdown: &CancellationToken) {
    let (mut running, mut line) = (FuturesUnordered::new(), Line::new(app));
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            announced = app.deliveries.next() => match announced {
                Some(announced) => running.push(ended(announced)),
                None => break,
            },
            Some(report) = running.next() => line.push(report),
            () = line.store_next(), if !line.is_empty() => {}
        }
    }
    while let Some(announced) = app.deliveries.try_next().await {
        running.push(ended(announced));
    }
    let rest = async {
        while !running.is_empty() || !line.is_empty() {
            tokio::select! {
                Some(report) = running.next() => line.push(report),
                () = line.store_next(), if !line.is_empty() => {}
            }
        }
    };
    if tokio::time::timeout(LAST_WORDS, rest).await.is_err() {
        let (unheard, unstored) = (running.len(), line.len());
        tracing::warn!(unheard, unstored, "stopped before everything that was delivered was written down");
    }
}

/// Stores the responses that have ended by now and answers how many; those that still run stay announced.
pub async fn drain(app: &App) -> u64 {
    let (mut stored, mut running) = (0, Vec::new());
    while let Some(mut announced) = app.deliveries.try_next().await {
        match (&mut announced.delivering).now_or_never() {
            Some(delivered) => {
                let _ = store_once(app, &delivered).await;
                stored += 1;
            }
            None => running.push(announced),
        }
    }
    for announced in running {
        app.deliveries.announce(announced);
    }
    stored
}

type Report = (LinkId, Delivered);

async fn ended(announced: Announced) -> Report {
    (announced.link, announced.delivering.await)
}

/// Reports that are being stored, and those that wait for it.
struct Line<'a> {
    app: &'a App,
    storing_max: usize,
    storing: FuturesUnordered<BoxFuture<'a, LinkId>>,
    waiting: VecDeque<Report>,
}

impl<'a> Line<'a> {
    fn new(app: &'a App) -> Self {
        let storing_max = if app.db.is_shared() { STORING_MAX_SHARED } else { STORING_MAX };
        Self { app, storing_max, storing: FuturesUnordered::new(), waiting: VecDeque::new() }
    }

    fn len(&self) -> usize {
        self.storing.len() + self.waiting.len()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn push(&mut self, report: Report) {
        self.app.deliveries.report_waits(report.0);
        self.waiting.push_back(report);
        self.fill();
    }

    /// Waits until one more is stored. Dropping it loses nothing.
    async fn store_next(&mut self) {
        if let Some(link) = self.storing.next().await {
            self.app.deliveries.report_is_stored(link);
            self.fill();
        }
    }

    fn fill(&mut self) {
        while self.storing.len() < self.storing_max
            && let Some(report) = self.waiting.pop_front()
        {
            self.storing.push(store(self.app, report).boxed());
        }
    }
}

/// A count is not lost because the database was away for a moment, or its disk was full.
async fn store(app: &App, (link, delivered): Report) -> LinkId {
    while is_passing(&store_once(app, &delivered).await) {
        tokio::time::sleep(PATIENCE).await;
    }
    link
}

async fn store_once(app: &App, delivered: &Delivered) -> Result<()> {
    let stored = record(app, delivered).await;
    if let Err(error) = &stored {
        tracing::error!(object = %delivered.object, %error, "what a response delivered could not be stored");
    }
    stored
}

fn is_passing(stored: &Result<()>) -> bool {
    matches!(stored, Err(Error::Unavailable(_) | Error::NoSpace))
}
