//! The digests of a file, computed while its bytes pass by, with a state that can be stored and taken up again. Answers
//! what SHA-256 and CRC-32 the bytes so far have. It never reads bytes twice and never guesses at a state it cannot read.
use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest as _, Sha256};

/// Bytes are hashed in slices no longer than this, so that both digests find them in the processor's cache.
pub const DIGEST_SLICE_BYTES_MAX: usize = 256 * 1024;

/// First byte of a stored state; changes when its layout (or that of `sha2`) does.
const STATE_VERSION: u8 = 1;
const CRC_BYTES: usize = 4;
const LENGTH_BYTES: usize = 8;

/// Both digests of all bytes seen so far.
#[derive(Clone, Debug)]
pub struct RunningDigest {
    sha256: Sha256,
    crc32: crc32fast::Hasher,
    length: u64,
}

/// What a whole file's bytes come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    pub sha256: [u8; 32],
    pub crc32: u32,
    pub length: u64,
}

/// A stored state was cut, altered, or written by another version: the bytes must be hashed again from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored digest state cannot be read")]
pub struct StateUnreadable;

impl RunningDigest {
    /// The digest of no bytes.
    pub fn new() -> Self {
        Self { sha256: Sha256::new(), crc32: crc32fast::Hasher::new(), length: 0 }
    }

    /// Adds `bytes` behind those seen so far. About 1 ms per MiB: from an async task pass what one frame brought.
    pub fn update(&mut self, bytes: &[u8]) {
        for slice in bytes.chunks(DIGEST_SLICE_BYTES_MAX) {
            self.sha256.update(slice);
            self.crc32.update(slice);
        }
        self.length += u64::try_from(bytes.len()).expect("a length in memory fits into 64 bits");
    }

    /// How many bytes were seen.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Everything needed to go on later, about 120 bytes. Store it with the offset `length()`, and only if exactly those
    /// bytes are durable. It tells no more about the bytes than their digest does, except up to 63 of them verbatim.
    pub fn state(&self) -> Vec<u8> {
        let sha256 = self.sha256.serialize();
        let mut state = Vec::with_capacity(1 + sha256.len() + CRC_BYTES + LENGTH_BYTES);
        state.push(STATE_VERSION);
        state.extend_from_slice(&sha256);
        state.extend_from_slice(&self.crc32.clone().finalize().to_be_bytes());
        state.extend_from_slice(&self.length.to_be_bytes());
        state
    }

    /// Goes on where `state` was taken. Compare `length()` with the offset it was stored for.
    pub fn from_state(state: &[u8]) -> Result<Self, StateUnreadable> {
        let (&version, rest) = state.split_first().ok_or(StateUnreadable)?;
        let (rest, length) = rest.split_last_chunk::<LENGTH_BYTES>().ok_or(StateUnreadable)?;
        let (sha256, crc32) = rest.split_last_chunk::<CRC_BYTES>().ok_or(StateUnreadable)?;
        if version != STATE_VERSION {
            return Err(StateUnreadable);
        }
        let sha256 = SerializedState::<Sha256>::try_from(sha256).map_err(|_| StateUnreadable)?;
        let length = u64::from_be_bytes(*length);
        Ok(Self {
            sha256: Sha256::deserialize(&sha256).map_err(|_| StateUnreadable)?,
            crc32: crc32fast::Hasher::new_with_initial_len(u32::from_be_bytes(*crc32), length),
            length,
        })
    }

    /// The digests of all bytes seen.
    pub fn finish(self) -> Digests {
        Digests { sha256: self.sha256.finalize().into(), crc32: self.crc32.finalize(), length: self.length }
    }
}

impl Default for RunningDigest {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digests_of(bytes: &[u8]) -> Digests {
        let mut digest = RunningDigest::new();
        digest.update(bytes);
        digest.finish()
    }

    #[test]
    fn known_bytes_have_their_published_digests() {
        let empty = digests_of(b"");
        assert_eq!(hex::encode(empty.sha256), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!((empty.crc32, empty.length), (0, 0));
        let check = digests_of(b"123456789");
        assert_eq!(hex::encode(check.sha256), "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
        assert_eq!((check.crc32, check.length), (0xcbf4_3926, 9));
    }

    #[test]
    fn a_stored_state_keeps_its_layout() {
        let mut digest = RunningDigest::new();
        digest.update(b"abc");
        let state = digest.state();
        let initial = "67e6096a85ae67bb72f36e3c3af54fa57f520e518c68059babd9831f19cde05b";
        assert_eq!(
            hex::encode(&state),
            format!("01{initial}{}03616263{}352441c20000000000000003", "00".repeat(8), "00".repeat(60))
        );
    }

    #[test]
    fn an_altered_state_is_refused() {
        let mut digest = RunningDigest::new();
        digest.update(b"abc");
        let state = digest.state();
        assert!(RunningDigest::from_state(&state).is_ok());
        assert_eq!(RunningDigest::from_state(&[]).unwrap_err(), StateUnreadable);
        assert_eq!(RunningDigest::from_state(&state[..state.len() - 1]).unwrap_err(), StateUnreadable);
        let longer = [&state[..], &[0]].concat();
        assert_eq!(RunningDigest::from_state(&longer).unwrap_err(), StateUnreadable);
        let mut foreign = state;
        foreign[0] = 2;
        assert_eq!(RunningDigest::from_state(&foreign).unwrap_err(), StateUnreadable);
    }

    proptest! {
        #[test]
        fn any_split_with_any_pauses_comes_to_the_digests_of_the_whole(
            bytes in proptest::collection::vec(any::<u8>(), 0..1_000),
            cuts in proptest::collection::vec((any::<proptest::sample::Index>(), any::<bool>()), 0..8),
        ) {
            let mut cuts: Vec<(usize, bool)> =
                cuts.into_iter().map(|(index, pause)| (index.index(bytes.len() + 1), pause)).collect();
            cuts.sort_unstable();
            let mut digest = RunningDigest::new();
            let mut from = 0;
            for (cut, pause) in cuts {
                digest.update(&bytes[from..cut]);
                from = cut;
                if pause {
                    digest = RunningDigest::from_state(&digest.state()).unwrap();
                    prop_assert_eq!(digest.length(), u64::try_from(cut).unwrap());
                }
            }
            digest.update(&bytes[from..]);
            prop_assert_eq!(digest.finish(), digests_of(&bytes));
        }

        #[test]
        fn no_state_makes_it_panic(state in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = RunningDigest::from_state(&state).map(RunningDigest::finish);
        }
    }

    #[test]
    fn slices_longer_than_the_limit_are_hashed_whole() {
        let bytes: Vec<u8> = (0..=255).cycle().take(3 * DIGEST_SLICE_BYTES_MAX + 1).collect();
        let mut digest = RunningDigest::new();
        for byte in bytes.chunks(1_001) {
            digest.update(byte);
        }
        assert_eq!(digest.finish(), digests_of(&bytes));
    }
}
