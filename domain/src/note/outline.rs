//! What each struct of a note belongs to, so that an update is judged by where it would put things, before it is
//! merged. Yjs itself asks nothing: text among blocks, blocks in text or a thousand levels of quotes would be merged,
//! and break the editors of all who open the note.

use super::{Source, builds_on_missing, invalid};
use crate::ordered::OrdMap;
use crate::refusal::Refusal;

/// Deepest nesting of elements. Yjs and yrs delete recursively.
const DEPTH_MAX: u16 = 48;

/// A Yjs client id and a clock.
pub(super) type Id = (u64, u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parent {
    Root,
    Of(Id),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Garbage: only its length is left.
    Gone,
    Deleted,
    /// Characters, and where marks begin and end.
    Text,
    Element,
    XmlText,
    Attribute,
}

/// A struct as an update has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub client: u64,
    pub clock: u32,
    pub length: u32,
    pub origin: Option<Id>,
    pub right_origin: Option<Id>,
    /// Where neither origin says it.
    pub parent: Option<Parent>,
    pub in_map: bool,
    pub content: Content,
}

#[derive(Clone, Copy, Debug)]
struct Placed {
    length: u32,
    origin: Option<Id>,
    right_origin: Option<Id>,
    /// `None` where it is garbage.
    parent: Option<Parent>,
    in_map: bool,
    content: Content,
    depth: u16,
}

/// The structs of a note.
#[derive(Debug, Default)]
pub struct Outline {
    structs: OrdMap<Id, Placed>,
    /// The first thing at the root decides: text, or elements.
    root: Option<Content>,
}

/// Where the structs of an update go that the note does not have.
#[derive(Debug, Default)]
pub struct Placement {
    new: OrdMap<Id, Placed>,
    root: Option<Content>,
    /// Whether it is certain that each struct's neighbours stand in the order it says.
    pub certain: bool,
}

impl Outline {
    /// Takes over an update that is in the note.
    pub fn load(&mut self, update: &[u8]) -> Result<(), Refusal> {
        let (_, parts) = super::read(update, Source::Library)?;
        let placement = self.place_parts(parts, false)?;
        self.add(placement);
        Ok(())
    }

    /// Judges where an update would put things.
    pub fn place(&self, update: &[u8]) -> Result<Placement, Refusal> {
        let (_, parts) = super::read(update, Source::Editor)?;
        self.place_parts(parts, true)
    }

    pub fn add(&mut self, placement: Placement) {
        self.structs.extend(placement.new);
        self.root = self.root.or(placement.root);
    }

    /// Whether the note is plain text, without elements.
    pub fn is_text(&self) -> bool {
        self.root == Some(Content::Text)
    }

    fn end(&self, client: u64) -> u32 {
        let last = self.structs.range((client, 0)..=(client, u32::MAX)).next_back();
        last.map_or(0, |(id, placed)| id.1 + placed.length)
    }

    fn place_parts(&self, parts: Vec<Part>, strict: bool) -> Result<Placement, Refusal> {
        let mut placing = Placing {
            known: self,
            out: Placement { root: self.root, certain: true, ..Placement::default() },
            strict,
        };
        let mut queues: Vec<std::vec::IntoIter<Part>> = Vec::new();
        for of_client in parts.chunk_by(|a, b| a.client == b.client) {
            let have = self.end(of_client[0].client);
            let new: Vec<Part> = of_client.iter().filter_map(|part| beyond(part, have)).collect();
            queues.push(new.into_iter());
        }
        loop {
            let mut moved = false;
            for queue in &mut queues {
                while let Some(part) = queue.as_slice().first() {
                    if !placing.place(part)? {
                        break;
                    }
                    queue.next();
                    moved = true;
                }
            }
            if queues.iter().all(|queue| queue.as_slice().is_empty()) {
                return Ok(placing.out);
            }
            if !moved {
                return Err(builds_on_missing());
            }
        }
    }
}

/// The part of a struct that begins at `have` or after it.
fn beyond(part: &Part, have: u32) -> Option<Part> {
    let end = part.clock + part.length;
    if part.clock >= have {
        return Some(*part);
    }
    let rest = Part { clock: have, length: end.saturating_sub(have), parent: None, ..*part };
    let origin = have.checked_sub(1).map(|before| (part.client, before));
    (rest.length > 0).then_some(Part { origin, ..rest })
}

struct Placing<'a> {
    known: &'a Outline,
    out: Placement,
    strict: bool,
}

impl Placing<'_> {
    fn find(&self, id: Id) -> Option<(u32, &Placed)> {
        [&self.out.new, &self.known.structs].into_iter().find_map(|structs| {
            let (start, placed) = structs.range((id.0, 0)..=id).next_back()?;
            (id.1 - start.1 < placed.length).then_some((start.1, placed))
        })
    }

    fn placed(&self, id: Option<Id>) -> Option<Placed> {
        self.find(id?).map(|(_, placed)| *placed)
    }

    /// Places one struct; `false` while something is missing that it builds on.
    fn place(&mut self, part: &Part) -> Result<bool, Refusal> {
        let named = match part.parent {
            Some(Parent::Of(id)) => Some(id),
            _ => None,
        };
        if [part.origin, part.right_origin, named].into_iter().flatten().any(|id| self.find(id).is_none()) {
            return Ok(false);
        }
        let placed = match self.judge(part) {
            Ok(placed) => placed,
            Err(refusal) if self.strict => return Err(refusal),
            // It was merged all the same: of its like the Yjs libraries make garbage.
            Err(_) => Placed { parent: None, content: Content::Gone, ..of(part, None, 0) },
        };
        self.out.new.insert((part.client, part.clock), placed);
        Ok(true)
    }

    fn judge(&mut self, part: &Part) -> Result<Placed, Refusal> {
        let (left, right) = (self.placed(part.origin), self.placed(part.right_origin));
        let gone = |placed: Option<Placed>| placed.is_some_and(|placed| placed.parent.is_none());
        if part.content == Content::Gone || gone(left) || gone(right) {
            return Ok(of(part, None, 0));
        }
        let neighbours = left.iter().chain(&right).map(|placed| (placed.parent, placed.in_map));
        let mut at = part.parent.map(|parent| (Some(parent), part.in_map));
        for neighbour in neighbours {
            if at.is_some_and(|at| at != neighbour) {
                return Err(invalid("a part stands between two that are not neighbours"));
            }
            at = Some(neighbour);
        }
        let Some((Some(parent), in_map)) = at.filter(|(_, in_map)| *in_map == part.in_map) else {
            return Err(invalid("an attribute stands in the text, or text in an attribute"));
        };
        if in_map && part.right_origin.is_some() {
            return Err(invalid("an attribute stands between others"));
        }
        if let (Some(left), Some(right)) = (part.origin, part.right_origin) {
            self.out.certain &= self.in_order(left, right);
        }
        let (container, depth) = match parent {
            Parent::Root => (None, 0),
            Parent::Of(id) => match self.placed(Some(id)) {
                Some(Placed { content: Content::Gone | Content::Deleted, .. }) | None => {
                    return Ok(of(part, None, 0));
                }
                Some(placed) => (Some(placed.content), placed.depth),
            },
        };
        self.belongs(part, container)?;
        if depth >= DEPTH_MAX {
            return Err(invalid(&format!("it is nested deeper than {DEPTH_MAX} levels")));
        }
        Ok(of(part, Some(parent), depth + 1))
    }

    /// Whether such content may stand there: at the root, or in a struct of such content.
    fn belongs(&mut self, part: &Part, container: Option<Content>) -> Result<(), Refusal> {
        use Content::{Attribute, Deleted, Element, Text, XmlText};
        let fits = match (container, part.content, part.in_map) {
            (Some(Element | XmlText), Deleted, _) | (None, Deleted, false) => true,
            (Some(Element), Attribute, true) => true,
            (Some(Element), Element | XmlText, false) => true,
            (Some(XmlText), Text, false) => true,
            (None, Element | Text, false) => *self.out.root.get_or_insert(part.content) == part.content,
            _ => false,
        };
        if fits { Ok(()) } else { Err(invalid("blocks, text and attributes are mixed up")) }
    }

    /// Whether one is known to stand before the other: it was put there, or the other was put after it.
    fn in_order(&self, left: Id, right: Id) -> bool {
        let put_before = self.find(left).is_some_and(|(_, placed)| placed.right_origin == Some(right));
        let put_after = self.find(right).is_some_and(|(start, placed)| match right.1 - start {
            0 => placed.origin == Some(left),
            _ => left == (right.0, right.1 - 1),
        });
        put_before || put_after
    }
}

fn of(part: &Part, parent: Option<Parent>, depth: u16) -> Placed {
    let Part { length, origin, right_origin, in_map, content, .. } = *part;
    Placed { length, origin, right_origin, parent, in_map, content, depth }
}
