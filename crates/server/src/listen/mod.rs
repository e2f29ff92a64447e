//! How do connections come in, how long may they take, and how do they end? Waybill's own accept loop over hyper.
//!
//! hyper has no limit on silent connections, slow bodies and slow readers; `pace`, `watch` and `wire` add them. Only
//! time in which a client is awaited counts against it. This module never looks at routes and never decides who may do
//! what.
//!
//! The loop is generic over the stream from `connection` on, so that a TLS acceptor can stand between `accept` and it.
mod accept;
mod body;
mod check;
mod connection;
mod delivery;
mod forwarded;
mod head_scan;
mod pace;
#[cfg(test)]
mod tests;
mod watch;
mod wire;

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;

pub use accept::{Drained, bind, serve};
pub use body::{TooSlow, is_too_slow};
pub use delivery::Delivery;
pub use forwarded::{ForwardedBy, Proxies, client_ip, is_https};
pub use pace::Slowness;
pub use watch::WireMeter;

/// The other end of the connection a request came on, in the request's extensions. Behind a proxy this is the proxy:
/// see [`client_ip`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    pub addr: SocketAddr,
}

/// Connections the kernel keeps for us until we accept them: enough for a thousand that arrive at once.
pub const BACKLOG: u32 = 4_096;

/// Unsent bytes above which the kernel takes no more of an answer (Linux). It makes "the socket accepted a byte" mean
/// something: without it some megabytes vanish into the kernel, and a reader at 8 KiB/s would look dead for minutes and
/// then fine. The kernel asks for more when half is gone, so at the stall limit below this judges readers from about
/// 1 KiB/s. Measured on loopback it costs no throughput (64 KiB would).
pub const UNSENT_BYTES_MAX: u32 = 128 * 1_024;

/// Buffer of an HTTP/1 connection in each direction; with a thousand connections more would cost too much memory.
pub const H1_BUFFER_MAX: usize = 64 * 1_024;
/// Request line and header fields of one HTTP/1 request together; more answers 431.
pub const H1_HEAD_MAX: usize = 32 * 1_024;
/// The same for HTTP/2, as the protocol counts it.
pub const H2_HEADER_LIST_MAX: u32 = 32 * 1_024;

/// Bytes that may be under way to us on one HTTP/2 stream: 4 MiB fill 1 Gbit/s at 30 ms. Small windows make uploads 3
/// to 20 times slower. Bytes no handler has read yet stay in memory, so this is also the price of one stream.
pub const H2_STREAM_WINDOW: u32 = 4 * 1_024 * 1_024;
/// The same for all streams of a connection together: the price of one connection.
pub const H2_CONNECTION_WINDOW: u32 = 8 * 1_024 * 1_024;
/// Requests at once on one HTTP/2 connection.
pub const H2_STREAMS_MAX: u32 = 100;
/// Streams a client may open and reset before they are looked at ("rapid reset"); more ends the connection.
pub const H2_PENDING_RESETS_MAX: usize = 20;
/// Bytes of one stream's answer that wait in memory for the client's window.
pub const H2_SEND_BUFFER: usize = 128 * 1_024;
/// A silent HTTP/2 connection is asked this often whether anybody is there,
pub const H2_PING_EVERY: Duration = Duration::from_secs(30);
/// and is ended when the answer does not come within this time.
pub const H2_PING_WAIT: Duration = Duration::from_secs(20);

/// The kernel asks a silent client after this time whether it is still there (requests that take long, event streams),
pub const KEEPALIVE_AFTER: Duration = Duration::from_mins(1);
/// this often,
pub const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);
/// and gives up on bytes the client's system has not acknowledged for this long, also after the connection was closed.
pub const UNACKNOWLEDGED_MAX: Duration = Duration::from_mins(2);

/// An answer that leaves more than this of the request's body unread announces that the connection closes. What is
/// smaller has usually arrived together with the head, and hyper reads it away.
pub const UNREAD_WITHOUT_CLOSE_MAX: u64 = 8 * 1_024;

/// Files and sockets that the connections must leave to the database, the blobs and outgoing mail.
pub const OPEN_FILES_RESERVED: u64 = 256;

/// How much a client may take. The defaults are for production; tests make them shorter.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once; further ones wait in the kernel's backlog. Lowered to what the limit on open files allows.
    pub connections_max: usize,
    /// Connections at once from one address (IPv6: one /64); further ones are answered 503 and closed. Ample, because a
    /// company or a proxy that nobody named may stand behind one address.
    pub connections_per_peer_max: usize,
    /// Proxies to which the limit per address does not apply; loopback never has one.
    pub unlimited_peers: Vec<IpNet>,
    /// The head of a request must be complete this long after its first byte, a new connection's first head this long
    /// after the connection was accepted.
    pub head: Duration,
    /// A connection without a request is closed after this time. Longer than the 60 s for which proxies keep
    /// connections to us by default, so that they and not we are the ones who close.
    pub idle: Duration,
    /// Request bodies, while a handler wants to read.
    pub slow_writer: Slowness,
    /// Answers, while the socket (HTTP/2: the stream) takes no more bytes.
    pub slow_reader: Slowness,
    /// An answer that came before the request's body was read leaves the connection open for at most this long,
    pub linger: Duration,
    /// while at most this many bytes are read away.
    pub linger_bytes_max: usize,
    /// After a shutdown began, running requests have this long to finish.
    pub drain: Duration,
}

impl Default for Limits {
    /// A line of 64 kbit/s (8 KiB/s) must pass, also when it is shared by sixteen transfers: hence 512 bytes a second.
    /// A sender that is silent for 30 s and a reader that took nothing for 60 s (a paused browser) can resume.
    fn default() -> Self {
        let minute = Duration::from_mins(1);
        Self {
            connections_max: 16_384,
            connections_per_peer_max: 2_048,
            unlimited_peers: Vec::new(),
            head: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            slow_writer: Slowness { stall: Duration::from_secs(30), window: minute, bytes_per_s_min: 512 },
            slow_reader: Slowness { stall: minute, window: minute, bytes_per_s_min: 512 },
            linger: Duration::from_secs(2),
            linger_bytes_max: 1_024 * 1_024,
            drain: Duration::from_secs(20),
        }
    }
}
