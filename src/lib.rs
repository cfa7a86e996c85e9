//! The client core: a replica that works offline, queues edits, merges and syncs.
//!
//! # Layout
//! In the order an edit passes them:
//! - `bindings`: what JavaScript calls (wasm only)
//! - [`engine`]: the sans-IO state machine: events in, effects out
//! - [`driver`]: awaits events, performs effects in order
//! - [`storage`]: each store effect as one transaction
//! - [`history`]: the pages of the history that are kept for when there is no network
//! - [`record`]: what the store holds, as bytes
//! - [`ports`]: the traits the driver needs; versions in memory
//! - `web`: the browser's side of the ports: IndexedDB, WebSocket, HTTP, locks and tabs (wasm only)

#[cfg(target_arch = "wasm32")]
pub mod bindings;
pub mod driver;
pub mod engine;
pub mod history;
pub mod ports;
pub mod record;
pub mod storage;
#[cfg(target_arch = "wasm32")]
pub mod web;
