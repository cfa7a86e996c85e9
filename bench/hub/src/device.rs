//! A device: the real engine and driver on a store in memory, over a real WebSocket.

use crate::Result;
use crate::process::{org, token, user};
use futures_util::{SinkExt, StreamExt};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, spawn_local};
use tokio_tungstenite::tungstenite::Message;
use wedsync_core::driver::{Driver, Outside};
use wedsync_core::engine::effect::{Answer, LockEffect, Publish};
use wedsync_core::engine::event::{CredentialError, Event, TabEvent};
use wedsync_core::engine::session::Connection;
use wedsync_core::engine::{Engine, FOLD_LOG_AT, Mode, Options};
use wedsync_core::ports::memory::MemoryStore;
use wedsync_core::ports::{Link, Transport, TransportEvent};
use wedsync_domain::{Actor, Role};
use wedsync_hub::hub::{now_ms, random};

pub type Device = Rc<Driver<Socket, Host>>;
type Myself = Rc<RefCell<Weak<Driver<Socket, Host>>>>;

/// Starts a device; it connects by itself, and comes back by itself.
pub fn start(address: &str, number: usize) -> Result<Device> {
    let user = user(number)?;
    let options = Options {
        mode: Mode::Page,
        org: org()?,
        actor: Actor { user: user.clone(), role: Role::Coordinator, helper: None },
        seed: u64::from_be_bytes(random()),
        fold_log_at: FOLD_LOG_AT,
        version: "bench".into(),
    };
    let myself = Myself::default();
    let host = Host { token: token(&user)?, myself: myself.clone(), timer: RefCell::default() };
    let socket = Socket { address: address.to_owned(), open: RefCell::default(), tries: Cell::default() };
    let (driver, work) = Driver::new(Engine::new(options, now_ms()), MemoryStore::default(), socket, host);
    *myself.borrow_mut() = Rc::downgrade(&driver);
    spawn_local(work);
    driver.dispatch(Event::Tick);
    Ok(driver)
}

pub fn is_online(device: &Device) -> bool {
    device.with(|engine| engine.connection().0 == Connection::Online)
}

pub struct Host {
    token: String,
    myself: Myself,
    timer: RefCell<Option<AbortHandle>>,
}

impl Host {
    /// Later, as the driver wants it.
    fn dispatch(&self, event: Event) {
        let myself = self.myself.clone();
        spawn_local(async move {
            let driver = myself.borrow().upgrade();
            if let Some(driver) = driver {
                driver.dispatch(event);
            }
        });
    }
}

impl Outside for Host {
    fn now_ms(&self) -> u64 {
        now_ms()
    }

    fn credential(&self) {
        self.dispatch(Event::Credential(Ok::<_, CredentialError>(self.token.clone())));
    }

    fn lock(&self, lock: LockEffect) {
        // The only tab there is.
        if lock != LockEffect::Release {
            self.dispatch(Event::Tab(TabEvent::LockGranted));
        }
    }

    fn tell(&self, _: &[u8]) {}

    fn answer(&self, _: Answer) {}

    fn publish(&self, _: Publish) {}

    fn wake_at(&self, at_ms: Option<u64>) {
        let timer = at_ms.map(|at| {
            let myself = self.myself.clone();
            spawn_local(async move {
                tokio::time::sleep(Duration::from_millis(at.saturating_sub(now_ms()))).await;
                let driver = myself.borrow().upgrade();
                if let Some(driver) = driver {
                    driver.dispatch(Event::Tick);
                }
            })
            .abort_handle()
        });
        if let Some(before) = self.timer.replace(timer) {
            before.abort();
        }
    }
}

#[derive(Default)]
struct Open {
    out: Option<mpsc::UnboundedSender<Vec<u8>>>,
    tasks: Vec<AbortHandle>,
}

pub struct Socket {
    address: String,
    open: RefCell<Open>,
    /// How often it tried to connect.
    pub tries: Cell<usize>,
}

impl Transport for Socket {
    fn open(&self, _: Link, sink: Box<dyn Fn(TransportEvent)>) {
        self.close();
        self.tries.set(self.tries.get() + 1);
        let (out, mut waiting) = mpsc::unbounded_channel::<Vec<u8>>();
        let url = format!("ws://{}/v1/socket", self.address);
        let task = spawn_local(async move {
            let Ok((socket, _)) = tokio_tungstenite::connect_async(url).await else {
                return sink(TransportEvent::Closed { reached: false });
            };
            let (mut up, mut down) = socket.split();
            sink(TransportEvent::Opened);
            loop {
                tokio::select! {
                    Some(bytes) = waiting.recv() => {
                        if up.send(Message::Binary(bytes.into())).await.is_err() {
                            break;
                        }
                    }
                    message = down.next() => match message {
                        Some(Ok(Message::Binary(bytes))) => sink(TransportEvent::Received(bytes.into())),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                        Some(Ok(_)) => {}
                    },
                }
            }
            sink(TransportEvent::Closed { reached: true });
        });
        *self.open.borrow_mut() = Open { out: Some(out), tasks: vec![task.abort_handle()] };
    }

    fn send(&self, messages: Vec<Vec<u8>>) {
        if let Some(out) = &self.open.borrow().out {
            for message in messages {
                // A connection that ended says so itself.
                let _ = out.send(message);
            }
        }
    }

    fn close(&self) {
        for task in std::mem::take(&mut *self.open.borrow_mut()).tasks {
            task.abort();
        }
    }
}
