//! Frames as bytes.

use crate::{FRAME_MAX, Frame, MESSAGE_MAX};

/// Room for the envelope of a part.
const PART_BYTES: usize = FRAME_MAX - 64;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("a frame of {size} bytes is over the limit of {max}")]
    TooBig { size: usize, max: usize },
    #[error("not a frame of this protocol")]
    Malformed,
}

/// A frame as one wire message, or as several parts where it is over [`FRAME_MAX`].
pub fn encode(frame: &Frame) -> Vec<Vec<u8>> {
    let bytes = to_bytes(frame);
    if bytes.len() <= FRAME_MAX {
        return vec![bytes];
    }
    let count = bytes.len().div_ceil(PART_BYTES);
    bytes
        .chunks(PART_BYTES)
        .enumerate()
        .map(|(i, chunk)| to_bytes(&Frame::Part { last: i + 1 == count, bytes: chunk.to_vec() }))
        .collect()
}

fn to_bytes(frame: &Frame) -> Vec<u8> {
    // Writing to a growing buffer fails only for types without a known length, which a frame has none of.
    #[allow(clippy::expect_used)]
    postcard::to_allocvec(frame).expect("a frame has a length")
}

/// One wire message as a frame. Trailing bytes are an error.
pub fn decode(bytes: &[u8]) -> Result<Frame, DecodeError> {
    decode_up_to(bytes, FRAME_MAX)
}

fn decode_up_to(bytes: &[u8], max: usize) -> Result<Frame, DecodeError> {
    if bytes.len() > max {
        return Err(DecodeError::TooBig { size: bytes.len(), max });
    }
    match postcard::take_from_bytes::<Frame>(bytes) {
        Ok((frame, [])) => Ok(frame),
        Ok(_) | Err(_) => Err(DecodeError::Malformed),
    }
}

/// Puts parts together again. One for each connection.
#[derive(Debug, Default)]
pub struct Assembler {
    buffer: Vec<u8>,
}

impl Assembler {
    /// Takes one wire message; answers with a frame once it is whole.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Option<Frame>, DecodeError> {
        match decode(bytes)? {
            Frame::Part { last, bytes } => {
                let size = self.buffer.len() + bytes.len();
                if size > MESSAGE_MAX {
                    return Err(DecodeError::TooBig { size, max: MESSAGE_MAX });
                }
                self.buffer.extend_from_slice(&bytes);
                if !last {
                    return Ok(None);
                }
                let whole = std::mem::take(&mut self.buffer);
                match decode_up_to(&whole, MESSAGE_MAX)? {
                    Frame::Part { .. } => Err(DecodeError::Malformed),
                    frame => Ok(Some(frame)),
                }
            }
            _ if !self.buffer.is_empty() => Err(DecodeError::Malformed),
            frame => Ok(Some(frame)),
        }
    }
}

/// Wire messages as one HTTP body: each after its length, 4 bytes big-endian.
pub fn pack<'a>(messages: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for message in messages {
        out.extend_from_slice(&(message.len() as u32).to_be_bytes());
        out.extend_from_slice(message);
    }
    out
}

/// The wire messages of an HTTP body.
pub fn unpack(mut body: &[u8]) -> Result<Vec<&[u8]>, DecodeError> {
    let mut out = Vec::new();
    while !body.is_empty() {
        let (length, rest) = body.split_first_chunk::<4>().ok_or(DecodeError::Malformed)?;
        let length = u32::from_be_bytes(*length) as usize;
        if length > FRAME_MAX {
            return Err(DecodeError::TooBig { size: length, max: FRAME_MAX });
        }
        if rest.len() < length {
            return Err(DecodeError::Malformed);
        }
        let (message, after) = rest.split_at(length);
        out.push(message);
        body = after;
    }
    Ok(out)
}
