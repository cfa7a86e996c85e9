//! Recurrence in civil time (RFC 5545).
//!
//! - [`rule`]: a recurrence rule as a typed value
//! - [`expand`]: its occurrences in a window
//! - [`series`]: with exceptions, additions and moved instances

pub mod expand;
pub mod rule;
pub mod series;

pub use expand::{Budget, Occurrences};
pub use rule::{Rule, RuleError};
pub use series::{Instances, Length, Override, Series, Span};
