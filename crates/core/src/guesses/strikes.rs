//! Counting strikes that may be taken back: so many in a row, then one per interval (the generic cell rate algorithm,
//! ITU-T I.371). The limiter library has no way to give a cell back, and only wrong guesses are to count.
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Beyond so many strikers, those who have all their strikes again are forgotten at once and not now and then.
const STRIKERS_KEPT: usize = 100_000;

/// How many strikes in a row, and how long until one more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    pub burst: u32,
    pub interval: Duration,
}

/// Strikes by key. Times are of one monotonic clock.
#[derive(Debug)]
pub(super) struct Strikes<K> {
    allowance: Allowance,
    /// When each key will have all its strikes again.
    clean_at: Mutex<HashMap<K, Duration>>,
}

impl<K: Hash + Eq + Clone> Strikes<K> {
    pub fn new(allowance: Allowance) -> Self {
        Self { allowance, clean_at: Mutex::new(HashMap::new()) }
    }

    /// Books a strike; otherwise answers how long to wait for the next one.
    pub fn strike(&self, key: K, now: Duration) -> Result<(), Duration> {
        let mut clean_at = self.lock();
        if clean_at.len() >= STRIKERS_KEPT {
            clean_at.retain(|_, at| *at > now);
        }
        let next = clean_at.get(&key).copied().unwrap_or_default().max(now) + self.allowance.interval;
        let latest = now + self.allowance.interval * self.allowance.burst;
        if next > latest {
            return Err(next.saturating_sub(latest));
        }
        clean_at.insert(key, next);
        Ok(())
    }

    /// Takes a booked strike back.
    pub fn take_back(&self, key: &K) {
        if let Some(at) = self.lock().get_mut(key) {
            *at = at.saturating_sub(self.allowance.interval);
        }
    }

    pub fn forget_old(&self, now: Duration) {
        self.lock().retain(|_, at| *at > now);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Duration>> {
        // Every change is one insertion or removal: a panic elsewhere leaves nothing half done.
        self.clean_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
