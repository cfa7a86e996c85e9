//! Notes: rich text in a Yjs document of its own, written by any stock Yjs editor.
//!
//! [`inspect`] reads an update (V1, <https://github.com/yjs/yjs/blob/main/src/utils/encoding.js>) without yrs, so that
//! bytes from outside reach yrs only after every one of them was understood.

mod allow;
mod lacking;
mod outline;
mod reader;

use crate::ordered::OrdMap;
use crate::ordered::sort_by_key;
use crate::refusal::{Refusal, RefusalCode};
pub use lacking::lacking;
use outline::{Content, Parent, Part};
pub use outline::{Outline, Placement};
pub use reader::{Reader, Writer, invalid};
use std::ops::Range;

/// The one root of a note: a `Y.XmlFragment` or a `Y.Text`.
pub const ROOT: &str = "note";
/// Largest note, in bytes of its snapshot.
pub const NOTE_MAX: usize = 1024 * 1024;
/// Largest update, in bytes: a stock Yjs client brings a whole note at once. A command holds less.
pub const UPDATE_MAX: usize = NOTE_MAX;
/// An update that holds nothing.
pub const NOTHING: [u8; 2] = [0, 0];
/// Most clocks that one update may use up, by far more than fit in as text.
pub const ADVANCE_MAX: u64 = NOTE_MAX as u64;

const CLIENTS_MAX: usize = 4_096;
const STRUCTS_MAX: usize = 50_000;
const DELETE_RANGES_MAX: usize = 50_000;

/// What an update holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// The clocks of its structs by lineage (Yjs client id).
    pub lineages: OrdMap<u64, Range<u32>>,
    /// What was typed and not deleted again, in order, with line breaks between blocks.
    pub text: String,
    pub structs: usize,
    pub deletes: bool,
}

/// The bytes of an update as `edit_note` carries them.
pub fn decode(base64: &str) -> Result<Vec<u8>, Refusal> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD
        .decode(base64)
        .map_err(|_| invalid("it is not base64 with padding"))
}

/// An update as `edit_note` carries it.
pub fn encode(update: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(update)
}

/// Reads one update strictly; refuses all that a note may not hold.
pub fn inspect(update: &[u8]) -> Result<Inspection, Refusal> {
    if update.len() > UPDATE_MAX {
        return Err(too_large(&format!("it is over {} kB", UPDATE_MAX / 1024)));
    }
    Ok(read(update, Source::Editor)?.0)
}

/// Reads what a Yjs library made of inspected updates by merging them: structs that hang on something deleted are
/// gone, and what each of them belongs to has been found out. Of any length.
pub fn inspect_merged(update: &[u8]) -> Result<Inspection, Refusal> {
    Ok(read(update, Source::Library)?.0)
}

/// What an edit is told that builds on something the hub does not have: it was refused, or lost with a disk.
pub fn builds_on_missing() -> Refusal {
    let message = "This edit of the note builds on one that the hub does not have; \
                   copy your text and type it into the note as it is now.";
    Refusal::new(RefusalCode::LineageClosed, message)
}

fn read(update: &[u8], source: Source) -> Result<(Inspection, Vec<Part>), Refusal> {
    let mut inspector = Inspector::new(update, source);
    inspector.structs()?;
    let deleted = inspector.deletes()?;
    if !inspector.reader.is_empty() {
        return Err(invalid("something follows its end"));
    }
    let mut out = inspector.out;
    out.deletes = !deleted.is_empty();
    out.text = text(&inspector.typed, &deleted);
    Ok((out, inspector.parts))
}

fn too_large(why: &str) -> Refusal {
    Refusal::new(
        RefusalCode::TooLarge,
        format!("The note's update is too large: {why}. Write it in smaller parts."),
    )
}

/// Deleted clocks by lineage.
pub type Deleted = OrdMap<u64, Vec<Range<u32>>>;

/// Who wrote an update, which says what it may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Somebody's editor.
    Editor,
    /// A Yjs library, out of updates of editors: with garbage in it.
    Library,
    /// Somebody's library, out of what it has and what it has heard of: with holes in it too.
    Replica,
}

enum Typed<'a> {
    Text { client: u64, clock: u32, text: &'a str },
    Break { always: bool },
}

struct Inspector<'a> {
    reader: Reader<'a>,
    source: Source,
    out: Inspection,
    typed: Vec<Typed<'a>>,
    parts: Vec<Part>,
}

/// Bits of a struct's info byte beside its content's number.
const CONTENT: u8 = 0x1f;
/// The whole byte of a hole in what is known.
const SKIP: u8 = 10;
const HAS_PARENT_SUB: u8 = 0x20;
const HAS_RIGHT_ORIGIN: u8 = 0x40;
const HAS_ORIGIN: u8 = 0x80;

impl<'a> Inspector<'a> {
    fn new(update: &'a [u8], source: Source) -> Inspector<'a> {
        let reader = Reader::new(update);
        Inspector { reader, source, out: Inspection::default(), typed: Vec::new(), parts: Vec::new() }
    }

    /// Whether what it holds is bounded only by its length.
    fn unbounded(&self) -> bool {
        self.source != Source::Editor
    }

    fn structs(&mut self) -> Result<(), Refusal> {
        let clients = self.reader.count()?;
        if clients > CLIENTS_MAX && !self.unbounded() {
            return Err(too_large("it has too many authors"));
        }
        let mut advance = 0u64;
        for _ in 0..clients {
            let structs = self.reader.count()?;
            let client = self.reader.uint()?;
            let start = self.reader.clock()?;
            self.out.structs += structs;
            if self.out.structs > STRUCTS_MAX && !self.unbounded() {
                return Err(too_large("it has too many parts"));
            }
            let mut clock = start;
            for _ in 0..structs {
                let length = self.item(client, clock)?;
                clock = clock.checked_add(length).ok_or_else(|| invalid("a clock is out of range"))?;
            }
            advance += u64::from(clock - start);
            if advance > ADVANCE_MAX && !self.unbounded() {
                return Err(too_large("it uses up too many clocks"));
            }
            if structs == 0 || self.out.lineages.insert(client, start..clock).is_some() {
                return Err(invalid("its authors are not in order"));
            }
        }
        Ok(())
    }

    /// One struct; answers its length in clocks.
    fn item(&mut self, client: u64, clock: u32) -> Result<u32, Refusal> {
        let info = self.reader.byte()?;
        let kind = info & CONTENT;
        let mut part = Part {
            client,
            clock,
            length: 0,
            origin: None,
            right_origin: None,
            parent: None,
            in_map: info & HAS_PARENT_SUB != 0,
            content: Content::Gone,
        };
        let garbage = info == 0 && self.source != Source::Editor;
        if garbage || info == SKIP && self.source == Source::Replica {
            part.length = self.length()?;
            self.parts.push(part);
            return Ok(part.length);
        }
        if matches!(kind, 0 | SKIP) {
            return Err(invalid(
                "it leaves content out (turn garbage collection off in the editor's document)",
            ));
        }
        let mut neighbour = |bit| if info & bit == 0 { Ok(None) } else { self.id(client, clock).map(Some) };
        (part.origin, part.right_origin) = (neighbour(HAS_ORIGIN)?, neighbour(HAS_RIGHT_ORIGIN)?);
        if part.origin.is_some() && part.origin == part.right_origin {
            return Err(invalid("a part stands on both sides of another"));
        }
        let mut attribute = None;
        if part.origin.is_none() && part.right_origin.is_none() {
            part.parent = Some(match self.reader.uint()? {
                1 if self.reader.string()? == ROOT => Parent::Root,
                1 => return Err(invalid("it writes outside the note")),
                0 => Parent::Of(self.id(client, clock)?),
                _ => return Err(invalid("a parent cannot be read")),
            });
            attribute = if part.in_map { Some(self.reader.string()?) } else { None };
        }
        (part.content, part.length) = match (kind, part.in_map) {
            (1, _) => (Content::Deleted, self.length()?),
            (4, false) => (Content::Text, self.text(client, clock)?),
            (6, false) => (Content::Text, self.format()?),
            (7, false) => (self.element()?, 1),
            (8, true) => (Content::Attribute, self.attribute(attribute)?),
            _ => return Err(invalid("it holds something else than text, marks and attributes")),
        };
        self.parts.push(part);
        Ok(part.length)
    }

    fn length(&mut self) -> Result<u32, Refusal> {
        match self.reader.clock()? {
            0 => Err(invalid("a part is empty")),
            length => Ok(length),
        }
    }

    /// The id of another struct, which comes before `(client, clock)` where it is of the same lineage.
    fn id(&mut self, client: u64, clock: u32) -> Result<(u64, u32), Refusal> {
        let id = (self.reader.uint()?, self.reader.clock()?);
        if id.0 == client && id.1 >= clock { Err(invalid("a part builds on itself")) } else { Ok(id) }
    }

    fn text(&mut self, client: u64, clock: u32) -> Result<u32, Refusal> {
        let text = self.reader.string()?;
        if text.is_empty() {
            return Err(invalid("a part is empty"));
        }
        self.typed.push(Typed::Text { client, clock, text });
        // Yjs counts UTF-16 units; an update's length bounds them.
        Ok(text.encode_utf16().count() as u32)
    }

    fn format(&mut self) -> Result<u32, Refusal> {
        let name = self.reader.string()?;
        let value =
            serde_json::from_str(self.reader.string()?).map_err(|_| invalid("a format is not JSON"))?;
        allow::format(name, &value)?;
        Ok(1)
    }

    fn element(&mut self) -> Result<Content, Refusal> {
        const XML_ELEMENT: u64 = 3;
        const XML_TEXT: u64 = 6;
        match self.reader.uint()? {
            XML_ELEMENT => {
                let name = self.reader.string()?;
                allow::element(name)?;
                self.typed.push(Typed::Break { always: name == "hardBreak" });
                Ok(Content::Element)
            }
            XML_TEXT => Ok(Content::XmlText),
            _ => Err(invalid("it holds something else than blocks and text")),
        }
    }

    fn attribute(&mut self, name: Option<&str>) -> Result<u32, Refusal> {
        // Several in one struct are values that replaced one another.
        let values = self.reader.count()?;
        for _ in 0..values {
            allow::attribute(name, &self.reader.scalar()?)?;
        }
        if values == 0 { Err(invalid("a part is empty")) } else { Ok(values as u32) }
    }

    /// The delete set.
    fn deletes(&mut self) -> Result<Deleted, Refusal> {
        let mut deleted = Deleted::new();
        let mut ranges = 0;
        for _ in 0..self.reader.count()? {
            let client = self.reader.uint()?;
            let count = self.reader.count()?;
            ranges += count;
            if ranges > DELETE_RANGES_MAX && !self.unbounded() {
                return Err(too_large("it deletes in too many places"));
            }
            let of_client = deleted.entry(client).or_default();
            for _ in 0..count {
                let (start, length) = (self.reader.clock()?, self.reader.clock()?);
                let end = start.checked_add(length).filter(|_| length > 0);
                of_client.push(start..end.ok_or_else(|| invalid("a deletion is out of range"))?);
            }
            sort_by_key(of_client, |range| range.start);
        }
        deleted.retain(|_, ranges| !ranges.is_empty());
        Ok(deleted)
    }
}

fn text(typed: &[Typed], deleted: &Deleted) -> String {
    let mut out = String::new();
    for part in typed {
        match part {
            Typed::Break { always } => {
                if *always || !(out.is_empty() || out.ends_with('\n')) {
                    out.push('\n');
                }
            }
            Typed::Text { client, clock, text } => {
                let ranges = deleted.get(client).map(Vec::as_slice).unwrap_or_default();
                let mut at = *clock;
                for c in text.chars() {
                    // The ranges of a Yjs delete set do not overlap; those of a forged one cost only their author.
                    let next = ranges.partition_point(|range| range.start <= at);
                    if next == 0 || ranges[next - 1].end <= at {
                        out.push(c);
                    }
                    at = at.saturating_add(c.len_utf16() as u32);
                }
            }
        }
    }
    out
}
