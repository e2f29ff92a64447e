//! The body of an answer that sends a file or a piece of an archive: read as the client takes it, cut when the package is
//! withdrawn, and never ended cleanly before its length.
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};
use tokio::sync::oneshot;
use tokio_util::sync::WaitForCancellationFutureOwned;
use waybill_core::app::App;
use waybill_core::blob::{BlobError, BlobStream, BufferPool};
use waybill_core::download::Registration;
use waybill_core::download::archive::Piece;
use waybill_core::download::plans::ArchivePlan;
use waybill_core::download::serve::{Body, Content};
use waybill_core::error::Error;

use super::gate::Gate;

/// The bytes could not all be sent; the connection breaks, so that nobody takes a part for the whole.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("withdrawn while it was being sent")]
    Withdrawn,
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error("what was to be sent next could not be written down: {0}")]
    NotWrittenDown(#[from] Error),
}

/// The stream of one answer's bytes.
pub struct Sending {
    bytes: BoxStream<'static, Result<Bytes, BlobError>>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    sent: Arc<AtomicU64>,
    gate: Option<Gate>,
    // Dropped with the stream: the response is over.
    _registration: Arc<Registration>,
    _over: oneshot::Sender<()>,
}

/// What is left in the hands of whoever counts: bytes handed over so far, and the stream's end.
#[derive(Debug)]
pub struct Handed {
    sent: Arc<AtomicU64>,
    over: oneshot::Receiver<()>,
}

impl Handed {
    /// Waits until the stream is dropped; answers how many bytes it handed over.
    pub async fn settled(self) -> u64 {
        // An error means that the sender was dropped, which is what we wait for.
        let _ = self.over.await;
        self.sent.load(Ordering::Acquire)
    }
}

impl Sending {
    /// Opens the blobs and prepares to send `range` of the content.
    pub async fn open(
        app: &Arc<App>,
        pool: &BufferPool,
        content: Content,
        range: Range<u64>,
        registration: Arc<Registration>,
    ) -> Result<(Self, Handed), BlobError> {
        let bytes = match content.body {
            Body::File(file) => {
                let reader = app.blobs.open(file.blob()).await?;
                BlobStream::new(reader, pool.clone(), range)?.boxed()
            }
            Body::Archive(plan) => archive_bytes(app.clone(), pool.clone(), plan, range),
        };
        let sent = Arc::new(AtomicU64::new(0));
        let (over_sender, over) = oneshot::channel();
        let cut = Box::pin(registration.cut.clone().cancelled_owned());
        let sending =
            Self { bytes, cut, sent: sent.clone(), gate: None, _registration: registration, _over: over_sender };
        Ok((sending, Handed { sent, over }))
    }

    /// The same bytes, behind a gate.
    pub fn behind(self, gate: Gate) -> Self {
        Self { gate: Some(gate), ..self }
    }
}

impl Stream for Sending {
    type Item = Result<Bytes, SendError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if Future::poll(self.cut.as_mut(), context).is_ready() {
            return Poll::Ready(Some(Err(SendError::Withdrawn)));
        }
        let this = &mut *self;
        let next = match &mut this.gate {
            None => std::task::ready!(this.bytes.poll_next_unpin(context)).map(|item| item.map_err(SendError::from)),
            Some(gate) => std::task::ready!(gate.poll_next(&mut this.bytes, context)),
        };
        if let Some(Ok(bytes)) = &next {
            this.sent.fetch_add(u64::try_from(bytes.len()).unwrap_or(0), Ordering::AcqRel);
        }
        Poll::Ready(next)
    }
}

/// The archive's bytes, piece by piece; a file is opened when its turn comes.
fn archive_bytes(
    app: Arc<App>,
    pool: BufferPool,
    plan: Arc<ArchivePlan>,
    range: Range<u64>,
) -> BoxStream<'static, Result<Bytes, BlobError>> {
    let state = (app, pool, plan, range);
    futures_util::stream::try_unfold(state, |(app, pool, plan, rest)| async move {
        let Some(piece) = plan.layout.first_piece(rest.clone()) else { return Ok(None) };
        let next = rest.start + piece.len()..rest.end;
        let bytes = match piece {
            Piece::Bytes(bytes) => futures_util::stream::iter([Ok(bytes)]).boxed(),
            Piece::File { index, range } => {
                let file = plan.files.get(index).ok_or(BlobError::NotFound)?;
                BlobStream::new(app.blobs.open(file.blob).await?, pool.clone(), range)?.boxed()
            }
        };
        Ok::<_, BlobError>(Some((bytes, (app, pool, plan, next))))
    })
    .try_flatten()
    .boxed()
}
