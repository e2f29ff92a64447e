//! What is this connection doing, and has it done so for too long? One small record per connection: the wire, the
//! service and the bodies report to it, and the connection's own task asks it when to look again. It never does I/O.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use super::Limits;
use super::delivery::Delivery;
use super::head_scan::HeadScan;
use super::pace::{Pace, Verdict};

/// Writes up to this size (answers to pings, window updates) do not make an HTTP/2 connection busy.
const H2_CHATTER: usize = 64;

/// The longest time between two looks at a connection that waits for nothing in particular.
const LOOK_INTERVAL_MAX: Duration = Duration::from_secs(5);

/// Bytes that went over one connection, all requests together, as its socket saw them (without TLS, with heads and
/// framing). It lies in the extensions of every request.
#[derive(Debug, Clone, Default)]
pub struct WireMeter {
    written: Arc<AtomicU64>,
    read: Arc<AtomicU64>,
}

impl WireMeter {
    /// Bytes the socket has accepted from the server so far.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Bytes that have been read from the socket so far.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// Why a connection is ended by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overstay {
    /// The head of a request did not arrive in time.
    SlowHead,
    /// Nothing was asked for a long time.
    Idle,
    /// The socket took no byte of an answer for a long time.
    StalledReader,
    /// The socket took bytes of an answer too slowly.
    SlowReader,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Look {
    Again(Instant),
    Over(Overstay),
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Bytes of a head are awaited, and it has begun (or the connection is new).
    Head { since: Instant },
    /// Between two requests.
    Idle { since: Instant },
    /// A request is being answered: the server's time.
    Busy,
}

/// What the bytes that arrive belong to, as far as we can know.
#[derive(Debug)]
enum Reading {
    Head(HeadScan),
    Body,
    /// Leftovers of a body that nobody wanted; where the next head begins is unknown.
    Blind,
}

/// How the head of a request looked on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadSeen {
    Clean,
    BareLf,
    /// It came in one piece with something else (pipelined), so it was not looked at in full.
    NotSeen,
}

pub(super) struct Watch {
    limits: Arc<Limits>,
    meter: WireMeter,
    state: Mutex<State>,
}

struct State {
    protocol: Protocol,
    phase: Phase,
    /// The number of the newest request.
    turn: u64,
    running: usize,
    write: Pace,
    reading: Reading,
    /// The answer that is being written (HTTP/1).
    delivery: Option<Delivery>,
    leaves_unread: bool,
    closes_to_end: bool,
}

impl Watch {
    pub(super) fn new(limits: Arc<Limits>, protocol: Protocol, accepted_at: Instant) -> Self {
        // The preface of HTTP/2 was the head; from then on only requests count.
        let phase = match protocol {
            Protocol::Http1 => Phase::Head { since: accepted_at },
            Protocol::Http2 => Phase::Idle { since: accepted_at },
        };
        let state = State {
            protocol,
            phase,
            turn: 0,
            running: 0,
            write: Pace::default(),
            reading: Reading::Head(HeadScan::default()),
            delivery: None,
            leaves_unread: false,
            closes_to_end: false,
        };
        Self { limits, meter: WireMeter::default(), state: Mutex::new(state) }
    }

    pub(super) fn meter(&self) -> &WireMeter {
        &self.meter
    }

    // ----- reported by the wire -----

    pub(super) fn read(&self, bytes: &[u8], now: Instant) {
        self.meter.read.fetch_add(length(bytes.len()), Ordering::Relaxed);
        let mut state = self.state();
        if state.protocol == Protocol::Http2 || bytes.is_empty() {
            return;
        }
        if let Phase::Idle { .. } = state.phase {
            state.phase = Phase::Head { since: now };
        }
        if let Reading::Head(scan) = &mut state.reading {
            scan.feed(bytes);
        }
    }

    /// The socket has no room for what is to be written.
    pub(super) fn write_blocked(&self, now: Instant) {
        self.state().write.wait(now);
    }

    pub(super) fn wrote(&self, bytes: usize, now: Instant) {
        self.meter.written.fetch_add(length(bytes), Ordering::Relaxed);
        let mut state = self.state();
        state.write.moved(length(bytes), now, &self.limits.slow_reader);
        if let Some(delivery) = &state.delivery {
            delivery.sent(length(bytes));
        }
        let matters = state.protocol == Protocol::Http1 || bytes > H2_CHATTER;
        if let (Phase::Idle { since }, true) = (&mut state.phase, matters) {
            *since = now;
        }
    }

    /// All that was to be written has been accepted.
    pub(super) fn flushed(&self) {
        if let Some(delivery) = &self.state().delivery {
            delivery.flushed();
        }
    }

    // ----- reported by the service and the bodies -----

    /// A request's head is complete. Gives the request its number.
    pub(super) fn begin_request(&self, has_body: bool, closes_to_end: bool) -> (u64, HeadSeen) {
        let mut state = self.state();
        state.turn += 1;
        state.phase = Phase::Busy;
        state.running += 1;
        state.closes_to_end = closes_to_end;
        state.leaves_unread = false;
        if state.protocol == Protocol::Http2 {
            return (state.turn, HeadSeen::Clean);
        }
        let next = if has_body { Reading::Body } else { Reading::Head(HeadScan::default()) };
        let seen = match std::mem::replace(&mut state.reading, next) {
            Reading::Head(scan) if scan.has_bare_lf() => HeadSeen::BareLf,
            Reading::Head(scan) if scan.is_complete() => HeadSeen::Clean,
            Reading::Head(_) | Reading::Body | Reading::Blind => HeadSeen::NotSeen,
        };
        (state.turn, seen)
    }

    /// The end of a request's body was read: what follows is the next head.
    pub(super) fn complete_body(&self, turn: u64) {
        let mut state = self.state();
        if let (Reading::Body, true) = (&state.reading, state.turn == turn) {
            state.reading = Reading::Head(HeadScan::default());
        }
    }

    /// Nobody reads a request's body any more, and its end was not reached.
    pub(super) fn abandon_body(&self, turn: u64) {
        let mut state = self.state();
        if let (Reading::Body, true) = (&state.reading, state.turn == turn) {
            state.reading = Reading::Blind;
            state.leaves_unread = true;
        }
    }

    /// The answer's head is about to be written (HTTP/1).
    pub(super) fn begin_answer(&self, delivery: &Delivery) {
        let mut state = self.state();
        if state.protocol == Protocol::Http1 {
            // What is left of the answer before goes out with this one and cannot be told apart any more.
            if let Some(before) = state.delivery.replace(delivery.clone()) {
                before.settle_in_full();
            }
        }
    }

    /// The answer is complete or given up; its last bytes may still be on their way.
    pub(super) fn end_request(&self, delivery: &Delivery, now: Instant) {
        let mut state = self.state();
        state.running = state.running.saturating_sub(1);
        if state.running == 0 {
            state.phase = Phase::Idle { since: now };
        }
        if state.delivery.as_ref().is_some_and(|current| current.is(delivery)) {
            delivery.end();
        } else {
            delivery.settle_in_full();
        }
    }

    // ----- asked by the connection's task -----

    pub(super) fn look(&self, now: Instant) -> Look {
        let state = self.state();
        let limits = &self.limits;
        let mut again = now + self.look_interval();
        match state.write.verdict(now, &limits.slow_reader) {
            Verdict::Stalled => return Look::Over(Overstay::StalledReader),
            Verdict::TooSlow => return Look::Over(Overstay::SlowReader),
            Verdict::Waiting(at) => again = again.min(at),
            Verdict::AtEase => {}
        }
        let deadline = match state.phase {
            Phase::Head { since } => Some((since + limits.head, Overstay::SlowHead)),
            // While an answer is still being written its reader is judged by the pace alone.
            Phase::Idle { since } if !state.write.is_waiting() => Some((since + limits.idle, Overstay::Idle)),
            Phase::Idle { .. } | Phase::Busy => None,
        };
        match deadline {
            Some((at, reason)) if at <= now => Look::Over(reason),
            Some((at, _)) => Look::Again(again.min(at)),
            None => Look::Again(again),
        }
    }

    /// A client may still be sending what nobody will read.
    pub(super) fn leaves_unread(&self) -> bool {
        self.state().leaves_unread
    }

    /// The running answer ends by closing (HTTP/1.0), so a broken one must not look complete.
    pub(super) fn closes_to_end(&self) -> bool {
        self.state().closes_to_end
    }

    /// The connection is over.
    pub(super) fn close(&self) {
        if let Some(delivery) = self.state().delivery.take() {
            delivery.settle_as_is();
        }
    }

    fn look_interval(&self) -> Duration {
        let limits = &self.limits;
        let shortest = limits.head.min(limits.idle).min(limits.slow_reader.stall).min(limits.slow_reader.window);
        (shortest / 4).clamp(Duration::from_millis(5), LOOK_INTERVAL_MAX)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

pub(super) fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).expect("a length in memory fits 64 bits")
}
