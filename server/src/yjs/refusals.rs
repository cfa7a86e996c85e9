//! Refused clients that come back. y-websocket before 3.1 does so for ever, whatever the close code, within 0.2 to
//! 2.5 s: who is refused a second time is kept waiting, without any other work being done for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a refusal is remembered, and how long who comes back meanwhile is kept waiting. Under the 30 s after which
/// y-websocket takes a silent connection for dead.
const REMEMBERED: Duration = Duration::from_secs(60);
const HOLD: Duration = Duration::from_secs(10);
/// Most refusals remembered, and most connections kept waiting.
const REMEMBERED_MAX: usize = 4096;
const HELD_MAX: usize = 256;

/// What was refused: a digest of a token, or of a person and a note.
pub type Key = [u8; 32];

#[derive(Debug)]
pub struct Refusals {
    recent: Mutex<BTreeMap<Key, Instant>>,
    places: Arc<Semaphore>,
    /// How long who is refused again is kept waiting.
    pub hold: Duration,
}

impl Default for Refusals {
    fn default() -> Refusals {
        Refusals { recent: Mutex::default(), places: Arc::new(Semaphore::new(HELD_MAX)), hold: HOLD }
    }
}

impl Refusals {
    /// Notes a refusal; answers whether there was one not long ago.
    pub fn note(&self, key: Key) -> bool {
        let now = Instant::now();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= REMEMBERED_MAX {
            recent.retain(|_, at| now.duration_since(*at) < REMEMBERED);
        }
        if recent.len() >= REMEMBERED_MAX {
            recent.pop_first();
        }
        recent.insert(key, now).is_some_and(|at| now.duration_since(at) < REMEMBERED)
    }

    pub fn is_recent(&self, key: &Key) -> bool {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.get(key).is_some_and(|at| at.elapsed() < REMEMBERED)
    }

    /// A place to wait in, if one is free.
    pub fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().try_acquire_owned().ok()
    }
}
