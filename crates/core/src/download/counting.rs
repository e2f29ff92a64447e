//! The rules of counting under a limit: who gets a slot, whose slot he may take over, how a reservation ends, how much
//! one slot serves, and how far a response may send before it is written down. Pure: facts and `now` go in, a decision
//! comes out. Together they must never let a link count more than its limit, and never lose a slot.
use std::ops::Range;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::wholes::Thing;

/// A reservation at which nothing has happened for so long is idle: without any byte it is dropped, otherwise somebody
/// else may take it over.
pub const IDLE: Duration = Duration::from_mins(1);
/// A response under a limit writes down at least so much ahead of what it sends ...
pub const STEP_BYTES_MIN: u64 = 4 << 20;
/// ... and at most so much.
pub const STEP_BYTES_MAX: u64 = 64 << 20;
/// The last missing bytes of an object; they leave only after the download was counted. Small, so that whoever breaks
/// off before has not used his download up; large enough for one write to a socket.
pub const LAST_SLICE_BYTES: u64 = 64 << 10;
/// What a slot serves beyond twice the content, so that small packages can be resumed as well.
pub const SPARE_BYTES: u64 = 1 << 20;
/// Reservations that timed out uncounted, per allowed download; from the next one on they count.
pub const RELEASES_FREE: u64 = 5;
/// A reservation that delivered so much of a file, or of the archive, counts when it times out.
pub const NEARLY_WHOLE_PERCENT: u64 = 90;

/// What a link's limit allows, and what is taken of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slots {
    pub limit: u64,
    /// Counted downloads since the limit was last granted.
    pub counted: u64,
    /// Reserved and not yet counted.
    pub reserved: u64,
    /// Reservations that timed out without being counted.
    pub releases: u64,
}

impl Slots {
    pub fn free(self) -> u64 {
        self.limit.saturating_sub(self.counted).saturating_sub(self.reserved)
    }

    /// Whether nothing is left, not even what somebody has reserved.
    pub fn is_used_up(self) -> bool {
        self.counted >= self.limit
    }
}

/// How much of an object a reservation has delivered, of the object that came furthest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    Nothing,
    Some,
    /// At least [`NEARLY_WHOLE_PERCENT`].
    NearlyWhole,
}

impl Progress {
    /// Of `delivered` bytes of an object with `size` bytes.
    pub fn of(delivered: u64, size: u64) -> Self {
        match delivered {
            0 => Self::Nothing,
            _ if u128::from(delivered) * 100 >= u128::from(size) * u128::from(NEARLY_WHOLE_PERCENT) => {
                Self::NearlyWhole
            }
            _ => Self::Some,
        }
    }
}

/// A started download that is not counted yet and holds a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation<Id> {
    pub id: Id,
    /// When it was started, or taken over.
    pub started_at: Timestamp,
    pub usable_until: Timestamp,
    /// When a response of it was last known to run.
    pub active_at: Option<Timestamp>,
    pub progress: Progress,
    /// Whether its slot has served so much that what is missing does not fit any more.
    pub is_spent: bool,
}

impl<Id> Reservation<Id> {
    /// How long nothing has happened. The distance counts, not the direction: after the wall clock was set back a
    /// reservation must not look busy for ever.
    fn idle_for(&self, now: Timestamp) -> Duration {
        let last = self.active_at.map_or(self.started_at, |at| at.max(self.started_at));
        now.duration_since(last).unsigned_abs()
    }

    fn is_idle(&self, now: Timestamp) -> bool {
        self.idle_for(now) >= IDLE
    }
}

/// How a reservation ends that nobody completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It never fetched a byte: the slot is free again, as if nobody had pressed.
    Dropped,
    /// It timed out: the slot is free again, and the link's releases grow.
    Released,
    /// It timed out and counts.
    Counted,
}

/// Whether the reservation has to end at `now`, and how; `None` while it goes on.
pub fn ending<Id>(slots: Slots, reservation: &Reservation<Id>, now: Timestamp) -> Option<Ending> {
    // What runs may finish.
    if !reservation.is_idle(now) {
        return None;
    }
    if reservation.progress == Progress::Nothing {
        return Some(Ending::Dropped);
    }
    if now < reservation.usable_until && !reservation.is_spent {
        return None;
    }
    // A limit of 0 was taken away meanwhile: then nothing is to be defended.
    let too_often = slots.limit > 0 && slots.releases >= slots.limit.saturating_mul(RELEASES_FREE);
    let counts = reservation.progress == Progress::NearlyWhole || too_often;
    Some(if counts { Ending::Counted } else { Ending::Released })
}

/// What a start of a new visit gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission<Id> {
    /// A slot of its own.
    Reserve,
    /// The slot of this reservation, which has been idle the longest.
    TakeOver(Id),
    /// The limit was lowered below what is reserved: this one, which has been idle the longest, ends first.
    End(Id),
    /// Every slot is in use; one may become free so soon.
    Busy { retry_after: Duration },
    /// The limit is used up.
    UsedUp,
}

/// Decides about a new visit. `open` are the link's reservations that go on after [`ending`] was asked for each.
pub fn admit<Id: Copy>(slots: Slots, open: &[Reservation<Id>], now: Timestamp) -> Admission<Id> {
    if slots.is_used_up() {
        return Admission::UsedUp;
    }
    if slots.free() > 0 {
        return Admission::Reserve;
    }
    let Some(longest) = open.iter().max_by_key(|reservation| reservation.idle_for(now)) else {
        return Admission::Busy { retry_after: IDLE };
    };
    if longest.is_idle(now) {
        let is_one_too_many = slots.counted.saturating_add(slots.reserved) > slots.limit;
        return if is_one_too_many { Admission::End(longest.id) } else { Admission::TakeOver(longest.id) };
    }
    Admission::Busy { retry_after: IDLE.saturating_sub(longest.idle_for(now)).max(Duration::from_secs(1)) }
}

/// How many bytes one slot serves in all, of a content of `content_bytes` (all files and the archive).
pub fn budget(content_bytes: u64) -> u64 {
    content_bytes.saturating_mul(2).saturating_add(SPARE_BYTES)
}

/// Whether a request for `length` more bytes fits into the slot's budget beside what is `booked`.
pub fn fits(booked: u64, content_bytes: u64, length: u64) -> bool {
    booked.saturating_add(length) <= budget(content_bytes)
}

/// What a response may do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Once this is written down, bytes up to `to` may leave. `settles_next`: what follows completes the object, so all
    /// of this is to be delivered before the next step is asked for.
    Ahead { to: u64, settles_next: bool },
    /// What follows completes the object: the download is counted, then bytes up to `to` may leave.
    Settle { to: u64 },
}

/// How far a response may go that has sent `sent` bytes and stands at `rest.start`; it ends at `rest.end`, which is
/// behind its start. `things` are what its bytes could make whole; none where the download was counted.
pub(super) fn next_step(things: &[Thing], rest: Range<u64>, sent: u64) -> Step {
    let to = rest.end.min(rest.start.saturating_add(sent.clamp(STEP_BYTES_MIN, STEP_BYTES_MAX)));
    let mut first_slice = None;
    for thing in things {
        let (Some(first), Some(last)) = (thing.missing.first(), thing.missing.last()) else {
            // It is whole already and was not counted.
            return Step::Settle { to };
        };
        if rest.start <= first.start && last.end <= to {
            let slice = last.end.saturating_sub(LAST_SLICE_BYTES).max(last.start);
            first_slice = Some(first_slice.map_or(slice, |known: u64| known.min(slice)));
        }
    }
    match first_slice {
        None => Step::Ahead { to, settles_next: false },
        Some(slice) if slice > rest.start => Step::Ahead { to: slice, settles_next: true },
        Some(_) => Step::Settle { to },
    }
}

/// 24 hours, or whatever the wait is, after `now`.
pub(super) fn usable_from(now: Timestamp) -> Timestamp {
    now + SignedDuration::try_from(super::USABLE).expect("24 hours fit")
}

#[cfg(test)]
pub(crate) mod model;
#[cfg(test)]
mod tests;
