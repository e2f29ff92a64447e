//! Did a line of an HTTP/1 head end with a bare line feed? The HTTP library takes such heads and does not tell, so the
//! raw bytes are watched as they arrive.

/// Watches the bytes of one head.
#[derive(Debug, Default)]
pub(super) struct HeadScan {
    last: u8,
    line_length: usize,
    seen_line: bool,
    is_complete: bool,
    has_bare_lf: bool,
}

impl HeadScan {
    /// Looks at the next bytes from the wire; what follows the end of the head is not looked at.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.is_complete {
                return;
            }
            match byte {
                b'\n' => self.end_line(),
                b'\r' => {}
                _ => self.line_length += 1,
            }
            self.last = *byte;
        }
    }

    /// The whole head was seen, up to its empty line.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    pub(super) fn has_bare_lf(&self) -> bool {
        self.has_bare_lf
    }

    fn end_line(&mut self) {
        self.has_bare_lf |= self.last != b'\r';
        // Empty lines before the request line are skipped, as RFC 9112 (2.2) asks.
        if self.line_length > 0 {
            self.seen_line = true;
        } else if self.seen_line {
            self.is_complete = true;
        }
        self.line_length = 0;
    }
}
