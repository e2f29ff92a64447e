//! Reading a complete blob. Answers from the page cache on the calling thread, and from the disk on a thread that may
//! block; it never makes an async thread wait for a disk.
use std::fs::{File, OpenOptions};
use std::io::{self, IoSliceMut};
use std::num::NonZeroU64;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use rustix::fs::{Advice, fadvise};
use rustix::io::{Errno, ReadWriteFlags, preadv2};

use super::super::{BlobError, BlobId, BlobReader, PooledBuffer, Result};
use super::{Shared, blocking, layout};

/// How far ahead of a read that missed the cache the disk is asked to work: several chunks of a fast stream.
const READ_AHEAD_BYTES: NonZeroU64 = NonZeroU64::new(2 * 1024 * 1024).expect("not zero");

#[derive(Debug)]
pub(super) struct LocalReader {
    shared: Arc<Shared>,
    file: Arc<File>,
    size: u64,
}

impl LocalReader {
    pub(super) fn open(shared: Arc<Shared>, id: BlobId) -> Result<Self> {
        shared.refuse_out_of_use(id)?;
        let file = layout::open_file(&shared.layout.complete(id), OpenOptions::new().read(true))?;
        let size = file.metadata()?.len();
        // A hint, so its failure is of no consequence.
        let _ = fadvise(&file, 0, None, Advice::Sequential);
        Ok(Self { shared, file: Arc::new(file), size })
    }

    /// `wanted`, but not beyond the end.
    fn length_at(&self, offset: u64, wanted: usize) -> usize {
        usize::try_from(self.size.saturating_sub(offset)).map_or(wanted, |rest| rest.min(wanted))
    }
}

#[async_trait]
impl BlobReader for LocalReader {
    fn size(&self) -> u64 {
        self.size
    }

    fn try_read_now(&self, offset: u64, buffer: &mut [u8]) -> Result<Option<usize>> {
        let length = self.length_at(offset, buffer.len());
        if length == 0 {
            return Ok(Some(0));
        }
        if self.shared.reads_must_wait.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let mut target = [IoSliceMut::new(&mut buffer[..length])];
        match preadv2(&self.file, &mut target, offset, ReadWriteFlags::NOWAIT) {
            Ok(0) => Err(BlobError::Damaged { expected: self.size, found: offset }),
            Ok(read) => Ok(Some(read)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
                self.shared.reads_must_wait.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn fill(&self, offset: u64, mut buffer: PooledBuffer) -> Result<PooledBuffer> {
        let length = self.length_at(offset, buffer.room_mut().len());
        let (file, size) = (self.file.clone(), self.size);
        blocking(move || {
            let _ = fadvise(&file, offset, Some(READ_AHEAD_BYTES), Advice::WillNeed);
            match file.read_exact_at(&mut buffer.room_mut()[..length], offset) {
                Ok(()) => {
                    buffer.set_filled(length);
                    Ok(buffer)
                }
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    Err(BlobError::Damaged { expected: size, found: file.metadata()?.len() })
                }
                Err(error) => Err(error.into()),
            }
        })
        .await
    }
}
