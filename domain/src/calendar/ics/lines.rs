//! The content lines of a file (RFC 5545, 3.1): unfolded, with parameters.
//!
//! Written here, for what the crates cost in a WASM module of `opt-level = "s"` (brotli), and what they do not read:
//! - `ical` 0.11, 17 kB: one unreadable line, or a missing END, ends its calendar; lines have no numbers.
//! - `icalendar` 0.17, 80 kB: brings chrono, nom and uuid; no numbers either.
//! - `calcard` 0.3: brings chrono-tz, and a getrandom that has to be configured to build for browsers.

/// A property as it stands in the file.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Of its first physical line, from 1.
    pub number: u32,
    /// In upper case.
    pub name: String,
    params: Vec<(String, String)>,
    pub value: String,
}

impl Line {
    /// A parameter without its quotes; `name` in upper case.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The value as TEXT (3.3.11).
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            match if c == '\\' { chars.next() } else { Some(c) } {
                Some('n' | 'N') if c == '\\' => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            }
        }
        out
    }

    /// A keyword value, in upper case.
    pub fn keyword(&self) -> String {
        self.value.trim().to_ascii_uppercase()
    }

    /// `None` where it is not `NAME:VALUE` with parameters between.
    fn parse(number: u32, text: &str) -> Option<Line> {
        let name_end = text.find([';', ':'])?;
        let name = text[..name_end].trim().to_ascii_uppercase();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return None;
        }
        let colon = value_colon(&name, text)?;
        let (params, value) = (text.get(name_end + 1..colon).unwrap_or(""), &text[colon + 1..]);
        let params = split_unquoted(params, ';')
            .filter_map(|param| param.split_once('='))
            .map(|(name, value)| (name.trim().to_ascii_uppercase(), value.trim().replace('"', "")))
            .collect();
        Some(Line { number, name, params, value: value.to_owned() })
    }
}

/// Times have no colon, but Outlook's `TZID=tzone://Microsoft/Custom` does, and without quotes.
const TIMES: &[&str] = &["DTSTART", "DTEND", "EXDATE", "RDATE", "RECURRENCE-ID"];

/// The colon before the value: the first that is not in quotes, or the last.
fn value_colon(name: &str, text: &str) -> Option<usize> {
    let mut colons = unquoted(text, ':');
    let colon = if TIMES.contains(&name) { colons.last() } else { colons.next() };
    // With a quote that is never closed, quotes mean nothing.
    colon.or_else(|| text.find(':'))
}

/// Where `what` stands outside of quotes.
fn unquoted(text: &str, what: char) -> impl Iterator<Item = usize> {
    let mut quoted = false;
    text.char_indices().filter_map(move |(at, c)| {
        quoted ^= c == '"';
        (c == what && !quoted).then_some(at)
    })
}

fn split_unquoted(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut ends: Vec<usize> = unquoted(text, at).collect();
    ends.push(text.len());
    let mut start = 0;
    ends.into_iter().map(move |end| {
        let part = &text[start.min(end)..end];
        start = end + 1;
        part
    })
}

/// Reads a file line by line: CRLF or LF, with or without a byte order mark. Bytes that are not UTF-8 become U+FFFD,
/// after unfolding, as some writers fold inside a character. An item is `Err(number)` where a line cannot be read.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: u32,
}

impl<'a> Lines<'a> {
    pub fn new(bytes: &'a [u8]) -> Lines<'a> {
        Lines { rest: bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), number: 0 }
    }

    fn physical(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|b| *b == b'\n');
        let (line, rest) = match end {
            Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
            None => (self.rest, &[][..]),
        };
        self.rest = rest;
        self.number += 1;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

impl Iterator for Lines<'_> {
    type Item = Result<Line, u32>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut bytes = self.physical()?.to_vec();
            let number = self.number;
            while matches!(self.rest.first(), Some(b' ' | b'\t')) {
                bytes.extend_from_slice(self.physical()?.get(1..).unwrap_or(&[]));
            }
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                return Some(Line::parse(number, &String::from_utf8_lossy(&bytes)).ok_or(number));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Line {
        Lines::new(text.as_bytes()).next().unwrap().unwrap()
    }

    #[test]
    fn lines_are_unfolded_also_inside_a_character() {
        let lines: Vec<Line> = Lines::new(b"\xef\xbb\xbfSUMMARY:Gr\xc3\r\n \xbc\xc3\x9f\n\te\r\n\r\nuid:1\n")
            .map(Result::unwrap)
            .collect();
        assert_eq!((lines[0].number, lines[0].value.as_str()), (1, "Grüße"));
        assert_eq!((lines[1].number, lines[1].name.as_str()), (5, "UID"));
    }

    #[test]
    fn parameters_may_be_quoted_and_text_escaped() {
        let line = one(r#"ATTENDEE;CN="Doe; Jane: x";partstat=DECLINED:mailto:jane@example.org"#);
        assert_eq!(line.param("CN"), Some("Doe; Jane: x"));
        assert_eq!(line.param("PARTSTAT"), Some("DECLINED"));
        assert_eq!(line.value, "mailto:jane@example.org");
        assert_eq!(one(r"SUMMARY:a\, b\; c\\n\nd\").text(), "a, b; c\\n\nd");
    }

    #[test]
    fn a_zone_with_a_colon_and_no_quotes_is_still_a_zone() {
        let line = one("DTSTART;TZID=tzone://Microsoft/Custom:20260715T090000");
        assert_eq!(line.param("TZID"), Some("tzone://Microsoft/Custom"));
        assert_eq!(line.value, "20260715T090000");
        let quoted = one("DTSTART;TZID=\"(UTC+01:00) Amsterdam, Berlin\":20260715T090000");
        assert_eq!(quoted.param("TZID"), Some("(UTC+01:00) Amsterdam, Berlin"));
    }

    #[test]
    fn what_is_no_property_has_its_line_number() {
        let read: Vec<_> =
            Lines::new(b"A:1\nno property\n;x=1:2\n:\nB:2").map(|r| r.map(|l| l.number)).collect();
        assert_eq!(read, [Ok(1), Err(2), Err(3), Err(4), Ok(5)]);
    }
}
