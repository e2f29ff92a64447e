//! The stores against the contract, and what is true of one store only.
use std::sync::Arc;

use futures_util::FutureExt as _;

use super::contract::{Subject, store_contract};
use super::*;
use crate::clock::SystemClock;

fn memory() -> Subject {
    let store = MemoryStore::new(Arc::new(SystemClock::new()));
    let crashing = store.clone();
    let crash = move || {
        crashing.power_cut();
        let store: Arc<dyn BlobStore> = Arc::new(crashing.clone());
        std::future::ready(store).boxed()
    };
    Subject { store: Arc::new(store), crash: Box::new(crash), keep: Box::new(()) }
}

async fn local() -> Subject {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("blobs");
    let store = LocalStore::open(&root).await.unwrap();
    let crash = move || {
        let root = root.clone();
        async move {
            let store: Arc<dyn BlobStore> = Arc::new(LocalStore::open(root).await.unwrap());
            store
        }
        .boxed()
    };
    Subject { store: Arc::new(store), crash: Box::new(crash), keep: Box::new(folder) }
}

async fn faulty_without_faults() -> Subject {
    let Subject { store, crash, keep } = local().await;
    let crash = move || {
        crash()
            .map(|store| {
                let store: Arc<dyn BlobStore> = Arc::new(Faulty::new(store));
                store
            })
            .boxed()
    };
    Subject { store: Arc::new(Faulty::new(store)), crash: Box::new(crash), keep }
}

store_contract!(memory_store, std::future::ready(super::memory()));
store_contract!(local_store, super::local());
store_contract!(faulty_store, super::faulty_without_faults());

#[tokio::test]
async fn a_power_cut_takes_from_memory_what_was_not_synced() {
    let store = MemoryStore::new(Arc::new(SystemClock::new()));
    let (synced, never) = (contract::new_id(), contract::new_id());
    let mut half = store.append(synced, 0).await.unwrap();
    half.write(contract::noise(1, 100)).await.unwrap();
    half.sync().await.unwrap();
    half.write(contract::noise(2, 50)).await.unwrap();
    store.append(never, 0).await.unwrap().write(contract::noise(3, 10)).await.unwrap();
    store.power_cut();
    assert!(matches!(half.sync().await, Err(BlobError::Superseded)));
    assert!(matches!(store.append(synced, 101).await, Err(BlobError::Damaged { expected: 101, found: 100 })));
    assert!(matches!(store.complete(never, 10).await, Err(BlobError::NotFound)));
    store.complete(synced, 100).await.unwrap();
}
