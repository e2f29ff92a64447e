//! A store that fails when it is told to, for tests. Answers "what happens if exactly this call goes wrong"; it never
//! fails by itself.
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::{BlobEntry, BlobError, BlobId, BlobReader, BlobStore, PartialBlob, PooledBuffer, Result, Space};

/// What can be made to fail. One read of a stream may be two calls: one that does not wait, and one that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    Append,
    Write,
    Sync,
    Truncate,
    Complete,
    Open,
    Read,
    Delete,
    List,
    Space,
    Probe,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing happens; `NoSpace`.
    NoSpace,
    /// Nothing happens; `Unavailable`.
    Unavailable,
    /// A write puts down the first half of its bytes; `NoSpace`. Other calls: as `NoSpace`.
    TornWrite,
    /// A sync or complete loses what was not durable, and the blob is out of use; `Unavailable`. Other calls: as
    /// `Unavailable`.
    LostFlush,
    /// The call succeeds and nobody learns it; `Unavailable`.
    LostAnswer,
}

/// A store in front of another that counts calls and fails the ones it was told to.
#[derive(Clone, Debug)]
pub struct Faulty {
    inner: Arc<dyn BlobStore>,
    script: Arc<Mutex<Script>>,
}

#[derive(Debug, Default)]
struct Script {
    calls: Vec<Operation>,
    plans: Vec<Plan>,
}

#[derive(Debug)]
struct Plan {
    /// `None`: calls of all kinds count.
    operation: Option<Operation>,
    from: usize,
    to: usize,
    fault: Fault,
}

impl Faulty {
    pub fn new(inner: Arc<dyn BlobStore>) -> Self {
        Self { inner, script: Arc::default() }
    }

    /// The `nth` call of any kind (the first is 1) fails, once.
    pub fn fail_nth(&self, nth: usize, fault: Fault) {
        self.plan(Plan { operation: None, from: nth, to: nth, fault });
    }

    /// The `nth` call of this kind (the first is 1) fails, once.
    pub fn fail_nth_of(&self, operation: Operation, nth: usize, fault: Fault) {
        self.plan(Plan { operation: Some(operation), from: nth, to: nth, fault });
    }

    /// From now on every call of this kind fails.
    pub fn fail_all_of(&self, operation: Operation, fault: Fault) {
        let from = self.calls_of(operation) + 1;
        self.plan(Plan { operation: Some(operation), from, to: usize::MAX, fault });
    }

    /// Nothing fails any more, and counting begins anew.
    pub fn heal(&self) {
        *self.script.lock().expect("no holder of this lock panics") = Script::default();
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        self.script.lock().expect("no holder of this lock panics").calls.len()
    }

    /// How many calls of this kind there were.
    pub fn calls_of(&self, operation: Operation) -> usize {
        self.script.lock().expect("no holder of this lock panics").count(operation)
    }

    fn plan(&self, plan: Plan) {
        self.script.lock().expect("no holder of this lock panics").plans.push(plan);
    }

    /// Counts a call; whether and how it is to fail.
    fn next(&self, operation: Operation) -> Option<Fault> {
        let mut script = self.script.lock().expect("no holder of this lock panics");
        script.calls.push(operation);
        let (all, alike) = (script.calls.len(), script.count(operation));
        let due = |plan: &&Plan| match plan.operation {
            None => (plan.from..=plan.to).contains(&all),
            Some(planned) => planned == operation && (plan.from..=plan.to).contains(&alike),
        };
        script.plans.iter().find(due).map(|plan| plan.fault)
    }

    /// Does `call`, or fails as told.
    async fn guard<T>(&self, operation: Operation, call: impl Future<Output = Result<T>>) -> Result<T> {
        let Some(fault) = self.next(operation) else { return call.await };
        if fault == Fault::LostAnswer {
            call.await?;
        }
        Err(fault.error())
    }

    /// After a lost flush the blob is gone.
    async fn lose(&self, id: BlobId) -> BlobError {
        match self.inner.delete(id).await {
            Ok(()) => Fault::LostFlush.error(),
            Err(error) => error,
        }
    }
}

impl Script {
    fn count(&self, operation: Operation) -> usize {
        self.calls.iter().filter(|call| **call == operation).count()
    }
}

impl Fault {
    fn error(self) -> BlobError {
        match self {
            Self::NoSpace | Self::TornWrite => BlobError::NoSpace,
            Self::Unavailable | Self::LostFlush | Self::LostAnswer => BlobError::unavailable("a fault was asked for"),
        }
    }
}

#[async_trait]
impl BlobStore for Faulty {
    async fn append(&self, id: BlobId, offset: u64) -> Result<Box<dyn PartialBlob>> {
        let inner = self.guard(Operation::Append, self.inner.append(id, offset)).await?;
        Ok(Box::new(FaultyPartial { store: self.clone(), id, inner }))
    }

    async fn complete(&self, id: BlobId, size: u64) -> Result<()> {
        match self.next(Operation::Complete) {
            None => self.inner.complete(id, size).await,
            Some(Fault::LostFlush) => Err(self.lose(id).await),
            Some(fault) => {
                if fault == Fault::LostAnswer {
                    self.inner.complete(id, size).await?;
                }
                Err(fault.error())
            }
        }
    }

    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>> {
        let inner = self.guard(Operation::Open, self.inner.open(id)).await?;
        Ok(Arc::new(FaultyReader { store: self.clone(), inner }))
    }

    async fn delete(&self, id: BlobId) -> Result<()> {
        self.guard(Operation::Delete, self.inner.delete(id)).await
    }

    fn list(&self) -> BoxStream<'_, Result<BlobEntry>> {
        match self.next(Operation::List) {
            None => self.inner.list(),
            // The listing breaks off after its first entry.
            Some(fault) => self.inner.list().take(1).chain(stream::once(async move { Err(fault.error()) })).boxed(),
        }
    }

    async fn space(&self) -> Result<Space> {
        self.guard(Operation::Space, self.inner.space()).await
    }

    async fn probe(&self) -> Result<()> {
        self.guard(Operation::Probe, self.inner.probe()).await
    }
}

#[derive(Debug)]
struct FaultyPartial {
    store: Faulty,
    id: BlobId,
    inner: Box<dyn PartialBlob>,
}

#[async_trait]
impl PartialBlob for FaultyPartial {
    async fn write(&mut self, bytes: Bytes) -> Result<()> {
        let Some(fault) = self.store.next(Operation::Write) else { return self.inner.write(bytes).await };
        match fault {
            Fault::TornWrite => self.inner.write(bytes.slice(..bytes.len() / 2)).await?,
            Fault::LostAnswer => self.inner.write(bytes).await?,
            Fault::NoSpace | Fault::Unavailable | Fault::LostFlush => {}
        }
        Err(fault.error())
    }

    fn offset(&self) -> u64 {
        self.inner.offset()
    }

    async fn sync(&mut self) -> Result<u64> {
        match self.store.next(Operation::Sync) {
            None => self.inner.sync().await,
            Some(Fault::LostFlush) => Err(self.store.lose(self.id).await),
            Some(fault) => {
                if fault == Fault::LostAnswer {
                    self.inner.sync().await?;
                }
                Err(fault.error())
            }
        }
    }

    async fn truncate(&mut self, offset: u64) -> Result<()> {
        let Self { store, inner, .. } = self;
        store.guard(Operation::Truncate, inner.truncate(offset)).await
    }

    async fn complete(self: Box<Self>, size: u64) -> Result<()> {
        match self.store.next(Operation::Complete) {
            None => self.inner.complete(size).await,
            Some(Fault::LostFlush) => {
                drop(self.inner);
                Err(self.store.lose(self.id).await)
            }
            Some(fault) => {
                if fault == Fault::LostAnswer {
                    self.inner.complete(size).await?;
                }
                Err(fault.error())
            }
        }
    }
}

#[derive(Debug)]
struct FaultyReader {
    store: Faulty,
    inner: Arc<dyn BlobReader>,
}

#[async_trait]
impl BlobReader for FaultyReader {
    fn size(&self) -> u64 {
        self.inner.size()
    }

    fn try_read_now(&self, offset: u64, buffer: &mut [u8]) -> Result<Option<usize>> {
        match self.store.next(Operation::Read) {
            None => self.inner.try_read_now(offset, buffer),
            Some(fault) => Err(fault.error()),
        }
    }

    async fn fill(&self, offset: u64, buffer: PooledBuffer) -> Result<PooledBuffer> {
        self.store.guard(Operation::Read, self.inner.fill(offset, buffer)).await
    }
}
