//! How many event streams an account has open: each one asks the database every few seconds, so their number has a limit.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use waybill_core::error::Error;
use waybill_core::ids::AccountId;
use waybill_core::limits::EVENT_STREAMS_MAX;

/// Open streams by account.
#[derive(Debug, Default)]
pub struct Streams {
    open: Mutex<HashMap<AccountId, usize>>,
}

/// One stream's place; dropping it gives the place back.
#[derive(Debug)]
pub struct Place {
    streams: Arc<Streams>,
    account: AccountId,
}

/// What one stream too many is told to wait: forgotten pages close theirs meanwhile.
const RETRY_AFTER_S: u64 = 30;

impl Streams {
    /// Takes a place. [`Error::TooMany`] when the account has [`EVENT_STREAMS_MAX`] streams.
    pub fn take(self: &Arc<Self>, account: AccountId) -> Result<Place, Error> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(account).or_default();
        if *count >= EVENT_STREAMS_MAX {
            return Err(Error::TooMany { retry_after_s: RETRY_AFTER_S });
        }
        *count += 1;
        Ok(Place { streams: self.clone(), account })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.account);
            }
        }
    }
}
