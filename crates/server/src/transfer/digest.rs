//! Digests as headers speak of them: `Repr-Digest` (RFC 9530) and tus's `Upload-Checksum`. Only syntax: comparing is the
//! business of whoever has the bytes.
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_PAD_INDIFFERENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use sfv::{BareItem, Dictionary, ListEntry, Parser};

/// `Repr-Digest`: the digest of the whole file, whatever part of it an answer holds.
pub const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");
/// `Content-Digest`: the digest of the body that is sent.
pub const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
/// tus: the checksum of one chunk.
pub const UPLOAD_CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
/// What to answer where tus asks for `Tus-Checksum-Algorithm`.
pub const CHECKSUM_ALGORITHMS: &str = "sha1,sha256";

/// Why a digest header cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    #[error("the digest header is malformed")]
    Malformed,
    #[error("the checksum algorithm is not supported")]
    UnknownAlgorithm,
}

/// The checksum a client gives for one chunk of a tus upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    Sha1([u8; 20]),
    Sha256([u8; 32]),
}

/// The value of `Repr-Digest` (or `Content-Digest`) for a SHA-256.
pub fn repr_digest(sha256: &[u8; 32]) -> HeaderValue {
    HeaderValue::try_from(format!("sha-256=:{}:", STANDARD.encode(sha256))).expect("base64 is visible ASCII")
}

/// The SHA-256 that `name` ([`REPR_DIGEST`] or [`CONTENT_DIGEST`]) asks to check; `None` without the header or when it
/// names other algorithms only. Several lines count as one list.
pub fn requested_sha256(headers: &HeaderMap, name: &HeaderName) -> Result<Option<[u8; 32]>, DigestError> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    let dictionary: Dictionary = Parser::new(&lines.join(&b", "[..])).parse().map_err(|_| DigestError::Malformed)?;
    for entry in dictionary.values() {
        digest_bytes(entry)?;
    }
    let Some(entry) = dictionary.get("sha-256") else { return Ok(None) };
    digest_bytes(entry)?.try_into().map(Some).map_err(|_| DigestError::Malformed)
}

/// The value of tus's `Upload-Checksum`: `sha1 BASE64` or `sha256 BASE64`.
pub fn upload_checksum(value: &HeaderValue) -> Result<Checksum, DigestError> {
    let text = value.to_str().map_err(|_| DigestError::Malformed)?;
    let (algorithm, digest) = text.trim().split_once(' ').ok_or(DigestError::Malformed)?;
    let decoded = || STANDARD_PAD_INDIFFERENT.decode(digest.trim()).map_err(|_| DigestError::Malformed);
    if algorithm.eq_ignore_ascii_case("sha1") {
        decoded()?.try_into().map(Checksum::Sha1).map_err(|_| DigestError::Malformed)
    } else if algorithm.eq_ignore_ascii_case("sha256") {
        decoded()?.try_into().map(Checksum::Sha256).map_err(|_| DigestError::Malformed)
    } else {
        Err(DigestError::UnknownAlgorithm)
    }
}

/// Every member must be a byte sequence, of a known algorithm or not.
fn digest_bytes(entry: &ListEntry) -> Result<&[u8], DigestError> {
    match entry {
        ListEntry::Item(item) => match &item.bare_item {
            BareItem::ByteSequence(bytes) => Ok(bytes),
            _ => Err(DigestError::Malformed),
        },
        ListEntry::InnerList(_) => Err(DigestError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    use super::*;

    /// SHA-256 of nothing, in base64.
    const EMPTY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn empty() -> [u8; 32] {
        Sha256::digest(b"").into()
    }

    fn requested(lines: &[&str]) -> Result<Option<[u8; 32]>, DigestError> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(REPR_DIGEST, HeaderValue::from_str(line).unwrap());
        }
        requested_sha256(&headers, &REPR_DIGEST)
    }

    #[test]
    fn an_answer_names_the_sha256_as_rfc_9530_writes_it() {
        assert_eq!(repr_digest(&empty()), format!("sha-256=:{EMPTY}:"));
    }

    #[test]
    fn the_sha256_of_a_request_is_found_among_others() {
        let own = format!("sha-256=:{EMPTY}:");
        assert_eq!(requested(&[]), Ok(None));
        assert_eq!(requested(&[&own]), Ok(Some(empty())));
        assert_eq!(requested(&[&format!("sha-512=:AAAA:, {own};note=\"x\"")]), Ok(Some(empty())));
        assert_eq!(requested(&["md5=:AAAA:", &own]), Ok(Some(empty())));
        assert_eq!(requested(&["sha-512=:AAAA:"]), Ok(None));
    }

    #[test]
    fn a_malformed_digest_is_refused_instead_of_being_unchecked() {
        for line in [
            "sha-256",
            "sha-256=",
            &format!("sha-256={EMPTY}"),
            &format!("sha-256=\"{EMPTY}\""),
            "sha-256=:AAAA:",
            "sha-256=::",
            "sha-256=:!!!:",
            &format!("sha-256=(:{EMPTY}:)"),
            &format!("SHA-256=:{EMPTY}:"),
            "sha-512=1",
            ",",
        ] {
            assert_eq!(requested(&[line]), Err(DigestError::Malformed), "{line}");
        }
    }

    #[test]
    fn a_chunk_is_checked_by_sha1_or_sha256() {
        let parse = |text: &str| upload_checksum(&HeaderValue::from_str(text).unwrap());
        let sha1 = [
            0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55, 0xbf, 0xef, 0x95, 0x60, 0x18, 0x90, 0xaf, 0xd8,
            0x07, 0x09,
        ];
        assert_eq!(parse("sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk="), Ok(Checksum::Sha1(sha1)));
        assert_eq!(parse("sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk"), Ok(Checksum::Sha1(sha1)));
        assert_eq!(parse(&format!("SHA256 {EMPTY}")), Ok(Checksum::Sha256(empty())));
        assert_eq!(parse("md5 1B2M2Y8AsgTpgAmY7PhCfg=="), Err(DigestError::UnknownAlgorithm));
        for malformed in [
            "",
            "sha1",
            "sha1 ",
            "sha1 AAAA",
            "sha1 !",
            &format!("sha1 {EMPTY}"),
            "sha256 2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
        ] {
            assert_eq!(parse(malformed), Err(DigestError::Malformed), "{malformed:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_answered_can_be_asked(sha256 in any::<[u8; 32]>()) {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_DIGEST, repr_digest(&sha256));
            prop_assert_eq!(requested_sha256(&headers, &CONTENT_DIGEST), Ok(Some(sha256)));
        }

        #[test]
        fn no_header_makes_the_parsers_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), text in "[a-z0-9=:;,\" ()+/-]{0,60}") {
            for bytes in [bytes, text.into_bytes(), [b"sha-256=:".to_vec(), vec![b'A'; 44]].concat()] {
                let Ok(value) = HeaderValue::from_bytes(&bytes) else { continue };
                let _ = upload_checksum(&value);
                let mut headers = HeaderMap::new();
                headers.append(REPR_DIGEST, value);
                let _ = requested_sha256(&headers, &REPR_DIGEST);
            }
        }
    }
}
