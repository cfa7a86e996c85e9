//! Notes for stock Yjs clients: the y-websocket protocol (<https://github.com/yjs/y-protocols/blob/master/PROTOCOL.md>)
//! at `GET /yjs/notes/{event}/{assignment}?token=…`.
//!
//! # Layout
//! - [`protocol`]: messages, read strictly
//! - [`awareness`]: who is in a note, and with which cursor
//! - [`peers`]: the sessions of an organisation; what they write is judged like `edit_note` (`room/yjs.rs`)
//! - [`queue`]: a session's bounded queue out
//! - [`socket`]: one conversation
//! - [`refusals`]: y-websocket comes back after a refusal; here it is made cheap

pub mod awareness;
pub mod peers;
pub mod protocol;
pub mod queue;
pub mod refusals;
pub mod socket;

/// Why the hub ends a conversation. y-websocket (from 3.1) comes back by itself unless the code is 4400 to 4499.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    pub code: u16,
    pub reason: String,
}

impl Close {
    pub const TOO_BIG: u16 = 4413;

    fn new(code: u16, reason: &str) -> Close {
        Close { code, reason: reason.to_owned() }
    }

    pub fn malformed(what: &str) -> Close {
        Close { code: 4400, reason: format!("The message cannot be read: {what}.") }
    }

    pub fn unauthorized(reason: &str) -> Close {
        Close::new(4401, reason)
    }

    /// What was written, or the whole person, is refused.
    pub fn forbidden(reason: &str) -> Close {
        Close::new(4403, reason)
    }

    pub fn not_found() -> Close {
        Close::new(4404, "There is no such note, or it was deleted with its event.")
    }

    pub fn too_big(reason: &str) -> Close {
        Close::new(Close::TOO_BIG, reason)
    }

    pub fn try_later(reason: &str) -> Close {
        Close::new(1013, reason)
    }

    /// Whether the same client will be refused again.
    pub fn is_lasting(&self) -> bool {
        (4400..4500).contains(&self.code)
    }
}
