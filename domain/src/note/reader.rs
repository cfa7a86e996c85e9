//! lib0's variable-length encoding (<https://github.com/dmonad/lib0/blob/main/encoding.js>), read strictly: nothing is
//! allocated that the input does not hold.

use crate::refusal::{Refusal, RefusalCode};
use serde_json::Value as Json;

/// The largest integer that JavaScript counts exactly; Yjs client ids are 53 bits.
const SAFE: u64 = (1 << 53) - 1;

#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

/// The same encoding, written.
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub fn uint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.uint(bytes.len() as u64);
        self.raw(bytes);
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub fn done(self) -> Vec<u8> {
        self.out
    }
}

pub fn invalid(what: &str) -> Refusal {
    Refusal::new(RefusalCode::Invalid, format!("The note's update cannot be taken: {what}."))
}

fn truncated() -> Refusal {
    invalid("it ends too early")
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What was not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub fn byte(&mut self) -> Result<u8, Refusal> {
        let (first, rest) = self.rest.split_first().ok_or_else(truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// An unsigned integer in its shortest form.
    pub fn uint(&mut self) -> Result<u64, Refusal> {
        let (mut value, mut shift) = (0u64, 0);
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                let overlong = byte == 0 && shift > 0;
                return if overlong || value > SAFE {
                    Err(invalid("a number is out of range"))
                } else {
                    Ok(value)
                };
            }
            shift += 7;
            if shift > 49 {
                return Err(invalid("a number is out of range"));
            }
        }
    }

    /// A clock, or a length counted in clocks.
    pub fn clock(&mut self) -> Result<u32, Refusal> {
        u32::try_from(self.uint()?).map_err(|_| invalid("a clock is out of range"))
    }

    /// How many things follow; each takes a byte at least.
    pub fn count(&mut self) -> Result<usize, Refusal> {
        let count = self.uint()?;
        if count > self.rest.len() as u64 { Err(truncated()) } else { Ok(count as usize) }
    }

    /// Bytes with their length before them.
    pub fn bytes(&mut self) -> Result<&'a [u8], Refusal> {
        let length = self.count()?;
        self.take(length)
    }

    pub fn string(&mut self) -> Result<&'a str, Refusal> {
        std::str::from_utf8(self.bytes()?).map_err(|_| invalid("a text is not UTF-8"))
    }

    /// A scalar of lib0's `any`.
    pub(super) fn scalar(&mut self) -> Result<Json, Refusal> {
        Ok(match self.byte()? {
            127 | 126 => Json::Null,
            125 => self.int()?.into(),
            124 => f64::from(f32::from_be_bytes(self.array()?)).into(),
            123 => f64::from_be_bytes(self.array()?).into(),
            121 => false.into(),
            120 => true.into(),
            119 => self.string()?.into(),
            _ => return Err(invalid("an attribute's value is of a type that notes do not have")),
        })
    }

    /// A signed integer: six bits and the sign in the first byte.
    fn int(&mut self) -> Result<i64, Refusal> {
        let first = self.byte()?;
        let (mut value, mut shift, mut more) = (u64::from(first & 0x3f), 6, first & 0x80 != 0);
        while more {
            if shift > 48 {
                return Err(invalid("a number is out of range"));
            }
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            (shift, more) = (shift + 7, byte & 0x80 != 0);
        }
        if value > SAFE {
            return Err(invalid("a number is out of range"));
        }
        Ok(if first & 0x40 != 0 { -(value as i64) } else { value as i64 })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        self.take(N)?.try_into().map_err(|_| truncated())
    }
}
