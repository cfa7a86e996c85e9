//! Server-sent events, byte by byte (WHATWG HTML, section 9.2.6): the data of each event is base64 of one frame.

use base64::Engine;
use wedsync_protocol::FRAME_MAX;

/// The longest line: a frame in base64, and room for its field name.
const LINE_MAX: usize = FRAME_MAX.div_ceil(3) * 4 + 64;

#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    data: Vec<u8>,
    /// The last byte was a carriage return: a line feed after it belongs to the same line end.
    after_return: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("a line over the limit")]
    TooLong,
    #[error("data that is not base64")]
    NotBase64,
}

impl Parser {
    /// Takes the next bytes of the stream, cut anywhere; answers with the frames that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, ParseError> {
        let mut frames = Vec::new();
        for &byte in bytes {
            let line_feed_of_return =
                std::mem::replace(&mut self.after_return, byte == b'\r') && byte == b'\n';
            match byte {
                b'\n' if line_feed_of_return => {}
                b'\n' | b'\r' => frames.extend(self.end_line()?),
                _ if self.line.len() == LINE_MAX => return Err(ParseError::TooLong),
                _ => self.line.push(byte),
            }
        }
        Ok(frames)
    }

    fn end_line(&mut self) -> Result<Option<Vec<u8>>, ParseError> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.end_event();
        }
        if let Some(data) = line.strip_prefix(b"data:") {
            if self.data.len() + data.len() > LINE_MAX {
                return Err(ParseError::TooLong);
            }
            self.data.extend(data.iter().filter(|byte| !byte.is_ascii_whitespace()));
        }
        // Comments keep the connection alive; other fields mean nothing here.
        Ok(None)
    }

    fn end_event(&mut self) -> Result<Option<Vec<u8>>, ParseError> {
        if self.data.is_empty() {
            return Ok(None);
        }
        let data = std::mem::take(&mut self.data);
        base64::prelude::BASE64_STANDARD.decode(data).map(Some).map_err(|_| ParseError::NotBase64)
    }
}
