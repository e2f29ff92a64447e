//! The listener as its clients meet it. Where time matters the tests run the production limits on a paused clock, over
//! a pipe that holds 64 KiB in each direction; where the kernel matters they use real sockets on 127.0.0.1.
mod accepting;
mod delivery;
mod forwarded;
mod heads;
mod http2;
mod refused_bodies;
mod slowness;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Extension, Router};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{Shared, serve_connection};
use super::wire::Transport;
use super::{Delivery, Drained, Limits, Peer, WireMeter, bind, is_too_slow, serve};

impl Transport for DuplexStream {
    fn break_off(&mut self) {}
}

const PIPE: usize = 64 * 1024;
const CHUNK: usize = 16 * 1024;

/// What the handlers of the test router saw.
#[derive(Clone, Default)]
struct Seen {
    deliveries: Arc<Mutex<Vec<(Delivery, WireMeter)>>>,
    bodies_given_up: Arc<Mutex<Vec<Instant>>>,
}

impl Seen {
    fn delivery(&self) -> (Delivery, WireMeter) {
        self.deliveries.lock().unwrap().last().expect("a download was begun").clone()
    }

    fn given_up_at(&self) -> Option<Instant> {
        self.bodies_given_up.lock().unwrap().first().copied()
    }
}

/// Notes when a body was dropped.
struct Note(Arc<Mutex<Vec<Instant>>>);

impl Drop for Note {
    fn drop(&mut self) {
        self.0.lock().unwrap().push(Instant::now());
    }
}

fn router(seen: Seen) -> Router {
    Router::new()
        .route("/ok", any(async || "ok"))
        .route("/whoami", get(async |Extension(peer): Extension<Peer>| peer.addr.to_string()))
        .route("/read", post(read))
        .route("/think-then-read", post(think_then_read))
        .route("/sip", post(sip))
        .route("/refuse", post(async || (StatusCode::PAYLOAD_TOO_LARGE, "too large for this package")))
        .route("/think", get(think))
        .route("/never", get(std::future::pending::<()>))
        .route("/drip", get(drip))
        .route("/broken", get(broken))
        .route("/download/{chunks}", get(download))
        .route("/patient", get(patient))
        .layer(Extension(seen))
}

/// Reads the whole body and says how long it was, or why it did not get there.
async fn read(request: Request) -> Response {
    let mut body = request.into_body().into_data_stream();
    let mut length = 0;
    while let Some(chunk) = body.next().await {
        match chunk {
            Ok(chunk) => length += chunk.len(),
            Err(error) if is_too_slow(&error) => {
                return (StatusCode::REQUEST_TIMEOUT, length.to_string()).into_response();
            }
            Err(_) => return StatusCode::BAD_REQUEST.into_response(),
        }
    }
    length.to_string().into_response()
}

async fn think() -> &'static str {
    tokio::time::sleep(Duration::from_mins(10)).await;
    "thought"
}

async fn think_then_read(request: Request) -> Response {
    tokio::time::sleep(Duration::from_mins(10)).await;
    read(request).await
}

/// A server with a slow disk: five minutes of work after each piece of the body.
async fn sip(request: Request) -> String {
    let mut body = request.into_body().into_data_stream();
    let mut length = 0;
    while let Some(chunk) = body.next().await {
        length += chunk.unwrap().len();
        tokio::time::sleep(Duration::from_mins(5)).await;
    }
    length.to_string()
}

/// An answer whose pieces the server has only every five minutes.
async fn drip() -> Body {
    Body::from_stream(stream::unfold(0, async |count| {
        if count == 5 {
            return None;
        }
        tokio::time::sleep(Duration::from_mins(5)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b"drop")), count + 1))
    }))
}

/// An answer without a length that fails half-way.
async fn broken() -> Body {
    Body::from_stream(stream::iter([Ok(Bytes::from_static(b"half")), Err(std::io::Error::other("disk"))]))
}

/// Two chunks of 16 KiB; the second follows when the first was delivered.
async fn patient(Extension(delivery): Extension<Delivery>) -> Response {
    let pieces = stream::unfold((0, delivery), async |(count, delivery)| {
        match count {
            0 => {}
            1 => delivery.drained().await,
            _ => return None,
        }
        Some((Ok::<_, std::io::Error>(Bytes::from(vec![7; CHUNK])), (count + 1, delivery)))
    });
    Response::builder().header("content-length", 2 * CHUNK).body(Body::from_stream(pieces)).unwrap()
}

/// So many chunks of 16 KiB with their length announced.
async fn download(
    Extension(seen): Extension<Seen>,
    Extension(delivery): Extension<Delivery>,
    Extension(meter): Extension<WireMeter>,
    axum::extract::Path(chunks): axum::extract::Path<usize>,
) -> Response {
    seen.deliveries.lock().unwrap().push((delivery, meter));
    let note = Note(seen.bodies_given_up.clone());
    let pieces = stream::unfold((chunks, note), async |(left, note)| {
        let left = left.checked_sub(1)?;
        Some((Ok::<_, std::io::Error>(Bytes::from(vec![7; CHUNK])), (left, note)))
    });
    Response::builder().header("content-length", chunks * CHUNK).body(Body::from_stream(pieces)).unwrap()
}

/// A client with a pipe instead of a socket; the server's end runs on its own task.
fn pipe_to(limits: Limits, seen: Seen) -> (Client<DuplexStream>, JoinHandle<()>) {
    let (ours, theirs) = duplex(PIPE);
    let shared = Shared {
        router: router(seen),
        limits: Arc::new(limits),
        tasks: TaskTracker::new(),
        drain: CancellationToken::new(),
        cut: CancellationToken::new(),
    };
    let peer = Peer { addr: SocketAddr::from(([192, 0, 2, 7], 4711)) };
    let task = tokio::spawn(serve_connection(theirs, peer, Arc::new(shared)));
    (Client(ours), task)
}

fn pipe() -> Client<DuplexStream> {
    pipe_to(Limits::default(), Seen::default()).0
}

/// A server on a real socket.
struct House {
    addr: SocketAddr,
    shutdown: CancellationToken,
    ended: JoinHandle<Drained>,
    seen: Seen,
}

impl House {
    async fn open(limits: Limits) -> Self {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let (addr, shutdown, seen) = (listener.local_addr().unwrap(), CancellationToken::new(), Seen::default());
        let ended = tokio::spawn(serve(listener, router(seen.clone()), limits, shutdown.clone()));
        Self { addr, shutdown, ended, seen }
    }

    async fn visit(&self) -> Client<TcpStream> {
        Client(TcpStream::connect(self.addr).await.unwrap())
    }
}

/// A raw HTTP/1 client.
struct Client<I>(I);

impl<I: AsyncRead + AsyncWrite + Unpin> Client<I> {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// One answer with a length: its head and its body.
    async fn answer(&mut self) -> (String, Vec<u8>) {
        let head = self.head().await;
        let length = field(&head, "content-length").map_or(0, |value| value.parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        (head, body)
    }

    async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap().to_lowercase()
    }

    async fn get(&mut self, path: &str) -> (String, Vec<u8>) {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: files.example\r\n\r\n")).await;
        self.answer().await
    }

    /// Everything up to the end of the connection, with the error if it was no clean end.
    async fn rest(&mut self) -> (Vec<u8>, std::io::Result<usize>) {
        let mut bytes = Vec::new();
        let end = self.0.read_to_end(&mut bytes).await;
        (bytes, end)
    }

    /// Sends one byte a second (none when there are none) until the server closes.
    async fn trickle_until_closed(&mut self, bytes: &[u8]) {
        let (mut waste, mut drops) = ([0; 1], bytes.iter().cycle());
        loop {
            if let Some(byte) = drops.next()
                && self.0.write_all(&[*byte]).await.is_err()
            {
                return;
            }
            let second = Duration::from_secs(1);
            if let Ok(Ok(0) | Err(_)) = tokio::time::timeout(second, self.0.read(&mut waste)).await {
                return;
            }
        }
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
}

#[track_caller]
fn assert_seconds(since: Instant, from: u64, to: u64) {
    let passed = since.elapsed();
    assert!(
        passed >= Duration::from_secs(from) && passed <= Duration::from_secs(to),
        "took {passed:?}, should take {from} to {to} s"
    );
}
