//! One WebSocket, both ways: `{hub}/v1/socket`, a binary message a frame.

use super::time::Timeout;
use super::transport::Events;
use crate::ports::transport::TransportEvent;
use js_sys::{ArrayBuffer, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

const CONNECT_LIMIT_MS: u32 = 10_000;

pub(super) struct SocketConnection {
    socket: WebSocket,
    events: Rc<Events>,
    /// What was sent before the socket was open.
    early: Rc<RefCell<Vec<Vec<u8>>>>,
    _on_open: Closure<dyn FnMut(Event)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
    _connect_limit: Timeout,
}

impl SocketConnection {
    pub fn open(hub: &str, events: Rc<Events>) -> Result<SocketConnection, JsValue> {
        let socket = WebSocket::new(&socket_url(hub))?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let opened = Rc::new(Cell::new(false));
        let early = Rc::new(RefCell::new(Vec::new()));

        let on_open = {
            let (socket, events, opened, early) =
                (socket.clone(), events.clone(), opened.clone(), early.clone());
            Closure::<dyn FnMut(Event)>::new(move |_| {
                opened.set(true);
                send_all(&socket, early.take());
                events.emit(TransportEvent::Opened);
            })
        };
        let on_message = {
            let events = events.clone();
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                // The hub sends no text.
                if let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() {
                    events.emit(TransportEvent::Received(Uint8Array::new(&buffer).to_vec()));
                }
            })
        };
        let on_close = {
            let (events, opened) = (events.clone(), opened.clone());
            Closure::<dyn FnMut(CloseEvent)>::new(move |_| events.closed(opened.get()))
        };
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));

        let connect_limit = {
            let (socket, events) = (socket.clone(), events.clone());
            Timeout::new(CONNECT_LIMIT_MS, move || {
                if !opened.get() {
                    events.closed(false);
                    let _ = socket.close();
                }
            })
        };
        Ok(SocketConnection {
            socket,
            events,
            early,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
            _connect_limit: connect_limit,
        })
    }

    pub fn send(&self, messages: Vec<Vec<u8>>) {
        match self.socket.ready_state() {
            WebSocket::CONNECTING => self.early.borrow_mut().extend(messages),
            _ => send_all(&self.socket, messages),
        }
    }

    pub fn close(&self) {
        self.events.mute();
        let _ = self.socket.close();
    }
}

impl Drop for SocketConnection {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

/// A socket that is closing throws the bytes away; its close event tells.
fn send_all(socket: &WebSocket, messages: Vec<Vec<u8>>) {
    for message in messages {
        let _ = socket.send_with_u8_array(&message);
    }
}

fn socket_url(hub: &str) -> String {
    match hub.strip_prefix("http") {
        Some(rest) => format!("ws{rest}/v1/socket"),
        None => format!("{hub}/v1/socket"),
    }
}
