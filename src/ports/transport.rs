//! The connection to the hub: wire messages out, events in.

use std::fmt::Debug;

/// How to talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Link {
    /// One WebSocket, both ways.
    WebSocket,
    /// POST `/v1/sync` up, server-sent events from `/v1/stream` down: where WebSockets are blocked.
    Http,
    /// POST `/v1/sync` alone: for the service worker, which lives for seconds.
    Poll,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportEvent {
    Opened,
    /// One wire message (see `wedsync_protocol::encode`).
    Received(Vec<u8>),
    /// The connection is gone, or never was. `reached`: whether anything answered at all.
    Closed {
        reached: bool,
    },
}

/// At most one connection at a time. Events of a connection that was closed or replaced never arrive.
pub trait Transport {
    /// Starts to connect; `sink` gets its events.
    fn open(&self, link: Link, sink: Box<dyn Fn(TransportEvent)>);
    /// Sends wire messages in order. With the HTTP links the first is the Hello, and is repeated with each request;
    /// what is handed over in one call travels in one request.
    fn send(&self, messages: Vec<Vec<u8>>);
    fn close(&self);
}
