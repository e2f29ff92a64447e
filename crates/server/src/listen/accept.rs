//! The front door: binding, accepting, counting who is inside, and closing for the night. Never speaks HTTP, except for
//! the one fixed line that turns away an address with too many connections.
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{Shared, serve_connection};
use super::{
    BACKLOG, KEEPALIVE_AFTER, KEEPALIVE_EVERY, Limits, OPEN_FILES_RESERVED, Peer, UNACKNOWLEDGED_MAX, UNSENT_BYTES_MAX,
};

/// How long accepting rests when the process or the machine has no room for another connection.
const REST_WHEN_FULL: Duration = Duration::from_millis(250);

const TURNED_AWAY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 10\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// How a listener ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections and streams that were still at work when the time to drain was over, and were cut.
    pub cut: usize,
}

/// Opens a listening socket. Port 0 picks a free one (`local_addr` tells which); `[::]` takes IPv4 as well. Errors are
/// those of the system: address in use, not permitted, not an address of this machine.
pub async fn bind(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    // Without it a restart would have to wait for old connections to be forgotten.
    socket.set_reuse_address(true)?;
    if addr.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(i32::try_from(BACKLOG).expect("the backlog is a small constant"))?;
    TcpListener::from_std(socket.into())
}

/// Serves `router` on `listener` until `shutdown`, then takes no further connection, lets running requests finish for
/// at most `limits.drain`, cuts the rest, and returns when nothing is left.
///
/// Each request carries [`Peer`], [`super::WireMeter`] and [`super::Delivery`] in its extensions. A handler is dropped
/// at its next await when its client goes away.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, shutdown: CancellationToken) -> Drained {
    let room = Arc::new(Semaphore::new(connections_allowed(limits.connections_max, raise_open_files())));
    let guests = Arc::new(Guests::new(&limits));
    let drain = limits.drain;
    let shared = Arc::new(Shared {
        router,
        limits: Arc::new(limits),
        tasks: TaskTracker::new(),
        drain: CancellationToken::new(),
        cut: CancellationToken::new(),
    });
    let accepting = async {
        loop {
            let place = room.clone().acquire_owned().await.expect("the semaphore is never closed");
            let (stream, addr) = next_connection(|| listener.accept()).await;
            let addr = SocketAddr::new(addr.ip().to_canonical(), addr.port());
            let Some(guest) = guests.admit(addr.ip()) else {
                turn_away(&stream, addr);
                continue;
            };
            tune(&stream);
            let shared = shared.clone();
            shared.tasks.clone().spawn(async move {
                serve_connection(stream, Peer { addr }, shared).await;
                drop((guest, place));
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = shutdown.cancelled() => {}
    }
    drop(listener);
    shared.drain.cancel();
    shared.tasks.close();
    if tokio::time::timeout(drain, shared.tasks.wait()).await.is_ok() {
        return Drained { cut: 0 };
    }
    let cut = shared.tasks.len();
    shared.cut.cancel();
    shared.tasks.wait().await;
    Drained { cut }
}

/// The next connection, however often accepting fails before. A connection that died in the queue is skipped; a full
/// process or machine (no file handles, no memory) is waited for instead of asked in a loop.
pub(super) async fn next_connection<T, F>(mut accept: impl FnMut() -> F) -> T
where
    F: Future<Output = io::Result<T>>,
{
    loop {
        match accept().await {
            Ok(connection) => return connection,
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections for the moment");
                tokio::time::sleep(REST_WHEN_FULL).await;
            }
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

/// How many connections fit: each may have a file open beside its socket.
pub(super) fn connections_allowed(wanted: usize, open_files_max: Option<u64>) -> usize {
    let Some(files) = open_files_max else { return wanted };
    let fitting = usize::try_from(files.saturating_sub(OPEN_FILES_RESERVED) / 2).unwrap_or(usize::MAX);
    wanted.min(fitting).clamp(16, Semaphore::MAX_PERMITS)
}

/// Lifts the soft limit on open files to the hard one and says what holds now; `None` is no limit.
fn raise_open_files() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let lifted = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current == limit.maximum || setrlimit(Resource::Nofile, lifted).is_err() {
        return limit.current;
    }
    limit.maximum
}

/// Socket options that are wished for, not needed: where the system refuses one, the connection works without.
fn tune(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EVERY);
    let _ = socket.set_tcp_nodelay(true);
    let _ = socket.set_tcp_keepalive(&keepalive);
    #[cfg(target_os = "linux")]
    {
        let _ = socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_MAX));
        let _ = socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX);
    }
}

fn turn_away(stream: &TcpStream, addr: SocketAddr) {
    tracing::debug!(peer = %addr, "too many connections from this address");
    // One short line always fits into a new socket; if not, the client sees a closed connection.
    let _ = stream.try_write(TURNED_AWAY);
}

/// Who is inside, by address.
pub(super) struct Guests {
    inside: Mutex<HashMap<IpAddr, usize>>,
    per_peer_max: usize,
    unlimited: Vec<ipnet::IpNet>,
}

/// One connection's entry; leaving the scope is leaving the house.
pub(super) struct Guest {
    guests: Arc<Guests>,
    key: Option<IpAddr>,
}

impl Guests {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            inside: Mutex::default(),
            per_peer_max: limits.connections_per_peer_max,
            unlimited: limits.unlimited_peers.clone(),
        }
    }

    /// `None` when this address has as many connections as it may.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Guest> {
        if address.is_loopback() || self.unlimited.iter().any(|network| network.contains(&address)) {
            return Some(Guest { guests: self.clone(), key: None });
        }
        let key = household(address);
        let mut inside = self.inside.lock().expect("no holder of this lock panics");
        let count = inside.get(&key).copied().unwrap_or(0);
        if count >= self.per_peer_max {
            return None;
        }
        inside.insert(key, count + 1);
        Some(Guest { guests: self.clone(), key: Some(key) })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut inside = self.guests.inside.lock().expect("no holder of this lock panics");
        match inside.get_mut(&key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                inside.remove(&key);
            }
        }
    }
}

/// One IPv6 customer has at least a /64 of addresses; they count as one.
fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}
