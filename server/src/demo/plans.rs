//! The demo's plans.

use wedsync_domain::Command;

/// Everything that is planned, as commands of the owner.
pub fn commands(_now_ms: u64) -> Result<Vec<Command>, String> {
    Ok(Vec::new())
}
