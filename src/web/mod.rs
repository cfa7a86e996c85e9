//! The browser's side of the ports. Everything works in a page and in a service worker.
//!
//! - [`indexed_db`]: the store
//! - [`transport`]: the connection to the hub, by `websocket` or by `http` with `fetch` and [`sse`]
//! - [`tabs`]: messages between tabs, and which of them does the network
//! - [`time`]: clock, entropy, timers

mod fetch;
mod http;
mod idb_sys;
pub mod indexed_db;
mod migrations;
pub mod sse;
pub mod tabs;
pub mod time;
pub mod transport;
mod websocket;

pub use indexed_db::IndexedDb;
pub use tabs::{Tabs, TabsEvent};
pub use transport::WebTransport;
