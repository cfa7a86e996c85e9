//! A session's queue out: bounded. Who does not read is sent away, and gets the rest when it comes back: the first
//! step of the protocol asks for just what is missing.

use super::Close;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Bounds of what waits, in bytes and messages; one message more than fits is taken.
const BYTES_MAX: usize = 4 * 1024 * 1024;
const COUNT_MAX: usize = 4096;

#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    Send(Bytes),
    Close(Close),
}

#[derive(Debug, Default)]
struct State {
    items: VecDeque<Bytes>,
    bytes: usize,
    end: Option<Close>,
    gone: bool,
}

#[derive(Debug, Default)]
pub struct Queue {
    state: Mutex<State>,
    ready: Notify,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn push(&self, message: Bytes) {
        let mut state = self.state();
        if state.end.is_some() || state.gone {
            return;
        }
        if state.bytes > BYTES_MAX || state.items.len() >= COUNT_MAX {
            state.items.clear();
            state.end =
                Some(Close::try_later("The client reads too slowly; it catches up when it comes back."));
        } else {
            state.bytes += message.len();
            state.items.push_back(message);
        }
        drop(state);
        self.ready.notify_one();
    }

    /// Ends the conversation now.
    pub fn close(&self, why: Close) {
        let mut state = self.state();
        state.items.clear();
        state.end.get_or_insert(why);
        drop(state);
        self.ready.notify_one();
    }

    /// The client has gone; the organisation forgets it.
    pub fn leave(&self) {
        *self.state() = State { gone: true, ..State::default() };
    }

    pub fn is_over(&self) -> bool {
        let state = self.state();
        state.gone || state.end.is_some()
    }

    pub async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.ready.notified().await;
        }
    }

    /// What is next, if anything is.
    pub fn try_next(&self) -> Option<Next> {
        let mut state = self.state();
        if let Some(message) = state.items.pop_front() {
            state.bytes -= message.len();
            return Some(Next::Send(message));
        }
        state.end.clone().map(Next::Close)
    }
}
