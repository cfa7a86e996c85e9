//! The connection to the hub: a WebSocket, or HTTP where it is blocked and in the service worker.

use super::http::HttpConnection;
use super::websocket::SocketConnection;
use crate::ports::transport::{Link, Transport, TransportEvent};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

pub struct WebTransport {
    hub: String,
    connection: RefCell<Option<Connection>>,
}

enum Connection {
    Socket(SocketConnection),
    Http(HttpConnection),
}

impl WebTransport {
    /// `hub_url` is where the hub answers, as `https://hub.example.org`.
    pub fn new(hub_url: &str) -> WebTransport {
        WebTransport { hub: hub_url.trim_end_matches('/').to_owned(), connection: RefCell::default() }
    }
}

impl Transport for WebTransport {
    fn open(&self, link: Link, sink: Box<dyn Fn(TransportEvent)>) {
        self.close();
        let events = Rc::new(Events { sink, live: Cell::new(true) });
        let opened = match link {
            Link::WebSocket => match SocketConnection::open(&self.hub, events.clone()) {
                Ok(socket) => Connection::Socket(socket),
                // A URL that no WebSocket may have, as ws: in a page from https:.
                Err(_) => return spawn_local(async move { events.closed(false) }),
            },
            Link::Http | Link::Poll => Connection::Http(HttpConnection::open(&self.hub, link, events)),
        };
        *self.connection.borrow_mut() = Some(opened);
    }

    fn send(&self, messages: Vec<Vec<u8>>) {
        match &*self.connection.borrow() {
            Some(Connection::Socket(socket)) => socket.send(messages),
            Some(Connection::Http(http)) => http.send(messages),
            None => {}
        }
    }

    fn close(&self) {
        let Some(connection) = self.connection.take() else { return };
        match &connection {
            Connection::Socket(socket) => socket.close(),
            Connection::Http(http) => http.close(),
        }
        // The call may come out of one of its own handlers: nothing that runs is dropped.
        spawn_local(async move { drop(connection) });
    }
}

impl Drop for WebTransport {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for WebTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebTransport").field("hub", &self.hub).finish_non_exhaustive()
    }
}

/// The way to the engine, until the connection is closed from either side.
pub(super) struct Events {
    sink: Box<dyn Fn(TransportEvent)>,
    live: Cell<bool>,
}

impl Events {
    pub fn emit(&self, event: TransportEvent) {
        if self.live.get() {
            (self.sink)(event);
        }
    }

    /// The last event.
    pub fn closed(&self, reached: bool) {
        if self.live.replace(false) {
            (self.sink)(TransportEvent::Closed { reached });
        }
    }

    pub fn mute(&self) {
        self.live.set(false);
    }

    pub fn live(&self) -> bool {
        self.live.get()
    }
}
