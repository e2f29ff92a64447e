//! From a request's body into an upload: frame by frame, hashed where they arrive, until the body ends, breaks, or
//! somebody else wants the upload.
use axum::body::Body;
use http_body_util::BodyExt as _;
use sha2::Digest as _;
use waybill_core::error::Error;
use waybill_core::upload::receive::Receiver;

use super::digest::Checksum;
use crate::listen::is_too_slow;

/// How a body ended.
#[derive(Debug)]
pub enum Poured {
    /// All of it was taken.
    Ended,
    /// The connection broke, or was cut because it was too slow.
    Broken { too_slow: bool },
    /// A newer connection, or the package's end, wants this writer to leave.
    Stopped,
}

/// A digest over one request's bytes, checked at their end.
#[derive(Debug)]
pub enum Checking {
    Sha1 { running: sha1::Sha1, wanted: [u8; 20] },
    Sha256 { running: sha2::Sha256, wanted: [u8; 32] },
}

impl Checking {
    pub fn new(checksum: &Checksum) -> Self {
        match checksum {
            Checksum::Sha1(wanted) => Self::Sha1 { running: sha1::Sha1::new(), wanted: *wanted },
            Checksum::Sha256(wanted) => Self::Sha256 { running: sha2::Sha256::new(), wanted: *wanted },
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1 { running, .. } => running.update(bytes),
            Self::Sha256 { running, .. } => running.update(bytes),
        }
    }

    /// Whether the bytes had the announced checksum.
    pub fn holds(self) -> bool {
        match self {
            Self::Sha1 { running, wanted } => running.finalize()[..] == wanted,
            Self::Sha256 { running, wanted } => running.finalize()[..] == wanted,
        }
    }
}

/// Pours the body into the upload. An error of the upload itself (no space, too many bytes) ends it early.
pub async fn pour(
    receiver: &mut Receiver<'_>,
    mut body: Body,
    mut checking: Option<&mut Checking>,
) -> Result<Poured, Error> {
    let stop = receiver.stop();
    loop {
        let frame = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(Poured::Stopped),
            frame = body.frame() => frame,
        };
        let Some(frame) = frame else { return Ok(Poured::Ended) };
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return Ok(Poured::Broken { too_slow: is_too_slow(&error) }),
        };
        // Trailers carry nothing that we asked for.
        let Ok(bytes) = frame.into_data() else { continue };
        if let Some(checking) = checking.as_deref_mut() {
            checking.update(&bytes);
        }
        receiver.write(bytes).await?;
    }
}
