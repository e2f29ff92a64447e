//! What is true of the local store only: paths, modes, a disk that goes away, files that others have changed.
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use tempfile::TempDir;

use super::super::contract::{new_id, noise};
use super::super::{BlobStream, BufferPool};
use super::*;

async fn store() -> (TempDir, LocalStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path().join("data/blobs")).await.unwrap();
    (folder, store)
}

async fn put(store: &LocalStore, bytes: &Bytes) -> BlobId {
    let id = new_id();
    let mut partial = store.append(id, 0).await.unwrap();
    partial.write(bytes.clone()).await.unwrap();
    partial.complete(u64::try_from(bytes.len()).unwrap()).await.unwrap();
    id
}

/// All files below `folder`, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn nobody_else_may_look_into_the_store() {
    let (_folder, store) = store().await;
    put(&store, &noise(1, 10)).await;
    drop(store.append(new_id(), 0).await.unwrap());
    let root = store.shared.layout.root();
    assert_eq!(mode(root), 0o700);
    for folder in store.shared.layout.folders() {
        assert_eq!(mode(&folder), 0o700);
    }
    let files = files(root);
    assert_eq!(files.len(), 2);
    for file in files {
        assert_eq!(mode(&file), 0o600);
    }
}

#[tokio::test]
async fn a_blob_has_one_path_while_partial_and_one_when_complete() {
    let (_folder, store) = store().await;
    let id = new_id();
    let mut partial = store.append(id, 0).await.unwrap();
    let (path_partial, path_complete) = (store.shared.layout.partial(id), store.shared.layout.complete(id));
    assert_eq!(files(store.shared.layout.root()), [path_partial]);
    assert_eq!(path_complete.file_name().unwrap().to_str().unwrap(), id.0.simple().to_string());
    partial.write(noise(1, 10)).await.unwrap();
    partial.complete(10).await.unwrap();
    assert_eq!(files(store.shared.layout.root()), [path_complete]);
}

#[tokio::test]
async fn real_ids_spread_over_the_folders() {
    let layout = Layout::new(PathBuf::new());
    let ids = (0..10_000_u64).map(|number| {
        // Made in one second, as an upload of many files does: only the tail differs at random.
        let tail = noise(number, 8);
        BlobId(uuid::Uuid::from_u64_pair(0x0190_0000_0000_7000, u64::from_le_bytes(tail[..].try_into().unwrap())))
    });
    let folders: HashSet<_> = ids.map(|id| layout.folder(id)).collect();
    assert_eq!(folders.len(), 256);
}

#[tokio::test]
async fn a_disk_that_is_away_never_looks_like_a_missing_blob() {
    let (folder, store) = store().await;
    let id = put(&store, &noise(1, 10)).await;
    let partial = new_id();
    drop(store.append(partial, 0).await.unwrap());
    fs::rename(folder.path().join("data"), folder.path().join("away")).unwrap();
    assert!(matches!(store.open(id).await, Err(BlobError::Unavailable(_))));
    assert!(matches!(store.append(partial, 0).await, Err(BlobError::Unavailable(_))));
    assert!(matches!(store.append(partial, 1).await, Err(BlobError::Unavailable(_))));
    assert!(matches!(store.complete(partial, 0).await, Err(BlobError::Unavailable(_))));
    assert!(matches!(store.delete(id).await, Err(BlobError::Unavailable(_))));
    assert!(matches!(store.probe().await, Err(BlobError::Unavailable(_))));
    assert!(matches!(store.space().await, Err(BlobError::Unavailable(_))));
    assert!(matches!(store.list().try_collect::<Vec<_>>().await, Err(BlobError::Unavailable(_))));
    fs::rename(folder.path().join("away"), folder.path().join("data")).unwrap();
    store.probe().await.unwrap();
    assert_eq!(store.open(id).await.unwrap().size(), 10);
}

#[tokio::test]
async fn a_blob_whose_flush_failed_is_out_of_use_until_it_begins_anew() {
    let (folder, store) = store().await;
    let (data, away) = (folder.path().join("data"), folder.path().join("away"));
    let id = new_id();
    let mut partial = store.append(id, 0).await.unwrap();
    partial.write(noise(1, 10)).await.unwrap();
    // The flush of the name fails, and so does the removal of the file.
    fs::rename(&data, &away).unwrap();
    assert!(matches!(partial.sync().await, Err(BlobError::Unavailable(_))));
    fs::rename(&away, &data).unwrap();
    assert!(matches!(partial.sync().await, Err(BlobError::Unavailable(_))));
    assert!(matches!(partial.complete(10).await, Err(BlobError::Unavailable(_))));
    assert_eq!(fs::metadata(store.shared.layout.partial(id)).unwrap().len(), 10);
    assert!(matches!(store.append(id, 10).await, Err(BlobError::NotFound)));
    assert!(matches!(store.complete(id, 10).await, Err(BlobError::NotFound)));
    let mut partial = store.append(id, 0).await.unwrap();
    partial.write(noise(2, 10)).await.unwrap();
    partial.complete(10).await.unwrap();
    assert_eq!(fs::read(store.shared.layout.complete(id)).unwrap(), noise(2, 10));
}

#[tokio::test]
async fn a_failed_flush_removes_the_file() {
    let (_folder, store) = store().await;
    let id = new_id();
    let mut partial = store.append(id, 0).await.unwrap();
    partial.write(noise(1, 10)).await.unwrap();
    partial.sync().await.unwrap();
    let error = io::Error::from(io::ErrorKind::StorageFull);
    assert!(matches!(writer::put_out_of_use(&store.shared, id, error), BlobError::NoSpace));
    assert!(files(store.shared.layout.root()).is_empty());
    assert!(store.shared.out_of_use().is_empty());
    assert!(matches!(store.append(id, 10).await, Err(BlobError::NotFound)));
}

#[tokio::test]
async fn a_file_cut_by_others_breaks_the_stream_instead_of_ending_it() {
    let (_folder, store) = store().await;
    let id = put(&store, &noise(1, 600_000)).await;
    for nowait in [true, false] {
        store.shared.reads_must_wait.store(!nowait, std::sync::atomic::Ordering::Relaxed);
        let path = store.shared.layout.complete(id);
        fs::write(&path, noise(1, 600_000)).unwrap();
        let reader = store.open(id).await.unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_len(300_000).unwrap();
        let pool = BufferPool::new(1024 * 1024);
        for offset in [299_999, 300_000] {
            let read = super::super::read_at(&*reader, &pool, offset, 10).await;
            let cut = matches!(read, Err(BlobError::Damaged { expected: 600_000, found: 300_000 }));
            // Without waiting, the last byte that is left may come first.
            assert!(cut || (nowait && offset == 299_999 && read.is_ok_and(|bytes| bytes.len() == 1)));
        }
        let stream = BlobStream::new(reader, pool, 0..600_000).unwrap();
        let outcome: Result<Vec<Bytes>> = stream.try_collect().await;
        assert!(matches!(outcome, Err(BlobError::Damaged { expected: 600_000, found: 300_000 })), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_filesystem_that_must_wait_gives_the_same_bytes() {
    let (_folder, store) = store().await;
    let bytes = noise(1, 1_000_001);
    let id = put(&store, &bytes).await;
    store.shared.reads_must_wait.store(true, std::sync::atomic::Ordering::Relaxed);
    let reader = store.open(id).await.unwrap();
    assert_eq!(reader.try_read_now(0, &mut [0; 10]).unwrap(), None);
    let stream = BlobStream::new(reader, BufferPool::new(4 * 1024 * 1024), 0..1_000_001).unwrap();
    let chunks: Vec<Bytes> = stream.try_collect().await.unwrap();
    assert!(chunks.concat() == bytes);
}

#[tokio::test]
async fn what_the_store_did_not_make_is_not_listed() {
    let (_folder, store) = store().await;
    let id = put(&store, &noise(1, 10)).await;
    let folder = store.shared.layout.folder(id);
    let name = id.0.simple().to_string();
    for foreign in ["lost+found", &name.to_uppercase(), &id.0.to_string(), &format!("{name}.part"), ".partial", "é"] {
        if foreign != name {
            fs::write(folder.join(foreign), b"x").unwrap();
        }
    }
    fs::create_dir(folder.join(new_id().0.simple().to_string())).unwrap();
    let listed: Vec<BlobEntry> = store.list().try_collect().await.unwrap();
    assert_eq!(listed.iter().map(|entry| entry.id).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn a_symbolic_link_is_not_followed() {
    let (folder, store) = store().await;
    let secret = folder.path().join("secret");
    fs::write(&secret, b"secret").unwrap();
    let id = new_id();
    std::os::unix::fs::symlink(&secret, store.shared.layout.complete(id)).unwrap();
    assert!(matches!(store.open(id).await, Err(BlobError::Unavailable(_))));
    let id = new_id();
    std::os::unix::fs::symlink(&secret, store.shared.layout.partial(id)).unwrap();
    assert!(matches!(store.append(id, 0).await, Err(BlobError::Unavailable(_))));
    assert_eq!(fs::read(secret).unwrap(), b"secret");
}

#[tokio::test]
async fn a_long_upload_is_flushed_ahead_and_whole() {
    let (_folder, store) = store().await;
    let (id, frame) = (new_id(), noise(1, 1024 * 1024));
    let mut partial = store.append(id, 0).await.unwrap();
    for _ in 0..50 {
        partial.write(frame.clone()).await.unwrap();
    }
    partial.complete(50 * 1024 * 1024).await.unwrap();
    let written = fs::read(store.shared.layout.complete(id)).unwrap();
    assert!(written.chunks(frame.len()).all(|chunk| chunk == frame) && written.len() == 50 * frame.len());
}

#[tokio::test]
async fn a_thousand_writers_hold_a_bounded_number_of_bytes() {
    let (_folder, store) = store().await;
    let mut writers = Vec::new();
    for _ in 0..1_000 {
        let partial = writer::LocalPartial::open(store.shared.clone(), new_id(), 0).unwrap();
        writers.push(partial);
    }
    // One batch is filled while the one before is written.
    let held: usize = writers.iter().map(|writer| 2 * writer.batch_bytes_max()).sum();
    assert!(held <= 64 * 1024 * 1024, "{held}");
    writers.truncate(1);
    assert_eq!(writers[0].batch_bytes_max(), 512 * 1024);
}
