//! Blobs in memory, for tests of everything above the stores. Answers the whole contract, including what a power cut
//! leaves; it never forgets that only synced bytes survive one.
use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use jiff::Timestamp;

use super::{
    BlobEntry, BlobError, BlobId, BlobReader, BlobStore, Completeness, PartialBlob, PooledBuffer, Result, Space,
};
use crate::clock::Clock;

/// A store that lives as long as its last clone.
#[derive(Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    blobs: Mutex<Blobs>,
}

#[derive(Default)]
struct Blobs {
    by_id: HashMap<BlobId, Blob>,
    writers_so_far: u64,
}

struct Blob {
    content: Content,
    modified_at: Timestamp,
}

enum Content {
    /// `durable` is `None` until the first sync: a power cut takes even the name. `writer` is who may write.
    Partial {
        bytes: Vec<u8>,
        durable: Option<usize>,
        writer: u64,
    },
    Complete(Bytes),
}

#[derive(Debug)]
struct MemoryPartial {
    store: MemoryStore,
    id: BlobId,
    writer: u64,
    offset: usize,
}

#[derive(Debug)]
struct MemoryReader(Bytes);

impl MemoryStore {
    /// An empty store. Times of modification come from `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { shared: Arc::new(Shared { clock, blobs: Mutex::default() }) }
    }

    /// Everything that was not synced is gone, and all open handles with it.
    pub fn power_cut(&self) {
        let mut blobs = self.blobs();
        blobs.writers_so_far += 1;
        let nobody = blobs.writers_so_far;
        blobs.by_id.retain(|_, blob| match &mut blob.content {
            Content::Partial { bytes, durable: Some(durable), writer } => {
                bytes.truncate(*durable);
                *writer = nobody;
                true
            }
            Content::Partial { durable: None, .. } => false,
            Content::Complete(_) => true,
        });
    }

    fn blobs(&self) -> MutexGuard<'_, Blobs> {
        self.shared.blobs.lock().expect("no holder of this lock panics")
    }
}

impl Debug for MemoryStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MemoryStore").field("blobs", &self.blobs().by_id.len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl BlobStore for MemoryStore {
    async fn append(&self, id: BlobId, offset: u64) -> Result<Box<dyn PartialBlob>> {
        let modified_at = self.shared.clock.now();
        let mut blobs = self.blobs();
        blobs.writers_so_far += 1;
        let next = blobs.writers_so_far;
        if offset == 0 && !blobs.by_id.contains_key(&id) {
            let content = Content::Partial { bytes: Vec::new(), durable: None, writer: next };
            blobs.by_id.insert(id, Blob { content, modified_at });
        }
        let blob = blobs.by_id.get_mut(&id).ok_or(BlobError::NotFound)?;
        let Content::Partial { bytes, durable, writer } = &mut blob.content else {
            return Err(BlobError::AlreadyComplete);
        };
        *writer = next;
        let Some(kept) = usize::try_from(offset).ok().filter(|offset| *offset <= bytes.len()) else {
            return Err(BlobError::Damaged { expected: offset, found: length_of(bytes) });
        };
        bytes.truncate(kept);
        *durable = durable.map(|durable| durable.min(kept));
        blob.modified_at = modified_at;
        drop(blobs);
        Ok(Box::new(MemoryPartial { store: self.clone(), id, writer: next, offset: kept }))
    }

    async fn complete(&self, id: BlobId, size: u64) -> Result<()> {
        let modified_at = self.shared.clock.now();
        let mut blobs = self.blobs();
        let blob = blobs.by_id.get_mut(&id).ok_or(BlobError::NotFound)?;
        let found = blob.length();
        if found != size {
            // Whoever was writing is fenced off, as in every store.
            if let Content::Partial { writer, .. } = &mut blob.content {
                *writer = 0;
            }
            return Err(BlobError::WrongLength { expected: size, found });
        }
        blob.complete(modified_at);
        Ok(())
    }

    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>> {
        match self.blobs().by_id.get(&id).map(|blob| &blob.content) {
            Some(Content::Complete(bytes)) => Ok(Arc::new(MemoryReader(bytes.clone()))),
            Some(Content::Partial { .. }) | None => Err(BlobError::NotFound),
        }
    }

    async fn delete(&self, id: BlobId) -> Result<()> {
        self.blobs().by_id.remove(&id);
        Ok(())
    }

    fn list(&self) -> BoxStream<'_, Result<BlobEntry>> {
        let entries: Vec<_> = self.blobs().by_id.iter().map(|(id, blob)| Ok(blob.entry(*id))).collect();
        stream::iter(entries).boxed()
    }

    async fn space(&self) -> Result<Space> {
        Ok(Space { free_bytes: None, free_inodes: None })
    }

    async fn probe(&self) -> Result<()> {
        Ok(())
    }
}

impl Blob {
    fn length(&self) -> u64 {
        match &self.content {
            Content::Partial { bytes, .. } => length_of(bytes),
            Content::Complete(bytes) => length_of(bytes),
        }
    }

    fn complete(&mut self, modified_at: Timestamp) {
        if let Content::Partial { bytes, .. } = &mut self.content {
            self.content = Content::Complete(std::mem::take(bytes).into());
            self.modified_at = modified_at;
        }
    }

    fn entry(&self, id: BlobId) -> BlobEntry {
        let completeness = match &self.content {
            Content::Partial { .. } => Completeness::Partial,
            Content::Complete(_) => Completeness::Complete,
        };
        BlobEntry { id, size_bytes: self.length(), modified_at: self.modified_at, completeness }
    }
}

impl MemoryPartial {
    /// Does `work` on the bytes and how many of them are durable, if this is still the writer.
    fn change<T>(&self, work: impl FnOnce(&mut Vec<u8>, &mut Option<usize>) -> T) -> Result<T> {
        let modified_at = self.store.shared.clock.now();
        let mut blobs = self.store.blobs();
        let blob = blobs.by_id.get_mut(&self.id).ok_or(BlobError::Superseded)?;
        match &mut blob.content {
            Content::Partial { bytes, durable, writer } if *writer == self.writer => {
                blob.modified_at = modified_at;
                Ok(work(bytes, durable))
            }
            Content::Partial { .. } | Content::Complete(_) => Err(BlobError::Superseded),
        }
    }
}

#[async_trait]
impl PartialBlob for MemoryPartial {
    async fn write(&mut self, added: Bytes) -> Result<()> {
        self.change(|bytes, _| bytes.extend_from_slice(&added))?;
        self.offset += added.len();
        Ok(())
    }

    fn offset(&self) -> u64 {
        u64::try_from(self.offset).expect("a length in memory fits into 64 bits")
    }

    async fn sync(&mut self) -> Result<u64> {
        self.change(|bytes, durable| *durable = Some(bytes.len()))?;
        Ok(self.offset())
    }

    async fn truncate(&mut self, offset: u64) -> Result<()> {
        let Some(kept) = usize::try_from(offset).ok().filter(|offset| *offset <= self.offset) else {
            return Err(BlobError::Damaged { expected: offset, found: self.offset() });
        };
        self.change(|bytes, durable| {
            bytes.truncate(kept);
            *durable = durable.map(|durable| durable.min(kept));
        })?;
        self.offset = kept;
        Ok(())
    }

    async fn complete(self: Box<Self>, size: u64) -> Result<()> {
        self.change(|_, _| ())?;
        self.store.complete(self.id, size).await
    }
}

#[async_trait]
impl BlobReader for MemoryReader {
    fn size(&self) -> u64 {
        length_of(&self.0)
    }

    fn try_read_now(&self, offset: u64, buffer: &mut [u8]) -> Result<Option<usize>> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..)).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(Some(length))
    }

    async fn fill(&self, offset: u64, mut buffer: PooledBuffer) -> Result<PooledBuffer> {
        let length = self.try_read_now(offset, buffer.room_mut())?.unwrap_or_default();
        buffer.set_filled(length);
        Ok(buffer)
    }
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).expect("a length in memory fits into 64 bits")
}
