//! Recurrence in civil time, and calendar files (RFC 5545).
//!
//! - [`rule`]: a recurrence rule as a typed value
//! - [`expand`]: its occurrences in a window
//! - [`series`]: with exceptions, additions and moved instances
//! - [`ics`]: a helper's calendar as busy times, and shifts as a calendar
//! - [`transfer`]: between a plan and these

pub mod expand;
pub mod ics;
pub mod rule;
pub mod series;
pub mod transfer;

pub use expand::{Budget, Occurrences};
pub use rule::{Rule, RuleError};
pub use series::{Instances, Length, Override, Series, Span};
