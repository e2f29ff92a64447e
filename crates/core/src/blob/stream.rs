//! A range of a blob as a stream of chunks, for response bodies. Answers with the bytes in order or with an error; it
//! never ends cleanly before the range does.
use std::fmt::{self, Debug};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::Stream;

use super::{BUFFER_BYTES_MAX, BlobError, BlobReader, BufferPool, PooledBuffer, Result};

/// The first chunk is small and each further one twice as long, so that many short transfers need little memory.
const FIRST_CHUNK_BYTES: usize = 16 * 1024;

/// The bytes of a range of one blob. Holds a buffer only while it reads; what it has handed out belongs to the receiver.
///
/// Let go of each chunk before waiting long for the next: who keeps them all waits for ever once the pool is used up.
///
/// Cached bytes are copied right in `poll_next`; only a cache miss, or a pool that is used up, makes it wait. After an
/// error it ends.
pub struct BlobStream {
    reader: Arc<dyn BlobReader>,
    pool: BufferPool,
    offset: u64,
    end: u64,
    chunk_bytes: usize,
    waiting: Option<BoxFuture<'static, Result<PooledBuffer>>>,
}

impl BlobStream {
    /// Streams `range` of the blob. `Damaged` when the blob is too short for it.
    pub fn new(reader: Arc<dyn BlobReader>, pool: BufferPool, range: Range<u64>) -> Result<Self> {
        if range.end > reader.size() {
            return Err(BlobError::Damaged { expected: range.end, found: reader.size() });
        }
        Ok(Self { reader, pool, offset: range.start, end: range.end, chunk_bytes: FIRST_CHUNK_BYTES, waiting: None })
    }

    /// How many bytes are still to come.
    pub fn remaining(&self) -> u64 {
        self.end.saturating_sub(self.offset)
    }

    /// Starts to read the next chunk: done at once, or a future to wait for.
    fn next_chunk(&mut self) -> Result<NextChunk> {
        let length = usize::try_from(self.remaining()).map_or(self.chunk_bytes, |rest| rest.min(self.chunk_bytes));
        let (reader, offset) = (self.reader.clone(), self.offset);
        let Some(mut buffer) = self.pool.try_take(length) else {
            let pool = self.pool.clone();
            return Ok(NextChunk::Later(Box::pin(async move {
                let mut buffer = pool.take(length).await;
                match reader.try_read_now(offset, buffer.room_mut())? {
                    Some(length) => buffer.set_filled(length),
                    None => buffer = reader.fill(offset, buffer).await?,
                }
                Ok(buffer)
            })));
        };
        match self.reader.try_read_now(offset, buffer.room_mut())? {
            Some(length) => {
                buffer.set_filled(length);
                Ok(NextChunk::Now(buffer))
            }
            None => Ok(NextChunk::Later(Box::pin(async move { reader.fill(offset, buffer).await }))),
        }
    }

    fn poll_buffer(&mut self, context: &mut Context<'_>) -> Poll<Result<PooledBuffer>> {
        if self.waiting.is_none() {
            match self.next_chunk()? {
                NextChunk::Now(buffer) => return Poll::Ready(Ok(buffer)),
                NextChunk::Later(future) => self.waiting = Some(future),
            }
        }
        let waiting = self.waiting.as_mut().expect("set just above");
        let result = ready!(waiting.as_mut().poll(context));
        self.waiting = None;
        Poll::Ready(result)
    }
}

enum NextChunk {
    Now(PooledBuffer),
    Later(BoxFuture<'static, Result<PooledBuffer>>),
}

impl Stream for BlobStream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.remaining() == 0 {
            return Poll::Ready(None);
        }
        let result = ready!(self.poll_buffer(context)).and_then(|buffer| match buffer.filled().len() {
            0 => Err(BlobError::Damaged { expected: self.end, found: self.offset }),
            _ => Ok(buffer.freeze()),
        });
        match &result {
            Ok(bytes) => {
                self.offset += u64::try_from(bytes.len()).expect("a length in memory fits into 64 bits");
                self.chunk_bytes = (self.chunk_bytes * 2).min(BUFFER_BYTES_MAX);
            }
            Err(_) => self.end = self.offset,
        }
        Poll::Ready(Some(result))
    }
}

impl Debug for BlobStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BlobStream")
            .field("offset", &self.offset)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use futures_util::StreamExt as _;

    use super::*;

    /// A reader that says it has ten bytes and then has four.
    #[derive(Debug)]
    struct Short;

    #[async_trait]
    impl BlobReader for Short {
        fn size(&self) -> u64 {
            10
        }

        fn try_read_now(&self, offset: u64, buffer: &mut [u8]) -> Result<Option<usize>> {
            Ok(Some(if offset == 0 { buffer.len().min(4) } else { 0 }))
        }

        async fn fill(&self, _offset: u64, buffer: PooledBuffer) -> Result<PooledBuffer> {
            Ok(buffer)
        }
    }

    #[tokio::test]
    async fn a_blob_that_ends_early_ends_the_stream_with_an_error() {
        let mut stream = BlobStream::new(Arc::new(Short), BufferPool::new(0), 0..10).unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap().len(), 4);
        assert!(matches!(stream.next().await, Some(Err(BlobError::Damaged { expected: 10, found: 4 }))));
        assert!(stream.next().await.is_none());
    }
}
