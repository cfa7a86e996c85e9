//! The hub: judges commands, commits them, tells everybody.
//!
//! # Layout
//! In the order an edit passes them:
//! - [`serve`]: connections, and how long a request may take to come
//! - [`http`]: the routes; [`socket`], [`exchange`] (POST and server-sent events), [`yjs`] (stock Yjs clients of notes),
//!   [`manage`] (team and devices), [`team`] (whose devices have the plan) and [`history`] (who changed what)
//! - [`auth`]: who a token speaks for
//! - [`session`]: one conversation, whatever carries it
//! - [`actor`]: one thread for each organisation: drains what is queued and commits it as a group
//! - [`organisation`]: a room and its sessions: orders, answers, fans out; without a thread or a clock of its own
//! - [`room`]: the judging, synchronous and deterministic
//! - [`presence`]: who is here, in memory only
//! - [`store`]: what is kept for good
//! - [`outgoing`]: a session's bounded queue out
//!
//! Beside the path: [`membership`] (who is in the team), [`limits`], [`hub`] (all organisations of a process),
//! [`demo`] (an organisation to try things in).

pub mod actor;
pub mod auth;
pub mod demo;
pub mod exchange;
pub mod history;
pub mod http;
pub mod hub;
pub mod limits;
pub mod manage;
pub mod membership;
pub mod organisation;
pub mod outgoing;
pub mod presence;
pub mod room;
pub mod serve;
pub mod session;
pub mod socket;
pub mod store;
pub mod team;
pub mod yjs;
