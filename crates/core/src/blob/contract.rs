//! The contract of `BlobStore` as tests that every store passes. Each function checks one sentence; `store_contract!`
//! makes a test of each for a store. Never anything here that is true of one store only.
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use uuid::Uuid;

use super::{
    BlobEntry, BlobError, BlobId, BlobReader, BlobStore, BlobStream, BufferPool, Completeness, Fault, Faulty, Result,
    read_at,
};

/// Longer than any part or buffer a store works with.
const BIG: usize = 11 * 1024 * 1024 + 12_345;

/// A store to check, and how its next process finds it.
pub struct Subject {
    pub store: Arc<dyn BlobStore>,
    /// Ends the store without a chance to tidy up, and opens it again.
    pub crash: Box<dyn Fn() -> BoxFuture<'static, Arc<dyn BlobStore>> + Send + Sync>,
    /// What must live as long as the store (its folder, its server).
    pub keep: Box<dyn std::any::Any + Send + Sync>,
}

/// `store_contract!(name, subject)`: all tests of the contract in a module `name`, where `subject` is an expression that
/// is awaited for a fresh [`Subject`].
macro_rules! store_contract {
    ($name:ident, $subject:expr) => {
        store_contract!($name, $subject,
            a_blob_of_any_length_reads_back_as_it_was_written
            every_range_reads_back
            a_reader_at_or_beyond_the_end_gets_nothing
            what_is_not_complete_cannot_be_read
            a_complete_blob_takes_no_more_bytes
            a_late_writer_cannot_touch_a_complete_blob
            a_wrong_length_does_not_complete
            completing_again_is_success_and_with_another_length_is_refused
            completing_what_is_absent_is_not_found
            a_synced_offset_survives_a_crash
            bytes_written_after_the_last_sync_are_cut_off
            starting_again_at_zero_empties_the_blob
            continuing_beyond_what_is_there_is_damage
            continuing_what_is_absent_is_not_found
            truncating_takes_back_a_refused_chunk
            a_synced_blob_is_completed_after_a_crash
            a_complete_blob_survives_a_crash
            a_new_writer_shuts_the_old_one_out
            two_writers_never_mix
            a_deleted_writer_is_shut_out
            an_open_reader_survives_a_delete
            deleting_twice_and_deleting_nothing_succeed
            concurrent_readers_all_get_the_whole
            the_listing_is_exact
            the_probe_succeeds_and_leaves_nothing
            a_stream_gives_its_buffers_back
            a_fault_at_any_call_leaves_a_blob_complete_or_absent
        );
    };
    ($name:ident, $subject:expr, $($case:ident)*) => {
        mod $name {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let subject: $crate::blob::contract::Subject = $subject.await;
                    $crate::blob::contract::$case(&subject).await;
                }
            )*
        }
    };
}
pub(crate) use store_contract;

/// An id never given before, spread as real ones are.
pub fn new_id() -> BlobId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    BlobId(Uuid::from_u64_pair(
        0x0190_0000_0000_7000 | number,
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(9),
    ))
}

/// Bytes without a pattern, the same ones for the same seed.
pub fn noise(seed: u64, length: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes.into()
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}

/// Stores `bytes` under `id`, in frames as a network brings them.
async fn put(store: &dyn BlobStore, id: BlobId, bytes: &Bytes) -> Result<()> {
    let mut partial = store.append(id, 0).await?;
    write_in_frames(&mut *partial, bytes).await?;
    partial.complete(length_of(bytes)).await
}

async fn write_in_frames(partial: &mut dyn super::PartialBlob, bytes: &Bytes) -> Result<()> {
    let mut from = 0;
    for frame in [1, 100, 16_384, 65_536, 409_600].into_iter().cycle() {
        if from == bytes.len() {
            return Ok(());
        }
        let to = (from + frame).min(bytes.len());
        partial.write(bytes.slice(from..to)).await?;
        from = to;
    }
    unreachable!("the frames never end")
}

async fn get(store: &dyn BlobStore, id: BlobId) -> Result<Vec<u8>> {
    stream_all(store.open(id).await?, &BufferPool::new(1024 * 1024)).await
}

/// Copies each chunk and lets it go: a reader that keeps them all would wait for ever for the pool's next buffer.
async fn stream_all(reader: Arc<dyn BlobReader>, pool: &BufferPool) -> Result<Vec<u8>> {
    let range = 0..reader.size();
    let stream = BlobStream::new(reader, pool.clone(), range)?;
    stream
        .try_fold(Vec::new(), |mut got, chunk| {
            got.extend_from_slice(&chunk);
            std::future::ready(Ok(got))
        })
        .await
}

async fn entries(store: &dyn BlobStore) -> HashMap<BlobId, BlobEntry> {
    let entries: Vec<BlobEntry> = store.list().try_collect().await.unwrap();
    let count = entries.len();
    let by_id: HashMap<_, _> = entries.into_iter().map(|entry| (entry.id, entry)).collect();
    assert_eq!(by_id.len(), count, "an id is listed twice");
    by_id
}

macro_rules! assert_fails {
    ($result:expr, $error:pat) => {
        match $result {
            Err($error) => {}
            Err(other) => panic!("{} instead of {}", other, stringify!($error)),
            Ok(_) => panic!("success instead of {}", stringify!($error)),
        }
    };
}

pub async fn a_blob_of_any_length_reads_back_as_it_was_written(subject: &Subject) {
    for length in [0, 1, 2, 4_095, 4_096, 4_097, 262_144, 5 * 1024 * 1024, 5 * 1024 * 1024 + 1, BIG] {
        let (id, bytes) = (new_id(), noise(7, length));
        put(&*subject.store, id, &bytes).await.unwrap();
        let reader = subject.store.open(id).await.unwrap();
        assert_eq!(reader.size(), length_of(&bytes));
        assert!(get(&*subject.store, id).await.unwrap() == bytes, "{length} bytes differ");
    }
}

pub async fn every_range_reads_back(subject: &Subject) {
    let (id, bytes) = (new_id(), noise(8, 700_001));
    put(&*subject.store, id, &bytes).await.unwrap();
    let reader = subject.store.open(id).await.unwrap();
    let pool = BufferPool::new(4 * 1024 * 1024);
    for (from, to) in [(0, 0), (0, 1), (1, 2), (4_095, 300_000), (699_999, 700_001), (700_001, 700_001), (0, 700_001)] {
        let range = u64::try_from(from).unwrap()..u64::try_from(to).unwrap();
        let stream = BlobStream::new(reader.clone(), pool.clone(), range).unwrap();
        assert_eq!(stream.remaining(), u64::try_from(to - from).unwrap());
        let chunks: Vec<Bytes> = stream.try_collect().await.unwrap();
        assert!(chunks.concat() == bytes[from..to], "{from}..{to} differs");
    }
    assert_fails!(BlobStream::new(reader, pool, 0..700_002), BlobError::Damaged { expected: 700_002, found: 700_001 });
}

pub async fn a_reader_at_or_beyond_the_end_gets_nothing(subject: &Subject) {
    let pool = BufferPool::new(1024 * 1024);
    for length in [0, 10] {
        let id = new_id();
        put(&*subject.store, id, &noise(9, length)).await.unwrap();
        let reader = subject.store.open(id).await.unwrap();
        for offset in [reader.size(), reader.size() + 1, u64::MAX] {
            assert!(read_at(&*reader, &pool, offset, 100).await.unwrap().is_empty());
            let filled = reader.fill(offset, pool.take(100).await).await.unwrap();
            assert!(filled.filled().is_empty());
        }
    }
}

pub async fn what_is_not_complete_cannot_be_read(subject: &Subject) {
    let id = new_id();
    assert_fails!(subject.store.open(id).await, BlobError::NotFound);
    let mut partial = subject.store.append(id, 0).await.unwrap();
    assert_fails!(subject.store.open(id).await, BlobError::NotFound);
    partial.write(noise(1, 100_000)).await.unwrap();
    partial.sync().await.unwrap();
    assert_fails!(subject.store.open(id).await, BlobError::NotFound);
    partial.complete(100_000).await.unwrap();
    assert!(get(&*subject.store, id).await.unwrap() == noise(1, 100_000));
}

pub async fn a_complete_blob_takes_no_more_bytes(subject: &Subject) {
    let (id, bytes) = (new_id(), noise(2, 1_000));
    put(&*subject.store, id, &bytes).await.unwrap();
    for offset in [0, 1, 1_000, 1_001] {
        assert_fails!(subject.store.append(id, offset).await, BlobError::AlreadyComplete);
    }
    assert_eq!(get(&*subject.store, id).await.unwrap(), bytes);
}

pub async fn a_late_writer_cannot_touch_a_complete_blob(subject: &Subject) {
    let (id, bytes) = (new_id(), noise(3, 300_000));
    let mut partial = subject.store.append(id, 0).await.unwrap();
    partial.write(bytes.clone()).await.unwrap();
    partial.sync().await.unwrap();
    subject.store.complete(id, 300_000).await.unwrap();
    let _ = partial.write(noise(4, BIG)).await;
    assert_fails!(partial.sync().await, BlobError::Superseded);
    assert_fails!(partial.truncate(0).await, BlobError::Superseded);
    assert_fails!(partial.complete(300_000).await, BlobError::Superseded);
    assert!(get(&*subject.store, id).await.unwrap() == bytes);
}

pub async fn a_wrong_length_does_not_complete(subject: &Subject) {
    let (id, bytes) = (new_id(), noise(5, 1_000));
    let mut partial = subject.store.append(id, 0).await.unwrap();
    partial.write(bytes.clone()).await.unwrap();
    assert_eq!(partial.sync().await.unwrap(), 1_000);
    for wrong in [0, 999, 1_001, u64::MAX] {
        let partial = subject.store.append(id, 1_000).await.unwrap();
        assert_fails!(partial.complete(wrong).await, BlobError::WrongLength { found: 1_000, .. });
        assert_fails!(subject.store.complete(id, wrong).await, BlobError::WrongLength { found: 1_000, .. });
        assert_fails!(subject.store.open(id).await, BlobError::NotFound);
    }
    subject.store.complete(id, 1_000).await.unwrap();
    assert_eq!(get(&*subject.store, id).await.unwrap(), bytes);
}

pub async fn completing_again_is_success_and_with_another_length_is_refused(subject: &Subject) {
    for length in [0, 5_000] {
        let (id, bytes) = (new_id(), noise(6, length));
        put(&*subject.store, id, &bytes).await.unwrap();
        subject.store.complete(id, length_of(&bytes)).await.unwrap();
        assert_fails!(subject.store.complete(id, length_of(&bytes) + 1).await, BlobError::WrongLength { .. });
        assert_eq!(get(&*subject.store, id).await.unwrap(), bytes);
    }
}

pub async fn completing_what_is_absent_is_not_found(subject: &Subject) {
    assert_fails!(subject.store.complete(new_id(), 0).await, BlobError::NotFound);
    assert_fails!(subject.store.complete(new_id(), 1).await, BlobError::NotFound);
}

pub async fn a_synced_offset_survives_a_crash(subject: &Subject) {
    let (id, bytes) = (new_id(), noise(10, BIG));
    let half = BIG / 2;
    let mut partial = subject.store.append(id, 0).await.unwrap();
    write_in_frames(&mut *partial, &bytes.slice(..half)).await.unwrap();
    assert_eq!(partial.offset(), u64::try_from(half).unwrap());
    assert_eq!(partial.sync().await.unwrap(), u64::try_from(half).unwrap());
    drop(partial);
    let store = (subject.crash)().await;
    let mut partial = store.append(id, u64::try_from(half).unwrap()).await.unwrap();
    assert_eq!(partial.offset(), u64::try_from(half).unwrap());
    write_in_frames(&mut *partial, &bytes.slice(half..)).await.unwrap();
    partial.complete(length_of(&bytes)).await.unwrap();
    assert!(get(&*store, id).await.unwrap() == bytes);
}

pub async fn bytes_written_after_the_last_sync_are_cut_off(subject: &Subject) {
    let (id, bytes) = (new_id(), noise(11, 200_000));
    for cut in [0, 1, 70_000] {
        let mut partial = subject.store.append(id, 0).await.unwrap();
        partial.write(bytes.slice(..cut)).await.unwrap();
        let durable = partial.sync().await.unwrap();
        partial.write(noise(12, 1_000_000)).await.unwrap();
        drop(partial);
        let mut partial = subject.store.append(id, durable).await.unwrap();
        partial.write(bytes.slice(cut..)).await.unwrap();
        assert_eq!(partial.sync().await.unwrap(), 200_000);
    }
    subject.store.complete(id, 200_000).await.unwrap();
    assert!(get(&*subject.store, id).await.unwrap() == bytes);
}

pub async fn starting_again_at_zero_empties_the_blob(subject: &Subject) {
    let id = new_id();
    let mut partial = subject.store.append(id, 0).await.unwrap();
    partial.write(noise(13, 100_000)).await.unwrap();
    partial.sync().await.unwrap();
    drop(partial);
    put(&*subject.store, id, &noise(14, 10)).await.unwrap();
    assert_eq!(get(&*subject.store, id).await.unwrap(), noise(14, 10));
}

pub async fn continuing_beyond_what_is_there_is_damage(subject: &Subject) {
    let id = new_id();
    let mut partial = subject.store.append(id, 0).await.unwrap();
    partial.write(noise(15, 100)).await.unwrap();
    partial.sync().await.unwrap();
    assert_fails!(subject.store.append(id, 101).await, BlobError::Damaged { expected: 101, found: 100 });
    assert!(subject.store.append(id, 100).await.is_ok());
}

pub async fn continuing_what_is_absent_is_not_found(subject: &Subject) {
    assert_fails!(subject.store.append(new_id(), 1).await, BlobError::NotFound);
}

pub async fn truncating_takes_back_a_refused_chunk(subject: &Subject) {
    let (id, bytes) = (new_id(), noise(16, 900_000));
    let mut partial = subject.store.append(id, 0).await.unwrap();
    partial.write(bytes.slice(..400_000)).await.unwrap();
    partial.sync().await.unwrap();
    for refused in [1, 10, 700_000] {
        partial.write(noise(17, refused)).await.unwrap();
        partial.truncate(400_000).await.unwrap();
        assert_eq!(partial.offset(), 400_000);
    }
    assert_fails!(partial.truncate(400_001).await, BlobError::Damaged { expected: 400_001, found: 400_000 });
    partial.write(bytes.slice(400_000..)).await.unwrap();
    partial.complete(900_000).await.unwrap();
    assert!(get(&*subject.store, id).await.unwrap() == bytes);
}

pub async fn a_synced_blob_is_completed_after_a_crash(subject: &Subject) {
    for length in [0, 1, BIG] {
        let (id, bytes) = (new_id(), noise(18, length));
        let mut partial = subject.store.append(id, 0).await.unwrap();
        partial.write(bytes.clone()).await.unwrap();
        partial.sync().await.unwrap();
        drop(partial);
        let store = (subject.crash)().await;
        store.complete(id, length_of(&bytes)).await.unwrap();
        assert!(get(&*store, id).await.unwrap() == bytes);
    }
}

pub async fn a_complete_blob_survives_a_crash(subject: &Subject) {
    let (id, bytes) = (new_id(), noise(19, 300_000));
    put(&*subject.store, id, &bytes).await.unwrap();
    let store = (subject.crash)().await;
    assert!(get(&*store, id).await.unwrap() == bytes);
    store.complete(id, 300_000).await.unwrap();
}

pub async fn a_new_writer_shuts_the_old_one_out(subject: &Subject) {
    let (id, bytes) = (new_id(), noise(20, 500));
    let mut old = subject.store.append(id, 0).await.unwrap();
    old.write(bytes.slice(..100)).await.unwrap();
    old.sync().await.unwrap();
    let mut new = subject.store.append(id, 100).await.unwrap();
    let _ = old.write(noise(21, 1_000)).await;
    assert_fails!(old.sync().await, BlobError::Superseded);
    assert_fails!(old.sync().await, BlobError::Superseded);
    assert_fails!(old.complete(100).await, BlobError::Superseded);
    new.write(bytes.slice(100..)).await.unwrap();
    new.complete(500).await.unwrap();
    assert_eq!(get(&*subject.store, id).await.unwrap(), bytes);
}

pub async fn two_writers_never_mix(subject: &Subject) {
    for round in 0..5 {
        let (id, wanted) = (new_id(), noise(22, 3_000_000));
        let mut old = subject.store.append(id, 0).await.unwrap();
        // The old connection has bytes in flight while the new one takes over, and goes on sending.
        let late = tokio::spawn(async move {
            for seed in 0..20 {
                if old.write(noise(1_000 + seed, 400_000)).await.is_err() {
                    break;
                }
            }
            old.sync().await
        });
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        put(&*subject.store, id, &wanted).await.unwrap();
        let _ = late.await.unwrap();
        assert!(get(&*subject.store, id).await.unwrap() == wanted, "bytes of both writers");
    }
}

pub async fn a_deleted_writer_is_shut_out(subject: &Subject) {
    let id = new_id();
    let mut partial = subject.store.append(id, 0).await.unwrap();
    partial.write(noise(23, 10)).await.unwrap();
    partial.sync().await.unwrap();
    subject.store.delete(id).await.unwrap();
    let _ = partial.write(noise(23, 10)).await;
    assert_fails!(partial.sync().await, BlobError::Superseded);
    drop(partial);
    assert_fails!(subject.store.append(id, 10).await, BlobError::NotFound);
    assert!(!entries(&*subject.store).await.contains_key(&id));
}

pub async fn an_open_reader_survives_a_delete(subject: &Subject) {
    let (id, bytes) = (new_id(), noise(24, BIG));
    put(&*subject.store, id, &bytes).await.unwrap();
    let reader = subject.store.open(id).await.unwrap();
    let pool = BufferPool::new(1024 * 1024);
    let mut stream = BlobStream::new(reader, pool, 0..length_of(&bytes)).unwrap();
    let mut got = stream.next().await.unwrap().unwrap().to_vec();
    subject.store.delete(id).await.unwrap();
    assert_fails!(subject.store.open(id).await, BlobError::NotFound);
    while let Some(chunk) = stream.next().await {
        got.extend_from_slice(&chunk.unwrap());
    }
    assert!(got == bytes);
}

pub async fn deleting_twice_and_deleting_nothing_succeed(subject: &Subject) {
    subject.store.delete(new_id()).await.unwrap();
    let (complete, partial) = (new_id(), new_id());
    put(&*subject.store, complete, &noise(25, 10)).await.unwrap();
    drop(subject.store.append(partial, 0).await.unwrap());
    for id in [complete, partial] {
        subject.store.delete(id).await.unwrap();
        subject.store.delete(id).await.unwrap();
        assert_fails!(subject.store.open(id).await, BlobError::NotFound);
    }
    assert!(entries(&*subject.store).await.is_empty());
}

pub async fn concurrent_readers_all_get_the_whole(subject: &Subject) {
    let (id, bytes) = (new_id(), noise(26, 2_000_003));
    put(&*subject.store, id, &bytes).await.unwrap();
    let reader = subject.store.open(id).await.unwrap();
    // Fewer buffers than readers: they must take turns and all end.
    let pool = BufferPool::new(256 * 1024);
    let readers: Vec<_> = (0..100)
        .map(|_| {
            let (reader, pool) = (reader.clone(), pool.clone());
            tokio::spawn(async move {
                let range = 0..reader.size();
                let mut stream = BlobStream::new(reader, pool, range).unwrap();
                let mut digest = super::RunningDigest::new();
                while let Some(chunk) = stream.next().await {
                    digest.update(&chunk.unwrap());
                    tokio::task::yield_now().await;
                }
                digest.finish()
            })
        })
        .collect();
    let mut digest = super::RunningDigest::new();
    digest.update(&bytes);
    let wanted = digest.finish();
    for reader in readers {
        assert_eq!(reader.await.unwrap(), wanted);
    }
    assert_eq!(pool.free_bytes(), pool.budget_bytes());
}

pub async fn the_listing_is_exact(subject: &Subject) {
    assert!(entries(&*subject.store).await.is_empty());
    let mut wanted = HashMap::new();
    for number in 0_usize..300 {
        let (id, bytes) = (new_id(), noise(27, number));
        let completeness = if number % 3 == 0 {
            let mut partial = subject.store.append(id, 0).await.unwrap();
            partial.write(bytes).await.unwrap();
            partial.sync().await.unwrap();
            Completeness::Partial
        } else {
            put(&*subject.store, id, &bytes).await.unwrap();
            Completeness::Complete
        };
        wanted.insert(id, (u64::try_from(number).unwrap(), completeness));
    }
    let gone = new_id();
    put(&*subject.store, gone, &noise(28, 5)).await.unwrap();
    subject.store.delete(gone).await.unwrap();
    let listed: HashMap<_, _> = entries(&*subject.store)
        .await
        .into_iter()
        .map(|(id, entry)| (id, (entry.size_bytes, entry.completeness)))
        .collect();
    assert_eq!(listed, wanted);
}

pub async fn the_probe_succeeds_and_leaves_nothing(subject: &Subject) {
    let probes = (0..4).map(|_| subject.store.probe());
    for probed in futures_util::future::join_all(probes).await {
        probed.unwrap();
    }
    assert!(entries(&*subject.store).await.is_empty());
    let space = subject.store.space().await.unwrap();
    assert_ne!(space.free_bytes, Some(0));
}

pub async fn a_stream_gives_its_buffers_back(subject: &Subject) {
    let (id, bytes) = (new_id(), noise(29, 1_000_000));
    put(&*subject.store, id, &bytes).await.unwrap();
    let reader = subject.store.open(id).await.unwrap();
    let pool = BufferPool::new(1024 * 1024);
    let mut stream = BlobStream::new(reader.clone(), pool.clone(), 0..1_000_000).unwrap();
    let first = stream.next().await.unwrap().unwrap();
    assert!(pool.free_bytes() < pool.budget_bytes());
    // Dropped in the middle, perhaps of a read.
    let _ = stream.next().now_or_never();
    drop((stream, first));
    assert!(stream_all(reader, &pool).await.unwrap() == bytes);
    while pool.free_bytes() < pool.budget_bytes() {
        tokio::task::yield_now().await;
    }
}

/// One upload as the use cases do it: two chunks, each made durable, one of them refused once; then complete.
async fn upload(store: &dyn BlobStore, id: BlobId, bytes: &Bytes, acknowledged: &mut u64) -> Result<()> {
    let from = usize::try_from(*acknowledged).unwrap();
    let mut partial = store.append(id, *acknowledged).await?;
    let middle = from.max(bytes.len() / 2);
    partial.write(bytes.slice(from..middle)).await?;
    *acknowledged = partial.sync().await?;
    partial.write(noise(31, 1_000)).await?;
    partial.truncate(*acknowledged).await?;
    partial.write(bytes.slice(middle..)).await?;
    partial.complete(length_of(bytes)).await
}

pub async fn a_fault_at_any_call_leaves_a_blob_complete_or_absent(subject: &Subject) {
    let bytes = noise(30, 100_000);
    let store = Faulty::new(subject.store.clone());
    let mut failed = 0;
    for fault in [Fault::NoSpace, Fault::Unavailable, Fault::TornWrite, Fault::LostFlush, Fault::LostAnswer] {
        for nth in 1.. {
            let (id, mut acknowledged) = (new_id(), 0);
            store.heal();
            store.fail_nth(nth, fault);
            let outcome = upload(&store, id, &bytes, &mut acknowledged).await;
            if store.calls() < nth {
                outcome.unwrap();
                break;
            }
            failed += 1;
            outcome.unwrap_err();
            store.heal();
            match get(&store, id).await {
                Ok(found) => assert!(found == bytes, "{fault:?} at call {nth} left a part"),
                Err(BlobError::NotFound) => {}
                Err(other) => panic!("{fault:?} at call {nth}: {other}"),
            }
            // The client comes again: finish what was nearly done, or go on at the acknowledged offset, or begin anew.
            if store.complete(id, length_of(&bytes)).await.is_err() {
                match upload(&store, id, &bytes, &mut acknowledged).await {
                    Err(BlobError::NotFound) => {
                        assert_eq!(fault, Fault::LostFlush, "only a lost flush takes back what was acknowledged");
                        upload(&store, id, &bytes, &mut 0).await.unwrap();
                    }
                    other => other.unwrap(),
                }
            }
            assert!(get(&store, id).await.unwrap() == bytes, "{fault:?} at call {nth}");
        }
    }
    assert_eq!(failed, 5 * 7, "append, write, sync, write, truncate, write, complete");
}
