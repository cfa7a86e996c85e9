//! `GET /yjs/notes/{event}/{assignment}?token=…`: one conversation with a stock Yjs client.

use super::peers::{Ask, Join};
use super::protocol::{self, MESSAGE_MAX};
use super::queue::{Next, Queue};
use super::refusals::Key;
use super::{Close, protocol::Message as Said};
use crate::actor::Handle;
use crate::auth::{AuthError, Identity};
use crate::hub::{Hub, fresh_id, now_ms};
use crate::limits::{Bucket, Permit};
use crate::organisation::Request;
use crate::room::Caller;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, interval_at, sleep, timeout, timeout_at};
use wedsync_domain::{DocId, Id};
use wedsync_protocol::FaultCode;

/// y-websocket takes a connection for dead when no message comes for 30 s; pings are none.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const SILENT_MAX: Duration = Duration::from_secs(60);
const SEND_WITHIN: Duration = Duration::from_secs(60);
const CLOSE_WITHIN: Duration = Duration::from_secs(3);
/// A message over the limit is read, so that it gets its typed answer and its sender does not try for ever; one that no
/// note leads to is not.
const MESSAGE_READ_MAX: usize = 4 * MESSAGE_MAX;
/// A conversation's start costs about as much as this many edits, and so does a first step.
const START_COST: f64 = 20.0;
/// So many bytes cost as much as an edit.
const BYTES_EACH: f64 = 1024.0;
/// How often, and how long each time, a message over the rate is made to wait.
const WAITS_MAX: usize = 5;
const WAIT_MAX: Duration = Duration::from_secs(1);

type Sink = SplitSink<WebSocket, Message>;
type Source = SplitStream<WebSocket>;

#[derive(Deserialize)]
pub struct Params {
    #[serde(default)]
    token: String,
}

impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The token is a secret: it never reaches a log.
        f.write_str("Params")
    }
}

pub async fn upgrade(
    State(hub): State<Arc<Hub>>,
    Path(doc): Path<String>,
    Query(Params { token }): Query<Params>,
    ws: WebSocketUpgrade,
) -> Response {
    let ws = ws
        .max_message_size(MESSAGE_READ_MAX)
        .max_frame_size(MESSAGE_READ_MAX)
        .read_buffer_size(16 * 1024)
        .write_buffer_size(16 * 1024)
        .max_write_buffer_size(8 * MESSAGE_MAX);
    // A browser does not tell a page why an upgrade failed, and y-websocket then tries for ever: so it is let in first.
    match enter(&hub, &doc, &token).await {
        Ok(guest) => ws.on_upgrade(move |socket| async move { serve(&hub, guest, socket).await }),
        Err((close, key)) => {
            let Some(place) = hub.refusals.place() else {
                return (StatusCode::SERVICE_UNAVAILABLE, "too many refused connections").into_response();
            };
            let hold = hold(&hub, &close, key);
            ws.on_upgrade(move |socket| async move {
                let (sink, source) = socket.split();
                end(sink, source, &close, hold).await;
                drop(place);
            })
        }
    }
}

/// Somebody whose token is good.
struct Guest {
    identity: Identity,
    handle: Handle,
    bucket: Arc<Bucket>,
    event: Id,
    assignment: Id,
    /// Of a refused write.
    key: Key,
    _permit: Permit,
}

fn digest(parts: &[&str]) -> Key {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

async fn enter(hub: &Hub, doc: &str, token: &str) -> Result<Guest, (Close, Key)> {
    let key = digest(&["token", token]);
    if hub.refusals.is_recent(&key) {
        return Err((Close::unauthorized("The token was refused; get a new one."), key));
    }
    let refused = |e: AuthError| match e.code {
        FaultCode::Unauthorized | FaultCode::TokenExpired => Close::unauthorized(&e.message),
        FaultCode::Revoked => Close::forbidden(&e.message),
        _ => Close::try_later(&e.message),
    };
    let (identity, handle, _) = hub.verify(token).await.map_err(|e| (refused(e), key))?;
    let key = digest(&["note", identity.org.as_str(), identity.user.as_str(), doc]);
    let refuse = |close| (close, key);
    let Ok(DocId::Notes { event, assignment }) = doc.parse() else {
        return Err(refuse(Close::not_found()));
    };
    let permit = hub
        .limits
        .connection(&identity.org, &identity.user)
        .ok_or_else(|| refuse(Close::try_later("Too many connections of one person; close some.")))?;
    let bucket = hub.limits.bucket((identity.org.clone(), identity.user.clone(), identity.device.clone()));
    bucket.take(START_COST).map_err(|_| refuse(Close::try_later("Too many connections; slow down.")))?;
    Ok(Guest { identity, handle, bucket, event, assignment, key, _permit: permit })
}

fn going_down() -> Close {
    Close::try_later("The hub is going down; it will be back.")
}

/// A session that the organisation knows of.
struct Session<'a> {
    guest: &'a Guest,
    number: u64,
    queue: Arc<Queue>,
}

impl<'a> Session<'a> {
    async fn start(hub: &Hub, guest: &'a Guest) -> Result<Session<'a>, Close> {
        let (number, queue) = (hub.session_number(), Arc::new(Queue::default()));
        let (done, joined) = oneshot::channel();
        let join = Join {
            session: number,
            caller: Caller {
                user: guest.identity.user.clone(),
                device: guest.identity.device.clone(),
                client: fresh_id(),
            },
            event: guest.event.clone(),
            assignment: guest.assignment.clone(),
            queue: queue.clone(),
            done,
        };
        let session = Session { guest, number, queue };
        session.ask(Ask::Join(join)).await?;
        joined.await.unwrap_or_else(|_| Err(going_down()))?;
        tracing::info!(session = number, "session of a stock Yjs client started");
        Ok(session)
    }

    async fn ask(&self, ask: Ask) -> Result<(), Close> {
        self.guest.handle.requests.send(Request::Yjs(ask)).await.map_err(|_| going_down())
    }

    /// Hands one message on, and waits until the organisation is done with it: nobody has two under way.
    async fn say(&self, message: Said, bytes: usize) -> Result<(), Close> {
        let step = if matches!(message, Said::Step1(_)) { START_COST } else { 1.0 };
        self.wait_for(step + bytes as f64 / BYTES_EACH).await?;
        let (done, finished) = oneshot::channel();
        self.ask(Ask::Say(self.number, message, done)).await?;
        let _ = finished.await;
        Ok(())
    }

    /// Reads nothing more of this client until it may go on, within reason.
    async fn wait_for(&self, cost: f64) -> Result<(), Close> {
        for _ in 0..WAITS_MAX {
            match self.guest.bucket.take(cost) {
                Ok(()) => return Ok(()),
                Err(ms) => sleep(Duration::from_millis(u64::from(ms)).min(WAIT_MAX)).await,
            }
        }
        Err(Close::try_later("Too many messages; slow down."))
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.queue.leave();
        // If its queue is full, the organisation finds the session gone at the next fan-out.
        let _ = self.guest.handle.requests.try_send(Request::Yjs(Ask::Leave(self.number)));
        tracing::info!(session = self.number, "session of a stock Yjs client ended");
    }
}

async fn serve(hub: &Hub, guest: Guest, socket: WebSocket) {
    let (mut sink, mut source) = socket.split();
    let Err(close) = converse(hub, &guest, &mut sink, &mut source).await else { return };
    // Who is refused again and again is kept waiting, if there is room for that.
    let hold = hold(hub, &close, guest.key);
    let place = hold.and_then(|_| hub.refusals.place());
    end(sink, source, &close, hold.filter(|_| place.is_some())).await;
}

/// How long somebody is kept waiting who was refused the same not long ago.
fn hold(hub: &Hub, close: &Close, key: Key) -> Option<Duration> {
    (close.is_lasting() && hub.refusals.note(key)).then_some(hub.refusals.hold)
}

/// Ends with `Ok` when the client has gone.
async fn converse(hub: &Hub, guest: &Guest, sink: &mut Sink, source: &mut Source) -> Result<(), Close> {
    let session = Session::start(hub, guest).await?;
    let expiry = sleep(Duration::from_millis(guest.identity.expires_ms.saturating_sub(now_ms())));
    let writing = async {
        let mut idle = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
        loop {
            let message = tokio::select! {
                next = session.queue.next() => match next {
                    Next::Send(bytes) => Message::Binary(bytes),
                    Next::Close(close) => return Err(close),
                },
                _ = idle.tick() => {
                    // The answer to the ping shows that the client is there, and the message that the hub is.
                    session.queue.push(protocol::awareness([].into_iter()));
                    Message::Ping(Bytes::new())
                }
            };
            match timeout(SEND_WITHIN, sink.send(message)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Ok(()),
            }
        }
    };
    let reading = async {
        while let Some(bytes) = read(source).await? {
            session.say(protocol::decode(&bytes)?, bytes.len()).await?;
        }
        Ok(())
    };
    tokio::select! {
        end = writing => end,
        end = reading => end,
        () = expiry => Err(Close::unauthorized("The token has expired; get a new one.")),
    }
}

/// The next message; `None` when the client has gone.
async fn read(source: &mut Source) -> Result<Option<Bytes>, Close> {
    let mut silent = Instant::now() + SILENT_MAX;
    loop {
        match timeout_at(silent, source.next()).await {
            Ok(Some(Ok(Message::Binary(bytes)))) => return Ok(Some(bytes)),
            Ok(Some(Ok(Message::Text(_)))) => return Err(Close::malformed("messages are binary")),
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => silent = Instant::now() + SILENT_MAX,
            Ok(Some(Err(e))) if crate::socket::is_too_big(&e) => {
                return Err(Close::too_big("A message is over the limit of 1 MiB."));
            }
            Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) | Err(_) => return Ok(None),
        }
    }
}

/// Says why, and closes; after a while where that is asked for.
async fn end(mut sink: Sink, mut source: Source, close: &Close, hold: Option<Duration>) {
    tracing::info!(code = close.code, "a stock Yjs client was sent away");
    if close.is_lasting() {
        let denied = Message::Binary(protocol::permission_denied(&close.reason));
        if !matches!(timeout(CLOSE_WITHIN, sink.send(denied)).await, Ok(Ok(()))) {
            return;
        }
    }
    let gone = async { while let Some(Ok(_)) = source.next().await {} };
    if let Some(hold) = hold
        && timeout(hold, gone).await.is_ok()
    {
        return;
    }
    let frame = CloseFrame { code: close.code, reason: "".into() };
    if let Ok(Ok(())) = timeout(CLOSE_WITHIN, sink.send(Message::Close(Some(frame)))).await {
        // Hanging up at once would reset the connection under what the client has not read yet.
        let quiet = async { while let Some(Ok(_)) = source.next().await {} };
        let _ = timeout(CLOSE_WITHIN, quiet).await;
        if close.code == Close::TOO_BIG {
            sleep(Duration::from_secs(1)).await;
        }
    }
}
