//! Buffers for bytes on their way out, from one budget for the whole process. Answers "a buffer, please" and keeps the
//! sum of all buffers under the budget, whatever the number of transfers; it never hands out a buffer beyond it.
//!
//! Buffers are recycled, because fresh ones cost a page fault for every 4 KiB. As the budget fills up, callers get smaller
//! buffers, so that a thousand slow readers cannot hold it all in large ones; when even the smallest are used up, callers
//! wait in the order they came.
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The largest buffer there is: as measured, larger ones are no faster.
pub const BUFFER_BYTES_MAX: usize = CLASSES[0].bytes;
/// The smallest buffer, and the unit in which the budget is counted.
pub const BUFFER_BYTES_MIN: usize = CLASSES[CLASSES.len() - 1].bytes;

/// A size of buffer, and how much of the budget must be free for it to be handed out.
struct Class {
    bytes: usize,
    /// Granted only while more than `1 / share_free` of the budget is free.
    share_free: usize,
}

/// With a budget of 24 MiB: 48 buffers of 256 KiB, then 96 of 64 KiB, 192 of 16 KiB, and 768 of 4 KiB.
const CLASSES: [Class; 4] = [
    Class { bytes: 256 * 1024, share_free: 2 },
    Class { bytes: 64 * 1024, share_free: 4 },
    Class { bytes: 16 * 1024, share_free: 8 },
    Class { bytes: 4 * 1024, share_free: usize::MAX },
];

/// A budget of memory for buffers; clones share it.
#[derive(Clone)]
pub struct BufferPool {
    inner: Arc<Inner>,
}

struct Inner {
    /// One permit is `BUFFER_BYTES_MIN` bytes of the budget. It is first come, first served.
    permits: Arc<Semaphore>,
    budget_bytes: usize,
    idle: Mutex<Idle>,
}

/// Buffers nobody uses at the moment, by class.
#[derive(Default)]
struct Idle {
    buffers: [Vec<Box<[u8]>>; CLASSES.len()],
    bytes: usize,
}

/// A buffer that goes back to its pool when dropped.
pub struct PooledBuffer {
    bytes: Box<[u8]>,
    class: usize,
    room: usize,
    filled: usize,
    pool: Arc<Inner>,
    /// Dropped after `Drop::drop` has put the bytes back: whoever takes the permit next finds them there.
    _permit: OwnedSemaphorePermit,
}

impl BufferPool {
    /// A pool that never holds more than `budget_bytes`, in use or idle (at least one largest buffer).
    pub fn new(budget_bytes: usize) -> Self {
        let budget_bytes = budget_bytes.max(BUFFER_BYTES_MAX);
        let permits = (budget_bytes / BUFFER_BYTES_MIN).min(Semaphore::MAX_PERMITS);
        let budget_bytes = permits * BUFFER_BYTES_MIN;
        let permits = Arc::new(Semaphore::new(permits));
        Self { inner: Arc::new(Inner { permits, budget_bytes, idle: Mutex::default() }) }
    }

    /// A buffer with room for `length` bytes, or less when `length` is more than `BUFFER_BYTES_MAX` or the budget is
    /// short. Waits while the budget is used up.
    pub async fn take(&self, length: usize) -> PooledBuffer {
        if let Some(buffer) = self.try_take(length) {
            return buffer;
        }
        let permits = self.inner.permits.clone();
        let permit = permits.acquire_owned().await.expect("the pool never closes its semaphore");
        self.buffer(CLASSES.len() - 1, length, permit)
    }

    /// As `take`, but `None` instead of waiting.
    pub fn try_take(&self, length: usize) -> Option<PooledBuffer> {
        // The smallest class that holds `length`, or the largest there is; then smaller ones as the budget demands.
        let wanted = CLASSES.iter().rposition(|class| class.bytes >= length).unwrap_or(0);
        for (index, class) in CLASSES.iter().enumerate().skip(wanted) {
            if self.free_bytes() <= self.inner.budget_bytes / class.share_free {
                continue;
            }
            let units = u32::try_from(class.bytes / BUFFER_BYTES_MIN).expect("a class has few units");
            if let Ok(permit) = self.inner.permits.clone().try_acquire_many_owned(units) {
                return Some(self.buffer(index, length, permit));
            }
        }
        None
    }

    /// How much of the budget no buffer in use takes up.
    pub fn free_bytes(&self) -> usize {
        self.inner.permits.available_permits() * BUFFER_BYTES_MIN
    }

    /// The whole budget.
    pub fn budget_bytes(&self) -> usize {
        self.inner.budget_bytes
    }

    /// Bytes kept for the next callers.
    pub fn idle_bytes(&self) -> usize {
        self.inner.idle().bytes
    }

    fn buffer(&self, class: usize, length: usize, permit: OwnedSemaphorePermit) -> PooledBuffer {
        let size = CLASSES[class].bytes;
        let recycled = {
            let mut idle = self.inner.idle();
            let recycled = idle.pop(class);
            // What is in use counts the new buffer already; idle ones of other sizes make way for it.
            let used = self.inner.budget_bytes - self.free_bytes();
            idle.shrink_to(self.inner.budget_bytes - used);
            recycled
        };
        let bytes = recycled.unwrap_or_else(|| vec![0; size].into_boxed_slice());
        PooledBuffer { bytes, class, room: length.min(size), filled: 0, pool: self.inner.clone(), _permit: permit }
    }
}

impl Debug for BufferPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("BufferPool");
        debug.field("budget_bytes", &self.budget_bytes()).field("free_bytes", &self.free_bytes()).finish()
    }
}

impl Inner {
    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().expect("no holder of this lock panics")
    }

    /// A quarter of the budget stays at hand; the rest goes back to the system when the rush is over.
    fn idle_bytes_max(&self) -> usize {
        self.budget_bytes / 4
    }
}

impl Idle {
    fn pop(&mut self, class: usize) -> Option<Box<[u8]>> {
        let buffer = self.buffers[class].pop()?;
        self.bytes -= buffer.len();
        Some(buffer)
    }

    fn shrink_to(&mut self, bytes_max: usize) {
        for class in 0..CLASSES.len() {
            while self.bytes > bytes_max && self.pop(class).is_some() {}
        }
    }
}

impl PooledBuffer {
    /// Where bytes may be put: as many as were asked for, or as the buffer has. Holds whatever was there before.
    pub fn room_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.room]
    }

    /// The first `length` bytes of the room now count; more than the room has do not.
    pub fn set_filled(&mut self, length: usize) {
        self.filled = length.min(self.room);
    }

    /// The bytes that count.
    pub fn filled(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// The bytes that count, to be sent on; the buffer goes back to the pool with the last clone.
    pub fn freeze(self) -> Bytes {
        if self.filled == 0 { Bytes::new() } else { Bytes::from_owner(self) }
    }
}

impl AsRef<[u8]> for PooledBuffer {
    fn as_ref(&self) -> &[u8] {
        self.filled()
    }
}

impl Drop for PooledBuffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut idle = self.pool.idle();
        if idle.bytes + bytes.len() <= self.pool.idle_bytes_max() {
            idle.bytes += bytes.len();
            idle.buffers[self.class].push(bytes);
        }
    }
}

impl Debug for PooledBuffer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PooledBuffer")
            .field("room", &self.room)
            .field("filled", &self.filled)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn a_buffer_has_the_room_that_was_asked_for() {
        let pool = BufferPool::new(24 * MIB);
        for length in [0, 1, 4096, 4097, 70_000, BUFFER_BYTES_MAX] {
            assert_eq!(pool.try_take(length).unwrap().room_mut().len(), length);
        }
        assert_eq!(pool.try_take(BUFFER_BYTES_MAX + 1).unwrap().room_mut().len(), BUFFER_BYTES_MAX);
        assert_eq!(pool.free_bytes(), pool.budget_bytes());
    }

    #[test]
    fn a_thousand_transfers_fit_into_24_mib() {
        let pool = BufferPool::new(24 * MIB);
        let buffers: Vec<_> = std::iter::from_fn(|| pool.try_take(BUFFER_BYTES_MAX)).collect();
        assert!(buffers.len() >= 1_000, "{}", buffers.len());
        assert_eq!(buffers.iter().map(|buffer| buffer.bytes.len()).sum::<usize>(), pool.budget_bytes());
        assert_eq!(pool.free_bytes(), 0);
        drop(buffers);
        assert_eq!(pool.free_bytes(), pool.budget_bytes());
        assert!(pool.idle_bytes() <= 6 * MIB);
    }

    #[test]
    fn idle_buffers_make_way_for_buffers_of_another_size() {
        let pool = BufferPool::new(MIB);
        drop(pool.try_take(BUFFER_BYTES_MAX).unwrap());
        assert_eq!(pool.idle_bytes(), BUFFER_BYTES_MAX);
        let mut small = Vec::new();
        while let Some(buffer) = pool.try_take(1) {
            small.push(buffer);
            assert!(pool.idle_bytes() + small.len() * BUFFER_BYTES_MIN <= MIB);
        }
        assert_eq!(small.len() * BUFFER_BYTES_MIN, MIB);
        assert_eq!(pool.idle_bytes(), 0);
    }

    #[test]
    fn a_returned_buffer_is_used_again() {
        let pool = BufferPool::new(MIB);
        let first = pool.try_take(BUFFER_BYTES_MAX).unwrap();
        let address = first.bytes.as_ptr();
        drop(first);
        assert_eq!(pool.try_take(BUFFER_BYTES_MAX).unwrap().bytes.as_ptr(), address);
    }

    #[test]
    fn frozen_bytes_give_their_buffer_back_with_the_last_clone() {
        let pool = BufferPool::new(MIB);
        let mut buffer = pool.try_take(100).unwrap();
        buffer.room_mut()[..3].copy_from_slice(b"abc");
        buffer.set_filled(3);
        let bytes = buffer.freeze();
        let part = bytes.slice(1..);
        drop(bytes);
        assert_eq!(&part[..], b"bc");
        assert_eq!(pool.free_bytes(), MIB - BUFFER_BYTES_MIN);
        drop(part);
        assert_eq!(pool.free_bytes(), MIB);
    }

    #[test]
    fn who_waits_first_is_served_first_and_newcomers_do_not_overtake() {
        let pool = BufferPool::new(BUFFER_BYTES_MAX);
        let mut buffers: Vec<_> = std::iter::from_fn(|| pool.try_take(1)).collect();
        let mut first = Box::pin(pool.take(1));
        let mut second = Box::pin(pool.take(1));
        assert!((&mut first).now_or_never().is_none());
        assert!((&mut second).now_or_never().is_none());
        buffers.pop();
        assert!(pool.try_take(1).is_none());
        assert!((&mut second).now_or_never().is_none());
        let served = (&mut first).now_or_never().expect("the first in line");
        drop(served);
        assert!((&mut second).now_or_never().is_some());
    }
}
