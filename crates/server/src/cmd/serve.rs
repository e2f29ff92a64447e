//! `waybill serve`: opens the instance, listens, works in the background, and ends in good order. Whatever happens to
//! this process, the next start needs no repair.
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use waybill_core::account::set_up;
use waybill_core::app::App;
use waybill_core::{audit, download, job};

use super::failure::Failure;
use super::folder::{self, Folder};
use super::open::{Absent, open, urls_of_address};
use super::stop::Stop;
use super::{configure, say};
use crate::config::Config;
use crate::config::options::{self, ServeOptions};
use crate::listen::{self, Drained, Limits};
use crate::pages::view::shell::Warning;
use crate::router;
use crate::web::Web;

/// Requests and jobs that are running when the server is asked to end have this long.
const DRAIN: Duration = Duration::from_secs(20);
/// What must still be written down after that takes a moment; a disk that takes longer than this has failed.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Serves until it is asked to end.
pub(super) async fn serve(options: ServeOptions) -> Result<(), Failure> {
    let config = configure(options)?;
    let folder = Folder::new(&config.data_dir);
    folder.make()?;
    let _lock = folder.lock()?;
    let stop = Stop::new().map_err(|error| Failure::new(format!("signals cannot be heard: {error}")))?;
    let door = Door::open("listen", config.listen).await?;
    let operators_door = match config.admin_listen {
        Some(address) => Some(Door::open("admin_listen", address).await?),
        None => None,
    };
    let urls = config.public_url.clone().unwrap_or_else(|| urls_of_address(&reachable(door.address).to_string()));
    let app = Arc::new(open(&config, urls, Absent::Make).await?);
    // Before the first request: what ran when this process was last ended will never report its end.
    download::lost::write_off_all(&app).await?;
    let setup = set_up::offer(&app).await?;
    say(format_args!("listening on http://{}", door.address));
    if let Some(door) = &operators_door {
        say(format_args!("metrics on http://{}/metrics", door.address));
    }
    if let Some(token) = setup {
        say(format_args!("setup: {}", app.urls.setup(&token)));
        say("hint: open this address to create the first administrator; it works once, and until this process ends");
    }
    House::start(app, door, operators_door, &config).run(stop).await
}

/// A listening socket.
struct Door {
    listener: TcpListener,
    address: SocketAddr,
}

impl Door {
    async fn open(setting: &str, wanted: SocketAddr) -> Result<Self, Failure> {
        let opened = listen::bind(wanted).await.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = opened.map_err(|error| {
            Failure::new(format!("cannot listen on {wanted}: {error}"))
                .hint(format!("choose another address with {}", options::flag(setting)))
        })?;
        Ok(Self { listener, address })
    }
}

/// An address to connect to: a listener on all addresses is reached at the machine's own.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())
    } else {
        address
    }
}

fn warnings(config: &Config, app: &App) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if config.public_url.is_none() {
        warnings.push(Warning::NoPublicUrl { address: app.urls.base().to_owned() });
    }
    if app.mailer.transport.is_local() {
        warnings.push(Warning::MailToFolder { folder: folder::MAIL.to_owned() });
    }
    warnings
}

/// Everything that runs, and how each part is told to end.
struct House {
    web: Web,
    front: Part<Drained>,
    operators: Option<Part<Drained>>,
    worker: Part<()>,
    recorder: Part<()>,
    sealer: Part<()>,
}

/// One running part.
struct Part<T> {
    name: &'static str,
    task: JoinHandle<T>,
    shutdown: CancellationToken,
}

impl<T: Send + 'static> Part<T> {
    fn start<F>(name: &'static str, run: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = T> + Send + 'static,
    {
        let shutdown = CancellationToken::new();
        Self { name, task: tokio::spawn(run(shutdown.clone())), shutdown }
    }

    /// Waits until the part has ended, which none does by itself.
    async fn ended(&mut self) -> (&'static str, Option<JoinError>) {
        (self.name, (&mut self.task).await.err())
    }

    /// Tells the part to end and waits for it; cuts it off at `deadline`.
    async fn end(&mut self, deadline: Instant) {
        self.shutdown.cancel();
        if !self.task.is_finished() && timeout_at(deadline, &mut self.task).await.is_err() {
            tracing::warn!(part = self.name, "cut off: it did not end in time");
            self.task.abort();
        }
    }
}

impl House {
    fn start(app: Arc<App>, door: Door, operators_door: Option<Door>, config: &Config) -> Self {
        let web = Web::new(app.clone(), config.proxies.clone(), warnings(config, &app));
        let limits = Limits { unlimited_peers: config.proxies.networks.clone(), drain: DRAIN, ..Limits::default() };
        let front = {
            let (router, limits) = (router::router(web.clone()), limits.clone());
            Part::start("listener", move |stop| listen::serve(door.listener, router, limits, stop))
        };
        let operators = operators_door.map(|door| {
            let router = router::operators_router(web.clone());
            Part::start("operator's listener", move |stop| listen::serve(door.listener, router, limits, stop))
        });
        let worker = Part::start("worker", |stop| job::worker::run_until(app.clone(), stop));
        let recorder = Part::start("recorder", |stop| {
            let app = app.clone();
            async move { download::recorder::run(&app, stop).await }
        });
        let sealer = Part::start("sealer", |stop| {
            let app = app.clone();
            async move { audit::seal::run(&app, stop).await }
        });
        Self { web, front, operators, worker, recorder, sealer }
    }

    /// Runs until it is asked to end, or until a part breaks: half a server would keep links open and send no mail.
    async fn run(mut self, mut stop: Stop) -> Result<(), Failure> {
        let broken = tokio::select! {
            () = stop.asked() => None,
            part = self.front.ended() => Some(part),
            part = self.worker.ended() => Some(part),
            part = self.recorder.ended() => Some(part),
            part = self.sealer.ended() => Some(part),
        };
        if let Some((name, error)) = &broken {
            let why = error.as_ref().map(ToString::to_string).unwrap_or_default();
            tracing::error!(part = name, why, "a part of the server ended by itself; stopping");
        } else {
            tracing::info!("stopping");
        }
        tokio::select! {
            () = self.end() => {}
            () = stop.asked() => return Err(Failure::new("stopped before everything that was running had ended")),
        }
        match broken {
            None => Ok(()),
            Some((name, _)) => Err(Failure::new(format!("the {name} ended by itself")).hint("the log above says why")),
        }
    }

    /// The order matters: the front door first, then what writes down what came through it, the seal last.
    async fn end(&mut self) {
        let deadline = Instant::now() + DRAIN;
        // Event streams have no end of their own.
        self.web.stopping().cancel();
        // Told first, so that its jobs end while requests do.
        self.worker.shutdown.cancel();
        if let Some(operators) = &mut self.operators {
            operators.shutdown.cancel();
        }
        self.front.end(deadline + LAST_WORDS).await;
        self.recorder.end(Instant::now() + LAST_WORDS).await;
        self.worker.end(deadline.max(Instant::now() + Duration::from_secs(1))).await;
        if let Some(operators) = &mut self.operators {
            operators.end(deadline.max(Instant::now() + Duration::from_secs(1))).await;
        }
        self.sealer.end(Instant::now() + LAST_WORDS).await;
        if timeout(LAST_WORDS, self.web.app.db.close()).await.is_err() {
            tracing::warn!("the database did not close in time; the next start sees to it");
        }
    }
}
