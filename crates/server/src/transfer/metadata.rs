//! tus's `Upload-Metadata`: what a client says about the file it is about to send. Only syntax and size; which keys mean
//! something is decided by the caller.
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use http::{HeaderMap, HeaderName};

/// tus: `key BASE64,key2 BASE64,flag`.
pub const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");

/// Longest header accepted, in bytes: a path of 1,024 bytes, a name of 255 and room for more.
pub const METADATA_BYTES_MAX: usize = 8 * 1024;
/// Most keys accepted.
pub const METADATA_KEYS_MAX: usize = 32;
/// Longest key accepted, in bytes.
pub const METADATA_KEY_BYTES_MAX: usize = 64;

/// The pairs of one header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    pairs: BTreeMap<String, Vec<u8>>,
}

/// Why the metadata of an upload cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    #[error("the upload metadata is longer than {METADATA_BYTES_MAX} bytes")]
    TooLong,
    #[error("the upload metadata has more than {METADATA_KEYS_MAX} keys")]
    TooManyKeys,
    #[error("the upload metadata is malformed")]
    Malformed,
    #[error("the upload metadata names `{0}` twice")]
    Duplicate(String),
    #[error("the upload metadata's `{0}` is not base64")]
    NotBase64(String),
    #[error("the upload metadata's `{0}` is not text in UTF-8")]
    NotText(String),
}

impl Metadata {
    /// Reads the metadata of a request; without the header, or with an empty one, there are no pairs. Padding of the
    /// base64 may be missing, and white space around commas is skipped: clients differ.
    pub fn parse(headers: &HeaderMap) -> Result<Self, MetadataError> {
        let mut lines = headers.get_all(&UPLOAD_METADATA).iter();
        let Some(line) = lines.next() else { return Ok(Self::default()) };
        if lines.next().is_some() {
            return Err(MetadataError::Malformed);
        }
        if line.len() > METADATA_BYTES_MAX {
            return Err(MetadataError::TooLong);
        }
        Self::parse_text(line.to_str().map_err(|_| MetadataError::Malformed)?)
    }

    /// The raw value of `key`; empty for a key without value.
    pub fn get(&self, key: &str) -> Option<&[u8]> {
        self.pairs.get(key).map(Vec::as_slice)
    }

    /// The value of `key` as text.
    pub fn text(&self, key: &str) -> Result<Option<&str>, MetadataError> {
        self.get(key)
            .map(|value| std::str::from_utf8(value).map_err(|_| MetadataError::NotText(key.to_owned())))
            .transpose()
    }

    /// All keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.pairs.keys().map(String::as_str)
    }

    fn parse_text(text: &str) -> Result<Self, MetadataError> {
        let mut pairs = BTreeMap::new();
        if text.trim().is_empty() {
            return Ok(Self { pairs });
        }
        for (number, pair) in text.split(',').enumerate() {
            if number == METADATA_KEYS_MAX {
                return Err(MetadataError::TooManyKeys);
            }
            let pair = pair.trim();
            let (key, encoded) = pair.split_once(' ').unwrap_or((pair, ""));
            if key.is_empty() || key.len() > METADATA_KEY_BYTES_MAX || !key.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(MetadataError::Malformed);
            }
            let value = STANDARD_PAD_INDIFFERENT
                .decode(encoded.trim_start())
                .map_err(|_| MetadataError::NotBase64(key.to_owned()))?;
            if pairs.insert(key.to_owned(), value).is_some() {
                return Err(MetadataError::Duplicate(key.to_owned()));
            }
        }
        Ok(Self { pairs })
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Metadata, MetadataError> {
        let mut headers = HeaderMap::new();
        headers.insert(UPLOAD_METADATA, HeaderValue::from_bytes(text.as_bytes()).unwrap());
        Metadata::parse(&headers)
    }

    #[test]
    fn pairs_and_flags_are_read() {
        let metadata = parse("filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential").unwrap();
        assert_eq!(metadata.text("filename"), Ok(Some("world_domination_plan.pdf")));
        assert_eq!(metadata.text("is_confidential"), Ok(Some("")));
        assert_eq!(metadata.text("absent"), Ok(None));
        assert_eq!(metadata.keys().collect::<Vec<_>>(), ["filename", "is_confidential"]);
    }

    #[test]
    fn clients_may_differ_in_padding_and_white_space() {
        for text in ["a YWI=,b", "a YWI,b", " a YWI= , b ", "a  YWI=,b "] {
            let metadata = parse(text).unwrap();
            assert_eq!((metadata.get("a"), metadata.get("b")), (Some(&b"ab"[..]), Some(&b""[..])), "{text:?}");
        }
    }

    #[test]
    fn nothing_said_is_no_metadata() {
        assert_eq!(parse(""), Ok(Metadata::default()));
        assert_eq!(parse("  "), Ok(Metadata::default()));
        assert_eq!(Metadata::parse(&HeaderMap::new()), Ok(Metadata::default()));
    }

    #[test]
    fn what_is_malformed_is_refused_with_its_reason() {
        assert_eq!(parse("a YQ==,a Yg=="), Err(MetadataError::Duplicate("a".to_owned())));
        assert_eq!(parse("a !!!"), Err(MetadataError::NotBase64("a".to_owned())));
        assert_eq!(parse("a YQ== YQ=="), Err(MetadataError::NotBase64("a".to_owned())));
        for malformed in [",", "a YQ==,", "a YQ==,,b YQ==", "é YQ=="] {
            assert_eq!(parse(malformed), Err(MetadataError::Malformed), "{malformed:?}");
        }
        assert_eq!(parse("a /w==").unwrap().text("a"), Err(MetadataError::NotText("a".to_owned())));
        let mut twice = HeaderMap::new();
        twice.append(UPLOAD_METADATA, HeaderValue::from_static("a YQ=="));
        twice.append(UPLOAD_METADATA, HeaderValue::from_static("b YQ=="));
        assert_eq!(Metadata::parse(&twice), Err(MetadataError::Malformed));
    }

    #[test]
    fn the_limits_hold_and_no_less() {
        let keys = |count: usize| (0..count).map(|n| format!("k{n}")).collect::<Vec<_>>().join(",");
        assert!(parse(&keys(METADATA_KEYS_MAX)).is_ok());
        assert_eq!(parse(&keys(METADATA_KEYS_MAX + 1)), Err(MetadataError::TooManyKeys));
        assert!(parse(&"k".repeat(METADATA_KEY_BYTES_MAX)).is_ok());
        assert_eq!(parse(&"k".repeat(METADATA_KEY_BYTES_MAX + 1)), Err(MetadataError::Malformed));
        let value = |bytes: usize| format!("key {}", "A".repeat(bytes - 4));
        assert!(parse(&value(METADATA_BYTES_MAX)).is_ok());
        assert_eq!(parse(&value(METADATA_BYTES_MAX + 1)), Err(MetadataError::TooLong));
    }

    proptest! {
        #[test]
        fn what_a_client_encodes_is_what_is_read(pairs in prop::collection::btree_map("[!-+.-~]{1,64}", prop::collection::vec(any::<u8>(), 0..60), 0..METADATA_KEYS_MAX)) {
            let text = pairs.iter().map(|(key, value)| format!("{key} {}", STANDARD.encode(value))).collect::<Vec<_>>().join(",");
            prop_assert_eq!(parse(&text), Ok(Metadata { pairs }));
        }

        #[test]
        fn no_header_makes_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), text in "[a ,=Y]{0,40}") {
            for bytes in [bytes, text.into_bytes()] {
                let Ok(value) = HeaderValue::from_bytes(&bytes) else { continue };
                let mut headers = HeaderMap::new();
                headers.insert(UPLOAD_METADATA, value);
                let _ = Metadata::parse(&headers);
            }
        }
    }
}
