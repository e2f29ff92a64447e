//! Who may change a blob's files at this moment. Answers "am I still the writer?" and lets one thread at a time act on
//! one id; it never lets a writer that was replaced touch the file again, however late its bytes come.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::super::{BlobError, BlobId, Result};

/// The gates of all blobs somebody is working on.
#[derive(Debug, Default)]
pub(super) struct Gates {
    by_id: Mutex<ById>,
}

#[derive(Debug, Default)]
struct ById {
    gates: HashMap<BlobId, Weak<Gate>>,
    /// When there are this many, those nobody holds are dropped.
    sweep_at: usize,
}

/// The gate of one blob. Held only by threads that may block, for as long as one file operation takes.
#[derive(Debug, Default)]
pub(super) struct Gate {
    generation: Mutex<Generation>,
    /// Held while a writer's bytes are being flushed ahead, beside its writes. Taken before `generation`.
    flushing_ahead: Mutex<()>,
}

/// Counts the writers a blob has had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Generation(u64);

impl Gates {
    pub(super) fn of(&self, id: BlobId) -> Arc<Gate> {
        let mut by_id = self.by_id.lock().expect("no holder of this lock panics");
        if let Some(gate) = by_id.gates.get(&id).and_then(Weak::upgrade) {
            return gate;
        }
        if by_id.gates.len() >= by_id.sweep_at {
            by_id.gates.retain(|_, gate| gate.strong_count() > 0);
            by_id.sweep_at = (2 * by_id.gates.len()).max(64);
        }
        let gate = Arc::new(Gate::default());
        by_id.gates.insert(id, Arc::downgrade(&gate));
        gate
    }
}

impl Gate {
    /// Waits for whoever is inside, and goes in if `generation` is still the writer's.
    pub(super) fn enter(&self, generation: Generation) -> Result<MutexGuard<'_, Generation>> {
        let guard = self.lock();
        if *guard == generation { Ok(guard) } else { Err(BlobError::Superseded) }
    }

    /// Waits for whoever is inside, goes in and shuts all earlier writers out. The guard's value is the new generation.
    pub(super) fn take_over(&self) -> MutexGuard<'_, Generation> {
        // The system reports a failed flush once. Who takes over must not come between that report and its
        // consequences, or the new writer's flush would answer "durable" for bytes that are lost.
        let _quiet = self.flushing_ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let mut guard = self.lock();
        guard.0 += 1;
        guard
    }

    /// Does `flush` beside the writer's writes, and `failed` in the writer's name if it fails. Does nothing for a writer
    /// that was replaced.
    pub(super) fn flush_ahead<E>(
        &self,
        generation: Generation,
        flush: impl FnOnce() -> Result<(), E>,
        failed: impl FnOnce(E) -> BlobError,
    ) -> Result<()> {
        let _flushing = self.flushing_ahead.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.enter(generation)?);
        match flush() {
            Ok(()) => Ok(()),
            Err(error) => {
                let _writer = self.enter(generation)?;
                Err(failed(error))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Generation> {
        // A panic inside leaves the file as a crash would, which every operation copes with.
        self.generation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn gates_nobody_holds_are_forgotten() {
        let gates = Gates::default();
        let held = gates.of(BlobId(Uuid::from_u128(0)));
        for number in 1..1_000 {
            gates.of(BlobId(Uuid::from_u128(number)));
        }
        assert!(gates.by_id.lock().unwrap().gates.len() <= 64);
        assert!(Arc::ptr_eq(&held, &gates.of(BlobId(Uuid::from_u128(0)))));
    }

    #[test]
    fn a_failed_flush_ahead_has_its_consequence_unless_the_writer_was_replaced() {
        let gate = Gate::default();
        let first = *gate.take_over();
        assert!(gate.flush_ahead(first, || Ok::<(), ()>(()), |()| unreachable!("it did not fail")).is_ok());
        let failed = gate.flush_ahead(first, || Err(()), |()| BlobError::NoSpace);
        assert!(matches!(failed, Err(BlobError::NoSpace)));
        drop(gate.take_over());
        let late = gate.flush_ahead(
            first,
            || -> Result<(), ()> { unreachable!("not its file any more") },
            |()| unreachable!("not its file any more"),
        );
        assert!(matches!(late, Err(BlobError::Superseded)));
    }

    #[test]
    fn a_writer_that_was_replaced_does_not_get_in() {
        let gate = Gate::default();
        let first = *gate.take_over();
        assert!(gate.enter(first).is_ok());
        let second = *gate.take_over();
        assert!(matches!(gate.enter(first), Err(BlobError::Superseded)));
        assert!(gate.enter(second).is_ok());
    }
}
