//! The browser's side of the ports. Everything works in a page and in a service worker.
//!
//! - [`indexed_db`]: the store
//! - [`transport`]: the connection to the hub
//! - [`tabs`]: which of the tabs does the network
//! - [`time`]: clock, entropy, timers

mod idb_sys;
pub mod indexed_db;
mod migrations;
pub mod time;

pub use indexed_db::IndexedDb;
