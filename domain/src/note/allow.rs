//! What a note may hold: elements, marks and attributes as Tiptap's StarterKit writes them, with links, underline,
//! highlight and task lists; and Quill's line formats.

use super::reader::invalid;
use crate::refusal::Refusal;
use serde_json::Value as Json;

const ELEMENTS: &[&str] = &[
    "paragraph",
    "heading",
    "bulletList",
    "orderedList",
    "listItem",
    "blockquote",
    "codeBlock",
    "horizontalRule",
    "hardBreak",
    "taskList",
    "taskItem",
];
const MARKS: &[&str] = &["bold", "italic", "strike", "code", "underline", "link", "highlight"];
const LINE_FORMATS: &[&str] = &["header", "list", "align", "indent", "blockquote", "code-block"];
const ATTRIBUTES: &[&str] = &[
    "level",
    "start",
    "type",
    "tight",
    "checked",
    "textAlign",
    "indent",
    "dir",
    "language",
    "color",
    "href",
    "target",
    "rel",
    "class",
    "title",
];
const SCHEMES: &[&str] = &["http://", "https://", "mailto:", "tel:"];
/// Longest value of an attribute, in bytes.
const VALUE_MAX: usize = 2048;

pub(super) fn element(name: &str) -> Result<(), Refusal> {
    if ELEMENTS.contains(&name) { Ok(()) } else { Err(not_allowed("block", name)) }
}

/// An attribute of an element. The encoding leaves the name out where a value replaces another.
pub(super) fn attribute(name: Option<&str>, value: &Json) -> Result<(), Refusal> {
    match name {
        Some(name) if !ATTRIBUTES.contains(&name) => Err(not_allowed("attribute", name)),
        Some("href") => href(value),
        _ => scalar(value),
    }
}

/// A mark on text, from where it stands on; null ends it.
pub(super) fn format(name: &str, value: &Json) -> Result<(), Refusal> {
    let name = base(name);
    if !MARKS.contains(&name) && !LINE_FORMATS.contains(&name) {
        return Err(not_allowed("format", name));
    }
    match value {
        Json::String(_) if name == "link" => href(value),
        Json::Object(attributes) => attributes.iter().try_for_each(|(k, v)| attribute(Some(k.as_str()), v)),
        value => scalar(value),
    }
}

/// y-prosemirror tells marks of one kind that overlap apart by a hash: `link--8chars==`.
fn base(name: &str) -> &str {
    match name.rsplit_once("--") {
        Some((base, hash)) if hash.len() == 8 => base,
        _ => name,
    }
}

fn scalar(value: &Json) -> Result<(), Refusal> {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => Ok(()),
        Json::String(text) if text.len() > VALUE_MAX => Err(invalid("an attribute is too long")),
        // It may be an address, for all one can tell.
        Json::String(text) if text.contains(':') => href(value),
        Json::String(_) => Ok(()),
        Json::Array(_) | Json::Object(_) => Err(invalid("an attribute is nested")),
    }
}

fn href(value: &Json) -> Result<(), Refusal> {
    let permitted = match value {
        Json::Null => true,
        Json::String(text) => {
            let starts = |scheme: &&str| {
                text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            };
            text.len() <= VALUE_MAX && SCHEMES.iter().any(starts)
        }
        _ => false,
    };
    if permitted { Ok(()) } else { Err(invalid("a link goes to http, https, mailto or tel only")) }
}

fn not_allowed(what: &str, name: &str) -> Refusal {
    let name: String = name.chars().take(40).collect();
    invalid(&format!("notes have no {what} {name:?}"))
}
