//! Why a command cannot stand. Codes are stable: UIs and tests match on them, people read the message.

use crate::schema::Field;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum RefusalCode {
    /// The role does not permit it, at the moment the hub commits.
    Forbidden,
    /// A value is missing, of the wrong type or out of bounds; `field` names it.
    Invalid,
    /// A text or list over its limit; `field` names it.
    TooLong,
    /// The command or the document it would make is over its limit.
    TooLarge,
    /// The event, assignment, helper, place or time off is not there.
    NotFound,
    /// A row with this id is there already.
    AlreadyExists,
    /// The last free place of a shift went to somebody else.
    AlreadyTaken,
    /// The helper is not on this shift.
    NotAssigned,
    /// The shift was cancelled.
    Cancelled,
    /// The event, helper or place was archived.
    Archived,
    /// The step does not follow from the present state (completing before checking in, say).
    WrongState,
    /// The document was written by a newer version; update the app.
    NewerSchema,
    /// The command is of a kind or version this side does not know; update the app.
    UnknownCommand,
    /// This installation was copied; it takes a new client number and sends again. Never shown to people.
    ClientForked,
    /// Numbers were skipped; the client sends again from the last known one. Never shown to people.
    OutOfOrder,
    /// The hub could not judge it (a defect); nothing was changed.
    Internal,
    /// This edit of a note builds on one that the hub does not have: it was refused, or lost with a disk.
    LineageClosed,
    /// The event was deleted for good.
    Deleted,
    /// This kind of edit cannot be taken back by an undo.
    NotUndoable,
}

/// A refusal: the code, a sentence for people, and the field it is about, if one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[error("{message}")]
pub struct Refusal {
    pub code: RefusalCode,
    pub message: String,
    pub field: Option<String>,
}

impl Refusal {
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into(), field: None }
    }

    pub fn invalid(field: Field, message: impl Into<String>) -> Refusal {
        Refusal { code: RefusalCode::Invalid, message: message.into(), field: Some(field.name().to_owned()) }
    }

    pub fn too_long(field: Field, max: usize) -> Refusal {
        let message = format!("'{}' is longer than {max} bytes; shorten it", field.name());
        Refusal { code: RefusalCode::TooLong, message, field: Some(field.name().to_owned()) }
    }
}
