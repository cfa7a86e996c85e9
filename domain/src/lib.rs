//! The rules of a plan: what people may say about it, and what that changes.
//!
//! Pure: no I/O, no clock, no randomness. The same functions judge on the device and on the hub.
//!
//! # Layout
//! In the order an edit passes them:
//! - [`ids`]: parsed identifiers, document names
//! - [`value`]: what a cell can hold
//! - [`time`]: civil dates and times
//! - [`zone`]: time zones, and civil times as instants
//! - [`schema`]: tables, fields, their types and limits; the one spelling of the documents
//! - [`view`]: a document as rows; the world a command is judged against
//! - [`command`]: what a person can ask for
//! - [`saw`]: fills in what its author saw
//! - [`change`]: what a command does, as invertible row and cell changes
//! - [`role`]: who may do what
//! - [`note`]: reads what a rich-text editor wrote, and refuses what a note may not hold
//! - [`presence`]: what people show of where they are
//! - [`refusal`]: why not
//! - [`decide()`]: (world, actor, command) -> Changes or Refusal
//! - [`document`]: rows and changes as a Yjs document
//! - [`calendar`]: recurrence in civil time; busy times from calendar files, and shifts as one
//! - [`guard`]: makes a panic of yrs on bytes from outside an answer
//! - [`import`] and [`export`]: shifts from CSV; a plan as CSV or JSON
//! - [`schedule`]: conflicts in a plan
//! - [`project`]: rows as the plain objects a UI shows
//! - [`history`]: who changed what, in words, and the way back to a value

pub mod calendar;
pub mod change;
pub mod command;
pub mod decide;
pub mod document;
pub mod export;
pub mod guard;
pub mod history;
pub mod ids;
pub mod import;
pub mod note;
pub mod ordered;
pub mod presence;
pub mod project;
pub mod refusal;
pub mod role;
pub mod saw;
pub mod schedule;
pub mod schema;
pub mod time;
pub mod value;
pub mod view;
pub mod zone;

pub use change::{Change, ChangeKind, Decision, Kept, Recorded, RecordedKind, Replaced};
pub use command::Command;
pub use decide::decide;
pub use ids::{DocId, Id};
pub use refusal::{Refusal, RefusalCode};
pub use role::{Actor, Role};
pub use schema::{Field, Table};
pub use value::Value;
pub use view::{DocView, Row, World};
