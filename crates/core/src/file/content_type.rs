//! What kind of content a file seems to be, for people to read. It must never decide how bytes are served: they always
//! leave as an inert attachment.

/// How many of a file's first bytes [`content_type`] can make use of; more are ignored.
pub const SNIFF_BYTES_MAX: usize = 8 * 1024;

const UNKNOWN: &str = "application/octet-stream";
/// Signatures of containers that say less than the extension: an Office file is a ZIP, an e-book too.
const CONTAINERS: &[&str] =
    &["application/zip", "application/x-ole-storage", "text/xml", "text/plain", "application/gzip", "video/x-ms-asf"];

/// The media type to show for a file called `name` that starts with `first_bytes` (may be empty): what the bytes say
/// where they say something, otherwise what the extension says, otherwise `application/octet-stream`. Display only.
pub fn content_type(name: &str, first_bytes: &[u8]) -> String {
    let file_name = name.rsplit('/').next().unwrap_or(name);
    let by_extension = mime_guess::from_path(file_name).first_raw();
    let sniffed = &first_bytes[..first_bytes.len().min(SNIFF_BYTES_MAX)];
    let by_bytes = infer::get(sniffed).map(|kind| kind.mime_type());
    match (by_bytes, by_extension) {
        (Some(container), Some(extension)) if CONTAINERS.contains(&container) => extension.to_owned(),
        (Some(bytes), _) => bytes.to_owned(),
        (None, Some(extension)) => extension.to_owned(),
        (None, None) if is_text(sniffed) => "text/plain".to_owned(),
        (None, None) => UNKNOWN.to_owned(),
    }
}

/// UTF-8 (perhaps cut in the middle of a character at the end) without control characters text does not have.
fn is_text(bytes: &[u8]) -> bool {
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).expect("valid up to there, says the error")
        }
        Err(_) => return false,
    };
    !valid.is_empty() && !valid.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_outweigh_the_extension() {
        assert_eq!(content_type("photo.jpg", b"\x89PNG\r\n\x1a\n"), "image/png");
        assert_eq!(content_type("holiday.pdf", b"MZ\x90\0\x03\0\0\0"), "application/vnd.microsoft.portable-executable");
    }

    #[test]
    fn the_extension_outweighs_a_mere_container() {
        let zip = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0";
        assert_eq!(
            content_type("a.docx", zip),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        );
        assert_eq!(content_type("a.zip", zip), "application/zip");
        assert_eq!(content_type("a", zip), "application/zip");
    }

    #[test]
    fn without_a_signature_the_extension_of_the_last_segment_decides() {
        assert_eq!(content_type("folder.pdf/notes.txt", b"hello"), "text/plain");
        assert_eq!(content_type("REPORT.PDF", b""), "application/pdf");
    }

    #[test]
    fn text_without_an_extension_is_text_and_the_rest_is_unknown() {
        assert_eq!(content_type("README", "grüße".as_bytes()), "text/plain");
        assert_eq!(content_type("README", &"grüße".as_bytes()[..3]), "text/plain");
        assert_eq!(content_type("README", b"\xff\xfe\xfd"), UNKNOWN);
        assert_eq!(content_type("README", b"a\0b"), UNKNOWN);
        assert_eq!(content_type("README", b""), UNKNOWN);
    }

    proptest! {
        #[test]
        fn any_name_and_bytes_get_a_plain_media_type(name in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let kind = content_type(&name, &bytes);
            prop_assert!(kind.contains('/') && kind.bytes().all(|b| b.is_ascii_graphic()), "{kind}");
        }
    }
}
