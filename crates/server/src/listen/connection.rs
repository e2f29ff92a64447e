//! One connection from its first byte to its last: which protocol it speaks, the service that every request on it goes
//! through, and its end (in peace, at shutdown, or because the client overstayed). Knows no route.
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, Response, Version, header};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use super::body::{RequestBody, ResponseBody, Running, StreamPace};
use super::check;
use super::delivery::Delivery;
use super::watch::{HeadSeen, Look, Overstay, Protocol, Watch};
use super::wire::{Transport, Wire};
use super::{
    H1_BUFFER_MAX, H1_HEAD_MAX, H2_CONNECTION_WINDOW, H2_HEADER_LIST_MAX, H2_PENDING_RESETS_MAX, H2_PING_EVERY,
    H2_PING_WAIT, H2_SEND_BUFFER, H2_STREAM_WINDOW, H2_STREAMS_MAX, Limits, Peer, UNREAD_WITHOUT_CLOSE_MAX,
};

const H2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What all connections of one listener share.
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) limits: Arc<Limits>,
    pub(super) tasks: TaskTracker,
    /// Connections should end when their running requests are answered.
    pub(super) drain: CancellationToken,
    /// Connections must end now.
    pub(super) cut: CancellationToken,
}

/// Serves one connection until it is over. `io` is ready to speak HTTP (after a TLS handshake, where there is one).
pub(super) async fn serve_connection<I: Transport>(mut io: I, peer: Peer, shared: Arc<Shared>) {
    let accepted_at = Instant::now();
    let sniffed = tokio::select! {
        sniffed = timeout_at(accepted_at + shared.limits.head, sniff(&mut io)) => sniffed,
        () = shared.drain.cancelled() => return,
    };
    let Ok(Ok((protocol, prefix))) = sniffed else { return };
    let watch = Arc::new(Watch::new(shared.limits.clone(), protocol, accepted_at));
    let over = Closing(watch.clone());
    let wire = TokioIo::new(Wire::new(io, prefix, watch.clone()));
    let context = Arc::new(Connection { peer, protocol, watch, shared, opened: Mutex::new(None) });
    match protocol {
        Protocol::Http1 => serve_http1(wire, &context).await,
        Protocol::Http2 => serve_http2(wire, &context).await,
    }
    drop(over);
}

/// One connection as its requests see it.
struct Connection {
    peer: Peer,
    protocol: Protocol,
    watch: Arc<Watch>,
    shared: Arc<Shared>,
    /// The pace of the HTTP/2 stream whose request was just taken, until its task picks it up.
    opened: Mutex<Option<Arc<StreamPace>>>,
}

/// Tells the watch that the connection is over, also when its task was dropped.
struct Closing(Arc<Watch>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Reads until it is clear which protocol the client speaks.
async fn sniff<I: Transport>(io: &mut I) -> io::Result<(Protocol, Bytes)> {
    let mut seen = BytesMut::with_capacity(H2_PREFACE.len());
    loop {
        let mut rest = vec![0; H2_PREFACE.len() - seen.len()];
        let count = io.read(&mut rest).await?;
        seen.extend_from_slice(&rest[..count]);
        if count == 0 && seen.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if count == 0 || !H2_PREFACE.starts_with(&seen) {
            return Ok((Protocol::Http1, seen.freeze()));
        }
        if seen.len() == H2_PREFACE.len() {
            return Ok((Protocol::Http2, seen.freeze()));
        }
    }
}

async fn serve_http1<I: Transport>(wire: TokioIo<Wire<I>>, context: &Arc<Connection>) {
    // The watch keeps the time of heads, because hyper's own timer would also end idle connections after it.
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(H1_BUFFER_MAX)
        .max_header_size(H1_HEAD_MAX)
        .max_headers(check::HEADER_FIELDS_MAX);
    let mut connection = builder.serve_connection(wire, service(context));
    let ended = drive(&mut connection, context).await;
    let parts = connection.into_parts();
    let has_unread = !parts.read_buf.is_empty() || context.watch.leaves_unread();
    let mut io = parts.io.into_inner().into_inner();
    match ended {
        Ended::Cut => io.break_off(),
        // Without a length or chunks the end of the connection is the end of the body: it must not look complete.
        Ended::Failed(error) if error.is_user() && context.watch.closes_to_end() => io.break_off(),
        Ended::Failed(error) if error.is_parse() => linger(io, &context.shared).await,
        Ended::Done | Ended::Failed(_) if has_unread => linger(io, &context.shared).await,
        Ended::Done => {
            let _ = timeout_at(Instant::now() + context.shared.limits.linger, io.shutdown()).await;
        }
        Ended::Failed(_) => {}
    }
}

async fn serve_http2<I: Transport>(wire: TokioIo<Wire<I>>, context: &Arc<Connection>) {
    let mut builder = http2::Builder::new(Streams(context.clone()));
    builder
        .timer(TokioTimer::new())
        .initial_stream_window_size(H2_STREAM_WINDOW)
        .initial_connection_window_size(H2_CONNECTION_WINDOW)
        .max_concurrent_streams(H2_STREAMS_MAX)
        .max_pending_accept_reset_streams(H2_PENDING_RESETS_MAX)
        .max_header_list_size(H2_HEADER_LIST_MAX)
        .max_send_buf_size(H2_SEND_BUFFER)
        .keep_alive_interval(H2_PING_EVERY)
        .keep_alive_timeout(H2_PING_WAIT);
    let mut connection = builder.serve_connection(wire, service(context));
    let _ = drive(&mut connection, context).await;
}

/// What a running connection of either protocol can do.
trait Drivable {
    fn poll_serve(&mut self, cx: &mut Context<'_>) -> Poll<hyper::Result<()>>;
    /// Takes no further request.
    fn wind_down(&mut self);
}

impl<I, S, B> Drivable for http1::Connection<I, S>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: HttpService<Incoming, ResBody = B, Error = Infallible> + Unpin,
    S::Future: Unpin,
    B: http_body::Body + 'static,
    B::Error: Into<axum::BoxError>,
{
    fn poll_serve(&mut self, cx: &mut Context<'_>) -> Poll<hyper::Result<()>> {
        self.poll_without_shutdown(cx)
    }

    fn wind_down(&mut self) {
        Pin::new(self).graceful_shutdown();
    }
}

impl<I, S, B, E> Drivable for http2::Connection<I, S, E>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: HttpService<Incoming, ResBody = B, Error = Infallible> + Unpin,
    S::Future: 'static,
    B: http_body::Body + 'static,
    B::Error: Into<axum::BoxError>,
    E: hyper::rt::bounds::Http2ServerConnExec<S::Future, B> + Unpin,
{
    fn poll_serve(&mut self, cx: &mut Context<'_>) -> Poll<hyper::Result<()>> {
        Pin::new(self).poll(cx)
    }

    fn wind_down(&mut self) {
        Pin::new(self).graceful_shutdown();
    }
}

enum Ended {
    Done,
    Failed(hyper::Error),
    Cut,
}

/// Runs a connection to its end, watching the clock.
async fn drive(connection: &mut impl Drivable, context: &Connection) -> Ended {
    let shared = &context.shared;
    let mut is_winding_down = false;
    let mut look_at = Instant::now();
    loop {
        tokio::select! {
            biased;
            ended = poll_fn(|cx| connection.poll_serve(cx)) => {
                return ended.map_or_else(Ended::Failed, |()| Ended::Done);
            }
            () = shared.cut.cancelled() => return Ended::Cut,
            () = shared.drain.cancelled(), if !is_winding_down => {
                connection.wind_down();
                is_winding_down = true;
            }
            () = sleep_until(look_at) => match context.watch.look(Instant::now()) {
                Look::Again(at) => look_at = at,
                Look::Over(Overstay::Idle) if !is_winding_down => {
                    connection.wind_down();
                    is_winding_down = true;
                    look_at = Instant::now() + shared.limits.linger;
                }
                Look::Over(reason) => {
                    tracing::debug!(peer = %context.peer.addr, ?reason, "connection cut");
                    return Ended::Cut;
                }
            },
        }
    }
}

/// Closes so that a client which is still sending sees the answer: a connection that is closed with unread bytes is
/// reset, and a reset can overtake the answer. Says that nothing follows, reads a bounded amount away, and stays for a
/// bounded time.
async fn linger<I: Transport>(mut io: I, shared: &Shared) {
    let limits = &shared.limits;
    let farewell = async {
        io.shutdown().await?;
        let mut left = limits.linger_bytes_max;
        let mut waste = vec![0; 16 * 1024];
        while left > 0 {
            let count = io.read(&mut waste).await?;
            if count == 0 {
                return Ok(());
            }
            left = left.saturating_sub(count);
        }
        std::future::pending::<io::Result<()>>().await
    };
    tokio::select! {
        _ = timeout_at(Instant::now() + limits.linger, farewell) => {}
        () = shared.cut.cancelled() => {}
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Infallible>> + Send>>;

/// The service that hyper calls for each request of this connection.
fn service(
    context: &Arc<Connection>,
) -> impl HttpService<Incoming, ResBody = ResponseBody, Error = Infallible, Future = Answering> + Unpin + use<> {
    let context = context.clone();
    service_fn(move |request| -> Answering { accept_request(context.clone(), request) })
}

/// Checks and dresses one request; synchronous up to the handler, which `Streams` relies on.
fn accept_request(context: Arc<Connection>, request: Request<Incoming>) -> Answering {
    let limits = &context.shared.limits;
    let version = request.version();
    let (turn, head) = context.watch.begin_request(!request.body().is_end_stream(), version == Version::HTTP_10);
    let delivery = Delivery::default();
    let running = Running::new(context.watch.clone(), delivery.clone());
    let stream = (context.protocol == Protocol::Http2).then(|| Arc::new(StreamPace::new(limits.slow_reader)));
    context.opened.lock().expect("no holder of this lock panics").clone_from(&stream);

    let checked = check::check(&request, head == HeadSeen::BareLf);
    let (mut parts, body) = request.into_parts();
    let (body, unread) = RequestBody::new(body, context.watch.clone(), turn, limits.slow_writer);
    parts.extensions.insert(context.peer);
    parts.extensions.insert(context.watch.meter().clone());
    parts.extensions.insert(delivery.clone());
    if let (None, Some(authority)) = (parts.headers.get(header::HOST), parts.uri.authority()) {
        // HTTP/2 names the host in the target; handlers find it in one place.
        if let Ok(host) = HeaderValue::from_str(authority.as_str()) {
            parts.headers.insert(header::HOST, host);
        }
    }
    Box::pin(async move {
        let mut response = match checked {
            Ok(()) => {
                let mut router = context.shared.router.clone();
                let Ok(response) = router.call(Request::from_parts(parts, Body::new(body))).await;
                response
            }
            Err(refusal) => {
                drop(body);
                check::refuse(refusal, version)
            }
        };
        let stays_unread = unread.bytes().is_none_or(|bytes| bytes > UNREAD_WITHOUT_CLOSE_MAX);
        if context.protocol == Protocol::Http1 && (stays_unread || head == HeadSeen::NotSeen) {
            check::announce_close(&mut response, version);
        }
        context.watch.begin_answer(&delivery);
        Ok(response.map(|body| ResponseBody::new(body, delivery, stream, running)))
    })
}

/// Runs the streams of one HTTP/2 connection, and ends those whose reader is too slow: the others go on.
#[derive(Clone)]
struct Streams(Arc<Connection>);

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, stream: F) {
        // hyper calls the service and then, before anything else, hands the stream over.
        let opened = self.0.opened.lock().expect("no holder of this lock panics").take();
        let cut = self.0.shared.cut.clone();
        let peer = self.0.peer;
        self.0.shared.tasks.spawn(async move {
            let too_slow = async {
                match &opened {
                    Some(pace) => pace.too_slow().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = stream => {}
                () = too_slow => tracing::debug!(peer = %peer.addr, "slow reader: stream reset"),
                () = cut.cancelled() => {}
            }
        });
    }
}
